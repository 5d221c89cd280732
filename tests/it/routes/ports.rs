//! Pipelining: what one transfer takes through several ports.

use csvnet::network::{
    Direction, Framing, Network, Port, Service, Station, StationId, StationKind, Step, Visit,
};

use crate::support::{NS, SECOND, US, at, constant, instants, run, sized, to_the_end};

const MIB: u64 = 1 << 20;
const WIRE: Service = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };

/// Latencies of 1 MiB transfers that enter at `starts` and pass ports of whole picoseconds a byte
/// and a latency, then `tail`.
fn through(ports: &[(u64, u64, Vec<u32>)], starts: &[u64], tail: Option<u64>) -> (u64, u64) {
    let mut net = Network::default();
    let roles = ["first", "second", "third"];
    let mut steps: Vec<Step> = Vec::new();
    for ((ps_per_byte, latency_ps, weights), role) in ports.iter().zip(roles) {
        let kind = StationKind::Port(Port {
            ps_per_byte: *ps_per_byte as f64,
            latency_ps: *latency_ps,
            weights: weights.clone(),
            changes: Vec::new(),
            link: None,
        });
        let port: StationId = net.add_station(Station::new(role, kind));
        steps.push(Visit::new(port, role, WIRE).into());
    }
    if let Some(tail) = tail {
        let last = net.add_station(Station::fifo("last", 1));
        steps.push(at(last, "last", constant(tail)));
    }
    let route = net.add_route("through", steps);
    net.add_source(sized("guest", route, Direction::Write, MIB, instants(MIB, starts)));
    let record = run(&net, &to_the_end());
    for (station, (ps_per_byte, ..)) in record.stations.iter().zip(ports) {
        assert_eq!(station.busy_ps, starts.len() as u64 * MIB * ps_per_byte);
    }
    let latency = &record.groups[0].writes.latency;
    (latency.min_ps().expect("one completed"), latency.max_ps().expect("one completed"))
}

/// Both kinds of port: one class, and several.
fn both(ports: &[(u64, u64)], starts: &[u64], tail: Option<u64>) -> (u64, u64) {
    let with = |weights: &[u32]| -> Vec<(u64, u64, Vec<u32>)> {
        ports.iter().map(|(rate, latency)| (*rate, *latency, weights.to_vec())).collect()
    };
    let single = through(&with(&[1]), starts, tail);
    assert_eq!(single, through(&with(&[1, 1]), starts, tail), "a second class that sends nothing");
    single
}

#[test]
fn two_equal_idle_ports_take_one_serialization() {
    // 10 Gbit/s: 800 ps a byte.
    let whole = MIB * 800;
    let one = both(&[(800, US)], &[0], None);
    let two = both(&[(800, US), (800, US)], &[0], None);
    let three = both(&[(800, US), (800, 2 * US), (800, 3 * NS)], &[0], None);
    assert_eq!(one, (whole + US, whole + US));
    assert_eq!(two.0, whole + 2 * US);
    assert_eq!(three.0, whole + 3 * US + 3 * NS);
}

#[test]
fn a_slow_port_sets_the_pace_on_either_side() {
    // 10 Gbit/s into 40 Gbit/s: the fast port is through when the last bit has come in.
    let (slow, fast) = (800, 200);
    assert_eq!(both(&[(slow, US), (fast, US)], &[0], None).0, MIB * slow + 2 * US);
    // 40 into 10: the slow port starts with the first bit and takes its own time.
    assert_eq!(both(&[(fast, US), (slow, US)], &[0], None).0, MIB * slow + 2 * US);
    // The slowest anywhere.
    for ports in [[slow, fast, fast], [fast, slow, fast], [fast, fast, slow]] {
        let ports = ports.map(|rate| (rate, US));
        assert_eq!(both(&ports, &[0], None).0, MIB * slow + 3 * US, "{ports:?}");
    }
}

#[test]
fn after_the_last_port_everything_has_arrived() {
    // What follows is no port, so it starts with the last bit.
    let whole = MIB * 800;
    assert_eq!(both(&[(800, US), (800, US)], &[0], Some(5 * US)).0, whole + 2 * US + 5 * US);
}

#[test]
fn transfers_queue_at_the_first_port_only() {
    // Three at once through two equal ports: 1, 2 and 3 serializations, one latency each.
    let whole = MIB * 800;
    let (first, last) = both(&[(800, US), (800, US)], &[0, 0, 0], None);
    assert_eq!(first, whole + 2 * US);
    assert_eq!(last, 3 * whole + 2 * US);
}

#[test]
fn a_busy_second_port_is_waited_for() {
    // The second port is four times slower: the transfers queue before it.
    let (first, last) = both(&[(200, US), (800, US)], &[0, 0, 0], None);
    assert_eq!(first, MIB * 800 + 2 * US);
    assert_eq!(last, 3 * MIB * 800 + 2 * US);
}

#[test]
fn bytes_are_counted_when_their_transfer_starts() {
    // Two transfers of 0.6 s each at once: the second starts in second 0 and ends in second 1.
    let mut net = Network::default();
    let ps_per_byte = (6 * SECOND / 10 / MIB) as f64;
    let kind = StationKind::Port(Port {
        ps_per_byte,
        latency_ps: 0,
        weights: vec![1],
        changes: Vec::new(),
        link: None,
    });
    let port = net.add_station(Station::new("port", kind));
    let route = net.add_route("send", vec![at(port, "send", WIRE)]);
    net.add_source(sized("guest", route, Direction::Write, MIB, instants(MIB, &[0, 0, 0])));
    let record = run(&net, &to_the_end());
    let bins = record.stations[0].wire_bins.as_ref().expect("ports have bins");
    assert_eq!(bins.bins(), [2 * MIB, MIB]);
}
