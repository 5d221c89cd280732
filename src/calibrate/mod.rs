//! Fits parameters to measurements, and holds predictions against them.
//!
//! A device is fitted to a block trace by [`fit_device`]. A whole scenario is fitted to a table of
//! runs: [`Setup::load`] puts scenario, table and [`Mapping`] together, [`Setup::calibrate`] fits,
//! [`Setup::score`] compares.

mod blame;
mod calibration;
mod check;
mod device;
mod evaluate;
mod file;
mod fit;
mod glob;
mod key;
mod linear;
mod mapping;
mod metric;
mod observation;
mod overlap;
mod profile;
mod range;
mod schema;
mod score;
mod search;
mod secant;
mod select;
mod setup;
mod spread;
mod standard;
mod subject;
mod validation;

pub use calibration::{
    Calibration, CalibrationError, Fitted, Kept, MetricError, Posterior, Residual, words,
};
pub use device::{DeviceFit, FitError, fit_device};
pub use file::{ParameterFile, write as write_parameters, wrong_kind};
pub use glob::Glob;
pub use key::Key;
pub use mapping::{Apart, Mapping, Measured, SetColumn, Setter};
pub use metric::{CpuOf, Direction, Metric, Side, Value};
pub use observation::{Observation, Observations, Point};
pub use range::Range;
pub use schema::schema;
pub use score::{MetricScore, Score, Scored, ScoredRow};
pub use select::Unfitted;
pub use setup::{Setup, SetupError};
pub use spread::Spread;
pub use subject::path_kind;
pub use validation::{Family, Fold, FoldScore, Target, Validation, ValidationError, validate};

use crate::experiment::ExperimentError;
use evaluate::Told;

/// How a fit or a score is watched.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Once it says so nothing new is begun.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told the share done and what is under way.
    pub progress: &'a (dyn Fn(f64, &str) + Sync),
    /// Threads; none: one for each core. Results do not depend on it.
    pub threads: Option<usize>,
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl Watch<'static> {
    /// Watched by nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self { cancelled: &|| false, progress: &|_, _| {}, threads: None }
    }
}

impl Setup {
    /// Fits the parameters that the table tells.
    ///
    /// # Errors
    /// [`CalibrationError`] with the reason where nothing can be fitted, or when cancelled.
    pub fn calibrate(&self, watch: &Watch<'_>) -> Result<Calibration, CalibrationError> {
        let told =
            Told { cancelled: watch.cancelled, progress: &|_, _| {}, threads: watch.threads };
        in_pool(watch, || calibration::calibrate(self, told, watch.progress))
    }

    /// Predicts every row and holds it against what was measured.
    ///
    /// # Errors
    /// When a run is given up or cancelled.
    pub fn score(&self, file: &ParameterFile, watch: &Watch<'_>) -> Result<Score, ExperimentError> {
        let progress = |done: usize, n: usize| {
            (watch.progress)(done as f64 / n.max(1) as f64, "predicting");
        };
        let told = Told { cancelled: watch.cancelled, progress: &progress, threads: watch.threads };
        in_pool(watch, || score::score(self, file, told))
    }
}

fn in_pool<T: Send>(watch: &Watch<'_>, f: impl FnOnce() -> T + Send) -> T {
    let threads = watch.threads.unwrap_or(0);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(f),
        // Without threads of its own it is done on those there are.
        Err(_) => f(),
    }
}

/// The value at a share of a sorted list, by the nearest rank; zero where it is empty.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(0.0)
}
