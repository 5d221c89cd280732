//! One flag after the other.

use super::fault::{DiskSpdError, DiskSpdErrors, FaultKind};
use super::value::{self, SIZE_HELP};
use super::words::{Word, split};
use super::{CacheMode, DiskSpd, HotSpot, Ignored, IoPriority, MappedFlush, Throttle};

/// Windows starts no program with a longer command line (32767 UTF-16 units).
const LONGEST_LINE_BYTES: usize = 32_767 * 3;
/// DiskSpd reads counts as signed 32-bit numbers.
pub(super) const LARGEST_COUNT: u64 = i32::MAX as u64;
/// Flags that mean nothing without a value; the value must be attached.
const NEED_VALUE: &str = "bBcCdfFgiIjoOtTwWN";
const DEFAULT_BLOCK_BYTES: u32 = 64 * 1024;

const OVERRIDDEN: &str = "given again later on the line, and DiskSpd takes the last";

/// A value and the word it came from.
#[derive(Debug, Clone)]
pub(super) struct Given<T> {
    pub(super) value: T,
    pub(super) word: usize,
}

/// What the flags said, before they are looked at together.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) block: Option<Given<u32>>,
    /// The value of `block` or its default.
    pub(super) block_bytes: u32,
    pub(super) base: Option<Given<u64>>,
    pub(super) end: Option<Given<u64>>,
    pub(super) file: Option<Given<u64>>,
    pub(super) duration: Option<Given<u32>>,
    pub(super) warm_up: Option<Given<u32>>,
    pub(super) cool_down: Option<Given<u32>>,
    /// `-t`, `-o`, `-F`, `-O`.
    pub(super) threads: Option<Given<u32>>,
    pub(super) outstanding: Option<Given<u32>>,
    pub(super) total_threads: Option<Given<u32>>,
    pub(super) per_thread: Option<Given<u32>>,
    pub(super) throttle: Option<Given<Throttle>>,
    pub(super) burst_ios: Option<Given<u32>>,
    pub(super) burst_interval: Option<Given<u32>>,
    pub(super) priority: Option<Given<IoPriority>>,
    pub(super) write_percent: Option<Given<u32>>,
    pub(super) thread_stride: Option<Given<u64>>,
    pub(super) hot_spots: Option<Given<Vec<HotSpot>>>,
    pub(super) flush: Option<Given<MappedFlush>>,
    /// Percent of random requests; zero is sequential, as in DiskSpd's own state.
    pub(super) random_percent: u32,
    /// Zero until `-r` or `-s` set it, as in DiskSpd's own state.
    pub(super) alignment_bytes: u64,
    pub(super) cache_mode: Option<CacheMode>,
    pub(super) write_through: bool,
    pub(super) memory_mapped: Option<usize>,
    /// Words of flags that only matter to others.
    pub(super) same_offset: Option<usize>,
    pub(super) interlocked: Option<usize>,
    pub(super) completion_routines: Option<usize>,
    pub(super) no_affinity: Option<usize>,
    pub(super) affinity: Option<usize>,
    /// Indices of the words that are targets.
    pub(super) targets: Vec<usize>,
}

pub(super) struct Parser {
    pub(super) words: Vec<Word>,
    pub(super) line_len: usize,
    pub(super) draft: Draft,
    pub(super) faults: Vec<DiskSpdError>,
    ignored: Vec<(usize, Ignored)>,
}

pub(super) fn parse(line: &str) -> Result<DiskSpd, DiskSpdErrors> {
    let line_len = line.len();
    let words = if line_len > LONGEST_LINE_BYTES { Vec::new() } else { split(line) };
    let draft = Draft { block_bytes: DEFAULT_BLOCK_BYTES, ..Draft::default() };
    let mut parser = Parser { words, line_len, draft, faults: Vec::new(), ignored: Vec::new() };
    if line_len > LONGEST_LINE_BYTES {
        parser.fault_at_end(FaultKind::Malformed, "the line is longer than Windows allows");
        return Err(DiskSpdErrors(parser.faults));
    }
    let flags = parser.sort_words();
    // Sizes may be counted in blocks wherever `-b` stands, so it comes first.
    for block_first in [true, false] {
        for &(word, letter, ref value) in &flags {
            if (letter == 'b') == block_first {
                parser.flag(word, letter, value);
            }
        }
    }
    parser.finish()
}

impl Parser {
    pub(super) fn fault(&mut self, word: usize, kind: FaultKind, problem: &str, help: &str) {
        let Word { text, at } = &self.words[word];
        let (flag, at) = (text.clone(), at.clone());
        let (problem, help) = (problem.to_owned(), help.to_owned());
        self.faults.push(DiskSpdError { flag, at, kind, problem, help });
    }

    pub(super) fn fault_at_end(&mut self, kind: FaultKind, problem: &str) {
        self.faults.push(DiskSpdError {
            flag: String::new(),
            at: self.line_len..self.line_len,
            kind,
            problem: problem.to_owned(),
            help: "the form is: diskspd [flags] target [target ...]".to_owned(),
        });
    }

    pub(super) fn ignore(&mut self, word: usize, why: &'static str) {
        self.ignored.push((word, Ignored { flag: self.words[word].text.clone(), why }));
    }

    pub(super) fn into_ignored(mut self) -> Vec<Ignored> {
        self.ignored.sort_by_key(|&(word, _)| word);
        self.ignored.into_iter().map(|(_, ignored)| ignored).collect()
    }

