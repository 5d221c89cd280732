//! What the two formats for people have in common: a document of headings, text and tables.

use super::columns::Grid;

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// A heading; level 1 is the title.
    Heading(u8, String),
    /// A paragraph.
    Text(String),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table(Grid),
    /// A line to copy as it is; it is never broken.
    Command(String),
}

/// Something that can be laid out as a document.
pub(super) trait Document {
    /// Its pieces, in order.
    fn blocks(&self) -> Vec<Block>;
}
