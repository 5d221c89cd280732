//! Part files: the rows of a shard, between a line that says of what and one that proves that
//! nothing is missing.
//!
//! ```text
//! {"csvnet_sweep_part":1,...}     what was swept, which plan, which shard
//! {"point":0,...}                 a row for each point of the shard, in order
//! {"end":2500,"hash":"..."}       how many, and a hash of all lines before
//! ```
//!
//! While a shard is under way its rows are kept in any order, each behind a hash of its own, so
//! that whatever a killed process leaves is told from a row.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::level::Level;
use super::points::{Design, Effort, Seeds, SweepPlan, version};
use super::row::Row;
use super::shard::Shard;
use crate::scenario::Fnv;
use crate::units::UnitKind;

/// The only format there is.
const FORMAT: u32 = 1;
/// How every part begins, whatever its format.
const MAGIC: &[u8] = b"{\"csvnet_sweep_part\":";

/// An axis as a part tells it: its levels stand in the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SweptAxis {
    /// Its name.
    pub name: String,
    /// What its levels count, where all of them are numbers of one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UnitKind>,
    /// Where its levels go; none where each level has paths of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Levels with paths of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<Level>,
}

/// The first line of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    csvnet_sweep_part: u32,
    /// What of csvnet decides the numbers.
    pub version: String,
    /// Hash of the plan.
    pub plan: String,
    /// What the plan is called.
    pub file: String,
    /// What the sweep is about.
    pub title: String,
    /// The scenario, relative to the plan.
    pub scenario: String,
    /// Its hash.
    pub scenario_hash: String,
    /// How points were evaluated.
    pub fidelity: Effort,
    /// Seed instead of the scenario's.
    pub seed: Option<u64>,
    /// Seeds of the points.
    pub seeds: Seeds,
    /// Values that all points have.
    pub set: Vec<(String, String)>,
    /// How points were chosen.
    pub design: Design,
    /// Variants.
    pub variants: Vec<String>,
    /// Axes.
    pub axes: Vec<SweptAxis>,
    /// Points of the whole sweep.
    pub points: u64,
    /// Which shard this is.
    pub shard: Shard,
}

impl Head {
    /// That of a shard of a plan.
    #[must_use]
    pub fn of(plan: &SweepPlan, shard: Shard) -> Self {
        let axes = plan.axes.iter().map(|axis| SweptAxis {
            name: axis.name.clone(),
            kind: axis.kind,
            paths: axis.paths.clone(),
            named: axis.levels.iter().filter(|level| !level.set.is_empty()).cloned().collect(),
        });
        Self {
            csvnet_sweep_part: FORMAT,
            version: version(),
            plan: plan.hash().to_owned(),
            file: plan.file.clone(),
            title: plan.title.clone(),
            scenario: plan.scenario.clone(),
            scenario_hash: plan.scenario_hash.clone(),
            fidelity: plan.fidelity,
            seed: plan.seed,
            seeds: plan.seeds,
            set: plan.set.clone(),
            design: plan.design,
            variants: plan.variants.clone(),
            axes: axes.collect(),
            points: plan.len(),
            shard,
        }
    }

    /// The same sweep as one shard.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { shard: Shard::WHOLE, ..self.clone() }
    }

    fn line(&self) -> String {
        // Numbers and texts in structs always have a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The last line of a part.
#[derive(Serialize, Deserialize)]
struct Tail {
    end: u64,
    hash: String,
}

/// Why a file is no part.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PartError {
    /// It is something else.
    #[error("it is no part of a sweep")]
    Other,
    /// Its format is not known.
    #[error("its format is {found}, and this csvnet reads {FORMAT}")]
    Format {
        /// What it says.
        found: u32,
    },
    /// Another csvnet wrote it, which may count otherwise.
    #[error("csvnet {found} wrote it, and this is {}", version())]
    Version {
        /// What it says.
        found: String,
    },
    /// The end is missing.
    #[error("it is torn: its last line is not there")]
    Cut,
    /// It was changed after it was written.
    #[error("it is damaged: it was changed after it was written (line {line})")]
    Damaged {
        /// Where that shows, from 1.
        line: usize,
    },
}

/// A part that is whole.
#[derive(Clone, Debug, PartialEq)]
pub struct PartText {
    /// What it is of.
    pub head: Head,
    /// Its rows, in order, each with its line.
    pub rows: Vec<(Row, String)>,
}

/// A file that is no whole part; what it is of, as far as that shows.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{why}")]
pub struct Broken {
    /// Its first line, where that could be read.
    pub head: Option<Box<Head>>,
    /// What is wrong.
    pub why: PartError,
}

