//! Fits a scenario to a table, and tells how far the fit can be trusted.

use super::check;
use super::evaluate::{Model, Told};
use super::fit::{Entry, Found, Progress, believe, fit, normal, places};
use super::key::Key;
use super::linear::{inverse, solve};
use super::profile::intervals;
use super::range::{Range, ranges};
use super::select::{Choice, Unfitted, choose};
use super::setup::Setup;
use super::spread::{Left, Spread, by_parameters, length};
use crate::experiment::ExperimentError;
use crate::provenance::{Parameter, ParameterSet, Source};
use crate::random::{Seed, Stream};
use crate::units::{UnitKind, format_as};

/// Draws of the bootstrap.
const DRAWS: u64 = 400;

/// Folds of the cross-validation.
const FOLDS: usize = 5;

/// Standard deviations beyond which a value is told as an outlier.
const OUTLIER: f64 = 4.0;

/// Rows that set different things, below which nothing is fitted.
const FEWEST: usize = 3;

/// Why nothing was fitted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Too few rows that differ.
    #[error(
        "of rows that set different values there are {found}, too few to fit anything; {FEWEST} \
         are needed, and the mapping's [set] tells which columns set what"
    )]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// Nothing that may be fitted is told by the data.
    #[error("the measurements tell none of the parameters:{reasons}")]
    NothingTold {
        /// Each candidate with its reason.
        reasons: String,
    },
    /// The same was measured and came out different.
    #[error("the measurements contradict each other:{pairs}")]
    Contradiction {
        /// The rows.
        pairs: String,
    },
    /// The model cannot come near.
    #[error(
        "the scenario does not explain `{metric}`: half of its rows are off by {median} or more \
         whatever the parameters are; check the units of the mapping, and that the scenario is \
         what was measured{worst}"
    )]
    Unexplained {
        /// The metric.
        metric: String,
        /// Median error.
        median: String,
        /// The worst rows.
        worst: String,
    },
    /// A run was given up.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

/// A fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Which.
    pub key: Key,
    /// As it is now; its range is the interval at 95 %, the wider of bootstrap and profile
    /// likelihood, its source `fitted`.
    pub parameter: Parameter,
    /// As it was before.
    pub before: Parameter,
    /// Whether it stands at an end of its documented range.
    pub at_bound: bool,
}

/// A parameter that kept its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Which.
    pub key: Key,
    /// As it is.
    pub parameter: Parameter,
    /// Why.
    pub reason: Unfitted,
    /// The fitted one it cannot be told from.
    pub alike: Option<Key>,
}

/// A metric, over all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricError {
    /// Name in the mapping.
    pub name: String,
    /// Whether it was fitted.
    pub fitted: bool,
    /// Whether it is a share.
    pub share: bool,
    /// Rows.
    pub rows: usize,
    /// Median and 90th percentile of the absolute error of the fit: relative, of shares the
    /// difference itself, of which a hundredth is a point.
    pub fit: [f64; 2],
    /// The same of rows left out, five folds of points.
    pub held_out: [f64; 2],
    /// Mean error of rows left out, in the same measure.
    pub bias: f64,
    /// Error of a prediction.
    pub spread: Spread,
}

/// A value of a row beside its prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual {
    /// Line of the table.
    pub line: u64,
    /// Place of the metric.
    pub metric: usize,
    /// In the base unit.
    pub measured: f64,
    /// In the base unit.
    pub predicted: f64,
    /// Logarithm of predicted over measured.
    pub log: f64,
    /// The same with the row's fold left out of the fit.
    pub left_out: f64,
    /// Standard deviations of the metric.
    pub deviations: f64,
}

impl Residual {
    /// Whether it is told as an outlier.
    #[must_use]
    pub fn outlier(&self) -> bool {
        self.deviations.abs() > OUTLIER
    }
}

