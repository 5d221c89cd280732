//! The tables of a time span.

use super::super::{Flow, Flows, Latency, TOO_MANY_PARTS, Target, TestResult};
use super::cells::{cut, percent, unfinished};
use super::{COMPLETE, Faults, Row};
use crate::trace::TraceProblem;
use crate::trace::text::{shortened, whole_line};

const MILLISECONDS: f64 = 1e-3;
/// Targets of one time span that are told apart.
const MOST_TARGETS: usize = 4096;
const DIRECTIONS: [&str; 3] = ["Total", "Read", "Write"];

#[derive(Debug, Default)]
enum Section {
    #[default]
    None,
    /// Names of the columns.
    Processors(Vec<String>),
    /// Which of the directions, and names of the columns once they were seen.
    Io(usize, Vec<String>),
    /// Whose percentiles, and names of the columns once they were seen.
    Percentiles(Option<String>, Vec<String>),
}

/// What the rows of one target add up to, or the percentiles of it.
#[derive(Debug, Default)]
struct OfTarget {
    path: String,
    flows: [Flow; 3],
    latencies: [Latency; 3],
}

#[derive(Debug)]
pub(super) struct Tables {
    pub(super) span: u64,
    section: Section,
    duration_s: Option<f64>,
    threads: Option<u64>,
    requests: Option<u64>,
    cpu: super::super::Cpu,
    totals: [Option<Flow>; 3],
    latencies: [Latency; 3],
    percentiles_whole: bool,
    measures_latency: bool,
    interrupted: bool,
    targets: Vec<OfTarget>,
    /// Rows of targets beyond those that are told apart.
    rows_left_out: u64,
}

impl Tables {
    pub(super) fn new(span: u64) -> Self {
        Self {
            span,
            section: Section::None,
            duration_s: None,
            threads: None,
            requests: None,
            cpu: super::super::Cpu::default(),
            totals: [None, None, None],
            latencies: Default::default(),
            percentiles_whole: false,
            measures_latency: false,
            interrupted: false,
            targets: Vec::new(),
            rows_left_out: 0,
        }
    }

    pub(super) fn line(&mut self, row: &Row<'_>, faults: &mut Faults) {
        if self.heading(row, faults) || row.is_rule() {
            return;
        }
        match std::mem::take(&mut self.section) {
            Section::None => {}
            Section::Processors(columns) => {
                if self.processor(row, &columns, faults) {
                    self.section = Section::Processors(columns);
                }
            }
            Section::Io(direction, columns) if columns.is_empty() => {
                let columns: Vec<String> = row.cells().into_iter().map(str::to_owned).collect();
                for needed in ["bytes", "I/Os", "I/O per s"] {
                    if !columns.iter().any(|column| column == needed) {
                        let problem = TraceProblem::MissingColumn { name: needed };
                        let help = "the table of I/O has bytes, I/Os and I/O per s";
                        faults.gathered.push(whole_line(row.number, problem, help));
                        return;
                    }
                }
                self.measures_latency |= columns.iter().any(|column| column == "AvgLat");
                self.section = Section::Io(direction, columns);
            }
            Section::Io(direction, columns) => {
                if self.io(row, direction, &columns, faults) {
                    self.section = Section::Io(direction, columns);
                }
            }
            Section::Percentiles(path, columns) if columns.is_empty() => {
                let columns = row.cells().into_iter().map(str::to_owned).collect();
                self.section = Section::Percentiles(path, columns);
            }
            Section::Percentiles(path, columns) => {
                if self.percentile(row, path.as_deref(), &columns, faults) {
                    self.section = Section::Percentiles(path, columns);
                }
            }
        }
    }

    fn heading(&mut self, row: &Row<'_>, faults: &mut Faults) -> bool {
        let text = row.text;
        if let Some(index) =
            DIRECTIONS.iter().position(|direction| text.strip_suffix(" IO") == Some(direction))
        {
            self.section = Section::Io(index, Vec::new());
        } else if matches!(text, "Total latency distribution:" | "total:") {
            self.section = Section::Percentiles(None, Vec::new());
        } else if let Some(path) = text.strip_prefix("Latency distribution:") {
            self.section = Section::Percentiles(Some(path.trim().to_owned()), Vec::new());
        } else if let Some(time) = text.strip_prefix("actual test time:") {
            let time = time.trim().trim_end_matches('s');
            self.duration_s = faults.decimal(row, None, "actual test time", time);
        } else if let Some(threads) = text.strip_prefix("thread count:") {
            self.threads = faults.whole(row, None, "thread count", threads);
        } else if let Some(requests) = text.strip_prefix("request count:") {
            self.requests = faults.whole(row, None, "request count", requests);
        } else if text.contains("CPU |") && text.contains("Usage") {
            let columns = row.cells().into_iter().map(str::to_owned).collect();
            self.section = Section::Processors(columns);
        } else if text.starts_with("The test was interrupted before the measurements began") {
            self.interrupted = true;
            let help = "repeat the test, and let it end by itself";
            faults.content(row.number, "the test was interrupted, there are no results", help);
        } else if matches!(text, "Wait Statistics" | "ETW:" | "Effective IO Distributions") {
            self.section = Section::None;
        } else {
            return false;
        }
        true
    }

