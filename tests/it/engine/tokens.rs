//! Tokens and choices: what validation must refuse because a run would leak tokens.

use csvnet::network::{
    Amount, Direction, Network, NetworkError, PoolId, SelectorKind, Station, StationKind, Step,
};

use crate::support::{US, at, constant, instants, run, sized, to_the_end};

const ONE: Amount = Amount::Fixed(1);

/// A route made of the pool's tokens and a choice of two ways.
fn choice(steps: impl Fn(PoolId, &dyn Fn(Vec<Vec<Step>>) -> Step) -> Vec<Step>) -> Network {
    let mut net = Network::default();
    let pool = net.add_pool("slots", 4);
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let selector = net.add_selector("way", SelectorKind::RoundRobin(2));
    let choose = |branches| Step::Choose { selector, role: "way", branches };
    let mut program = steps(pool, &choose);
    program.push(at(delay, "work", constant(US)));
    let route = net.add_route("route", program);
    net.add_source(sized("guest", route, Direction::Read, 1, instants(1, &[0; 64])));
    net
}

fn take(pool: PoolId) -> Step {
    Step::Acquire { pool, amount: ONE }
}

fn give(pool: PoolId) -> Step {
    Step::Release { pool, amount: ONE }
}

#[test]
fn ways_that_balance_only_together_are_refused() {
    // One way takes and the other gives back: every I/O runs one of them.
    let crossed = choice(|pool, choose| vec![choose(vec![vec![take(pool)], vec![give(pool)]])]);
    // What was taken before is given back on one way only.
    let half = choice(|pool, choose| vec![take(pool), choose(vec![vec![give(pool)], Vec::new()])]);
    for net in [crossed, half] {
        let faults = net.validate().expect_err("tokens leak");
        assert!(matches!(faults[0], NetworkError::Unbalanced { .. }), "{faults:?}");
    }
}

#[test]
fn ways_that_balance_each_are_accepted() {
    let inside =
        choice(|pool, choose| vec![choose(vec![vec![take(pool), give(pool)], Vec::new()])]);
    let across =
        choice(|pool, choose| vec![take(pool), choose(vec![vec![give(pool)], vec![give(pool)]])]);
    for net in [inside, across] {
        assert_eq!(net.validate(), Ok(()));
        assert_eq!(run(&net, &to_the_end()).completed, 64);
    }
}

#[test]
fn a_split_does_not_give_back_more_than_was_taken() {
    // Taken once, given back by every chunk.
    let mut net = Network::default();
    let pool = net.add_pool("slots", 4);
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let body = vec![at(delay, "work", constant(US)), give(pool)];
    let split = Step::Split { chunk_bytes: 10, window: None, body };
    let route = net.add_route("route", vec![take(pool), split]);
    net.add_source(sized("guest", route, Direction::Read, 100, instants(100, &[0])));
    let faults = net.validate().expect_err("tokens are made up");
    assert!(matches!(faults[0], NetworkError::Unbalanced { .. }), "{faults:?}");
}

#[test]
fn an_io_that_asks_for_more_than_the_pool_is_refused() {
    // It would wait for ever, and everyone behind it as well.
    let mut net = Network::default();
    let pool = net.add_pool("credits", 4);
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let amount = Amount::PerBytes { unit: 10 };
    let route = net.add_route(
        "route",
        vec![
            Step::Acquire { pool, amount },
            at(delay, "work", constant(US)),
            Step::Release { pool, amount },
        ],
    );
    net.add_source(sized("guest", route, Direction::Read, 100, instants(100, &[0])));
    assert!(net.validate().is_err());
}
