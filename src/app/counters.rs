//! `PerfMon` logs folded into a table of observations.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::trace::TraceError;
use crate::trace::pdh::{Observations, PdhRange, observe};

/// Why logs gave no table: everything that is wrong with any of them.
#[derive(Debug, Error)]
#[error("{}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct LogsError {
    /// What is wrong, log by log.
    pub problems: Vec<LogProblem>,
}

/// What is wrong with one log.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogProblem {
    /// It cannot be opened.
    #[error("{}: cannot be read: {source}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error(transparent)]
    Content(#[from] TraceError),
    /// It tells what another one tells.
    #[error(
        "{}: {what}; give one log of each node and object, or one made of several by \
         `relog A.blg B.blg -f csv -o LOG.csv`",
        file.display()
    )]
    Twice {
        /// The file.
        file: PathBuf,
        /// What both tell of.
        what: String,
    },
}

/// Folds logs of one run into means; what the logs tell must differ.
///
/// # Errors
/// With every fault of every log.
pub fn counters(files: &[PathBuf], range: PdhRange) -> Result<Observations, LogsError> {
    let mut all = Observations::default();
    let mut problems = Vec::new();
    for file in files {
        match one(file, range) {
            Ok(observations) => {
                if let Err(what) = all.merge(observations) {
                    problems.push(LogProblem::Twice { file: file.clone(), what });
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(LogsError { problems }) }
}

fn one(file: &Path, range: PdhRange) -> Result<Observations, LogProblem> {
    let open = |source| LogProblem::Open { file: file.to_owned(), source };
    if file.is_dir() {
        return Err(open(io::ErrorKind::IsADirectory.into()));
    }
    let reader = File::open(file).map_err(open)?;
    Ok(observe(&file.display().to_string(), reader, range)?)
}
