//! What `score` shows: predictions beside measurements, row by row and metric by metric.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::Csv;
use super::document::{self, Block, Document};
use super::json::Kind;
use super::number::{NOTHING, Shown, digits, plural, share};
use super::{Render, SCHEMA_VERSION, Word, pages};
use crate::calibrate::{Mapping, Metric, Score, Scored, ScoredRow};

/// Rows shown to people; the machine formats have them all.
const WORST: usize = 12;

/// A score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScoreReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Scenario file.
    pub scenario: String,
    /// Table.
    pub observations: String,
    /// Parameter file; none: as the scenario has them.
    pub parameters: Option<String>,
    /// The command that repeats it.
    pub command: String,
    /// By metric.
    pub metrics: Vec<ScoreMetric>,
    /// By row of the table.
    pub rows: Vec<ScoreRow>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A metric over all rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScoreMetric {
    /// Name in the mapping.
    pub name: String,
    /// Unit of its values.
    pub unit: Word,
    /// Rows compared.
    pub rows: usize,
    /// Rows of which the model has no prediction.
    pub unpredicted: usize,
    /// Median of the absolute relative error, a fraction.
    pub error_median: f64,
    /// Its 90th percentile.
    pub error_p90: f64,
    /// Its greatest value.
    pub error_worst: f64,
    /// Mean relative error.
    pub bias: f64,
    /// Mean absolute difference in points, of shares.
    pub points_mean: Option<f64>,
    /// Greatest absolute difference in points, of shares.
    pub points_worst: Option<f64>,
    /// Share of rows whose prediction interval holds the measurement.
    pub held: f64,
    /// Median half width of the intervals on the logarithmic scale.
    pub half_width: f64,
    /// Mean interval score at 95 % on the logarithmic scale; less is better.
    pub interval_score: f64,
    /// That of the constant relative width that would have been best.
    pub interval_score_constant: f64,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScoreRow {
    /// Line of the table.
    pub line: u64,
    /// Its own cells by column.
    pub columns: BTreeMap<String, String>,
    /// Its values by metric; what was not measured is missing.
    pub values: BTreeMap<String, ScoreValue>,
    /// Why it is outside of what was calibrated.
    pub outside: Vec<String>,
}

impl ScoreRow {
    /// A row of a table with these columns, and with these metrics.
    pub(super) fn of(row: &ScoredRow, columns: &[String], metrics: &[&str]) -> Self {
        let values = metrics.iter().zip(&row.values);
        Self {
            line: row.line,
            columns: columns.iter().cloned().zip(row.cells.iter().cloned()).collect(),
            values: values
                .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.into())))
                .collect(),
            outside: row.outside.clone(),
        }
    }
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScoreValue {
    /// In the unit of the metric.
    pub measured: f64,
    /// Prediction; none where the model has no such thing.
    pub predicted: Option<f64>,
    /// Low end of the prediction interval of 95 %.
    pub low: Option<f64>,
    /// High end.
    pub high: Option<f64>,
    /// Predicted over measured, less one.
    pub error: Option<f64>,
    /// Whether the interval holds the measurement.
    pub held: Option<bool>,
}

impl From<Scored> for ScoreValue {
    fn from(of: Scored) -> Self {
        Self {
            measured: of.measured,
            predicted: of.predicted,
            low: of.interval.map(|[low, _]| low),
            high: of.interval.map(|[_, high]| high),
            error: of.error(),
            held: of.held(),
        }
    }
}

/// Unit of a metric's values.
pub(super) const fn unit(metric: Metric) -> &'static str {
    match metric {
        Metric::Iops(_) => "iops",
        Metric::Throughput(_) | Metric::LinkWire(_) | Metric::LinkPayload(_) => "bytes_per_second",
        Metric::LatencyMean(_) | Metric::LatencyQuantile(..) => "seconds",
        Metric::Cpu(_) => "fraction",
    }
}

