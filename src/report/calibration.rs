//! What `calibrate` shows: what was fitted, what was not and why, and how far to trust it.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{self, Block, Document};
use super::json::Kind;
use super::number::{NOTHING, digits, plural, share};
use super::score::{shown, unit};
use super::{Render, SCHEMA_VERSION, Word, pages};
use crate::calibrate::{Calibration, Mapping, words};
use crate::units::format_as;

/// Outliers shown to people.
const SHOWN: usize = 20;

/// Pairs of parameters shown as correlated.
const CORRELATED: f64 = 0.7;

/// A calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CalibrationReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Scenario file.
    pub scenario: String,
    /// Table.
    pub observations: String,
    /// The command that repeats it.
    pub command: String,
    /// Rows fitted on.
    pub rows: usize,
    /// Rows among them that set different values.
    pub points: usize,
    /// What was fitted.
    pub fitted: Vec<FittedRow>,
    /// What was considered and left.
    pub left: Vec<LeftRow>,
    /// Correlation of the fitted ones, in their order.
    pub correlation: Vec<Vec<f64>>,
    /// Error by metric.
    pub metrics: Vec<ErrorRow>,
    /// Values that the fit holds for outliers.
    pub outliers: Vec<ResidualRow>,
    /// All residuals.
    pub residuals: Vec<ResidualRow>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A fitted parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FittedRow {
    /// Its name.
    pub parameter: String,
    /// The rows it is of, as `column=value`; empty for all.
    pub rows: String,
    /// Value with its unit.
    pub value: String,
    /// Low end of the interval of 95 % by bootstrap.
    pub low: String,
    /// High end.
    pub high: String,
    /// Value before.
    pub before: String,
    /// Source of that.
    pub source_before: String,
    /// Whether it stands at an end of its documented range.
    pub at_bound: bool,
}

/// A parameter that kept its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftRow {
    /// Its name.
    pub parameter: String,
    /// The rows it is of.
    pub rows: String,
    /// Value.
    pub value: String,
    /// Source.
    pub source: String,
    /// Why it was left.
    pub why: String,
}

/// Error of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorRow {
    /// Name in the mapping.
    pub name: String,
    /// Whether it was fitted, or only looked at.
    pub fitted: bool,
    /// Rows.
    pub rows: usize,
    /// What the errors are: `relative`, or `points` of shares, where one is a hundredth.
    pub measure: Word,
    /// Median absolute error of the fit.
    pub fit_median: f64,
    /// Its 90th percentile.
    pub fit_p90: f64,
    /// Median absolute error of rows left out, five folds.
    pub held_out_median: f64,
    /// Its 90th percentile.
    pub held_out_p90: f64,
    /// Mean error of rows left out.
    pub bias: f64,
    /// Standard deviation of a prediction that depends on no parameter.
    pub floor: f64,
    /// Standard deviation of the parameters from run to run.
    pub unsteady: f64,
}

impl ErrorRow {
    /// An error with its unit.
    pub(super) fn shown(&self, error: f64) -> String {
        if self.measure == "points" { format!("{} pt", digits(error, 2)) } else { share(error) }
    }
}

/// A residual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResidualRow {
    /// Line of the table.
    pub line: u64,
    /// Metric.
    pub metric: String,
    /// Unit.
    pub unit: Word,
    /// Measured.
    pub measured: f64,
    /// Predicted by the fit.
    pub predicted: f64,
    /// Logarithm of predicted over measured.
    pub residual: f64,
    /// The same with its fold left out.
    pub left_out: f64,
    /// Error with its fold left out, a fraction of what was measured; of shares the difference.
    pub error_left_out: f64,
    /// In standard deviations of the metric.
    pub deviations: f64,
}

