//! What holds in every run, up to the ends of the window.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Arrivals, Direction, Framing, Network, Port, Service, Source, Station, StationId, StationKind,
    Visit,
};

use crate::support::{
    MS, NS, SECOND, SEED, US, at, bytes, constant, count, group, instants, mean_latency,
    outstanding, run, sized, to_the_end,
};

const WIRE: Service = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };

/// A network with a station of every kind, each visited once by every I/O, with constant times.
fn every_kind() -> (Network, Vec<(StationId, f64)>) {
    let mut net = Network::default();
    let port = |weights: Vec<u32>| {
        StationKind::Port(Port {
            ps_per_byte: 800.0,
            latency_ps: US,
            weights,
            changes: Vec::new(),
            link: None,
        })
    };
    let kinds = [
        ("one", StationKind::Fifo { servers: 1, cost_rise: 0.0 }, constant(30 * US)),
        ("three", StationKind::Fifo { servers: 3, cost_rise: 0.0 }, constant(80 * US)),
        ("delay", StationKind::Delay, constant(100 * US)),
        ("shared", StationKind::Shared { servers: 2 }, constant(60 * US)),
        ("priority", StationKind::Priority { classes: 2 }, constant(25 * US)),
        ("limiter", StationKind::Limiter { burst_ps: 0 }, constant(33 * US)),
        ("port", port(vec![1]), WIRE),
        ("weighted", port(vec![1, 2]), WIRE),
    ];
    let mut stations = Vec::new();
    let mut steps = Vec::new();
    for (label, kind, service) in kinds {
        let station = net.add_station(Station::new(label, kind));
        stations.push((station, service.mean_ps(BYTES, 800.0)));
        steps.push(at(station, label, service));
    }
    let route = net.add_route("all", steps);
    net.add_source(sized("guests", route, Direction::Write, BYTES, outstanding(LANES)));
    (net, stations)
}

const BYTES: u64 = 40_000;
const LANES: u32 = 20;

#[test]
fn utilisation_is_throughput_times_demand_at_every_kind_of_station() {
    let (net, stations) = every_kind();
    let record = run(&net, &RunPlan::new(SEED, 100 * MS, 1_100 * MS));
    let completed = count(&record, 0) as f64;
    assert!(completed > 20_000.0, "the slowest station passes one each 33 us: {completed}");
    for (station, demand_ps) in stations {
        if matches!(net.stations[station].kind, StationKind::Delay) {
            continue;
        }
        let busy = record.stations[station.index()].busy_ps as f64;
        // At each end of the window at most every I/O is elsewhere than it is counted.
        let slack = 2.0 * f64::from(LANES) * demand_ps;
        let label = &net.stations[station].label;
        assert!((busy - completed * demand_ps).abs() <= slack, "{label}: {busy}");
    }
}

#[test]
fn little_holds_in_a_closed_network() {
    // The number inside is fixed: N * window = sum of the times spent at the stations and in
    // between, and also throughput * latency. Only stays that straddle an end may differ.
    let (net, stations) = every_kind();
    let record = run(&net, &RunPlan::new(SEED, 100 * MS, 1_100 * MS));
    let window = record.window_ps as f64;
    let at_stations: f64 =
        stations.iter().map(|(s, _)| record.stations[s.index()].response_ps as f64).sum();
    let latency = mean_latency(&record, 0);
    let slack = 2.0 * latency * 1e12 / window;
    let inside = f64::from(LANES);
    assert!(slack < 0.01, "the window is long against the latency");
    let by_latency = count(&record, 0) as f64 * latency * 1e12 / window;
    assert!((by_latency / inside - 1.0).abs() < slack, "{by_latency}");
    // The last bit of a transfer travels on for 1 us after the port is free, and a transfer in
    // one of two consecutive ports is in both but for that microsecond.
    let ports: f64 = ["port", "weighted"].iter().map(|l| overlap(&net, &record, l)).sum();
    let by_stations = (at_stations + ports) / window;
    assert!((by_stations / inside - 1.0).abs() < slack, "{by_stations}");
}

/// What the latency of an I/O has that the record of a port lacks (positive) or counts twice.
fn overlap(net: &Network, record: &RunRecord, label: &str) -> f64 {
    let (station, _) = net
        .stations
        .iter_ids()
        .find(|(_, s)| s.label == label)
        .expect("the network has this station");
    let visits = record.stations[station.index()].visits as f64;
    if label == "port" {
        // Piped: goes on one propagation after its start, so its service is counted in the next.
        visits * (US as f64 - BYTES as f64 * 800.0)
    } else {
        visits * US as f64
    }
}

#[test]
fn little_holds_at_every_station_of_an_open_network() {
    // Two open sources at a station each of one kind: visits * response integrates the number
    // inside. It is recomputed from the latencies, which are measured at another place.
    for kind in [
        StationKind::Fifo { servers: 1, cost_rise: 0.0 },
        StationKind::Fifo { servers: 2, cost_rise: 0.5 },
        StationKind::Delay,
        StationKind::Shared { servers: 1 },
        StationKind::Priority { classes: 1 },
        StationKind::Limiter { burst_ps: 20 * US },
    ] {
        let mut net = Network::default();
        let station = net.add_station(Station::new("station", kind.clone()));
        let route = net.add_route("route", vec![at(station, "role", constant(10 * US))]);
        let times: Vec<u64> = (0..2_000).map(|k| k * 11 * US + (k * k % 97) * US).collect();
        let mut sorted = times.clone();
        sorted.sort_unstable();
        net.add_source(sized("a", route, Direction::Read, 1, instants(1, &sorted)));
        net.add_source(sized("b", route, Direction::Write, 1, instants(1, &sorted[..500])));
        let record = run(&net, &to_the_end());
        assert_eq!(record.completed, 2_500);
        let latencies: f64 =
            (0..2).map(|g| count(&record, g) as f64 * mean_latency(&record, g) * 1e12).sum();
        let responses = record.stations[0].response_ps as f64;
        assert!((latencies / responses - 1.0).abs() < 1e-9, "{kind:?}: {latencies} {responses}");
    }
}

