//! Tables whose columns are said.

/// A column: its name in the header, or its number from 1 as text where there is none.
pub type Column = String;

/// A number in some column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scaled {
    /// Where.
    pub column: Column,
    /// What one of it is: nanoseconds, or bytes.
    pub unit: u64,
}

/// The kind of a request in some column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpWords {
    /// Where.
    pub column: Column,
    /// What reads are called; case does not matter.
    pub read: Vec<String>,
    /// What writes are called.
    pub write: Vec<String>,
    /// What discards are called.
    pub discard: Vec<String>,
    /// What flushes are called.
    pub flush: Vec<String>,
}

/// Which column of a table tells what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mapping {
    /// What stands between two fields.
    pub separator: char,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Arrival, in nanoseconds of any clock.
    pub time: Scaled,
    /// Kind.
    pub op: OpWords,
    /// First byte on the device.
    pub offset: Option<Scaled>,
    /// Length.
    pub bytes: Scaled,
    /// Time to completion.
    pub response: Option<Scaled>,
    /// Device.
    pub device: Option<Column>,
}
