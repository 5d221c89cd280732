//! What is recorded of a point that was simulated, out of its report.

use super::super::model::{Figure as Reported, Unit, VariantReport, Verdict, WorkloadRow};
use crate::plan::sweep::{Figure, FigureUnit, LimitVerdict, Metric, Recorded};

/// The figures asked for. `shares` says of each workload which share of its bytes crosses the
/// network to a coordinator.
#[must_use]
pub fn swept_figures(of: &VariantReport, record: &[Recorded], shares: &[f64]) -> Vec<Figure> {
    record.iter().flat_map(|one| figures(*one, of, shares)).collect()
}

fn figures(one: Recorded, of: &VariantReport, shares: &[f64]) -> Vec<Figure> {
    let loads = |metric: Metric, value: &dyn Fn(&WorkloadRow) -> Reported| {
        let figure = |row: &WorkloadRow| figure(&row.name, metric, &value(row));
        of.workloads.iter().map(figure).collect::<Vec<_>>()
    };
    match one {
        Recorded::Iops => loads(Metric::Iops, &|row| row.iops),
        Recorded::Throughput => loads(Metric::Throughput, &|row| row.throughput),
        Recorded::ReadThroughput => loads(Metric::ReadThroughput, &|row| row.read_throughput),
        Recorded::WriteThroughput => loads(Metric::WriteThroughput, &|row| row.write_throughput),
        Recorded::LatencyMean => loads(Metric::LatencyMean, &|row| row.latency_mean),
        Recorded::LatencyP50 => loads(Metric::LatencyP50, &|row| row.latency_p50),
        Recorded::LatencyP95 => loads(Metric::LatencyP95, &|row| row.latency_p95),
        Recorded::LatencyP99 => loads(Metric::LatencyP99, &|row| row.latency_p99),
        Recorded::LatencyP999 => loads(Metric::LatencyP999, &|row| row.latency_p99_9),
        Recorded::CsvPort => {
            let ports = of.ports.iter().filter(|port| port.csv);
            let ports = ports.map(|port| {
                (format!("{}/{}/{}", port.node, port.nic, port.direction), port.utilisation)
            });
            busiest(Metric::CsvPortUtilisation, ports)
        }
        Recorded::Cpu => {
            let cpus = of.cpus.iter().map(|cpu| (cpu.node.clone(), cpu.utilisation));
            busiest(Metric::CpuUtilisation, cpus)
        }
        Recorded::Busiest => {
            let all = of.resources.iter().map(|row| (row.resource.clone(), row.utilisation));
            busiest(Metric::Utilisation, all)
        }
        Recorded::Redirected => vec![redirected(of, shares)],
        Recorded::Limits => of
            .limits
            .iter()
            .map(|row| {
                let verdict = match row.verdict {
                    Verdict::Meets => LimitVerdict::Meets,
                    Verdict::Misses => LimitVerdict::Misses,
                    Verdict::Undecided => LimitVerdict::Undecided,
                };
                Figure {
                    limit: Some(row.limit.clone()),
                    verdict: Some(verdict),
                    ..figure(&row.subject, Metric::Limit, &row.figure)
                }
            })
            .collect(),
    }
}

/// The bytes that cross, of all workloads together. Ends of intervals are added as if all workloads
/// were at theirs at once, which is no less than the truth.
fn redirected(of: &VariantReport, shares: &[f64]) -> Figure {
    let crossing = || of.workloads.iter().zip(shares).filter(|(_, share)| **share > 0.0);
    let value = crossing().map(|(row, share)| row.throughput.value * share).sum();
    let sum = |ends: &dyn Fn(&Reported) -> Option<[f64; 2]>| {
        crossing().try_fold([0.0, 0.0], |[low, high], (row, share)| {
            let own = ends(&row.throughput)?;
            Some([low + own[0] * share, high + own[1] * share])
        })
    };
    let sampling = sum(&|figure| figure.sampling);
    let prediction = sum(&|figure| figure.prediction);
    let unit = Unit::BytesPerSecond;
    figure("", Metric::Redirected, &Reported { value, unit, sampling, prediction })
}

/// The busiest, of equals the first by name.
fn busiest(metric: Metric, all: impl Iterator<Item = (String, Reported)>) -> Vec<Figure> {
    let order = |a: &(String, Reported), b: &(String, Reported)| {
        a.1.value.total_cmp(&b.1.value).then_with(|| b.0.cmp(&a.0))
    };
    let most = all.max_by(order);
    most.map(|(subject, of)| figure(&subject, metric, &of)).into_iter().collect()
}

fn figure(subject: &str, metric: Metric, of: &Reported) -> Figure {
    let unit = match of.unit {
        Unit::Iops => FigureUnit::Iops,
        Unit::BytesPerSecond => FigureUnit::BytesPerSecond,
        Unit::Seconds => FigureUnit::Seconds,
        Unit::Fraction => FigureUnit::Fraction,
    };
    let end = |end: f64| end.is_finite().then_some(end);
    let ends = |ends: Option<[f64; 2]>| ends.map(|ends| ends.map(end));
    Figure {
        sampling: ends(of.sampling),
        prediction: ends(of.prediction),
        ..Figure::new(subject, metric, unit, of.value)
    }
}
