//! The sections of one variant, for people.

use super::columns::Grid;
use super::document::Block;
use super::number::{self, NOTHING, Shown, count, difference, plural, quantile};
use super::outline::metrics;
use super::{
    CpuRow, CrossCheckRow, DiskRow, LimitRow, PortRow, ReplayReport, ResourceRow, TrafficRow,
    Verdict, VolumeRow, WorkloadRow, pages,
};

/// Resources shown to people; the machine formats have them all.
const RESOURCES: usize = 5;

fn section(title: &str, grid: Grid) -> Vec<Block> {
    if grid.rows.is_empty() {
        return Vec::new();
    }
    vec![Block::Heading(3, title.to_owned()), Block::Table(grid)]
}

/// Rows of a table about the placement, of which there are as many as machines.
const SHOWN: usize = 24;

/// A table whose first rows tell what it is about; letters have no more.
fn shortened(title: &str, mut grid: Grid) -> Vec<Block> {
    let more = grid.rows.len().saturating_sub(SHOWN);
    if more == 0 {
        return section(title, grid);
    }
    grid.shown = Some(SHOWN);
    let mut blocks = section(title, grid);
    blocks.push(Block::Plain(format!(
        "{more} more; `csvnet explain` tells them by kind, HTML, JSON and CSV have all."
    )));
    blocks
}

pub(super) fn workloads(rows: &[WorkloadRow]) -> Vec<Block> {
    let mut grid = Grid::new(2, &["workload", "metric", "#value", "#sampling", "#prediction"]);
    for row in rows {
        for (place, (metric, figure)) in metrics(row).into_iter().enumerate() {
            let name = if place == 0 { row.name.clone() } else { String::new() };
            let value = number::value(figure);
            let (sampling, prediction) = (number::sampling(figure), number::prediction(figure));
            grid.row(vec![name, metric.to_owned(), value, sampling, prediction]);
        }
    }
    section("Workloads", grid)
}

pub(super) fn traffic(rows: &[TrafficRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["traffic", "#messages", "#throughput", "#mean latency"]);
    for row in rows {
        let figures = [&row.messages, &row.throughput, &row.latency_mean];
        let shown = figures.map(|f| format!("{}\n{}", number::value(f), number::sampling(f)));
        grid.row([row.name.clone()].into_iter().chain(shown).collect());
    }
    section("Traffic beside the workloads", grid)
}

/// Ports with traffic in some variant, given by `busy`; the others in one line.
pub(super) fn ports(rows: &[PortRow], busy: impl Fn(&PortRow) -> bool) -> Vec<Block> {
    let heads = ["port", "#payload", "#wire", "#wire mean", "#highest second", "#utilisation"];
    let mut grid = Grid::new(1, &heads);
    let (shown, idle): (Vec<&PortRow>, Vec<&PortRow>) = rows.iter().partition(|row| busy(row));
    for row in &shown {
        let rate = Shown::Bits.text(row.rate_bits_per_s / 8.0);
        let used = &row.utilisation;
        let sampling = used.sampling.map(|_| format!(" {}", number::sampling(used)));
        let prediction = used.prediction.map(|_| format!("\n{}", number::prediction(used)));
        let intervals: String = sampling.into_iter().chain(prediction).collect();
        grid.row(vec![
            format!("{}\nof {rate}", super::csv::port_name(row)),
            Shown::Bytes.with_prediction(&row.payload, '\n'),
            Shown::Bytes.with_prediction(&row.wire, '\n'),
            Shown::Bits.with_prediction(&row.wire, '\n'),
            Shown::Bits.with_prediction(&row.wire_highest_second, '\n'),
            format!("{}{intervals}", number::value(used)),
        ]);
    }
    let mut blocks = section("Ports", grid);
    let (number, more) = (idle.len(), if shown.is_empty() { "" } else { "more " });
    if number > 0 {
        if shown.is_empty() {
            blocks.push(Block::Heading(3, "Ports".to_owned()));
        }
        blocks.push(Block::Text(format!("{} idle.", plural(number, &format!("{more}port")))));
    }
    blocks
}

pub(super) fn cpus(rows: &[CpuRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["node", "#cores", "#used by I/O", "#sampling", "#prediction"]);
    for row in rows {
        let used = &row.utilisation;
        let (sampling, prediction) = (number::sampling(used), number::prediction(used));
        let cores = row.cores.to_string();
        grid.row(vec![row.node.clone(), cores, number::value(used), sampling, prediction]);
    }
    section("CPU", grid)
}

pub(super) fn resources(rows: &[ResourceRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["resource", "#utilisation", "#sampling", "#prediction"]);
    grid.shown = Some(RESOURCES);
    for row in rows {
        let used = &row.utilisation;
        let (sampling, prediction) = (number::sampling(used), number::prediction(used));
        grid.row(vec![row.resource.clone(), number::value(used), sampling, prediction]);
    }
    let mut blocks = section("Busiest resources", grid);
    if !blocks.is_empty() {
        blocks.splice(1..1, pages::resource_chart(rows));
    }
    let more = rows.len().saturating_sub(RESOURCES);
    if more > 0 {
        blocks.push(Block::Plain(format!("{} less busy.", plural(more, "more resource"))));
    }
    blocks
}

