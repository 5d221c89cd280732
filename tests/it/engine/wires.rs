//! Transfers from port to port, and delays behind other stations: fewer events, the same instants.
//!
//! A port whose visitors all come over one latency takes them in the order in which they begin to
//! be sent. That is right only where nobody comes over another latency or from elsewhere, so the
//! networks here are made with and without such a visitor and compared with the oracle.

use csvnet::engine::RunPlan;
use csvnet::network::{
    Direction, Framing, Mix, Network, SelectorKind, Service, Source, Station, StationId,
    StationKind, Step, Visit,
};

use super::oracle::{Outcome, oracle};
use crate::support::{MS, SEED, US, at, constant, exponential, run};

const WIRE: Service = Service::Wire {
    header_bytes: 100,
    payload: true,
    framing: Framing { payload: 1_460, overhead: 78 },
};

/// A visit to a port.
fn send(port: StationId, role: &'static str) -> Step {
    Visit::new(port, role, WIRE).into()
}

/// Four senders with these latencies and two receivers of 10 Gbit/s, and a source for each pair
/// whose transfers take 1 us to 7 us, so that many are on the way at once.
fn pairs(latencies: [u64; 4]) -> (Network, Vec<StationId>) {
    let mut net = Network::default();
    let senders: Vec<StationId> = latencies
        .iter()
        .enumerate()
        .map(|(k, latency)| net.add_station(Station::port(format!("tx {k}"), 10e9, *latency)))
        .collect();
    let receivers: Vec<StationId> =
        (0..2).map(|k| net.add_station(Station::port(format!("rx {k}"), 10e9, 0))).collect();
    for (k, &tx) in senders.iter().enumerate() {
        for (n, &rx) in receivers.iter().enumerate() {
            let route = net.add_route("transfer", vec![send(tx, "tx"), send(rx, "rx")]);
            let source = Source::poisson(format!("{k} to {n}"), route, 45_000.0);
            let kind = |bytes| Mix { weight: 1.0, direction: Direction::Write, bytes, route };
            net.add_source(Source { mix: vec![kind(1_000), kind(8_192)], ..source });
        }
    }
    (net, receivers)
}

/// Events of a run that the oracle agrees with, and its completions.
fn agreed(net: &Network) -> (u64, u64) {
    let plan = RunPlan::new(SEED, MS, 40 * MS);
    let record = run(net, &plan);
    assert!(record.completed > 1_000, "{} transfers prove little", record.completed);
    assert_eq!(Outcome::of(&record), oracle(net, &plan));
    let plain = run(net, &RunPlan { fuse: false, ..plan });
    assert_eq!(Outcome::of(&plain), Outcome::of(&record), "with and without fused stretches");
    (record.events, record.completed)
}

#[test]
fn the_far_end_takes_transfers_in_the_order_in_which_they_begin() {
    let (net, _) = pairs([2 * US; 4]);
    let (events, completed) = agreed(&net);
    // An issue and an end, and a beginning where a transfer waited to be sent: those that find
    // their sender busy, about the share of time that it is (0.36 of the time at 90,000 transfers
    // of 4 us on average).
    let each = events as f64 / completed as f64;
    assert!(each > 2.2 && each < 2.5, "{each} events a transfer");
}

#[test]
fn whoever_comes_over_another_latency_is_in_its_place() {
    // The last sender is nearer, so its transfers overtake those that began before.
    let (net, _) = pairs([2 * US, 2 * US, 2 * US, US / 2]);
    let (events, completed) = agreed(&net);
    // An issue, an arrival at the far end, an end.
    let each = events as f64 / completed as f64;
    assert!((each - 3.0).abs() < 0.01, "{each} events a transfer");
}

#[test]
fn whoever_comes_from_elsewhere_is_in_its_place() {
    let (mut net, receivers) = pairs([2 * US; 4]);
    let disk = net.add_station(Station::fifo("disk", 1));
    let steps = vec![at(disk, "disk", exponential(US)), send(receivers[0], "rx")];
    let route = net.add_route("elsewhere", steps);
    net.add_source(Source::poisson("elsewhere", route, 30_000.0));
    agreed(&net);
}

