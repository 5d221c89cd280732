//! A plan of moves for people, and as CSV and JSON.

use std::io::{self, Write};

use super::{AlignOf, AlignReport, ChangedRow, SeenRow};
use crate::report::Render;
use crate::report::columns::Grid;
use crate::report::csv::{Csv, Rows};
use crate::report::document::{self, Block, Document};
use crate::report::json::Kind;
use crate::report::number::{NOTHING, Shown, amount, difference, lasting, latency, level, plural};
use crate::report::pages;

/// Rows of a table shown to people; the machine formats have them all.
const SHOWN: usize = 30;
/// Busy share of a port that is none.
const IDLE: f64 = 1e-4;

impl Document for AlignReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Plain(self.calibration.clone()),
            Block::Cover(Box::new(pages::align_cover(self))),
        ];
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            variant.blocks(&mut blocks);
        }
        let (version, seed) = (&self.version, self.seed);
        let made = format!("csvnet {version}, scenario {}, seed {seed}.", self.scenario);
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

impl AlignOf {
    fn blocks(&self, blocks: &mut Vec<Block>) {
        blocks.push(Block::Text(self.verdict()));
        blocks.push(Block::Text(self.taken()));
        if self.off.is_empty() {
            blocks.extend(self.take_note());
            return;
        }
        blocks.push(Block::Table(self.seen()));
        if let Some(changes) = &self.simulated {
            blocks.push(Block::Heading(3, "Simulated, on common random numbers".to_owned()));
            blocks.push(Block::Table(changed(changes)));
        }
        let more = |all: usize, what: &str| {
            let more = plural(all.saturating_sub(SHOWN), what);
            (all > SHOWN).then(|| Block::Text(format!("{more} more; JSON and CSV have all.")))
        };
        if !self.moves.is_empty() {
            blocks.push(Block::Heading(3, "Moves, one after the other".to_owned()));
            blocks.push(Block::Table(self.moves_grid()));
            blocks.extend(more(self.moves.len(), "move"));
            blocks.push(Block::Text(self.all_moves()));
        }
        blocks.push(Block::Heading(3, "Off the owner of their volume".to_owned()));
        blocks.push(Block::Table(self.off_grid()));
        blocks.extend(more(self.off.len(), "disk"));
        blocks.extend(self.take_note());
    }

    /// What is taken to run.
    pub(in super::super) fn taken(&self) -> String {
        let all = "Disks are weighed with every load, backup and traffic at its full level";
        match self.away.as_slice() {
            [] => format!("{all}."),
            away => {
                let simulated =
                    if self.simulated.is_some() { "; the simulation has it" } else { "" };
                format!(
                    "{all}, but for what comes and goes (`when`), which is away: {}{simulated}.",
                    away.join(", ")
                )
            }
        }
    }

    pub(in super::super) fn verdict(&self) -> String {
        if self.off.is_empty() {
            return format!(
                "Of {} none that has a load runs off the owner of its volume. Nothing is to be \
                 moved.",
                plural(self.machines, "machine")
            );
        }
        let now = self.off.iter().filter(|row| !row.newly);
        let load: f64 = now.map(|row| row.bytes_per_s).sum();
        let off = format!(
            "{} of {} {} off the owner of a volume; {} cross the network for it.",
            self.machines_off,
            plural(self.machines, "machine"),
            if self.machines_off == 1 { "runs" } else { "run" },
            Shown::Bytes.text(load),
        );
        let least = self.redirected_bytes_per_s <= self.redirected_at_least_bytes_per_s;
        if self.moves.is_empty() {
            let proof = if least { "No plan does better: see why below." } else { &self.gap() };
            return format!("{off} Nothing is to be moved. {proof}");
        }
        let left: f64 =
            self.off.iter().filter(|row| row.left.is_some()).map(|row| row.bytes_per_s).sum();
        let volumes = self.moves.iter().filter(|row| row.what == "volume").count();
        let owners = if volumes > 0 { format!(", {volumes} of ownership,") } else { String::new() };
        let moves = plural(self.moves.len(), "move");
        let bring = if self.moves.len() == 1 { "brings" } else { "bring" };
        let bring = format!("{moves}{owners} {bring} that to {}.", Shown::Bytes.text(left));
        format!("{off} {bring} {}", self.gap())
    }

