//! What the formats for people have in common: a document of headings, text, tables and charts.

use super::chart::{Chart, Tone};
use super::columns::Grid;
use super::map::Map;

/// A piece of a document.
///
/// Formats of letters (terminal, Markdown) leave out what is drawn: what it shows stands in a table
/// beside it. A page leaves out [`Block::Plain`], which its cover says already.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    /// A heading; level 1 is the title.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// A paragraph for formats without a cover.
    Plain(String),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table(Grid),
    /// A line to copy as it is; it is never broken.
    Command(String),
    /// The first page, where there are pages.
    Cover(Box<Cover>),
    /// A chart, where charts can be drawn.
    Chart(Box<Chart>),
    /// A drawing of a cluster, where it can be drawn.
    Map(Box<Map>),
}

impl Block {
    /// A chart.
    pub(super) fn chart(chart: Chart) -> Self {
        Self::Chart(Box::new(chart))
    }
}

/// Whether formats of letters leave it out.
pub(super) const fn is_drawn(block: &Block) -> bool {
    matches!(block, Block::Cover(_) | Block::Chart(_) | Block::Map(_))
}

/// What someone must see who sees nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cover {
    /// What became of what was asked: kept, missed, undecided.
    pub(super) verdict: Option<Said>,
    /// The one number that matters.
    pub(super) number: Option<Number>,
    /// Numbers beside it.
    pub(super) beside: Vec<Number>,
    /// What limits the answer: the binding resource.
    pub(super) binds: Vec<String>,
    /// What would change the answer, the most influential first.
    pub(super) changes: Vec<String>,
    /// How far it can be trusted: calibration, or the words that there was none.
    pub(super) trust: Vec<Said>,
}

/// A sentence that is good news or bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    /// Which.
    pub(super) tone: Tone,
    /// The sentence.
    pub(super) text: String,
}

impl Said {
    /// A sentence.
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone, text: text.into() }
    }
}

/// A number by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// What it is.
    pub(super) name: String,
    /// Value with its unit, as the tables tell it.
    pub(super) value: String,
    /// Its interval with what it is; empty where there is none.
    pub(super) interval: String,
    /// Of what, and anything else to know; may be empty.
    pub(super) note: String,
}

/// Something that can be laid out as a document.
pub(super) trait Document {
    /// Its pieces, in order.
    fn blocks(&self) -> Vec<Block>;
}
