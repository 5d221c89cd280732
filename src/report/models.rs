//! What `models` shows: the hardware, set-ups and loads that csvnet comes with.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::columns::Grid;
use super::csv::{Csv, Rows};
use super::document::{Block, Document};
use super::json::Kind;
use super::model::Word;
use super::number::NOTHING;
use super::{Render, SCHEMA_VERSION};
use crate::provenance::Parameter;
use crate::units::format_as;

/// Members of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelsReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// Members by family, each in order of name.
    pub rows: Vec<ModelRow>,
}

/// A member of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelRow {
    /// Family: the file of `models/` it stands in.
    pub family: String,
    /// What a scenario writes.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Its words, such as `rdma roce-v2`; of a profile its DiskSpd lines.
    pub what: String,
}

/// A member of the catalogue with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModelReport {
    /// Version of the schema.
    pub schema_version: u32,
    /// The member.
    pub model: ModelRow,
    /// Where most of its figures come from.
    pub link: Option<String>,
    /// What to know before using it.
    pub note: Option<String>,
    /// Its numbers.
    pub numbers: Vec<NumberRow>,
}

/// A number of a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NumberRow {
    /// Field.
    pub name: String,
    /// Value with unit.
    pub value: String,
    /// Range believed, with unit; none where it is exact.
    pub range: Option<String>,
    /// `documented`, `measured`, `fitted`, `assumed`.
    pub source: Word,
    /// Link.
    pub link: Option<String>,
    /// Note.
    pub note: Option<String>,
}

impl From<&Parameter> for NumberRow {
    fn from(of: &Parameter) -> Self {
        let show = |value: f64| format_as(of.kind, value);
        Self {
            name: of.name.clone(),
            value: show(of.value),
            range: (!of.exact()).then(|| format!("{} to {}", show(of.low), show(of.high))),
            source: of.source.name().into(),
            link: of.link.clone(),
            note: of.note.clone(),
        }
    }
}

impl ModelsReport {
    /// The report of some members.
    #[must_use]
    pub const fn new(rows: Vec<ModelRow>) -> Self {
        Self { schema_version: SCHEMA_VERSION, rows }
    }
}

impl ModelReport {
    /// The report of a member.
    #[must_use]
    pub const fn new(
        model: ModelRow,
        link: Option<String>,
        note: Option<String>,
        numbers: Vec<NumberRow>,
    ) -> Self {
        Self { schema_version: SCHEMA_VERSION, model, link, note, numbers }
    }
}

impl Document for ModelsReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::Heading(1, "Models".to_owned())];
        let mut families: Vec<&str> = self.rows.iter().map(|row| row.family.as_str()).collect();
        families.dedup();
        for family in families {
            blocks.push(Block::Heading(2, family.to_owned()));
            let mut grid = Grid::new(1, &["name", "what it is", "words"]);
            for row in self.rows.iter().filter(|row| row.family == family) {
                grid.row(vec![row.name.clone(), row.title.clone(), row.what.clone()]);
            }
            blocks.push(Block::Table(grid));
        }
        let show = self.rows.first().map_or("NAME", |row| row.name.as_str());
        blocks.push(Block::Command(format!("csvnet models show {show}")));
        blocks
    }
}

impl Document for ModelReport {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![
            Block::Heading(1, self.model.name.clone()),
            Block::Text(format!("{} ({})", self.model.title, self.model.family)),
        ];
        let lines = [Some(self.model.what.clone()), self.note.clone(), self.link.clone()];
        blocks.push(Block::List(
            lines.into_iter().flatten().filter(|line| !line.is_empty()).collect(),
        ));
        if !self.numbers.is_empty() {
            let mut grid = Grid::new(1, &["field", "#value", "range", "source", "note"]);
            for row in &self.numbers {
                let own =
                    |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
                grid.row(vec![
                    row.name.clone(),
                    row.value.clone(),
                    own(&row.range),
                    row.source.to_string(),
                    own(&row.note),
                ]);
            }
            blocks.push(Block::Table(grid));
        }
        blocks
    }
}

impl Kind for ModelsReport {
    const KIND: &'static str = "models";
}

impl Kind for ModelReport {
    const KIND: &'static str = "model";
}

impl Render<ModelsReport> for Csv {
    fn render(&self, report: &ModelsReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        rows.enter("", "models");
        for row in &report.rows {
            rows.note(&row.name, &row.family, &row.title)?;
        }
        rows.finish()
    }
}

impl Render<ModelReport> for Csv {
    fn render(&self, report: &ModelReport, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = Rows::new(out)?;
        rows.enter("", "model");
        for row in &report.numbers {
            rows.note(&report.model.name, &row.name, &row.value)?;
        }
        rows.finish()
    }
}
