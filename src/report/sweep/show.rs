//! A merged sweep as a document.

use super::super::columns::Grid;
use super::super::document::{Block, Document};
use super::super::number::{NOTHING, Shown, count, plural, share};
use super::{SweepReport, SweptRow};
use crate::plan::sweep::{Design, Effort, FigureUnit, LimitVerdict, Metric};

/// What a column shows of a point.
type Of = fn(&SweptRow) -> Option<f64>;
/// A column: its head, what it counts, and what it shows.
type Column = (&'static str, FigureUnit, Of);

/// Errors shown.
const ERRORS: usize = 5;

impl Document for SweepReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Text(self.opening()),
            Block::Text(self.sure()),
        ];
        if !self.limits.is_empty() {
            blocks.push(Block::Heading(2, "Limits".to_owned()));
            blocks.push(Block::Table(self.limits_table()));
        }
        let shown = by_words(&self.by);
        if !self.effects.is_empty() {
            blocks.push(Block::Heading(2, format!("What moves {shown}")));
            let text = "Median over all points of a level, at the level where it is lowest and at \
                        the one where it is highest; the axis that moves it most first.";
            blocks.push(Block::Text(text.to_owned()));
            blocks.push(Block::Table(self.effects_table()));
        }
        if !self.ranges.is_empty() {
            blocks.push(Block::Heading(2, "Over all points".to_owned()));
            blocks.push(Block::Table(self.ranges_table()));
        }
        let ends = [("Best points", &self.best), ("Worst points", &self.worst)];
        for (title, rows) in ends {
            if let Some(first) = rows.first() {
                blocks.push(Block::Heading(2, title.to_owned()));
                if title.starts_with('B') {
                    let limits = if self.limits.is_empty() {
                        String::new()
                    } else {
                        "by the limits they keep, then ".to_owned()
                    };
                    blocks.push(Block::Text(format!("Ordered {limits}by {shown}.")));
                }
                blocks.push(Block::Table(self.points_table(rows)));
                let text = format!("Point {} by itself, from the folder of the plan:", first.point);
                blocks.push(Block::Text(text));
                blocks.push(Block::Command(first.command.clone()));
            }
        }
        self.failures(&mut blocks);
        blocks.push(Block::Command(self.sweep.command.clone()));
        blocks
    }
}

impl SweepReport {
    fn opening(&self) -> String {
        let of = &self.sweep;
        let how = match of.fidelity {
            Effort::Fast => "by the approximate solver",
            Effort::Simulate => "simulated",
        };
        let design = match of.design {
            Design::Grid => "a grid".to_owned(),
            Design::LatinHypercube { seed, .. } => format!("a Latin hypercube (seed {seed})"),
        };
        let mut axes: Vec<String> = Vec::new();
        if of.variants.len() > 1 {
            axes.push(plural(of.variants.len(), "variant"));
        }
        axes.extend(of.axes.iter().map(|axis| axis.name.clone()));
        let failed = match self.failed {
            0 => String::new(),
            n => format!(", {} of them failed", count(n)),
        };
        format!(
            "{} points of {}{failed}: {design} of {}, {how}. Plan {} of {}, csvnet {}.",
            count(self.points),
            of.scenario,
            axes.join(", "),
            of.plan_hash,
            of.plan,
            of.version
        )
    }

    /// How sure the numbers are.
    fn sure(&self) -> String {
        match (self.sweep.fidelity, self.usual_error) {
            (Effort::Simulate, _) => "The machine formats have the sampling and the prediction \
                 interval of every figure; limits are decided by the prediction interval."
                .to_owned(),
            (Effort::Fast, Some([iops, latency])) => {
                let unsettled = match self.unsettled {
                    0 => String::new(),
                    n => format!(
                        " At {} the solver did not come to rest, and is less accurate.",
                        plural(n as usize, "point")
                    ),
                };
                format!(
                    "Values alone, without intervals: in 95 of 100 networks like these the solver \
                     is within {} of a simulation in IOPS and within {} in mean latency; what is \
                     not known of the parameters comes on top. A limit is called near where the \
                     value is nearer to it than that.{unsettled} Simulate what decides: csvnet \
                     run.",
                    share(iops),
                    share(latency)
                )
            }
            (Effort::Fast, None) => "Values alone, without intervals. How far the solver is off \
                 for such networks is not known; simulate what decides: csvnet run."
                .to_owned(),
        }
    }

    fn limits_table(&self) -> Grid {
        let all = [
            LimitVerdict::Within,
            LimitVerdict::Meets,
            LimitVerdict::Near,
            LimitVerdict::Undecided,
            LimitVerdict::Beyond,
            LimitVerdict::Misses,
            LimitVerdict::NeedsSimulation,
        ];
        let seen: Vec<LimitVerdict> = all
            .into_iter()
            .filter(|one| {
                self.limits.iter().any(|limit| limit.verdicts.iter().any(|(own, _)| own == one))
            })
            .collect();
        let mut grid = Grid::new(1, &["limit"]);
        for verdict in &seen {
            grid.number(&verdict.name().replace('_', " "));
        }
        for limit in &self.limits {
            let cell = |verdict: &LimitVerdict| {
                let own = limit.verdicts.iter().find(|(own, _)| own == verdict);
                own.map_or_else(|| NOTHING.to_owned(), |(_, points)| count(*points))
            };
            let mut cells = vec![limit.limit.clone()];
            cells.extend(seen.iter().map(cell));
            grid.row(cells);
        }
        grid
    }

