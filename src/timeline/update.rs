//! Cluster-aware updating: one node after the other is drained, updated, restarted, taken back.
//!
//! The next node is taken when the machines of the one before are back and its copies of Storage
//! Spaces Direct are up to date. A node that cannot be drained is left out. While a node restarts,
//! machines that had to stay on it are off.
//! Source: <https://learn.microsoft.com/windows-server/failover-clustering/cluster-aware-updating>.

use std::collections::VecDeque;

use super::clock::{Clock, Occurrence};
use super::log::EntryKind;
use super::migrate::MoveReason;
use super::state::NodeState;
use crate::schedule::Failback;
use crate::topology::NodeId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Next,
    Draining(NodeId),
    Installing(NodeId),
    Restarting(NodeId),
    Returning(NodeId),
}

/// A run through the nodes.
#[derive(Clone, Debug)]
pub(super) struct Update {
    name: String,
    nodes: VecDeque<NodeId>,
    install_ms: u64,
    restart_ms: u64,
    failback: Failback,
    stage: Stage,
    done: usize,
}

impl Update {
    pub(super) fn new(
        nodes: Vec<NodeId>,
        install_ms: u64,
        restart_ms: u64,
        failback: Failback,
    ) -> Self {
        let (nodes, stage) = (nodes.into(), Stage::Next);
        Self { name: String::new(), nodes, install_ms, restart_ms, failback, stage, done: 0 }
    }
}

impl Clock<'_> {
    pub(super) fn begin_update(&mut self, mut update: Update, subject: &str) {
        if self.update.is_some() {
            let text = "another updating run is under way, so this one is not begun".to_owned();
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        subject.clone_into(&mut update.name);
        let text = format!("updating of {} nodes begins", update.nodes.len());
        self.tell(EntryKind::Done, subject, text);
        self.update = Some(update);
    }

    /// Machines move, drains end, the updating run goes on: until nothing changes at this instant.
    pub(super) fn settle(&mut self) {
        loop {
            self.start_migrations();
            self.end_drains();
            if !self.go_on() {
                return;
            }
        }
    }

    fn emptied(&self, node: NodeId) -> bool {
        let leaving = |vm: &crate::topology::VmId| {
            self.waiting.iter().any(|request| request.vm == *vm)
                || self.migrations.iter().any(|m| m.vm == *vm)
        };
        !self.state.on(node).any(|vm| leaving(&vm))
            && !self.migrations.iter().any(|m| m.from == node || m.to == node)
            && !self.starting.values().any(|at| *at == node)
            && !self
                .state
                .owned(self.scenario, node)
                .any(|volume| self.state.access[volume] == super::state::VolumeAccess::Moving)
    }

    fn end_drains(&mut self) {
        let ended: Vec<NodeId> =
            self.draining.iter().copied().filter(|node| self.emptied(*node)).collect();
        for node in ended {
            self.draining.remove(&node);
            let name = self.scenario.cluster.nodes[node].name.clone();
            let machines = self.state.on(node).count();
            let volumes = self.state.owned(self.scenario, node).count();
            let left = [(machines, "machine"), (volumes, "volume")];
            let left = left.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
                format!("{count} {what}{}", if count == 1 { "" } else { "s" })
            });
            let left: Vec<String> = left.collect();
            let text = if left.is_empty() {
                "it is drained".to_owned()
            } else {
                format!("it is drained but for {}, which could not be moved", left.join(" and "))
            };
            self.tell(EntryKind::Done, name, text);
        }
    }

    /// One step of the updating run; false where it waits.
    fn go_on(&mut self) -> bool {
        let Some(mut update) = self.update.take() else { return false };
        let went = self.step(&mut update);
        let over = update.stage == Stage::Next && update.nodes.is_empty();
        if over {
            let text = format!("updating ends, {} nodes are done", update.done);
            self.tell(EntryKind::Done, update.name.clone(), text);
        } else {
            self.update = Some(update);
        }
        went
    }

    fn step(&mut self, update: &mut Update) -> bool {
        match update.stage {
            Stage::Next => {
                let Some(node) = update.nodes.pop_front() else { return false };
                let name = update.name.clone();
                self.drain(node, &name);
                if self.state.nodes[node] == NodeState::Paused {
                    update.stage = Stage::Draining(node);
                }
                true
            }
            Stage::Draining(node) => {
                if self.draining.contains(&node) {
                    return false;
                }
                let name = &self.scenario.cluster.nodes[node].name;
                if self.state.nodes[node] != NodeState::Paused {
                    let text = format!("{name} is not updated: it is no longer suspended");
                    self.tell(EntryKind::Refused, update.name.clone(), text);
                    update.stage = Stage::Next;
                    return true;
                }
                update.stage = Stage::Installing(node);
                self.at(self.now.plus_ms(update.install_ms), Occurrence::Installed(node));
                true
            }
            Stage::Returning(node) => {
                let back = |why| why == MoveReason::Failback;
                let waits = self.waiting.iter().any(|request| back(request.why))
                    || self.migrations.iter().any(|m| m.to == node)
                    || !self.up_to_date(node);
                if waits {
                    return false;
                }
                update.done += 1;
                update.stage = Stage::Next;
                true
            }
            Stage::Installing(_) | Stage::Restarting(_) => false,
        }
    }

    /// What was to be installed is; the node restarts.
    pub(super) fn installed(&mut self, node: NodeId) {
        let Some(update) = &mut self.update else { return };
        if update.stage != Stage::Installing(node) {
            return;
        }
        if self.state.nodes[node] != NodeState::Paused {
            update.stage = Stage::Next;
            let subject = update.name.clone();
            let name = self.scenario.cluster.nodes[node].name.clone();
            let text = format!("{name} is not updated: it is no longer suspended");
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        update.stage = Stage::Restarting(node);
        let (restart_ms, subject) = (update.restart_ms, update.name.clone());
        let name = self.scenario.cluster.nodes[node].name.clone();
        let witness = usize::from(self.plan.rules.witness);
        let (before, left) =
            (self.state.voting() + witness, self.state.voting().saturating_sub(1) + witness);
        let text = if 2 * left <= before {
            format!("{name} restarts, although that leaves no majority of votes")
        } else {
            format!("{name} restarts")
        };
        self.tell(EntryKind::Done, subject, text);
        // What the drain moved is kept for the failback.
        let moved = self.drained.remove(&node);
        self.lose(&[node]);
        if let Some(moved) = moved {
            self.drained.insert(node, moved);
        }
        self.at(self.now.plus_ms(restart_ms), Occurrence::NodeBack(node));
    }

    /// A node is back; if it was the updating run that restarted it, its machines come back.
    pub(super) fn updated(&mut self, node: NodeId) {
        let Some(update) = &mut self.update else { return };
        if update.stage != Stage::Restarting(node) {
            return;
        }
        update.stage = Stage::Returning(node);
        let failback = update.failback;
        let (machines, volumes) = self.drained.remove(&node).unwrap_or_default();
        if failback == Failback::Immediate {
            for volume in volumes {
                if self.state.owners[volume] != node
                    && self.state.able(self.scenario, volume).contains(&node)
                {
                    self.hand_over(volume, node);
                }
            }
            for vm in machines {
                self.ask(vm, Some(node), MoveReason::Failback);
            }
        }
    }
}
