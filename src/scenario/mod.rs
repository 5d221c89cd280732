//! The scenario file: read, resolved, validated.
//!
//! [`load`](fn@load) reads a file with its includes, lays the changes of each variant over it,
//! looks hardware up in the built-in [`Catalogue`], and gives a [`Scenario`] for each variant, in
//! which every name is resolved, every number has its unit and its source, and nothing is left to
//! be found wrong later. All faults of all variants come back together, each with its place.

pub mod document;

mod arrays;
mod backups;
mod block_cache;
mod builder;
mod changes;
mod context;
mod disks;
mod diskspd;
mod ets;
mod file_servers;
mod growth;
mod hbas;
mod intensity;
mod levers;
mod limits;
mod load;
mod models;
mod names;
mod networks;
mod nodes;
mod numbers;
mod opened;
mod outages;
mod owner_loss;
mod parameters;
mod placement;
mod resolve;
mod run;
pub(crate) mod schema;
mod smb;
mod spaces;
mod storage;
mod timeline;
mod trace_layout;
mod traces;
mod traffic;
mod variants;
mod vms;
mod volumes;
mod workloads;

pub(crate) use load::Fnv;
#[cfg(feature = "cli")]
pub(crate) use run::{PRECISION_HELP, PRECISIONS};

pub use builder::{Builder, Field, Part};
pub use limits::{Limit, LimitOp, LimitQuantity};
pub use load::{Loaded, Variant, load};
pub use models::{Catalogue, Family, Model, Profile};
pub use opened::{Maker, Opened, Setting};
pub use resolve::Scenario;
pub use run::{RunSettings, WarmUp};
pub use schema::schema;
pub use storage::FitRequest;
pub use workloads::ReplaySettings;

#[cfg(test)]
mod tests;
