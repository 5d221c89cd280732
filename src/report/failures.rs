//! What `fail` shows: every element failed, the worst first.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{self, Block, Document};
use super::json::Kind;
use super::number::{NOTHING, Shown, latency, plural};
use super::{Render, SCHEMA_VERSION, pages};
use crate::timeline::Damage;

/// Rows shown to people; the machine formats have them all.
const SHOWN: usize = 30;

/// Failures of the variants of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailuresReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// Scenario file.
    pub scenario: String,
    /// Version of csvnet.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
    /// Whether any parameter was fitted to measurements: the words for page one.
    pub calibration: String,
    /// By variant.
    pub variants: Vec<FailuresOf>,
}

/// Failures of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailuresOf {
    /// Variant.
    pub name: String,
    /// What nothing that fails leaves, then the failures, the worst first.
    pub rows: Vec<FailureRow>,
}

/// What a failure leaves once the cluster has got over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailureRow {
    /// What has failed; nothing in the first row.
    pub elements: Vec<String>,
    /// Whether the cluster has stopped for want of votes.
    pub stopped: bool,
    /// Machines that are off.
    pub machines_off: usize,
    /// Machines that run and have a disk that does not answer.
    pub machines_waiting: usize,
    /// The longest time in seconds that a machine was out of use within the hour.
    pub out_of_use_s: f64,
    /// The busiest port that may carry CSV traffic.
    pub port: Option<String>,
    /// Its busy share.
    pub utilisation: Option<f64>,
    /// Redirected payload bytes a second.
    pub redirected_bytes_per_s: f64,
    /// Highest mean latency of a load in seconds; infinite (null) where a queue grows without
    /// limit.
    pub latency_s: f64,
}

impl From<Damage> for FailureRow {
    fn from(of: Damage) -> Self {
        let (port, utilisation) = of.busiest.unzip();
        Self {
            elements: of.elements,
            stopped: of.stopped,
            machines_off: of.off,
            machines_waiting: of.waiting,
            out_of_use_s: of.out_of_use_s,
            port,
            utilisation,
            redirected_bytes_per_s: of.redirected_bytes_per_s,
            latency_s: of.latency_s,
        }
    }
}

impl FailureRow {
    /// Its numbers as rows of a long table.
    pub(super) fn csv(&self, what: &str, rows: &mut Rows<'_>) -> io::Result<()> {
        rows.whole(what, "machines_off", "count", self.machines_off as u64, "")?;
        rows.whole(what, "machines_waiting", "count", self.machines_waiting as u64, "")?;
        rows.number(what, "out_of_use", "seconds", self.out_of_use_s, "")?;
        if let Some(busy) = self.utilisation {
            let port = self.port.as_deref().unwrap_or_default();
            rows.number(what, "csv_port_utilisation", "fraction", busy, port)?;
        }
        let redirected = self.redirected_bytes_per_s;
        rows.number(what, "redirected", "bytes_per_second", redirected, "")?;
        rows.number(what, "latency_mean_highest", "seconds", self.latency_s, "")
    }
}

impl FailuresReport {
    /// The report of some variants.
    #[must_use]
    pub fn new(
        title: String,
        scenario: String,
        command: String,
        calibration: String,
        variants: Vec<FailuresOf>,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let schema_version = SCHEMA_VERSION;
        Self { schema_version, title, scenario, version, command, calibration, variants }
    }
}

impl Document for FailuresReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Plain(self.calibration.clone()),
            answers(self),
            Block::Cover(Box::new(pages::failures_cover(self))),
            Block::Text(
                "What each failure leaves, the worst first: an hour later, every load, backup and \
                 traffic at its full level, those with `when` too, by the approximate solver. Out \
                 of use is the longest time that a machine was off, or its I/O waited, within that \
                 hour. What is worse: a stopped cluster, then machines off, machines that wait, a \
                 queue without limit, time out of use, then how much latency or the busiest port \
                 rise."
                    .to_owned(),
            ),
        ];
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            blocks.extend(pages::failure_charts(variant));
            blocks.push(Block::Table(table(&variant.rows)));
            if variant.rows.len() > SHOWN {
                let more = plural(variant.rows.len() - SHOWN, "failure");
                blocks
                    .push(Block::Plain(format!("{more} more, none worse; JSON and CSV have all.")));
            }
        }
        let made = format!("csvnet {}, scenario {}.", self.version, self.scenario);
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

/// Which failure is worst, of each variant.
fn answers(report: &FailuresReport) -> Block {
    if let [of] = report.variants.as_slice() {
        return Block::Text(pages::failures_answer(of).unwrap_or_default());
    }
    let one = |of: &FailuresOf| Some(format!("{}: {}", of.name, pages::failures_answer(of)?));
    Block::List(report.variants.iter().filter_map(one).collect())
}

fn table(rows: &[FailureRow]) -> Grid {
    let heads = [
        "fails",
        "#off",
        "#wait",
        "#out of use",
        "busiest port",
        "#busy",
        "#redirected",
        "#latency",
    ];
    let mut grid = Grid::new(1, &heads);
    grid.shown = Some(SHOWN);
    for row in rows {
        let what = if row.elements.is_empty() {
            "(nothing)".to_owned()
        } else {
            row.elements.join(" and ")
        };
        let what = if row.stopped { format!("{what}: the cluster stops") } else { what };
        let count = |n: usize| if n == 0 { NOTHING.to_owned() } else { n.to_string() };
        let idle = row.utilisation.is_none_or(|busy| busy <= 0.0);
        grid.row(vec![
            what,
            count(row.machines_off),
            count(row.machines_waiting),
            format!("{:.0} s", row.out_of_use_s),
            if idle { NOTHING.to_owned() } else { row.port.clone().unwrap_or_default() },
            row.utilisation.map_or_else(|| NOTHING.to_owned(), |busy| Shown::Percent.text(busy)),
            Shown::Bytes.text(row.redirected_bytes_per_s),
            // Where all is off there is none.
            if row.latency_s == 0.0 { NOTHING.to_owned() } else { latency(row.latency_s) },
        ]);
    }
    grid
}

impl Kind for FailuresReport {
    const KIND: &'static str = "failures";
}

impl Render<FailuresReport> for Csv {
    fn render(&self, report: &FailuresReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for variant in &report.variants {
            rows.enter(&variant.name, "failures");
            for row in &variant.rows {
                row.csv(&row.elements.join(" and "), &mut rows)?;
            }
        }
        rows.finish()
    }
}
