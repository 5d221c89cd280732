//! From a log to means: one row for each node, volume, adapter, disk and share.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use super::fold::Fold;
use super::metrics::{How, METRICS, Metric, Source};
use super::path::alike;
use super::{CounterPath, PdhReader, PdhSample, PdhTime, field};
use crate::trace::text::whole_line;
use crate::trace::{Gathered, RowError, TraceError, TraceFault, TraceProblem};

/// A sample weighs by the time it covers, but not more than this many of the shortest: a pause of
/// the logger, or a clock set forward, is no time of which it tells.
const LONGEST: i64 = 2;
/// From this many times the shortest interval on a gap is told.
const GAP: i64 = 5;
/// Objects named where none is known.
const NAMED: usize = 8;
/// The instance that sums up the others.
const TOTAL: &str = "_total";

/// Which samples of a log count: those from `from` to `to`, each stated inclusive, in the local
/// time of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PdhRange {
    /// The first time.
    pub from: Option<PdhTime>,
    /// The last time.
    pub to: Option<PdhTime>,
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RowKind {
    /// The node itself.
    Node,
    /// A cluster shared volume, as seen on the node.
    Volume,
    /// A network adapter.
    Nic,
    /// A disk of the node, or of Storage Spaces Direct.
    Disk,
    /// A virtual disk.
    VirtualDisk,
    /// A share the node uses.
    ClientShare,
    /// A share the node gives.
    ServerShare,
}

impl RowKind {
    /// Its name in the table.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Volume => "volume",
            Self::Nic => "nic",
            Self::Disk => "disk",
            Self::VirtualDisk => "virtual-disk",
            Self::ClientShare => "client-share",
            Self::ServerShare => "server-share",
        }
    }
}

/// A number of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// Mean over the range; of a total, by how much it rose.
    pub mean: f64,
    /// The largest sample; none of a total.
    pub peak: Option<f64>,
    /// What a mean latency is weighted by: I/Os or requests a second. Zero otherwise.
    pub weight: f64,
    /// Samples with a value.
    pub samples: u64,
}

/// What a log tells of one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The node.
    pub node: String,
    /// What kind of thing.
    pub kind: RowKind,
    /// Its name; empty for the node itself.
    pub name: String,
    /// Samples that counted.
    pub samples: u64,
    /// Seconds that they cover.
    pub seconds: f64,
    /// The numbers by the name of their column.
    pub values: BTreeMap<&'static str, Value>,
}

/// What one or several logs tell.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observations {
    /// By node, kind and name.
    pub rows: Vec<Row>,
    /// What the reader should know, one sentence each.
    pub notes: Vec<String>,
}

/// Instances by host, object and name, all for comparing.
type Groups = BTreeMap<(String, String, String), Group>;

#[derive(Debug)]
struct Group {
    host: String,
    instance: String,
    counters: BTreeMap<String, usize>,
}

/// Host, kind and name of a row, for comparing.
type Key = (String, RowKind, String);

/// The rows to be, and the numbers of each.
#[derive(Debug, Default)]
struct Folds {
    rows: BTreeMap<Key, (String, String, Vec<Fold>)>,
    notes: Vec<String>,
}

/// Folds a log into one row for each node, volume, adapter, disk and share; `name` is how an error
/// names the file. Memory does not depend on its length.
///
/// A sample tells of the time since the one before it, so that the first of a file counts nowhere.
/// Rates, queues and percentages are means over time, a latency is weighted by its I/Os a second.
///
/// # Errors
///
/// Every fault of the columns in use: see [`PdhReader`]; also a log none of whose counters is
/// known, and a range without a sample.
pub fn observe<R: Read>(
    name: &str,
    reader: R,
    range: PdhRange,
) -> Result<Observations, TraceError> {
    let log = PdhReader::new(name, reader)?;
    let columns = log.header().columns.clone();
    let mut folds = Folds::of(&columns);
    if folds.rows.is_empty() {
        return Err(TraceError::one(name, nothing_known(&columns)));
    }
    let used: BTreeSet<usize> = folds.all().flat_map(|fold| fold.columns.clone()).collect();
    let mut log = log.between(range).only(|column| used.contains(&column));
    let mut gathered = Gathered::default();
    let mut clock = Clock::default();
    for sample in &mut log {
        match sample {
            Ok(sample) => {
                if let Some(weight) = clock.pass(&sample) {
                    folds.add(&sample, weight, &columns, &mut gathered);
                } else {
                    folds.begin(&sample);
                }
            }
            Err(RowError::Fault(fault)) => gathered.push(fault),
            Err(RowError::Io { line, source }) => {
                return Err(TraceError::Io { file: name.to_owned(), line, source });
            }
        }
    }
    if gathered.is_empty() && clock.samples == 0 {
        gathered.push(no_sample(log.lines.number, range));
    }
    gathered.into_result(name)?;
    Ok(folds.finish(name, &clock))
}

