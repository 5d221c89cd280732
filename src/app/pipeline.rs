//! Load, fit, compile, replicate, predict, report.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::fitted::fitted;
use super::keep::Keeper;
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options, Outcome, RunTo};
use crate::calibrate::{DeviceFit, fit_device};
use crate::cluster::{Compiled, FindingKind, compile};
use crate::counters::Log;
use crate::engine::{HopRecord, IoRecord, RunRecord};
use crate::experiment::{
    self, ExperimentError, Identity, Measurements, Plan, Precision, Prediction, Progress, WarmUp,
    Watch, predict, resume, trace,
};
use crate::provenance::{FrozenParameters, ParameterSet};
use crate::random::Seed;
use crate::report::assemble::{
    Evaluated, assumptions, calibration_words, explain_variant, hops, variant_report, warnings,
};
use crate::report::counters::Watcher;
use crate::report::{ExplainReport, IoRow, NotBegun, Report, RunInfo, SCHEMA_VERSION};
use crate::scenario::document::DiskFiles;
use crate::scenario::{FitRequest, Loaded, Scenario, Variant, load};
use crate::schedule::Moment;

/// A variant ready to run.
pub(super) struct Prepared {
    pub(super) variant: Variant,
    pub(super) parameters: FrozenParameters,
    pub(super) compiled: Compiled,
    /// Storage name, and what it was fitted on.
    pub(super) fits: Vec<(String, String)>,
}

impl Prepared {
    /// The same with another scenario of the same parameters.
    pub(super) fn with(&self, name: String, scenario: Scenario) -> Result<Self, AppError> {
        let compiled = compile(&scenario.cluster, &scenario.workloads, &self.parameters)
            .map_err(|source| AppError::Compile { variant: name.clone(), source })?;
        let variant = Variant { name, scenario, ..self.variant.clone() };
        let (parameters, fits) = (self.parameters.clone(), self.fits.clone());
        Ok(Self { variant, parameters, compiled, fits })
    }
}

fn prepare(
    path: &Path,
    options: &Options,
    fitting: bool,
    watch: &mut Stopwatch<'_>,
) -> Result<(Vec<Prepared>, String), AppError> {
    let read = || load(path, &DiskFiles, &options.set, &options.variant);
    let loaded = watch.time("read", read)?;
    prepare_loaded(loaded, options, fitting, watch)
}

fn prepare_loaded(
    loaded: Loaded,
    options: &Options,
    fitting: bool,
    watch: &mut Stopwatch<'_>,
) -> Result<(Vec<Prepared>, String), AppError> {
    let Loaded { variants, hash } = loaded;
    variants.iter().try_for_each(|variant| refuse(variant, options))?;
    let mut prepared = Vec::new();
    let mut done = Vec::new();
    let fitted = options.parameters.as_deref().map(|path| fitted(path, &options.rows));
    let fitted = fitted.transpose()?;
    for mut variant in variants {
        let fits = if fitting && !variant.scenario.fits.is_empty() {
            watch.time("fit", || fit(&mut variant.scenario, &mut done))?
        } else {
            Vec::new()
        };
        if let Some(fitted) = &fitted {
            fitted.put_into(&mut variant)?;
        }
        let parameters = variant.scenario.parameters.clone().freeze();
        let scenario = &variant.scenario;
        let mut compiled = watch
            .time("compile", || compile(&scenario.cluster, &scenario.workloads, &parameters))
            .map_err(|source| AppError::Compile { variant: variant.name.clone(), source })?;
        if let Some(fitted) = &fitted {
            fitted.mark(&variant, &mut compiled);
        }
        prepared.push(Prepared { variant, parameters, compiled, fits });
    }
    Ok((prepared, hash))
}

