//! One line and a verdict.

use std::sync::Mutex;

use csvnet::app::{AppError, Hooks, Options, gate, run};
use csvnet::report::Verdict;

use super::{NIGHTLY, SLOW, TAKEN_TO_RUN, TWO, file, reader, with};

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

#[test]
fn the_nearest_failures_of_each_limit_are_simulated() {
    let two = TWO.replace("nics.p = {", "nics.p = { count = 2,");
    let it = file(&[&two, SLOW, &reader("a", 1500), NIGHTLY]);
    // Four ports that can fail are nearer to theirs than a controller, of which one carries what is
    // asked of it only just, is to its own.
    let limits = "[\"csv port utilisation <= 14 %\", \"p99 latency <= 80 ms\"]";
    let report = gate(&it.path, true, &with(&[("limits", limits)]), &Hooks::silent()).unwrap();
    let simulated = |what: &str| report.rows.iter().any(|row| row.condition.contains(what));
    assert!(simulated("without port") && simulated("without a controller"), "{report:#?}");
    let looked_at = report.looked_at.unwrap();
    // Two nodes, four ports, a switch, the paths of two nodes, a controller.
    assert_eq!(looked_at.of, 10);
    assert!(looked_at.simulated >= 3 && looked_at.rest.is_some_and(|rest| rest > 0.0));
    let words = format!("{} of 10 failures simulated", looked_at.simulated);
    assert!(report.line.contains(&words), "{}", report.line);
    assert!(report.line.contains("the others use at most"), "{}", report.line);
    assert!(report.notes.iter().any(|note| note.contains(TAKEN_TO_RUN)), "{:?}", report.notes);
}

#[test]
fn a_rate_that_is_not_carried_is_told_beside_the_line() {
    let it = file(&[TWO, SLOW, &reader("a", 9000)]);
    let told = Mutex::new(Vec::new());
    let hooks =
        Hooks { told: &|text| told.lock().unwrap().push(text.to_owned()), ..Hooks::silent() };
    let options = with(&[("limits", "[\"csv port utilisation <= 90 %\"]")]);
    let report = gate(&it.path, false, &options, &hooks).unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.len() == 1 && told[0].contains("that a asks for is not carried"), "{told:?}");
    assert!(report.warnings.contains(&told[0]), "{:?}", report.warnings);
}

#[test]
fn what_is_interrupted_is_not_decided() {
    let it = file(&[TWO, &reader("a", 100)]);
    let options = with(&[("limits", "[\"csv port utilisation <= 14 %\"]")]);
    let hooks = Hooks { cancelled: &|| true, ..Hooks::silent() };
    let error = gate(&it.path, true, &options, &hooks).unwrap_err();
    assert!(error.to_string().contains("before anything was decided"), "{error}");
}

#[test]
fn a_variant_without_limits_is_told() {
    let variants = "[[variants]]\nname = \"judged\"\n\
                    [[variants]]\nname = \"silent\"\nset = { limits = [] }\n";
    let limits = "limits = [\"p99 latency <= 1 s\"]\n";
    let it = file(&[limits, TWO, &reader("a", 200), variants]);
    let report = gate(&it.path, false, &Options::default(), &Hooks::silent()).unwrap();
    assert_eq!(report.verdict, Verdict::Meets, "{}", report.line);
    let told = report.notes.iter().any(|note| note.contains("not judged: silent"));
    assert!(told, "{:?}", report.notes);
}
