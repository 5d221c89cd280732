//! The cluster clock: from change to change, and what moves between them.
//!
//! Everything that has an amount (memory on its way, a backup, copies to be brought up to date,
//! I/O that has piled up) goes on at the rate that the analytic solver finds for the setting, until
//! it is done or the setting changes. So a drain takes as long as the network lets it.

use std::collections::{BTreeMap, BTreeSet};

use super::backlog;
use super::figures::{EvaluateError, Figures, Ready};
use super::log::{Entry, EntryKind};
use super::migrate::{Migration, Request};
use super::numbers::Numbers;
use super::setting::{Setting, migration};
use super::state::State;
use super::update::Update;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{GrowthPath, LoadPlan, MigrationTransport, Moment, TimelinePlan};
use crate::topology::{CsvId, DiskId, NodeId, StorageId, VmId};

/// Epochs beyond this are not kept.
const EPOCHS_MAX: usize = 2_000_000;
/// Different settings beyond this are not evaluated.
const SETTINGS_MAX: usize = 200_000;
/// I/Os of a backlog that are none.
const BACKLOG_LEAST: f64 = 1.0;

/// Something that comes and goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Comes {
    Load(usize, usize),
    Backup(usize),
    Traffic(usize),
}

/// Something that happens at an instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Occurrence {
    Event(usize),
    Undo(usize),
    Levels,
    Starts(Comes),
    Stops(Comes),
    Detected(NodeId),
    VolumeBack(CsvId, NodeId),
    MachineUp(VmId, NodeId),
    NodeBack(NodeId),
    Installed(NodeId),
    Migration(VmId),
    Fairness,
    Optimization,
}

/// A stretch of time in which nothing changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// Its begin.
    pub from: Moment,
    /// Its end.
    pub to: Moment,
    /// Which setting it has.
    pub(super) setting: usize,
    /// I/Os that wait at its begin, by load.
    pub(super) backlog: BTreeMap<usize, f64>,
    /// Entries of the log up to its begin.
    pub entries: usize,
}

/// Why a timeline could not be followed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TimelineError {
    /// A setting cannot be evaluated.
    #[error("at {at} ({after}): {source}")]
    Evaluate {
        /// When it begins.
        at: String,
        /// What had happened last.
        after: String,
        /// Why.
        source: EvaluateError,
    },
    /// More epochs than can be kept.
    #[error(
        "the timeline changes more than {EPOCHS_MAX} times; state a shorter horizon, a larger \
         load-step, or fewer recurring events"
    )]
    Epochs,
    /// More settings than can be evaluated.
    #[error(
        "the timeline has more than {SETTINGS_MAX} different settings; state a larger load-step"
    )]
    Settings,
    /// Stopped by the user.
    #[error("interrupted before the timeline was followed to its end")]
    Cancelled,
}

/// What the clock leaves behind.
pub(super) struct Followed {
    pub(super) epochs: Vec<Epoch>,
    pub(super) settings: Vec<Setting>,
    /// By the analytic solver, as far as the clock asked for it.
    pub(super) fast: Vec<Option<Figures>>,
    /// Of each setting: loads whose disks cannot be reached.
    pub(super) cut_off: Vec<Vec<(usize, DiskId)>>,
    pub(super) log: Vec<Entry>,
    pub(super) moves: Vec<super::migrate::Moved>,
}

