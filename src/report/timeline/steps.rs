//! Epochs as steps of time, and fewer of them where people look.

use std::collections::BTreeSet;

use super::StepRow;
use crate::timeline::{Cause, Figures, PortFigures, Timeline};

/// What crosses the network.
#[derive(Clone, Debug)]
pub(super) enum Traffic {
    /// Redirected I/O, for a cause.
    Redirected(Cause),
    /// Something beside the loads, by its kind.
    Beside(String),
}

impl Traffic {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Redirected(cause) => format!("redirected, {}", cause.name()),
            Self::Beside(name) => name.clone(),
        }
    }

    /// Payload bytes a second.
    fn rate(&self, of: &Figures) -> f64 {
        match self {
            Self::Redirected(cause) => {
                let own = of.loads.iter().filter(|load| load.part.cause.as_ref() == Some(cause));
                // A sum of nothing is minus zero.
                own.map(|load| load.bytes_per_s).sum::<f64>() + 0.0
            }
            Self::Beside(kind) => {
                let own = of.beside.iter().filter(|(name, _)| kind_of(name) == kind);
                own.map(|(_, rate)| rate).sum::<f64>() + 0.0
            }
        }
    }
}

/// What a name is one of: a live migration from each node to each other is one kind.
fn kind_of(name: &str) -> &str {
    name.split_once(", ").map_or(name, |(kind, _)| kind)
}

/// All that crossed the network in a timeline.
pub(super) fn traffic(timeline: &Timeline) -> Vec<Traffic> {
    let redirected = timeline.redirected().into_iter().filter(|(_, bytes)| *bytes > 0.0);
    let beside = timeline.beside().into_iter().filter(|(_, bytes)| *bytes > 0.0);
    let redirected = redirected.map(|(cause, _)| Traffic::Redirected(cause));
    let kinds: BTreeSet<&str> = beside.map(|(name, _)| kind_of(name)).collect();
    redirected.chain(kinds.into_iter().map(|kind| Traffic::Beside(kind.to_owned()))).collect()
}

/// Epochs, brought together where there are many: steps begin and end with epochs.
pub(super) fn steps(timeline: &Timeline, traffic: &[Traffic]) -> Vec<StepRow> {
    let calendar = &timeline.plan.calendar;
    let mut rows = Vec::new();
    let mut told = 0;
    for (epoch, second) in timeline.epochs.iter().zip(timeline.busiest_by_epoch()) {
        let of = epoch.figures(timeline);
        let busiest = of.busiest();
        let sent = of.ports.iter().filter(|port| port.csv && port.transmit);
        let ios: f64 = of.loads.iter().map(|load| load.iops).sum();
        // What waits in a backlog waits beside.
        let busy: f64 = of
            .loads
            .iter()
            .filter(|load| load.iops > 0.0)
            .map(|load| load.iops * load.latency_s.mean)
            .sum::<f64>()
            + epoch.waiting();
        // What waits in a backlog waits beside, in the percentile too.
        let waits = |workload: usize| {
            let own = epoch.backlog_of(workload);
            let parts = of.loads.iter().filter(|l| l.part.workload == workload && l.part.behind);
            let carried: f64 = parts.map(|l| l.iops).sum();
            if own > 0.0 && carried > 0.0 { own / carried } else { 0.0 }
        };
        let p99 = of.loads.iter().filter_map(|load| {
            let wait = if load.part.behind { waits(load.part.workload) } else { 0.0 };
            Some(load.quantiles_s?[2].mean + wait)
        });
        let entries = &timeline.log[told..epoch.entries];
        told = epoch.entries;
        rows.push(StepRow {
            from_s: epoch.from.secs(),
            to_s: epoch.to.secs(),
            at: calendar.label(epoch.from),
            port: busiest.map(PortFigures::label),
            utilisation: busiest.map_or(0.0, |port| port.utilisation),
            utilisation_highest: second.map_or(0.0, |(_, busy)| busy),
            wire_bytes_per_s: sent.map(|port| port.wire_bytes_per_s).sum::<f64>() + 0.0,
            redirected_bytes_per_s: of.redirected_bytes_per_s(),
            beside_bytes_per_s: of.beside.values().sum::<f64>() + 0.0,
            traffic_bytes_per_s: traffic.iter().map(|traffic| traffic.rate(of)).collect(),
            latency_s_mean: (ios > 0.0).then(|| busy / ios),
            latency_s_p99: p99.reduce(f64::max),
            backlog: epoch.waiting(),
            events: entries
                .iter()
                .map(|entry| format!("{}: {}", entry.subject, entry.text))
                .collect(),
        });
    }
    rows
}

