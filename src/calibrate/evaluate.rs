//! Predictions of all points at once, and how they move with the parameters.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::key::{Key, Scale};
use super::mapping::Mapping;
use super::metric::Value;
use super::subject::{Effort, Subject};
use crate::experiment::ExperimentError;
use crate::provenance::ParameterId;

/// Step of a derivative on the logarithmic scale.
const STEP: f64 = 0.02;

/// Step of a derivative by simulation, wide enough to stand out of what is left of the sampling
/// once both sides have drawn the same.
const SIMULATED_STEP: f64 = 0.1;

/// Slope on the logarithmic scale below which a parameter counts as moving nothing of a row: one
/// part in two thousand for a tenth of the parameter.
const MOVES: f64 = 0.005;

/// Predictions of each point, metric by metric, as logarithms.
pub(super) type Predictions = Vec<Vec<Option<f64>>>;

/// Derivatives of each point, metric by metric: key and change by unit of its scale.
pub(super) type Sensitivities = Vec<Vec<Vec<(usize, f64)>>>;

/// The metrics of a point at a place; none where it was not run.
type At<'a> = &'a dyn Fn(&[f64]) -> Option<Vec<Option<f64>>>;

/// What is told while many points are simulated.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Points done and to be done.
    pub(super) progress: &'a (dyn Fn(usize, usize) + Sync),
    pub(super) threads: Option<usize>,
}

/// The points with the parameters that may move them.
pub(super) struct Model<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) subjects: &'a [Subject],
    pub(super) keys: Vec<Key>,
    pub(super) scales: Vec<Scale>,
    /// Of each point: key, and the parameter of the point it is.
    of_point: Vec<Vec<(usize, ParameterId)>>,
}

impl<'a> Model<'a> {
    pub(super) fn new(
        mapping: &'a Mapping,
        subjects: &'a [Subject],
        keys: Vec<Key>,
        scales: Vec<Scale>,
    ) -> Self {
        let of_subject = |subject: &Subject| {
            let found = keys.iter().enumerate().filter(|(_, key)| key.applies(&subject.group));
            // What a row sets is known of it, whatever is fitted elsewhere.
            let id = |key: &Key| {
                let id = subject.parameters.id(&key.name)?;
                super::key::movable(subject.parameters.parameter(id)).then_some(id)
            };
            found.filter_map(|(k, key)| Some((k, id(key)?))).collect()
        };
        let of_point = subjects.iter().map(of_subject).collect();
        Self { mapping, subjects, keys, scales, of_point }
    }

    pub(super) fn start(&self) -> Vec<f64> {
        self.scales.iter().map(|scale| scale.start).collect()
    }

    fn changes(&self, point: usize, z: &[f64]) -> Vec<(ParameterId, f64)> {
        let of = &self.of_point[point];
        of.iter().map(|&(k, id)| (id, self.scales[k].value(z[k]))).collect()
    }

    /// The analytic solver's predictions.
    pub(super) fn solve(&self, z: &[f64]) -> Predictions {
        (0..self.subjects.len())
            .into_par_iter()
            .map(|p| self.subjects[p].solve(self.mapping, &self.changes(p, z)))
            .collect()
    }

    /// Derivatives of the analytic solver's predictions by the keys in `active`.
    pub(super) fn sensitivities(&self, z: &[f64], active: &[usize]) -> Sensitivities {
        (0..self.subjects.len())
            .into_par_iter()
            .map(|p| {
                let at = |z: &[f64]| self.subjects[p].solve(self.mapping, &self.changes(p, z));
                self.derive(p, z, &self.asked(p, z, active), STEP, &|z| Some(at(z)))
            })
            .collect()
    }

    /// The same to one side only of a place whose predictions are known: half the work, and as
    /// good as a search needs.
    pub(super) fn slopes(&self, z: &[f64], active: &[usize], here: &Predictions) -> Sensitivities {
        (0..self.subjects.len())
            .into_par_iter()
            .map(|p| {
                let asked = self.asked(p, z, active);
                let mut rows = vec![Vec::new(); self.mapping.measured.len()];
                for k in asked {
                    let mut moved = z.to_vec();
                    // To the side where there is room.
                    let step = if z[k] + STEP > self.scales[k].high { -STEP } else { STEP };
                    moved[k] = z[k] + step;
                    let there = self.subjects[p].solve(self.mapping, &self.changes(p, &moved));
                    note(&mut rows, k, step, &here[p], &there);
                }
                rows
            })
            .collect()
    }

    /// The keys in `active` that the model of a point asks for.
    fn asked(&self, point: usize, z: &[f64], active: &[usize]) -> Vec<usize> {
        let asked = self.subjects[point].asked(&self.changes(point, z));
        let of = &self.of_point[point];
        let of = |k: &usize| of.iter().any(|(own, id)| own == k && asked.binary_search(id).is_ok());
        active.iter().copied().filter(|k| of(k)).collect()
    }

