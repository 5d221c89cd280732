//! What parameters add to the uncertainty of a comparison.
//!
//! Draws with the same number are of the same parameters in both variants, so what a parameter does
//! to both alike cancels in how many times the one's result is the other's.

use super::prediction::{Prediction, Ratio, Spread};

/// How far results of the second, as multiples of those of the first, may lie from what they are at
/// the best estimates; `groups` are the ids of the workload in both.
#[must_use]
pub fn contrast(first: &Prediction, second: &Prediction, groups: (usize, usize)) -> Spread {
    let pick = |of: fn(&(f64, f64)) -> f64| -> Ratio {
        let base = |prediction: &Prediction, group: usize| {
            let of_base = prediction.base.groups.get(group)?;
            Some(of(&(of_base.iops, of_base.latency_s))).filter(|x| x.is_finite() && *x > 0.0)
        };
        let (Some(a), Some(b)) = (base(first, groups.0), base(second, groups.1)) else {
            return Ratio { low: 0.0, high: f64::INFINITY };
        };
        // Where no parameter moves anything there are no draws.
        let count = match (first.drawn.len(), second.drawn.len()) {
            (0, n) | (n, 0) => n,
            (n, m) => n.min(m),
        };
        let drawn = |prediction: &Prediction, group: usize, n: usize, base: f64| {
            if prediction.drawn.is_empty() {
                return Some(base);
            }
            prediction.drawn[n].as_ref()?.get(group).map(of)
        };
        let ratios = (0..count).filter_map(|n| {
            let x = drawn(first, groups.0, n, a)? / a;
            let y = drawn(second, groups.1, n, b)? / b;
            Some(y / x)
        });
        let ratios: Vec<f64> = ratios.collect();
        if ratios.is_empty() { Ratio::EXACT } else { Ratio::of(ratios) }
    };
    Spread { throughput: pick(|of| of.0), latency: pick(|of| of.1) }
}
