//! Finished replications, written down so that a run can go on where another ended.
//!
//! A replication is a function of the network, the seed, the window and its number, so it can be
//! used wherever these are the same; how many there shall be, to which precision and at which
//! level, may change. The file is JSON, a line each for what decides the replications, for every
//! finished one, and for the end, which holds a hash of all before it: a file that was cut or
//! changed is told from a whole one. Numbers keep all their bits.

use std::fmt::{self, Debug, Write as _};
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::{Plan, WarmUp};
use crate::engine::RunRecord;
use crate::network::{Arrivals, Network};
use crate::scenario::Fnv;

/// The only format there is.
const FORMAT: u32 = 1;

/// How every file begins, whatever its format.
const MAGIC: &[u8] = b"{\"csvnet_checkpoint\":";

/// Everything that decides the replications of one variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    name: String,
    seed: u64,
    duration_bits: Option<u64>,
    warm_up_bits: Option<u64>,
    workloads: String,
    paths: String,
    stations: String,
}

impl Identity {
    /// That of a variant with its network, which holds what scenario, parameters and fits make of
    /// it, and its plan.
    #[must_use]
    pub fn of(name: &str, net: &Network, plan: &Plan) -> Self {
        let warm_up_bits = match plan.warm_up {
            WarmUp::Auto => None,
            WarmUp::Fixed(seconds) => Some(seconds.to_bits()),
        };
        Self {
            name: name.to_owned(),
            seed: plan.seed.0,
            duration_bits: plan.duration_s.map(f64::to_bits),
            warm_up_bits,
            workloads: workloads(net),
            paths: hashed(&[&net.routes]),
            stations: hashed(&[&net.stations, &net.pools, &net.selectors, &net.accounts]),
        }
    }

    /// In what another differs, in words.
    fn differences(&self, other: &Self) -> Vec<&'static str> {
        let parts = [
            (self.seed == other.seed, "the seed"),
            (self.duration_bits == other.duration_bits, "the duration"),
            (self.warm_up_bits == other.warm_up_bits, "the warm-up"),
            (self.workloads == other.workloads, "the workloads or traces"),
            (self.stations == other.stations, "the hardware or its rates"),
            (self.paths == other.paths, "the paths or what they cost"),
        ];
        parts.into_iter().filter(|(same, _)| !same).map(|(_, what)| what).collect()
    }
}

/// A hash of what is printed for programmers, which shows every field and every bit of a number.
struct Printed(Fnv);

impl fmt::Write for Printed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.add(text.as_bytes());
        Ok(())
    }
}

fn hashed(parts: &[&dyn Debug]) -> String {
    let mut printed = Printed(Fnv::new());
    for part in parts {
        // Writing to a hash never fails.
        let _ = write!(printed, "{part:?}");
    }
    format!("{:016x}", printed.0.value())
}

fn workloads(net: &Network) -> String {
    let mut printed = Printed(Fnv::new());
    for source in &net.sources {
        let _ = write!(printed, "{:?} {:?} {:?}", source.label, source.group, source.mix);
        if let Arrivals::Trace(ios) = &source.arrivals {
            // Traces have millions of I/Os; their numbers are hashed as they are.
            for io in ios.iter() {
                for number in [io.at_ps, io.bytes, io.mix.into()] {
                    printed.0.add(&number.to_le_bytes());
                }
            }
        } else {
            let _ = write!(printed, "{:?}", source.arrivals);
        }
    }
    let _ = write!(printed, "{:?}", net.groups);
    format!("{:016x}", printed.0.value())
}

/// Why a checkpoint cannot be gone on from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It is something else.
    #[error("it is no checkpoint of csvnet")]
    Other,
    /// Its format is not known.
    #[error("its format is {found}, and this csvnet reads {FORMAT}")]
    Format {
        /// What it says.
        found: u32,
    },
    /// The end is missing.
    #[error("its end is missing")]
    Cut,
    /// It was changed after it was written.
    #[error("it was changed after it was written (line {line})")]
    Damaged {
        /// Where that shows, from 1.
        line: usize,
    },
    /// Another csvnet wrote it, which may count otherwise.
    #[error("csvnet {found} wrote it, and this is {}", version())]
    Version {
        /// What it says.
        found: String,
    },
    /// It has other variants.
    #[error("it has the variants {}, and this run has {}", listed(found), listed(asked))]
    Variants {
        /// Those of the file.
        found: Vec<String>,
        /// Those of the run.
        asked: Vec<String>,
    },
    /// What decides the replications is not the same.
    #[error("variant `{variant}` differs in {}", what.join(", "))]
    Differs {
        /// The first variant that differs.
        variant: String,
        /// In what.
        what: Vec<&'static str>,
    },
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    csvnet_checkpoint: u32,
    version: String,
    variants: Vec<Identity>,
}

/// What the first line of any format begins with.
#[derive(Deserialize)]
struct AnyHead {
    csvnet_checkpoint: u32,
    version: Option<String>,
}

/// The line of a replication that is read.
#[derive(Deserialize)]
struct Entry {
    variant: usize,
    record: RunRecord,
}

