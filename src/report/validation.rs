//! What `validate` shows: each family of measurements, the error of the rows it kept back, and the
//! target.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{self, Block, Document};
use super::json::Kind;
use super::number::{NOTHING, digits, plural, share};
use super::score::{ScoreRow, unit};
use super::{Render, SCHEMA_VERSION, Word, pages};
use crate::calibrate::{FoldScore, Mapping, MetricScore, Target, Validation};

/// All families.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValidationReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Families by folder.
    pub families: Vec<FamilyReport>,
    /// The command that repeats it.
    pub command: String,
}

/// A family.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FamilyReport {
    /// Its folder.
    pub name: String,
    /// Title.
    pub title: String,
    /// Where the measurements come from.
    pub source: String,
    /// Error of all rows kept back, then fold by fold.
    pub rows: Vec<ValidationRow>,
    /// Every row kept back beside its prediction, fold by fold.
    pub predictions: Vec<ValidationPrediction>,
}

/// A row that a fold kept back, as a score has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValidationPrediction {
    /// The fold.
    pub fold: String,
    /// The row.
    #[serde(flatten)]
    pub row: ScoreRow,
}

/// A metric of a fold, or of all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ValidationRow {
    /// The fold; `all` for the rows of all folds.
    pub fold: String,
    /// The metric.
    pub metric: String,
    /// Unit of its values.
    pub unit: Word,
    /// Rows kept back.
    pub rows: usize,
    /// Median absolute relative error.
    pub error_median: f64,
    /// 90th percentile.
    pub error_p90: f64,
    /// Greatest.
    pub error_worst: f64,
    /// Mean and greatest difference in points, of shares.
    pub points: Option<[f64; 2]>,
    /// Share of rows whose prediction interval holds the measurement.
    pub held: f64,
    /// Targets as written, where there are any; of all folds only.
    pub target: Option<String>,
    /// Whether they are reached.
    pub reached: Option<bool>,
}

const ALL: &str = "all";

impl FamilyReport {
    /// The report of a family in a folder called `name`.
    #[must_use]
    pub fn of(name: String, validation: &Validation, mapping: &Mapping) -> Self {
        let family = &validation.family;
        let of = |m: &MetricScore| {
            let found = mapping.measured.iter().find(|measured| measured.name == m.name);
            found.map_or("", |measured| unit(measured.metric))
        };
        let mut rows: Vec<ValidationRow> = validation
            .all
            .iter()
            .map(|m| row(ALL, m, of(m), family.targets.iter().find(|t| t.metric == m.name)))
            .collect();
        for fold in &validation.folds {
            rows.extend(fold.metrics.iter().map(|m| row(&fold.name, m, of(m), None)));
        }
        rows.retain(|row| row.rows > 0 || row.target.is_some());
        let names: Vec<&str> = validation.all.iter().map(|m| m.name.as_str()).collect();
        let of_fold = |fold: &FoldScore| -> Vec<ValidationPrediction> {
            let row = |row| ScoreRow::of(row, &validation.columns, &names);
            let of = |own| ValidationPrediction { fold: fold.name.clone(), row: row(own) };
            fold.rows.iter().map(of).collect()
        };
        let predictions = validation.folds.iter().flat_map(of_fold).collect();
        let (title, source) = (family.title.clone(), family.source.clone());
        Self { name, title, source, rows, predictions }
    }
}

fn row(fold: &str, m: &MetricScore, unit: &'static str, target: Option<&Target>) -> ValidationRow {
    let mut words = Vec::new();
    // What was not compared reaches nothing.
    let mut reached = m.rows > 0 && m.unpredicted == 0;
    if let Some(target) = target {
        let names = ["median", "p90", "worst"];
        for ((name, most), error) in names.iter().zip(target.error).zip(m.error) {
            if let Some(most) = most {
                words.push(format!("{name} {}", share(most)));
                reached &= error <= most;
            }
        }
        let names = ["mean", "worst"];
        // Of what is no share there are no points, and a target of them is not reached.
        let points = m.points.unwrap_or([f64::INFINITY; 2]);
        for ((name, most), points) in names.iter().zip(target.points).zip(points) {
            if let Some(most) = most {
                words.push(format!("{name} {} pt", digits(most, 2)));
                reached &= points <= most;
            }
        }
    }
    ValidationRow {
        fold: fold.to_owned(),
        metric: m.name.clone(),
        unit: unit.into(),
        rows: m.rows,
        error_median: m.error[0],
        error_p90: m.error[1],
        error_worst: m.error[2],
        points: m.points,
        held: m.held,
        target: (!words.is_empty()).then(|| words.join(", ")),
        reached: (!words.is_empty()).then_some(reached),
    }
}

