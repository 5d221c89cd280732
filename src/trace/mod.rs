//! What was measured: block traces and the faults found while reading them.
//!
//! One reader per format. A reader turns a file into plain records or into a list of everything
//! that is wrong with it; it never repairs, guesses or drops a row.

pub mod block;
pub mod block_csv;
mod cells;
mod fields;
pub mod pdh;
pub mod powershell;
pub mod results;
pub mod table;
pub(crate) mod text;
pub(crate) mod xml;

use std::fmt;

use crate::stats::Quantiles;

pub use block_csv::BlockReader;

/// What a block request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockOp {
    /// Data from the device, `R`.
    Read,
    /// Data to the device, `W`.
    Write,
    /// A range given back (TRIM, UNMAP), `D`: no data moves.
    Discard,
    /// The device's cache put on stable media, `F`: no data moves.
    Flush,
    /// A request whose kind the trace does not tell; it is counted, and never guessed.
    Unknown,
}

/// One request as it arrived at the block layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockIo {
    /// Arrival in nanoseconds since the trace began.
    pub time_ns: u64,
    /// What was asked.
    pub op: BlockOp,
    /// First byte on the device; zero when the trace does not tell.
    pub offset_bytes: u64,
    /// Length in bytes; for a discard the length given back, not moved.
    pub bytes: u64,
    /// Time to completion in nanoseconds, at least one; `None` when the trace does not tell.
    pub response_ns: Option<u64>,
}

/// How much a trace gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Discards {
    /// Number of discards.
    pub count: u64,
    /// Bytes they covered.
    pub bytes: u128,
}

/// A block trace in memory, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockTrace {
    name: String,
    ios: Vec<BlockIo>,
}

impl BlockTrace {
    /// Reads a whole trace; `name` is how its faults name the file.
    ///
    /// The layout is that of [`BlockReader`]. A request takes 48 bytes of memory.
    ///
    /// # Errors
    ///
    /// [`TraceError::Faults`] with the first twenty faults and the number of further ones when
    /// anything in the file is not as it must be, [`TraceError::Io`] when it cannot be read.
    pub fn read<R: std::io::Read>(name: &str, reader: R) -> Result<Self, TraceError> {
        let mut ios = Vec::new();
        let mut gathered = Gathered::default();
        for row in BlockReader::new(name, reader)? {
            match row {
                Ok(io) if gathered.faults.is_empty() => ios.push(io),
                // The trace is refused already: only faults still matter.
                Ok(_) => {}
                Err(RowError::Fault(fault)) => gathered.push(fault),
                Err(RowError::Io { line, source }) => {
                    return Err(TraceError::Io { file: name.to_owned(), line, source });
                }
            }
        }
        gathered.into_result(name)?;
        Ok(Self { name: name.to_owned(), ios })
    }

    /// The name given when reading.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Every request in order of arrival.
    #[must_use]
    pub fn ios(&self) -> &[BlockIo] {
        &self.ios
    }

    /// Number of requests of any kind.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ios.len()
    }

    /// Whether there are none, as in the first half of a trace of one request.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ios.is_empty()
    }

    /// Nanoseconds from the first to the last arrival.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        match (self.ios.first(), self.ios.last()) {
            (Some(first), Some(last)) => last.time_ns - first.time_ns,
            _ => 0,
        }
    }

    /// The requests that move data: reads and writes of at least one byte.
    pub fn data_ios(&self) -> impl Iterator<Item = &BlockIo> {
        self.ios.iter().filter(|io| matches!(io.op, BlockOp::Read | BlockOp::Write) && io.bytes > 0)
    }

    /// Number and bytes of the discards.
    #[must_use]
    pub fn discards(&self) -> Discards {
        let mut discards = Discards::default();
        for io in self.ios.iter().filter(|io| io.op == BlockOp::Discard) {
            discards.count += 1;
            discards.bytes += u128::from(io.bytes);
        }
        discards
    }

    /// Cuts the trace in two by number of arrivals; the second part's clock starts at zero.
    ///
    /// For fitting on one part and judging on the other. Of an odd number, the second part has one
    /// more. A completion that falls after the cut stays with its arrival.
    #[must_use]
    pub fn split_at_half(&self) -> (Self, Self) {
        let (first, second) = self.ios.split_at(self.ios.len() / 2);
        let origin_ns = second.first().map_or(0, |io| io.time_ns);
        let rebased =
            second.iter().map(|io| BlockIo { time_ns: io.time_ns - origin_ns, ..*io }).collect();
        (
            Self { name: format!("{} (first half)", self.name), ios: first.to_vec() },
            Self { name: format!("{} (second half)", self.name), ios: rebased },
        )
    }

    /// Response times of the requests that move data, as far as the trace tells them.
    #[must_use]
    pub fn response_quantiles(&self) -> Quantiles {
        let mut quantiles = Quantiles::new();
        for response_ns in self.data_ios().filter_map(|io| io.response_ns) {
            quantiles.record_ps(response_ns.saturating_mul(1_000));
        }
        quantiles
    }
}

