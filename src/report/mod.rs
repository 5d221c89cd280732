//! One plain, serialisable result, and one small file for each format it is written in.
//!
//! ```
//! use csvnet::report::{ExplainReport, Format, Render};
//!
//! let report = ExplainReport { title: "two nodes".into(), variants: Vec::new() };
//! let format: Format = "md".parse()?;
//! let mut text = Vec::new();
//! format.render(&report, &mut text)?;
//! assert_eq!(text, b"# two nodes\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alignment;
pub mod assemble;
mod calibration;
mod columns;
pub mod counters;
mod csv;
mod document;
mod explain;
mod failures;
#[cfg(test)]
mod fixture;
mod format;
mod hops;
mod json;
mod maintenance;
mod markdown;
mod model;
mod narrow;
mod number;
mod outline;
mod plot;
mod residuals;
mod score;
mod seconds;
mod sections;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod validation;

pub use alignment::{
    AlignOf, AlignReport, ChangedRow, MoveRow, OffOwnerRow, SeenRow, WorkloadSeenRow,
};
pub use calibration::{CalibrationReport, ErrorRow, FittedRow, LeftRow, ResidualRow};
pub use csv::Csv;
pub use explain::{ExplainReport, ExplainVariant, FindingRow};
pub use failures::{FailureRow, FailuresOf, FailuresReport};
pub use format::{Format, Render, UnknownFormat};
pub use hops::{GoesOn, HopRow, IoRow, write_hops};
pub use json::Json;
pub use maintenance::{DrainRow, MaintenanceOf, MaintenanceReport};
pub use markdown::Markdown;
pub use model::{
    AssumptionRow, CpuRow, CrossCheckRow, DiskRow, Figure, LimitRow, NotBegun, PathRow, PortRow,
    PrecisionRow, ReplayQuantile, ReplayReport, Report, ResourceRow, RunInfo, Second, StationRow,
    TrafficRow, Unit, VariantReport, Verdict, VolumeRow, WarmUpRow, WorkloadRow, WorkloadSecond,
};
pub use narrow::UnknownName;
pub use residuals::write_residuals;
pub use score::{ScoreMetric, ScoreOf, ScoreReport, ScoreRow, ScoreValue};
pub use table::Table;
pub use timeline::{
    BytesRow, ExposureRow, LimitOverRow, LoadOverRow, LogRow, MigrationRow, PortOverRow, ShareRow,
    StepRow, TimelineOf, TimelineReport, UnavailableRow, WorstRow,
};
pub use validation::{FamilyReport, ValidationPrediction, ValidationReport, ValidationRow};

/// Version of the machine-readable report. It rises when a field changes meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;