    /// What is proved of the plan.
    fn gap(&self) -> String {
        let least = self.redirected_at_least_bytes_per_s;
        let worth = self.worth_bytes_per_s;
        let (less, with) = if worth > 0.0 {
            let worth = Shown::Bytes.text(worth);
            ("comes to less".to_owned(), format!(", each move counted as {worth}"))
        } else {
            ("redirects less".to_owned(), String::new())
        };
        if self.redirected_bytes_per_s > least {
            let gap = 1.0 - least / self.redirected_bytes_per_s;
            return format!(
                "It is not proved that this is least{with}: no plan comes below {}, a gap of {}.",
                Shown::Bytes.text(least),
                Shown::Percent.text(gap)
            );
        }
        if self.moved > self.moved_at_least {
            return format!(
                "Proved: no plan {less}{with}. None of those makes do with fewer than {}; this one \
                 has {}.",
                plural(self.moved_at_least, "move"),
                self.moved
            );
        }
        let cheapest = if self.cheapest {
            ", none of those has fewer moves, and none with as few takes less time."
        } else {
            ", and none of those has fewer moves."
        };
        format!("Proved: no plan {less}{with}{cheapest}")
    }

    fn seen(&self) -> Grid {
        let mut grid = Grid::new(1, &["by the approximate solver", "#now", "#after the moves"]);
        let of = [&self.now, &self.then];
        let mut row = |name: String, cells: [String; 2]| {
            let [now, then] = cells;
            grid.row(vec![name, now, then]);
        };
        row("redirected".to_owned(), of.map(|seen| Shown::Bytes.text(seen.redirected_bytes_per_s)));
        let busy = |seen: &SeenRow| seen.utilisation.filter(|busy| *busy >= IDLE);
        let port = |seen: &SeenRow| busy(seen).and_then(|_| seen.port.clone());
        let none = || NOTHING.to_owned();
        row("busiest CSV port".to_owned(), of.map(|seen| port(seen).unwrap_or_else(none)));
        let share = |seen| busy(seen).map_or_else(none, |busy| Shown::Percent.text(busy));
        row("busy".to_owned(), of.map(share));
        for load in &self.workloads {
            let told = |of: Option<f64>| of.map_or_else(none, latency);
            let cells = [load.latency_now_s, load.latency_then_s].map(told);
            row(format!("mean latency of {}", load.workload), cells);
        }
        grid
    }

    fn moves_grid(&self) -> Grid {
        let mut grid =
            Grid::new(2, &["#no.", "move", "from", "to", "#saves", "#takes", "#over the network"]);
        for (number, row) in self.moves.iter().take(SHOWN).enumerate() {
            let what = if row.what == "volume" { "owner of " } else { "" };
            let detour = if row.detour { " (for a while)" } else { "" };
            grid.row(vec![
                (number + 1).to_string(),
                format!("{what}{}{detour}", row.name),
                row.from.clone(),
                row.to.clone(),
                Shown::Bytes.text(row.saves_bytes_per_s),
                lasting(row.seconds),
                if row.bytes > 0.0 { amount(row.bytes) } else { NOTHING.to_owned() },
            ]);
        }
        grid
    }

    fn all_moves(&self) -> String {
        let seconds: f64 =
            self.moves.iter().filter(|row| row.what == "machine").map(|row| row.seconds).sum();
        let bytes: f64 = self.moves.iter().map(|row| row.bytes).sum();
        let still = self.moves.iter().map(|row| row.still_s).fold(0.0, f64::max);
        let pauses = self.moves.iter().filter(|row| row.what == "volume");
        let pause = pauses.map(|row| row.seconds).fold(0.0, f64::max);
        let mut parts = Vec::new();
        if bytes > 0.0 || seconds > 0.0 {
            parts.push(format!(
                "Live migrations take {} one after the other and send {}; no machine stands still \
                 for more than {}.",
                lasting(seconds),
                amount(bytes),
                lasting(still)
            ));
        }
        if pause > 0.0 {
            parts.push(format!(
                "The I/O of a volume waits {} while its ownership moves.",
                lasting(pause)
            ));
        }
        parts.join(" ")
    }

