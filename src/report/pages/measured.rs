//! Page one and charts of what is held against measurements: fits, scores, validations.

use super::super::chart::{
    Against, Axis, Chart, DotRow, Dots, Line, Mark, Plot, Point, Scatter, Tone,
};
use super::super::document::{Block, Cover, Item, Number, Said};
use super::super::number::{Shown, plural, share};
use super::super::score::shown;
use super::super::{
    CalibrationReport, ErrorRow, FamilyReport, ScoreMetric, ScoreReport, ScoreValue,
    ValidationReport, ValidationRow,
};
use super::sentence;

/// Things that page one names.
const NAMED: usize = 4;
/// Metrics with a chart of their own.
const METRICS: usize = 12;

fn points(error: f64, is_points: bool) -> f64 {
    if is_points { error / 100.0 } else { error }
}

/// Page one of a fit.
pub(in super::super) fn calibration_cover(report: &CalibrationReport) -> Cover {
    let at_bounds = report.fitted.iter().filter(|row| row.at_bound).count();
    let tone = if report.warnings.is_empty() { Tone::Plain } else { Tone::Unsure };
    let bounds = match at_bounds {
        0 => String::new(),
        n => format!(" {n} of them stand at an end of what they may be."),
    };
    let text = format!(
        "{} fitted to {}.{bounds}",
        plural(report.fitted.len(), "parameter"),
        plural(report.rows, "row")
    );
    let number = |row: &ErrorRow| Number {
        name: format!("{}: error of rows left out of the fit", row.name),
        value: row.shown(row.held_out_median),
        interval: format!("median; 90 of 100 rows within {}", row.shown(row.held_out_p90)),
        note: plural(row.rows, "row"),
    };
    let mut fitted = report.metrics.iter().filter(|row| row.fitted).map(number);
    let left = report.left.iter().filter(|row| row.why.starts_with("cannot"));
    let left = left.map(|row| Item::new(row.parameter.clone(), sentence(&row.why)));
    let mut trust: Vec<Said> =
        report.warnings.iter().map(|text| Said::new(Tone::Unsure, sentence(text))).collect();
    trust.push(Said::new(
        Tone::Plain,
        "Errors are of rows that the fit had not seen, in five folds.",
    ));
    if !report.outliers.is_empty() {
        let text = format!("{} held for outliers.", plural(report.outliers.len(), "value"));
        trust.push(Said::new(Tone::Unsure, text));
    }
    Cover {
        verdict: Some(Said::new(tone, text)),
        number: fitted.next(),
        beside: fitted.take(NAMED).collect(),
        binds: Vec::new(),
        changes: left.take(NAMED).collect(),
        trust,
    }
}

/// Errors by metric, and the residuals of each.
pub(in super::super) fn calibration_charts(report: &CalibrationReport) -> Vec<Block> {
    let row = |row: &ErrorRow| {
        let is_points = row.measure == "points";
        let mark = |error: f64| {
            let (value, told) = (points(error, is_points), row.shown(error));
            Some(Mark { value, interval: None, told })
        };
        let unit = if is_points { "\npoints of a share" } else { "" };
        DotRow {
            name: format!("{}{unit}", row.name),
            tone: Tone::Plain,
            marks: [row.fit_median, row.fit_p90, row.held_out_median, row.held_out_p90]
                .map(mark)
                .to_vec(),
        }
    };
    let errors = dots(
        "Error of the fit, and of rows left out",
        "Absolute errors by metric. Rows left out that are much worse than those fitted tell of a \
         fit that learnt its rows by heart.",
        &["fit, median", "fit, 90 %", "left out, median", "left out, 90 %"],
        report.metrics.iter().map(row).collect(),
        Vec::new(),
    );
    let metrics = report.metrics.iter().take(METRICS);
    errors.into_iter().chain(metrics.filter_map(|metric| residuals(report, metric))).collect()
}

/// How far each row is off, beside what was measured.
fn residuals(report: &CalibrationReport, metric: &ErrorRow) -> Option<Block> {
    let own: Vec<_> = report.residuals.iter().filter(|r| r.metric == metric.name).collect();
    let first = own.first()?;
    let is_points = metric.measure == "points";
    let point = |row: &&super::super::ResidualRow| {
        let error = row.error_left_out;
        let told = if is_points { metric.shown(100.0 * error) } else { share(error) };
        Point {
            at: (row.measured, error),
            interval: None,
            told: format!(
                "line {}: measured {}, {told} off",
                row.line,
                shown(&row.unit).text(row.measured)
            ),
            name: String::new(),
            tone: if report.outliers.contains(row) { Tone::Bad } else { Tone::Plain },
        }
    };
    let up = if is_points { "predicted less measured" } else { "error" };
    Some(Block::chart(Chart {
        title: format!("Residuals: {}", metric.name),
        about: "Each point is a row, predicted by a fit on the other folds; crosses are held for \
                outliers."
            .to_owned(),
        plot: Plot::Scatter(Scatter {
            across: Axis::log("measured", shown(&first.unit)),
            up: Axis::of(up, Shown::Percent),
            points: own.iter().map(point).collect(),
            tones: tones(own.iter().any(|row| report.outliers.contains(row)), "row", "outlier"),
            against: Against::Height(Line { at: 0.0, name: String::new() }),
            frontier: Vec::new(),
        }),
    }))
}

