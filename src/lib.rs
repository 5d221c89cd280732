//! csvnet predicts the load redirected I/O puts on the CSV (Cluster Shared Volume) network of
//! a Hyper-V failover cluster.

pub mod analytic;
pub mod diagnostic;
pub mod engine;
pub mod network;
pub mod policy;
pub mod provenance;
pub mod random;
pub mod stats;
pub mod topology;
pub mod trace;
pub mod units;
