//! The engine against the textbook simulator, in interleaved rounds; see README.md.
//!
//! `--quick` runs three rounds, `--test` one short one; other words choose models by name.

#[path = "common/agree.rs"]
mod agree;
#[path = "common/baseline.rs"]
mod baseline;
#[path = "common/clock.rs"]
mod clock;
#[path = "common/models.rs"]
mod models;

use agree::engine;
use clock::timed;
use models::{Model, event_per_hop};

/// What an engine should reach.
#[derive(Clone, Copy, Default)]
struct Target {
    /// Units a second, in millions.
    millions: f64,
    /// Times the baseline, and what would be better still.
    ratio: f64,
    stretch: f64,
}

struct Options {
    rounds: usize,
    smoke: bool,
    names: Vec<String>,
}

impl Options {
    fn of_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let has = |flag: &str| arguments.iter().any(|a| a == flag);
        // Cargo says --bench when it runs a bench, and does not when it tests one.
        let smoke = has("--test") || !has("--bench");
        let rounds = if smoke {
            1
        } else if has("--quick") {
            3
        } else {
            9
        };
        let names = arguments.iter().filter(|a| !a.starts_with('-')).cloned().collect();
        Self { rounds, smoke, names }
    }

    fn wants(&self, model: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| model.contains(name.as_str()))
    }
}

/// The rounds of one model: nanoseconds a unit, by round, of the baseline and of each engine.
fn compare(model: &Model, options: &Options, engines: &[(&str, bool, Target)]) {
    if !options.wants(model.name) {
        return;
    }
    agree::check(model);
    let plan = model.plan(options.smoke);
    let mut base_ns = Vec::new();
    let mut engine_ns = vec![Vec::new(); engines.len()];
    let mut units = 0;
    for round in 0..=options.rounds {
        let (base, totals) = timed(|| baseline::simulate(&model.net, &plan));
        units = totals.completed;
        let each = |total: f64| total / units.max(1) as f64;
        let mut times = Vec::new();
        for (_, fuse, _) in engines {
            let plan = if *fuse { plan } else { event_per_hop(plan) };
            let (time, record) = timed(|| engine(model, &plan));
            assert_eq!(record.completed, units, "{}: same I/Os in every round", model.name);
            times.push(each(time));
        }
        // The first round warms caches and the allocator up.
        if round > 0 || options.smoke {
            base_ns.push(each(base));
            for (all, time) in engine_ns.iter_mut().zip(times) {
                all.push(time);
            }
        }
    }
    for ((what, _, target), times) in engines.iter().zip(&engine_ns) {
        line(model.name, what, &base_ns, times, *target);
    }
    println!("{:14} {units} units a run, {} rounds", "", base_ns.len());
}

fn line(model: &str, what: &str, base_ns: &[f64], engine_ns: &[f64], target: Target) {
    let ratios: Vec<f64> = base_ns.iter().zip(engine_ns).map(|(b, e)| b / e).collect();
    let (low, ratio, high) = spread(&ratios);
    let (_, base, _) = spread(base_ns);
    let (_, each, _) = spread(engine_ns);
    println!(
        "{model:14} {what:14} {base:8.1} {each:8.1} {:8.2} {ratio:7.2} ({low:.2}..{high:.2}) {target}",
        1e3 / each,
    );
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} M/s", self.millions)?;
        if self.ratio > 0.0 {
            write!(f, ", x{} (stretch {})", self.ratio, self.stretch)?;
        }
        Ok(())
    }
}

/// Least, median and greatest.
fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (sorted[0], sorted[sorted.len() / 2], sorted[sorted.len() - 1])
}

fn main() {
    let options = Options::of_arguments();
    println!(
        "{:14} {:14} {:>8} {:>8} {:>8} {:>7}",
        "model", "engine", "base ns", "ns", "M/s", "ratio"
    );
    let m1 = Target { millions: 30.0, ..Target::default() };
    compare(&models::m1(), &options, &[("", true, m1)]);
    let fused = Target { millions: 10.0, ratio: 3.0, stretch: 8.0 };
    let hops = Target { millions: 4.0, ratio: 1.4, stretch: 1.9 };
    for (name, k) in [("m2, 64", 64), ("m2, 65536", 65_536)] {
        let engines = [("fused", true, fused), ("event per hop", false, hops)];
        compare(&models::m2(name, k), &options, &engines);
    }
}