/// How numbers of that unit are shown.
pub(super) fn shown(unit: &str) -> Shown {
    match unit {
        "iops" => Shown::Iops,
        "bytes_per_second" => Shown::Bytes,
        "seconds" => Shown::Seconds,
        _ => Shown::Percent,
    }
}

/// Where a score comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ScoreOf {
    /// Scenario file.
    pub scenario: String,
    /// Table.
    pub observations: String,
    /// Parameter file.
    pub parameters: Option<String>,
    /// The command that repeats it.
    pub command: String,
}

impl ScoreReport {
    /// The report of a score.
    #[must_use]
    pub fn of(score: &Score, mapping: &Mapping, zeros: &[usize], of: ScoreOf) -> Self {
        let metrics =
            score.metrics.iter().zip(&mapping.measured).map(|(m, measured)| ScoreMetric {
                name: m.name.clone(),
                unit: unit(measured.metric).into(),
                rows: m.rows,
                unpredicted: m.unpredicted,
                error_median: m.error[0],
                error_p90: m.error[1],
                error_worst: m.error[2],
                bias: m.bias,
                points_mean: m.points.map(|[mean, _]| mean),
                points_worst: m.points.map(|[_, worst]| worst),
                held: m.held,
                half_width: m.half_width,
                interval_score: m.interval_score,
                interval_score_constant: m.constant_score,
            });
        let names: Vec<&str> = mapping.measured.iter().map(|m| m.name.as_str()).collect();
        let rows = score.rows.iter().map(|row| ScoreRow::of(row, &score.columns, &names));
        let mut warnings: Vec<String> = score
            .unknown
            .iter()
            .map(|key| format!("parameter {key} of the file is none of the scenario's"))
            .collect();
        warnings.extend(score.stated.iter().map(|key| {
            format!("parameter {key} of the file does not count: the scenario states it exactly")
        }));
        warnings.extend(score.foreign.iter().map(|group| {
            let group = if group.is_empty() { "rows without a group" } else { group };
            format!("{group}: not in the calibration; predicted with the scenario's own parameters")
        }));
        for (m, zeros) in score.metrics.iter().zip(zeros) {
            if m.rows == 0 {
                warnings.push(format!(
                    "nothing of `{}` was compared: {} measured, of which the model has no \
                     prediction (check `workloads` and `nodes` of the mapping)",
                    m.name,
                    plural(m.unpredicted, "row")
                ));
            } else if m.unpredicted > 0 {
                let text = plural(m.unpredicted, "row");
                warnings.push(format!("`{}` of {text} has no prediction", m.name));
            }
            if *zeros > 0 {
                let text = plural(*zeros, "cell");
                warnings.push(format!("`{}`: {text} of zero not compared", m.name));
            }
        }
        let outside = score.rows.iter().filter(|row| !row.outside.is_empty()).count();
        if outside > 0 {
            warnings.push(format!(
                "{} set what no row of the calibration set; their intervals were never tried",
                plural(outside, "row")
            ));
        }
        Self {
            schema_version: SCHEMA_VERSION,
            scenario: of.scenario,
            observations: of.observations,
            parameters: of.parameters,
            command: of.command,
            metrics: metrics.collect(),
            rows: rows.collect(),
            warnings,
        }
    }
}

