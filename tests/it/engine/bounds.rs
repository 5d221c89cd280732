//! Runs are bounded and stop with a named error. The engine looks every 65,536 events.

use csvnet::engine::{EngineError, RunPlan, simulate};
use csvnet::network::{Direction, Network, NetworkError, Source, Station, Step};

use crate::support::{SECOND, SEED, US, at, constant, outstanding, sized, try_run};

const LOOK_EVERY: u64 = 65_536;

/// Poisson arrivals at one server of 10 us.
fn server(rates: &[(&str, f64)]) -> Network {
    let mut net = Network::default();
    for (label, rate) in rates {
        let disk = net.add_station(Station::fifo(format!("disk of {label}"), 1));
        let route = net.add_route(*label, vec![at(disk, "media", constant(10 * US))]);
        net.add_source(Source::poisson(*label, route, *rate));
    }
    net
}

#[test]
fn an_overload_is_named_with_its_source() {
    // One asks for twice what its disk can do, the other for half; both bounds are far away.
    let net = server(&[("calm", 50_000.0), ("greedy", 200_000.0)]);
    let plan = RunPlan { under_way_max: 5_000, ..RunPlan::new(SEED, 0, 100 * SECOND) };
    match try_run(&net, &plan) {
        Err(EngineError::Unstable { limit, at_s, source_label }) => {
            assert_eq!(limit, 5_000);
            assert_eq!(source_label, "greedy");
            // The queue grows by 100,000 a second and is looked at within 65,536 events of about
            // 500,000 a second.
            let least = 5_000.0 / 100_000.0;
            let look = LOOK_EVERY as f64 / 400_000.0;
            assert!(at_s > least * 0.9 && at_s < least * 1.1 + look, "{at_s}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_number_of_events_is_bounded() {
    let net = server(&[("guest", 50_000.0)]);
    let plan = RunPlan { events_max: 100_000, ..RunPlan::new(SEED, 0, 100 * SECOND) };
    match try_run(&net, &plan) {
        Err(EngineError::TooManyEvents { limit, at_s }) => {
            assert_eq!(limit, 100_000);
            // Two events an I/O; the first look after 100,000 events is the second one.
            let expected = (2 * LOOK_EVERY) as f64 / 2.0 / 50_000.0;
            assert!((at_s / expected - 1.0).abs() < 0.05, "{at_s} for {expected}");
        }
        other => panic!("{other:?}"),
    }
    let bounded = RunPlan { events_max: 2 * LOOK_EVERY, ..RunPlan::new(SEED, 0, SECOND) };
    assert!(try_run(&net, &bounded).is_ok(), "a run within its bounds is left alone");
}

#[test]
fn a_run_can_be_cancelled() {
    let net = server(&[("guest", 50_000.0)]);
    let plan = RunPlan::new(SEED, 0, 100 * SECOND);
    assert_eq!(simulate(&net, &plan, &|| true).err(), Some(EngineError::Cancelled));
}

#[test]
fn a_faulty_network_is_refused() {
    let mut net = server(&[("guest", 1.0)]);
    net.add_station(Station::fifo("disk of guest", 1));
    let plan = RunPlan::new(SEED, 0, SECOND);
    assert!(matches!(
        try_run(&net, &plan),
        Err(EngineError::Network(NetworkError::DuplicateLabel { what: "stations", .. }))
    ));
}

#[test]
fn a_network_of_nothing_runs_to_its_end() {
    let record = try_run(&Network::default(), &RunPlan::new(SEED, 0, SECOND));
    assert_eq!(record.map(|r| (r.issued, r.events)), Ok((0, 0)));
}

#[test]
fn one_io_of_many_chunks_ends_at_the_bound() {
    // All of its 16 million chunks begin in one event, between two looks.
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let body = vec![at(disk, "media", constant(US))];
    let split = Step::Split { chunk_bytes: 64, window: None, body };
    let route = net.add_route("route", vec![split]);
    net.add_source(sized("guest", route, Direction::Read, 1 << 30, outstanding(1)));
    let plan = RunPlan { under_way_max: 1_000, ..RunPlan::new(SEED, 0, SECOND) };
    match try_run(&net, &plan) {
        Err(EngineError::Unstable { limit, source_label, .. }) => {
            assert_eq!((limit, source_label.as_str()), (1_000, "guest"));
        }
        other => panic!("{other:?}"),
    }
}