/// A calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Fitted parameters, the best told first.
    pub fitted: Vec<Fitted>,
    /// The others that were considered.
    pub kept: Vec<Kept>,
    /// Correlation of the fitted ones.
    pub correlation: Vec<Vec<f64>>,
    /// Error by metric.
    pub metrics: Vec<MetricError>,
    /// Every value beside its prediction.
    pub residuals: Vec<Residual>,
    /// What the rows set: outside of it nothing was tried.
    pub ranges: Vec<Range>,
    /// Parameters with their belief after the measurements.
    pub posterior: Posterior,
    /// Rows, and points among them.
    pub rows: (usize, usize),
    /// Kinds of path that the rows took, see [`path_kind`](super::path_kind).
    pub measured: Vec<String>,
}

/// Covariance of parameters on their logarithmic scales.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Posterior {
    /// The parameters.
    pub keys: Vec<Key>,
    /// Their covariance.
    pub covariance: Vec<Vec<f64>>,
}

/// Slope times standard deviation below which a parameter need not be kept in mind.
const NEGLIGIBLE: f64 = 5e-4;

/// Fits.
///
/// # Errors
/// [`CalibrationError`] with the reason when the data are too few, contradict each other, tell
/// nothing, or are not explained; or when cancelled.
pub(super) fn calibrate(
    setup: &Setup,
    told: Told<'_>,
    progress: Progress<'_>,
) -> Result<Calibration, CalibrationError> {
    if setup.points.len() < FEWEST {
        return Err(CalibrationError::TooFew { found: setup.points.len() });
    }
    check::contradictions(setup)?;
    let (keys, scales): (Vec<_>, Vec<_>) = setup.candidates().into_iter().unzip();
    let model = Model::new(&setup.mapping, &setup.subjects, keys, scales);
    let entries = setup.entries();
    let noise = setup.noise();
    let allowed: Vec<usize> =
        (0..model.keys.len()).filter(|&k| setup.mapping.fit.matches(&model.keys[k].name)).collect();
    let all: Vec<usize> = (0..model.keys.len()).collect();
    progress(0.0, "choosing parameters");
    let choice = chosen(setup, &model, &entries, &allowed, &noise, told)?;
    if choice.chosen.is_empty() {
        let told = |(k, reason): &(usize, Unfitted)| {
            format!("\n  {}: {}", model.keys[*k], words(*reason, &model.keys))
        };
        let reasons = choice.left.iter().take(20).map(told).collect();
        return Err(CalibrationError::NothingTold { reasons });
    }
    let mut active = choice.chosen.clone();
    active.sort_unstable();
    let found = fit(&model, entries, &active, &all, &noise, told, progress)?;
    check::explained(setup, &found)?;
    Ok(assemble(setup, &model, &found, &choice))
}

/// Chooses at the source values, then once more where a first search has led.
fn chosen(
    setup: &Setup,
    model: &Model<'_>,
    entries: &[Entry],
    allowed: &[usize],
    noise: &[f64],
    told: Told<'_>,
) -> Result<Choice, CalibrationError> {
    let z = model.start();
    let percentiles =
        entries.iter().any(|e| e.fit && !setup.mapping.measured[e.metric].metric.is_mean());
    let slopes = if percentiles {
        let effort = super::subject::Effort { replications: Some(2) };
        model.simulated_sensitivities(&z, (allowed, allowed), effort, told)?
    } else {
        model.sensitivities(&z, allowed)
    };
    let most = (setup.points.len() / 2).max(1);
    // A model error of some percent keeps a great many rows from telling everything.
    let sigmas: Vec<f64> = noise.iter().map(|n| n.max(0.02)).collect();
    Ok(choose(entries, &slopes, &model.scales, allowed, &sigmas, most))
}

/// Why a parameter was not fitted.
#[must_use]
pub fn words(reason: Unfitted, keys: &[Key]) -> String {
    match reason {
        Unfitted::Silent => "moves nothing that was measured".into(),
        Unfitted::Weak => "is not told better than before".into(),
        Unfitted::Collinear { with } => match keys.get(with) {
            Some(key) => format!("cannot be told from {key}"),
            None => "cannot be told from another".into(),
        },
    }
}

