//! What the documents say, held against the program.
//!
//! Every `toml` block of the README and of `src/docs` loads without a fault: as it stands, or, when
//! its first line is `# fragment`, laid over [`BASE`]. The tables of the scenario reference have
//! every field, every parameter with its value and range, and every name of the catalogue.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use csvnet::analytic::Kind;
use csvnet::app::{Hooks, Options, run};
use csvnet::calibrate::{Family as Measurements, Mapping};
use csvnet::diagnostic::Diagnostics;
use csvnet::plan::size::Choices;
use csvnet::plan::sweep::Grid;
use csvnet::provenance::Parameter;
use csvnet::report::assemble::kind_words;
use csvnet::report::{Format, Render};
use csvnet::scenario::document::{Document, MemoryFiles};
use csvnet::scenario::{Catalogue, Family, Loaded, load};
use csvnet::units::parse_as;

/// What a fragment is laid over: everything the documents' fragments refer to.
const BASE: &str = r#"
title = "base"
limits = ["p99 latency <= 5 ms"]
networks.csv = { switch = "mellanox-sn2010", mtu = "9000 B", pfc = true }
storage.array = { kind = "array", model = "generic-all-flash" }
volumes.CSV1 = { storage = "array", owner = "HV2" }
vms.sql = { node = "HV1", vcpus = 8, disks.data = { volume = "CSV1" } }

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
nics.storage = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[workloads.oltp]
vm = "sql"
disk = "data"
block = "8 KiB"
read = "70 %"
outstanding = 16
working-set = "200 GB"
"#;

/// The trace that blocks name.
const TRACE: &str = "time_ns,op,lba_512,sectors,response_ns\n\
    100,R,8,16,1000\n200,W,8,16,2000\n500,R,24,1,3000\n600,W,25,1,4000\n";

/// The history that blocks name.
const HISTORY: &str = "month,gb\n2026-01,100\n2026-02,104\n2026-03,107\n";

/// How a fragment begins.
const FRAGMENT: &str = "# fragment\n";

/// How a block begins that is of a Rust project and no scenario.
const MANIFEST: &str = "# Cargo.toml\n";