impl ValidationReport {
    /// The families, with the command that judged them.
    #[must_use]
    pub const fn new(families: Vec<FamilyReport>, command: String) -> Self {
        Self { schema_version: SCHEMA_VERSION, families, command }
    }

    /// Whether a target is missed.
    #[must_use]
    pub fn missed(&self) -> bool {
        self.families.iter().flat_map(|f| &f.rows).any(|row| row.reached == Some(false))
    }
}

impl Document for ValidationReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, "Held against measurements it was not fitted on".to_owned()),
            Block::Cover(Box::new(pages::validation_cover(self))),
            Block::Text(
                "Every fold is fitted on the other rows. Errors are of the rows kept back, \
                 predicted over measured less one; `held` is the share of them inside the \
                 prediction interval of 95 %."
                    .to_owned(),
            ),
        ];
        for family in &self.families {
            blocks.push(Block::Heading(2, format!("{}: {}", family.name, family.title)));
            let (all, folds): (Vec<_>, Vec<_>) = family.rows.iter().partition(|r| r.fold == ALL);
            blocks.push(Block::Table(table(&all, false)));
            blocks.extend(pages::validation_charts(family));
            let count =
                folds.iter().map(|row| &row.fold).collect::<std::collections::BTreeSet<_>>();
            if count.len() > 1 {
                blocks.push(Block::Text(format!("By fold ({}):", plural(count.len(), "fold"))));
                blocks.push(Block::Table(table(&folds, true)));
            }
            blocks.push(Block::Text(format!("Source: {}.", family.source)));
        }
        let made = format!("csvnet {}.", env!("CARGO_PKG_VERSION"));
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

fn table(rows: &[&ValidationRow], by_fold: bool) -> Grid {
    let heads = ["metric", "#rows", "#median", "#p90", "#worst", "#held"];
    let mut grid = if by_fold {
        Grid::new(1, &["kept back", "metric", "#rows", "#median", "#p90", "#worst", "#held"])
    } else {
        let mut heads = heads.to_vec();
        heads.push("target");
        Grid::new(1, &heads)
    };
    for row in rows {
        let points = row.points;
        let point = |i: usize, word: &str| {
            points.map_or_else(String::new, |p| format!("\n{} pt{word}", digits(p[i], 2)))
        };
        let mut cells = if by_fold { vec![row.fold.clone()] } else { Vec::new() };
        cells.extend([
            row.metric.clone(),
            row.rows.to_string(),
            share(row.error_median),
            share(row.error_p90) + &point(0, " mean"),
            share(row.error_worst) + &point(1, ""),
            share((row.held * 1e3).round() / 1e3),
        ]);
        if !by_fold {
            cells.push(match (&row.target, row.reached) {
                (Some(target), Some(true)) => format!("{target}: reached"),
                (Some(target), _) => format!("{target}: MISSED"),
                _ => NOTHING.to_owned(),
            });
        }
        grid.row(cells);
    }
    grid
}

impl Kind for ValidationReport {
    const KIND: &'static str = "validation";
}

impl Render<ValidationReport> for Csv {
    fn render(&self, report: &ValidationReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for family in &report.families {
            rows.enter(&family.name, "validation");
            for row in &family.rows {
                let subject = format!("{} ({})", row.metric, row.fold);
                rows.whole(&subject, "rows", "count", row.rows as u64, "")?;
                rows.number(&subject, "error_median", "fraction", row.error_median, "")?;
                rows.number(&subject, "error_p90", "fraction", row.error_p90, "")?;
                rows.number(&subject, "error_worst", "fraction", row.error_worst, "")?;
                rows.number(&subject, "held", "fraction", row.held, "")?;
            }
        }
        rows.finish()
    }
}
