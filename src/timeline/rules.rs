//! What the cluster does by itself: who owns a volume next, balancing of volumes and machines.
//!
//! Volumes are balanced by number, on failover and when a node joins; load and the place of
//! machines are ignored. Node fairness and Dynamic Optimization look at processors and memory and
//! ignore who owns the volumes, so they undo an alignment. Which machine they move is not
//! documented: here the largest that brings its node below the threshold and leaves its new one
//! below it, else the largest that fits.
//!
//! Sources:
//! <https://learn.microsoft.com/windows-server/failover-clustering/vm-load-balancing-deep-dive>,
//! <https://learn.microsoft.com/system-center/vmm/vm-optimization>.

use super::clock::{Clock, Occurrence};
use super::log::EntryKind;
use super::migrate::MoveReason;
use super::state::VolumeAccess;
use crate::schedule::{Aggressiveness, BalancerMode};
use crate::topology::{CsvId, NodeId, VmId};

/// Milliseconds between two looks of node fairness.
const FAIRNESS_MS: u64 = 30 * 60_000;

/// Load of a node, as shares.
#[derive(Clone, Copy, Debug)]
struct Load {
    node: NodeId,
    cpu: f64,
    memory: f64,
}

impl Load {
    const fn most(self) -> f64 {
        self.cpu.max(self.memory)
    }
}

