//! Reads the sources and reports, all at once, what the compiler does not see.
//!
//! Modules stand on floors and use lower floors only; files and lines have a length; every file
//! opens with what it is for and is reached from a root; nothing ties the crate to one system or
//! one machine. Comments and string literals are told apart from code, and items under
//! `#[cfg(test)]` from the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Module and floor. A module uses itself, `units`, and what stands on lower floors.
const FLOORS: [(&str, u32); 25] = [
    ("units", 0),
    ("provenance", 0),
    ("diagnostic", 0),
    ("counters", 0),
    ("processor", 0),
    ("random", 1),
    ("stats", 1),
    ("topology", 2),
    ("trace", 2),
    ("network", 2),
    ("engine", 3),
    ("analytic", 3),
    ("workload", 3),
    ("policy", 3),
    ("schedule", 3),
    ("cluster", 4),
    ("scenario", 5),
    ("experiment", 6),
    ("timeline", 7),
    ("calibrate", 8),
    ("plan", 8),
    ("import", 8),
    ("report", 9),
    ("app", 10),
    ("cli", 11),
];

/// Uses that climb and may: file, module used, reason.
const KNOWN: [(&str, &str, &str); 0] = [];

/// Most lines of a file, tests aside.
const LINES_MAX: usize = 600;

/// Most columns of a line.
const COLUMNS_MAX: usize = 100;

/// The one file that may hold unsafe code.
const UNSAFE: &str = "processor.rs";

/// Where a word is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// In comments and literals too, tests included.
    Everywhere,
    /// In code, tests included.
    Code,
    /// In code that is no test.
    CodeOutsideTests,
}

/// Words that must not occur, where, and why.
fn banned() -> Vec<(String, Place, &'static str)> {
    let mut banned = vec![
        (".unwrap()".into(), Place::CodeOutsideTests, "say which invariant holds, with expect"),
        ("HashMap".into(), Place::Code, "hash order must not reach a result"),
        ("HashSet".into(), Place::Code, "hash order must not reach a result"),
        ("unsafe".into(), Place::Code, "one file has it, and says why it is sound"),
        ("todo!".into(), Place::Code, "unfinished"),
        ("unimplemented!".into(), Place::Code, "unfinished"),
        ("TODO".into(), Place::Everywhere, "unfinished"),
        ("FIXME".into(), Place::Everywhere, "unfinished"),
        ("#[allow(".into(), Place::Code, "expect it, with a reason"),
        ("#![allow(".into(), Place::Code, "expect it, with a reason"),
        ("std::os::unix".into(), Place::Everywhere, "the users run Windows"),
        ("std::os::fd".into(), Place::Everywhere, "the users run Windows"),
        ("libc".into(), Place::Everywhere, "the users run Windows"),
        ("nix::".into(), Place::Everywhere, "the users run Windows"),
    ];
    // Put together, so that this file names no such path either.
    for (name, why) in [
        ("dev", "the users run Windows"),
        ("proc", "the users run Windows"),
        ("home", "a path of one machine"),
        ("work", "a path of one machine"),
        ("tmp", "a path of one machine"),
        ("root", "a path of one machine"),
    ] {
        banned.push((format!("/{name}/"), Place::Everywhere, why));
    }
    banned
}

/// A line as it is, without comments and literals, and whether it belongs to a test.
struct Line {
    text: String,
    code: String,
    test: bool,
}

