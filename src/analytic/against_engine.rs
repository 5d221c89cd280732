//! The solver against the engine, on networks made by hand. Each states how far apart they may be.

use super::*;
use crate::engine::{RunPlan, RunRecord, simulate};
use crate::network::{
    Arrivals, Framing, SelectorKind, Service, Source, Station, StationId, StationKind, Step, Visit,
    Wait,
};
use crate::random::{Seed, Shape};

/// A microsecond in picoseconds.
const US: f64 = 1e6;

fn visit(station: StationId, role: &'static str, us: f64, shape: Shape) -> Step {
    Visit::new(station, role, Service::time(us * US, 0.0, shape)).into()
}

fn wire(station: StationId, role: &'static str) -> Step {
    let framing = Framing { payload: 1460, overhead: 78 };
    Visit::new(station, role, Service::Wire { header_bytes: 200, payload: true, framing }).into()
}

fn variable() -> Shape {
    Shape::log_normal(1.0).unwrap()
}

fn measured(run: &RunRecord, group: usize) -> (f64, f64) {
    let (reads, writes) = (&run.groups[group].reads, &run.groups[group].writes);
    let count = reads.count + writes.count;
    let iops = count as f64 / (run.window_ps as f64 * 1e-12);
    (iops, reads.latency.mean_secs().unwrap())
}

/// Compares rate and latency of every group, and the utilisation of every station.
fn compare(name: &str, net: &Network, horizon_us: f64, rate: f64, latency: f64) -> Analytic {
    let out = solve(net).unwrap();
    let horizon = (horizon_us * US) as u64;
    let run = simulate(net, &RunPlan::new(Seed(7), horizon / 10, horizon), &|| false).unwrap();
    println!("{name}: {:?} {} iterations, converged {}", out.method, out.iterations, out.converged);
    for (i, group) in out.groups.iter().enumerate() {
        let (iops, mean) = measured(&run, i);
        let (x, r) = (group.iops / iops - 1.0, group.latency_s / mean - 1.0);
        println!(
            "  group {i}: {:.0} / {iops:.0} IOPS {:+.2} %, {:.3} / {:.3} us {:+.2} %",
            group.iops,
            100.0 * x,
            group.latency_s * 1e6,
            mean * 1e6,
            100.0 * r
        );
        assert!(x.abs() < rate, "{name}: rate of group {i} is off by {x}");
        assert!(r.abs() < latency, "{name}: latency of group {i} is off by {r}");
    }
    for (i, station) in out.stations.iter().enumerate() {
        let servers = net.stations.as_slice()[i].servers();
        let record = &run.stations[i];
        let used = record.busy_ps as f64 / run.window_ps as f64 / servers;
        let stay = record.response_ps as f64 / record.visits.max(1) as f64 * 1e-6;
        println!(
            "    {}: use {:.3} / {used:.3}, stay {:.3} / {stay:.3} us",
            net.stations.as_slice()[i].label,
            station.utilisation,
            station.residence_s * 1e6
        );
    }
    out
}

/// The path of one I/O from a guest to the storage and back.
fn path(outstanding: u32) -> Network {
    let mut net = Network::default();
    let add = |net: &mut Network, label: &str| net.add_station(Station::fifo(label, 1));
    let labels = ["vm", "host", "smb", "link1", "link2", "switch", "nic", "coord", "storage"];
    let ids: Vec<_> = labels.iter().map(|l| add(&mut net, l)).collect();
    let selector = net.add_selector("links", SelectorKind::Weights(vec![1.0, 1.0]));
    let exponential = Shape::Exponential;
    let branches = vec![
        vec![visit(ids[3], "link1", 2.0, exponential)],
        vec![visit(ids[4], "link2", 2.0, exponential)],
    ];
    let steps = vec![
        visit(ids[0], "vm", 1.0, exponential),
        visit(ids[1], "host", 1.2, exponential),
        visit(ids[2], "smb", 1.5, variable()),
        Step::Choose { selector, role: "links", branches },
        visit(ids[5], "switch", 0.5, exponential),
        visit(ids[6], "nic", 1.0, exponential),
        visit(ids[7], "coord", 1.6, variable()),
        visit(ids[8], "storage", 2.0, variable()),
    ];
    let route = net.add_route("io", steps);
    net.add_source(Source::closed("vm", route, outstanding));
    net
}

