//! What csvnet does with a scenario file, from the path to the report.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::engine::EngineError;
use crate::report::{ExplainReport, Report};

/// What may be said beside the scenario file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// Seed; that of the scenario where none.
    pub seed: Option<u64>,
    /// Replications of each variant; those of the scenario where none.
    pub replications: Option<u64>,
    /// Threads; one for each core where none. They never change a result.
    pub threads: Option<usize>,
    /// Values that replace those of the scenario: path and value as text.
    pub set: Vec<(String, String)>,
    /// Variants to look at; all where empty.
    pub variant: Vec<String>,
    /// The command that repeats this, for the report.
    pub command: String,
}

/// How a long run talks to its caller. Both are called from any thread.
#[derive(Clone, Copy)]
pub struct Hooks<'a> {
    /// Whether to stop after the replications in hand and report what there is.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Told the share of the work done, 0 to 1, and what is being done.
    pub progress: &'a (dyn Fn(f64, &str) + Sync),
}

impl Hooks<'static> {
    /// Never cancels and tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self { cancelled: &|| false, progress: &|_, _| {} }
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// The scenario, or what was said beside it, is wrong.
    #[error("{0}")]
    Input(#[from] Diagnostics),
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The simulation was given up.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A fault of csvnet.
    #[error("{0}")]
    Bug(String),
}

/// Reads and compiles a scenario, and says what is worth knowing about it.
///
/// # Errors
/// Every fault of the scenario.
pub fn check(path: &Path, _options: &Options) -> Result<Vec<String>, AppError> {
    Err(not_yet(path))
}

/// The paths of a scenario and what each visit costs, without running it.
///
/// # Errors
/// Every fault of the scenario.
pub fn explain(path: &Path, _options: &Options) -> Result<ExplainReport, AppError> {
    Err(not_yet(path))
}

/// Runs a scenario.
///
/// # Errors
/// Every fault of the scenario; [`AppError::Engine`] when a run is given up.
pub fn run(path: &Path, _options: &Options, _hooks: &Hooks<'_>) -> Result<Report, AppError> {
    Err(not_yet(path))
}

fn not_yet(path: &Path) -> AppError {
    let file = SourceFile::new(path.to_string_lossy(), "");
    AppError::Input(Diagnostic::of_file(file, "scenarios cannot be read yet").into())
}
