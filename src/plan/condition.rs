//! Conditions that limits are to be kept in: as it is, after a failure, grown.

use thiserror::Error;

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
