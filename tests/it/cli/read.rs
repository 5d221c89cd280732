//! `csvnet read`: a table of all files, or all that is wrong with them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{code, csvnet, fine, folder_with, json, names};

fn data(path: &str) -> String {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data");
    path.split('/').fold(folder, |folder, part| folder.join(part)).display().to_string()
}

#[test]
fn a_mix_of_files_and_folders_is_one_table() {
    let folder = folder_with(&[]);
    let (disk, fleet) = (data("diskspd"), data("vmfleet/result.tsv"));
    let out = fine(folder.path(), &["read", &disk, &fleet, "-o", "t.csv"]);
    assert_eq!(out, "");
    let table = fs::read_to_string(folder.path().join("t.csv")).expect("it was written");
    assert_eq!(table.lines().count(), 1 + 6 + 2);
    let header = table.lines().next().expect("there is a header");
    assert!(header.starts_with("file,tool,label,target,block_bytes,threads,outstanding,"));
    assert_eq!(names(folder.path()), ["t.csv"]);
    let shown = fine(folder.path(), &["read", &fleet, "--format", "json"]);
    assert_eq!(json(&shown)[1]["read_lat_us_p99"], 4623.16);
}

#[test]
fn links_are_shown_by_themselves() {
    let folder = folder_with(&[]);
    let (net, fleet) = (data("net"), data("vmfleet/result.tsv"));
    let links = fine(folder.path(), &["read", &net]);
    assert_eq!(links.lines().count(), 1 + 5);
    assert!(links.starts_with("file,tool,host,peer,end,"));
    assert_eq!(fine(folder.path(), &["read", &net, &fleet, "--links"]), links);
    let output = csvnet(folder.path(), &["read", &net, &fleet]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--links shows them"));
}

#[test]
fn all_faults_are_told_and_nothing_is_written() {
    let folder = folder_with(&[
        ("cut.txt", "Results for timespan 1:\nactual test time:\t1,5s\n"),
        ("bomb.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><Results>&b;</Results>"),
        ("old.csv", "old"),
    ]);
    let fleet = data("vmfleet/result.tsv");
    let arguments = ["read", &fleet, "cut.txt", "bomb.xml", "none.json", "-o", "old.csv"];
    let output = csvnet(folder.path(), &arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((code(&output), output.stdout.is_empty()), (1, true), "{said}");
    for part in [
        "cut.txt, line 2 (actual test time): 1,5 has a comma where a decimal point belongs",
        "bomb.xml, line 1, column 1: there is a document type declaration",
        "none.json: cannot be read",
    ] {
        assert!(said.contains(part), "`{part}` is missing: {said}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("old.csv")).expect("it is there"), "old");
    let itself = csvnet(folder.path(), &["read", "cut.txt", "-o", "cut.txt"]);
    assert!(String::from_utf8_lossy(&itself.stderr).contains("is one of the files that are read"));
    assert_eq!(code(&csvnet(folder.path(), &["read"])), 64);
    assert_eq!(code(&csvnet(folder.path(), &["read", "."])), 1, "the cut one is still a result");
}

#[test]
fn a_file_given_twice_is_refused() {
    let folder = folder_with(&[]);
    let fleet = data("vmfleet/result.tsv");
    let output = csvnet(folder.path(), &["read", &fleet, &data("vmfleet"), &fleet]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((code(&output), output.stdout.is_empty()), (1, true), "{said}");
    assert_eq!(said.matches("result.tsv: the file is given twice").count(), 2, "{said}");
}

#[test]
fn a_mapping_of_the_table_is_written_or_offered() {
    let folder = folder_with(&[]);
    let disk = data("diskspd");
    let output = csvnet(folder.path(), &["read", &disk, "-o", "t.csv"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--map-out FILE writes a mapping"));
    fine(folder.path(), &["read", &disk, "-o", "t.csv", "--map-out", "map.toml"]);
    assert_eq!(names(folder.path()), ["map.toml", "t.csv"]);
    let map = fs::read_to_string(folder.path().join("map.toml")).expect("it was written");
    assert!(map.contains("[set.outstanding]\npath = \"workloads.load.outstanding\""), "{map}");
    let output = csvnet(folder.path(), &["read", &disk, "-o", "x", "--map-out", "./x"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("is named twice"));
}
