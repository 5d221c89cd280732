//! The scenario on its way: what will be written, names as the cluster has them.

use crate::topology::WindowsVersion;

/// Everything that is written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) title: String,
    pub(super) windows: WindowsVersion,
    pub(super) multichannel: Option<bool>,
    pub(super) use_client_networks: Option<bool>,
    pub(super) signing: Option<bool>,
    pub(super) encryption: Option<bool>,
    pub(super) block_cache_mib: Option<u64>,
    /// Bytes a second of live migration, of storage of machines, and of other SMB traffic.
    pub(super) limits: [Option<u64>; 3],
    /// Ports and teams that SMB may use, by node.
    pub(super) constraints: Vec<(String, Vec<String>)>,
    pub(super) networks: Vec<Network>,
    pub(super) nodes: Vec<Node>,
    pub(super) storage: Option<Storage>,
    pub(super) volumes: Vec<Volume>,
    pub(super) vms: Vec<Vm>,
    pub(super) guest_clusters: Vec<GuestCluster>,
    pub(super) workloads: Vec<Workload>,
    /// What a report made of the scenario is to say as well.
    pub(super) assumed: Vec<String>,
    /// Names and values as they are written.
    pub(super) parameters: Vec<(String, String)>,
}

#[derive(Debug, Default)]
pub(super) struct Network {
    pub(super) name: String,
    pub(super) switch: &'static str,
    pub(super) mtu: u64,
    pub(super) pfc: bool,
    pub(super) role: &'static str,
    pub(super) metric: Option<u64>,
    pub(super) subnets: usize,
    /// Traffic classes and their percent.
    pub(super) ets: Vec<(&'static str, u64)>,
}

#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) cpu: String,
    pub(super) memory: Option<u64>,
    /// Share of the processors that machines keep busy by themselves.
    pub(super) load: Option<f64>,
    pub(super) nics: Vec<Nic>,
    pub(super) teams: Vec<Team>,
    pub(super) hba: Option<Hba>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Nic {
    pub(super) name: String,
    pub(super) model: String,
    /// None of a member of a team, and of a port that is only there for other things.
    pub(super) network: Option<String>,
    /// As it is written: `true`, `false`, or a word in quotes; none as the model.
    pub(super) rdma: Option<&'static str>,
    pub(super) rss: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Team {
    pub(super) name: String,
    pub(super) members: Vec<String>,
    pub(super) mode: &'static str,
    pub(super) algorithm: &'static str,
    pub(super) vnics: usize,
    pub(super) vrss: bool,
    pub(super) network: String,
}

#[derive(Debug, Clone)]
pub(super) enum Hba {
    /// A card.
    Model(&'static str),
    /// The initiator of Windows on these ports.
    Initiator(Vec<String>),
}

#[derive(Debug, Default)]
pub(super) struct Storage {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) model: &'static str,
    pub(super) mpio: Option<&'static str>,
    /// Drives of a node: fast ones and others.
    pub(super) drives: Option<[u64; 2]>,
}

#[derive(Debug, Default)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) owner: Option<String>,
    pub(super) refs: bool,
    /// Fields that are written as true.
    pub(super) marks: Vec<&'static str>,
    /// Filters that cannot do direct I/O: above the file system, above the volume.
    pub(super) filters: [bool; 2],
    pub(super) resiliency: Option<&'static str>,
    pub(super) lost_paths: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Vm {
    pub(super) name: String,
    pub(super) node: String,
    pub(super) vcpus: u64,
    pub(super) disks: Vec<Disk>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) name: String,
    /// Of the virtual disk file; empty where it was made up.
    pub(super) path: String,
    pub(super) volume: String,
    pub(super) sharing: Option<&'static str>,
    pub(super) format: Option<&'static str>,
    pub(super) growth: Option<&'static str>,
    pub(super) max_iops: Option<u64>,
    pub(super) size: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct GuestCluster {
    pub(super) name: String,
    pub(super) members: Vec<String>,
    pub(super) active: String,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) vms: Vec<String>,
    pub(super) guest_cluster: Option<String>,
    pub(super) disk: String,
    pub(super) block: u64,
    pub(super) read_percent: f64,
    pub(super) iops: f64,
    pub(super) working_set: u64,
}
