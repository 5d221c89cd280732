//! Whole documents and the faults they must give.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::units::{BitRate, Bytes, Iops, Ratio, SimDuration, UnitKind};

/// The short forms of all faults, in the order in which they were found.
fn lines(faults: &Diagnostics) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

/// The faults of reading `text` with `read`.
fn faults_of(text: &str, read: impl FnOnce(&mut Reader<'_, '_>)) -> Vec<String> {
    let document = Document::from_text("a", text).unwrap();
    let mut faults = Diagnostics::new();
    let mut root = Reader::root(&document, &mut faults);
    read(&mut root);
    root.finish();
    lines(&faults)
}

/// The faults of loading `main` among `files`.
fn load(files: &[(&str, &str)]) -> Result<Document, Vec<String>> {
    let memory =
        files.iter().fold(MemoryFiles::new(), |memory, (path, text)| memory.with(path, *text));
    Document::load(Path::new("main"), &memory).map_err(|faults| lines(&faults))
}

#[test]
fn every_field_is_read_and_nothing_is_left_over() {
    let text = "
        name = 'lab'
        [nodes.N2]
        memory = '64 GiB'
        speed = '25 Gbit/s'
        rdma = true
        [nodes.N1]
        memory = '128 GiB'
        disks = [{ iops = '500 IOPS' }, { iops = '600 IOPS' }]
        owns = ['CSV1', 'CSV2']
        mode = 'Block-Redirected'
    ";
    let faults = faults_of(text, |r| {
        assert_eq!(r.text("name").as_deref(), Some("lab"));
        let nodes = r.tables("nodes", |name, r| {
            let disks = r.array("disks", |_, r| r.required::<Iops>("iops").unwrap().get());
            let owns = r.names("owns").unwrap_or_default();
            (
                name.to_owned(),
                r.positive::<Bytes>("memory").unwrap(),
                r.or("speed", BitRate::from_gbps(10)),
                r.boolean("rdma").unwrap_or(false),
                r.choice("mode", &[("direct", 0), ("block_redirected", 1)]),
                disks,
                owns.into_iter().map(|name| name.value).collect::<Vec<_>>(),
            )
        });
        let n1 = ("N1".to_owned(), Bytes::from_gib(128), BitRate::from_gbps(10), false, Some(1));
        let n2 = ("N2".to_owned(), Bytes::from_gib(64), BitRate::from_gbps(25), true, None);
        let owned = vec!["CSV1".to_owned(), "CSV2".to_owned()];
        assert_eq!(nodes[0], (n1.0, n1.1, n1.2, n1.3, n1.4, vec![500.0, 600.0], owned));
        assert_eq!(nodes[1], (n2.0, n2.1, n2.2, n2.3, n2.4, vec![], vec![]));
    });
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn one_reading_reports_every_fault() {
    let text = "\
[nodes.N1]
memroy = '64 GiB'
latency = 10
owner = 3
size = '64K'
[nodes.N2]
memory = '0 B'
owner = ''
colour = 'red'
";
    let faults = faults_of(text, |r| {
        r.tables("nodes", |_, r| {
            r.positive::<Bytes>("memory");
            r.optional::<SimDuration>("latency");
            r.optional::<Bytes>("size");
            r.text("owner");
        });
        r.required::<String>("name");
    });
    assert_eq!(
        faults,
        [
            "a:1:1: nodes.N1: the field `memory` is missing",
            "a:3:11: nodes.N1.latency: `10` has no unit (write \"10 s\", \"10 ms\" or \"10 us\")",
            "a:5:8: nodes.N1.size: `K` can be read in two ways \
             (write \"64 KiB\" (binary) or \"64 kB\" (decimal))",
            "a:4:9: nodes.N1.owner: expected text, found a whole number (write \"3\")",
            "a:2:1: nodes.N1.memroy: unknown field `memroy` (did you mean `memory`?)",
            "a:7:10: nodes.N2.memory: must be above zero (write more than 0 B)",
            "a:8:9: nodes.N2.owner: the text is empty",
            "a:9:1: nodes.N2.colour: unknown field `colour` \
             (known fields: latency, memory, owner, size)",
            "a: the field `name` is missing",
        ]
    );
}

/// Whether reading gave nothing.
fn none<T>(read: impl IntoIterator<Item = T>) -> bool {
    read.into_iter().next().is_none()
}

/// One line of TOML, how it is read, and the fault it must give.
#[test]
fn wrong_values_are_explained() {
    type Read = fn(&mut Reader<'_, '_>) -> bool;
    let cases: [(&str, Read, &str); 22] = [
        ("x = -1", |r| none(r.count("x", 0..=9)), "-1 is too small (write 0 to 9)"),
        ("x = 10", |r| none(r.count("x", 0..10)), "10 is too large (write 0 to 9)"),
        ("x = 0", |r| none(r.count("x", 1..)), "0 is too small (write at least 1)"),
        (
            "x = 4.0",
            |r| none(r.count("x", ..)),
            "expected a whole number, found a number (write 4)",
        ),
        ("x = '4'", |r| none(r.count("x", ..)), "expected a whole number, found text (write 4)"),
        ("x = 70000", |r| none(r.optional::<u16>("x")), "70000 is too large (write 0 to 65535)"),
        ("x = -5", |r| none(r.optional::<u64>("x")), "-5 is too small (write at least 0)"),
        ("x = inf", |r| none(r.optional::<f64>("x")), "`inf` is not a finite number"),
        ("x = 'a'", |r| none(r.optional::<f64>("x")), "expected a number, found text"),
        (
            "x = 'true'",
            |r| none(r.boolean("x")),
            "expected true or false, found text (write true without quotes)",
        ),
        ("x = 1", |r| none(r.boolean("x")), "expected true or false, found a whole number"),
        ("x = 0.5", |r| none(r.optional::<Ratio>("x")), "`0.5` has no unit (write \"50 %\")"),
        (
            "x = []",
            |r| none(r.optional::<Bytes>("x")),
            "expected a size in bytes as text with a unit, found an array",
        ),
        ("x = 1", |r| none(r.table("x", |_| ())), "expected a table, found a whole number"),
        (
            "x = {}",
            |r| none(r.array("x", |_, _| ())),
            "expected an array of tables, found a table (write [[x]] above each of them)",
        ),
        (
            "x = 3",
            |r| none(r.tables("x", |_, _| ())),
            "expected a table of tables, found a whole number",
        ),
        (
            "x = 'NFTS'",
            |r| none(r.choice("x", &[("NTFS", 1), ("ReFS", 2)])),
            "NFTS is not one of the possible values \
             (did you mean \"NTFS\"? write \"NTFS\" or \"ReFS\")",
        ),
        (
            "x = 'ext4'",
            |r| none(r.choice("x", &[("a", 1), ("b", 2), ("c", 3)])),
            "ext4 is not one of the possible values (write \"a\", \"b\" or \"c\")",
        ),
        (
            "x = 1",
            |r| none(r.names("x")),
            "expected a name or an array of names, found a whole number",
        ),
        (
            "x = '-2 ms'",
            |r| none(r.quantity("x", UnitKind::Time)),
            "`-2 ms` is negative (write a number of zero or more, such as \"10 ms\")",
        ),
        (
            "x = -2",
            |r| none(r.quantity("x", UnitKind::Count)),
            "`-2` is negative (write a number of zero or more)",
        ),
        ("x = 2020-01-01", |r| none(r.text("x")), "expected text, found a date or time"),
    ];
    for (text, read, expected) in cases {
        assert_eq!(
            faults_of(text, |r| assert!(read(r))),
            [format!("a:1:5: x: {expected}")],
            "{text}"
        );
    }
}

#[test]
fn elements_are_judged_one_by_one() {
    let faults = faults_of("x = ['1 s', 2, '3 s', 4]\ny = ['a', '', 1]\n", |r| {
        assert_eq!(r.optional::<Vec<SimDuration>>("x"), None);
        assert_eq!(r.names("y"), None);
    });
    assert_eq!(
        faults,
        [
            "a:1:13: x[1]: `2` has no unit (write \"2 s\", \"2 ms\" or \"2 us\")",
            "a:1:23: x[3]: `4` has no unit (write \"4 s\", \"4 ms\" or \"4 us\")",
            "a:2:11: y[1]: the text is empty",
            "a:2:15: y[2]: expected text, found a whole number (write \"1\")",
        ]
    );
}

#[test]
fn names_that_need_quotes_are_shown_with_them() {
    let faults = faults_of("[x.\"a b\"]\n'c.d' = 1\n[x.'']\n", |r| {
        r.tables("x", |_, _| ());
    });
    assert_eq!(
        faults,
        ["a:3:1: x.\"\": the name is empty", "a:2:1: x.\"a b\".\"c.d\": unknown field `\"c.d\"`",]
    );
}

#[test]
fn a_reader_can_report_faults_of_its_own() {
    let faults = faults_of("[x]\nlow = 3\nhigh = 1\n", |r| {
        r.table("x", |r| {
            if r.count("low", ..) > r.count("high", ..) {
                r.fault_at("high", "below `low`", Some("write at least 3".to_owned()));
                r.fault_at("step", "needed here", None);
            }
            assert!(r.has("low") && !r.has("step"));
            assert_eq!((r.path(), r.keys().collect::<Vec<_>>()), ("x", vec!["high", "low"]));
        });
    });
    assert_eq!(
        faults,
        ["a:3:8: x.high: below `low` (write at least 3)", "a:1:1: x.step: needed here"]
    );
}

#[test]
fn an_open_table_accepts_any_key() {
    let faults = faults_of("a = 1\nb = 2\n", |r| {
        assert_eq!(r.keys().count(), 2);
        r.accept_rest();
    });
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_including_file_wins_and_tables_merge() {
    let document = load(&[
        ("main", "include = ['base/one', 'base/two']\n[n]\na = 'main'\nlist = [9]\n"),
        ("base/one", "[n]\na = 'one'\nb = 'one'\nc = 'one'\nlist = [1, 2]\n[m]\nx = 1\n"),
        ("base/two", "include = '../deep'\n[n]\na = 'two'\nb = 'two'\n"),
        ("deep", "[n]\nb = 'deep'\nd = 'deep'\n"),
    ])
    .unwrap();
    let text = |path: &str| document.get(path).and_then(Node::as_str).map(str::to_owned);
    assert_eq!(text("n.a").as_deref(), Some("main"));
    assert_eq!(text("n.b").as_deref(), Some("two"));
    assert_eq!(text("n.c").as_deref(), Some("one"));
    assert_eq!(text("n.d").as_deref(), Some("deep"));
    assert!(document.get("n.list[1]").is_none() && document.get("m.x").is_some());
    assert!(document.get("include").is_none());
    let origin = document.get("n.d").unwrap().origin();
    assert_eq!(document.file(origin.file).name.replace('\\', "/"), "base/../deep");
    assert_eq!(&document.file(origin.file).text[origin.span], "'deep'");
}

#[test]
fn faults_of_included_values_point_into_the_included_file() {
    let document = load(&[("main", "include = 'base'\n"), ("base", "\n[n]\nsize = 5\n")]).unwrap();
    let mut faults = Diagnostics::new();
    Reader::root(&document, &mut faults).table("n", |r| r.required::<Bytes>("size"));
    assert!(lines(&faults)[0].starts_with("base:3:8: n.size: `5` has no unit"));
}

#[test]
fn include_faults_point_at_the_name() {
    assert_eq!(load(&[]).unwrap_err(), ["main: the file does not exist"]);
    assert_eq!(
        load(&[("main", "include = ['b', 'none', 3]\n[x]\n"), ("b", "y =\n[z")]).unwrap_err(),
        [
            "main:1:25: include: expected the path of a file, found a whole number \
             (write include = [\"base.toml\"])",
            "b:1:4: invalid TOML: string values must be quoted, expected literal string",
            "b:2:3: invalid TOML: unclosed table, expected `]`",
            "main:1:17: include: none: the file does not exist",
        ]
    );
    assert_eq!(
        load(&[("main", "include = 'b'"), ("b", "include = 'c'"), ("c", "include = ['./b']")])
            .unwrap_err(),
        ["c:1:12: include: ./b: the includes form a ring: b -> c -> b"]
    );
}

#[test]
fn endless_includes_come_to_an_end() {
    let chain: Vec<(String, String)> = (0..40)
        .map(|n| (format!("f{n}"), format!("include = 'f{}'", n + 1)))
        .chain([("main".to_owned(), "include = 'f0'".to_owned())])
        .collect();
    let files: Vec<(&str, &str)> =
        chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let faults = load(&files).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert!(faults[0].ends_with("includes are nested deeper than 16 files"), "{}", faults[0]);
    // Every file of a layer includes each file of the next one twice: 2^12 readings.
    let mesh: Vec<(String, String)> = (0..12)
        .map(|n| (format!("f{n}"), format!("include = ['f{0}', 'f{0}']", n + 1)))
        .chain([("main".to_owned(), "include = 'f0'".to_owned())])
        .chain([("f12".to_owned(), String::new())])
        .collect();
    let files: Vec<(&str, &str)> =
        mesh.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(load(&files).unwrap_err()[0].ends_with("more than 256 files are included"));
}

#[test]
fn all_faults_of_syntax_are_reported_from_top_to_bottom() {
    let text = "a = 1\na = 2\nb =\nc = N1\nd = [64 GiB, 1] # why\ne = -0x1F\n[f\n";
    assert_eq!(
        load(&[("main", text)]).unwrap_err(),
        [
            "main:2:1: invalid TOML: duplicate key",
            "main:3:4: invalid TOML: string values must be quoted, expected literal string",
            "main:4:5: invalid TOML: N1 is neither a number nor text in quotes (write \"N1\")",
            "main:5:6: invalid TOML: 64 GiB is neither a number nor text in quotes \
             (write \"64 GiB\")",
            "main:6:5: invalid TOML: integers with a radix cannot be signed",
            "main:7:3: invalid TOML: unclosed table, expected `]`",
        ]
    );
}

#[test]
fn numbers_that_do_not_fit_are_faults() {
    assert_eq!(
        load(&[("main", "a = 99999999999999999999\nb = 1e400\nc = 0x7f\n")]).unwrap_err(),
        ["main:1:5: the whole number does not fit 64 bits", "main:2:5: the number is too large",]
    );
}

#[test]
fn deep_nesting_is_refused_within_a_small_stack() {
    // As deep as the parser lets anything be: long dotted keys in nested inline tables.
    let keys = "a.".repeat(78) + "a";
    let texts = [
        "x = ".to_owned() + &"[".repeat(1_000_000),
        "x = ".to_owned() + &"{a=".repeat(1_000_000),
        format!("x = {}", "[".repeat(70) + &"]".repeat(70)),
        "a.".repeat(1_000_000) + "a = 1",
        format!("{keys} = {}1{}", format!("{{{keys} = ").repeat(78), "}".repeat(78)),
    ];
    for text in texts {
        let stack = std::thread::Builder::new().stack_size(1 << 20);
        let faults = stack.spawn(move || load(&[("main", &text)]).unwrap_err()).unwrap();
        let faults = faults.join().unwrap();
        assert!(faults.iter().any(|fault| fault.contains("deep") || fault.contains("recursion")));
    }
}

#[test]
fn a_setting_is_read_like_a_line_of_the_file() {
    let mut document = Document::from_text("a", "[nodes.N1]\nmemory = '1 GiB'\n").unwrap();
    document.set("nodes.N1.memory", "64K", "--set").unwrap();
    document.set("nodes.N1.speeed", "1 Gbit/s", "--set").unwrap();
    let mut faults = Diagnostics::new();
    let mut root = Reader::root(&document, &mut faults);
    root.tables("nodes", |_, r| {
        r.required::<Bytes>("memory");
        r.optional::<BitRate>("speed");
    });
    root.finish();
    assert_eq!(
        lines(&faults),
        [
            "--set:1:19: nodes.N1.memory: `K` can be read in two ways \
             (write \"64 KiB\" (binary) or \"64 kB\" (decimal))",
            "--set:1:1: nodes.N1.speeed: unknown field `speeed` (did you mean `speed`?)",
        ]
    );
}

/// Reads every field of a document in every way.
fn read_everything(document: &Document) -> Diagnostics {
    fn walk(r: &mut Reader<'_, '_>) {
        for key in r.keys().collect::<Vec<_>>() {
            r.required::<SimDuration>(key);
            r.positive::<Iops>(key);
            r.count(key, 1..5);
            r.choice(key, &[("a", 1), ("b", 2)]);
            r.names(key);
            r.optional::<Vec<Vec<f64>>>(key);
            r.quantity(key, UnitKind::Count);
            r.table(key, walk);
            r.tables(key, |_, _| ());
            r.array(key, |_, r| walk(r));
        }
        r.must_have("none");
    }
    let mut faults = Diagnostics::new();
    walk(&mut Reader::root(document, &mut faults));
    faults
}

const VALID: &str = "\
name = \"lab ä\" # comment\r
[nodes.N1]
memory = '64 GiB'
speeds = [\"10 Gbit/s\", { a.b = 1e3, c = 2020-01-01T00:00:00Z }]
[[phases]]
length = \"\"\"
1 h\"\"\"
\"odd.key\".x = 0x1F
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let memory = MemoryFiles::new().with("main", bytes);
        match Document::load(Path::new("main"), &memory) {
            Ok(document) => drop(read_everything(&document).to_string()),
            Err(faults) => prop_assert!(!faults.to_string().is_empty()),
        }
    }

    #[test]
    fn mutated_documents_are_read_or_refused(
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..3, "[\\PC\n]"),
            1..6,
        ),
    ) {
        let mut text: Vec<char> = VALID.chars().collect();
        for (index, kind, letter) in changes {
            let at = index.index(text.len());
            let letter = letter.chars().next().unwrap();
            match kind {
                0 => drop(text.remove(at)),
                1 => text.insert(at, letter),
                _ => text[at] = letter,
            }
        }
        let text: String = text.into_iter().collect();
        let memory = MemoryFiles::new().with("main", text);
        match Document::load(Path::new("main"), &memory) {
            Ok(document) => prop_assert!(!read_everything(&document).to_string().is_empty()),
            Err(faults) => prop_assert!(!faults.to_string().is_empty()),
        }
    }

    #[test]
    fn any_setting_is_done_or_refused(
        path in "[a-z.\\[\\]0-9\"' ]{0,12}|\\PC{0,12}",
        literal in "\\PC{0,12}",
    ) {
        let mut document = Document::from_text("a", "a = [{ b = 1 }]\n[b.c]\n").unwrap();
        match document.set(&path, &literal, "--set") {
            Ok(()) => prop_assert!(document.get(&path).is_some()),
            Err(faults) => prop_assert!(!faults.to_string().is_empty()),
        }
        drop(read_everything(&document).to_string());
    }
}

#[test]
fn the_valid_document_of_the_mutations_is_valid() {
    let document = Document::from_text("a", VALID).unwrap();
    assert_eq!(document.get("phases[0].\"odd.key\".x").unwrap().value, Value::Integer(31));
    assert!(!read_everything(&document).is_empty());
}
