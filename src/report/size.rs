//! What `size` shows: the cheapest network that keeps every limit, the runner-up, what binds.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::chart::{Against, Axis, Chart, Line, Plot, Point, Quantity, Scatter, Tone};
use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Cover, Document, Item, Number, Said};
use super::gate::LookedAt;
use super::json::Kind;
use super::model::{AssumptionRow, RunInfo, VariantReport, Verdict};
use super::number::{self, NOTHING, Shown};
use super::{Render, SCHEMA_VERSION};
use crate::plan::size::Candidate;
use crate::plan::{CARRIED, Strain};
use crate::scenario::{LimitOp, Scenario, Variant};

/// Networks that were tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SizeReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// How the runs were made.
    pub run: RunInfo,
    /// Whether any parameter was fitted to measurements.
    pub calibration: String,
    /// The networks that are sized, alike.
    pub networks: Vec<String>,
    /// Currency of prices, where every kind of port has one; else networks are ordered by the rate
    /// of all ports, then by their number.
    pub currency: Option<String>,
    /// Networks that were looked at, the cheapest first.
    pub rows: Vec<SizeRow>,
    /// Dearer ones that were not.
    pub not_tried: usize,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// The assumptions that carry the figures, the most influential first.
    pub assumptions: Vec<AssumptionRow>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
    /// True when the search was interrupted and shows what it had.
    pub partial: bool,
}

/// How far a network was looked at, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "by", content = "verdict", rename_all = "snake_case")]
pub enum SizeState {
    /// The scenario cannot have it.
    NotPossible,
    /// By the solver, corrected by a simulation of the scenario as it is.
    Solved(Verdict),
    /// By simulation in every condition.
    Simulated(Verdict),
}

/// A network that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SizeRow {
    /// What it is.
    pub network: String,
    /// Bits a second of all ports of the cluster.
    pub bits_per_s: f64,
    /// Ports of the cluster.
    pub ports: u32,
    /// Price of all ports, where every one has one.
    pub price: Option<f64>,
    /// What came of it.
    pub state: SizeState,
    /// The worst figure as a share of its limit: above 1 the limit is broken.
    pub stress: Option<f64>,
    /// The same at the bad end of its prediction interval, where it was simulated.
    pub stress_high: Option<f64>,
    /// The limit that binds.
    pub limit: Option<String>,
    /// What it is held against.
    pub subject: Option<String>,
    /// The condition in which it binds.
    pub condition: Option<String>,
    /// Why it is not possible, or what is lost.
    pub why: String,
    /// How many single failures were simulated, where they were asked about.
    pub looked_at: Option<LookedAt>,
    /// Whether it is the answer.
    pub chosen: bool,
    /// Whether it is the runner-up.
    pub runner_up: bool,
    /// What it sets in the scenario, `path = value` each.
    pub settings: Vec<String>,
}

impl SizeRow {
    /// One that has not been looked at.
    #[must_use]
    pub fn of(candidate: &Candidate) -> Self {
        let settings = candidate.settings.iter().map(|(path, value)| format!("{path} = {value}"));
        Self {
            network: candidate.name.clone(),
            bits_per_s: candidate.bits_per_s,
            ports: candidate.ports_all,
            price: candidate.price,
            state: SizeState::NotPossible,
            stress: None,
            stress_high: None,
            limit: None,
            subject: None,
            condition: None,
            why: String::new(),
            looked_at: None,
            chosen: false,
            runner_up: false,
            settings: settings.collect(),
        }
    }

    /// What binds by the solver.
    pub fn binding(&mut self, variant: &Variant, strain: &Strain) {
        let limit = strain.limit.and_then(|place| variant.scenario.limits.get(place));
        let limit = limit.map_or_else(|| CARRIED.to_owned(), |limit| limit.text.clone());
        self.limit = Some(limit);
        self.subject = Some(strain.subject.clone());
        self.condition = Some(variant.name.clone());
    }

    /// What binds by simulation; the worst verdict of all conditions. `doubt` becomes how many
    /// times worse than at the best estimates the worst figure may be.
    pub fn judge(
        &mut self,
        scenarios: &[&Scenario],
        reports: &[VariantReport],
        doubt: &mut f64,
    ) -> Verdict {
        let mut worst: Option<(f64, f64)> = None;
        let mut verdict = Verdict::Meets;
        for (scenario, report) in scenarios.iter().zip(reports) {
            for row in &report.limits {
                let Some(limit) = scenario.limits.iter().find(|limit| limit.text == row.limit)
                else {
                    continue;
                };
                let share = |value: f64| match limit.op {
                    LimitOp::AtMost => value / limit.value,
                    LimitOp::AtLeast => limit.value / value,
                };
                let stress = share(row.figure.value);
                let ends = row
                    .figure
                    .prediction
                    .map_or(f64::INFINITY, |ends| ends.into_iter().map(share).fold(0.0, f64::max));
                // Growth at the upper end of its range is itself only possible.
                let only_possible =
                    report.name.contains(" at most") && row.verdict == Verdict::Misses;
                let own = if only_possible { Verdict::Undecided } else { row.verdict };
                if own.severity() > verdict.severity() {
                    verdict = own;
                }
                if worst.is_none_or(|(_, high)| ends > high) {
                    worst = Some((stress, ends));
                    self.limit = Some(row.limit.clone());
                    self.subject = Some(row.subject.clone());
                    self.condition = Some(report.name.clone());
                }
            }
        }
        if let Some((stress, high)) = worst {
            self.stress = Some(stress);
            self.stress_high = Some(high).filter(|high| high.is_finite());
            if stress > 0.0 && high.is_finite() {
                *doubt = high / stress;
            }
        }
        verdict
    }

