//! The search for the parameters that explain the measurements.
//!
//! Residuals are logarithms of predicted over measured, each divided by the standard deviation of
//! its metric, and weighted by Huber's rule, so that an outlier pulls like a residual of twice the
//! spread (Huber 1964). Steps are those of Levenberg and Marquardt, held inside the documented
//! bounds; what was believed before counts as one more measurement of each parameter, its range
//! being 95 % of a log-normal. The predictions are those of the analytic solver, corrected by what
//! the simulation said at the best place so far: the correction is found anew after each search
//! until the search gains nothing more by it. Where the simulation says that a search led to a
//! worse place, the next one simulated is half way back.

use super::evaluate::{Model, Predictions, Sensitivities, Told};
use super::linear::{Matrix, add_outer, solve, zeros};
use super::metric::Value;
use super::secant::learn;
use super::subject::Effort;
use crate::experiment::ExperimentError;

/// One measured value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Place of the row.
    pub(super) row: usize,
    /// Place of its point.
    pub(super) point: usize,
    /// Place of the metric.
    pub(super) metric: usize,
    /// What was measured, as the logarithm.
    pub(super) log: f64,
    /// Huber's weight.
    pub(super) weight: f64,
    /// Whether it is fitted.
    pub(super) fit: bool,
}

/// Standard deviations beyond which a residual pulls no harder.
const HUBER: f64 = 2.0;

/// Most places that are simulated.
const ROUNDS: usize = 6;

/// Steps of one search.
const STEPS: usize = 30;

/// A move of all parameters below this ends the search.
const STILL: f64 = 1e-4;

/// A fall of the cost, twice the logarithm of the likelihood, below this ends the search: far
/// less than the 3.84 by which the ends of an interval differ from its middle.
const ENOUGH: f64 = 0.2;

/// A move of all parameters below this needs no further simulation.
const CONFIRMED: f64 = 2e-3;

/// Nor does a fall of the cost below this.
const SETTLED: f64 = 1.0;

/// Replications of a row while the parameters are still moving.
const REPLICATIONS: u64 = 2;

/// Where a search ended.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Parameters on their scales, by key.
    pub(super) z: Vec<f64>,
    /// Entries with their last weights.
    pub(super) entries: Vec<Entry>,
    /// Standard deviation of each metric's residuals.
    pub(super) sigmas: Vec<f64>,
    /// What the simulation said at the last place.
    pub(super) simulated: Predictions,
    /// Its relative sampling error.
    pub(super) sampling: Vec<Vec<f64>>,
    /// Slopes at the last place, by all candidates.
    pub(super) slopes: Sensitivities,
}

/// What was simulated of each point, metric by metric.
type Simulated = Vec<Vec<Option<Value>>>;

/// How far a search is, for whoever waits: share and word.
pub(super) type Progress<'a> = &'a (dyn Fn(f64, &str) + Sync);

/// Fits the keys in `active`; `all` are those whose slopes are wanted at the end.
pub(super) fn fit(
    model: &Model<'_>,
    mut entries: Vec<Entry>,
    active: &[usize],
    all: &[usize],
    noise: &[f64],
    told: Told<'_>,
    progress: Progress<'_>,
) -> Result<Found, ExperimentError> {
    let mut z = model.start();
    let mut sigmas = noise.to_vec();
    let by_simulation =
        entries.iter().any(|e| e.fit && !model.mapping.measured[e.metric].metric.is_mean());
    let mut slopes = Sensitivities::new();
    let effort = Effort { replications: Some(REPLICATIONS) };
    let rounds = if active.is_empty() { 1 } else { ROUNDS };
    // The best place simulated so far, with what was simulated there.
    let mut best: Option<(Vec<f64>, Simulated, Predictions)> = None;
    for round in 0..rounds {
        let share = |done: f64| (round as f64 + done) / rounds as f64;
        let doing = format!("simulation {} of at most {rounds}", round + 1);
        let inner = |done: usize, n: usize| progress(share(done as f64 / n as f64), &doing);
        let simulated = model.simulate(&z, effort, Told { progress: &inner, ..told })?;
        let base = logs(model, &simulated);
        if let Some((before, _, known)) = &best {
            weigh(&mut entries, known, &mut sigmas, noise);
            let of = |z: &[f64], at| cost(&entries, at, &sigmas) + disbelief(model, z, active);
            if of(&z, &base) >= of(before, known) {
                // The search was led astray: the truth may lie on the way.
                z = z.iter().zip(before).map(|(a, b)| 0.5 * (a + b)).collect();
                if apart(&z, before) < CONFIRMED {
                    break;
                }
                continue;
            }
        }
        best = Some((z.clone(), simulated, base.clone()));
        if round + 1 == rounds {
            break;
        }
        let before = z.clone();
        let gained = if by_simulation && round > 0 {
            let own = model.simulated_sensitivities(&z, (active, active), effort, told)?;
            step_by(model, &mut z, &mut entries, active, &mut sigmas, noise, (&base, &own));
            f64::INFINITY
        } else {
            let correction = corrections(&model.solve(&z), &base);
            let by = (Some(&correction), &mut slopes);
            search(model, &mut z, &mut entries, active, &mut sigmas, noise, by)
        };
        if apart(&z, &before) < CONFIRMED || gained < SETTLED {
            break;
        }
    }
    let (z, simulated, logs) = best.unwrap_or_else(|| (z, Vec::new(), Vec::new()));
    weigh(&mut entries, &logs, &mut sigmas, noise);
    let slopes = if by_simulation {
        model.simulated_sensitivities(&z, (active, all), effort, told)?
    } else {
        model.sensitivities(&z, all)
    };
    let sampling = simulated
        .iter()
        .map(|values| values.iter().map(|v| v.map_or(0.0, |v| v.sampling)).collect())
        .collect();
    Ok(Found { z, entries, sigmas, simulated: logs, sampling, slopes })
}

