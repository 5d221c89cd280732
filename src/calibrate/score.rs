//! Predictions beside measurements.

use std::collections::BTreeSet;

use super::evaluate::{Model, Told};
use super::file::ParameterFile;
use super::key::{Key, Scale};
use super::linear::zeros;
use super::mapping::Mapping;
use super::setup::Setup;
use super::spread::{Spread, by_parameters, length};
use super::subject::Effort;
use crate::experiment::ExperimentError;

/// A value beside its prediction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// In the base unit.
    pub measured: f64,
    /// In the base unit; none where the model has no such thing.
    pub predicted: Option<f64>,
    /// Prediction interval of 95 %.
    pub interval: Option<[f64; 2]>,
}

impl Scored {
    /// Predicted over measured, less one.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        self.predicted.map(|p| p / self.measured - 1.0)
    }

    /// Whether the interval holds the measurement.
    #[must_use]
    pub fn held(&self) -> Option<bool> {
        self.interval.map(|[low, high]| (low..=high).contains(&self.measured))
    }
}

/// A row with its values, by the measured columns of the mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredRow {
    /// Line of the table.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
    /// Its values; none where nothing was measured.
    pub values: Vec<Option<Scored>>,
    /// Why the row is outside of what was calibrated.
    pub outside: Vec<String>,
}

/// A metric over all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricScore {
    /// Name in the mapping.
    pub name: String,
    /// Whether it is a share, of which points are told.
    pub share: bool,
    /// Rows compared.
    pub rows: usize,
    /// Rows measured of which the model has no prediction.
    pub unpredicted: usize,
    /// Median, 90th percentile and greatest absolute relative error.
    pub error: [f64; 3],
    /// Mean relative error.
    pub bias: f64,
    /// Mean and greatest absolute difference in points (hundredths), of shares.
    pub points: Option<[f64; 2]>,
    /// Share of rows whose interval holds the measurement.
    pub held: f64,
    /// Median relative half width of the intervals.
    pub half_width: f64,
    /// Mean interval score (Gneiting, Raftery 2007) on the logarithmic scale; less is better.
    pub interval_score: f64,
    /// The same of the constant relative width that would have been best.
    pub constant_score: f64,
}

/// A score.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Names of the table's columns.
    pub columns: Vec<String>,
    /// Names of the metrics.
    pub metrics: Vec<MetricScore>,
    /// Rows in the order of the table.
    pub rows: Vec<ScoredRow>,
    /// Parameters of the file that no row has.
    pub unknown: Vec<Key>,
    /// Parameters of the file that the scenario states exactly, and which therefore do not count.
    pub stated: Vec<Key>,
    /// Groups of rows that the file has no values of, where it has those of others.
    pub foreign: Vec<String>,
}

/// Probability outside of an interval.
const ALPHA: f64 = 0.05;

/// Scores.
///
/// # Errors
/// When a run is given up or cancelled.
pub(super) fn score(
    setup: &Setup,
    file: &ParameterFile,
    told: Told<'_>,
) -> Result<Score, ExperimentError> {
    let (model, z, unknown) = model(setup, file);
    let covariance = covariance(&model, file);
    let all: Vec<usize> = (0..model.keys.len()).collect();
    let slopes = model.sensitivities(&z, &all);
    let simulated = model.simulate(&z, Effort { replications: None }, told)?;
    let spreads: Vec<Option<Spread>> = setup
        .mapping
        .measured
        .iter()
        .map(|m| file.errors.iter().find(|(name, _)| *name == m.name).map(|(_, s)| *s))
        .collect();
    let mut rows: Vec<ScoredRow> = Vec::new();
    for (p, point) in setup.points.iter().enumerate() {
        let assumed = Spread::assumed(setup.subjects[p].model_error());
        for &r in &point.rows {
            let row = &setup.observations.rows[r];
            let value = |(i, measured): (usize, &Option<f64>)| {
                let measured = (*measured)?;
                let metric = setup.mapping.measured[i].metric;
                let Some(found) = simulated[p][i] else {
                    return Some(Scored { measured, predicted: None, interval: None });
                };
                let slopes = &slopes[p][i];
                let variance = by_parameters(&covariance, slopes) + found.sampling.powi(2);
                let half = spreads[i].unwrap_or(assumed).half_width(length(slopes), variance);
                let log = metric.log(found.value);
                let interval = [metric.unlog(log - half), metric.unlog(log + half)];
                Some(Scored { measured, predicted: Some(found.value), interval: Some(interval) })
            };
            let outside = file.ranges.iter().filter_map(|range| {
                let i = setup.observations.columns.iter().position(|c| *c == range.column)?;
                range.outside(&row.cells[i])
            });
            rows.push(ScoredRow {
                line: row.line,
                cells: row.cells.clone(),
                values: row.measured.iter().enumerate().map(value).collect(),
                outside: outside.collect(),
            });
        }
    }
    rows.sort_by_key(|row| row.line);
    let metrics = metrics(&setup.mapping, &rows);
    let known = file.groups();
    let groups: BTreeSet<&str> = setup.subjects.iter().map(|s| s.group.as_str()).collect();
    let foreign = groups.iter().filter(|group| !known.is_empty() && !known.contains(*group));
    let foreign = foreign.map(|group| (*group).to_owned()).collect();
    let columns = setup.observations.columns.clone();
    let stated = stated(setup, file);
    Ok(Score { columns, metrics, rows, unknown, stated, foreign })
}

