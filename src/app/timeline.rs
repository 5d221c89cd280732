//! Follows the timeline of a scenario; fails its elements, or drains its nodes, one by one.

use std::path::Path;

use super::pipeline::{self, Prepared};
use super::{AppError, Hooks, Options};
use crate::report::{
    FailuresOf, FailuresReport, MaintenanceOf, MaintenanceReport, TimelineOf, TimelineReport,
};
use crate::schedule::Fidelity;
use crate::timeline::{EntryKind, Settings, TimelineError, drains, failures, follow};

/// Follows the timeline of every variant, or of those named.
///
/// # Errors
/// When the file has faults, has no timeline, or it cannot be followed to its end.
pub fn timeline(
    path: &Path,
    options: &Options,
    fidelity: Option<Fidelity>,
    hooks: &Hooks<'_>,
) -> Result<TimelineReport, AppError> {
    let (prepared, _) = pipeline::prepare_plainly(path, options, hooks)?;
    let mut variants = Vec::new();
    let mut warnings: Vec<String> = Vec::new();
    let count = prepared.len() as f64;
    for (k, p) in prepared.iter().enumerate() {
        let scenario = &p.variant.scenario;
        let name = &p.variant.name;
        let progress = |share: f64, doing: &str| {
            (hooks.progress)((k as f64 + share) / count, &format!("{name}: {doing}"));
        };
        let settings = Settings { seed: options.seed, fidelity, threads: options.threads };
        let failed =
            |source| AppError::Timeline { variant: name.clone(), source: Box::new(source) };
        let timeline = follow(scenario, &p.parameters, settings, hooks.cancelled, &progress)
            .map_err(failed)?;
        let Some(timeline) = timeline else {
            return Err(AppError::NoTimeline { path: path.to_owned() });
        };
        for kind in [EntryKind::Refused, EntryKind::Outage] {
            let entries = timeline.entries(kind).count();
            if entries > 0 {
                let what = match kind {
                    EntryKind::Refused => {
                        "entries of the log tell what could not be done as planned"
                    }
                    _ => "entries of the log tell of machines or volumes out of use",
                };
                warnings.push(format!("{name}: {entries} {what}"));
            }
        }
        let loads = timeline.figures.iter().flat_map(|f| &f.loads).filter(|l| l.saturated);
        let mut loads: Vec<usize> = loads.map(|load| load.part.workload).collect();
        loads.sort_unstable();
        loads.dedup();
        if !loads.is_empty() {
            let named: Vec<&str> =
                loads.iter().map(|load| scenario.workloads[*load].name.as_str()).collect();
            warnings.push(format!(
                "{name}: at times the path of {} is too narrow for what is asked of it; I/O piles \
                 up and is carried over",
                named.join(", ")
            ));
        }
        for note in &scenario.notes {
            if !warnings.contains(note) {
                warnings.push(note.clone());
            }
        }
        variants.push(TimelineOf::of(name, scenario, &timeline));
    }
    let first = prepared.first();
    let title = first.map_or_else(String::new, |p| p.variant.scenario.title.clone());
    let seed = options.seed.or(first.map(|p| p.variant.scenario.run.seed)).unwrap_or_default();
    let path = path.display().to_string();
    let (command, calibration) = (options.command.clone(), pipeline::calibration(&prepared));
    Ok(TimelineReport::new(title, path, seed, command, calibration, variants, warnings))
}

/// Fails every element of every variant, or every two, and ranks what is left.
///
/// # Errors
/// When the file has faults, or a state cannot be evaluated.
pub fn fail(
    path: &Path,
    options: &Options,
    together: u32,
    hooks: &Hooks<'_>,
) -> Result<FailuresReport, AppError> {
    let sweep = |p: &Prepared, progress: &(dyn Fn(f64, &str) + Sync)| {
        let (scenario, threads) = (&p.variant.scenario, options.threads);
        let damage =
            failures(scenario, &p.parameters, together, threads, hooks.cancelled, progress)?;
        let rows = damage.into_iter().map(Into::into).collect();
        Ok(FailuresOf { name: p.variant.name.clone(), rows })
    };
    let (title, calibration, variants, _) = swept(path, options, hooks, (false, &sweep))?;
    let (path, command) = (path.display().to_string(), options.command.clone());
    Ok(FailuresReport::new(title, path, command, calibration, variants))
}

/// Drains every node of every variant in turn, and ranks what that costs. Interrupted, it tells of
/// the nodes that were drained by then.
///
/// # Errors
/// When the file has faults, a state cannot be evaluated, or it was interrupted before any node was
/// drained.
pub fn maintenance(
    path: &Path,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<MaintenanceReport, AppError> {
    let sweep = |p: &Prepared, progress: &(dyn Fn(f64, &str) + Sync)| {
        let (scenario, threads) = (&p.variant.scenario, options.threads);
        let all = drains(scenario, &p.parameters, threads, hooks.cancelled, progress)?;
        Ok(MaintenanceOf::of(&p.variant.name, scenario, all))
    };
    let (title, calibration, variants, all) = swept(path, options, hooks, (true, &sweep))?;
    let (path, command) = (path.display().to_string(), options.command.clone());
    Ok(MaintenanceReport::new(title, path, command, calibration, variants, !all))
}

/// What is found of one variant.
type Sweep<'a, T> = &'a dyn Fn(&Prepared, &(dyn Fn(f64, &str) + Sync)) -> Result<T, TimelineError>;

/// The title of a scenario, what it is calibrated by, what is found of each of its variants, and
/// whether that is of all of them: an interruption leaves the others out where `keeps`.
fn swept<T>(
    path: &Path,
    options: &Options,
    hooks: &Hooks<'_>,
    (keeps, sweep): (bool, Sweep<'_, T>),
) -> Result<(String, String, Vec<T>, bool), AppError> {
    let (prepared, _) = pipeline::prepare_plainly(path, options, hooks)?;
    let mut found = Vec::new();
    for (k, p) in prepared.iter().enumerate() {
        let name = &p.variant.name;
        let progress = |share: f64, doing: &str| {
            let share = (k as f64 + share) / prepared.len() as f64;
            (hooks.progress)(share, &format!("{name}: {doing}"));
        };
        match sweep(p, &progress) {
            Ok(of) => found.push(of),
            Err(TimelineError::Cancelled) if keeps && !found.is_empty() => break,
            Err(source) => {
                let variant = name.clone();
                return Err(AppError::Timeline { variant, source: Box::new(source) });
            }
        }
    }
    let title = prepared.first().map_or_else(String::new, |p| p.variant.scenario.title.clone());
    let all = found.len() == prepared.len();
    Ok((title, pipeline::calibration(&prepared), found, all))
}
