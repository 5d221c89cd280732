//! Reads a report that was saved as JSON.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::AppError;
use crate::report::{AnyReport, SavedError};
use crate::trace::text::Decoded;

/// Why a saved report cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SavedProblem {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It is no text.
    #[error("it is not text; save it as UTF-8 or UTF-16")]
    Text,
    /// It is no report.
    #[error(transparent)]
    Report(#[from] SavedError),
}

/// Reads what a command wrote with `--format json`, of whatever kind; also where Windows
/// `PowerShell` redirected it to a file, which makes UTF-16 of it.
///
/// # Errors
/// When the file cannot be read, is no report, or one of another version.
pub fn saved(path: &Path) -> Result<AnyReport, AppError> {
    let failed = |problem: SavedProblem| AppError::Saved { path: path.to_owned(), problem };
    let file = fs::File::open(path).map_err(|error| failed(error.into()))?;
    let mut bytes = Vec::new();
    Decoded::new(file).read_to_end(&mut bytes).map_err(|error| failed(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|_| failed(SavedProblem::Text))?;
    AnyReport::read(&text).map_err(|error| failed(error.into()))
}
