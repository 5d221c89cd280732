//! Calibration judged by made-up measurements of which the truth is known.
//!
//! The model itself plays the laboratory: it is run with other parameters and another seed, and
//! what it says, disturbed by a known noise, is the table.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use csvnet::calibrate::{
    Calibration, CalibrationError, Family, ParameterFile, Score, Setup, ValidationError, Watch,
    validate, write_parameters,
};
use csvnet::random::{Seed, Stream, maths};
use csvnet::report::{
    CalibrationReport, FamilyReport, Format, Render, ScoreOf, ScoreReport, ValidationReport,
};
use csvnet::scenario::document::{Document, MemoryFiles};
use csvnet::scenario::load;
use csvnet::trace::table::Table;

/// A volume that is redirected over SMB Direct or reached at its owner.
const SCENARIO: &str = r#"
title = "laboratory"
run = { seed = SEED, duration = "40 ms", warm-up = "10 ms", replications = 2 }
networks.csv = { switch = "mellanox-sn2010", mtu = "9000 B", pfc = true }
storage.array = { kind = "array", model = "generic-all-flash" }
volumes.CSV1 = { storage = "array", owner = "HV2", file-system = "ReFS" }
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
read = "100 %"
outstanding = 16
working-set = "10 GB"
"#;

const MAP: &str = r#"
[set.owner]
path = "volumes.CSV1.owner"
[set.qd]
path = "workloads.oltp.outstanding"
[set.block]
path = "workloads.oltp.block"
unit = "B"
[measured.iops]
metric = "iops"
[measured.mean]
column = "mean_us"
metric = "latency-mean"
unit = "us"
[measured.p99]
column = "p99_us"
metric = "latency-p99"
unit = "us"
[measured.cpu]
column = "cpu_pct"
metric = "cpu"
unit = "%"
[fit]
parameters = ["host.per-io", "smb.client.rdma.per-io", "storage.array.controller-per-io", "wire.*"]
"#;

/// What the laboratory has and the scenario does not know.
const TRUTH: &str = "[parameters]\n'host.per-io' = '15 us'\n'smb.client.rdma.per-io' = '14 us'\n\
                     'storage.array.controller-per-io' = '65 us'\n";

const POINTS: [(&str, u32, u32); 16] = [
    ("HV1", 1, 8192),
    ("HV1", 2, 8192),
    ("HV1", 4, 4096),
    ("HV1", 8, 8192),
    ("HV1", 16, 65536),
    ("HV1", 32, 8192),
    ("HV1", 64, 4096),
    ("HV1", 128, 8192),
    ("HV2", 1, 4096),
    ("HV2", 2, 8192),
    ("HV2", 4, 8192),
    ("HV2", 8, 65536),
    ("HV2", 16, 8192),
    ("HV2", 32, 4096),
    ("HV2", 64, 8192),
    ("HV2", 128, 8192),
];

fn setup_of(seed: u64, table: &str, map: &str) -> Result<Setup, String> {
    let files = MemoryFiles::new()
        .with("s.toml", SCENARIO.replace("SEED", &seed.to_string()))
        .with("map.toml", map);
    let table = Table::read("t.csv", table.as_bytes()).map_err(|error| error.to_string())?;
    Setup::load(Path::new("s.toml"), &table, Some(Path::new("map.toml")), &files)
        .map_err(|error| error.to_string())
}

fn setup(table: &str) -> Setup {
    setup_of(1, table, MAP).unwrap()
}

fn file(text: &str) -> ParameterFile {
    ParameterFile::read(&Document::from_text("p.toml", text).unwrap()).unwrap()
}

/// The table that the laboratory brings, with relative noise of a standard deviation.
fn measured(points: &[(&str, u32, u32)], noise: f64) -> String {
    let head = "owner,qd,block,iops,mean_us,p99_us,cpu_pct\n".to_owned();
    let score = setup_of(77, &blank_of(points), MAP)
        .unwrap()
        .score(&file(TRUTH), &Watch::silent())
        .unwrap();
    let stream = Stream::new(Seed(9), 0, "noise of the laboratory");
    let mut draw = 0;
    score.rows.iter().fold(head, |mut text, row| {
        let mut value = |i: usize, scale: f64| {
            draw += 1;
            let z = maths::normal_quantile(stream.unit(draw));
            row.values[i].unwrap().predicted.unwrap() * scale * (noise * z).exp()
        };
        // Metrics come in the order of their names: cpu, iops, mean, p99.
        let (cpu, iops, mean, p99) = (value(0, 1e2), value(1, 1.0), value(2, 1e6), value(3, 1e6));
        let _ = writeln!(text, "{},{iops},{mean},{p99},{cpu}", row.cells[..3].join(","));
        text
    })
}

