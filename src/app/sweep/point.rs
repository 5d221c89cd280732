//! One point of a sweep: from the values to a row.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::super::pipeline::{self, Done, Prepared};
use super::super::{AppError, Options};
use super::error::SweepError;
use crate::cluster::compile;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::experiment::{self, ExperimentError, predict};
use crate::plan::sweep::{Effort, Figure, Point, Row, SweepPlan, redirected_shares, solve};
use crate::provenance::FrozenParameters;
use crate::report::assemble::{Evaluated, variant_report};
use crate::report::swept_figures;
use crate::scenario::{Maker, Setting, Variant};
use crate::timeline::EvaluateError;

/// What faults of a value that all points have say they are in.
const SET: &str = "set";
/// Faults of a point that are told in its row.
const TOLD: usize = 3;

/// Evaluates points on one thread.
pub(super) struct Worker<'a> {
    pub(super) plan: &'a SweepPlan,
    pub(super) maker: Maker<'a>,
    /// Place of each variant of the plan in the scenario.
    pub(super) variants: &'a [usize],
    pub(super) scenario: &'a Path,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Sync),
    pool: Option<ThreadPool>,
    fitted: Vec<Done>,
}

/// What a point comes to.
#[derive(Default)]
struct Found {
    figures: Vec<Figure>,
    seed: Option<u64>,
    usual_error: Option<[Option<f64>; 2]>,
    unsettled: bool,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        plan: &'a SweepPlan,
        maker: Maker<'a>,
        variants: &'a [usize],
        scenario: &'a Path,
        cancelled: &'a (dyn Fn() -> bool + Sync),
    ) -> Result<Self, AppError> {
        // What the simulation is judged by would else take all cores from the other workers.
        let pool = match plan.fidelity {
            Effort::Fast => None,
            Effort::Simulate => {
                Some(ThreadPoolBuilder::new().num_threads(1).build().map_err(|e| {
                    AppError::Bug(format!("no worker thread could be started: {e}"))
                })?)
            }
        };
        Ok(Self { plan, maker, variants, scenario, cancelled, pool, fitted: Vec::new() })
    }

    /// The row of a point; none when it was cancelled before it was known.
    ///
    /// # Errors
    /// When a file that the scenario names is not the one that was planned with, or csvnet is at
    /// fault. What is wrong with the point itself is in its row.
    pub(super) fn row(&mut self, point: Point<'_>) -> Result<Option<Row>, AppError> {
        let found = self.found(point);
        self.unchanged()?;
        let (found, error) = match found {
            Ok(found) => (found, None),
            Err(error) if error.is_bug() => return Err(error),
            Err(AppError::Experiment { source: ExperimentError::Cancelled, .. }) => {
                return Ok(None);
            }
            Err(error) => (Found::default(), Some(self.said(&error))),
        };
        let Found { figures, seed, usual_error, unsettled } = found;
        let at: BTreeMap<String, String> =
            point.at().map(|(axis, level)| (axis.to_owned(), level.to_owned())).collect();
        let variant = point.variant_name().to_owned();
        let (point, settled) = (point.number, !unsettled);
        Ok(Some(Row { point, variant, at, error, seed, usual_error, settled, figures }))
    }

    fn found(&mut self, point: Point<'_>) -> Result<Found, AppError> {
        let settings: Vec<Setting<'_>> = point
            .settings()
            .map(|(axis, path, literal)| Setting { path, literal, origin: axis.unwrap_or(SET) })
            .collect();
        let mut variant = self.maker.make(self.variants[point.variant()], &settings)?;
        let fits = if variant.scenario.fits.is_empty() {
            Vec::new()
        } else {
            pipeline::fit(&mut variant.scenario, &mut self.fitted)?
        };
        let parameters = variant.scenario.parameters.clone().freeze();
        match self.plan.fidelity {
            Effort::Fast => {
                let solved = solve(&variant.scenario, &parameters, &self.plan.record);
                let solved = solved.map_err(|error| of_solver(&variant.name, error))?;
                Ok(Found {
                    figures: solved.figures,
                    seed: None,
                    usual_error: Some(solved.usual_error),
                    unsettled: !solved.settled,
                })
            }
            Effort::Simulate => {
                let seed = Some(point.seed(variant.scenario.run.seed));
                let figures = self.simulated(variant, parameters, fits, seed)?;
                Ok(Found { figures, seed, ..Found::default() })
            }
        }
    }

    /// As `csvnet run` says it.
    fn simulated(
        &self,
        variant: Variant,
        parameters: FrozenParameters,
        fits: Vec<(String, String)>,
        seed: Option<u64>,
    ) -> Result<Vec<Figure>, AppError> {
        let options = Options { seed, threads: Some(1), ..Options::default() };
        pipeline::refuse(&variant, &options)?;
        let scenario = &variant.scenario;
        let name = &variant.name;
        let compiled = compile(&scenario.cluster, &scenario.workloads, &parameters)
            .map_err(|source| AppError::Compile { variant: name.clone(), source })?;
        let p = Prepared { variant, parameters, compiled, fits };
        let Prepared { variant, parameters, compiled, fits } = &p;
        let scenario = &variant.scenario;
        let failed = |source| AppError::Experiment { variant: variant.name.clone(), source };
        let plan = pipeline::plan(scenario, &options);
        let measured = experiment::run(&compiled.network, &plan, self.cancelled, &|_| {});
        let measured = measured.map_err(failed)?;
        if measured.partial() || (self.cancelled)() {
            return Err(failed(ExperimentError::Cancelled));
        }
        let recompile = |parameters: &FrozenParameters| {
            compile(&scenario.cluster, &scenario.workloads, parameters).ok().map(|c| c.network)
        };
        let predicted = || predict(parameters, measured.seed, &recompile);
        let prediction = match &self.pool {
            Some(pool) => pool.install(predicted),
            None => predicted(),
        };
        let report = variant_report(&Evaluated {
            variant,
            parameters,
            compiled,
            measured: &measured,
            prediction: prediction.as_ref(),
            fits,
        });
        let shares = redirected_shares(scenario, parameters)
            .map_err(|error| of_solver(&variant.name, error))?;
        Ok(swept_figures(&report, &self.plan.record, &shares))
    }

    /// Whether every file read so far is one that was planned with.
    fn unchanged(&self) -> Result<(), SweepError> {
        let read = self.maker.read();
        let Some(other) = read.iter().find(|hash| !self.plan.read.contains(hash)) else {
            return Ok(());
        };
        Err(SweepError::Changed {
            scenario: self.scenario.to_owned(),
            planned: self.plan.scenario_hash.clone(),
            found: format!("with a file {other:016x}"),
        })
    }

    /// An error in a line that is the same wherever the scenario lies.
    fn said(&self, error: &AppError) -> String {
        let text = match error {
            AppError::Input(faults) => self.listed(faults),
            other => other.to_string(),
        };
        let folder = self.scenario.parent().unwrap_or(Path::new("")).display().to_string();
        let text = if folder.is_empty() {
            text
        } else {
            text.replace(&format!("{folder}{}", std::path::MAIN_SEPARATOR), "")
                .replace(&format!("{folder}/"), "")
        };
        text.lines().collect::<Vec<_>>().join("; ")
    }

    /// Faults; one of a value of the point is in no file.
    fn listed(&self, faults: &Diagnostics) -> String {
        let of_point = |fault: &Diagnostic| {
            let name = &*fault.file.name;
            name == SET || self.plan.axes.iter().any(|axis| axis.name == name)
        };
        let one = |fault: &Diagnostic| {
            let text = fault.to_string();
            let file = of_point(fault).then(|| {
                let bare = Diagnostic { span: None, ..fault.clone() };
                bare.to_string().split_off(fault.file.name.len() + ": ".len())
            });
            file.unwrap_or(text)
        };
        let mut told: Vec<String> = faults.iter().take(TOLD).map(one).collect();
        if faults.len() > TOLD {
            told.push(format!("and {} more", faults.len() - TOLD));
        }
        told.join("; ")
    }
}

fn of_solver(variant: &str, source: EvaluateError) -> AppError {
    match source {
        EvaluateError::Compile(source) => AppError::Compile { variant: variant.to_owned(), source },
        source => AppError::Solve { variant: variant.to_owned(), source },
    }
}
