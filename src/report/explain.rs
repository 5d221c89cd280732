//! What `explain` shows: how each disk reaches its volume and what each I/O visits.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{self, Block, Document};
use super::json::Kind;
use super::layout::Layout;
use super::number::{NOTHING, Shown, digits};
use super::sections::{disks, volumes};
use super::{DiskRow, PathRow, Render, SCHEMA_VERSION, VolumeRow, Word, pages};
use crate::units::Bytes;

/// The paths of a scenario, without running it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExplainReport {
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
    /// Its variants.
    pub variants: Vec<ExplainVariant>,
}

/// The paths of one variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExplainVariant {
    /// Name; `base` where the scenario has no variants.
    pub name: String,
    /// State of each volume on each node.
    pub volumes: Vec<VolumeRow>,
    /// Path of each virtual disk.
    pub disks: Vec<DiskRow>,
    /// What else of the cluster's behaviour bears on this scenario.
    pub findings: Vec<FindingRow>,
    /// What each kind of I/O visits.
    pub paths: Vec<PathRow>,
    /// Where everything is, for a drawing.
    pub layout: Layout,
}

impl ExplainReport {
    /// The report of some variants.
    #[must_use]
    pub fn new(
        title: String,
        scenario: String,
        command: String,
        calibration: String,
        variants: Vec<ExplainVariant>,
    ) -> Self {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let schema_version = SCHEMA_VERSION;
        Self { schema_version, title, scenario, version, command, calibration, variants }
    }
}

impl Kind for ExplainReport {
    const KIND: &'static str = "explain";
}

impl Document for ExplainReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.title.clone()),
            Block::Cover(Box::new(pages::explain_cover(self))),
        ];
        for variant in &self.variants {
            blocks.push(Block::Heading(2, variant.name.clone()));
            blocks.extend(pages::explain_map(variant));
            blocks.extend(volumes(&variant.volumes));
            blocks.extend(disks(&variant.disks));
            blocks.extend(findings(&variant.findings));
            if !variant.paths.is_empty() {
                blocks.push(Block::Heading(3, "Paths".to_owned()));
                blocks.extend(pages::demands(variant));
            }
            blocks.extend(variant.paths.iter().flat_map(path));
        }
        let made = format!("csvnet {}, scenario {}.", self.version, self.scenario);
        blocks.extend(document::repeat(made, &self.command));
        blocks
    }
}

/// One thing of note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FindingRow {
    /// What it is about: a volume, a disk, a node, a network.
    pub subject: String,
    /// `behaviour`, or `warning` where something asked for does not work or costs more than it
    /// should.
    pub kind: Word,
    /// What.
    pub text: String,
}

fn findings(rows: &[FindingRow]) -> Vec<Block> {
    if rows.is_empty() {
        return Vec::new();
    }
    let mut grid = Grid::new(2, &["about", "kind", "what"]);
    for row in rows {
        grid.row(vec![row.subject.clone(), row.kind.to_string(), row.text.clone()]);
    }
    vec![Block::Heading(3, "Behaviour".to_owned()), Block::Table(grid)]
}

fn path(path: &PathRow) -> Vec<Block> {
    let size = Bytes::new(path.bytes);
    let PathRow { workload, disk, direction, route, stations, .. } = path;
    let head = format!("{workload} on {disk}: {direction} of {size:#}, route {route}");
    let mut grid =
        Grid::new(0, &["part", "station", "#visits", "#a visit", "#an I/O", "where it comes from"]);
    for row in stations {
        grid.row(vec![
            row.role.clone(),
            row.station.clone(),
            digits(row.visits, 3),
            Shown::Seconds.text(row.demand_s),
            Shown::Seconds.text(row.visits * row.demand_s),
            if row.origins.is_empty() { NOTHING.to_owned() } else { row.origins.join("\n") },
        ]);
    }
    let total: f64 = stations.iter().map(|row| row.visits * row.demand_s).sum();
    let sum = format!(
        "Sum of the demands: {}. Latency adds waiting, and leaves out what runs side by side.",
        Shown::Seconds.text(total)
    );
    vec![Block::Heading(4, head), Block::Table(grid), Block::Text(sum)]
}

impl Render<ExplainReport> for Csv {
    fn render(&self, report: &ExplainReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        rows.enter("", "run");
        rows.note("", "title", &report.title)?;
        for variant in &report.variants {
            rows.enter(&variant.name, "volumes");
            rows.volumes(&variant.volumes)?;
            rows.enter(&variant.name, "disks");
            rows.disks(&variant.disks)?;
            rows.enter(&variant.name, "findings");
            for row in &variant.findings {
                rows.note(&row.subject, &row.kind, &row.text)?;
            }
            rows.enter(&variant.name, "paths");
            for path in &variant.paths {
                stations(path, &mut rows)?;
            }
        }
        rows.finish()
    }
}

fn stations(path: &PathRow, rows: &mut Rows<'_>) -> io::Result<()> {
    let PathRow { workload, disk, direction, bytes, route, .. } = path;
    let name = format!("{workload} on {disk}, {direction} of {bytes} B, {route}");
    rows.whole(&name, "bytes", "bytes", *bytes, "")?;
    for (number, row) in path.stations.iter().enumerate() {
        let station = format!("{name}, {}: {}", number + 1, row.station);
        rows.note(&station, "role", &row.role)?;
        rows.number(&station, "visits", "count", row.visits, "")?;
        rows.number(&station, "demand", "seconds", row.demand_s, &row.origins.join("; "))?;
    }
    Ok(())
}
