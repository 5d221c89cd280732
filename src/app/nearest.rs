//! The failures after which limits are nearest to being broken.

use super::pipeline::Prepared;
use super::{AppError, Hooks, Options};
use crate::plan::{Quick, failures, nearest_of_each};
use crate::random::Seed;
use crate::report::LookedAt;

/// States after single failures.
pub(super) struct Nearest {
    /// Those to be simulated.
    pub(super) chosen: Vec<Prepared>,
    /// What is lost in others whatever the limits say: the state and what is lost.
    pub(super) lost: Vec<(String, String)>,
    /// How many there are.
    pub(super) looked_at: LookedAt,
}

/// The states after single failures that are the `each` nearest to breaking each limit, of those
/// that lose nothing whatever the limits say.
pub(super) fn nearest_failures(
    p: &Prepared,
    each: usize,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<Nearest, AppError> {
    let scenario = &p.variant.scenario;
    let name = &p.variant.name;
    let left = failures(scenario, &p.parameters, hooks.cancelled)
        .map_err(|source| AppError::Timeline { variant: name.clone(), source: Box::new(source) })?;
    let seed = Seed(options.seed.unwrap_or(scenario.run.seed));
    let failed = |source| AppError::Search { variant: name.clone(), source };
    let quick = Quick::at(scenario, &p.parameters, &scenario.limits, seed, hooks.cancelled)
        .map_err(failed)?;
    let of = left.len();
    let (mut lost, mut states, mut strains) = (Vec::new(), Vec::new(), Vec::new());
    for condition in left {
        if (hooks.cancelled)() {
            return Err(AppError::Interrupted("all failures were looked at"));
        }
        let called = format!("{name}, {}", condition.name);
        if let Some(what) = condition.lost {
            lost.push((called, what));
            continue;
        }
        strains.push(quick.strains(&condition.scenario).map_err(failed)?);
        states.push((called, condition.scenario));
    }
    let nearest = nearest_of_each(&strains, each);
    let rest = (0..strains.len()).filter(|k| !nearest.contains(k));
    let rest = rest.flat_map(|k| &strains[k]).map(|of| of.stress).reduce(f64::max);
    let looked_at = LookedAt { simulated: nearest.len(), lost: lost.len(), of, rest };
    let mut states: Vec<Option<(String, crate::scenario::Scenario)>> =
        states.into_iter().map(Some).collect();
    let chosen = nearest.into_iter().filter_map(|k| states[k].take());
    let chosen = chosen.map(|(called, scenario)| p.with(called, scenario));
    Ok(Nearest { chosen: chosen.collect::<Result<_, _>>()?, lost, looked_at })
}
