//! Cost of an approximate solution; see README.md beside this file.

#![expect(missing_docs, reason = "the macros of criterion document nothing")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use csvnet::analytic::{Folded, solve};
use csvnet::network::{
    Arrivals, Direction, Framing, Mix, Network, SelectorId, SelectorKind, Service, Source, Station,
    StationId, StationKind, Step, Visit,
};
use csvnet::random::{Seed, Shape, Stream};

const US: f64 = 1e6;

struct Node {
    cores: StationId,
    bus: StationId,
    channels: Vec<StationId>,
    choice: SelectorId,
    send: StationId,
    receive: StationId,
    disk: StationId,
}

fn visit(station: StationId, role: &'static str, us: f64, per_byte: f64) -> Step {
    Visit::new(station, role, Service::time(us * US, per_byte, Shape::Exponential)).into()
}

fn wire(port: StationId, role: &'static str, payload: bool) -> Step {
    let framing = Framing { payload: 1460, overhead: 78 };
    Visit::new(port, role, Service::Wire { header_bytes: 200, payload, framing }).into()
}

fn node(net: &mut Network, n: usize) -> Node {
    let mut add = |part: &str, kind| net.add_station(Station::new(format!("{n}/{part}"), kind));
    let fifo = |servers| StationKind::Fifo { servers, cost_rise: 0.0 };
    let port = || Station::port("", 25e9, 500_000).kind;
    Node {
        cores: add("cores", StationKind::Fifo { servers: 32, cost_rise: 0.1 }),
        bus: add("bus", fifo(4)),
        channels: (0..4).map(|c| add(&format!("channel {c}"), fifo(1))).collect(),
        send: add("tx", port()),
        receive: add("rx", port()),
        disk: add("disk", fifo(16)),
        choice: net.add_selector(format!("{n}/channels"), SelectorKind::RoundRobin(4)),
    }
}

fn route(own: StationId, home: &Node, owner: Option<&Node>, f: f64, write: bool) -> Vec<Step> {
    let mut steps = vec![
        visit(own, "vcpu", 10.0 * f, 0.0),
        visit(home.bus, "bus", 2.0 * f, 0.05),
        visit(home.cores, "host", 8.0 * f, 0.1),
    ];
    let disk = owner.unwrap_or(home).disk;
    if let Some(owner) = owner {
        let channel = |&c: &StationId| vec![visit(c, "channel", 2.0, 0.05)];
        let branches = home.channels.iter().map(channel).collect();
        steps.push(Step::Choose { selector: home.choice, role: "channel", branches });
        steps.extend([wire(home.send, "out", write), wire(owner.receive, "in", write)]);
        steps.push(visit(owner.cores, "server", 12.0 * f, 0.1));
    }
    steps.push(visit(disk, "disk", if write { 60.0 } else { 100.0 } * f, 0.5));
    if let Some(owner) = owner {
        steps.extend([wire(owner.send, "back out", !write), wire(home.receive, "back in", !write)]);
    }
    steps.push(visit(own, "done", 3.0, 0.0));
    steps
}

/// Guests on all nodes, each node's on the disks of all nodes in turn; all alike or none.
fn cluster(nodes: usize, guests: usize, alike: bool) -> Network {
    let mut net = Network::default();
    let parts: Vec<Node> = (0..nodes).map(|n| node(&mut net, n)).collect();
    let stream = Stream::new(Seed(42), 0, "guests");
    for guest in 0..guests {
        let (home, owner) = (guest % nodes, (guest + guest / nodes) % nodes);
        let draw = |k: u64| if alike { 0.35 } else { stream.unit(4 * guest as u64 + k) };
        let own = net.add_station(Station::fifo(format!("guest {guest}/vcpu"), 4));
        let arrivals = Arrivals::Closed {
            outstanding: 1 + (32.0 * draw(0)) as u32,
            think_ps: 500.0 * US * draw(1),
            think_shape: Shape::Exponential,
        };
        let bytes = 4096 << (5.0 * draw(2)) as u32;
        let far = (home != owner).then(|| &parts[owner]);
        let mix = [(Direction::Read, 0.7), (Direction::Write, 0.3)].map(|(direction, weight)| {
            let write = direction == Direction::Write;
            let steps = route(own, &parts[home], far, 0.3 + 2.0 * draw(3), write);
            Mix { weight, direction, bytes, route: net.add_route("io", steps) }
        });
        let label = format!("guest {guest}");
        let (mix, active) = (mix.to_vec(), csvnet::network::Active::default());
        net.add_source(Source { label, group: None, arrivals, mix, active });
    }
    net
}

fn benches(c: &mut Criterion) {
    let large = cluster(64, 8000, true);
    let unlike = cluster(8, 100, false);
    let mut group = c.benchmark_group("analytic");
    group.sample_size(10);
    group.bench_function("8000 alike, check", |b| b.iter(|| black_box(large.validate().is_ok())));
    group.bench_function("8000 alike, check and fold", |b| {
        b.iter(|| black_box(Folded::new(&large).is_ok()));
    });
    let folded = Folded::new(&large).expect("the cluster is valid");
    group.bench_function("8000 alike, solve", |b| b.iter(|| black_box(folded.solve().is_ok())));
    group.bench_function("100 unlike, all", |b| b.iter(|| black_box(solve(&unlike).is_ok())));
    group.finish();
}

criterion_group!(analytic, benches);
criterion_main!(analytic);
