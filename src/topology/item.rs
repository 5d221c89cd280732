//! The things a cluster consists of.

use std::collections::BTreeMap;

use super::{
    Attachment, CsvId, DiskFormat, FilterDriver, Need, NetworkId, NicId, NodeId, OwnerLoss,
    Placement, Replica, Resiliency, StorageId, VmId, VmMemory,
};

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
    /// Bytes of memory, where stated.
    pub memory_bytes: Option<f64>,
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
    /// IP MTU in bytes, where it is not that of the network.
    pub mtu_bytes: Option<u32>,
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
    /// Switch Embedded Teaming (Windows Server 2016 and later): host vNICs keep RDMA.
    Set,
}

impl Bonding {
    /// Every mode with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("lacp", Self::Lacp),
        ("static", Self::Static),
        ("switch-independent", Self::SwitchIndependent),
        ("set", Self::Set),
    ];
}

/// What a team takes a flow for: the load balancing algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hashing {
    /// Addresses and ports: each connection by itself.
    #[default]
    TransportPorts,
    /// IP addresses: all connections of two nodes together.
    IpAddresses,
    /// MAC addresses: all connections of two nodes together.
    MacAddresses,
    /// Each port of the virtual switch, such as a host vNIC, on one member.
    HyperVPort,
    /// Outbound flowlets over all members; inbound on one member for each peer.
    Dynamic,
}

impl Hashing {
    /// Every algorithm with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("transport-ports", Self::TransportPorts),
        ("ip-addresses", Self::IpAddresses),
        ("mac-addresses", Self::MacAddresses),
        ("hyper-v-port", Self::HyperVPort),
        ("dynamic", Self::Dynamic),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, v)| *v == self).map_or("", |(name, _)| name)
    }
}

/// A team of interface ports. A team hides RDMA, unless it is a SET team with host vNICs.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Name within its node.
    pub name: String,
    /// Member ports.
    pub members: Vec<NicId>,
    /// How it spreads traffic.
    pub bonding: Bonding,
    /// What it takes a flow for.
    pub hashing: Hashing,
    /// Host vNICs on a virtual switch above it; none: the team itself is the interface.
    pub vnics: u32,
    /// Whether the vNICs have several receive queues.
    pub vrss: bool,
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
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of a network")]
pub struct Network {
    /// Name.
    pub name: String,
    /// Name of the switch model in the parameter set: `switches.<model>`.
    pub switch: String,
    /// IP MTU in bytes, Ethernet header not counted.
    pub mtu_bytes: u32,
    /// RDMA path MTU in bytes.
    pub path_mtu_bytes: u32,
    /// Delay of the way there and back beside that of ports, cables and switch, in picoseconds.
    pub round_trip_ps: u64,
    /// Whether priority flow control is configured end to end.
    pub pfc: bool,
    /// Whether VLAN tags add four bytes a frame.
    pub vlan: bool,
    /// Whether cluster traffic may use it.
    pub cluster: bool,
    /// Whether clients use it as well.
    pub client: bool,
    /// The metric, where an administrator stated it.
    pub metric: Option<u32>,
    /// Subnets that the interfaces of a node are on, in turn.
    pub subnets: u32,
    /// Bytes the switch buffers for one port, where stated.
    pub buffer_bytes: Option<u64>,
    /// Whether the switch takes in a whole frame before it sends it on.
    pub store_and_forward: bool,
    /// Traffic classes of the ports; none: all traffic is alike.
    pub classes: Vec<TrafficClass>,
    /// Several switches and the links between them.
    pub uplink: Option<Uplink>,
}

/// A traffic class of Enhanced Transmission Selection (IEEE 802.1Qaz).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficClass {
    /// Name; `default` takes what names no class.
    pub name: String,
    /// Share of the port it gets under contention, in percent.
    pub percent: u32,
}

/// Switches of one network, each with an uplink to the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Uplink {
    /// Rate of each uplink, one direction, in bits a second.
    pub bits_per_s: f64,
    /// The nodes at each switch.
    pub switches: Vec<Vec<NodeId>>,
}

impl Uplink {
    /// The switch of a node.
    #[must_use]
    pub fn switch_of(&self, node: NodeId) -> Option<usize> {
        self.switches.iter().position(|nodes| nodes.contains(&node))
    }
}

/// What the cluster's SMB is told.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of SMB")]
pub struct Smb {
    /// Whether Multichannel is on.
    pub multichannel: bool,
    /// Whether CSV traffic may use networks that clients use; else only where no other joins.
    pub client_networks: bool,
    /// Whether messages are signed.
    pub signing: bool,
    /// Whether they are encrypted.
    pub encryption: bool,
    /// How I/Os are spread over connections.
    pub connection_use: ConnectionUse,
    /// The interfaces a node may use, by name in small letters, where constrained.
    pub constraints: BTreeMap<NodeId, Vec<String>>,
    /// Most bits a second that a node sends as live migration over SMB.
    pub live_migration_limit: Option<f64>,
    /// Most bits a second that a node sends as storage of machines over SMB, which migrated disks
    /// are and CSV traffic is not.
    pub virtual_machine_limit: Option<f64>,
    /// Most bits a second that a node sends as other SMB traffic, CSV traffic not counted.
    pub default_limit: Option<f64>,
}

impl Default for Smb {
    fn default() -> Self {
        Self {
            multichannel: true,
            client_networks: true,
            signing: false,
            encryption: false,
            connection_use: ConnectionUse::default(),
            constraints: BTreeMap::new(),
            live_migration_limit: None,
            virtual_machine_limit: None,
            default_limit: None,
        }
    }
}

