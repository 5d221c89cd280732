//! Block traces in the layouts of others: MSR Cambridge, blkparse, SPC, SYSTOR '17, and any table
//! whose columns are said.
//!
//! Every reader gives the same [`BlockIo`]s, in order of arrival and in constant memory: rows that
//! are out of order are put in order within a window of 65,536, a row that comes later still is a
//! fault. A response time of zero, which real files have where their clock is coarse, counts as
//! not told.

mod blkparse;
mod detect;
mod layouts;
mod mapping;
mod order;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::Read;

use super::text::{Lines, whole_line};
use super::{
    BlockIo, BlockReader, BlockTrace, Gathered, RowError, TraceError, TraceFault, TraceProblem,
};
use blkparse::Blkparse;
use layouts::Layout;
use order::{Order, Raw, WINDOW};

pub use mapping::{Column, Mapping, OpWords, Scaled};

/// A row has some hundred bytes; a line beyond this is not text with lines.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// Beyond this a trace in memory would pass two gigabytes.
const MAX_ROWS: u64 = 50_000_000;
/// Devices named when none fits.
const NAMED: usize = 8;

/// How a block trace is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BlockFormat {
    /// Told from the first line, which is that of one layout only.
    #[default]
    Detect,
    /// The layout of [`BlockReader`].
    Csvnet,
    /// MSR Cambridge: `Timestamp,Hostname,DiskNumber,Type,Offset,Size,ResponseTime`, without a
    /// header; times in 100 ns (Windows file time), offset and size in bytes.
    Msr,
    /// What `blkparse` prints by default; requests are paired with their completions.
    Blkparse,
    /// SPC trace file format 1.0.1: `ASU,LBA,Size,Opcode,Timestamp`, address in 512 bytes, size in
    /// bytes, time in seconds.
    Spc,
    /// SYSTOR '17: `Timestamp,Response,IOType,LUN,Offset,Size`, times in seconds, the rest in
    /// bytes.
    Systor,
    /// Columns as said.
    Mapped(Box<Mapping>),
}

/// What is read as one trace.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockSource {
    /// How it is written.
    pub format: BlockFormat,
    /// The only device of which rows count: `host.disk` of MSR, `major,minor` of blkparse, ASU of
    /// SPC, LUN of SYSTOR. Without, a trace of more than one is refused.
    pub device: Option<String>,
}

impl BlockTrace {
    /// Reads a whole trace in any layout; `name` is how its faults name the file.
    ///
    /// # Errors
    ///
    /// As for [`BlockTrace::read`].
    pub fn read_as<R: Read>(
        name: &str,
        reader: R,
        source: &BlockSource,
    ) -> Result<Self, TraceError> {
        match &source.format {
            BlockFormat::Detect => {
                let (format, reader) = detect::detect(name, reader)?;
                let device = source.device.clone();
                Self::of_format(name, reader, &BlockSource { format, device })
            }
            _ => Self::of_format(name, reader, source),
        }
    }

    fn of_format<R: Read>(name: &str, reader: R, source: &BlockSource) -> Result<Self, TraceError> {
        if source.format == BlockFormat::Csvnet {
            return Self::collect(name, BlockReader::new(name, reader)?);
        }
        Self::collect(name, ForeignReader::new(reader, source))
    }

