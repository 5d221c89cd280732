//! A cluster that stands still, with machines and volumes wherever they are put: what it comes to,
//! who may own what, and what moving a machine takes.

use super::clock::{Clock, TimelineError, node_kind};
use super::evaluate;
use super::figures::{EvaluateError, Figures};
use super::log::{Entry, EntryKind};
use super::migrate::MoveReason;
use super::numbers::Numbers;
use super::quiet::{Coming, quiet, rules};
use super::setting::{Setting, migration};
use super::state::State;
use crate::policy::{MemoryCopy, Pass};
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{GrowthPath, LoadPlan, Moment, Rules, TimelinePlan};
use crate::topology::{CsvId, NodeId, VmId};
use crate::units::IdVec;

/// Where every machine is, and who owns every volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seats {
    /// The node of each machine.
    pub homes: IdVec<VmId, NodeId>,
    /// The owner of each volume.
    pub owners: IdVec<CsvId, NodeId>,
}

impl Seats {
    /// Where the scenario has them.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let cluster = &scenario.cluster;
        Self {
            homes: cluster.vms.map(|vm| vm.node),
            owners: cluster.volumes.map(|volume| volume.owner),
        }
    }

    /// The scenario with everything there.
    #[must_use]
    pub fn laid_over(&self, scenario: &Scenario) -> Scenario {
        let mut scenario = scenario.clone();
        for (vm, home) in scenario.cluster.vms.iter_mut().zip(&self.homes) {
            vm.node = *home;
        }
        for (volume, owner) in scenario.cluster.volumes.iter_mut().zip(&self.owners) {
            volume.owner = *owner;
        }
        scenario
    }
}

/// What moving one machine takes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveMigration {
    /// Seconds from its begin to its end.
    pub seconds: f64,
    /// Bytes over the network, memory written meanwhile included, after compression, without
    /// headers.
    pub bytes: f64,
    /// Seconds that the machine stands still at the end.
    pub still_s: f64,
}

/// A cluster that stands still: every load at its full level, loads that come and go left out.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    scenario: &'a Scenario,
    parameters: &'a FrozenParameters,
    plan: TimelinePlan,
    state: State,
    numbers: Numbers,
}

impl<'a> Standing<'a> {
    /// The cluster of a scenario.
    ///
    /// # Errors
    /// When a parameter of the cluster clock is missing.
    pub fn new(
        scenario: &'a Scenario,
        parameters: &'a FrozenParameters,
    ) -> Result<Self, EvaluateError> {
        let plan = quiet(scenario, parameters, 1, Vec::new(), Coming::Away);
        let state = State::of(scenario, &plan);
        Ok(Self { scenario, parameters, plan, state, numbers: Numbers::of(parameters)? })
    }

    /// What the cluster does by itself, balancers included.
    #[must_use]
    pub fn rules(&self) -> Rules {
        rules(self.scenario, self.parameters)
    }

    /// Nodes that can own a volume: possible owners that reach its storage.
    #[must_use]
    pub fn may_own(&self, volume: CsvId) -> Vec<NodeId> {
        self.state.able(self.scenario, volume)
    }

    /// Seconds in which the I/O of a volume waits while its ownership is moved on purpose.
    #[must_use]
    pub const fn move_pause_s(&self) -> f64 {
        self.numbers.move_pause_s
    }

    /// Loads, ports and latencies with everything there, by the analytic solver.
    ///
    /// # Errors
    /// When that cannot be compiled or solved.
    pub fn figures(&self, seats: &Seats) -> Result<Figures, EvaluateError> {
        self.solved(&self.setting(seats))
    }

    fn solved(&self, setting: &Setting) -> Result<Figures, EvaluateError> {
        evaluate::ready(self.scenario, &self.plan, self.parameters, setting)
            .map(|ready| ready.fast())
    }

