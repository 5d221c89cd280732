//! The built program: exit codes, formats, files written, and what it says of bad input.

mod align;
mod bad_input;
mod counters;
mod import;
mod long_runs;
mod read;
mod report;
mod schema;
mod sweep;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// One node, one device, one machine: runs in milliseconds.
const SMALL: &str = r#"title = "small"

[run]
duration = "50 ms"
warm-up = "10 ms"
replications = 2

[nodes.A]
cpu = "one-epyc-7702p"

[storage.d]
kind = "device"
model = "fixed-law"
node = "A"

[volumes.V]
storage = "d"
owner = "A"

[vms.G]
node = "A"

[vms.G.disks.x]
volume = "V"

[workloads.w]
vm = "G"
disk = "x"
block = "8 KiB"
read = "50 %"
working-set = "30 GB"
outstanding = 4
"#;

/// Runs the program in a folder.
fn csvnet(folder: &Path, arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_csvnet");
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    output.expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("it was not killed by a signal")
}

#[track_caller]
fn fine(folder: &Path, arguments: &[&str]) -> String {
    let output = csvnet(folder, arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(code(&output), 0, "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).expect("a report is UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the report is JSON")
}

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("there is room for a file");
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry.expect("it can be listed").file_name().to_string_lossy().into_owned()
    };
    let mut names: Vec<String> = entries.map(name).collect();
    names.sort();
    names
}

#[test]
fn exit_codes_tell_verdicts_faults_and_usage_apart() {
    let folder = folder_with(&[("a.toml", SMALL), ("bad.toml", "title = 1\n")]);
    let run = |limits: &str| {
        let set = format!("limits={limits}");
        code(&csvnet(folder.path(), &["run", "a.toml", "--set", &set]))
    };
    assert_eq!(code(&csvnet(folder.path(), &["run", "a.toml"])), 0);
    assert_eq!(run("[\"mean latency <= 1 s\"]"), 0);
    // A device of 100 us in a path that nobody measured: 35 % to either side.
    assert_eq!(run("[\"mean latency <= 130 us\"]"), 3);
    assert_eq!(run("[\"mean latency <= 1 us\"]"), 2);
    assert_eq!(run("[\"mean latency <= 130 us\", \"mean latency <= 1 us\"]"), 2);
    assert_eq!(code(&csvnet(folder.path(), &["run", "bad.toml"])), 1);
    for wrong in [&["run"][..], &["fly"], &["run", "a.toml", "--format", "xml"], &[]] {
        let output = csvnet(folder.path(), wrong);
        assert_eq!(code(&output), 64, "{wrong:?}");
        assert!(output.stdout.is_empty(), "{wrong:?}");
    }
    assert!(fine(folder.path(), &["--help"]).contains("Usage:"));
    assert!(fine(folder.path(), &["--version"]).contains(env!("CARGO_PKG_VERSION")));
}

/// The figure at the end of a path such as `workloads/0/iops`: value and ends of both intervals.
fn figure(of: &Value, metric: &str) -> [f64; 5] {
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let figure = &of[metric];
    [
        number(&figure["value"]),
        number(&figure["sampling"][0]),
        number(&figure["sampling"][1]),
        number(&figure["prediction"][0]),
        number(&figure["prediction"][1]),
    ]
}

#[test]
fn json_and_csv_hold_the_same_numbers() {
    let text = crate::cluster::TWO_NODES.replace("duration = \"200 ms\"", "duration = \"50 ms\"");
    let folder = folder_with(&[("a.toml", &text)]);
    let set = ["run", "a.toml", "--set", "volumes.CSV1.file-system=ReFS", "--format"];
    let report = |format| fine(folder.path(), &[&set[..], &[format]].concat());
    let document = json(&report("json"));
    assert_eq!(document["schema_version"], 1);
    let text = report("csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let in_csv = |section: &str, subject: &str, metric: &str| -> [f64; 5] {
        let row = rows.iter().find(|row| (&row[1], &row[2], &row[3]) == (section, subject, metric));
        let row = row.unwrap_or_else(|| panic!("no {section} {subject} {metric}"));
        [5, 6, 7, 8, 9].map(|i| row[i].parse().unwrap_or(f64::NAN))
    };
    let variant = &document["variants"][0];
    let mut compared = 0;
    let mut compare = |of: &Value, section: &str, subject: &str, metric: &str| {
        for (a, b) in figure(of, metric).into_iter().zip(in_csv(section, subject, metric)) {
            // Both are written with every digit; serde_json reads them up to the last bit.
            assert!((a - b).abs() <= 1e-15 * a.abs(), "{subject} {metric}: {a} and {b}");
        }
        compared += 1;
    };
    for workload in variant["workloads"].as_array().unwrap() {
        let name = workload["name"].as_str().unwrap();
        for metric in ["iops", "throughput", "latency_mean", "latency_p50", "latency_p99_9"] {
            compare(workload, "workloads", name, metric);
        }
    }
    for port in variant["ports"].as_array().unwrap() {
        let part = |field: &str| port[field].as_str().unwrap();
        let name = format!("{}/{} {}", part("node"), part("nic"), part("direction"));
        compare(port, "ports", &name, "wire");
    }
    for cpu in variant["cpus"].as_array().unwrap() {
        compare(cpu, "cpus", cpu["node"].as_str().unwrap(), "utilisation");
    }
    assert_eq!(compared, 2 * 5 + 8 + 2);
}

