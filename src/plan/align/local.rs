//! Local search: from how things stand, and from a plan made from nothing; then kicks.
//!
//! Four sorts of change are tried until none is for the better: a volume goes to another owner and
//! its machines follow; a machine goes where it loses least; a machine goes to a full node, from
//! which another one makes room for it. Then volumes are handed to owners by chance, and what comes
//! of that is kept where it is no worse. Chance is drawn from the seed, and the end is a number of
//! steps of work and no time, so that a plan is the same on every machine.

use super::board::Board;
use super::problem::{Problem, Spots};
use crate::random::{Seed, Stream};

/// Nodes with most room that a machine which makes room may go to.
const ROOMIEST: usize = 3;
/// Rounds in which what a kick has touched is put right.
const ROUNDS: usize = 3;
/// Steps of work for every two things that have to do with a plan, on each node; and the most.
const WORK: (u64, u64) = (150, 100_000_000);

/// What ends a search before its work is done.
pub(super) struct Until<'a> {
    /// What is lost (and what moves are worth), and moves, of which it is proved that there are not
    /// less.
    pub(super) least: (i64, i64),
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
    pub(super) progress: &'a dyn Fn(f64),
}

/// The best plan found.
pub(super) fn search(problem: &Problem, seed: Seed, until: &Until<'_>) -> Spots {
    let size = (problem.machines.len() + problem.volumes.len() + problem.ties.len()) as u64;
    let most = (size * size * problem.nodes as u64).saturating_mul(WORK.0).min(WORK.1);
    let movable: Vec<bool> = problem.machines.iter().map(|m| is_open(&m.allowed)).collect();
    let board = Board::new(problem, problem.now());
    let mut search = Search { board, movable, most, until, nodes: Vec::new(), there: Vec::new() };
    search.improve_by_and_by();
    let mut best = (search.board.key(), search.board.spots().clone());
    if search.goes_on(best.0)
        && let Some(spots) = from_nothing(problem)
    {
        search.start_at(spots);
        search.improve();
        if search.board.key() < best.0 {
            best = (search.board.key(), search.board.spots().clone());
        }
    }
    search.start_at(best.1);
    search.kick_about(seed);
    search.board.spots().clone()
}

/// Whether there is more than one place.
fn is_open(allowed: &[bool]) -> bool {
    allowed.iter().filter(|allowed| **allowed).count() > 1
}

struct Search<'a> {
    board: Board<'a>,
    /// Machines that may be moved.
    movable: Vec<bool>,
    most: u64,
    until: &'a Until<'a>,
    /// Candidates, kept so that they are not made anew a million times.
    nodes: Vec<usize>,
    /// The same of machines.
    there: Vec<usize>,
}

