//! From a timeline to its rows.

use std::collections::BTreeMap;

use super::steps::{steps, traffic};
use super::{
    BytesRow, ExposureRow, LimitOverRow, LoadOverRow, LogRow, MigrationRow, PortOverRow, ShareRow,
    TimelineOf, UnavailableRow, WorstRow,
};
use crate::report::number::Shown;
use crate::scenario::{LimitQuantity, Scenario};
use crate::schedule::Moment;
use crate::timeline::{Cause, Timeline};

const fn unit(quantity: LimitQuantity) -> (&'static str, Shown) {
    match quantity {
        LimitQuantity::Iops => ("iops", Shown::Iops),
        LimitQuantity::Throughput => ("bytes_per_second", Shown::Bytes),
        LimitQuantity::CsvPortUtilisation
        | LimitQuantity::PortUtilisation
        | LimitQuantity::CpuUtilisation => ("fraction", Shown::Percent),
        _ => ("seconds", Shown::Seconds),
    }
}

impl TimelineOf {
    /// The rows of a timeline.
    #[must_use]
    pub fn of(name: &str, scenario: &Scenario, timeline: &Timeline) -> Self {
        let cluster = &scenario.cluster;
        let calendar = &timeline.plan.calendar;
        let simulated = timeline.figures.iter().any(|figures| figures.simulated);
        let precision = timeline.figures.iter().map(|f| f.precision).fold(0.0, f64::max);
        let bytes = |all: BTreeMap<String, f64>| -> Vec<BytesRow> {
            let mut rows: Vec<BytesRow> =
                all.into_iter().map(|(name, bytes)| BytesRow { name, bytes }).collect();
            rows.retain(|row| row.bytes > 0.0);
            rows.sort_by(|a, b| b.bytes.total_cmp(&a.bytes).then(a.name.cmp(&b.name)));
            rows
        };
        let mut redirected = BTreeMap::new();
        for (cause, amount) in timeline.redirected() {
            *redirected.entry(cause.name()).or_insert(0.0) += amount;
        }
        let beside = timeline.beside().into_iter().map(|(n, b)| (n.to_owned(), b)).collect();
        let exposure = timeline.exposure.iter().flat_map(|(vm, causes)| {
            causes.iter().map(|(cause, of)| ExposureRow {
                vm: cluster.vms[*vm].name.clone(),
                cause: cause.name(),
                seconds: of.seconds,
                bytes: of.bytes,
            })
        });
        let mut exposure: Vec<ExposureRow> = exposure.collect();
        exposure.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        let unavailable = timeline.unavailable.iter().map(|(vm, of)| UnavailableRow {
            vm: cluster.vms[*vm].name.clone(),
            off_s: of.off_s,
            waiting_s: of.waiting_s,
        });
        let migrations = timeline.moves.iter().map(|moved| MigrationRow {
            vm: cluster.vms[moved.vm].name.clone(),
            from: cluster.nodes[moved.from].name.clone(),
            to: cluster.nodes[moved.to].name.clone(),
            why: moved.why.name().into(),
            began: calendar.label(moved.began),
            seconds: moved.ended.secs_since(moved.began),
            bytes: moved.bytes,
            passes: moved.passes,
            still_s: moved.still_s,
        });
        let log = timeline.log.iter().map(|entry| LogRow {
            at: calendar.label(entry.at),
            at_s: entry.at.secs(),
            kind: entry.kind.name().into(),
            subject: entry.subject.clone(),
            text: entry.text.clone(),
        });
        let traffic = traffic(timeline);
        Self {
            name: name.to_owned(),
            start: calendar.label(Moment::START),
            end: calendar.label(timeline.plan.end),
            time_zone: calendar.zone(),
            fidelity: if simulated { "simulate" } else { "fast" }.into(),
            epochs: timeline.epochs.len(),
            settings: timeline.figures.len(),
            simulated: timeline.simulated,
            ios: timeline.ios,
            precision: simulated.then_some(precision),
            worst: timeline.worst.as_ref().map(|worst| WorstRow {
                port: worst.port.clone(),
                utilisation: worst.utilisation,
                wire_bytes_per_s: worst.wire_bytes_per_s,
                from: calendar.label(worst.from),
                from_s: worst.from.secs(),
                by: worst
                    .by
                    .iter()
                    .map(|(name, share)| ShareRow { name: name.clone(), share: *share })
                    .collect(),
                after: worst.after.clone(),
            }),
            limits: limits(scenario, timeline, simulated),
            redirected: bytes(redirected),
            beside: bytes(beside),
            steps: steps(timeline, &traffic),
            traffic: traffic.into_iter().map(|traffic| traffic.name()).collect(),
            ports: ports(timeline),
            loads: loads(scenario, timeline),
            exposure,
            unavailable: unavailable.collect(),
            migrations: migrations.collect(),
            log: log.collect(),
        }
    }
}

