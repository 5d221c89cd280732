//! Sources issue when they say they do.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{Arrivals, Direction, Mix, Network, Source, Station, StationKind, TraceIo};
use csvnet::random::Shape;
use csvnet::stats::Estimate;
use proptest::prelude::*;

use crate::support::{MS, SECOND, SEED, US, at, constant, exponential, run, to_the_end};

/// A source alone at a delay (or a server) of constant time.
fn alone(arrivals: Arrivals, kind: StationKind, service_us: u64) -> Network {
    let mut net = Network::default();
    let station = net.add_station(Station::new("station", kind));
    let route = net.add_route("route", vec![at(station, "role", constant(service_us * US))]);
    net.add_source(Source::of("guest", route, arrivals));
    net
}

fn delayed(arrivals: Arrivals, service_us: u64) -> Network {
    alone(arrivals, StationKind::Delay, service_us)
}

const WINDOW: u64 = SECOND;

#[test]
fn a_paced_source_issues_exactly_its_rate() {
    // From an instant within the first interval on, one each 100 us.
    let net = delayed(Arrivals::Paced { interval_ps: (100 * US) as f64 }, 10);
    for k in 0..5 {
        assert_eq!(run(&net, &RunPlan::new(SEED, 0, WINDOW).replication(k)).issued, 10_000);
    }
}

#[test]
fn a_poisson_source_has_its_mean_and_its_variance() {
    // 10,000 expected: the count of a Poisson process has standard deviation 100. Five of them
    // are left by less than one seed in a million.
    let net = delayed(Arrivals::Poisson { interval_ps: (100 * US) as f64 }, 10);
    let issued = run(&net, &RunPlan::new(SEED, 0, WINDOW)).issued as f64;
    assert!((issued - 10_000.0).abs() < 500.0, "{issued}");
    // Counts of 400 windows: the variance over the mean is chi-square over 399, whose standard
    // deviation is sqrt(2 / 399) = 0.071.
    let short = delayed(Arrivals::Poisson { interval_ps: US as f64 }, 1);
    let counts: Vec<f64> = (0..400)
        .map(|k| run(&short, &RunPlan::new(SEED, 0, 100 * US).replication(k)).issued as f64)
        .collect();
    let mean = counts.iter().sum::<f64>() / 400.0;
    let variance = counts.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / 399.0;
    assert!((variance / mean - 1.0).abs() < 5.0 * 0.071, "{variance} {mean}");
}

#[test]
fn a_bursty_source_has_its_mean() {
    // Bursts take 2 of 5 ms, and 20 us between arrivals within: 20,000 a second.
    let arrivals = Arrivals::Bursty {
        interval_ps: (20 * US) as f64,
        burst_ps: (2 * MS) as f64,
        idle_ps: (3 * MS) as f64,
    };
    let net = delayed(arrivals, 10);
    let plan = RunPlan::new(SEED, 50 * MS, 50 * MS + WINDOW);
    let rates: Vec<f64> =
        (0..20).map(|k| run(&net, &plan.replication(k)).groups[0].reads.count as f64).collect();
    let estimate = Estimate::from_samples(&rates, 0.999);
    assert!(estimate.contains(20_000.0), "{estimate:?}");
    assert!(estimate.relative() < 0.06, "{estimate:?}");
    // On and off is more than Poisson: the counts scatter far beyond sqrt(20,000) = 141.
    let scatter = rates.iter().map(|r| (r - estimate.mean).powi(2)).sum::<f64>() / 19.0;
    assert!(scatter.sqrt() > 3.0 * 141.0, "{scatter}");
}

#[test]
fn a_closed_source_keeps_its_number_outstanding() {
    let net = delayed(crate::support::outstanding(7), 100);
    let record = run(&net, &RunPlan::new(SEED, 10 * MS, 10 * MS + WINDOW));
    // Each of seven lanes completes one each 100 us and a picosecond.
    assert!(record.groups[0].reads.count.abs_diff(70_000) <= 7);
    assert!(record.inside <= 7);
}