fn tones(any: bool, plain: &str, bad: &str) -> Vec<(Tone, String)> {
    if any {
        vec![(Tone::Plain, plain.to_owned()), (Tone::Bad, bad.to_owned())]
    } else {
        Vec::new()
    }
}

fn dots(
    title: &str,
    about: &str,
    names: &[&str],
    rows: Vec<DotRow>,
    limits: Vec<Line>,
) -> Option<Block> {
    (!rows.is_empty()).then(|| {
        Block::chart(Chart {
            title: title.to_owned(),
            about: about.to_owned(),
            plot: Plot::Dots(Dots {
                across: Axis { reach: Some(0.0), ..Axis::of("error", Shown::Percent) },
                names: names.iter().map(|name| (*name).to_owned()).collect(),
                rows,
                tones: Vec::new(),
                limits,
            }),
        })
    })
}

/// Page one of a score.
pub(in super::super) fn score_cover(report: &ScoreReport) -> Cover {
    let text = format!("{} compared with what was measured.", plural(report.rows.len(), "row"));
    let number = |row: &ScoreMetric| Number {
        name: format!("{}: error", row.name),
        value: share(row.error_median),
        interval: format!("median; 90 of 100 rows within {}", share(row.error_p90)),
        note: format!(
            "{} of {} inside their prediction interval",
            share((row.held * 1e3).round() / 1e3),
            plural(row.rows, "row")
        ),
    };
    // What was measured most often first, and what guests feel before what nodes spend.
    let mut metrics: Vec<_> = report.metrics.iter().filter(|row| row.rows > 0).collect();
    metrics.sort_by_key(|row| (std::cmp::Reverse(row.rows), row.unit == "fraction"));
    let mut numbers = metrics.into_iter().map(number);
    let trust = match &report.parameters {
        Some(file) => Said::new(Tone::Plain, format!("Calibrated: parameters of {file}.")),
        None => Said::new(Tone::Unsure, "Not calibrated: the scenario's own parameters."),
    };
    let warnings = report.warnings.iter().map(|text| Said::new(Tone::Unsure, sentence(text)));
    Cover {
        verdict: Some(Said::new(Tone::Plain, text)),
        number: numbers.next(),
        beside: numbers.take(NAMED).collect(),
        trust: [trust].into_iter().chain(warnings.take(NAMED)).collect(),
        ..Cover::default()
    }
}

/// Errors by metric, and predicted against measured of each.
pub(in super::super) fn score_charts(report: &ScoreReport) -> Vec<Block> {
    let rows = report.metrics.iter().filter(|row| row.rows > 0).map(|row| DotRow {
        name: row.name.clone(),
        tone: Tone::Plain,
        marks: [row.error_median, row.error_p90, row.error_worst]
            .map(|error| Some(Mark { value: error, interval: None, told: share(error) }))
            .to_vec(),
    });
    let errors = dots(
        "Errors by metric",
        "Absolute relative errors of the rows.",
        &["median", "90 %", "worst"],
        rows.collect(),
        Vec::new(),
    );
    let scatter = report.metrics.iter().take(METRICS).filter_map(|metric| {
        let values = report
            .rows
            .iter()
            .filter_map(|row| Some((format!("line {}", row.line), *row.values.get(&metric.name)?)));
        against(&metric.name, &metric.unit, values.collect())
    });
    errors.into_iter().chain(scatter).collect()
}

