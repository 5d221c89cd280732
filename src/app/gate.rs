//! Decides whether limits are kept, in one line.

use std::path::Path;

use super::pipeline::{self, Prepared};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::plan::{Quick, failures};
use crate::random::Seed;
use crate::report::assemble::{calibration_words, variant_report, warnings};
use crate::report::{GateReport, GateRow, Verdict};

/// Failures that are simulated: those nearest to breaking a limit.
const CLOSELY: usize = 2;

/// Holds the limits of a scenario against every variant of it, with `n_1` also after the failures
/// that come nearest to breaking one.
///
/// # Errors
/// When the file has faults or states no limit, cannot be modelled, or a run is given up.
pub fn gate(
    path: &Path,
    n_1: bool,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<GateReport, AppError> {
    let (mut prepared, hash) = pipeline::prepare_plainly(path, options, hooks)?;
    if prepared.iter().all(|p| p.variant.scenario.limits.is_empty()) {
        return Err(AppError::NoLimits { path: path.to_owned() });
    }
    let mut rows = Vec::new();
    if n_1 {
        let mut more = Vec::new();
        for p in &prepared {
            more.extend(nearest_failures(p, options, hooks, &mut rows)?);
        }
        prepared.extend(more);
    }
    let results = pipeline::results(&prepared, options, hooks, &mut Stopwatch::new(hooks.clock))?;
    let evaluated = pipeline::evaluated(&prepared, &results);
    for report in evaluated.iter().map(variant_report) {
        rows.extend(report.limits.into_iter().map(|row| GateRow {
            condition: report.name.clone(),
            nearness: Some(row.nearness()),
            limit: row.limit,
            subject: row.subject,
            figure: Some(row.figure),
            verdict: row.verdict,
        }));
    }
    let partial =
        evaluated.len() < prepared.len() || evaluated.iter().any(|e| e.measured.partial());
    let run = pipeline::run_info(path, options, hash, &evaluated)?;
    let title = prepared[0].variant.scenario.title.clone();
    let calibration = calibration_words(evaluated.iter().map(|e| (e.parameters, e.compiled)));
    Ok(GateReport::new(title, run, calibration, rows, warnings(&evaluated), partial))
}

/// States after failures in which a limit is nearest to being broken; what is lost in others
/// whatever the limits say goes to the rows.
fn nearest_failures(
    p: &Prepared,
    options: &Options,
    hooks: &Hooks<'_>,
    rows: &mut Vec<GateRow>,
) -> Result<Vec<Prepared>, AppError> {
    let scenario = &p.variant.scenario;
    let name = &p.variant.name;
    let left = failures(scenario, &p.parameters, hooks.cancelled)
        .map_err(|source| AppError::Timeline { variant: name.clone(), source: Box::new(source) })?;
    let seed = Seed(options.seed.unwrap_or(scenario.run.seed));
    let failed = |source| AppError::Search { variant: name.clone(), source };
    let quick = Quick::at(scenario, &p.parameters, &scenario.limits, seed, hooks.cancelled)
        .map_err(failed)?;
    let mut ranked = Vec::new();
    for condition in left {
        let called = format!("{name}, {}", condition.name);
        if let Some(lost) = condition.lost {
            rows.push(GateRow {
                condition: called,
                limit: "nothing is lost".to_owned(),
                subject: lost,
                figure: None,
                nearness: None,
                verdict: Verdict::Misses,
            });
            continue;
        }
        let all = quick.strains(&condition.scenario).map_err(failed)?;
        let stress = all.iter().map(|of| of.stress).fold(0.0, f64::max);
        ranked.push((stress, called, condition.scenario));
    }
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let chosen = ranked.into_iter().take(CLOSELY);
    chosen.map(|(_, called, scenario)| p.with(called, scenario)).collect()
}