    /// Whether every limit is surely kept.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.state == SizeState::Simulated(Verdict::Meets)
    }

    fn words(&self) -> String {
        let by = match self.state {
            SizeState::NotPossible => "not possible".to_owned(),
            SizeState::Solved(verdict) => format!("{} (solved)", verdict.words()),
            SizeState::Simulated(verdict) => verdict.words().to_owned(),
        };
        let mark = match (self.chosen, self.runner_up) {
            (true, _) => "CHOSEN: ",
            (_, true) => "runner-up: ",
            _ => "",
        };
        format!("{mark}{by}")
    }
}

impl SizeReport {
    /// Version of the schema that a new report is of.
    pub const SCHEMA: u32 = SCHEMA_VERSION;

    /// The network that is chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<&SizeRow> {
        self.rows.iter().find(|row| row.chosen)
    }

    fn cost(&self, row: &SizeRow) -> String {
        match (&self.currency, row.price) {
            (Some(currency), Some(price)) => format!("{price} {currency}").trim().to_owned(),
            _ => format!("{} Gb/s in {} ports", row.bits_per_s / 1e9, row.ports),
        }
    }

    fn sentence(&self, row: &SizeRow, what: &str) -> String {
        let kept = match row.state {
            SizeState::Simulated(Verdict::Meets) => "every limit is kept in every condition",
            _ => "the limits are kept at the best estimates, but not surely",
        };
        let margin = match (row.stress, row.stress_high, &row.limit, &row.condition) {
            (Some(stress), high, Some(limit), Some(condition)) => format!(
                "; what binds is `{limit}` ({condition}), {} of it used{}",
                number::share(stress),
                high.map_or_else(String::new, |high| format!(", {} at most", number::share(high)))
            ),
            _ => String::new(),
        };
        let looked_at = row.looked_at.map_or_else(String::new, |of| format!("; {}", of.words()));
        format!("{what}: {} ({}); {kept}{margin}{looked_at}", row.network, self.cost(row))
    }
}

