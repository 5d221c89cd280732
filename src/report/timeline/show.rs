//! A timeline for people.

use super::steps::thinned;
use super::{TimelineOf, TimelineReport, WorstRow};
use crate::report::columns::Grid;
use crate::report::document::{self, Block, Document};
use crate::report::number::{NOTHING, Shown, amount, lasting, latency, plural, share};
use crate::report::pages;
use crate::timeline::EntryKind;

/// Rows of the log shown to people; the machine formats have them all.
const LOG_SHOWN: usize = 40;
/// Steps of time shown to people.
const STEPS_SHOWN: usize = 28;
/// Busy share of a port that is none.
const IDLE: f64 = 1e-4;
/// Machines of a table shown to people.
const MACHINES_SHOWN: usize = 12;

/// How numbers of a unit are shown.
pub(in super::super) fn shown(unit: &str) -> Shown {
    match unit {
        "iops" => Shown::Iops,
        "bytes_per_second" => Shown::Bytes,
        "fraction" => Shown::Percent,
        _ => Shown::Seconds,
    }
}

fn seconds_or(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), latency)
}

impl Document for TimelineReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Plain(self.calibration.clone()),
            Block::Cover(Box::new(pages::timeline_cover(self))),
        ];
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            variant.blocks(&mut blocks);
        }
        if !self.warnings.is_empty() {
            blocks.push(Block::Heading(2, "Take note".to_owned()));
            blocks.push(Block::List(self.warnings.clone()));
        }
        let made = format!(
            "csvnet {}, scenario {}, seed {}. What is not modelled: the second of a change itself.",
            self.version, self.scenario, self.seed
        );
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

impl TimelineOf {
    fn blocks(&self, blocks: &mut Vec<Block>) {
        blocks.push(Block::Text(self.summary()));
        if let Some(worst) = &self.worst {
            blocks.push(Block::Plain(worst_text(worst)));
        }
        let mut section = |title: &str, charts: Vec<Block>, grid: Grid, note: Option<String>| {
            if !grid.rows.is_empty() {
                blocks.push(Block::Heading(3, title.to_owned()));
                blocks.extend(charts);
                blocks.push(Block::Table(grid));
                blocks.extend(note.map(Block::Plain));
            }
        };
        let one = |chart: Option<Block>| chart.into_iter().collect::<Vec<Block>>();
        section("Limits", one(pages::over_limits(self)), self.limits_grid(), None);
        section("Over time", pages::over_time(self), self.steps_grid(), None);
        section("Redirected, and beside the loads", Vec::new(), self.bytes_grid(), None);
        section("Loads", Vec::new(), self.loads_grid(), None);
        let ports = one(pages::over_ports(self));
        section("Ports that may carry CSV traffic", ports, self.ports_grid(), None);
        let more = |all: usize, shown: usize, what: &str| {
            (all > shown)
                .then(|| format!("{} more; JSON and CSV have all.", plural(all - shown, what)))
        };
        section(
            "Exposure: time spent redirected",
            one(pages::exposure(self)),
            self.exposure_grid(),
            more(self.exposure.len(), MACHINES_SHOWN, "row"),
        );
        section(
            "Out of use",
            Vec::new(),
            self.unavailable_grid(),
            more(self.unavailable.len(), MACHINES_SHOWN, "machine"),
        );
        section(
            "Live migrations",
            Vec::new(),
            self.migrations_grid(),
            more(self.migrations.len(), MACHINES_SHOWN, "machine"),
        );
        let kept = self.log.len().min(LOG_SHOWN);
        section("What happened", Vec::new(), self.log_grid(), more(self.log.len(), kept, "entry"));
    }

    fn summary(&self) -> String {
        let some = self.simulated > 0 && self.simulated < self.settings;
        let some = if some {
            format!(
                ", of which {} were simulated and the others, of seconds each, solved and \
                 corrected by those",
                self.simulated
            )
        } else {
            String::new()
        };
        let precision = match self.precision {
            Some(precision) if precision.is_finite() => {
                format!("; mean latencies are known to {} or better", share(precision))
            }
            Some(_) => {
                "; of some loads too few I/Os completed to tell how well latencies are known"
                    .to_owned()
            }
            None => "; by the approximate solver, which knows no percentiles".to_owned(),
        };
        format!(
            "{} to {} ({}). {} of {}{some}{precision}.",
            self.start,
            self.end,
            self.time_zone,
            plural(self.epochs, "epoch"),
            plural(self.settings, "different setting"),
        )
    }

    fn limits_grid(&self) -> Grid {
        let grows = self.limits.iter().any(|row| row.grows);
        let mut heads = vec!["limit", "verdict", "#worst", "of", "when", "#beyond"];
        if grows {
            heads.push("first month");
        }
        let mut grid = Grid::new(1, &heads);
        for row in &self.limits {
            let shown = shown(&row.unit);
            let text = |value: f64| {
                if value.is_finite() { shown.text(value) } else { "without limit".to_owned() }
            };
            let range = row.prediction.filter(|[low, _]| low.is_finite());
            let worst = row.worst.map_or_else(|| NOTHING.to_owned(), text);
            let range = range.map(|[low, high]| format!("\n{} .. {}", text(low), text(high)));
            let mut cells = vec![
                row.limit.clone(),
                row.verdict.to_string(),
                worst + &range.unwrap_or_default(),
                row.subject.clone().unwrap_or_default(),
                row.at.clone().unwrap_or_default(),
                lasting(row.seconds_beyond),
            ];
            if grows {
                let of = |month: &Option<String>| {
                    month.clone().unwrap_or_else(|| "not in the horizon".to_owned())
                };
                let between = [&row.month_earliest, &row.month_latest].map(of);
                cells.push(format!("{}\n{} .. {}", of(&row.month), between[0], between[1]));
            }
            grid.row(cells);
        }
        grid
    }

