//! What `headroom` shows: how much each load can grow, and what would change that.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::chart::{self, Axis, Chart, Plot, Tone, Tornado};
use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Cover, Document, Item, Number, Said};
use super::json::Kind;
use super::model::{AssumptionRow, RunInfo};
use super::number::{self, NOTHING, Shown};
use super::{Render, SCHEMA_VERSION};
use crate::plan::{CARRIED, Room, Swing};
use crate::provenance::FrozenParameters;
use crate::scenario::Limit;
use crate::units::format_as;

/// Room for growth.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeadroomReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// How the runs were made.
    pub run: RunInfo,
    /// Whether any parameter was fitted to measurements.
    pub calibration: String,
    /// Room by variant, condition and load.
    pub rows: Vec<HeadroomRow>,
    /// When growth has used it up, by variant.
    pub months: Vec<MonthsRow>,
    /// What would change the room of all loads together, the most influential first.
    pub swings: Vec<SwingRow>,
    /// What else is to be told.
    pub notes: Vec<String>,
    /// The assumptions that carry the figures, the most influential first.
    pub assumptions: Vec<AssumptionRow>,
    /// What the reader must know before trusting a number.
    pub warnings: Vec<String>,
    /// True when the search was interrupted and shows what it had.
    pub partial: bool,
}

/// How far loads can grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct HeadroomRow {
    /// Variant.
    pub variant: String,
    /// Condition: as it is, or after a failure.
    pub condition: String,
    /// The load that grows.
    pub load: String,
    /// Times the load at which the first limit is reached; none (null) where none is reached within
    /// 64 times, zero where it is broken even with a 64th.
    pub times: Option<f64>,
    /// Low and high end of that, from the prediction interval of the figure that binds; an end is
    /// none (null) as above.
    pub prediction: [Option<f64>; 2],
    /// The limit that binds, or that the rate asked for is carried.
    pub limit: Option<String>,
    /// What it is held against.
    pub subject: Option<String>,
    /// The busiest resource there, or at 64 times the load where no limit is reached.
    pub busiest: Option<String>,
    /// Its busy share.
    pub busy: Option<f64>,
}

/// When growth has used up the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MonthsRow {
    /// Variant.
    pub variant: String,
    /// Months until a limit is broken with the growth stated; none within 50 years.
    pub central: Option<u32>,
    /// With the highest growth of its range.
    pub earliest: Option<u32>,
    /// With the lowest.
    pub latest: Option<u32>,
}

/// What a parameter does to the room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SwingRow {
    /// Variant.
    pub variant: String,
    /// Parameter.
    pub parameter: String,
    /// The ends of its range, with unit.
    pub ends: [String; 2],
    /// Times the load at these ends; none (null) as in the rows.
    pub times: [Option<f64>; 2],
}

fn finite(times: f64) -> Option<f64> {
    times.is_finite().then_some(times)
}

impl HeadroomRow {
    /// A row of a room and the ends of its interval.
    #[must_use]
    pub fn of(
        variant: &str,
        (condition, load): (&str, &str),
        room: &Room,
        ends: [f64; 2],
        limits: &[Limit],
    ) -> Self {
        let binding = room.binding.as_ref();
        let low = ends[0].min(room.times);
        Self {
            variant: variant.to_owned(),
            condition: condition.to_owned(),
            load: load.to_owned(),
            times: finite(room.times),
            prediction: [finite(low), finite(ends[1].max(room.times))],
            limit: binding.map(|of| match of.limit.and_then(|place| limits.get(place)) {
                Some(limit) => limit.text.clone(),
                None => CARRIED.to_owned(),
            }),
            subject: binding.map(|of| of.subject.clone()),
            busiest: room.busiest.as_ref().map(|(name, _)| name.clone()),
            busy: room.busiest.as_ref().map(|(_, busy)| *busy),
        }
    }
}

impl SwingRow {
    /// A row of a swing.
    #[must_use]
    pub fn of(variant: &str, swing: &Swing, parameters: &FrozenParameters) -> Self {
        let of = parameters.parameter(swing.parameter);
        Self {
            variant: variant.to_owned(),
            parameter: of.name.clone(),
            ends: [of.low, of.high].map(|end| format_as(of.kind, end)),
            times: swing.times.map(finite),
        }
    }
}

