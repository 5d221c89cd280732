//! What the cluster does by itself.

use crate::topology::{NetworkId, WindowsVersion};

/// How a machine's memory travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MigrationTransport {
    /// One TCP connection for each machine.
    Tcp,
    /// The same, compressed by idle cores; the default since Windows Server 2012 R2.
    #[default]
    Compression,
    /// SMB, with Multichannel and RDMA.
    Smb,
}

impl MigrationTransport {
    /// Every transport with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("tcp", Self::Tcp), ("compression", Self::Compression), ("smb", Self::Smb)];
}

/// How machines are live migrated.
#[derive(Clone, Debug, PartialEq)]
pub struct MigrationRules {
    /// How memory travels.
    pub transport: MigrationTransport,
    /// Machines that a node sends or receives at once.
    pub simultaneous: u32,
    /// Bytes a second that a node sends at most.
    pub limit_bytes_per_s: Option<f64>,
    /// The network, where stated.
    pub network: Option<NetworkId>,
}

/// When node fairness looks (`AutoBalancerMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BalancerMode {
    /// Never.
    #[default]
    Off,
    /// When a node joins.
    OnJoin,
    /// When a node joins and every 30 minutes.
    Always,
}

impl BalancerMode {
    /// Every mode with its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("off", Self::Off), ("on-join", Self::OnJoin), ("always", Self::Always)];
}

/// How small a gain is worth a migration to Dynamic Optimization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggressiveness {
    /// Large gains only.
    Low,
    /// The default.
    #[default]
    Medium,
    /// Small gains too.
    High,
}

impl Aggressiveness {
    /// Every word with its meaning.
    pub const ALL: [(&'static str, Self); 3] =
        [("low", Self::Low), ("medium", Self::Medium), ("high", Self::High)];
}

/// Dynamic Optimization of System Center Virtual Machine Manager.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimization {
    /// Milliseconds between two looks.
    pub every_ms: u64,
    /// How small a gain will do.
    pub aggressiveness: Aggressiveness,
    /// Share of the processors above which a node is relieved.
    pub cpu_above: f64,
    /// Share of memory that is to stay free; below it a node is relieved.
    pub memory_free: f64,
}

/// What happens when a node fails.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failover {
    /// Seconds until the others know.
    pub detection_s: f64,
    /// Seconds a volume's I/O waits while its ownership moves.
    pub volume_pause_s: f64,
    /// Seconds from the restart of a machine to its first I/O.
    pub restart_s: f64,
    /// Machines that a node starts at once.
    pub starts_at_once: u32,
}

/// What the cluster does by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Volumes are spread by number when a node joins or fails (`CsvBalancer`).
    pub volume_balancer: bool,
    /// When node fairness looks.
    pub node_fairness: BalancerMode,
    /// Share of processors or memory above which it relieves a node: 80, 70 or 60 %.
    pub fairness_above: f64,
    /// Dynamic Optimization; it turns node fairness off.
    pub optimization: Option<Optimization>,
    /// Live migration.
    pub migration: MigrationRules,
    /// Failover.
    pub failover: Failover,
    /// Whether nodes are to stay a majority: with a witness half of them will do.
    pub witness: bool,
}

impl Rules {
    /// What a cluster of a version does where nothing is stated.
    ///
    /// `CsvBalancer` and compression came with 2012 R2, node fairness with 2016; since 2022 a
    /// cluster migrates one machine at a time (`MaximumParallelMigrations`), before a node two.
    #[must_use]
    pub fn usual(windows: WindowsVersion, failover: Failover) -> Self {
        let r2 = windows >= WindowsVersion::W2012R2;
        let since_2016 = windows >= WindowsVersion::W2016;
        Self {
            volume_balancer: r2,
            node_fairness: if since_2016 { BalancerMode::Always } else { BalancerMode::Off },
            fairness_above: 0.8,
            optimization: None,
            migration: MigrationRules {
                transport: if r2 {
                    MigrationTransport::Compression
                } else {
                    MigrationTransport::Tcp
                },
                simultaneous: if windows >= WindowsVersion::W2022 { 1 } else { 2 },
                limit_bytes_per_s: None,
                network: None,
            },
            failover,
            witness: true,
        }
    }
}