/// A source file; the path is relative to the root of the sources, with `/` on every system.
struct File {
    path: String,
    lines: Vec<Line>,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        let code = code_of(text);
        let whole = ["tests.rs", "fixture.rs"].contains(&path.rsplit('/').next().unwrap_or(path));
        let tests = tests_of(&code);
        let lines = text.lines().zip(code.lines()).enumerate().map(|(k, (text, code))| Line {
            text: text.into(),
            code: code.into(),
            test: whole || tests.contains(&k),
        });
        Self { path: path.into(), lines: lines.collect() }
    }

    /// The parts of the module path: `engine::station` of `engine/station.rs`; none for a root.
    fn module(&self) -> Vec<&str> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let mut parts: Vec<&str> = stem.split('/').collect();
        if ["mod", "lib", "main"].contains(parts.last().unwrap_or(&"")) {
            parts.pop();
        }
        parts
    }

    /// The code that is no test, on the same lines.
    fn code(&self) -> String {
        let lines = self.lines.iter().map(|line| if line.test { "" } else { &line.code });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The text with comments and literals blanked; every line keeps its number.
fn code_of(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut k = 0;
    while k < chars.len() {
        let end = literal_end(&chars, k);
        if end > k {
            out.extend(chars[k..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            k = end;
        } else {
            out.push(chars[k]);
            k += 1;
        }
    }
    out
}

/// Where the comment or literal that starts at `k` ends; `k` if none starts there.
fn literal_end(chars: &[char], k: usize) -> usize {
    let at = |n: usize| chars.get(n).copied().unwrap_or('\0');
    let find = |from: usize, end: &dyn Fn(usize) -> bool| {
        (from..chars.len()).find(|n| end(*n)).unwrap_or(chars.len())
    };
    match (at(k), at(k + 1)) {
        ('/', '/') => find(k, &|n| at(n) == '\n'),
        ('/', '*') => (find(k + 2, &|n| at(n) == '*' && at(n + 1) == '/') + 2).min(chars.len()),
        ('r', '"' | '#') if k == 0 || !is_word(at(k - 1)) => {
            let hashes = chars[k + 1..].iter().take_while(|c| **c == '#').count();
            if at(k + 1 + hashes) != '"' {
                return k;
            }
            let closes = |n: usize| at(n) == '"' && (1..=hashes).all(|h| at(n + h) == '#');
            (find(k + 2 + hashes, &closes) + 1 + hashes).min(chars.len())
        }
        ('"', _) => {
            let mut n = k + 1;
            while n < chars.len() && at(n) != '"' {
                n += if at(n) == '\\' { 2 } else { 1 };
            }
            (n + 1).min(chars.len())
        }
        // A character, not a lifetime.
        ('\'', '\\') => (find(k + 3, &|n| at(n) == '\'') + 1).min(chars.len()),
        ('\'', _) if at(k + 2) == '\'' => k + 3,
        _ => k,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines (from zero) of items under `#[cfg(test)]`, to the end of the item.
fn tests_of(code: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0_u32;
        let mut end = code.len();
        for (n, c) in code[start + attribute.len()..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && (c == '}' || c == ';') {
                end = start + attribute.len() + n;
                break;
            }
        }
        let line = |at: usize| code[..at].matches('\n').count();
        lines.extend(line(start)..=line(end));
    }
    lines
}

/// Top modules of the crate that the code of a file names, each with its line (from one).
fn uses(file: &File) -> Vec<(usize, String)> {
    let code = file.code();
    let depth = file.module().len();
    let mut found = Vec::new();
    let starts = |prefix: &str| -> Vec<usize> {
        code.match_indices(prefix)
            .map(|(at, _)| at)
            .filter(|&at| !code[..at].ends_with(|c: char| is_word(c) || c == ':'))
            .map(|at| at + prefix.len())
            .collect()
    };
    let up = "super::".repeat(depth);
    let mut after = starts("crate::");
    after.extend(starts(&up).into_iter().filter(|&at| !code[at..].starts_with("super::")));
    for at in after {
        for (offset, name) in first_names(&code[at..]) {
            found.push((code[..at + offset].matches('\n').count() + 1, name));
        }
    }
    found
}

/// The first names of a path or of a braced group of paths, with their offsets.
fn first_names(code: &str) -> Vec<(usize, String)> {
    let name_at =
        |at: usize| -> String { code[at..].chars().take_while(|c| is_word(*c)).collect() };
    if !code.starts_with('{') {
        return vec![(0, name_at(0))];
    }
    let mut names = Vec::new();
    let mut depth = 0_u32;
    let mut fresh = false;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if fresh && depth == 1 && is_word(c) => names.push((at, name_at(at))),
            _ => {}
        }
        fresh = depth == 1 && (c == '{' || c == ',' || (fresh && c.is_whitespace()));
        if depth == 0 {
            break;
        }
    }
    names
}

/// Uses of the own or a higher floor.
fn floors(files: &[File], known: &[(&str, &str, &str)], faults: &mut Vec<String>) {
    let floors: BTreeMap<&str, u32> = FLOORS.into_iter().collect();
    let mut used = BTreeSet::new();
    for file in files {
        let Some(own) = file.module().first().copied() else { continue };
        let Some(floor) = floors.get(own) else {
            faults.push(format!("{}:1: module `{own}` has no floor", file.path));
            continue;
        };
        for (line, name) in uses(file) {
            // Names that are no module stand at the root of the crate.
            let Some(other) = floors.get(name.as_str()) else { continue };
            if name == own || name == "units" || other < floor {
                continue;
            }
            if let Some(k) = known.iter().position(|(f, n, _)| *f == file.path && *n == name) {
                used.insert(k);
                continue;
            }
            let path = &file.path;
            faults.push(format!(
                "{path}:{line}: `{own}` on floor {floor} uses `{name}` on floor {other}"
            ));
        }
    }
    for (k, (path, name, _)) in known.iter().enumerate() {
        if !used.contains(&k) {
            faults.push(format!("{path}:1: the exception for `{name}` is not needed any more"));
        }
    }
}

/// Lengths, openings and banned words.
fn lines(file: &File, faults: &mut Vec<String>) {
    let path = &file.path;
    let length = file.lines.iter().filter(|line| !line.test).count();
    if length > LINES_MAX {
        faults.push(format!("{path}:{LINES_MAX}: {length} lines, at most {LINES_MAX}"));
    }
    if !file.lines.first().is_some_and(|line| line.text.starts_with("//!")) {
        faults.push(format!("{path}:1: a file opens with what it is for (`//!`)"));
    }
    let banned = banned();
    for (k, line) in file.lines.iter().enumerate() {
        let columns = line.text.chars().count();
        let comment = line.text.trim_start().trim_start_matches(['/', '!']).trim_start();
        let exempt = line.text.contains("://") || comment.starts_with('|');
        if columns > COLUMNS_MAX && !exempt {
            faults.push(format!("{path}:{}: {columns} columns, at most {COLUMNS_MAX}", k + 1));
        }
        for (word, place, why) in &banned {
            let text = if *place == Place::Everywhere { &line.text } else { &line.code };
            let looked_at = (*place != Place::CodeOutsideTests || !line.test)
                && !(word == "unsafe" && path == UNSAFE);
            if looked_at && contains_word(text, word) {
                faults.push(format!("{path}:{}: `{word}`: {why}", k + 1));
            }
        }
    }
}

/// Whether the text contains the word, not as a part of a longer one.
fn contains_word(text: &str, word: &str) -> bool {
    let inner =
        |c: Option<char>, edge: Option<char>| c.is_some_and(is_word) && edge.is_some_and(is_word);
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().last(), text[at + word.len()..].chars().next());
        !inner(before, word.chars().next()) && !inner(after, word.chars().last())
    })
}