impl Document for SizeReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(1, self.title.clone())];
        blocks.push(Block::Cover(Box::new(self.cover())));
        let mut lines = Vec::new();
        match self.chosen() {
            Some(row) => lines.push(self.sentence(row, "The cheapest that is enough")),
            None => {
                lines.push(format!("No ports of the catalogue keep every limit on {}.", self.on()));
            }
        }
        let runner_up = self.rows.iter().find(|row| row.runner_up);
        lines.extend(runner_up.map(|row| self.sentence(row, "Runner-up")));
        blocks.push(Block::List(lines));
        blocks.push(Block::Text(format!(
            "Ports on {}, ordered by {}; {} dearer ones were not looked at. Calibration: {}.",
            self.on(),
            if self.currency.is_some() {
                "price"
            } else {
                "the Gb/s of all ports, then their number"
            },
            self.not_tried,
            self.calibration
        )));
        blocks.push(Block::Heading(2, "What was tried".to_owned()));
        blocks.push(Block::chart(self.frontier()));
        blocks.push(Block::Table(self.table()));
        if let Some(row) = self.chosen() {
            blocks.push(Block::Heading(2, "What it changes in the scenario".to_owned()));
            blocks.push(Block::List(row.settings.clone()));
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

impl SizeReport {
    /// The networks by name.
    fn on(&self) -> String {
        let names: Vec<String> = self.networks.iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [one] => format!("network {one}"),
            several => format!("networks {}", several.join(", ")),
        }
    }

    fn cover(&self) -> Cover {
        let chosen = self.chosen();
        let verdict = match chosen {
            Some(row) => {
                let tone = if row.is_sure() { Tone::Good } else { Tone::Unsure };
                Said::new(tone, self.sentence(row, "The cheapest that is enough"))
            }
            None => Said::new(Tone::Bad, "No network of the catalogue keeps every limit"),
        };
        let number = chosen.and_then(|row| {
            Some(Number {
                name: "of the limit that binds".to_owned(),
                value: number::share(row.stress?),
                interval: row.stress_high.map_or_else(String::new, |high| {
                    format!("{} at most, prediction", number::share(high))
                }),
                note: row.limit.clone().unwrap_or_default(),
            })
        });
        let runner_up = self.rows.iter().find(|row| row.runner_up);
        Cover {
            verdict: Some(verdict),
            number,
            beside: Vec::new(),
            binds: chosen
                .and_then(|row| Some(Item::new(row.subject.as_ref()?, row.limit.as_ref()?)))
                .into_iter()
                .collect(),
            changes: runner_up
                .map(|row| Item::new("the runner-up", self.sentence(row, "Runner-up")))
                .into_iter()
                .collect(),
            trust: vec![Said::new(Tone::Plain, self.calibration.clone())],
        }
    }

    /// Cost against how much of the limit that binds is used.
    fn frontier(&self) -> Chart {
        let cost = |row: &SizeRow| match (&self.currency, row.price) {
            (Some(_), Some(price)) => price,
            _ => row.bits_per_s / 8.0,
        };
        let point = |row: &SizeRow| {
            let stress = row.stress.filter(|stress| stress.is_finite())?;
            let told = format!("{}: {}, {}", row.network, self.cost(row), row.words());
            let tone = match row.state {
                SizeState::Simulated(Verdict::Meets) => Tone::Good,
                SizeState::Simulated(Verdict::Undecided) => Tone::Unsure,
                _ if stress > 1.0 => Tone::Bad,
                _ => Tone::Plain,
            };
            let name = if row.chosen { row.network.clone() } else { String::new() };
            let interval = row.stress_high.map(|high| [stress, high]);
            Some(Point { at: (cost(row), stress), interval, told, name, tone })
        };
        let mut frontier: Vec<(f64, f64)> = Vec::new();
        for row in &self.rows {
            let Some(stress) = row.stress.filter(|stress| stress.is_finite()) else { continue };
            if frontier.last().is_none_or(|(_, least)| stress < *least) {
                frontier.push((cost(row), stress));
            }
        }
        let priced = self.currency.is_some();
        let across = if priced {
            Axis {
                quantity: Quantity::Number("price"),
                ..Axis::of("price of all ports", Shown::Bits)
            }
        } else {
            Axis::log("rate of all ports", Shown::Bits)
        };
        let tones = [
            (Tone::Good, "kept, simulated"),
            (Tone::Unsure, "undecided, simulated"),
            (Tone::Bad, "broken"),
            (Tone::Plain, "kept by the solver"),
        ];
        Chart {
            title: "What more network buys".to_owned(),
            about: "Each network by its cost and by the share of the binding limit that it uses; \
                    above 100 % the limit is broken."
                .to_owned(),
            plot: Plot::Scatter(Scatter {
                across,
                up: Axis::share("share of the limit used"),
                points: self.rows.iter().filter_map(point).collect(),
                tones: tones.map(|(tone, words)| (tone, words.to_owned())).to_vec(),
                against: Against::Height(Line { at: 1.0, name: "the limit".to_owned() }),
                frontier,
            }),
        }
    }

    fn table(&self) -> Grid {
        let heads = ["network", "#cost", "verdict", "#of limit", "#at most", "what binds"];
        let mut grid = Grid::new(1, &heads);
        for row in &self.rows {
            let share = |of: Option<f64>| of.map_or_else(|| NOTHING.to_owned(), number::share);
            let binds = match (&row.limit, &row.subject, &row.condition) {
                _ if !row.why.is_empty() => row.why.clone(),
                (Some(limit), Some(subject), Some(condition)) => {
                    format!("{limit}: {subject} ({condition})")
                }
                _ => NOTHING.to_owned(),
            };
            grid.row(vec![
                row.network.clone(),
                self.cost(row),
                row.words(),
                share(row.stress),
                share(row.stress_high),
                binds,
            ]);
        }
        grid
    }
}

impl Kind for SizeReport {
    const KIND: &'static str = "size";
}

impl Render<SizeReport> for Csv {
    fn render(&self, report: &SizeReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        rows.enter(&report.networks.join(", "), "size");
        for row in &report.rows {
            rows.note(&row.network, "verdict", &row.words())?;
            rows.number(&row.network, "rate", "bits_per_second", row.bits_per_s, "")?;
            rows.whole(&row.network, "ports", "count", row.ports.into(), "")?;
            if let Some(price) = row.price {
                let currency = report.currency.as_deref().unwrap_or_default();
                rows.number(&row.network, "price", "price", price, currency)?;
            }
            let limit = row.limit.as_deref().unwrap_or_default();
            for (metric, stress) in [("share_of_limit", row.stress), ("at_most", row.stress_high)] {
                if let Some(stress) = stress {
                    rows.number(&row.network, metric, "fraction", stress, limit)?;
                }
            }
        }
        rows.finish()
    }
}
