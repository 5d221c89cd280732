//! Rows of workloads, ports, CPU, resources, replays and seconds.

use crate::experiment::{GroupMeasure, Series};
use crate::network::StationKind;
use crate::stats::{Estimate, Quantiles};
use crate::workload::Intensity;

use super::super::model::{
    CpuRow, PortRow, ReplayQuantile, ReplayReport, ResourceRow, Second, TrafficRow, Unit,
    WorkloadRow, WorkloadSecond,
};
use super::Evaluated;
use super::figure::Figures;

/// Percentiles of a replay.
const REPLAYED: [f64; 7] = [0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

pub(super) fn workloads(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<WorkloadRow> {
    let rows = of.measured.workloads().enumerate().map(|(g, m)| WorkloadRow {
        name: m.name.clone(),
        iops: figures.throughput(g, Unit::Iops, m.iops),
        throughput: figures.throughput(g, Unit::BytesPerSecond, m.bytes_per_s),
        read_throughput: figures.throughput(g, Unit::BytesPerSecond, m.read_bytes_per_s),
        write_throughput: figures.throughput(g, Unit::BytesPerSecond, m.write_bytes_per_s),
        latency_mean: figures.latency(g, m.latency_s),
        latency_p50: figures.latency(g, m.quantiles_s[0]),
        latency_p95: figures.latency(g, m.quantiles_s[1]),
        latency_p99: figures.latency(g, m.quantiles_s[2]),
        latency_p99_9: figures.latency(g, m.quantiles_s[3]),
        latency_intended_mean: m.intended_s.map(|e| figures.latency(g, e)),
    });
    rows.collect()
}

pub(super) fn traffic(of: &Evaluated<'_>) -> Vec<TrafficRow> {
    let background = of.measured.groups.iter().filter(|group| !group.workload && group.ios > 0);
    let rows = background.map(|m| TrafficRow {
        name: m.name.clone(),
        messages: Figures::sampled(Unit::Iops, m.iops),
        throughput: Figures::sampled(Unit::BytesPerSecond, m.bytes_per_s),
        latency_mean: Figures::sampled(Unit::Seconds, m.latency_s),
    });
    rows.collect()
}

pub(super) fn ports(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<PortRow> {
    let mut rows = Vec::new();
    for (id, station) in of.compiled.network.stations.iter_ids() {
        let Some(port) = station.as_port() else { continue };
        let Some(link) = &port.link else { continue };
        let m = &of.measured.stations[id.index()];
        let bytes_per_s = 1e12 / port.ps_per_byte;
        let bytes = |estimate: Estimate| figures.port_bytes(id, estimate, bytes_per_s);
        rows.push(PortRow {
            node: link.node.clone(),
            nic: link.nic.clone(),
            direction: if link.transmit { "tx" } else { "rx" }.into(),
            csv: link.csv,
            rate_bits_per_s: 8.0 * bytes_per_s,
            payload: bytes(m.payload_per_s),
            wire: bytes(m.wire_per_s),
            wire_highest_second: bytes(m.wire_highest),
            utilisation: figures.utilisation(id, m.utilisation),
        });
    }
    rows.sort_by(|a, b| (&a.node, &a.nic, &a.direction).cmp(&(&b.node, &b.nic, &b.direction)));
    rows
}

pub(super) fn cpus(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<CpuRow> {
    let accounts = of.compiled.network.accounts.iter_ids();
    let mut rows: Vec<CpuRow> = accounts
        .map(|(id, account)| CpuRow {
            node: account.label.trim_end_matches("/cpu").to_string(),
            cores: account.servers as u32,
            utilisation: figures.account(id.index(), of.measured.account(id)),
        })
        .collect();
    rows.sort_by(|a, b| a.node.cmp(&b.node));
    rows
}

pub(super) fn resources(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<ResourceRow> {
    let mut rows: Vec<ResourceRow> = of
        .compiled
        .network
        .stations
        .iter_ids()
        .filter(|(_, s)| s.kind != StationKind::Delay)
        .map(|(id, station)| ResourceRow {
            resource: station.label.clone(),
            utilisation: figures.utilisation(id, of.measured.stations[id.index()].utilisation),
        })
        .collect();
    rows.sort_by(|a, b| {
        b.utilisation.value.total_cmp(&a.utilisation.value).then(a.resource.cmp(&b.resource))
    });
    rows
}

pub(super) fn replays(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<ReplayReport> {
    let scenario = &of.variant.scenario;
    let mut reports = Vec::new();
    for settings in &scenario.replays {
        let Some(g) = scenario.workloads.iter().position(|w| w.name == settings.workload) else {
            continue;
        };
        let workload = &scenario.workloads[g];
        let Intensity::Replay(ios) = &workload.intensity else { continue };
        let mut measured: Vec<f64> =
            ios.iter().filter_map(|io| io.response_ns).map(|ns| ns as f64 * 1e-9).collect();
        if measured.is_empty() {
            continue;
        }
        measured.sort_by(f64::total_cmp);
        let quantiles = REPLAYED
            .iter()
            .map(|&quantile| {
                let index = (quantile * (measured.len() - 1) as f64).round() as usize;
                let measured_s = measured[index];
                let value = of.measured.groups[g].latencies.quantile_secs(quantile);
                let predicted = figures.latency(
                    g,
                    Estimate { mean: value.unwrap_or(f64::NAN), ..of.measured.groups[g].latency_s },
                );
                let error = predicted.value / measured_s - 1.0;
                ReplayQuantile { quantile, measured_s, predicted, error }
            })
            .collect();
        let cluster = &scenario.cluster;
        let storages = workload
            .disks
            .iter()
            .map(|&d| &cluster.storages[cluster.volumes[cluster.disks[d].volume].storage].name);
        let fitted_on = storages
            .filter_map(|name| of.fits.iter().find(|(s, _)| s == name))
            .map(|(_, described)| described.clone())
            .next();
        reports.push(ReplayReport {
            workload: workload.name.clone(),
            ios: ios.len() as u64,
            left_out: settings.left_out,
            fitted_on,
            quantiles,
        });
    }
    reports
}

/// Shortest window in seconds whose time line says anything.
const LINE_LEAST_S: f64 = 2.0;

/// The time line, where the load is a trace or something changes in the run.
pub(super) fn seconds(of: &Evaluated<'_>) -> Vec<Second> {
    let workloads = &of.variant.scenario.workloads;
    let clocked = of.compiled.network.is_clocked() && of.measured.window_s >= LINE_LEAST_S;
    if !clocked && !workloads.iter().any(|w| matches!(w.intensity, Intensity::Replay(_))) {
        return Vec::new();
    }
    let groups: Vec<_> = of.measured.workloads().collect();
    let wire = of.measured.stations.iter().map(|s| &s.wire);
    let all = groups.iter().flat_map(|g| [&g.completions, &g.bytes]).chain(wire);
    let width = all.map(|s| s.width_s).fold(0.0, f64::max);
    let length = groups.iter().map(|g| merged(&g.completions, width).len()).max().unwrap_or(0);
    // Ports in the order of the port rows.
    let mut stations: Vec<_> = of
        .compiled
        .network
        .stations
        .iter_ids()
        .filter_map(|(id, s)| Some((s.as_port()?.link.as_ref()?, id)))
        .collect();
    stations.sort_by_key(|(l, _)| (&l.node, &l.nic, if l.transmit { "tx" } else { "rx" }));
    let completions: Vec<_> = groups.iter().map(|g| merged(&g.completions, width)).collect();
    let bytes: Vec<_> = groups.iter().map(|g| merged(&g.bytes, width)).collect();
    let wire: Vec<_> = stations
        .iter()
        .map(|(_, id)| merged(&of.measured.stations[id.index()].wire, width))
        .collect();
    let at = |amounts: &Vec<f64>, i: usize| amounts.get(i).copied().unwrap_or(0.0);
    // Traces begin when the warm-up of what runs beside them ends. That is a whole second, so that
    // only the bins of a trace so long that they are wider may begin before it.
    let warm_up_s = of.measured.warm_up_s;
    let first = if width > 0.0 { (warm_up_s / width) as usize } else { 0 };
    (first..length)
        .map(|i| Second {
            at_s: i as f64 * width - warm_up_s,
            ios: completions.iter().map(|amounts| at(amounts, i)).sum(),
            guest_bytes: bytes.iter().map(|amounts| at(amounts, i)).sum(),
            wire_bytes: wire.iter().map(|amounts| at(amounts, i)).collect(),
            workloads: if clocked {
                let own = groups.iter().zip(completions.iter().zip(&bytes));
                own.map(|(group, (ios, bytes))| workload_second(group, at(ios, i), at(bytes, i), i))
                    .collect()
            } else {
                Vec::new()
            },
        })
        .collect()
}

fn workload_second(group: &GroupMeasure, ios: f64, bytes: f64, second: usize) -> WorkloadSecond {
    let latencies = group.second_latencies.get(second);
    let quantile = |q| latencies.and_then(|latencies| latencies.quantile_secs(q));
    WorkloadSecond {
        workload: group.name.clone(),
        ios,
        bytes,
        latency_s_mean: latencies.and_then(Quantiles::mean_secs),
        latency_s_p50: quantile(0.5),
        latency_s_p95: quantile(0.95),
        latency_s_p99: quantile(0.99),
    }
}

/// The amounts of a series in bins of a width that is a multiple of its own: series that ended at
/// different times have doubled the width of their bins differently often.
fn merged(series: &Series, width_s: f64) -> Vec<f64> {
    let times = if series.width_s > 0.0 { (width_s / series.width_s).round() as usize } else { 1 };
    series.amounts.chunks(times.max(1)).map(|bins| bins.iter().sum()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_different_widths_are_brought_to_one() {
        let series = Series { width_s: 1.0, amounts: vec![1.0, 2.0, 3.0, 4.0, 5.0] };
        assert_eq!(merged(&series, 4.0), [10.0, 5.0]);
        assert_eq!(merged(&series, 1.0), series.amounts);
        assert!(merged(&Series::default(), 4.0).is_empty());
    }
}
