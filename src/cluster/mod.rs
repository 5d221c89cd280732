//! How a cluster behaves: which path an I/O takes, and what it costs on the way.
//!
//! Each behaviour is a small file that opens with what is modelled, what is not, the formula and
//! its source. [`compile`](fn@compile) puts them together into a
//! [`Network`](crate::network::Network).

mod background;
mod build;
mod compile;
mod compute;
mod evidence;
mod finding;
mod guest;
mod mode;
mod smb;
mod state;
mod storage;
mod throttle;
mod wire;

pub use build::CompileError;
pub use compile::{Compiled, CompiledRoute, DiskPath, compile};
pub use evidence::Evidence;
pub use finding::{Finding, FindingKind};
pub use mode::{IoPath, disk_path};
pub use state::{BlockReason, FileSystemReason, VolumeMode, VolumeState, successor, volume_state};
