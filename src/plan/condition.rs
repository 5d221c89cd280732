//! Conditions that limits are to be kept in: as it is, after a failure, grown.

use std::collections::BTreeSet;

use thiserror::Error;

use super::quick::Strain;
use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::schedule::GrowthPath;
use crate::timeline::{TimelineError, aftermath, elements};

/// A state of the cluster with a name.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Name.
    pub name: String,
    /// The cluster and its loads.
    pub scenario: Scenario,
    /// What is lost in it whatever the limits say: the cluster stops, machines are off.
    pub lost: Option<String>,
}

/// No load of a scenario grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "no load grows: state `growth` in a curve under [curves], and `curve` with the loads that \
     follow it"
)]
pub struct NothingGrows;

/// What every single failure leaves: of each node, port, switch, path, controller and drive.
///
/// # Errors
/// When a state cannot be evaluated, or `cancelled` says so.
pub fn failures(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<Condition>, TimelineError> {
    let all = elements(scenario, parameters).into_iter().map(|(element, name)| {
        if cancelled() {
            return Err(TimelineError::Cancelled);
        }
        let left = aftermath(scenario, parameters, element, cancelled)?;
        let lost = if left.stopped {
            Some("the cluster stops for want of votes".to_owned())
        } else if left.off > 0 {
            Some(format!("{} machines are off", left.off))
        } else if left.cut_off > 0 {
            Some(format!("{} disks do not answer", left.cut_off))
        } else {
            None
        };
        Ok(Condition { name: format!("without {name}"), scenario: left.scenario, lost })
    });
    all.collect()
}

/// Relative difference of stresses that is none.
const ALIKE: f64 = 1e-6;

/// Positions of the conditions that come nearest to breaking each limit, `each` of every limit
/// that are not alike, all of them once; that which is nearest to any limit first.
///
/// One limit's figure may be known far worse than another's: were only the nearest of all looked
/// at, what is sure could stand before what is not.
#[must_use]
pub fn nearest_of_each(all: &[Vec<Strain>], each: usize) -> Vec<usize> {
    let stress = |k: usize, limit: Option<usize>| {
        let own = all[k].iter().filter(|of| of.limit == limit).map(|of| of.stress);
        own.reduce(f64::max)
    };
    let limits: BTreeSet<Option<usize>> = all.iter().flatten().map(|of| of.limit).collect();
    let near = |a: f64, b: f64| a == b || a.is_finite() && (a - b).abs() <= ALIKE * a.abs();
    let alike = |a: usize, b: usize| {
        let same = |limit: &Option<usize>| match (stress(a, *limit), stress(b, *limit)) {
            (Some(a), Some(b)) => near(a, b),
            (a, b) => a == b,
        };
        limits.iter().all(same)
    };
    let mut chosen: Vec<usize> = Vec::new();
    for &limit in &limits {
        let known = (0..all.len()).filter_map(|k| Some((k, stress(k, limit)?)));
        let mut known: Vec<(usize, f64)> = known.collect();
        known.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut own: Vec<usize> = Vec::new();
        for (k, _) in known {
            if own.len() < each && !own.iter().any(|of| alike(*of, k)) {
                own.push(k);
            }
        }
        for k in own {
            if !chosen.iter().any(|of| alike(*of, k)) {
                chosen.push(k);
            }
        }
    }
    let most = |k: usize| all[k].iter().map(|of| of.stress).fold(0.0, f64::max);
    chosen.sort_by(|a, b| most(*b).total_cmp(&most(*a)).then(a.cmp(b)));
    chosen
}

/// The scenario with every load as high as its curve gets within some months: the highest level of
/// hours, days and months, times the growth until then.
///
/// # Errors
/// When no load grows.
pub fn grown(scenario: &Scenario, months: u32, path: GrowthPath) -> Result<Scenario, NothingGrows> {
    let plan = scenario.timeline.as_ref().ok_or(NothingGrows)?;
    let mut grows = false;
    let mut after = scenario.clone();
    for (load, plan_of) in after.workloads.iter_mut().zip(&plan.loads) {
        let Some(curve) = plan_of.curve.and_then(|curve| plan.curves.get(curve)) else { continue };
        let most = |levels: &mut dyn Iterator<Item = f64>| levels.fold(0.0, f64::max);
        let peak = most(&mut curve.hours.iter().map(|(_, level)| *level))
            * most(&mut curve.days.iter().copied())
            * most(&mut curve.months.iter().copied());
        let growth = curve.growth.as_ref().map_or(1.0, |growth| {
            grows = true;
            let rate = match path {
                GrowthPath::Low => growth.range.0,
                GrowthPath::Central => growth.per_month,
                GrowthPath::High => growth.range.1,
            };
            growth.factor(rate, months)
        });
        load.intensity = load.intensity.scaled(peak * growth);
    }
    if grows { Ok(after) } else { Err(NothingGrows) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stresses: &[f64]) -> Vec<Strain> {
        let all = stresses.iter().enumerate();
        all.map(|(limit, &stress)| Strain {
            limit: Some(limit),
            subject: String::new(),
            value: stress,
            stress,
        })
        .collect()
    }

    #[test]
    fn a_limit_is_not_displaced_by_another() {
        // By the highest of all, the last would never be looked at.
        let all = [of(&[0.9, 0.1]), of(&[0.8, 0.1]), of(&[0.7, 0.2]), of(&[0.1, 0.6])];
        assert_eq!(nearest_of_each(&all, 1), [0, 3]);
        assert_eq!(nearest_of_each(&all, 2), [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_alike_is_looked_at_once() {
        let endless = f64::INFINITY;
        let all = [of(&[0.9, 0.1]), of(&[0.9, 0.1]), of(&[0.5, 0.2]), of(&[endless, endless])];
        assert_eq!(nearest_of_each(&all, 2), [3, 0, 2]);
        assert_eq!(nearest_of_each(&all, 9), [3, 0, 2]);
        assert!(nearest_of_each(&[Vec::new(), Vec::new()], 2).is_empty());
    }
}
