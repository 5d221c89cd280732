//! Plans against all plans there are, and every step of them.

use super::board::Board;
use super::fixture::{drifted, random};
use super::local::{Until, search};
use super::order::{after, order};
use super::problem::{Problem, Spots};
use super::solve::solve;
use crate::random::Seed;
use proptest::prelude::*;

/// The best of all plans, tried one after the other.
fn by_trial(problem: &Problem) -> (i64, i64, i64) {
    let mut best = problem.score(&problem.now()).key(problem.worth);
    let (machines, volumes) = (problem.machines.len(), problem.volumes.len());
    let plans = (problem.nodes as u64).pow((machines + volumes) as u32);
    for mut code in 0..plans {
        let mut next = || {
            let node = (code % problem.nodes as u64) as usize;
            code /= problem.nodes as u64;
            node
        };
        let homes = (0..machines).map(|_| next()).collect();
        let owners = (0..volumes).map(|_| next()).collect();
        let spots = Spots { homes, owners };
        if problem.feasible(&spots) {
            best = best.min(problem.score(&spots).key(problem.worth));
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Bound <= optimum <= local search <= now; and what is proved is so.
    #[test]
    fn small_clusters_against_all_plans(
        seed in any::<u64>(),
        nodes in 2_usize..4,
        machines in 1_usize..6,
        volumes in 1_usize..3,
        slack in 0_u64..80,
    ) {
        let problem = random(seed, nodes, machines, volumes, slack);
        let now = problem.score(&problem.now()).key(problem.worth);
        let best = by_trial(&problem);
        let until = Until { least: (i64::MIN, 0), cancelled: &|| false, progress: &|_| {} };
        let local = search(&problem, Seed(1), &until);
        prop_assert!(problem.feasible(&local));
        let key = problem.score(&local).key(problem.worth);
        prop_assert!(best <= key && key <= now, "{best:?} {key:?} {now:?}");
        let found = solve(&problem, Seed(1), &|| false, &|_| {});
        let key = problem.score(&found.spots).key(problem.worth);
        prop_assert!(problem.feasible(&found.spots) && best <= key && key <= now);
        prop_assert!(found.least_lost <= best.0, "{found:?}, best {best:?}");
        if key.0 == best.0 {
            prop_assert!(found.least_moves <= best.1, "{found:?}, best {best:?}");
        }
        if cfg!(feature = "milp") {
            prop_assert_eq!(key, best);
            prop_assert_eq!((found.least_lost, found.least_moves), (best.0, best.1));
            prop_assert!(found.cost_is_least);
        }
    }

    /// After every single move everything may be where it is; all moves together lead to the plan,
    /// or, where that cannot be, to something better than now.
    #[test]
    fn every_step_finds_room(seed in any::<u64>(), slack in 0_u64..30, left in any::<u64>()) {
        let problem = random(seed, 3, 9, 3, slack);
        // Plans that no search would make, too: wherever machines find room in the end.
        let mut board = Board::new(&problem, problem.now());
        for machine in 0..problem.machines.len() {
            let node = (left >> (2 * machine)) as usize % problem.nodes;
            if node != board.home(machine) && board.fits(machine, node) {
                board.shift(machine, node);
            }
        }
        let found = solve(&problem, Seed(1), &|| false, &|_| {});
        for plan in [board.spots(), &found.spots] {
            let moves = order(&problem, plan);
            for k in 0..=moves.len() {
                prop_assert!(problem.feasible(&after(&problem, &moves[..k])));
            }
            let reached = after(&problem, &moves);
            let key = |spots: &Spots| problem.score(spots).key(problem.worth);
            if reached == *plan {
                continue;
            }
            prop_assert!(key(&reached) <= key(&problem.now()));
            // And no single move betters it.
            let board = Board::new(&problem, reached);
            for to in 0..problem.nodes {
                for machine in 0..problem.machines.len() {
                    if to != board.home(machine) && board.fits(machine, to) {
                        let change = board.machine_moved(machine, to);
                        prop_assert!(change.key(problem.worth) >= (0, 0, 0));
                    }
                }
                for (volume, of) in problem.volumes.iter().enumerate() {
                    if of.allowed[to] {
                        let change = board.volume_moved(volume, to);
                        prop_assert!(change.key(problem.worth) >= (0, 0, 0));
                    }
                }
            }
        }
    }

    /// What a board keeps at hand is what the plan comes to, also after it was changed back.
    #[test]
    fn a_board_counts_right(
        seed in any::<u64>(),
        steps in prop::collection::vec(any::<u32>(), 30),
    ) {
        let problem = random(seed, 4, 12, 4, 30);
        let mut board = Board::new(&problem, problem.now());
        let first = board.score();
        for step in steps {
            let (what, node) = (step as usize / 8, step as usize % 4);
            if step % 8 < 4 {
                board.shift(what % problem.machines.len(), node);
            } else {
                board.hand(what % problem.volumes.len(), node);
            }
            prop_assert_eq!(board.score(), problem.score(board.spots()));
        }
        board.back_to(0);
        prop_assert_eq!(board.score(), first);
        prop_assert_eq!(board.spots(), &problem.now());
    }
}

/// What drifts apart comes together again, and it is proved that it takes no fewer moves.
#[test]
fn a_cluster_that_drifted_apart() {
    let problem = drifted(3, 8, 160, 16);
    assert!(problem.feasible(&problem.now()));
    let found = solve(&problem, Seed(1), &|| false, &|_| {});
    assert!(problem.feasible(&found.spots));
    let (lost, moves, _) = problem.score(&found.spots).key(0);
    assert_eq!((lost, moves), (found.least_lost, found.least_moves));
    assert_eq!(lost, 0);
}

#[test]
fn the_same_seed_finds_the_same_plan() {
    let problem = random(5, 3, 8, 3, 10);
    let find = || solve(&problem, Seed(7), &|| false, &|_| {});
    assert_eq!(find(), find());
}
