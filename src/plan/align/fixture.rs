//! Problems drawn by chance.

use super::problem::{ANY, Machine, Problem, Table, Tie, Volume, Way};
use crate::random::{Seed, Stream};

/// Draws for a problem.
struct Draw {
    stream: Stream,
    next: u64,
}

impl Draw {
    fn below(&mut self, most: u64) -> u64 {
        self.next += 1;
        self.stream.at(self.next) % most.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A problem of so many nodes, machines and volumes; each node has room for `fill` per cent more
/// than an even share, or for what is there.
pub(super) fn random(
    seed: u64,
    nodes: usize,
    machines: usize,
    volumes: usize,
    slack: u64,
) -> Problem {
    let mut draw = Draw { stream: Stream::new(Seed(seed), 0, "problem"), next: 0 };
    let some = |draw: &mut Draw, own: usize| -> Vec<bool> {
        let bound = draw.chance(15);
        (0..nodes).map(|node| node == own || !bound || draw.chance(50)).collect()
    };
    let fixed = |own: usize| -> Vec<bool> { (0..nodes).map(|node| node == own).collect() };
    let mut problem = Problem {
        nodes,
        room: vec![[ANY; 3]; nodes],
        machines: Vec::new(),
        volumes: Vec::new(),
        ties: Vec::new(),
        tables: Vec::new(),
        apart: vec![vec![1; nodes]; 1],
        worth: if draw.chance(25) { draw.below(40) } else { 0 },
    };
    problem.tables.push(Table::new(nodes, &|home, owner| {
        if home == owner { Way::Free } else { Way::Crosses }
    }));
    let blind = draw.below(nodes as u64) as usize;
    problem.tables.push(Table::new(nodes, &|home, owner| {
        if home == owner || home != blind { Way::Free } else { Way::Crosses }
    }));
    for _ in 0..volumes {
        let owner = draw.below(nodes as u64) as usize;
        let allowed = if draw.chance(15) { fixed(owner) } else { some(&mut draw, owner) };
        let cost = 1 + draw.below(3);
        problem.volumes.push(Volume { owner, allowed, cost, ties: Vec::new() });
    }
    for machine in 0..machines {
        let home = draw.below(nodes as u64) as usize;
        let allowed = if draw.chance(15) { fixed(home) } else { some(&mut draw, home) };
        let needs = [1 + draw.below(16), draw.below(4), 1];
        let classes = if draw.chance(20) { vec![0] } else { Vec::new() };
        let cost = 10 + draw.below(90);
        let mut own = Machine { home, needs, allowed, classes, cost, ties: Vec::new() };
        for _ in 0..=draw.below(10) / 7 {
            let volume = draw.below(volumes as u64) as usize;
            let known = |tie: &usize| {
                let tie: &Tie = &problem.ties[*tie];
                tie.volume == volume
            };
            if draw.chance(10) || own.ties.iter().any(known) {
                continue;
            }
            let table = usize::from(draw.chance(20));
            own.ties.push(problem.ties.len());
            problem.ties.push(Tie { machine, volume, weight: 1 + draw.below(99), table });
        }
        problem.machines.push(own);
    }
    tie(&mut problem);
    let total: u64 = problem.machines.iter().map(|machine| machine.needs[0]).sum();
    let even = total * (100 + slack) / 100 / nodes as u64;
    for node in 0..nodes {
        let there = problem.machines.iter().filter(|machine| machine.home == node);
        let memory: u64 = there.map(|machine| machine.needs[0]).sum();
        problem.room[node][0] = memory.max(even);
        let there = problem.machines.iter().filter(|m| m.home == node && !m.classes.is_empty());
        problem.apart[0][node] = (there.count() as u32).max(1);
    }
    problem
}

/// Tells machines and volumes of their ties.
fn tie(problem: &mut Problem) {
    let ties = problem.ties.clone();
    problem.machines.iter_mut().for_each(|machine| machine.ties.clear());
    problem.volumes.iter_mut().for_each(|volume| volume.ties.clear());
    let mut order: Vec<usize> = (0..ties.len()).collect();
    order.sort_by_key(|tie| (std::cmp::Reverse(ties[*tie].weight), *tie));
    for k in order {
        problem.machines[ties[k].machine].ties.push(k);
        problem.volumes[ties[k].volume].ties.push(k);
    }
}

/// A cluster that was aligned once: every node owns as many volumes and has the machines of them,
/// 70 % of its room being used; one machine of ten has a second disk on another volume of its node.
/// Then two machines of ten were moved by balancers, and the volumes of one node of eight went
/// elsewhere when it was patched.
pub(super) fn drifted(seed: u64, nodes: usize, machines: usize, volumes: usize) -> Problem {
    let mut draw = Draw { stream: Stream::new(Seed(seed), 0, "drifted"), next: 0 };
    let anywhere = vec![true; nodes];
    let mut problem = Problem {
        nodes,
        room: vec![[0, ANY, 1024]; nodes],
        machines: Vec::new(),
        volumes: Vec::new(),
        ties: Vec::new(),
        tables: vec![Table::new(nodes, &|home, owner| {
            if home == owner { Way::Free } else { Way::Crosses }
        })],
        apart: vec![vec![1; nodes]; machines / 80],
        worth: 0,
    };
    for volume in 0..volumes {
        let owner = volume % nodes;
        problem.volumes.push(Volume {
            owner,
            allowed: anywhere.clone(),
            cost: 500,
            ties: Vec::new(),
        });
    }
    let per_node = volumes / nodes;
    for machine in 0..machines {
        let volume = machine % volumes;
        let home = problem.volumes[volume].owner;
        let memory = [4, 8, 8, 16, 16, 32, 64][draw.below(7) as usize] << 30;
        // Pairs of one class, each on volumes of two nodes.
        let class = machine / 80;
        let apart = class < problem.apart.len() && machine % 80 < 2;
        let mut allowed = anywhere.clone();
        if draw.chance(1) {
            allowed = (0..nodes).map(|node| node == home).collect();
        }
        problem.machines.push(Machine {
            home,
            needs: [memory, 500, 1],
            allowed,
            classes: if apart { vec![class] } else { Vec::new() },
            cost: memory >> 20,
            ties: Vec::new(),
        });
        let weight = 100 + draw.below(20_000);
        problem.ties.push(Tie { machine, volume, weight, table: 0 });
        if per_node > 1 && draw.chance(10) {
            let other = home + nodes * draw.below(per_node as u64) as usize;
            if other != volume {
                problem.ties.push(Tie { machine, volume: other, weight: weight / 4 + 1, table: 0 });
            }
        }
    }
    tie(&mut problem);
    let mut used = vec![0_u64; nodes];
    problem.machines.iter().for_each(|machine| used[machine.home] += machine.needs[0]);
    let room = used.iter().max().copied().unwrap_or(0) * 10 / 7;
    for machine in 0..machines {
        if draw.chance(20) {
            let node = draw.below(nodes as u64) as usize;
            let of = &mut problem.machines[machine];
            if of.allowed[node] && of.classes.is_empty() && used[node] + of.needs[0] <= room {
                used[of.home] -= of.needs[0];
                used[node] += of.needs[0];
                of.home = node;
            }
        }
    }
    problem.room.iter_mut().for_each(|of| of[0] = room);
    for volume in &mut problem.volumes {
        if volume.owner % 8 == 0 {
            volume.owner = draw.below(nodes as u64) as usize;
        }
    }
    problem
}
