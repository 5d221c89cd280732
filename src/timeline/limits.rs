//! Stated limits against figures.

use std::collections::BTreeMap;

use super::figures::{Figures, LoadFigures};
use crate::scenario::{Limit, LimitOp, LimitQuantity, Scenario};

/// What a limit is about, each with its value in the base unit of the quantity. A percentile is
/// known only of figures that were simulated, or corrected by some that were.
#[must_use]
pub fn subjects(scenario: &Scenario, limit: &Limit, figures: &Figures) -> Vec<(String, f64)> {
    let name = |load: &LoadFigures| scenario.workloads[load.part.workload].name.clone();
    let named = |load: &&LoadFigures| limit.workload.as_ref().is_none_or(|w| *w == name(load));
    let loads = || figures.loads.iter().filter(named);
    let mut subjects: Vec<(String, f64)> = match limit.quantity {
        LimitQuantity::CsvPortUtilisation | LimitQuantity::PortUtilisation => figures
            .ports
            .iter()
            .filter(|port| port.csv || limit.quantity == LimitQuantity::PortUtilisation)
            .map(|port| (port.label(), port.utilisation))
            .collect(),
        LimitQuantity::CpuUtilisation => figures.cpus.clone(),
        LimitQuantity::MeanLatency => {
            loads().map(|load| (name(load), load.latency_s.mean)).collect()
        }
        LimitQuantity::P50Latency
        | LimitQuantity::P95Latency
        | LimitQuantity::P99Latency
        | LimitQuantity::P999Latency => {
            let which = match limit.quantity {
                LimitQuantity::P50Latency => 0,
                LimitQuantity::P95Latency => 1,
                LimitQuantity::P99Latency => 2,
                _ => 3,
            };
            let simulated = |load: &LoadFigures| load.quantiles_s.map(|all| all[which].mean);
            loads().filter_map(|load| Some((name(load), simulated(load)?))).collect()
        }
        LimitQuantity::Iops | LimitQuantity::Throughput => {
            // Parts of one load are one load.
            let mut sums: BTreeMap<String, f64> = BTreeMap::new();
            for load in loads() {
                let iops = limit.quantity == LimitQuantity::Iops;
                let value = if iops { load.iops } else { load.bytes_per_s };
                *sums.entry(name(load)).or_insert(0.0) += value;
            }
            sums.into_iter().collect()
        }
    };
    subjects.retain(|(_, value)| !value.is_nan());
    subjects
}

/// Whether a value does not keep a limit.
#[must_use]
pub fn beyond(limit: &Limit, value: f64) -> bool {
    match limit.op {
        LimitOp::AtMost => value > limit.value,
        LimitOp::AtLeast => value < limit.value,
    }
}

/// Of what a limit is about, that which is nearest to breaking it, or breaks it most.
#[must_use]
pub fn nearest(scenario: &Scenario, limit: &Limit, figures: &Figures) -> Option<(String, f64)> {
    let order = |a: f64, b: f64| match limit.op {
        LimitOp::AtMost => a.total_cmp(&b),
        LimitOp::AtLeast => b.total_cmp(&a),
    };
    subjects(scenario, limit, figures).into_iter().max_by(|a, b| order(a.1, b.1))
}
