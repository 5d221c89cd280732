//! Precision, checkpoints, traces of single I/Os, profile.

use std::fs;
use std::path::Path;

use super::{SMALL, code, csvnet, fine, folder_with, json, names};

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

/// Runs with further arguments and gives the report as JSON.
fn run(folder: &Path, more: &[&str]) -> String {
    fine(folder, &[&["run", "a.toml", "--format", "json"], more].concat())
}

#[test]
fn a_precision_is_reached_whatever_the_threads() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let of = |threads| run(folder.path(), &["--precision", "0.2 %", "--threads", threads]);
    let text = of("1");
    assert_eq!(text, of("4"));
    let report = json(&text);
    let precision = &report["variants"][0]["precision"];
    assert_eq!((&precision["asked"], &precision["met"]), (&0.002.into(), &true.into()));
    assert!(precision["reached"].as_f64().unwrap() <= 0.002);
    assert!(report["variants"][0]["replications"].as_u64().unwrap() >= 10);
    // The same in the file, where the command line can take it back.
    let written = SMALL.replace("replications = 2", "precision = \"0.2 %\"");
    let folder = folder_with(&[("a.toml", &written)]);
    assert_eq!(json(&run(folder.path(), &[]))["variants"], report["variants"]);
    let without = json(&run(folder.path(), &["--precision", "none"]));
    assert_eq!(without["variants"][0]["replications"], 5);
    assert!(without["variants"][0]["precision"].is_null());
}

#[test]
fn a_checkpoint_gives_the_same_bytes_and_no_other_file() {
    let two = format!(
        "{SMALL}[[variants]]\nname = \"x\"\n[[variants]]\nname = \"y\"\n\
                       set = {{ \"workloads.w.outstanding\" = 8 }}\n"
    );
    let folder = folder_with(&[("a.toml", &two)]);
    let at = folder.path();
    let whole = run(at, &["--replications", "6"]);
    // A shorter run leaves a part of a longer one.
    run(at, &["--replications", "3", "--checkpoint", "k"]);
    let output = csvnet(
        at,
        &[
            "run",
            "a.toml",
            "--format",
            "json",
            "--replications",
            "6",
            "--checkpoint",
            "k",
            "--threads",
            "2",
        ],
    );
    assert_eq!(String::from_utf8(output.stdout.clone()).unwrap(), whole);
    assert!(stderr(&output).contains("6 finished replications are in `k`"), "{}", stderr(&output));
    assert_eq!(names(at), ["a.toml", "k"]);
    // Cut at the end of any line and in the middle of one.
    let kept = fs::read(at.join("k")).unwrap();
    let ends = kept.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    for length in ends.filter(|end| *end < kept.len()).chain([10, kept.len() - 5]) {
        fs::write(at.join("k"), &kept[..length]).unwrap();
        let refused = csvnet(at, &["run", "a.toml", "--checkpoint", "k"]);
        let said = stderr(&refused);
        assert_eq!((code(&refused), refused.stdout.len()), (1, 0), "{said}");
        assert!(said.contains("checkpoint `k`: its end is missing; name another"), "{said}");
    }
    fs::write(at.join("k"), &kept).unwrap();
    let other = csvnet(at, &["run", "a.toml", "--checkpoint", "k", "--seed", "2"]);
    assert_eq!((code(&other), other.stdout.len()), (1, 0));
    assert!(stderr(&other).contains("variant `x` differs in the seed"), "{}", stderr(&other));
    assert_eq!(fs::read(at.join("k")).unwrap(), kept);
}

