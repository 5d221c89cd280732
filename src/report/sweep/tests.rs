//! Summaries of rows made by hand.

use super::*;
use crate::plan::sweep::{Figure, FigureUnit, LimitVerdict, PartText, Recorded};

/// The levels of a point of two axes, its mean latency in milliseconds (infinite at 0), and its
/// verdict.
type Made = (&'static str, &'static str, f64, LimitVerdict);

const ROWS: [Made; 6] = [
    ("1", "far", 2.0, LimitVerdict::Within),
    ("1", "near", 1.0, LimitVerdict::Within),
    ("4", "far", 8.0, LimitVerdict::Near),
    ("4", "near", 3.0, LimitVerdict::Within),
    ("16", "far", 0.0, LimitVerdict::Beyond),
    ("16", "near", 4.0, LimitVerdict::Beyond),
];

/// A sweep of those rows, and one more that failed.
fn merged() -> Merged {
    let head = r#"{"csvnet_sweep_part":1,"version":"VERSION","plan":"0011","file":"sweep.json",
        "title":"by hand","scenario":"a b.toml","scenario_hash":"22","fidelity":"fast","seed":null,
        "seeds":"common","set":[["run.seed","3"]],"design":"grid","variants":["base"],"axes":[
        {"name":"depth","kind":"count","paths":["w.outstanding"]},{"name":"owner","named":[
        {"name":"far","set":[["v.owner","B"]]},{"name":"near","set":[["v.owner","A"]]}]}],
        "points":7,"shard":{"index":1,"of":1}}"#;
    let version = format!("{} with engine {}", env!("CARGO_PKG_VERSION"), crate::engine::REVISION);
    let head: crate::plan::sweep::Head =
        serde_json::from_str(&head.replace("VERSION", &version)).unwrap();
    let row = |(point, (depth, owner, ms, verdict)): (usize, &Made)| {
        let value = if *ms > 0.0 { ms * 1e-3 } else { f64::INFINITY };
        let figure = |metric| Figure::new("w", metric, FigureUnit::Seconds, value);
        Row {
            point: point as u64,
            variant: "base".to_owned(),
            at: [("depth", depth), ("owner", owner)]
                .map(|(axis, level)| (axis.to_owned(), (*level).to_owned()))
                .into(),
            error: None,
            seed: None,
            usual_error: Some([Some(0.02 * (point + 1) as f64), Some(0.1)]),
            settled: point != 3,
            figures: vec![
                figure(Metric::LatencyMean),
                Figure::new("w", Metric::Iops, FigureUnit::Iops, 1e3 / (1.0 + ms)),
                Figure {
                    limit: Some("mean latency <= 4 ms".to_owned()),
                    verdict: Some(*verdict),
                    ..figure(Metric::Limit)
                },
            ],
        }
    };
    let mut rows: Vec<Row> = ROWS.iter().enumerate().map(row).collect();
    let failed = Row {
        point: 6,
        error: Some("no such node".to_owned()),
        figures: Vec::new(),
        usual_error: None,
        ..rows[0].clone()
    };
    rows.push(failed);
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    let mut text = Vec::new();
    PartText::write(&head, lines.iter().map(String::as_str), &mut text).unwrap();
    Merged::of([("all".to_owned(), text)]).unwrap_or_else(|error| panic!("{error}"))
}

fn report(by: Option<Metric>) -> SweepReport {
    SweepReport::of(&merged(), by, "csvnet sweep merge all".to_owned())
}

#[test]
fn what_moves_the_result_is_told_by_medians() {
    let report = report(None);
    assert_eq!(report.by, "latency_mean");
    // The lower of two in the middle: far 2, 8, inf; near 1, 3, 4; depth 1: 1, 2 and so on.
    let effect = |of: &EffectRow| {
        let ms = |value: Option<f64>| value.map(|value| (value * 1e3).round());
        let (axis, low, high) = (of.axis.clone(), of.lowest_at.clone(), of.highest_at.clone());
        (axis, low, ms(of.lowest), high, ms(of.highest))
    };
    let effects: Vec<_> = report.effects.iter().map(effect).collect();
    let row = |axis: &str, low: &str, lowest, high: &str, highest| {
        (axis.to_owned(), low.to_owned(), Some(lowest), high.to_owned(), Some(highest))
    };
    assert_eq!(effects, [row("depth", "1", 1.0, "16", 4.0), row("owner", "near", 3.0, "far", 8.0)]);
}