impl CalibrationReport {
    /// The report of a calibration.
    #[must_use]
    pub fn of(
        calibration: &Calibration,
        mapping: &Mapping,
        scenario: String,
        observations: String,
        command: String,
    ) -> Self {
        let keys: Vec<_> = calibration.kept.iter().filter_map(|k| k.alike.clone()).collect();
        let fitted = calibration.fitted.iter().map(|f| {
            let text = |value| format_as(f.parameter.kind, value);
            FittedRow {
                parameter: f.key.name.clone(),
                rows: f.key.group.clone(),
                value: text(f.parameter.value),
                low: text(f.parameter.low),
                high: text(f.parameter.high),
                before: text(f.before.value),
                source_before: f.before.source.to_string(),
                at_bound: f.at_bound,
            }
        });
        let left = calibration.kept.iter().map(|k| LeftRow {
            parameter: k.key.name.clone(),
            rows: k.key.group.clone(),
            value: format_as(k.parameter.kind, k.parameter.value),
            source: k.parameter.source.to_string(),
            why: match &k.alike {
                Some(key) => format!("cannot be told from {key}"),
                None => words(k.reason, &keys),
            },
        });
        let metrics = calibration.metrics.iter().map(|m| {
            let (measure, times) = if m.share { ("points", 100.0) } else { ("relative", 1.0) };
            ErrorRow {
                name: m.name.clone(),
                fitted: m.fitted,
                rows: m.rows,
                measure: measure.into(),
                fit_median: times * m.fit[0],
                fit_p90: times * m.fit[1],
                held_out_median: times * m.held_out[0],
                held_out_p90: times * m.held_out[1],
                bias: times * m.bias,
                floor: m.spread.floor,
                unsteady: m.spread.unsteady,
            }
        });
        let residuals: Vec<_> = calibration
            .residuals
            .iter()
            .map(|r| {
                let measured = &mapping.measured[r.metric];
                let row = ResidualRow {
                    line: r.line,
                    metric: measured.name.clone(),
                    unit: unit(measured.metric).into(),
                    measured: r.measured,
                    predicted: r.predicted,
                    residual: r.log,
                    left_out: r.left_out,
                    error_left_out: {
                        let metric = measured.metric;
                        metric.error(metric.log(r.measured), r.left_out)
                    },
                    deviations: r.deviations,
                };
                (measured.fit && r.outlier(), row)
            })
            .collect();
        Self {
            schema_version: SCHEMA_VERSION,
            scenario,
            observations,
            command,
            rows: calibration.rows.0,
            points: calibration.rows.1,
            fitted: fitted.collect(),
            left: left.collect(),
            correlation: calibration.correlation.clone(),
            metrics: metrics.collect(),
            outliers: residuals.iter().filter(|r| r.0).map(|r| r.1.clone()).collect(),
            residuals: residuals.into_iter().map(|r| r.1).collect(),
            warnings: at_bounds(calibration).into_iter().collect(),
        }
    }
}

/// What to say of a fit that went as far as it may: half of the parameters or more at a bound.
fn at_bounds(calibration: &Calibration) -> Option<String> {
    let all = calibration.fitted.len();
    let held: Vec<String> =
        calibration.fitted.iter().filter(|f| f.at_bound).map(|f| format!("`{}`", f.key)).collect();
    (!held.is_empty() && 2 * held.len() >= all).then(|| {
        format!(
            "{} of {} stand at an end of their documented range: {}; the fit wants more than they \
             may be, so the scenario is not what was measured, a unit is wrong, or something else \
             takes the time; do not trust these values",
            held.len(),
            plural(all, "fitted parameter"),
            held.join(", ")
        )
    })
}

