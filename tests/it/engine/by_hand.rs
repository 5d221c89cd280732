//! Small runs whose every instant was worked out by hand.

use csvnet::engine::RunPlan;
use csvnet::network::{
    Arrivals, Direction, Framing, Mix, Network, Port, Service, Source, Station, StationKind, Step,
    TraceIo, Visit, Wait,
};

use crate::support::{MS, NS, SEED, US, at, constant, instants, run, sized, to_the_end};

const KIB: u64 = 1_024;

#[test]
fn refusals_of_the_warm_up_are_not_counted() {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let visit = Visit::new(disk, "media", constant(10 * US));
    let step = Step::IfRoom { visit, places: 1, refused: Vec::new() };
    let route = net.add_route("route", vec![step]);
    // Served, refused, refused; served, refused after the warm-up.
    let at_ps = [0, US, 2 * US, 20 * US, 21 * US];
    net.add_source(sized("guest", route, Direction::Read, 1, instants(1, &at_ps)));
    let plan = RunPlan { warm_up_ps: 15 * US, ..to_the_end() };
    let record = run(&net, &plan);
    assert_eq!(record.completed, 5);
    assert_eq!((record.stations[0].visits, record.stations[0].refused), (1, 1));
}

#[test]
fn late_branches_leave_the_next_io_alone() {
    // An I/O waits for the first of two branches, 10 us, and takes another 10 us; its late branch
    // ends after 25 us, 5 us into the fork of the next I/O, which has its place in memory.
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let branch = |role, time| vec![at(delay, role, constant(time))];
    let branches = vec![branch("near", 10 * US), branch("far", 25 * US)];
    let fork = Step::Fork { wait: Wait::First(1), branches };
    let route = net.add_route("write", vec![fork, at(delay, "after", constant(10 * US))]);
    net.add_source(Source::closed("guest", route, 1));
    let record = run(&net, &RunPlan::new(SEED, 0, 10 * MS));
    let latency = &record.groups[0].reads.latency;
    // The first starts within 10 us, and each of the others 1 ps after the one before.
    assert!(record.completed >= 499, "{}", record.completed);
    assert_eq!((latency.min_ps(), latency.max_ps()), (Some(20 * US), Some(20 * US)));
}

/// The order in which a port of two classes, 1 ns a byte, sends the I/Os of two sources, each given
/// as instants and bytes.
fn order(weights: [u32; 2], ios: [&[(u64, u64)]; 2]) -> Vec<String> {
    let mut net = Network::default();
    let port = Port {
        ps_per_byte: NS as f64,
        latency_ps: 0,
        weights: weights.into(),
        changes: Vec::new(),
        link: None,
    };
    let port = net.add_station(Station::new("port", StationKind::Port(port)));
    let wire = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };
    for (class, label) in [(0, "a"), (1, "b")] {
        let visit = Visit::new(port, "send", wire).in_class(class);
        let route = net.add_route(label, vec![visit.into()]);
        let ios = ios[usize::from(class)].iter();
        let arrivals = ios.map(|&(at_ps, bytes)| TraceIo { at_ps, bytes, mix: 0 });
        let arrivals = Arrivals::Trace(arrivals.collect::<Vec<_>>().into());
        let mix = vec![Mix { weight: 1.0, direction: Direction::Write, bytes: 1, route }];
        let (label, active) = (label.into(), csvnet::network::Active::default());
        net.add_source(Source { label, group: None, arrivals, mix, active });
    }
    let mut hops = run(&net, &RunPlan { trace_ios: u64::MAX, ..to_the_end() }).hops;
    hops.sort_by_key(|hop| hop.start_ps);
    hops.iter().map(|hop| format!("{}{}", ["a", "b"][hop.source as usize], hop.number)).collect()
}

#[test]
fn the_quantum_of_a_class_is_16_kib_times_its_weight() {
    // At 8 KiB each, `a` of weight 2 sends four in its turn, and `b` of weight 1 two.
    let first = (0, 8 * KIB);
    let later = (US, 8 * KIB);
    let a = [first, later, later, later, later, later, later, later];
    let sent = order([2, 1], [&a, &[later; 4]]);
    assert_eq!(sent.join(" "), "a0 a1 a2 a3 b0 b1 a4 a5 a6 a7 b2 b3");
}

#[test]
fn a_class_found_empty_keeps_no_deficit() {
    // `a0` leaves half a quantum, 8 KiB, and nothing else of its class is there when it ends at
    // 8.2 us. While `b0` is sent, to 24.6 us, two more come: with what was left `a2` would follow
    // `a1` at once, and without it has to wait for the next turn.
    let a = [(0, 8 * KIB), (10 * US, 16 * KIB), (10 * US, 8 * KIB)];
    let b = [(US, 16 * KIB), (US, 16 * KIB)];
    assert_eq!(order([1, 1], [&a, &b]).join(" "), "a0 b0 a1 b1 a2");
}
