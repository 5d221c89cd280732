//! The approximate solver beside the simulation, and when their difference is a warning.

use std::collections::BTreeMap;

use crate::analytic::Kind;
use crate::stats::Estimate;
use crate::workload::Intensity;

use super::super::model::CrossCheckRow;
use super::super::number::{Shown, share};
use super::Evaluated;

/// What a kind of network has that decides how accurate the approximate solver is, in plain words,
/// as in "a network with ...".
#[must_use]
pub const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::ProductForm => "plain exponential queues and delays only",
        Kind::Open => "loads of a given rate only",
        Kind::Closed => "loads of a given number of outstanding I/Os only",
        Kind::OpenAndClosed => "loads of a given rate beside loads of a given number outstanding",
        Kind::Ports => "ports that pass data on while it still comes in",
        Kind::Forks => "I/Os of which parts run side by side",
        Kind::Tokens => "credits or slots that I/Os wait for",
        Kind::Balanced => "choices of the least busy of several ways",
        Kind::Regulated => "rate limits, priorities or traffic classes",
        Kind::Mixed => "a mix of parts side by side, credits, least-busy choices and rate limits",
        Kind::Bursty => "loads in bursts",
        Kind::Buffers => "buffers that may be full",
        Kind::Clock => "links that fail in the run",
    }
}

/// Beyond this the approximate solution says nothing, and a wider interval would say no less.
const DOUBT_MOST: f64 = 9.0;

pub(super) fn cross_check(of: &Evaluated<'_>) -> Vec<CrossCheckRow> {
    let Some(prediction) = of.prediction else { return Vec::new() };
    let kind = prediction.base.kind;
    let usual = kind.tolerance();
    let mut rows = Vec::new();
    // Traffic beside the workloads comes behind them and is not judged.
    for (g, m) in of.measured.groups.iter().enumerate().filter(|(_, m)| m.workload) {
        if matches!(of.variant.scenario.workloads[g].intensity, Intensity::Replay(_)) {
            // The approximation knows a trace's mean rate only; its bursts are what matters.
            continue;
        }
        let a = &prediction.base.groups[g];
        rows.push(row(&m.name, "iops", m.iops, a.iops, (kind, usual.iops)));
        rows.push(row(&m.name, "latency_mean", m.latency_s, a.latency_s, (kind, usual.latency)));
    }
    rows
}

fn row(
    workload: &str,
    quantity: &'static str,
    simulated: Estimate,
    approximated: f64,
    (kind, tolerance): (Kind, f64),
) -> CrossCheckRow {
    let difference = approximated / simulated.mean - 1.0;
    let exceeds_tolerance = difference.is_nan() || difference.abs() > tolerance;
    // A path that saturates in one solver only makes the difference infinite: no sampling does.
    let gap = (approximated - simulated.mean).abs();
    let unexplained =
        !difference.is_finite() || gap > tolerance * approximated.abs() + simulated.half_width;
    let known = simulated.half_width.is_finite() && simulated.mean.is_finite();
    CrossCheckRow {
        workload: workload.to_owned(),
        quantity: quantity.into(),
        simulated: simulated.mean,
        sampling: known.then(|| [simulated.low().max(0.0), simulated.high()]),
        approximated,
        difference,
        kind: kind_words(kind).into(),
        tolerance,
        exceeds_tolerance,
        doubtful: exceeds_tolerance && unexplained,
    }
}

/// Of each workload that the approximate solver gets wrong, by what share of the lesser value.
pub(super) fn doubts(of: &Evaluated<'_>) -> BTreeMap<String, f64> {
    let mut doubts = BTreeMap::new();
    for row in cross_check(of).into_iter().filter(|row| row.doubtful) {
        let times = (row.approximated / row.simulated).max(row.simulated / row.approximated);
        let beyond = if times.is_finite() { (times - 1.0).min(DOUBT_MOST) } else { DOUBT_MOST };
        let known = doubts.entry(row.workload).or_insert(0.0_f64);
        *known = known.max(beyond);
    }
    doubts
}

/// The warning of a row that neither the solver's usual error nor sampling explains.
pub(super) fn warning(name: &str, row: &CrossCheckRow) -> Option<String> {
    let (quantity, shown) = match row.quantity.as_ref() {
        "iops" => ("IOPS", Shown::Iops),
        _ => ("mean latency", Shown::Seconds),
    };
    let half = row.sampling.map_or(f64::NAN, |[_, high]| high / row.simulated - 1.0);
    (row.doubtful && row.simulated > 0.0).then(|| {
        format!(
            "{name}: the {quantity} of {} is {} by the approximate solver, {:+.0} % against the \
             simulated {} (known to {}); {} for a network with {}. The prediction \
             interval is as wide as they differ",
            row.workload,
            shown.text(row.approximated),
            100.0 * row.difference,
            shown.text(row.simulated),
            share(half),
            usual(row.tolerance),
            row.kind
        )
    })
}

/// What is usual, in words.
fn usual(tolerance: f64) -> String {
    if tolerance.is_finite() {
        format!("usual are {:.0} %", 100.0 * tolerance)
    } else {
        "it is not known what is usual".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(half_width: f64, approximated: f64) -> CrossCheckRow {
        let simulated = Estimate { mean: 100.0, half_width, level: 0.95, n: 5 };
        row("web", "iops", simulated, approximated, (Kind::Bursty, 0.04))
    }

    #[test]
    fn a_difference_that_sampling_explains_is_no_warning() {
        // 25 apart; 4 % of 125 are 5, so that a half width of 20 is the border.
        let (narrow, wide) = (of(19.9, 125.0), of(20.1, 125.0));
        assert!(narrow.exceeds_tolerance && wide.exceeds_tolerance);
        assert!(narrow.doubtful && !wide.doubtful);
        assert_eq!(warning("base", &wide), None);
        let text = warning("base", &narrow).unwrap();
        assert!(text.starts_with("base: the IOPS of web is 125 IOPS by the approx"), "{text}");
        assert!(text.contains("+25 % against the simulated 100 IOPS (known to 19.9 %)"), "{text}");
        assert!(text.contains("usual are 4 % for a network with loads in bursts."), "{text}");
        assert_eq!(
            (wide.sampling, of(200.0, 125.0).sampling.unwrap()[0]),
            (Some([79.9, 120.1]), 0.0)
        );
    }

    #[test]
    fn a_difference_within_the_tolerance_is_none() {
        assert!(!of(0.0, 103.9).exceeds_tolerance && !of(0.0, 103.9).doubtful);
        // Beyond 4 % of the simulated value, but not of the approximate one.
        assert!(of(0.0, 104.1).exceeds_tolerance && !of(0.0, 104.1).doubtful);
        // One replication tells nothing of sampling.
        assert!(!of(f64::INFINITY, 200.0).doubtful && of(f64::INFINITY, 200.0).sampling.is_none());
    }

    #[test]
    fn saturation_in_one_solver_only_is_a_warning_whatever_the_sampling() {
        assert!(of(1.0, f64::INFINITY).doubtful && of(f64::INFINITY, f64::INFINITY).doubtful);
    }
}
