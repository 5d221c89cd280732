//! The document of facts, held against the sources.
//!
//! Every row of `src/docs/facts.md` has a number, a source, a confidence, the files that model it,
//! and a test that exists or the reason why there is none. What counts is checked on rows with one
//! fault each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = "src/docs/facts.md";

/// Fewest rows: far fewer mean that the table is not read.
const ROWS_MIN: usize = 150;

/// The line above the rows of every table.
const HEAD: &str = "| | fact | source | | modelled in | test |";
const RULE: &str = "|---|---|---|---|---|---|";

/// How a source begins that is no page.
const UNLINKED: [&str; 4] = ["computed ", "inferred", "recalled", "book: "];

/// How the reason begins why there is no test.
const NONE: &str = "none: ";

/// A reason has at least this many words and characters.
const REASON_MIN: (usize, usize) = (4, 20);

/// A file by its path from the root of the crate; none where there is none.
type Tree<'a> = &'a dyn Fn(&str) -> Option<String>;

fn of_crate(path: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()?;
    Some(text.replace("\r\n", "\n"))
}

/// What is read from the whole document before its rows are judged.
struct Links<'a> {
    defined: BTreeSet<&'a str>,
    used: BTreeSet<&'a str>,
}

/// The label and the address of a line that defines a link.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (label, address) = line.strip_prefix('[')?.split_once("]: ")?;
    Some((label, address.trim()))
}

/// The labels in brackets.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    text.split('[').skip(1).filter_map(|rest| rest.split_once(']').map(|(label, _)| label))
}

/// What is wrong with the document, each with its line, and the number of its rows.
fn faults(document: &str, tree: Tree<'_>) -> (Vec<String>, usize) {
    let mut faults = Vec::new();
    let mut links = Links { defined: BTreeSet::new(), used: BTreeSet::new() };
    for (label, address) in document.lines().filter_map(definition) {
        if !links.defined.insert(label) {
            faults.push(format!("[{label}] is defined twice"));
        }
        let host = address.split_once("://").filter(|(kind, _)| ["http", "https"].contains(kind));
        if host.is_none_or(|(_, host)| !host.contains('.') || host.contains(' ')) {
            faults.push(format!("[{label}] leads nowhere: {address}"));
        }
    }
    let mut facts = BTreeSet::new();
    let mut rows = 0;
    let mut last = 0;
    for (number, line) in document.lines().enumerate() {
        if !line.starts_with('|') || line == HEAD || line == RULE {
            continue;
        }
        rows += 1;
        let mut told = |problem: String| faults.push(format!("line {}: {problem}", number + 1));
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, fact, source, confidence, modelled, test] = cells[..] else {
            told(format!("{} cells instead of 6: {line}", cells.len()));
            continue;
        };
        match name.strip_prefix("F-").filter(|digits| digits.len() == 3) {
            Some(digits) => match digits.parse::<u32>() {
                Ok(this) if this > last => last = this,
                Ok(this) => told(format!("{name} comes after F-{last:03}, {this} of {last}")),
                Err(_) => told(format!("`{name}` is no number of a fact")),
            },
            None => told(format!("`{name}` is no number of a fact")),
        }
        if fact.len() < REASON_MIN.1 || !facts.insert(fact) {
            told(format!("{name} says too little, or what another says: {fact}"));
        }
        if !["H", "M", "L"].contains(&confidence) {
            told(format!("{name} has the confidence `{confidence}`, which is none of H, M, L"));
        }
        let mut problems = source_faults(source, &mut links);
        problems.extend(test_faults(modelled, test, tree));
        for problem in problems {
            told(format!("{name} {problem}"));
        }
    }
    for label in links.defined.difference(&links.used) {
        faults.push(format!("[{label}] is defined and nowhere used"));
    }
    (faults, rows)
}

fn source_faults<'a>(source: &'a str, links: &mut Links<'a>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut linked = false;
    for label in labels(source) {
        if links.defined.contains(label) {
            linked = true;
            links.used.insert(label);
        } else {
            faults.push(format!("names [{label}], which is not defined"));
        }
    }
    let said = UNLINKED.iter().any(|word| source.starts_with(word)) && source.len() >= REASON_MIN.1;
    if !linked && !said {
        faults.push(format!("has no source: {source}"));
    }
    faults
}

