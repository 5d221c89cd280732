//! What one run has more than another, on common random numbers.
//!
//! Two variants that are run from the same seed draw the same numbers for the same I/Os, so most of
//! what chance does to one it does to the other. The difference of two replications with the same
//! number is therefore far better known than either of them, and its interval is that of the mean
//! of these differences: `Var(A - B) = Var(A) + Var(B) - 2 Cov(A, B)`.

use thiserror::Error;

use super::measure::{GroupMeasure, Measurements, Sample};
use crate::stats::{Estimate, Moments};

/// A difference, and what pairing made of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The first less the second, with the interval of the mean of paired differences.
    pub estimate: Estimate,
    /// How many times smaller the variance is than it were with independent random numbers:
    /// `(Var(A) + Var(B)) / Var(A - B)`. Below 1 pairing has done harm; infinite where all
    /// differences are the same; none with fewer than two pairs or where nothing varies.
    pub variance_reduction: Option<f64>,
}

/// Differences of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupDifference {
    /// Its name, the same in both.
    pub name: String,
    /// Mean latency in seconds.
    pub latency_s: Difference,
    /// 99th percentile of the latency in seconds.
    pub p99_s: Difference,
    /// I/Os a second.
    pub iops: Difference,
}

/// Why two measurements cannot be paired.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum PairError {
    /// Their random numbers have nothing in common.
    #[error("the runs have different seeds, {first} and {second}, and cannot be paired")]
    Seeds {
        /// Seed of the first.
        first: u64,
        /// Seed of the second.
        second: u64,
    },
    /// Their intervals are of different levels.
    #[error("the runs have different confidence levels, {first} and {second}")]
    Levels {
        /// Level of the first.
        first: f64,
        /// Level of the second.
        second: f64,
    },
}

/// The first less the second for each workload both have, in the order of the first. Replications
/// that only one of them has are left out, so runs that stopped at different numbers can be paired.
///
/// # Errors
/// When the seeds or the levels differ.
pub fn paired(
    first: &Measurements,
    second: &Measurements,
) -> Result<Vec<GroupDifference>, PairError> {
    if first.seed != second.seed {
        return Err(PairError::Seeds { first: first.seed.0, second: second.seed.0 });
    }
    if first.level != second.level {
        return Err(PairError::Levels { first: first.level, second: second.level });
    }
    let differences = first.workloads().filter_map(|a| {
        let b = second.workloads().find(|b| b.name == a.name)?;
        Some(GroupDifference {
            name: a.name.clone(),
            latency_s: difference(a, b, first.level, |sample| sample.latency_s),
            p99_s: difference(a, b, first.level, |sample| sample.p99_s),
            iops: difference(a, b, first.level, |sample| Some(sample.iops)),
        })
    });
    Ok(differences.collect())
}