impl Search<'_> {
    fn start_at(&mut self, spots: Spots) {
        let work = self.board.work;
        self.board = Board::new(self.board.problem, spots);
        self.board.work = work;
    }

    fn has_time(&self) -> bool {
        self.board.work < self.most && !(self.until.cancelled)()
    }

    fn goes_on(&self, best: (i64, i64, i64)) -> bool {
        (best.0, best.1) > self.until.least && self.has_time()
    }

    /// Hands volumes to owners by chance and keeps what is no worse.
    fn kick_about(&mut self, seed: Seed) {
        let problem = self.board.problem;
        let with_choice = |volume: &usize| {
            let of = &problem.volumes[*volume];
            !of.ties.is_empty() && is_open(&of.allowed)
        };
        let volumes: Vec<usize> = (0..problem.volumes.len()).filter(with_choice).collect();
        let machines: Vec<usize> =
            (0..problem.machines.len()).filter(|machine| self.movable[*machine]).collect();
        let stream = Stream::new(seed, 0, "align");
        let mut draws = 0;
        let mut pick = |of: usize| {
            draws += 1;
            ((stream.unit(draws) * of as f64) as usize).min(of.saturating_sub(1))
        };
        let mut best = self.board.key();
        self.board.settle();
        while self.goes_on(best) && !(volumes.is_empty() && machines.is_empty()) {
            let mut touched = Vec::new();
            for _ in 0..=pick(3) {
                let node = pick(problem.nodes);
                // Now and then machines are thrown, else volumes.
                if volumes.is_empty() || pick(4) == 0 {
                    let Some(&machine) = machines.get(pick(machines.len())) else { continue };
                    if node != self.board.home(machine) && self.board.fits(machine, node) {
                        self.board.shift(machine, node);
                        let ties = problem.machines[machine].ties.iter();
                        touched.extend(ties.map(|tie| problem.ties[*tie].volume));
                    }
                } else {
                    let volume = volumes[pick(volumes.len())];
                    if problem.volumes[volume].allowed[node] {
                        self.board.hand(volume, node);
                        self.follow(volume);
                        touched.push(volume);
                    }
                }
            }
            touched.sort_unstable();
            touched.dedup();
            self.improve_around(&touched);
            self.board.work += 10;
            let key = self.board.key();
            if key <= best {
                best = key;
                self.board.settle();
            } else {
                self.board.back_to(0);
            }
            (self.until.progress)(self.board.work as f64 / self.most as f64);
        }
    }

    /// First only what saves much for each move, then what saves less: volumes come back to their
    /// machines before machines fill the nodes that those volumes will want.
    fn improve_by_and_by(&mut self) {
        let problem = self.board.problem;
        let weights: u64 = problem.ties.iter().map(|tie| tie.weight).sum();
        let mut worth = weights.checked_div(problem.ties.len() as u64).unwrap_or(0);
        while worth > problem.worth {
            self.board.worth = worth;
            self.improve();
            worth /= 8;
        }
        self.board.worth = problem.worth;
        self.improve();
    }

    /// Changes things until nothing is for the better.
    fn improve(&mut self) {
        let problem = self.board.problem;
        loop {
            let before = self.board.key();
            for volume in 0..problem.volumes.len() {
                self.settle_volume(volume);
            }
            for machine in 0..problem.machines.len() {
                self.settle_machine(machine);
            }
            for machine in 0..problem.machines.len() {
                self.make_room(machine);
            }
            if self.board.key() >= before || !self.has_time() {
                return;
            }
        }
    }

    /// The same with what has to do with some volumes only.
    fn improve_around(&mut self, volumes: &[usize]) {
        let problem = self.board.problem;
        let ties = volumes.iter().flat_map(|volume| &problem.volumes[*volume].ties);
        let machines: Vec<usize> = ties.map(|tie| problem.ties[*tie].machine).collect();
        for _ in 0..ROUNDS {
            let before = self.board.key();
            for &machine in &machines {
                self.make_room(machine);
            }
            for &volume in volumes {
                self.settle_volume(volume);
            }
            if self.board.key() >= before {
                return;
            }
        }
    }

    /// Gives a volume to the owner under whom least is lost, its machines having followed.
    fn settle_volume(&mut self, volume: usize) {
        let problem = self.board.problem;
        let of = &problem.volumes[volume];
        if of.ties.is_empty() {
            return;
        }
        let mut best = (self.board.key(), None);
        for node in (0..problem.nodes).filter(|node| of.allowed[*node]) {
            if node == self.board.owner(volume) {
                continue;
            }
            let mark = self.board.mark();
            self.board.hand(volume, node);
            self.follow(volume);
            let key = self.board.key();
            self.board.back_to(mark);
            if key < best.0 {
                best = (key, Some(node));
            }
        }
        if let Some(node) = best.1 {
            self.board.hand(volume, node);
            self.follow(volume);
        }
    }

    /// Lets the machines of a volume go where they lose least, the heaviest first.
    fn follow(&mut self, volume: usize) {
        let problem = self.board.problem;
        for &tie in &problem.volumes[volume].ties {
            self.settle_machine(problem.ties[tie].machine);
        }
    }

    /// Nodes that may be for the better for a machine.
    fn candidates(&self, machine: usize, nodes: &mut Vec<usize>) {
        let problem = self.board.problem;
        let of = &problem.machines[machine];
        let here = self.board.home(machine);
        nodes.clear();
        let mut offer = |node: usize| {
            if node != here && of.allowed[node] && !nodes.contains(&node) {
                nodes.push(node);
            }
        };
        offer(of.home);
        for tie in of.ties.iter().map(|tie| &problem.ties[*tie]) {
            problem.tables[tie.table].free(self.board.owner(tie.volume)).for_each(&mut offer);
        }
    }

    /// Moves a machine to where it loses least, if that is for the better.
    fn settle_machine(&mut self, machine: usize) {
        if !self.movable[machine] {
            return;
        }
        let worth = self.board.worth;
        let mut nodes = std::mem::take(&mut self.nodes);
        self.candidates(machine, &mut nodes);
        self.board.work += 2 + 2 * nodes.len() as u64;
        let mut best = ((0, 0, 0), None);
        for &node in &nodes {
            let key = self.board.machine_moved(machine, node).key(worth);
            if key < best.0 && self.board.fits(machine, node) {
                best = (key, Some(node));
            }
        }
        self.nodes = nodes;
        if let Some(node) = best.1 {
            self.board.shift(machine, node);
        }
    }

    /// Moves a machine to a node that is full, from which another one makes room for it.
    fn make_room(&mut self, machine: usize) {
        if !self.movable[machine] {
            return;
        }
        let worth = self.board.worth;
        let mut nodes = Vec::new();
        self.candidates(machine, &mut nodes);
        for to in nodes {
            let gain = self.board.machine_moved(machine, to).key(worth);
            if gain >= (0, 0, 0) {
                continue;
            }
            if self.board.fits(machine, to) {
                self.board.shift(machine, to);
                return;
            }
            if let Some((other, away)) = self.who_makes_room(machine, to) {
                self.board.shift(machine, to);
                self.board.shift(other, away);
                return;
            }
        }
    }

    /// Of the machines on a node the one whose leaving costs least, and where it goes; only where
    /// that is for the better together with what another one gains by its room.
    fn who_makes_room(&mut self, machine: usize, to: usize) -> Option<(usize, usize)> {
        let problem = self.board.problem;
        let gain = self.board.machine_moved(machine, to);
        let from = self.board.home(machine);
        let (needs, left) = (problem.machines[machine].needs, self.board.left(to));
        let mut roomy: Vec<usize> = (0..problem.nodes).filter(|node| *node != to).collect();
        roomy.sort_by_key(|node| (std::cmp::Reverse(self.board.left(*node)), *node));
        roomy.truncate(ROOMIEST);
        roomy.push(from);
        let mut nodes = std::mem::take(&mut self.nodes);
        let mut best = ((0, 0, 0), None);
        // Trying things changes the order of what is there.
        let mut there = std::mem::take(&mut self.there);
        there.clear();
        there.extend_from_slice(self.board.on(to));
        for &other in &there {
            let frees = problem.machines[other].needs;
            self.board.work += 1;
            if !self.movable[other] || (0..3).any(|k| left[k] + frees[k] < needs[k]) {
                continue;
            }
            self.candidates(other, &mut nodes);
            nodes.extend(&roomy);
            self.board.work += nodes.len() as u64;
            for &away in &nodes {
                let key = (gain + self.board.machine_moved(other, away)).key(self.board.worth);
                if key >= best.0 || away == to || !problem.machines[other].allowed[away] {
                    continue;
                }
                let mark = self.board.mark();
                // The room that the one leaves may be what the other takes.
                self.board.shift(other, away);
                self.board.shift(machine, to);
                let legal = self.board.is_legal(machine) && self.board.is_legal(other);
                self.board.back_to(mark);
                if legal {
                    best = (key, Some((other, away)));
                }
            }
        }
        (self.nodes, self.there) = (nodes, there);
        best.1
    }
}

