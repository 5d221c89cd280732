//! What `compare` and `whatif` show: what each side has more than the first.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::chart::{Axis, Bar, Bars, Chart, Mark, Plot, Tone};
use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Cover, Document, Item, Number, Said};
use super::json::Kind;
use super::model::{AssumptionRow, Figure, LimitRow, RunInfo, Unit, Verdict};
use super::number::{self, NOTHING, Shown};
use super::{Render, SCHEMA_VERSION};

/// Sides of a comparison, each against the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CompareReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the first side's scenario.
    pub title: String,
    /// How the runs were made.
    pub run: RunInfo,
    /// Whether any parameter was fitted to measurements.
    pub calibration: String,
    /// The sides, the first being what the others are held against.
    pub sides: Vec<SideRow>,
    /// What each other side has more, workload by workload.
    pub differences: Vec<DifferenceRow>,
    /// What could not be compared, and what was done to a side.
    pub notes: Vec<String>,
    /// The assumptions that carry the figures of the sides, the most influential first.
    pub assumptions: Vec<AssumptionRow>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
    /// True when the run was interrupted and shows what it had.
    pub partial: bool,
}

/// One side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SideRow {
    /// Name.
    pub name: String,
    /// Scenario file.
    pub scenario: String,
    /// What it changes, `path = value` each.
    pub changes: Vec<String>,
    /// The busiest resource.
    pub busiest: Option<String>,
    /// Its busy share.
    pub busy: Option<Figure>,
    /// The busiest port that may carry CSV traffic.
    pub port: Option<String>,
    /// Its busy share.
    pub port_busy: Option<Figure>,
    /// The node whose cores I/O keeps busiest.
    #[serde(default)]
    pub node: Option<String>,
    /// Share of them that I/O uses.
    #[serde(default)]
    pub cpu: Option<Figure>,
    /// Limits held against it.
    pub limits: Vec<LimitRow>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// I/Os a second.
    Iops,
    /// Mean latency.
    LatencyMean,
    /// 99th percentile of the latency.
    LatencyP99,
}

impl Compared {
    const fn name(self) -> &'static str {
        match self {
            Self::Iops => "iops",
            Self::LatencyMean => "latency_mean",
            Self::LatencyP99 => "latency_p99",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Iops => "IOPS",
            Self::LatencyMean => "latency mean",
            Self::LatencyP99 => "latency p99",
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Iops => Unit::Iops,
            Self::LatencyMean | Self::LatencyP99 => Unit::Seconds,
        }
    }
}

/// How sure a difference is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// The prediction interval is all on one side of zero.
    Sure,
    /// The sampling interval is, the prediction interval is not: it rests on parameters.
    OnParameters,
    /// Not even the sampling interval is.
    NotShown,
}

impl Sureness {
    const fn words(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::OnParameters => "if parameters hold",
            Self::NotShown => "none shown",
        }
    }
}

/// What one side has more of one workload than the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DifferenceRow {
    /// The side.
    pub side: String,
    /// Workload.
    pub workload: String,
    /// What is compared.
    pub metric: Compared,
    /// Of the first side.
    pub from: f64,
    /// Of this side.
    pub to: f64,
    /// The difference, this less the first, with both intervals. Sampling is that of paired
    /// replications on common random numbers; prediction is of parameters drawn alike for both.
    pub change: Figure,
    /// How sure the difference is.
    pub sure: Sureness,
    /// How many times pairing made the variance smaller; none where nothing varies.
    pub variance_reduction: Option<f64>,
}

impl CompareReport {
    /// Version of the schema that a new report is of.
    pub const SCHEMA: u32 = SCHEMA_VERSION;

    fn of_side<'a>(&'a self, side: &'a str) -> impl Iterator<Item = &'a DifferenceRow> {
        self.differences.iter().filter(move |row| row.side == side)
    }

