//! Which counters tell what of a node, a volume, an adapter.
//!
//! Sources of a metric stand in order of preference: the first that a log has is taken. Names are
//! compared without case, dots, dashes and spaces; `|` separates spellings.

use super::observe::RowKind;
use How::{Increase, Latency, Level, Rate};
use RowKind::{ClientShare, Disk, Nic, Node, ServerShare, VirtualDisk, Volume};

/// How samples of a metric become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Mean over time and peak; over nodes they add up. Several counters are summed.
    Rate,
    /// Mean over time and peak; over nodes nothing follows.
    Level,
    /// The first counter weighted by the sum of the others.
    Latency,
    /// By how much a total rose.
    Increase,
}

/// Counters of one object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) object: &'static str,
    pub(super) counters: &'static [&'static str],
}

/// One column of the table of observations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric {
    pub(super) kind: RowKind,
    pub(super) name: &'static str,
    pub(super) how: How,
    pub(super) sources: &'static [Source],
}

macro_rules! metric {
    ($kind:ident $how:ident $name:literal: $($object:ident [$($counter:literal),+]),+) => {
        Metric {
            kind: $kind,
            name: $name,
            how: $how,
            sources: &[$(Source { object: $object, counters: &[$($counter),+] }),+],
        }
    };
}

const LP: &str = "Hyper-V Hypervisor Logical Processor";
const ROOT: &str = "Hyper-V Hypervisor Root Virtual Processor";
const INFORMATION: &str = "Processor Information";
const PROCESSOR: &str = "Processor";
const FS: &str = "Cluster CSV File System";
const CSVFS: &str = "Cluster CSVFS";
const REDIRECTED: &str = "Cluster CSVFS Redirected IO";
const MANAGER: &str = "Cluster CSV Volume Manager";
const BLOCK: &str = "Cluster CSV Block Redirection";
const COORDINATOR: &str = "Cluster CSV Coordinator";
const INTERFACE: &str = "Network Interface";
const RDMA: &str = "RDMA Activity";
const CLIENT: &str = "SMB Client Shares";
const SERVER: &str = "SMB Server Shares";
const PHYSICAL: &str = "PhysicalDisk";
const CLUSTER: &str = "Cluster Disk Counters";
const DEVICE: &str = "Hyper-V Virtual Storage Device";

