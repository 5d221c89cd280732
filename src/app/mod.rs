//! What the commands do, as library functions: check, explain, run.
//!
//! ```no_run
//! use csvnet::app::{Hooks, Options, run};
//! let file = "examples/shared-vhdx-lab.toml".as_ref();
//! let report = run(file, &Options::default(), &Hooks::silent())?;
//! for variant in &report.variants {
//!     println!("{}: {:.0} IOPS", variant.name, variant.workloads[0].iops.value);
//! }
//! # Ok::<(), csvnet::app::AppError>(())
//! ```

mod align;
mod compare;
mod counters;
pub(crate) mod files;
mod fitted;
mod gate;
mod gather;
mod headroom;
mod keep;
mod limits;
mod measured;
mod models;
mod nearest;
mod pipeline;
mod profile;
mod read;
mod read_map;
mod saved;
mod size;
mod sweep;
#[cfg(test)]
mod tests;
mod timeline;
mod validate;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::cluster::CompileError;
use crate::counters::Log;
use crate::diagnostic::Diagnostics;
use crate::experiment::ExperimentError;
use crate::report::counters::TooManySamples;
use crate::report::{ExplainReport, IoRow, Report};
use crate::scenario::Loaded;

pub use align::{AlignOptions, align};
pub use compare::{Change, Vary, compare, whatif};
pub use counters::{LogProblem, LogsError, counters};
pub use gate::gate;
pub use gather::{collect_script, import};
pub use headroom::headroom;
pub use keep::KeepError;
pub use limits::{USUAL_LIMIT, limits_setting};
pub use measured::{Calibrated, MeasuredOptions, calibrate, score};
pub use models::{model, models};
pub use profile::{Phase, Profile};
pub use read::{Read, ReadError, ReadErrors, ReadOptions, read};
pub use saved::{SavedProblem, saved};
pub use size::{SizeOptions, size};
pub use sweep::{Planned, ShardDone, ShardOptions, SweepError, sweep_merge, sweep_plan, sweep_run};
pub use timeline::{fail, maintenance, timeline};
pub use validate::validate;

/// The relative precision to run to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum RunTo {
    /// What the scenario says.
    #[default]
    AsWritten,
    /// The number of replications, whatever the scenario says of a precision.
    Replications,
    /// A half width as a fraction of the mean.
    Precision(f64),
}

/// What a command was told beside the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Seed instead of the scenario's.
    pub seed: Option<u64>,
    /// Replications instead of the scenario's.
    pub replications: Option<u64>,
    /// Precision instead of the scenario's.
    pub run_to: RunTo,
    /// File that keeps finished replications. One that exists is gone on from, and must be of the
    /// same variants, networks, seeds and times.
    pub checkpoint: Option<PathBuf>,
    /// How many I/Os of each variant to trace hop by hop, the first to be issued.
    pub trace_ios: u64,
    /// Picoseconds between two samples of the performance counters of the first replication, of
    /// which there is a log where this is stated; of one variant only.
    pub counters: Option<u64>,
    /// Worker threads; results do not depend on it.
    pub threads: Option<usize>,
    /// Values set in the scenario: path and value.
    pub set: Vec<(String, String)>,
    /// File of fitted parameters, which replace those of the scenario.
    pub parameters: Option<PathBuf>,
    /// Group of rows, as `column=value`, whose own values of that file are meant; empty for those
    /// of all rows.
    pub rows: String,
    /// Variants to run; empty for all.
    pub variant: Vec<String>,
    /// The command line that repeats the run, for the report.
    pub command: String,
}

/// How a long command is watched and stopped.
#[derive(Clone, Copy)]
pub struct Hooks<'a> {
    /// Once it says so, no new replication is begun.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told the share done (0 to 1) and what is under way.
    pub progress: &'a (dyn Fn(f64, &str) + Sync),
    /// Told what the user should know now rather than after the run.
    pub told: &'a (dyn Fn(&str) + Sync),
    /// Seconds since some start, for the [`Profile`]; results do not depend on it.
    pub clock: &'a (dyn Fn() -> f64 + Sync),
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}

impl Hooks<'static> {
    /// Never cancelled, nothing told to anybody, no clock.
    #[must_use]
    pub fn silent() -> Self {
        Self { cancelled: &|| false, progress: &|_, _| {}, told: &|_| {}, clock: &|| 0.0 }
    }
}

/// What a run brings beside its report.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The report.
    pub report: Report,
    /// Single I/Os with their visits, variant after variant, where they were asked for; none where
    /// the run was cancelled before all of them were traced.
    pub hops: Option<Vec<IoRow>>,
    /// Performance counters, where they were asked for; none where the run was cancelled before.
    pub counters: Option<Log>,
    /// Where the time went.
    pub profile: Profile,
}