/// Where the modules that a file declares may stand, and whether they are declared for tests.
fn children(file: &File) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for line in &file.lines {
        let words: Vec<&str> = line.code.split_whitespace().collect();
        for pair in words.windows(2) {
            if pair[0] == "mod"
                && let Some(name) = pair[1].strip_suffix(';')
            {
                let child = [&file.module(), &[name][..]].concat().join("/");
                found.push((format!("{child}.rs"), line.test));
                found.push((format!("{child}/mod.rs"), line.test));
            }
        }
    }
    found
}

/// Marks files that are declared for tests only as tests, and what they declare in turn.
fn mark_tests(files: &mut [File]) {
    loop {
        let declared: BTreeSet<String> =
            files.iter().flat_map(children).filter(|c| c.1).map(|c| c.0).collect();
        let mut changed = false;
        for file in files.iter_mut().filter(|file| declared.contains(&file.path)) {
            for line in file.lines.iter_mut().filter(|line| !line.test) {
                line.test = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

/// Files that no `mod` reaches from a root.
fn orphans(files: &[File], faults: &mut Vec<String>) {
    let by_path: BTreeMap<&str, &File> = files.iter().map(|f| (f.path.as_str(), f)).collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = vec!["lib.rs".into(), "main.rs".into()];
    while let Some(path) = open.pop() {
        let Some(file) = by_path.get(path.as_str()) else { continue };
        if !reached.insert(path) {
            continue;
        }
        open.extend(children(file).into_iter().map(|(path, _)| path));
    }
    for path in by_path.keys().filter(|path| !reached.contains(**path)) {
        faults.push(format!("{path}:1: no `mod` reaches this file"));
    }
}

/// Every offence of a tree.
fn offences(files: impl Into<Vec<File>>, known: &[(&str, &str, &str)]) -> Vec<String> {
    let mut files = files.into();
    mark_tests(&mut files);
    let mut faults = Vec::new();
    floors(&files, known, &mut faults);
    for file in &files {
        lines(file, &mut faults);
    }
    orphans(&files, &mut faults);
    faults
}

/// Reads every source file below a folder, in the order of their paths.
fn read(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let entries = fs::read_dir(folder).expect("the folder of the sources can be read");
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry can be read").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let relative = path.strip_prefix(root).expect("the path lies below the root");
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            files.push(File::new(&parts.join("/"), &text));
        }
    }
}

#[test]
fn the_sources_are_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    read(&root, &root, &mut files);
    assert!(files.len() > 50, "the sources were found");
    let faults = offences(files, &KNOWN);
    assert!(faults.is_empty(), "{} offences:\nsrc/{}", faults.len(), faults.join("\nsrc/"));
}

/// Offences of one file `engine/part.rs` among roots that reach it.
fn planted(text: &str) -> Vec<String> {
    let files = [
        File::new("lib.rs", "//! Root.\npub mod engine;\n"),
        File::new("engine/mod.rs", "//! Engine.\nmod part;\n"),
        File::new("engine/part.rs", text),
    ];
    offences(files, &[])
}

#[test]
fn a_clean_file_has_no_offence() {
    let text = "//! Part, see `crate::report::x` and HashMap.\n\
        use crate::{network::{Network, Route}, units};\n\
        use super::super::stats::Moments;\n\
        use super::other;\n\
        const TEXT: &str = \"crate::cli::x .unwrap() HashMap\";\n\
        const RAW: &str = r#\"todo!() \" crate::cli\"#;\n\
        fn f<'a>(x: &'a str) -> char { '\"' }\n\
        #[cfg(test)]\n\
        use crate::report::fixture;\n\
        fn libcurl() {}\n\
        #[cfg(test)]\n\
        mod tests {\n    use crate::cli::x;\n    fn g() { x.unwrap(); }\n}\n";
    assert_eq!(planted(text), Vec::<String>::new());
}

#[test]
fn every_planted_offence_is_found_at_its_line() {
    let long = format!("// {}", "x".repeat(98));
    let table = format!("/// | {} |", "x".repeat(98));
    let link = format!("// <https://{}>", "x".repeat(98));
    let absolute = |name: &str| format!("// See /{name}/x.");
    for (line, expected) in [
        ("use crate::cluster::Cluster;", Some("uses `cluster` on floor 4")),
        ("use crate::{network::Network, report};", Some("uses `report`")),
        ("use super::super::analytic::solve;", Some("uses `analytic` on floor 3")),
        ("fn f() { crate::workload::g() }", Some("uses `workload`")),
        ("use crate::random::Seed;", None),
        ("fn f() { x.unwrap(); }", Some("`.unwrap()`")),
        ("// x.unwrap() in a comment", None),
        ("use std::collections::HashMap;", Some("`HashMap`")),
        ("type S = HashSet<u8>;", Some("`HashSet`")),
        ("fn f() { todo!() }", Some("`todo!`")),
        ("fn f() { unimplemented!() }", Some("`unimplemented!`")),
        ("// TODO later", Some("`TODO`")),
        ("unsafe fn f() {}", Some("`unsafe`")),
        ("// FIXME", Some("`FIXME`")),
        ("#[allow(dead_code)]", Some("`#[allow(`")),
        ("#![allow(dead_code)]", Some("`#![allow(`")),
        ("use std::os::unix::fs;", Some("`std::os::unix`")),
        ("use std::os::fd::AsFd;", Some("`std::os::fd`")),
        ("extern crate libc;", Some("`libc`")),
        ("use nix::unistd;", Some("`nix::`")),
        ("use phoenix::rise;", None),
        (&absolute("dev"), Some("the users run Windows")),
        (&absolute("proc"), Some("the users run Windows")),
        (&absolute("home"), Some("a path of one machine")),
        (&absolute("work"), Some("a path of one machine")),
        (&absolute("tmp"), Some("a path of one machine")),
        (&absolute("root"), Some("a path of one machine")),
        (&long, Some("101 columns")),
        (&table, None),
        (&link, None),
        ("#[cfg(test)] use crate::cli::x;", None),
    ] {
        let faults = planted(&format!("//! Part.\n\n{line}\n"));
        match expected {
            None => assert!(faults.is_empty(), "{line}: {faults:?}"),
            Some(expected) => {
                assert_eq!(faults.len(), 1, "{line}: {faults:?}");
                assert!(faults[0].starts_with("engine/part.rs:3: "), "{faults:?}");
                assert!(faults[0].contains(expected), "{line}: {faults:?}");
            }
        }
    }
}

#[test]
fn offences_of_whole_files_are_found() {
    let code = |n: usize| "fn f() {}\n".repeat(n);
    assert!(planted("fn f() {}\n")[0].contains("opens with what it is for"));
    assert!(planted("")[0].contains("opens with what it is for"));
    assert!(planted(&format!("//! Part.\n{}", code(599))).is_empty());
    assert!(planted(&format!("//! Part.\n{}", code(600)))[0].contains("601 lines"));
    let tests = format!("//! Part.\n#[cfg(test)]\nmod tests {{\n{}}}\n", code(700));
    assert!(planted(&tests).is_empty(), "tests do not count");

    let file = |path, text| File::new(path, text);
    let alone = [file("lib.rs", "//! Root.\n"), file("engine/part.rs", "//! Part.\n")];
    assert_eq!(offences(alone, &[]), ["engine/part.rs:1: no `mod` reaches this file"]);
    let hidden = [file("lib.rs", "//! Root.\n// mod engine;\n"), file("engine.rs", "//! X.\n")];
    assert_eq!(offences(hidden, &[]), ["engine.rs:1: no `mod` reaches this file"]);
    let nameless = [file("lib.rs", "//! Root.\nmod attic;\n"), file("attic.rs", "//! X.\n")];
    assert_eq!(offences(nameless, &[]), ["attic.rs:1: module `attic` has no floor"]);
    let fixture =
        [file("lib.rs", "//! Root.\nmod stats;\n"), file("stats/mod.rs", "//! X.\nmod tests;\n")];
    let test = file("stats/tests.rs", "//! Tests.\nuse crate::report::x;\n");
    let [root, stats] = fixture;
    assert!(offences([root, stats, test], &[]).is_empty(), "tests may use anything");
    let declared = [
        file("lib.rs", "//! Root.\nmod stats;\n"),
        file("stats/mod.rs", "//! X.\n#[cfg(test)]\nmod against_engine;\n"),
        file("stats/against_engine.rs", "//! Y.\nuse crate::engine::x;\n"),
    ];
    assert!(offences(declared, &[]).is_empty(), "what is declared for tests is a test");
}

#[test]
fn an_exception_must_be_in_use() {
    let files = |text: &str| {
        [
            File::new("lib.rs", "//! Root.\nmod stats;\n"),
            File::new("stats.rs", &format!("//! Stats.\n{text}\n")),
        ]
    };
    let known = [("stats.rs", "report", "a reason")];
    assert!(offences(files("use crate::report::x;"), &known).is_empty());
    assert_eq!(
        offences(files("use crate::random::x;"), &known),
        [
            "stats.rs:2: `stats` on floor 1 uses `random` on floor 1",
            "stats.rs:1: the exception for `report` is not needed any more",
        ]
    );
}