#[test]
fn ranges_and_limits_count_every_point() {
    let report = report(None);
    let latency = &report.ranges[0];
    assert_eq!((latency.lowest, latency.median), ((Some(0.001), 1), Some(0.003)));
    assert_eq!(latency.highest, (None, 4), "it grows without limit");
    let limit = &report.limits[0];
    let verdicts = [(LimitVerdict::Within, 3), (LimitVerdict::Near, 1), (LimitVerdict::Beyond, 2)];
    assert_eq!(
        (limit.limit.as_str(), &limit.verdicts[..]),
        ("mean latency <= 4 ms", &verdicts[..])
    );
    assert_eq!((report.points, report.failed, report.unsettled), (7, 1, 1));
    let error = &report.errors[0];
    assert_eq!((error.error.as_str(), error.points, error.first), ("no such node", 1, 6));
    assert_eq!(report.usual_error, Some([0.12, 0.1]));
}

#[test]
fn points_are_ordered_by_limits_and_then_by_what_is_asked_for() {
    let best = |by| -> Vec<u64> { report(by).best.iter().map(|row| row.point).collect() };
    let worst = |by| -> Vec<u64> { report(by).worst.iter().map(|row| row.point).collect() };
    // Kept by 1 (1 ms), 0 (2 ms), 3 (3 ms); near at 2; broken at 5 (4 ms) and 4 (without limit).
    assert_eq!((best(None), worst(None)), (vec![1, 0, 3, 2, 5], vec![4]));
    // Of those that break it the one that does more is the better by IOPS.
    assert_eq!(best(Some(Metric::Iops)), [1, 0, 3, 2, 4]);
    // What was not recorded orders nothing.
    assert_eq!(best(Some(Metric::Redirected)), best(None));
    let first = &report(None).best[0];
    assert_eq!(first.at, ["1", "near"]);
    assert_eq!(
        first.command,
        "csvnet run \"a b.toml\" --set run.seed=3 --set w.outstanding=1 --set v.owner=A"
    );
    assert_eq!((first.limits, first.csv_port), ((1, 1), None));
}

#[test]
fn many_levels_are_compared_in_groups() {
    let levels: Vec<(String, Vec<f64>)> =
        (1..=11).map(|n| (n.to_string(), vec![f64::from(n)])).collect();
    let groups = summary::grouped(&levels);
    let names: Vec<&str> = groups.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["1 to 3", "4 to 6", "7 to 9", "10 to 11"]);
    assert_eq!(groups[3].1, [10.0, 11.0]);
}

#[test]
fn a_failed_point_is_a_line_with_its_reason() {
    let mut text = Vec::new();
    super::super::Render::render(&super::super::Csv, &report(None), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 6 * 3 + 1);
    assert_eq!(lines[19], "6,base,1,far,,error,,,,,,,,no such node");
    assert_eq!(lines[13], "4,base,16,far,w,latency_mean,seconds,,,,,,,grows without limit");
    assert!(lines[3].ends_with(",limit,seconds,0.002,,,,,within,mean latency <= 4 ms"), "{text}");
}

#[test]
fn a_point_of_nothing_but_errors_has_a_report() {
    let mut rows: Vec<Row> = merged().rows().cloned().collect();
    for row in &mut rows {
        row.figures.clear();
    }
    assert_eq!(summary::order(&rows, Some(Metric::Iops)), None);
    assert!(summary::ranges(&rows).is_empty() && summary::limits(&rows).is_empty());
    assert!(Recorded::ALL.len() > Metric::ALL.len());
}

#[test]
fn the_cover_is_of_the_highest_of_all_loads() {
    let mut report = report(None);
    for row in report.rows.iter_mut().filter(|row| row.error.is_none()) {
        let other = Figure::new("other", Metric::LatencyMean, FigureUnit::Seconds, 0.5);
        row.figures.push(other);
    }
    let [low, median, high] = report.spread().unwrap();
    assert_eq!((low, median, high), (Some(0.5), Some(0.5), None), "one grows without limit");
}
