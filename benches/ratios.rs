//! The engine against the textbook simulator, in interleaved rounds; see README.md.
//!
//! `--quick` runs three rounds, `--test` one short one; `--once=baseline`, `--once=engine` and
//! `--once=hops` run one of them once, for a profiler; other words choose models by name.

#[path = "common/agree.rs"]
mod agree;
#[path = "common/arguments.rs"]
mod arguments;
#[path = "common/baseline/mod.rs"]
mod baseline;
#[path = "common/clock.rs"]
mod clock;
#[path = "common/models.rs"]
mod models;
#[path = "common/scenario.rs"]
mod scenario;

use std::fmt::{Display, Formatter, Result};

use agree::engine;
use clock::{timed, timed_on_the_wall};
use csvnet::engine::{RunPlan, RunRecord, simulate};
use csvnet::network::Network;
use csvnet::random::Seed;
use models::{Model, Unit, event_per_hop};

/// What an engine should reach; zero where nothing is asked.
#[derive(Clone, Copy, Default)]
struct Target {
    /// Units a second, in millions.
    millions: f64,
    /// Nanoseconds a unit.
    ns: f64,
    /// Times the baseline, and what would be better still.
    ratio: f64,
    stretch: f64,
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut words = Vec::new();
        if self.millions > 0.0 {
            words.push(format!("{} M/s", self.millions));
        }
        if self.ns > 0.0 {
            words.push(format!("{} ns", self.ns));
        }
        if self.ratio > 0.0 {
            words.push(format!(">= {:.1} (stretch {:.1})", self.ratio, self.stretch));
        }
        write!(f, "{}", words.join(", "))
    }
}

/// One way to run the engine.
struct Contestant {
    what: &'static str,
    fuse: bool,
    target: Target,
}

struct Options {
    rounds: usize,
    smoke: bool,
    once: Option<String>,
    names: Vec<String>,
}

impl Options {
    fn of_arguments() -> Self {
        let smoke = arguments::smoke();
        let rounds = match (smoke, arguments::has("--quick")) {
            (true, _) => 1,
            (_, true) => 3,
            _ => 7,
        };
        let once = std::env::args().find_map(|a| a.strip_prefix("--once=").map(str::to_owned));
        Self { rounds, smoke, once, names: words() }
    }

    /// The round to begin with: one before the first warms up caches and the allocator.
    fn first(&self) -> usize {
        usize::from(self.smoke)
    }

    fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|word| name.contains(word.as_str()))
    }
}

/// The arguments that are words: names to choose by.
fn words() -> Vec<String> {
    let mut words = Vec::new();
    let mut value = false;
    for argument in std::env::args().skip(1) {
        let flag = argument.starts_with('-');
        if !flag && !value {
            words.push(argument.clone());
        }
        // Criterion has flags with values, as `--save-baseline before`; they are not for us.
        let known = ["--bench", "--test", "--quick"].contains(&argument.as_str());
        value = flag && !known && !argument.contains('=');
    }
    words
}

/// Least, median and greatest of one figure over the rounds.
#[derive(Clone, Copy)]
struct Spread {
    least: f64,
    median: f64,
    greatest: f64,
}

impl Spread {
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let greatest = sorted[sorted.len() - 1];
        Self { least: sorted[0], median: sorted[sorted.len() / 2], greatest }
    }
}

impl Display for Spread {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:6.2} ({:.2}..{:.2})", self.median, self.least, self.greatest)
    }
}

/// What a run took: beyond its set-up, and that.
#[derive(Clone, Copy)]
struct Time {
    run_ns: f64,
    set_up_ns: f64,
}

/// Times a run, and one that ends before it begins, which is nothing but set-up.
fn measure<T>(plan: RunPlan, run: impl Fn(&RunPlan) -> T) -> (Time, T) {
    let (set_up_ns, _) = timed(|| run(&RunPlan { horizon_ps: Some(0), ..plan }));
    let (all_ns, result) = timed(|| run(&plan));
    (Time { run_ns: (all_ns - set_up_ns).max(1.0), set_up_ns }, result)
}

/// One run of one model by one of them, and nothing else.
fn once(model: &Model, plan: RunPlan, who: &str) {
    let (completed, events) = if who == "baseline" {
        let totals = baseline::simulate(&model.net, &plan);
        (totals.completed, totals.events)
    } else {
        let record = engine(model, &if who == "hops" { event_per_hop(plan) } else { plan });
        (record.completed, record.events)
    };
    println!("{}, {who}: {completed} completed, {events} events", model.name);
}

/// Runs the rounds of one model and prints a line for each contestant.
fn compare(options: &Options, model: &Model, contestants: &[Contestant]) {
    if !options.wants(model.name) {
        return;
    }
    let plan = model.plan(options.smoke);
    if let Some(who) = &options.once {
        return once(model, plan, who);
    }
    agree::check(model);
    let mut base = Vec::new();
    let mut engines = vec![Vec::new(); contestants.len()];
    let mut units = 0;
    for round in options.first()..=options.rounds {
        let (time, totals) = measure(plan, |plan| baseline::simulate(&model.net, plan));
        units = match model.unit {
            Unit::Completion => totals.completed,
            Unit::Event => totals.events,
        };
        if round > 0 {
            base.push(time);
        }
        for (contestant, times) in contestants.iter().zip(&mut engines) {
            let plan = if contestant.fuse { plan } else { event_per_hop(plan) };
            let (time, record) = measure(plan, |plan| engine(model, plan));
            assert_eq!(record.completed, totals.completed, "{}: as many I/Os", model.name);
            if round > 0 {
                times.push(time);
            }
        }
    }
    let each = |times: &[Time]| Spread::of(times.iter().map(|t| t.run_ns)).median / units as f64;
    for (contestant, times) in contestants.iter().zip(&engines) {
        let ratio = Spread::of(base.iter().zip(times).map(|(b, e)| b.run_ns / e.run_ns));
        println!(
            "{:15} {:13} {:8.1} {:8.1} {:7.2} {:>20} {:7.1}   {}",
            model.name,
            contestant.what,
            each(&base),
            each(times),
            1e3 / each(times),
            ratio.to_string(),
            Spread::of(times.iter().map(|t| t.set_up_ns)).median / 1e6,
            contestant.target,
        );
    }
}

