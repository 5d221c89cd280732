//! A family of measurements that judges the model: fitted on some rows, held against others.
//!
//! `family.toml` of a family says what its rows are, which of them each fold keeps back, and what
//! the error of the rows kept back may be at most.

use std::collections::BTreeSet;
use std::path::Path;

use super::Watch;
use super::calibration::CalibrationError;
use super::file::{ParameterFile, write};
use super::glob::Glob;
use super::observation::Observation;
use super::score::{MetricScore, ScoredRow, metrics};
use super::setup::Setup;
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::experiment::ExperimentError;
use crate::scenario::document::{Document, FileAccess, Node, Reader, Value};
use crate::units::UnitKind;

/// Texts of a column that a fault names.
const NAMED: usize = 12;

/// Folds where none are stated.
const FOLDS: usize = 5;

/// Rows kept back together.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// What they have in common.
    pub name: String,
    /// Columns and the texts that keep a row back; of each column one must fit.
    pub hold_out: Vec<(String, Glob)>,
}

/// What an error may be at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Metric of the mapping.
    pub metric: String,
    /// Median, 90th percentile and greatest absolute relative error.
    pub error: [Option<f64>; 3],
    /// Mean and greatest difference in points, of shares.
    pub points: [Option<f64>; 2],
}

/// What a family is.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Title.
    pub title: String,
    /// Where the measurements come from.
    pub source: String,
    /// What is kept back.
    pub folds: Vec<Fold>,
    /// What is to be reached.
    pub targets: Vec<Target>,
    /// The file.
    written: Document,
}

/// What one fold came to.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldScore {
    /// Its name.
    pub name: String,
    /// Rows fitted on.
    pub fitted: usize,
    /// By metric, of the rows kept back.
    pub metrics: Vec<MetricScore>,
    /// Those rows.
    pub rows: Vec<ScoredRow>,
}

/// What a family came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Validation {
    /// The family.
    pub family: Family,
    /// Names of the table's columns.
    pub columns: Vec<String>,
    /// Fold by fold.
    pub folds: Vec<FoldScore>,
    /// By metric, of the rows of all folds; a row that several keep back is that of the first.
    pub all: Vec<MetricScore>,
}

/// Why a family could not be judged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidationError {
    /// A fold keeps back no row, or all of them.
    #[error("fold `{name}` keeps back {kept} of {all} rows; some must remain to be fitted on")]
    Fold {
        /// The fold.
        name: String,
        /// Rows it keeps back.
        kept: usize,
        /// All rows.
        all: usize,
    },
    /// A target is of no metric.
    #[error("there is no metric `{metric}` for a target; the mapping has {known}")]
    Target {
        /// The target.
        metric: String,
        /// What there is.
        known: String,
    },
    /// A fold could not be fitted.
    #[error("fold `{name}`: {source}")]
    Calibration {
        /// The fold.
        name: String,
        /// Why.
        source: CalibrationError,
    },
    /// The file of a fit could not be read back.
    #[error(transparent)]
    File(#[from] Diagnostics),
    /// Rows could not be predicted.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

impl Family {
    /// Reads a family file.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn load(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        Self::read(&Document::load(path, files)?)
    }

    /// The family in a document.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(document: &Document) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::new();
        let mut root = Reader::root(document, &mut faults);
        let title = root.required("title").unwrap_or_default();
        let source = root.required("source").unwrap_or_default();
        let folds = root.array("folds", |_, reader| {
            let name = reader.required("name").unwrap_or_default();
            let there = reader.must_have("hold-out");
            let hold_out = if there { reader.table("hold-out", hold_out) } else { None };
            Fold { name, hold_out: hold_out.unwrap_or_default() }
        });
        let targets = root.tables("targets", |metric, reader| {
            let mut at = |field: &str| reader.quantity(field, UnitKind::Ratio);
            let error = [at("median"), at("p90"), at("worst")];
            let points = [at("mean-points"), at("worst-points")].map(|p| p.map(|p| p * 100.0));
            Target { metric: metric.to_owned(), error, points }
        });
        root.finish();
        let written = document.clone();
        faults.into_result(Self { title, source, folds, targets, written })
    }
}

impl Family {
    /// A fault of what a fold keeps back: of a column, or of one text of it.
    fn fault(&self, fold: usize, column: &str, text: Option<&str>, problem: String) -> Diagnostic {
        let field = format!("folds[{fold}].hold-out");
        let table = self.written.get(&field);
        let entry = table.and_then(Node::as_table).and_then(|table| table.get(column));
        let mut node = entry.map(|entry| &entry.node).or(table);
        if let Some(Node { value: Value::Array(items), .. }) = node
            && let Some(item) = items.iter().find(|item| text.is_some() && item.as_str() == text)
        {
            node = Some(item);
        }
        let at = node.unwrap_or(self.written.root()).origin();
        self.written.fault(&at, &format!("{field}.{column}"), problem)
    }
}

fn hold_out(reader: &mut Reader<'_, '_>) -> Vec<(String, Glob)> {
    let columns: Vec<&str> = reader.keys().collect();
    let mut found = Vec::new();
    for column in columns {
        let texts: Option<Vec<String>> = match reader.raw(column).map(|node| &node.value) {
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().map(str::to_owned)).collect()
            }
            Some(Value::String(text)) => Some(vec![text.clone()]),
            _ => None,
        };
        if let Some(texts) = texts {
            found.push((column.to_owned(), Glob::any_of(&texts)));
        } else {
            let help = Some("write a list of texts, `*` for anything".to_owned());
            reader.fault_at(column, "expected the texts of cells", help);
        }
    }
    found
}

