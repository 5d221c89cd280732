//! The problem in whole numbers: machines and volumes on nodes, and what is lost where a machine
//! is not on the node that owns its volume.
//!
//! Numbers are whole, so that what is proved of them is proved: kilobytes a second of load, bytes
//! of memory, thousandths of a core, milliseconds of moving.

use std::ops::{Add, AddAssign, Sub};

/// Bytes of memory, thousandths of a core, machines: what a machine needs, and a node has room for.
pub(super) type Amounts = [u64; 3];

/// What a node has room for where that is not stated.
pub(super) const ANY: u64 = u64::MAX / 4;

/// What becomes of a disk's I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It does not cross the network to the owner.
    Free,
    /// It does.
    Crosses,
    /// The disk cannot be reached.
    Cut,
}

/// What becomes of it, by the node of the machine and the owner of the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    nodes: usize,
    ways: Vec<Way>,
    /// Whether the owner's node is the only one on which it is free, and always is.
    at_owner_only: bool,
}

impl Table {
    pub(super) fn new(nodes: usize, way: &dyn Fn(usize, usize) -> Way) -> Self {
        let ways: Vec<Way> = (0..nodes * nodes).map(|k| way(k / nodes, k % nodes)).collect();
        let usual = |(k, way): (usize, &Way)| (*way == Way::Free) == (k / nodes == k % nodes);
        let at_owner_only = ways.iter().enumerate().all(usual);
        Self { nodes, ways, at_owner_only }
    }

    /// The nodes on which it is free while one owns the volume.
    pub(super) fn free(&self, owner: usize) -> impl Iterator<Item = usize> + '_ {
        let (from, to) = if self.at_owner_only { (owner, owner + 1) } else { (0, self.nodes) };
        (from..to).filter(move |&home| self.way(home, owner) == Way::Free)
    }

    /// Of a machine on a node and a volume that another one owns.
    pub(super) fn way(&self, home: usize, owner: usize) -> Way {
        self.ways[home * self.nodes + owner]
    }
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// Its node now.
    pub(super) home: usize,
    pub(super) needs: Amounts,
    /// Whether it may be on each node; only on its own where it is not to be moved.
    pub(super) allowed: Vec<bool>,
    /// Classes of machines that are kept apart.
    pub(super) classes: Vec<usize>,
    /// Milliseconds that moving it takes.
    pub(super) cost: u64,
    /// Its ties, the heaviest first.
    pub(super) ties: Vec<usize>,
}

/// A volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Volume {
    /// Its owner now.
    pub(super) owner: usize,
    /// Whether it may be owned by each node; only by its owner where that is to stay.
    pub(super) allowed: Vec<bool>,
    /// Milliseconds in which its I/O waits when the owner changes.
    pub(super) cost: u64,
    /// Its ties, the heaviest first.
    pub(super) ties: Vec<usize>,
}

/// The load of a machine on a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    pub(super) machine: usize,
    pub(super) volume: usize,
    /// Kilobytes a second.
    pub(super) weight: u64,
    /// Which table tells what becomes of it.
    pub(super) table: usize,
}

/// The problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) nodes: usize,
    /// What each node has room for; at least what is there now.
    pub(super) room: Vec<Amounts>,
    pub(super) machines: Vec<Machine>,
    pub(super) volumes: Vec<Volume>,
    pub(super) ties: Vec<Tie>,
    pub(super) tables: Vec<Table>,
    /// Machines of each class that each node may have; at least those it has now, and one.
    pub(super) apart: Vec<Vec<u32>>,
    /// Kilobytes a second that a move must save.
    pub(super) worth: u64,
}

/// Where everything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spots {
    pub(super) homes: Vec<usize>,
    pub(super) owners: Vec<usize>,
}

/// What a plan comes to; differences of it may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Score {
    /// Kilobytes a second that cross; what cannot be reached counts as more than all of them.
    pub(super) lost: i64,
    /// Machines and volumes that are elsewhere than now.
    pub(super) moves: i64,
    /// Milliseconds of moving.
    pub(super) cost: i64,
}

