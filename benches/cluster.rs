//! The reference cluster: what reading, compiling, solving and running it costs; see README.md.

#![expect(missing_docs, reason = "the macros of criterion document nothing")]

#[path = "common/scenario.rs"]
mod scenario;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use csvnet::analytic::solve;
use csvnet::engine::{RunPlan, simulate};
use csvnet::random::Seed;

/// Simulated time of a measured run: 50 ms.
const HORIZON_PS: u64 = 50_000_000_000;

fn cluster(c: &mut Criterion) {
    let text = scenario::text();
    let read = scenario::read(&text);
    let compiled = scenario::network(&read);
    let net = &compiled.network;
    let redirected = compiled.disks.iter().filter(|d| d.path.crosses_network()).count();
    assert_eq!(redirected, scenario::VMS / 2, "half of the machines are redirected");

    let mut group = c.benchmark_group("cluster");
    group.sample_size(10);
    group.bench_function("load", |b| b.iter(|| scenario::read(&text)));
    group.bench_function("compile", |b| b.iter(|| scenario::network(&read)));
    group.bench_function("solve", |b| b.iter(|| solve(net).expect("a valid network")));

    let plan = RunPlan::new(Seed(1), 0, HORIZON_PS);
    let run = || simulate(net, &plan, &|| false).expect("a valid network");
    let record = run();
    println!(
        "cluster: {} stations, {} I/Os, {:.1} events and {:.1} visits an I/O",
        net.stations.len(),
        record.completed,
        record.events as f64 / record.completed as f64,
        record.stations.iter().map(|s| s.visits).sum::<u64>() as f64 / record.completed as f64,
    );
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(record.completed));
    group.bench_function("simulate", |b| b.iter(run));
    group.finish();
}

criterion_group!(benches, cluster);
criterion_main!(benches);
