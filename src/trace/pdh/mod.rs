//! Streaming reader of `PerfMon` logs as text: PDH-CSV 4.0.
//!
//! `relog -f csv`, `typeperf`, `Export-Counter` and `csvnet run --counters` write it: a line that
//! names the columns, then one line for each sample. [`PdhReader`] gives the columns and then
//! sample after sample in constant memory; [`observe()`] folds a log into means.

mod fold;
mod head;
mod localised;
mod metrics;
mod observe;
mod path;
mod table;
#[cfg(test)]
mod tests;
mod time;

use std::collections::VecDeque;
use std::io::Read;

use super::cells::Cells;
use super::text::{Line, Lines, shortened, whole_line};
use super::{Gathered, RowError, TraceError, TraceFault, TraceProblem};

pub use observe::{Observations, PdhRange, Row, RowKind, Value, observe};
pub use path::CounterPath;
pub use time::{NotATime, PdhTime};

/// A header names tens of thousands of columns at most, each of some hundred bytes.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// What typeperf says on the screen below its samples.
const TAILS: [&str; 2] = ["Exiting, please wait", "The command completed successfully"];
/// How much of a path a fault repeats.
const FIELD_CHARS: usize = 160;

/// What the first line of a log says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PdhHeader {
    /// Name of the time zone, where it is told.
    pub zone: Option<String>,
    /// Minutes by which UTC is later than the times of the log, where it is told: 240 for Eastern
    /// Daylight Time, -60 for Paris in winter.
    pub bias_minutes: Option<i32>,
    /// What each column after the time counts.
    pub columns: Vec<CounterPath>,
    /// Whether a last column holds a remark instead of a counter.
    pub remark: bool,
}

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct PdhSample {
    /// Line in the file.
    pub line: u64,
    /// When it was taken.
    pub time: PdhTime,
    /// When the sample before it was taken; none for the first of the file.
    pub since: Option<PdhTime>,
    /// The values in the order of the header's columns; none where a cell is blank or its column
    /// is not wanted.
    pub values: Vec<Option<f64>>,
}

/// Reads a log sample by sample in constant memory.
///
/// Values are finite and not negative, times rise. A last line without its end is taken as whole
/// when it has every cell and its last one is closed by a quote; otherwise the logger was killed
/// within it, which is a fault: leave the line out, or end before it with
/// [`PdhReader::between`].
#[derive(Debug)]
pub struct PdhReader<R> {
    lines: Lines<R>,
    header: PdhHeader,
    wanted: Vec<bool>,
    range: PdhRange,
    latest: Option<(PdhTime, u64)>,
    rows: u64,
    /// Faults of the line read last, not handed out yet.
    faults: VecDeque<TraceFault>,
    ended: bool,
}

impl<R: Read> PdhReader<R> {
    /// Reads the header; `name` is how an error names the file.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when the file is empty or unreadable, is no PDH-CSV, names a column twice or
    /// by no path, or is of a system in another language than English.
    pub fn new(name: &str, reader: R) -> Result<Self, TraceError> {
        let mut lines = Lines::new(reader, MAX_LINE_BYTES);
        let mut gathered = Gathered::default();
        let header = match lines.next_text() {
            Ok(Some(line)) => head::header(&line, &mut gathered),
            Ok(None) => {
                let help = "the first line of a PerfMon log in text names the columns";
                gathered.push(whole_line(1, TraceProblem::Empty, help));
                PdhHeader::default()
            }
            Err(RowError::Fault(fault)) => {
                gathered.push(fault);
                PdhHeader::default()
            }
            Err(RowError::Io { line, source }) => {
                return Err(TraceError::Io { file: name.to_owned(), line, source });
            }
        };
        gathered.into_result(name)?;
        let wanted = vec![true; header.columns.len()];
        Ok(Self {
            lines,
            header,
            wanted,
            range: PdhRange::default(),
            latest: None,
            rows: 0,
            faults: VecDeque::new(),
            ended: false,
        })
    }

