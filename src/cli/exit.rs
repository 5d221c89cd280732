//! Exit codes.

use std::process::ExitCode;

use crate::app::AppError;
use crate::report::{Report, Verdict};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Fine.
    Fine,
    /// An error in the input, or a file that cannot be read or written.
    Input,
    /// A stated limit is missed.
    Missed,
    /// No limit is missed, but at least one is undecided.
    Undecided,
    /// The command line is wrong.
    Usage,
    /// A fault of csvnet.
    Bug,
    /// Interrupted, with or without a report.
    Interrupted,
}

impl Exit {
    /// The number the shell sees.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Input => 1,
            Self::Missed => 2,
            Self::Undecided => 3,
            Self::Usage => 64,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// The worst verdict of any variant decides, unless the run was interrupted: then nothing is.
pub(super) fn of_report(report: &Report) -> Exit {
    if report.partial {
        return Exit::Interrupted;
    }
    let limits = report.variants.iter().flat_map(|variant| &variant.limits);
    let worst = limits.map(|row| row.verdict).max_by_key(|verdict| verdict.severity());
    worst.map_or(Exit::Fine, of_verdict)
}

/// The code of a verdict.
pub(super) const fn of_verdict(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Meets => Exit::Fine,
        Verdict::Misses => Exit::Missed,
        Verdict::Undecided => Exit::Undecided,
    }
}

/// Fine, unless the run was interrupted.
pub(super) const fn unless_partial(partial: bool) -> Exit {
    if partial { Exit::Interrupted } else { Exit::Fine }
}

pub(super) fn of_error(error: &AppError) -> Exit {
    match error {
        error if error.is_interrupted() => Exit::Interrupted,
        error if error.is_bug() => Exit::Bug,
        _ => Exit::Input,
    }
}
