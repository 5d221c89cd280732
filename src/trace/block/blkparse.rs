//! What `blkparse` prints by default, a line for each event of a request.
//!
//! `8,0 3 1 0.000000000 697 Q W 223490 + 8 [kjournald]`: device, CPU, number, seconds, process,
//! event, kind, first sector, sectors, name. A request arrives with its `Q` (queued); where a file
//! was cut down to `D` (sent to the driver), with that. It ends with the `C` (complete) that covers
//! the last of its sectors, so that merged and split requests have their times too.

use std::collections::{BTreeMap, VecDeque};

use super::Raw;
use crate::trace::fields::decimal;
use crate::trace::text::{Line, shortened, whole_line};
use crate::trace::{BlockOp, TraceFault, TraceProblem};

const SECTOR_BYTES: u64 = 512;
const SECOND_NS: u64 = 1_000_000_000;
/// Begins of the lines of the summary below the events.
const SUMMARY: [&str; 5] = ["CPU", "Total", "Throughput", "Events", "Skips"];
/// Events that neither begin nor end a request.
const BETWEEN: [&str; 15] =
    ["A", "B", "F", "G", "I", "M", "P", "R", "S", "T", "U", "UT", "UI", "X", "m"];

/// An event of use.
#[derive(Debug, Clone, Copy)]
struct Event {
    action: u8,
    op: BlockOp,
    time_ns: u128,
    sector: u64,
    sectors: u64,
    line: u64,
}

/// A request under way.
#[derive(Debug)]
struct Pending {
    raw: Raw,
    first: u64,
    end: u64,
    /// Sectors not complete yet.
    left: u64,
}

/// Requests paired with their completions.
#[derive(Debug)]
pub(super) struct Blkparse {
    /// Requests in order of the file; those before the first are handed out.
    pending: VecDeque<Pending>,
    /// Number of the first of them.
    base: u64,
    /// Requests under way by first sector and number.
    under_way: BTreeMap<(u64, u64), u64>,
    /// The longest request so far, which bounds how far back one that overlaps can begin.
    longest: u64,
    /// Events held until it is known whether there are `Q`s.
    held: Vec<Event>,
    /// What a request arrives with.
    arrival: Option<u8>,
    window: usize,
    summary: bool,
}

impl Blkparse {
    pub(super) const fn new(window: usize) -> Self {
        Self {
            pending: VecDeque::new(),
            base: 0,
            under_way: BTreeMap::new(),
            longest: 0,
            held: Vec::new(),
            arrival: None,
            window,
            summary: false,
        }
    }

    /// The requests that a line lets go.
    pub(super) fn line(
        &mut self,
        line: &Line<'_>,
        takes: &mut dyn FnMut(&str, u64) -> Result<bool, TraceFault>,
    ) -> Result<Vec<Raw>, TraceFault> {
        if self.summary {
            return Ok(Vec::new());
        }
        let Some((device, event)) = event(line)? else {
            self.summary = SUMMARY.iter().any(|word| line.text.trim_start().starts_with(word));
            return Ok(Vec::new());
        };
        let Some(event) = event else { return Ok(Vec::new()) };
        if !takes(device, line.number)? {
            return Ok(Vec::new());
        }
        let mut given = Vec::new();
        if self.arrival.is_some() {
            self.take(&event, &mut given);
            return Ok(given);
        }
        self.held.push(event);
        if event.action == b'Q' || self.held.len() >= self.window {
            self.decide(&mut given);
        }
        Ok(given)
    }

    /// What is left at the end of the file.
    pub(super) fn end(&mut self) -> Vec<Raw> {
        let mut given = Vec::new();
        if self.arrival.is_none() {
            self.decide(&mut given);
        }
        given.extend(self.pending.drain(..).map(|pending| pending.raw));
        given
    }

    fn decide(&mut self, given: &mut Vec<Raw>) {
        let queued = self.held.iter().any(|event| event.action == b'Q');
        self.arrival = Some(if queued { b'Q' } else { b'D' });
        for event in std::mem::take(&mut self.held) {
            self.take(&event, given);
        }
    }

    fn take(&mut self, event: &Event, given: &mut Vec<Raw>) {
        if event.action == b'C' {
            self.complete(event);
        } else if Some(event.action) == self.arrival {
            self.begin(event);
        }
        let done = |pending: &Pending| pending.left == 0;
        while self.pending.front().is_some_and(done) || self.pending.len() > self.window {
            let Some(pending) = self.pending.pop_front() else { break };
            self.under_way.remove(&(pending.first, self.base));
            self.base += 1;
            given.push(pending.raw);
        }
    }

    fn begin(&mut self, event: &Event) {
        let number = self.base + self.pending.len() as u64;
        let end = event.sector.saturating_add(event.sectors);
        let raw = Raw {
            time_ns: event.time_ns,
            line: event.line,
            offset_bytes: event.sector.saturating_mul(SECTOR_BYTES),
            bytes: event.sectors.saturating_mul(SECTOR_BYTES),
            response_ns: None,
            op: event.op,
        };
        if event.sectors > 0 {
            self.under_way.insert((event.sector, number), number);
            self.longest = self.longest.max(event.sectors);
        }
        let left = event.sectors;
        self.pending.push_back(Pending { raw, first: event.sector, end, left });
    }