    /// Tells flags from targets and returns the flags with letter and value.
    fn sort_words(&mut self) -> Vec<(usize, char, String)> {
        let mut flags = Vec::new();
        let mut next = usize::from(self.words.first().is_some_and(is_program));
        while next < self.words.len() {
            let word = next;
            next += 1;
            let text = self.words[word].text.clone();
            if !self.words[word].is_flag() {
                if text.starts_with(['\u{2013}', '\u{2014}', '\u{2212}']) {
                    let help = "type a plain - (text programs turn it into a long one)";
                    self.fault(word, FaultKind::Malformed, "begins with a long dash", help);
                } else {
                    self.draft.targets.push(word);
                }
                continue;
            }
            let mut chars = text.chars();
            chars.next();
            let letter = chars.next().unwrap_or_default();
            let value = chars.as_str().to_owned();
            if !self.draft.targets.is_empty() {
                let help = "put all flags before the first target";
                self.fault(word, FaultKind::Misplaced, "stands after a target", help);
            }
            let detached = value.is_empty()
                && NEED_VALUE.contains(letter)
                && self
                    .words
                    .get(next)
                    .is_some_and(|w| w.text.starts_with(|c: char| c.is_ascii_digit()));
            if detached {
                let help = format!("attach it: {}{}", text, self.words[next].text);
                let at = self.words[word].at.start..self.words[next].at.end;
                self.fault(word, FaultKind::Malformed, "the value stands apart", &help);
                if let Some(fault) = self.faults.last_mut() {
                    fault.at = at;
                }
                next += 1;
            } else {
                flags.push((word, letter, value));
            }
        }
        flags
    }

    fn flag(&mut self, word: usize, letter: char, value: &str) {
        match letter {
            'b' => self.block(word, value),
            'B' => self.bounds(word, value),
            'c' => {
                let size = self.size(word, value, 0);
                self.set(|d| &mut d.file, word, size);
            }
            'C' => {
                let seconds = self.count(word, value, 0, LARGEST_COUNT);
                self.set(|d| &mut d.cool_down, word, seconds);
            }
            'd' => {
                let seconds = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.duration, word, seconds);
            }
            'W' => {
                let seconds = self.count(word, value, 0, LARGEST_COUNT);
                self.set(|d| &mut d.warm_up, word, seconds);
            }
            'f' => self.end_or_hints(word, value),
            'F' => {
                let threads = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.total_threads, word, threads);
            }
            't' => {
                let threads = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.threads, word, threads);
            }
            'o' => {
                let requests = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.outstanding, word, requests);
            }
            'O' => {
                let requests = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.per_thread, word, requests);
            }
            'g' => self.throttle(word, value),
            'i' => {
                let ios = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.burst_ios, word, ios);
            }
            'j' => {
                let milliseconds = self.count(word, value, 1, LARGEST_COUNT);
                self.set(|d| &mut d.burst_interval, word, milliseconds);
            }
            'I' => {
                let priority = self.count(word, value, 1, 3).map(|number| match number {
                    1 => IoPriority::VeryLow,
                    2 => IoPriority::Low,
                    _ => IoPriority::Normal,
                });
                self.set(|d| &mut d.priority, word, priority);
            }
            'w' => {
                let percent = self.count(word, value, 0, 100);
                self.set(|d| &mut d.write_percent, word, percent);
            }
            'T' => {
                let size = self.size(word, value, 1);
                self.set(|d| &mut d.thread_stride, word, size);
            }
            'r' => self.random(word, value),
            's' => self.sequential(word, value),
            'p' => {
                if self.bare(word, value) {
                    self.draft.same_offset = Some(word);
                }
            }
            'S' => self.caching(word, value),
            'h' => {
                if self.bare(word, value) {
                    self.cache_letter(word, '-');
                }
            }
            'N' => self.mapped_flush(word, value),
            _ => self.flag_without_effect(word, letter, value),
        }
    }

    pub(super) fn set<T>(
        &mut self,
        slot: impl Fn(&mut Draft) -> &mut Option<Given<T>>,
        word: usize,
        value: Option<T>,
    ) {
        let Some(value) = value else { return };
        if let Some(before) = slot(&mut self.draft).replace(Given { value, word }) {
            self.ignore(before.word, OVERRIDDEN);
        }
    }

    /// The value as a count within bounds that fit 32 bits.
    pub(super) fn count(&mut self, word: usize, text: &str, least: u64, most: u64) -> Option<u32> {
        let problem = match value::digits(text) {
            Ok((number, "")) if (least..=most).contains(&number) => return Some(number as u32),
            Ok((number, "")) => format!("{number} is out of range"),
            Ok((_, rest)) => format!("{rest:?} follows the number"),
            Err(problem) => problem,
        };
        let help = format!("attach a whole number of {least} to {most}");
        self.fault(word, FaultKind::Malformed, &problem, &help);
        None
    }

    pub(super) fn size(&mut self, word: usize, text: &str, least: u64) -> Option<u64> {
        let size = match value::size(text, self.draft.block_bytes) {
            Ok(size) if size >= least => return Some(size),
            Ok(size) => format!("{size} bytes are too few"),
            Err(problem) => problem,
        };
        self.fault(word, FaultKind::Malformed, &size, SIZE_HELP);
        None
    }

    /// Whether a flag without value has none.
    pub(super) fn bare(&mut self, word: usize, value: &str) -> bool {
        if !value.is_empty() {
            let help = "the flag takes no value";
            self.fault(word, FaultKind::Malformed, &format!("{value:?} follows the flag"), help);
        }
        value.is_empty()
    }
}

/// Whether the first word is the program itself, with any path.
fn is_program(word: &Word) -> bool {
    let name = word.text.rsplit(['\\', '/']).next().unwrap_or_default();
    !word.is_flag()
        && (name.eq_ignore_ascii_case("diskspd") || name.eq_ignore_ascii_case("diskspd.exe"))
}
