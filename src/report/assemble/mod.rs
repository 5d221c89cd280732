//! From measurements and predictions to the report.

mod check;
mod figure;
mod hops;
mod layout;
mod length;
mod limits;
mod notes;
mod paths;
mod rows;

use crate::cluster::Compiled;
use crate::experiment::{Measurements, Prediction};
use crate::provenance::FrozenParameters;
use crate::scenario::Variant;

use super::model::{AssumptionRow, VariantReport};
use figure::Figures;

pub use check::kind_words;
pub use figure::carried;
pub use hops::hops;
pub use notes::calibration_words;
pub use paths::explain_variant;

/// One variant with everything known about it.
#[derive(Clone, Copy, Debug)]
pub struct Evaluated<'a> {
    /// The variant.
    pub variant: &'a Variant,
    /// Its parameters.
    pub parameters: &'a FrozenParameters,
    /// Its network.
    pub compiled: &'a Compiled,
    /// What was measured.
    pub measured: &'a Measurements,
    /// What parameters add.
    pub prediction: Option<&'a Prediction>,
    /// What its devices were fitted on, by storage name.
    pub fits: &'a [(String, String)],
}

/// The report of one variant.
#[must_use]
pub fn variant_report(of: &Evaluated<'_>) -> VariantReport {
    let figures = Figures::new(of);
    VariantReport {
        name: of.variant.name.clone(),
        changes: of.variant.changes.clone(),
        warm_up_s: of.measured.warm_up_s,
        warm_up: length::warm_up(of.measured),
        measured_s: of.measured.window_s,
        replications: of.measured.replications,
        replications_asked: of.measured.replications_asked,
        complete: !of.measured.partial(),
        precision: length::precision(of.measured),
        workloads: rows::workloads(of, &figures),
        traffic: rows::traffic(of),
        ports: rows::ports(of, &figures),
        cpus: rows::cpus(of, &figures),
        volumes: paths::volumes(of.variant, of.compiled),
        disks: paths::disks(of.variant, of.compiled),
        resources: rows::resources(of, &figures),
        limits: limits::limits(of, &figures),
        cross_check: check::cross_check(of),
        replays: rows::replays(of, &figures),
        seconds: rows::seconds(of),
        layout: layout::layout(of.variant, of.compiled, Some(&rows::rates(of))),
    }
}

/// Assumptions of all variants, the most influential first, each once.
#[must_use]
pub fn assumptions(all: &[Evaluated<'_>]) -> Vec<AssumptionRow> {
    notes::assumptions(all)
}

/// Warnings of all variants.
#[must_use]
pub fn warnings(all: &[Evaluated<'_>]) -> Vec<String> {
    notes::warnings(all)
}

/// Of the warnings those about loads that get less than the rate they ask for.
#[must_use]
pub fn not_carried(all: &[Evaluated<'_>]) -> Vec<String> {
    all.iter().flat_map(notes::not_carried).collect()
}