#[test]
fn weights_share_a_saturated_port() {
    // Deficit round robin of messages of m bytes with quantum q * weight (Shreedhar, Varghese
    // 1995, theorem 1): over any time in which both wait, the bytes sent per weight differ by at
    // most q + 2 m, with q = 16 KiB a unit of weight. Closing the window may cut one message, and
    // those under way are not yet counted.
    let (message, quantum) = (64 * 1024_u64, 16 * 1024);
    let weights = [1_u32, 3];
    let mut net = Network::default();
    let port = Port {
        ps_per_byte: 800.0,
        latency_ps: US,
        weights: weights.to_vec(),
        changes: Vec::new(),
        link: None,
    };
    let port = net.add_station(Station::new("port", StationKind::Port(port)));
    for (class, label) in ["light", "heavy"].iter().enumerate() {
        let visit = Visit::new(port, "send", WIRE).in_class(class as u8);
        let route = net.add_route(*label, vec![visit.into()]);
        net.add_source(sized(label, route, Direction::Write, message, outstanding(8)));
    }
    let record = run(&net, &RunPlan::new(SEED, 10 * MS, SECOND));
    let per_weight: Vec<f64> =
        (0..2).map(|g| bytes(&record, g) as f64 / f64::from(weights[g])).collect();
    let bound = (quantum + 2 * message + 2 * message) as f64;
    assert!((per_weight[0] - per_weight[1]).abs() <= bound, "{per_weight:?}");
    let least = record.window_ps as f64 / 800.0 * 0.99;
    assert!((bytes(&record, 0) + bytes(&record, 1)) as f64 > least, "the port is saturated");
}

#[test]
fn a_limiter_passes_its_rate_and_its_burst() {
    // One token each 50 us and a burst of 8 tokens: in any time t at most t / 50 us + 8 + 1 pass,
    // and a source that always asks takes them all.
    let (token, burst) = (50 * US, 8 * 50 * US);
    let mut net = Network::default();
    let limiter =
        net.add_station(Station::new("limiter", StationKind::Limiter { burst_ps: burst }));
    let route = net.add_route("limited", vec![at(limiter, "token", constant(token))]);
    net.add_source(Source::closed("greedy", route, 32));
    let window = 500 * MS;
    let record = run(&net, &RunPlan::new(SEED, 0, window));
    let passed = record.completed;
    assert!(passed <= window / token + 9, "{passed}");
    assert!(passed >= window / token, "{passed}");
    let busy = record.stations[0].busy_ps;
    assert!(busy <= window && busy >= window - 10 * US - token, "{busy}");
}

#[test]
fn a_limiter_leaves_a_slower_source_alone() {
    let mut net = Network::default();
    let limiter = net.add_station(Station::new("limiter", StationKind::Limiter { burst_ps: 0 }));
    let route = net.add_route("limited", vec![at(limiter, "token", constant(50 * US))]);
    let paced = Arrivals::Paced { interval_ps: (51 * US) as f64 };
    net.add_source(Source::of("slow", route, paced));
    let record = run(&net, &RunPlan::new(SEED, 0, 100 * MS));
    assert_eq!(record.groups[0].reads.latency.max_ps(), Some(1), "every visit takes a picosecond");
}

#[test]
fn eight_at_once_pass_a_limiter_as_its_burst_allows() {
    // Generic cell rate algorithm by hand, token 10 us, burst 20 us: the first three pass at
    // once, each later one 10 us after the one before.
    let mut net = Network::default();
    let limiter =
        net.add_station(Station::new("limiter", StationKind::Limiter { burst_ps: 20 * US }));
    let route = net.add_route("limited", vec![at(limiter, "token", constant(10 * US))]);
    net.add_source(sized("burst", route, Direction::Read, 1, instants(1, &[NS; 8])));
    let record = run(&net, &to_the_end());
    let sum: u64 = 3 + (1..=5).map(|k| k * 10 * US).sum::<u64>();
    let mean = mean_latency(&record, group(&net, "burst"));
    assert!((mean * 8e12 / sum as f64 - 1.0).abs() < 1e-12, "{mean}");
    assert_eq!(record.groups[0].reads.latency.max_ps(), Some(50 * US));
}

#[test]
fn the_cost_of_a_busy_station_rises_as_stated() {
    // Two servers, a rise of one half: alone 10 us, beside another 15 us.
    let mut net = Network::default();
    let kind = StationKind::Fifo { servers: 2, cost_rise: 0.5 };
    let station = net.add_station(Station::new("cpu", kind));
    let route = net.add_route("route", vec![at(station, "role", constant(10 * US))]);
    net.add_source(sized("two", route, Direction::Read, 1, instants(1, &[0, 0, 100 * US])));
    let record = run(&net, &to_the_end());
    assert_eq!(record.stations[0].busy_ps, 35 * US);
}