#[test]
fn a_path_with_64_outstanding_runs_at_its_bottleneck() {
    let out = compare("path 64", &path(64), 400_000.0, 0.03, 0.03);
    assert!((1e6 / out.groups[0].iops - 2.0).abs() < 0.1);
    compare("path 8", &path(8), 400_000.0, 0.05, 0.05);
    compare("path 1", &path(1), 400_000.0, 0.02, 0.02);
}

fn ports(arrivals: Arrivals) -> Network {
    let mut net = Network::default();
    let host = net.add_station(Station::fifo("host", 4));
    let tx = net.add_station(Station::port("tx", 25e9, 100_000));
    let up = net.add_station(Station::port("switch", 25e9, 600_000));
    let rx = net.add_station(Station::port("rx", 10e9, 100_000));
    let steps = vec![
        visit(host, "host", 8.0, Shape::Exponential),
        wire(tx, "tx"),
        wire(up, "up"),
        wire(rx, "rx"),
    ];
    let route = net.add_route("io", steps);
    let mut source = Source::of("vm", route, arrivals);
    source.mix[0].bytes = 8192;
    net.add_source(source);
    net
}

#[test]
fn pipelined_ports_serialize_once() {
    let closed =
        |outstanding| Arrivals::Closed { outstanding, think_ps: 0.0, think_shape: Shape::Constant };
    compare("ports 1", &ports(closed(1)), 200_000.0, 0.02, 0.02);
    compare("ports 3", &ports(closed(3)), 200_000.0, 0.05, 0.05);
    compare("ports 16", &ports(closed(16)), 200_000.0, 0.03, 0.03);
    let poisson = Arrivals::Poisson { interval_ps: 10.0 * US };
    compare("ports open", &ports(poisson), 1_000_000.0, 0.02, 0.10);
}

/// Two nodes whose ports feed one port.
#[test]
fn two_ports_that_feed_one_queue_there() {
    let mut net = Network::default();
    let rx = net.add_station(Station::port("rx", 25e9, 100_000));
    for i in 0..2 {
        let tx = net.add_station(Station::port(format!("tx{i}"), 25e9, 100_000));
        let disk = net.add_station(Station::fifo(format!("disk{i}"), 8));
        let steps =
            vec![visit(disk, "disk", 20.0, Shape::Exponential), wire(tx, "tx"), wire(rx, "rx")];
        let route = net.add_route("io", steps);
        let mut source = Source::closed(format!("vm{i}"), route, 8);
        source.mix[0].bytes = 8192;
        net.add_source(source);
    }
    compare("two into one", &net, 200_000.0, 0.05, 0.05);
}

fn mirrored(arrivals: Arrivals, wait: Wait) -> Network {
    let mut net = Network::default();
    let host = net.add_station(Station::fifo("host", 1));
    let mut branches = Vec::new();
    for role in ["one", "two", "three"] {
        let disk = net.add_station(Station::fifo(role, 1));
        branches.push(vec![visit(disk, role, 5.0, Shape::Exponential)]);
    }
    let steps = vec![visit(host, "host", 2.0, Shape::Exponential), Step::Fork { wait, branches }];
    let route = net.add_route("write", steps);
    net.add_source(Source::of("vm", route, arrivals));
    net
}

#[test]
fn a_mirrored_write_waits_for_the_slowest_copy() {
    let closed =
        |outstanding| Arrivals::Closed { outstanding, think_ps: 0.0, think_shape: Shape::Constant };
    compare("mirror 1", &mirrored(closed(1), Wait::All), 500_000.0, 0.05, 0.05);
    compare("mirror 4", &mirrored(closed(4), Wait::All), 500_000.0, 0.08, 0.08);
    compare("mirror 32", &mirrored(closed(32), Wait::All), 500_000.0, 0.08, 0.08);
    let poisson = Arrivals::Poisson { interval_ps: 10.0 * US };
    compare("mirror open", &mirrored(poisson.clone(), Wait::All), 2_000_000.0, 0.02, 0.10);
    compare("quorum open", &mirrored(poisson, Wait::First(2)), 2_000_000.0, 0.02, 0.08);
}

