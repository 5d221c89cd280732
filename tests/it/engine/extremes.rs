//! Valid networks at the edge of the numbers: no overflow, no time in the past.

use csvnet::engine::RunPlan;
use csvnet::network::{
    Arrivals, Direction, Framing, Mix, Network, Port, Service, Source, Station, StationKind,
    TraceIo, Visit,
};
use csvnet::random::Shape;

use crate::support::{
    SECOND, SEED, US, at, constant, instants, outstanding, run, sized, to_the_end,
};

/// Every kind of station but ports, and ports of one and of two classes.
fn kinds() -> Vec<StationKind> {
    vec![
        StationKind::Fifo { servers: 1, cost_rise: 0.0 },
        StationKind::Fifo { servers: 3, cost_rise: 1e300 },
        StationKind::Delay,
        StationKind::Shared { servers: 1 },
        StationKind::Priority { classes: 2 },
        StationKind::Limiter { burst_ps: u64::MAX },
        StationKind::Limiter { burst_ps: 0 },
        port(1e300, vec![1]),
        port(1e300, vec![1, 1]),
        port(1e-300, vec![u32::MAX, 1]),
    ]
}

fn port(ps_per_byte: f64, weights: Vec<u32>) -> StationKind {
    StationKind::Port(Port {
        ps_per_byte,
        latency_ps: u64::MAX,
        weights,
        changes: Vec::new(),
        link: None,
    })
}

#[test]
fn times_beyond_the_clock_end_at_its_last_instant() {
    let wire = Service::Wire { header_bytes: 1, payload: true, framing: Framing::NONE };
    let long = Service::time(1e300, 1e300, Shape::Exponential);
    for kind in kinds() {
        let mut net = Network::default();
        let is_port = matches!(kind, StationKind::Port(_));
        let station = net.add_station(Station::new("station", kind.clone()));
        let after = net.add_station(Station::port("after", 1e9, u64::MAX));
        let service = if is_port { wire } else { long };
        let steps = vec![
            at(station, "role", service),
            at(after, "after", wire),
            at(station, "again", service),
        ];
        let route = net.add_route("route", steps);
        let at_ps = [0, 0, US, u64::MAX - 1];
        net.add_source(sized("early", route, Direction::Read, 9, instants(9, &at_ps)));
        let record = run(&net, &to_the_end());
        assert_eq!((record.issued, record.completed), (4, 4), "{kind:?}");
    }
}

#[test]
fn sources_beyond_the_clock_issue_nothing_in_the_window() {
    for arrivals in [
        Arrivals::Poisson { interval_ps: 1e300 },
        Arrivals::Paced { interval_ps: 1e300 },
        Arrivals::Throttled { outstanding: 3, lanes: 2, interval_ps: 1e300, clock: None },
    ] {
        let mut net = Network::default();
        let delay = net.add_station(Station::new("delay", StationKind::Delay));
        let route = net.add_route("route", vec![at(delay, "role", constant(US))]);
        net.add_source(Source::of("rare", route, arrivals));
        assert_eq!(run(&net, &RunPlan::new(SEED, 0, SECOND)).issued, 0);
    }
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("route", vec![at(delay, "role", constant(US))]);
    let thinks = Arrivals::Closed { outstanding: 2, think_ps: 1e300, think_shape: Shape::Constant };
    net.add_source(Source::of("thinker", route, thinks));
    assert_eq!(run(&net, &RunPlan::new(SEED, 0, SECOND)).completed, 2);
}

#[test]
fn frames_of_one_byte_do_not_overflow() {
    let framing = Framing { payload: 1, overhead: u32::MAX };
    let wire = Service::Wire { header_bytes: u32::MAX, payload: true, framing };
    let mut net = Network::default();
    let port = net.add_station(Station::port("port", 1e9, 0));
    let route = net.add_route("route", vec![Visit::new(port, "send", wire).into()]);
    let large = 1 << 32;
    net.add_source(sized("guest", route, Direction::Write, large, instants(large, &[0, 1])));
    assert_eq!(run(&net, &to_the_end()).completed, 2);
}

#[test]
fn the_window_may_be_empty() {
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("route", vec![at(delay, "role", constant(US))]);
    net.add_source(sized("guest", route, Direction::Read, 1, outstanding(1)));
    for (warm_up, horizon) in [(SECOND / 100, SECOND / 1_000), (0, 0), (US, US)] {
        let record = run(&net, &RunPlan::new(SEED, warm_up, horizon));
        assert_eq!(record.stations[0].busy_ps, 0);
        assert!(record.window_ps >= 1);
    }
}

#[test]
fn the_last_entry_of_the_largest_mix_is_reached_and_a_larger_one_is_refused() {
    // An I/O remembers its entry in 16 bits; a trace names the last entry of its mix.
    let build = |entries: u32| {
        let mut net = Network::default();
        let delay = net.add_station(Station::new("delay", StationKind::Delay));
        let short = net.add_route("short", vec![at(delay, "role", constant(US))]);
        let long = net.add_route("long", vec![at(delay, "role", constant(9 * US))]);
        let entry = |route| Mix { weight: 1.0, direction: Direction::Read, bytes: 1, route };
        let mut mix = vec![entry(short); entries as usize - 1];
        mix.push(entry(long));
        let io = TraceIo { at_ps: 0, bytes: 1, mix: entries - 1 };
        let arrivals = Arrivals::Trace(vec![io].into());
        let (label, active) = ("replay".into(), csvnet::network::Active::default());
        net.add_source(Source { label, group: None, arrivals, mix, active });
        net
    };
    let record = run(&build(1 << 16), &to_the_end());
    assert_eq!(record.groups[0].reads.latency.max_ps(), Some(9 * US));
    assert!(build((1 << 16) + 1).validate().is_err());
}

#[test]
fn a_source_without_a_group_is_refused() {
    // `add_source` gives it one; a source put in by hand may have none.
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("route", vec![at(delay, "role", constant(US))]);
    net.sources.push(Source::of("guest", route, instants(1, &[0])));
    assert!(net.validate().is_err());
}

#[test]
fn busy_time_beyond_its_counter_stays_at_the_greatest_number() {
    // 200,000 I/Os busy for 100 s are 2e19 ps, and 64 bits hold 1.8e19.
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("route", vec![at(delay, "role", constant(1_000 * SECOND))]);
    net.add_source(Source::closed("sleepers", route, 200_000));
    let record = run(&net, &RunPlan::new(SEED, 0, 100 * SECOND));
    assert_eq!(record.stations[0].visits, 200_000);
    assert_eq!(record.stations[0].busy_ps, u64::MAX);
    assert_eq!(record.stations[0].response_ps, 200_000 * u128::from(1_000 * SECOND));
}
