//! One plain, serialisable result, and one small file for each format it is written in.

mod model;

pub use model::{
    AssumptionRow, CpuRow, CrossCheckRow, DiskRow, Figure, LimitRow, PathRow, PortRow, Report,
    ReplayQuantile, ReplayReport, ResourceRow, RunInfo, Second, StationRow, Unit, VariantReport,
    Verdict, VolumeRow, WorkloadRow,
};

/// Version of the machine-readable report. It rises when a field changes meaning or goes away.
pub const SCHEMA_VERSION: u32 = 1;
