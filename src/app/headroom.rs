//! How much each load can grow before a limit is broken.

use std::path::Path;

use super::limits::{Stated, scheduled, stated};
use super::pipeline::{self, Prepared, Results};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::experiment::{Measurements, Prediction, Ratio};
use crate::plan::{
    Condition, Doubts, Quick, QuickError, Room, Strain, Swing, failures, grown, room, scaled,
    tornado,
};
use crate::provenance::ParameterId;
use crate::random::Seed;
use crate::report::assemble::{
    Evaluated, assumptions, calibration_words, variant_report, warnings,
};
use crate::report::{ALL_LOADS, HeadroomReport, HeadroomRow, LimitRow, MonthsRow, SwingRow};
use crate::scenario::{Limit, LimitOp, Scenario};
use crate::schedule::GrowthPath;

/// Parameters whose ends are tried.
const SWINGS: usize = 10;
/// Simulations at the edge, most.
const ANCHORS: usize = 3;
/// Relative difference at which the edge is found.
const CLOSE: f64 = 0.02;
/// Relative change of the room that is not worth telling.
const NEGLIGIBLE: f64 = 0.005;
/// Months of growth that are looked at.
const MONTHS: u32 = 600;
/// Failures that are looked at closely: those nearest to breaking a limit.
const CLOSELY: usize = 3;
/// Beyond so many times the load nothing tells how busy resources may be.
const DOUBT_MOST: f64 = 64.0;

/// Finds how far loads can grow, one by one and together; with `n_1` also after the worst failure.
///
/// # Errors
/// When the file has faults, cannot be modelled, or a run is given up.
pub fn headroom(
    path: &Path,
    n_1: bool,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<HeadroomReport, AppError> {
    let Stated { prepared, hash, note } = stated(path, options, hooks)?;
    let mut report =
        HeadroomReport { notes: note.into_iter().collect(), ..HeadroomReport::default() };
    let (mut edges, mut results) = (Vec::new(), Results::default());
    for (k, p) in prepared.iter().enumerate() {
        let share = |done: f64| (k as f64 + done) / prepared.len() as f64;
        let told = |done: f64, what: &str| {
            (hooks.progress)(share(done), &format!("{}: {what}", p.variant.name));
        };
        let search = Search { p, options, hooks, told: &told };
        let began = report.rows.len();
        let found = search.as_it_is(&mut report).and_then(|found| {
            edges.push(found.edge);
            results.measured.push(found.measured);
            search.further(&found.quick, &found.doubts, &mut report, n_1, &results)
        });
        match found {
            Ok(()) => {}
            // What was found until then is told all the same.
            Err(error) if error.is_interrupted() => {
                report.partial = true;
                report.notes.extend(
                    (report.rows.len() > began).then(|| {
                        format!("{}: interrupted: not all rows were found", p.variant.name)
                    }),
                );
                break;
            }
            Err(error) => return Err(error),
        }
    }
    let evaluated = pipeline::evaluated(&edges, &results);
    if evaluated.is_empty() {
        return Err(AppError::Interrupted("any headroom was found"));
    }
    report.notes.extend(scheduled(&prepared));
    report.title.clone_from(&prepared[0].variant.scenario.title);
    report.run = pipeline::run_info(path, options, hash, &evaluated)?;
    report.calibration = calibration_words(evaluated.iter().map(|e| (e.parameters, e.compiled)));
    report.assumptions = assumptions(&evaluated);
    report.warnings = warnings(&evaluated);
    report.partial |= evaluated.len() < prepared.len();
    Ok(report)
}

/// The search in one variant.
struct Search<'a> {
    p: &'a Prepared,
    options: &'a Options,
    hooks: &'a Hooks<'a>,
    told: &'a (dyn Fn(f64, &str) + Sync),
}

/// What is found first.
struct Found {
    edge: Prepared,
    measured: (Measurements, Option<Prediction>),
    quick: Quick,
    doubts: [Doubts; 2],
}