fn is_source(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == "rs")
}

/// What stands in backticks, if the cell is a list of such things and nothing else.
fn listed<'a>(cell: &'a str, between: &str) -> Option<Vec<&'a str>> {
    let inner = |item: &'a str| item.strip_prefix('`')?.strip_suffix('`');
    cell.split(between).map(inner).collect()
}

fn test_faults(modelled: &str, test: &str, tree: Tree<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    if modelled != "-" {
        match listed(modelled, ", ") {
            None => faults.push(format!("is modelled in no file: {modelled}")),
            Some(files) => {
                for file in files {
                    let source = is_source(file) && tree(&format!("src/{file}")).is_some();
                    if !source {
                        faults.push(format!("is modelled in `{file}`, which is no file of src"));
                    }
                }
            }
        }
    }
    if let Some(reason) = test.strip_prefix(NONE) {
        let words = reason.split_whitespace().count();
        if words < REASON_MIN.0 || reason.len() < REASON_MIN.1 || reason.contains(".rs: ") {
            faults.push(format!("has no test, and no reason but: {reason}"));
        }
        return faults;
    }
    if modelled == "-" {
        faults.push("has a test of what nothing models".into());
    }
    let Some(tests) = listed(test, "; ") else {
        faults.push(format!("names no test and gives no reason: {test}"));
        return faults;
    };
    for test in tests {
        let found = test.split_once(": ").filter(|(file, _)| {
            let place = file.starts_with("tests/it/") || file.starts_with("src/");
            place && is_source(file)
        });
        match found.map(|(file, name)| (tree(file), name)) {
            None => faults.push(format!("names no test of a file: {test}")),
            Some((None, _)) => faults.push(format!("names a test of a file that is not: {test}")),
            Some((Some(source), name)) if !holds_test(&source, name) => {
                faults.push(format!("names a test that does not run: {test}"));
            }
            Some(_) => {}
        }
    }
    faults
}

/// Whether a source has a function of this name among whose attributes is `#[test]`, and none that
/// keeps it from being run.
fn holds_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let whole = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let found = lines.iter().enumerate().filter(|(_, line)| whole && line.starts_with(&head));
    let tested = |(at, _): (usize, &&str)| {
        let above = lines[..at].iter().rev();
        let attributes: Vec<&str> = above
            .take_while(|line| !line.is_empty() && !line.ends_with(['{', '}', ';']))
            .copied()
            .collect();
        let has = |start: &str| attributes.iter().any(|line| line.starts_with(start));
        has("#[test]") && !has("#[ignore")
    };
    let found: Vec<bool> = found.map(tested).collect();
    found == [true]
}

#[test]
fn every_fact_has_a_source_and_a_test_or_a_reason() {
    let document = of_crate(DOCUMENT).expect("the document comes with the crate");
    let (faults, rows) = faults(&document, &of_crate);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(rows >= ROWS_MIN, "{rows} rows were found");
}

/// A tree of two files, for the rows below.
fn small(path: &str) -> Option<String> {
    match path {
        "src/cluster/mode.rs" => Some(String::new()),
        "tests/it/a.rs" => Some(
            "#[test]\nfn good() {\n}\n\nfn helper() {\n}\n\n#[test]\n#[ignore = \"slow\"]\n\
             fn idle() {\n}\n\nproptest! {\n    #[test]\n    fn property(x in 0..9) {\n    }\n}\n\
             /// Says.\n#[test]\n#[expect(lint,\n    reason = \"so\")]\nfn documented() {\n}\n\
             #[test]\nfn twice() {\n}\n#[test]\nfn twice() {\n}\n"
                .into(),
        ),
        _ => None,
    }
}

/// A document of one row, and what is wrong with it.
fn judged(row: &str) -> String {
    let document = format!("{HEAD}\n{RULE}\n{row}\n\n[a]: https://example.org/a\n");
    faults(&document, &small).0.join("\n")
}

const GOOD: &str = "| F-001 | Something that is known of it | [a] | H | `cluster/mode.rs` | \
                    `tests/it/a.rs: good`; `tests/it/a.rs: property` |";

