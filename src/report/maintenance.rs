//! What `maintenance` shows: every node drained, the worst first.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Document};
use super::failures::FailureRow;
use super::json::Kind;
use super::number::{NOTHING, Shown, amount, lasting, latency, plural};
use super::{Render, SCHEMA_VERSION};
use crate::scenario::Scenario;
use crate::timeline::Drain;

/// Rows shown to people; the machine formats have them all.
const SHOWN: usize = 30;
/// Things that could not be done, shown to people.
const REFUSED: usize = 12;

/// Drains of the variants of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MaintenanceReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Title of the scenario.
    pub title: String,
    /// Scenario file.
    pub scenario: String,
    /// The command that repeats it.
    pub command: String,
    /// By variant.
    pub variants: Vec<MaintenanceOf>,
}

/// Drains of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MaintenanceOf {
    /// Variant.
    pub name: String,
    /// The state in which nothing is drained, then the drains, the worst first.
    pub rows: Vec<DrainRow>,
}

/// A node drained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DrainRow {
    /// The node; none where nothing is drained.
    pub node: Option<String>,
    /// Machines that leave it.
    pub machines_moved: usize,
    /// Machines that stay, and go down with it.
    pub machines_stay: usize,
    /// Volumes that stay.
    pub volumes_stay: usize,
    /// Seconds until the last machine has left.
    pub takes_s: f64,
    /// Bytes of memory sent, before compression.
    pub sent_bytes: f64,
    /// The longest time in seconds that a machine stands still at the end of its migration.
    pub still_s: f64,
    /// The busiest port that may carry CSV traffic, at the worst of the drain.
    pub port_meanwhile: Option<String>,
    /// Its busy share.
    pub utilisation_meanwhile: Option<f64>,
    /// Highest mean latency of a load meanwhile, in seconds; infinite (null) where a queue grows
    /// without limit.
    pub latency_meanwhile_s: f64,
    /// What could not be done.
    pub refused: Vec<String>,
    /// What is left once the node is empty.
    pub after: FailureRow,
}

impl DrainRow {
    /// What came of a drain.
    #[must_use]
    pub fn of(scenario: &Scenario, of: Drain) -> Self {
        let (port_meanwhile, utilisation_meanwhile) = of.busiest.unzip();
        Self {
            node: of.node.map(|node| scenario.cluster.nodes[node].name.clone()),
            machines_moved: of.moved,
            machines_stay: of.stay,
            volumes_stay: of.volumes_stay,
            takes_s: of.takes_s,
            sent_bytes: of.sent_bytes,
            still_s: of.still_s,
            port_meanwhile,
            utilisation_meanwhile,
            latency_meanwhile_s: of.latency_s,
            refused: of.refused,
            after: of.after.into(),
        }
    }
}

impl MaintenanceReport {
    /// The report of some variants.
    #[must_use]
    pub const fn new(
        title: String,
        scenario: String,
        command: String,
        variants: Vec<MaintenanceOf>,
    ) -> Self {
        Self { schema_version: SCHEMA_VERSION, title, scenario, command, variants }
    }
}

impl Document for MaintenanceReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Text(
                "Each node drained in turn, the worst first, every load at its full level, by the \
                 approximate solver. Meanwhile is the worst until the last machine has left, \
                 after is once the node is empty. What stays on it goes down with it."
                    .to_owned(),
            ),
        ];
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            variant.blocks(&mut blocks);
        }
        blocks.push(Block::Command(self.command.clone()));
        blocks
    }
}

impl MaintenanceOf {
    /// The worst drain in words.
    fn verdict(&self) -> Option<String> {
        let (now, worst) = (self.rows.first()?, self.rows.get(1)?);
        let node = worst.node.as_deref()?;
        let stays = match worst.machines_stay {
            0 => String::new(),
            1 => " 1 machine stays and goes down with it;".to_owned(),
            more => format!(" {more} machines stay and go down with it;"),
        };
        let port = worst.port_meanwhile.as_deref().zip(worst.utilisation_meanwhile);
        let port = port.filter(|(_, busy)| *busy > 0.0).map_or_else(String::new, |(port, busy)| {
            format!(" {port} is {} busy and", Shown::Percent.text(busy))
        });
        Some(format!(
            "The worst is {node}:{stays} it takes {}; meanwhile{port} the slowest load has a mean \
             latency of {}, where it has {} now and {} after.",
            lasting(worst.takes_s),
            latency(worst.latency_meanwhile_s),
            latency(now.after.latency_s),
            latency(worst.after.latency_s),
        ))
    }

