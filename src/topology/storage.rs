//! Storage systems, how spaces on them keep data, and what sits above a volume.

use super::{NodeId, StorageId};

/// What kind of storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StorageKind {
    /// A shared array behind Fibre Channel, SAS or iSCSI.
    #[default]
    Array,
    /// A device of one node.
    Device,
    /// Clustered Storage Spaces: drives in enclosures that several nodes reach over SAS.
    Spaces,
    /// Storage Spaces Direct: the drives of the nodes, one pool.
    SpacesDirect,
}

impl StorageKind {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Device => "device",
            Self::Spaces => "storage spaces",
            Self::SpacesDirect => "storage spaces direct",
        }
    }

    /// Whether volumes on it are storage spaces.
    #[must_use]
    pub const fn is_spaces(self) -> bool {
        matches!(self, Self::Spaces | Self::SpacesDirect)
    }
}

/// How MPIO spreads the I/Os of a node over its paths to a storage system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mpio {
    /// In turn over the active/optimised paths; all of them where paths are symmetric.
    #[default]
    RoundRobinWithSubset,
    /// In turn over all paths, through the controller that does not own the volume as well.
    RoundRobin,
    /// To the path with the fewest I/Os under way, of the active/optimised ones.
    LeastQueueDepth,
    /// Over one path; the others wait for its failure.
    FailOverOnly,
}

impl Mpio {
    /// Every policy with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("round-robin-with-subset", Self::RoundRobinWithSubset),
        ("round-robin", Self::RoundRobin),
        ("least-queue-depth", Self::LeastQueueDepth),
        ("fail-over-only", Self::FailOverOnly),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, p)| *p == self).map_or("", |(name, _)| name)
    }
}

/// When an array acknowledges a write only from its drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteThrough {
    /// Never: write-back also on one controller.
    Never,
    /// While a controller is lost, since nothing mirrors the cache then.
    #[default]
    WhenDegraded,
    /// Always.
    Always,
}

/// How the time of an operation of a device spreads around its mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceLaw {
    /// Log-normal, with the squared coefficient of variation that is a number of the device.
    #[default]
    LogNormal,
    /// No spread.
    Constant,
    /// Exponential.
    Exponential,
}

impl ServiceLaw {
    /// Every law with its name.
    pub const ALL: [(&'static str, Self); 3] = [
        ("log-normal", Self::LogNormal),
        ("constant", Self::Constant),
        ("exponential", Self::Exponential),
    ];
}

/// Copies that a node writes after it was away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resync {
    /// The node that returned.
    pub node: NodeId,
    /// Bytes a second written on it.
    pub bytes_per_s: f64,
}

/// A storage system.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of a system")]
pub struct Storage {
    /// Name; its numbers are parameters under `storage.<name>`.
    pub name: String,
    /// What kind.
    pub kind: StorageKind,
    /// Name of the model it was made from.
    pub model: String,
    /// For a device: the node it sits in.
    pub node: Option<NodeId>,
    /// For a device: how the time of an operation spreads around its mean.
    pub law: ServiceLaw,
    /// For an array: whether a volume is served by one controller only (ALUA).
    pub asymmetric: bool,
    /// For an array: the policy of MPIO.
    pub mpio: Mpio,
    /// For an array: each adapter port is cabled to one controller, in turn, without a switch.
    pub direct_attached: bool,
    /// For an array: controllers that have failed.
    pub controllers_lost: u32,
    /// For an array: when writes go to the drives before they are acknowledged.
    pub write_through: WriteThrough,
    /// For storage spaces: the nodes whose drives make the pool (Direct). For a device: the nodes
    /// that reach it beside its own.
    pub nodes: Vec<NodeId>,
    /// For storage spaces: there is a tier of fast drives before the capacity drives.
    pub fast_tier: bool,
    /// For Storage Spaces Direct: the cache serves reads too.
    pub read_cached: bool,
    /// For Storage Spaces Direct: reads go to a copy on the owner where there is one.
    pub local_reads: bool,
    /// For Storage Spaces Direct: copies being brought up to date.
    pub resync: Option<Resync>,
    /// Whether its parameters were fitted to a trace of its own.
    pub fitted: bool,
}

/// How a storage space keeps data when drives or nodes fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resiliency {
    /// One copy.
    Simple,
    /// Two copies.
    #[default]
    TwoWayMirror,
    /// Three copies.
    ThreeWayMirror,
    /// Two copies on each of two nodes.
    NestedTwoWayMirror,
    /// Writes go to a nested mirror and are moved to parity on each of two nodes later.
    NestedMirrorAcceleratedParity,
    /// One parity.
    SingleParity,
    /// Two parities.
    DualParity,
}

impl Resiliency {
    /// Every kind with its name.
    pub const ALL: [(&'static str, Self); 7] = [
        ("simple", Self::Simple),
        ("two-way-mirror", Self::TwoWayMirror),
        ("three-way-mirror", Self::ThreeWayMirror),
        ("nested-two-way-mirror", Self::NestedTwoWayMirror),
        ("nested-mirror-accelerated-parity", Self::NestedMirrorAcceleratedParity),
        ("single-parity", Self::SingleParity),
        ("dual-parity", Self::DualParity),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, r)| *r == self).map_or("", |(name, _)| name)
    }

    /// Whether it is of the kind made for clusters of two nodes.
    #[must_use]
    pub const fn nested(self) -> bool {
        matches!(self, Self::NestedTwoWayMirror | Self::NestedMirrorAcceleratedParity)
    }

    /// Whether it computes parity when data is written.
    #[must_use]
    pub const fn parity(self) -> bool {
        matches!(self, Self::SingleParity | Self::DualParity)
    }

    /// Nodes, or drives of a shared enclosure, that a write goes to.
    #[must_use]
    pub const fn places(self) -> usize {
        match self {
            Self::Simple => 1,
            Self::ThreeWayMirror | Self::DualParity => 3,
            _ => 2,
        }
    }

    /// Nodes that hold a readable copy of a piece of data.
    #[must_use]
    pub const fn readable(self) -> usize {
        match self {
            Self::Simple | Self::SingleParity | Self::DualParity => 1,
            Self::ThreeWayMirror => 3,
            _ => 2,
        }
    }

    /// Fewest nodes of Storage Spaces Direct that it needs.
    #[must_use]
    pub const fn nodes_least(self) -> usize {
        match self {
            Self::Simple => 1,
            Self::ThreeWayMirror | Self::SingleParity => 3,
            Self::DualParity => 4,
            _ => 2,
        }
    }
}

/// The layer a filter driver sits on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterLayer {
    /// Above the file system: antivirus, backup, replication.
    FileSystem,
    /// Between file system and disk.
    Volume,
}

/// A filter driver that cannot do direct I/O on a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterDriver {
    /// Name of its file; empty where it was not told.
    pub name: String,
    /// The layer it sits on.
    pub layer: FilterLayer,
    /// The cluster property `SharedVolumeCompatibleFilters` lists it, so the cluster trusts it.
    pub trusted: bool,
}

/// Storage Replica: where a volume is replicated to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replica {
    /// Writes wait for the partner's log.
    pub synchronous: bool,
    /// The node that writes the copy.
    pub partner: NodeId,
    /// The storage its log and data lie on.
    pub storage: StorageId,
}