/// Why a trace was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The content is not a trace; everything found wrong with it, up to [`TraceError::SHOWN`].
    #[error("{}", list(.file, .faults, *.more))]
    Faults {
        /// Name of the file.
        file: String,
        /// The first faults in order of lines; never empty.
        faults: Vec<TraceFault>,
        /// Number of further faults.
        more: u64,
    },
    /// The bytes could not be read at all.
    #[error("{file}, line {line}: cannot be read: {source}")]
    Io {
        /// Name of the file.
        file: String,
        /// Line that was being read.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
}

impl TraceError {
    /// Faults listed one by one; the rest is counted.
    pub const SHOWN: usize = 20;

    /// An error of one fault.
    pub(crate) fn one(file: &str, fault: TraceFault) -> Self {
        Self::Faults { file: file.to_owned(), faults: vec![fault], more: 0 }
    }
}

fn list(file: &str, faults: &[TraceFault], more: u64) -> String {
    let mut lines: Vec<String> = faults.iter().map(|fault| format!("{file}, {fault}")).collect();
    if more > 0 {
        lines.push(format!("{file}: and {more} more"));
    }
    lines.join("\n")
}

/// One thing wrong with a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceFault {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// Column among the comma-separated ones, from 1, where the fault is in one.
    pub column: Option<usize>,
    /// Name of that column.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: TraceProblem,
    /// What would be right.
    pub help: String,
}

impl fmt::Display for TraceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        if let Some(field) = &self.field {
            write!(f, " ({field})")?;
        }
        write!(f, ": {}; {}", self.problem, self.help)
    }
}

/// What is wrong with a line of a trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TraceProblem {
    /// Not a single line.
    #[error("the file is empty")]
    Empty,
    /// A header and nothing else.
    #[error("there is a header but no row")]
    NoRows,
    /// Bytes that are not UTF-8.
    #[error("byte {byte} of the line is not UTF-8 text")]
    NotUtf8 {
        /// Position in the line, from 1.
        byte: usize,
    },
    /// A line longer than any row can be.
    #[error("the line is longer than {limit_bytes} bytes")]
    LineTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// A column without which there is no trace.
    #[error("there is no column {name}")]
    MissingColumn {
        /// Its name.
        name: &'static str,
    },
    /// A document longer than one that is read in one piece may be.
    #[error("the document is longer than {limit_bytes} bytes")]
    DocumentTooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// Anything that only one format knows, in one sentence without a full stop.
    #[error("{text}")]
    Content {
        /// What is wrong.
        text: String,
    },
    /// Two columns of one name.
    #[error("the column was already given as column {first}")]
    DuplicateColumn {
        /// The earlier one, from 1.
        first: usize,
    },
    /// Fewer fields than the header names.
    #[error("the row has {found} of {expected} fields")]
    ShortRow {
        /// Fields in the header.
        expected: usize,
        /// Fields in the row.
        found: usize,
    },
    /// More fields than the header names.
    #[error("the row has {found} fields where the header names {expected}")]
    LongRow {
        /// Fields in the header.
        expected: usize,
        /// Fields in the row.
        found: usize,
    },
    /// The file ends within its last row.
    #[error("the file ends in the middle of a row, after {found} of {expected} fields")]
    CutRow {
        /// Fields in the header.
        expected: usize,
        /// Fields in the row.
        found: usize,
    },
    /// Not a whole number.
    #[error("{text:?} is not a whole number")]
    NotANumber {
        /// The field, shortened if long.
        text: String,
    },
    /// Below zero.
    #[error("{text} is negative")]
    Negative {
        /// The field, shortened if long.
        text: String,
    },
    /// Beyond 64 bits, by itself or in bytes.
    #[error("{text} is too large")]
    TooLarge {
        /// The field, shortened if long.
        text: String,
    },
    /// An operation the layout does not have.
    #[error("{text:?} is no operation")]
    UnknownOp {
        /// The field, shortened if long.
        text: String,
    },
    /// A row earlier than one before it.
    #[error("time runs backwards: {time_ns} ns comes after {earlier_ns} ns on line {earlier_line}")]
    TimeBackwards {
        /// Time of this row.
        time_ns: u64,
        /// The latest time before it.
        earlier_ns: u64,
        /// Line of that time.
        earlier_line: u64,
    },
    /// A completion in no time.
    #[error("a response time of zero")]
    ZeroResponse,
    /// A read or write of nothing.
    #[error("a read or write of zero sectors")]
    ZeroSectors,
    /// More rows than a trace may have.
    #[error("there are more than {limit} rows")]
    TooManyRows {
        /// The limit.
        limit: u64,
    },
}

