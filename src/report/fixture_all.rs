//! One report of every kind, made by hand.

use std::collections::BTreeMap;

use super::{
    AnyReport, BytesRow, CalibrationReport, ErrorRow, ExposureRow, FailureRow, FailuresOf,
    FailuresReport, FamilyReport, FittedRow, LeftRow, LimitOverRow, LoadOverRow, LogRow,
    MigrationRow, PortOverRow, ResidualRow, SCHEMA_VERSION, ScoreMetric, ScoreReport, ScoreRow,
    ScoreValue, ShareRow, StepRow, TimelineOf, TimelineReport, UnavailableRow,
    ValidationPrediction, ValidationReport, ValidationRow, WorstRow, fixture,
};

/// One of every kind.
pub(super) fn all() -> Vec<AnyReport> {
    vec![
        AnyReport::Run(Box::new(fixture::report())),
        AnyReport::Run(Box::new(fixture::interrupted())),
        AnyReport::Timeline(Box::new(timeline())),
        AnyReport::Failures(Box::new(failures())),
        AnyReport::Explain(Box::new(fixture::explain())),
        AnyReport::Calibration(Box::new(calibration())),
        AnyReport::Score(Box::new(score())),
        AnyReport::Validation(Box::new(validation())),
    ]
}

/// A step of an hour; in one of them a queue grew without limit, in one there was no I/O.
fn step(place: u32) -> StepRow {
    let at = f64::from(place) * 3600.0;
    StepRow {
        from_s: at,
        to_s: at + 3600.0,
        at: format!("Mon 2026-11-23 {place:02}:00:00"),
        port: Some("N1/smb1/tx".into()),
        utilisation: 0.01 * f64::from(place),
        utilisation_highest: 0.02 * f64::from(place),
        wire_bytes_per_s: 1e6,
        redirected_bytes_per_s: 1e6 * f64::from(place),
        beside_bytes_per_s: 5e5,
        traffic_bytes_per_s: vec![1e6 * f64::from(place), 3e5, 2e5],
        latency_s_mean: match place {
            3 => None,
            5 => Some(f64::INFINITY),
            _ => Some(0.001),
        },
        latency_s_p99: Some(0.004),
        backlog: 0.0,
        events: vec!["N1: drained".into()],
    }
}

fn limit_over(verdict: &str, worst: f64) -> LimitOverRow {
    LimitOverRow {
        limit: "mean latency <= 5 ms".into(),
        bound: 0.005,
        at_most: true,
        judged: true,
        seconds_beyond: 60.0,
        subject: Some("web".into()),
        worst: Some(worst),
        prediction: Some([0.001, worst]),
        unit: "seconds".into(),
        at: Some("Mon 2026-11-23 05:00:00".into()),
        verdict: verdict.to_owned().into(),
        month: Some("2027-03".into()),
        month_earliest: Some("2026-12".into()),
        month_latest: None,
        grows: true,
    }
}

fn timeline_of(name: &str) -> TimelineOf {
    let bytes = |name: &str, bytes| BytesRow { name: name.into(), bytes };
    TimelineOf {
        name: name.into(),
        start: "Mon 2026-11-23 00:00:00".into(),
        end: "Tue 2026-11-24 00:00:00".into(),
        time_zone: "Europe/Berlin".into(),
        fidelity: "simulate".into(),
        epochs: 24,
        settings: 3,
        simulated: 2,
        ios: 1000,
        precision: Some(f64::INFINITY),
        worst: Some(WorstRow {
            port: "N1/smb1/tx".into(),
            utilisation: 0.44,
            wire_bytes_per_s: 2e8,
            from: "Mon 2026-11-23 22:00:00".into(),
            from_s: 79_200.0,
            by: vec![ShareRow { name: "live migration".into(), share: 0.7 }],
            after: Some("N1: drained <now>".into()),
        }),
        limits: vec![limit_over("undecided", 0.006), limit_over("missed", f64::INFINITY)],
        redirected: vec![bytes("ReFS", 1e12)],
        beside: vec![bytes("live migration, N1 to N2", 2e11)],
        traffic: vec!["redirected, ReFS".into(), "backup".into(), "live migration".into()],
        steps: (0..24).map(step).collect(),
        ports: vec![PortOverRow {
            port: "N1/smb1/tx".into(),
            utilisation_mean: 0.1,
            utilisation_highest: 0.46,
            wire_bytes: 1e12,
        }],
        loads: vec![LoadOverRow {
            workload: "web".into(),
            way: "redirected, ReFS".into(),
            seconds: 86_400.0,
            bytes: 1e12,
            latency_s_mean: 0.001,
            latency_s_worst: f64::INFINITY,
            latency_s_p99_worst: Some(0.004),
        }],
        exposure: vec![ExposureRow {
            vm: "web".into(),
            cause: "ReFS".into(),
            seconds: 7200.0,
            bytes: 1e12,
        }],
        unavailable: vec![UnavailableRow { vm: "web".into(), off_s: 0.0, waiting_s: 2.0 }],
        migrations: vec![MigrationRow {
            vm: "web".into(),
            from: "N1".into(),
            to: "N2".into(),
            why: "drain".into(),
            began: "Mon 2026-11-23 22:00:00".into(),
            seconds: 30.0,
            bytes: 3e10,
            passes: 3,
            still_s: 0.1,
        }],
        log: vec![LogRow {
            at: "Mon 2026-11-23 22:00:00".into(),
            at_s: 79_200.0,
            kind: "refused".into(),
            subject: "N1".into(),
            text: "not enough memory".into(),
        }],
    }
}

