//! Epochs as steps of time, and fewer of them where people look.

use super::StepRow;
use crate::timeline::{PortFigures, Timeline};

/// Epochs, brought together where there are many: steps begin and end with epochs.
pub(super) fn steps(timeline: &Timeline) -> Vec<StepRow> {
    let calendar = &timeline.plan.calendar;
    let mut rows = Vec::new();
    let mut told = 0;
    for epoch in &timeline.epochs {
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
        let p99 = of.loads.iter().filter_map(|load| Some(load.quantiles_s?[2].mean));
        let entries = &timeline.log[told..epoch.entries];
        told = epoch.entries;
        rows.push(StepRow {
            from_s: epoch.from.secs(),
            to_s: epoch.to.secs(),
            at: calendar.label(epoch.from),
            port: busiest.map(PortFigures::label),
            utilisation: busiest.map_or(0.0, |port| port.utilisation),
            utilisation_highest: busiest.map_or(0.0, |port| port.utilisation),
            wire_bytes_per_s: sent.map(|port| port.wire_bytes_per_s).sum::<f64>() + 0.0,
            redirected_bytes_per_s: of.redirected_bytes_per_s(),
            beside_bytes_per_s: of.beside.values().sum::<f64>() + 0.0,
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

/// Steps brought together until there are no more than `most`: the neighbours that together last
/// least first, so that what is long stays apart.
pub(super) fn thinned(steps: &[StepRow], most: usize) -> Vec<StepRow> {
    let Some(end) = steps.last().map(|step| step.to_s) else { return Vec::new() };
    if steps.len() <= most {
        return steps.to_vec();
    }
    let width = end / most as f64;
    let mut rows: Vec<StepRow> = Vec::new();
    for step in steps {
        let bin = |s: f64| (s / width) as usize;
        match rows.last_mut() {
            Some(last) if bin(last.from_s) == bin(step.from_s) => merge(last, step),
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
    into.latency_s_mean = match (into.latency_s_mean, step.latency_s_mean) {
        (Some(x), Some(y)) => Some(mean(x, y)),
        (x, y) => x.or(y),
    };
    into.latency_s_p99 = into.latency_s_p99.into_iter().chain(step.latency_s_p99).reduce(f64::max);
    into.backlog = into.backlog.max(step.backlog);
    into.events.extend(step.events.iter().cloned());
    into.to_s = step.to_s;
}
