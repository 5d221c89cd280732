//! From a cluster to a scenario: the script that gathers, and the import of what it gathered.

use std::path::Path;

use super::AppError;
use crate::import::{self, Imported, Loads};

/// The PowerShell script that gathers a cluster into a folder; it only reads.
#[must_use]
pub fn collect_script() -> String {
    import::collect_script()
}

/// Makes a scenario of a folder of exports.
///
/// # Errors
/// Everything in the folder that cannot be read or contradicts itself.
pub fn import(folder: &Path) -> Result<Imported, AppError> {
    // Logs of performance counters give no loads yet, which the import says of each.
    Ok(import::import(folder, &Loads::default())?)
}