impl Score {
    /// The better, the less: what is lost (and what the moves are worth), then moves, then their
    /// cost.
    pub(super) const fn key(&self, worth: u64) -> (i64, i64, i64) {
        (self.lost + worth.cast_signed() * self.moves, self.moves, self.cost)
    }
}

impl Add for Score {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            moves: self.moves + other.moves,
            cost: self.cost + other.cost,
        }
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Score {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            lost: self.lost - other.lost,
            moves: self.moves - other.moves,
            cost: self.cost - other.cost,
        }
    }
}

impl Problem {
    /// Where everything is now.
    pub(super) fn now(&self) -> Spots {
        Spots {
            homes: self.machines.iter().map(|machine| machine.home).collect(),
            owners: self.volumes.iter().map(|volume| volume.owner).collect(),
        }
    }

    /// What a disk that cannot be reached counts as: more than all loads, as far as sums of it are
    /// whole numbers.
    fn cut(&self) -> i64 {
        let all: i64 = self.ties.iter().map(|tie| tie.weight.cast_signed()).sum();
        (all + 1).min((i64::MAX >> 2) / (1 + self.ties.len()).cast_signed() as i64)
    }

    /// Whether some disk may become unreachable by a move.
    #[cfg(feature = "milp")]
    pub(super) fn cuts(&self) -> bool {
        self.tables.iter().any(|table| table.ways.contains(&Way::Cut))
    }

    /// What is lost of each tie, by what becomes of it: where it crosses, and where it is cut.
    pub(super) fn losses(&self) -> Vec<(i64, i64)> {
        let cut = self.cut();
        self.ties.iter().map(|tie| (tie.weight.cast_signed(), cut)).collect()
    }

    /// What becomes of a tie.
    pub(super) fn way(&self, tie: usize, spots: &Spots) -> Way {
        let tie = &self.ties[tie];
        self.tables[tie.table].way(spots.homes[tie.machine], spots.owners[tie.volume])
    }

    /// What a plan comes to.
    pub(super) fn score(&self, spots: &Spots) -> Score {
        let mut score = Score::default();
        for (tie, (crosses, cut)) in self.losses().into_iter().enumerate() {
            score.lost += match self.way(tie, spots) {
                Way::Free => 0,
                Way::Crosses => crosses,
                Way::Cut => cut,
            };
        }
        for (machine, home) in self.machines.iter().zip(&spots.homes) {
            if machine.home != *home {
                score.moves += 1;
                score.cost += machine.cost.cast_signed();
            }
        }
        for (volume, owner) in self.volumes.iter().zip(&spots.owners) {
            if volume.owner != *owner {
                score.moves += 1;
                score.cost += volume.cost.cast_signed();
            }
        }
        score
    }

    /// Whether everything may be where it is: allowed, within the room, kept apart.
    #[cfg(any(test, feature = "milp"))]
    pub(super) fn feasible(&self, spots: &Spots) -> bool {
        let mut used = vec![[0_u64; 3]; self.nodes];
        let mut members = vec![vec![0_u32; self.nodes]; self.apart.len()];
        for (machine, &home) in self.machines.iter().zip(&spots.homes) {
            if !machine.allowed[home] {
                return false;
            }
            for (used, need) in used[home].iter_mut().zip(machine.needs) {
                *used += need;
            }
            for &class in &machine.classes {
                members[class][home] += 1;
            }
        }
        let within = |used: &Amounts, room: &Amounts| used.iter().zip(room).all(|(u, r)| u <= r);
        let owned = self.volumes.iter().zip(&spots.owners).all(|(v, owner)| v.allowed[*owner]);
        let fits = used.iter().zip(&self.room).all(|(used, room)| within(used, room));
        let apart = members.iter().flatten().zip(self.apart.iter().flatten());
        owned && fits && apart.into_iter().all(|(count, most)| count <= most)
    }
}