/// Every metric, in the order of the columns.
pub(super) const METRICS: &[Metric] = &[
    metric!(Node Level "cpu_pct": LP ["% Total Run Time"]),
    metric!(Node Level "guest_cpu_pct": LP ["% Guest Run Time"]),
    metric!(Node Level "root_vp_pct": ROOT ["% Total Run Time"]),
    metric!(Node Level "processor_pct":
        INFORMATION ["% Processor Time"], PROCESSOR ["% Processor Time"]),
    metric!(Volume Rate "read_iops": CSVFS ["Reads/sec"], FS ["Reads/sec"]),
    metric!(Volume Rate "write_iops": CSVFS ["Writes/sec"], FS ["Writes/sec"]),
    metric!(Volume Rate "read_bytes_s":
        CSVFS ["Read Bytes/sec"], FS ["IO Read Bytes/sec", "Redirected Read Bytes/sec"]),
    metric!(Volume Rate "write_bytes_s":
        CSVFS ["Write Bytes/sec"], FS ["IO Write Bytes/sec", "Redirected Write Bytes/sec"]),
    metric!(Volume Latency "read_latency_s": CSVFS ["Avg. sec/Read", "Reads/sec"]),
    metric!(Volume Latency "write_latency_s": CSVFS ["Avg. sec/Write", "Writes/sec"]),
    metric!(Volume Rate "read_queue":
        CSVFS ["Avg. Read Queue Length|Current Read Queue Length"], FS ["Read Queue Length"]),
    metric!(Volume Rate "write_queue":
        CSVFS ["Avg. Write Queue Length|Current Write Queue Length"], FS ["Write Queue Length"]),
    metric!(Volume Rate "fs_redirected_read_iops":
        FS ["Redirected Reads/sec"], REDIRECTED ["Reads/sec"]),
    metric!(Volume Rate "fs_redirected_write_iops":
        FS ["Redirected Writes/sec"], REDIRECTED ["Writes/sec"]),
    metric!(Volume Rate "fs_redirected_read_bytes_s":
        FS ["Redirected Read Bytes/sec"], REDIRECTED ["Read Bytes/sec"]),
    metric!(Volume Rate "fs_redirected_write_bytes_s":
        FS ["Redirected Write Bytes/sec"], REDIRECTED ["Write Bytes/sec"]),
    metric!(Volume Rate "block_redirected_read_iops":
        MANAGER ["IO Read/sec - Redirected|IO Reads/sec - Redirected"]),
    metric!(Volume Rate "block_redirected_write_iops":
        MANAGER ["IO Writes/sec - Redirected|IO Write/sec - Redirected"]),
    metric!(Volume Rate "block_redirected_read_bytes_s":
        MANAGER ["IO Read Bytes/sec - Redirected"]),
    metric!(Volume Rate "block_redirected_write_bytes_s":
        MANAGER ["IO Write Bytes/sec - Redirected"]),
    metric!(Volume Rate "owner_block_read_iops": BLOCK ["IO Reads/sec"]),
    metric!(Volume Rate "owner_block_write_iops": BLOCK ["IO Writes/sec"]),
    metric!(Volume Rate "owner_fs_read_iops": COORDINATOR ["IO Reads/sec"]),
    metric!(Volume Rate "owner_fs_write_iops": COORDINATOR ["IO Writes/sec"]),
    metric!(Volume Rate "metadata_iops": CSVFS ["Metadata IO/sec"], FS ["Metadata IO/sec"]),
    metric!(Volume Increase "pauses":
        FS ["Volume Pause Count - Total"], CSVFS ["Volume Pause Count - Total"]),
    metric!(Nic Rate "rx_bytes_s": INTERFACE ["Bytes Received/sec"]),
    metric!(Nic Rate "tx_bytes_s": INTERFACE ["Bytes Sent/sec"]),
    metric!(Nic Level "bandwidth_bits_s": INTERFACE ["Current Bandwidth"]),
    metric!(Nic Rate "output_queue": INTERFACE ["Output Queue Length"]),
    metric!(Nic Rate "rdma_rx_bytes_s": RDMA ["RDMA Inbound Bytes/sec"]),
    metric!(Nic Rate "rdma_tx_bytes_s": RDMA ["RDMA Outbound Bytes/sec"]),
    metric!(Disk Rate "read_iops": PHYSICAL ["Disk Reads/sec"]),
    metric!(Disk Rate "write_iops": PHYSICAL ["Disk Writes/sec"]),
    metric!(Disk Rate "read_bytes_s": PHYSICAL ["Disk Read Bytes/sec"]),
    metric!(Disk Rate "write_bytes_s": PHYSICAL ["Disk Write Bytes/sec"]),
    metric!(Disk Latency "read_latency_s": PHYSICAL ["Avg. Disk sec/Read", "Disk Reads/sec"]),
    metric!(Disk Latency "write_latency_s": PHYSICAL ["Avg. Disk sec/Write", "Disk Writes/sec"]),
    metric!(Disk Rate "read_queue": PHYSICAL ["Avg. Disk Read Queue Length"]),
    metric!(Disk Rate "write_queue": PHYSICAL ["Avg. Disk Write Queue Length"]),
    metric!(Disk Rate "queue":
        PHYSICAL ["Avg. Disk Queue Length|Current Disk Queue Length"]),
    metric!(Disk Rate "cluster_read_iops": CLUSTER ["Reads/sec|Read/sec"]),
    metric!(Disk Rate "cluster_write_iops": CLUSTER ["Writes/sec|Write/sec"]),
    metric!(Disk Rate "cluster_read_bytes_s": CLUSTER ["Read Bytes/sec|Read - Bytes/sec"]),
    metric!(Disk Rate "cluster_write_bytes_s": CLUSTER ["Write Bytes/sec|Write - Bytes/sec"]),
    metric!(Disk Latency "cluster_read_latency_s":
        CLUSTER ["Read Latency", "Reads/sec|Read/sec"]),
    metric!(Disk Latency "cluster_write_latency_s":
        CLUSTER ["Write Latency", "Writes/sec|Write/sec"]),
    metric!(VirtualDisk Rate "read_iops": DEVICE ["Read Operations/sec"]),
    metric!(VirtualDisk Rate "write_iops": DEVICE ["Write Operations/sec"]),
    metric!(VirtualDisk Rate "read_bytes_s": DEVICE ["Read Bytes/sec"]),
    metric!(VirtualDisk Rate "write_bytes_s": DEVICE ["Write Bytes/sec"]),
    metric!(VirtualDisk Rate "queue": DEVICE ["Queue Length"]),
    metric!(ClientShare Rate "read_requests_s": CLIENT ["Read Requests/sec"]),
    metric!(ClientShare Rate "write_requests_s": CLIENT ["Write Requests/sec"]),
    metric!(ClientShare Rate "read_bytes_s": CLIENT ["Read Bytes/sec"]),
    metric!(ClientShare Rate "write_bytes_s": CLIENT ["Write Bytes/sec"]),
    metric!(ClientShare Latency "read_latency_s":
        CLIENT ["Avg. sec/Read", "Read Requests/sec"]),
    metric!(ClientShare Latency "write_latency_s":
        CLIENT ["Avg. sec/Write", "Write Requests/sec"]),
    metric!(ClientShare Rate "queue":
        CLIENT ["Avg. Data Queue Length|Current Data Queue Length"]),
    metric!(ClientShare Rate "credit_stalls_s": CLIENT ["Credit Stalls/sec"]),
    metric!(ClientShare Rate "rdma_read_bytes_s":
        CLIENT ["Read Bytes transmitted via SMB Direct/sec"]),
    metric!(ClientShare Rate "rdma_write_bytes_s":
        CLIENT ["Write Bytes transmitted via SMB Direct/sec"]),
    metric!(ServerShare Rate "read_requests_s": SERVER ["Read Requests/sec"]),
    metric!(ServerShare Rate "write_requests_s": SERVER ["Write Requests/sec"]),
    metric!(ServerShare Rate "read_bytes_s": SERVER ["Read Bytes/sec"]),
    metric!(ServerShare Rate "write_bytes_s": SERVER ["Write Bytes/sec"]),
    metric!(ServerShare Latency "read_latency_s":
        SERVER ["Avg. sec/Read", "Read Requests/sec"]),
    metric!(ServerShare Latency "write_latency_s":
        SERVER ["Avg. sec/Write", "Write Requests/sec"]),
    metric!(ServerShare Rate "queue":
        SERVER ["Avg. Data Queue Length|Current Data Queue Length"]),
];

/// The place of a metric among the columns of the table.
pub(super) fn place(name: &str) -> usize {
    METRICS.iter().position(|metric| metric.name == name).unwrap_or(METRICS.len())
}
