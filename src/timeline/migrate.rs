//! Live migration: who waits, who travels, what is left.
//!
//! A node sends and receives no more machines at once than stated. A machine's configuration is
//! set up, its memory travels in passes over what was written meanwhile ([`MemoryCopy`]), and it
//! stands still for the rest. Where it goes is decided when it starts.

use super::clock::{Clock, Occurrence};
use super::log::EntryKind;
use super::state::NodeState;
use crate::policy::{Guest, Host, MemoryCopy, Pass, choose_host};
use crate::random::Stream;
use crate::schedule::Moment;
use crate::topology::{NodeId, VmId};

/// Seconds of standing still beyond which clients notice.
const STANDING_S: f64 = 10.0;

/// Why a machine moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MoveReason {
    /// Its node is drained.
    Drain,
    /// Its node is back.
    Failback,
    /// It was asked for.
    Asked,
    /// The realigning script.
    Realign,
    /// Node fairness.
    Fairness,
    /// Dynamic Optimization.
    Optimization,
}

impl MoveReason {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::Failback => "failback",
            Self::Asked => "asked for",
            Self::Realign => "realigned",
            Self::Fairness => "node fairness",
            Self::Optimization => "dynamic optimization",
        }
    }
}

/// A machine that waits to be moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) vm: VmId,
    /// Where to; none: wherever there is room.
    pub(super) to: Option<NodeId>,
    pub(super) why: MoveReason,
    pub(super) since: Moment,
}

/// How far a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Setup,
    Running,
    Still,
    Switching,
}

/// A machine that is being moved.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Migration {
    pub(super) vm: VmId,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    /// Bytes of memory left in this pass.
    pub(super) left: f64,
    pub(super) arrived: bool,
    why: MoveReason,
    stage: Stage,
    copy: MemoryCopy,
    began: Moment,
    pass_began: Moment,
    /// Bytes of memory, before compression.
    sent: f64,
    passes: u32,
    still_since: Option<Moment>,
}

impl Migration {
    /// Whether its memory is on its way.
    pub(super) const fn travels(&self) -> bool {
        matches!(self.stage, Stage::Running | Stage::Still)
    }
}

/// A machine that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The machine.
    pub vm: VmId,
    /// From here.
    pub from: NodeId,
    /// To there.
    pub to: NodeId,
    /// Why.
    pub why: MoveReason,
    /// Since when.
    pub began: Moment,
    /// Until when.
    pub ended: Moment,
    /// Bytes sent over the network, one way: memory and what was written to it meanwhile, after
    /// compression, without headers.
    pub bytes: f64,
    /// Passes while it ran.
    pub passes: u32,
    /// Seconds that it stood still at the end.
    pub still_s: f64,
}