/// What folds keep back and no row has.
fn unheld(setup: &Setup, family: &Family) -> Diagnostics {
    let mut faults = Diagnostics::new();
    let observations = &setup.observations;
    let table = &observations.name;
    for (i, fold) in family.folds.iter().enumerate() {
        for (column, texts) in &fold.hold_out {
            let Some(at) = observations.columns.iter().position(|own| own == column) else {
                let near = suggest(column, observations.columns.iter().map(String::as_str));
                let fault = family.fault(i, column, None, format!("{table} has no such column"));
                faults.push(match near {
                    Some(near) => fault.with_help(format!("did you mean `{near}`?")),
                    None => fault,
                });
                continue;
            };
            let cells: BTreeSet<&str> =
                observations.rows.iter().map(|row| row.cells[at].as_str()).collect();
            for text in texts.patterns() {
                let one = Glob::any_of(std::slice::from_ref(text));
                if cells.iter().any(|cell| one.matches(cell)) {
                    continue;
                }
                let problem = format!("no row of {table} has `{text}` in this column");
                let some: Vec<&str> = cells.iter().copied().take(NAMED).collect();
                let more = if cells.len() > some.len() { " and others" } else { "" };
                let help = format!("it has {}{more}", some.join(", "));
                faults.push(family.fault(i, column, Some(text), problem).with_help(help));
            }
        }
    }
    faults
}

/// Fits and scores fold by fold.
///
/// # Errors
/// [`ValidationError`] when a fold cannot be fitted or scored.
pub fn validate(
    setup: &Setup,
    family: &Family,
    watch: &Watch<'_>,
) -> Result<Validation, ValidationError> {
    let known: Vec<&str> = setup.mapping.measured.iter().map(|m| m.name.as_str()).collect();
    if let Some(target) = family.targets.iter().find(|t| !known.contains(&t.metric.as_str())) {
        let (metric, known) = (target.metric.clone(), known.join(", "));
        return Err(ValidationError::Target { metric, known });
    }
    unheld(setup, family).into_result(())?;
    let columns = setup.observations.columns.clone();
    let count = if family.folds.is_empty() { FOLDS } else { family.folds.len() };
    let kept_back = |fold: usize, point: usize, row: &Observation| match family.folds.get(fold) {
        None => point % FOLDS == fold,
        Some(fold) => fold.hold_out.iter().all(|(column, texts)| {
            let i = columns.iter().position(|own| own == column);
            i.is_some_and(|i| texts.matches(&row.cells[i]))
        }),
    };
    let mut folds = Vec::new();
    let mut all: Vec<ScoredRow> = Vec::new();
    for fold in 0..count {
        let named = family.folds.get(fold).map(|fold| fold.name.clone());
        let name = named.unwrap_or_else(|| format!("every fifth point, from {}", fold + 1));
        let share = |done: f64| (fold as f64 + done) / count as f64;
        let rest = setup.only(&|point, row| !kept_back(fold, point, row));
        let back = setup.only(&|point, row| kept_back(fold, point, row));
        let (fitted, kept) = (rest.observations.rows.len(), back.observations.rows.len());
        if fitted == 0 || kept == 0 {
            return Err(ValidationError::Fold { name, kept, all: fitted + kept });
        }
        let progress = |done: f64, _: &str| (watch.progress)(share(0.8 * done), &name);
        let own = Watch { progress: &progress, ..*watch };
        let calibration = rest
            .calibrate(&own)
            .map_err(|source| ValidationError::Calibration { name: name.clone(), source })?;
        // By way of the file, so that what is judged is what users get.
        let text = write(&calibration, &[]);
        let file = Document::from_text("fitted", &text).and_then(|d| ParameterFile::read(&d))?;
        let progress = |done: f64, _: &str| (watch.progress)(share(0.8 + 0.2 * done), &name);
        let own = Watch { progress: &progress, ..*watch };
        let score = back.score(&file, &own)?;
        // A row that several folds keep back counts once.
        let new = |row: &&ScoredRow| !all.iter().any(|own| own.line == row.line);
        let rows: Vec<ScoredRow> = score.rows.iter().filter(new).cloned().collect();
        all.extend(rows);
        folds.push(FoldScore { name, fitted, metrics: score.metrics, rows: score.rows });
    }
    let all = metrics(&setup.mapping, &all);
    Ok(Validation { family: family.clone(), columns, folds, all })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_read() {
        let text = "title = 'a'\nsource = 'b'\n[[folds]]\nname = 'mixed'\n\
                    hold-out = { read_pct = ['50', '7*'] }\n[targets.iops]\np90 = '1.5 %'\n\
                    [targets.cpu]\nmean-points = '1 %'\n";
        let family = Family::read(&Document::from_text("f.toml", text).unwrap()).unwrap();
        assert!(family.folds[0].hold_out[0].1.matches("70"));
        let iops = family.targets.iter().find(|t| t.metric == "iops").unwrap();
        assert_eq!(iops.error, [None, Some(0.015), None]);
        let cpu = family.targets.iter().find(|t| t.metric == "cpu").unwrap();
        assert_eq!(cpu.points, [Some(1.0), None]);
        let wrong = Document::from_text("f.toml", "titel = 'a'\n").unwrap();
        let faults = Family::read(&wrong).unwrap_err().to_string();
        assert!(faults.contains("did you mean `title`?") && faults.contains("source"), "{faults}");
    }
}