    fn off_grid(&self) -> Grid {
        let left = self.off.iter().any(|row| row.left.is_some());
        let mut heads = vec!["disk", "on", "volume", "owner", "redirected as", "#load"];
        if left {
            heads.push("left, because");
        }
        let mut grid = Grid::new(1, &heads);
        // What stays is what has to be explained.
        let mut rows: Vec<_> = self.off.iter().collect();
        rows.sort_by_key(|row| row.left.is_none());
        for row in rows.into_iter().take(SHOWN) {
            grid.row(vec![
                format!("{}/{}", row.vm, row.disk),
                row.node.clone(),
                row.volume.clone(),
                row.owner.clone(),
                row.cause.clone(),
                Shown::Bytes.text(row.bytes_per_s),
                match &row.left {
                    Some(why) if row.newly => format!("left behind: {why}"),
                    why => why.clone().unwrap_or_default(),
                },
            ]);
        }
        if !left {
            grid.rows.iter_mut().for_each(|row| row.truncate(heads.len()));
        }
        grid
    }

    fn take_note(&self) -> Vec<Block> {
        let all: Vec<String> = self.undone_by.iter().chain(&self.notes).cloned().collect();
        if all.is_empty() {
            return Vec::new();
        }
        vec![Block::Heading(3, "Take note".to_owned()), Block::List(all)]
    }
}

fn changed(changes: &[ChangedRow]) -> Grid {
    let heads = ["workload", "#mean latency", "#change", "#IOPS", "#change"];
    let mut grid = Grid::new(1, &heads);
    for row in changes {
        let change = |now: f64, change: f64, [low, high]: [f64; 2]| {
            let share = |x: f64| difference(x / now);
            format!("{}\n[{}, {}]", share(change), share(low), share(high))
        };
        grid.row(vec![
            format!("{} ({})", row.workload, level(row.level)),
            Shown::Seconds.text(row.latency_now_s),
            change(row.latency_now_s, row.latency_change_s, row.latency_change_interval_s),
            Shown::Iops.text(row.iops_now),
            change(row.iops_now, row.iops_change, row.iops_change_interval),
        ]);
    }
    grid
}

impl Kind for AlignReport {
    const KIND: &'static str = "align";
}

impl Render<AlignReport> for Csv {
    fn render(&self, report: &AlignReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for variant in &report.variants {
            variant.csv(&mut rows)?;
        }
        rows.finish()
    }
}

impl AlignOf {
    fn csv(&self, rows: &mut Rows<'_>) -> io::Result<()> {
        const RATE: &str = "bytes_per_second";
        rows.enter(&self.name, "alignment");
        rows.whole("", "machines", "count", self.machines as u64, "")?;
        rows.whole("", "machines_off", "count", self.machines_off as u64, "")?;
        rows.number("", "redirected", RATE, self.redirected_bytes_per_s, "")?;
        let least = self.redirected_at_least_bytes_per_s;
        rows.number("", "redirected_at_least", RATE, least, "")?;
        rows.whole("", "moved", "count", self.moved as u64, "")?;
        rows.whole("", "moved_at_least", "count", self.moved_at_least as u64, "")?;
        for (when, seen) in [("now", &self.now), ("then", &self.then)] {
            rows.number(when, "redirected_solved", RATE, seen.redirected_bytes_per_s, "")?;
            if let Some(busy) = seen.utilisation {
                let port = seen.port.as_deref().unwrap_or_default();
                rows.number(when, "csv_port_utilisation", "fraction", busy, port)?;
            }
        }
        for load in &self.workloads {
            let of = [("now", load.latency_now_s), ("then", load.latency_then_s)];
            for (when, latency) in of {
                if let Some(latency) = latency {
                    let metric = format!("latency_mean_{when}");
                    rows.number(&load.workload, &metric, "seconds", latency, "")?;
                }
            }
        }
        rows.enter(&self.name, "moves");
        for (number, row) in self.moves.iter().enumerate() {
            let subject = (number + 1).to_string();
            let what = format!("{} {}: {} to {}", row.what, row.name, row.from, row.to);
            rows.note(&subject, "move", &what)?;
            rows.number(&subject, "saves", RATE, row.saves_bytes_per_s, "")?;
            rows.number(&subject, "takes", "seconds", row.seconds, "")?;
            rows.number(&subject, "sent", "bytes", row.bytes, "")?;
        }
        rows.enter(&self.name, "off_owner");
        for row in &self.off {
            let subject = format!("{}/{}", row.vm, row.disk);
            rows.note(&subject, "node", &row.node)?;
            rows.note(&subject, "owner", &row.owner)?;
            rows.note(&subject, "cause", &row.cause)?;
            rows.number(&subject, "load", RATE, row.bytes_per_s, &row.volume)?;
            rows.note(&subject, "newly", if row.newly { "true" } else { "false" })?;
            if let Some(left) = &row.left {
                rows.note(&subject, "left", left)?;
            }
        }
        Ok(())
    }
}
