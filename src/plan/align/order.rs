//! The moves of a plan, one after the other, so that each finds room when its turn comes.
//!
//! What brings most comes first. A machine that finds no room waits until others have left; where
//! all wait for each other, one of them goes to a third node for a while. What cannot be brought
//! about even so is left, and of what was then begun as much is kept as is for the better.

use super::board::Board;
use super::problem::{Problem, Spots};

/// What is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// The ownership of a volume.
    Volume(usize),
    /// A machine.
    Machine(usize),
}

/// One move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) what: What,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it goes on from there.
    pub(super) detour: bool,
}

/// The moves that lead from how things stand to a plan, or as near to it as can be.
pub(super) fn order(problem: &Problem, plan: &Spots) -> Vec<Move> {
    let mut order = Order { board: Board::new(problem, problem.now()), moves: Vec::new() };
    let mut pending: Vec<What> = Vec::new();
    let now = problem.now();
    for (volume, (from, to)) in now.owners.iter().zip(&plan.owners).enumerate() {
        pending.extend((from != to).then_some(What::Volume(volume)));
    }
    for (machine, (from, to)) in now.homes.iter().zip(&plan.homes).enumerate() {
        pending.extend((from != to).then_some(What::Machine(machine)));
    }
    let mut best = (order.board.key(), 0);
    while !pending.is_empty() {
        if let Some(k) = order.next(&pending, plan) {
            let what = pending.swap_remove(k);
            order.make(what, Order::to(what, plan), false);
        } else if let Some((machine, to)) = order.detour(&pending, plan) {
            order.make(What::Machine(machine), to, true);
        } else {
            break;
        }
        if order.board.key() < best.0 {
            best = (order.board.key(), order.moves.len());
        }
    }
    // A plan that cannot be brought about is followed as far as it is for the better.
    if !pending.is_empty() {
        order.moves.truncate(best.1);
        order.board = Board::new(problem, after(problem, &order.moves));
        order.climb();
    }
    order.moves
}

/// Single moves that are added, at most, to a plan that cannot be brought about as a whole.
const CLIMB: usize = 200;

/// Where everything is after some moves.
pub(super) fn after(problem: &Problem, moves: &[Move]) -> Spots {
    let mut spots = problem.now();
    for step in moves {
        make(&mut spots, step);
    }
    spots
}

/// Makes a move.
pub(super) fn make(spots: &mut Spots, step: &Move) {
    match step.what {
        What::Volume(volume) => spots.owners[volume] = step.to,
        What::Machine(machine) => spots.homes[machine] = step.to,
    }
}

struct Order<'a> {
    board: Board<'a>,
    moves: Vec<Move>,
}

impl Order<'_> {
    fn to(what: What, plan: &Spots) -> usize {
        match what {
            What::Volume(volume) => plan.owners[volume],
            What::Machine(machine) => plan.homes[machine],
        }
    }

    /// What would be lost less if it came next, and whether it can.
    fn saves(&self, what: What, to: usize) -> i64 {
        match what {
            What::Volume(volume) => -self.board.volume_moved(volume, to).lost,
            What::Machine(machine) => -self.board.machine_moved(machine, to).lost,
        }
    }

    /// The place of what comes next: that which saves most, of equals a volume, then the first.
    fn next(&self, pending: &[What], plan: &Spots) -> Option<usize> {
        let can = |what: What| match what {
            What::Volume(_) => true,
            What::Machine(machine) => self.board.fits(machine, plan.homes[machine]),
        };
        let rank = |k: &usize| {
            let what = pending[*k];
            (std::cmp::Reverse(self.saves(what, Self::to(what, plan))), what)
        };
        (0..pending.len()).filter(|k| can(pending[*k])).min_by_key(rank)
    }

    /// A machine that goes to a third node for a while, so that another one finds room where it
    /// was: the smallest that helps.
    fn detour(&self, pending: &[What], plan: &Spots) -> Option<(usize, usize)> {
        let problem = self.board.problem;
        let machines = || {
            pending.iter().filter_map(|what| match what {
                What::Machine(machine) => Some(*machine),
                What::Volume(_) => None,
            })
        };
        let been = |machine: usize| {
            self.moves.iter().any(|step| step.detour && step.what == What::Machine(machine))
        };
        let mut smallest: Vec<usize> = machines().filter(|machine| !been(*machine)).collect();
        smallest.sort_by_key(|machine| (problem.machines[*machine].needs, *machine));
        for machine in smallest {
            let here = self.board.home(machine);
            let left = self.board.left(here);
            let own = &problem.machines[machine];
            let helps = machines().filter(|other| plan.homes[*other] == here).any(|other| {
                let of = &problem.machines[other];
                let room = (0..3).all(|k| left[k] + own.needs[k] >= of.needs[k]);
                let apart = |&class: &usize| {
                    let leaves = u32::from(own.classes.contains(&class));
                    self.board.members(class, here) < problem.apart[class][here] + leaves
                };
                other != machine && room && of.classes.iter().all(apart)
            });
            if !helps {
                continue;
            }
            let third = (0..problem.nodes).filter(|node| {
                *node != here && *node != plan.homes[machine] && self.board.fits(machine, *node)
            });
            let roomiest = third.max_by_key(|node| (self.board.left(*node), usize::MAX - node));
            if let Some(to) = roomiest {
                return Some((machine, to));
            }
        }
        None
    }

    /// What single moves still better, the best of them first.
    fn climb(&mut self) {
        let problem = self.board.problem;
        for _ in 0..CLIMB {
            let board = &self.board;
            let volumes = (0..problem.volumes.len()).flat_map(|volume| {
                let allowed = &problem.volumes[volume].allowed;
                let others = (0..problem.nodes).filter(move |to| *to != board.owner(volume));
                others.filter(|to| allowed[*to]).map(move |to| {
                    (board.volume_moved(volume, to).key(problem.worth), What::Volume(volume), to)
                })
            });
            let machines = (0..problem.machines.len()).flat_map(|machine| {
                let others = (0..problem.nodes).filter(move |to| *to != board.home(machine));
                others.filter(move |to| board.fits(machine, *to)).map(move |to| {
                    (
                        board.machine_moved(machine, to).key(problem.worth),
                        What::Machine(machine),
                        to,
                    )
                })
            });
            match volumes.chain(machines).min() {
                Some((change, what, to)) if change < (0, 0, 0) => self.make(what, to, false),
                _ => return,
            }
        }
    }

    fn make(&mut self, what: What, to: usize, detour: bool) {
        let from = match what {
            What::Volume(volume) => {
                let from = self.board.owner(volume);
                self.board.hand(volume, to);
                from
            }
            What::Machine(machine) => {
                let from = self.board.home(machine);
                self.board.shift(machine, to);
                from
            }
        };
        self.board.settle();
        self.moves.push(Move { what, from, to, detour });
    }
}
