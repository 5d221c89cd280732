//! A timeline in which every load is at its full level and nothing happens but what is asked for.

use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::schedule::{
    Action, BalancerMode, Calendar, Event, Failover, Fidelity, LoadPlan, Moment, Recurrence, Rules,
    TimelinePlan, When,
};

/// What becomes of loads, backups and traffic that come and go (`when`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coming {
    /// They never come.
    Away,
    /// They are there all the time.
    There,
}

/// Names of the loads, backups and traffic of a scenario that come and go (`when`).
#[must_use]
pub fn coming_and_going(scenario: &Scenario) -> Vec<String> {
    let Some(plan) = &scenario.timeline else { return Vec::new() };
    let cluster = &scenario.cluster;
    let loads = scenario.workloads.iter().map(|load| load.name.clone()).zip(&plan.loads);
    let backups = cluster.backups.iter().map(|of| format!("backup {}", of.name));
    let traffic = cluster.traffic.iter().map(|of| format!("traffic {}", of.name));
    let all = loads.chain(backups.zip(&plan.backups)).chain(traffic.zip(&plan.traffic));
    all.filter(|(_, of)| of.when.is_some()).map(|(name, _)| name).collect()
}

/// The plan in which `actions` are taken at the start and nothing else happens for so many seconds.
/// Balancers of machines stand still.
pub(super) fn quiet(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    seconds: u64,
    actions: Vec<Action>,
    coming: Coming,
) -> TimelinePlan {
    let stated = scenario.timeline.as_ref();
    // What balancers make of it later is another matter.
    let rules = Rules {
        optimization: None,
        node_fairness: BalancerMode::Off,
        ..rules(scenario, parameters)
    };
    let plans = |stated: Option<&Vec<LoadPlan>>, count: usize| -> Vec<LoadPlan> {
        let never = |when: &When| When { starts: Recurrence::Once(Moment::NEVER), ..when.clone() };
        let stated = stated.filter(|_| coming == Coming::Away);
        let when = |k: usize| stated.and_then(|all| all.get(k)?.when.as_ref().map(never));
        (0..count).map(|k| LoadPlan { curve: None, when: when(k) }).collect()
    };
    let event = |action: Action| Event {
        name: action.name().to_owned(),
        when: Recurrence::Once(Moment::START),
        action,
        lasts_ms: None,
    };
    TimelinePlan {
        end: Moment::from_ms(seconds.saturating_mul(1000)),
        calendar: stated.map_or_else(Calendar::utc, |plan| plan.calendar.clone()),
        fidelity: Fidelity::Fast,
        // Every level is one step.
        load_step: 1.0,
        precision: 0.05,
        curves: Vec::new(),
        loads: plans(stated.map(|plan| &plan.loads), scenario.workloads.len()),
        backups: plans(stated.map(|plan| &plan.backups), scenario.cluster.backups.len()),
        traffic: plans(stated.map(|plan| &plan.traffic), scenario.cluster.traffic.len()),
        events: actions.into_iter().map(event).collect(),
        rules,
    }
}

/// What the cluster does by itself: as stated, or as its version does.
pub(super) fn rules(scenario: &Scenario, parameters: &FrozenParameters) -> Rules {
    if let Some(plan) = &scenario.timeline {
        return plan.rules.clone();
    }
    let value = |name: &str| parameters.id(name).map_or(0.0, |id| parameters.value(id));
    let failover = Failover {
        detection_s: value("failover.detection"),
        volume_pause_s: value("failover.volume-pause"),
        restart_s: value("failover.restart"),
        starts_at_once: value("failover.starts-at-once").round().max(1.0) as u32,
    };
    Rules::usual(scenario.cluster.windows, failover)
}
