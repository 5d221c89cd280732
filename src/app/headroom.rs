//! How much each load can grow before a limit is broken.

use std::path::Path;

use super::limits::{Stated, stated};
use super::pipeline::{self, Prepared, Results};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::experiment::Prediction;
use crate::plan::{
    Condition, Quick, QuickError, Room, Strain, Swing, failures, grown, room, scaled, tornado,
};
use crate::provenance::ParameterId;
use crate::random::Seed;
use crate::report::assemble::{assumptions, calibration_words, variant_report, warnings};
use crate::report::{ALL_LOADS, HeadroomReport, HeadroomRow, MonthsRow, SwingRow, VariantReport};
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
        let Some((edge, measured)) = search.fill(&mut report, n_1)? else { break };
        edges.push(edge);
        results.measured.extend(measured.measured);
    }
    let evaluated = pipeline::evaluated(&edges, &results);
    if evaluated.is_empty() {
        return Err(AppError::Interrupted("any headroom was found"));
    }
    report.title.clone_from(&prepared[0].variant.scenario.title);
    report.run = pipeline::run_info(path, options, hash, &evaluated)?;
    report.calibration = calibration_words(&evaluated);
    report.assumptions = assumptions(&evaluated);
    report.warnings = warnings(&evaluated);
    report.partial = evaluated.len() < prepared.len();
    Ok(report)
}

/// The search in one variant.
struct Search<'a> {
    p: &'a Prepared,
    options: &'a Options,
    hooks: &'a Hooks<'a>,
    told: &'a (dyn Fn(f64, &str) + Sync),
}

/// What a limit's stress is multiplied by at the good and the bad end of its prediction interval.
type Doubts = Vec<(f64, f64)>;

