//! Files of measurements and loads that a scenario names: traces, and profiles of `DiskSpd`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use super::context::Context;
use super::document::{FileAccess, Located, Reader};
use super::load::Fnv;
use super::timeline::parse_history;
use crate::trace::block::BlockSource;
use crate::trace::{BlockIo, BlockOp, BlockTrace, TraceError};
use crate::workload::ReplayIo;
use crate::workload::diskspd::DiskSpd;

/// Larger traces are cut with other tools first.
const LARGEST_TRACE: u64 = 1 << 30;
/// A profile that is part of a result can be long; its reader refuses what is longer.
const LARGEST_PROFILE: u64 = 64 << 20;
/// The history of a load has a row for a day or a month.
const LARGEST_HISTORY: u64 = 1 << 20;
const PS_PER_NS: u64 = 1_000;

/// Which part of a trace is meant, by number of arrivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    First,
    Second,
    All,
}

impl Part {
    const OPTIONS: [(&'static str, Self); 3] =
        [("first half", Self::First), ("second half", Self::Second), ("all", Self::All)];

    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        reader.choice("part", &Self::OPTIONS).unwrap_or(Self::All)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::First => "first half",
            Self::Second => "second half",
            Self::All => "all",
        }
    }

    /// `first half of the arrivals of x.csv: 32,094 I/Os`.
    pub(super) fn describe(self, file: &str, count: usize) -> String {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let what = match self {
            Self::All => "all arrivals".to_owned(),
            half => format!("{} of the arrivals", half.name()),
        };
        format!("{what} of {name}: {} I/Os", thousands(count))
    }
}

/// A whole number with its thousands set apart.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The reads and writes of a part of a trace.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    /// Clock from zero; shared by all variants.
    pub(super) ios: Arc<[ReplayIo]>,
    /// Discards and flushes left out.
    pub(super) left_out: u64,
    /// Bytes of the device that were touched; `None` when the trace does not tell.
    pub(super) touched_bytes: Option<u64>,
    /// Reads and writes of which one begins where the one before ended.
    pub(super) following: usize,
}

/// What became of a file: the trace, or why it was refused.
type Outcome = Rc<Result<BlockTrace, Vec<String>>>;

/// The lines of a profile, or why it was refused.
type Lines = Rc<Result<Vec<String>, Vec<String>>>;

/// The rows of a history, or why it was refused.
type History = Rc<Result<Vec<(f64, f64)>, Vec<String>>>;

/// Traces read so far, each once, however many variants name it.
pub(super) struct Traces<'a> {
    files: &'a dyn FileAccess,
    scenario: &'a Path,
    /// Files of the document with a place on the disk; later ones are settings.
    placed: usize,
    read: RefCell<BTreeMap<(PathBuf, BlockSource), (Outcome, u64)>>,
    recorded: RefCell<BTreeMap<(PathBuf, BlockSource, Part), Recorded>>,
    /// Files whose last line has no end.
    unclosed: RefCell<BTreeSet<PathBuf>>,
    profiles: RefCell<BTreeMap<PathBuf, (Lines, u64)>>,
    histories: RefCell<BTreeMap<PathBuf, (History, u64)>>,
}

impl<'a> Traces<'a> {
    pub(super) fn new(files: &'a dyn FileAccess, scenario: &'a Path, placed: usize) -> Self {
        Self {
            files,
            scenario,
            placed,
            read: RefCell::default(),
            recorded: RefCell::default(),
            unclosed: RefCell::default(),
            profiles: RefCell::default(),
            histories: RefCell::default(),
        }
    }

    /// Hashes of the files read, in an order that does not depend on where they lie.
    pub(super) fn hashes(&self) -> Vec<u64> {
        let mut hashes: Vec<u64> = self.read.borrow().values().map(|(_, hash)| *hash).collect();
        hashes.extend(self.profiles.borrow().values().map(|(_, hash)| *hash));
        hashes.extend(self.histories.borrow().values().map(|(_, hash)| *hash));
        hashes.sort_unstable();
        hashes
    }