/// A port that is down for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The port.
    pub nic: NicId,
    /// When it fails, in picoseconds since the start of the run.
    pub from_ps: u64,
    /// When it is back.
    pub to_ps: u64,
}

/// A port that runs at another rate from an instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateChange {
    /// The port.
    pub nic: NicId,
    /// From when, in picoseconds since the start of the run.
    pub at_ps: u64,
    /// Bits a second, each direction.
    pub bits_per_s: f64,
}

/// The state of a volume from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeChange {
    /// From when, in picoseconds since the start of the run.
    pub at_ps: u64,
    /// The coordinator.
    pub owner: NodeId,
    /// Whether redirected access is turned on.
    pub redirected: bool,
}

/// How the I/Os of a session are spread over its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionUse {
    /// In turn.
    #[default]
    InTurn,
    /// Each takes the one with fewest outstanding.
    LeastOutstanding,
    /// Each place among the outstanding I/Os of a load keeps to one connection.
    Fixed,
}

impl ConnectionUse {
    /// Every way with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("in-turn", Self::InTurn),
        ("least-outstanding", Self::LeastOutstanding),
        ("fixed", Self::Fixed),
    ];
}

/// What sort of traffic runs beside the workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficKind {
    /// Memory of machines, live migrated over SMB.
    LiveMigration,
    /// Disks of machines, migrated over SMB.
    StorageMigration,
    /// Virtual machines talking over the same ports.
    Vm,
    /// Backup.
    Backup,
    /// Cluster heartbeats.
    Heartbeat,
    /// Storage Replica.
    StorageReplica,
    /// Anything else.
    Other,
}

impl TrafficKind {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("live-migration", Self::LiveMigration),
        ("storage-migration", Self::StorageMigration),
        ("vm", Self::Vm),
        ("backup", Self::Backup),
        ("heartbeat", Self::Heartbeat),
        ("storage-replica", Self::StorageReplica),
        ("other", Self::Other),
    ];
}

/// How fast background traffic is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many payload bits a second.
    Rate(f64),
    /// As fast as possible, with so many messages under way.
    Window(u32),
    /// The same, but so many payload bits a second at most.
    Capped {
        /// Messages under way.
        window: u32,
        /// Bits a second.
        bits_per_s: f64,
    },
}

/// Traffic beside the workloads.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic {
    /// Name.
    pub name: String,
    /// What sort.
    pub kind: TrafficKind,
    /// Senders.
    pub from: Vec<NodeId>,
    /// Receivers: every sender sends to each of them.
    pub to: Vec<NodeId>,
    /// The network, where stated; else as SMB chooses.
    pub network: Option<NetworkId>,
    /// How fast each pair sends.
    pub pace: Pace,
    /// Payload bytes of a message.
    pub message_bytes: u64,
    /// Its traffic class, where stated.
    pub class: Option<String>,
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
    /// No Cluster Shared Volume but a LUN that one disk has to itself.
    pub lun: bool,
    /// Metadata operations a second of each node but the coordinator that uses it.
    pub metadata_per_s: f64,
    /// Whether the CSV block cache holds its blocks.
    pub block_cache: bool,
    /// Share of the direct I/Os that fail and are sent again block redirected.
    pub direct_failures: f64,
    /// The nodes on which they do; empty: all but the coordinator.
    pub direct_failures_on: Vec<NodeId>,
    /// A backup's snapshot is taken to redirect the whole volume.
    pub redirected_by_snapshot: bool,
    /// Its coordinator loses the storage in the run.
    pub owner_loss: Option<OwnerLoss>,
    /// What an administrator changes in the run, in order of time.
    pub changes: Vec<VolumeChange>,
    /// Where it may go.
    pub placement: Placement,
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
    /// No virtual machine at all: its node itself, without a guest.
    pub physical: bool,
    /// Times a second it is turned off and on again.
    pub power_cycles_per_s: f64,
    /// Checkpoints a second.
    pub checkpoints_per_s: f64,
    /// Where it may go.
    pub placement: Placement,
    /// What moving it takes.
    pub memory: VmMemory,
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
    /// A filter has vetoed direct I/O for its file.
    pub vetoed: bool,
    /// Format of its file.
    pub format: DiskFormat,
    /// Share of the writes that fall on blocks which are not allocated yet.
    pub growth_share: f64,
    /// Metadata operations a second on its file.
    pub metadata_per_s: f64,
    /// How the machine comes to it.
    pub attachment: Attachment,
    /// What is to be done with it.
    pub needs: Vec<Need>,
    /// Storage quality of service of this disk of this virtual machine.
    pub qos: DiskQos,
    /// Not in use now: its machine is off or its volume offline, and no path to it is looked for.
    pub away: bool,
}

/// A guest cluster: virtual machines that share a disk, one of them active or all.
#[derive(Clone, Debug, PartialEq)]
pub struct GuestCluster {
    /// Name.
    pub name: String,
    /// Members.
    pub members: Vec<VmId>,
    /// The active member, which produces the data traffic; the first where all are active.
    pub active: VmId,
    /// Whether all members are active, as with a CSV or a Scale-Out File Server in the guests.
    pub all_active: bool,
    /// Reservation and other tunnelled commands a second of each member on each shared disk; the
    /// parameter `shared-vhdx.tunnel-rate` where nothing is stated.
    pub tunnel_per_s: Option<f64>,
}
