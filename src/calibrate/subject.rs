//! What is run for a row: the scenario with the row's values, ready to be solved or simulated with
//! any parameters.

use std::path::Path;

use super::blame::{self, OfPoint};
use super::mapping::Mapping;
use super::metric::{self, Value};
use super::observation::{Observations, Point};
use crate::analytic::Folded;
use crate::cluster::{Compiled, DiskPath, compile};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::experiment::{self, ExperimentError, Plan, WarmUp};
use crate::provenance::{FrozenParameters, ParameterId};
use crate::random::Seed;
use crate::scenario::document::FileAccess;
use crate::scenario::{Scenario, load};
use crate::topology::Cluster;

/// The path that chooses a variant instead of setting a value.
const VARIANT: &str = "variant";

/// The scenario of a point.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    scenario: Scenario,
    pub(super) parameters: FrozenParameters,
    pub(super) group: String,
    nodes: Vec<String>,
}

/// The scenarios of all points.
///
/// # Errors
/// Every fault of the scenario with the values of any row.
pub(super) fn subjects(
    path: &Path,
    files: &dyn FileAccess,
    mapping: &Mapping,
    observations: &Observations,
    points: &[Point],
) -> Result<Vec<Subject>, Diagnostics> {
    let mut faults: Vec<OfPoint> = Vec::new();
    let mut subjects = Vec::new();
    for (place, point) in points.iter().enumerate() {
        match subject(path, files, point) {
            Ok(subject) => subjects.push(subject),
            // A fault of the scenario by itself would come back for every row.
            Err(more) if faults.is_empty() && load(path, files, &[], &[]).is_err() => {
                return Err(more);
            }
            Err(more) => {
                let of = |fault: &Diagnostic| OfPoint { point: place, fault: fault.clone() };
                faults.extend(more.iter().map(of));
            }
        }
    }
    blame::told(mapping, observations, points, &faults).into_result(subjects)
}

fn subject(path: &Path, files: &dyn FileAccess, point: &Point) -> Result<Subject, Diagnostics> {
    let (variant, settings): (Vec<_>, Vec<_>) =
        point.settings.iter().cloned().partition(|(path, _)| path == VARIANT);
    let only: Vec<String> =
        variant.into_iter().map(|(_, name)| name.trim_matches('"').to_owned()).collect();
    let loaded = load(path, files, &settings, &only)?;
    let Some(variant) = loaded.variants.into_iter().next() else {
        let file = SourceFile::new(path.display().to_string(), "");
        return Err(Diagnostic::of_file(file, "there is no variant").into());
    };
    let scenario = variant.scenario;
    if !scenario.fits.is_empty() {
        let file = SourceFile::new(path.display().to_string(), "");
        let problem = "a storage that is fitted to a trace cannot be fitted to a table as well";
        let fault = Diagnostic::of_file(file, problem).about("storage.fit");
        return Err(fault.with_help("run the fit and state what it found").into());
    }
    let parameters = scenario.parameters.clone().freeze();
    let nodes = scenario.cluster.nodes.iter().map(|node| node.name.clone()).collect();
    Ok(Subject { scenario, parameters, group: point.group.clone(), nodes })
}

/// Mode, transport and storage of a path: what was measured of one is known of no other.
#[must_use]
pub fn path_kind(cluster: &Cluster, path: &DiskPath) -> String {
    let storage = cluster.volumes[cluster.disks[path.disk].volume].storage;
    let storage = cluster.storages[storage].kind.name();
    let transport = path.transport.unwrap_or("no network");
    format!("{}, {transport}, {storage}", path.path.name())
}

/// How long a row is simulated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Replications; none: as the scenario says.
    pub(super) replications: Option<u64>,
}

impl Subject {
    fn compiled(&self, changes: &[(ParameterId, f64)]) -> Option<Compiled> {
        let parameters = self.parameters.with_values(changes);
        compile(&self.scenario.cluster, &self.scenario.workloads, &parameters).ok()
    }

    /// The parameters that the model asks for; no other moves anything. All, where there is none.
    pub(super) fn asked(&self, changes: &[(ParameterId, f64)]) -> Vec<ParameterId> {
        let compiled = self.compiled(changes);
        compiled.map_or_else(|| self.parameters.ids().collect(), |compiled| compiled.asked)
    }

    /// Why the scenario cannot be modelled, where it cannot.
    pub(super) fn refused(&self) -> Option<String> {
        compile(&self.scenario.cluster, &self.scenario.workloads, &self.parameters)
            .err()
            .map(|error| error.to_string())
    }

    /// Kinds of path of the disks that are asked for anything.
    pub(super) fn path_kinds(&self) -> Vec<String> {
        let Some(compiled) = self.compiled(&[]) else { return Vec::new() };
        let asked = |disk| self.scenario.workloads.iter().any(|w| w.disks.contains(&disk));
        let own = compiled.disks.iter().filter(|path| asked(path.disk));
        own.map(|path| path_kind(&self.scenario.cluster, path)).collect()
    }

    /// Relative error the model states of itself, the greatest of its kinds.
    pub(super) fn model_error(&self) -> f64 {
        let own = self
            .parameters
            .ids()
            .filter(|&id| self.parameters.parameter(id).name.starts_with("model-error."));
        own.map(|id| self.parameters.value(id)).fold(0.05, f64::max)
    }

    /// The metrics by the analytic solver, as logarithms; none where it has no answer.
    pub(super) fn solve(
        &self,
        mapping: &Mapping,
        changes: &[(ParameterId, f64)],
    ) -> Vec<Option<f64>> {
        let solution = self.compiled(changes).and_then(|compiled| {
            let folded = Folded::new(&compiled.network).ok()?;
            let solution = folded.solve().ok()?;
            drop(folded);
            Some((compiled, solution))
        });
        let Some((compiled, solution)) = solution else {
            return vec![None; mapping.measured.len()];
        };
        let of = |m| metric::solved(m, &compiled.network, &self.nodes, &solution);
        mapping.measured.iter().map(|m| of(m).map(|value| m.metric.log(value))).collect()
    }

    /// The metrics by simulation.
    ///
    /// # Errors
    /// When the run is given up or cancelled.
    pub(super) fn simulate(
        &self,
        mapping: &Mapping,
        changes: &[(ParameterId, f64)],
        effort: Effort,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<Option<Value>>, ExperimentError> {
        let Some(compiled) = self.compiled(changes) else {
            return Ok(vec![None; mapping.measured.len()]);
        };
        let run = &self.scenario.run;
        let plan = Plan {
            seed: Seed(run.seed),
            replications: effort.replications.unwrap_or(run.replications).max(2),
            precision: None,
            level: 0.95,
            duration_s: run.duration_s,
            warm_up: match run.warm_up {
                crate::scenario::WarmUp::Auto => WarmUp::Auto,
                crate::scenario::WarmUp::Fixed(s) => WarmUp::Fixed(s),
            },
            threads: Some(1),
        };
        let measured = experiment::run(&compiled.network, &plan, cancelled, &|_| {})?;
        let of = |m| metric::simulated(m, &compiled.network, &self.nodes, &measured);
        Ok(mapping.measured.iter().map(of).collect())
    }
}
