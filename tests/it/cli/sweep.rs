//! Sweeps: a grid becomes a plan, shards become parts, parts become one table.

use std::fs;
use std::path::Path;

use super::{SMALL, code, csvnet, fine, folder_with, json, names};

const GRID: &str = r#"title = "depth and size"
scenario = "a.toml"

[axes.depth]
path = "workloads.w.outstanding"
values = [1, 4, 16]

[axes.block]
path = "workloads.w.block"
values = ["4 KiB", "64 KiB"]
"#;

/// A folder with a scenario, a grid and its plan.
fn planned() -> tempfile::TempDir {
    let folder = folder_with(&[("a.toml", SMALL), ("grid.toml", GRID)]);
    let output = csvnet(folder.path(), &["sweep", "plan", "grid.toml", "-o", "sweep.json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((code(&output), output.stdout.len()), (0, 0), "{stderr}");
    assert!(stderr.contains("6 points: 3 depth x 2 block"), "{stderr}");
    folder
}

#[track_caller]
fn run(at: &Path, shard: &str, part: &str) -> String {
    let output = csvnet(at, &["sweep", "run", "sweep.json", "--shard", shard, "-o", part]);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 0, "{stderr}");
    stderr
}

#[test]
fn parts_make_the_bytes_of_one_process_in_every_format() {
    let folder = planned();
    let at = folder.path();
    assert!(run(at, "1/1", "one.ndjson").contains("shard 1/1: 6 points in `one.ndjson`"));
    for index in 1..=3 {
        run(at, &format!("{index}/3"), &format!("part-{index}.ndjson"));
    }
    // The shell need not know what a star means.
    fine(at, &["sweep", "merge", "part-*.ndjson", "-o", "all.ndjson"]);
    assert_eq!(fs::read(at.join("all.ndjson")).unwrap(), fs::read(at.join("one.ndjson")).unwrap());
    for format in ["csv", "json", "md", "table"] {
        let merge = |part: &str| fine(at, &["sweep", "merge", part, "--format", format]);
        let echo = |text: &str| {
            text.replace("one.ndjson", "X")
                .replace("\\\"part-*.ndjson\\\"", "X")
                .replace("\"part-*.ndjson\"", "X")
        };
        assert_eq!(echo(&merge("part-*.ndjson")), echo(&merge("one.ndjson")), "{format}");
    }
    // The name of the output says its format.
    fine(at, &["sweep", "merge", "one.ndjson", "-o", "all.csv"]);
    let csv = fs::read_to_string(at.join("all.csv")).unwrap();
    assert!(csv.starts_with("point,variant,depth,block,block [bytes],subject,metric,unit,value,"));
    fine(at, &["sweep", "merge", "one.ndjson", "-o", "all.json"]);
    let document = json(&fs::read_to_string(at.join("all.json")).unwrap());
    assert_eq!((&document["schema_version"], &document["points"]), (&1.into(), &6.into()));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut compared = 0;
    for (point, of) in document["rows"].as_array().unwrap().iter().enumerate() {
        for figure in of["figures"].as_array().unwrap() {
            let own = |row: &&csv::StringRecord| {
                row[0] == point.to_string()
                    && figure["subject"] == row[5]
                    && figure["metric"] == row[6]
            };
            let row = rows.iter().find(own).unwrap();
            assert_eq!(row[8].parse::<f64>().ok(), figure["value"].as_f64(), "{row:?}");
            assert_eq!(of["at"]["block"], row[3]);
            compared += 1;
        }
    }
    assert_eq!(compared, rows.len());
    assert_eq!(&rows[0][4], "4096");
}

#[test]
fn the_table_shows_what_moves_the_result_and_how_to_see_a_point() {
    let folder = planned();
    let at = folder.path();
    run(at, "1/1", "all.ndjson");
    let text = fine(at, &["sweep", "merge", "all.ndjson"]);
    for part in [
        "depth and size",
        "6 points of a.toml: a grid of depth, block, by the approximate solver",
        "without intervals",
        "What moves the highest mean latency",
        "Best points",
        "csvnet run a.toml --set workloads.w.outstanding=1",
        "csvnet sweep merge all.ndjson",
    ] {
        assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{text}");
    }
    let long = text.lines().find(|line| line.chars().count() > 80 && !line.contains("csvnet run"));
    assert_eq!(long, None);
    // The command is one that works, and by IOPS another point is the best.
    let by = fine(at, &["sweep", "merge", "all.ndjson", "--by", "iops"]);
    assert!(by.contains("Ordered by IOPS") && !by.contains("Ordered by the highest"), "{by}");
    let command = text.lines().find(|line| line.trim().starts_with("csvnet run")).unwrap();
    let words: Vec<&str> = command.split('"').collect();
    let mut arguments: Vec<&str> = words[0].split_whitespace().skip(1).collect();
    arguments.extend(words.get(1));
    assert!(fine(at, &arguments).contains("IOPS"), "{command}");
}

#[test]
fn a_part_that_is_there_is_not_made_again() {
    let folder = planned();
    let at = folder.path();
    run(at, "2/2", "part-2.ndjson");
    let told = run(at, "2/2", "part-2.ndjson");
    assert!(told.contains("shard 2/2 is in `part-2.ndjson` already: 3 points"), "{told}");
    assert_eq!(names(at), ["a.toml", "grid.toml", "part-2.ndjson", "sweep.json"]);
    // Without a name it has one that tells the shards apart.
    fine(at, &["sweep", "run", "sweep.json", "--shard", "1/2"]);
    assert!(names(at).contains(&"part-1-of-2.ndjson".to_owned()));
}

#[test]
fn what_a_merge_lacks_is_named_and_nothing_is_written() {
    let folder = planned();
    let at = folder.path();
    for index in [1, 2, 4] {
        run(at, &format!("{index}/4"), &format!("part-{index}.ndjson"));
    }
    let refused = |arguments: &[&str]| {
        let output = csvnet(at, &[&["sweep", "merge"], arguments, &["-o", "all.csv"]].concat());
        assert_eq!((code(&output), output.stdout.len()), (1, 0), "{arguments:?}");
        assert!(!at.join("all.csv").exists());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = refused(&["part-*.ndjson"]);
    assert!(told.contains("csvnet sweep run sweep.json --shard 3/4 -o part-3.ndjson"), "{told}");
    // The command is one that works.
    run(at, "3/4", "part-3.ndjson");
    let told = refused(&["part-*.ndjson", "part-3.ndjson"]);
    assert!(told.contains("is shard 3/4, and so is"), "{told}");
    let part = fs::read(at.join("part-2.ndjson")).unwrap();
    fs::write(at.join("part-2.ndjson"), &part[..part.len() / 2]).unwrap();
    let told = refused(&["part-*.ndjson"]);
    assert!(told.contains("it is torn") && told.contains("--shard 2/4"), "{told}");
    let told = refused(&["none-*.ndjson"]);
    assert!(told.contains("no file has such a name"), "{told}");
    run(at, "2/4", "part-2.ndjson");
    fine(at, &["sweep", "merge", "part-*.ndjson", "-o", "all.csv"]);
}

#[test]
fn wrong_command_lines_are_told_what_to_write() {
    let folder = planned();
    let at = folder.path();
    let told = |arguments: &[&str], expected: i32| {
        let output = csvnet(at, &[&["sweep"], arguments].concat());
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), expected, "{arguments:?}: {text}");
        text
    };
    let text = told(&["run", "sweep.json", "--shard", "0/4"], 64);
    assert!(text.contains("the first of 4 is 1/4"), "{text}");
    told(&["run", "sweep.json", "--shard", "5/4"], 64);
    told(&["merge"], 64);
    told(&["merge", "a", "--format", "xml"], 64);
    told(&["merge", "a", "--by", "speed"], 64);
    told(&[], 64);
    let text = told(&["run", "grid.toml", "-o", "x"], 1);
    assert!(text.contains("it is no plan of a sweep"), "{text}");
    told(&["run", "none.json", "-o", "x"], 1);
    told(&["run", "sweep.json", "-o", "sweep.json"], 1);
    told(&["run", "sweep.json", "-o", "no/x"], 1);
    told(&["plan", "grid.toml", "-o", "grid.toml"], 1);
    let text = told(&["plan", "a.toml"], 1);
    assert!(text.contains("the field `scenario` is missing"), "{text}");
    assert_eq!(names(at), ["a.toml", "grid.toml", "sweep.json"]);
}

#[test]
fn the_sweeps_of_the_examples_run() {
    let folder = folder_with(&[]);
    let at = folder.path();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sweeps");
    let mut seen = 0;
    for entry in fs::read_dir(home).unwrap() {
        let path = entry.unwrap().path();
        let grid = path.display().to_string();
        fine(at, &["sweep", "plan", &grid, "-o", "sweep.json"]);
        for index in 1..=2 {
            run(at, &format!("{index}/2"), &format!("part-{index}.ndjson"));
        }
        let text = fine(at, &["sweep", "merge", "part-*.ndjson"]);
        assert!(!text.contains("failed"), "{grid}: {text}");
        for name in ["part-1.ndjson", "part-2.ndjson"] {
            fs::remove_file(at.join(name)).unwrap();
        }
        seen += 1;
    }
    assert_eq!(seen, 2);
}