/// The same, with devices fitted and nothing timed.
pub(super) fn prepare_plainly(
    path: &Path,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<(Vec<Prepared>, String), AppError> {
    prepare(path, options, true, &mut Stopwatch::new(hooks.clock))
}

/// Whether anything was fitted to measurements, in words.
pub(super) fn calibration(prepared: &[Prepared]) -> String {
    calibration_words(prepared.iter().map(|p| (&p.parameters, &p.compiled)))
}

/// Refuses more replications to begin with than a precision may take at most: one of the two would
/// have to be ignored.
pub(super) fn refuse(variant: &Variant, options: &Options) -> Result<(), AppError> {
    let plan = plan(&variant.scenario, options);
    match plan.precision {
        Some(Precision { replications_max, .. }) if plan.replications > replications_max => {
            Err(AppError::Replications {
                variant: variant.name.clone(),
                stated: plan.replications,
                most: replications_max,
            })
        }
        _ => Ok(()),
    }
}

/// A fit made, with what it was asked and what it started from.
pub(super) type Done = (FitRequest, ParameterSet, DeviceFit);

/// Fits the devices that ask for it and puts the parameters in force. What several variants ask
/// alike is fitted once.
pub(super) fn fit(
    scenario: &mut Scenario,
    done: &mut Vec<Done>,
) -> Result<Vec<(String, String)>, AppError> {
    let mut fits = Vec::new();
    for request in &scenario.fits {
        let prefix = format!("storage.{}", request.storage);
        let known: ParameterSet =
            scenario.parameters.iter().filter(|p| p.name.starts_with(&prefix)).cloned().collect();
        let same = done.iter().find(|(r, k, _)| r == request && *k == known);
        let fit = if let Some((_, _, fit)) = same {
            fit.clone()
        } else {
            let fit = fit_device(&prefix, &request.trace, &known)
                .map_err(|source| AppError::Fit { storage: request.storage.clone(), source })?;
            done.push((request.clone(), known, fit.clone()));
            fit
        };
        scenario.parameters.override_with(&fit.parameters);
        let described = format!(
            "{}; rms error {:.1} % over the percentiles fitted",
            request.described,
            100.0 * fit.error
        );
        fits.push((request.storage.clone(), described));
    }
    for storage in &mut scenario.cluster.storages {
        storage.fitted = fits.iter().any(|(name, _)| *name == storage.name);
    }
    Ok(fits)
}

pub(super) fn check(path: &Path, options: &Options) -> Result<Vec<String>, AppError> {
    let (prepared, _) = prepare(path, options, false, &mut Stopwatch::new(&|| 0.0))?;
    let mut notes = Vec::new();
    for p in &prepared {
        let cluster = &p.variant.scenario.cluster;
        notes.push(format!(
            "{}: {} nodes, {} volumes, {} virtual machines, {} workloads; {} stations",
            p.variant.name,
            cluster.nodes.len(),
            cluster.volumes.iter().filter(|volume| !volume.lun).count(),
            cluster.vms.len(),
            p.variant.scenario.workloads.len(),
            p.compiled.network.stations.len(),
        ));
        notes.extend(p.variant.scenario.timeline.as_ref().map(|timeline| {
            let all = [&timeline.loads, &timeline.backups, &timeline.traffic];
            let timed = all.into_iter().flatten().filter(|load| load.when.is_some()).count();
            format!(
                "{}: timeline from {} to {}, {} events, {} loads or backups that come and go, {} \
                 load curves",
                p.variant.name,
                timeline.calendar.label(Moment::START),
                timeline.calendar.label(timeline.end),
                timeline.events.len(),
                timed,
                timeline.curves.len(),
            )
        }));
        let warnings = p.compiled.findings.iter().filter(|f| f.kind == FindingKind::Warning);
        let warnings = warnings.map(|f| format!("{}: {}", f.subject, f.text));
        for note in p.variant.scenario.notes.iter().cloned().chain(warnings) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    Ok(notes)
}

pub(super) fn explain(path: &Path, options: &Options) -> Result<ExplainReport, AppError> {
    let (prepared, _) = prepare(path, options, true, &mut Stopwatch::new(&|| 0.0))?;
    let title = prepared.first().map_or_else(String::new, |p| p.variant.scenario.title.clone());
    let variants =
        prepared.iter().map(|p| explain_variant(&p.variant, &p.compiled, &p.parameters)).collect();
    let (path, command) = (path.display().to_string(), options.command.clone());
    let calibration = calibration(&prepared);
    Ok(ExplainReport::new(title, path, command, calibration, variants))
}

/// How the options have a scenario run.
pub(super) fn plan(scenario: &Scenario, options: &Options) -> Plan {
    let run = &scenario.run;
    let relative = match options.run_to {
        RunTo::AsWritten => run.precision,
        RunTo::Replications => None,
        RunTo::Precision(relative) => Some(relative),
    };
    let replications_max = run.replications_max;
    Plan {
        seed: Seed(options.seed.unwrap_or(run.seed)),
        replications: options.replications.unwrap_or(run.replications),
        precision: relative.map(|relative| Precision { relative, replications_max }),
        level: run.level,
        duration_s: run.duration_s,
        warm_up: match run.warm_up {
            crate::scenario::WarmUp::Auto => WarmUp::Auto,
            crate::scenario::WarmUp::Fixed(s) => WarmUp::Fixed(s),
        },
        threads: options.threads,
    }
}

/// What was run of the variants, in their order; fewer when the run was cancelled.
#[derive(Default)]
pub(super) struct Results {
    pub(super) measured: Vec<(Measurements, Option<Prediction>)>,
    /// Single I/Os of the variants that were traced.
    hops: Vec<Vec<IoRow>>,
    /// Counters, where they were asked for.
    counters: Option<Log>,
}

pub(super) fn run(path: &Path, options: &Options, hooks: &Hooks<'_>) -> Result<Outcome, AppError> {
    let mut watch = Stopwatch::new(hooks.clock);
    let prepared = prepare(path, options, true, &mut watch)?;
    run_prepared(path, prepared, options, hooks, watch)
}

/// Runs what was loaded from elsewhere than a file.
pub(super) fn run_loaded(
    loaded: Loaded,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<Outcome, AppError> {
    let mut watch = Stopwatch::new(hooks.clock);
    let prepared = prepare_loaded(loaded, options, true, &mut watch)?;
    run_prepared(Path::new("(in code)"), prepared, options, hooks, watch)
}

fn run_prepared(
    path: &Path,
    (prepared, hash): (Vec<Prepared>, String),
    options: &Options,
    hooks: &Hooks<'_>,
    mut watch: Stopwatch<'_>,
) -> Result<Outcome, AppError> {
    if options.counters.is_some() && prepared.len() > 1 {
        let variants = prepared.iter().map(|p| p.variant.name.clone()).collect();
        return Err(AppError::CountersOfWhich { variants });
    }
    let results = results(&prepared, options, hooks, &mut watch)?;
    let report = watch.time("report", || report(path, options, &prepared, hash, &results))?;
    let traced = options.trace_ios > 0 && results.hops.len() == prepared.len();
    let hops = traced.then(|| results.hops.concat());
    Ok(Outcome { report, hops, counters: results.counters, profile: watch.profile })
}

/// Runs what was prepared.
pub(super) fn results(
    prepared: &[Prepared],
    options: &Options,
    hooks: &Hooks<'_>,
    watch: &mut Stopwatch<'_>,
) -> Result<Results, AppError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|e| AppError::Bug(format!("the worker threads could not be started: {e}")))?;
    let (keeper, mut kept) = keeper(prepared, options, hooks)?;
    let mut results = Results::default();
    for (place, p) in prepared.iter().enumerate() {
        // What an earlier run has finished is told even if this one is stopped before it.
        if (hooks.cancelled)() && !results.measured.is_empty() && kept[place].is_empty() {
            break;
        }
        let scenario = &p.variant.scenario;
        let kept = std::mem::take(&mut kept[place]);
        let share = |share: f64| (place as f64 + share) / prepared.len() as f64;
        let one = One { prepared: p, place, options, hooks, keeper: keeper.as_ref() };
        let measured = match one.replicate(kept, watch, &share) {
            // What earlier variants have shown is told all the same.
            Err(ExperimentError::Cancelled) if !results.measured.is_empty() => break,
            measured => measured.map_err(|source| one.failed(source))?,
        };
        let recompile = |parameters: &FrozenParameters| {
            compile(&scenario.cluster, &scenario.workloads, parameters).ok().map(|c| c.network)
        };
        let predicted = || pool.install(|| predict(&p.parameters, measured.seed, &recompile));
        let prediction = watch.time("predict", predicted);
        results.measured.push((measured, prediction));
        if options.trace_ios > 0 && !(hooks.cancelled)() {
            results.hops.extend(watch.time("trace", || one.trace())?);
        }
        if let Some(interval_ps) = options.counters
            && !(hooks.cancelled)()
        {
            results.counters = watch.time("counters", || one.counters(interval_ps))?;
        }
        (hooks.progress)(share(1.0), &p.variant.name);
    }
    Ok(results)
}

/// The checkpoint, where there is one, and the replications of each variant in it.
fn keeper<'a>(
    prepared: &[Prepared],
    options: &Options,
    hooks: &Hooks<'a>,
) -> Result<(Option<Keeper<'a>>, Vec<Vec<RunRecord>>), AppError> {
    let Some(path) = &options.checkpoint else {
        return Ok((None, vec![Vec::new(); prepared.len()]));
    };
    let identity = |p: &Prepared| {
        Identity::of(&p.variant.name, &p.compiled.network, &plan(&p.variant.scenario, options))
    };
    let variants: Vec<Identity> = prepared.iter().map(identity).collect();
    let (keeper, kept) = Keeper::open(path, &variants, hooks.told)?;
    Ok((Some(keeper), kept))
}