fn assemble(setup: &Setup, model: &Model<'_>, found: &Found, choice: &Choice) -> Calibration {
    let mut active = choice.chosen.clone();
    active.sort_unstable();
    let samples = bootstrap(setup, model, found, &active);
    let profiles = intervals(model, found, &active);
    let left_out = cross_validated(setup, model, found, &active);
    let posterior = posterior(setup, model, found);
    let parameter = |k: usize| {
        let subject = setup.subjects.iter().find(|s| {
            model.keys[k].applies(&s.group) && s.parameters.id(&model.keys[k].name).is_some()
        });
        subject.and_then(|s| {
            let id = s.parameters.id(&model.keys[k].name)?;
            Some(s.parameters.parameter(id).clone())
        })
    };
    let mut fitted = Vec::new();
    for &k in &choice.chosen {
        let Some(before) = parameter(k) else { continue };
        let place = active.iter().position(|&a| a == k).unwrap_or(0);
        let mut own: Vec<f64> = samples.iter().map(|s| s[place]).collect();
        own.sort_by(f64::total_cmp);
        let scale = &model.scales[k];
        let z = found.z[k];
        let at = |q: f64| {
            let i = (q * own.len().saturating_sub(1) as f64).round() as usize;
            own.get(i).copied().unwrap_or(z)
        };
        let value = scale.value(z);
        // The wider of two: resampled rows, and how far the likelihood lets it move.
        let (from, to) = profiles[place];
        let low = scale.value(at(0.025).min(from)).min(value);
        let high = scale.value(at(0.975).max(to)).max(value);
        let at_bound = z <= scale.low + 1e-6 || z >= scale.high - 1e-6;
        let note = format!(
            "was {} ({}){}",
            format_as(before.kind, before.value),
            before.source,
            if at_bound { "; stands at an end of its documented range" } else { "" }
        );
        let parameter = Parameter {
            value,
            low,
            high,
            source: Source::Fitted,
            note: Some(note),
            ..before.clone()
        };
        fitted.push(Fitted { key: model.keys[k].clone(), parameter, before, at_bound });
    }
    let kept = choice.left.iter().filter_map(|&(k, reason)| {
        let alike = match reason {
            Unfitted::Collinear { with } => Some(model.keys[with].clone()),
            _ => None,
        };
        Some(Kept { key: model.keys[k].clone(), parameter: parameter(k)?, reason, alike })
    });
    let residuals = residuals(setup, found, &left_out);
    Calibration {
        fitted,
        kept: kept.collect(),
        correlation: correlation(&samples, &active, &choice.chosen),
        metrics: metrics(setup, found, &left_out, &posterior_of(model, &posterior)),
        residuals,
        ranges: ranges(setup),
        posterior,
        rows: (setup.observations.rows.len(), setup.points.len()),
        measured: setup.path_kinds(),
    }
}

/// Residuals at the end of the search, by entry; none where there is no prediction.
fn rest(found: &Found, e: &Entry) -> Option<f64> {
    found.simulated[e.point][e.metric].map(|p| p - e.log)
}

/// Parameters of resampled points, one step from the best.
fn bootstrap(setup: &Setup, model: &Model<'_>, found: &Found, active: &[usize]) -> Vec<Vec<f64>> {
    let n = setup.points.len();
    (0..DRAWS)
        .map(|draw| {
            let stream = Stream::new(Seed(1), draw, "bootstrap of rows");
            let mut times = vec![0.0_f64; n];
            for i in 0..n as u64 {
                let p = ((stream.unit(i) * n as f64) as usize).min(n - 1);
                times[p] += 1.0;
            }
            let weighted: Vec<Entry> = found
                .entries
                .iter()
                .map(|e| Entry { weight: e.weight * times[e.point], ..e.clone() })
                .collect();
            moved(model, found, &weighted, active)
        })
        .collect()
}

