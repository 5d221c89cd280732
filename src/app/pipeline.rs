//! Load, fit, compile, replicate, predict, report.

use std::path::Path;

use super::{AppError, Hooks, Options};
use crate::calibrate::{DeviceFit, fit_device};
use crate::cluster::{Compiled, compile};
use crate::experiment::{Measurements, Plan, Prediction, WarmUp, predict, run as replicate};
use crate::provenance::{FrozenParameters, ParameterSet};
use crate::random::Seed;
use crate::report::assemble::{
    Evaluated, assumptions, calibration_words, explain_variant, variant_report, warnings,
};
use crate::report::{ExplainReport, Report, RunInfo, SCHEMA_VERSION};
use crate::scenario::document::DiskFiles;
use crate::scenario::{FitRequest, Loaded, Scenario, Variant, load};

/// A variant ready to run.
struct Prepared {
    variant: Variant,
    parameters: FrozenParameters,
    compiled: Compiled,
    /// Storage name, and what it was fitted on.
    fits: Vec<(String, String)>,
}

fn prepare(
    path: &Path,
    options: &Options,
    fitting: bool,
) -> Result<(Vec<Prepared>, String), AppError> {
    let Loaded { variants, hash } = load(path, &DiskFiles, &options.set, &options.variant)?;
    let mut prepared = Vec::new();
    let mut done = Vec::new();
    for mut variant in variants {
        let fits = if fitting { fit(&mut variant.scenario, &mut done)? } else { Vec::new() };
        let parameters = variant.scenario.parameters.clone().freeze();
        let scenario = &variant.scenario;
        let compiled = compile(&scenario.cluster, &scenario.workloads, &parameters)
            .map_err(|source| AppError::Compile { variant: variant.name.clone(), source })?;
        prepared.push(Prepared { variant, parameters, compiled, fits });
    }
    Ok((prepared, hash))
}

/// A fit made, with what it was asked and what it started from.
type Done = (FitRequest, ParameterSet, DeviceFit);

/// Fits the devices that ask for it and puts the parameters in force. What several variants ask
/// alike is fitted once.
fn fit(scenario: &mut Scenario, done: &mut Vec<Done>) -> Result<Vec<(String, String)>, AppError> {
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
    let (prepared, _) = prepare(path, options, false)?;
    let mut notes = Vec::new();
    for p in &prepared {
        let cluster = &p.variant.scenario.cluster;
        notes.push(format!(
            "{}: {} nodes, {} volumes, {} virtual machines, {} workloads; {} stations",
            p.variant.name,
            cluster.nodes.len(),
            cluster.volumes.len(),
            cluster.vms.len(),
            p.variant.scenario.workloads.len(),
            p.compiled.network.stations.len(),
        ));
        for note in &p.variant.scenario.notes {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
    }
    Ok(notes)
}

pub(super) fn explain(path: &Path, options: &Options) -> Result<ExplainReport, AppError> {
    let (prepared, _) = prepare(path, options, true)?;
    let title = prepared.first().map_or_else(String::new, |p| p.variant.scenario.title.clone());
    let variants =
        prepared.iter().map(|p| explain_variant(&p.variant, &p.compiled, &p.parameters)).collect();
    Ok(ExplainReport { title, variants })
}

fn plan(scenario: &Scenario, options: &Options) -> Plan {
    let run = &scenario.run;
    Plan {
        seed: Seed(options.seed.unwrap_or(run.seed)),
        replications: options.replications.unwrap_or(run.replications),
        precision: None,
        level: run.level,
        duration_s: run.duration_s,
        warm_up: match run.warm_up {
            crate::scenario::WarmUp::Auto => WarmUp::Auto,
            crate::scenario::WarmUp::Fixed(s) => WarmUp::Fixed(s),
        },
        threads: options.threads,
    }
}

pub(super) fn run(path: &Path, options: &Options, hooks: &Hooks<'_>) -> Result<Report, AppError> {
    let (prepared, hash) = prepare(path, options, true)?;
    let count = prepared.len() as f64;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(|e| AppError::Bug(format!("the worker threads could not be started: {e}")))?;
    let mut results: Vec<(Measurements, Option<Prediction>)> = Vec::new();
    for (i, p) in prepared.iter().enumerate() {
        if (hooks.cancelled)() && !results.is_empty() {
            break;
        }
        let scenario = &p.variant.scenario;
        let plan = plan(scenario, options);
        let progress =
            |share: f64| (hooks.progress)((i as f64 + 0.9 * share) / count, &p.variant.name);
        let measured = replicate(&p.compiled.network, &plan, hooks.cancelled, &progress)
            .map_err(|source| AppError::Experiment { variant: p.variant.name.clone(), source })?;
        let recompile = |parameters: &FrozenParameters| {
            compile(&scenario.cluster, &scenario.workloads, parameters).ok().map(|c| c.network)
        };
        let prediction = pool.install(|| predict(&p.parameters, plan.seed, &recompile));
        results.push((measured, prediction));
        (hooks.progress)((i + 1) as f64 / count, &p.variant.name);
    }
    let evaluated: Vec<Evaluated<'_>> = prepared
        .iter()
        .zip(&results)
        .map(|(p, (measured, prediction))| Evaluated {
            variant: &p.variant,
            parameters: &p.parameters,
            compiled: &p.compiled,
            measured,
            prediction: prediction.as_ref(),
            fits: &p.fits,
        })
        .collect();
    let Some(first) = evaluated.first() else {
        return Err(AppError::Bug("a scenario without variants was loaded".into()));
    };
    let scenario = &first.variant.scenario;
    let plan = plan(scenario, options);
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        title: scenario.title.clone(),
        description: scenario.description.clone(),
        run: RunInfo {
            version: env!("CARGO_PKG_VERSION").into(),
            scenario: path.display().to_string(),
            scenario_hash: hash,
            seed: plan.seed.0,
            replications: first.measured.replications,
            level: plan.level,
            command: options.command.clone(),
        },
        calibration: calibration_words(&evaluated),
        variants: evaluated.iter().map(variant_report).collect(),
        assumptions: assumptions(&evaluated),
        warnings: warnings(&evaluated),
        partial: results.len() < prepared.len() || evaluated.iter().any(|e| e.measured.partial()),
    })
}
