//! What is planned, or befalls a cluster, at stated times.

use super::Recurrence;
use crate::topology::{CsvId, GuestClusterId, NetworkId, NicId, NodeId, StorageId, VmId};

/// What moves back to a node that is resumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failback {
    /// The machines and volumes that were drained from it.
    #[default]
    Immediate,
    /// Nothing.
    None,
}

impl Failback {
    /// Every way with its name.
    pub const ALL: [(&'static str, Self); 2] =
        [("immediate", Self::Immediate), ("none", Self::None)];
}

/// What the realigning script moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RealignBy {
    /// The active member of a guest cluster, by making another one active or by live migration.
    #[default]
    Guest,
    /// The ownership of the volume.
    Owner,
}

impl RealignBy {
    /// Every way with its name.
    pub const ALL: [(&'static str, Self); 2] = [("guest", Self::Guest), ("owner", Self::Owner)];
}

/// Something that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// A node.
    Node(NodeId),
    /// A port.
    Nic(NicId),
    /// The switch of a network: all that is plugged into it.
    Network(NetworkId),
    /// All paths of a node to a storage system.
    Paths(NodeId, StorageId),
    /// Some ports of a node's adapters to a storage system.
    AdapterPorts(NodeId, StorageId, u32),
    /// Controllers of an array.
    Controllers(StorageId, u32),
    /// Capacity drives of one node of a Storage Spaces Direct pool.
    Drives(NodeId, StorageId, u32),
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Suspend a node and move everything away from it.
    Drain(NodeId),
    /// Take a suspended node back.
    Resume(NodeId, Failback),
    /// Cluster-aware updating: drain, update and restart one node after the other.
    Update {
        /// The nodes in order.
        nodes: Vec<NodeId>,
        /// Milliseconds of installing while the node is suspended.
        install_ms: u64,
        /// Milliseconds until the node is back after the restart.
        restart_ms: u64,
        /// What moves back.
        failback: Failback,
    },
    /// Restart a node without draining it; what runs there moves as when it fails.
    Fail(Element),
    /// What had failed is there again.
    Repair(Element),
    /// A node joins the cluster, with the machines that the scenario has on it.
    Join(NodeId),
    /// A node is evicted.
    Evict(NodeId),
    /// Volumes go to an owner.
    MoveVolumes(Vec<CsvId>, NodeId),
    /// Machines are live migrated to a node.
    Migrate(Vec<VmId>, NodeId),
    /// Redirected access is turned on or off.
    Redirect(Vec<CsvId>, bool),
    /// Volumes are spread evenly over the nodes, by number.
    BalanceVolumes,
    /// The script that brings active guest-cluster members and owners together.
    Realign(Vec<GuestClusterId>, RealignBy),
}

impl Action {
    /// A word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drain(_) => "drain",
            Self::Resume(..) => "resume",
            Self::Update { .. } => "update",
            Self::Fail(_) => "fail",
            Self::Repair(_) => "repair",
            Self::Join(_) => "join",
            Self::Evict(_) => "evict",
            Self::MoveVolumes(..) => "move-volume",
            Self::Migrate(..) => "migrate",
            Self::Redirect(..) => "redirect",
            Self::BalanceVolumes => "balance-volumes",
            Self::Realign(..) => "realign",
        }
    }
}

/// An action and when it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What reports call it.
    pub name: String,
    /// When.
    pub when: Recurrence,
    /// What.
    pub action: Action,
    /// Milliseconds until it is undone: a drained node resumed, a failed element repaired,
    /// redirected access turned off.
    pub lasts_ms: Option<u64>,
}