fn timeline() -> TimelineReport {
    TimelineReport::new(
        "A day".into(),
        "day.toml".into(),
        7,
        "csvnet timeline day.toml".into(),
        "not calibrated: nothing was fitted".into(),
        vec![timeline_of("base"), timeline_of("other")],
        vec!["base: 1 entries of the log tell what could not be done".into()],
    )
}

fn failures() -> FailuresReport {
    let row = |elements: &[&str], off: usize, latency_s: f64| FailureRow {
        elements: elements.iter().map(|name| (*name).to_owned()).collect(),
        stopped: off > 2,
        machines_off: off,
        machines_waiting: off,
        out_of_use_s: 50.0,
        port: Some("N1/smb1/tx".into()),
        utilisation: Some(0.3),
        redirected_bytes_per_s: 1e8,
        latency_s,
    };
    let rows = vec![
        row(&[], 0, 0.001),
        row(&["node N1", "node N2"], 3, f64::INFINITY),
        row(&["port N1/smb1"], 0, 0.002),
    ];
    FailuresReport::new(
        "Failures".into(),
        "two.toml".into(),
        "csvnet fail two.toml --n-2".into(),
        "not calibrated".into(),
        vec![FailuresOf { name: "base".into(), rows }],
    )
}

fn residual(line: u64, error: f64) -> ResidualRow {
    ResidualRow {
        line,
        metric: "iops".into(),
        unit: "iops".into(),
        measured: 1000.0 * line as f64,
        predicted: 1000.0 * line as f64 * (1.0 + error),
        residual: error,
        left_out: error,
        error_left_out: error,
        deviations: error * 10.0,
    }
}

fn calibration() -> CalibrationReport {
    let metric = |name: &str, measure: &str| ErrorRow {
        name: name.into(),
        fitted: true,
        rows: 3,
        measure: measure.to_owned().into(),
        fit_median: 0.01,
        fit_p90: 0.02,
        held_out_median: 0.015,
        held_out_p90: 0.04,
        bias: -0.001,
        floor: 0.01,
        unsteady: 0.0,
    };
    let fitted = |name: &str| FittedRow {
        parameter: name.into(),
        rows: String::new(),
        value: "20 us".into(),
        low: "18 us".into(),
        high: "22 us".into(),
        before: "30 us".into(),
        source_before: "assumed".into(),
        at_bound: name == "b",
    };
    CalibrationReport {
        schema_version: SCHEMA_VERSION,
        scenario: "lab.toml".into(),
        observations: "runs.csv".into(),
        command: "csvnet calibrate lab.toml".into(),
        rows: 3,
        points: 3,
        fitted: vec![fitted("a"), fitted("b")],
        left: vec![LeftRow {
            parameter: "c".into(),
            rows: String::new(),
            value: "1".into(),
            source: "assumed".into(),
            why: "cannot be told from a".into(),
        }],
        correlation: vec![vec![1.0, 0.9], vec![0.9, 1.0]],
        metrics: vec![metric("iops", "relative"), metric("cpu", "points")],
        outliers: vec![residual(2, 0.3)],
        residuals: vec![residual(1, 0.01), residual(2, 0.3), residual(3, f64::NEG_INFINITY)],
        warnings: vec!["1 of 2 stand at an end".into()],
    }
}

fn value(measured: f64, held: bool) -> ScoreValue {
    ScoreValue {
        measured,
        predicted: Some(measured * 1.1),
        low: Some(measured * 0.9),
        high: Some(measured * 1.3),
        error: Some(0.1),
        held: Some(held),
    }
}

fn score_row(line: u64) -> ScoreRow {
    ScoreRow {
        line,
        columns: BTreeMap::from([("depth".to_owned(), format!("{line}"))]),
        values: BTreeMap::from([("iops".to_owned(), value(1000.0 * line as f64, line < 3))]),
        outside: vec!["depth 64".into()],
    }
}

fn score() -> ScoreReport {
    ScoreReport {
        schema_version: SCHEMA_VERSION,
        scenario: "lab.toml".into(),
        observations: "more.csv".into(),
        parameters: Some("fitted.toml".into()),
        command: "csvnet score lab.toml".into(),
        metrics: vec![ScoreMetric {
            name: "iops".into(),
            unit: "iops".into(),
            rows: 3,
            unpredicted: 0,
            error_median: 0.1,
            error_p90: 0.2,
            error_worst: 0.3,
            bias: 0.1,
            points_mean: None,
            points_worst: None,
            held: 2.0 / 3.0,
            half_width: 0.2,
            interval_score: 0.5,
            interval_score_constant: 0.4,
        }],
        rows: (1..=3).map(score_row).collect(),
        warnings: vec!["1 row sets what no row set".into()],
    }
}

fn validation() -> ValidationReport {
    let row = |fold: &str, target: Option<&str>| ValidationRow {
        fold: fold.into(),
        metric: "iops".into(),
        unit: "iops".into(),
        rows: 3,
        error_median: 0.01,
        error_p90: 0.02,
        error_worst: 0.12,
        points: None,
        held: 0.66,
        target: target.map(str::to_owned),
        reached: target.map(|_| false),
    };
    let family = FamilyReport {
        name: "lab".into(),
        title: "A lab".into(),
        source: "measured".into(),
        rows: vec![row("all", Some("worst 10 %")), row("a", None), row("b", None)],
        predictions: vec![ValidationPrediction { fold: "a".into(), row: score_row(3) }],
    };
    ValidationReport::new(vec![family], "csvnet validate".into())
}