    /// Whether more rows follow.
    fn processor(&mut self, row: &Row<'_>, columns: &[String], faults: &mut Faults) -> bool {
        let cells = row.cells();
        let usage_of = |text: &str| text.trim_end_matches('%').to_owned();
        if cells[0] == "avg." {
            match cells.get(1) {
                Some(usage) => {
                    let usage = usage_of(usage);
                    self.cpu.average_pct = faults.decimal(row, Some(2), "Usage", &usage);
                }
                None => cut(row, 2, 1, faults),
            }
            return false;
        }
        if cells.len() != columns.len() {
            cut(row, columns.len(), cells.len(), faults);
            return true;
        }
        let find = |name: &str| columns.iter().position(|column| column == name);
        let mut place = [None; 3];
        for (slot, name) in place.iter_mut().zip(["Socket", "Node", "Group"]) {
            if let Some(at) = find(name) {
                *slot = faults.whole(row, Some(at + 1), name, cells[at]);
            }
        }
        if let Some(at) = find("Usage")
            && let Some(usage) = faults.decimal(row, Some(at + 1), "Usage", &usage_of(cells[at]))
            && !self.cpu.add(place, usage)
        {
            faults.content(row.number, TOO_MANY_PARTS, "give one test at a time");
        }
        true
    }

    /// Whether more rows follow.
    fn io(&mut self, row: &Row<'_>, which: usize, columns: &[String], faults: &mut Faults) -> bool {
        let total = row.text.strip_prefix("total:");
        // The row of totals has neither thread nor file.
        let cells = match total {
            Some(rest) => {
                let mut cells = vec!["total"];
                cells.extend(rest.split('|').map(str::trim));
                cells
            }
            // A path may have the character that parts the cells.
            None => row.text.splitn(columns.len(), '|').map(str::trim).collect(),
        };
        let expected = columns.len() - usize::from(total.is_some());
        if cells.len() != expected {
            cut(row, expected, cells.len(), faults);
            return total.is_none();
        }
        unfinished(row, cells.last().copied(), &columns[cells.len() - 1], faults);
        let flow = Self::flow(row, columns, &cells, faults);
        if total.is_some() {
            // A wrong one has been told, and is not missing as well.
            self.totals[which] = Some(flow.unwrap_or_default());
            return false;
        }
        let file = columns.iter().position(|column| column == "file");
        if let (Some(flow), Some(at)) = (flow, file) {
            let file = cells[at];
            let path = file.rfind(" (").map_or(file, |end| &file[..end]).to_owned();
            let target = self.target(&path);
            target.flows[which] = match target.flows[which].iops {
                None => flow,
                Some(_) => Flow::together(&[&target.flows[which], &flow]),
            };
        }
        true
    }