/// A block of a document.
struct Block {
    /// File and line of its first line.
    place: String,
    text: String,
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A text with line feeds only, also in a checkout on Windows.
fn text(name: &Path) -> String {
    let text = fs::read_to_string(name).unwrap_or_else(|e| panic!("{}: {e}", name.display()));
    text.replace("\r\n", "\n")
}

/// The README and every document of the crate.
fn documents() -> Vec<PathBuf> {
    let entries = fs::read_dir(path("src/docs")).expect("the folder of the documents can be read");
    let mut all: Vec<_> = entries.map(|e| e.expect("an entry can be read").path()).collect();
    all.retain(|path| path.extension().is_some_and(|e| e == "md"));
    all.push(path("README.md"));
    all.sort();
    all
}

/// The blocks of a language in a Markdown text; a fence may be indented.
fn blocks(name: &str, text: &str, language: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut other = false;
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```").map(str::trim);
        match (fence, &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(_), None) if other => other = false,
            (Some(word), None) if word == language => {
                let place = format!("{name}:{}", number + 2);
                open = Some(Block { place, text: String::new() });
            }
            (Some(_), None) => other = true,
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none() && !other, "{name}: a block is never closed");
    blocks
}

/// The scenario of a block, or what is wrong with it, one fault a line.
fn loaded(block: &str) -> Result<Loaded, String> {
    let mut files = MemoryFiles::new()
        .with("base.toml", BASE)
        .with("block.toml", block)
        .with("traces/t.csv", TRACE)
        .with("usage.csv", HISTORY);
    let mut first = "block.toml";
    if block.starts_with(FRAGMENT) {
        first = "whole.toml";
        files = files.with(first, "include = [\"base.toml\", \"block.toml\"]");
    }
    load(Path::new(first), &files, &[], &[]).map_err(|faults| {
        faults.iter().fold(String::new(), |mut all, fault| {
            let _ = writeln!(all, "  {fault}");
            all
        })
    })
}

/// What is wrong with a mapping, a grid or a family; none where the block is none of them.
fn of_measurements(block: &str) -> Option<String> {
    let document = || Document::from_text("block.toml", block);
    let told = |result: Result<(), Diagnostics>| match result {
        Ok(()) => String::new(),
        Err(faults) => faults.to_string(),
    };
    if block.starts_with("# map.toml\n") {
        return Some(told(document().and_then(|d| Mapping::read(&d)).map(|_| ())));
    }
    if block.starts_with("# catalogue.toml\n") {
        return Some(told(document().and_then(|d| Choices::read(&d)).map(|_| ())));
    }
    if block.starts_with("# grid.toml\n") {
        return Some(told(document().and_then(Grid::read).map(|_| ())));
    }
    block
        .starts_with("# family.toml\n")
        .then(|| told(document().and_then(|d| Measurements::read(&d)).map(|_| ())))
}

#[test]
fn every_block_loads() {
    let mut wrong = String::new();
    let (mut whole, mut fragments) = (0, 0);
    for document in documents() {
        for block in blocks(&document.display().to_string(), &text(&document), "toml") {
            if block.text.starts_with(MANIFEST) {
                continue;
            }
            if let Some(faults) = of_measurements(&block.text) {
                if !faults.is_empty() {
                    let _ = write!(wrong, "{}:\n{faults}", block.place);
                }
                continue;
            }
            *(if block.text.starts_with(FRAGMENT) { &mut fragments } else { &mut whole }) += 1;
            if let Err(faults) = loaded(&block.text) {
                let _ = write!(wrong, "{}:\n{faults}", block.place);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(whole >= 2 && fragments >= 10, "the blocks were found: {whole} and {fragments}");
}

#[test]
fn a_fault_in_a_block_is_found() {
    let faults = |block: &str| loaded(block).expect_err("the block is wrong");
    assert!(faults("[run]\nseed = 1\n").contains("the field `title` is missing"));
    let told = faults("# fragment\n[run]\nsede = 1\n");
    assert_eq!(told, "  block.toml:3:1: run.sede: unknown field `sede` (did you mean `seed`?)\n");
    assert!(loaded("# fragment\n[run]\nseed = 1\n").is_ok());
}

#[test]
fn blocks_are_told_from_the_text_around_them() {
    let text = "a\n```toml\nx = 1\n```\n```console\n$ y\n```\n  ```toml\nz = 2\n  ```\n";
    let found = blocks("a.md", text, "toml");
    let found: Vec<_> = found.iter().map(|b| (b.place.as_str(), b.text.as_str())).collect();
    assert_eq!(found, [("a.md:3", "x = 1\n"), ("a.md:9", "z = 2\n")]);
}

#[test]
fn the_readme_names_this_version() {
    let manifest = blocks("README.md", &text(&path("README.md")), "toml");
    let manifest = manifest.iter().find(|block| block.text.starts_with(MANIFEST));
    let manifest = manifest.expect("the README shows how to depend on the library");
    let version =
        format!("{}.{}", env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"));
    assert!(manifest.text.contains(&format!("\"{version}\"")), "{}", manifest.text);
}

#[test]
fn the_readme_shows_what_a_run_prints() {
    let shown = blocks("README.md", &text(&path("README.md")), "text");
    let table = shown.iter().find(|block| block.text.starts_with("workload  metric"));
    let table = &table.expect("the README shows a table of a run").text;
    let names = ["100 MB, on the owner", "100 MB, off, SMB Direct", "100 MB, off, LACP 9000"];
    let options = Options { variant: names.map(str::to_owned).to_vec(), ..Options::default() };
    let lab = path("examples/shared-vhdx-lab.toml");
    let report = run(&lab, &options, &Hooks::silent()).unwrap_or_else(|e| panic!("{e}"));
    let mut printed = Vec::new();
    Format::Table.render(&report, &mut printed).expect("memory takes it");
    let printed = String::from_utf8(printed).expect("it is text");
    assert!(
        printed.contains(table.as_str()),
        "{table}\nstands in the README, and is not in\n{printed}"
    );
}

#[test]
fn variants_of_the_reference_change_what_they_say() {
    let reference = text(&path("src/docs/scenario.md"));
    let all = blocks("scenario.md", &reference, "toml");
    let block = all.iter().find(|block| block.text.contains("[[variants]]")).expect("it has some");
    let loaded = loaded(&block.text).unwrap_or_else(|faults| panic!("{faults}"));
    let team = loaded.variants.last().expect("there are variants");
    let scenario = &team.scenario;
    assert_eq!(scenario.cluster.nodes.iter().map(|n| n.teams.len()).sum::<usize>(), 2);
    assert_eq!(scenario.parameters.get("host.per-io").map(|p| p.value), Some(20e-6));
    assert_eq!(scenario.limits[0].value, 8e-3);
}

/// The texts between backticks.
fn quoted(text: &str) -> BTreeSet<&str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn the_reference_has_every_parameter_with_its_value() {
    let reference = text(&path("src/docs/scenario.md"));
    let catalogue = Catalogue::builtin().expect("the catalogue is sound");
    let mut wrong = Vec::new();
    for parameter in catalogue.parameters().iter() {
        let Parameter { name, kind, value, low, high, .. } = parameter;
        let head = format!("| `{name}` |");
        let Some(row) = reference.lines().find(|line| line.starts_with(&head)) else {
            wrong.push(format!("`{name}` is missing"));
            continue;
        };
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let read = |text: &str| parse_as(*kind, text).ok();
        let range = match cells[3].split_once(" to ") {
            Some((low, high)) => (read(low), read(high)),
            None if cells[3] == "exact" => (Some(*value), Some(*value)),
            None => (None, None),
        };
        if (read(cells[2]), range) != (Some(*value), (Some(*low), Some(*high))) {
            wrong.push(format!("`{name}` is {value}, {low} to {high}: {row}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_assumptions_have_every_kind_of_network_with_its_tolerance() {
    let assumptions = text(&path("src/docs/assumptions.md"));
    let (_, section) = assumptions.split_once("## Accuracy of the approximation\n").unwrap();
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let expected: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| {
            let usual = kind.tolerance();
            let (iops, latency) = (percent(usual.iops), percent(usual.latency));
            format!("| {} | {iops} | {latency} |", kind_words(*kind))
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_reference_has_every_name_and_every_field() {
    let reference = text(&path("src/docs/scenario.md"));
    let quoted = quoted(&reference);
    let catalogue = Catalogue::builtin().expect("the catalogue is sound");
    let mut names: Vec<String> = catalogue.profile_names().map(str::to_owned).collect();
    for family in Family::ALL {
        names.extend(catalogue.names(family).map(str::to_owned));
        names.extend(family.numbers().iter().map(|(field, _)| (*field).to_owned()));
    }
    names.extend(fields());
    assert!(names.len() > 150, "names and fields were found: {}", names.len());
    // A table stands with its brackets, a table of tables with a star.
    let bare = |text: &str| text.trim_matches(['[', ']']).trim_end_matches(".*").to_owned();
    let known: BTreeSet<String> = quoted.into_iter().map(bare).collect();
    names.retain(|name| !known.contains(name));
    assert!(names.is_empty(), "not in the reference: {}", names.join(", "));
}

/// Every field the sources of the scenario read by name.
fn fields() -> BTreeSet<String> {
    /// Methods of the reader that name a field.
    const METHODS: [&str; 15] = [
        "raw",
        "must_have",
        "required",
        "optional",
        "or",
        "positive",
        "quantity",
        "text",
        "boolean",
        "count",
        "choice",
        "name",
        "names",
        "table",
        "tables",
    ];
    let mut fields = BTreeSet::new();
    let entries = ["src/scenario", "src/scenario/timeline"]
        .map(|folder| fs::read_dir(path(folder)).expect("the sources can be read"));
    for entry in entries.into_iter().flatten() {
        let file = entry.expect("an entry can be read").path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The catalogue has fields of its own, and tests read anything.
        if !file.is_file() || ["models.rs", "tests.rs"].contains(&name.as_str()) {
            continue;
        }
        let text = text(&file);
        for (at, _) in text.match_indices("(\"") {
            // `.required::<String>("field")` has a type between the method and its argument.
            let head = match text[..at].rfind("::<") {
                Some(types) if text[..at].ends_with('>') => &text[..types],
                _ => &text[..at],
            };
            let Some((_, method)) = head.rsplit_once('.') else { continue };
            if METHODS.contains(&method) {
                fields.extend(text[at + 2..].split('"').next().map(str::to_owned));
            }
        }
    }
    fields
}
