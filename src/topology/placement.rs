//! Where the cluster may put machines and volumes, and what moving a machine takes.

use super::NodeId;

/// Where the cluster may put a machine or a volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// Nodes it may be on; empty: all.
    pub possible: Vec<NodeId>,
    /// Nodes it should be on, the best first.
    pub preferred: Vec<NodeId>,
    /// It is never moved by balancing; a drain stops it, a failure takes it down.
    pub pinned: bool,
    /// Machines of one such class are kept on different nodes where that is possible.
    pub anti_affinity: Vec<String>,
    /// Order in which a drain and a failover treat it: the highest first.
    pub priority: Priority,
}

/// Priority of a clustered machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Not started again after a failure.
    NoAutoStart,
    /// 1000.
    Low,
    /// 2000.
    #[default]
    Medium,
    /// 3000.
    High,
}

impl Priority {
    /// Every priority with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("no-auto-start", Self::NoAutoStart),
        ("low", Self::Low),
        ("medium", Self::Medium),
        ("high", Self::High),
    ];
}

/// Memory and processors of a machine as far as moving and placing it ask.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VmMemory {
    /// Bytes of memory; zero: not stated.
    pub bytes: f64,
    /// Bytes a second that it writes to its memory; none: the parameter `migration.dirty-rate`.
    pub dirty_bytes_per_s: Option<f64>,
    /// Cores of its node that its own computing keeps busy.
    pub cores_busy: f64,
}