    fn flow(
        row: &Row<'_>,
        columns: &[String],
        cells: &[&str],
        faults: &mut Faults,
    ) -> Option<Flow> {
        let place = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            cells.get(at).map(|cell| (at + 1, *cell))
        };
        let (bytes_at, bytes) = place("bytes")?;
        let (ios_at, ios) = place("I/Os")?;
        let (iops_at, iops) = place("I/O per s")?;
        let bytes = faults.whole(row, Some(bytes_at), "bytes", bytes);
        let ios = faults.whole(row, Some(ios_at), "I/Os", ios);
        let iops = faults.decimal(row, Some(iops_at), "I/O per s", iops);
        let mut milliseconds = |name: &str| match place(name) {
            None | Some((_, "N/A")) => None,
            Some((at, cell)) => {
                let value = faults.decimal(row, Some(at), name, cell);
                value.filter(|_| ios > Some(0)).map(|value| value * MILLISECONDS)
            }
        };
        let latency = Latency {
            mean_s: milliseconds("AvgLat"),
            deviation_s: milliseconds("LatStdDev"),
            percentiles: Vec::new(),
        };
        let (bytes, ios, iops) = (bytes?, ios?, iops?);
        // The printed MiB/s has two decimals only.
        let bytes_per_s = if ios == 0 { 0.0 } else { bytes as f64 / ios as f64 * iops };
        Some(Flow {
            ios: Some(ios),
            bytes: Some(bytes),
            iops: Some(iops),
            bytes_per_s: Some(bytes_per_s),
            latency,
        })
    }

    /// Whether more rows follow.
    fn percentile(
        &mut self,
        row: &Row<'_>,
        path: Option<&str>,
        columns: &[String],
        faults: &mut Faults,
    ) -> bool {
        let cells = row.cells();
        if cells.len() != columns.len() {
            cut(row, columns.len(), cells.len(), faults);
            return true;
        }
        unfinished(row, cells.last().copied(), "AvgLat", faults);
        let Some(percent) = percent(cells[0]) else {
            let text = format!("{:?} is no percentile", shortened(cells[0]));
            faults.content(row.number, text, "there are min, 25th to 99th, 3-nines and so on, max");
            return true;
        };
        for (which, direction) in DIRECTIONS.iter().enumerate() {
            let named = |column: &String| column.strip_suffix(" (ms)") == Some(direction);
            let Some(at) = columns.iter().position(named) else { continue };
            if cells[at] == "N/A" {
                continue;
            }
            if let Some(value) = faults.decimal(row, Some(at + 1), &columns[at], cells[at]) {
                let latencies = match path {
                    None => &mut self.latencies,
                    Some(path) => &mut self.target(path).latencies,
                };
                latencies[which].add(percent, value * MILLISECONDS);
            }
        }
        let last = percent >= 100.0;
        self.percentiles_whole |= last && path.is_none();
        !last
    }

    fn target(&mut self, path: &str) -> &mut OfTarget {
        let at = self.targets.iter().position(|target| target.path == path);
        if at.is_none() && self.targets.len() >= MOST_TARGETS {
            self.rows_left_out += 1;
            return &mut self.targets[0];
        }
        let at = at.unwrap_or_else(|| {
            self.targets.push(OfTarget { path: path.to_owned(), ..OfTarget::default() });
            self.targets.len() - 1
        });
        &mut self.targets[at]
    }

    /// Checks that all tables are whole, and hands over what they say.
    pub(super) fn finish(self, line: u64, result: &mut TestResult, faults: &mut Faults) {
        if self.interrupted {
            return;
        }
        let span = self.span;
        if self.rows_left_out > 0 {
            let text = format!("time span {span} has more than {MOST_TARGETS} targets");
            faults.content(line, text, "give one test at a time");
        }
        let mut missing = |what: &str| {
            faults.content(line, format!("the results of time span {span} lack {what}"), COMPLETE);
        };
        if self.duration_s.is_none() {
            missing("the actual test time");
        }
        for (direction, total) in DIRECTIONS.iter().zip(&self.totals) {
            if total.is_none() {
                missing(&format!("the total of {direction} IO"));
            }
        }
        if self.measures_latency && !self.percentiles_whole {
            missing("the percentiles up to max");
        }
        result.duration_s = self.duration_s;
        result.cpu = self.cpu;
        result.load.threads = result.load.threads.or(self.threads);
        if self.latencies.iter().any(Latency::falls) {
            let note = "a higher percentile is below a lower one, as DiskSpd never prints it";
            result.notes.push(note.to_owned());
        }
        result.flows = flows(self.totals.map(Option::unwrap_or_default), self.latencies);
        if result.targets.is_empty() {
            let paths = self.targets.iter().map(|target| Some(target.path.clone()));
            result.targets = paths.map(|path| Target { path, ..Target::default() }).collect();
        }
        if let [target] = result.targets.as_mut_slice() {
            target.flows = result.flows.clone();
            let exact = |flow: &Flow| match (flow.bytes, flow.ios) {
                (Some(bytes), Some(ios)) if ios > 0 && bytes % ios == 0 => Some(bytes / ios),
                _ => None,
            };
            // A size that is printed with two decimals is told exactly by what was moved.
            if target.path.is_some() && target.load.block_bytes.is_none() {
                target.load.block_bytes = exact(&result.flows.total);
                result.load.block_bytes = target.load.block_bytes;
            }
            return;
        }
        let paths: Vec<Option<String>> = result.targets.iter().map(|t| t.path.clone()).collect();
        for of in self.targets {
            let own = paths.iter().filter(|path| path.as_deref() == Some(of.path.as_str()));
            // Two targets of one name cannot be told apart.
            if own.count() == 1
                && let Some(at) = paths.iter().position(|p| p.as_deref() == Some(of.path.as_str()))
            {
                result.targets[at].flows = flows(of.flows, of.latencies);
            }
        }
    }
}

fn flows(flows: [Flow; 3], latencies: [Latency; 3]) -> Flows {
    let [total, read, write] = flows;
    let [of_total, of_read, of_write] = latencies;
    let with = |mut flow: Flow, latency: Latency| {
        flow.latency.percentiles = latency.percentiles;
        flow
    };
    Flows { total: with(total, of_total), read: with(read, of_read), write: with(write, of_write) }
}