/// Why a command failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The input has faults; each names file, line, field and remedy.
    #[error(transparent)]
    Input(#[from] Diagnostics),
    /// The scenario is well-formed but cannot be modelled.
    #[error("variant `{variant}`: {source}")]
    Compile {
        /// The variant.
        variant: String,
        /// Why.
        source: CompileError,
    },
    /// More replications are stated than a precision may take at most.
    #[error(
        "variant `{variant}`: {stated} replications are stated, but with a precision no more than \
         {most} are run (`replications-max`); state fewer replications, or raise that with \
         `replications-max = {stated}` under [run] or `--set run.replications-max={stated}`"
    )]
    Replications {
        /// The variant.
        variant: String,
        /// Replications stated.
        stated: u64,
        /// The most of them.
        most: u64,
    },
    /// Counters were asked for, but not of which variant.
    #[error(
        "the log of counters is of one variant, and there are {}: name one of them with \
         --variant: {}",
        .variants.len(),
        .variants.join(", ")
    )]
    CountersOfWhich {
        /// The variants there are.
        variants: Vec<String>,
    },
    /// A script of moves was asked for, but not of which variant.
    #[error(
        "the script is of one variant, and there are {}: name one of them with --variant: {}",
        .variants.len(),
        .variants.join(", ")
    )]
    ScriptOfWhich {
        /// The variants there are.
        variants: Vec<String>,
    },
    /// More samples of counters than can be kept.
    #[error("variant `{variant}`: {source}")]
    Counters {
        /// The variant.
        variant: String,
        /// Why.
        source: TooManySamples,
    },
    /// The run was given up.
    #[error("variant `{variant}`: {source}")]
    Experiment {
        /// The variant.
        variant: String,
        /// Why.
        source: ExperimentError,
    },
    /// Something long that is no run of a scenario was interrupted.
    #[error("interrupted before {0}; nothing is written")]
    Interrupted(&'static str),
    /// The file of finished replications is of no use.
    #[error("checkpoint `{}`: {source}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeepError,
    },
    /// The file of fitted parameters has none of these rows.
    #[error(
        "`{}` has no parameters of `{rows}`; choose with --rows among those it has: {}",
        path.display(),
        if known.is_empty() { "all rows alike".to_owned() } else { known.join(", ") }
    )]
    Rows {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        rows: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A timeline could not be followed to its end.
    #[error("variant `{variant}`: {source}")]
    Timeline {
        /// The variant.
        variant: String,
        /// Why.
        source: Box<crate::timeline::TimelineError>,
    },
    /// There is nothing to hold against anything, or too much.
    #[error(
        "{sides} sides cannot be compared; state 2 to {most}: several files, several variants, or \
         --vary PATH=VALUE,VALUE"
    )]
    Sides {
        /// Sides there are.
        sides: usize,
        /// The most of them.
        most: usize,
    },
    /// One variant must be meant.
    #[error("name one of the variants with --variant: {}", .variants.join(", "))]
    WhichVariant {
        /// The variants there are.
        variants: Vec<String>,
    },
    /// There is no such family of models.
    #[error("there is no family `{given}`; the families are {}", .known.join(", "))]
    WhichFamily {
        /// The name given.
        given: String,
        /// The families there are.
        known: Vec<&'static str>,
    },
    /// There is no such model.
    #[error(
        "there is no model `{given}`{}; `csvnet models list` names all",
        .near.as_ref().map_or_else(String::new, |near| format!(", did you mean `{near}`?"))
    )]
    WhichModel {
        /// The name given.
        given: String,
        /// One like it.
        near: Option<String>,
    },
    /// So many nodes are more than there may be.
    #[error("--add-node: {0}")]
    Grown(String),
    /// The network to size cannot be told.
    #[error("name the network to size with --network: {}", .known.join(", "))]
    WhichNetwork {
        /// The networks there are.
        known: Vec<String>,
    },
    /// Nothing can be sized.
    #[error("{0}")]
    Size(crate::plan::size::SizeError),
    /// Growth is asked for, and none is stated.
    #[error("`{}`: {source}", path.display())]
    Growth {
        /// The scenario.
        path: PathBuf,
        /// Why.
        source: crate::plan::NothingGrows,
    },
    /// There is nothing to decide.
    #[error(
        "`{}` states no limits; state some under `limits` or with --limit \"p99 latency <= 5 ms\"",
        path.display()
    )]
    NoLimits {
        /// The scenario.
        path: PathBuf,
    },
    /// A state that a search came to could not be evaluated.
    #[error("variant `{variant}`: {source}")]
    Search {
        /// The variant.
        variant: String,
        /// Why.
        source: crate::plan::QuickError,
    },
    /// There is no plan of moves.
    #[error("variant `{variant}`: {source}")]
    Align {
        /// The variant.
        variant: String,
        /// Why.
        source: Box<crate::plan::AlignError>,
    },
    /// There is no timeline to follow.
    #[error(
        "`{}` has no [timeline]; state one, or look at one instant with `csvnet run`",
        path.display()
    )]
    NoTimeline {
        /// The scenario.
        path: PathBuf,
    },
    /// The approximate solver has no answer.
    #[error("variant `{variant}`: {source}")]
    Solve {
        /// The variant.
        variant: String,
        /// Why.
        source: crate::timeline::EvaluateError,
    },
    /// A sweep was not planned, run or merged.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// A device could not be fitted.
    #[error("storage `{storage}`: {source}")]
    Fit {
        /// The storage.
        storage: String,
        /// Why.
        source: crate::calibrate::FitError,
    },
    /// Measurements have faults; each names file, line, column and remedy.
    #[error("{0}")]
    Measured(crate::trace::TraceError),
    /// Measurements and scenario do not come together.
    #[error(transparent)]
    Setup(crate::calibrate::SetupError),
    /// A table could not be fitted.
    #[error(transparent)]
    Calibration(#[from] crate::calibrate::CalibrationError),
    /// A family could not be judged.
    #[error(transparent)]
    Validation(crate::calibrate::ValidationError),
    /// Logs of counters have faults.
    #[error(transparent)]
    Logs(#[from] LogsError),
    /// Results of test tools have faults; each names file, line, column and remedy.
    #[error(transparent)]
    Results(#[from] ReadErrors),
    /// A saved report is of no use.
    #[error("`{}`: {problem}", path.display())]
    Saved {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: SavedProblem,
    },
    /// A fault of csvnet itself.
    #[error("this is a bug in csvnet: {0}")]
    Bug(String),
}

impl AppError {
    /// Whether nothing is wrong, and only the user had it stopped.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        match self {
            Self::Experiment { source: ExperimentError::Cancelled, .. }
            | Self::Calibration(crate::calibrate::CalibrationError::Experiment(
                ExperimentError::Cancelled,
            ))
            | Self::Interrupted(_) => true,
            Self::Timeline { source, .. } => {
                matches!(**source, crate::timeline::TimelineError::Cancelled)
            }
            Self::Search { source, .. } => source.is_cancelled(),
            Self::Sweep(error) => error.is_interrupted(),
            _ => false,
        }
    }

    /// Whether csvnet itself is at fault rather than the input.
    #[must_use]
    pub const fn is_bug(&self) -> bool {
        matches!(
            self,
            Self::Bug(_)
                | Self::Experiment {
                    source: ExperimentError::Engine(
                        crate::engine::EngineError::Network(_)
                            | crate::engine::EngineError::Conservation { .. }
                    ),
                    ..
                }
        )
    }
}