#[test]
fn a_good_row_has_no_fault() {
    assert_eq!(judged(GOOD), "");
    for (old, new) in [
        ("[a]", "[a], inferred"),
        ("| H |", "| L |"),
        ("`tests/it/a.rs: good`", "`tests/it/a.rs: documented`"),
    ] {
        assert_eq!(judged(&GOOD.replace(old, new)), "", "{new}");
    }
    let none = "| F-001 | Something that is known of it | [a] | H | - | \
                none: nothing of it is in the model |";
    assert_eq!(judged(none), "");
}

#[test]
fn every_fault_of_a_row_is_told() {
    for (old, new, told) in [
        ("F-001", "F-1", "is no number"),
        ("F-001", "F-0x1", "is no number"),
        ("F-001", "F-000", "comes after"),
        ("F-001", "", "is no number"),
        ("Something that is known of it", "Something", "says too little"),
        ("[a]", "[b]", "[b], which is not defined"),
        ("[a]", "a page somewhere in the net", "has no source"),
        ("[a]", "inferred", "has no source"),
        ("[a]", "", "has no source"),
        ("| H |", "| X |", "which is none of H, M, L"),
        ("| H |", "| H, M |", "which is none of H, M, L"),
        ("| H |", "| H | H |", "7 cells instead of 6"),
        ("`cluster/mode.rs`", "`cluster/mood.rs`", "`cluster/mood.rs`, which is no file of src"),
        ("`cluster/mode.rs`", "`../tests/it/a.rs`", "which is no file of src"),
        ("`cluster/mode.rs`", "cluster/mode.rs", "is modelled in no file"),
        ("`cluster/mode.rs`", "PENDING h1", "is modelled in no file"),
        ("`cluster/mode.rs`", "-", "a test of what nothing models"),
        ("a.rs: good", "a.rs: godo", "a test that does not run"),
        ("a.rs: good", "a.rs: goo", "a test that does not run"),
        ("a.rs: good", "a.rs: helper", "a test that does not run"),
        ("a.rs: good", "a.rs: idle", "a test that does not run"),
        ("a.rs: good", "a.rs: twice", "a test that does not run"),
        ("a.rs: good", "a.rs: ", "a test that does not run"),
        ("a.rs: good", "b.rs: good", "a test of a file that is not"),
        ("tests/it/a.rs: good", "benches/a.rs: good", "names no test of a file"),
        ("tests/it/a.rs: good", "tests/it/a.rs good", "names no test of a file"),
        ("`tests/it/a.rs: good`", "PENDING h1", "names no test and gives no reason"),
        ("`tests/it/a.rs: good`", "none: later", "and no reason but"),
    ] {
        assert!(GOOD.contains(old), "{old}");
        let found = judged(&GOOD.replace(old, new));
        assert!(found.contains(told), "{old} -> {new}: {found}");
    }
    let short = "| F-001 | Something that is known of it | [a] | H | - | none: not modelled |";
    assert!(judged(short).contains("no reason but: not modelled"), "{}", judged(short));
    let empty = "| F-001 | Something that is known of it | [a] | H | `cluster/mode.rs` | |";
    assert!(judged(empty).contains("names no test"), "{}", judged(empty));
}

#[test]
fn rows_and_links_are_judged_together() {
    let second = GOOD.replace("F-001", "F-002");
    assert!(judged(&format!("{GOOD}\n{second}")).contains("or what another says"));
    let other = second.replace("Something", "Another thing");
    assert_eq!(judged(&format!("{GOOD}\n{other}")), "");
    assert!(judged(&format!("{other}\n{GOOD}")).contains("F-001 comes after F-002"));
    assert!(judged(&format!("{GOOD}\n{other}\n{other}")).contains("F-002 comes after F-002"));
    assert!(judged(&format!("{GOOD}\n[b]: https://example.org/b")).contains("nowhere used"));
    assert!(judged(&format!("{GOOD}\n[a]: https://example.org/b")).contains("defined twice"));
    assert!(judged(&format!("{GOOD}\n[b]: page of b")).contains("leads nowhere"));
    assert!(judged("| not a row |").contains("1 cells instead of 6"));
}