/// The place one step away when the entries weigh as stated.
fn moved(model: &Model<'_>, found: &Found, entries: &[Entry], active: &[usize]) -> Vec<f64> {
    let (mut a, mut b) = normal(entries, &found.simulated, &found.slopes, &found.sigmas, active);
    // What these entries do not tell goes back to the belief from before.
    believe(model, &found.z, active, &mut a, &mut b);
    let delta = solve(&a, &b).unwrap_or_else(|| vec![0.0; active.len()]);
    let at = |(k, d): (&usize, &f64)| model.scales[*k].clamped(found.z[*k] + d.clamp(-1.0, 1.0));
    active.iter().zip(&delta).map(at).collect()
}

/// Residuals of each entry with its fold left out.
fn cross_validated(
    setup: &Setup,
    model: &Model<'_>,
    found: &Found,
    active: &[usize],
) -> Vec<Option<f64>> {
    let folds = FOLDS.min(setup.points.len());
    let places_of: Vec<Vec<f64>> = (0..folds)
        .map(|fold| {
            let kept: Vec<Entry> = found
                .entries
                .iter()
                .map(|e| {
                    let weight = if e.point % folds == fold { 0.0 } else { e.weight };
                    Entry { weight, ..e.clone() }
                })
                .collect();
            moved(model, found, &kept, active)
        })
        .collect();
    found
        .entries
        .iter()
        .map(|e| {
            let z = &places_of[e.point % folds];
            let shift: f64 = places(&found.slopes[e.point][e.metric], active)
                .iter()
                .map(|&(i, slope)| slope * (z[i] - found.z[active[i]]))
                .sum();
            Some(rest(found, e)? + shift)
        })
        .collect()
}

/// Covariance after the measurements, of the parameters that move anything noticeably.
fn posterior(setup: &Setup, model: &Model<'_>, found: &Found) -> Posterior {
    let all: Vec<usize> = (0..model.keys.len()).collect();
    let fitted = setup.mapping.measured.iter().filter(|m| m.fit).count().max(1);
    // Values of one row are not independent: a row counts once, however much was measured of it.
    let entries: Vec<Entry> = found
        .entries
        .iter()
        .map(|e| Entry { weight: e.weight / fitted as f64, ..e.clone() })
        .collect();
    let (mut a, _) = normal(&entries, &found.simulated, &found.slopes, &found.sigmas, &all);
    for (i, row) in a.iter_mut().enumerate() {
        row[i] += 1.0 / model.scales[i].prior().powi(2);
    }
    let Some(covariance) = inverse(&a) else { return Posterior::default() };
    let steepest = |k: usize| {
        let slopes = found.slopes.iter().flatten().flatten();
        slopes.filter(|(own, _)| *own == k).map(|(_, s)| s.abs()).fold(0.0, f64::max)
    };
    let kept: Vec<usize> = all
        .into_iter()
        .filter(|&k| steepest(k) * covariance[k][k].max(0.0).sqrt() > NEGLIGIBLE)
        .collect();
    Posterior {
        keys: kept.iter().map(|&k| model.keys[k].clone()).collect(),
        covariance: kept
            .iter()
            .map(|&i| kept.iter().map(|&j| covariance[i][j]).collect())
            .collect(),
    }
}

/// The places of the posterior's keys in the model, with its covariance.
fn posterior_of<'p>(
    model: &Model<'_>,
    posterior: &'p Posterior,
) -> (Vec<usize>, &'p Vec<Vec<f64>>) {
    let place = |key: &Key| model.keys.iter().position(|own| own == key);
    (posterior.keys.iter().filter_map(place).collect(), &posterior.covariance)
}

