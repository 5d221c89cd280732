//! Whether measurements can be fitted at all.

use super::calibration::CalibrationError;
use super::fit::Found;
use super::setup::Setup;

/// Repeats of one row that differ by more than this factor cannot both be right.
const APART: f64 = 2.0;

/// Share of the repeated points that may hold such a pair: a few outliers are no contradiction.
const TOLERATED: f64 = 0.1;

/// Median error beyond which a metric is not explained.
const UNEXPLAINED: f64 = 0.5;

/// Rows named in an error.
const NAMED: usize = 5;

/// Refuses rows that set the same and measured something else.
///
/// # Errors
/// When more than a tenth of the points that were repeated hold such a pair.
pub(super) fn contradictions(setup: &Setup) -> Result<(), CalibrationError> {
    let rows = &setup.observations.rows;
    let mut repeated = 0;
    let mut pairs = Vec::new();
    for point in setup.points.iter().filter(|point| point.rows.len() > 1) {
        repeated += 1;
        let widest = setup.mapping.measured.iter().enumerate().filter(|(_, m)| m.fit);
        let widest = widest.filter_map(|(i, m)| {
            let values = || point.rows.iter().filter_map(move |&r| Some((rows[r].measured[i]?, r)));
            let low = values().min_by(|a, b| a.0.total_cmp(&b.0))?;
            let high = values().max_by(|a, b| a.0.total_cmp(&b.0))?;
            let ratio = (m.metric.log(high.0) - m.metric.log(low.0)).exp();
            (ratio > APART).then_some((ratio, m, low.1, high.1))
        });
        if let Some((ratio, m, low, high)) = widest.max_by(|a, b| a.0.total_cmp(&b.0)) {
            let i = setup.mapping.measured.iter().position(|own| own == m).unwrap_or_default();
            let value = |row: usize| rows[row].measured[i].unwrap_or_default();
            let higher = if m.metric.is_share() {
                format!("{:.1} points higher", 100.0 * (value(high) - value(low)))
            } else {
                format!("{ratio:.1} times as high")
            };
            pairs.push(format!(
                "\n  lines {} and {} set the same, and `{}` is {higher}",
                rows[low].line, rows[high].line, m.name
            ));
        }
    }
    if pairs.len() as f64 <= TOLERATED * f64::from(repeated) {
        return Ok(());
    }
    let more = pairs.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    let pairs = pairs.into_iter().take(NAMED).collect::<String>() + &rest;
    Err(CalibrationError::Contradiction { pairs })
}

/// Refuses a fit that comes near to nothing.
///
/// # Errors
/// When half the rows of a fitted metric are far off.
pub(super) fn explained(setup: &Setup, found: &Found) -> Result<(), CalibrationError> {
    for (i, m) in setup.mapping.measured.iter().enumerate().filter(|(_, m)| m.fit) {
        let own = found.entries.iter().filter(|e| e.metric == i);
        let mut errors: Vec<(f64, u64)> = own
            .map(|e| {
                let log = found.simulated[e.point][i].map_or(f64::INFINITY, |p| (p - e.log).abs());
                (log, setup.observations.rows[e.row].line)
            })
            .collect();
        errors.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some((median, _)) = errors.get(errors.len() / 2) else { continue };
        let points = || {
            let own = found.entries.iter().filter(|e| e.metric == i);
            let off = |e: &super::fit::Entry| {
                Some(m.metric.error(e.log, found.simulated[e.point][i]? - e.log).abs())
            };
            let mut off: Vec<f64> = own.filter_map(off).collect();
            off.sort_by(f64::total_cmp);
            format!("{:.1} points", 100.0 * super::quantile(&off, 0.5))
        };
        if *median > (1.0 + UNEXPLAINED).ln() {
            let lines: Vec<String> =
                errors.iter().rev().take(NAMED).map(|(_, line)| line.to_string()).collect();
            return Err(CalibrationError::Unexplained {
                metric: m.name.clone(),
                median: if median.is_finite() && m.metric.is_share() {
                    points()
                } else if median.is_finite() {
                    format!("a factor of {:.2}", median.exp())
                } else {
                    "everything".into()
                },
                worst: format!("; the worst are lines {}", lines.join(", ")),
            });
        }
    }
    Ok(())
}
