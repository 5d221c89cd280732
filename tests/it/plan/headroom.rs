//! Room for growth, where it can be worked out.

use csvnet::app::{Hooks, Options, headroom, limits_setting, run};
use csvnet::report::HeadroomReport;

use super::{TWO, file, reader, with};

fn limited(limits: &[&str]) -> Options {
    let limits: Vec<String> = limits.iter().map(|limit| (*limit).to_owned()).collect();
    Options { set: vec![limits_setting(&limits)], ..Options::default() }
}

fn times(report: &HeadroomReport, load: &str) -> f64 {
    let row = report.rows.iter().find(|row| row.load == load).expect("the load has a row");
    row.times.expect("a limit is reached")
}

#[test]
fn a_port_is_filled_in_proportion() {
    let it = file(&[TWO, &reader("a", 2000), &reader("b", 1000)]);
    let usual = run(&it.path, &Options::default(), &Hooks::silent()).unwrap();
    let busy =
        usual.variants[0].ports.iter().map(|port| port.utilisation.value).fold(0.0, f64::max);
    // 3,000 x 64 KiB are 1.57 Gbit/s and some headers.
    assert!((0.157..0.17).contains(&busy), "{busy}");
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
    let all = times(&report, "all loads together");
    assert!((all * busy / 0.6 - 1.0).abs() < 0.02, "{all} times {busy}");
    // Of one alone: what the other leaves; it has two thirds of the load.
    let a = times(&report, "a");
    assert!(((a * 2.0 + 1.0) / 3.0 * busy / 0.6 - 1.0).abs() < 0.02, "{a}");
    let row = &report.rows[0];
    assert_eq!(row.limit.as_deref(), Some("csv port utilisation <= 60 %"));
    assert!(row.subject.as_ref().is_some_and(|port| port == "HV1/p/tx" || port == "HV2/p/rx"));
    let [low, high] = row.prediction.map(|end| end.expect("an interval"));
    assert!(low <= all && all <= high);
}

#[test]
fn the_edge_is_where_a_run_says_it_is() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let usual = run(&it.path, &Options::default(), &Hooks::silent()).unwrap();
    let most = 1.2 * usual.variants[0].workloads[0].latency_mean.value;
    let limit = format!("[\"mean latency <= {} us\"]", most * 1e6);
    let report = headroom(&it.path, false, &with(&[("limits", &limit)]), &Hooks::silent()).unwrap();
    let times = times(&report, "all loads together");
    let at = |times: f64| {
        let rate = format!("{} IOPS", 2000.0 * times);
        let report = run(&it.path, &with(&[("workloads.a.rate", &rate)]), &Hooks::silent());
        report.unwrap().variants[0].workloads[0].latency_mean.value
    };
    assert!(at(times * 0.95) < most, "kept below the edge, {times} times the load");
    assert!(at(times * 1.05) > most, "broken above it");
}

#[test]
fn too_much_already_is_less_than_once() {
    let it = file(&[TWO, &reader("a", 4000)]);
    let options = limited(&["csv port utilisation <= 10 %"]);
    let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
    let row = &report.rows[0];
    assert!(row.times.is_some_and(|times| (0.4..0.5).contains(&times)), "{row:?}");
}

#[test]
fn the_month_is_that_of_the_growth() {
    let curve = "[timeline]\nstart = \"2026-11-23 00:00\"\nhorizon = \"1 d\"\n[curves.up]\n\
                 growth = { rate = \"10 %\", per = \"month\", range = [\"5 %\", \"20 %\"] }\n";
    let load = reader("a", 2000) + "curve = \"up\"\n";
    let it = file(&[TWO, curve, &load]);
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
    let room = times(&report, "all loads together");
    let month = |rate: f64| (room.ln() / (1.0 + rate).ln()).ceil() as u32;
    let row = &report.months[0];
    assert_eq!(row.central, Some(month(0.10)), "{room}");
    assert_eq!((row.earliest, row.latest), (Some(month(0.20)), Some(month(0.05))));
}

#[test]
fn a_failure_leaves_less_room() {
    // Two ports carry it together, one alone.
    let two = TWO.replace("nics.p = {", "nics.p = { count = 2,");
    let it = file(&[&two, &reader("a", 4000)]);
    let options = limited(&["csv port utilisation <= 60 %"]);
    let report = headroom(&it.path, true, &options, &Hooks::silent()).unwrap();
    let whole = times(&report, "all loads together");
    let after = report.rows.iter().find(|row| row.condition.contains("without port"));
    let after = after.and_then(|row| row.times).expect("ports can fail");
    assert!((whole / after - 2.0).abs() < 0.1, "{whole} and {after}");
}

#[test]
fn the_usual_limit_stands_in_and_is_told() {
    let it = file(&[TWO, &reader("a", 500)]);
    let report = headroom(&it.path, false, &Options::default(), &Hooks::silent()).unwrap();
    assert!(report.notes[0].contains("csv port utilisation <= 70 %"), "{:?}", report.notes);
    assert_eq!(report.rows[0].limit.as_deref(), Some("csv port utilisation <= 70 %"));
}
