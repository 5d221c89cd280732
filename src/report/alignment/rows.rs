//! The plan of moves as a result that can be written.

use serde::{Deserialize, Serialize};

use crate::plan::{Alignment, Moving, OffOwner, Picture, Step};
use crate::report::SCHEMA_VERSION;
use crate::report::Word;
use crate::scenario::Scenario;
use crate::timeline::coming_and_going;

/// Plans of moves of the variants of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AlignReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Version of csvnet.
    pub version: Word,
    /// Title of the scenario.
    pub title: String,
    /// Scenario file.
    pub scenario: String,
    /// The command that repeats it.
    pub command: String,
    /// Whether any parameter was fitted to measurements: the words for page one.
    pub calibration: String,
    /// Seed of the search.
    pub seed: u64,
    /// Whether the search was interrupted.
    pub interrupted: bool,
    /// By variant.
    pub variants: Vec<AlignOf>,
}

/// The plan of moves of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AlignOf {
    /// Variant.
    pub name: String,
    /// Machines there are.
    pub machines: usize,
    /// Machines with a disk off its volume's owner.
    pub machines_off: usize,
    /// Disks off their volume's owner, or that will be, the heaviest first.
    pub off: Vec<OffOwnerRow>,
    /// The moves, in an order in which each finds room.
    pub moves: Vec<MoveRow>,
    /// Redirected bytes a second after the moves, by the loads as they are now; with what the moves
    /// are worth.
    pub redirected_bytes_per_s: f64,
    /// No plan comes to less.
    pub redirected_at_least_bytes_per_s: f64,
    /// What each move must save, in bytes a second.
    pub worth_bytes_per_s: f64,
    /// Machines and volumes moved.
    pub moved: usize,
    /// No plan that redirects no more moves fewer.
    pub moved_at_least: usize,
    /// Whether none with as few moves takes less time.
    pub cheapest: bool,
    /// As it is.
    pub now: SeenRow,
    /// After the moves.
    pub then: SeenRow,
    /// Mean latency of each workload.
    pub workloads: Vec<WorkloadSeenRow>,
    /// What the moves change, where both states were simulated.
    pub simulated: Option<Vec<ChangedRow>>,
    /// What would undo it.
    pub undone_by: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
    /// Loads, backups and traffic with `when`: they are taken to be away.
    pub away: Vec<String>,
}

/// A disk off its volume's owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct OffOwnerRow {
    /// Machine.
    pub vm: String,
    /// Disk.
    pub disk: String,
    /// Volume.
    pub volume: String,
    /// The node of the machine.
    pub node: String,
    /// The owner of the volume.
    pub owner: String,
    /// Why its I/O crosses the network.
    pub cause: String,
    /// Bytes a second of its load.
    pub bytes_per_s: f64,
    /// Whether it is on the owner now and the plan leaves it behind: it is told as it will be.
    pub newly: bool,
    /// Why it stays so; none where the moves bring both together.
    pub left: Option<String>,
}

/// A move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MoveRow {
    /// `machine` or `volume`.
    pub what: Word,
    /// Its name.
    pub name: String,
    /// From this node.
    pub from: String,
    /// To that.
    pub to: String,
    /// Bytes a second that cross the network less after it.
    pub saves_bytes_per_s: f64,
    /// Seconds it takes; of a volume those in which its I/O waits.
    pub seconds: f64,
    /// Bytes over the network.
    pub bytes: f64,
    /// Seconds that the machine stands still.
    pub still_s: f64,
    /// Whether it goes on from there later.
    pub detour: bool,
}

/// What the cluster comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SeenRow {
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: f64,
    /// The busiest port that may carry CSV traffic.
    pub port: Option<String>,
    /// Its busy share.
    pub utilisation: Option<f64>,
}

/// Mean latency of a workload by the approximate solver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WorkloadSeenRow {
    /// Workload.
    pub workload: String,
    /// Seconds now; infinite (null) where a queue grows without limit.
    pub latency_now_s: Option<f64>,
    /// Seconds after the moves.
    pub latency_then_s: Option<f64>,
}

