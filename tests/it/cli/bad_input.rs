//! Input that must be refused: exit code 1, a word about file and line, nothing on stdout.

use std::fs::{self, File};
use std::path::Path;

use super::{SMALL, code, csvnet, folder_with};

/// `SMALL` with one piece replaced.
fn small(replace: &str, with: &str) -> String {
    assert!(SMALL.contains(replace), "{replace}");
    SMALL.replacen(replace, with, 1)
}

/// The line of `text` that holds `part`, from one.
fn line_of(text: &str, part: &str) -> usize {
    let at = text.lines().position(|line| line.contains(part));
    at.unwrap_or_else(|| panic!("no `{part}` in {text}")) + 1
}

/// What the program says of a file that it refuses, by every command.
#[track_caller]
fn refused(folder: &Path, file: &str) -> String {
    let mut said = Vec::new();
    for command in ["check", "explain", "run"] {
        let output = csvnet(folder, &[command, file]);
        let stderr = String::from_utf8(output.stderr.clone()).expect("messages are UTF-8");
        assert_eq!(code(&output), 1, "{command} {file}: {stderr}");
        assert!(output.stdout.is_empty(), "{command} {file} wrote to standard output");
        assert!(!stderr.contains("panicked"), "{command} {file}: {stderr}");
        assert!(stderr.contains(file), "{command} {file} is not named: {stderr}");
        said.push(stderr);
    }
    assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:?}");
    said.swap_remove(0)
}