fn fitted(calibration: &Calibration, name: &str) -> (f64, f64, f64) {
    let found = calibration.fitted.iter().find(|f| f.key.name == name);
    let p = &found.unwrap_or_else(|| panic!("{name}: {:?}", calibration.fitted)).parameter;
    (p.low, p.value, p.high)
}

#[test]
fn known_parameters_are_recovered_inside_their_intervals() {
    let calibration = setup(&measured(&POINTS, 0.01)).calibrate(&Watch::silent()).unwrap();
    for (name, truth) in [
        ("host.per-io", 15e-6),
        ("smb.client.rdma.per-io", 14e-6),
        ("storage.array.controller-per-io", 65e-6),
    ] {
        let (low, value, high) = fitted(&calibration, name);
        assert!((value / truth - 1.0).abs() < 0.1, "{name}: {value} for {truth}");
        let room = 0.03 * truth;
        assert!(low - room <= truth && truth <= high + room, "{name}: {low} to {high}");
        assert!(high / low < 1.6, "{name}: {low} to {high}");
    }
    let iops = calibration.metrics.iter().find(|m| m.name == "iops").unwrap();
    assert!(iops.fitted && iops.held_out[0] < 0.03, "{iops:?}");
    assert!(!calibration.metrics.iter().find(|m| m.name == "p99").unwrap().fitted);
    assert!(calibration.measured.iter().any(|path| path.starts_with("file-system redirected")));
}

#[test]
fn intervals_hold_rows_that_were_not_fitted() {
    let (seen, unseen) = POINTS.split_at(9);
    let table = measured(&POINTS, 0.02);
    let lines: Vec<&str> = table.lines().collect();
    let rows = |range: std::ops::Range<usize>| {
        let rows = lines[1..][range].join("\n");
        format!("{}\n{rows}\n", lines[0])
    };
    let calibration = setup(&rows(0..seen.len())).calibrate(&Watch::silent()).unwrap();
    let text = write_parameters(&calibration, &["made up".into()]);
    let score: Score =
        setup(&rows(seen.len()..POINTS.len())).score(&file(&text), &Watch::silent()).unwrap();
    assert_eq!(score.rows.len(), unseen.len());
    for m in score.metrics.iter().filter(|m| m.name == "iops" || m.name == "mean") {
        assert!(m.held >= 0.85, "{m:?}");
        assert!(m.half_width < 0.25, "wide is not good: {m:?}");
        assert!(m.error[0] < 0.05, "{m:?}");
    }
    // Nothing as long as 65536 B, and no owner HV2, but for one row, was in the fit.
    assert!(score.rows.iter().any(|row| row.outside.is_empty()));
}

#[test]
fn an_outlier_is_told_and_does_not_rule() {
    let table = measured(&POINTS, 0.005);
    let clean = setup(&table).calibrate(&Watch::silent()).unwrap();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    let mut cells: Vec<String> = lines[12].split(',').map(str::to_owned).collect();
    let halved: f64 = cells[3].parse::<f64>().unwrap() / 2.0;
    cells[3] = halved.to_string();
    lines[12] = cells.join(",");
    let dirty = setup(&lines.join("\n")).calibrate(&Watch::silent()).unwrap();
    let told: Vec<u64> = dirty.residuals.iter().filter(|r| r.outlier()).map(|r| r.line).collect();
    assert!(told.contains(&13), "{told:?}");
    let name = "storage.array.controller-per-io";
    let ratio = fitted(&dirty, name).1 / fitted(&clean, name).1;
    assert!((ratio - 1.0).abs() < 0.05, "{ratio}");
}

