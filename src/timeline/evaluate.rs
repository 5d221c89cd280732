//! From a scenario to its timeline.

use std::collections::BTreeMap;

use super::clock::{Clock, Followed, TimelineError};
use super::exposure;
use super::figures::{EvaluateError, Figures, Ready};
use super::queue::{self, Stopped};
use super::result::Timeline;
use super::setting::Setting;
use crate::experiment::ExperimentError;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{Curve, Fidelity, GrowthPath, Moment, TimelinePlan};

/// How a timeline is followed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Seed instead of the scenario's.
    pub seed: Option<u64>,
    /// Fidelity instead of the plan's.
    pub fidelity: Option<Fidelity>,
    /// Worker threads; results do not depend on it. None: as many as there are cores.
    pub threads: Option<usize>,
}

/// Share of the work that following the clock is, about.
const CLOCK: f64 = 0.3;
/// Settings up to which all are simulated.
const ALL: usize = 128;
/// Seconds that a setting must last to be simulated in any case.
const LONG_S: f64 = 60.0;
/// Microseconds of which the worst of the short settings are simulated.
const BIN_US: u64 = 300_000_000;

/// Follows the timeline of a scenario; none where it has none.
///
/// `progress` is told the share done and what is under way.
///
/// # Errors
/// When a setting cannot be compiled or simulated, when there are too many of them, or when
/// `cancelled` says so.
pub fn follow(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    settings: Settings,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64, &str) + Sync),
) -> Result<Option<Timeline>, TimelineError> {
    let Some(plan) = &scenario.timeline else { return Ok(None) };
    let seed = Seed(settings.seed.unwrap_or(scenario.run.seed));
    let threads = queue::threads(settings.threads);
    let all = All { scenario, plan, parameters, threads, cancelled };
    let on = |growth: GrowthPath, from: f64, share: f64| {
        let clock = Clock::new(scenario, plan, parameters, growth, seed).map_err(|source| {
            let at = plan.calendar.label(Moment::START);
            let after = "the start".to_owned();
            TimelineError::Evaluate { at, after, source: Box::new(source) }
        })?;
        let followed = clock.follow(cancelled, &|done| progress(from + share * done, "clock"))?;
        all.solve(followed, &|done| progress(from + share * (0.5 + 0.5 * done), "solution"))
    };
    let ranged =
        |curve: &Curve| curve.growth.as_ref().is_some_and(|growth| growth.range.0 < growth.range.1);
    let grows = !scenario.limits.is_empty() && plan.curves.iter().any(ranged);
    let share = if grows { CLOCK / 3.0 } else { CLOCK };
    let central = on(GrowthPath::Central, 0.0, share)?;
    let sides = if grows {
        let low = on(GrowthPath::Low, share, share)?;
        Some((low, on(GrowthPath::High, 2.0 * share, share)?))
    } else {
        None
    };
    let fast = central.1.clone();
    let figures = match settings.fidelity.unwrap_or(plan.fidelity) {
        Fidelity::Fast => fast,
        Fidelity::Simulate => {
            let told = |done: f64| progress(CLOCK + (1.0 - CLOCK) * done, "simulation");
            all.simulate((&central.0, &fast), seed, &told)?
        }
    };
    Ok(Some(Timeline::of(scenario, plan, parameters, (central, figures), sides.as_ref())))
}

/// What the clock left behind, with every setting solved.
pub(super) type Solved = (Followed, Vec<Figures>);

