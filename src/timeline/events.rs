//! What is planned: each action, whether it can be done, and how it is undone.

use super::clock::{Clock, Occurrence};
use super::log::EntryKind;
use super::migrate::MoveReason;
use super::state::{NodeState, VolumeAccess};
use super::update::Update;
use crate::schedule::{Action, Failback, RealignBy};
use crate::topology::{CsvId, GuestClusterId, NodeId, Sharing, VmId};

impl Clock<'_> {
    /// An event is due.
    pub(super) fn planned(&mut self, k: usize) {
        let event = &self.plan.events[k];
        let next = event.when.at_or_after(&self.plan.calendar, self.now.plus_us(1));
        if let Some(next) = next {
            self.at(next, Occurrence::Event(k));
        }
        let name = event.name.clone();
        let before = self.refusals();
        let was_up = match &event.action {
            Action::Drain(node) => self.state.nodes[*node] == NodeState::Up,
            _ => false,
        };
        match &event.action {
            Action::Drain(node) => self.drain(*node, &name),
            Action::Resume(node, failback) => self.resume(*node, *failback, &name),
            Action::Update { nodes, install_ms, restart_ms, failback } => {
                let update = Update::new(nodes.clone(), *install_ms, *restart_ms, *failback);
                self.begin_update(update, &name);
            }
            Action::Fail(element) => self.fail(*element, &name),
            Action::Repair(element) => self.repair(*element, &name),
            Action::Join(node) => self.join(*node, &name),
            Action::Evict(node) => self.evict(*node, &name),
            Action::MoveVolumes(volumes, to) => {
                for &volume in volumes {
                    self.move_volume(volume, *to, &name);
                }
            }
            Action::Migrate(machines, to) => {
                for &vm in machines {
                    if self.state.homes[vm].is_none() {
                        let text = format!("{} is off", self.scenario.cluster.vms[vm].name);
                        self.tell(EntryKind::Refused, &name, text);
                    }
                    self.ask(vm, Some(*to), MoveReason::Asked);
                }
            }
            Action::Redirect(volumes, on) => self.redirect(volumes, *on, &name),
            Action::BalanceVolumes => self.balance_volumes(&name),
            Action::Realign(clusters, by) => {
                for &cluster in clusters {
                    self.realign(cluster, *by, &name);
                }
            }
        }
        // What was not done is not undone.
        let done = match &event.action {
            Action::Drain(node) => was_up && self.state.nodes[*node] == NodeState::Paused,
            _ => self.refusals() == before,
        };
        if let Some(lasts_ms) = event.lasts_ms.filter(|_| done) {
            self.at(self.now.plus_ms(lasts_ms), Occurrence::Undo(k));
        }
    }

    /// An event is over.
    pub(super) fn undo(&mut self, k: usize) {
        let event = &self.plan.events[k];
        let name = event.name.clone();
        match &event.action {
            Action::Drain(node) => self.resume(*node, Failback::Immediate, &name),
            Action::Fail(element) => self.repair(*element, &name),
            Action::Redirect(volumes, on) => self.redirect(volumes, !on, &name),
            _ => {}
        }
    }

    fn name_of(&self, node: NodeId) -> String {
        self.scenario.cluster.nodes[node].name.clone()
    }

    /// Suspends a node and moves what it has.
    pub(super) fn drain(&mut self, node: NodeId, subject: &str) {
        let name = self.name_of(node);
        if self.state.nodes[node] != NodeState::Up {
            let text = format!("{name} is not up, so it is not drained");
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        if self.state.up().count() == 1 {
            let text = format!("{name} is the last node that is up, so it is not drained");
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        self.state.nodes[node] = NodeState::Paused;
        self.draining.insert(node);
        let mut machines: Vec<VmId> = self.state.on(node).collect();
        machines.retain(|&vm| !self.scenario.cluster.vms[vm].physical);
        machines.sort_by_key(|&vm| {
            (std::cmp::Reverse(self.scenario.cluster.vms[vm].placement.priority), vm)
        });
        let volumes: Vec<CsvId> = self.state.owned(self.scenario, node).collect();
        self.tell(
            EntryKind::Done,
            subject,
            format!("{name} is drained (machines: {}, volumes: {})", machines.len(), volumes.len()),
        );
        let mut moved = Vec::new();
        for volume in volumes {
            if self.give_away(volume, subject) {
                moved.push(volume);
            }
        }
        let mut leaving = Vec::new();
        for vm in machines {
            if self.scenario.cluster.vms[vm].placement.pinned {
                let text = "it is pinned, so it stays on the suspended node".to_owned();
                let vm = self.scenario.cluster.vms[vm].name.clone();
                self.tell(EntryKind::Refused, vm, text);
            } else {
                self.ask(vm, None, MoveReason::Drain);
                leaving.push(vm);
            }
        }
        self.drained.insert(node, (leaving, moved));
    }

    /// Moves a volume to whichever node is best; false where there is none.
    fn give_away(&mut self, volume: CsvId, subject: &str) -> bool {
        let Some(to) = self.next_owner(volume) else {
            let text = format!(
                "no other node can own {}, which stays where it is",
                self.scenario.cluster.volumes[volume].name
            );
            self.tell(EntryKind::Refused, subject, text);
            return false;
        };
        let of = &self.scenario.cluster.volumes[volume].name;
        let text = format!("{of} moves to {}", self.name_of(to));
        self.tell(EntryKind::Done, subject, text);
        self.hand_over(volume, to);
        true
    }

    /// Takes a suspended node back.
    pub(super) fn resume(&mut self, node: NodeId, failback: Failback, subject: &str) {
        let name = self.name_of(node);
        if self.state.nodes[node] != NodeState::Paused {
            let text = format!("{name} is not suspended, so it is not resumed");
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        self.state.nodes[node] = NodeState::Up;
        self.draining.remove(&node);
        self.waiting.retain(|request| {
            request.why != MoveReason::Drain || self.state.homes[request.vm] != Some(node)
        });
        self.tell(EntryKind::Done, subject, format!("{name} is resumed"));
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
        self.retry();
        self.begin_resyncs();
    }

    fn join(&mut self, node: NodeId, subject: &str) {
        if !self.state.nodes[node].is_outside() {
            let text = format!("{} is a member already", self.name_of(node));
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        self.state.nodes[node] = NodeState::Up;
        let text = format!("{} joins the cluster", self.name_of(node));
        self.tell(EntryKind::Done, subject, text);
        for (vm, of) in self.scenario.cluster.vms.iter_ids() {
            if of.node == node && self.state.homes[vm].is_none() {
                self.displaced.remove(&vm);
                self.state.homes[vm] = Some(node);
            }
        }
        self.retry();
        self.joined();
        self.begin_resyncs();
    }

    fn evict(&mut self, node: NodeId, subject: &str) {
        let name = self.name_of(node);
        let starting = self.starting.values().filter(|at| **at == node).count();
        let coming = self.migrations.iter().filter(|m| m.to == node).count();
        let machines = self.state.on(node).count() + starting + coming;
        let volumes: Vec<CsvId> = self.state.owned(self.scenario, node).collect();
        let stuck = volumes.iter().find(|&&volume| self.next_owner(volume).is_none());
        let problem = if self.state.nodes[node].is_outside() {
            Some("is no member".to_owned())
        } else if machines > 0 {
            Some(format!("still has {machines} machines; drain it first"))
        } else if let Some(volume) = stuck {
            let volume = &self.scenario.cluster.volumes[*volume].name;
            Some(format!("owns {volume}, which no other node can own"))
        } else {
            let left = self.state.up().filter(|other| *other != node).count();
            (left == 0).then(|| "is the last node".to_owned())
        };
        if let Some(problem) = problem {
            self.tell(EntryKind::Refused, subject, format!("{name} is not evicted: it {problem}"));
            return;
        }
        for volume in volumes {
            self.give_away(volume, subject);
        }
        self.state.nodes[node] = NodeState::Evicted;
        self.missed.retain(|(_, of), _| *of != node);
        self.draining.remove(&node);
        self.drained.remove(&node);
        self.drop_migrations(node);
        self.tell(EntryKind::Done, subject, format!("{name} is evicted"));
    }

    /// Moves a volume to a stated owner.
    pub(super) fn move_volume(&mut self, volume: CsvId, to: NodeId, subject: &str) {
        let name = self.scenario.cluster.volumes[volume].name.clone();
        let owner = self.name_of(to);
        if self.state.owners[volume] == to {
            return;
        }
        if self.state.access[volume] != VolumeAccess::Online
            || !self.state.able(self.scenario, volume).contains(&to)
        {
            let text = if self.state.access[volume] == VolumeAccess::Moving {
                format!("{name} does not move to {owner}: it is on its way to another node")
            } else {
                format!("{name} does not move to {owner}, which cannot own it now")
            };
            self.tell(EntryKind::Refused, subject, text);
            return;
        }
        self.tell(EntryKind::Done, subject, format!("{name} moves to {owner}"));
        self.hand_over(volume, to);
    }

    /// Ownership moves on purpose: I/O waits for a moment.
    pub(super) fn hand_over(&mut self, volume: CsvId, to: NodeId) {
        self.state.access[volume] = VolumeAccess::Moving;
        self.state.owners[volume] = to;
        self.soon(self.numbers.move_pause_s, Occurrence::VolumeBack(volume, to));
    }

    fn redirect(&mut self, volumes: &[CsvId], on: bool, subject: &str) {
        for &volume in volumes {
            if self.state.redirected[volume] == on {
                let name = &self.scenario.cluster.volumes[volume].name;
                let text = format!("redirected access of {name} is already so");
                self.tell(EntryKind::Refused, subject, text);
            } else {
                self.state.redirected[volume] = on;
                let word = if on { "on" } else { "off" };
                let name = &self.scenario.cluster.volumes[volume].name;
                let text = format!("redirected access of {name} is turned {word}");
                self.tell(EntryKind::Done, subject, text);
            }
        }
    }

    /// The volume of the first disk that the members of a guest cluster share.
    fn shared_volume(&self, id: GuestClusterId) -> Option<CsvId> {
        let cluster = &self.scenario.cluster;
        let of = &cluster.guest_clusters[id];
        let shared = |disk: &&crate::topology::Disk| {
            disk.sharing != Sharing::None && of.members.contains(&disk.vm)
        };
        cluster.disks.iter().find(shared).map(|disk| disk.volume)
    }

    /// The script: brings the active member and the owner together.
    fn realign(&mut self, id: GuestClusterId, by: RealignBy, subject: &str) {
        let Some(volume) = self.shared_volume(id) else { return };
        let active = self.state.active[id];
        let owner = self.state.owners[volume];
        let Some(home) = self.state.homes[active] else { return };
        if home == owner {
            return;
        }
        let of = &self.scenario.cluster.guest_clusters[id];
        match by {
            RealignBy::Owner => self.move_volume(volume, home, subject),
            RealignBy::Guest => {
                let there = of.members.iter().find(|vm| self.state.homes[**vm] == Some(owner));
                if let Some(&member) = there {
                    self.state.active[id] = member;
                    let name = &self.scenario.cluster.vms[member].name;
                    let text = format!("{name} is made the active member of {}", of.name);
                    self.tell(EntryKind::Done, subject, text);
                } else if self.state.nodes[owner] == NodeState::Up {
                    let name = &self.scenario.cluster.vms[active].name;
                    let text = format!("{name} is moved to {}", self.name_of(owner));
                    self.tell(EntryKind::Done, subject, text);
                    self.ask(active, Some(owner), MoveReason::Realign);
                }
            }
        }
    }
}