/// What the times of the samples tell.
#[derive(Debug, Default)]
struct Clock {
    samples: u64,
    covered_ms: i64,
    shortest_ms: Option<i64>,
    gaps: u64,
    first_gap: Option<u64>,
}

impl Clock {
    /// What a sample weighs; none of the first of a file.
    fn pass(&mut self, sample: &PdhSample) -> Option<f64> {
        let since_ms = sample.time.ms() - sample.since?.ms();
        let shortest_ms = self.shortest_ms.map_or(since_ms, |ms| ms.min(since_ms)).max(1);
        self.shortest_ms = Some(shortest_ms);
        if since_ms > GAP * shortest_ms {
            self.gaps += 1;
            self.first_gap.get_or_insert(sample.line);
        }
        let weight_ms = since_ms.min(LONGEST * shortest_ms);
        self.samples += 1;
        self.covered_ms += weight_ms;
        Some(weight_ms as f64 / 1e3)
    }
}

fn nothing_known(columns: &[CounterPath]) -> TraceFault {
    let objects: BTreeSet<&str> = columns.iter().map(|path| path.object.as_str()).collect();
    let shown: Vec<String> =
        objects.iter().take(NAMED).map(|o| format!("`{}`", field(o))).collect();
    let text = format!("none of the counters is known; the objects are {}", shown.join(", "));
    let help = "log Cluster CSVFS, SMB Client Shares, SMB Server Shares, Network Interface, \
                RDMA Activity, PhysicalDisk or the Hyper-V processors, on a system in English: \
                names in other languages are not known";
    whole_line(1, TraceProblem::Content { text }, help)
}

fn no_sample(line: u64, range: PdhRange) -> TraceFault {
    let side = |word: &str, time: Option<PdhTime>| {
        time.map_or_else(String::new, |time| format!(" {word} {time}"))
    };
    let (from, to) = (side("from", range.from), side("to", range.to));
    let text = format!("no sample counts{from}{to}");
    let help = "the first sample of a file never counts; times are those of the log, local to it";
    whole_line(line, TraceProblem::Content { text }, help)
}

/// The column of a counter, of which there may be spellings.
fn find(group: &Group, spellings: &str) -> Option<usize> {
    spellings.split('|').find_map(|name| group.counters.get(&alike(name)).copied())
}

fn find_all(group: &Group, source: &Source) -> Option<Vec<usize>> {
    source.counters.iter().map(|counter| find(group, counter)).collect()
}

impl Folds {
    fn of(columns: &[CounterPath]) -> Self {
        let mut groups: Groups = BTreeMap::new();
        for (index, path) in columns.iter().enumerate() {
            let key = (path.host.to_lowercase(), alike(&path.object), path.instance.to_lowercase());
            let group = groups.entry(key).or_insert_with(|| Group {
                host: path.host.clone(),
                instance: path.instance.clone(),
                counters: BTreeMap::new(),
            });
            // The first of two spellings that are alike.
            group.counters.entry(alike(&path.counter)).or_insert(index);
        }
        let mut folds = Self::default();
        for metric in METRICS {
            for source in metric.sources {
                folds.source(metric, source, &groups);
            }
        }
        folds.leave_out_totals();
        folds
    }

