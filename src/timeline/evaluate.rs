//! From a scenario to its timeline.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::clock::{Clock, Followed, TimelineError};
use super::figures::{EvaluateError, Figures, Ready};
use super::result::Timeline;
use super::setting::Setting;
use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::{Fidelity, GrowthPath, TimelinePlan};

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
const CLOCK: f64 = 0.15;

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
    let on = |growth: GrowthPath, from: f64, share: f64| {
        let clock = Clock::new(scenario, plan, parameters, growth, seed).map_err(|source| {
            TimelineError::Evaluate {
                at: plan.calendar.label(crate::schedule::Moment::START),
                after: "the start".to_owned(),
                source,
            }
        })?;
        clock.follow(cancelled, &|done| progress(from + share * done, "clock"))
    };
    let ranged = |curve: &crate::schedule::Curve| {
        curve.growth.as_ref().is_some_and(|growth| growth.range.0 < growth.range.1)
    };
    let grows = !scenario.limits.is_empty() && plan.curves.iter().any(ranged);
    let share = if grows { CLOCK / 3.0 } else { CLOCK };
    let central = on(GrowthPath::Central, 0.0, share)?;
    let sides = if grows {
        let low = on(GrowthPath::Low, share, share)?;
        Some((low, on(GrowthPath::High, 2.0 * share, share)?))
    } else {
        None
    };
    let fidelity = settings.fidelity.unwrap_or(plan.fidelity);
    let figures = match fidelity {
        Fidelity::Fast => central.fast.clone(),
        Fidelity::Simulate => {
            let told = |done: f64| progress(CLOCK + (1.0 - CLOCK) * done, "simulation");
            let all = All { scenario, plan, parameters, followed: &central };
            all.simulate(settings, cancelled, &told)?
        }
    };
    Ok(Some(Timeline::of(scenario, plan, parameters, (central, figures), sides)))
}

/// All settings of a timeline.
struct All<'a> {
    scenario: &'a Scenario,
    plan: &'a TimelinePlan,
    parameters: &'a FrozenParameters,
    followed: &'a Followed,
}

impl All<'_> {
    /// Simulates each setting once, on several threads; the order of the results is theirs.
    fn simulate(
        &self,
        settings: Settings,
        cancelled: &(dyn Fn() -> bool + Sync),
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<Vec<Figures>, TimelineError> {
        let count = self.followed.settings.len();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = settings.threads.filter(|n| *n > 0).unwrap_or(cores).min(count).max(1);
        let seed = Seed(settings.seed.unwrap_or(self.scenario.run.seed));
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results: Vec<Mutex<Option<Result<Figures, EvaluateError>>>> =
            (0..count).map(|_| Mutex::new(None)).collect();
        // Plain threads: each replication waits on a pool of its own.
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let k = next.fetch_add(1, Ordering::Relaxed);
                        if k >= count || cancelled() {
                            return;
                        }
                        let figures = self.one(&self.followed.settings[k], seed, cancelled);
                        let mut place =
                            results[k].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                        *place = Some(figures);
                        let all = done.fetch_add(1, Ordering::Relaxed) + 1;
                        progress(all as f64 / count as f64);
                    }
                });
            }
        });
        let mut all = Vec::with_capacity(count);
        for (k, result) in results.into_iter().enumerate() {
            match result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
                Some(Ok(figures)) => all.push(figures),
                Some(Err(EvaluateError::Run(crate::experiment::ExperimentError::Cancelled)))
                | None => return Err(TimelineError::Cancelled),
                Some(Err(source)) => return Err(self.failed(k, source)),
            }
        }
        Ok(all)
    }

    fn one(
        &self,
        setting: &Setting,
        seed: Seed,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Figures, EvaluateError> {
        let ready = ready(self.scenario, self.plan, self.parameters, setting)?;
        if ready.built.parts.is_empty() {
            return Ok(ready.fast());
        }
        ready.simulated(seed, self.plan.precision, cancelled)
    }

    fn failed(&self, setting: usize, source: EvaluateError) -> TimelineError {
        let first = self.followed.epochs.iter().find(|epoch| epoch.setting == setting);
        let at = first.map_or(crate::schedule::Moment::START, |epoch| epoch.from);
        let last = first.and_then(|epoch| self.followed.log.get(epoch.entries.checked_sub(1)?));
        TimelineError::Evaluate {
            at: self.plan.calendar.label(at),
            after: last.map_or_else(
                || "the start".to_owned(),
                |entry| format!("{}: {}", entry.subject, entry.text),
            ),
            source,
        }
    }
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
