//! One plain, serialisable result, and one small file for each format it is written in.
//!
//! ```
//! use csvnet::report::{ExplainReport, Format, Render};
//!
//! let [title, file] = ["two nodes", "two.toml"].map(str::to_owned);
//! let report = ExplainReport::new(title, file, String::new(), String::new(), Vec::new());
//! let format: Format = "md".parse()?;
//! let mut text = Vec::new();
//! format.render(&report, &mut text)?;
//! assert!(text.starts_with(b"# two nodes\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod assemble;
mod calibration;
mod chart;
mod columns;
pub mod counters;
mod csv;
mod document;
mod explain;
mod failures;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod fixture_all;
mod format;
mod hops;
mod html;
mod json;
mod layout;
mod map;
mod markdown;
mod model;
mod narrow;
mod number;
mod outline;
mod pages;
mod saved;
mod score;
mod seconds;
mod sections;
mod svg;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod validation;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use calibration::{CalibrationReport, ErrorRow, FittedRow, LeftRow, ResidualRow};
pub use csv::Csv;
pub use explain::{ExplainReport, ExplainVariant, FindingRow};
pub use failures::{FailureRow, FailuresOf, FailuresReport};
pub use format::{Format, Render, UnknownFormat};
pub use hops::{GoesOn, HopRow, IoRow, write_hops};
pub use html::Html;
pub use json::{Json, Kind, SavedError};
pub use layout::{Layout, LayoutFlow, LayoutLink, LayoutNode, LayoutStorage, LayoutVolume};
pub use markdown::Markdown;
pub use model::{
    AssumptionRow, CpuRow, CrossCheckRow, DiskRow, Figure, LimitRow, NotBegun, PathRow, PortRow,
    PrecisionRow, ReplayQuantile, ReplayReport, Report, ResourceRow, RunInfo, Second, StationRow,
    TrafficRow, Unit, VariantReport, Verdict, VolumeRow, WarmUpRow, Word, WorkloadRow,
    WorkloadSecond,
};
pub use narrow::UnknownName;
pub use saved::AnyReport;
pub use score::{ScoreMetric, ScoreOf, ScoreReport, ScoreRow, ScoreValue};
pub use table::Table;
pub use timeline::{
    BytesRow, ExposureRow, LimitOverRow, LoadOverRow, LogRow, MigrationRow, PortOverRow, ShareRow,
    StepRow, TimelineOf, TimelineReport, UnavailableRow, WorstRow,
};
pub use validation::{FamilyReport, ValidationPrediction, ValidationReport, ValidationRow};
#[cfg(feature = "xlsx")]
pub use xlsx::Xlsx;

/// Version of the machine-readable report. It rises when a field changes meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;