    fn source(&mut self, metric: &'static Metric, source: &Source, groups: &Groups) {
        let object = alike(source.object);
        for ((host, of, instance), group) in groups.iter().filter(|((_, o, _), _)| *o == object) {
            let Some(columns) = find_all(group, source) else {
                if metric.how == How::Latency && find(group, source.counters[0]).is_some() {
                    self.notes.push(format!(
                        "{} {}: `{}` is of no use without `{}`, which it is weighted by",
                        group.host, group.instance, source.counters[0], source.counters[1]
                    ));
                }
                continue;
            };
            let (name, key) = match metric.kind {
                RowKind::Node if instance != TOTAL => {
                    let total = (host.clone(), of.clone(), TOTAL.to_owned());
                    if !groups.contains_key(&total) {
                        self.notes.push(format!(
                            "{}: `{}` is logged of single processors only; log its _Total",
                            group.host, source.object
                        ));
                    }
                    continue;
                }
                RowKind::Node => ("", ""),
                _ => (group.instance.as_str(), instance.as_str()),
            };
            let key = (host.clone(), metric.kind, key.to_owned());
            let row = self.rows.entry(key);
            let row = row.or_insert_with(|| (group.host.clone(), name.to_owned(), Vec::new()));
            if row.2.iter().all(|fold| fold.metric.name != metric.name) {
                row.2.push(Fold::new(metric, columns));
            }
        }
    }

    /// Leaves out the sum of instances where they are there themselves.
    fn leave_out_totals(&mut self) {
        let single: BTreeSet<(String, RowKind)> = self
            .rows
            .keys()
            .filter(|(_, _, name)| name != TOTAL)
            .map(|(host, kind, _)| (host.clone(), *kind))
            .collect();
        self.rows.retain(|(host, kind, name), _| {
            name != TOTAL || !single.contains(&(host.clone(), *kind))
        });
        self.notes.sort();
        self.notes.dedup();
    }

    fn all(&self) -> impl Iterator<Item = &Fold> {
        self.rows.values().flat_map(|(_, _, folds)| folds)
    }

    /// Takes where totals begin from a sample that does not count.
    fn begin(&mut self, sample: &PdhSample) {
        for fold in self.rows.values_mut().flat_map(|(_, _, folds)| folds) {
            fold.last = fold.columns.first().and_then(|column| sample.values[*column]);
        }
    }

    fn add(
        &mut self,
        sample: &PdhSample,
        weight: f64,
        columns: &[CounterPath],
        gathered: &mut Gathered,
    ) {
        // One counter serves several metrics.
        let mut told = BTreeSet::new();
        for fold in self.rows.values_mut().flat_map(|(_, _, folds)| folds) {
            if let Err((column, text, help)) = fold.add(sample, weight)
                && told.insert(column)
            {
                let path = &columns[column];
                let name = format!("{}({})\\{}", path.object, path.instance, path.counter);
                gathered.push(TraceFault {
                    line: sample.line,
                    column: Some(column + 2),
                    field: Some(field(&name)),
                    problem: TraceProblem::Content { text },
                    help: help.to_owned(),
                });
            }
        }
    }

    fn finish(mut self, file: &str, clock: &Clock) -> Observations {
        let mut notes: Vec<String> =
            std::mem::take(&mut self.notes).into_iter().map(|n| format!("{file}: {n}")).collect();
        if let Some(line) = clock.first_gap {
            notes.push(format!(
                "{file}: {} times the log goes on much later than usual, first on line {line}: it \
                 was paused, or its clock was set forward; such a sample weighs as two",
                clock.gaps
            ));
        }
        let mut rows = Vec::new();
        for ((_, kind, _), (node, name, folds)) in self.rows {
            let mut values = BTreeMap::new();
            let mut blank = 0;
            for fold in &folds {
                blank = blank.max(clock.samples - fold.samples.min(clock.samples));
                if let Some(value) = fold.value() {
                    values.insert(fold.metric.name, value);
                }
            }
            if blank > 0 {
                let (what, samples) = (kind.name(), clock.samples);
                notes.push(format!(
                    "{file}: {node} {what} {name}: blank in {blank} of {samples} samples, which \
                     do not count for it"
                ));
            }
            let (samples, seconds) = (clock.samples, clock.covered_ms as f64 / 1e3);
            if !values.is_empty() {
                rows.push(Row { node, kind, name, samples, seconds, values });
            }
        }
        Observations { rows, notes }
    }
}