fn limits(scenario: &Scenario, timeline: &Timeline, simulated: bool) -> Vec<LimitOverRow> {
    let rows = timeline.limits.iter().zip(&scenario.limits).map(|(over, limit)| {
        let percentile = matches!(
            over.quantity,
            LimitQuantity::P50Latency
                | LimitQuantity::P95Latency
                | LimitQuantity::P99Latency
                | LimitQuantity::P999Latency
        );
        let judged = over.worst.is_some() && (simulated || !percentile);
        let worst = over.worst.as_ref();
        let share = unit(over.quantity).0 == "fraction";
        let most = if share { 1.0 } else { f64::INFINITY };
        let prediction = worst
            .zip(over.prediction)
            .map(|((_, value, _), r)| r.around(*value).map(|end| end.min(most.max(*value))))
            // What does nothing does so whatever the parameters.
            .or_else(|| worst.filter(|(_, value, _)| *value == 0.0).map(|_| [0.0; 2]));
        let verdict = match (judged, prediction) {
            (false, _) => "not judged",
            (true, None) => "undecided",
            (true, Some([low, high])) => {
                let at_most = limit.op == crate::scenario::LimitOp::AtMost;
                let (kept, broken) = if at_most {
                    (high <= limit.value, low > limit.value)
                } else {
                    (low >= limit.value, high < limit.value)
                };
                match (kept, broken) {
                    (true, _) => "met",
                    (_, true) => "missed",
                    _ => "undecided",
                }
            }
        };
        let crossing = over.crossing.as_ref().filter(|_| judged);
        LimitOverRow {
            limit: over.limit.clone(),
            bound: limit.value,
            at_most: limit.op == crate::scenario::LimitOp::AtMost,
            judged,
            seconds_beyond: over.seconds_beyond,
            subject: worst.map(|(subject, ..)| subject.clone()),
            worst: worst.map(|(_, value, _)| *value),
            prediction,
            unit: unit(over.quantity).0.into(),
            at: worst.map(|(_, _, at)| timeline.plan.calendar.label(*at)),
            verdict: verdict.into(),
            month: crossing.and_then(|c| c.month.clone()),
            month_earliest: crossing.and_then(|c| c.earliest.clone()),
            month_latest: crossing.and_then(|c| c.latest.clone()),
            grows: crossing.is_some(),
        }
    });
    rows.collect()
}

fn ports(timeline: &Timeline) -> Vec<PortOverRow> {
    let all: f64 = timeline.lasted_s.iter().sum();
    let mut rows: BTreeMap<String, PortOverRow> = BTreeMap::new();
    for (figures, seconds) in timeline.figures.iter().zip(&timeline.lasted_s) {
        for port in figures.ports.iter().filter(|port| port.csv) {
            let row = rows.entry(port.label()).or_insert_with(|| PortOverRow {
                port: port.label(),
                utilisation_mean: 0.0,
                utilisation_highest: 0.0,
                wire_bytes: 0.0,
            });
            row.utilisation_mean += port.utilisation * seconds / all;
            row.wire_bytes += port.wire_bytes_per_s * seconds;
        }
    }
    for (port, busy) in timeline.busiest_seconds() {
        if let Some(row) = rows.get_mut(&port) {
            row.utilisation_highest = busy;
        }
    }
    rows.into_values().collect()
}

fn loads(scenario: &Scenario, timeline: &Timeline) -> Vec<LoadOverRow> {
    /// Seconds, bytes, I/Os, latency times I/Os.
    #[derive(Default)]
    struct Sum(f64, f64, f64, f64);
    let mut sums: BTreeMap<(usize, String), (Sum, Option<Cause>)> = BTreeMap::new();
    for (figures, seconds) in timeline.figures.iter().zip(&timeline.lasted_s) {
        for load in figures.loads.iter().filter(|load| load.iops > 0.0) {
            let way = load.part.cause.map_or_else(
                || "not redirected".to_owned(),
                |cause| format!("redirected, {}", cause.name()),
            );
            let (sum, _) = sums
                .entry((load.part.workload, way))
                .or_insert_with(|| (Sum::default(), load.part.cause));
            let ios = load.iops * seconds;
            sum.0 += seconds;
            sum.1 += load.bytes_per_s * seconds;
            if load.latency_s.mean.is_finite() {
                sum.2 += ios;
                sum.3 += load.latency_s.mean * ios;
            }
        }
    }
    let worst = [false, true].map(|p99| timeline.slowest_seconds(p99));
    sums.into_iter()
        .map(|((workload, way), (sum, cause))| LoadOverRow {
            workload: scenario.workloads[workload].name.clone(),
            way,
            seconds: sum.0,
            bytes: sum.1,
            latency_s_mean: sum.3 / sum.2,
            latency_s_worst: worst[0].get(&(workload, cause)).copied().unwrap_or(0.0),
            latency_s_p99_worst: worst[1].get(&(workload, cause)).copied(),
        })
        .collect()
}
