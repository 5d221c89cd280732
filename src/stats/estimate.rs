//! A mean with its confidence interval.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::Moments;

/// A mean with a symmetric Student t interval around it.
///
/// The interval assumes independent samples that are roughly normal; means of replications and of
/// long batches are. The unit is that of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean of the samples; not a number when there are none.
    pub mean: f64,
    /// Half the width of the interval, at least zero.
    ///
    /// Infinite with fewer than two samples: one run says nothing about its own scatter. JSON has
    /// no infinity, so it is serialised as `null`.
    pub half_width: f64,
    /// Confidence level, between 0 and 1.
    pub level: f64,
    /// Number of samples.
    pub n: u64,
}

impl Estimate {
    /// Interval of the mean of independent samples: `t(level, n - 1) * s / sqrt(n)`.
    ///
    /// A level of 1 or more (or not a number) gives an infinite half width, one of 0 or less gives
    /// zero: both are the limits of the formula.
    #[must_use]
    pub fn from_samples(samples: &[f64], level: f64) -> Self {
        let mut moments = Moments::new();
        for &sample in samples {
            moments.record(sample);
        }
        Self::from_moments(&moments, level)
    }

    /// The same from sums already taken.
    #[must_use]
    pub fn from_moments(moments: &Moments, level: f64) -> Self {
        let n = moments.count();
        let half_width = match moments.variance() {
            None => f64::INFINITY,
            Some(variance) => {
                let standard_error = (variance / n as f64).sqrt();
                // Equal samples have no scatter whatever the level; 0 * infinity is not a number.
                if standard_error == 0.0 { 0.0 } else { student_t(level, n - 1) * standard_error }
            }
        };
        Self { mean: moments.mean().unwrap_or(f64::NAN), half_width, level, n }
    }

    /// Interval of the mean of `a[i] - b[i]`, for runs that share their random numbers.
    ///
    /// Pairing removes what both runs have in common, so the interval is narrower than that of two
    /// separate means. `None` when the lengths differ, because then nothing is paired.
    #[must_use]
    pub fn paired(a: &[f64], b: &[f64], level: f64) -> Option<Self> {
        if a.len() != b.len() {
            return None;
        }
        let differences: Vec<f64> = a.iter().zip(b).map(|(x, y)| x - y).collect();
        Some(Self::from_samples(&differences, level))
    }

    /// Lower end of the interval.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// Upper end of the interval.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }

    /// Whether `x` lies in the interval, ends included.
    #[must_use]
    pub fn contains(&self, x: f64) -> bool {
        self.low() <= x && x <= self.high()
    }

    /// Half width over the absolute mean; infinite when the mean is zero and the width is not.
    #[must_use]
    pub fn relative(&self) -> f64 {
        if self.half_width == 0.0 { 0.0 } else { self.half_width / self.mean.abs() }
    }
}

/// From here on the expansion about the normal quantile is the more accurate of the two.
const MANY_DEGREES: u64 = 500;