    /// The sentences of page one, of each side: whether limits are kept, what is busiest, what is
    /// shown, the largest first, and in one of what is not.
    fn sentences(&self) -> Vec<String> {
        let Some(first) = self.sides.first() else { return Vec::new() };
        let mut all = Vec::new();
        for side in self.sides.iter().skip(1) {
            all.extend(kept(first, side));
            all.extend(busier(first, side));
            let rows = self.of_side(&side.name).filter(|row| row.metric != Compared::LatencyP99);
            let (hidden, mut shown): (Vec<_>, Vec<_>) =
                rows.partition(|row| row.sure == Sureness::NotShown);
            shown.sort_by(|a, b| {
                let sure = (b.sure == Sureness::Sure).cmp(&(a.sure == Sureness::Sure));
                sure.then(b.size().total_cmp(&a.size()))
            });
            all.extend(shown.iter().take(SHOWN).map(|row| row.sentence()));
            if shown.len() > SHOWN {
                all.push(format!(
                    "{}: {} smaller differences stand in the table",
                    side.name,
                    shown.len() - SHOWN
                ));
            }
            let hidden: Vec<String> = hidden
                .iter()
                .map(|row| format!("{} of {}", row.metric.words(), row.workload))
                .collect();
            if !hidden.is_empty() {
                all.push(format!("{}: no difference is shown in {}", side.name, hidden.join(", ")));
            }
        }
        if all.is_empty() {
            all.push(format!("nothing to hold against {}", first.name));
        }
        all
    }
}

/// Differences told in sentences.
const SHOWN: usize = 6;

impl DifferenceRow {
    /// The change as a share of what there was, whichever way.
    fn size(&self) -> f64 {
        (self.change.value / self.from).abs()
    }

    fn sentence(&self) -> String {
        let relative = number::difference(self.change.value / self.from);
        let ends = self.change.prediction.map_or_else(String::new, |ends| {
            let [low, high] = ends.map(|end| number::difference(end / self.from));
            format!(" [{low}, {high}]")
        });
        let what = format!("{}: {} of {}", self.side, self.metric.words(), self.workload);
        match self.sure {
            Sureness::NotShown => format!("{what}: no difference is shown"),
            Sureness::Sure => format!("{what}: {relative}{ends}"),
            Sureness::OnParameters => {
                format!("{what}: {relative}{ends}, sure only with the parameters as they are")
            }
        }
    }
}

/// Whether a side keeps the limits, and whether the first did.
fn kept(first: &SideRow, side: &SideRow) -> Option<String> {
    let told = |of: &SideRow| {
        let count = |verdict| of.limits.iter().filter(|row| row.verdict == verdict).count();
        let (met, missed) = (count(Verdict::Meets), count(Verdict::Misses));
        let all = of.limits.len();
        match (missed, all - met - missed) {
            (0, 0) => format!("all {all} limits are met"),
            (0, open) => format!("{open} of {all} limits are undecided"),
            (missed, _) => format!("{missed} of {all} limits are missed"),
        }
    };
    if side.limits.is_empty() {
        return None;
    }
    let (before, now) = (told(first), told(side));
    let name = &side.name;
    Some(if before == now {
        format!("{name}: {now}, as before")
    } else {
        format!("{name}: {now}; before, {before}")
    })
}

/// The busiest port of CSV traffic on both sides.
fn busier(first: &SideRow, side: &SideRow) -> Option<String> {
    let told = |of: &SideRow| Some((of.port.clone()?, number::value(of.port_busy.as_ref()?)));
    let ((was, before), (port, now)) = (told(first)?, told(side)?);
    let name = &side.name;
    Some(if was == port {
        format!("{name}: the busiest CSV port, {port}, goes from {before} to {now}")
    } else {
        format!("{name}: the busiest CSV port goes from {before} ({was}) to {now} ({port})")
    })
}