    fn collect(
        name: &str,
        rows: impl Iterator<Item = Result<BlockIo, RowError>>,
    ) -> Result<Self, TraceError> {
        let mut ios = Vec::new();
        let mut gathered = Gathered::default();
        for row in rows {
            match row {
                Ok(io) if gathered.is_empty() => ios.push(io),
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
}

/// One line of a trace.
enum Taken {
    /// A request and its device.
    Row(Raw, String),
    /// Nothing to count: a header, a summary, an event between.
    Nothing,
}

/// What makes requests of lines.
#[derive(Debug)]
enum Parser {
    Layout(Layout),
    Blkparse(Box<Blkparse>),
}

/// Reads a trace of another layout than csvnet's request by request in constant memory.
#[derive(Debug)]
pub struct ForeignReader<R> {
    lines: Lines<R>,
    parser: Parser,
    order: Order,
    device: Device,
    rows: u64,
    max_rows: u64,
    /// What one line gave and is not handed out yet.
    ready: VecDeque<Result<BlockIo, TraceFault>>,
    input_ended: bool,
    ended: bool,
}

impl<R: Read> ForeignReader<R> {
    /// A reader of a trace whose layout is known and not csvnet's own.
    fn new(reader: R, source: &BlockSource) -> Self {
        let parser = match &source.format {
            BlockFormat::Blkparse => Parser::Blkparse(Box::new(Blkparse::new(WINDOW))),
            format => Parser::Layout(Layout::of(format)),
        };
        Self {
            lines: Lines::new(reader, MAX_LINE_BYTES),
            parser,
            order: Order::new(WINDOW),
            device: Device { wanted: source.device.clone(), seen: Vec::new(), told: false },
            rows: 0,
            max_rows: MAX_ROWS,
            ready: VecDeque::new(),
            input_ended: false,
            ended: false,
        }
    }

    /// Reads a line; what it gives is ready then.
    fn step(&mut self) -> Result<(), RowError> {
        let Some(line) = self.lines.next_text()? else {
            self.input_ended = true;
            if let Parser::Blkparse(parser) = &mut self.parser {
                for raw in parser.end() {
                    self.rows += 1;
                    self.ready.extend(self.order.push(raw));
                }
            }
            return match (self.rows, self.lines.number) {
                (0, 0) => {
                    let help = "a trace has a row for each request";
                    Err(whole_line(1, TraceProblem::Empty, help).into())
                }
                (0, number) => Err(self.device.nothing(number).into()),
                _ => Ok(()),
            };
        };
        let taken = match &mut self.parser {
            Parser::Layout(layout) => match layout.row(&line)? {
                Taken::Row(raw, device) if self.device.takes(&device, line.number)? => vec![raw],
                _ => Vec::new(),
            },
            Parser::Blkparse(parser) => {
                let device = &mut self.device;
                parser.line(&line, &mut |name, number| device.takes(name, number))?
            }
        };
        for raw in taken {
            self.rows += 1;
            if self.rows > self.max_rows {
                (self.input_ended, self.ended) = (true, true);
                let problem = TraceProblem::TooManyRows { limit: self.max_rows };
                let fault = whole_line(raw.line, problem, "cut the trace into shorter ones");
                return Err(fault.into());
            }
            self.ready.extend(self.order.push(raw));
        }
        Ok(())
    }
}

impl<R: Read> Iterator for ForeignReader<R> {
    type Item = Result<BlockIo, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready.map_err(RowError::Fault));
            }
            if self.ended {
                return None;
            }
            if self.input_ended {
                let last = self.order.pop();
                self.ended = last.is_none();
                return last.map(|io| io.map_err(RowError::Fault));
            }
            if let Err(error) = self.step() {
                self.ended |= matches!(error, RowError::Io { .. });
                return Some(Err(error));
            }
        }
    }
}

/// Which device rows must be of.
#[derive(Debug)]
struct Device {
    wanted: Option<String>,
    seen: Vec<String>,
    told: bool,
}

impl Device {
    /// Whether rows of a device count.
    fn takes(&mut self, name: &str, line: u64) -> Result<bool, TraceFault> {
        if self.seen.len() < NAMED && !self.seen.iter().any(|seen| seen == name) {
            self.seen.push(name.to_owned());
        }
        if let Some(wanted) = &self.wanted {
            return Ok(wanted.eq_ignore_ascii_case(name));
        }
        let first = self.seen.first().is_none_or(|first| first == name);
        if first || self.told {
            return Ok(first);
        }
        self.told = true;
        let text = format!("the trace is of several devices: `{}` and `{name}`", self.seen[0]);
        let help = "say which with `device`, one workload for each";
        Err(whole_line(line, TraceProblem::Content { text }, help))
    }

    /// Why there was no request.
    fn nothing(&self, line: u64) -> TraceFault {
        match &self.wanted {
            Some(wanted) if !self.seen.is_empty() => {
                let (seen, wanted) = (self.seen.join("`, `"), wanted.as_str());
                let text = format!("no row is of the device `{wanted}`; there are `{seen}`");
                let help = "name one of those with `device`";
                whole_line(line, TraceProblem::Content { text }, help)
            }
            _ => whole_line(line, TraceProblem::NoRows, "give at least one request"),
        }
    }
}
