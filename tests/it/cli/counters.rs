//! `csvnet counters`: a table of a log, or every fault of it and nothing written.

use std::fs;

use super::{SMALL, code, csvnet, fine, folder_with, names};

const LOG: &str = include_str!("../../data/pdh/two-hosts.csv");
const GERMAN: &str = include_str!("../../data/pdh/german.csv");

#[test]
fn a_log_becomes_a_table() {
    let folder = folder_with(&[("log.csv", LOG)]);
    let rows = fine(folder.path(), &["counters", "log.csv"]);
    assert!(rows.starts_with("node,kind,name,samples,seconds,cpu_pct,cpu_pct_peak,"), "{rows}");
    // 12.5, 37.5 and 25 percent.
    assert!(rows.contains("\nHV1,node,,3,45,25,37.5,"), "{rows}");
    let range = ["--from", "2026-03-05 14:00:20", "--to", "03/05/2026 14:00:40.000", "--wide"];
    let wide = ["counters", "log.csv", "-o", "wide.csv"];
    assert_eq!(fine(folder.path(), &[&wide[..], &range].concat()), "");
    let text = fs::read_to_string(folder.path().join("wide.csv")).expect("it was written");
    assert!(text.starts_with("samples,seconds,HV1.cpu_pct,"), "{text}");
    assert!(text.contains("\n1,15,37.5,"), "{text}");
}

#[test]
fn what_a_run_logs_is_read() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let run = ["run", "a.toml", "--counters", "log.csv", "--counter-interval", "10 ms"];
    fine(folder.path(), &run);
    let rows = fine(folder.path(), &["counters", "log.csv"]);
    assert!(rows.contains("\nA,volume,V,6,0.06,"), "{rows}");
}

#[test]
fn all_faults_of_all_logs_are_told_and_nothing_is_written() {
    let cut = &LOG[..LOG.len() - 10];
    let folder = folder_with(&[("german.csv", GERMAN), ("cut.csv", cut), ("log.csv", LOG)]);
    let before = names(folder.path());
    let all = ["counters", "german.csv", "cut.csv", "none.csv", "-o", "table.csv"];
    let output = csvnet(folder.path(), &all);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(code(&output), 1, "{said}");
    assert!(output.stdout.is_empty());
    for words in [
        "german.csv, line 1, column 2",
        "`Prozessor` is no English counter object",
        "cut.csv, line 5: the file ends in the middle of a row",
        "none.csv: cannot be read",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(names(folder.path()), before);
    let output = csvnet(folder.path(), &["counters", "log.csv", "-o", "log.csv"]);
    assert_eq!(code(&output), 1);
    assert_eq!(fs::read_to_string(folder.path().join("log.csv")).expect("it is there"), LOG);
    let output = csvnet(folder.path(), &["counters", "log.csv", "--from", "noon"]);
    assert_eq!(code(&output), 64);
}