    /// What the first line says.
    #[must_use]
    pub const fn header(&self) -> &PdhHeader {
        &self.header
    }

    /// Gives only samples of a range. Those before it are read for their time alone, and reading
    /// ends at the first one after it, so that neither has faults.
    #[must_use]
    pub const fn between(mut self, range: PdhRange) -> Self {
        self.range = range;
        self
    }

    /// Reads only columns for which `wanted` says so, by their index; others are blank in every
    /// sample, whatever they hold.
    #[must_use]
    pub fn only(mut self, wanted: impl FnMut(usize) -> bool) -> Self {
        self.wanted = (0..self.header.columns.len()).map(wanted).collect();
        self
    }

    fn read(&mut self) -> Result<Option<PdhSample>, RowError> {
        loop {
            let Some(line) = self.lines.next_text()? else {
                self.ended = true;
                if self.rows == 0 {
                    let help = "log two samples at least: a rate is told from the second on";
                    let line = self.lines.number;
                    return Err(whole_line(line, TraceProblem::NoRows, help).into());
                }
                return Ok(None);
            };
            if TAILS.iter().any(|tail| line.text.starts_with(tail)) {
                continue;
            }
            self.rows += 1;
            let time = time_of(&line)?;
            if self.range.to.is_some_and(|to| time > to) {
                self.ended = true;
                return Ok(None);
            }
            let before = self.latest.replace((time, line.number));
            if self.range.from.is_some_and(|from| time < from) {
                continue;
            }
            if let Some(fault) = before.and_then(|before| clock_fault(before, time, line.number)) {
                self.faults.push_back(fault);
            }
            let values = values(&line, &self.header, &self.wanted, &mut self.faults);
            let (number, since) = (line.number, before.map(|(time, _)| time));
            if let Some(fault) = self.faults.pop_front() {
                return Err(fault.into());
            }
            return Ok(Some(PdhSample { line: number, time, since, values }));
        }
    }
}

impl<R: Read> Iterator for PdhReader<R> {
    type Item = Result<PdhSample, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.faults.pop_front() {
            return Some(Err(fault.into()));
        }
        if self.ended {
            return None;
        }
        let sample = self.read();
        if matches!(sample, Err(RowError::Io { .. })) {
            self.ended = true;
        }
        sample.transpose()
    }
}

/// A fault in a cell; columns count from 1, the time's among them.
fn cell_fault(line: u64, cell: usize, field: &str, text: String, help: &str) -> TraceFault {
    TraceFault {
        line,
        column: Some(cell + 1),
        field: Some(field.to_owned()),
        problem: TraceProblem::Content { text },
        help: help.to_owned(),
    }
}

/// A path as a fault names it.
fn field(path: &str) -> String {
    match path.char_indices().nth(FIELD_CHARS) {
        None => path.to_owned(),
        Some((end, _)) => format!("{}...", &path[..end]),
    }
}

fn time_of(line: &Line<'_>) -> Result<PdhTime, TraceFault> {
    let cell = Cells::new(line.text, ',').next().and_then(Result::ok);
    let time = cell.as_ref().and_then(|cell| PdhTime::parse_log(cell));
    time.ok_or_else(|| {
        if cell.is_none() && !line.closed {
            let problem = TraceProblem::CutRow { expected: 1, found: 0 };
            return whole_line(line.number, problem, CUT);
        }
        let text = cell.as_deref().unwrap_or(line.text);
        let text = format!("{:?} is no time of a log", shortened(text));
        let help = "a log has MM/DD/YYYY HH:MM:SS.mmm whatever the country; a spreadsheet that \
                    saved it changed it, so export again";
        cell_fault(line.number, 0, "time", text, help)
    })
}

const CUT: &str = "the logger was stopped within the row: drop it, or end before it with a time \
                   up to which to read";