#[test]
fn targets_are_refused_before_anything_is_run() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let at = folder.path();
    for (arguments, words) in [
        (&["--checkpoint", "."][..], "is a directory"),
        (&["--checkpoint", "no/k"], "there is no directory"),
        (&["--checkpoint", "a.toml"], "is what is read"),
        (&["--trace", "."], "is a directory"),
        (&["--trace", "no/t.csv"], "there is no directory"),
        (&["--trace", "a.toml"], "is what is read"),
        (&["--trace", "x", "--output", "./x"], "is named twice"),
        (&["--trace", "x", "--checkpoint", "x"], "is named twice"),
        (&["--counters", "."], "is a directory"),
        (&["--counters", "no/c.csv"], "there is no directory"),
        (&["--counters", "a.toml"], "is what is read"),
        (&["--counters", "x", "--output", "x"], "is named twice"),
        (&["--counters", "x", "--trace", "./x"], "is named twice"),
    ] {
        let output = csvnet(at, &[&["run", "a.toml"], arguments].concat());
        let said = stderr(&output);
        assert_eq!((code(&output), output.stdout.len()), (1, 0), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert_eq!(names(at), ["a.toml"], "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(at.join("a.toml")).unwrap(), SMALL);
}

#[test]
fn traces_and_profile_leave_the_report_as_it_is() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let at = folder.path();
    let plain = run(at, &[]);
    let all = [
        "run",
        "a.toml",
        "--format",
        "json",
        "--trace",
        "t.csv",
        "--trace-ios",
        "3",
        "--profile",
        "--checkpoint",
        "k",
    ];
    let output = csvnet(at, &all);
    assert_eq!((code(&output), String::from_utf8(output.stdout.clone()).unwrap()), (0, plain));
    let said = stderr(&output);
    for words in ["Profile", "simulate", "time an I/O, on one core", "G/vmbus", "per I/O"] {
        assert!(said.contains(words), "`{words}` is missing: {said}");
    }
    let mut reader = csv::Reader::from_path(at.join("t.csv")).unwrap();
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head[..5], ["variant", "workload", "source", "io", "branch"]);
    assert!(head[11..].iter().all(|column| column.ends_with("_us")));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let complete: Vec<_> = rows.iter().filter(|row| &row[7] == "I/O complete").collect();
    let ios: std::collections::BTreeSet<&str> = complete.iter().map(|row| &row[3]).collect();
    assert_eq!((complete.len(), ios.len()), (3, 3));
    assert!(rows.iter().all(|row| &row[0] == "base" && &row[1] == "w" && &row[6] == "8192"));
    assert_eq!(names(at), ["a.toml", "k", "t.csv"]);
}

/// A time of a trace in picoseconds.
fn ps(row: &csv::StringRecord, column: usize) -> u64 {
    let (whole, rest) = row[column].split_once('.').expect("it has a point");
    assert_eq!(rest.len(), 6, "{row:?}");
    let number = |text: &str| text.parse::<u64>().expect("digits");
    number(whole) * 1_000_000 + number(rest)
}

/// Checks that every row of a trace adds up exactly: how many I/Os are complete, visits that go on
/// with their first bit, and visits of branches behind.
fn adds_up(text: &str) -> [usize; 3] {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut found = [0; 3];
    // The I/O itself from its issue on: when it last left, and when anything of it did.
    let (mut left, mut last) = (None, 0);
    for row in &rows {
        if &row[7] == "I/O complete" {
            assert_eq!((ps(row, 15) - ps(row, 11), ps(row, 15)), (ps(row, 16), last), "{row:?}");
            found[0] += 1;
            (left, last) = (None, 0);
            continue;
        }
        let first_bit = &row[9] == "first bit";
        let served = if first_bit { 0 } else { ps(row, 13) };
        assert_eq!(ps(row, 11) + ps(row, 12) + served + ps(row, 14), ps(row, 15), "{row:?}");
        let issued = ps(row, 15) - ps(row, 16);
        if &row[4] == "0" {
            assert_eq!(ps(row, 11), left.unwrap_or(issued), "nothing is between: {row:?}");
            left = Some(ps(row, 15));
        }
        found[1] += usize::from(first_bit);
        if &row[10] == "behind" {
            found[2] += 1;
        } else {
            last = last.max(ps(row, 15));
        }
    }
    found
}

#[test]
fn every_row_of_a_trace_adds_up() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
    let folder = folder_with(&[]);
    let of = ["run", file, "--trace", "t.csv", "--trace-ios", "40", "--replications", "2"];
    let short = ["--set", "run.duration=\"20 ms\"", "--set", "run.warm-up=\"1 ms\""];
    fine(folder.path(), &[of.as_slice(), &short].concat());
    let text = fs::read_to_string(folder.path().join("t.csv")).unwrap();
    let [complete, first_bit, behind] = adds_up(&text);
    assert!(complete >= 80 && first_bit > 160 && behind > 10, "{complete} {first_bit} {behind}");
    // The example of the document, which is a part of a trace.
    let document = include_str!("../../../src/docs/trace.md").replace("\r\n", "\n");
    let (_, example) = document.split_once("```csv\n").expect("it has an example");
    let (example, _) = example.split_once("```").expect("the example ends");
    let [complete, first_bit, behind] = adds_up(example);
    assert!(complete == 1 && first_bit > 0 && behind == 1, "{complete} {first_bit} {behind}");
    assert_eq!(example.lines().next(), text.lines().next(), "the columns");
    for column in text.lines().next().unwrap().split(',') {
        assert!(document.contains(&format!("| `{column}` |")), "{column} is explained");
    }
}