    fn effects_table(&self) -> Grid {
        let mut grid = Grid::new(1, &["axis", "lowest at", "#median", "highest at", "#median"]);
        let unit = self.ranges.iter().find(|row| row.metric.name() == self.by).map(|row| row.unit);
        for row in &self.effects {
            grid.row(vec![
                row.axis.clone(),
                row.lowest_at.clone(),
                text(unit, row.lowest),
                row.highest_at.clone(),
                text(unit, row.highest),
            ]);
        }
        grid
    }

    fn ranges_table(&self) -> Grid {
        let heads = ["subject", "metric", "#lowest", "#point", "#median", "#highest", "#point"];
        let mut grid = Grid::new(2, &heads);
        for row in &self.ranges {
            let unit = Some(row.unit);
            grid.row(vec![
                if row.subject.is_empty() { "(all)".to_owned() } else { row.subject.clone() },
                metric_words(row.metric).to_owned(),
                text(unit, row.lowest.0),
                row.lowest.1.to_string(),
                text(unit, row.median),
                text(unit, row.highest.0),
                row.highest.1.to_string(),
            ]);
        }
        grid
    }

    fn points_table(&self, rows: &[SweptRow]) -> Grid {
        let mut heads = vec!["#point"];
        if self.sweep.variants.len() > 1 {
            heads.push("variant");
        }
        heads.extend(self.sweep.axes.iter().map(|axis| axis.name.as_str()));
        let keys = heads.len();
        let mut grid = Grid::new(keys.min(1), &heads);
        let recorded = |of: Of| rows.iter().any(|row| of(row).is_some());
        let columns: [Column; 4] = [
            ("IOPS", FigureUnit::Iops, |row| row.iops),
            ("latency", FigureUnit::Seconds, |row| row.latency_s),
            ("CSV port", FigureUnit::Fraction, |row| row.csv_port),
            ("redirected", FigureUnit::BytesPerSecond, |row| row.redirected_bytes_per_s),
        ];
        let columns = columns.map(|(head, unit, of)| recorded(of).then_some((head, unit, of)));
        columns.iter().flatten().for_each(|(head, ..)| grid.number(head));
        if !self.limits.is_empty() {
            grid.number("limits kept");
        }
        for row in rows {
            let mut cells = vec![row.point.to_string()];
            if self.sweep.variants.len() > 1 {
                cells.push(row.variant.clone());
            }
            cells.extend(row.at.iter().cloned());
            cells.extend(columns.iter().flatten().map(|(_, unit, of)| text(Some(*unit), of(row))));
            if !self.limits.is_empty() {
                cells.push(format!("{} of {}", row.limits.0, row.limits.1));
            }
            grid.row(cells);
        }
        grid
    }

    fn failures(&self, blocks: &mut Vec<Block>) {
        if self.errors.is_empty() {
            return;
        }
        blocks.push(Block::Heading(2, "Points that failed".to_owned()));
        let mut told: Vec<String> = self
            .errors
            .iter()
            .take(ERRORS)
            .map(|of| {
                let points = plural(of.points as usize, "point");
                format!("{points}, the first is {}: {}", of.first, of.error)
            })
            .collect();
        if self.errors.len() > ERRORS {
            told.push("others; the machine formats have every one".to_owned());
        }
        blocks.push(Block::List(told));
    }
}

/// A value with its unit; one that is none grows without limit, or was not recorded.
fn text(unit: Option<FigureUnit>, value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "no limit".to_owned() };
    match unit {
        Some(FigureUnit::Iops) => Shown::Iops.text(value),
        Some(FigureUnit::BytesPerSecond) => Shown::Bytes.text(value),
        Some(FigureUnit::Seconds) => Shown::Seconds.text(value),
        Some(FigureUnit::Fraction) => Shown::Percent.text(value),
        None => value.to_string(),
    }
}

const fn metric_words(metric: Metric) -> &'static str {
    match metric {
        Metric::Iops => "IOPS",
        Metric::Throughput => "throughput",
        Metric::ReadThroughput => "read",
        Metric::WriteThroughput => "written",
        Metric::LatencyMean => "latency mean",
        Metric::LatencyP50 => "latency p50",
        Metric::LatencyP95 => "latency p95",
        Metric::LatencyP99 => "latency p99",
        Metric::LatencyP999 => "latency p99.9",
        Metric::CsvPortUtilisation => "busiest CSV port",
        Metric::Redirected => "redirected",
        Metric::CpuUtilisation => "busiest node",
        Metric::Utilisation => "busiest",
        Metric::Limit => "limit",
    }
}

/// What points are ordered by, in words.
fn by_words(by: &str) -> String {
    match by {
        "latency_mean" => "the highest mean latency".to_owned(),
        "iops" => "IOPS".to_owned(),
        "throughput" => "throughput".to_owned(),
        "redirected" => "redirected bytes".to_owned(),
        "csv_port_utilisation" => "the busiest CSV port".to_owned(),
        "cpu_utilisation" => "the busiest node".to_owned(),
        "utilisation" => "the busiest resource".to_owned(),
        other => other.replace('_', " "),
    }
}