/// Steps brought together where there are more than `most`: of one month where there are many
/// months, else of equal stretches of time.
pub(super) fn thinned(steps: &[StepRow], most: usize) -> Vec<StepRow> {
    let Some(end) = steps.last().map(|step| step.to_s) else { return Vec::new() };
    // What only a look of the script or a balancer parts is one step.
    let steps = brought_together(steps, &|one, other| alike(one, other));
    if steps.len() <= most {
        return steps;
    }
    if end > MONTHS_FROM_S {
        // `Tue 2026-12-01 00:00:00`: year and month.
        return brought_together(&steps, &|one, other| one.at.get(4..11) == other.at.get(4..11));
    }
    let width = end / most as f64;
    let bin = |s: f64| (s / width) as usize;
    brought_together(&steps, &|one, other| bin(one.from_s) == bin(other.from_s))
}

/// Seconds from which steps are told by month.
const MONTHS_FROM_S: f64 = 62.0 * 86_400.0;

fn alike(one: &StepRow, other: &StepRow) -> bool {
    let same = |x: f64, y: f64| (x - y).abs() <= 1e-9 * x.abs().max(1e-9);
    one.port == other.port
        && same(one.utilisation, other.utilisation)
        && same(one.redirected_bytes_per_s, other.redirected_bytes_per_s)
        && one.latency_s_mean == other.latency_s_mean
        && one.backlog == other.backlog
}

/// Neighbours that belong together as one; the first of each tells whether the next does.
fn brought_together(
    steps: &[StepRow],
    together: &dyn Fn(&StepRow, &StepRow) -> bool,
) -> Vec<StepRow> {
    let mut rows: Vec<StepRow> = Vec::new();
    for step in steps {
        match rows.last_mut() {
            Some(last) if together(last, step) => merge(last, step),
            _ => rows.push(step.clone()),
        }
    }
    rows
}

/// Puts a step into the one before it: means by time, the rest by what is worst.
fn merge(into: &mut StepRow, step: &StepRow) {
    let (a, b) = (into.to_s - into.from_s, step.to_s - step.from_s);
    let mean = |x: f64, y: f64| if a + b > 0.0 { (x * a + y * b) / (a + b) } else { x };
    if step.utilisation_highest > into.utilisation_highest {
        into.port.clone_from(&step.port);
    }
    into.utilisation = mean(into.utilisation, step.utilisation);
    into.utilisation_highest = into.utilisation_highest.max(step.utilisation_highest);
    into.wire_bytes_per_s = mean(into.wire_bytes_per_s, step.wire_bytes_per_s);
    into.redirected_bytes_per_s = mean(into.redirected_bytes_per_s, step.redirected_bytes_per_s);
    into.beside_bytes_per_s = mean(into.beside_bytes_per_s, step.beside_bytes_per_s);
    for (own, other) in into.traffic_bytes_per_s.iter_mut().zip(&step.traffic_bytes_per_s) {
        *own = mean(*own, *other);
    }
    into.latency_s_mean = match (into.latency_s_mean, step.latency_s_mean) {
        (Some(x), Some(y)) => Some(mean(x, y)),
        (x, y) => x.or(y),
    };
    into.latency_s_p99 = into.latency_s_p99.into_iter().chain(step.latency_s_p99).reduce(f64::max);
    into.backlog = into.backlog.max(step.backlog);
    into.events.extend(step.events.iter().cloned());
    into.to_s = step.to_s;
}
