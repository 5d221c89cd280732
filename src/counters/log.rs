//! A log of counters, and the comma-separated text of it.
//!
//! The layout is that of `relog -f csv` and `Export-Counter`: the first column says
//! `(PDH-CSV 4.0) (UTC)(0)`, time zone and bias; every field is quoted; lines end in CR LF; the
//! first sample of what needs two is blank. The clock begins at a fixed date, 01/01/2026.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::measure::{Part, Sums};
use super::object::{Counter, Object};

/// The date at which every log begins; nobody's clock is asked.
pub(super) const EPOCH: (u32, u32, u32) = (2026, 1, 1);

const MS_PS: u64 = 1_000_000_000;

/// One instance of an object on a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The node.
    pub node: String,
    /// The object.
    pub object: Object,
    /// Its name; equal names of one object get `#1`, `#2` when they are written.
    pub name: String,
    /// What was completed up to each sample since the one before; a part that is missing is zero.
    /// Counters of an object with no such part at all are zero too.
    pub parts: BTreeMap<Part, Vec<Sums>>,
    /// Counters that stay as they are: name and value.
    pub levels: Vec<(&'static str, f64)>,
}

impl Instance {
    /// An instance on which nothing has happened yet.
    #[must_use]
    pub fn new(node: impl Into<String>, object: Object, name: impl Into<String>) -> Self {
        let (node, name) = (node.into(), name.into());
        Self { node, object, name, parts: BTreeMap::new(), levels: Vec::new() }
    }

    fn sums(&self, part: Part, sample: usize) -> Sums {
        self.parts.get(&part).and_then(|sums| sums.get(sample)).copied().unwrap_or_default()
    }
}

/// A log of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// When each sample but the first, which is at zero, was taken: picoseconds since the start,
    /// rising.
    pub ends_ps: Vec<u64>,
    /// Instances, in the order of the columns.
    pub instances: Vec<Instance>,
}

/// One column.
enum Column<'a> {
    Counter(&'a Instance, Counter),
    Level(f64),
}

impl Log {
    /// What every column is called, `\\NODE\Object(Instance)\Counter`, with what it shows.
    fn columns(&self) -> Vec<(String, Column<'_>)> {
        let mut seen: BTreeMap<(String, Object, String), u32> = BTreeMap::new();
        let mut columns = Vec::new();
        for of in &self.instances {
            let key = (of.node.to_lowercase(), of.object, of.name.to_lowercase());
            let times = seen.entry(key).or_insert(0);
            let number = if *times > 0 { format!("#{times}") } else { String::new() };
            *times += 1;
            let head = format!("\\\\{}\\{}({}{number})\\", of.node, of.object.name(), of.name);
            for counter in of.object.counters() {
                columns.push((format!("{head}{}", counter.name), Column::Counter(of, *counter)));
            }
            for (name, value) in &of.levels {
                columns.push((format!("{head}{name}"), Column::Level(*value)));
            }
        }
        columns
    }

    /// The columns' names and their values at each sample, the first at zero; none is a blank.
    #[must_use]
    pub fn values(&self) -> Vec<(String, Vec<Option<f64>>)> {
        let samples = self.ends_ps.len() + 1;
        let all = self.columns().into_iter().map(|(name, column)| {
            let mut total = 0;
            (name, (0..samples).map(|k| self.value(&column, k, &mut total)).collect())
        });
        all.collect()
    }

    /// The value of a column at sample `k`; `total` is carried from the sample before.
    fn value(&self, column: &Column<'_>, k: usize, total: &mut u64) -> Option<f64> {
        match column {
            Column::Level(value) => Some(*value),
            Column::Counter(of, counter) => {
                let Some(before) = k.checked_sub(1) else {
                    return counter.what.value(counter.side, &Sums::default(), 0, 0);
                };
                let since = of.sums(counter.part, before);
                *total = total.saturating_add(counter.side.of(since.count));
                let from_ps = before.checked_sub(1).map_or(0, |earlier| self.ends_ps[earlier]);
                let elapsed_ps = self.ends_ps[before].saturating_sub(from_ps);
                counter.what.value(counter.side, &since, *total, elapsed_ps)
            }
        }
    }
}

/// Writes a log as PDH-CSV 4.0.
///
/// # Errors
/// When writing fails.
pub fn write_pdh(log: &Log, out: &mut dyn Write) -> io::Result<()> {
    let columns = log.columns();
    write!(out, "\"(PDH-CSV 4.0) (UTC)(0)\"")?;
    for (name, _) in &columns {
        write!(out, ",\"{}\"", name.replace('"', "'"))?;
    }
    write!(out, "\r\n")?;
    let mut totals = vec![0; columns.len()];
    for k in 0..=log.ends_ps.len() {
        let at_ps = k.checked_sub(1).map_or(0, |before| log.ends_ps[before]);
        write!(out, "\"{}\"", timestamp(at_ps))?;
        for ((_, column), total) in columns.iter().zip(&mut totals) {
            match log.value(column, k, total) {
                Some(value) => write!(out, ",\"{value}\"")?,
                None => write!(out, ",\" \"")?,
            }
        }
        write!(out, "\r\n")?;
    }
    Ok(())
}

/// `MM/DD/YYYY HH:MM:SS.mmm`, counted from the fixed date.
pub(super) fn timestamp(at_ps: u64) -> String {
    let ms = at_ps / MS_PS;
    let (mut days, ms) = (ms / 86_400_000, ms % 86_400_000);
    let (mut year, mut month, mut day) = EPOCH;
    while days > 0 {
        day += 1;
        if day > days_of(year, month) {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
        days -= 1;
    }
    let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{month:02}/{day:02}/{year:04} {h:02}:{m:02}:{s:02}.{:03}", ms % 1000)
}

const fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