impl Search<'_> {
    fn fill(
        &self,
        report: &mut HeadroomReport,
        n_1: bool,
    ) -> Result<Option<(Prepared, Results)>, AppError> {
        let (p, scenario) = (self.p, &self.p.variant.scenario);
        let name = &p.variant.name;
        let failed = |source: QuickError| AppError::Search { variant: name.clone(), source };
        let seed = Seed(self.options.seed.unwrap_or(scenario.run.seed));
        (self.told)(0.0, "as it is");
        let all: Vec<usize> = (0..scenario.workloads.len()).collect();
        let limits = &scenario.limits;
        let mut quick = Quick::at(scenario, &p.parameters, limits, seed, self.hooks.cancelled)
            .map_err(failed)?;
        let mut together = room(&quick, scenario, &all, &|_| 1.0).map_err(failed)?;
        let mut edge = scenario.clone();
        for _ in 0..ANCHORS {
            if !(together.times > 0.0 && together.times.is_finite()) {
                break;
            }
            // The correction is best where the limit is reached.
            (self.told)(0.1, "at the edge");
            edge = scaled(scenario, &all, together.times);
            quick.also_at(&edge, seed, self.hooks.cancelled).map_err(failed)?;
            let before = together.times;
            together = room(&quick, scenario, &all, &|_| 1.0).map_err(failed)?;
            if (together.times / before - 1.0).abs() < CLOSE {
                break;
            }
        }
        let edge = vec![p.with(name.clone(), edge)?];
        let watch = &mut Stopwatch::new(self.hooks.clock);
        let progress = |done: f64, what: &str| (self.told)(0.1 + 0.5 * done, what);
        let hooks = Hooks { progress: &progress, ..*self.hooks };
        let results = pipeline::results(&edge, self.options, &hooks, watch)?;
        let evaluated = pipeline::evaluated(&edge, &results);
        let Some(at_edge) = evaluated.first() else { return Ok(None) };
        let shown = variant_report(at_edge);
        let doubts = self.doubts(&shown);
        let row = |condition: &str, load: &str, of: Room, ends: [f64; 2]| {
            HeadroomRow::of(name, (condition, load), &of, ends, &scenario.limits)
        };
        let ends = |quick: &Quick, of: &crate::scenario::Scenario, loads: &[usize]| {
            let bad = room(quick, of, loads, &|s| doubts[s.limit].1)?.times;
            let good = room(quick, of, loads, &|s| doubts[s.limit].0)?.times;
            Ok::<_, QuickError>([bad, good])
        };
        let both = ends(&quick, scenario, &all).map_err(failed)?;
        report.rows.push(row("as it is", ALL_LOADS, together, both));
        if all.len() > 1 {
            for &load in &all {
                (self.told)(0.6 + 0.2 * load as f64 / all.len() as f64, "one by one");
                self.go_on()?;
                let of = room(&quick, scenario, &[load], &|_| 1.0).map_err(failed)?;
                let both = ends(&quick, scenario, &[load]).map_err(failed)?;
                report.rows.push(row("as it is", &scenario.workloads[load].name, of, both));
            }
        }
        if n_1 {
            (self.told)(0.8, "after failures");
            let left = failures(scenario, &p.parameters, self.hooks.cancelled);
            let left = left.map_err(|source| AppError::Timeline {
                variant: name.clone(),
                source: Box::new(source),
            })?;
            let mut ranked = Vec::new();
            for condition in left {
                if let Some(lost) = condition.lost {
                    report.notes.push(format!("{name}, {}: {lost}", condition.name));
                    continue;
                }
                let all = quick.strains(&condition.scenario).map_err(failed)?;
                let stress = all.iter().map(|of| of.stress).fold(0.0, f64::max);
                ranked.push((stress, condition));
            }
            for (_, condition) in alike(ranked).into_iter().take(CLOSELY) {
                self.go_on()?;
                let of = room(&quick, &condition.scenario, &all, &|_| 1.0).map_err(failed)?;
                let both = ends(&quick, &condition.scenario, &all).map_err(failed)?;
                report.rows.push(row(&condition.name, ALL_LOADS, of, both));
            }
        }
        (self.told)(0.9, "what would change it");
        report.months.extend(self.months(&quick).map_err(failed)?);
        let moving = results.measured[0].1.as_ref().map_or_else(Vec::new, most_influential);
        let swings = tornado(&quick, scenario, &all, (&p.parameters, &moving)).map_err(failed)?;
        let moving = |of: &&Swing| (of.times[1] / of.times[0] - 1.0).abs() > NEGLIGIBLE;
        let swings = swings.iter().filter(moving);
        report.swings.extend(swings.map(|of| SwingRow::of(name, of, &p.parameters)));
        drop(evaluated);
        let [edge] = <[Prepared; 1]>::try_from(edge)
            .map_err(|_| AppError::Bug("one edge became several".to_owned()))?;
        Ok(Some((edge, results)))
    }

    /// The ends of each limit's figure in its prediction interval, as multiples of its stress.
    fn doubts(&self, shown: &VariantReport) -> Doubts {
        let limits = &self.p.variant.scenario.limits;
        let of = |limit: &crate::scenario::Limit| {
            let row = shown.limits.iter().find(|row| row.limit == limit.text)?;
            let [low, high] = row.figure.prediction?;
            let (low, high) = (low / row.figure.value, high / row.figure.value);
            if !(low > 0.0 && high.is_finite()) {
                return None;
            }
            Some(match limit.op {
                crate::scenario::LimitOp::AtMost => (low, high),
                crate::scenario::LimitOp::AtLeast => (1.0 / high, 1.0 / low),
            })
        };
        // What is not known at all may be anything.
        limits.iter().map(|limit| of(limit).unwrap_or((0.0, f64::INFINITY))).collect()
    }

    /// The first month of growth in which a limit is broken.
    fn months(&self, quick: &Quick) -> Result<Option<MonthsRow>, QuickError> {
        let scenario = &self.p.variant.scenario;
        let first = |path: GrowthPath| -> Result<Option<u32>, QuickError> {
            let broken = |month: u32| {
                let Ok(after) = grown(scenario, month, path) else {
                    return Ok::<bool, QuickError>(false);
                };
                Ok(quick.strains(&after)?.iter().any(|of: &Strain| of.stress > 1.0))
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
            return Err(AppError::Interrupted("all headroom was found"));
        }
        Ok(())
    }
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
