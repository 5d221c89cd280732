//! Decides whether limits are kept, in one line.

use std::path::Path;

use super::limits::scheduled;
use super::nearest::nearest_failures;
use super::pipeline;
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::report::assemble::{calibration_words, not_carried, variant_report, warnings};
use crate::report::{GateReport, GateRow, GateTold, LookedAt, Verdict};

/// Failures that are simulated for each limit: those nearest to breaking it.
pub(super) const CLOSELY: usize = 2;

/// Holds the limits of a scenario against every variant of it, with `n_1` also after the failures
/// that come nearest to breaking each of them.
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
    let mut notes: Vec<String> = scheduled(&prepared).into_iter().collect();
    let silent = prepared.iter().filter(|p| p.variant.scenario.limits.is_empty());
    let silent: Vec<&str> = silent.map(|p| p.variant.name.as_str()).collect();
    if !silent.is_empty() {
        notes.push(format!("without a limit, and not judged: {}", silent.join(", ")));
    }
    let undecided = |error: AppError| {
        if error.is_interrupted() { AppError::Interrupted("anything was decided") } else { error }
    };
    let mut looked_at: Option<LookedAt> = None;
    if n_1 {
        let mut more = Vec::new();
        for p in &prepared {
            let nearest = nearest_failures(p, CLOSELY, options, hooks).map_err(undecided)?;
            rows.extend(nearest.lost.into_iter().map(|(condition, subject)| GateRow {
                condition,
                limit: "nothing is lost".to_owned(),
                subject,
                figure: None,
                nearness: None,
                verdict: Verdict::Misses,
            }));
            more.extend(nearest.chosen);
            looked_at = Some(nearest.looked_at.and(looked_at));
        }
        prepared.extend(more);
    }
    let watch = &mut Stopwatch::new(hooks.clock);
    let results = pipeline::results(&prepared, options, hooks, watch).map_err(undecided)?;
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
    // A terminal shows one line of the report.
    notes.iter().chain(&not_carried(&evaluated)).for_each(|text| (hooks.told)(text));
    let told = GateTold { looked_at, notes, warnings: warnings(&evaluated) };
    Ok(GateReport::new(title, run, calibration, rows, told, partial))
}