/// A multiple of the load as people say it.
fn growth(times: Option<f64>) -> String {
    match times {
        None => "> 64x".to_owned(),
        Some(0.0) => "no room".to_owned(),
        Some(times) if times >= 3.0 => format!("{}x", number::digits(times, 2)),
        Some(times) => number::difference(times - 1.0),
    }
}

fn interval(ends: [Option<f64>; 2]) -> String {
    let [low, high] = ends.map(growth);
    if low == high { format!("[{low}]") } else { format!("[{low}, {high}]") }
}

impl HeadroomReport {
    /// Version of the schema that a new report is of.
    pub const SCHEMA: u32 = SCHEMA_VERSION;

    /// What is busiest at the highest load that was tried.
    fn busiest(row: &HeadroomRow) -> String {
        match (&row.busiest, row.busy) {
            (Some(busiest), Some(busy)) => {
                format!(" (then {busiest} is the busiest, {})", number::share(busy))
            }
            _ => String::new(),
        }
    }

    /// What does not carry a rate.
    fn bound_by(row: &HeadroomRow) -> String {
        match &row.busiest {
            Some(busiest) if row.limit.as_deref() == Some(CARRIED) => format!(", at {busiest}"),
            _ => String::new(),
        }
    }

    fn sentence(row: &HeadroomRow) -> String {
        let HeadroomRow { variant, condition, load, limit, subject, .. } = row;
        let head = format!("{variant}, {condition}, {load}");
        let ends = interval(row.prediction);
        let (Some(limit), Some(subject)) = (limit, subject) else {
            return format!("{head}: {FREE} {ends}{}", Self::busiest(row));
        };
        let subject = format!("{subject}{}", Self::bound_by(row));
        match row.times {
            Some(times) if times < 1.0 => format!(
                "{head}: too much already; `{limit}` ({subject}) is kept at {} of the load {ends}",
                number::share(times)
            ),
            times => {
                format!("{head}: {} {ends}, then `{limit}` ({subject}) is broken", growth(times))
            }
        }
    }
}

impl HeadroomReport {
    fn cover(&self) -> Cover {
        let Some(first) = self.rows.first() else { return Cover::default() };
        let least = self.rows.iter().filter(|row| row.load == ALL_LOADS).min_by(|a, b| {
            let times = |row: &HeadroomRow| row.times.unwrap_or(f64::INFINITY);
            times(a).total_cmp(&times(b))
        });
        let least = least.unwrap_or(first);
        let tone = match (least.times, least.prediction[0]) {
            (Some(times), _) if times < 1.0 => Tone::Bad,
            (_, Some(low)) if low < 1.0 => Tone::Unsure,
            _ => Tone::Good,
        };
        Cover {
            verdict: Some(Said::new(tone, Self::sentence(least))),
            number: Some(Number {
                name: "room for growth".to_owned(),
                value: growth(least.times),
                interval: format!("{} prediction", interval(least.prediction)),
                note: format!("{}, {}", least.variant, least.condition),
            }),
            beside: Vec::new(),
            binds: least.busiest.iter().map(|busiest| Item::new(busiest, "the busiest")).collect(),
            changes: self
                .swings
                .iter()
                .take(3)
                .map(|row| Item::new(&row.parameter, row.times.map(growth).join(" to ")))
                .collect(),
            trust: vec![Said::new(Tone::Plain, self.calibration.clone())],
        }
    }

    /// What parameters do to the room, as changes of it.
    fn drawn(&self) -> Option<Chart> {
        let variant = &self.swings.first()?.variant;
        let base = self.rows.iter().find(|row| row.variant == *variant)?.times?;
        let effect = |times: Option<f64>| times.map_or(f64::INFINITY, |times| times / base - 1.0);
        let own = self.swings.iter().filter(|row| row.variant == *variant);
        let rows = own.map(|row| chart::Swing {
            name: row.parameter.clone(),
            ends: row.ends.clone(),
            effects: row.times.map(effect),
        });
        Some(Chart {
            title: "What would change the room for growth".to_owned(),
            about: format!("Change of the room of {variant} at either end of each parameter."),
            plot: Plot::Tornado(Tornado {
                across: Axis::of("change of the room", Shown::Percent),
                rows: rows.collect(),
            }),
        })
    }
}

/// What is said where nothing binds.
const FREE: &str = "no limit is reached within 64 times the load";
/// What the rows of everything together are called.
pub(crate) const ALL_LOADS: &str = "all loads together";

