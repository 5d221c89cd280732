//! What `maintenance` shows: every node drained, the worst first.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{self, Block, Document};
use super::failures::FailureRow;
use super::json::Kind;
use super::number::{NOTHING, Shown, amount, lasting, latency, plural};
use super::{Render, SCHEMA_VERSION, pages};
use crate::scenario::Scenario;
use crate::timeline::{Drain, coming_and_going};

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
    /// Version of csvnet.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
    /// Whether any parameter was fitted to measurements: the words for page one.
    pub calibration: String,
    /// By variant.
    pub variants: Vec<MaintenanceOf>,
    /// True when it was interrupted and shows the nodes that were drained by then.
    pub partial: bool,
}

/// Drains of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MaintenanceOf {
    /// Variant.
    pub name: String,
    /// The state in which nothing is drained, then the drains, the worst first.
    pub rows: Vec<DrainRow>,
    /// Loads, backups and traffic with `when`: they are taken to be away.
    pub away: Vec<String>,
    /// Nodes that an interruption left out.
    pub left_out: Vec<String>,
    /// Seconds that the drains take one after the other.
    pub all_take_s: f64,
    /// Bytes that all of them send over the network, one way.
    pub all_send_bytes: f64,
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
    /// Bytes sent over the network: memory and what was written to it meanwhile, after compression,
    /// without headers.
    pub sent_bytes: f64,
    /// The longest time in seconds that a machine stands still at the end of its migration.
    pub still_s: f64,
    /// The port that may carry CSV traffic with the busiest second of the drain.
    pub port_meanwhile: Option<String>,
    /// Its busy share in that second.
    pub utilisation_meanwhile: Option<f64>,
    /// Highest mean latency of a load over a second of the drain, weighted by I/Os, in seconds;
    /// infinite (null) where a queue grows without limit for as long.
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
    /// The report of some variants; `partial` where an interruption left some of them out.
    #[must_use]
    pub fn new(
        title: String,
        scenario: String,
        command: String,
        calibration: String,
        variants: Vec<MaintenanceOf>,
        partial: bool,
    ) -> Self {
        let partial = partial || variants.iter().any(|of| !of.left_out.is_empty());
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let schema_version = SCHEMA_VERSION;
        Self { schema_version, title, scenario, version, command, calibration, variants, partial }
    }
}

impl Document for MaintenanceReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks =
            vec![Block::Heading(1, self.title.clone()), Block::Plain(self.calibration.clone())];
        if self.partial {
            blocks.push(Block::Text(pages::maintenance_left_out(self)));
        }
        blocks.push(Block::Cover(Box::new(pages::maintenance_cover(self))));
        blocks.push(Block::Text(
            "Each node drained in turn, the worst first, by the approximate solver. Every load, \
             backup and traffic is at its full level, but those with `when` are away. Meanwhile \
             is the busiest second until the last machine has left, for latency weighted by I/Os; \
             after is once the node is empty. What stays on it goes down with it. Bytes over the \
             network are those of memory on its way out, after compression; the way back is as \
             much again."
                .to_owned(),
        ));
        for variant in &self.variants {
            if self.variants.len() > 1 {
                blocks.push(Block::Heading(2, variant.name.clone()));
            }
            variant.blocks(&mut blocks);
        }
        let made = format!("csvnet {}, scenario {}.", self.version, self.scenario);
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

impl MaintenanceOf {
    /// What came of the drains of a variant.
    #[must_use]
    pub fn of(name: &str, scenario: &Scenario, drains: Vec<Drain>) -> Self {
        let done: Vec<_> = drains.iter().filter_map(|drain| drain.node).collect();
        let nodes = scenario.cluster.nodes.iter_ids().filter(|(node, _)| !done.contains(node));
        Self {
            name: name.to_owned(),
            away: coming_and_going(scenario),
            left_out: nodes.map(|(_, node)| node.name.clone()).collect(),
            // A sum of nothing is minus zero.
            all_take_s: drains.iter().map(|drain| drain.takes_s).sum::<f64>() + 0.0,
            all_send_bytes: drains.iter().map(|drain| drain.sent_bytes).sum::<f64>() + 0.0,
            rows: drains.into_iter().map(|drain| DrainRow::of(scenario, drain)).collect(),
        }
    }