impl Search<'_> {
    fn failed(&self, source: QuickError) -> AppError {
        AppError::Search { variant: self.p.variant.name.clone(), source }
    }

    /// The room of a state at the best estimates, with doubts at either end.
    fn row(
        &self,
        (condition, load): (&str, &str),
        (quick, doubts): (&Quick, &[Doubts; 2]),
        scenario: &Scenario,
        loads: &[usize],
    ) -> Result<HeadroomRow, AppError> {
        let of = |doubts: &Doubts| {
            room(quick, scenario, loads, doubts, self.hooks.cancelled).map_err(|e| self.failed(e))
        };
        let ends = [of(&doubts[1])?.times, of(&doubts[0])?.times];
        let own = of(&Doubts::none())?;
        let limits = &self.p.variant.scenario.limits;
        Ok(HeadroomRow::of(&self.p.variant.name, (condition, load), &own, ends, limits))
    }

    /// The room of all loads together, with what is needed for all the rest.
    fn as_it_is(&self, report: &mut HeadroomReport) -> Result<Found, AppError> {
        let (p, scenario, cancelled) = (self.p, &self.p.variant.scenario, self.hooks.cancelled);
        let name = &p.variant.name;
        let seed = Seed(self.options.seed.unwrap_or(scenario.run.seed));
        (self.told)(0.0, "as it is");
        let all: Vec<usize> = (0..scenario.workloads.len()).collect();
        let limits = &scenario.limits;
        let mut quick = Quick::at(scenario, &p.parameters, limits, seed, cancelled)
            .map_err(|e| self.failed(e))?;
        let together = |quick: &Quick| -> Result<Room, AppError> {
            room(quick, scenario, &all, &Doubts::none(), cancelled).map_err(|e| self.failed(e))
        };
        let mut of = together(&quick)?;
        for _ in 0..ANCHORS {
            if !(of.times > 0.0 && of.times.is_finite()) {
                break;
            }
            // The correction is best where the limit is reached.
            (self.told)(0.1, "at the edge");
            let edge = scaled(scenario, &all, of.times);
            quick.also_at(&edge, seed, cancelled).map_err(|e| self.failed(e))?;
            let before = of.times;
            of = together(&quick)?;
            if (of.times / before - 1.0).abs() < CLOSE {
                break;
            }
        }
        // What is known of the present load decides whether it is within the interval.
        let mut at = vec![1.0];
        if of.times > 0.0 && of.times.is_finite() && (of.times - 1.0).abs() > CLOSE {
            at.push(of.times);
        }
        let (mut known, mut last) = (Vec::new(), None);
        while let Some(times) = at.get(known.len()).copied() {
            let state = p.with(name.clone(), scaled(scenario, &all, times))?;
            let watch = &mut Stopwatch::new(self.hooks.clock);
            let begun = known.len() as f64;
            let progress = |done: f64, what: &str| {
                (self.told)(0.1 + 0.2 * (begun + done).min(3.0), what);
            };
            let hooks = Hooks { progress: &progress, ..*self.hooks };
            let state = [state];
            let mut results = pipeline::results(&state, self.options, &hooks, watch)?;
            let ends = {
                let evaluated = pipeline::evaluated(&state, &results);
                let evaluated = evaluated.first().ok_or(INTERRUPTED)?;
                let strains =
                    quick.strains(&state[0].variant.scenario).map_err(|e| self.failed(e))?;
                (times, ends(evaluated, &strains), busier(evaluated))
            };
            let endless = |of: &Vec<[f64; 2]>| of.iter().any(|ends| ends[1].is_infinite());
            if known.len() == 1 && endless(&ends.1) {
                // At the edge a queue may grow without end; half way there less is in doubt.
                at.push(times.sqrt());
            }
            known.push(ends);
            if known.len() <= 2 {
                let [state] = state;
                last = results.measured.pop().map(|measured| (state, measured));
            }
        }
        let (edge, measured) = last.ok_or(INTERRUPTED)?;
        let busier = known.iter().take(2).next_back().map_or([1.0; 2], |(_, _, busier)| *busier);
        let doubts = [0, 1].map(|end| {
            let points = known
                .iter()
                .map(|(times, all, _)| (*times, all.iter().map(|ends| ends[end]).collect()));
            Doubts::new(points.collect(), busier[end])
        });
        let row = self.row(("as it is", ALL_LOADS), (&quick, &doubts), scenario, &all)?;
        report.rows.push(row);
        Ok(Found { edge, measured, quick, doubts })
    }

    /// Everything else.
    fn further(
        &self,
        quick: &Quick,
        doubts: &[Doubts; 2],
        report: &mut HeadroomReport,
        n_1: bool,
        results: &Results,
    ) -> Result<(), AppError> {
        let (p, scenario, cancelled) = (self.p, &self.p.variant.scenario, self.hooks.cancelled);
        let name = &p.variant.name;
        let all: Vec<usize> = (0..scenario.workloads.len()).collect();
        if all.len() > 1 {
            for &load in &all {
                (self.told)(0.7 + 0.1 * load as f64 / all.len() as f64, "one by one");
                let called = ("as it is", scenario.workloads[load].name.as_str());
                report.rows.push(self.row(called, (quick, doubts), scenario, &[load])?);
            }
        }
        if n_1 {
            (self.told)(0.8, "after failures");
            let left = failures(scenario, &p.parameters, cancelled).map_err(|source| {
                AppError::Timeline { variant: name.clone(), source: Box::new(source) }
            })?;
            let mut ranked = Vec::new();
            for condition in left {
                if let Some(lost) = condition.lost {
                    report.notes.push(format!("{name}, {}: {lost}", condition.name));
                    continue;
                }
                self.go_on()?;
                let all = quick.strains(&condition.scenario).map_err(|e| self.failed(e))?;
                let stress = all.iter().map(|of| of.stress).fold(0.0, f64::max);
                ranked.push((stress, condition));
            }
            for (_, condition) in alike(ranked).into_iter().take(CLOSELY) {
                let called = (condition.name.as_str(), ALL_LOADS);
                let row = self.row(called, (quick, doubts), &condition.scenario, &all)?;
                report.rows.push(row);
            }
        }
        (self.told)(0.9, "what would change it");
        report.months.extend(self.months(quick)?);
        let moving = results.measured.last().and_then(|(_, prediction)| prediction.as_ref());
        let moving = moving.map_or_else(Vec::new, most_influential);
        let swings = tornado(quick, scenario, &all, (&p.parameters, &moving), cancelled)
            .map_err(|e| self.failed(e))?;
        let moving = |of: &&Swing| (of.times[1] / of.times[0] - 1.0).abs() > NEGLIGIBLE;
        let swings = swings.iter().filter(moving);
        report.swings.extend(swings.map(|of| SwingRow::of(name, of, &p.parameters)));
        Ok(())
    }

    /// The first month of growth in which a limit is broken.
    fn months(&self, quick: &Quick) -> Result<Option<MonthsRow>, AppError> {
        let scenario = &self.p.variant.scenario;
        let first = |path: GrowthPath| -> Result<Option<u32>, AppError> {
            let broken = |month: u32| {
                self.go_on()?;
                let Ok(after) = grown(scenario, month, path) else {
                    return Ok::<bool, AppError>(false);
                };
                let all = quick.strains(&after).map_err(|e| self.failed(e))?;
                Ok(all.iter().any(|of: &Strain| of.stress > 1.0))
            };
            let (mut kept, mut beyond) = (0, 1);
            if broken(0)? {
                return Ok(Some(0));
            }
            while !broken(beyond)? {
                if beyond >= MONTHS {
                    return Ok(None);
                }
                (kept, beyond) = (beyond, (beyond * 2).min(MONTHS));
            }
            while beyond - kept > 1 {
                let middle = kept.midpoint(beyond);
                if broken(middle)? { beyond = middle } else { kept = middle }
            }
            Ok(Some(beyond))
        };
        if grown(scenario, 1, GrowthPath::Central).is_err() {
            return Ok(None);
        }
        Ok(Some(MonthsRow {
            variant: self.p.variant.name.clone(),
            central: first(GrowthPath::Central)?,
            earliest: first(GrowthPath::High)?,
            latest: first(GrowthPath::Low)?,
        }))
    }

    fn go_on(&self) -> Result<(), AppError> {
        if (self.hooks.cancelled)() {
            return Err(INTERRUPTED);
        }
        Ok(())
    }
}