impl Document for HeadroomReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(1, self.title.clone())];
        blocks.push(Block::Cover(Box::new(self.cover())));
        blocks.push(Block::Text(format!(
            "How much the loads can grow before a limit is broken. Rates and limits of loads grow \
             in proportion, outstanding I/Os are rounded. Calibration: {}.",
            self.calibration
        )));
        let whole = self.rows.iter().filter(|row| row.load == ALL_LOADS);
        let (bound, free): (Vec<_>, Vec<_>) = whole.partition(|row| row.limit.is_some());
        let mut lines: Vec<String> = bound.into_iter().map(Self::sentence).collect();
        if !free.is_empty() {
            let heads = free.iter().map(|row| {
                let (ends, busiest) = (interval(row.prediction), Self::busiest(row));
                format!("{}, {} {ends}{busiest}", row.variant, row.condition)
            });
            let heads: Vec<String> = heads.collect();
            lines.push(format!("{}: {FREE}", heads.join("; ")));
        }
        blocks.push(Block::List(lines));
        for row in &self.months {
            let month = |of: Option<u32>| {
                of.map_or_else(|| "not within 50 years".to_owned(), |of| format!("month {of}"))
            };
            blocks.push(Block::Text(format!(
                "{}: with the growth stated, at the peak of every curve, a limit is broken first \
                 in: {} [{}, {}].",
                row.variant,
                month(row.central),
                month(row.earliest),
                month(row.latest)
            )));
        }
        blocks.push(Block::Heading(2, "Room for growth".to_owned()));
        blocks.push(Block::Table(rooms(&self.rows)));
        if !self.swings.is_empty() {
            blocks.push(Block::Heading(2, "What would change it".to_owned()));
            blocks.extend(self.drawn().map(Block::chart));
            blocks.push(Block::Table(swings(&self.swings)));
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

fn rooms(rows: &[HeadroomRow]) -> Grid {
    let heads =
        ["variant", "condition", "load", "#room", "#prediction", "first limit", "busiest", "#busy"];
    let mut grid = Grid::new(3, &heads);
    for row in rows {
        let text = |of: &Option<String>| of.clone().unwrap_or_else(|| NOTHING.to_owned());
        let limit = match (&row.limit, &row.subject) {
            (Some(limit), Some(subject)) => format!("{limit} ({subject})"),
            _ => NOTHING.to_owned(),
        };
        grid.row(vec![
            row.variant.clone(),
            row.condition.clone(),
            row.load.clone(),
            growth(row.times),
            interval(row.prediction),
            limit,
            text(&row.busiest),
            row.busy.map_or_else(|| NOTHING.to_owned(), number::share),
        ]);
    }
    grid
}

fn swings(rows: &[SwingRow]) -> Grid {
    let heads = ["variant", "parameter", "low end", "#room", "high end", "#room there"];
    let mut grid = Grid::new(2, &heads);
    for row in rows {
        let [low, high] = row.times.map(growth);
        let [from, to] = row.ends.clone();
        grid.row(vec![row.variant.clone(), row.parameter.clone(), from, low, to, high]);
    }
    grid
}

impl Kind for HeadroomReport {
    const KIND: &'static str = "headroom";
}

impl Render<HeadroomReport> for Csv {
    fn render(&self, report: &HeadroomReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for row in &report.rows {
            rows.enter(&row.variant, "headroom");
            let subject = format!("{}, {}", row.condition, row.load);
            let note = row.limit.as_deref().unwrap_or("no limit within 64 times");
            let known = |of: Option<f64>| of.unwrap_or(f64::INFINITY);
            rows.number(&subject, "times", "times", known(row.times), note)?;
            rows.number(&subject, "times_low", "times", known(row.prediction[0]), "")?;
            rows.number(&subject, "times_high", "times", known(row.prediction[1]), "")?;
        }
        for row in &report.swings {
            rows.enter(&row.variant, "tornado");
            let known = row.times.map(|of| of.unwrap_or(f64::INFINITY));
            rows.number(&row.parameter, "times_at_low_end", "times", known[0], &row.ends[0])?;
            rows.number(&row.parameter, "times_at_high_end", "times", known[1], &row.ends[1])?;
        }
        for row in &report.months {
            rows.enter(&row.variant, "months");
            for (metric, months) in
                [("central", row.central), ("earliest", row.earliest), ("latest", row.latest)]
            {
                if let Some(months) = months {
                    rows.whole("until a limit is broken", metric, "months", months.into(), "")?;
                }
            }
        }
        rows.finish()
    }
}
