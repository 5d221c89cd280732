//! The order in which a report is told to people: verdict, comparison, variants, trust.

use std::collections::BTreeSet;

use super::columns::Grid;
use super::document::{self, Block, Document};
use super::number::{self, NOTHING, Shown, plural};
use super::seconds::seconds;
use super::{
    AssumptionRow, Figure, PortRow, Report, RunInfo, VariantReport, Verdict, WorkloadRow, pages,
    sections,
};

/// Busy share from which a resource is said to bind; below it the outstanding I/O and the latency
/// of the path decide.
const SATURATED: f64 = 0.8;

/// Assumptions shown to people; the machine formats have them all.
const ASSUMPTIONS: usize = 10;

impl Document for Report {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks =
            vec![Block::Heading(1, self.title.clone()), Block::Plain(self.calibration.clone())];
        if self.partial {
            let text = format!("PARTIAL: the run was interrupted with {}.", progress(self));
            blocks.push(Block::Text(text));
        }
        blocks.extend(self.description.clone().map(Block::Text));
        blocks.push(Block::Cover(Box::new(pages::run_cover(self))));
        blocks.extend(self.variants.iter().map(|variant| Block::Plain(verdict(variant))));
        let loads = self.variants.iter().flat_map(|variant| &variant.workloads);
        let intent = loads.into_iter().any(|load| load.latency_intended_mean.is_some());
        blocks.push(Block::Text(legend(&self.run, intent)));
        blocks.extend(comparison(&self.variants));
        let busy = busy_ports(&self.variants);
        let alone = self.variants.len() == 1;
        let variants = self.variants.iter();
        blocks.extend(variants.flat_map(|variant| one_variant(variant, &busy, alone)));
        blocks.extend(assumptions(&self.assumptions));
        if !self.warnings.is_empty() {
            blocks.push(Block::Heading(2, "Warnings".to_owned()));
            blocks.push(Block::List(self.warnings.clone()));
        }
        blocks.extend(repeat(self));
        blocks
    }
}

/// What a workload is judged by, in the order it is shown.
pub(super) fn metrics(row: &WorkloadRow) -> Vec<(&'static str, &Figure)> {
    let mut metrics = vec![
        ("IOPS", &row.iops),
        ("throughput", &row.throughput),
        ("read", &row.read_throughput),
        ("written", &row.write_throughput),
        ("latency mean", &row.latency_mean),
        ("latency p50", &row.latency_p50),
        ("latency p95", &row.latency_p95),
        ("latency p99", &row.latency_p99),
        ("latency p99.9", &row.latency_p99_9),
    ];
    metrics.extend(row.latency_intended_mean.as_ref().map(|figure| ("from intent", figure)));
    metrics
}

fn verdict(variant: &VariantReport) -> String {
    let binds = match variant.resources.first() {
        None => "no resource was measured".to_owned(),
        Some(row) => {
            let used = Shown::Percent.with_prediction(&row.utilisation, ' ');
            if row.utilisation.value >= SATURATED {
                format!("{} binds, {used} busy", row.resource)
            } else {
                format!("nothing is saturated; busiest is {}, {used}", row.resource)
            }
        }
    };
    let of = |verdict| variant.limits.iter().filter(|row| row.verdict == verdict).count();
    let limits = match variant.limits.len() {
        0 => "No limit was stated.".to_owned(),
        _ => format!(
            "Limits: {} met, {} missed, {} undecided.",
            of(Verdict::Meets),
            of(Verdict::Misses),
            of(Verdict::Undecided)
        ),
    };
    format!("{}: {binds}. {limits}", variant.name)
}

fn legend(run: &RunInfo, intent: bool) -> String {
    let mut text = format!(
        "Intervals at {}: ± is sampling, which more simulation shrinks; [low, high] is prediction, \
         which only measurement shrinks, in the unit of the value before it.",
        number::level(run.level)
    );
    if intent {
        text.push_str(
            " Latency \"from intent\" counts from when the load wanted the I/O, with its wait for \
             a free place among the outstanding; the others count from when it was issued, as \
             DiskSpd and PerfMon do.",
        );
    }
    text
}