#[test]
fn a_transfer_that_finds_both_ends_idle_takes_one_event() {
    let mut net = Network::default();
    let tx = net.add_station(Station::port("tx", 10e9, 3 * US));
    let rx = net.add_station(Station::port("rx", 10e9, 0));
    let route = net.add_route("transfer", vec![send(tx, "tx"), send(rx, "rx")]);
    net.add_source(Source::closed("guest", route, 1));
    let (events, completed) = agreed(&net);
    // The issue and the end; the last transfer may be under way.
    assert!(events.abs_diff(2 * completed) <= 2, "{events} events, {completed} transfers");
    // 1 byte and 100 of headers in a frame of 78 more, at 0.8 ns a byte, and 3 us.
    let latency = &run(&net, &RunPlan::new(SEED, 0, 10 * MS)).groups[0].reads.latency;
    let expected = 179 * 800 + 3 * US;
    assert_eq!((latency.min_ps(), latency.max_ps()), (Some(expected), Some(expected)));
}

#[test]
fn delays_behind_a_station_need_no_event_of_their_own() {
    let mut net = Network::default();
    let cores = net.add_station(Station::fifo("cores", 4));
    let cache = net.add_station(Station::new("cache", StationKind::Delay));
    let link = net.add_station(Station::new("link", StationKind::Delay));
    let disk = net.add_station(Station::fifo("disk", 8));
    let hit = net.add_selector("hit", SelectorKind::Weights(vec![3.0, 1.0]));
    let hits = vec![at(cache, "cache", exponential(20 * US)), at(link, "link", constant(US))];
    let misses = vec![at(disk, "disk", exponential(90 * US)), at(link, "link", constant(US))];
    let choose = Step::Choose { selector: hit, role: "hit", branches: vec![hits, misses] };
    let route = net.add_route("read", vec![at(cores, "host", exponential(10 * US)), choose]);
    net.add_source(Source::poisson("guests", route, 200_000.0));
    let plan = RunPlan::new(SEED, MS, 40 * MS);
    let (fused, plain) = (run(&net, &plan), run(&net, &RunPlan { fuse: false, ..plan }));
    assert_eq!(Outcome::of(&fused), oracle(&net, &plan));
    assert_eq!(Outcome::of(&fused), Outcome::of(&plain));
    assert_eq!(fused.stations, plain.stations);
    // A hit is an issue and one departure instead of three, a miss two instead of three.
    let each = |events: u64| events as f64 / fused.completed as f64;
    assert!((each(plain.events) - 4.0).abs() < 0.02, "{}", each(plain.events));
    assert!((each(fused.events) - (0.75 * 2.0 + 0.25 * 3.0)).abs() < 0.05);
}

#[test]
fn whoever_is_counted_at_a_finite_buffer_leaves_it_before_the_delay() {
    // One place, served in 10 us, and a delay of 1 ms behind it; one comes each 6 us, so every
    // second is refused. If the departure stood at the end of the delay, nobody would be counted.
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let link = net.add_station(Station::new("link", StationKind::Delay));
    let visit = Visit::new(disk, "disk", constant(10 * US));
    let steps = vec![
        Step::IfRoom { visit, places: 1, refused: Vec::new() },
        at(link, "link", constant(MS)),
    ];
    let route = net.add_route("read", steps);
    let arrivals = csvnet::network::Arrivals::Paced { interval_ps: 6.0 * US as f64 };
    net.add_source(Source::of("guest", route, arrivals));
    let record = run(&net, &RunPlan::new(SEED, 0, 10 * MS));
    assert!(record.completed > 1_400, "{}", record.completed);
    let refused = record.stations[disk.index()].refused;
    assert!(refused.abs_diff(record.issued / 2) <= 1, "{refused} of {}", record.issued);
}