/// The clock.
pub(super) struct Clock<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) plan: &'a TimelinePlan,
    pub(super) parameters: &'a FrozenParameters,
    pub(super) numbers: Numbers,
    pub(super) growth: GrowthPath,
    pub(super) seed: Seed,
    pub(super) state: State,
    pub(super) now: Moment,
    queue: BTreeMap<(Moment, u64), Occurrence>,
    sequence: u64,
    pub(super) log: Vec<Entry>,
    levels: Vec<u32>,
    levels_backups: Vec<u32>,
    levels_traffic: Vec<u32>,
    /// What comes and goes and is here, with the bytes it has left to do.
    here: BTreeMap<Comes, Option<f64>>,
    backlog: BTreeMap<usize, f64>,
    pub(super) waiting: Vec<Request>,
    pub(super) migrations: Vec<Migration>,
    pub(super) moves: Vec<super::migrate::Moved>,
    /// Machines that are off and to be started, and those on their way up with their node.
    pub(super) displaced: BTreeSet<VmId>,
    pub(super) starting: BTreeMap<VmId, NodeId>,
    /// Machines and volumes that a drain has moved away.
    pub(super) drained: BTreeMap<NodeId, (Vec<VmId>, Vec<CsvId>)>,
    /// Nodes that are being drained.
    pub(super) draining: BTreeSet<NodeId>,
    /// Nodes that are down because nothing joins them to the others.
    pub(super) isolated: BTreeSet<NodeId>,
    pub(super) update: Option<Update>,
    /// Bytes that nodes missed while they were away, by storage; and those being made up for.
    pub(super) missed: BTreeMap<(StorageId, NodeId), f64>,
    pub(super) resyncs: BTreeMap<StorageId, (NodeId, f64)>,
    epochs: Vec<Epoch>,
    known: BTreeMap<Setting, usize>,
    settings: Vec<Setting>,
    fast: Vec<Option<Figures>>,
    /// Settings that were solved, by what they are but for the places of machines.
    alike: BTreeMap<Setting, Vec<usize>>,
    cut_off: Vec<Vec<(usize, DiskId)>>,
}

impl<'a> Clock<'a> {
    pub(super) fn new(
        scenario: &'a Scenario,
        plan: &'a TimelinePlan,
        parameters: &'a FrozenParameters,
        growth: GrowthPath,
        seed: Seed,
    ) -> Result<Self, EvaluateError> {
        let numbers = Numbers::of(parameters)?;
        let mut clock = Self {
            scenario,
            plan,
            parameters,
            numbers,
            growth,
            seed,
            state: State::of(scenario, plan),
            now: Moment::START,
            queue: BTreeMap::new(),
            sequence: 0,
            log: Vec::new(),
            levels: Vec::new(),
            levels_backups: Vec::new(),
            levels_traffic: Vec::new(),
            here: BTreeMap::new(),
            backlog: BTreeMap::new(),
            waiting: Vec::new(),
            migrations: Vec::new(),
            moves: Vec::new(),
            displaced: BTreeSet::new(),
            starting: BTreeMap::new(),
            drained: BTreeMap::new(),
            draining: BTreeSet::new(),
            isolated: BTreeSet::new(),
            update: None,
            missed: BTreeMap::new(),
            resyncs: BTreeMap::new(),
            epochs: Vec::new(),
            known: BTreeMap::new(),
            settings: Vec::new(),
            fast: Vec::new(),
            alike: BTreeMap::new(),
            cut_off: Vec::new(),
        };
        clock.prepare();
        Ok(clock)
    }

    /// Queues what is known beforehand.
    fn prepare(&mut self) {
        let plan = self.plan;
        self.at(Moment::START, Occurrence::Levels);
        for (k, event) in plan.events.iter().enumerate() {
            if let Some(at) = event.when.at_or_after(&plan.calendar, Moment::START) {
                self.at(at, Occurrence::Event(k));
            }
        }
        for (k, load) in plan.loads.iter().enumerate() {
            for place in 0..self.scenario.workloads[k].disks.len() {
                self.first_start(load, Comes::Load(k, place));
            }
        }
        for (k, load) in plan.backups.iter().enumerate() {
            self.first_start(load, Comes::Backup(k));
        }
        for (k, load) in plan.traffic.iter().enumerate() {
            self.first_start(load, Comes::Traffic(k));
        }
        self.queue_rules();
    }

    fn first_start(&mut self, load: &LoadPlan, comes: Comes) {
        let Some(when) = &load.when else {
            if !matches!(comes, Comes::Load(..)) {
                self.here.insert(comes, None);
            }
            return;
        };
        if let Some(at) = when.starts.at_or_after(&self.plan.calendar, Moment::START) {
            let behind = match comes {
                Comes::Load(_, place) => when.stagger_ms.saturating_mul(place as u64),
                _ => 0,
            };
            self.at(at.plus_ms(behind), Occurrence::Starts(comes));
        }
    }

