//! What can go wrong with the files of a sweep.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::plan::sweep::{MergeError, PartError, PlanError, Shard};

/// Why a sweep was not planned, run or merged.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A file cannot be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A plan is of no use.
    #[error("`{}`: {source}", path.display())]
    Plan {
        /// The plan.
        path: PathBuf,
        /// Why.
        source: PlanError,
    },
    /// The scenario is not the one that was planned with.
    #[error(
        "`{}` or a file it names has changed since the sweep was planned (it was {planned}, and is \
         {found}); plan again, or bring back what it was",
        scenario.display()
    )]
    Changed {
        /// The scenario.
        scenario: PathBuf,
        /// Its hash in the plan.
        planned: String,
        /// Its hash now.
        found: String,
    },
    /// The target is a part of something else, or no part at all.
    #[error("`{}`: {why}; name another file, or delete it", path.display())]
    Target {
        /// The file.
        path: PathBuf,
        /// What it is.
        why: String,
    },
    /// The sweep was stopped before all points of the shard were done.
    #[error(
        "interrupted: {done} of {of} points of shard {shard} are done and kept beside `{}`; the \
         same command again goes on from there",
        target.display()
    )]
    Interrupted {
        /// The shard.
        shard: Shard,
        /// Points done.
        done: u64,
        /// Points of the shard.
        of: u64,
        /// The part that it was to become.
        target: PathBuf,
    },
    /// The planning was stopped.
    #[error("interrupted before every value was tried; no plan is written")]
    PlanInterrupted,
    /// The parts do not make the whole.
    #[error(transparent)]
    Merge(#[from] MergeError),
}

impl SweepError {
    /// Whether somebody stopped it.
    #[must_use]
    pub const fn is_interrupted(&self) -> bool {
        matches!(self, Self::Interrupted { .. } | Self::PlanInterrupted)
    }
}

/// What becomes of an error of a file.
pub(super) fn of_file(path: &Path) -> impl Fn(io::Error) -> SweepError {
    move |source| SweepError::File { path: path.to_owned(), source }
}

/// What becomes of a target that is something else.
pub(super) fn foreign(path: &Path, why: &PartError) -> SweepError {
    SweepError::Target { path: path.to_owned(), why: why.to_string() }
}
