//! Runs several sides on common random numbers and tells what each has more than the first.

use std::path::{Path, PathBuf};

use super::pipeline::{self, Prepared, Results};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::cluster::{Evidence, IoPath};
use crate::experiment::{Difference, Ratio, contrast, paired};
use crate::plan::grow::{Grown, Machines, add_nodes, refusal};
use crate::report::assemble::{
    Evaluated, assumptions, calibration_words, carried, variant_report, warnings,
};
use crate::report::{
    CompareReport, Compared, DifferenceRow, Figure, SideRow, Sureness, VariantReport,
};

/// Sides that may be compared at once.
const SIDES_MOST: usize = 64;

/// A value that is varied: its path, and what it is set to, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vary {
    /// Path, as for [`Options::set`].
    pub path: String,
    /// Values.
    pub values: Vec<String>,
}

/// What is changed for `whatif`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Values set: path and value.
    pub set: Vec<(String, String)>,
    /// Nodes added.
    pub nodes: usize,
    /// What runs on them.
    pub machines: Machines,
}

/// A side with the file it comes from.
struct Side {
    file: PathBuf,
    prepared: Prepared,
}

/// Compares the variants of several scenarios, each side with the first; with `vary`, each scenario
/// once for every combination of the values.
///
/// # Errors
/// When a file has faults, cannot be modelled, a run is given up, or there are not two sides.
pub fn compare(
    files: &[PathBuf],
    vary: &[Vary],
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<CompareReport, AppError> {
    let mut sides = Vec::new();
    let mut hashes = Vec::new();
    for file in files {
        for changes in combinations(vary) {
            let set = options.set.iter().chain(&changes).cloned().collect();
            let own = Options { set, ..options.clone() };
            let (prepared, hash) = pipeline::prepare_plainly(file, &own, hooks)?;
            hashes.push(hash);
            let alone = prepared.len() == 1;
            for mut prepared in prepared {
                let changed = changes.iter().map(|(path, value)| format!("{path} = {value}"));
                let changed: Vec<String> = changed.collect();
                prepared.variant.name =
                    name(file, files.len() > 1, &prepared.variant.name, alone, &changed);
                prepared.variant.changes.extend(changed);
                sides.push(Side { file: file.clone(), prepared });
            }
        }
    }
    told(sides, &hashes, Vec::new(), options, hooks)
}

/// Compares every variant of a scenario with the same after a change.
///
/// # Errors
/// As for [`compare`].
pub fn whatif(
    file: &Path,
    change: &Change,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<CompareReport, AppError> {
    let (before, hash) = pipeline::prepare_plainly(file, options, hooks)?;
    let set = options.set.iter().chain(&change.set).cloned().collect();
    let own = Options { set, ..options.clone() };
    let (after, other) = pipeline::prepare_plainly(file, &own, hooks)?;
    let mut notes = Vec::new();
    let mut sides = Vec::new();
    let alone = before.len() == 1;
    // With several variants each is held against itself before the change, told one by one.
    if !alone {
        let names = before.into_iter().map(|p| p.variant.name).collect();
        return Err(AppError::WhichVariant { variants: names });
    }
    for mut p in before {
        "as it is".clone_into(&mut p.variant.name);
        sides.push(Side { file: file.to_owned(), prepared: p });
    }
    for mut p in after {
        "changed".clone_into(&mut p.variant.name);
        let changed = change.set.iter().map(|(path, value)| format!("{path} = {value}"));
        p.variant.changes.extend(changed);
        if change.nodes > 0 {
            let mut scenario = p.variant.scenario.clone();
            let grown = add_nodes(&mut scenario, change.nodes, change.machines);
            p.variant.changes.push(format!("{} added", grown.nodes.join(", ")));
            notes.extend(told_of(&grown, change.machines));
            if let Some(refusal) = refusal(&scenario) {
                return Err(AppError::Grown(refusal));
            }
            p = p.with("changed".to_owned(), scenario)?;
        }
        sides.push(Side { file: file.to_owned(), prepared: p });
    }
    told(sides, &[hash, other], notes, options, hooks)
}

fn told_of(grown: &Grown, machines: Machines) -> Vec<String> {
    let nodes = grown.nodes.join(", ");
    let count = grown.machines;
    let mut notes = vec![match machines {
        Machines::Copied => format!(
            "{nodes}: like the last node that has machines, with its machines and loads once more \
             ({count} of them); `--machines spread` moves machines there instead"
        ),
        Machines::Spread => format!("{nodes}: {count} machines have moved there"),
        Machines::None => format!("{nodes}: no machine runs there"),
    }];
    if grown.left > 0 {
        notes.push(format!(
            "{} machines stay as they are: guest clusters, shared disks, pinned or physical",
            grown.left
        ));
    }
    notes
}

/// Every combination of the values, the last path turning fastest.
fn combinations(vary: &[Vary]) -> Vec<Vec<(String, String)>> {
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for one in vary {
        all = all
            .into_iter()
            .flat_map(|known| {
                one.values.iter().map(move |value| {
                    let mut next = known.clone();
                    next.push((one.path.clone(), value.clone()));
                    next
                })
            })
            .take(SIDES_MOST + 1)
            .collect();
    }
    all
}

/// What a side is called: no more than tells it from the others.
fn name(file: &Path, files: bool, variant: &str, alone: bool, changed: &[String]) -> String {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let mut parts: Vec<String> = Vec::new();
    if files {
        parts.push(stem.unwrap_or_default());
    }
    if !alone || (!files && changed.is_empty()) {
        parts.push(variant.to_owned());
    }
    parts.extend(changed.iter().cloned());
    parts.join(": ")
}

fn told(
    mut sides: Vec<Side>,
    hashes: &[String],
    mut notes: Vec<String>,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<CompareReport, AppError> {
    if !(2..=SIDES_MOST).contains(&sides.len()) {
        return Err(AppError::Sides { sides: sides.len(), most: SIDES_MOST });
    }
    // The same file, variant or value named twice is two sides all the same.
    for k in 0..sides.len() {
        let taken = |name: &str| sides[..k].iter().any(|s| s.prepared.variant.name == name);
        let name = sides[k].prepared.variant.name.clone();
        if taken(&name) {
            sides[k].prepared.variant.name = format!("{name} ({})", k + 1);
        }
    }
    // Differences have one level of confidence, that of the first side.
    let level = sides[0].prepared.variant.scenario.run.level;
    for side in &mut sides {
        let run = &mut side.prepared.variant.scenario.run;
        if run.level != level {
            run.level = level;
            let name = &side.prepared.variant.name;
            notes.push(format!(
                "{name}: intervals at {} %, as those of the first",
                (1e6 * level).round() / 1e4
            ));
        }
    }
    let (files, prepared): (Vec<PathBuf>, Vec<Prepared>) =
        sides.into_iter().map(|side| (side.file, side.prepared)).unzip();
    // Pairs are of replications with the same number and seed.
    let seed = options.seed.or(prepared.first().map(|p| p.variant.scenario.run.seed));
    let own = Options { seed, ..options.clone() };
    let results: Results =
        pipeline::results(&prepared, &own, hooks, &mut Stopwatch::new(hooks.clock))?;
    let evaluated = pipeline::evaluated(&prepared, &results);
    let reports: Vec<VariantReport> = evaluated.iter().map(variant_report).collect();
    let mut differences = Vec::new();
    if let Some((first, others)) = evaluated.split_first() {
        for (other, reports) in others.iter().zip(reports.iter().skip(1)) {
            let (rows, missing) = rows(first, other, &reports.name)?;
            differences.extend(rows);
            notes.extend(missing);
            let count = |of: &Evaluated<'_>| of.measured.replications;
            if count(first) != count(other) {
                notes.push(format!(
                    "{}: {} replications against {}; differences are over those both have",
                    reports.name,
                    count(other),
                    count(first)
                ));
            }
        }
    }
    let run = pipeline::run_info(&files[0], &own, hashes.join("+"), &evaluated)?;
    Ok(CompareReport {
        schema_version: CompareReport::SCHEMA,
        title: prepared[0].variant.scenario.title.clone(),
        run,
        calibration: calibration_words(evaluated.iter().map(|e| (e.parameters, e.compiled))),
        sides: reports.iter().zip(&files).map(|(report, file)| side(report, file)).collect(),
        differences,
        notes,
        assumptions: assumptions(&evaluated),
        warnings: warnings(&evaluated),
        partial: evaluated.len() < prepared.len() || evaluated.iter().any(|e| e.measured.partial()),
    })
}

fn side(report: &VariantReport, file: &Path) -> SideRow {
    let busiest = report.resources.first();
    let order = |a: &&crate::report::PortRow, b: &&crate::report::PortRow| {
        a.utilisation.value.total_cmp(&b.utilisation.value)
    };
    // Of equals the first.
    let port = report.ports.iter().filter(|port| port.csv).rev().max_by(order);
    let port = port.filter(|port| port.utilisation.value > 0.0);
    let cpu = |a: &&crate::report::CpuRow, b: &&crate::report::CpuRow| {
        a.utilisation.value.total_cmp(&b.utilisation.value)
    };
    let cpu = report.cpus.iter().rev().max_by(cpu);
    SideRow {
        name: report.name.clone(),
        scenario: file.display().to_string(),
        changes: report.changes.clone(),
        busiest: busiest.map(|row| row.resource.clone()),
        busy: busiest.map(|row| row.utilisation),
        port: port.map(|port| format!("{}/{}/{}", port.node, port.nic, port.direction)),
        port_busy: port.map(|port| port.utilisation),
        node: cpu.map(|row| row.node.clone()),
        cpu: cpu.map(|row| row.utilisation),
        limits: report.limits.clone(),
    }
}

/// What a side has more than the first, and which workloads only one of them has.
fn rows(
    first: &Evaluated<'_>,
    other: &Evaluated<'_>,
    side: &str,
) -> Result<(Vec<DifferenceRow>, Vec<String>), AppError> {
    // Pairing gives the first less the second.
    let pairs = paired(other.measured, first.measured)
        .map_err(|source| AppError::Bug(format!("sides that cannot be paired: {source}")))?;
    let place = |of: &Evaluated<'_>, name: &str| {
        of.variant.scenario.workloads.iter().position(|load| load.name == name)
    };
    let alike = first.measured.replications == other.measured.replications;
    let mut all = Vec::new();
    for pair in &pairs {
        let (Some(a), Some(b)) = (place(first, &pair.name), place(other, &pair.name)) else {
            continue;
        };
        let spread = first.prediction.zip(other.prediction).map(|(x, y)| contrast(x, y, (a, b)));
        let error = apart(first, other, (a, b));
        // What is offered is carried, on both sides alike, as long as nothing saturates.
        let offered = carried(first, a) && carried(other, b);
        let groups = (&first.measured.groups[a], &other.measured.groups[b]);
        for (metric, difference, ratio, from, to) in [
            (
                Compared::Iops,
                pair.iops,
                spread.map(|s| s.throughput),
                groups.0.iops.mean,
                groups.1.iops.mean,
            ),
            (
                Compared::LatencyMean,
                pair.latency_s,
                spread.map(|s| s.latency),
                groups.0.latency_s.mean,
                groups.1.latency_s.mean,
            ),
            (
                Compared::LatencyP99,
                pair.p99_s,
                spread.map(|s| s.latency),
                groups.0.quantiles_s[2].mean,
                groups.1.quantiles_s[2].mean,
            ),
        ] {
            let error = if offered && metric == Compared::Iops { 0.0 } else { error };
            let change =
                change(metric, alike, (from, to), difference, ratio.map(|r| r.widened(error)));
            all.push(DifferenceRow {
                side: side.to_owned(),
                workload: pair.name.clone(),
                metric,
                from,
                to,
                sure: sureness(&change),
                change,
                variance_reduction: difference.variance_reduction,
            });
        }
    }
    let lacking = |has: &Evaluated<'_>, lacks: &Evaluated<'_>| -> Vec<String> {
        let names = has.variant.scenario.workloads.iter().map(|load| &load.name);
        names
            .filter(|name| place(lacks, name).is_none())
            .map(|name| {
                format!("{side}: `{name}` is in {} only, and not compared", has.variant.name)
            })
            .collect()
    };
    let mut missing = lacking(first, other);
    missing.extend(lacking(other, first));
    Ok((all, missing))
}

fn change(
    metric: Compared,
    alike: bool,
    (from, to): (f64, f64),
    difference: Difference,
    ratio: Option<Ratio>,
) -> Figure {
    // Of sides that have different numbers of replications only those count that both have.
    let paired = Some(difference.estimate.mean).filter(|mean| !alike && mean.is_finite());
    let value = paired.unwrap_or(to - from);
    let to = from + value;
    let half = difference.estimate.half_width;
    let known = half.is_finite() && value.is_finite();
    // Nothing falls by more than all of it.
    let sampling = known.then(|| [(value - half).max(-from), value + half]);
    let relative = if known && to > 0.0 { half / to } else { 0.0 };
    let mut prediction = ratio
        .filter(|_| value.is_finite())
        .map(|ratio| ratio.widened(relative).around(to).map(|end| end - from));
    if let (Some(prediction), Some(sampling)) = (&mut prediction, sampling) {
        prediction[0] = prediction[0].min(sampling[0]);
        prediction[1] = prediction[1].max(sampling[1]);
    }
    Figure { value, unit: metric.unit(), sampling, prediction }
}

fn sureness(change: &Figure) -> Sureness {
    let clear = |ends: Option<[f64; 2]>| ends.is_some_and(|[low, high]| low > 0.0 || high < 0.0);
    match (clear(change.sampling), clear(change.prediction)) {
        (true, true) => Sureness::Sure,
        (true, false) => Sureness::OnParameters,
        (false, _) => Sureness::NotShown,
    }
}

/// The model's own error on the ratio of two results: what is wrong with a kind of path is as wrong
/// on both sides where the I/O takes the same kinds of path, and counts in full where it does not.
fn apart(first: &Evaluated<'_>, other: &Evaluated<'_>, groups: (usize, usize)) -> f64 {
    let kinds = |of: &Evaluated<'_>, group: usize| {
        let disks = &of.variant.scenario.workloads[group].disks;
        let paths = of.compiled.disks.iter().filter(|path| disks.contains(&path.disk));
        let kinds = paths.map(|path| (path.path, path.transport, path.evidence));
        let mut all: Vec<(IoPath, Option<&str>, Evidence)> = Vec::new();
        for kind in kinds {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
        all
    };
    let (a, b) = (kinds(first, groups.0), kinds(other, groups.1));
    if a.len() == b.len() && a.iter().all(|kind| b.contains(kind)) {
        return 0.0;
    }
    let error = |of: &Evaluated<'_>, evidence: Evidence| {
        let id = of.parameters.id(evidence.error_parameter());
        id.map_or(0.35, |id| of.parameters.value(id))
    };
    let both = a.iter().map(|k| error(first, k.2)).chain(b.iter().map(|k| error(other, k.2)));
    both.fold(0.0, f64::max)
}