/// Why one row was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// Its content is wrong; the rows after it can still be read.
    #[error("{0}")]
    Fault(TraceFault),
    /// The bytes could not be read; no row follows.
    #[error("line {line}: cannot be read: {source}")]
    Io {
        /// Line that was being read.
        line: u64,
        /// What the system said.
        source: std::io::Error,
    },
}

impl From<TraceFault> for RowError {
    fn from(fault: TraceFault) -> Self {
        Self::Fault(fault)
    }
}

/// Faults gathered so far.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    faults: Vec<TraceFault>,
    more: u64,
}

impl Gathered {
    pub(crate) fn push(&mut self, fault: TraceFault) {
        if self.faults.len() < TraceError::SHOWN {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Whether nothing was wrong so far.
    pub(crate) const fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether further faults are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.faults.len() >= TraceError::SHOWN
    }

    pub(crate) fn into_result(self, file: &str) -> Result<(), TraceError> {
        if self.faults.is_empty() {
            return Ok(());
        }
        Err(TraceError::Faults { file: file.to_owned(), faults: self.faults, more: self.more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> BlockTrace {
        let text = "time_ns,op,lba_512,sectors,response_ns\n\
                    10,W,8,2,100\n20,D,0,4000000000,7\n35,R,0,1,300\n50,F,0,0,9\n60,W,1,1,200\n";
        BlockTrace::read("t.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn sums_by_hand() {
        let trace = trace();
        assert_eq!((trace.name(), trace.len(), trace.span_ns()), ("t.csv", 5, 50));
        assert_eq!(trace.data_ios().map(|io| io.bytes).collect::<Vec<_>>(), [1024, 512, 512]);
        assert_eq!(trace.discards(), Discards { count: 1, bytes: 2_048_000_000_000 });
        let q = trace.response_quantiles();
        // Only the three that move data: 100, 300 and 200 ns.
        assert_eq!((q.count(), q.min_ps(), q.max_ps()), (3, Some(100_000), Some(300_000)));
        assert!((q.mean_secs().unwrap() - 200e-9).abs() < 1e-20);
    }

    #[test]
    fn halves_are_by_arrivals_and_the_second_starts_at_zero() {
        let (first, second) = trace().split_at_half();
        assert_eq!(first.ios().iter().map(|io| io.time_ns).collect::<Vec<_>>(), [10, 20]);
        assert_eq!(second.ios().iter().map(|io| io.time_ns).collect::<Vec<_>>(), [0, 15, 25]);
        assert_eq!(second.ios()[0].op, BlockOp::Read);
        let (nothing, one) = BlockTrace::read("x", "time_ns,op,sectors\n7,R,1\n".as_bytes())
            .unwrap()
            .split_at_half();
        assert!(nothing.is_empty() && nothing.span_ns() == 0);
        assert_eq!(one.ios()[0].time_ns, 0);
    }

    #[test]
    fn twenty_faults_are_shown_and_the_rest_counted() {
        let mut text = String::from("time_ns,op,sectors\n");
        for _ in 0..25 {
            text.push_str("1,R,0\n");
        }
        let error = BlockTrace::read("bad.csv", text.as_bytes()).unwrap_err();
        let TraceError::Faults { faults, more, .. } = &error else { panic!("{error}") };
        assert_eq!((faults.len(), *more), (20, 5));
        let shown = error.to_string();
        assert_eq!(shown.lines().count(), 21);
        assert!(
            shown.starts_with(
                "bad.csv, line 2, column 3 (sectors): a read or write of zero sectors; "
            )
        );
        assert!(shown.ends_with("bad.csv: and 5 more"));
    }
}
