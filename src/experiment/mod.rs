//! Replications of a network with intervals, the warm-up found, and what parameters and model
//! error add to the uncertainty.
//!
//! Every figure has two intervals. *Sampling*: Student's t over independent replications; more
//! simulation shrinks it. *Prediction*: parameters drawn from their ranges, the model's own error
//! on such paths, and sampling, combined; only measurement shrinks it.

mod measure;
mod plan;
mod prediction;
mod replicate;

pub use measure::{GroupMeasure, Measurements, Series, StationMeasure};
pub use plan::{Plan, WarmUp};
pub use prediction::{Influence, Prediction, Ratio, Spread, predict};
pub use replicate::{ExperimentError, run};
