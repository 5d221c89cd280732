//! How a cluster behaves: which path an I/O takes, and what it costs on the way.
//!
//! Each behaviour is a small file that opens with what is modelled, what is not, the formula and
//! its source. [`compile`](fn@compile) puts them together into a
//! [`Network`](crate::network::Network).

mod attach;
mod background;
mod backup;
mod block_cache;
mod build;
mod change;
mod coalesce;
mod compile;
mod compute;
mod control;
mod evidence;
mod fallback;
mod finding;
mod growth;
mod guest;
mod interim;
mod iscsi;
mod loss;
mod metadata;
mod needs;
mod outage;
mod owner_loss;
mod path;
mod receive;
mod reservations;
mod security;
mod session;
mod share;
mod smb;
mod state;
mod storage;
mod switching;
mod throttle;
mod traffic;
mod wire;
mod workload;

pub use build::CompileError;
pub use compile::{Compiled, CompiledRoute, DiskPath, compile};
pub use evidence::Evidence;
pub use finding::{Finding, FindingKind};
pub use path::{IoPath, disk_path};
pub use state::{BlockReason, FileSystemReason, VolumeMode, VolumeState, successor, volume_state};