/// Of something that is not told of by itself.
const INTERRUPTED: AppError = AppError::Interrupted("all headroom was found");

/// The ends of the prediction interval of each limit's figure, the good one first, as multiples of
/// how the limit stands by the corrected solver.
fn ends(of: &Evaluated<'_>, strains: &[Strain]) -> Vec<[f64; 2]> {
    let shown = variant_report(of);
    let limits = of.variant.scenario.limits.iter().enumerate();
    let ends = limits.map(|(place, limit)| {
        // A limit on what was written as one load may be one on each of several.
        let named = |row: &&LimitRow| limit.workload.as_ref().is_none_or(|w| *w == row.subject);
        let row = shown.limits.iter().filter(named).find(|row| row.limit == limit.text);
        let own = strains.iter().find(|of| of.limit == Some(place));
        // What is not known at all may be anything.
        let (Some(row), Some(own)) = (row, own) else { return [0.0, f64::INFINITY] };
        let times = |share: f64| {
            let times = if share == own.stress { 1.0 } else { share / own.stress };
            if times.is_nan() { 1.0 } else { times }
        };
        shares(limit, row).map(times)
    });
    ends.collect()
}

/// The ends of the prediction interval of a limit's figure as shares of the limit, the good one
/// first.
fn shares(limit: &Limit, row: &LimitRow) -> [f64; 2] {
    let Some([low, high]) = row.figure.prediction else { return [0.0, f64::INFINITY] };
    match limit.op {
        LimitOp::AtMost => [low / limit.value, high / limit.value],
        LimitOp::AtLeast => [limit.value / high, limit.value / low],
    }
}