fn difference(
    a: &GroupMeasure,
    b: &GroupMeasure,
    level: f64,
    of: impl Fn(&Sample) -> Option<f64>,
) -> Difference {
    let pairs: Vec<(f64, f64)> = a
        .samples
        .iter()
        .filter_map(|x| {
            let y = b.samples.binary_search_by_key(&x.replication, |y| y.replication).ok()?;
            Some((of(x)?, of(&b.samples[y])?))
        })
        .collect();
    let differences: Moments = pairs.iter().map(|(x, y)| x - y).collect();
    let variance = |side: fn(&(f64, f64)) -> f64| {
        pairs.iter().map(side).collect::<Moments>().variance().unwrap_or(f64::NAN)
    };
    let apart = variance(|pair| pair.0) + variance(|pair| pair.1);
    let reduction = apart / differences.variance().unwrap_or(f64::NAN);
    Difference {
        estimate: Estimate::from_moments(&differences, level),
        variance_reduction: Some(reduction).filter(|factor| !factor.is_nan()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plan, WarmUp, run};
    use super::*;
    use crate::network::{Network, Service, Source, Station, Visit};
    use crate::random::{Seed, Shape};

    /// M/M/1 with 800 arrivals a second and a mean service in picoseconds.
    fn queue(service_ps: f64) -> Network {
        let mut net = Network::default();
        let station = net.add_station(Station::fifo("server", 1));
        let service = Service::time(service_ps, 0.0, Shape::Exponential);
        let route = net.add_route("r", vec![Visit::new(station, "s", service).into()]);
        net.add_source(Source::poisson("w", route, 800.0));
        net
    }

    fn measured(service_ps: f64, seed: u64, replications: u64) -> Measurements {
        let plan = Plan {
            seed: Seed(seed),
            replications,
            duration_s: Some(20.0),
            warm_up: WarmUp::Fixed(2.0),
            threads: Some(1),
            ..Plan::default()
        };
        run(&queue(service_ps), &plan, &|| false, &|_| {}).unwrap()
    }

    #[test]
    fn common_random_numbers_narrow_the_interval_of_a_difference() {
        let (slow, fast) = (measured(1.02e9, 7, 10), measured(1e9, 7, 10));
        let all = paired(&slow, &fast).unwrap();
        let [latency, iops] = [all[0].latency_s, all[0].iops];
        // M/M/1: 1 / (1 / 1.02 ms - 800 / s) - 1 / (1 / 1 ms - 800 / s) = 5.543 ms - 5 ms.
        let exact = 1.0 / (1.0 / 1.02e-3 - 800.0) - 1.0 / (1.0 / 1e-3 - 800.0);
        assert!(latency.estimate.contains(exact), "{latency:?} for {exact}");
        assert!(latency.estimate.low() > 0.0, "2 % of service show in ten short runs: {latency:?}");
        let factor = latency.variance_reduction.unwrap();
        assert!(factor > 3.0, "{factor}");
        // The same factor from the half widths: those of the means, added as independent ones are.
        let [a, b] = [&slow, &fast].map(|m| {
            Estimate::from_samples(
                &m.groups[0].samples.iter().filter_map(|s| s.latency_s).collect::<Vec<_>>(),
                0.95,
            )
        });
        let apart = a.half_width.hypot(b.half_width);
        assert!(((apart / latency.estimate.half_width).powi(2) / factor - 1.0).abs() < 1e-9);
        // What both must carry differs only by the I/Os inside at the ends of the window.
        assert!(iops.estimate.half_width < 1.0, "{iops:?}");
    }

    #[test]
    fn other_seeds_have_nothing_in_common() {
        let (a, b) = (measured(1e9, 7, 2), measured(1e9, 8, 2));
        assert_eq!(paired(&a, &b).unwrap_err(), PairError::Seeds { first: 7, second: 8 });
        let b = Measurements { level: 0.9, ..a.clone() };
        assert_eq!(paired(&a, &b).unwrap_err(), PairError::Levels { first: 0.95, second: 0.9 });
    }

    #[test]
    fn only_what_both_have_is_paired() {
        let (a, b) = (measured(1.02e9, 7, 4), measured(1e9, 7, 3));
        let all = paired(&a, &b).unwrap();
        assert_eq!(all[0].latency_s.estimate.n, 3);
        let by_hand = |k: usize| {
            a.groups[0].samples[k].latency_s.unwrap() - b.groups[0].samples[k].latency_s.unwrap()
        };
        let mean = (by_hand(0) + by_hand(1) + by_hand(2)) / 3.0;
        assert!((all[0].latency_s.estimate.mean / mean - 1.0).abs() < 1e-12);
        let mut other = b.clone();
        other.groups[0].name = "x".into();
        assert!(paired(&a, &other).unwrap().is_empty());
        // Against itself nothing differs, and nothing varies.
        let same = paired(&a, &a).unwrap()[0].latency_s;
        assert_eq!((same.estimate.mean, same.estimate.half_width), (0.0, 0.0));
        assert_eq!(same.variance_reduction, Some(f64::INFINITY));
    }
}
