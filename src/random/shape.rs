//! Unit-mean distributions that shape a service time around its mean.

use rand_distr::{Distribution, Gamma};
use thiserror::Error;

use super::{Stream, maths};

/// Why a shape was refused.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// The squared coefficient of variation is not a finite number in the range of the shape.
    #[error("the squared coefficient of variation {0} must lie in [{1}, {2}]")]
    Variation(f64, f64, f64),
}

/// How a service time spreads around its mean. Every shape has mean 1.
///
/// A closed set, so that mean and squared coefficient of variation are known to the analytic
/// solver and no dispatch through a pointer happens in the loop.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// No spread.
    Constant,
    /// Exponential: squared coefficient of variation 1.
    Exponential,
    /// Log-normal, by the standard deviation of the logarithm.
    LogNormal {
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// Gamma, by its shape parameter `k`; the squared coefficient of variation is `1/k`.
    Gamma {
        /// Shape parameter.
        k: f64,
    },
    /// Balanced two-phase hyper-exponential: with probability `p` a long phase.
    HyperExponential {
        /// Probability of the long phase.
        p: f64,
    },
}

impl Shape {
    /// A log-normal shape with squared coefficient of variation `scv` (0 to 100).
    ///
    /// # Errors
    /// When `scv` is outside its range.
    ///
    /// ```
    /// use csvnet::random::Shape;
    /// assert!((Shape::log_normal(1.0).unwrap().scv() - 1.0).abs() < 1e-12);
    /// assert!(Shape::log_normal(-1.0).is_err());
    /// ```
    pub fn log_normal(scv: f64) -> Result<Self, ShapeError> {
        check(scv, 0.0, 100.0)?;
        Ok(if scv == 0.0 {
            Self::Constant
        } else {
            Self::LogNormal { sigma: maths::ln(1.0 + scv).sqrt() }
        })
    }

    /// A gamma shape with squared coefficient of variation `scv` (0 to 100).
    ///
    /// # Errors
    /// When `scv` is outside its range.
    pub fn gamma(scv: f64) -> Result<Self, ShapeError> {
        check(scv, 0.0, 100.0)?;
        Ok(if scv == 0.0 { Self::Constant } else { Self::Gamma { k: 1.0 / scv } })
    }

    /// A hyper-exponential shape with balanced means and squared coefficient of variation `scv`
    /// (1 to 100).
    ///
    /// # Errors
    /// When `scv` is outside its range.
    pub fn hyper_exponential(scv: f64) -> Result<Self, ShapeError> {
        check(scv, 1.0, 100.0)?;
        Ok(Self::HyperExponential { p: 0.5 * (1.0 - ((scv - 1.0) / (scv + 1.0)).sqrt()) })
    }

    /// Squared coefficient of variation: variance over squared mean.
    #[must_use]
    pub fn scv(self) -> f64 {
        match self {
            Self::Constant => 0.0,
            Self::Exponential => 1.0,
            Self::LogNormal { sigma } => maths::exp(sigma * sigma) - 1.0,
            Self::Gamma { k } => 1.0 / k,
            // Balanced means: E[X^2] = 2 (1/(4p) + 1/(4(1-p))).
            Self::HyperExponential { p } => 0.5 / (p * (1.0 - p)) - 1.0,
        }
    }

    /// The multiplier of I/O number `n`.
    #[inline]
    #[must_use]
    pub fn at(self, stream: Stream, n: u64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Exponential => -maths::ln(stream.unit(n)),
            Self::LogNormal { sigma } => {
                maths::exp(sigma * maths::normal_quantile(stream.unit(n)) - 0.5 * sigma * sigma)
            }
            Self::Gamma { k } => gamma(k, stream, n),
            Self::HyperExponential { p } => {
                let rate = if stream.child(1).unit(n) < p { 2.0 * p } else { 2.0 * (1.0 - p) };
                -maths::ln(stream.unit(n)) / rate
            }
        }
    }
}

fn check(scv: f64, low: f64, high: f64) -> Result<(), ShapeError> {
    if scv.is_finite() && (low..=high).contains(&scv) {
        Ok(())
    } else {
        Err(ShapeError::Variation(scv, low, high))
    }
}

fn gamma(k: f64, stream: Stream, n: u64) -> f64 {
    Gamma::new(k, 1.0 / k).map_or(1.0, |g| g.sample(&mut stream.rng(n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    #[test]
    fn sampled_moments_match_the_declared_ones() {
        let n = 200_000_u64;
        let stream = Stream::new(Seed(11), 0, "moments");
        for shape in [
            Shape::Exponential,
            Shape::log_normal(1.0).unwrap(),
            Shape::log_normal(0.2).unwrap(),
            Shape::gamma(0.25).unwrap(),
            Shape::hyper_exponential(4.0).unwrap(),
        ] {
            let (mut sum, mut square) = (0.0, 0.0);
            for i in 0..n {
                let x = shape.at(stream, i);
                sum += x;
                square += x * x;
            }
            let mean = sum / n as f64;
            let scv = square / n as f64 / (mean * mean) - 1.0;
            // Five standard errors of the mean.
            let bound = 5.0 * (shape.scv() / n as f64).sqrt();
            assert!((mean - 1.0).abs() < bound, "{shape:?}: mean {mean}");
            assert!((scv / shape.scv() - 1.0).abs() < 0.08, "{shape:?}: scv {scv}");
        }
    }

    #[test]
    fn shapes_out_of_range_are_refused() {
        assert!(Shape::log_normal(f64::NAN).is_err());
        assert!(Shape::gamma(f64::INFINITY).is_err());
        assert!(Shape::hyper_exponential(0.5).is_err());
    }
}