fn comparison(variants: &[VariantReport]) -> Vec<Block> {
    if variants.len() < 2 {
        return Vec::new();
    }
    // Variants that run other workloads stand in a table of their own.
    let names = |variant: &VariantReport| -> Vec<String> {
        variant.workloads.iter().map(|row| row.name.clone()).collect()
    };
    let mut blocks = vec![Block::Heading(2, "Side by side".to_owned())];
    let alike = variants.chunk_by(|a, b| names(a) == names(b));
    blocks.extend(pages::latencies(variants));
    blocks.extend(alike.map(|variants| Block::Table(beside(variants))));
    blocks.extend(pages::distributions(variants));
    blocks.extend(pages::trade(variants));
    blocks.extend(pages::port_use(variants));
    blocks
}

/// Variants in columns.
fn beside(variants: &[VariantReport]) -> Grid {
    let mut grid = Grid::new(2, &["workload", "metric"]);
    for variant in variants {
        grid.number(&variant.name);
    }
    let bound = |variant: &VariantReport| {
        let first = variant.resources.first();
        first.map_or_else(|| NOTHING.to_owned(), |row| row.resource.clone())
    };
    let used = |variant: &VariantReport| {
        let first = variant.resources.first();
        first.map_or_else(|| NOTHING.to_owned(), |row| both(&row.utilisation))
    };
    let line = |cell: &dyn Fn(&VariantReport) -> String, name: &str, metric: &str| {
        let head = [name.to_owned(), metric.to_owned()];
        head.into_iter().chain(variants.iter().map(cell)).collect::<Vec<_>>()
    };
    grid.row(line(&bound, "(all)", "busiest"));
    grid.row(line(&used, "", "busy"));
    let mut seen = BTreeSet::new();
    let workloads = variants.iter().flat_map(|variant| &variant.workloads);
    for workload in workloads.filter(|row| seen.insert(row.name.clone())) {
        for (place, (metric, _)) in metrics(workload).into_iter().enumerate() {
            let cell = |variant: &VariantReport| {
                let same = variant.workloads.iter().find(|row| row.name == workload.name);
                let found = same.and_then(|row| metrics(row).into_iter().find(|m| m.0 == metric));
                found.map_or_else(|| NOTHING.to_owned(), |(_, figure)| both(figure))
            };
            grid.row(line(&cell, if place == 0 { &workload.name } else { "" }, metric));
        }
    }
    grid
}

/// Value with its interval on the next line, which lets more variants stand side by side.
fn both(figure: &Figure) -> String {
    Shown::from(figure.unit).with_prediction(figure, '\n')
}

/// Ports that carry anything in any variant.
fn busy_ports(variants: &[VariantReport]) -> BTreeSet<(&str, &str, &str)> {
    let ports = variants.iter().flat_map(|variant| &variant.ports);
    // What is no number is no proof of idleness.
    let idle = |figure: &Figure| figure.value == 0.0;
    let busy = ports.filter(|row| !(idle(&row.wire) && idle(&row.wire_highest_second)));
    busy.map(key).collect()
}

fn key(row: &PortRow) -> (&str, &str, &str) {
    (&row.node, &row.nic, &row.direction)
}

fn one_variant(
    variant: &VariantReport,
    busy: &BTreeSet<(&str, &str, &str)>,
    alone: bool,
) -> Vec<Block> {
    let mut blocks = vec![Block::Heading(2, variant.name.clone()), Block::Text(measured(variant))];
    if !variant.changes.is_empty() {
        blocks.push(Block::List(variant.changes.clone()));
    }
    blocks.extend(pages::layout_map(variant));
    blocks.extend(sections::limits(&variant.limits));
    blocks.extend(sections::workloads(&variant.workloads));
    if alone {
        let variants = std::slice::from_ref(variant);
        blocks.extend(pages::latencies(variants));
        blocks.extend(pages::distributions(variants));
    }
    blocks.extend(sections::traffic(&variant.traffic));
    blocks.extend(sections::ports(&variant.ports, |row| busy.contains(&key(row))));
    blocks.extend(sections::cpus(&variant.cpus));
    blocks.extend(sections::resources(&variant.resources));
    blocks.extend(sections::volumes(&variant.volumes));
    blocks.extend(sections::disks(&variant.disks));
    blocks.extend(sections::cross_check(&variant.cross_check));
    blocks.extend(sections::replays(&variant.replays));
    blocks.extend(seconds(variant));
    blocks
}

fn counted(replications: u64) -> String {
    plural(usize::try_from(replications).unwrap_or(usize::MAX), "replication")
}

/// How far a variant is: `59 of 150 replications`.
fn done(variant: &VariantReport) -> String {
    let asked = counted(variant.replications_asked);
    match &variant.precision {
        // Where a precision decides, only the most that it may take are known.
        Some(_) if variant.complete => counted(variant.replications),
        Some(_) => format!("{} of at most {asked}", variant.replications),
        None => format!("{} of {asked}", variant.replications),
    }
}

