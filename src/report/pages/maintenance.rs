//! Page one and the chart of maintenance.

use super::super::chart::{Axis, Bar, Bars, Chart, Mark, Plot, Tone};
use super::super::document::{Block, Cover, Item, Number, Said};
use super::super::number::{Shown, amount, lasting, latency, plural};
use super::super::{DrainRow, MaintenanceOf, MaintenanceReport};
use super::{calibrated, sentence};

/// Rows of the chart.
const ROWS: usize = 15;
/// Drains that page one names.
const NAMED: usize = 3;

fn drains(report: &MaintenanceReport) -> impl Iterator<Item = (&MaintenanceOf, &DrainRow)> {
    let all = report.variants.iter().flat_map(|of| of.rows.iter().map(move |row| (of, row)));
    all.filter(|(_, row)| row.node.is_some())
}

fn within(report: &MaintenanceReport, of: &MaintenanceOf) -> String {
    if report.variants.len() > 1 { format!(", {}", of.name) } else { String::new() }
}

/// Machines that are not in use while a node is empty.
const fn out(row: &DrainRow) -> usize {
    row.machines_stay + row.after.machines_off + row.after.machines_waiting
}

fn tone(row: &DrainRow) -> Tone {
    match row {
        row if out(row) + row.volumes_stay > 0 => Tone::Bad,
        row if !row.latency_meanwhile_s.is_finite() || !row.after.latency_s.is_finite() => {
            Tone::Unsure
        }
        _ => Tone::Good,
    }
}

/// What an interruption left out, in a sentence.
pub(in super::super) fn left_out(report: &MaintenanceReport) -> String {
    let nodes: Vec<String> = report
        .variants
        .iter()
        .filter(|of| !of.left_out.is_empty())
        .map(|of| format!("{}{}", of.left_out.join(", "), within(report, of)))
        .collect();
    let nodes = if nodes.is_empty() { "whole variants".to_owned() } else { nodes.join("; ") };
    format!("PARTIAL: interrupted; not drained: {nodes}.")
}

/// Page one.
pub(in super::super) fn cover(report: &MaintenanceReport) -> Cover {
    // The worst of all variants is the worst of one of them; of equals the first.
    let severity = |row: &DrainRow| match tone(row) {
        Tone::Bad => 2,
        Tone::Unsure => 1,
        _ => 0,
    };
    let worst = report.variants.iter().filter_map(|of| Some((of, of.rows.get(1)?)));
    let worst =
        worst.reduce(|most, next| if severity(next.1) > severity(most.1) { next } else { most });
    let verdict = worst.and_then(|(of, row)| {
        let text = of.verdict()?;
        Some(Said::new(if report.partial { Tone::Unsure } else { tone(row) }, text))
    });
    let first = report.variants.first();
    let number = first.map(|of| Number {
        name: "all nodes drained, one after the other".to_owned(),
        value: lasting(of.all_take_s),
        interval: String::new(),
        note: format!(
            "at least, {}{}; without installing, restarting and the way back",
            plural(of.rows.iter().filter(|row| row.node.is_some()).count(), "node"),
            within(report, of)
        ),
    });
    let sent = first.map(|of| Number {
        name: "sent over the network by that".to_owned(),
        value: amount(of.all_send_bytes),
        interval: String::new(),
        note: format!("memory on its way out, after compression{}", within(report, of)),
    });
    let stay = drains(report).map(|(_, row)| row.machines_stay).max().filter(|n| *n > 0);
    let stay = stay.map(|n| Number {
        name: "machines that stay on one node".to_owned(),
        value: n.to_string(),
        interval: String::new(),
        note: "they go down with it".to_owned(),
    });
    let rows = worst.map(|(of, _)| of.rows.iter().filter(|row| row.node.is_some()));
    let binds = rows
        .into_iter()
        .flatten()
        .take(NAMED)
        .map(|row| Item::new(row.node.clone().unwrap_or_default(), sentence(&told(row))));
    let mut trust = vec![calibrated(&report.calibration)];
    if report.partial {
        trust.push(Said::new(Tone::Bad, left_out(report)));
    }
    trust.push(Said::new(
        Tone::Unsure,
        "By the approximate solver, without intervals; every load at its full level.",
    ));
    let away = report.variants.iter().find_map(MaintenanceOf::taken_away);
    trust.extend(away.map(|text| Said::new(Tone::Unsure, text)));
    Cover {
        verdict,
        number,
        beside: sent.into_iter().chain(stay).collect(),
        binds: binds.collect(),
        changes: vec![Item::new(
            "rules.live-migration",
            "How many machines move at once, the limit, the transport and the network decide how \
             long a drain takes and what it leaves to the loads.",
        )],
        trust,
    }
}

/// A drain in a few words.
fn told(row: &DrainRow) -> String {
    let mut parts = vec![lasting(row.takes_s)];
    let port = row.port_meanwhile.as_deref().zip(row.utilisation_meanwhile);
    if let Some((port, busy)) = port.filter(|(_, busy)| *busy > 0.0) {
        parts.push(format!("{port} {} busy in its busiest second", Shown::Percent.text(busy)));
    }
    parts.push(format!("slowest load {}", latency(row.latency_meanwhile_s)));
    if out(row) > 0 {
        parts.push(format!("{} out of use", plural(out(row), "machine")));
    }
    parts.join(", ")
}

/// Nodes by damage.
pub(in super::super) fn chart(of: &MaintenanceOf) -> Option<Block> {
    let bar = |row: &DrainRow| {
        let busy = row.utilisation_meanwhile?;
        let stays = match out(row) {
            0 => String::new(),
            n => format!(": {} out of use", plural(n, "machine")),
        };
        let node = row.node.as_deref().unwrap_or("(nothing)");
        let mut parts = vec![Shown::Percent.text(busy)];
        parts.extend(row.port_meanwhile.clone().filter(|_| busy > 0.0));
        parts.push(latency(row.latency_meanwhile_s));
        if row.node.is_some() {
            parts.push(lasting(row.takes_s));
        }
        let mark = Mark { value: busy, interval: None, told: parts.join(", ") };
        let tone = if row.node.is_some() { tone(row) } else { Tone::Plain };
        Some(Bar { name: format!("{node}{stays}"), mark, tone })
    };
    // The first row is the state in which nothing is drained.
    let rows: Vec<Bar> = of.rows.iter().take(ROWS + 1).filter_map(bar).collect();
    (rows.len() > 1).then(|| {
        Block::chart(Chart {
            title: "Busiest second of a port of the CSV network while each node is drained"
                .to_owned(),
            about: format!(
                "Of {}, the worst on top, below what is there when nothing is drained; with the \
                 slowest load and the time the drain takes.",
                plural(of.rows.len() - 1, "node")
            ),
            plot: Plot::Bars(Bars { across: Axis::share("busy"), rows, limits: Vec::new() }),
        })
    })
}
