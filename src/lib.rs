//! csvnet predicts the load that redirected I/O puts on the CSV (Cluster Shared Volume) network of
//! a Hyper-V failover cluster.

pub mod diagnostic;
pub mod provenance;
pub mod scenario;
pub mod units;