#[test]
fn think_time_is_the_mean_it_says() {
    for shape in [Shape::Constant, Shape::Exponential] {
        let arrivals =
            Arrivals::Closed { outstanding: 4, think_ps: (90 * US) as f64, think_shape: shape };
        let net = delayed(arrivals, 10);
        let record = run(&net, &RunPlan::new(SEED, 10 * MS, 10 * MS + WINDOW));
        let per_second = record.groups[0].reads.count as f64;
        // Renewals: 40,000 cycles of at most 90 us standard deviation out of 100 us.
        assert!((per_second / 40_000.0 - 1.0).abs() < 5.0 * 0.9 / 200.0, "{shape:?} {per_second}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(3),
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn a_throttled_source_never_exceeds_its_rate(
        outstanding in 1_u32..5,
        lanes in 1_u32..5,
        interval_us in 20_u64..300,
        service_us in 1_u64..400,
        horizon_us in 1_000_u64..20_000,
    ) {
        let interval_ps = (interval_us * US) as f64;
        let arrivals = Arrivals::Throttled { outstanding, lanes, interval_ps, clock: None };
        let net = alone(arrivals, StationKind::Fifo { servers: 4, cost_rise: 0.0 }, service_us);
        let horizon = horizon_us * US;
        let record = run(&net, &RunPlan::new(SEED, 0, horizon));
        // Each lane has one slot an interval, the first within the first interval.
        let slots = u64::from(lanes) * (horizon_us / interval_us + 1);
        prop_assert!(record.issued <= slots, "{} of {slots}", record.issued);
        // Where neither the server nor the number outstanding binds, it reaches the rate.
        if service_us * u64::from(lanes) < interval_us {
            prop_assert!(record.issued + u64::from(lanes) >= slots - u64::from(lanes));
        }
        at_least_from_intended(&record)?;
    }
}

/// Latency from the intended instant is never below that from the actual one.
fn at_least_from_intended(record: &RunRecord) -> Result<(), TestCaseError> {
    for group in &record.groups {
        let side = &group.reads;
        // Only I/Os that went late are in the second sketch, so means are compared as sums over
        // all: those that went in time add the same to both.
        prop_assert!(side.intended.count() <= side.latency.count());
        if side.intended.count() == side.latency.count() && side.count > 0 {
            prop_assert!(side.intended.mean_secs() >= side.latency.mean_secs());
        }
        if let (Some(least), Some(of_all)) = (side.intended.min_ps(), side.latency.min_ps()) {
            prop_assert!(least > of_all, "an I/O that went late has both");
        }
    }
    Ok(())
}

#[test]
fn lateness_by_hand() {
    // One lane, one outstanding, one each 10 us intended, but each takes 25 us: number n goes at
    // n * 25 us after the first (and n picoseconds) and was intended at n * 10 us.
    let arrivals = Arrivals::Throttled {
        outstanding: 1,
        lanes: 1,
        interval_ps: (10 * US) as f64,
        clock: None,
    };
    let net = delayed(arrivals, 25);
    let record = run(&net, &RunPlan::new(SEED, 0, MS));
    let side = &record.groups[0].reads;
    let n = side.count;
    assert!((39..=40).contains(&n), "the first goes within 10 us: {n}");
    assert_eq!(side.latency.max_ps(), Some(25 * US));
    assert_eq!(side.intended.count(), n - 1, "only the first went as intended");
    let last = n - 1;
    let intended = side.intended.max_ps().expect("some were late");
    // The phase is a fraction of a picosecond off at most.
    assert!(intended.abs_diff(last * (15 * US + 1) + 25 * US) <= 1, "{intended}");
}

#[test]
fn a_throttle_that_recovers_catches_up() {
    // 8 us of service in 10 us slots: at no time more than its slots, and in the end all of them,
    // though the log-normal service makes it late now and then.
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let route = net.add_route("route", vec![at(disk, "role", exponential(8 * US))]);
    let arrivals = Arrivals::Throttled {
        outstanding: 8,
        lanes: 1,
        interval_ps: (10 * US) as f64,
        clock: None,
    };
    net.add_source(Source::of("guest", route, arrivals));
    let record = run(&net, &RunPlan::new(SEED, 0, 200 * MS));
    assert!(record.issued <= 20_001);
    assert!(record.issued > 19_900, "{}", record.issued);
}

#[test]
fn a_trace_completes_all_its_ios() {
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 2));
    let fast = net.add_route("fast", vec![at(disk, "fast", exponential(5 * US))]);
    let slow = net.add_route("slow", vec![at(disk, "slow", exponential(50 * US))]);
    let ios: Vec<TraceIo> = (0..3_000_u64)
        .map(|n| TraceIo { at_ps: n / 5 * 100 * US, bytes: n * 7 % 4_096, mix: (n % 2) as u32 })
        .collect();
    let bytes: u64 = ios.iter().map(|io| io.bytes).sum();
    let mix = |direction, route| Mix { weight: 1.0, direction, bytes: 99, route };
    net.add_source(Source {
        label: "replay".into(),
        group: None,
        arrivals: Arrivals::Trace(ios.into()),
        mix: vec![mix(Direction::Read, fast), mix(Direction::Write, slow)],
        active: csvnet::network::Active::default(),
    });
    let record = run(&net, &to_the_end());
    assert_eq!((record.issued, record.completed, record.inside), (3_000, 3_000, 0));
    let group = &record.groups[0];
    assert_eq!((group.reads.count, group.writes.count), (1_500, 1_500));
    assert_eq!(group.reads.bytes + group.writes.bytes, bytes, "the trace gives the bytes");
    // Cut short, the rest is not issued.
    let half = run(&net, &RunPlan::new(SEED, 0, 30_000 * US));
    assert_eq!(half.issued, 5 * 301);
}

#[test]
fn a_mix_issues_in_the_shares_of_its_weights() {
    let mut net = Network::default();
    let delay = net.add_station(Station::new("delay", StationKind::Delay));
    let route = net.add_route("route", vec![at(delay, "role", constant(US))]);
    let mix = |weight, direction, bytes| Mix { weight, direction, bytes, route };
    net.add_source(Source {
        label: "guest".into(),
        group: None,
        arrivals: Arrivals::Paced { interval_ps: (10 * US) as f64 },
        mix: vec![mix(7.0, Direction::Read, 1), mix(3.0, Direction::Write, 2)],
        active: csvnet::network::Active::default(),
    });
    let record = run(&net, &RunPlan::new(SEED, 0, SECOND));
    let group = &record.groups[0];
    let reads = group.reads.count as f64 / 1e5;
    // Binomial: sqrt(0.7 * 0.3 / 100,000) = 0.00145; five of them.
    assert!((reads - 0.7).abs() < 5.0 * 0.00145, "{reads}");
    assert_eq!(group.writes.bytes, 2 * group.writes.count);
}