#[test]
fn every_format_is_written() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    for format in ["table", "json", "csv", "md", "html"] {
        for command in ["run", "explain"] {
            let text = fine(folder.path(), &[command, "a.toml", "--format", format]);
            assert!(text.contains("small") && text.ends_with('\n'), "{command} {format}");
            assert!(!text.contains('\u{1b}'), "{command} {format}: colours without a terminal");
            match format {
                "json" => assert_eq!(json(&text)["schema_version"], 1, "{command}"),
                "md" => assert!(text.starts_with("# small\n"), "{command}"),
                _ => {}
            }
        }
    }
    let text = fine(folder.path(), &["check", "a.toml"]);
    assert!(text.contains("no faults") && !text.contains("note: note:"), "{text}");
}

#[test]
fn a_note_is_called_a_note_once() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/shared-vhdx-lab.toml");
    let text = fine(Path::new("."), &["check", example]);
    assert!(text.contains("hides the RDMA") && !text.contains("note: note:"), "{text}");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let report = |threads: &str| {
        let with = ["run", "a.toml", "--format", "json", "--replications", "5"];
        fine(folder.path(), &[&with[..], &["--threads", threads]].concat())
    };
    let one = report("1");
    assert_eq!(one, report("2"));
    assert_eq!(one, report("5"));
    assert_eq!(
        one,
        fine(folder.path(), &["run", "a.toml", "--format", "json", "--replications", "5"])
    );
}

/// The tables of a scenario in another order.
fn turned(text: &str, by: usize) -> String {
    let starts: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    let ends = starts[1..].iter().copied().chain([text.len()]);
    let mut tables: Vec<&str> =
        starts.iter().zip(ends).map(|(&start, end)| &text[start..end]).collect();
    tables.rotate_left(by);
    tables.reverse();
    let tables: Vec<String> =
        tables.iter().map(|table| format!("{}\n", table.trim_end())).collect();
    format!("{}\n{}", &text[..starts[0]], tables.join("\n"))
}

#[test]
fn the_order_of_declaration_changes_nothing_but_the_hash() {
    let text = crate::cluster::TWO_NODES
        .replace("duration = \"200 ms\"", "duration = \"30 ms\"")
        .replace("owner = \"HV1\"", "owner = \"HV1\"\nfile-system = \"ReFS\"");
    let report = |text: &str| {
        let folder = folder_with(&[("a.toml", text)]);
        let mut report = json(&fine(folder.path(), &["run", "a.toml", "--format", "json"]));
        let hash = report["run"]["scenario_hash"].take();
        (report, hash)
    };
    let (as_written, hash) = report(&text);
    for by in [0, 3, 7] {
        let (other, other_hash) = report(&turned(&text, by));
        assert_eq!(as_written, other, "turned by {by}");
        assert_ne!(hash, other_hash);
    }
}

#[test]
fn an_output_file_is_whole_or_absent() {
    let folder = folder_with(&[("a.toml", SMALL), ("bad.toml", "title = 1\n")]);
    let at = folder.path();
    let output = csvnet(at, &["run", "a.toml", "--format", "json", "--output", "out.json"]);
    assert_eq!((code(&output), output.stdout.len()), (0, 0));
    let first = fs::read_to_string(at.join("out.json")).unwrap();
    assert_eq!(json(&first)["schema_version"], 1);
    assert_eq!(names(at), ["a.toml", "bad.toml", "out.json"], "no temporary file is left");
    // On an error what was there stays, and nothing new appears.
    let failed = csvnet(at, &["run", "bad.toml", "--output", "out.json"]);
    assert_eq!(code(&failed), 1);
    assert_eq!(fs::read_to_string(at.join("out.json")).unwrap(), first);
    assert_eq!(code(&csvnet(at, &["run", "bad.toml", "--output", "new.json"])), 1);
    for nowhere in ["no/out.json", ".", "a.toml"] {
        let refused = csvnet(at, &["run", "a.toml", "--output", nowhere]);
        assert_eq!((code(&refused), refused.stdout.len()), (1, 0), "{nowhere}");
    }
    assert_eq!(fs::read_to_string(at.join("a.toml")).unwrap(), SMALL);
    assert_eq!(names(at), ["a.toml", "bad.toml", "out.json"]);
    // A missed limit is a result, not an error: it is written.
    let set = "limits=[\"mean latency <= 1 us\"]";
    let missed = csvnet(at, &["run", "a.toml", "--set", set, "--output", "missed.txt"]);
    assert_eq!(code(&missed), 2);
    assert!(names(at).contains(&"missed.txt".to_owned()));
}