fn correlation(samples: &[Vec<f64>], active: &[usize], order: &[usize]) -> Vec<Vec<f64>> {
    let n = samples.len() as f64;
    let column = |k: usize| {
        let place = active.iter().position(|&a| a == k).unwrap_or(0);
        let mean = samples.iter().map(|s| s[place]).sum::<f64>() / n;
        samples.iter().map(|s| s[place] - mean).collect::<Vec<f64>>()
    };
    let columns: Vec<Vec<f64>> = order.iter().map(|&k| column(k)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let cell = |a: &Vec<f64>, b: &Vec<f64>| {
        let size = (dot(a, a) * dot(b, b)).sqrt();
        if size > 0.0 { dot(a, b) / size } else { 0.0 }
    };
    columns.iter().map(|a| columns.iter().map(|b| cell(a, b)).collect()).collect()
}

fn residuals(setup: &Setup, found: &Found, left_out: &[Option<f64>]) -> Vec<Residual> {
    let of = |(e, left): (&Entry, &Option<f64>)| {
        let metric = setup.mapping.measured[e.metric].metric;
        let log = rest(found, e)?;
        Some(Residual {
            line: setup.observations.rows[e.row].line,
            metric: e.metric,
            measured: metric.unlog(e.log),
            predicted: metric.unlog(e.log + log),
            log,
            left_out: (*left)?,
            deviations: log / found.sigmas[e.metric],
        })
    };
    found.entries.iter().zip(left_out).filter_map(of).collect()
}

fn metrics(
    setup: &Setup,
    found: &Found,
    left_out: &[Option<f64>],
    (keys, covariance): &(Vec<usize>, &Vec<Vec<f64>>),
) -> Vec<MetricError> {
    let noise = setup.noise();
    let mut metrics = Vec::new();
    for (i, m) in setup.mapping.measured.iter().enumerate() {
        let own = found.entries.iter().zip(left_out).filter(|(e, _)| e.metric == i);
        let own: Vec<(&Entry, f64, f64)> =
            own.filter_map(|(e, left)| Some((e, rest(found, e)?, (*left)?))).collect();
        let left: Vec<Left> = own
            .iter()
            .map(|(e, _, left)| {
                let slopes = places(&found.slopes[e.point][e.metric], keys);
                let sampling = found.sampling[e.point][e.metric];
                let variance = by_parameters(covariance, &slopes) + sampling * sampling;
                Left { residual: *left, slope: length(&slopes), variance }
            })
            .collect();
        let Some(spread) = Spread::of(&left, noise[i]) else { continue };
        let error = |e: &Entry, log: f64| m.metric.error(e.log, log);
        let errors = |f: &dyn Fn(&(&Entry, f64, f64)) -> f64| {
            let mut sizes: Vec<f64> = own.iter().map(|o| error(o.0, f(o)).abs()).collect();
            sizes.sort_by(f64::total_cmp);
            [super::quantile(&sizes, 0.5), super::quantile(&sizes, 0.9)]
        };
        metrics.push(MetricError {
            name: m.name.clone(),
            fitted: m.fit,
            share: m.metric.is_share(),
            rows: own.len(),
            fit: errors(&|(_, rest, _)| *rest),
            held_out: errors(&|(_, _, left)| *left),
            bias: own.iter().map(|(e, _, left)| error(e, *left)).sum::<f64>() / own.len() as f64,
            spread,
        });
    }
    metrics
}

impl Calibration {
    /// The fitted parameters of a group of rows, those of all rows among them.
    #[must_use]
    pub fn parameters(&self, group: &str) -> ParameterSet {
        let own = self.fitted.iter().filter(|f| f.key.applies(group));
        own.map(|f| f.parameter.clone()).collect()
    }

    /// Half width at 95 % of a prediction, from the rows left out: the greatest of the fitted
    /// metrics that are no shares. Of normal errors it is 1.96 / 1.645 times the 90th percentile.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        let own = self.metrics.iter().filter(|m| m.fitted && !m.share);
        own.map(|m| m.held_out[1] * 1.96 / 1.645).reduce(f64::max)
    }

    /// What a number of a kind is written in.
    #[must_use]
    pub fn unit(kind: UnitKind) -> &'static str {
        super::file::unit(kind).0
    }
}