impl CompareReport {
    fn cover(&self) -> Cover {
        let latency = |row: &&DifferenceRow| row.metric == Compared::LatencyMean;
        let shown = |row: &DifferenceRow| row.sure != Sureness::NotShown;
        let most = self
            .differences
            .iter()
            .filter(latency)
            .max_by(|a, b| shown(a).cmp(&shown(b)).then(a.size().total_cmp(&b.size())));
        let number = most.map(|row| {
            let relative = |end: f64| number::difference(end / row.from);
            let interval = row.change.prediction.map_or_else(String::new, |ends| {
                format!("[{}] prediction", ends.map(relative).join(", "))
            });
            Number {
                name: "mean latency".to_owned(),
                value: relative(row.change.value),
                interval,
                note: format!("{}, {}", row.workload, row.side),
            }
        });
        let sure = most.map_or(Sureness::NotShown, |row| row.sure);
        let limits = self.sides.split_first().map_or_else(Vec::new, |(first, others)| {
            others.iter().filter_map(|side| kept(first, side)).collect::<Vec<_>>()
        });
        let told = most.map_or_else(|| "nothing is compared".to_owned(), DifferenceRow::sentence);
        let verdict = limits.into_iter().chain([told]).collect::<Vec<_>>().join(". ");
        let tone = if sure == Sureness::Sure { Tone::Plain } else { Tone::Unsure };
        let binds = self
            .sides
            .iter()
            .filter_map(|side| Some(Item::new(&side.name, side.busiest.as_ref()?)));
        let changes = self.assumptions.iter().take(3);
        let changes = changes.map(|row| Item::new(&row.parameter, &row.range));
        Cover {
            verdict: Some(Said::new(tone, verdict)),
            number,
            beside: Vec::new(),
            binds: binds.collect(),
            changes: changes.collect(),
            trust: vec![Said::new(Tone::Plain, self.calibration.clone())],
        }
    }

    /// The changes with their intervals, in shares of what there was.
    fn drawn(&self) -> Option<Chart> {
        let rows = self.differences.iter().map(|row| {
            let share = |value: f64| value / row.from;
            let change = share(row.change.value);
            Bar {
                name: format!("{}: {}, {}", row.side, row.workload, row.metric.words()),
                mark: Mark {
                    value: change,
                    interval: row.change.prediction.map(|ends| ends.map(share)),
                    told: number::difference(change),
                },
                tone: if row.sure == Sureness::Sure { Tone::Plain } else { Tone::Unsure },
            }
        });
        let rows: Vec<Bar> = rows.filter(|bar| bar.mark.value.is_finite()).collect();
        (!rows.is_empty()).then(|| Chart {
            title: "What each side has more".to_owned(),
            about: "Change of each figure against the first side, with prediction intervals."
                .to_owned(),
            plot: Plot::Bars(Bars {
                across: Axis::of("change", Shown::Percent),
                rows,
                limits: Vec::new(),
            }),
        })
    }
}

impl Document for CompareReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(1, self.title.clone())];
        blocks.push(Block::Cover(Box::new(self.cover())));
        let first = self.sides.first().map_or("", |side| side.name.as_str());
        blocks.push(Block::Text(format!(
            "Against {first}, on common random numbers, {} replications, seed {}. Calibration: {}.",
            self.run.replications, self.run.seed, self.calibration
        )));
        if self.partial {
            blocks.push(Block::Text("Interrupted: not all replications were run.".to_owned()));
        }
        blocks.push(Block::List(self.sentences()));
        blocks.extend(self.drawn().map(Block::chart));
        for side in self.sides.iter().skip(1) {
            let heading = format!("{} against {first}", side.name);
            blocks.push(Block::Heading(2, heading));
            blocks.push(Block::Table(differences(self.of_side(&side.name))));
        }
        blocks.push(Block::Heading(2, "Sides".to_owned()));
        blocks.push(Block::Table(sides(&self.sides)));
        let limits = limits(&self.sides);
        if !limits.rows.is_empty() {
            blocks.push(Block::Heading(2, "Limits".to_owned()));
            blocks.push(Block::Table(limits));
        }
        for (heading, lines) in [("Notes", &self.notes), ("Warnings", &self.warnings)] {
            if !lines.is_empty() {
                blocks.push(Block::Heading(2, heading.to_owned()));
                blocks.push(Block::List(lines.clone()));
            }
        }
        blocks.push(Block::Command(self.run.command.clone()));
        blocks
    }
}

