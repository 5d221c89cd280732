//! How far a prediction can be trusted.
//!
//! The residuals of rows that were left out of the fit tell the error of the model. On the
//! logarithmic scale its variance is `floor^2 + (unsteady * h)^2`, where `h` is the length of the
//! row's slopes by the fitted parameters: a row decided by a saturated link has no slope and is
//! known to the floor, one decided by host overheads is known as well as those are steady from one
//! run to the next. Both numbers are fitted by maximum likelihood; a factor then makes the interval
//! hold 95 of 100 of the residuals left out, as conformal prediction does (Lei et al. 2018), though
//! the same residuals gave both numbers; of fewer than twenty it is Student's t.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::linear::{Matrix, quadratic};

/// The error of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Standard deviation where nothing depends on a parameter.
    pub floor: f64,
    /// Standard deviation of all parameters from run to run.
    pub unsteady: f64,
    /// Half width of the interval in standard deviations.
    pub factor: f64,
    /// Residuals it was found on.
    pub rows: usize,
}

/// Share of the residuals that the interval is to hold.
const HELD: f64 = 0.95;

/// Half width in standard deviations where too few residuals tell it: Student's t.
fn few(n: usize) -> f64 {
    let freedom = n.saturating_sub(1).max(1) as f64;
    StudentsT::new(0.0, 1.0, freedom).map_or(12.7, |t| t.inverse_cdf(0.975)).min(12.7)
}

/// Residuals that can tell it.
const ENOUGH: usize = 20;

/// A residual left out, with what is known of its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Left {
    /// Logarithm of predicted over measured.
    pub(super) residual: f64,
    /// Length of the slopes.
    pub(super) slope: f64,
    /// Variance by the parameters and the sampling.
    pub(super) variance: f64,
}

impl Spread {
    /// The error of a metric nobody has measured.
    pub(super) const fn assumed(relative: f64) -> Self {
        Self { floor: relative / 2.0, unsteady: 0.0, factor: 1.96, rows: 0 }
    }

    /// Fits the error; none where there is no residual.
    pub(super) fn of(left: &[Left], noise: f64) -> Option<Self> {
        let n = left.len();
        if n == 0 {
            return None;
        }
        let size = (left.iter().map(|l| l.residual.powi(2)).sum::<f64>() / n as f64).sqrt();
        let steepest = left.iter().map(|l| l.slope).fold(0.0, f64::max);
        let most = size.max(noise / 4.0).max(1e-6);
        let grid = |most: f64| (0..24).map(move |i| most * 0.75_f64.powi(i));
        let mut best: Option<(f64, f64, f64)> = None;
        for floor in grid(2.0 * most) {
            let unsteady: Vec<f64> = if steepest > 0.0 {
                grid(3.0 * most / steepest.max(0.05)).chain([0.0]).collect()
            } else {
                vec![0.0]
            };
            for unsteady in unsteady {
                let of = |l: &Left| {
                    let variance = variance(floor, unsteady, l);
                    // Student's t with four degrees of freedom, so that outliers do not rule.
                    2.5 * (1.0 + l.residual.powi(2) / (4.0 * variance)).ln() + 0.5 * variance.ln()
                };
                let cost: f64 = left.iter().map(of).sum();
                if best.is_none_or(|(least, ..)| cost < least) {
                    best = Some((cost, floor, unsteady));
                }
            }
        }
        let (_, floor, unsteady) = best?;
        let mut ratios: Vec<f64> =
            left.iter().map(|l| l.residual.abs() / variance(floor, unsteady, l).sqrt()).collect();
        ratios.sort_by(f64::total_cmp);
        // The rank that holds the share for one row more than was seen.
        let rank = (HELD * (n + 1) as f64).ceil() as usize;
        let factor = if n < ENOUGH { few(n) } else { ratios[rank.min(n) - 1].clamp(1.0, 6.0) };
        Some(Self { floor, unsteady, factor, rows: n })
    }

    /// Half width of the interval on the logarithmic scale.
    pub(super) fn half_width(&self, slope: f64, variance_known: f64) -> f64 {
        let l = Left { residual: 0.0, slope, variance: variance_known };
        self.factor * variance(self.floor, self.unsteady, &l).sqrt()
    }
}

fn variance(floor: f64, unsteady: f64, l: &Left) -> f64 {
    floor * floor + (unsteady * l.slope).powi(2) + l.variance
}

/// Length of a row of slopes.
pub(super) fn length(slopes: &[(usize, f64)]) -> f64 {
    slopes.iter().map(|(_, s)| s * s).sum::<f64>().sqrt()
}

/// Variance that uncertain parameters bring.
pub(super) fn by_parameters(covariance: &Matrix, slopes: &[(usize, f64)]) -> f64 {
    quadratic(covariance, slopes).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Seed, Stream, maths};

    /// Residuals of a known floor and unsteadiness.
    fn left(floor: f64, unsteady: f64, n: u64) -> Vec<Left> {
        let stream = Stream::new(Seed(3), 0, "residuals");
        (0..n)
            .map(|i| {
                let slope = (i % 5) as f64 / 5.0;
                let sd = (floor * floor + (unsteady * slope).powi(2)).sqrt();
                let z = maths::normal_quantile(stream.unit(i));
                Left { residual: sd * z, slope, variance: 0.0 }
            })
            .collect()
    }

    #[test]
    fn floor_and_unsteadiness_are_recovered() {
        let spread = Spread::of(&left(0.005, 0.06, 400), 0.001).unwrap();
        assert!((spread.floor / 0.005 - 1.0).abs() < 0.4, "{spread:?}");
        assert!((spread.unsteady / 0.06 - 1.0).abs() < 0.3, "{spread:?}");
        let steep = spread.half_width(0.8, 0.0);
        assert!((0.08..0.13).contains(&steep), "1.96 x 0.048 is 0.095: {steep}");
        assert!(spread.half_width(0.0, 0.0) < 0.016);
    }

    #[test]
    fn new_residuals_are_held() {
        let all = left(0.01, 0.1, 2_000);
        let (seen, unseen) = all.split_at(60);
        let spread = Spread::of(seen, 0.001).unwrap();
        let held = |l: &&Left| l.residual.abs() <= spread.half_width(l.slope, 0.0);
        let share = unseen.iter().filter(held).count() as f64 / unseen.len() as f64;
        assert!((0.88..0.995).contains(&share), "{share} {spread:?}");
    }

    #[test]
    fn few_residuals_get_the_wide_factor() {
        let spread = Spread::of(&left(0.01, 0.0, 8), 0.001).unwrap();
        // Student's t at seven degrees of freedom, from the tables.
        assert!((spread.factor - 2.365).abs() < 1e-3 && spread.rows == 8, "{spread:?}");
        assert_eq!(Spread::of(&[], 0.001), None);
    }
}