/// The reference cluster, which the baseline does not know.
fn cluster(options: &Options) -> Option<Network> {
    if !options.wants("cluster") {
        return None;
    }
    let net = scenario::network(&scenario::read(&scenario::text())).network;
    let plan = cluster_plan(options);
    let run = |plan: &RunPlan| run(&net, plan);
    let (_, record) = measure(plan, run);
    let times: Vec<Time> = (0..options.rounds).map(|_| measure(plan, run).0).collect();
    let ios = record.completed as f64;
    let each = Spread::of(times.iter().map(|t| t.run_ns / ios)).median;
    println!(
        "{:15} {:13} {:>8} {each:8.1} {:7.2} {:>20} {:7.1}   {:.1} events, {:.1} visits an I/O",
        "cluster",
        "",
        "-",
        1e3 / each,
        "-",
        Spread::of(times.iter().map(|t| t.set_up_ns)).median / 1e6,
        record.events as f64 / ios,
        record.stations.iter().map(|s| s.visits).sum::<u64>() as f64 / ios,
    );
    Some(net)
}

fn cluster_plan(options: &Options) -> RunPlan {
    RunPlan::new(Seed(1), 0, if options.smoke { 1_000 } else { 200_000 } * models::US)
}

fn run(net: &Network, plan: &RunPlan) -> RunRecord {
    simulate(net, plan, &|| false).expect("a valid network")
}

/// Two replications one after the other, against the same two on two threads: on the wall, and by
/// the processor time of the slower thread, which others on the machine disturb less.
fn two_cores(options: &Options, name: &str, net: &Network, plan: RunPlan) {
    let plans = [plan, plan.replication(1)];
    let completed = |plan: &RunPlan| run(net, plan).completed;
    let mut wall_ratios = Vec::new();
    let mut cpu_ratios = Vec::new();
    for round in options.first()..=options.rounds {
        let (wall_one, (cpu_one, _)) =
            timed_on_the_wall(|| timed(|| plans.map(|plan| completed(&plan))));
        let (wall_two, cpu_two) = timed_on_the_wall(|| {
            std::thread::scope(|scope| {
                let spawn = |plan| scope.spawn(move || timed(|| completed(&plan)).0);
                let threads = plans.map(spawn);
                let times = threads.map(|thread| thread.join().expect("a run does not panic"));
                times[0].max(times[1])
            })
        });
        if round > 0 {
            wall_ratios.push(wall_one / wall_two);
            cpu_ratios.push(cpu_one / cpu_two);
        }
    }
    println!(
        "{name:15} {:13} {:26}{:>20} {:7}   >= 1.8; by processor time {}",
        "two cores",
        "",
        Spread::of(wall_ratios).to_string(),
        "",
        Spread::of(cpu_ratios),
    );
}

fn main() {
    let options = Options::of_arguments();
    println!(
        "{:15} {:13} {:>8} {:>8} {:>7} {:>20} {:>7}   target",
        "model", "engine", "base ns", "ns", "M/s", "ratio (min..max)", "set-up"
    );
    let alone = |target| [Contestant { what: "", fuse: true, target }];
    let pair = |fused, hops| {
        [
            Contestant { what: "fused", fuse: true, target: fused },
            Contestant { what: "event per hop", fuse: false, target: hops },
        ]
    };
    let none = Target::default();
    compare(&options, &models::m1(), &alone(Target { millions: 30.0, ..none }));
    let fused = Target { millions: 10.0, ratio: 3.0, stretch: 8.0, ..none };
    let hops = Target { millions: 4.0, ratio: 1.4, stretch: 1.9, ..none };
    let m2 = models::m2("m2, 64", 64);
    compare(&options, &m2, &pair(fused, hops));
    compare(&options, &models::m2("m2, 65536", 65_536), &pair(fused, hops));
    let m2w = models::m2w();
    compare(&options, &m2w, &pair(Target { millions: 5.0, ..none }, none));
    compare(&options, &models::phold_small(), &alone(Target { ns: 30.0, ..none }));
    compare(&options, &models::phold_large(), &alone(Target { ns: 100.0, ..none }));
    if options.once.is_some() {
        return;
    }
    let cluster = cluster(&options);
    for model in [&m2, &m2w] {
        if options.wants(model.name) {
            two_cores(&options, model.name, &model.net, model.plan(options.smoke));
        }
    }
    if let Some(net) = cluster {
        two_cores(&options, "cluster", &net, cluster_plan(&options));
    }
    println!(
        "ns, M/s: of I/Os, of events in phold; set-up in ms, left out of all but two cores; medians \
         of {} rounds",
        options.rounds
    );
}
