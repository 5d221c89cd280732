//! A point by the analytic solver.

use super::limits;
use super::record::{FigureUnit, Metric, Recorded};
use super::row::{Figure, finite};
use crate::analytic::GroupEstimate;
use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::timeline::{EvaluateError, LoadFigures, Steady};

/// What the solver says of a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// The figures asked for.
    pub figures: Vec<Figure>,
    /// Relative error of IOPS and of mean latency that 95 of 100 networks of the kind stay within;
    /// none where it is not known.
    pub usual_error: [Option<f64>; 2],
    /// Whether the solver came to rest.
    pub settled: bool,
}

/// What a workload does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Load {
    pub(super) name: String,
    pub(super) iops: f64,
    pub(super) bytes_per_s: f64,
    pub(super) read_bytes_per_s: f64,
    pub(super) write_bytes_per_s: f64,
    pub(super) latency_s: f64,
    /// Of its bytes a second those that cross the network to a coordinator.
    pub(super) redirected_bytes_per_s: f64,
}

/// Everything there is to say of a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Means {
    pub(super) loads: Vec<Load>,
    /// Name, whether it may carry CSV traffic, and busy share.
    pub(super) ports: Vec<(String, bool, f64)>,
    /// Node and busy share of its processors.
    pub(super) cpus: Vec<(String, f64)>,
    /// The busiest resource, and its busy share.
    busiest: Option<(String, f64)>,
    pub(super) usual_iops: f64,
    pub(super) usual_latency: f64,
    settled: bool,
}

/// Compiles and solves a scenario, and gives what is to be recorded.
///
/// # Errors
/// When it cannot be compiled or solved.
pub fn solve(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    record: &[Recorded],
) -> Result<Solved, EvaluateError> {
    let means = means(scenario, parameters)?;
    let figures = record.iter().flat_map(|one| figures(*one, &means, scenario)).collect();
    let usual_error = [finite(means.usual_iops), finite(means.usual_latency)];
    Ok(Solved { figures, usual_error, settled: means.settled })
}

/// Of the bytes of each workload the share that crosses the network to a coordinator.
///
/// # Errors
/// When the scenario cannot be compiled or solved.
pub fn redirected_shares(
    scenario: &Scenario,
    parameters: &FrozenParameters,
) -> Result<Vec<f64>, EvaluateError> {
    let of = means(scenario, parameters)?;
    let share = |load: &Load| {
        let bytes = load.bytes_per_s;
        if bytes > 0.0 { load.redirected_bytes_per_s / bytes } else { 0.0 }
    };
    Ok(of.loads.iter().map(share).collect())
}

fn means(scenario: &Scenario, parameters: &FrozenParameters) -> Result<Means, EvaluateError> {
    let steady = Steady::new(scenario, parameters)?;
    let (solved, solution) = (steady.solved(), steady.solution());
    let loads = scenario.workloads.iter().enumerate().map(|(workload, of)| {
        let parts = solved.loads.iter().zip(&solution.groups);
        let own: Vec<(&LoadFigures, &GroupEstimate)> =
            parts.filter(|(part, _)| part.part.workload == workload).collect();
        load(of.name.clone(), &own)
    });
    let ports = solved.ports.iter().map(|port| (port.label(), port.csv, port.utilisation));
    let usual = solution.kind.tolerance();
    Ok(Means {
        loads: loads.collect(),
        ports: ports.collect(),
        cpus: solved.cpus.iter().map(|(node, busy)| (node.clone(), busy.min(1.0))).collect(),
        busiest: steady.busiest().map(|(name, busy)| (name, busy.min(1.0))),
        usual_iops: usual.iops,
        usual_latency: usual.latency,
        settled: solution.converged,
    })
}

/// A workload of its parts, which are told apart by the way that their I/O takes.
fn load(name: String, parts: &[(&LoadFigures, &GroupEstimate)]) -> Load {
    let sum = |of: &dyn Fn(&LoadFigures, &GroupEstimate) -> f64| -> f64 {
        parts.iter().map(|(part, group)| of(part, group)).sum()
    };
    let iops = sum(&|part, _| part.iops);
    let worst = parts.iter().map(|(part, _)| part.latency_s.mean).fold(0.0, f64::max);
    let latency_s = if parts.len() == 1 || worst.is_infinite() || iops <= 0.0 {
        worst
    } else {
        sum(&|part, _| part.iops * part.latency_s.mean) / iops
    };
    let crosses = |part: &LoadFigures| part.part.cause.is_some();
    Load {
        name,
        iops,
        bytes_per_s: sum(&|part, _| part.bytes_per_s),
        read_bytes_per_s: sum(&|_, group| group.read_bytes_per_s),
        write_bytes_per_s: sum(&|_, group| group.write_bytes_per_s),
        latency_s,
        redirected_bytes_per_s: sum(&|part, _| if crosses(part) { part.bytes_per_s } else { 0.0 }),
    }
}

fn figures(one: Recorded, of: &Means, scenario: &Scenario) -> Vec<Figure> {
    let loads = |metric: Metric, unit: FigureUnit, value: &dyn Fn(&Load) -> f64| {
        let figure = |load: &Load| Figure::new(&load.name, metric, unit, value(load));
        of.loads.iter().map(figure).collect::<Vec<_>>()
    };
    let share = |metric: Metric, found: Option<(&String, f64)>| {
        found
            .map(|(subject, busy)| Figure::new(subject, metric, FigureUnit::Fraction, busy))
            .into_iter()
            .collect::<Vec<_>>()
    };
    match one {
        Recorded::Iops => loads(Metric::Iops, FigureUnit::Iops, &|load| load.iops),
        Recorded::Throughput => {
            loads(Metric::Throughput, FigureUnit::BytesPerSecond, &|load| load.bytes_per_s)
        }
        Recorded::ReadThroughput => {
            loads(Metric::ReadThroughput, FigureUnit::BytesPerSecond, &|load| load.read_bytes_per_s)
        }
        Recorded::WriteThroughput => {
            loads(Metric::WriteThroughput, FigureUnit::BytesPerSecond, &|load| {
                load.write_bytes_per_s
            })
        }
        Recorded::LatencyMean => {
            loads(Metric::LatencyMean, FigureUnit::Seconds, &|load| load.latency_s)
        }
        Recorded::LatencyP50
        | Recorded::LatencyP95
        | Recorded::LatencyP99
        | Recorded::LatencyP999 => Vec::new(),
        Recorded::CsvPort => {
            let ports = of.ports.iter().filter(|(_, csv, _)| *csv);
            let ports = ports.map(|(name, _, busy)| (name, *busy));
            share(Metric::CsvPortUtilisation, busiest(ports))
        }
        Recorded::Redirected => {
            let bytes = of.loads.iter().map(|load| load.redirected_bytes_per_s).sum();
            vec![Figure::new("", Metric::Redirected, FigureUnit::BytesPerSecond, bytes)]
        }
        Recorded::Cpu => {
            let cpus = of.cpus.iter().map(|(name, busy)| (name, *busy));
            share(Metric::CpuUtilisation, busiest(cpus))
        }
        Recorded::Busiest => {
            let busiest = of.busiest.as_ref().map(|(name, busy)| (name, *busy));
            share(Metric::Utilisation, busiest)
        }
        Recorded::Limits => limits::held(&scenario.limits, of),
    }
}

/// The busiest, of equals the first by name.
fn busiest<'a>(all: impl Iterator<Item = (&'a String, f64)>) -> Option<(&'a String, f64)> {
    all.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)))
}