/// Refuses `text` with `words`, at the line that holds `at`.
#[track_caller]
fn refuses(text: &str, at: &str, words: &[&str]) {
    let folder = folder_with(&[("bad.toml", text)]);
    let said = refused(folder.path(), "bad.toml");
    let place = format!("bad.toml:{}:", line_of(text, at));
    assert!(said.contains(&place), "{place} is missing: {said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

#[test]
fn values_that_make_no_sense_are_refused_at_their_line() {
    // What is replaced, by what, and what must be said.
    let cases: [(&str, &str, &[&str]); 17] = [
        ("\"fixed-law\"", "\"fixd-law\"", &["fixd-law", "`fixed-law`"]),
        ("\"one-epyc-7702p\"", "\"one-epyc-7702\"", &["`one-epyc-7702p`"]),
        ("owner = \"A\"", "owner = \"B\"", &["there is no node `B`"]),
        ("volume = \"V\"", "volume = \"W\"", &["there is no volume `W`"]),
        ("storage = \"d\"", "storage = \"dd\"", &["there is no storage system `dd`"]),
        ("block = \"8 KiB\"", "block = \"0 KiB\"", &["must be above zero"]),
        ("block = \"8 KiB\"", "block = \"-8 KiB\"", &[]),
        ("block = \"8 KiB\"", "block = -8", &[]),
        ("\"30 GB\"", "\"-30 GB\"", &[]),
        ("outstanding = 4", "outstanding = 0", &["too small"]),
        ("duration = \"50 ms\"", "duration = \"1e400 us\"", &[]),
        ("duration = \"50 ms\"", "duration = \"NaN us\"", &[]),
        ("duration = \"50 ms\"", "duration = \"inf s\"", &[]),
        ("duration = \"50 ms\"", "duration = 50", &["has no unit"]),
        ("duration = \"50 ms\"", "duration = nan", &[]),
        ("outstanding = 4", "outstandin = 4", &["unknown field `outstandin`", "`outstanding`"]),
        ("read = \"50 %\"", "read = \"150 %\"", &["more than 100 %"]),
    ];
    for (replace, with, words) in cases {
        refuses(&small(replace, with), with, words);
    }
}

#[test]
fn a_time_of_a_parameter_is_checked_as_well() {
    for value in ["1e400 us", "NaN us", "-1 us", "12", "12 MB", "us", ""] {
        let line = format!("host.per-io = \"{value}\"");
        refuses(&format!("{SMALL}\n[parameters]\n{line}\n"), &line, &[]);
    }
    refuses(
        &format!("{SMALL}\n[parameters]\nhost.per-oi = \"1 us\"\n"),
        "per-oi",
        &["host.per-io"],
    );
}

#[test]
fn two_faults_of_one_file_are_both_told() {
    let text = small("owner = \"A\"", "owner = \"B\"").replace("read = \"50 %\"", "read = \"2\"");
    refuses(&text, "owner = \"B\"", &["there is no node `B`"]);
    refuses(&text, "read = \"2\"", &["there is no node `B`", "has no unit"]);
}

#[test]
fn files_that_are_no_scenario_are_refused() {
    let folder = folder_with(&[("empty.toml", ""), ("spaces.toml", " \n\n"), ("words.toml", "x")]);
    let at = folder.path();
    let truncated = &SMALL[..SMALL.find("\"fixed-law\"").unwrap() + 4];
    fs::write(at.join("truncated.toml"), truncated).unwrap();
    let binary: Vec<u8> = (0..=255).cycle().take(4096).collect();
    fs::write(at.join("binary.toml"), binary).unwrap();
    fs::write(at.join("latin.toml"), b"title = \"caf\xe9\"\n").unwrap();
    fs::write(at.join("wide.toml"), b"\xff\xfet\0i\0").unwrap();
    let huge = File::create(at.join("huge.toml")).unwrap();
    huge.set_len(100 << 20).unwrap();
    fs::create_dir(at.join("folder.toml")).unwrap();

    assert!(refused(at, "empty.toml").contains("title"));
    refused(at, "spaces.toml");
    assert!(refused(at, "words.toml").contains("words.toml:1:"));
    let line = truncated.lines().count();
    assert!(refused(at, "truncated.toml").contains(&format!("truncated.toml:{line}:")));
    assert!(refused(at, "binary.toml").contains("not text"));
    assert!(refused(at, "latin.toml").contains("line 1"));
    assert!(refused(at, "wide.toml").contains("UTF-16"));
    assert!(refused(at, "huge.toml").contains("larger than"));
    assert!(refused(at, "folder.toml").contains("folder"));
    assert!(refused(at, "missing.toml").contains("does not exist"));
}

#[test]
fn includes_must_exist_and_end() {
    let folder = folder_with(&[
        ("a.toml", "include = [\"b.toml\"]\n"),
        ("b.toml", "\ninclude = [\"a.toml\"]\n"),
        ("self.toml", "include = [\"self.toml\"]\n"),
        ("lost.toml", "title = \"t\"\ninclude = [\"nowhere.toml\"]\n"),
        ("outer.toml", "include = [\"inner.toml\"]\n"),
        ("inner.toml", "\n\nowner == 3\n"),
    ]);
    let ring = refused(folder.path(), "a.toml");
    assert!(ring.contains("a.toml -> b.toml -> a.toml") && ring.contains("b.toml:2:"), "{ring}");
    assert!(refused(folder.path(), "self.toml").contains("self.toml:1:"));
    let lost = refused(folder.path(), "lost.toml");
    assert!(lost.contains("lost.toml:2:") && lost.contains("nowhere.toml"), "{lost}");
    // A fault of an included file is told where it is; the included file is the one to mend.
    let output = csvnet(folder.path(), &["check", "outer.toml"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(code(&output), 1);
    assert!(said.contains("inner.toml:3:") && output.stdout.is_empty(), "{said}");
}

#[test]
fn traces_are_refused_with_their_own_line() {
    let head = "time_ns,op,lba_512,sectors\n";
    let cases = [
        (format!("{head}100,R,0,8\n50,R,8,8\n"), "t.csv, line 3"),
        (format!("{head}100,R,0,8\n200,R,8\n"), "t.csv, line 3"),
        (format!("{head}100,R,0,\n"), "t.csv, line 2"),
        (format!("{head}100,R,0,x\n"), "t.csv, line 2"),
        ("time_ns,op,lba_512\n100,R,0\n".to_owned(), "sectors"),
        (head.to_owned(), "no row"),
        (String::new(), "empty"),
        ("\0\u{1}\u{2}".to_owned(), "t.csv"),
    ];
    let plain = "block = \"8 KiB\"\nread = \"50 %\"\nworking-set = \"30 GB\"\noutstanding = 4\n";
    let text = small(plain, "trace = \"t.csv\"\n");
    for (trace, words) in &cases {
        let folder = folder_with(&[("a.toml", &text), ("t.csv", trace)]);
        let said = refused(folder.path(), "a.toml");
        let place = format!("a.toml:{}:", line_of(&text, "t.csv"));
        assert!(said.contains(&place) && said.contains(words), "{trace:?}: {said}");
    }
    let folder = folder_with(&[("a.toml", &text)]);
    assert!(refused(folder.path(), "a.toml").contains("t.csv: the trace cannot be read"));
    fs::create_dir(folder.path().join("t.csv")).unwrap();
    refused(folder.path(), "a.toml");
}

#[test]
fn names_given_on_the_command_line_are_checked() {
    let folder = folder_with(&[("a.toml", &format!("{SMALL}[[variants]]\nname = \"quiet\"\n"))]);
    for (arguments, words) in [
        (&["run", "a.toml", "--variant", "quite"][..], "there is no variant `quite`"),
        (&["explain", "a.toml", "--variant", "quite"], "`quiet`"),
        (&["run", "a.toml", "--set", "run.sede=3"], "sede"),
        (&["run", "a.toml", "--set", "workloads.w.block=0 B"], "must be above zero"),
        (&["run", "a.toml", "--set", "run.duration=1"], "has no unit"),
    ] {
        let output = csvnet(folder.path(), arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((code(&output), output.stdout.len()), (1, 0), "{arguments:?}: {said}");
        assert!(said.contains(words) && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}