    fn steps_grid(&self) -> Grid {
        let heads = [
            "from",
            "#lasts",
            "busiest port",
            "#busy",
            "#busiest second",
            "#redirected",
            "#latency",
            "#p99",
        ];
        let mut grid = Grid::new(1, &heads);
        for step in thinned(&self.steps, STEPS_SHOWN) {
            grid.row(vec![
                step.at.strip_suffix(":00").unwrap_or(&step.at).to_owned(),
                lasting(step.to_s - step.from_s),
                if step.utilisation_highest > IDLE {
                    step.port.clone().unwrap_or_default()
                } else {
                    NOTHING.to_owned()
                },
                Shown::Percent.text(step.utilisation),
                Shown::Percent.text(step.utilisation_highest),
                Shown::Bytes.text(step.redirected_bytes_per_s),
                seconds_or(step.latency_s_mean),
                seconds_or(step.latency_s_p99),
            ]);
        }
        grid
    }

    fn bytes_grid(&self) -> Grid {
        let mut grid = Grid::new(1, &["what", "#payload"]);
        for row in &self.redirected {
            grid.row(vec![format!("redirected, {}", row.name), amount(row.bytes)]);
        }
        for row in &self.beside {
            grid.row(vec![row.name.clone(), amount(row.bytes)]);
        }
        grid
    }

    fn loads_grid(&self) -> Grid {
        let heads =
            ["load", "way", "#for", "#payload", "#latency", "#slowest second", "#worst p99"];
        let mut grid = Grid::new(2, &heads);
        for row in &self.loads {
            grid.row(vec![
                row.workload.clone(),
                row.way.clone(),
                lasting(row.seconds),
                amount(row.bytes),
                latency(row.latency_s_mean),
                latency(row.latency_s_worst),
                seconds_or(row.latency_s_p99_worst),
            ]);
        }
        grid
    }

    fn ports_grid(&self) -> Grid {
        let mut grid = Grid::new(1, &["port", "#mean busy", "#busiest second", "#on the wire"]);
        for row in self.ports.iter().filter(|row| row.wire_bytes > 0.0) {
            grid.row(vec![
                row.port.clone(),
                Shown::Percent.text(row.utilisation_mean),
                Shown::Percent.text(row.utilisation_highest),
                amount(row.wire_bytes),
            ]);
        }
        grid
    }

    fn exposure_grid(&self) -> Grid {
        let mut grid = Grid::new(1, &["machine", "cause", "#for", "#payload"]);
        grid.shown = Some(MACHINES_SHOWN);
        for row in &self.exposure {
            grid.row(vec![
                row.vm.clone(),
                row.cause.clone(),
                lasting(row.seconds),
                amount(row.bytes),
            ]);
        }
        grid
    }

    fn unavailable_grid(&self) -> Grid {
        let mut grid = Grid::new(1, &["machine", "#off", "#I/O waits"]);
        grid.shown = Some(MACHINES_SHOWN);
        for row in &self.unavailable {
            grid.row(vec![row.vm.clone(), lasting(row.off_s), lasting(row.waiting_s)]);
        }
        grid
    }

    fn migrations_grid(&self) -> Grid {
        let mut grid = Grid::new(
            1,
            &[
                "machine",
                "from",
                "to",
                "why",
                "began",
                "#took",
                "#over the network",
                "#passes",
                "#stood",
            ],
        );
        grid.shown = Some(MACHINES_SHOWN);
        for row in &self.migrations {
            grid.row(vec![
                row.vm.clone(),
                row.from.clone(),
                row.to.clone(),
                row.why.to_string(),
                row.began.clone(),
                lasting(row.seconds),
                amount(row.bytes),
                row.passes.to_string(),
                lasting(row.still_s),
            ]);
        }
        grid
    }

    fn log_grid(&self) -> Grid {
        let mut grid = Grid::new(1, &["when", "", "what"]);
        // What could not be done must not be lost among what was.
        let done = EntryKind::Done.name();
        let other = self.log.iter().filter(|row| row.kind != done).count();
        let mut room = LOG_SHOWN.saturating_sub(other);
        for row in &self.log {
            if row.kind == done {
                if room == 0 {
                    continue;
                }
                room -= 1;
            }
            let kind = if row.kind == done { String::new() } else { row.kind.to_uppercase() };
            grid.row(vec![row.at.clone(), kind, format!("{}: {}", row.subject, row.text)]);
        }
        grid
    }
}

fn worst_text(worst: &WorstRow) -> String {
    let by: Vec<String> =
        worst.by.iter().take(4).map(|of| format!("{} {}", of.name, share(of.share))).collect();
    let rest: f64 = worst.by.iter().skip(4).map(|of| of.share).sum();
    let rest = if rest > 0.0 { format!(", others {}", share(rest)) } else { String::new() };
    let by = if by.is_empty() {
        String::new()
    } else {
        let way = if worst.port.ends_with("/rx") { "receives" } else { "sends" };
        format!(" Of what it then {way} on the wire: {}{rest}.", by.join(", "))
    };
    let after =
        worst.after.as_ref().map_or_else(String::new, |after| format!(" Last before: {after}."));
    format!(
        "Worst five minutes: {} is {} busy ({} on the wire) from {}.{by}{after}",
        worst.port,
        Shown::Percent.text(worst.utilisation),
        Shown::Bytes.text(worst.wire_bytes_per_s),
        worst.from
    )
}
