//! How far a parameter can be moved before the measurements object: the profile likelihood.
//!
//! The parameter is held at a place, the others follow to where they explain the measurements best
//! (to first order), and the analytic solver, corrected by the simulation, says how much worse that
//! is. Where twice the logarithm of the likelihood has fallen by 3.84, the 95 % point of chi-square
//! with one degree of freedom, the interval ends; where it never does, at the documented bound. A
//! parameter whose effect saturates shows here and not in the curvature at the best place.

use super::evaluate::Model;
use super::fit::{Entry, Found, corrected, corrections, normal};
use super::linear::solve;

/// The 95 % point of chi-square with one degree of freedom.
const FALL: f64 = 3.841;

/// Steps outwards, each twice the one before.
const STEPS: i32 = 10;

/// Least first step, on the logarithmic scale.
const FIRST: f64 = 0.005;

/// Part of the way to the fall, as the slopes at the best place foresee it, of the first step.
const PART: f64 = 0.6;

/// The intervals of the keys in `active`, on their scales.
pub(super) fn intervals(model: &Model<'_>, found: &Found, active: &[usize]) -> Vec<(f64, f64)> {
    let correction = corrections(&model.solve(&found.z), &found.simulated);
    let fitted = model.mapping.measured.iter().filter(|m| m.fit).count().max(1) as f64;
    let cost = |z: &[f64]| {
        let predicted = corrected(model.solve(z), Some(&correction));
        let of = |e: &Entry| {
            let p = predicted[e.point][e.metric]?;
            Some(e.weight * ((p - e.log) / found.sigmas[e.metric]).powi(2))
        };
        // Values of one row are not independent: a row counts once.
        found.entries.iter().filter(|e| e.fit).filter_map(of).sum::<f64>() / fitted
    };
    let best = cost(&found.z);
    let (a, _) = normal(&found.entries, &found.simulated, &found.slopes, &found.sigmas, active);
    (0..active.len())
        .map(|i| {
            // The others follow: delta = -A_oo^-1 A_oi.
            let others: Vec<usize> = (0..active.len()).filter(|&j| j != i).collect();
            let block: Vec<Vec<f64>> = others
                .iter()
                .map(|&r| {
                    let cell = |&c: &usize| a[r][c] + if r == c { 1e-9 } else { 0.0 };
                    others.iter().map(cell).collect()
                })
                .collect();
            let column: Vec<f64> = others.iter().map(|&r| -a[r][i]).collect();
            let follow = solve(&block, &column).unwrap_or_else(|| vec![0.0; others.len()]);
            // A move `x` costs `x^2 (A_ii - A_io A_oo^-1 A_oi)`.
            let alone: f64 = column.iter().zip(&follow).map(|(a, f)| a * f).sum();
            let curvature = ((a[i][i] - alone) / fitted).max(1e-12);
            let first = (PART * (FALL / curvature).sqrt()).clamp(FIRST, 1.0);
            let end = |sign: f64| {
                let scale = &model.scales[active[i]];
                let mut reached = 0.0;
                for step in 0..STEPS {
                    let by = sign * first * f64::from(2_i32.pow(step.unsigned_abs()));
                    let mut z = found.z.clone();
                    z[active[i]] = scale.clamped(z[active[i]] + by);
                    for (&j, f) in others.iter().zip(&follow) {
                        z[active[j]] = model.scales[active[j]].clamped(z[active[j]] + f * by);
                    }
                    let at = z[active[i]] - found.z[active[i]];
                    let fallen = cost(&z) - best;
                    if fallen >= FALL {
                        // Between the last place and this one the fall is about quadratic.
                        return (at * (FALL / fallen).sqrt()).abs().max(reached) * sign;
                    }
                    reached = at.abs();
                    if z[active[i]] <= scale.low || z[active[i]] >= scale.high {
                        break;
                    }
                }
                reached * sign
            };
            let z = found.z[active[i]];
            (z + end(-1.0), z + end(1.0))
        })
        .collect()
}
