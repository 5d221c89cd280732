//! One line and a verdict.

use csvnet::app::{AppError, Hooks, Options, gate, run};
use csvnet::report::Verdict;

use super::{TWO, file, reader, with};

#[test]
fn the_verdict_is_that_of_the_run() {
    let it = file(&[TWO, &reader("a", 2000)]);
    for (limit, verdict) in [
        ("csv port utilisation <= 60 %", Verdict::Meets),
        ("csv port utilisation <= 2 %", Verdict::Misses),
        ("mean latency <= 0.35 ms", Verdict::Undecided),
    ] {
        let options = with(&[("limits", &format!("[\"{limit}\"]"))]);
        let report = gate(&it.path, false, &options, &Hooks::silent()).unwrap();
        let full = run(&it.path, &options, &Hooks::silent()).unwrap();
        let row = &full.variants[0].limits[0];
        assert_eq!((report.verdict, row.verdict), (verdict, verdict), "{limit}: {}", report.line);
        assert_eq!(report.rows[0].figure.as_ref(), Some(&row.figure));
        assert!(report.line.contains(limit) && !report.line.contains('\n'), "{}", report.line);
    }
}

#[test]
fn without_limits_there_is_nothing_to_decide() {
    let it = file(&[TWO, &reader("a", 100)]);
    let error = gate(&it.path, false, &Options::default(), &Hooks::silent()).unwrap_err();
    assert!(matches!(error, AppError::NoLimits { .. }), "{error}");
}

#[test]
fn a_failure_can_break_what_is_kept_without_it() {
    let two = TWO.replace("nics.p = {", "nics.p = { count = 2,");
    let it = file(&[&two, &reader("a", 9000)]);
    // 4.7 Gbit/s over two ports of 10, and over one.
    let options = with(&[("limits", "[\"csv port utilisation <= 40 %\"]")]);
    let whole = gate(&it.path, false, &options, &Hooks::silent()).unwrap();
    assert_eq!(whole.verdict, Verdict::Meets, "{}", whole.line);
    let after = gate(&it.path, true, &options, &Hooks::silent()).unwrap();
    assert_eq!(after.verdict, Verdict::Misses, "{}", after.line);
    assert!(after.line.contains("without port"), "{}", after.line);
}

#[test]
fn of_equal_verdicts_the_nearest_to_its_limit_is_told() {
    let it = file(&[TWO, &reader("a", 2000)]);
    for (near, far, tells) in [
        ("csv port utilisation <= 30 %", "p99 latency <= 1 s", "csv port utilisation"),
        ("csv port utilisation <= 9 %", "p99 latency <= 10 us", "p99 latency"),
    ] {
        // In whatever order they are stated.
        for limits in [format!("[\"{near}\", \"{far}\"]"), format!("[\"{far}\", \"{near}\"]")] {
            let options = with(&[("limits", &limits)]);
            let report = gate(&it.path, false, &options, &Hooks::silent()).unwrap();
            assert!(report.line.contains(tells), "{}", report.line);
            assert_eq!(report.rows.len(), 2);
            assert!(report.rows[0].nearness > report.rows[1].nearness, "{:#?}", report.rows);
        }
    }
}