fn large(outstanding: u32, window: Option<u32>) -> Network {
    let mut net = Network::default();
    let host = net.add_station(Station::fifo("host", 1));
    let cores = net.add_station(Station::fifo("cores", 4));
    let tx = net.add_station(Station::port("tx", 25e9, 100_000));
    let rx = net.add_station(Station::port("rx", 25e9, 100_000));
    let disk = net.add_station(Station::fifo("disk", 8));
    let body = vec![
        visit(cores, "cores", 10.0, Shape::Exponential),
        wire(tx, "tx"),
        wire(rx, "rx"),
        visit(disk, "disk", 80.0, variable()),
    ];
    let steps = vec![
        visit(host, "host", 3.0, Shape::Exponential),
        Step::Split { chunk_bytes: 65_536, window, body },
    ];
    let route = net.add_route("read", steps);
    let mut source = Source::closed("vm", route, outstanding);
    source.mix[0].bytes = 1 << 20;
    net.add_source(source);
    net
}

#[test]
fn a_large_transfer_overlaps_its_chunks() {
    compare("split 1", &large(1, None), 2_000_000.0, 0.06, 0.06);
    compare("split 1 by 2", &large(1, Some(2)), 2_000_000.0, 0.06, 0.06);
    compare("split 8", &large(8, None), 2_000_000.0, 0.02, 0.02);
}

#[test]
fn open_and_closed_sources_share_stations() {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let cores = net.add_station(Station::fifo("cores", 4));
    let shared = net.add_station(Station::new("shared", StationKind::Shared { servers: 1 }));
    let steps = vec![
        visit(cores, "cores", 6.0, Shape::Exponential),
        visit(shared, "shared", 2.0, variable()),
        visit(disk, "disk", 2.0, Shape::Exponential),
    ];
    let route = net.add_route("io", steps);
    net.add_source(Source::closed("closed", route, 6));
    net.add_source(Source::of("open", route, Arrivals::Poisson { interval_ps: 8.0 * US }));
    net.add_source(Source::of("paced", route, Arrivals::Paced { interval_ps: 20.0 * US }));
    compare("mixed", &net, 1_000_000.0, 0.05, 0.10);
}

#[test]
fn several_servers_in_a_closed_network() {
    for (outstanding, rise) in [(3, 0.0), (6, 0.0), (12, 0.0), (12, 0.5), (64, 0.5)] {
        let mut net = Network::default();
        let kind = StationKind::Fifo { servers: 4, cost_rise: rise };
        let cores = net.add_station(Station::new("cores", kind));
        let disk = net.add_station(Station::fifo("disk", 1));
        let far = net.add_station(Station::new("far", StationKind::Delay));
        let steps = vec![
            visit(cores, "cores", 8.0, Shape::Exponential),
            visit(disk, "disk", 1.5, Shape::Exponential),
            visit(far, "far", 5.0, Shape::Constant),
        ];
        let route = net.add_route("io", steps);
        net.add_source(Source::closed("vm", route, outstanding));
        compare(&format!("servers {outstanding} {rise}"), &net, 500_000.0, 0.06, 0.06);
    }
}

#[test]
fn the_least_busy_of_several_paths() {
    let mut net = Network::default();
    let mut branches = Vec::new();
    for role in ["one", "two", "three", "four"] {
        let id = net.add_station(Station::fifo(role, 1));
        branches.push(vec![visit(id, role, 4.0, Shape::Exponential)]);
    }
    let selector = net.add_selector("paths", SelectorKind::LeastOutstanding(4));
    let steps = vec![Step::Choose { selector, role: "path", branches }];
    let route = net.add_route("io", steps);
    net.add_source(Source::of("vm", route, Arrivals::Poisson { interval_ps: 1.25 * US }));
    compare("least busy", &net, 500_000.0, 0.02, 0.15);
}
