//! What `fail` shows: every element failed, the worst first.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Document};
use super::json::Kind;
use super::number::{NOTHING, Shown, plural};
use super::{Render, SCHEMA_VERSION};
use crate::timeline::Damage;

/// Rows shown to people; the machine formats have them all.
const SHOWN: usize = 30;

/// Failures of the variants of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailuresReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// Scenario file.
    pub scenario: String,
    /// The command that repeats it.
    pub command: String,
    /// By variant.
    pub variants: Vec<FailuresOf>,
}

/// Failures of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FailuresOf {
    /// Variant.
    pub name: String,
    /// What nothing that fails leaves, then the failures, the worst first.
    pub rows: Vec<FailureRow>,
}

/// What a failure leaves once the cluster has got over it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl FailuresReport {
    /// The report of some variants.
    #[must_use]
    pub const fn new(
        title: String,
        scenario: String,
        command: String,
        variants: Vec<FailuresOf>,
    ) -> Self {
        Self { schema_version: SCHEMA_VERSION, title, scenario, command, variants }
    }
}

impl Document for FailuresReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Text(
                "What each failure leaves, the worst first: an hour later, every load at its full \
                 level, by the approximate solver. Out of use is the longest time that a machine \
                 was off, or its I/O waited, within that hour."
                    .to_owned(),
            ),
        ];
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            blocks.push(Block::Table(table(&variant.rows)));
            if variant.rows.len() > SHOWN {
                let more = plural(variant.rows.len() - SHOWN, "failure");
                blocks
                    .push(Block::Text(format!("{more} more, none worse; JSON and CSV have all.")));
            }
        }
        blocks.push(Block::Command(self.command.clone()));
        blocks
    }
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
    for row in rows.iter().take(SHOWN) {
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
            if row.latency_s.is_finite() {
                Shown::Seconds.text(row.latency_s)
            } else {
                "without limit".to_owned()
            },
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
                let what = row.elements.join(" and ");
                rows.whole(&what, "machines_off", "count", row.machines_off as u64, "")?;
                rows.whole(&what, "machines_waiting", "count", row.machines_waiting as u64, "")?;
                rows.number(&what, "out_of_use", "seconds", row.out_of_use_s, "")?;
                if let Some(busy) = row.utilisation {
                    let port = row.port.as_deref().unwrap_or_default();
                    rows.number(&what, "csv_port_utilisation", "fraction", busy, port)?;
                }
                let redirected = row.redirected_bytes_per_s;
                rows.number(&what, "redirected", "bytes_per_second", redirected, "")?;
                rows.number(&what, "latency_mean_highest", "seconds", row.latency_s, "")?;
            }
        }
        rows.finish()
    }
}
