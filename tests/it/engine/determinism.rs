//! A run is a function of the network and the seed: not of the order of declaration, and a source
//! is not disturbed by strangers.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{Direction, Network, Source, Station, StationKind, Step};
use csvnet::random::Seed;
use proptest::prelude::*;

use super::conservation::essence;
use super::generate::{Order, Vocabulary, networks};
use crate::support::{
    MS, SECOND, SEED, US, at, constant, exponential, instants, outstanding, run, sized, to_the_end,
    try_run,
};

fn plan() -> RunPlan {
    RunPlan { events_max: 60_000, ..RunPlan::new(SEED, 0, 3 * MS) }
}

/// What is measured of each group and each station, by label.
fn by_label(net: &Network, record: &RunRecord) -> (Vec<String>, Vec<String>) {
    let mut groups: Vec<String> = net
        .groups
        .iter()
        .zip(&record.groups)
        .map(|(label, group)| format!("{label} {:?} {:?}", group.reads, group.writes))
        .collect();
    let mut stations: Vec<String> = net
        .stations
        .iter()
        .zip(&record.stations)
        .map(|(station, seen)| format!("{} {seen:?}", station.label))
        .collect();
    groups.sort();
    stations.sort();
    (groups, stations)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(2),
        ..ProptestConfig::with_cases(100)
    })]

    #[test]
    fn the_order_of_declaration_means_nothing(
        spec in networks(Vocabulary::Full),
        salt in 1_u64..1_000,
    ) {
        let (net, other) = (spec.build(Order(0)), spec.build(Order(salt)));
        let (Ok(a), Ok(b)) = (try_run(&net, &plan()), try_run(&other, &plan())) else {
            return Ok(());
        };
        prop_assert_eq!(a.fingerprint, b.fingerprint);
        prop_assert_eq!(by_label(&net, &a), by_label(&other, &b));
    }

    #[test]
    fn a_stranger_changes_nothing(spec in networks(Vocabulary::Full)) {
        let net = spec.build(Order(0));
        let mut larger = net.clone();
        // Its label comes first, so every rank moves; it keeps the heap and the slab busy.
        let own = larger.add_station(Station::fifo("a stranger's own", 1));
        let shared = larger.add_station(Station::new("a shared one", StationKind::Shared {
            servers: 1,
        }));
        let body = vec![at(own, "own", exponential(US)), at(shared, "shared", exponential(US))];
        let split = Step::Split { chunk_bytes: 1_000, window: None, body };
        let route = larger.add_route("a stranger's", vec![split]);
        larger.add_source(sized("a stranger", route, Direction::Read, 9_000, outstanding(3)));
        let (Ok(a), Ok(b)) = (try_run(&net, &plan()), try_run(&larger, &plan())) else {
            return Ok(());
        };
        let (before, after) = (by_label(&net, &a), by_label(&larger, &b));
        prop_assert!(before.0.iter().all(|group| after.0.contains(group)));
        prop_assert!(before.1.iter().all(|station| after.1.contains(station)));
    }
}

#[test]
fn another_seed_and_another_replication_give_another_run() {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let route = net.add_route("read", vec![at(disk, "media", exponential(100 * US))]);
    net.add_source(Source::poisson("guest", route, 5_000.0));
    let plan = RunPlan::new(SEED, 0, SECOND);
    let first = essence(&run(&net, &plan));
    assert_eq!(first, essence(&run(&net, &plan)));
    let reseeded = RunPlan { seed: Seed(SEED.0 + 1), ..plan };
    assert_ne!(first, essence(&run(&net, &reseeded)));
    assert_ne!(first, essence(&run(&net, &plan.replication(1))));
}

#[test]
fn stations_that_wake_at_one_instant_wake_in_the_order_of_their_labels() {
    // Two guests leave two shared stations at the same picosecond and meet at one server: who
    // goes first must not depend on which station was declared first.
    let build = |swap: bool| {
        let mut net = Network::default();
        let mut labels = ["cpu 1", "cpu 2"];
        if swap {
            labels.reverse();
        }
        let mut cpus = labels
            .map(|label| net.add_station(Station::new(label, StationKind::Shared { servers: 1 })));
        if swap {
            cpus.reverse();
        }
        let disk = net.add_station(Station::fifo("disk", 1));
        for (guest, cpu) in ["guest 1", "guest 2"].iter().zip(cpus) {
            let steps = vec![at(cpu, "cpu", constant(US)), at(disk, "disk", constant(10 * US))];
            let route = net.add_route(*guest, steps);
            net.add_source(sized(guest, route, Direction::Read, 1, instants(1, &[5, 50 * US])));
        }
        run(&net, &to_the_end())
    };
    let (a, b) = (build(false), build(true));
    let latency = |r: &RunRecord, g: usize| r.groups[g].reads.latency.max_ps();
    assert_eq!((latency(&a, 0), latency(&a, 1)), (latency(&b, 0), latency(&b, 1)));
    assert_eq!(a.fingerprint, b.fingerprint);
}

#[test]
fn chunks_of_one_transfer_keep_their_order_whoever_else_is_there() {
    // Sixteen chunks reach one server in the same picosecond, each with a service time of its
    // own; afterwards a third of them must not have changed places because of a stranger's events.
    let build = |strangers: u32| {
        let mut net = Network::default();
        let wire = net.add_station(Station::new("wire", StationKind::Delay));
        let disk = net.add_station(Station::fifo("disk", 2));
        let body = vec![at(wire, "wire", constant(US)), at(disk, "disk", exponential(10 * US))];
        let split = Step::Split { chunk_bytes: 65_536, window: None, body };
        let route = net.add_route("split", vec![split]);
        let times: Vec<u64> = (0..200).map(|k| k * 400 * US).collect();
        let bytes = 4 << 20;
        net.add_source(sized("guest", route, Direction::Write, bytes, instants(bytes, &times)));
        if strangers > 0 {
            let own = net.add_station(Station::fifo("own", 1));
            let route = net.add_route("own", vec![at(own, "own", exponential(3 * US))]);
            net.add_source(sized("other", route, Direction::Read, 1, outstanding(strangers)));
        }
        let record = run(&net, &RunPlan::new(SEED, 0, 100 * MS));
        format!("{:?}", (&record.groups[0].writes.latency, &record.stations[1]))
    };
    let alone = build(0);
    for strangers in [1, 2, 3, 5, 8] {
        assert_eq!(alone, build(strangers), "{strangers} strangers");
    }
}
