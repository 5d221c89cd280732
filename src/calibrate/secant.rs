//! Slopes that follow a search by what its steps show (Broyden, Mathematics of Computation 19,
//! 1965): after a step the slopes are changed as little as it takes for them to predict what the
//! step did. A step measures by the range of each parameter, so that those that moved farther
//! within theirs take more of the change. Slopes anew cost two predictions for each parameter,
//! these none.

use super::evaluate::{Predictions, Sensitivities};
use super::key::Scale;

/// Takes a step from `z.0` to `z.1` into the slopes, which changed the predictions from `at.0`
/// to `at.1`.
pub(super) fn learn(
    slopes: &mut Sensitivities,
    scales: &[Scale],
    z: (&[f64], &[f64]),
    at: (&Predictions, &Predictions),
) {
    let moved: Vec<f64> = z.0.iter().zip(z.1).map(|(from, to)| to - from).collect();
    for (point, rows) in slopes.iter_mut().enumerate() {
        for (metric, row) in rows.iter_mut().enumerate() {
            let (Some(before), Some(after)) = (at.0[point][metric], at.1[point][metric]) else {
                continue;
            };
            let length: f64 =
                row.iter().map(|(k, _)| (moved[*k] / scales[*k].prior()).powi(2)).sum();
            if length <= 0.0 {
                continue;
            }
            let foreseen: f64 = row.iter().map(|(k, slope)| slope * moved[*k]).sum();
            let rest = (after - before - foreseen) / length;
            for (k, slope) in row {
                *slope += rest * moved[*k] / scales[*k].prior().powi(2);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provenance::{Parameter, Source};
    use crate::units::UnitKind;

    #[test]
    fn slopes_predict_the_step_that_was_taken() {
        let parameter = |high: f64| Parameter {
            low: 1.0,
            high,
            ..Parameter::fixed("x", UnitKind::Time, 2.0, Source::Assumed)
        };
        let scales = [Scale::of(&parameter(4.0)), Scale::of(&parameter(16.0))];
        let mut slopes: Sensitivities = vec![vec![vec![(0, 1.0), (1, 0.5)], vec![]]];
        let (from, to) = (vec![vec![Some(0.0), None]], vec![vec![Some(0.3), None]]);
        learn(&mut slopes, &scales, (&[0.0, 0.0], &[0.1, 0.1]), (&from, &to));
        // 0.15 was foreseen, 0.3 came: the rest is shared 4 to 1, as 1 / ln(4)^2 to 1 / ln(16)^2.
        let row = &slopes[0][0];
        assert!((0.1 * row[0].1 + 0.1 * row[1].1 - 0.3).abs() < 1e-12, "{row:?}");
        assert!((row[0].1 - 1.0 - 4.0 * (row[1].1 - 0.5)).abs() < 1e-12, "{row:?}");
        // What did not move tells nothing.
        let before = slopes.clone();
        learn(&mut slopes, &scales, (&[0.0, 0.0], &[0.0, 0.0]), (&from, &to));
        assert_eq!(slopes, before);
    }
}