#[test]
fn the_same_bytes_come_of_any_number_of_threads() {
    let table = measured(&POINTS[..8], 0.01);
    let with = |threads: usize| {
        let watch = Watch { threads: Some(threads), ..Watch::silent() };
        write_parameters(&setup(&table).calibrate(&watch).unwrap(), &[])
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn the_file_can_be_included_in_a_scenario() {
    let calibration = setup(&measured(&POINTS[..8], 0.01)).calibrate(&Watch::silent()).unwrap();
    let text = write_parameters(&calibration, &["made up".into()]);
    let whole = "include = ['s.toml', 'fitted.toml']\n";
    let files = MemoryFiles::new()
        .with("whole.toml", whole)
        .with("s.toml", SCENARIO.replace("SEED", "1"))
        .with("fitted.toml", text.as_str());
    let loaded = load(Path::new("whole.toml"), &files, &[], &[]).unwrap();
    let parameters = &loaded.variants[0].scenario.parameters;
    for f in &calibration.fitted {
        let p = parameters.get(&f.key.name).unwrap();
        assert_eq!(p.source, csvnet::provenance::Source::Fitted);
        assert!((p.value / f.parameter.value - 1.0).abs() < 1e-8);
    }
    let read = file(&text);
    assert_eq!(read.posterior.keys, calibration.posterior.keys);
    let (a, b) = (&read.posterior.covariance, &calibration.posterior.covariance);
    assert!((a[0][0] / b[0][0] - 1.0).abs() < 1e-5);
    assert_eq!(read.ranges, calibration.ranges);
}

#[test]
fn data_that_cannot_be_fitted_are_refused_with_the_reason() {
    let refused = |table: &str, map: &str| {
        setup_of(1, table, map).unwrap().calibrate(&Watch::silent()).unwrap_err()
    };
    let table = measured(&POINTS[..6], 0.0);
    let two = table.lines().take(3).collect::<Vec<_>>().join("\n");
    assert!(matches!(refused(&two, MAP), CalibrationError::TooFew { found: 2 }));
    // Twice the same point, three times as fast.
    let again = format!("{table}HV1,1,8192,99999,50,60,5\n");
    let error = refused(&again, MAP).to_string();
    assert!(error.contains("lines 2 and 8 set the same"), "{error}");
    // A latency in the wrong unit.
    let wrong = MAP.replacen("unit = \"us\"", "unit = \"ms\"", 1);
    let error = refused(&table, &wrong).to_string();
    assert!(error.contains("does not explain `mean`"), "{error}");
    // Nothing that may be fitted moves anything.
    let nothing = MAP
        .replace("\"host.per-io\", \"smb.client.rdma.per-io\", ", "")
        .replace("\"storage.array.controller-per-io\", \"wire.*\"", "\"smb.encryption.*\"");
    let error = refused(&table, &nothing).to_string();
    assert!(error.contains("tell none of the parameters"), "{error}");
}

#[test]
fn a_row_whose_values_the_scenario_refuses_is_named() {
    let table =
        "owner,qd,block,iops,mean_us,p99_us,cpu_pct\nHV1,1,8192,1,1,1,1\nHV9,0,8192,1,1,1,1\n";
    let error = setup_of(1, table, MAP).unwrap_err();
    assert!(error.contains("line 3") && error.contains("HV9"), "{error}");
    assert!(error.contains("outstanding"), "{error}");
    assert!(!error.contains("line 2"), "{error}");
}

fn blank() -> String {
    blank_of(&POINTS)
}

/// The faults of a mapping with these changes, one a line.
fn mapping_faults(table: &str, changes: &[(&str, &str)]) -> String {
    let map = changes.iter().fold(MAP.to_owned(), |map, (from, to)| {
        assert!(map.contains(from), "{from}");
        map.replacen(from, to, 1)
    });
    setup_of(1, table, &map).unwrap_err()
}

/// A table in which everything measured is one.
fn blank_of(points: &[(&str, u32, u32)]) -> String {
    let head = "owner,qd,block,iops,mean_us,p99_us,cpu_pct\n".to_owned();
    points.iter().fold(head, |mut text, (owner, qd, block)| {
        let _ = writeln!(text, "{owner},{qd},{block},1,1,1,1");
        text
    })
}

#[test]
fn names_of_parameters_that_are_none_are_refused() {
    let told = mapping_faults(
        &blank(),
        &[
            ("[\"host.per-io\", \"smb", "[\"hots.per-io\", \"smb"),
            ("\"wire.*\"]", "\"wires.*\"]\nkeep = [\"storage.array.*\", \"nothing\"]"),
            (
                "[set.owner]",
                "[apart]\ncolumns = [\"owner\"]\nparameters = [\"hst.*\"]\n[set.owner]",
            ),
        ],
    );
    for part in [
        "`hots.per-io` is no parameter of the scenario",
        "did you mean `host.per-io`?",
        "`wires.*` fits no parameter of the scenario",
        "did you mean `wire.*`?",
        "`nothing` is no parameter of the scenario",
        "`hst.*` fits no parameter of the scenario",
        "did you mean `host.*`?",
        "map.toml:4:15",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    assert!(!told.contains("`storage.array.*` fits"), "{told}");
}

#[test]
fn faults_that_the_mapping_makes_are_told_once_at_its_line() {
    let told = mapping_faults(
        &blank(),
        &[
            ("workloads.oltp.outstanding", "workloads.olpt.outstanding"),
            ("unit = \"B\"", "unit = \"us\""),
        ],
    );
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert!(told.contains("`workloads` has no `olpt`"), "{told}");
    assert!(told.contains("did you mean `oltp`?") && told.contains("map.toml:5:8"), "{told}");
    let told = mapping_faults(&blank(), &[("unit = \"B\"", "unit = \"us\"")]);
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert!(told.contains("set.block.path: `workloads.oltp.block` of the scenario"), "{told}");
    assert!(told.contains("map.toml:7:8"), "{told}");
    // What the values of some rows bring is told of those rows, together.
    let told = mapping_faults(&blank().replace("HV2,", "HV9,"), &[("[set.qd]", "[set.qd]")]);
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert!(told.contains("line 10, 11, 12, 13, 14, ...: "), "{told}");
}

#[test]
fn parameters_that_the_scenario_states_do_not_count_and_are_named() {
    let files = MemoryFiles::new()
        .with(
            "s.toml",
            format!("{}\n[parameters]\n'host.per-io' = '11 us'\n", SCENARIO.replace("SEED", "1")),
        )
        .with("map.toml", MAP);
    let table =
        Table::read("t.csv", blank().lines().take(3).collect::<Vec<_>>().join("\n").as_bytes())
            .unwrap();
    let setup =
        Setup::load(Path::new("s.toml"), &table, Some(Path::new("map.toml")), &files).unwrap();
    let score = setup.score(&file(TRUTH), &Watch::silent()).unwrap();
    let stated: Vec<&str> = score.stated.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(stated, ["host.per-io"]);
    let report =
        ScoreReport::of(&score, &setup.mapping, &setup.observations.zeros, ScoreOf::default());
    let told = "parameter host.per-io of the file does not count: the scenario states it exactly";
    assert!(report.warnings.iter().any(|warning| warning == told), "{:?}", report.warnings);
}

#[test]
fn a_fit_at_its_bounds_is_warned_of_and_shares_are_told_in_points() {
    let setup = setup(&measured(&POINTS[..8], 0.02));
    let mut calibration = setup.calibrate(&Watch::silent()).unwrap();
    let of = |calibration: &Calibration| {
        CalibrationReport::of(calibration, &setup.mapping, "s".into(), "t".into(), "c".into())
    };
    // The error of a share is the difference itself, not that of numbers raised by five points.
    let report = of(&calibration);
    let cpu = report.metrics.iter().find(|m| m.name == "cpu").unwrap();
    let mut points: Vec<f64> = report
        .residuals
        .iter()
        .filter(|r| r.metric == "cpu")
        .map(|r| 100.0 * (r.predicted - r.measured).abs())
        .collect();
    points.sort_by(f64::total_cmp);
    let median = points[points.len().div_ceil(2) - 1];
    assert_eq!(cpu.measure, "points");
    assert!((cpu.fit_median - median).abs() < 1e-9, "{cpu:?} {points:?}");
    assert!(report.metrics.iter().filter(|m| m.name != "cpu").all(|m| m.measure == "relative"));
    let text = write_parameters(&calibration, &[]);
    assert!(text.contains("median-points = ") && file(&text).errors.len() == 4, "{text}");
    // Half of them at a bound is a warning, fewer are not.
    let all = calibration.fitted.len();
    calibration.fitted.iter_mut().for_each(|f| f.at_bound = false);
    assert!(of(&calibration).warnings.is_empty());
    calibration.fitted.iter_mut().take(all.div_ceil(2)).for_each(|f| f.at_bound = true);
    let warnings = of(&calibration).warnings;
    assert_eq!(warnings.len(), 1);
    let name = format!("`{}`", calibration.fitted[0].key);
    assert!(warnings[0].contains("stand at an end of their documented range"), "{warnings:?}");
    assert!(warnings[0].contains(&name), "{warnings:?}");
}

const FAMILY: &str = "title = 'made up'\nsource = 'the model itself'\n[[folds]]\nname = 'deep'\n\
                      hold-out = { qd = ['64', '128'] }\n[targets.cpu]\nmean-points = '5 %'\n";

fn family(text: &str) -> Family {
    Family::read(&Document::from_text("family.toml", text).unwrap()).unwrap()
}

#[test]
fn what_no_row_has_cannot_be_held_out() {
    let setup = setup(&blank());
    let text = FAMILY.replace("'128'] }", "'129'], blok = ['8192'] }");
    let error = validate(&setup, &family(&text), &Watch::silent()).unwrap_err();
    let ValidationError::File(faults) = error else { panic!("{error}") };
    let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|fault| fault.starts_with("family.toml:5:")), "{told:?}");
    let blok = "folds[0].hold-out.blok: t.csv has no such column (did you mean `block`?)";
    assert!(told.iter().any(|fault| fault.contains(blok)), "{told:?}");
    let text = "folds[0].hold-out.qd: no row of t.csv has `129` in this column (it has 1, 128, 16";
    assert!(told.iter().any(|fault| fault.contains(text)), "{told:?}");
}

/// Paths of every value of a report; names of columns and metrics are one.
fn paths(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) if !path.ends_with("columns") => {
            for (name, value) in fields {
                let name = if path.ends_with("values") { "NAME" } else { name.as_str() };
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{name}"), found);
            }
        }
        serde_json::Value::Array(items) => {
            // A list without anything in it is still there.
            found.extend(items.is_empty().then(|| format!("{path}[]")));
            for item in items {
                paths(item, &format!("{path}[]"), found);
            }
        }
        _ => _ = found.insert(path.to_owned()),
    }
}