impl Clock<'_> {
    pub(super) fn queue_rules(&mut self) {
        let rules = &self.plan.rules;
        if let Some(optimization) = rules.optimization {
            let at = crate::schedule::Moment::from_ms(optimization.every_ms);
            self.at(at, Occurrence::Optimization);
        } else if rules.node_fairness == BalancerMode::Always {
            self.at(crate::schedule::Moment::from_ms(FAIRNESS_MS), Occurrence::Fairness);
        }
    }

    /// The node that would own a volume next: a preferred one, else that with fewest volumes.
    pub(super) fn next_owner(&self, volume: CsvId) -> Option<NodeId> {
        let owner = self.state.owners[volume];
        let preferred = &self.scenario.cluster.volumes[volume].placement.preferred;
        let rank = |node: &NodeId| {
            let place = preferred.iter().position(|other| other == node);
            let owned = self.state.owned(self.scenario, *node).count();
            (place.unwrap_or(preferred.len()), owned, *node)
        };
        let mut able = self.state.able(self.scenario, volume);
        able.retain(|node| *node != owner);
        able.into_iter().min_by_key(rank)
    }

    /// A node has joined or is back.
    pub(super) fn joined(&mut self) {
        if self.plan.rules.volume_balancer {
            self.balance_volumes("CSV balancer");
        }
        let mode = self.plan.rules.node_fairness;
        if self.plan.rules.optimization.is_none() && mode == BalancerMode::OnJoin {
            self.fairness();
        }
    }

    /// Spreads volumes evenly, by number.
    pub(super) fn balance_volumes(&mut self, subject: &str) {
        loop {
            let count = |node: NodeId| self.state.owned(self.scenario, node).count();
            let mut nodes: Vec<(usize, NodeId)> =
                self.state.up().map(|node| (count(node), node)).collect();
            nodes.sort_unstable();
            let Some((fewest, _)) = nodes.first().copied() else { return };
            let mut found = None;
            'search: for (most, from) in nodes.iter().rev().filter(|(n, _)| *n > fewest + 1) {
                for (_, to) in nodes.iter().filter(|(n, _)| n + 1 < *most) {
                    let movable = |volume: &CsvId| {
                        let of = &self.scenario.cluster.volumes[*volume];
                        !of.placement.pinned
                            && self.state.access[*volume] == VolumeAccess::Online
                            && self.state.able(self.scenario, *volume).contains(to)
                    };
                    let mut owned: Vec<CsvId> = self.state.owned(self.scenario, *from).collect();
                    // Which volumes move is not documented; those that were there come first.
                    let volumes = &self.scenario.cluster.volumes;
                    owned.sort_by_key(|volume| volumes[*volume].owner != *to);
                    if let Some(volume) = owned.into_iter().find(movable) {
                        found = Some((volume, *to));
                        break 'search;
                    }
                }
            }
            let Some((volume, to)) = found else { return };
            self.move_volume(volume, to, subject);
        }
    }

    /// Loads of the nodes that are up.
    fn node_loads(&mut self) -> Vec<Load> {
        let cpus = self.figures().map(|figures| figures.cpus.clone()).unwrap_or_default();
        let hosts = self.hosts();
        let loads = self.state.up().map(|node| {
            let of = &self.scenario.cluster.nodes[node];
            let cpu = cpus.iter().find(|(name, _)| *name == of.name).map_or(0.0, |(_, cpu)| *cpu);
            let free = hosts.iter().find(|host| host.id == node.index());
            let free = free.and_then(|host| host.memory_free);
            let memory = of.memory_bytes.zip(free).map_or(0.0, |(all, free)| 1.0 - free / all);
            Load { node, cpu, memory }
        });
        loads.collect()
    }

    pub(super) fn fairness(&mut self) {
        if self.plan.rules.node_fairness == BalancerMode::Always {
            self.at(self.now.plus_ms(FAIRNESS_MS), Occurrence::Fairness);
        }
        let above = self.plan.rules.fairness_above;
        self.relieve((above, above), 0.0, MoveReason::Fairness);
    }

    pub(super) fn optimize(&mut self) {
        let Some(rule) = self.plan.rules.optimization else { return };
        self.at(self.now.plus_ms(rule.every_ms), Occurrence::Optimization);
        // How much better it must be elsewhere is not documented.
        let gain = match rule.aggressiveness {
            Aggressiveness::Low => 0.2,
            Aggressiveness::Medium => 0.1,
            Aggressiveness::High => 0.02,
        };
        let above = (rule.cpu_above, 1.0 - rule.memory_free);
        self.relieve(above, gain, MoveReason::Optimization);
    }

    /// Relieves nodes above thresholds of processors and memory, one machine each.
    fn relieve(&mut self, above: (f64, f64), gain: f64, why: MoveReason) {
        if !self.state.quorum || !self.migrations.is_empty() || !self.waiting.is_empty() {
            return;
        }
        let loads = self.node_loads();
        let over = |load: &Load| load.cpu > above.0 || load.memory > above.1;
        let hot: Vec<Load> = loads.iter().copied().filter(over).collect();
        for load in hot {
            let Some((vm, to)) = self.relief(load, &loads, above, gain) else { continue };
            let cluster = &self.scenario.cluster;
            let (name, node) = (cluster.vms[vm].name.clone(), cluster.nodes[to].name.clone());
            self.tell(EntryKind::Done, why.name(), format!("{name} is moved to {node}"));
            self.ask(vm, Some(to), why);
        }
    }

    fn relief(
        &self,
        from: Load,
        loads: &[Load],
        above: (f64, f64),
        gain: f64,
    ) -> Option<(VmId, NodeId)> {
        let cluster = &self.scenario.cluster;
        let hosts = self.hosts();
        let mut best: Option<(bool, f64, VmId, NodeId)> = None;
        for vm in self.state.on(from.node) {
            let of = &cluster.vms[vm];
            if of.placement.pinned || of.physical {
                continue;
            }
            for to in loads.iter().filter(|to| to.node != from.node) {
                let host: Vec<_> =
                    hosts.iter().filter(|host| host.id == to.node.index()).cloned().collect();
                if self.room_for(vm, &host).is_none() {
                    continue;
                }
                let share = |node: NodeId| {
                    let n = &cluster.nodes[node];
                    let cores = self.parameters.id(&format!("cpus.{}.cores", n.cpu));
                    let cores = cores.map_or(f64::INFINITY, |id| self.parameters.value(id));
                    let memory = n.memory_bytes.map_or(0.0, |all| of.memory.bytes / all);
                    (of.memory.cores_busy / cores, memory)
                };
                let (cpu, memory) = share(to.node);
                let (own_cpu, own_memory) = share(from.node);
                let there = Load { cpu: to.cpu + cpu, memory: to.memory + memory, ..*to };
                let left =
                    Load { cpu: from.cpu - own_cpu, memory: from.memory - own_memory, ..from };
                let exceeds = there.cpu > above.0 || there.memory > above.1;
                if exceeds || there.most().max(left.most()) > from.most() - gain {
                    continue;
                }
                let enough = left.cpu <= above.0 && left.memory <= above.1;
                let size = own_cpu.max(own_memory);
                // Of equals the emptier node, then the first machine.
                let better = best.is_none_or(|(e, s, _, n)| {
                    let rank = loads.iter().find(|load| load.node == n).map_or(0.0, |l| l.most());
                    (enough, size) > (e, s) || ((enough, size) == (e, s) && to.most() < rank)
                });
                if better {
                    best = Some((enough, size, vm, to.node));
                }
            }
        }
        best.map(|(_, _, vm, to)| (vm, to))
    }
}
