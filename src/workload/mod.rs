//! Who asks: descriptions of load.

pub mod diskspd;
mod spec;

pub use spec::{Access, HotSpot, Intensity, ReplayIo, WorkloadSpec};
