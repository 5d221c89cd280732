//! The things a cluster consists of.

use super::{CsvId, FilterDriver, NetworkId, NicId, NodeId, Replica, Resiliency, StorageId, VmId};

/// A Windows Server version. Order is age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum WindowsVersion {
    /// Windows Server 2012.
    W2012,
    /// Windows Server 2012 R2.
    W2012R2,
    /// Windows Server 2016.
    W2016,
    /// Windows Server 2019.
    W2019,
    /// Windows Server 2022.
    #[default]
    W2022,
    /// Windows Server 2025.
    W2025,
}

impl WindowsVersion {
    /// Every version with its name.
    pub const ALL: [(&'static str, Self); 6] = [
        ("2012", Self::W2012),
        ("2012 R2", Self::W2012R2),
        ("2016", Self::W2016),
        ("2019", Self::W2019),
        ("2022", Self::W2022),
        ("2025", Self::W2025),
    ];

    /// Its name, such as `2012 R2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, v)| *v == self).map_or("", |(name, _)| name)
    }
}

/// The RDMA an interface speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rdma {
    /// None.
    #[default]
    None,
    /// RDMA over Converged Ethernet, version 1.
    RoceV1,
    /// RDMA over Converged Ethernet, version 2.
    RoceV2,
    /// Internet Wide Area RDMA Protocol.
    Iwarp,
    /// InfiniBand.
    InfiniBand,
}

impl Rdma {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("roce-v1", Self::RoceV1),
        ("roce-v2", Self::RoceV2),
        ("iwarp", Self::Iwarp),
        ("infiniband", Self::InfiniBand),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, v)| *v == self).map_or("", |(name, _)| name)
    }
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name.
    pub name: String,
    /// Name of the CPU class in the parameter set: `cpus.<class>`.
    pub cpu: String,
    /// Interface ports.
    pub nics: Vec<NicId>,
    /// Teams.
    pub teams: Vec<Team>,
    /// Host bus adapters.
    pub hbas: Vec<Hba>,
    /// Share of its cores that the virtual machines' own computing keeps busy, from 0 to below 1.
    pub load: f64,
}

/// An interface port.
#[derive(Clone, Debug, PartialEq)]
pub struct Nic {
    /// Name within its node.
    pub name: String,
    /// Its node.
    pub node: NodeId,
    /// The network it is plugged into.
    pub network: Option<NetworkId>,
    /// Name of the model in the parameter set: `nics.<model>`.
    pub model: String,
    /// Bits a second.
    pub speed_bits_per_s: f64,
    /// The RDMA it speaks and that is switched on.
    pub rdma: Rdma,
    /// Receive queues; one or none counts as no RSS.
    pub rss_queues: u32,
    /// The team it belongs to, by position in the node.
    pub team: Option<usize>,
}

/// How a team spreads traffic over its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bonding {
    /// Link Aggregation Control Protocol: both sides hash flows.
    Lacp,
    /// Static aggregation: both sides hash flows.
    Static,
    /// Switch independent: outbound is spread, inbound arrives on one member.
    SwitchIndependent,
}

impl Bonding {
    /// Every mode with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("lacp", Self::Lacp),
        ("static", Self::Static),
        ("switch-independent", Self::SwitchIndependent),
    ];
}

/// A team of interface ports. A team hides RDMA.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Name within its node.
    pub name: String,
    /// Member ports.
    pub members: Vec<NicId>,
    /// How it spreads traffic.
    pub bonding: Bonding,
    /// The network it is plugged into.
    pub network: NetworkId,
}

/// A host bus adapter, or the iSCSI initiator of Windows, and the storage it reaches.
#[derive(Clone, Debug, PartialEq)]
pub struct Hba {
    /// Name of the model in the parameter set: `hbas.<model>`; empty for the initiator.
    pub model: String,
    /// The storage system it is cabled to.
    pub storage: StorageId,
    /// Ports that have a path.
    pub ports: u32,
    /// Network ports the iSCSI initiator has a session on; none for an adapter.
    pub nics: Vec<NicId>,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Name.
    pub name: String,
    /// Name of the switch model in the parameter set: `switches.<model>`.
    pub switch: String,
    /// IP MTU in bytes, Ethernet header not counted.
    pub mtu_bytes: u32,
    /// RDMA path MTU in bytes.
    pub path_mtu_bytes: u32,
    /// Whether priority flow control is configured end to end.
    pub pfc: bool,
    /// Whether VLAN tags add four bytes a frame.
    pub vlan: bool,
    /// Whether cluster traffic may use it.
    pub cluster: bool,
}

/// A file system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileSystem {
    /// NTFS.
    #[default]
    Ntfs,
    /// ReFS.
    Refs,
}

/// A Cluster Shared Volume.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of a volume")]
pub struct Volume {
    /// Name.
    pub name: String,
    /// The storage it lies on.
    pub storage: StorageId,
    /// The coordinator node.
    pub owner: NodeId,
    /// File system.
    pub file_system: FileSystem,
    /// An administrator turned redirected access on.
    pub redirected_by_user: bool,
    /// Attached filter drivers that cannot do direct I/O.
    pub filters: Vec<FilterDriver>,
    /// `BitLocker` is converting the volume.
    pub bitlocker_initializing: bool,
    /// Storage Replica replicates the volume.
    pub replicated: bool,
    /// Where to, if that is modelled.
    pub replica: Option<Replica>,
    /// For a storage space: how it keeps data.
    pub resiliency: Resiliency,
    /// For a storage space: it has tiers, and NTFS counts how hot data is.
    pub tiered: bool,
    /// The cluster holds back its I/O.
    pub paused: bool,
    /// Nodes that have lost their path to the storage.
    pub lost_paths: Vec<NodeId>,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Vm {
    /// Name.
    pub name: String,
    /// The node it runs on.
    pub node: NodeId,
    /// Virtual processors.
    pub vcpus: u32,
}

/// How a virtual disk is shared between the members of a guest cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Not shared.
    #[default]
    None,
    /// Shared VHDX (Windows Server 2012 R2 and later).
    SharedVhdx,
    /// VHD Set (Windows Server 2016 and later).
    VhdSet,
}

/// Storage quality of service: what a virtual disk may do at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DiskQos {
    /// Most normalized I/Os a second: one for each begun 8 KiB.
    pub max_iops: Option<f64>,
    /// Most bytes a second.
    pub max_bytes_per_s: Option<f64>,
}

/// A virtual disk as one virtual machine sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Disk {
    /// Name within its virtual machine.
    pub name: String,
    /// The virtual machine.
    pub vm: VmId,
    /// The volume its file lies on.
    pub volume: CsvId,
    /// Sharing.
    pub sharing: Sharing,
    /// Storage quality of service of this disk of this virtual machine.
    pub qos: DiskQos,
}

/// A guest cluster: virtual machines that share a disk, one of them active.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestCluster {
    /// Name.
    pub name: String,
    /// Members.
    pub members: Vec<VmId>,
    /// The active member, which produces the data traffic.
    pub active: VmId,
}