    fn blocks(&self, blocks: &mut Vec<Block>) {
        blocks.extend(self.verdict().map(Block::Text));
        let mut leaving = Grid::new(1, &["drained", "#machines", "#stay", "#takes", "#sent"]);
        let mut load = Grid::new(
            1,
            &[
                "drained",
                "#busy meanwhile",
                "#busy after",
                "#redirected",
                "#latency meanwhile",
                "#after",
            ],
        );
        for row in self.rows.iter().take(SHOWN) {
            let node = row.node.clone().unwrap_or_else(|| "(nothing)".to_owned());
            let stay = match (row.machines_stay, row.volumes_stay) {
                (0, 0) => NOTHING.to_owned(),
                (machines, 0) => machines.to_string(),
                (machines, volumes) => format!("{machines} and {}", plural(volumes, "volume")),
            };
            if row.node.is_some() {
                leaving.row(vec![
                    node.clone(),
                    row.machines_moved.to_string(),
                    stay,
                    if row.takes_s > 0.0 { lasting(row.takes_s) } else { NOTHING.to_owned() },
                    if row.sent_bytes > 0.0 { amount(row.sent_bytes) } else { NOTHING.to_owned() },
                ]);
            }
            let busy = |busy: Option<f64>| {
                busy.map_or_else(|| NOTHING.to_owned(), |busy| Shown::Percent.text(busy))
            };
            load.row(vec![
                node,
                busy(row.utilisation_meanwhile),
                busy(row.after.utilisation),
                Shown::Bytes.text(row.after.redirected_bytes_per_s),
                latency(row.latency_meanwhile_s),
                latency(row.after.latency_s),
            ]);
        }
        blocks.push(Block::Table(leaving));
        blocks.push(Block::Table(load));
        if self.rows.len() > SHOWN {
            let more = plural(self.rows.len() - SHOWN, "node");
            blocks.push(Block::Text(format!("{more} more, none worse; JSON and CSV have all.")));
        }
        let refused: Vec<String> = self
            .rows
            .iter()
            .filter_map(|row| Some((row.node.as_ref()?, &row.refused)))
            .flat_map(|(node, refused)| refused.iter().map(move |text| format!("{node}: {text}")))
            .collect();
        if !refused.is_empty() {
            blocks.push(Block::Heading(3, "What could not be done".to_owned()));
            let more = refused.len().saturating_sub(REFUSED);
            let mut shown: Vec<String> = refused.into_iter().take(REFUSED).collect();
            if more > 0 {
                shown.push(format!("and {more} more"));
            }
            blocks.push(Block::List(shown));
        }
    }
}

impl Kind for MaintenanceReport {
    const KIND: &'static str = "maintenance";
}

impl Render<MaintenanceReport> for Csv {
    fn render(&self, report: &MaintenanceReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        for variant in &report.variants {
            rows.enter(&variant.name, "drains");
            for row in &variant.rows {
                let what = row.node.as_deref().unwrap_or_default();
                rows.whole(what, "machines_moved", "count", row.machines_moved as u64, "")?;
                rows.whole(what, "machines_stay", "count", row.machines_stay as u64, "")?;
                rows.whole(what, "volumes_stay", "count", row.volumes_stay as u64, "")?;
                rows.number(what, "takes", "seconds", row.takes_s, "")?;
                rows.number(what, "sent", "bytes", row.sent_bytes, "")?;
                rows.number(what, "still", "seconds", row.still_s, "")?;
                if let Some(busy) = row.utilisation_meanwhile {
                    let port = row.port_meanwhile.as_deref().unwrap_or_default();
                    rows.number(what, "csv_port_utilisation_meanwhile", "fraction", busy, port)?;
                }
                let latency = row.latency_meanwhile_s;
                rows.number(what, "latency_mean_highest_meanwhile", "seconds", latency, "")?;
                row.after.csv(what, &mut rows)?;
                for text in &row.refused {
                    rows.note(what, "refused", text)?;
                }
            }
        }
        rows.finish()
    }
}
