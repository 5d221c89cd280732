//! Finds machines that are off their volume's owner, and moves.

use std::path::Path;

use super::pipeline::{self, Prepared};
use super::{AppError, Hooks, Options};
use crate::cluster::compile;
use crate::experiment::{Difference, GroupDifference, Measurements, paired, run};
use crate::plan::{self, Alignment, Wishes};
use crate::random::Seed;
use crate::report::{AlignOf, AlignReport, ChangedRow};
use crate::scenario::Scenario;

/// What a plan of moves is asked for with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AlignOptions {
    /// What it is to keep to.
    pub wishes: Wishes,
    /// Whether both states are simulated, too.
    pub simulate: bool,
    /// Whether the moves are wanted as a script, which is of one variant.
    pub script: bool,
}

/// Share of the work that the search is, where both states are simulated.
const SEARCH: f64 = 0.3;

/// Finds what is off its owner in every variant, and the moves that bring it together.
///
/// # Errors
/// When the file has faults, or a state cannot be evaluated.
pub fn align(
    path: &Path,
    options: &Options,
    align: &AlignOptions,
    hooks: &Hooks<'_>,
) -> Result<AlignReport, AppError> {
    let (prepared, _) = pipeline::prepare_plainly(path, options, hooks)?;
    if align.script && prepared.len() > 1 {
        let variants = prepared.iter().map(|p| p.variant.name.clone()).collect();
        return Err(AppError::ScriptOfWhich { variants });
    }
    let mut variants = Vec::new();
    for (k, p) in prepared.iter().enumerate() {
        let name = &p.variant.name;
        let told = |share: f64, doing: &str| {
            let share = (k as f64 + share) / prepared.len() as f64;
            (hooks.progress)(share, &format!("{name}: {doing}"));
        };
        let scenario = &p.variant.scenario;
        let seed = Seed(options.seed.unwrap_or(scenario.run.seed));
        let searched = if align.simulate { SEARCH } else { 1.0 };
        let progress = |share: f64| told(searched * share, "search");
        let wishes = &align.wishes;
        let found = plan::align(scenario, &p.parameters, wishes, seed, hooks.cancelled, &progress);
        let found = found.map_err(|source| AppError::Align {
            variant: name.clone(),
            source: Box::new(source),
        })?;
        let simulated = if align.simulate && !found.steps.is_empty() {
            told(searched, "simulation");
            Some(simulated(p, &found, options, hooks)?)
        } else {
            None
        };
        variants.push(AlignOf::of(name, scenario, &found, simulated));
    }
    let first = prepared.first();
    let title = first.map_or_else(String::new, |p| p.variant.scenario.title.clone());
    let seed = options.seed.or(first.map(|p| p.variant.scenario.run.seed)).unwrap_or_default();
    let path = path.display().to_string();
    let interrupted = (hooks.cancelled)();
    let said = (options.command.clone(), pipeline::calibration(&prepared));
    Ok(AlignReport::new(title, path, said, (seed, interrupted), variants))
}

/// What the moves change of each workload, both states run on common random numbers.
fn simulated(
    prepared: &Prepared,
    found: &Alignment,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<Vec<ChangedRow>, AppError> {
    let scenario = &prepared.variant.scenario;
    let variant = || prepared.variant.name.clone();
    let plan = pipeline::plan(scenario, options);
    let measured = |scenario: &Scenario| -> Result<Measurements, AppError> {
        let compiled = compile(&scenario.cluster, &scenario.workloads, &prepared.parameters)
            .map_err(|source| AppError::Compile { variant: variant(), source })?;
        run(&compiled.network, &plan, hooks.cancelled, &|_| {})
            .map_err(|source| AppError::Experiment { variant: variant(), source })
    };
    let (now, then) = (measured(scenario)?, measured(&found.seats.laid_over(scenario))?);
    let changes = paired(&then, &now).map_err(|e| AppError::Bug(e.to_string()))?;
    let row = |of: &GroupDifference| {
        let before = now.workloads().find(|group| group.name == of.name)?;
        let interval = |of: &Difference| [of.estimate.low(), of.estimate.high()];
        Some(ChangedRow {
            workload: of.name.clone(),
            latency_now_s: before.latency_s.mean,
            latency_change_s: of.latency_s.estimate.mean,
            latency_change_interval_s: interval(&of.latency_s),
            iops_now: before.iops.mean,
            iops_change: of.iops.estimate.mean,
            iops_change_interval: interval(&of.iops),
            level: now.level,
        })
    };
    Ok(changes.iter().filter_map(row).collect())
}
