//! What is wrong with a command line, all of it at once.

use std::fmt;
use std::ops::Range;

/// Why a flag was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The value is missing or not of its form or range.
    Malformed,
    /// DiskSpd knows the flag, but what it does is outside a description of load.
    Refused,
    /// Not a flag of DiskSpd 2.2.
    Unknown,
    /// Each flag is right by itself, but not together with another or with the target.
    Conflict,
    /// The flag stands after a target, or something needed is not there.
    Misplaced,
}

/// One thing wrong with a command line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}: {problem}; {help}")]
#[non_exhaustive]
pub struct DiskSpdError {
    /// The word at fault, without quotes; empty when something is missing.
    pub flag: String,
    /// Its bytes in the line, quotes included; always on character boundaries.
    pub at: Range<usize>,
    /// Why it was not accepted.
    pub kind: FaultKind,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub help: String,
}

/// Everything wrong with a command line, in order of place; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskSpdErrors(pub(super) Vec<DiskSpdError>);

impl DiskSpdErrors {
    /// The faults in order of place.
    #[must_use]
    pub fn faults(&self) -> &[DiskSpdError] {
        &self.0
    }
}

impl fmt::Display for DiskSpdErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DiskSpdErrors {}
