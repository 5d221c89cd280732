//! The cluster clock: from change to change, and what moves between them.
//!
//! Everything that has an amount (memory on its way, a backup, copies to be brought up to date,
//! I/O that has piled up) goes on at the rate that the analytic solver finds for the setting, until
//! it is done or the setting changes. So a drain takes as long as the network lets it.

use std::collections::{BTreeMap, BTreeSet};

use super::backlog::Backlog;
use super::figures::{EvaluateError, Figures, Ready};
use super::log::{Entry, EntryKind};
use super::migrate::{Migration, Request};
use super::numbers::Numbers;
use super::setting::{CutOff, Setting, Shape};
use super::state::State;
use super::update::Update;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{GrowthPath, LoadPlan, Moment, TimelinePlan};
use crate::topology::{Cluster, CsvId, NetworkId, NodeId, StorageId, VmId};

/// Epochs beyond this are not kept.
const EPOCHS_MAX: usize = 2_000_000;
/// Different settings beyond this are not evaluated.
const SETTINGS_MAX: usize = 200_000;

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
    /// I/Os that wait at its begin, by load and place of the disk in it.
    pub(super) backlog: Backlog,
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
        source: Box<EvaluateError>,
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
    /// The setting by whose rates each went on: itself, or one that is nearly alike.
    pub(super) leans: Vec<usize>,
    /// Of each setting: loads whose disks cannot be reached.
    pub(super) cut_off: Vec<Vec<CutOff>>,
    pub(super) log: Vec<Entry>,
    pub(super) moves: Vec<super::migrate::Moved>,
    /// Whether the cluster has no majority at the end.
    pub(super) stopped: bool,
}