/// One variant to run.
struct One<'a> {
    prepared: &'a Prepared,
    place: usize,
    options: &'a Options,
    hooks: &'a Hooks<'a>,
    keeper: Option<&'a Keeper<'a>>,
}

impl One<'_> {
    fn replicate(
        &self,
        kept: Vec<RunRecord>,
        watch: &mut Stopwatch<'_>,
        share: &(dyn Fn(f64) -> f64 + Sync),
    ) -> Result<Measurements, ExperimentError> {
        let net = &self.prepared.compiled.network;
        let name = &self.prepared.variant.name;
        let plan = plan(&self.prepared.variant.scenario, self.options);
        let (clock, profile) = (watch.clock, Mutex::new(std::mem::take(&mut watch.profile)));
        let finished = |record: &RunRecord, seconds: f64| {
            if let Some(keeper) = self.keeper {
                keeper.add(self.place, record);
            }
            profile.lock().unwrap_or_else(PoisonError::into_inner).add(net, record, seconds);
        };
        let pilot = Mutex::new(None);
        let piloted = |seconds: f64| {
            *pilot.lock().unwrap_or_else(PoisonError::into_inner) = Some(seconds);
        };
        let progress = |of: &Progress| {
            let doing = doing(name, of, plan.precision);
            (self.hooks.progress)(share(SIMULATED * of.share().min(1.0)), &doing);
        };
        let watched = Watch {
            cancelled: self.hooks.cancelled,
            progress: &progress,
            finished: &finished,
            piloted: &piloted,
            clock,
        };
        let began = clock();
        let measured = resume(net, &plan, kept, &watched);
        let took = clock() - began;
        if let Some(keeper) = self.keeper {
            keeper.flush();
        }
        watch.profile = profile.into_inner().unwrap_or_else(PoisonError::into_inner);
        let pilot = pilot.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(seconds) = pilot {
            watch.profile.spend(PILOT, seconds);
        }
        watch.profile.spend("simulate", took - pilot.unwrap_or_default());
        measured
    }

    /// The first I/Os with their hops; none when the run was cancelled.
    fn trace(&self) -> Result<Option<Vec<IoRow>>, AppError> {
        let Prepared { variant, compiled, .. } = self.prepared;
        let plan = plan(&variant.scenario, self.options);
        let (net, ios) = (&compiled.network, self.options.trace_ios);
        match trace(net, &plan, ios, &|| (self.hooks.cancelled)()) {
            Ok(record) => Ok(Some(hops(&variant.name, net, &record.ios, &record.hops))),
            Err(ExperimentError::Cancelled) => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    /// The counters of the first replication; none when the run was cancelled.
    fn counters(&self, interval_ps: u64) -> Result<Option<Log>, AppError> {
        let Prepared { variant, compiled, .. } = self.prepared;
        let plan = plan(&variant.scenario, self.options);
        let mut watcher = Watcher::new(&variant.scenario.cluster, compiled, interval_ps);
        let mut sink = |hops: &[HopRecord], ios: &[IoRecord]| {
            watcher.take(hops, ios);
            true
        };
        let cancelled = || (self.hooks.cancelled)();
        match experiment::watch(&compiled.network, &plan, &cancelled, &mut sink) {
            Ok(record) => {
                let length_ps = record.warm_up_ps.saturating_add(record.window_ps);
                let log = watcher.log(length_ps).map_err(|source| AppError::Counters {
                    variant: variant.name.clone(),
                    source,
                })?;
                Ok(Some(log))
            }
            Err(ExperimentError::Cancelled) => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn failed(&self, source: ExperimentError) -> AppError {
        AppError::Experiment { variant: self.prepared.variant.name.clone(), source }
    }
}

/// The phase of the pilot runs, which are none of the replications.
const PILOT: &str = "pilot run";

/// Share of a variant's time that its replications take, about.
const SIMULATED: f64 = 0.9;

/// What is under way: the variant, and the round where rounds are made.
fn doing(name: &str, of: &Progress, precision: Option<Precision>) -> String {
    let Some(precision) = precision else { return name.to_owned() };
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let reached = match of.reached {
        Some(reached) if reached.is_finite() => {
            format!(", {} of {}", percent(reached), percent(precision.relative))
        }
        _ => String::new(),
    };
    format!("{name}: round {}, {}/{}{reached}", of.round, of.done, of.round_end)
}

/// What was run, with all that is known about it.
pub(super) fn evaluated<'a>(prepared: &'a [Prepared], results: &'a Results) -> Vec<Evaluated<'a>> {
    let both = prepared.iter().zip(&results.measured);
    both.map(|(p, (measured, prediction))| Evaluated {
        variant: &p.variant,
        parameters: &p.parameters,
        compiled: &p.compiled,
        measured,
        prediction: prediction.as_ref(),
        fits: &p.fits,
    })
    .collect()
}

/// How the runs were made.
pub(super) fn run_info(
    path: &Path,
    options: &Options,
    hash: String,
    evaluated: &[Evaluated<'_>],
) -> Result<RunInfo, AppError> {
    let Some(first) = evaluated.first() else {
        return Err(AppError::Bug("a scenario without variants was loaded".into()));
    };
    let most = evaluated.iter().map(|e| e.measured.replications).max();
    Ok(RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: path.display().to_string(),
        scenario_hash: hash,
        seed: first.measured.seed.0,
        replications: most.unwrap_or_default(),
        level: first.measured.level,
        command: options.command.clone(),
    })
}

/// The same where nothing was run.
pub(super) fn run_info_before(
    path: &Path,
    options: &Options,
    hash: String,
    first: &Prepared,
) -> RunInfo {
    let plan = plan(&first.variant.scenario, options);
    RunInfo {
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: path.display().to_string(),
        scenario_hash: hash,
        seed: plan.seed.0,
        replications: 0,
        level: plan.level,
        command: options.command.clone(),
    }
}

fn report(
    path: &Path,
    options: &Options,
    prepared: &[Prepared],
    hash: String,
    results: &Results,
) -> Result<Report, AppError> {
    let evaluated = evaluated(prepared, results);
    let run = run_info(path, options, hash, &evaluated)?;
    let scenario = &prepared[0].variant.scenario;
    let not_begun = prepared.iter().skip(evaluated.len()).map(|p| NotBegun {
        name: p.variant.name.clone(),
        replications_asked: plan(&p.variant.scenario, options).most(),
    });
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        run,
        calibration: calibration_words(evaluated.iter().map(|e| (e.parameters, e.compiled))),
        variants: evaluated.iter().map(variant_report).collect(),
        assumptions: assumptions(&evaluated),
        warnings: warnings(&evaluated),
        partial: evaluated.len() < prepared.len() || evaluated.iter().any(|e| e.measured.partial()),
        not_begun: not_begun.collect(),
    })
}
