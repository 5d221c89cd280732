//! What a merged sweep shows people: what was swept, which limits hold where, what moves the
//! result, the best and the worst points. The machine formats have every point.

mod draw;
mod figures;
mod show;
mod summary;
#[cfg(test)]
mod tests;
mod write;

pub use figures::swept_figures;

use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;
use super::Word;
use crate::plan::sweep::{
    Design, Effort, FigureUnit, LimitVerdict, Merged, Metric, Row, Seeds, SweptAxis,
};
use crate::units::UnitKind;

/// Points shown at either end.
const SHOWN: usize = 5;

/// A merged sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweepReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title.
    pub title: String,
    /// What was swept, and how.
    pub sweep: SweepOf,
    /// Points.
    pub points: u64,
    /// Points at which the scenario is wrong.
    pub failed: u64,
    /// What is wrong with them.
    pub errors: Vec<PointError>,
    /// The limits of the scenario.
    pub limits: Vec<SweptLimit>,
    /// What each figure comes to over all points.
    pub ranges: Vec<RangeRow>,
    /// What points are ordered by.
    pub by: Word,
    /// How each axis moves that, the one that moves it most first.
    pub effects: Vec<EffectRow>,
    /// The best points.
    pub best: Vec<SweptRow>,
    /// The worst points, the worst first.
    pub worst: Vec<SweptRow>,
    /// The largest relative error of IOPS and of mean latency that 95 of 100 networks like those
    /// that were solved stay within; none where they were simulated, or it is not known.
    pub usual_error: Option<[f64; 2]>,
    /// Points at which the solver did not come to rest.
    pub unsettled: u64,
    /// All points.
    pub rows: Vec<Row>,
}

/// What was swept, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweepOf {
    /// Version of csvnet.
    pub version: String,
    /// The plan, by its name.
    pub plan: String,
    /// Hash of the plan.
    pub plan_hash: String,
    /// The scenario, relative to the plan.
    pub scenario: String,
    /// Its hash.
    pub scenario_hash: String,
    /// How points were evaluated.
    pub fidelity: Effort,
    /// Seed instead of the scenario's.
    pub seed: Option<u64>,
    /// Seeds of the points.
    pub seeds: Seeds,
    /// How points were chosen.
    pub design: Design,
    /// Values that all points have.
    pub set: Vec<(String, String)>,
    /// Variants.
    pub variants: Vec<String>,
    /// Axes.
    pub axes: Vec<SweptAxis>,
    /// The command that merges it.
    pub command: String,
}

/// What is wrong with some points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PointError {
    /// What is wrong.
    pub error: String,
    /// Points.
    pub points: u64,
    /// The first of them.
    pub first: u64,
}

/// A limit over all points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweptLimit {
    /// As written.
    pub limit: String,
    /// Points by verdict.
    pub verdicts: Vec<(LimitVerdict, u64)>,
}

/// A figure over all points. A value that is none grows without limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RangeRow {
    /// What it is of; empty for the whole cluster.
    pub subject: String,
    /// What it is.
    pub metric: Metric,
    /// What it counts.
    pub unit: FigureUnit,
    /// The lowest value, and the point that has it.
    pub lowest: (Option<f64>, u64),
    /// The value in the middle.
    pub median: Option<f64>,
    /// The highest value, and the point that has it.
    pub highest: (Option<f64>, u64),
}

/// How an axis moves what points are ordered by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EffectRow {
    /// The axis.
    pub axis: String,
    /// The level, or the levels, with the lowest median over their points.
    pub lowest_at: String,
    /// That median; none where it grows without limit.
    pub lowest: Option<f64>,
    /// The level, or the levels, with the highest.
    pub highest_at: String,
    /// That median.
    pub highest: Option<f64>,
}

/// A point in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweptRow {
    /// Its number.
    pub point: u64,
    /// Variant.
    pub variant: String,
    /// Its levels, in the order of the axes.
    pub at: Vec<String>,
    /// I/Os a second of all workloads.
    pub iops: Option<f64>,
    /// The highest mean latency of a workload in seconds; none where it grows without limit, or was
    /// not recorded.
    pub latency_s: Option<f64>,
    /// Busy share of the busiest CSV port.
    pub csv_port: Option<f64>,
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: Option<f64>,
    /// Limits that hold, and all limits.
    pub limits: (usize, usize),
    /// The command that shows it alone.
    pub command: String,
}

impl SweepReport {
    /// The report of a merged sweep, its points ordered by `by`; by what was recorded, where that
    /// is not said or was not.
    #[must_use]
    pub fn of(merged: &Merged, by: Option<Metric>, command: String) -> Self {
        let head = &merged.head;
        let rows: Vec<Row> = merged.rows().cloned().collect();
        let by = summary::order(&rows, by);
        let (best, worst) = summary::ends(head, &rows, by, SHOWN);
        Self {
            schema_version: SCHEMA_VERSION,
            title: head.title.clone(),
            sweep: SweepOf {
                version: head.version.clone(),
                plan: head.file.clone(),
                plan_hash: head.plan.clone(),
                scenario: head.scenario.clone(),
                scenario_hash: head.scenario_hash.clone(),
                fidelity: head.fidelity,
                seed: head.seed,
                seeds: head.seeds,
                design: head.design,
                set: head.set.clone(),
                variants: head.variants.clone(),
                axes: head.axes.clone(),
                command,
            },
            points: head.points,
            failed: rows.iter().filter(|row| row.error.is_some()).count() as u64,
            errors: summary::errors(&rows),
            limits: summary::limits(&rows),
            ranges: summary::ranges(&rows),
            by: by.map_or("", Metric::name).into(),
            effects: by.map_or_else(Vec::new, |by| summary::effects(head, &rows, by)),
            best,
            worst,
            usual_error: summary::usual_error(&rows),
            unsettled: rows.iter().filter(|row| !row.settled).count() as u64,
            rows,
        }
    }
}

/// The unit of an axis in machine formats; none for plain numbers and words.
const fn axis_unit(kind: Option<UnitKind>) -> Option<&'static str> {
    match kind {
        Some(UnitKind::Time) => Some("seconds"),
        Some(UnitKind::Bytes) => Some("bytes"),
        Some(UnitKind::Rate) => Some("bits_per_second"),
        Some(UnitKind::Iops) => Some("iops"),
        Some(UnitKind::Ratio) => Some("fraction"),
        _ => None,
    }
}