fn differences<'a>(rows: impl Iterator<Item = &'a DifferenceRow>) -> Grid {
    let heads =
        ["workload", "metric", "#before", "#now", "#change", "#sampling", "#prediction", "it is"];
    let mut grid = Grid::new(2, &heads);
    for row in rows {
        let shown = Shown::from(row.metric.unit());
        let relative = |end: f64| number::difference(end / row.from);
        let interval = |of: Option<[f64; 2]>| {
            of.map_or_else(
                || NOTHING.to_owned(),
                |ends| format!("[{}]", ends.map(relative).join(", ")),
            )
        };
        grid.row(vec![
            row.workload.clone(),
            row.metric.words().to_owned(),
            shown.text(row.from),
            shown.text(row.to),
            relative(row.change.value),
            interval(row.change.sampling),
            interval(row.change.prediction),
            row.sure.words().to_owned(),
        ]);
    }
    grid
}

fn sides(sides: &[SideRow]) -> Grid {
    let heads =
        ["side", "changes", "busiest", "#busy", "CSV port", "#port busy", "node", "#CPU by I/O"];
    let mut grid = Grid::new(1, &heads);
    let figure = |of: &Option<Figure>| of.as_ref().map_or(NOTHING.to_owned(), number::value);
    for side in sides {
        grid.row(vec![
            side.name.clone(),
            side.changes.join("; "),
            side.busiest.clone().unwrap_or_else(|| NOTHING.to_owned()),
            figure(&side.busy),
            side.port.clone().unwrap_or_else(|| NOTHING.to_owned()),
            figure(&side.port_busy),
            side.node.clone().unwrap_or_else(|| NOTHING.to_owned()),
            figure(&side.cpu),
        ]);
    }
    grid
}

fn limits(sides: &[SideRow]) -> Grid {
    let mut grid = Grid::new(1, &["side", "limit", "nearest to it", "#figure", "verdict"]);
    for side in sides {
        for row in &side.limits {
            let shown = Shown::from(row.figure.unit);
            grid.row(vec![
                side.name.clone(),
                row.limit.clone(),
                row.subject.clone(),
                shown.with_prediction(&row.figure, ' '),
                row.verdict.words().to_owned(),
            ]);
        }
    }
    grid
}

impl Kind for CompareReport {
    const KIND: &'static str = "compare";
}

impl Render<CompareReport> for Csv {
    fn render(&self, report: &CompareReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for side in &report.sides {
            rows.enter(&side.name, "sides");
            for (what, name, figure) in [
                ("busiest", &side.busiest, &side.busy),
                ("csv_port", &side.port, &side.port_busy),
                ("cpu", &side.node, &side.cpu),
            ] {
                if let (Some(name), Some(figure)) = (name, figure) {
                    rows.figure(name, what, figure, "")?;
                }
            }
            rows.enter(&side.name, "limits");
            for row in &side.limits {
                rows.figure(&row.subject, &row.limit, &row.figure, row.verdict.words())?;
            }
            rows.enter(&side.name, "differences");
            for row in report.of_side(&side.name) {
                let metric = row.metric.name();
                let note = row.sure.words();
                rows.figure(&row.workload, &format!("{metric}_change"), &row.change, note)?;
                let unit = super::csv::unit(row.metric.unit());
                rows.number(&row.workload, &format!("{metric}_before"), unit, row.from, "")?;
                rows.number(&row.workload, &format!("{metric}_now"), unit, row.to, "")?;
            }
        }
        rows.finish()
    }
}