/// Interrupts a run of which the checkpoint has grown, and goes on with it.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_in_good_order_and_the_same_command_goes_on() {
    use std::process::{Command, Stdio};
    let long = SMALL.replace("duration = \"50 ms\"", "duration = \"200 ms\"");
    let folder = folder_with(&[("a.toml", &long)]);
    let at = folder.path();
    let arguments =
        ["run", "a.toml", "--format", "json", "--replications", "200", "--threads", "1"];
    let with = [&arguments[..], &["--checkpoint", "k"]].concat();
    let started = Command::new(env!("CARGO_BIN_EXE_csvnet"))
        .args(&with)
        .current_dir(at)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut started = started.expect("the program starts");
    let lines =
        || fs::read(at.join("k")).map_or(0, |text| text.split(|byte| *byte == b'\n').count() - 1);
    // Head, at least one replication, tail.
    while lines() < 3 {
        assert!(started.try_wait().expect("it can be asked").is_none(), "it ended by itself");
        std::thread::yield_now();
    }
    let killed = Command::new("kill").args(["-INT", &started.id().to_string()]).status();
    assert!(killed.expect("there is a kill").success());
    let output = started.wait_with_output().expect("it ends");
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    let part = json(std::str::from_utf8(&output.stdout).expect("a report is UTF-8"));
    assert_eq!(part["partial"], true);
    let done = part["variants"][0]["replications"].as_u64().unwrap();
    assert!((1..200).contains(&done), "{done}");
    assert!(stderr(&output).contains("the same command again goes on from here"));
    assert_eq!(lines() as u64, done + 2, "all that was reported is kept");
    assert_eq!(fine(at, &with), fine(at, &arguments));
}

#[test]
fn counters_are_of_one_variant_and_leave_the_report_as_it_is() {
    let two = format!("{SMALL}[[variants]]\nname = \"x\"\n[[variants]]\nname = \"y\"\n");
    let folder = folder_with(&[("a.toml", SMALL), ("two.toml", &two)]);
    let at = folder.path();
    let plain = json(&run(at, &[]));
    let counted = json(&run(at, &["--counters", "c.csv", "--counter-interval", "10 ms"]));
    assert_eq!(plain["variants"], counted["variants"]);
    let written = fs::read_to_string(at.join("c.csv")).unwrap();
    assert!(written.starts_with("\"(PDH-CSV 4.0) (UTC)(0)\",\"\\\\"), "{}", &written[..60]);
    assert!(written.ends_with("\"\r\n") && written.lines().count() > 3);
    // The same command, the same bytes.
    run(at, &["--counters", "d.csv", "--counter-interval", "10 ms", "--threads", "3"]);
    assert_eq!(fs::read_to_string(at.join("d.csv")).unwrap(), written);
    // Which of two is not guessed, and nothing is run to find out.
    let output = csvnet(at, &["run", "two.toml", "--counters", "e.csv"]);
    let said = stderr(&output);
    assert_eq!((code(&output), output.stdout.len()), (1, 0), "{said}");
    assert!(said.contains("name one of them with --variant: x, y"), "{said}");
    assert_eq!(names(at), ["a.toml", "c.csv", "d.csv", "two.toml"]);
    fine(at, &["run", "two.toml", "--counters", "e.csv", "--variant", "y"]);
    assert!(names(at).contains(&"e.csv".to_owned()));
    for wrong in ["0 s", "2 h", "1", "fast"] {
        let with = ["run", "a.toml", "--counters", "f.csv", "--counter-interval", wrong];
        assert_eq!(code(&csvnet(at, &with)), 64, "{wrong}");
    }
    assert_eq!(code(&csvnet(at, &["run", "a.toml", "--counter-interval", "1 s"])), 64);
}
