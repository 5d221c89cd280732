//! Room for growth, where it can be worked out.

use std::sync::atomic::{AtomicBool, Ordering};

use csvnet::app::{Hooks, Options, gate, headroom, limits_setting, run};
use csvnet::report::{HeadroomReport, Verdict};

use super::{SLOW, TWO, file, reader, throttled, with};

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

#[test]
fn a_rate_that_is_not_carried_is_a_limit() {
    for load in [reader, throttled] {
        let it = file(&[TWO, SLOW, &load("a", 1000)]);
        let usual = run(&it.path, &Options::default(), &Hooks::silent()).unwrap();
        let all = usual.variants[0].resources.iter();
        let busy = |name: &str| {
            let mut own = all.clone().filter(|of| of.resource.contains(name));
            own.next().expect("the array has controllers").utilisation.value
        };
        // One I/O takes 800 us of two servers in each of two controllers: 5,000 a second.
        let controllers = busy("array/controllers");
        assert!((controllers - 0.2).abs() < 0.02, "{controllers}");
        let options = limited(&["csv port utilisation <= 60 %", "p99 latency <= 10 s"]);
        let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
        let row = &report.rows[0];
        assert!((4.7..5.2).contains(&row.times.unwrap()), "{row:?}");
        assert_eq!(row.limit.as_deref(), Some("the rate asked for is carried"), "{row:?}");
        assert_eq!(row.subject.as_deref(), Some("a"));
        assert!(row.busiest.as_ref().is_some_and(|of| of.contains("controllers")), "{row:?}");
        let [low, high] = row.prediction;
        assert!(low <= row.times && high.is_none_or(|high| Some(high) >= row.times), "{row:?}");
        // A run that asks for more says so.
        let warned = |path: &std::path::Path| {
            let report = run(path, &Options::default(), &Hooks::silent()).unwrap();
            let own = report.warnings.iter().find(|of| of.contains("not carried")).cloned();
            own.unwrap_or_default()
        };
        let more = file(&[TWO, SLOW, &load("a", 9000)]);
        let words = warned(&more.path);
        assert!(words.contains("that a asks for") && words.contains("controllers"), "{words}");
        assert_eq!(warned(&it.path), "");
    }
}

#[test]
fn the_interval_holds_the_present_load_where_the_gate_does() {
    let it = file(&[TWO, &reader("a", 2000)]);
    let (mut kept, mut open) = (0, 0);
    for limits in [
        &["csv port utilisation <= 60 %", "p99 latency <= 50 ms"][..],
        &["mean latency <= 0.35 ms"],
        &["mean latency <= 1 ms", "csv port utilisation <= 20 %"],
        &["iops >= 1800 IOPS"],
    ] {
        let options = limited(limits);
        let verdict = gate(&it.path, false, &options, &Hooks::silent()).unwrap().verdict;
        let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
        let row = &report.rows[0];
        let holds = row.prediction[0].is_none_or(|low| low >= 1.0);
        assert_eq!(holds, verdict == Verdict::Meets, "{limits:?}: {row:?}");
        assert!(row.busiest.is_some() && row.busy.is_some(), "{row:?}");
        kept += usize::from(holds);
        open += usize::from(!holds);
    }
    assert!(kept >= 2 && open >= 1, "{kept} kept, {open} open");
}

#[test]
fn what_was_found_is_told_when_it_is_interrupted() {
    let it = file(&[TWO, &reader("a", 200), &reader("b", 100)]);
    let stopped = AtomicBool::new(false);
    let hooks = Hooks {
        cancelled: &|| stopped.load(Ordering::Relaxed),
        progress: &|_, what| {
            if what.contains("one by one") {
                stopped.store(true, Ordering::Relaxed);
            }
        },
        ..Hooks::silent()
    };
    let report = headroom(&it.path, true, &Options::default(), &hooks).unwrap();
    assert!(report.partial);
    let loads: Vec<&str> = report.rows.iter().map(|row| row.load.as_str()).collect();
    assert_eq!(loads, ["all loads together"]);
    // From the start there is nothing.
    let none = headroom(&it.path, true, &Options::default(), &hooks).unwrap_err();
    assert!(none.to_string().contains("before any headroom was found"), "{none}");
}
