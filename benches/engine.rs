//! Cost of a simulated I/O, beside that in the textbook simulator; see README.md.

#![expect(missing_docs, reason = "the macros of criterion document nothing")]

#[path = "common/agree.rs"]
mod agree;
#[path = "common/arguments.rs"]
mod arguments;
#[path = "common/baseline/mod.rs"]
mod baseline;
#[path = "common/models.rs"]
mod models;

use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};

use agree::engine;
use models::{Model, Unit, event_per_hop};

/// Benches baseline and engine; `fuses` where the engine can leave events out.
fn bench(c: &mut Criterion, model: &Model, fuses: bool) {
    agree::check(model);
    let plan = model.plan(arguments::smoke());
    let mut group = c.benchmark_group(model.name);
    // A run takes from a tenth of a second to several: one of them is a sample.
    group.sample_size(10).sampling_mode(SamplingMode::Flat).warm_up_time(Duration::from_secs(1));
    let totals = baseline::simulate(&model.net, &plan);
    group.throughput(Throughput::Elements(match model.unit {
        Unit::Completion => totals.completed,
        Unit::Event => totals.events,
    }));
    group.bench_function("baseline", |b| b.iter(|| baseline::simulate(&model.net, &plan)));
    group.bench_function("engine", |b| b.iter(|| engine(model, &plan)));
    if fuses {
        let plan = event_per_hop(plan);
        group.bench_function("engine, event per hop", |b| b.iter(|| engine(model, &plan)));
    }
    group.finish();
}

fn engines(c: &mut Criterion) {
    bench(c, &models::m1(), false);
    bench(c, &models::m2("m2, 64", 64), true);
    bench(c, &models::m2("m2, 65536", 65_536), true);
    bench(c, &models::m2w(), true);
    bench(c, &models::phold_small(), false);
    bench(c, &models::phold_large(), false);
}

criterion_group!(benches, engines);
criterion_main!(benches);
