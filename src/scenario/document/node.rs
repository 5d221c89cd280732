//! The tree of values, each with the place it was written at.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::units::id_type;

id_type! {
    /// One of the files a document was read from.
    pub struct FileId
}

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// The bytes within the file.
    pub span: Range<usize>,
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// The bytes of the value; of a table, its header.
    pub span: Range<usize>,
    /// The file it was written in.
    pub file: FileId,
}

/// What TOML can say.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Keys with values.
    Table(Table),
    /// Values in order.
    Array(Vec<Node>),
    /// Text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent; may be infinite or not a number.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A date, a time or both, as written.
    Datetime(String),
}

/// Keys in order, with their values.
pub type Table = BTreeMap<String, Entry>;

/// A value of a table, and where its key was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The place of the key.
    pub key: Origin,
    /// The value.
    pub node: Node,
}

impl Node {
    /// Where the value was written.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin { file: self.file, span: self.span.clone() }
    }

    /// The table, if the value is one.
    #[must_use]
    pub const fn as_table(&self) -> Option<&Table> {
        match &self.value {
            Value::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The text, if the value is one.
    #[must_use]
    pub const fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }
}

impl Value {
    /// The type in plain words, with its article, for messages.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::Array(_) => "an array",
            Self::String(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Datetime(_) => "a date or time",
        }
    }
}
