//! csvnet predicts the load that redirected I/O puts on the CSV (Cluster Shared Volume) network of
//! a Hyper-V failover cluster.

pub mod stats;
pub mod trace;
pub mod units;
pub mod workload;