/// The two-sided Student t factor for a confidence level and its degrees of freedom.
fn student_t(level: f64, freedom: u64) -> f64 {
    if level <= 0.0 {
        return 0.0;
    }
    // A level that is not a number is treated as 1: an unknown level promises nothing.
    if level.is_nan() || level >= 1.0 {
        return f64::INFINITY;
    }
    let share = f64::midpoint(1.0, level);
    if freedom < MANY_DEGREES {
        return StudentsT::new(0.0, 1.0, freedom as f64)
            .map_or(f64::INFINITY, |t| t.inverse_cdf(share));
    }
    // The inversion of the incomplete beta function loses its digits as the degrees grow, just
    // where the expansion about the normal quantile gains them (Abramowitz and Stegun, 26.7.5).
    let n = freedom as f64;
    let z = Normal::standard().inverse_cdf(share);
    let (z3, z5) = (z.powi(3), z.powi(5));
    z + (z3 + z) / (4.0 * n) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
    use rand_distr::StandardNormal;

    #[test]
    fn five_samples_by_hand() {
        // Mean 3, s^2 = (4+1+0+1+4)/4 = 2.5, standard error sqrt(0.5), t(0.975; 4) = 2.776445
        // (printed tables), so the half width is 2.776445 * 0.70710678 = 1.963243.
        let e = Estimate::from_samples(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95);
        assert_eq!(e.mean, 3.0);
        assert!((e.half_width - 1.963_243).abs() < 1e-5, "{e:?}");
        assert!((e.low() - 1.036_757).abs() < 1e-5 && (e.high() - 4.963_243).abs() < 1e-5);
        assert!(e.contains(1.1) && e.contains(3.0) && !e.contains(1.0) && !e.contains(5.0));
        assert!((e.relative() - 1.963_243 / 3.0).abs() < 1e-5);
        assert_eq!(e.n, 5);
    }

    #[test]
    fn t_factor_against_printed_tables() {
        for (level, freedom, table) in [
            (0.95, 1, 12.7062),
            (0.95, 9, 2.262_157),
            (0.90, 30, 1.697_261),
            (0.99, 120, 2.617_421),
            (0.95, 500, 1.964_720),
            (0.99, 1_000, 2.580_755),
            (0.95, 10_000_000, 1.959_964),
            (0.95, u64::MAX, 1.959_964),
        ] {
            let t = student_t(level, freedom);
            assert!((t / table - 1.0).abs() < 1e-5, "t({level}, {freedom}) = {t}, not {table}");
        }
    }

    #[test]
    fn the_two_ways_to_the_t_factor_meet() {
        for level in [0.5, 0.9, 0.95, 0.99, 0.999] {
            let (below, above) =
                (student_t(level, MANY_DEGREES - 1), student_t(level, MANY_DEGREES));
            // The factor falls by about (z^3 + z) / (4 n^2), below 2e-5 of itself, for each degree.
            assert!(below > above && (below / above - 1.0) < 2e-5, "{level}: {below} {above}");
        }
    }

    #[test]
    fn one_sample_has_an_infinite_interval_and_is_null_in_json() {
        let e = Estimate::from_samples(&[7.0], 0.95);
        assert_eq!((e.mean, e.half_width), (7.0, f64::INFINITY));
        assert!(e.contains(-1e300));
        let json = serde_json::to_string(&e).unwrap();
        assert_eq!(json, r#"{"mean":7.0,"half_width":null,"level":0.95,"n":1}"#);
        assert!(Estimate::from_samples(&[], 0.95).mean.is_nan());
    }

    #[test]
    fn odd_levels_take_the_limits() {
        let samples = [1.0, 2.0];
        assert_eq!(Estimate::from_samples(&samples, 0.0).half_width, 0.0);
        assert_eq!(Estimate::from_samples(&samples, -3.0).half_width, 0.0);
        assert_eq!(Estimate::from_samples(&samples, 1.0).half_width, f64::INFINITY);
        assert_eq!(Estimate::from_samples(&samples, f64::NAN).half_width, f64::INFINITY);
        assert_eq!(Estimate::from_samples(&[4.0, 4.0], 1.0).half_width, 0.0);
    }

    #[test]
    fn pairing_removes_what_is_common() {
        let a = [10.0, 200.0, 3000.0];
        let b = [9.0, 199.0, 2999.0];
        let e = Estimate::paired(&a, &b, 0.95).unwrap();
        assert_eq!((e.mean, e.half_width), (1.0, 0.0));
        assert!(Estimate::paired(&a, &b[..2], 0.95).is_none());
    }

    #[test]
    fn interval_covers_as_often_as_it_says() {
        // 2000 intervals at 95 %: the number that cover is Binomial(2000, 0.95), with mean 1900 and
        // standard deviation sqrt(2000 * 0.95 * 0.05) = 9.75. Four of those are 39.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(20_240_603);
        let mut covered = 0_i32;
        for _ in 0..2000 {
            let samples: Vec<f64> =
                (0..8).map(|_| 5.0 + 2.0 * rng.sample::<f64, _>(StandardNormal)).collect();
            covered += i32::from(Estimate::from_samples(&samples, 0.95).contains(5.0));
        }
        assert!((covered - 1900).abs() <= 39, "{covered} of 2000");
    }
}