/// The paths that a table of the documentation has in its first column.
fn documented(head: &str) -> BTreeSet<String> {
    let text = include_str!("../../../src/docs/calibration.md");
    let table = text.split(head).nth(1).unwrap_or_else(|| panic!("there is no table {head}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let firsts = rows.filter_map(|row| row.split('|').nth(1));
    firsts.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned)).collect()
}

#[test]
fn the_json_of_score_and_validate_is_as_documented() {
    let setup = setup(&measured(&POINTS[..8], 0.01));
    let score = setup.score(&file(TRUTH), &Watch::silent()).unwrap();
    let scored =
        ScoreReport::of(&score, &setup.mapping, &setup.observations.zeros, ScoreOf::default());
    let validation = validate(&setup, &family(FAMILY), &Watch::silent()).unwrap();
    let of = FamilyReport::of("lab".into(), &validation, &setup.mapping);
    let judged = ValidationReport::new(vec![of], "csvnet validate".into());
    let json = |text: Vec<u8>| serde_json::from_slice::<serde_json::Value>(&text).unwrap();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    Format::Json.render(&scored, &mut a).unwrap();
    Format::Json.render(&judged, &mut b).unwrap();
    let (scored, judged) = (json(a), json(b));
    for (report, head) in [(&scored, "| in `score` | is |"), (&judged, "| in `validate` | is |")] {
        let mut found = BTreeSet::new();
        paths(report, "", &mut found);
        // Of a metric that is no share there are no points.
        found.remove("families[].rows[].points");
        assert_eq!(found, documented(head), "{head}");
    }
    // The rows kept back are those of the fold, and look as those of a score.
    let rows = judged["families"][0]["predictions"].as_array().unwrap();
    let lines: Vec<u64> = rows.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [8, 9]);
    assert!(rows.iter().all(|row| row["fold"] == "deep"));
    let mut names: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    names.retain(|name| *name != "fold");
    assert_eq!(names, scored["rows"][0].as_object().unwrap().keys().collect::<Vec<_>>());
    assert_eq!(rows[0]["columns"]["qd"], "64");
}