/// Validates a scenario file and compiles every variant, without running anything: what the reader
/// should know, one note a line.
///
/// # Errors
/// When the file has faults or cannot be modelled.
pub fn check(path: &Path, options: &Options) -> Result<Vec<String>, AppError> {
    pipeline::check(path, options)
}

/// Tells path, mode and reason for each node, volume and disk, and the stations of each path.
///
/// # Errors
/// When the file has faults or cannot be modelled.
pub fn explain(path: &Path, options: &Options) -> Result<ExplainReport, AppError> {
    pipeline::explain(path, options)
}

/// Runs a scenario file.
///
/// # Errors
/// When the file has faults, cannot be modelled, a run is given up, or the checkpoint is of no use.
pub fn run(path: &Path, options: &Options, hooks: &Hooks<'_>) -> Result<Report, AppError> {
    run_in_full(path, options, hooks).map(|outcome| outcome.report)
}

/// The same with all that a run brings beside its report.
///
/// # Errors
/// As for [`run`].
pub fn run_in_full(path: &Path, options: &Options, hooks: &Hooks<'_>) -> Result<Outcome, AppError> {
    pipeline::run(path, options, hooks)
}

/// Runs a scenario that was built in code, or loaded by [`load`](crate::scenario::load()).
///
/// `options.set` and `options.variant` have no meaning here: they are said when it is loaded.
///
/// # Errors
/// As for [`run`].
pub fn run_loaded(
    loaded: Loaded,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<Report, AppError> {
    pipeline::run_loaded(loaded, options, hooks).map(|outcome| outcome.report)
}