/// What the moves change of a workload, simulated on common random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedRow {
    /// Workload.
    pub workload: String,
    /// Mean latency now, in seconds.
    pub latency_now_s: f64,
    /// What the moves add to it.
    pub latency_change_s: f64,
    /// Its sampling interval.
    pub latency_change_interval_s: [f64; 2],
    /// I/Os a second now.
    pub iops_now: f64,
    /// What the moves add to them.
    pub iops_change: f64,
    /// Its sampling interval.
    pub iops_change_interval: [f64; 2],
    /// Level of the intervals.
    pub level: f64,
}

impl AlignReport {
    /// The report of some variants; with the command, what it is calibrated by, the seed, and
    /// whether the search was interrupted.
    #[must_use]
    pub fn new(
        title: String,
        scenario: String,
        (command, calibration): (String, String),
        (seed, interrupted): (u64, bool),
        variants: Vec<AlignOf>,
    ) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            version: std::borrow::Cow::Borrowed(env!("CARGO_PKG_VERSION")),
            title,
            scenario,
            command,
            calibration,
            seed,
            interrupted,
            variants,
        }
    }
}

impl AlignOf {
    /// What was found of a variant.
    #[must_use]
    pub fn of(
        name: &str,
        scenario: &Scenario,
        found: &Alignment,
        simulated: Option<Vec<ChangedRow>>,
    ) -> Self {
        let cluster = &scenario.cluster;
        let off = found.off.iter().filter(|of| !of.newly);
        let mut off: Vec<_> = off.map(|of| cluster.disks[of.disk].vm).collect();
        off.sort_unstable();
        off.dedup();
        let latencies = found.now.latencies_s.iter().zip(&found.then.latencies_s);
        let workloads = scenario.workloads.iter().zip(latencies);
        let workloads = workloads.map(|(load, (now, then))| WorkloadSeenRow {
            workload: load.name.clone(),
            latency_now_s: *now,
            latency_then_s: *then,
        });
        Self {
            name: name.to_owned(),
            machines: cluster.vms.iter().filter(|vm| !vm.physical).count(),
            machines_off: off.len(),
            off: found.off.iter().map(|of| off_row(scenario, of)).collect(),
            moves: found.steps.iter().map(|step| move_row(scenario, step)).collect(),
            redirected_bytes_per_s: found.proof.redirected_bytes_per_s,
            redirected_at_least_bytes_per_s: found.proof.at_least_bytes_per_s,
            worth_bytes_per_s: found.proof.worth_bytes_per_s,
            moved: found.proof.moves,
            moved_at_least: found.proof.at_least_moves,
            cheapest: found.proof.cheapest,
            now: SeenRow::of(&found.now),
            then: SeenRow::of(&found.then),
            workloads: workloads.collect(),
            simulated,
            undone_by: found.undone_by.clone(),
            notes: found.notes.clone(),
            away: coming_and_going(scenario),
        }
    }
}

impl SeenRow {
    fn of(picture: &Picture) -> Self {
        let (port, utilisation) = picture.busiest.clone().unzip();
        Self { redirected_bytes_per_s: picture.redirected_bytes_per_s, port, utilisation }
    }
}

fn off_row(scenario: &Scenario, of: &OffOwner) -> OffOwnerRow {
    let cluster = &scenario.cluster;
    let disk = &cluster.disks[of.disk];
    OffOwnerRow {
        vm: cluster.vms[disk.vm].name.clone(),
        disk: disk.name.clone(),
        volume: cluster.volumes[disk.volume].name.clone(),
        node: cluster.nodes[of.node].name.clone(),
        owner: cluster.nodes[of.owner].name.clone(),
        cause: of.cause.clone(),
        bytes_per_s: of.bytes_per_s,
        newly: of.newly,
        left: of.left.clone(),
    }
}

fn move_row(scenario: &Scenario, step: &Step) -> MoveRow {
    let cluster = &scenario.cluster;
    let (what, name) = match step.what {
        Moving::Machine(vm) => ("machine", &cluster.vms[vm].name),
        Moving::Volume(volume) => ("volume", &cluster.volumes[volume].name),
    };
    MoveRow {
        what: what.into(),
        name: name.clone(),
        from: cluster.nodes[step.from].name.clone(),
        to: cluster.nodes[step.to].name.clone(),
        saves_bytes_per_s: step.saves_bytes_per_s,
        seconds: step.seconds,
        bytes: step.bytes,
        still_s: step.still_s,
        detour: step.detour,
    }
}
