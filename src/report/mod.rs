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

mod alignment;
pub mod assemble;
mod calibration;
mod chart;
mod columns;
mod compare;
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
mod gate;
mod headroom;
mod hops;
mod html;
mod json;
mod layout;
mod maintenance;
mod map;
mod markdown;
mod model;
mod models;
mod narrow;
mod number;
mod outline;
mod pages;
mod quote;
mod saved;
mod schema;
mod score;
mod seconds;
mod sections;
mod size;
mod svg;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod timeline;
mod validation;
#[cfg(feature = "xlsx")]
mod xlsx;

pub use alignment::{
    AlignOf, AlignReport, ChangedRow, MoveRow, OffOwnerRow, SeenRow, WorkloadSeenRow,
};
pub use calibration::{CalibrationReport, ErrorRow, FittedRow, LeftRow, ResidualRow};
pub use compare::{CompareReport, Compared, DifferenceRow, SideRow, Sureness};
pub use csv::Csv;
pub use explain::{ExplainReport, ExplainVariant, FindingRow};
pub use failures::{FailureRow, FailuresOf, FailuresReport};
pub use format::{Format, Render, UnknownFormat};
pub use gate::{GateReport, GateRow, GateTold, LookedAt};
pub(crate) use headroom::ALL_LOADS;
pub use headroom::{HeadroomReport, HeadroomRow, MonthsRow, SwingRow};
pub use hops::{GoesOn, HopRow, IoRow, write_hops};
pub use html::Html;
pub use json::{Json, Kind, SavedError};
pub use layout::{Layout, LayoutFlow, LayoutLink, LayoutNode, LayoutStorage, LayoutVolume};
pub use maintenance::{DrainRow, MaintenanceOf, MaintenanceReport};
pub use markdown::Markdown;
pub use model::{
    AssumptionRow, CpuRow, CrossCheckRow, DiskRow, Figure, LimitRow, NotBegun, PathRow, PortRow,
    PrecisionRow, ReplayQuantile, ReplayReport, Report, ResourceRow, RunInfo, Second, StationRow,
    TrafficRow, Unit, VariantReport, Verdict, VolumeRow, WarmUpRow, Word, WorkloadRow,
    WorkloadSecond,
};
pub use models::{ModelReport, ModelRow, ModelsReport, NumberRow};
pub use narrow::UnknownName;
pub use quote::quoted;
pub use saved::AnyReport;
pub use schema::schema;
pub use score::{ScoreMetric, ScoreOf, ScoreReport, ScoreRow, ScoreValue};
pub use size::{SizeReport, SizeRow, SizeState};
pub use sweep::{
    EffectRow, PointError, RangeRow, SweepOf, SweepReport, SweptLimit, SweptRow, swept_figures,
};
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
