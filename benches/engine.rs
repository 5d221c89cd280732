//! Cost of a simulated I/O; see README.md beside this file.

#![expect(missing_docs, reason = "the macros of criterion document nothing")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use csvnet::engine::{RunPlan, simulate};
use csvnet::network::{Network, SelectorKind, Service, Source, Station, Step, Visit};
use csvnet::random::{Seed, Shape};

const SECOND_PS: u64 = 1_000_000_000_000;

fn exponential(us: f64) -> Service {
    Service::time(us * 1e6, 0.0, Shape::Exponential)
}

fn log_normal(us: f64) -> Service {
    Service::time(us * 1e6, 0.0, Shape::log_normal(1.0).expect("1 is in range"))
}

/// M/M/1 at utilisation 0.8, a microsecond a job.
fn m1() -> Network {
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("server", 1));
    let route = net.add_route("job", vec![Visit::new(station, "server", exponential(1.0)).into()]);
    net.add_source(Source::poisson("arrivals", route, 0.8e6));
    net
}

/// Closed, eight hops over nine stations, one of them two parallel links.
fn m2(outstanding: u32) -> Network {
    let mut net = Network::default();
    let links = net.add_selector("links", SelectorKind::Weights(vec![1.0, 1.0]));
    let mut hop = |role: &'static str, service| -> Step {
        Visit::new(net.add_station(Station::fifo(role, 1)), role, service).into()
    };
    let steps = vec![
        hop("vm", exponential(1.0)),
        hop("host", exponential(1.2)),
        hop("smb client", log_normal(1.5)),
        Step::Choose {
            selector: links,
            role: "link",
            branches: vec![
                vec![hop("link a", exponential(2.0))],
                vec![hop("link b", exponential(2.0))],
            ],
        },
        hop("switch", exponential(0.5)),
        hop("nic", exponential(1.0)),
        hop("coordinator", log_normal(1.6)),
        hop("storage", log_normal(2.0)),
    ];
    let route = net.add_route("io", steps);
    net.add_source(Source::closed("guests", route, outstanding));
    net
}

fn engine(c: &mut Criterion) {
    let mut group = c.benchmark_group("engine");
    group.sample_size(10);
    for (name, net) in [("m1", m1()), ("m2, 64", m2(64)), ("m2, 65536", m2(65_536))] {
        let plan = RunPlan::new(Seed(1), 0, SECOND_PS / 5);
        let ios = simulate(&net, &plan, &|| false).expect("a valid network").completed;
        group.throughput(Throughput::Elements(ios));
        group.bench_function(name, |b| b.iter(|| simulate(&net, &plan, &|| false)));
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
