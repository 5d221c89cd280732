//! Local search, bounds, and the solver where the problem is small: a plan, and what is proved of
//! it.

use super::bound::{Goal, least};
use super::local::{Until, search};
use super::problem::{Problem, Spots};
use crate::random::Seed;

/// Rounds in which bounds are raised, at most, and machines times nodes of all rounds.
const ROUNDS: (usize, usize) = (200, 40_000_000);

/// A plan, and what is proved of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) spots: Spots,
    /// No plan loses less, moves counted as what they are worth.
    pub(super) least_lost: i64,
    /// None that loses no more than this one makes do with fewer moves.
    pub(super) least_moves: i64,
    /// Nor, with as few, with cheaper ones.
    pub(super) cost_is_least: bool,
}

/// Looks for the best plan.
pub(super) fn solve(
    problem: &Problem,
    seed: Seed,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &dyn Fn(f64),
) -> Found {
    let (lost, ..) = problem.score(&problem.now()).key(problem.worth);
    // What the first prices prove is often all there is to prove.
    let quick = least(problem, Goal::Lost, lost, 1);
    let most = (problem.machines.len() + problem.volumes.len()).cast_signed() as i64;
    let quick = (quick, least(problem, Goal::Moves { within: quick }, most, 1));
    let spots = search(problem, seed, &Until { least: quick, cancelled, progress });
    let (lost, moves, _) = problem.score(&spots).key(problem.worth);
    let size = problem.nodes * (problem.machines.len() + problem.ties.len());
    let rounds = (ROUNDS.1 / size.max(1)).clamp(10, ROUNDS.0) as u32;
    let least_lost = least(problem, Goal::Lost, lost, rounds).max(quick.0);
    let least_moves = least(problem, Goal::Moves { within: lost }, moves, rounds);
    let found = Found { spots, least_lost, least_moves, cost_is_least: moves == 0 };
    #[cfg(feature = "milp")]
    let found = super::exact::exact(problem, found, cancelled);
    found
}
