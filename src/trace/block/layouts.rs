//! Layouts with a row for each request.

use super::mapping::{Mapping, OpWords, Scaled};
use super::{BlockFormat, Raw, Taken};
use crate::trace::cells::Cells;
use crate::trace::fields::Fields;
use crate::trace::text::{Line, shortened, whole_line};
use crate::trace::{BlockOp, TraceFault, TraceProblem};

/// A Windows file time counts these.
const FILE_TIME_NS: u64 = 100;
const SECOND_NS: u64 = 1_000_000_000;
/// A block of the SPC layout.
const SPC_BLOCK_BYTES: u64 = 512;
/// Rows of the SPC layout may have fields of their own behind the five.
const SPC_MOST: usize = 64;
/// Columns of a table that is mapped.
const MAPPED_MOST: usize = 1024;
/// The line that names the columns of SYSTOR '17.
pub(super) const SYSTOR_HEAD: &str = "Timestamp,Response,IOType,LUN,Offset,Size";

/// What makes a request of a row.
#[derive(Debug)]
pub(super) enum Layout {
    Msr,
    Spc,
    Systor,
    Mapped { mapping: Box<Mapping>, places: Option<Box<Places>> },
}

/// Where the columns of a mapping are, and how many a row has.
#[derive(Debug, Clone)]
pub(super) struct Places {
    count: Option<usize>,
    time: usize,
    op: usize,
    bytes: usize,
    offset: Option<usize>,
    response: Option<usize>,
    device: Option<usize>,
}

impl Layout {
    pub(super) fn of(format: &BlockFormat) -> Self {
        match format {
            BlockFormat::Mapped(mapping) => Self::Mapped { mapping: mapping.clone(), places: None },
            BlockFormat::Spc => Self::Spc,
            BlockFormat::Systor => Self::Systor,
            _ => Self::Msr,
        }
    }

    pub(super) fn row(&mut self, line: &Line<'_>) -> Result<Taken, TraceFault> {
        match self {
            Self::Msr => msr(line),
            Self::Spc => spc(line),
            Self::Systor if line.number == 1 && is_systor_head(line.text) => Ok(Taken::Nothing),
            Self::Systor => systor(line),
            Self::Mapped { mapping, places: Some(places) } => mapped(line, mapping, places),
            Self::Mapped { mapping, places } => {
                let found = Places::of(line, mapping)?;
                let first =
                    if mapping.header { Ok(Taken::Nothing) } else { mapped(line, mapping, &found) };
                *places = Some(Box::new(found));
                first
            }
        }
    }
}

pub(super) fn is_systor_head(text: &str) -> bool {
    let names = text.split(',').map(str::trim);
    names.eq_by_case(SYSTOR_HEAD)
}

/// Comparing a list of names with a header.
trait EqByCase {
    fn eq_by_case(self, header: &str) -> bool;
}

impl<'a, I: Iterator<Item = &'a str>> EqByCase for I {
    fn eq_by_case(self, header: &str) -> bool {
        self.map(str::to_ascii_lowercase).eq(header.split(',').map(str::to_ascii_lowercase))
    }
}

/// What a request needs beside its time.
struct Extent {
    offset_bytes: u64,
    bytes: u64,
}

fn raw(
    fields: &Fields<'_>,
    line: u64,
    (time_ns, op): (u128, BlockOp),
    extent: &Extent,
    size_at: usize,
    response_ns: Option<u64>,
) -> Result<Raw, TraceFault> {
    let Extent { offset_bytes, bytes } = *extent;
    if bytes == 0 && matches!(op, BlockOp::Read | BlockOp::Write) {
        let text = "a read or write of zero bytes".to_owned();
        let help = "drop rows that ask for nothing";
        return Err(fields.fault(size_at, "size", TraceProblem::Content { text }, help));
    }
    if offset_bytes.checked_add(bytes).is_none() {
        let problem = TraceProblem::TooLarge { text: offset_bytes.to_string() };
        let help = "the request must end below 2^64 bytes";
        return Err(fields.fault(size_at, "size", problem, help));
    }
    Ok(Raw { time_ns, line, offset_bytes, bytes, response_ns, op })
}