    /// Ends the oldest request of exactly these sectors, or else all that these sectors touch.
    fn complete(&mut self, event: &Event) {
        let end = event.sector.saturating_add(event.sectors);
        let place = |number: u64| usize::try_from(number - self.base).ok();
        let from = event.sector.saturating_sub(self.longest);
        let touched: Vec<u64> = self
            .under_way
            .range((from, 0)..(end, 0))
            .map(|(_, number)| *number)
            .filter(|number| {
                let pending = place(*number).and_then(|at| self.pending.get(at));
                pending.is_some_and(|p| p.end > event.sector && p.raw.op == event.op)
            })
            .collect();
        let same = |number: &&u64| {
            let pending = place(**number).and_then(|at| self.pending.get(at));
            pending
                .is_some_and(|p| (p.first, p.end) == (event.sector, end) && p.left == end - p.first)
        };
        let exact = touched.iter().filter(same).min().copied();
        for number in exact.map_or(touched, |number| vec![number]) {
            let Some(at) = place(number) else { continue };
            let Some(pending) = self.pending.get_mut(at) else { continue };
            let covered = end.min(pending.end) - event.sector.max(pending.first);
            pending.left = pending.left.saturating_sub(covered);
            if pending.left == 0 {
                let took = event.time_ns.saturating_sub(pending.raw.time_ns);
                pending.raw.response_ns = u64::try_from(took).ok().filter(|ns| *ns > 0);
                self.under_way.remove(&(pending.first, number));
            }
        }
    }
}

/// Device and event of a line; none where the line is no event, and no event where it is none that
/// begins or ends a request that moves or asks for anything.
fn event<'a>(line: &Line<'a>) -> Result<Option<(&'a str, Option<Event>)>, TraceFault> {
    let words: Vec<&str> = line.text.split_whitespace().take(10).collect();
    let digits = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let device = words.first().copied().unwrap_or("");
    let is_device = device.split_once(',').is_some_and(|(a, b)| digits(a) && digits(b));
    let fault = |column: Option<(usize, &str)>, text: String, help: &str| TraceFault {
        line: line.number,
        column: column.map(|(at, _)| at + 1),
        field: column.map(|(_, name)| name.to_owned()),
        problem: TraceProblem::Content { text },
        help: help.to_owned(),
    };
    if !is_device {
        if SUMMARY.iter().any(|word| line.text.trim_start().starts_with(word)) {
            return Ok(None);
        }
        let text = format!("{:?} begins no event", shortened(line.text.trim()));
        return Err(fault(
            None,
            text,
            "print the trace with blkparse without a format of your own",
        ));
    }
    let cut = || {
        let (expected, found) = (10, words.len());
        let problem = if line.closed {
            TraceProblem::ShortRow { expected, found }
        } else {
            TraceProblem::CutRow { expected, found }
        };
        whole_line(
            line.number,
            problem,
            "an event has device, CPU, number, time, process, event, \
                                          kind, sector, + and sectors",
        )
    };
    let Some(action) = words.get(5).copied() else { return Err(cut()) };
    if BETWEEN.contains(&action) {
        return Ok(Some((device, None)));
    }
    let letter = match action {
        "Q" | "D" | "C" => action.as_bytes()[0],
        _ => {
            let text = format!("{:?} is no event of blkparse", shortened(action));
            return Err(fault(
                Some((5, "event")),
                text,
                "events are A B C D F G I M P Q R S T U X m",
            ));
        }
    };
    let Some(time_ns) = decimal(words[3], SECOND_NS) else {
        let text = format!("{:?} is no time in seconds", shortened(words[3]));
        return Err(fault(Some((3, "time")), text, "times are seconds with nine decimals"));
    };
    let Some(rwbs) = words.get(6).copied() else { return Err(cut()) };
    let plain = rwbs.strip_prefix('F').unwrap_or(rwbs);
    let extent = match words.get(8) {
        Some(&"+") => {
            let number = |at: usize, name| {
                let word = words.get(at).copied().ok_or_else(cut)?;
                let number = if digits(word) { word.parse::<u64>().ok() } else { None };
                let number = number.filter(|n| n.checked_mul(SECTOR_BYTES).is_some());
                number.ok_or_else(|| {
                    let text = format!("{:?} is no number of sectors", shortened(word));
                    fault(Some((at, name)), text, "sectors of 512 bytes, below 2^55")
                })
            };
            Some((number(7, "sector")?, number(9, "sectors")?))
        }
        _ if !line.closed => return Err(cut()),
        _ => None,
    };
    let (sector, sectors) = extent.unwrap_or((0, 0));
    let op = match (plain.as_bytes().first(), sectors) {
        (Some(b'R'), 1..) => BlockOp::Read,
        (Some(b'W'), 1..) => BlockOp::Write,
        (Some(b'D'), _) => BlockOp::Discard,
        // A flush has no sectors, and its completion does not say whose it is.
        (_, 0) if rwbs.starts_with('F') && letter != b'C' => BlockOp::Flush,
        // Commands of the device, which are no I/O.
        (Some(b'N' | b'R' | b'W' | b'S') | None, _) | (_, 0) => return Ok(Some((device, None))),
        _ => {
            let text = format!("{:?} is no kind of a request", shortened(rwbs));
            return Err(fault(Some((6, "kind")), text, "kinds begin with R, W, D, F or N"));
        }
    };
    let line = line.number;
    Ok(Some((device, Some(Event { action: letter, op, time_ns, sector, sectors, line }))))
}
