//! The series of the testbed of `examples/validation`, held second by second against what its
//! clients measured while something changed.

use std::path::{Path, PathBuf};

use csvnet::app::{Hooks, Options, run};

/// Seconds in which something changes, and after which it is as before.
const CHANGES: [usize; 2] = [12, 24];

fn series(name: &str) -> PathBuf {
    let folder = "examples/validation/testbed/series";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)
}

/// I/Os of each second as measured.
fn measured(name: &str) -> Vec<f64> {
    let text = std::fs::read_to_string(series(name)).expect("the series is there");
    let iops = |line: &str| line.split(',').nth(1).and_then(|cell| cell.parse().ok());
    text.lines().skip(1).filter_map(iops).collect()
}

/// I/Os of each second as predicted.
fn predicted(name: &str) -> Vec<f64> {
    let report = run(&series(name), &Options::default(), &Hooks::silent());
    let report = report.unwrap_or_else(|error| panic!("{error}"));
    report.variants[0].seconds.iter().map(|second| second.ios).collect()
}

/// Mean of the seconds from one to another.
fn level(of: &[f64], from: usize, to: usize) -> f64 {
    of[from..to].iter().sum::<f64>() / (to - from) as f64
}

#[track_caller]
fn follows(scenario: &str, tables: &[&str]) {
    let predicted = predicted(scenario);
    for table in tables {
        let measured = measured(table);
        assert_eq!((measured.len(), predicted.len()), (36, 36), "{table}");
        for (from, to) in [(2, CHANGES[0]), (14, CHANGES[1]), (26, 36)] {
            let error = level(&predicted, from, to) / level(&measured, from, to) - 1.0;
            assert!(error.abs() < 0.03, "{table}, {from} to {to} s: {error}");
        }
        for change in CHANGES {
            let error = predicted[change] / measured[change] - 1.0;
            assert!(error.abs() < 0.10, "{table}, second {change}: {error}");
        }
    }
}

#[test]
fn a_link_is_halved_and_restored() {
    follows("link-rate-halved.toml", &["link-rate-halved.csv"]);
}

#[test]
fn the_coordinator_moves_and_moves_back() {
    follows("coordinator-moved.toml", &["coordinator-moved-1.csv", "coordinator-moved-2.csv"]);
}