/// A response time; none where it is zero, which is below what a clock tells.
fn response(fields: &Fields<'_>, at: usize, unit: u64) -> Result<Option<u64>, TraceFault> {
    let ns = fields.decimal(at, "response", unit)?;
    let ns = u64::try_from(ns).map_err(|_| {
        let problem = TraceProblem::TooLarge { text: shortened(fields.get(at)) };
        fields.fault(at, "response", problem, "a response takes less than 2^64 ns")
    })?;
    Ok((ns > 0).then_some(ns))
}

fn letter(fields: &Fields<'_>, at: usize, help: &str) -> Result<BlockOp, TraceFault> {
    match fields.get(at).to_ascii_lowercase().as_str() {
        "r" | "read" => Ok(BlockOp::Read),
        "w" | "write" => Ok(BlockOp::Write),
        other => {
            let problem = TraceProblem::UnknownOp { text: shortened(other) };
            Err(fields.fault(at, "type", problem, help))
        }
    }
}

fn msr(line: &Line<'_>) -> Result<Taken, TraceFault> {
    let fields = Fields::cut(line, ',', 7, 7)?;
    let time_ns = u128::from(fields.whole(0, "timestamp", 1)?) * u128::from(FILE_TIME_NS);
    let op = letter(&fields, 3, "use Read or Write")?;
    let extent =
        Extent { offset_bytes: fields.whole(4, "offset", 1)?, bytes: fields.whole(5, "size", 1)? };
    fields.whole(6, "response", FILE_TIME_NS)?;
    let response_ns = response(&fields, 6, FILE_TIME_NS)?;
    let row = raw(&fields, line.number, (time_ns, op), &extent, 5, response_ns)?;
    Ok(Taken::Row(row, format!("{}.{}", fields.get(1), fields.get(2))))
}

fn spc(line: &Line<'_>) -> Result<Taken, TraceFault> {
    let fields = Fields::cut(line, ',', 5, SPC_MOST)?;
    let asu = fields.whole(0, "asu", 1)?;
    let offset_bytes = fields.whole(1, "lba", SPC_BLOCK_BYTES)?;
    let bytes = fields.whole(2, "size", 1)?;
    let op = letter(&fields, 3, "use R or W")?;
    let time_ns = fields.decimal(4, "timestamp", SECOND_NS)?;
    let extent = Extent { offset_bytes, bytes };
    let row = raw(&fields, line.number, (time_ns, op), &extent, 2, None)?;
    Ok(Taken::Row(row, asu.to_string()))
}

fn systor(line: &Line<'_>) -> Result<Taken, TraceFault> {
    let fields = Fields::cut(line, ',', 6, 6)?;
    let time_ns = fields.decimal(0, "timestamp", SECOND_NS)?;
    let response_ns =
        if fields.get(1).is_empty() { None } else { response(&fields, 1, SECOND_NS)? };
    // A blank kind: the answer was lost, and with it what was asked.
    let op = match fields.get(2) {
        "" => BlockOp::Unknown,
        _ => letter(&fields, 2, "use R, W, or nothing where it is not known")?,
    };
    let lun = fields.whole(3, "lun", 1)?;
    let extent =
        Extent { offset_bytes: fields.whole(4, "offset", 1)?, bytes: fields.whole(5, "size", 1)? };
    let row = raw(&fields, line.number, (time_ns, op), &extent, 5, response_ns)?;
    Ok(Taken::Row(row, lun.to_string()))
}

