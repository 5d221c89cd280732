//! A confidence interval from one long run.

use super::Estimate;

/// Factor of a one-sided 5 % test under the normal distribution.
const ONE_SIDED_5_PERCENT: f64 = 1.645;

/// An interval from the means of batches, with the check that makes it believable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchMeans {
    /// Mean and Student t interval over the batches.
    pub estimate: Estimate,
    /// Correlation of each batch with the next, -1 to 1; zero when the batches do not vary.
    pub lag_one: f64,
    /// Whether neighbouring batches look independent; if not, the interval is too narrow.
    ///
    /// Independent batches have a lag-one correlation of about normal `(0, 1/n)`; the check fails
    /// above `1.645 / sqrt(n)`, one side only since negative correlation merely widens the interval
    /// (Law, Simulation Modeling and Analysis, section 9.5.3). Never true below ten batches.
    pub independent: bool,
}

impl BatchMeans {
    /// Fewest batches for which the correlation says anything.
    pub const FEWEST: usize = 10;

    /// Interval from batch means, each over the same number of observations.
    #[must_use]
    pub fn from_batches(batches: &[f64], level: f64) -> Self {
        let estimate = Estimate::from_samples(batches, level);
        let n = batches.len();
        let squared: f64 = batches.iter().map(|y| (y - estimate.mean).powi(2)).sum();
        let crossed: f64 = batches
            .windows(2)
            .map(|pair| (pair[0] - estimate.mean) * (pair[1] - estimate.mean))
            .sum();
        let lag_one = if squared > 0.0 { crossed / squared } else { 0.0 };
        let independent = n >= Self::FEWEST && lag_one <= ONE_SIDED_5_PERCENT / (n as f64).sqrt();
        Self { estimate, lag_one, independent }
    }

    /// Cuts a series into `count` equal batches and takes their interval.
    ///
    /// What does not divide evenly is dropped from the front, where a start-up bias would be.
    #[must_use]
    pub fn from_series(series: &[f64], count: usize, level: f64) -> Self {
        let count = count.clamp(1, series.len().max(1));
        let size = (series.len() / count).max(1);
        let dropped = series.len().saturating_sub(size * count);
        let means: Vec<f64> = series[dropped..]
            .chunks_exact(size)
            .map(|batch| batch.iter().sum::<f64>() / size as f64)
            .collect();
        Self::from_batches(&means, level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};
    use rand_distr::StandardNormal;

    #[test]
    fn lag_one_by_hand() {
        // 1 2 3 4, mean 2.5: crossed = .75 - .25 + .75 = 1.25 over squared = 5: 0.25.
        let b = BatchMeans::from_batches(&[1.0, 2.0, 3.0, 4.0], 0.95);
        assert!((b.lag_one - 0.25).abs() < 1e-12);
        assert!(!b.independent, "four batches are too few to tell");
        assert_eq!(b.estimate.mean, 2.5);
    }

    #[test]
    fn a_ramp_fails_and_an_alternation_passes() {
        let ramp: Vec<f64> = (0..20).map(f64::from).collect();
        assert!(!BatchMeans::from_batches(&ramp, 0.95).independent);
        let saw: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
        assert!(BatchMeans::from_batches(&saw, 0.95).independent);
        assert_eq!(BatchMeans::from_batches(&[3.0; 12], 0.95).lag_one, 0.0);
    }

    #[test]
    fn the_remainder_is_dropped_from_the_front() {
        let b = BatchMeans::from_series(&[100.0, 1.0, 3.0, 5.0, 7.0], 2, 0.95);
        // Batches (1, 3) and (5, 7): means 2 and 6.
        assert_eq!((b.estimate.mean, b.estimate.n), (4.0, 2));
        assert_eq!(BatchMeans::from_series(&[], 4, 0.95).estimate.n, 0);
        assert_eq!(BatchMeans::from_series(&[1.0], 0, 0.95).estimate.n, 1);
        assert_eq!(BatchMeans::from_series(&[1.0, 2.0], 9, 0.95).estimate.n, 2);
    }

    #[test]
    fn the_check_passes_independent_batches_as_often_as_it_says() {
        // The test is one-sided at 5 %: of 1000 series about 950 pass, standard deviation
        // sqrt(1000 * .95 * .05) = 6.9. The estimate's own bias of -1/n makes it a little milder,
        // so the bound is four deviations below and none above.
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        let passed = (0..1000)
            .filter(|_| {
                let batches: Vec<f64> = (0..40).map(|_| rng.sample(StandardNormal)).collect();
                BatchMeans::from_batches(&batches, 0.95).independent
            })
            .count();
        assert!(passed >= 922, "{passed} of 1000");
    }
}