/// How far an interrupted run is, variant by variant.
fn progress(report: &Report) -> String {
    let begun = report.variants.iter().map(|v| format!("{} of `{}`", done(v), v.name));
    let mut parts = vec![begun.collect::<Vec<_>>().join(", ")];
    if !report.not_begun.is_empty() {
        let names: Vec<String> = report.not_begun.iter().map(|v| format!("`{}`", v.name)).collect();
        parts.push(format!("{} not begun", names.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// How long was measured, how often, and why.
fn measured(variant: &VariantReport) -> String {
    let precision = variant.precision.as_ref().map(|row| {
        let quantity = if row.quantity == "iops" { "IOPS" } else { "mean latency" };
        format!(
            " A precision of {} was asked for and {}reached: the least known is the {quantity} of \
             {}, to {}.",
            number::share(row.asked),
            if row.met { "" } else { "not " },
            row.workload,
            number::share(row.reached)
        )
    });
    let replications = if variant.complete { counted(variant.replications) } else { done(variant) };
    format!(
        "Measured over {} of simulated time after {} of warm-up, in {replications}. {}{}",
        Shown::Seconds.text(variant.measured_s),
        Shown::Seconds.text(variant.warm_up_s),
        variant.warm_up.words,
        precision.unwrap_or_default()
    )
}

fn assumptions(rows: &[AssumptionRow]) -> Vec<Block> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut order: Vec<&AssumptionRow> = rows.iter().collect();
    let size = |row: &AssumptionRow| if row.influence.is_nan() { -1.0 } else { row.influence };
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut grid = Grid::new(1, &["parameter", "value", "range", "source", "#influence", "note"]);
    grid.shown = Some(ASSUMPTIONS);
    for row in &order {
        let note = row.note.as_ref().or(row.link.as_ref());
        grid.row(vec![
            row.parameter.clone(),
            row.value.clone(),
            row.range.clone(),
            row.source.to_string(),
            Shown::Percent.text(row.influence),
            note.cloned().unwrap_or_default(),
        ]);
    }
    let mut blocks = vec![
        Block::Heading(2, "Assumptions that carry the answer".to_owned()),
        Block::Text(
            "Influence is the largest change of any workload's mean latency or throughput over \
             the range."
                .to_owned(),
        ),
    ];
    blocks.extend(pages::assumption_chart(rows));
    blocks.push(Block::Table(grid));
    let more = rows.len().saturating_sub(ASSUMPTIONS);
    if more > 0 {
        blocks.push(Block::Plain(format!("{} less influential.", plural(more, "more assumption"))));
    }
    blocks
}

fn repeat(report: &Report) -> Vec<Block> {
    let run = &report.run;
    let all = report.variants.iter().map(|variant| variant.replications);
    let least = all.min().unwrap_or(run.replications);
    let most = counted(run.replications);
    let replications = if report.partial {
        format!("interrupted with {}", progress(report))
    } else if least < run.replications {
        format!("{least} to {most} of the variants")
    } else {
        format!("{most} of each variant")
    };
    let text = format!(
        "csvnet {}, scenario {}, hash {}, seed {}, {replications}.",
        run.version, run.scenario, run.scenario_hash, run.seed
    );
    document::repeat(text, &run.command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn a_port_is_idle_only_where_no_variant_uses_it() {
        let report = fixture::report();
        let busy = busy_ports(&report.variants);
        assert!(busy.contains(&("N1", "smb1", "tx")), "busy in the second variant only");
        assert!(!busy.contains(&("N2", "smb2", "rx")));
    }

    #[test]
    fn the_verdict_names_what_binds_and_counts_the_limits() {
        let report = fixture::report();
        let limits = "Limits: 1 met, 1 missed, 0 undecided.";
        let text = "base: nothing is saturated; busiest is N2/smb1 rx, 71.2 % [65.0, 78.0].";
        assert_eq!(verdict(&report.variants[0]), format!("{text} {limits}"));
        let mut variant = report.variants[0].clone();
        variant.resources[0].utilisation.value = 0.95;
        let text = "base: N2/smb1 rx binds, 95.0 % [65.0, 78.0] busy.";
        assert_eq!(verdict(&variant), format!("{text} {limits}"));
        assert_eq!(number::value(&report.variants[0].resources[0].utilisation), "71.2 %");
    }
}