    /// Where a trace lies: beside the file that names it, or beside the scenario.
    fn path(&self, context: &Context<'_>, name: &Located<String>) -> PathBuf {
        let named_in = if name.at.file.index() < self.placed {
            Path::new(&*context.document.file(name.at.file).name).to_owned()
        } else {
            self.scenario.to_owned()
        };
        named_in.parent().unwrap_or(Path::new("")).join(&name.value)
    }

    fn get(&self, key: (PathBuf, BlockSource)) -> Outcome {
        if let Some((outcome, _)) = self.read.borrow().get(&key) {
            return Rc::clone(outcome);
        }
        let (path, source) = &key;
        let mut hash = Fnv::new();
        let shown = path.display().to_string();
        let outcome = Rc::new(match self.files.read(path, LARGEST_TRACE) {
            Err(error) => Err(vec![format!("{shown}: the trace cannot be read: {error}")]),
            Ok(bytes) if bytes.len() as u64 > LARGEST_TRACE => {
                Err(vec![format!("{shown}: the trace is larger than 1 GiB")])
            }
            Ok(bytes) => {
                hash.add(&bytes);
                // In UTF-16 a zero stands beside the line feed.
                let last = bytes.iter().rev().find(|byte| **byte != 0);
                if last.is_some_and(|byte| *byte != b'\n') {
                    self.unclosed.borrow_mut().insert(path.clone());
                }
                BlockTrace::read_as(&shown, bytes.as_slice(), source)
                    .map_err(|error| listed(&error))
            }
        });
        self.read.borrow_mut().insert(key, (Rc::clone(&outcome), hash.value()));
        outcome
    }
}

/// The `DiskSpd` lines of the profile called `name`, one for each target; faults when it is none.
pub(super) fn profile_lines(
    context: &mut Context<'_>,
    name: &Located<String>,
) -> Option<Vec<String>> {
    let traces = context.traces;
    let path = traces.path(context, name);
    let known = traces.profiles.borrow().get(&path).map(|(lines, _)| Rc::clone(lines));
    let lines = known.unwrap_or_else(|| {
        let mut hash = Fnv::new();
        let shown = path.display().to_string();
        let lines: Lines = Rc::new(match traces.files.read(&path, LARGEST_PROFILE) {
            Err(error) => Err(vec![format!("{shown}: the profile cannot be read: {error}")]),
            Ok(bytes) => {
                hash.add(&bytes);
                DiskSpd::profile_lines(&shown, bytes.as_slice()).map_err(|error| listed(&error))
            }
        });
        traces.profiles.borrow_mut().insert(path, (Rc::clone(&lines), hash.value()));
        lines
    });
    match &*lines {
        Ok(lines) => Some(lines.clone()),
        Err(problems) => {
            for problem in problems {
                context.fault(name, problem.clone(), None);
            }
            None
        }
    }
}

/// The rows of the history called `name`: months since the first row, and values.
pub(super) fn history(
    context: &mut Context<'_>,
    name: &Located<String>,
) -> Option<Vec<(f64, f64)>> {
    let traces = context.traces;
    let path = traces.path(context, name);
    let known = traces.histories.borrow().get(&path).map(|(rows, _)| Rc::clone(rows));
    let rows = known.unwrap_or_else(|| {
        let mut hash = Fnv::new();
        let shown = path.display().to_string();
        let rows: History = Rc::new(match traces.files.read(&path, LARGEST_HISTORY) {
            Err(error) => Err(vec![format!("{shown}: the history cannot be read: {error}")]),
            Ok(bytes) if bytes.len() as u64 > LARGEST_HISTORY => {
                Err(vec![format!("{shown}: the history is larger than 1 MiB")])
            }
            Ok(bytes) => {
                hash.add(&bytes);
                match std::str::from_utf8(&bytes) {
                    Ok(text) => parse_history(&shown, text),
                    Err(_) => Err(vec![format!("{shown}: the history is not UTF-8")]),
                }
            }
        });
        traces.histories.borrow_mut().insert(path, (Rc::clone(&rows), hash.value()));
        rows
    });
    match &*rows {
        Ok(rows) => Some(rows.clone()),
        Err(problems) => {
            for problem in problems {
                context.fault(name, problem.clone(), None);
            }
            None
        }
    }
}