impl Clock<'_> {
    /// Asks for a machine to be moved; what it was asked for before is forgotten.
    pub(super) fn ask(&mut self, vm: VmId, to: Option<NodeId>, why: MoveReason) {
        let going = self.migrations.iter().find(|m| m.vm == vm).map(|m| m.to);
        if going.is_some() && (going == to || to.is_none()) {
            return;
        }
        self.waiting.retain(|request| request.vm != vm);
        if going.is_some() || (self.state.homes[vm].is_some() && self.state.homes[vm] != to) {
            self.waiting.push(Request { vm, to, why, since: self.now });
        }
    }

    /// Nodes as placement sees them: what is there, on its way there, or starting there.
    pub(super) fn hosts(&self) -> Vec<Host> {
        let cluster = &self.scenario.cluster;
        let mut hosts: Vec<Host> = self
            .state
            .up()
            .map(|node| Host {
                id: node.index(),
                memory_free: cluster.nodes[node].memory_bytes,
                machines: 0,
                classes: Vec::new(),
            })
            .collect();
        let arriving = self.migrations.iter().map(|m| (m.vm, m.to));
        let starting = self.starting.iter().map(|(vm, node)| (*vm, *node));
        let there = self.state.homes.iter_ids().filter_map(|(vm, home)| home.map(|at| (vm, at)));
        for (vm, node) in there.chain(arriving).chain(starting) {
            if let Some(host) = hosts.iter_mut().find(|host| host.id == node.index()) {
                let vm = &cluster.vms[vm];
                host.machines += 1;
                host.memory_free = host.memory_free.map(|free| free - vm.memory.bytes);
                host.classes.extend(vm.placement.anti_affinity.iter().cloned());
            }
        }
        hosts
    }

    /// Where a machine finds room, its own node left out.
    pub(super) fn room_for(&self, vm: VmId, hosts: &[Host]) -> Option<NodeId> {
        let of = &self.scenario.cluster.vms[vm];
        let number = |nodes: &[NodeId]| nodes.iter().map(|node| node.index()).collect::<Vec<_>>();
        let possible = number(&of.placement.possible);
        let preferred = number(&of.placement.preferred);
        let guest = Guest {
            memory: of.memory.bytes,
            possible: &possible,
            preferred: &preferred,
            classes: &of.placement.anti_affinity,
        };
        let home = self.state.homes[vm].map(NodeId::index);
        let others: Vec<Host> =
            hosts.iter().filter(|host| Some(host.id) != home).cloned().collect();
        let reached: Vec<Host> = others
            .into_iter()
            .filter(|host| self.reaches_disks(vm, NodeId::from_index(host.id)))
            .collect();
        choose_host(&reached, &guest).map(NodeId::from_index)
    }

    /// Whether a node has what the machine's disks need beside Cluster Shared Volumes.
    fn reaches_disks(&self, vm: VmId, node: NodeId) -> bool {
        let cluster = &self.scenario.cluster;
        cluster.disks.iter().filter(|disk| disk.vm == vm).all(|disk| {
            let volume = &cluster.volumes[disk.volume];
            !volume.lun || self.state.reaches(self.scenario, node, volume.storage)
        })
    }

    /// Starts what may start now.
    pub(super) fn start_migrations(&mut self) {
        let most = self.plan.rules.migration.simultaneous.max(1) as usize;
        let mut k = 0;
        while k < self.waiting.len() {
            let request = self.waiting[k].clone();
            let Some(from) = self.state.homes[request.vm] else {
                self.waiting.remove(k);
                continue;
            };
            if self.migrations.iter().any(|m| m.vm == request.vm) {
                k += 1;
                continue;
            }
            let busy = |node: NodeId| {
                self.migrations.iter().filter(|m| m.from == node || m.to == node).count() >= most
            };
            if busy(from) {
                k += 1;
                continue;
            }
            let hosts = self.hosts();
            let to = if let Some(to) = request.to {
                let room = hosts.iter().find(|host| host.id == to.index());
                let of = &self.scenario.cluster.vms[request.vm];
                let fits = room.is_some_and(|host| {
                    host.memory_free.is_none_or(|free| free >= of.memory.bytes)
                });
                fits.then_some(to)
            } else {
                // A node whose slots are taken is waited for only if all are.
                let free: Vec<Host> = hosts
                    .iter()
                    .filter(|host| !busy(NodeId::from_index(host.id)))
                    .cloned()
                    .collect();
                let now = self.room_for(request.vm, &free);
                if now.is_none() && self.room_for(request.vm, &hosts).is_some() {
                    k += 1;
                    continue;
                }
                now
            };
            match to {
                Some(to) if busy(to) => k += 1,
                Some(to) if to == from => _ = self.waiting.remove(k),
                Some(to) => {
                    self.waiting.remove(k);
                    self.start(&request, from, to);
                }
                None => {
                    self.waiting.remove(k);
                    self.cannot_move(&request);
                }
            }
        }
    }

    fn cannot_move(&mut self, request: &Request) {
        let cluster = &self.scenario.cluster;
        let vm = &cluster.vms[request.vm];
        let text = match request.to {
            Some(to) => {
                let node = &cluster.nodes[to].name;
                let up = self.state.nodes[to] == NodeState::Up;
                let why = if up { "has no memory left for it" } else { "does not take part" };
                format!("it is not moved to {node}, which {why}")
            }
            None => "it is not moved: no other node may take it and has memory left".to_owned(),
        };
        let name = vm.name.clone();
        self.tell(EntryKind::Refused, name, text);
    }

    fn start(&mut self, request: &Request, from: NodeId, to: NodeId) {
        let memory = &self.scenario.cluster.vms[request.vm].memory;
        let dirty = memory.dirty_bytes_per_s.unwrap_or(self.numbers.dirty_bytes_per_s);
        let copy = MemoryCopy::new(memory.bytes, dirty, self.numbers.passes);
        self.migrations.push(Migration {
            vm: request.vm,
            from,
            to,
            left: 0.0,
            arrived: false,
            why: request.why,
            stage: Stage::Setup,
            copy,
            began: self.now,
            pass_began: self.now,
            sent: 0.0,
            passes: 0,
            still_since: None,
        });
        let setup_s = self.setup_s(request.vm);
        self.soon(setup_s, Occurrence::Migration(request.vm));
    }

    /// Seconds that the setup of a machine takes this time: machines that are alike must not go in
    /// step, which would leave the network idle between them.
    fn setup_s(&self, vm: VmId) -> f64 {
        let label = format!("migration of {}", self.scenario.cluster.vms[vm].name);
        let before = self.times_moved.get(&vm).copied().unwrap_or(0);
        let stream = Stream::new(self.seed, 0, &label);
        self.numbers.setup_s * self.numbers.setup_shape.at(stream, before)
    }

    /// A setup or a switch is over.
    pub(super) fn migration_due(&mut self, vm: VmId) {
        let Some(k) = self.migrations.iter().position(|m| m.vm == vm) else { return };
        match self.migrations[k].stage {
            Stage::Setup => {
                let pass = self.migrations[k].copy.first();
                self.pass(k, pass);
            }
            Stage::Switching => {
                let m = self.migrations.remove(k);
                let smaller = self.numbers.smaller(self.plan.rules.migration.transport);
                self.state.homes[vm] = Some(m.to);
                *self.times_moved.entry(vm).or_insert(0) += 1;
                self.moves.push(Moved {
                    vm,
                    from: m.from,
                    to: m.to,
                    why: m.why,
                    began: m.began,
                    ended: self.now,
                    bytes: m.sent / smaller,
                    passes: m.passes,
                    still_s: m.still_since.map_or(0.0, |since| self.now.secs_since(since)),
                });
                self.tell_of_standing(vm);
                self.leave_if_drained(vm, m.to);
            }
            Stage::Running | Stage::Still => {}
        }
    }

    /// Begins a pass; one of nothing is over at once.
    fn pass(&mut self, k: usize, pass: Pass) {
        let now = self.now;
        let m = &mut self.migrations[k];
        let (stage, bytes) = match pass {
            Pass::Running(bytes) => (Stage::Running, bytes),
            Pass::Still(bytes) => (Stage::Still, bytes),
        };
        m.stage = stage;
        if stage == Stage::Still {
            m.still_since = Some(now);
        }
        m.left = bytes;
        m.sent += bytes;
        m.passes += u32::from(stage == Stage::Running);
        m.pass_began = now;
        m.arrived = bytes <= 0.0;
        self.migrations_arrived();
    }

    /// A machine that writes its memory faster than it travels stands still for long.
    fn tell_of_standing(&mut self, vm: VmId) {
        let Some(moved) = self.moves.last() else { return };
        if moved.still_s > STANDING_S {
            let text = format!(
                "it stood still for {:.0} s at the end of its migration: it writes its memory \
                 nearly as fast as that travels",
                moved.still_s
            );
            let name = self.scenario.cluster.vms[vm].name.clone();
            self.tell(EntryKind::Outage, name, text);
        }
    }

    /// Goes on where a pass is over.
    pub(super) fn migrations_arrived(&mut self) {
        while let Some(k) = self.migrations.iter().position(|m| m.arrived) {
            let now = self.now;
            let m = &mut self.migrations[k];
            m.arrived = false;
            if m.stage == Stage::Still {
                m.stage = Stage::Switching;
                let vm = m.vm;
                self.soon(self.numbers.blackout_s, Occurrence::Migration(vm));
            } else {
                let took = now.secs_since(m.pass_began);
                let pass = m.copy.after(took);
                self.pass(k, pass);
            }
        }
    }

    /// A machine that arrives on a node which is being left goes on.
    pub(super) fn leave_if_drained(&mut self, vm: VmId, node: NodeId) {
        let pinned = self.scenario.cluster.vms[vm].placement.pinned;
        if self.state.nodes[node] == NodeState::Paused && !pinned {
            self.draining.insert(node);
            self.ask(vm, None, MoveReason::Drain);
        }
    }

    /// Forgets what has to do with a node that is gone; machines that were to leave another one
    /// for it look for a third.
    pub(super) fn drop_migrations(&mut self, node: NodeId) {
        let again = |m: &&Migration| m.to == node && m.why == MoveReason::Drain;
        let again: Vec<VmId> =
            self.migrations.iter().filter(again).map(|migration| migration.vm).collect();
        self.migrations.retain(|m| m.from != node && m.to != node);
        for vm in again {
            self.ask(vm, None, MoveReason::Drain);
        }
        self.waiting.retain(|request| request.to != Some(node));
    }
}
