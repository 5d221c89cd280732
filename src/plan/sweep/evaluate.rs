//! A point by the analytic solver.

use super::limits;
use super::record::{FigureUnit, Metric, Recorded};
use super::row::{Figure, finite};
use crate::analytic::{Analytic, AnalyticError, Folded};
use crate::cluster::{CompileError, Compiled, compile};
use crate::network::StationKind;
use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::topology::DiskId;
use crate::workload::WorkloadSpec;

/// Why a point has no figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// It cannot be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// It cannot be solved.
    #[error(transparent)]
    Solve(#[from] AnalyticError),
}

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
    /// Resource and busy share.
    pub(super) resources: Vec<(String, f64)>,
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
) -> Result<Solved, SolveError> {
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
) -> Result<Vec<f64>, SolveError> {
    let of = means(scenario, parameters)?;
    let share = |load: &Load| {
        let bytes = load.bytes_per_s;
        if bytes > 0.0 { load.redirected_bytes_per_s / bytes } else { 0.0 }
    };
    Ok(of.loads.iter().map(share).collect())
}

fn means(scenario: &Scenario, parameters: &FrozenParameters) -> Result<Means, SolveError> {
    let compiled = compile(&scenario.cluster, &scenario.workloads, parameters)?;
    let (apart, part_of) = parted(&scenario.workloads, &compiled);
    if part_of.len() == scenario.workloads.len() {
        let solution = Folded::new(&compiled.network)?.solve()?;
        return Ok(read(scenario, &compiled, &solution, &part_of));
    }
    // A workload that is redirected on some of its disks only is solved as two.
    let compiled = compile(&scenario.cluster, &apart, parameters)?;
    let solution = Folded::new(&compiled.network)?.solve()?;
    Ok(read(scenario, &compiled, &solution, &part_of))
}

/// The workloads with those that are redirected on some disks only cut in two; and of each the
/// place it had, and whether it is redirected.
fn parted(workloads: &[WorkloadSpec], compiled: &Compiled) -> (Vec<WorkloadSpec>, Vec<Part>) {
    let crosses = |disk: &DiskId| {
        let path = compiled.disks.iter().find(|path| path.disk == *disk);
        path.is_some_and(|path| path.path.crosses_network())
    };
    let (mut all, mut parts) = (Vec::new(), Vec::new());
    for (workload, of) in workloads.iter().enumerate() {
        for redirected in [false, true] {
            let disks: Vec<DiskId> =
                of.disks.iter().copied().filter(|disk| crosses(disk) == redirected).collect();
            if !disks.is_empty() || (of.disks.is_empty() && !redirected) {
                all.push(WorkloadSpec { disks, ..of.clone() });
                parts.push(Part { workload, redirected });
            }
        }
    }
    (all, parts)
}

/// A part of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    workload: usize,
    redirected: bool,
}

fn read(scenario: &Scenario, compiled: &Compiled, solution: &Analytic, parts: &[Part]) -> Means {
    let net = &compiled.network;
    let loads = scenario.workloads.iter().enumerate().map(|(workload, of)| {
        let own = parts.iter().zip(&solution.groups).filter(|(part, _)| part.workload == workload);
        let sum = |f: &dyn Fn(&crate::analytic::GroupEstimate) -> f64| -> f64 {
            own.clone().map(|(_, group)| f(group)).sum()
        };
        let iops = sum(&|group| group.iops);
        let worst = own.clone().map(|(_, group)| group.latency_s).fold(0.0, f64::max);
        let weighted = sum(&|group| group.iops * group.latency_s);
        let redirected = own.clone().filter(|(part, _)| part.redirected);
        Load {
            name: of.name.clone(),
            iops,
            bytes_per_s: sum(&|group| group.bytes_per_s),
            read_bytes_per_s: sum(&|group| group.read_bytes_per_s),
            write_bytes_per_s: sum(&|group| group.write_bytes_per_s),
            latency_s: if own.clone().count() == 1 || worst.is_infinite() || iops <= 0.0 {
                worst
            } else {
                weighted / iops
            },
            redirected_bytes_per_s: redirected.map(|(_, group)| group.bytes_per_s).sum(),
        }
    });
    let busy = |id: crate::network::StationId| solution.stations[id.index()].utilisation.min(1.0);
    let mut ports = Vec::new();
    let mut resources = Vec::new();
    for (id, station) in net.stations.iter_ids() {
        if station.kind != StationKind::Delay {
            resources.push((station.label.clone(), busy(id)));
        }
        if let Some(link) = station.as_port().and_then(|port| port.link.as_ref()) {
            let side = if link.transmit { "tx" } else { "rx" };
            ports.push((format!("{}/{}/{side}", link.node, link.nic), link.csv, busy(id)));
        }
    }
    let cpus = net.accounts.iter_ids().map(|(id, account)| {
        let own = net.stations.iter_ids().filter(|(_, station)| station.account == Some(id));
        let used: f64 = own.map(|(id, station)| busy(id) * station.servers()).sum();
        let node = account.label.trim_end_matches("/cpu").to_owned();
        (node, (account.load + used / account.servers).min(1.0))
    });
    let usual = solution.kind.tolerance();
    Means {
        loads: loads.collect(),
        ports,
        cpus: cpus.collect(),
        resources,
        usual_iops: usual.iops,
        usual_latency: usual.latency,
        settled: solution.converged,
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
            let all = of.resources.iter().map(|(name, busy)| (name, *busy));
            share(Metric::Utilisation, busiest(all))
        }
        Recorded::Limits => limits::held(&scenario.limits, of),
    }
}

/// The busiest, of equals the first by name.
fn busiest<'a>(all: impl Iterator<Item = (&'a String, f64)>) -> Option<(&'a String, f64)> {
    all.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0)))
}