/// Predicted against measured.
fn against(name: &str, unit: &str, values: Vec<(String, ScoreValue)>) -> Option<Block> {
    let shown = shown(unit);
    let point = |(told, value): (String, ScoreValue)| {
        let predicted = value.predicted?;
        let missed = value.held == Some(false);
        Some(Point {
            at: (value.measured, predicted),
            interval: value.low.zip(value.high).map(|(low, high)| [low, high]),
            told: format!(
                "{told}: measured {}, predicted {}",
                shown.text(value.measured),
                shown.text(predicted)
            ),
            name: String::new(),
            tone: if missed { Tone::Bad } else { Tone::Plain },
        })
    };
    let points: Vec<Point> = values.into_iter().filter_map(point).collect();
    if points.is_empty() {
        return None;
    }
    let any = points.iter().any(|point| point.tone == Tone::Bad);
    Some(Block::chart(Chart {
        title: format!("Predicted against measured: {name}"),
        about: "Each point is a row with its prediction interval. On the dashed line both are the \
                same."
            .to_owned(),
        plot: Plot::Scatter(Scatter {
            across: Axis::log("measured", shown),
            up: Axis::log("predicted", shown),
            points,
            tones: tones(any, "measured within the interval", "measured outside of it"),
            against: Against::Equal,
            frontier: Vec::new(),
        }),
    }))
}

/// Page one of a validation.
pub(in super::super) fn validation_cover(report: &ValidationReport) -> Cover {
    let rows = || report.families.iter().flat_map(|of| of.rows.iter().map(move |row| (of, row)));
    let targets = || rows().filter(|(_, row)| row.reached.is_some());
    let missed: Vec<String> = targets()
        .filter(|(_, row)| row.reached == Some(false))
        .map(|(of, row)| format!("{} of {}", row.metric, of.name))
        .collect();
    let all = targets().count();
    let verdict = if all == 0 {
        Said::new(Tone::Plain, "No target was stated.")
    } else if missed.is_empty() {
        Said::new(Tone::Good, format!("All {all} targets are reached."))
    } else {
        let text = format!("{} of {all} targets are missed: {}.", missed.len(), missed.join("; "));
        Said::new(Tone::Bad, text)
    };
    let number = |(of, row): (&FamilyReport, &ValidationRow)| Number {
        name: format!("{} of {}: error of rows not fitted", row.metric, of.name),
        value: share(row.error_median),
        interval: format!(
            "median; 90 of 100 rows within {}, worst {}",
            share(row.error_p90),
            share(row.error_worst)
        ),
        note: match &row.target {
            Some(target) => format!("target {target}"),
            None => plural(row.rows, "row"),
        },
    };
    let overall = |(_, row): &(&FamilyReport, &ValidationRow)| row.fold == "all" && row.rows > 0;
    // A target that is missed says more than one that is reached.
    let mut told: Vec<_> = rows().filter(overall).collect();
    told.sort_by_key(|(_, row)| match row.reached {
        Some(false) => 0,
        Some(true) => 1,
        None => 2,
    });
    let mut numbers = told.into_iter().map(number);
    let held: Vec<f64> = rows().filter(overall).map(|(_, row)| row.held).collect();
    let least = held.iter().copied().fold(f64::INFINITY, f64::min);
    let mut trust = vec![Said::new(
        Tone::Plain,
        "Every fold is predicted by a fit on the other rows: none of these errors is of a row that \
         was fitted.",
    )];
    if least.is_finite() {
        let text = format!(
            "Of the metric whose intervals hold the fewest rows, {} are inside; 95 % should be.",
            share((least * 1e3).round() / 1e3)
        );
        trust.push(Said::new(if least < 0.9 { Tone::Unsure } else { Tone::Plain }, text));
    }
    Cover {
        verdict: Some(verdict),
        number: numbers.next(),
        beside: numbers.take(NAMED).collect(),
        trust,
        ..Cover::default()
    }
}

/// Errors of a family by metric, and predicted against measured of each.
pub(in super::super) fn validation_charts(family: &FamilyReport) -> Vec<Block> {
    let all: Vec<&ValidationRow> =
        family.rows.iter().filter(|row| row.fold == "all" && row.rows > 0).collect();
    let rows = all.iter().map(|row| DotRow {
        name: match &row.target {
            Some(target) => format!("{}\ntarget: {target}", row.metric),
            None => row.metric.clone(),
        },
        tone: match row.reached {
            Some(true) => Tone::Good,
            Some(false) => Tone::Bad,
            None => Tone::Plain,
        },
        marks: [row.error_median, row.error_p90, row.error_worst]
            .map(|error| Some(Mark { value: error, interval: None, told: share(error) }))
            .to_vec(),
    });
    let errors = dots(
        &format!("Errors of {}", family.name),
        "Absolute relative errors of rows kept back from the fit.",
        &["median", "90 %", "worst"],
        rows.collect(),
        Vec::new(),
    );
    let scatter = all.iter().take(METRICS).filter_map(|metric| {
        let values = family.predictions.iter().filter_map(|of| {
            let value = of.row.values.get(&metric.metric)?;
            Some((format!("{}, line {}", of.fold, of.row.line), *value))
        });
        against(&metric.metric, &metric.unit, values.collect())
    });
    errors.into_iter().chain(scatter).collect()
}
