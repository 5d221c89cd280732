//! Page one of an explanation.

use std::collections::BTreeMap;

use super::super::chart::{Axis, Bar, Bars, Chart, Mark, Plot, Tone};
use super::super::document::{Block, Cover, Item, Number, Said};
use super::super::layout::Measured;
use super::super::number::{Shown, plural};
use super::super::{DiskRow, ExplainReport, ExplainVariant};
use super::sentence;
use crate::units::Bytes;

/// Reasons and findings that page one names.
const NAMED: usize = 4;

/// Page one.
pub(in super::super) fn cover(report: &ExplainReport) -> Cover {
    let disks = || report.variants.iter().flat_map(|variant| &variant.disks);
    let crossing = || disks().filter(|disk| disk.transport.is_some());
    let (redirected, all) = (crossing().count(), disks().count());
    let several = if report.variants.len() > 1 { ", all variants together" } else { "" };
    let verdict = format!("{redirected} of {} use the network{several}.", plural(all, "disk"));
    Cover {
        verdict: Some(Said::new(Tone::Plain, verdict)),
        number: None,
        beside: modes(disks()),
        binds: reasons(crossing()),
        changes: warnings(report),
        trust: trust(report, disks()),
    }
}

/// How many disks go which way.
fn modes<'a>(disks: impl Iterator<Item = &'a DiskRow>) -> Vec<Number> {
    let mut modes: BTreeMap<&str, usize> = BTreeMap::new();
    for disk in disks {
        *modes.entry(disk.mode.as_str()).or_insert(0) += 1;
    }
    let number = |(mode, count): (&str, usize)| Number {
        name: mode.to_owned(),
        value: plural(count, "disk"),
        interval: String::new(),
        note: String::new(),
    };
    modes.into_iter().map(number).collect()
}

/// Why the network is used, the most frequent first.
fn reasons<'a>(disks: impl Iterator<Item = &'a DiskRow>) -> Vec<Item> {
    let mut reasons: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for disk in disks {
        reasons.entry(disk.reason.as_str()).or_insert((0, &disk.disk)).0 += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    let item = |(reason, (count, disk)): (&str, (usize, &str))| {
        let name = match count {
            1 => disk.to_owned(),
            count => format!("{disk} and {}", plural(count - 1, "other")),
        };
        Item::new(name, sentence(reason))
    };
    reasons.into_iter().take(NAMED).map(item).collect()
}

/// What is asked for and does not work, or costs more than it should.
fn warnings(report: &ExplainReport) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let findings = report.variants.iter().flat_map(|variant| &variant.findings);
    for row in findings.filter(|row| row.kind == "warning") {
        // The same of many things is told once.
        let text = sentence(&row.text);
        match items.iter_mut().find(|item| item.text == text) {
            Some(known) if known.name.split(", ").any(|name| name == row.subject) => {}
            Some(known) => known.name = format!("{}, {}", known.name, row.subject),
            None => items.push(Item::new(row.subject.clone(), text)),
        }
    }
    items.truncate(NAMED);
    for item in &mut items {
        let names: Vec<&str> = item.name.split(", ").collect();
        if names.len() > NAMED {
            let more = names.len() - NAMED;
            item.name = format!("{} and {more} more", names[..NAMED].join(", "));
        }
    }
    items
}

fn trust<'a>(report: &ExplainReport, disks: impl Iterator<Item = &'a DiskRow>) -> Vec<Said> {
    let disks: Vec<&DiskRow> = disks.collect();
    let measured = disks.iter().filter(|disk| disk.evidence == "measured").count();
    let text = format!("Measured is the way of {measured} of {}.", plural(disks.len(), "disk"));
    vec![
        Said::new(Tone::Plain, "Nothing was run: ways and service demands, no load."),
        Said::new(Tone::Unsure, sentence(&report.calibration)),
        Said::new(Tone::Plain, text),
    ]
}

/// Where everything is.
pub(in super::super) fn layout(variant: &ExplainVariant) -> Option<Block> {
    let title = format!("The cluster: {}", variant.name);
    let map = variant.layout.map(&title, Measured::default());
    map.map(|map| Block::Map(Box::new(map)))
}

/// Paths of one chart.
const ROWS: usize = 24;

/// What an I/O of each path asks for, all stations together.
pub(in super::super) fn demands(variant: &ExplainVariant) -> Option<Block> {
    let rows: Vec<Bar> = variant
        .paths
        .iter()
        .take(ROWS)
        .map(|path| {
            let demands = path.stations.iter().map(|row| row.visits * row.demand_s);
            let (direction, size) = (&path.direction, Bytes::new(path.bytes));
            Bar {
                name: format!("{} on {}: {direction} of {size:#}", path.workload, path.disk),
                mark: Mark::plain(demands.sum(), Shown::Seconds),
                tone: Tone::Plain,
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        Block::chart(Chart {
            title: "What an I/O asks for".to_owned(),
            about: format!(
                "Sum of the service demands of {} of {}; latency adds waiting, and leaves out what \
                 runs side by side.",
                rows.len(),
                plural(variant.paths.len(), "path")
            ),
            plot: Plot::Bars(Bars {
                across: Axis::of("service demand", Shown::Seconds),
                rows,
                limits: Vec::new(),
            }),
        })
    })
}