    fn plan_of(&self, comes: Comes) -> &'a LoadPlan {
        match comes {
            Comes::Load(k, _) => &self.plan.loads[k],
            Comes::Backup(k) => &self.plan.backups[k],
            Comes::Traffic(k) => &self.plan.traffic[k],
        }
    }

    /// Has something happen at an instant.
    pub(super) fn at(&mut self, at: Moment, occurrence: Occurrence) {
        if at < self.plan.end {
            self.sequence += 1;
            self.queue.insert((at.max(self.now), self.sequence), occurrence);
        }
    }

    /// Has something happen so many seconds from now.
    pub(super) fn soon(&mut self, seconds: f64, occurrence: Occurrence) {
        self.at(self.now.plus_secs(seconds), occurrence);
    }

    pub(super) fn tell(&mut self, kind: EntryKind, subject: impl Into<String>, text: String) {
        self.log.push(Entry { at: self.now, kind, subject: subject.into(), text });
    }

    /// Follows the timeline to its end.
    pub(super) fn follow(
        mut self,
        cancelled: &(dyn Fn() -> bool + Sync),
        progress: &dyn Fn(f64),
    ) -> Result<Followed, TimelineError> {
        let end = self.plan.end;
        while self.now < end {
            while let Some(entry) = self.queue.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let occurrence = entry.remove();
                self.happen(&occurrence);
            }
            self.settle();
            if cancelled() {
                return Err(TimelineError::Cancelled);
            }
            if self.epochs.len() >= EPOCHS_MAX {
                return Err(TimelineError::Epochs);
            }
            let setting = self.setting();
            let id = self.intern(setting)?;
            let rates = self.rates(id)?;
            let planned = self.queue.first_key_value().map_or(end, |((at, _), _)| *at).min(end);
            let until = planned.min(self.done_at(rates)).max(self.now.plus_us(1));
            let backlog = self.backlog.clone();
            let (from, entries) = (self.now, self.log.len());
            self.advance(rates, until.min(end));
            self.epochs.push(Epoch { from, to: self.now, setting: id, backlog, entries });
            progress(self.now.secs() / end.secs().max(1e-6));
        }
        Ok(Followed {
            epochs: self.epochs,
            settings: self.settings,
            fast: self.fast,
            cut_off: self.cut_off,
            log: self.log,
            moves: self.moves,
        })
    }

    fn happen(&mut self, occurrence: &Occurrence) {
        match *occurrence {
            Occurrence::Event(k) => self.planned(k),
            Occurrence::Undo(k) => self.undo(k),
            Occurrence::Levels => self.levels(),
            Occurrence::Starts(comes) => self.starts(comes),
            Occurrence::Stops(comes) => _ = self.here.remove(&comes),
            Occurrence::Detected(node) => self.detected(node),
            Occurrence::VolumeBack(volume, owner) => self.volume_back(volume, owner),
            Occurrence::MachineUp(vm, node) => self.machine_up(vm, node),
            Occurrence::NodeBack(node) => self.node_back(node),
            Occurrence::Installed(node) => self.installed(node),
            Occurrence::Migration(vm) => self.migration_due(vm),
            Occurrence::Fairness => self.fairness(),
            Occurrence::Optimization => self.optimize(),
        }
    }

    /// Takes load levels from the curves, rounded to steps.
    fn levels(&mut self) {
        let (plan, now, growth) = (self.plan, self.now, self.growth);
        let step = |load: &LoadPlan| {
            let level = load
                .curve
                .map_or(1.0, |curve| plan.curves[curve].level(&plan.calendar, now, growth));
            (level / plan.load_step).round().min(f64::from(u32::MAX)) as u32
        };
        self.levels = plan.loads.iter().map(step).collect();
        self.levels_backups = plan.backups.iter().map(step).collect();
        self.levels_traffic = plan.traffic.iter().map(step).collect();
        let next = plan.curves.iter().map(|curve| curve.next_change(&plan.calendar, now)).min();
        if let Some(next) = next
            && next < plan.end
        {
            self.at(next, Occurrence::Levels);
        }
    }

    fn starts(&mut self, comes: Comes) {
        let Some(when) = &self.plan_of(comes).when else { return };
        self.here.insert(comes, when.amount_bytes);
        if let Some(lasts_ms) = when.lasts_ms {
            self.at(self.now.plus_ms(lasts_ms), Occurrence::Stops(comes));
        }
        let behind = match comes {
            Comes::Load(_, place) => when.stagger_ms.saturating_mul(place as u64),
            _ => 0,
        };
        let stated = Moment::from_us(self.now.us().saturating_sub(behind.saturating_mul(1000)));
        if let Some(at) = when.starts.at_or_after(&self.plan.calendar, stated.plus_us(1)) {
            self.at(at.plus_ms(behind), Occurrence::Starts(comes));
        }
    }

    /// What stands still until the next change.
    fn setting(&self) -> Setting {
        let mut setting = Setting::of(&self.state);
        setting.levels.clone_from(&self.levels);
        for comes in self.here.keys() {
            if let Comes::Load(load, place) = *comes {
                setting.on.entry(load).or_default().insert(place);
            }
        }
        let here =
            |comes: Comes, level: u32| if self.here.contains_key(&comes) { level } else { 0 };
        let levels = self.levels_backups.iter().enumerate();
        setting.backups = levels.map(|(k, level)| here(Comes::Backup(k), *level)).collect();
        let levels = self.levels_traffic.iter().enumerate();
        setting.traffic = levels.map(|(k, level)| here(Comes::Traffic(k), *level)).collect();
        for migration in self.migrations.iter().filter(|m| m.travels()) {
            *setting.moves.entry((migration.from, migration.to)).or_insert(0) += 1;
        }
        let rate = |storage: &StorageId| {
            let stated = self.scenario.cluster.storages[*storage].resync;
            stated.map_or(self.numbers.resync_bytes_per_s, |resync| resync.bytes_per_s)
        };
        setting.resyncs = self
            .resyncs
            .iter()
            .map(|(storage, (node, _))| (*storage, (*node, rate(storage).to_bits())))
            .collect();
        setting.behind = self.backlog.keys().copied().collect();
        setting
    }

    /// The number of a setting, a new one where it is new.
    fn intern(&mut self, setting: Setting) -> Result<usize, TimelineError> {
        if let Some(id) = self.known.get(&setting) {
            return Ok(*id);
        }
        let id = self.known.len();
        if id >= SETTINGS_MAX {
            return Err(TimelineError::Settings);
        }
        let built = setting.build(self.scenario, self.plan, self.numbers.stream_bits_per_s);
        self.cut_off.push(built.cut_off);
        self.fast.push(None);
        self.known.insert(setting.clone(), id);
        self.settings.push(setting);
        Ok(id)
    }

    /// Solves a setting, unless that was done.
    fn solve(&mut self, id: usize) -> Result<(), TimelineError> {
        if self.fast[id].is_some() {
            return Ok(());
        }
        let setting = &self.settings[id];
        let built = setting.build(self.scenario, self.plan, self.numbers.stream_bits_per_s);
        let ready = Ready::new(built, self.parameters).map_err(|source| {
            let last = self.log.last();
            TimelineError::Evaluate {
                at: self.plan.calendar.label(self.now),
                after: last.map_or_else(
                    || "the start".to_owned(),
                    |entry| format!("{}: {}", entry.subject, entry.text),
                ),
                source,
            }
        })?;
        self.fast[id] = Some(ready.fast());
        let key = self.settings[id].without_places();
        self.alike.entry(key).or_default().push(id);
        Ok(())
    }

    /// A solved setting by whose rates this one goes on: itself, or one in which no more than one
    /// machine of fifty is elsewhere.
    fn rates(&mut self, id: usize) -> Result<usize, TimelineError> {
        let setting = &self.settings[id];
        let amounts = self
            .here
            .iter()
            .any(|(comes, left)| left.is_some() && matches!(comes, Comes::Load(..)));
        let exact = amounts || !self.cut_off[id].is_empty() || !setting.behind.is_empty();
        if self.fast[id].is_none() && !exact {
            let most = self.scenario.cluster.vms.len() / 50;
            let near = self.alike.get(&setting.without_places()).and_then(|alike| {
                let near = |other: &&usize| self.settings[**other].moved(setting) <= most;
                alike.iter().rev().find(near).copied()
            });
            if let Some(near) = near {
                return Ok(near);
            }
        }
        self.solve(id)?;
        Ok(id)
    }

    /// Figures of the setting in force.
    pub(super) fn figures(&mut self) -> Option<&Figures> {
        let setting = self.setting();
        let id = self.intern(setting).ok()?;
        self.solve(id).ok()?;
        self.solved(id)
    }

    fn solved(&self, id: usize) -> Option<&Figures> {
        self.fast.get(id).and_then(Option::as_ref)
    }

    /// Payload bytes a second of something beside the loads.
    fn beside(&self, id: usize, name: &str) -> f64 {
        let figures = self.solved(id);
        figures.and_then(|figures| figures.beside.get(name)).copied().unwrap_or(0.0)
    }

    /// Wire bytes a second of one machine's memory between two nodes.
    fn migration_rate(&self, id: usize, from: NodeId, to: NodeId) -> f64 {
        let name = migration(&self.scenario.cluster, from, to);
        let machines =
            self.migrations.iter().filter(|m| m.travels() && (m.from, m.to) == (from, to)).count();
        self.beside(id, &name) / machines.max(1) as f64 * self.smaller()
    }

    /// Bytes of memory for each byte sent.
    fn smaller(&self) -> f64 {
        let compressed = self.plan.rules.migration.transport == MigrationTransport::Compression;
        if compressed { self.numbers.compression } else { 1.0 }
    }

    /// Bytes a second that something with an amount does.
    fn amount_rate(&self, id: usize, comes: Comes) -> f64 {
        match comes {
            Comes::Load(load, place) => {
                let own = self
                    .solved(id)
                    .into_iter()
                    .flat_map(|figures| &figures.loads)
                    .find(|l| l.part.workload == load && l.part.place == Some(place));
                own.map_or(0.0, |own| own.bytes_per_s)
            }
            Comes::Backup(k) => {
                let name = &self.scenario.cluster.backups[k].name;
                self.beside(id, &format!("backup {name}"))
            }
            Comes::Traffic(k) => {
                let traffic = &self.scenario.cluster.traffic[k];
                let pairs = traffic.from.len() * traffic.to.len();
                self.beside(id, &traffic.name) / pairs.max(1) as f64
            }
        }
    }

    fn resync_rate(&self, id: usize, storage: StorageId) -> f64 {
        let name = &self.scenario.cluster.storages[storage].name;
        self.beside(id, &format!("{name}: resynchronization"))
    }

    /// I/Os a second by which the backlog of a load changes.
    fn backlog_rate(&self, id: usize, load: usize) -> f64 {
        let spec = &self.scenario.workloads[load];
        let Some(each) = backlog::offered(&spec.intensity) else { return 0.0 };
        let level = f64::from(self.levels.get(load).copied().unwrap_or(0)) * self.plan.load_step;
        let loads = self.solved(id).map_or(&[][..], |figures| &figures.loads);
        let own = || loads.iter().filter(|l| l.part.workload == load);
        // A machine that is off asks for nothing.
        let on = |disk: DiskId| self.state.homes[self.scenario.cluster.disks[disk].vm].is_some();
        let waiting = self.cut_off[id].iter().filter(|(l, disk)| *l == load && on(*disk)).count();
        let behind = self.backlog.contains_key(&load);
        if waiting == 0 && !behind && !own().any(|l| l.saturated) {
            return 0.0;
        }
        let disks: usize = own().map(|l| l.part.disks.len()).sum();
        let carried: f64 = own().map(|l| l.iops).sum();
        each * level * (disks + waiting) as f64 - carried
    }

    /// The instant at which the first thing with an amount is done.
    fn done_at(&self, id: usize) -> Moment {
        let mut first = Moment::NEVER;
        let mut offer = |left: f64, rate: f64| {
            if rate > 0.0 {
                first = first.min(self.now.plus_secs(left / rate));
            }
        };
        for m in self.migrations.iter().filter(|m| m.travels()) {
            offer(m.left, self.migration_rate(id, m.from, m.to));
        }
        for (comes, left) in &self.here {
            if let Some(left) = left {
                offer(*left, self.amount_rate(id, *comes));
            }
        }
        for (storage, (_, left)) in &self.resyncs {
            offer(*left, self.resync_rate(id, *storage));
        }
        for (load, waiting) in &self.backlog {
            offer(*waiting, -self.backlog_rate(id, *load));
        }
        first
    }

    /// Goes on to an instant.
    fn advance(&mut self, id: usize, until: Moment) {
        let seconds = until.secs_since(self.now);
        // What is within two microseconds of its end has reached it.
        let slack = 2e-6;
        for k in 0..self.migrations.len() {
            let m = &self.migrations[k];
            if m.travels() {
                let rate = self.migration_rate(id, m.from, m.to);
                self.migrations[k].left -= rate * seconds;
                self.migrations[k].arrived = self.migrations[k].left <= rate * slack;
            }
        }
        let rates: Vec<(Comes, f64)> =
            self.here.keys().map(|comes| (*comes, self.amount_rate(id, *comes))).collect();
        for (comes, rate) in rates {
            if let Some(Some(left)) = self.here.get_mut(&comes) {
                *left -= rate * seconds;
                if *left <= rate * slack {
                    self.here.remove(&comes);
                }
            }
        }
        self.advance_resyncs(id, seconds, slack);
        for load in 0..self.scenario.workloads.len() {
            let change = self.backlog_rate(id, load);
            let waiting = self.backlog.get(&load).copied().unwrap_or(0.0) + change * seconds;
            if waiting > BACKLOG_LEAST.max(-change * slack) {
                self.backlog.insert(load, waiting);
            } else {
                self.backlog.remove(&load);
            }
        }
        self.now = until;
        self.migrations_arrived();
    }

    fn advance_resyncs(&mut self, id: usize, seconds: f64, slack: f64) {
        // What is written meanwhile is missed by the nodes that are away.
        let away: Vec<(StorageId, NodeId)> = self.missed.keys().copied().collect();
        for (storage, node) in away {
            let running = self.resyncs.get(&storage).is_some_and(|(of, _)| *of == node);
            if running || self.state.nodes[node] == super::state::NodeState::Up {
                continue;
            }
            let written = self.written(id, storage);
            let share = self.copies_share(storage);
            let most = self.data(storage) * share;
            if let Some(missed) = self.missed.get_mut(&(storage, node)) {
                *missed = (*missed + written * share * seconds).min(most);
            }
        }
        let running: Vec<StorageId> = self.resyncs.keys().copied().collect();
        for storage in running {
            let rate = self.resync_rate(id, storage);
            if let Some((node, left)) = self.resyncs.get_mut(&storage) {
                *left -= rate * seconds;
                if *left <= rate * slack {
                    let node = *node;
                    self.resyncs.remove(&storage);
                    self.resynced(storage, node);
                }
            }
        }
    }

    /// Bytes a second that loads write to a storage system.
    fn written(&self, id: usize, storage: StorageId) -> f64 {
        let cluster = &self.scenario.cluster;
        let loads = self.solved(id).map_or(&[][..], |figures| &figures.loads);
        let own = loads.iter().filter(|load| {
            let disk = load.part.disks.first();
            disk.is_some_and(|d| cluster.volumes[cluster.disks[*d].volume].storage == storage)
        });
        own.map(|load| {
            let spec = &self.scenario.workloads[load.part.workload];
            load.bytes_per_s * (1.0 - spec.read_share)
        })
        .sum()
    }
}