/// A plan made from nothing but what cannot be moved: volumes with most load first, each to the
/// owner under whom most of its machines find room; the other machines stay if they can, else go
/// where there is most room. None where some find none.
fn from_nothing(problem: &Problem) -> Option<Spots> {
    let mut plan = Empty::new(problem);
    let mut order: Vec<usize> = (0..problem.volumes.len()).collect();
    let weight = |volume: &usize| -> u64 {
        problem.volumes[*volume].ties.iter().map(|tie| problem.ties[*tie].weight).sum()
    };
    order.sort_by_key(|volume| std::cmp::Reverse(weight(volume)));
    for volume in order {
        let of = &problem.volumes[volume];
        if of.ties.is_empty() {
            continue;
        }
        let allowed = (0..problem.nodes).filter(|node| of.allowed[*node]);
        let rank = |node: usize| {
            let (saved, moved) = plan.saved(volume, node);
            (std::cmp::Reverse(saved), moved + usize::from(node != of.owner), node)
        };
        let node = allowed.min_by_key(|node| rank(*node))?;
        plan.spots.owners[volume] = node;
        for machine in plan.aligned(volume, node) {
            plan.put(machine, node);
        }
    }
    let mut rest: Vec<usize> = (0..problem.machines.len()).filter(|m| !plan.placed[*m]).collect();
    rest.sort_by_key(|machine| std::cmp::Reverse(problem.machines[*machine].needs));
    for machine in rest {
        let home = problem.machines[machine].home;
        let free = |node: &usize| std::cmp::Reverse(plan.left(*node));
        let node = if plan.takes(machine, home) {
            home
        } else {
            let able = (0..problem.nodes).filter(|node| plan.takes(machine, *node));
            able.min_by_key(|node| (free(node), *node))?
        };
        plan.put(machine, node);
    }
    Some(plan.spots)
}

