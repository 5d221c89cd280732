//! The scenario file: read, resolved, validated.
//!
//! [`load`](fn@load) reads a file with its includes, lays the changes of each variant over it,
//! looks hardware up in the built-in [`Catalogue`], and gives a [`Scenario`] for each variant, in
//! which every name is resolved, every number has its unit and its source, and nothing is left to
//! be found wrong later. All faults of all variants come back together, each with its place.

pub mod document;

mod arrays;
mod context;
mod diskspd;
mod hbas;
mod intensity;
mod limits;
mod load;
mod models;
mod names;
mod networks;
mod nodes;
mod numbers;
mod parameters;
mod resolve;
mod run;
mod spaces;
mod storage;
mod traces;
mod variants;
mod vms;
mod volumes;
mod workloads;

pub(crate) use load::Fnv;
#[cfg(feature = "cli")]
pub(crate) use run::{PRECISION_HELP, PRECISIONS};

pub use limits::{Limit, LimitOp, LimitQuantity};
pub use load::{Loaded, Variant, load};
pub use models::{Catalogue, Family, Model, Profile};
pub use resolve::Scenario;
pub use run::{RunSettings, WarmUp};
pub use storage::FitRequest;
pub use workloads::ReplaySettings;

#[cfg(test)]
mod tests;
