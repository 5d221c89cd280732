//! Numbers about numbers: moments, quantiles, confidence intervals, warm-up and series over time.
//!
//! Everything here has bounded memory and takes no decision about what is measured; times are plain
//! picoseconds (`_ps`), amounts plain counts, so that each file can be checked with pen and paper.

pub mod batch_means;
pub mod bins;
pub mod estimate;
pub mod moments;
pub mod quantiles;
pub mod time_average;
pub mod warmup;

pub use batch_means::BatchMeans;
pub use bins::{BinsError, Peak, SecondBins};
pub use estimate::Estimate;
pub use moments::Moments;
pub use quantiles::{PackedQuantiles, Quantiles, QuantilesError};
pub use time_average::TimeAverage;
pub use warmup::{BatchedSeries, SeriesError, Truncation, mser};