impl Document for ScoreReport {
    fn blocks(&self) -> Vec<Block> {
        let title = format!("{} against {}", self.scenario, self.observations);
        let trust = match &self.parameters {
            Some(file) => format!("Parameters of {file}."),
            None => "Not calibrated: the scenario's own parameters.".to_owned(),
        };
        let mut blocks = vec![
            Block::Heading(1, title),
            Block::Cover(Box::new(pages::score_cover(self))),
            Block::Text(format!("{trust} {} scored.", plural(self.rows.len(), "row"))),
            Block::Heading(2, "By metric".to_owned()),
            Block::Table(metrics(&self.metrics)),
            Block::Text(
                "Errors are predicted over measured, less one; of shares also in points. `held` is \
                 the share of rows whose prediction interval of 95 % holds the measurement. The \
                 interval score (less is better) stands beside that of the constant relative width \
                 that would have been best."
                    .to_owned(),
            ),
        ];
        blocks.extend(pages::score_charts(self));
        let worst = worst(self);
        if !worst.rows.is_empty() {
            blocks.push(Block::Heading(2, "Rows that are off most".to_owned()));
            blocks.push(Block::Table(worst));
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

pub(super) fn metrics(rows: &[ScoreMetric]) -> Grid {
    let heads =
        ["metric", "#rows", "#median", "#p90", "#worst", "#bias", "#held", "#interval score"];
    let mut grid = Grid::new(1, &heads);
    for m in rows {
        let points = |points: Option<f64>| match points {
            Some(points) => format!("\n{} pt", digits(points, 2)),
            None => String::new(),
        };
        grid.row(vec![
            m.name.clone(),
            m.rows.to_string(),
            share(m.error_median),
            share(m.error_p90) + &points(m.points_mean).replace(" pt", " pt mean"),
            share(m.error_worst) + &points(m.points_worst),
            share(m.bias),
            share((m.held * 1e3).round() / 1e3),
            format!("{} / {}", digits(m.interval_score, 3), digits(m.interval_score_constant, 3)),
        ]);
    }
    grid
}

fn worst(report: &ScoreReport) -> Grid {
    let heads = ["metric", "#line", "#measured", "#predicted", "interval", "#error"];
    let mut grid = Grid::new(2, &heads);
    let mut all: Vec<(f64, &ScoreMetric, &ScoreRow, &ScoreValue)> = Vec::new();
    for m in &report.metrics {
        for row in &report.rows {
            let Some(value) = row.values.get(&m.name) else { continue };
            // Beside what is usual of the metric: one that is known poorly would fill the list.
            let usual = m.error_median.max(0.002);
            let size = value.error.map_or(f64::INFINITY, |e| e.abs() / usual);
            all.push((size, m, row, value));
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.line.cmp(&b.2.line)));
    for (_, m, row, value) in all.into_iter().take(WORST) {
        let shown = shown(&m.unit);
        let text = |x: Option<f64>| x.map_or_else(|| NOTHING.to_owned(), |x| shown.text(x));
        grid.row(vec![
            m.name.clone(),
            row.line.to_string(),
            shown.text(value.measured),
            text(value.predicted),
            format!("{} to {}", text(value.low), text(value.high)),
            value.error.map_or_else(|| NOTHING.to_owned(), share),
        ]);
    }
    grid
}

impl Kind for ScoreReport {
    const KIND: &'static str = "score";
}

/// The table's own columns, then what was predicted.
impl Render<ScoreReport> for Csv {
    fn render(&self, report: &ScoreReport, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let Some(first) = report.rows.first() else { return Ok(()) };
        let own: Vec<&String> = first.columns.keys().collect();
        let mut head: Vec<String> = vec!["line".to_owned()];
        head.extend(own.iter().map(|name| (*name).clone()));
        for m in &report.metrics {
            let parts = ["measured", "predicted", "low", "high", "error"];
            head.extend(parts.map(|part| format!("{} {part} ({})", m.name, m.unit)));
        }
        head.push("outside".to_owned());
        writer.write_record(&head)?;
        for row in &report.rows {
            let mut cells = vec![row.line.to_string()];
            let cell = |name: &&String| row.columns.get(*name).cloned().unwrap_or_default();
            cells.extend(own.iter().map(cell));
            for m in &report.metrics {
                let value = row.values.get(&m.name);
                let number = |f: &dyn Fn(&ScoreValue) -> Option<f64>| {
                    value.and_then(f).map_or_else(String::new, |x| x.to_string())
                };
                cells.push(number(&|v| Some(v.measured)));
                cells.push(number(&|v| v.predicted));
                cells.push(number(&|v| v.low));
                cells.push(number(&|v| v.high));
                cells.push(number(&|v| v.error));
            }
            cells.push(row.outside.join("; "));
            writer.write_record(&cells)?;
        }
        writer.flush()
    }
}