impl PartText {
    /// Reads a part and proves that it is whole.
    ///
    /// # Errors
    /// When it is none, cut, or changed.
    pub fn read(text: &[u8]) -> Result<Self, Broken> {
        let broken = |head: Option<&Head>, why| Broken { head: head.cloned().map(Box::new), why };
        if !text.starts_with(MAGIC) {
            // What is left of a part that was cut so early is told as such.
            let cut = !text.is_empty() && MAGIC.starts_with(text);
            return Err(broken(None, if cut { PartError::Cut } else { PartError::Other }));
        }
        let whole = text.ends_with(b"\n");
        let mut lines: Vec<&[u8]> =
            text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').collect();
        let first = lines.remove(0);
        let head = match head_of(first) {
            Ok(head) => head,
            // The first line itself is cut.
            Err(PartError::Damaged { .. }) if lines.is_empty() && !whole => {
                return Err(broken(None, PartError::Cut));
            }
            Err(why) => return Err(broken(None, why)),
        };
        let broken = |why| Err(broken(Some(&head), why));
        let tail = lines.pop().filter(|_| whole);
        let tail = tail.and_then(|line| serde_json::from_slice::<Tail>(line).ok());
        let Some(tail) = tail else { return broken(PartError::Cut) };
        let mut hash = Fnv::new();
        hash.add(first);
        for line in &lines {
            hash.add(line);
        }
        if tail.hash != hex(hash) || tail.end != lines.len() as u64 {
            return broken(PartError::Damaged { line: lines.len() + 2 });
        }
        let mut rows = Vec::with_capacity(lines.len());
        let mut expected = head.shard.points(head.points);
        for (k, line) in lines.iter().enumerate() {
            let row: Option<Row> = serde_json::from_slice(line).ok();
            let text = std::str::from_utf8(line).ok();
            let (Some(row), Some(text)) = (row, text) else {
                return broken(PartError::Damaged { line: k + 2 });
            };
            if expected.next() != Some(row.point) {
                return broken(PartError::Damaged { line: k + 2 });
            }
            rows.push((row, text.to_owned()));
        }
        if expected.next().is_some() {
            return broken(PartError::Damaged { line: lines.len() + 2 });
        }
        drop(expected);
        Ok(Self { head, rows })
    }

    /// Writes a part.
    ///
    /// # Errors
    /// The first error of `out`.
    pub fn write<'l>(
        head: &Head,
        lines: impl IntoIterator<Item = &'l str>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut hash = Fnv::new();
        let mut end = 0;
        let mut put = |line: &str| {
            hash.add(line.as_bytes());
            out.write_all(line.as_bytes())?;
            out.write_all(b"\n")
        };
        put(&head.line())?;
        for line in lines {
            put(line)?;
            end += 1;
        }
        let tail = Tail { end, hash: hex(hash) };
        serde_json::to_writer(&mut *out, &tail)?;
        out.write_all(b"\n")
    }
}

fn hex(hash: Fnv) -> String {
    format!("{:016x}", hash.value())
}

fn head_of(line: &[u8]) -> Result<Head, PartError> {
    #[derive(Deserialize)]
    struct Any {
        csvnet_sweep_part: u32,
        version: String,
    }
    let damaged = |_| PartError::Damaged { line: 1 };
    let any: Any = serde_json::from_slice(line).map_err(damaged)?;
    if any.csvnet_sweep_part != FORMAT {
        return Err(PartError::Format { found: any.csvnet_sweep_part });
    }
    if any.version != version() {
        return Err(PartError::Version { found: any.version });
    }
    let head: Head = serde_json::from_slice(line).map_err(damaged)?;
    // A shard that is none would have no points, or all.
    Shard::new(head.shard.index, head.shard.of).map_err(|_| PartError::Damaged { line: 1 })?;
    Ok(head)
}

/// A line behind its hash, with its end: what a shard under way keeps.
#[must_use]
pub fn kept_line(line: &str) -> String {
    let mut hash = Fnv::new();
    hash.add(line.as_bytes());
    format!("{} {line}\n", hex(hash))
}

/// What a file of kept rows turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    /// Rows of this shard, by point; none where the process was killed before the first.
    Rows(Vec<(u64, String)>),
    /// Rows of something else.
    Foreign(Box<Head>),
    /// No such file.
    Other,
}

/// The first line of a file of kept rows.
#[must_use]
pub fn kept_head(head: &Head) -> String {
    kept_line(&head.line())
}

/// The rows that a shard kept before it was stopped, up to the first line that is not whole.
#[must_use]
pub fn kept_rows(text: &[u8], head: &Head) -> Kept {
    if kept_head(head).as_bytes().starts_with(text) {
        return Kept::Rows(Vec::new());
    }
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').map(unkept);
    match lines.next().flatten().map(serde_json::from_str::<Head>) {
        Some(Ok(found)) if found == *head => {}
        Some(Ok(found)) => return Kept::Foreign(Box::new(found)),
        Some(Err(_)) | None => return Kept::Other,
    }
    let mut rows = Vec::new();
    for line in lines.map_while(|line| line) {
        let row = serde_json::from_str::<Row>(line).ok();
        let row = row.filter(|row| row.point < head.points && head.shard.has(row.point));
        let Some(row) = row else { break };
        rows.push((row.point, line.to_owned()));
    }
    Kept::Rows(rows)
}

/// The line behind a hash that it agrees with.
fn unkept(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (hash, text) = line.split_once(' ')?;
    let mut own = Fnv::new();
    own.add(text.as_bytes());
    (hash == hex(own)).then_some(text)
}