/// Each fault of a trace by itself, with file, line and column.
fn listed(error: &TraceError) -> Vec<String> {
    error.to_string().lines().map(str::to_owned).collect()
}

/// The part of the trace called `name`; faults when it cannot be used.
pub(super) fn record(
    context: &mut Context<'_>,
    name: &Located<String>,
    part: Part,
    source: &BlockSource,
) -> Option<Recorded> {
    let path = context.traces.path(context, name);
    let key = (path.clone(), source.clone(), part);
    let outcome = context.traces.get((path.clone(), source.clone()));
    if part != Part::First && context.traces.unclosed.borrow().contains(&path) {
        context.note(format!(
            "{}: the last line has no line end; if the file was cut there, its last number is cut \
             too",
            path.display()
        ));
    }
    if let Some(recorded) = context.traces.recorded.borrow().get(&key) {
        return Some(recorded.clone());
    }
    let trace = match &*outcome {
        Ok(trace) => trace,
        Err(problems) => {
            for problem in problems {
                context.fault(name, problem.clone(), None);
            }
            return None;
        }
    };
    let ios = trace.ios();
    let (first, second) = ios.split_at(ios.len() / 2);
    let ios = match part {
        Part::First => first,
        Part::Second => second,
        Part::All => ios,
    };
    let data: Vec<&BlockIo> = ios.iter().filter(|io| moves_data(io)).collect();
    let (Some(start), Some(end)) = (data.first(), data.last()) else {
        context.fault(name, "this part of the trace has no read and no write", None);
        return None;
    };
    if (end.time_ns - start.time_ns).checked_mul(PS_PER_NS).is_none() {
        context.fault(name, "the trace is longer than 213 days", None);
        return None;
    }
    let origin_ns = start.time_ns;
    let recorded = Recorded {
        left_out: (ios.len() - data.len()) as u64,
        touched_bytes: touched(&data),
        following: data.windows(2).filter(|pair| follows(pair[0], pair[1])).count(),
        ios: data
            .iter()
            .map(|io| ReplayIo {
                at_ps: (io.time_ns - origin_ns) * PS_PER_NS,
                bytes: io.bytes,
                write: io.op == BlockOp::Write,
                response_ns: io.response_ns,
            })
            .collect(),
    };
    context.traces.recorded.borrow_mut().insert(key, recorded.clone());
    Some(recorded)
}

const fn moves_data(io: &BlockIo) -> bool {
    matches!(io.op, BlockOp::Read | BlockOp::Write) && io.bytes > 0
}

const fn follows(before: &BlockIo, io: &BlockIo) -> bool {
    before.offset_bytes.saturating_add(before.bytes) == io.offset_bytes
}

/// Bytes covered by at least one request; `None` when no request tells where it goes.
fn touched(data: &[&BlockIo]) -> Option<u64> {
    let mut spans: Vec<(u64, u64)> =
        data.iter().map(|io| (io.offset_bytes, io.offset_bytes.saturating_add(io.bytes))).collect();
    spans.sort_unstable();
    spans.last().filter(|(start, _)| *start > 0)?;
    let (mut total, mut covered) = (0, 0);
    for (start, end) in spans {
        total += end.saturating_sub(start.max(covered));
        covered = covered.max(end);
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io(offset_bytes: u64, bytes: u64) -> BlockIo {
        BlockIo { time_ns: 0, op: BlockOp::Read, offset_bytes, bytes, response_ns: None }
    }

    #[test]
    fn touched_bytes_are_counted_once() {
        // 0..10, 5..15 and 100..110 cover 15 and 10 bytes.
        let ios = [io(100, 10), io(0, 10), io(5, 10), io(6, 2)];
        assert_eq!(touched(&ios.iter().collect::<Vec<_>>()), Some(25));
        assert_eq!(touched(&[&io(0, 10), &io(0, 10)]), None, "the trace has no offsets");
    }

    #[test]
    fn parts_are_described_with_their_size() {
        let text = Part::First.describe("traces/x.csv", 32_094);
        assert_eq!(text, "first half of the arrivals of x.csv: 32,094 I/Os");
        assert_eq!(Part::All.describe("x.csv", 7), "all arrivals of x.csv: 7 I/Os");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