fn clock_fault((before, at): (PdhTime, u64), time: PdhTime, line: u64) -> Option<TraceFault> {
    let (text, help) = match time.cmp(&before) {
        std::cmp::Ordering::Greater => return None,
        std::cmp::Ordering::Equal => {
            let text = format!("two samples are of {time}, the other on line {at}");
            (text, "keep one of them; logs put together overlap")
        }
        std::cmp::Ordering::Less => {
            let text = format!("the clock steps back: {time} comes after {before} on line {at}");
            let help = "summer time ended or the clock was set; read up to the step, or from the \
                        first time after it that did not come twice";
            (text, help)
        }
    };
    Some(cell_fault(line, 0, "time", text, help))
}

/// The values of a line; its faults are pushed, not more than are ever shown.
fn values(
    line: &Line<'_>,
    header: &PdhHeader,
    wanted: &[bool],
    faults: &mut VecDeque<TraceFault>,
) -> Vec<Option<f64>> {
    let expected = header.columns.len() + 1;
    let mut values = Vec::with_capacity(expected);
    let mut found = 0;
    let at = line.number;
    for (index, cell) in Cells::new(line.text, ',').enumerate() {
        let Ok(cell) = cell else {
            if line.closed {
                let text = "the quotes of the row do not match".to_owned();
                let help = "every cell is in quotes of its own";
                faults.push_back(whole_line(at, TraceProblem::Content { text }, help));
            } else {
                faults.push_back(whole_line(at, TraceProblem::CutRow { expected, found }, CUT));
            }
            return values;
        };
        found += 1;
        let Some(column) = index.checked_sub(1) else { continue };
        if !wanted.get(column).is_some_and(|wanted| *wanted) {
            values.push(None);
            continue;
        }
        match number(cell.trim()) {
            Ok(value) => values.push(value),
            Err((problem, help)) => {
                values.push(None);
                if faults.len() < TraceError::SHOWN {
                    let path = &header.columns[column];
                    let name = format!("{}({})\\{}", path.object, path.instance, path.counter);
                    let (column, field) = (Some(index + 1), Some(field(&name)));
                    let help = help.to_owned();
                    faults.push_back(TraceFault { line: at, column, field, problem, help });
                }
            }
        }
    }
    let cut = !line.closed && (found < expected || !line.text.trim_end().ends_with('"'));
    if cut {
        faults.push_front(whole_line(at, TraceProblem::CutRow { expected, found }, CUT));
    } else if found < expected {
        let help = "a column that ends early has blank cells; export the log again";
        faults.push_front(whole_line(at, TraceProblem::ShortRow { expected, found }, help));
    } else if found > expected + usize::from(header.remark) {
        let help = "numbers have a point and no separator; export with English settings";
        faults.push_front(whole_line(at, TraceProblem::LongRow { expected, found }, help));
    }
    values.truncate(expected - 1);
    values
}

/// A value; none of a blank.
fn number(text: &str) -> Result<Option<f64>, (TraceProblem, &'static str)> {
    if text.is_empty() {
        return Ok(None);
    }
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    let shown = shortened(text);
    match text.parse::<f64>() {
        Ok(value) if text.chars().all(plain) && value.is_finite() => {
            if value < 0.0 {
                let help = "no counter of use here is below zero; the sample was wrong or a raw \
                            counter was reset: leave its time out, or the counter";
                return Err((TraceProblem::Negative { text: shown }, help));
            }
            Ok(Some(value.abs()))
        }
        _ if text.contains(',') && text.chars().all(|c| plain(c) || c == ',') => {
            let text = format!("{shown:?} has a decimal comma");
            let help = "write the log with English regional settings, or log to .blg and convert \
                        it with relog under such";
            Err((TraceProblem::Content { text }, help))
        }
        _ => {
            let text = format!("{shown:?} is no finite number");
            Err((TraceProblem::Content { text }, "a cell is a number with a point, or blank"))
        }
    }
}
