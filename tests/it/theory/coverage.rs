//! Whether a 95 % interval holds the truth 95 times in a hundred.
//!
//! A thousand experiments of a network with a known answer, each with a seed of its own and run as
//! the reports run them: five replications, warm-up by the rule, Student t. The share of intervals
//! that hold the truth must lie within 93 and 97 %.
//!
//! Measured: mean 95.1 %, p99 94.9 %, closed network 96.0 %. What misses misses on the low side
//! more often: latencies are skewed, so runs that saw little also scatter little. This is why the
//! 99.9th percentile, which rests on four I/Os a replication here, is held by 89 % only; with
//! 20,000 I/Os, the length chosen where none is stated, it is 93 %.

use csvnet::experiment::{Measurements, Plan, WarmUp, run};
use csvnet::network::{Arrivals, Network, Source, Station};
use csvnet::random::{Seed, Shape};
use csvnet::stats::Estimate;

use super::formulas::mean_value_analysis;
use crate::support::{MS, at, exponential};

/// Experiments of a network.
const EXPERIMENTS: u64 = 1_000;

/// Level of the intervals.
const LEVEL: f64 = 0.95;

/// How many of the intervals must hold the truth, at least and at most.
const WITHIN: [u64; 2] = [930, 970];

/// How often any of the three claims here fails by the choice of the seeds although intervals of
/// all three have their level.
pub(super) const FALSE_ALARMS: f64 = 3.0 * 0.004;

/// Mean service in seconds.
const SERVICE: f64 = 1e-3;

fn observe(net: &Network, duration_s: f64) -> Vec<Measurements> {
    let one = |seed: u64| {
        let plan = Plan {
            seed: Seed(seed),
            replications: 5,
            level: LEVEL,
            duration_s: Some(duration_s),
            warm_up: WarmUp::Auto,
            threads: Some(1),
            precision: None,
        };
        run(net, &plan, &|| false, &|_| {}).unwrap_or_else(|error| panic!("{error}"))
    };
    // Threads of their own: a worker of a pool that waits for another pool begins the next
    // experiment on top of this one.
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        let part = |k: u64| (k..EXPERIMENTS).step_by(threads as usize).map(one).collect::<Vec<_>>();
        let parts: Vec<_> = (0..threads).map(|k| scope.spawn(move || part(k))).collect();
        parts.into_iter().flat_map(|p| p.join().expect("an experiment does not panic")).collect()
    })
}

#[track_caller]
fn check(what: &str, all: &[Measurements], truth: f64, of: impl Fn(&Measurements) -> Estimate) {
    let held = all.iter().filter(|m| of(m).contains(truth)).count() as u64;
    let below = all.iter().filter(|m| of(m).high() < truth).count();
    let [least, most] = WITHIN;
    assert!(
        (least..=most).contains(&held),
        "{what}: {held} of {EXPERIMENTS} intervals hold {truth}, and {below} lie below it"
    );
}

#[test]
fn intervals_of_an_open_queue_hold_the_truth() {
    // M/M/1 at half load: the latency is exponential. 4,000 I/Os a replication.
    let rate = 500.0;
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("station", 1));
    let route = net.add_route("route", vec![at(station, "service", exponential(MS))]);
    net.add_source(Source::poisson("guests", route, rate));
    let mean = SERVICE / (1.0 - rate * SERVICE);
    let all = observe(&net, 8.0);
    check("mean", &all, mean, |m| m.groups[0].latency_s);
    check("p99", &all, mean * f64::ln(100.0), |m| m.groups[0].quantiles_s[2]);
}

#[test]
fn intervals_of_a_closed_network_hold_the_truth() {
    // Six guests that think for 4 ms and two servers: 3,300 I/Os a replication.
    let (guests, think) = (6, 4.0 * SERVICE);
    let mut net = Network::default();
    let roles = ["first", "second"];
    let stations = roles.map(|role| net.add_station(Station::fifo(role, 1)));
    let steps = roles.iter().zip(stations).map(|(role, s)| at(s, role, exponential(MS))).collect();
    let route = net.add_route("round", steps);
    let arrivals = Arrivals::Closed {
        outstanding: guests,
        think_ps: think * 1e12,
        think_shape: Shape::Exponential,
    };
    net.add_source(Source::of("guests", route, arrivals));
    let (_, latency) = mean_value_analysis(&[SERVICE; 2], think, guests);
    let all = observe(&net, 4.0);
    check("latency", &all, latency, |m| m.groups[0].latency_s);
}

#[test]
fn the_bounds_of_the_coverage_rarely_cry_wolf() {
    // The binomial law of the intervals that hold, in logarithms.
    let n = EXPERIMENTS;
    let mut log = n as f64 * f64::ln(1.0 - LEVEL);
    let mut outside = 0.0;
    for held in 0..=n {
        if !(WITHIN[0]..=WITHIN[1]).contains(&held) {
            outside += f64::exp(log);
        }
        log += f64::ln((n - held) as f64 / (held + 1) as f64 * LEVEL / (1.0 - LEVEL));
    }
    assert!(3.0 * outside < FALSE_ALARMS, "{outside}");
}
