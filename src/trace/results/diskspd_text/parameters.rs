//! What was asked, as the output repeats it.

use super::super::{Load, Target, TestResult};
use super::{Faults, Row};

/// Targets, and time spans, of one output.
const MOST_TARGETS: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) command_line: Option<String>,
    pub(super) host: Option<String>,
    pub(super) started: Option<String>,
    spans: Vec<Span>,
    /// Targets of all of them.
    targets: usize,
}

/// A time span.
#[derive(Debug, Default)]
struct Span {
    /// Threads that all targets share, `-F`.
    pool_threads: Option<u64>,
    /// Requests of each of them over all targets, `-O`.
    pool_requests: Option<u64>,
    targets: Vec<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    path: String,
    block_bytes: Option<u64>,
    threads: Option<u64>,
    requests: Option<u64>,
    read_pct: Option<f64>,
    random_pct: Option<f64>,
}

impl Parameters {
    pub(super) fn system(&mut self, row: &Row<'_>) {
        if let Some(name) = row.text.strip_prefix("computer name:") {
            self.host = Some(name.trim().to_owned());
        } else if let Some(start) = row.text.strip_prefix("start time:") {
            self.started = Some(start.trim().to_owned());
        }
    }

    pub(super) fn line(&mut self, row: &Row<'_>, faults: &mut Faults) {
        if row.text.starts_with("timespan:") || self.spans.is_empty() {
            if self.spans.len() == MOST_TARGETS {
                let text = format!("there are more than {MOST_TARGETS} time spans");
                faults.content(row.number, text, "give one test at a time");
                return;
            }
            self.spans.push(Span::default());
        }
        let Some(span) = self.spans.last_mut() else { return };
        if let Some(path) = row.text.strip_prefix("path:") {
            if self.targets == MOST_TARGETS {
                let text = format!("there are more than {MOST_TARGETS} targets");
                faults.content(row.number, text, "give one test at a time");
                return;
            }
            self.targets += 1;
            let path = path.trim();
            let bare = path.strip_prefix('\'').and_then(|path| path.strip_suffix('\''));
            span.targets.push(Asked { path: bare.unwrap_or(path).to_owned(), ..Asked::default() });
            return;
        }
        match span.targets.last_mut() {
            Some(target) => target.line(row, faults),
            None => span.line(row, faults),
        }
    }

    /// What is told of a time span, from 1.
    pub(super) fn describe(&self, number: u64, result: &mut TestResult) {
        let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(span) = self.spans.get(index) else { return };
        result.load.threads = span.pool_threads;
        result.load.outstanding = product(span.pool_threads, span.pool_requests);
        for asked in &span.targets {
            let threads = span.pool_threads.or(asked.threads);
            // A queue that targets share is of none of them.
            let outstanding = match span.pool_requests {
                Some(_) => None,
                None => product(threads, asked.requests),
            };
            let load = Load {
                block_bytes: asked.block_bytes,
                threads,
                outstanding,
                read_pct: asked.read_pct,
                random_pct: asked.random_pct,
            };
            let path = Some(asked.path.clone());
            result.targets.push(Target { path, load, ..Target::default() });
        }
        result.add_up_loads();
    }
}

fn product(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).and_then(|(one, other)| one.checked_mul(other))
}

impl Span {
    fn line(&mut self, row: &Row<'_>, faults: &mut Faults) {
        if let Some(threads) = row.text.strip_prefix("thread pool with ") {
            let threads = threads.trim_end_matches(" threads");
            self.pool_threads = faults.whole(row, None, "thread pool", threads);
        } else if let Some(requests) = outstanding(row.text) {
            // Zero stands for a queue of each target.
            let requests = faults.whole(row, None, "outstanding", requests);
            self.pool_requests = requests.filter(|requests| *requests > 0);
        }
    }
}

fn outstanding(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("number of outstanding I/O operations")?;
    Some(rest.strip_prefix(" per thread").unwrap_or(rest).trim_start_matches(':').trim())
}

impl Asked {
    fn line(&mut self, row: &Row<'_>, faults: &mut Faults) {
        let text = row.text;
        if let Some(size) = text.strip_prefix("block size:") {
            self.block_bytes = size_bytes(row, size.trim(), faults);
        } else if let Some(requests) = outstanding(text) {
            self.requests = faults.whole(row, None, "outstanding", requests);
        } else if let Some(threads) = text.strip_prefix("threads per file:") {
            self.threads = faults.whole(row, None, "threads per file", threads);
        } else if text == "performing read test" {
            self.read_pct = Some(100.0);
        } else if text == "performing write test" {
            self.read_pct = Some(0.0);
        } else if let Some(mix) = text.strip_prefix("performing mix test (read/write ratio:") {
            let reads = mix.split('/').next().unwrap_or_default();
            self.read_pct = faults.decimal(row, None, "read/write ratio", reads);
        } else if text.starts_with("using random I/O") {
            self.random_pct = Some(100.0);
        } else if let Some(mix) = text.strip_prefix("using mixed random/sequential I/O (") {
            let share = mix.split('%').next().unwrap_or_default();
            self.random_pct = faults.decimal(row, None, "random share", share);
        } else if text.starts_with("using sequential I/O")
            || text.starts_with("using interlocked sequential I/O")
        {
            self.random_pct = Some(0.0);
        }
    }
}

/// `4096`, `4KiB`; none where only two decimals of a larger unit are printed.
fn size_bytes(row: &Row<'_>, text: &str, faults: &mut Faults) -> Option<u64> {
    let units = [("KiB", 10_u32), ("MiB", 20), ("GiB", 30), ("TiB", 40)];
    let (number, shift) = units
        .into_iter()
        .find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, shift)))
        .unwrap_or((text, 0));
    if shift > 0 && number.contains('.') {
        return faults.decimal(row, None, "block size", number).and(None);
    }
    faults.whole(row, None, "block size", number)?.checked_mul(1_u64 << shift)
}
