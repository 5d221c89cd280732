//! What common random numbers save: draws belong to the I/O, so two variants run with one seed see
//! the same I/Os, and the variance of their difference is a small part of what it is with two
//! seeds. The bounds are less than half of what was measured: a ratio of two variances of forty
//! samples is itself known to a factor of two (F distribution, 95 %).

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Arrivals, Direction, Network, SelectorKind, Service, Source, Station, StationKind, Step,
};
use csvnet::random::{Seed, Shape};
use csvnet::stats::{Estimate, Moments};

use super::case::LEVEL;
use crate::support::{
    MS, SECOND, SEED, US, at, constant, count, mean_latency, outstanding, run, sized,
};

const REPLICATIONS: u64 = 40;

/// Claims here that count among those of the suite.
pub(super) const CLAIMS: usize = 1;

/// How much slower the second variant serves.
const SLOWER: f64 = 1.03;

/// What is compared: with one seed and with two, and the variance of one over the other.
struct Comparison {
    common: Vec<f64>,
    apart: Vec<f64>,
}

impl Comparison {
    /// Runs both variants of a network with one seed, and the second with another seed as well.
    fn of(
        build: impl Fn(f64) -> Network,
        plan: &RunPlan,
        measure: impl Fn(&RunRecord) -> f64,
    ) -> Self {
        let (first, second) = (build(1.0), build(SLOWER));
        let other = RunPlan { seed: Seed(SEED.0 + 1), ..*plan };
        let (mut common, mut apart) = (Vec::new(), Vec::new());
        for k in 0..REPLICATIONS {
            let before = measure(&run(&first, &plan.replication(k)));
            common.push(measure(&run(&second, &plan.replication(k))) - before);
            apart.push(measure(&run(&second, &other.replication(k))) - before);
        }
        Self { common, apart }
    }

    /// Variance with two seeds over variance with one.
    fn reduction(&self) -> f64 {
        let variance = |samples: &[f64]| {
            let mut moments = Moments::new();
            for &x in samples {
                moments.record(x);
            }
            moments.variance().expect("there are many replications")
        };
        variance(&self.apart) / variance(&self.common)
    }
}

fn exponential(ps: f64) -> Service {
    Service::time(ps, 0.0, Shape::Exponential)
}

/// M/M/1 at a load of 0.7. Measured: the variance is 57 times smaller.
#[test]
fn an_open_queue() {
    let build = |slower: f64| {
        let mut net = Network::default();
        let station = net.add_station(Station::fifo("station", 1));
        let service = exponential(slower * MS as f64);
        let route = net.add_route("route", vec![at(station, "service", service)]);
        net.add_source(Source::poisson("guests", route, 700.0));
        net
    };
    let plan = RunPlan::new(SEED, 2 * SECOND, 22 * SECOND);
    let compared = Comparison::of(build, &plan, |r| mean_latency(r, 0));
    let reduction = compared.reduction();
    assert!(reduction > 25.0, "{reduction}");
    // What it is for: five replications tell the 3 % from nothing, and forty what they cost.
    let few = Estimate::from_samples(&compared.common[..5], 0.95);
    assert!(few.low() > 0.0, "{few:?}");
    let difference = Estimate::from_samples(&compared.common, LEVEL);
    let exact = SLOWER * 1e-3 / (1.0 - 0.7 * SLOWER) - 1e-3 / (1.0 - 0.7);
    assert!(difference.contains(exact), "{difference:?} for {exact}");
    assert!(difference.relative() < 0.15, "{difference:?} says too little");
}

/// Two closed sources and a paced one, with choices, splits and a shared processor; only the disk
/// is slower. Measured: 31 times for the throughput of one source, 11 times for the latency of
/// another.
#[test]
fn a_closed_network() {
    let build = |slower: f64| {
        let mut net = Network::default();
        let cpu = net.add_station(Station::new("cpu", StationKind::Shared { servers: 2 }));
        let cache = net.add_station(Station::new("cache", StationKind::Delay));
        let disk = net.add_station(Station::fifo("disk", 2));
        let selector = net.add_selector("cache", SelectorKind::Weights(vec![0.4, 0.6]));
        let hit = vec![at(cache, "hit", constant(20 * US))];
        let miss = vec![at(disk, "miss", exponential(slower * 100.0 * US as f64))];
        let steps = vec![
            at(cpu, "cpu", exponential(15.0 * US as f64)),
            Step::Choose { selector, role: "cached", branches: vec![hit, miss] },
        ];
        let read = net.add_route("read", steps);
        let body = vec![at(disk, "chunk", exponential(slower * 60.0 * US as f64))];
        let split = Step::Split { chunk_bytes: 65_536, window: None, body };
        let write = net.add_route("write", vec![split]);
        net.add_source(sized("readers", read, Direction::Read, 8_192, outstanding(6)));
        net.add_source(sized("writers", write, Direction::Write, 200_000, outstanding(1)));
        let paced = Arrivals::Paced { interval_ps: 300.0 * US as f64 };
        net.add_source(sized("steady", read, Direction::Read, 8_192, paced));
        net
    };
    let plan = RunPlan::new(SEED, 100 * MS, 1_100 * MS);
    let throughput = Comparison::of(build, &plan, |r| count(r, 0) as f64).reduction();
    let latency = Comparison::of(build, &plan, |r| mean_latency(r, 2)).reduction();
    assert!(throughput > 12.0, "{throughput}");
    assert!(latency > 5.0, "{latency}");
}
