//! Reports saved, read back and written in another format by the built program.

use std::fs;

use super::{SMALL, code, csvnet, fine, folder_with, json};

#[test]
fn the_name_of_the_file_decides_the_format_and_the_option_before_it() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let at = folder.path();
    for (name, begins) in [
        ("a.html", &b"<!DOCTYPE html>"[..]),
        ("a.json", b"{\n  \"schema_version\": 1,\n  \"kind\": \"run\","),
        ("a.md", b"# small"),
        ("a.csv", b"variant,section,"),
        ("a.xlsx", b"PK"),
        ("a.txt", b"small\n====="),
        ("a", b"small\n====="),
    ] {
        fine(at, &["run", "a.toml", "-o", name]);
        let written = fs::read(at.join(name)).unwrap();
        assert!(written.starts_with(begins), "{name}");
    }
    fine(at, &["run", "a.toml", "-o", "b.html", "--format", "md"]);
    assert!(fs::read(at.join("b.html")).unwrap().starts_with(b"# small"));
}

#[test]
fn a_saved_report_becomes_what_the_command_would_have_written() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let at = folder.path();
    for command in ["run", "explain"] {
        let direct = |format| fine(at, &[command, "a.toml", "--format", format]);
        fs::write(at.join("saved.json"), direct("json")).unwrap();
        // The command that is echoed is that of the saved report.
        let echo = |text: String, format: &str| {
            text.replace(&format!("--format {format}"), "--format json")
        };
        for format in ["table", "json", "csv", "md", "html"] {
            let again = fine(at, &["report", "saved.json", "--format", format]);
            assert!(again == echo(direct(format), format), "{command} {format}");
        }
        fine(at, &["report", "saved.json", "-o", "again.xlsx"]);
        assert!(fs::read(at.join("again.xlsx")).unwrap().starts_with(b"PK"));
    }
}

#[test]
fn what_powershell_redirected_is_read() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let at = folder.path();
    let text = fine(at, &["run", "a.toml", "--format", "json"]).replace('\n', "\r\n");
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    fs::write(at.join("saved.json"), bytes).unwrap();
    let again = fine(at, &["report", "saved.json", "--format", "json"]);
    assert_eq!(json(&again), json(&text));
}

#[test]
fn a_file_that_is_no_report_is_an_error_in_the_input() {
    let folder = folder_with(&[
        ("a.toml", SMALL),
        ("half.json", "{\"schema_version\": 1,"),
        ("other.json", "{\"title\": \"x\"}"),
        ("odd.json", "{\"schema_version\": 1, \"kind\": \"run\", \"title\": 7}"),
    ]);
    let at = folder.path();
    for (name, told) in [
        ("none.json", "error: `none.json`: "),
        ("half.json", "it is not JSON: EOF"),
        ("a.toml", "it is not JSON"),
        ("other.json", "no report of csvnet"),
        ("odd.json", "a report of the kind `run` does not fit: `title`: invalid type: integer `7`"),
    ] {
        let output = csvnet(at, &["report", name]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(code(&output), 1, "{name}");
        assert!(stderr.contains(told) && stderr.lines().count() == 1, "{name}: {stderr}");
        assert!(output.stdout.is_empty());
    }
    // The report is not written over what it is read from.
    fine(at, &["run", "a.toml", "-o", "saved.json"]);
    let output = csvnet(at, &["report", "saved.json", "-o", "saved.json"]);
    assert_eq!(code(&output), 1);
    json(&fs::read_to_string(at.join("saved.json")).unwrap());
}

#[test]
fn a_workbook_is_not_written_to_a_terminal() {
    let folder = folder_with(&[("a.toml", SMALL)]);
    let output = csvnet(folder.path(), &["run", "a.toml", "--format", "xlsx"]);
    assert_eq!((code(&output), output.stdout.len()), (64, 0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("-o report.xlsx"));
}