    fn derive(
        &self,
        point: usize,
        z: &[f64],
        active: &[usize],
        step: f64,
        at: At<'_>,
    ) -> Vec<Vec<(usize, f64)>> {
        let mut rows = vec![Vec::new(); self.mapping.measured.len()];
        for &k in active.iter().filter(|&k| self.of_point[point].iter().any(|(own, _)| own == k)) {
            let mut moved = z.to_vec();
            moved[k] = z[k] + step;
            let Some(up) = at(&moved) else { continue };
            moved[k] = z[k] - step;
            let Some(down) = at(&moved) else { continue };
            note(&mut rows, k, 2.0 * step, &down, &up);
        }
        rows
    }

    /// Predictions by simulation, with what sampling adds.
    pub(super) fn simulate(
        &self,
        z: &[f64],
        effort: Effort,
        told: Told<'_>,
    ) -> Result<Vec<Vec<Option<Value>>>, ExperimentError> {
        self.on_threads(told, &|p| {
            let changes = self.changes(p, z);
            self.subjects[p].simulate(self.mapping, &changes, effort, told.cancelled)
        })
    }

    /// Derivatives of all keys by the analytic solver; those of fitted percentiles by the keys in
    /// `active` by simulation, where both sides draw the same random numbers.
    ///
    /// A row whose mean no key moves is not simulated: what decides it, a full link or the disk,
    /// decides its percentiles as well.
    pub(super) fn simulated_sensitivities(
        &self,
        z: &[f64],
        (active, all): (&[usize], &[usize]),
        effort: Effort,
        told: Told<'_>,
    ) -> Result<Sensitivities, ExperimentError> {
        let mut slopes = self.sensitivities(z, all);
        let moving: Vec<Vec<usize>> =
            slopes.iter().map(|of_point| self.moving(of_point, active)).collect();
        let simulated = self.on_threads(told, &|p| {
            let failed = Mutex::new(None);
            let at = |z: &[f64]| {
                let changes = self.changes(p, z);
                let run = self.subjects[p].simulate(self.mapping, &changes, effort, told.cancelled);
                match run {
                    Ok(values) => Some(self.logs(&values)),
                    Err(error) => {
                        *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        None
                    }
                }
            };
            let rows = self.derive(p, z, &moving[p], SIMULATED_STEP, &at);
            match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
                Some(error) => Err(error),
                None => Ok(rows),
            }
        })?;
        for ((own, found), moving) in slopes.iter_mut().zip(simulated).zip(&moving) {
            let percentiles = self.mapping.measured.iter().map(|m| m.fit && !m.metric.is_mean());
            for ((own, found), percentile) in own.iter_mut().zip(found).zip(percentiles) {
                if percentile {
                    own.retain(|(k, _)| !moving.contains(k));
                    own.extend(found);
                    own.sort_unstable_by_key(|(k, _)| *k);
                }
            }
        }
        Ok(slopes)
    }

    /// The keys in `active` that may move a percentile of a point, by its analytic slopes.
    fn moving(&self, slopes: &[Vec<(usize, f64)>], active: &[usize]) -> Vec<usize> {
        let moves =
            |k: &usize| slopes.iter().flatten().any(|(own, slope)| own == k && slope.abs() > MOVES);
        if !active.iter().any(moves) {
            return Vec::new();
        }
        // How times scatter moves no mean of the analytic solver, but percentiles.
        let scatters = |k: &usize| self.keys[*k].name.ends_with("scv");
        active.iter().copied().filter(|k| moves(k) || scatters(k)).collect()
    }

    /// Simulated values on the scale on which they are compared.
    pub(super) fn logs(&self, values: &[Option<Value>]) -> Vec<Option<f64>> {
        let of = self.mapping.measured.iter().zip(values);
        of.map(|(m, value)| value.map(|value| m.metric.log(value.value))).collect()
    }

    /// Each point on some thread; the results in the order of the points.
    fn on_threads<T: Send>(
        &self,
        told: Told<'_>,
        f: &(dyn Fn(usize) -> Result<T, ExperimentError> + Sync),
    ) -> Result<Vec<T>, ExperimentError> {
        let n = self.subjects.len();
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = told.threads.unwrap_or(cores).clamp(1, n.max(1));
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let found = Mutex::new(Vec::with_capacity(n));
        // Plain threads, because an experiment waits for a pool of its own.
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let p = next.fetch_add(1, Ordering::Relaxed);
                        if p >= n {
                            break;
                        }
                        let result =
                            if (told.cancelled)() { Err(ExperimentError::Cancelled) } else { f(p) };
                        let failed = result.is_err();
                        found.lock().unwrap_or_else(PoisonError::into_inner).push((p, result));
                        (told.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, n);
                        if failed {
                            next.store(n, Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by_key(|(p, _)| *p);
        found.into_iter().map(|(_, result)| result).collect()
    }
}

/// Notes the slopes of a key between two places that are `step` apart.
fn note(
    rows: &mut [Vec<(usize, f64)>],
    k: usize,
    step: f64,
    from: &[Option<f64>],
    to: &[Option<f64>],
) {
    for (row, (from, to)) in rows.iter_mut().zip(from.iter().zip(to)) {
        if let (Some(from), Some(to)) = (from, to) {
            let slope = (to - from) / step;
            if slope != 0.0 && slope.is_finite() {
                row.push((k, slope));
            }
        }
    }
}