/// Parameters of the file and of its belief, with their places.
fn model<'a>(setup: &'a Setup, file: &ParameterFile) -> (Model<'a>, Vec<f64>, Vec<Key>) {
    let candidates = setup.candidates();
    let scale_of = |key: &Key| -> Option<Scale> {
        let own = setup.subjects.iter().filter(|s| key.applies(&s.group));
        own.filter_map(|s| Some(s.parameters.parameter(s.parameters.id(&key.name)?)))
            .find(|p| super::key::movable(p))
            .map(Scale::of)
    };
    let mut keys: Vec<Key> = file.posterior.keys.clone();
    if keys.is_empty() {
        keys.extend(candidates.into_iter().map(|(key, _)| key));
    }
    for (key, _) in &file.parameters {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    let known = |name: &str| setup.subjects.iter().any(|s| s.parameters.id(name).is_some());
    let unknown = file.parameters.iter().filter(|(key, _)| !known(&key.name));
    let unknown = unknown.map(|(key, _)| key.clone()).collect();
    // A value for one group replaces that for all of them.
    let groups: BTreeSet<&str> = setup.subjects.iter().map(|s| s.group.as_str()).collect();
    let mut kept: Vec<(Key, Scale)> = Vec::new();
    for key in &keys {
        let Some(scale) = scale_of(key) else { continue };
        let special = |group: &&str| {
            keys.iter().any(|own| own.name == key.name && own.group == **group && !group.is_empty())
        };
        if key.group.is_empty() && groups.iter().any(special) {
            let rest = groups.iter().filter(|group| !special(group));
            kept.extend(
                rest.map(|group| {
                    (Key { name: key.name.clone(), group: (*group).to_owned() }, scale)
                }),
            );
        } else {
            kept.push((key.clone(), scale));
        }
    }
    let (keys, scales): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
    let model = Model::new(&setup.mapping, &setup.subjects, keys, scales);
    let value = |key: &Key| {
        let own = file.parameters.iter().find(|(own, _)| own == key);
        let shared =
            || file.parameters.iter().find(|(o, _)| o.name == key.name && o.group.is_empty());
        own.or_else(shared).map(|(_, parameter)| parameter.value)
    };
    let z = model.keys.iter().zip(&model.scales);
    let z = z.map(|(key, scale)| value(key).map_or(scale.start, |v| scale.place(v))).collect();
    (model, z, unknown)
}

/// Parameters of the file that no row takes over, although it has them.
fn stated(setup: &Setup, file: &ParameterFile) -> Vec<Key> {
    let own = file.parameters.iter().map(|(key, _)| key);
    let of = |key: &&Key| {
        let rows = setup.subjects.iter().filter(|s| key.applies(&s.group));
        let mut known = rows
            .filter_map(|s| Some(s.parameters.parameter(s.parameters.id(&key.name)?)))
            .peekable();
        known.peek().is_some() && !known.any(super::key::movable)
    };
    own.filter(of).cloned().collect()
}

/// Covariance of the model's keys: that of the file, and for keys it does not have their range.
fn covariance(model: &Model<'_>, file: &ParameterFile) -> Vec<Vec<f64>> {
    let n = model.keys.len();
    let mut all = zeros(n);
    let place = |key: &Key| file.posterior.keys.iter().position(|own| own == key);
    let places: Vec<Option<usize>> = model.keys.iter().map(place).collect();
    for i in 0..n {
        for j in 0..n {
            all[i][j] = match (places[i], places[j]) {
                (Some(a), Some(b)) => file.posterior.covariance[a][b],
                (None, None) if i == j => {
                    let key = &model.keys[i];
                    match file.parameters.iter().find(|(own, _)| own.name == key.name) {
                        Some((_, parameter)) => Scale::of(parameter).prior().powi(2),
                        None => model.scales[i].prior().powi(2),
                    }
                }
                _ => 0.0,
            };
        }
    }
    all
}

/// The metrics over rows, wherever those come from.
pub(super) fn metrics(mapping: &Mapping, rows: &[ScoredRow]) -> Vec<MetricScore> {
    (0..mapping.measured.len()).map(|i| metric(mapping, i, rows)).collect()
}

fn metric(mapping: &Mapping, i: usize, rows: &[ScoredRow]) -> MetricScore {
    let m = &mapping.measured[i];
    let measured: Vec<Scored> = rows.iter().filter_map(|row| row.values[i]).collect();
    let found: Vec<Scored> = measured.iter().copied().filter(|s| s.predicted.is_some()).collect();
    let errors: Vec<f64> = found.iter().filter_map(Scored::error).collect();
    let n = found.len().max(1) as f64;
    let mut sizes: Vec<f64> = errors.iter().map(|e| e.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let at = |q: f64| super::quantile(&sizes, q);
    let points = m.metric.is_share().then(|| {
        let points = found.iter().filter_map(|s| Some((s.predicted? - s.measured).abs() * 100.0));
        let points: Vec<f64> = points.collect();
        [points.iter().sum::<f64>() / n, points.iter().copied().fold(0.0, f64::max)]
    });
    let held = found.iter().filter(|s| s.held() == Some(true)).count() as f64 / n;
    let log = |x: f64| m.metric.log(x);
    let mut residuals = Vec::new();
    let mut half_widths = Vec::new();
    let mut interval_score = 0.0;
    for s in &found {
        let (Some(predicted), Some([low, high])) = (s.predicted, s.interval) else { continue };
        let (x, low, high) = (log(s.measured), log(low), log(high));
        residuals.push((log(predicted) - x).abs());
        half_widths.push((high - low) / 2.0);
        interval_score += interval(x, low, high) / n;
    }
    half_widths.sort_by(f64::total_cmp);
    residuals.sort_by(f64::total_cmp);
    // The best constant width has an end at some residual.
    let constant = |half: f64| residuals.iter().map(|r| interval(*r, -half, half)).sum::<f64>() / n;
    let constant_score = residuals.iter().map(|&r| constant(r)).fold(f64::INFINITY, f64::min);
    MetricScore {
        name: m.name.clone(),
        share: m.metric.is_share(),
        rows: found.len(),
        unpredicted: measured.len() - found.len(),
        error: [0.5, 0.9, 1.0].map(|q| none(at(q), found.len())),
        bias: none(errors.iter().sum::<f64>() / n, found.len()),
        points: points.filter(|_| !found.is_empty()),
        held: none(held, found.len()),
        half_width: super::quantile(&half_widths, 0.5),
        interval_score,
        constant_score: if constant_score.is_finite() { constant_score } else { 0.0 },
    }
}

/// What a program must not take for a perfect score.
fn none(of: f64, rows: usize) -> f64 {
    if rows == 0 { f64::NAN } else { of }
}

/// Width, and for what lies outside 2 / alpha times how far.
fn interval(x: f64, low: f64, high: f64) -> f64 {
    (high - low) + 2.0 / ALPHA * ((low - x).max(0.0) + (x - high).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_scores_by_hand() {
        assert_eq!(interval(1.0, 0.0, 2.0), 2.0);
        assert!((interval(2.1, 0.0, 2.0) - (2.0 + 40.0 * 0.1)).abs() < 1e-9);
        let scored = Scored { measured: 2.0, predicted: Some(2.2), interval: Some([1.9, 2.5]) };
        assert!((scored.error().unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(scored.held(), Some(true));
    }
}
