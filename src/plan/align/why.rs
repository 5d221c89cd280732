//! Why a disk is left off its volume's owner.

use super::board::Board;
use super::extract::{Extracted, LOAD_UNIT};
use super::wishes::{Movable, Wishes};
use crate::scenario::Scenario;
use crate::topology::{CsvId, NodeId, VmId};

/// What keeps a machine from the owner of its volume, and the owner from the machine.
pub(super) fn why(
    scenario: &Scenario,
    extracted: &Extracted,
    board: &Board<'_>,
    wishes: &Wishes,
    tie: usize,
) -> String {
    let problem = &extracted.problem;
    let of = &problem.ties[tie];
    let why = Why { scenario, extracted, board, wishes };
    let machine = why.machine(of.machine, board.owner(of.volume));
    let volume = why.volume(of.volume, board.home(of.machine));
    format!("{machine}; {volume}")
}

struct Why<'a> {
    scenario: &'a Scenario,
    extracted: &'a Extracted,
    board: &'a Board<'a>,
    wishes: &'a Wishes,
}

impl Why<'_> {
    fn node(&self, node: usize) -> &str {
        &self.scenario.cluster.nodes[NodeId::from_index(node)].name
    }

    /// What keeps a machine from a node.
    fn machine(&self, machine: usize, to: usize) -> String {
        let problem = &self.extracted.problem;
        let vm = &self.scenario.cluster.vms[VmId::from_index(machine)];
        let (name, node) = (&vm.name, self.node(to));
        let of = &problem.machines[machine];
        if vm.physical {
            return format!("{name} is no virtual machine");
        }
        if self.wishes.movable == Movable::Volumes {
            return "machines are not to be moved".to_owned();
        }
        if vm.placement.pinned {
            return format!("{name} is pinned");
        }
        if !of.allowed[to] {
            let possible = &vm.placement.possible;
            return if !possible.is_empty() && !possible.contains(&NodeId::from_index(to)) {
                format!("{node} is no possible owner of {name}")
            } else if self.extracted.memory_rate <= 0.0 {
                "no network carries live migrations".to_owned()
            } else {
                format!("{node} does not reach other disks of {name}")
            };
        }
        let full = |class: &&usize| self.board.members(**class, to) >= problem.apart[**class][to];
        if let Some(class) = of.classes.iter().find(full) {
            return format!("{node} has one of `{}` already", self.extracted.classes[*class]);
        }
        let left = self.board.left(to);
        if of.needs[0] > left[0] {
            let gb = |bytes: u64| bytes as f64 / 1e9;
            let (needs, left) = (gb(of.needs[0]), gb(left[0]));
            return format!(
                "{name} needs {needs:.1} GB of memory and {node} has {left:.1} GB left"
            );
        }
        if of.needs[1] > left[1] {
            let cores = |k: u64| k as f64 / 1e3;
            let (needs, left) = (cores(of.needs[1]), cores(left[1]));
            if self.extracted.vcpus_per_core.is_some() {
                return format!(
                    "{name} has {needs:.0} virtual processors and {node} has room for {:.0}",
                    left.floor()
                );
            }
            return format!("{name} keeps {needs:.2} cores busy and {node} has {left:.2} left");
        }
        if of.needs[2] > left[2] {
            return format!("{node} runs as many machines as a host can");
        }
        self.traded(self.board.machine_moved(machine, to).lost, &format!("{name} on {node}"))
    }

    /// What keeps the ownership of a volume from a node.
    fn volume(&self, volume: usize, to: usize) -> String {
        let problem = &self.extracted.problem;
        let id = CsvId::from_index(volume);
        let of = &self.scenario.cluster.volumes[id];
        let (name, node) = (&of.name, self.node(to));
        if self.wishes.movable == Movable::Machines {
            return "volumes are not to be moved".to_owned();
        }
        if of.placement.pinned {
            return format!("{name} is pinned to its owner");
        }
        if !problem.volumes[volume].allowed[to] {
            let possible = &of.placement.possible;
            return if !possible.is_empty() && !possible.contains(&NodeId::from_index(to)) {
                format!("{node} is no possible owner of {name}")
            } else {
                format!("{node} does not reach the storage of {name}")
            };
        }
        self.traded(self.board.volume_moved(volume, to).lost, &format!("{name} owned by {node}"))
    }

    /// What could be done and is not.
    fn traded(&self, lost: i64, what: &str) -> String {
        let rate = |lost: i64| lost as f64 * LOAD_UNIT / 1e6;
        match lost {
            0 => format!("{what} would save nothing"),
            lost if lost > 0 => {
                format!("{what} would redirect {:.1} MB/s more elsewhere", rate(lost))
            }
            lost if self.wishes.worth_bytes_per_s > 0.0 => {
                format!("{what} would save {:.1} MB/s, less than a move must", rate(-lost))
            }
            lost => {
                let saved = rate(-lost);
                format!(
                    "{what} would save {saved:.1} MB/s, but its turn never came for want of room"
                )
            }
        }
    }
}