/// The line of a replication that is written.
#[derive(Serialize)]
struct EntryOf<'a> {
    variant: usize,
    record: &'a RunRecord,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct Tail {
    end: u64,
    hash: String,
}

/// The finished replications of a run of one or more variants.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// All lines but the last.
    text: Vec<u8>,
    hash: Fnv,
    replications: u64,
}

/// What decides the bytes of a replication, beside what an [`Identity`] holds.
fn version() -> String {
    format!("{} with engine {}", env!("CARGO_PKG_VERSION"), crate::engine::REVISION)
}

impl Checkpoint {
    /// One without any replication.
    #[must_use]
    pub fn new(variants: &[Identity]) -> Self {
        let mut checkpoint = Self { text: Vec::new(), hash: Fnv::new(), replications: 0 };
        checkpoint.line(&Head {
            csvnet_checkpoint: FORMAT,
            version: version(),
            variants: variants.to_vec(),
        });
        checkpoint
    }

    /// Reads one, and gives the replications of each variant with it.
    ///
    /// # Errors
    /// When it is damaged, or not of these variants.
    pub fn read(
        text: &[u8],
        variants: &[Identity],
    ) -> Result<(Self, Vec<Vec<RunRecord>>), CheckpointError> {
        if !text.starts_with(MAGIC) {
            // What is left of a checkpoint that was cut so early is told as such.
            let cut = !text.is_empty() && MAGIC.starts_with(text);
            return Err(if cut { CheckpointError::Cut } else { CheckpointError::Other });
        }
        let lines = whole_lines(text).ok_or(CheckpointError::Cut)?;
        let (head, entries) = lines.split_first().ok_or(CheckpointError::Cut)?;
        let damaged = |line| CheckpointError::Damaged { line };
        let any: AnyHead = serde_json::from_slice(head).map_err(|_| damaged(1))?;
        if any.csvnet_checkpoint != FORMAT {
            return Err(CheckpointError::Format { found: any.csvnet_checkpoint });
        }
        let (tail, entries) = entries.split_last().ok_or(CheckpointError::Cut)?;
        let tail: Tail = serde_json::from_slice(tail).map_err(|_| CheckpointError::Cut)?;
        let mut checkpoint = Self { text: Vec::new(), hash: Fnv::new(), replications: tail.end };
        std::iter::once(head).chain(entries).for_each(|line| checkpoint.push(line));
        if tail.hash != checkpoint.hash() || entries.len() as u64 != tail.end {
            return Err(damaged(entries.len() + 2));
        }
        if any.version.as_deref() != Some(&version()) {
            return Err(CheckpointError::Version { found: any.version.unwrap_or_default() });
        }
        let head: Head = serde_json::from_slice(head).map_err(|_| damaged(1))?;
        compare(&head.variants, variants)?;
        let mut kept = vec![Vec::new(); variants.len()];
        for (k, line) in entries.iter().enumerate() {
            let entry: Entry = serde_json::from_slice(line).map_err(|_| damaged(k + 2))?;
            kept.get_mut(entry.variant).ok_or_else(|| damaged(k + 2))?.push(entry.record);
        }
        Ok((checkpoint, kept))
    }

    /// Adds a replication of the variant at a place.
    pub fn add(&mut self, variant: usize, record: &RunRecord) {
        self.line(&EntryOf { variant, record });
        self.replications += 1;
    }

    /// Replications in it.
    #[must_use]
    pub const fn replications(&self) -> u64 {
        self.replications
    }

    /// Its length in bytes, but for the last line.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Writes the whole.
    ///
    /// # Errors
    /// The first error of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.text)?;
        let tail = Tail { end: self.replications, hash: self.hash() };
        serde_json::to_writer(&mut *out, &tail)?;
        out.write_all(b"\n")
    }

    fn hash(&self) -> String {
        format!("{:016x}", self.hash.value())
    }

    fn line(&mut self, of: &impl Serialize) {
        // Numbers and texts in structs always have a form in JSON.
        let line = serde_json::to_vec(of).unwrap_or_default();
        self.push(&line);
    }

    fn push(&mut self, line: &[u8]) {
        self.hash.add(line);
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
    }
}

/// The lines of a text that ends with the end of a line.
fn whole_lines(text: &[u8]) -> Option<Vec<&[u8]>> {
    let text = text.strip_suffix(b"\n")?;
    Some(text.split(|byte| *byte == b'\n').collect())
}

fn compare(found: &[Identity], asked: &[Identity]) -> Result<(), CheckpointError> {
    let names = |of: &[Identity]| of.iter().map(|one| one.name.clone()).collect::<Vec<_>>();
    if names(found) != names(asked) {
        let (found, asked) = (names(found), names(asked));
        return Err(CheckpointError::Variants { found, asked });
    }
    for (one, other) in found.iter().zip(asked) {
        let what = one.differences(other);
        if !what.is_empty() {
            return Err(CheckpointError::Differs { variant: one.name.clone(), what });
        }
    }
    Ok(())
}
