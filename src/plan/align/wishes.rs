//! What a plan of moves is to keep to.

/// What may be moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Movable {
    /// Machines and the ownership of volumes.
    #[default]
    Both,
    /// Machines only.
    Machines,
    /// The ownership of volumes only.
    Volumes,
}

impl Movable {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("both", Self::Both), ("machines", Self::Machines), ("volumes", Self::Volumes)];
}

/// What a disk counts that is off its volume's owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weigh {
    /// The bytes a second of its load.
    #[default]
    Bytes,
    /// One megabyte a second, whatever its load, also where none is stated.
    Disks,
}

impl Weigh {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 2] = [("bytes", Self::Bytes), ("disks", Self::Disks)];
}

/// What a plan of moves is to keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wishes {
    /// What may be moved.
    pub movable: Movable,
    /// What counts.
    pub weigh: Weigh,
    /// Bytes a second of redirected load that each move must save, 0 or more.
    pub worth_bytes_per_s: f64,
    /// Share of a node's memory that machines may fill, above 0.
    pub memory_share: f64,
    /// Share of a node's cores that machines may keep busy, above 0.
    pub cpu_share: f64,
    /// Virtual processors for each core of a node, where no machine states how many cores it keeps
    /// busy; none: a quarter more than the fullest node has, and at least one.
    pub vcpus_per_core: Option<f64>,
}

impl Default for Wishes {
    /// Both may be moved, bytes count, every byte is worth a move, memory may be full, and cores be
    /// busy up to where node fairness would relieve the node.
    fn default() -> Self {
        Self {
            movable: Movable::Both,
            weigh: Weigh::Bytes,
            worth_bytes_per_s: 0.0,
            memory_share: 1.0,
            cpu_share: 0.8,
            vcpus_per_core: None,
        }
    }
}