    /// The worst drain in words.
    pub(super) fn verdict(&self) -> Option<String> {
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
            "The worst is {node}:{stays} it takes {}; in the busiest second{port} the slowest load \
             has a mean latency of {}, where it has {} now and {} after.",
            lasting(worst.takes_s),
            latency(worst.latency_meanwhile_s),
            latency(now.after.latency_s),
            latency(worst.after.latency_s),
        ))
    }

    /// What all drains together take.
    pub(super) fn all(&self) -> Option<String> {
        let drained = self.rows.iter().filter(|row| row.node.is_some()).count();
        (drained > 0).then(|| {
            format!(
                "Draining {}{} takes {} at least and sends {} over the \
                 network. Not in it: installing, restarting, the way back of the machines, copies \
                 to be brought up to date.",
                plural(drained, "node"),
                if drained > 1 { ", one after the other," } else { "" },
                lasting(self.all_take_s),
                amount(self.all_send_bytes),
            )
        })
    }

    /// What is taken to be away.
    pub(super) fn taken_away(&self) -> Option<String> {
        (!self.away.is_empty()).then(|| {
            format!(
                "Away, since it comes and goes (`when`): {}. `csvnet timeline` with a drain while \
                 it runs tells of both together.",
                self.away.join(", ")
            )
        })
    }

    fn blocks(&self, blocks: &mut Vec<Block>) {
        blocks.extend(self.verdict().map(Block::Text));
        blocks.extend(self.all().map(Block::Text));
        blocks.extend(self.taken_away().map(Block::Text));
        blocks.extend(pages::maintenance_chart(self));
        let mut leaving =
            Grid::new(1, &["drained", "#machines", "#stay", "#takes", "#over the network"]);
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
            rows.number("all", "takes", "seconds", variant.all_take_s, "")?;
            rows.number("all", "sent", "bytes", variant.all_send_bytes, "")?;
            for node in &variant.left_out {
                rows.note(node, "left_out", "interrupted before it was drained")?;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Markdown;

    fn row(node: Option<&str>, takes_s: f64, sent_bytes: f64) -> DrainRow {
        let after = FailureRow {
            elements: Vec::new(),
            stopped: false,
            machines_off: 0,
            machines_waiting: 0,
            out_of_use_s: 0.0,
            port: Some("HV1/p/tx".to_owned()),
            utilisation: Some(0.02),
            redirected_bytes_per_s: 0.0,
            latency_s: 348e-6,
        };
        DrainRow {
            node: node.map(str::to_owned),
            machines_moved: 3,
            machines_stay: 0,
            volumes_stay: 0,
            takes_s,
            sent_bytes,
            still_s: 0.0,
            port_meanwhile: Some("HV1/p/tx".to_owned()),
            utilisation_meanwhile: Some(0.19),
            latency_meanwhile_s: 351e-6,
            refused: Vec::new(),
            after,
        }
    }

    fn report(left_out: &[&str]) -> MaintenanceReport {
        let of = MaintenanceOf {
            name: "base".to_owned(),
            rows: vec![
                row(None, 0.0, 0.0),
                row(Some("HV1"), 90.0, 5e9),
                row(Some("HV2"), 30.0, 2e9),
            ],
            away: vec!["backup nightly".to_owned()],
            left_out: left_out.iter().map(|node| (*node).to_owned()).collect(),
            all_take_s: 120.0,
            all_send_bytes: 7e9,
        };
        let text = str::to_owned;
        let words = text("not calibrated: no parameter was fitted");
        MaintenanceReport::new(text("t"), text("t.toml"), text("csvnet"), words, vec![of], false)
    }

    fn words(report: &MaintenanceReport) -> String {
        let mut out = Vec::new();
        Markdown.render(report, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap().replace('\\', "");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_interrupted_one_is_partial_and_says_what_is_left_out() {
        let partial = report(&["HV3", "HV4"]);
        assert!(partial.partial);
        let told = words(&partial);
        assert!(told.contains("PARTIAL: interrupted; not drained: HV3, HV4."), "{told}");
        assert!(!report(&[]).partial && !words(&report(&[])).contains("PARTIAL"));
    }

    #[test]
    fn all_nodes_one_after_the_other_are_told_and_what_is_away() {
        let told = words(&report(&[]));
        assert!(
            told.contains(
                "Draining 2 nodes, one after the other, takes 2.0 min at least and sends 7.00 GB"
            ),
            "{told}"
        );
        assert!(told.contains("Away, since it comes and goes (`when`): backup nightly."), "{told}");
        assert!(told.contains("in the busiest second HV1/p/tx is 19.0 % busy"), "{told}");
        assert!(told.contains("not calibrated: no parameter was fitted"), "{told}");
    }

    #[test]
    fn page_one_has_a_verdict_a_number_and_how_far_to_trust_it() {
        let report = report(&[]);
        let blocks = report.blocks();
        let cover = blocks.iter().find_map(|block| match block {
            Block::Cover(cover) => Some(cover),
            _ => None,
        });
        let cover = cover.expect("a cover");
        assert!(cover.verdict.as_ref().unwrap().text.starts_with("The worst is HV1: it takes"));
        assert_eq!(cover.number.as_ref().unwrap().value, "2.0 min");
        assert_eq!(cover.beside[0].value, "7.00 GB");
        assert!(cover.trust[0].text.starts_with("Not calibrated"), "{:?}", cover.trust);
        assert!(blocks.iter().any(|block| matches!(block, Block::Chart(_))));
    }
}