    fn setting(&self, seats: &Seats) -> Setting {
        let mut state = self.state.clone();
        state.homes = seats.homes.map(|home| Some(*home));
        state.owners = seats.owners.clone();
        let mut setting = Setting::of(&state);
        // The plan's step is the whole level.
        let levels = |plans: &[LoadPlan]| -> Vec<u32> {
            plans.iter().map(|load| u32::from(load.when.is_none())).collect()
        };
        setting.levels = levels(&self.plan.loads);
        setting.backups = levels(&self.plan.backups);
        setting.traffic = levels(&self.plan.traffic);
        setting
    }

    /// Whether nodes are of one kind as far as memory that leaves or reaches them goes.
    #[must_use]
    pub fn alike(&self, one: NodeId, other: NodeId) -> bool {
        let cluster = &self.scenario.cluster;
        node_kind(cluster, one) == node_kind(cluster, other)
    }

    /// Bytes of memory a second of one machine that is moved between two nodes, beside all loads;
    /// zero where nothing joins them that may carry it.
    ///
    /// # Errors
    /// When that cannot be compiled or solved.
    pub fn memory_rate(
        &self,
        seats: &Seats,
        from: NodeId,
        to: NodeId,
    ) -> Result<f64, EvaluateError> {
        let mut setting = self.setting(seats);
        setting.moves.insert((from, to), 1);
        let figures = self.solved(&setting)?;
        let sent = figures.beside.get(&migration(&self.scenario.cluster, from, to));
        let transport = self.plan.rules.migration.transport;
        Ok(sent.copied().unwrap_or(0.0) * self.numbers.smaller(transport))
    }

    /// What balancers move within so many seconds of everything being there, in words.
    ///
    /// # Errors
    /// When a state on the way cannot be evaluated, or `cancelled` says so.
    pub fn left_alone(
        &self,
        seats: &Seats,
        seconds: u64,
        seed: Seed,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<String>, TimelineError> {
        let scenario = seats.laid_over(self.scenario);
        let plan = TimelinePlan {
            rules: self.rules(),
            ..quiet(&scenario, self.parameters, seconds, Vec::new(), Coming::Away)
        };
        let clock = Clock::new(&scenario, &plan, self.parameters, GrowthPath::Central, seed);
        let clock = clock.map_err(|source| TimelineError::Evaluate {
            at: plan.calendar.label(Moment::START),
            after: "the start".to_owned(),
            source: Box::new(source),
        })?;
        let followed = clock.follow(cancelled, &|_| {})?;
        let balancers = [MoveReason::Fairness, MoveReason::Optimization].map(MoveReason::name);
        let own = |entry: &Entry| {
            entry.kind == EntryKind::Done && balancers.contains(&entry.subject.as_str())
        };
        Ok(followed.log.into_iter().filter(own).map(|entry| entry.text).collect())
    }

    /// What moving a machine takes when so many bytes of its memory travel a second.
    #[must_use]
    pub fn live_migration(&self, vm: VmId, memory_rate: f64) -> LiveMigration {
        let memory = &self.scenario.cluster.vms[vm].memory;
        let dirty = memory.dirty_bytes_per_s.unwrap_or(self.numbers.dirty_bytes_per_s);
        let smaller = self.numbers.smaller(self.plan.rules.migration.transport);
        let mut copy = MemoryCopy::new(memory.bytes, dirty, self.numbers.passes);
        let takes = |bytes: f64| if bytes > 0.0 { bytes / memory_rate } else { 0.0 };
        let mut all = LiveMigration { seconds: self.numbers.setup_s, ..LiveMigration::default() };
        let mut pass = copy.first();
        loop {
            match pass {
                Pass::Running(bytes) => {
                    all.seconds += takes(bytes);
                    all.bytes += bytes / smaller;
                    pass = copy.after(takes(bytes));
                }
                Pass::Still(bytes) => {
                    all.still_s = takes(bytes) + self.numbers.blackout_s;
                    all.seconds += all.still_s;
                    all.bytes += bytes / smaller;
                    return all;
                }
            }
        }
    }
}