impl Places {
    /// Finds the columns by the first line.
    fn of(line: &Line<'_>, mapping: &Mapping) -> Result<Self, TraceFault> {
        let names = cells(line, mapping.separator)?;
        let find = |column: &str| -> Result<usize, TraceFault> {
            let place = if mapping.header {
                let mut all = names.iter().enumerate();
                let same = |name: &String| name.eq_ignore_ascii_case(column);
                let first = all.find(|(_, name)| same(name)).map(|(place, _)| place);
                if let (Some(first), Some((second, _))) = (first, all.find(|(_, n)| same(n))) {
                    return Err(TraceFault {
                        line: line.number,
                        column: Some(second + 1),
                        field: Some(shortened(column)),
                        problem: TraceProblem::DuplicateColumn { first: first + 1 },
                        help: "name each column once".to_owned(),
                    });
                }
                first
            } else {
                column.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
            };
            place.filter(|place| *place < names.len()).ok_or_else(|| {
                let text = format!("there is no column `{}`", shortened(column));
                let near = names.iter().find(|n| strsim::damerau_levenshtein(n, column) <= 2);
                let help = match near.filter(|_| mapping.header) {
                    Some(near) => format!("is `{}` meant?", shortened(near)),
                    None if mapping.header => "name one of the first line".to_owned(),
                    None => format!("a row has {} columns, and they count from 1", names.len()),
                };
                whole_line(line.number, TraceProblem::Content { text }, &help)
            })
        };
        let scaled = |scaled: &Option<Scaled>| {
            scaled.as_ref().map(|scaled| find(&scaled.column)).transpose()
        };
        Ok(Self {
            count: mapping.header.then_some(names.len()),
            time: find(&mapping.time.column)?,
            op: find(&mapping.op.column)?,
            bytes: find(&mapping.bytes.column)?,
            offset: scaled(&mapping.offset)?,
            response: scaled(&mapping.response)?,
            device: mapping.device.as_ref().map(|device| find(device)).transpose()?,
        })
    }
}

fn cells(line: &Line<'_>, separator: char) -> Result<Vec<String>, TraceFault> {
    let cells: Result<Vec<String>, _> =
        Cells::new(line.text, separator).map(|cell| cell.map(|c| c.trim().to_owned())).collect();
    cells.map_err(|_| {
        let text = "the quotes of the row do not match".to_owned();
        whole_line(line.number, TraceProblem::Content { text }, "close each quote in its field")
    })
}

impl OpWords {
    fn kind(&self, text: &str) -> Option<BlockOp> {
        let kinds = [
            (&self.read, BlockOp::Read),
            (&self.write, BlockOp::Write),
            (&self.discard, BlockOp::Discard),
            (&self.flush, BlockOp::Flush),
        ];
        let has = |words: &Vec<String>| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        kinds.into_iter().find(|(words, _)| has(words)).map(|(_, op)| op)
    }
}

fn mapped(line: &Line<'_>, mapping: &Mapping, places: &Places) -> Result<Taken, TraceFault> {
    let cells = cells(line, mapping.separator)?;
    let used = [Some(places.time), Some(places.op), Some(places.bytes), places.offset];
    let used = used.into_iter().chain([places.response, places.device]).flatten();
    let least = places.count.unwrap_or_else(|| used.max().map_or(1, |last| last + 1));
    let parts = cells.iter().map(String::as_str).collect();
    let fields = Fields::of(parts, line, least, places.count.unwrap_or(MAPPED_MOST))?;
    let op = mapping.op.kind(fields.get(places.op)).ok_or_else(|| {
        let problem = TraceProblem::UnknownOp { text: shortened(fields.get(places.op)) };
        let help = "list it with `read`, `write`, `discard` or `flush` of the mapping";
        fields.fault(places.op, &mapping.op.column, problem, help)
    })?;
    let bytes_of = |at: usize, scaled: &Scaled| {
        let bytes = fields.decimal(at, &scaled.column, scaled.unit)?;
        u64::try_from(bytes).map_err(|_| {
            let problem = TraceProblem::TooLarge { text: shortened(fields.get(at)) };
            fields.fault(at, &scaled.column, problem, "it must stay below 2^64 bytes")
        })
    };
    let time_ns = fields.decimal(places.time, &mapping.time.column, mapping.time.unit)?;
    let bytes = match op {
        BlockOp::Flush if fields.get(places.bytes).is_empty() => 0,
        _ => bytes_of(places.bytes, &mapping.bytes)?,
    };
    let offset_bytes = match (places.offset, &mapping.offset) {
        (Some(at), Some(scaled)) if !(op == BlockOp::Flush && fields.get(at).is_empty()) => {
            bytes_of(at, scaled)?
        }
        _ => 0,
    };
    let response_ns = match (places.response, &mapping.response) {
        (Some(at), Some(scaled)) if !fields.get(at).is_empty() => {
            response(&fields, at, scaled.unit)?
        }
        _ => None,
    };
    let device = places.device.map_or_else(String::new, |at| fields.get(at).to_owned());
    let extent = Extent { offset_bytes, bytes };
    let row = raw(&fields, line.number, (time_ns, op), &extent, places.bytes, response_ns)?;
    Ok(Taken::Row(row, device))
}
