//! What there is to tell of machines and volumes that are apart.

use crate::scenario::Scenario;
use crate::timeline::{Figures, Seats};
use crate::topology::{CsvId, DiskId, NodeId, VmId};

/// A disk whose I/O crosses the network to the owner of its volume, because its machine is
/// elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct OffOwner {
    /// The disk.
    pub disk: DiskId,
    /// The node of its machine.
    pub node: NodeId,
    /// The owner of its volume.
    pub owner: NodeId,
    /// Why its I/O crosses.
    pub cause: String,
    /// Bytes a second of its load.
    pub bytes_per_s: f64,
    /// Whether it is on the owner now and the plan leaves it behind: it is told as it will be.
    pub newly: bool,
    /// Why it is left as it is; none where the plan brings both together.
    pub left: Option<String>,
}

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moving {
    /// A machine.
    Machine(VmId),
    /// The ownership of a volume.
    Volume(CsvId),
}

/// One move of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is moved.
    pub what: Moving,
    /// From this node.
    pub from: NodeId,
    /// To that.
    pub to: NodeId,
    /// Bytes a second that cross the network less after it; negative where it comes before others
    /// that save more.
    pub saves_bytes_per_s: f64,
    /// Seconds it takes; of a volume those in which its I/O waits.
    pub seconds: f64,
    /// Bytes over the network.
    pub bytes: f64,
    /// Seconds that the machine stands still.
    pub still_s: f64,
    /// Whether it goes on from there later: there was no other way to make room.
    pub detour: bool,
}

/// What is proved of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proof {
    /// Redirected bytes a second of the plan, by the loads as they are now; with what its moves are
    /// worth, where they are worth something.
    pub redirected_bytes_per_s: f64,
    /// No plan comes to less.
    pub at_least_bytes_per_s: f64,
    /// What each move must save, in bytes a second.
    pub worth_bytes_per_s: f64,
    /// Machines and volumes that the plan moves.
    pub moves: usize,
    /// No plan that redirects no more moves fewer.
    pub at_least_moves: usize,
    /// None with as few is cheaper.
    pub cheapest: bool,
}

impl Proof {
    /// Whether nothing can be redirected less.
    #[must_use]
    pub const fn is_least(&self) -> bool {
        self.redirected_bytes_per_s <= self.at_least_bytes_per_s
    }

    /// Whether, with as little redirected, fewer moves will not do.
    #[must_use]
    pub const fn is_fewest(&self) -> bool {
        self.is_least() && self.moves <= self.at_least_moves
    }
}

/// What the cluster comes to with everything in some places, by the analytic solver.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: f64,
    /// The busiest port that may carry CSV traffic, and its busy share.
    pub busiest: Option<(String, f64)>,
    /// Mean latency in seconds of each workload, in order; infinite where a queue grows without
    /// limit, none where nothing is asked for or served.
    pub latencies_s: Vec<Option<f64>>,
}

impl Picture {
    /// What figures show.
    pub(super) fn of(scenario: &Scenario, figures: &Figures) -> Self {
        let latency = |workload: usize| {
            let own = figures.loads.iter().filter(|load| load.part.workload == workload);
            let (ios, waits) = own.filter(|load| load.iops > 0.0).fold((0.0, 0.0), |sum, load| {
                (sum.0 + load.iops, sum.1 + load.iops * load.latency_s.mean)
            });
            (ios > 0.0).then(|| waits / ios)
        };
        Self {
            redirected_bytes_per_s: figures.redirected_bytes_per_s(),
            busiest: figures.busiest().map(|port| (port.label(), port.utilisation)),
            latencies_s: (0..scenario.workloads.len()).map(latency).collect(),
        }
    }
}

/// Machines and volumes that are apart, and the moves that bring them together.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// Disks that are off their volume's owner, or will be, the heaviest first.
    pub off: Vec<OffOwner>,
    /// The moves, in an order in which each finds room.
    pub steps: Vec<Step>,
    /// Where everything is after them.
    pub seats: Seats,
    /// What is proved.
    pub proof: Proof,
    /// As it is.
    pub now: Picture,
    /// After the moves.
    pub then: Picture,
    /// What would undo it.
    pub undone_by: Vec<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}