pub(super) fn volumes(rows: &[VolumeRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["volume", "node", "state", "reasons", "why"]);
    for row in rows {
        let reasons: Vec<&str> = [row.file_system_reason.as_str(), row.block_reason.as_str()]
            .into_iter()
            .filter(|reason| !reason.is_empty())
            .collect();
        let owner = if row.owner { " (owner)" } else { "" };
        grid.row(vec![
            row.volume.clone(),
            format!("{}{owner}", row.node),
            row.state.clone(),
            if reasons.is_empty() { NOTHING.to_owned() } else { reasons.join("\n") },
            row.why.clone(),
        ]);
    }
    shortened("Volumes, by node", grid)
}

pub(super) fn disks(rows: &[DiskRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["disk", "way", "mode", "why", "evidence"]);
    for row in rows {
        let way = if row.node == row.owner || row.transport.is_none() {
            format!("{} ({})", row.node, row.volume)
        } else {
            format!("{} to {} ({})", row.node, row.owner, row.volume)
        };
        let over = row.transport.as_ref().map(|transport| format!("\nover {transport}"));
        let note = if row.evidence_note.is_empty() { "" } else { ": " };
        grid.row(vec![
            row.disk.clone(),
            way,
            format!("{}{}", row.mode, over.unwrap_or_default()),
            row.reason.clone(),
            format!("{}{note}{}", row.evidence, row.evidence_note),
        ]);
    }
    shortened("Disks", grid)
}

pub(super) fn limits(rows: &[LimitRow]) -> Vec<Block> {
    let mut grid = Grid::new(1, &["limit", "of", "verdict", "#value", "#prediction"]);
    for row in rows {
        let verdict = match row.verdict {
            Verdict::Meets => "meets",
            Verdict::Misses => "MISSES",
            Verdict::Undecided => "undecided",
        };
        grid.row(vec![
            row.limit.clone(),
            row.subject.clone(),
            verdict.to_owned(),
            number::value(&row.figure),
            number::prediction(&row.figure),
        ]);
    }
    let mut blocks = section("Limits", grid);
    blocks.extend(pages::limit_charts(rows));
    blocks
}

/// Where the accuracy of the approximate solver is listed by kind of network.
const ACCURACIES: &str = "\"Accuracy of the approximation\" in src/docs/assumptions.md";

pub(super) fn cross_check(rows: &[CrossCheckRow]) -> Vec<Block> {
    let remarks = rows.iter().any(|row| row.exceeds_tolerance);
    let mut heads =
        vec!["workload", "quantity", "#simulated", "#approximated", "#difference", "#usual"];
    heads.extend(remarks.then_some("remark"));
    let mut grid = Grid::new(1, &heads);
    for row in rows {
        let (quantity, shown) = match row.quantity.as_ref() {
            "iops" => ("IOPS", Shown::Iops),
            "latency_mean" => ("mean latency", Shown::Seconds),
            other => (other, Shown::Seconds),
        };
        let mut cells = vec![
            row.workload.clone(),
            quantity.to_owned(),
            shown.text(row.simulated),
            shown.text(row.approximated),
            difference(row.difference),
            if row.tolerance.is_finite() {
                format!("±{:.0} %", 100.0 * row.tolerance)
            } else {
                "not known".to_owned()
            },
        ];
        if remarks {
            let remark = match (row.exceeds_tolerance, row.doubtful) {
                (_, true) => "warning",
                (true, false) => "sampling",
                (false, false) => "",
            };
            cells.push(remark.to_owned());
        }
        grid.row(cells);
    }
    let by_sampling = rows.iter().any(|row| row.exceeds_tolerance && !row.doubtful);
    let remark = if by_sampling {
        " \"sampling\" marks a larger one that is explained together with the sampling interval."
    } else {
        ""
    };
    let text = rows.first().map(|row| {
        Block::Text(format!(
            "The difference is that of the approximate solver from the simulation, as a share of \
             the simulated value. This is a network with {}; \"usual\" is what 95 of 100 of that \
             kind stay within.{remark} All kinds: {ACCURACIES}.",
            row.kind
        ))
    });
    let mut blocks = section("Cross-check with the approximate solver", grid);
    if !blocks.is_empty() {
        blocks.splice(1..1, text);
    }
    blocks
}

pub(super) fn replays(rows: &[ReplayReport]) -> Vec<Block> {
    rows.iter().flat_map(replay).collect()
}

fn replay(replay: &ReplayReport) -> Vec<Block> {
    let fitted = match &replay.fitted_on {
        Some(words) => format!("The device was fitted on {words}."),
        None => "The device was not fitted to this trace.".to_owned(),
    };
    let text = format!(
        "{} I/Os replayed; {} operations that move no data left out. {fitted}",
        count(replay.ios),
        count(replay.left_out)
    );
    let mut blocks =
        vec![Block::Heading(3, format!("Replay of {}", replay.workload)), Block::Text(text)];
    let mut grid =
        Grid::new(1, &["percentile", "#measured", "#predicted", "#prediction", "#error"]);
    for row in &replay.quantiles {
        grid.row(vec![
            quantile(row.quantile),
            Shown::Seconds.text(row.measured_s),
            number::value(&row.predicted),
            number::prediction(&row.predicted),
            difference(row.error),
        ]);
    }
    if !grid.rows.is_empty() {
        blocks.push(Block::Table(grid));
    }
    blocks.extend(pages::replay_chart(replay));
    blocks
}