/// How many times as busy as it is thought to be the busiest resource may be, at the good end and
/// at the bad end.
fn busier(of: &Evaluated<'_>) -> [f64; 2] {
    let Some(prediction) = of.prediction else { return [1.0 / DOUBT_MOST, DOUBT_MOST] };
    let both = || prediction.base.stations.iter().zip(&prediction.stations);
    let most = both().map(|(of, _)| of.utilisation).fold(0.0, f64::max);
    let end = |of: &dyn Fn(&Ratio) -> f64| {
        let ends = both().map(|(station, ratio)| station.utilisation * of(ratio) / most);
        let end = ends.fold(0.0, f64::max);
        if most > 0.0 { end.clamp(1.0 / DOUBT_MOST, DOUBT_MOST) } else { 1.0 }
    };
    [end(&|ratio| ratio.low), end(&|ratio| ratio.high)]
}

/// The nearest to breaking a limit first; of those that are alike the first, with their number.
fn alike(mut ranked: Vec<(f64, Condition)>) -> Vec<(f64, Condition)> {
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut kept: Vec<(f64, usize, Condition)> = Vec::new();
    for (stress, condition) in ranked {
        match kept.last_mut() {
            Some((of, count, _)) if (*of - stress).abs() <= 1e-6 * of.abs() => *count += 1,
            _ => kept.push((stress, 0, condition)),
        }
    }
    let named = kept.into_iter().map(|(stress, others, condition)| {
        let more = if others > 0 { format!(" (or {others} like it)") } else { String::new() };
        (stress, Condition { name: condition.name + &more, ..condition })
    });
    named.collect()
}

fn most_influential(prediction: &Prediction) -> Vec<ParameterId> {
    prediction.influences.iter().take(SWINGS).map(|of| of.parameter).collect()
}
