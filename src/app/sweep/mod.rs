//! Sweeps: a grid file becomes a plan, shards of the plan become parts, parts become one table.

mod error;
mod kept;
mod merge;
mod plan;
mod point;
mod run;
#[cfg(test)]
mod tests;

pub use error::SweepError;
pub use merge::sweep_merge;
pub use plan::{Planned, sweep_plan};
pub use run::{ShardDone, ShardOptions, sweep_run};

use std::fs;
use std::path::Path;

use crate::plan::sweep::SweepPlan;
use error::of_file;

/// Reads a plan.
fn plan_of(path: &Path) -> Result<SweepPlan, SweepError> {
    let text = fs::read(path).map_err(of_file(path))?;
    SweepPlan::read(&text).map_err(|source| SweepError::Plan { path: path.to_owned(), source })
}
