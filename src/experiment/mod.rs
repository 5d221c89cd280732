//! Replications of a network with intervals, the warm-up found, and what parameters and model
//! error add to the uncertainty.
//!
//! Every figure has two intervals. *Sampling*: Student's t over independent replications; more
//! simulation shrinks it. *Prediction*: parameters drawn from their ranges, the model's own error
//! on such paths, and sampling, combined; only measurement shrinks it.
//!
//! [`run`] makes as many replications as stated, or as many as a [`Precision`] takes; [`resume`]
//! goes on from replications that a [`Checkpoint`] kept; [`paired()`] compares two runs
//! replication by replication; [`trace`] shows single I/Os,
//! [`watch`] all of them.

mod checkpoint;
mod contrast;
mod measure;
mod paired;
mod plan;
mod prediction;
mod replicate;
#[cfg(test)]
mod tests;
mod window;

pub use checkpoint::{Checkpoint, CheckpointError, Identity};
pub use contrast::contrast;
pub use measure::{Ended, GroupMeasure, Measurements, Sample, Series, StationMeasure};
pub use paired::{Difference, GroupDifference, PairError, paired};
pub use plan::{Plan, Precision, WarmUp};
pub use prediction::{Influence, Prediction, Ratio, Spread, is_compiled, predict};
pub use replicate::{ExperimentError, Progress, Watch, resume, run, trace, watch};
pub use window::{WarmUpFound, WarmUpRule};