impl Followed {
    /// What a setting comes to by the analytic solver, or else the one by whose rates it went on.
    pub(super) fn solved(&self, setting: usize) -> Option<&Figures> {
        self.fast[setting].as_ref().or_else(|| self.fast[self.leans[setting]].as_ref())
    }
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
    pub(super) levels: Vec<u32>,
    levels_backups: Vec<u32>,
    levels_traffic: Vec<u32>,
    /// What comes and goes and is here, with the bytes it has left to do.
    pub(super) here: BTreeMap<Comes, Option<f64>>,
    pub(super) backlog: Backlog,
    pub(super) waiting: Vec<Request>,
    pub(super) migrations: Vec<Migration>,
    pub(super) moves: Vec<super::migrate::Moved>,
    /// Machines of nodes whose failure is not noticed yet.
    pub(super) not_missed: BTreeMap<VmId, NodeId>,
    /// Machines of which it was told that they find no node.
    pub(super) told_off: BTreeSet<VmId>,
    /// Whether votes were lost at this instant.
    pub(super) votes_lost: bool,
    /// Events that were refused so far.
    refused: usize,
    /// Times that machines were moved.
    pub(super) times_moved: BTreeMap<VmId, u64>,
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
    pub(super) settings: Vec<Setting>,
    fast: Vec<Option<Figures>>,
    leans: Vec<usize>,
    /// Settings that were solved, by what they are but for the places of machines.
    alike: BTreeMap<Shape, Vec<usize>>,
    /// Whether nodes have the same ports and processors.
    nodes_alike: bool,
    pub(super) cut_off: Vec<Vec<CutOff>>,
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
            not_missed: BTreeMap::new(),
            told_off: BTreeSet::new(),
            votes_lost: false,
            refused: 0,
            times_moved: BTreeMap::new(),
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
            leans: Vec::new(),
            alike: BTreeMap::new(),
            nodes_alike: nodes_alike(&scenario.cluster),
            cut_off: Vec::new(),
        };
        clock.prepare();
        Ok(clock)
    }

    /// Queues what is known beforehand.
    fn prepare(&mut self) {
        let plan = self.plan;
        self.at(Moment::START, Occurrence::Levels);
        self.tell_of_memory();
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

    /// Nodes whose machines do not fit from the start.
    fn tell_of_memory(&mut self) {
        let short = |host: &crate::policy::Host| host.memory_free.filter(|free| *free < 0.0);
        for host in self.hosts() {
            let Some(short) = short(&host) else { continue };
            let name = &self.scenario.cluster.nodes[NodeId::from_index(host.id)].name;
            let text = format!("its machines have {:.0} GB more memory than it has", -short / 1e9);
            self.tell(EntryKind::Refused, name.clone(), text);
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

    /// How many things could not be done so far.
    pub(super) const fn refusals(&self) -> usize {
        self.refused
    }

    pub(super) fn tell(&mut self, kind: EntryKind, subject: impl Into<String>, text: String) {
        self.refused += usize::from(kind == EntryKind::Refused);
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
            let votes = self.state.voting();
            while let Some(entry) = self.queue.first_entry() {
                if entry.key().0 > self.now {
                    break;
                }
                let occurrence = entry.remove();
                self.happen(&occurrence);
            }
            self.check_quorum(votes);
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
            // A look of a script or a balancer that changes nothing parts nothing.
            match self.epochs.last_mut() {
                Some(last)
                    if last.setting == id
                        && last.entries == entries
                        && last.backlog.is_empty()
                        && backlog.is_empty() =>
                {
                    last.to = self.now;
                }
                _ => {
                    let (to, setting) = (self.now, id);
                    self.epochs.push(Epoch { from, to, setting, backlog, entries });
                }
            }
            progress(self.now.secs() / end.secs().max(1e-6));
        }
        Ok(Followed {
            epochs: self.epochs,
            settings: self.settings,
            fast: self.fast,
            leans: self.leans,
            cut_off: self.cut_off,
            log: self.log,
            moves: self.moves,
            stopped: !self.state.quorum,
        })
    }

    /// The same, with the figures of the setting at the end.
    pub(super) fn follow_to_last(
        self,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<(Followed, Figures), TimelineError> {
        let (scenario, plan, parameters) = (self.scenario, self.plan, self.parameters);
        let followed = self.follow(cancelled, &|_| {})?;
        let id = followed.epochs.last().map_or(0, |epoch| epoch.setting);
        if let Some(figures) = &followed.fast[id] {
            let figures = figures.clone();
            return Ok((followed, figures));
        }
        let ready = super::evaluate::ready(scenario, plan, parameters, &followed.settings[id]);
        let ready = ready.map_err(|source| TimelineError::Evaluate {
            at: plan.calendar.label(plan.end),
            after: "the last change".to_owned(),
            source: Box::new(source),
        })?;
        Ok((followed, ready.fast()))
    }

    fn happen(&mut self, occurrence: &Occurrence) {
        match *occurrence {
            Occurrence::Event(k) => self.planned(k),
            Occurrence::Undo(k) => self.undo(k),
            Occurrence::Levels => self.levels(),
            Occurrence::Starts(comes) => self.starts(comes),
            Occurrence::Stops(comes) => self.stops(comes),
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
        self.leans.push(id);
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
                source: Box::new(source),
            }
        })?;
        self.fast[id] = Some(ready.fast());
        let key = self.settings[id].shape(self.nodes_alike);
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
            let near = self.alike.get(&setting.shape(self.nodes_alike)).and_then(|alike| {
                let near = |other: &&usize| self.settings[**other].moved(setting) <= most;
                alike.iter().rev().find(near).copied()
            });
            if let Some(near) = near {
                self.leans[id] = near;
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

    pub(super) fn solved(&self, id: usize) -> Option<&Figures> {
        self.fast.get(id).and_then(Option::as_ref)
    }

    /// Payload bytes a second of something beside the loads.
    pub(super) fn beside(&self, id: usize, name: &str) -> f64 {
        let figures = self.solved(id);
        figures.and_then(|figures| figures.beside.get(name)).copied().unwrap_or(0.0)
    }
}

/// What decides how fast memory leaves and reaches a node.
#[derive(PartialEq)]
pub(super) struct NodeKind<'a> {
    cpu: &'a str,
    teams: usize,
    /// Model, network, bits a second, team.
    ports: Vec<(&'a str, Option<NetworkId>, u64, Option<usize>)>,
}

pub(super) fn node_kind(cluster: &Cluster, node: NodeId) -> NodeKind<'_> {
    let of = &cluster.nodes[node];
    let ports = of.nics.iter().map(|nic| {
        let port = &cluster.nics[*nic];
        (port.model.as_str(), port.network, port.speed_bits_per_s.to_bits(), port.team)
    });
    NodeKind { cpu: &of.cpu, teams: of.teams.len(), ports: ports.collect() }
}

/// Whether what leaves one node for a second could as well go between any two others.
fn nodes_alike(cluster: &Cluster) -> bool {
    let uplinks = cluster.networks.iter().any(|network| network.uplink.is_some());
    let mut kinds = cluster.nodes.ids().map(|node| node_kind(cluster, node));
    let first = kinds.next();
    !uplinks && kinds.all(|kind| Some(kind) == first)
}
