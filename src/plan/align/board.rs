//! A plan that is changed move by move, with what it comes to kept at hand.

use super::problem::{Amounts, Problem, Score, Spots, Way};

/// Something that was changed, and where it was before.
#[derive(Clone, Copy, Debug)]
enum Change {
    Machine(usize, usize),
    Volume(usize, usize),
}

/// A plan under way.
#[derive(Clone, Debug)]
pub(super) struct Board<'a> {
    pub(super) problem: &'a Problem,
    spots: Spots,
    losses: Vec<(i64, i64)>,
    used: Vec<Amounts>,
    members: Vec<Vec<u32>>,
    score: Score,
    /// Machines of each node, and the place of each among those of its node.
    on: Vec<Vec<usize>>,
    places: Vec<usize>,
    changes: Vec<Change>,
    /// What a move must save for now: at least what the problem says.
    pub(super) worth: u64,
    /// Steps of work done so far.
    pub(super) work: u64,
}

impl<'a> Board<'a> {
    pub(super) fn new(problem: &'a Problem, spots: Spots) -> Self {
        let mut board = Self {
            problem,
            losses: problem.losses(),
            used: vec![[0; 3]; problem.nodes],
            members: vec![vec![0; problem.nodes]; problem.apart.len()],
            score: problem.score(&spots),
            on: vec![Vec::new(); problem.nodes],
            places: vec![0; problem.machines.len()],
            spots,
            changes: Vec::new(),
            worth: problem.worth,
            work: 0,
        };
        for machine in 0..problem.machines.len() {
            board.take(machine, board.spots.homes[machine]);
        }
        board
    }

    pub(super) const fn spots(&self) -> &Spots {
        &self.spots
    }

    pub(super) fn home(&self, machine: usize) -> usize {
        self.spots.homes[machine]
    }

    pub(super) fn owner(&self, volume: usize) -> usize {
        self.spots.owners[volume]
    }

    #[cfg(test)]
    pub(super) const fn score(&self) -> Score {
        self.score
    }

    pub(super) fn key(&self) -> (i64, i64, i64) {
        self.score.key(self.worth)
    }

    /// Machines on a node, in no order.
    pub(super) fn on(&self, node: usize) -> &[usize] {
        &self.on[node]
    }

    /// Room that is left on a node.
    pub(super) fn left(&self, node: usize) -> Amounts {
        let (room, used) = (self.problem.room[node], self.used[node]);
        [0, 1, 2].map(|k| room[k].saturating_sub(used[k]))
    }

    /// Machines of a class on a node.
    pub(super) fn members(&self, class: usize, node: usize) -> u32 {
        self.members[class][node]
    }

    /// Whether a machine may be on another node and finds room there.
    pub(super) fn fits(&self, machine: usize, node: usize) -> bool {
        let of = &self.problem.machines[machine];
        of.allowed[node] && self.has_room(machine, node) && self.is_apart(machine, node)
    }

    /// Whether there is room for it.
    pub(super) fn has_room(&self, machine: usize, node: usize) -> bool {
        let needs = self.problem.machines[machine].needs;
        let (room, used) = (&self.problem.room[node], &self.used[node]);
        (0..3).all(|k| used[k] + needs[k] <= room[k])
    }

    /// Whether those it is kept apart from are elsewhere.
    pub(super) fn is_apart(&self, machine: usize, node: usize) -> bool {
        let classes = &self.problem.machines[machine].classes;
        classes.iter().all(|&c| self.members[c][node] < self.problem.apart[c][node])
    }

    /// Whether a machine may be where it has been put.
    pub(super) fn is_legal(&self, machine: usize) -> bool {
        let of = &self.problem.machines[machine];
        let node = self.home(machine);
        let (room, used) = (&self.problem.room[node], &self.used[node]);
        let within = (0..3).all(|k| used[k] <= room[k]);
        let apart = |&c: &usize| self.members[c][node] <= self.problem.apart[c][node];
        of.allowed[node] && within && of.classes.iter().all(apart)
    }

    fn loss(&self, tie: usize, home: usize, owner: usize) -> i64 {
        match self.problem.tables[self.problem.ties[tie].table].way(home, owner) {
            Way::Free => 0,
            Way::Crosses => self.losses[tie].0,
            Way::Cut => self.losses[tie].1,
        }
    }

    /// What moving a machine changes, whether or not it fits.
    pub(super) fn machine_moved(&self, machine: usize, to: usize) -> Score {
        let of = &self.problem.machines[machine];
        let from = self.home(machine);
        let mut change = elsewhere(of.home, from, to, of.cost);
        for &tie in &of.ties {
            let owner = self.owner(self.problem.ties[tie].volume);
            change.lost += self.loss(tie, to, owner) - self.loss(tie, from, owner);
        }
        change
    }

    /// What giving a volume to another owner changes.
    pub(super) fn volume_moved(&self, volume: usize, to: usize) -> Score {
        let of = &self.problem.volumes[volume];
        let from = self.owner(volume);
        let mut change = elsewhere(of.owner, from, to, of.cost);
        for &tie in &of.ties {
            let home = self.home(self.problem.ties[tie].machine);
            change.lost += self.loss(tie, home, to) - self.loss(tie, home, from);
        }
        change
    }

    /// Moves a machine.
    pub(super) fn shift(&mut self, machine: usize, to: usize) {
        self.score += self.machine_moved(machine, to);
        let from = self.home(machine);
        self.changes.push(Change::Machine(machine, from));
        self.give_up(machine, from);
        self.take(machine, to);
        self.spots.homes[machine] = to;
        self.work += 4;
    }

    /// Gives a volume to another owner.
    pub(super) fn hand(&mut self, volume: usize, to: usize) {
        self.score += self.volume_moved(volume, to);
        self.changes.push(Change::Volume(volume, self.owner(volume)));
        self.spots.owners[volume] = to;
        self.work += 2 + self.problem.volumes[volume].ties.len() as u64;
    }

    fn take(&mut self, machine: usize, node: usize) {
        let of = &self.problem.machines[machine];
        for (used, need) in self.used[node].iter_mut().zip(of.needs) {
            *used += need;
        }
        for &class in &of.classes {
            self.members[class][node] += 1;
        }
        self.places[machine] = self.on[node].len();
        self.on[node].push(machine);
    }

    fn give_up(&mut self, machine: usize, node: usize) {
        let of = &self.problem.machines[machine];
        for (used, need) in self.used[node].iter_mut().zip(of.needs) {
            *used -= need;
        }
        for &class in &of.classes {
            self.members[class][node] -= 1;
        }
        let place = self.places[machine];
        self.on[node].swap_remove(place);
        if let Some(&other) = self.on[node].get(place) {
            self.places[other] = place;
        }
    }

    /// A point to come back to.
    pub(super) fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Undoes what was done since a point.
    pub(super) fn back_to(&mut self, mark: usize) {
        while self.changes.len() > mark {
            match self.changes.pop() {
                Some(Change::Machine(machine, to)) => self.shift(machine, to),
                Some(Change::Volume(volume, to)) => self.hand(volume, to),
                None => return,
            }
            // Undoing is no change to be undone.
            self.changes.pop();
        }
    }

    /// Forgets how it came about.
    pub(super) fn settle(&mut self) {
        self.changes.clear();
    }
}

/// What of moves and their cost changes when something that is at home on one node goes from one to
/// another.
fn elsewhere(home: usize, from: usize, to: usize, cost: u64) -> Score {
    let moves = i64::from(to != home) - i64::from(from != home);
    Score { lost: 0, moves, cost: moves * cost.cast_signed() }
}