impl Document for CalibrationReport {
    fn blocks(&self) -> Vec<Block> {
        let title = format!("{} fitted to {}", self.scenario, self.observations);
        let rows = format!(
            "{} that set {}; {} fitted, {} left at the value they had.",
            plural(self.rows, "row"),
            plural(self.points, "different point"),
            plural(self.fitted.len(), "parameter"),
            self.left.len(),
        );
        let mut blocks = vec![
            Block::Heading(1, title),
            Block::Cover(Box::new(pages::calibration_cover(self))),
            Block::Text(rows),
            Block::Heading(2, "Fitted".to_owned()),
            Block::Table(fitted(&self.fitted)),
        ];
        let pairs = correlated(self);
        if !pairs.is_empty() {
            blocks.push(Block::Text("Strongly correlated:".to_owned()));
            blocks.push(Block::List(pairs));
        }
        blocks.push(Block::Heading(2, "Error".to_owned()));
        blocks.extend(pages::calibration_charts(self));
        blocks.push(Block::Table(errors(&self.metrics)));
        let told: Vec<&LeftRow> =
            self.left.iter().filter(|row| row.why.starts_with("cannot")).collect();
        if !told.is_empty() {
            blocks.push(Block::Heading(2, "Left at their value".to_owned()));
            let mut grid = Grid::new(1, &["parameter", "#value", "source", "why"]);
            for row in told {
                let name = [row.parameter.as_str(), row.rows.as_str()].join(" ");
                let cells = [name.trim(), &row.value, &row.source, &row.why];
                grid.row(cells.map(str::to_owned).to_vec());
            }
            blocks.push(Block::Table(grid));
        }
        let silent = self.left.len() - self.left.iter().filter(|r| r.why.starts_with('c')).count();
        if silent > 0 {
            let text = format!("{} the measurements do not tell.", plural(silent, "further one"));
            blocks.push(Block::Text(text));
        }
        if !self.outliers.is_empty() {
            blocks.push(Block::Heading(2, "Outliers".to_owned()));
            blocks.push(Block::Table(outliers(&self.outliers)));
        }
        if !self.warnings.is_empty() {
            blocks.push(Block::Heading(2, "Warnings".to_owned()));
            blocks.push(Block::List(self.warnings.clone()));
        }
        let made = format!(
            "csvnet {}, scenario {}, observations {}.",
            env!("CARGO_PKG_VERSION"),
            self.scenario,
            self.observations
        );
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

fn fitted(rows: &[FittedRow]) -> Grid {
    let mut grid = Grid::new(1, &["parameter", "#value", "95 % interval", "#was", "source"]);
    for row in rows {
        let name = [row.parameter.as_str(), row.rows.as_str()].join("\n");
        grid.row(vec![
            name.trim().to_owned(),
            row.value.clone(),
            format!("{} to {}", row.low, row.high)
                + if row.at_bound { "\nat its bound" } else { "" },
            row.before.clone(),
            row.source_before.clone(),
        ]);
    }
    grid
}

fn errors(rows: &[ErrorRow]) -> Grid {
    let heads = ["metric", "#rows", "#fit median", "#p90", "#left out median", "#p90", "#bias"];
    let mut grid = Grid::new(1, &heads);
    for m in rows {
        grid.row(vec![
            if m.fitted { m.name.clone() } else { format!("{} (not fitted)", m.name) },
            m.rows.to_string(),
            m.shown(m.fit_median),
            m.shown(m.fit_p90),
            m.shown(m.held_out_median),
            m.shown(m.held_out_p90),
            m.shown(m.bias),
        ]);
    }
    grid
}

fn correlated(report: &CalibrationReport) -> Vec<String> {
    let mut pairs = Vec::new();
    for (i, row) in report.correlation.iter().enumerate() {
        for (j, r) in row.iter().enumerate().take(i) {
            if r.abs() >= CORRELATED {
                let name = |k: usize| {
                    let row: &FittedRow = &report.fitted[k];
                    format!("{} {}", row.parameter, row.rows).trim().to_owned()
                };
                pairs.push(format!("{} and {}: {}", name(j), name(i), digits(*r, 2)));
            }
        }
    }
    pairs
}

fn outliers(rows: &[ResidualRow]) -> Grid {
    let heads = ["metric", "#line", "#measured", "#predicted", "#deviations"];
    let mut grid = Grid::new(1, &heads);
    let mut order: Vec<&ResidualRow> = rows.iter().collect();
    order.sort_by(|a, b| b.deviations.abs().total_cmp(&a.deviations.abs()));
    grid.shown = Some(SHOWN);
    for row in order {
        let shown = shown(&row.unit);
        grid.row(vec![
            row.metric.clone(),
            row.line.to_string(),
            shown.text(row.measured),
            shown.text(row.predicted),
            digits(row.deviations, 2),
        ]);
    }
    grid
}

impl Kind for CalibrationReport {
    const KIND: &'static str = "calibration";
}

impl Render<CalibrationReport> for Csv {
    fn render(&self, report: &CalibrationReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        rows.enter("", "fitted");
        for row in &report.fitted {
            let subject = [row.parameter.as_str(), row.rows.as_str()].join(" ");
            let note = format!("{} in {} to {}; was {}", row.value, row.low, row.high, row.before);
            rows.note(subject.trim(), "value", &note)?;
        }
        rows.enter("", "left");
        for row in &report.left {
            let subject = [row.parameter.as_str(), row.rows.as_str()].join(" ");
            rows.note(subject.trim(), &row.value, &row.why)?;
        }
        rows.enter("", "error");
        for m in &report.metrics {
            let unit = if m.measure == "points" { "points" } else { "fraction" };
            rows.number(&m.name, "fit_median", unit, m.fit_median, "")?;
            rows.number(&m.name, "fit_p90", unit, m.fit_p90, "")?;
            rows.number(&m.name, "held_out_median", unit, m.held_out_median, "")?;
            rows.number(&m.name, "held_out_p90", unit, m.held_out_p90, "")?;
        }
        rows.enter("", "warnings");
        for warning in &report.warnings {
            rows.note("fit", "warning", warning)?;
        }
        rows.enter("", "residuals");
        for r in &report.residuals {
            let line = r.line.to_string();
            rows.number(&line, &r.metric, "log", r.residual, NOTHING)?;
        }
        rows.finish()
    }
}
