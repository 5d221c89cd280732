//! The two intervals of every figure, and what they decide.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use csvnet::app::{Hooks, Options, run};
use csvnet::report::{Figure, Report, Verdict};
use csvnet::units::UnitKind;

use super::{TWO_NODES, scenario};

fn report(more: &str, set: Vec<(String, String)>) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, format!("{more}\n{TWO_NODES}")).unwrap();
    let refs = ("volumes.CSV1.file-system".to_owned(), "ReFS".to_owned());
    let set = set.into_iter().chain([refs]).collect();
    let options = Options { set, replications: Some(4), ..Options::default() };
    run(&path, &options, &Hooks::silent()).unwrap_or_else(|error| panic!("{error}"))
}

fn figures(report: &Report) -> Vec<Figure> {
    let v = &report.variants[0];
    let mut all = Vec::new();
    for w in &v.workloads {
        all.extend([w.iops, w.throughput, w.latency_mean, w.latency_p50, w.latency_p95]);
    }
    all.extend(v.ports.iter().filter(|p| p.wire.value > 0.0).flat_map(|p| [p.wire, p.utilisation]));
    all.extend(v.cpus.iter().map(|c| c.utilisation));
    all
}

fn width(figure: &Figure) -> f64 {
    let [low, high] = figure.prediction.unwrap();
    (high / low).ln()
}

/// Every parameter with a range, set to its value without one, and the model's own error to none.
fn exact() -> Vec<(String, String)> {
    let s = scenario(TWO_NODES, &[]);
    let ranged = s.parameters.iter().filter(|p| !p.exact() || p.name.starts_with("model-error."));
    let text = |kind, value: f64| match kind {
        UnitKind::Time => format!("{} ns", value * 1e9),
        UnitKind::Bytes => format!("{} B", value.round()),
        UnitKind::Rate => format!("{} b/s", value.round()),
        UnitKind::Ratio => format!("{} %", value * 100.0),
        UnitKind::Iops => format!("{value} IOPS"),
        _ => format!("{value}"),
    };
    ranged
        .map(|p| {
            let value = if p.name.starts_with("model-error.") { 0.0 } else { p.value };
            (format!("parameters.{}", p.name), text(p.kind, value))
        })
        .collect()
}

#[test]
fn prediction_holds_the_value_and_is_wider_than_sampling() {
    let believed = report("", Vec::new());
    for figure in figures(&believed) {
        let ([low, high], [inner, outer]) = (figure.prediction.unwrap(), figure.sampling.unwrap());
        assert!(low <= figure.value && figure.value <= high, "{figure:?}");
        assert!(inner <= figure.value && figure.value <= outer, "{figure:?}");
        assert!(high - low > outer - inner, "{figure:?}");
    }
    assert!(!believed.assumptions.is_empty());

    let known = report("", exact());
    for (wide, narrow) in figures(&believed).iter().zip(&figures(&known)) {
        assert!(width(narrow) < 0.5 * width(wide), "{wide:?}\n{narrow:?}");
    }
}

#[test]
fn a_limit_within_the_interval_is_undecided() {
    let mean_us = report("", Vec::new()).variants[0].workloads[1].latency_mean.value * 1e6;
    let limits = format!(
        "limits = [\"workload b: mean latency <= {mean_us:.3} us\", \
         \"workload b: mean latency <= 1 s\", \"workload b: mean latency <= 1 us\", \
         \"workload b: iops >= 1 IOPS\", \"workload b: iops >= 99000000 IOPS\"]"
    );
    let report = report(&limits, Vec::new());
    let verdicts: Vec<_> = report.variants[0].limits.iter().map(|row| row.verdict).collect();
    let expected =
        [Verdict::Undecided, Verdict::Meets, Verdict::Misses, Verdict::Meets, Verdict::Misses];
    assert_eq!(verdicts, expected);
}