/// The longest way between two places along any parameter.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn logs(model: &Model<'_>, simulated: &[Vec<Option<Value>>]) -> Predictions {
    simulated.iter().map(|values| model.logs(values)).collect()
}

/// What the simulation says beyond the analytic solver, both at one place.
pub(super) fn corrections(solved: &Predictions, simulated: &Predictions) -> Predictions {
    let beyond = |(a, s): (&Option<f64>, &Option<f64>)| Some((*s)? - (*a)?);
    let row =
        |(a, s): (&Vec<Option<f64>>, &Vec<Option<f64>>)| a.iter().zip(s).map(beyond).collect();
    solved.iter().zip(simulated).map(row).collect()
}

/// The analytic solver's predictions with what the simulation said beyond them.
pub(super) fn corrected(solved: Predictions, correction: Option<&Predictions>) -> Predictions {
    let Some(correction) = correction else { return solved };
    let add = |(a, c): (Option<f64>, &Option<f64>)| Some(a? + (*c)?);
    let row =
        |(a, c): (Vec<Option<f64>>, &Vec<Option<f64>>)| a.into_iter().zip(c).map(add).collect();
    solved.into_iter().zip(correction).map(row).collect()
}

/// Searches with the corrected analytic predictions. Tells by how much the cost fell.
fn search(
    model: &Model<'_>,
    z: &mut Vec<f64>,
    entries: &mut [Entry],
    active: &[usize],
    sigmas: &mut [f64],
    noise: &[f64],
    (correction, slopes): (Option<&Predictions>, &mut Sensitivities),
) -> f64 {
    if active.is_empty() {
        return 0.0;
    }
    let mut gained = 0.0;
    let mut solved = model.solve(z);
    let mut predicted = corrected(solved.clone(), correction);
    weigh(entries, &predicted, sigmas, noise);
    let mut damping = 1e-3;
    let mut fresh = slopes.is_empty();
    if fresh {
        *slopes = model.slopes(z, active, &solved);
    }
    // Where those learnt on the way lead no further they are found anew, once.
    let mut renewed = false;
    for _ in 0..STEPS {
        let now = cost(entries, &predicted, sigmas) + disbelief(model, z, active);
        let (mut moved, mut fell) = (0.0, 0.0);
        for _ in 0..8 {
            let Some(step) = step(model, z, entries, active, sigmas, (&predicted, slopes), damping)
            else {
                damping *= 10.0;
                continue;
            };
            let there = model.solve(&step);
            let tried = corrected(there.clone(), correction);
            let then = cost(entries, &tried, sigmas) + disbelief(model, &step, active);
            if then < now {
                moved = step.iter().zip(z.iter()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                fell = now - then;
                learn(slopes, &model.scales, (z, &step), (&predicted, &tried));
                *z = step;
                (predicted, solved) = (tried, there);
                damping = (damping / 10.0).max(1e-9);
                break;
            }
            damping *= 10.0;
        }
        gained += fell;
        weigh(entries, &predicted, sigmas, noise);
        if fell > ENOUGH && moved >= STILL {
            fresh = false;
            continue;
        }
        if fresh || renewed {
            break;
        }
        *slopes = model.slopes(z, active, &solved);
        (fresh, renewed, damping) = (true, true, 1e-3);
    }
    gained
}

/// One step of Gauss and Newton by what the simulation said of values and slopes.
fn step_by(
    model: &Model<'_>,
    z: &mut Vec<f64>,
    entries: &mut [Entry],
    active: &[usize],
    sigmas: &mut [f64],
    noise: &[f64],
    at: (&Predictions, &Sensitivities),
) {
    weigh(entries, at.0, sigmas, noise);
    if let Some(next) = step(model, z, entries, active, sigmas, at, 1e-3) {
        // Slopes of a simulation are rough: no parameter moves by more than half its value.
        *z = next.iter().zip(z.iter()).map(|(a, b)| b + (a - b).clamp(-0.4, 0.4)).collect();
    }
}

/// The place one damped step away, inside the bounds.
fn step(
    model: &Model<'_>,
    z: &[f64],
    entries: &[Entry],
    active: &[usize],
    sigmas: &[f64],
    (predicted, slopes): (&Predictions, &Sensitivities),
    damping: f64,
) -> Option<Vec<f64>> {
    // A parameter that stands at its bound and is pulled beyond it stays there.
    let mut free: Vec<usize> = active.to_vec();
    loop {
        let (mut a, mut b) = normal(entries, predicted, slopes, sigmas, &free);
        believe(model, z, &free, &mut a, &mut b);
        for (i, row) in a.iter_mut().enumerate() {
            row[i] *= 1.0 + damping;
        }
        let delta = solve(&a, &b)?;
        let held = |k: usize, d: f64| {
            let scale = &model.scales[k];
            (z[k] <= scale.low && d < 0.0) || (z[k] >= scale.high && d > 0.0)
        };
        let kept: Vec<usize> =
            free.iter().zip(&delta).filter(|(k, d)| !held(**k, **d)).map(|(k, _)| *k).collect();
        if kept.len() == free.len() {
            let mut next = z.to_vec();
            for (k, d) in free.iter().zip(&delta) {
                next[*k] = model.scales[*k].clamped(z[*k] + d.clamp(-1.0, 1.0));
            }
            return Some(next);
        }
        free = kept;
        if free.is_empty() {
            return None;
        }
    }
}

/// Adds what was believed before: each parameter is pulled to its value by its range.
pub(super) fn believe(model: &Model<'_>, z: &[f64], free: &[usize], a: &mut Matrix, b: &mut [f64]) {
    for (i, &k) in free.iter().enumerate() {
        let scale = &model.scales[k];
        let precision = scale.prior().powi(-2);
        a[i][i] += precision;
        b[i] += precision * (scale.start - z[k]);
    }
}

/// How far the parameters are from what was believed before.
fn disbelief(model: &Model<'_>, z: &[f64], active: &[usize]) -> f64 {
    let of = |&k: &usize| ((z[k] - model.scales[k].start) / model.scales[k].prior()).powi(2);
    active.iter().map(of).sum()
}

/// Normal equations of the keys in `free`: J'WJ and -J'Wr.
pub(super) fn normal(
    entries: &[Entry],
    predicted: &Predictions,
    slopes: &Sensitivities,
    sigmas: &[f64],
    free: &[usize],
) -> (Matrix, Vec<f64>) {
    let mut a = zeros(free.len());
    let mut b = vec![0.0; free.len()];
    for e in entries.iter().filter(|e| e.fit) {
        let Some(predicted) = predicted[e.point][e.metric] else { continue };
        let row = places(&slopes[e.point][e.metric], free);
        let weight = e.weight / sigmas[e.metric].powi(2);
        add_outer(&mut a, &row, weight);
        for &(i, slope) in &row {
            b[i] -= weight * slope * (predicted - e.log);
        }
    }
    (a, b)
}

/// Slopes by the place of their key in `free`.
pub(super) fn places(slopes: &[(usize, f64)], free: &[usize]) -> Vec<(usize, f64)> {
    let place = |k: usize| free.iter().position(|&own| own == k);
    slopes.iter().filter_map(|&(k, slope)| Some((place(k)?, slope))).collect()
}

fn cost(entries: &[Entry], predicted: &Predictions, sigmas: &[f64]) -> f64 {
    let of = |e: &Entry| match predicted[e.point][e.metric] {
        Some(p) => {
            let r = ((p - e.log) / sigmas[e.metric]).abs();
            if r <= HUBER { r * r } else { 2.0 * HUBER * r - HUBER * HUBER }
        }
        // No prediction at all is worse than any.
        None => 1e6,
    };
    entries.iter().filter(|e| e.fit).map(of).sum()
}

/// Spread of each metric, at least its noise, and Huber's weights.
fn weigh(entries: &mut [Entry], predicted: &Predictions, sigmas: &mut [f64], noise: &[f64]) {
    let residual = |e: &Entry| predicted[e.point][e.metric].map(|p| p - e.log);
    for (metric, sigma) in sigmas.iter_mut().enumerate() {
        let own = entries.iter().filter(|e| e.metric == metric);
        let mut sizes: Vec<f64> = own.filter_map(residual).map(f64::abs).collect();
        sizes.sort_by(f64::total_cmp);
        // 1.4826 times the median is the standard deviation of a normal distribution.
        let spread = sizes.get(sizes.len() / 2).map_or(0.0, |m| 1.4826 * m);
        *sigma = noise[metric].max(spread);
    }
    for e in entries {
        let r = residual(e).map_or(0.0, |r| (r / sigmas[e.metric]).abs());
        e.weight = if r <= HUBER { 1.0 } else { HUBER / r };
    }
}