/// All settings of a timeline.
struct All<'a> {
    scenario: &'a Scenario,
    plan: &'a TimelinePlan,
    parameters: &'a FrozenParameters,
    threads: usize,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl All<'_> {
    /// Solves the settings that the clock has not.
    fn solve(
        &self,
        mut followed: Followed,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<Solved, TimelineError> {
        let known = std::mem::take(&mut followed.fast);
        let left: Vec<usize> = (0..known.len()).filter(|k| known[*k].is_none()).collect();
        let one = |k: usize| self.ready(&followed.settings[k]).map(|ready| ready.fast());
        let solved = self.each(&left, progress, &one).map_err(|e| self.told(&followed, e))?;
        let mut solved = solved.into_iter();
        let fast = known.into_iter().map(|known| known.or_else(|| solved.next()));
        let fast = fast.collect::<Option<Vec<_>>>().unwrap_or_default();
        Ok((followed, fast))
    }

    /// Simulates settings, several at a time; the others are corrected by what was simulated near
    /// them.
    fn simulate(
        &self,
        (followed, fast): (&Followed, &[Figures]),
        seed: Seed,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<Vec<Figures>, TimelineError> {
        let leans = leaning(followed, fast);
        let chosen: Vec<usize> = (0..fast.len()).filter(|k| leans[*k] == *k).collect();
        let one = |k: usize| {
            let ready = self.ready(&followed.settings[k])?;
            if ready.built.parts.is_empty() {
                // Nothing is left to be found by a simulation.
                return Ok(Figures { simulated: true, ..ready.fast() });
            }
            ready.simulated(seed, self.plan.precision, self.cancelled)
        };
        let simulated = self.each(&chosen, progress, &one).map_err(|e| self.told(followed, e))?;
        let simulated: BTreeMap<usize, Figures> = chosen.into_iter().zip(simulated).collect();
        let figures = leans.iter().enumerate().map(|(k, by)| match simulated.get(by) {
            Some(of) if k == *by => of.clone(),
            Some(of) => fast[k].corrected(&fast[*by], of),
            None => fast[k].clone(),
        });
        Ok(figures.collect())
    }

    /// Does something with each of some settings, on several threads; results are in their order.
    fn each(
        &self,
        settings: &[usize],
        progress: &(dyn Fn(f64) + Sync),
        one: &(dyn Fn(usize) -> Result<Figures, EvaluateError> + Sync),
    ) -> Result<Vec<Figures>, Failed> {
        let one = |k: usize| one(settings[k]);
        let done = queue::each(settings.len(), self.threads, self.cancelled, progress, &one);
        done.map_err(|stopped| match stopped {
            Stopped::Cancelled | Stopped::At(_, EvaluateError::Run(ExperimentError::Cancelled)) => {
                Failed::Cancelled
            }
            Stopped::At(k, source) => Failed::Setting(settings[k], source),
        })
    }

    fn ready(&self, setting: &Setting) -> Result<Ready, EvaluateError> {
        ready(self.scenario, self.plan, self.parameters, setting)
    }

    fn told(&self, followed: &Followed, failed: Failed) -> TimelineError {
        let Failed::Setting(setting, source) = failed else { return TimelineError::Cancelled };
        let first = followed.epochs.iter().find(|epoch| epoch.setting == setting);
        let at = first.map_or(Moment::START, |epoch| epoch.from);
        let last = first.and_then(|epoch| followed.log.get(epoch.entries.checked_sub(1)?));
        TimelineError::Evaluate {
            at: self.plan.calendar.label(at),
            after: last.map_or_else(
                || "the start".to_owned(),
                |entry| format!("{}: {}", entry.subject, entry.text),
            ),
            source: Box::new(source),
        }
    }
}

/// Why settings could not be evaluated.
enum Failed {
    Setting(usize, EvaluateError),
    Cancelled,
}

/// For each setting the one that is simulated in its place: itself where it lasts, or where there
/// are few. Of those that last less than a minute in all, the one with the busiest port and the one
/// with the highest latency of every five minutes stand for the others.
fn leaning(followed: &Followed, fast: &[Figures]) -> Vec<usize> {
    let mut leans: Vec<usize> = (0..fast.len()).collect();
    if fast.len() <= ALL {
        return leans;
    }
    let lasted = exposure::lasted(followed);
    let mut bins: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut seen = vec![false; fast.len()];
    for epoch in &followed.epochs {
        if lasted[epoch.setting] < LONG_S && !std::mem::replace(&mut seen[epoch.setting], true) {
            bins.entry(epoch.from.us() / BIN_US).or_default().push(epoch.setting);
        }
    }
    let busy = |k: usize| fast[k].busiest().map_or(0.0, |port| port.utilisation);
    let slow = |k: usize| {
        let means = fast[k].loads.iter().map(|load| load.latency_s.mean);
        means.fold(0.0, f64::max)
    };
    for settings in bins.into_values() {
        let most = |of: &dyn Fn(usize) -> f64| {
            let order = |a: &&usize, b: &&usize| of(**a).total_cmp(&of(**b));
            settings.iter().max_by(order).copied()
        };
        let (Some(busiest), Some(slowest)) = (most(&busy), most(&slow)) else { continue };
        for &k in &settings {
            if k != busiest && k != slowest {
                leans[k] = busiest;
            }
        }
    }
    leans
}

/// A setting, compiled and solved.
pub(super) fn ready(
    scenario: &Scenario,
    plan: &TimelinePlan,
    parameters: &FrozenParameters,
    setting: &Setting,
) -> Result<Ready, EvaluateError> {
    let stream = super::numbers::Numbers::of(parameters)?.stream_bits_per_s;
    Ready::new(setting.build(scenario, plan, stream), parameters)
}