/// A plan in which not all machines have a place yet.
struct Empty<'a> {
    problem: &'a Problem,
    spots: Spots,
    placed: Vec<bool>,
    used: Vec<[u64; 3]>,
    members: Vec<Vec<u32>>,
}

impl<'a> Empty<'a> {
    fn new(problem: &'a Problem) -> Self {
        let mut plan = Self {
            problem,
            spots: problem.now(),
            placed: vec![false; problem.machines.len()],
            used: vec![[0; 3]; problem.nodes],
            members: vec![vec![0; problem.nodes]; problem.apart.len()],
        };
        for (machine, of) in problem.machines.iter().enumerate() {
            if !is_open(&of.allowed) {
                plan.put(machine, of.home);
            }
        }
        plan
    }

    fn left(&self, node: usize) -> [u64; 3] {
        [0, 1, 2].map(|k| self.problem.room[node][k].saturating_sub(self.used[node][k]))
    }

    fn takes(&self, machine: usize, node: usize) -> bool {
        let of = &self.problem.machines[machine];
        let left = self.left(node);
        let apart = |&c: &usize| self.members[c][node] < self.problem.apart[c][node];
        of.allowed[node] && (0..3).all(|k| of.needs[k] <= left[k]) && of.classes.iter().all(apart)
    }

    fn put(&mut self, machine: usize, node: usize) {
        let of = &self.problem.machines[machine];
        for (used, need) in self.used[node].iter_mut().zip(of.needs) {
            *used += need;
        }
        for &class in &of.classes {
            self.members[class][node] += 1;
        }
        self.spots.homes[machine] = node;
        self.placed[machine] = true;
    }

    /// Machines of a volume that have no place and find room with its owner, most load for their
    /// memory first.
    fn aligned(&self, volume: usize, node: usize) -> Vec<usize> {
        let problem = self.problem;
        let mut ties = problem.volumes[volume].ties.clone();
        let density = |tie: &usize| {
            let tie = &problem.ties[*tie];
            let memory = problem.machines[tie.machine].needs[0].max(1);
            std::cmp::Reverse((u128::from(tie.weight) << 64) / u128::from(memory))
        };
        ties.sort_by_cached_key(density);
        let (mut left, mut chosen) = (self.left(node), Vec::new());
        let mut taken = self.placed.clone();
        let mut members: Vec<u32> = self.members.iter().map(|of| of[node]).collect();
        for machine in ties.into_iter().map(|tie| problem.ties[tie].machine) {
            let of = &problem.machines[machine];
            let apart = |&c: &usize| members[c] < problem.apart[c][node];
            let fits = of.allowed[node]
                && (0..3).all(|k| of.needs[k] <= left[k])
                && of.classes.iter().all(apart);
            if !fits || std::mem::replace(&mut taken[machine], true) {
                continue;
            }
            for (left, need) in left.iter_mut().zip(of.needs) {
                *left -= need;
            }
            for &class in &of.classes {
                members[class] += 1;
            }
            chosen.push(machine);
        }
        chosen
    }

    /// Load that does not cross under an owner, and machines that have to be moved for it.
    fn saved(&self, volume: usize, node: usize) -> (u64, usize) {
        let problem = self.problem;
        let chosen = self.aligned(volume, node);
        let moved = chosen.iter().filter(|machine| problem.machines[**machine].home != node);
        let mut there = vec![false; problem.machines.len()];
        for machine in &chosen {
            there[*machine] = true;
        }
        let free = |tie: &&usize| {
            let tie = &problem.ties[**tie];
            let there = there[tie.machine]
                || (self.placed[tie.machine] && self.spots.homes[tie.machine] == node);
            there && problem.tables[tie.table].way(node, node) == super::problem::Way::Free
        };
        let ties = problem.volumes[volume].ties.iter().filter(free);
        (ties.map(|tie| problem.ties[*tie].weight).sum(), moved.count())
    }
}
