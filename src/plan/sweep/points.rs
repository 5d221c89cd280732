//! The plan of a sweep: a list of points that needs nothing else but the scenario.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::grid::{Grid, MOST_POINTS};
use super::level::Axis;
use super::record::Recorded;
use crate::random::{Seed, Stream};
use crate::scenario::Fnv;

/// The only format there is.
const FORMAT: u32 = 1;

/// How points are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    /// By the analytic solver.
    Fast,
    /// I/O by I/O, as the scenario says it is run.
    Simulate,
}

impl Effort {
    /// Each with its name.
    pub(super) const WORDS: [(&'static str, Self); 2] =
        [("fast", Self::Fast), ("simulate", Self::Simulate)];
}

/// Seeds of the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Seeds {
    /// The same for all: points are compared on common random numbers.
    Common,
    /// One for each: points are independent of each other.
    PerPoint,
}

impl Seeds {
    /// Each with its name.
    pub(super) const WORDS: [(&'static str, Self); 2] =
        [("common", Self::Common), ("per-point", Self::PerPoint)];
}

/// How points are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Design {
    /// Every level of each axis with every other.
    Grid,
    /// As many values of each axis as there are points, one in each of as many parts of its range.
    LatinHypercube {
        /// Points of each variant.
        points: u64,
        /// Seed of their places.
        seed: u64,
    },
}

/// A planned sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepPlan {
    /// Version of the format; also what tells such a file from others.
    csvnet_sweep: u32,
    /// What of csvnet decides the numbers.
    version: String,
    /// What it is called, for messages that say what to run.
    pub file: String,
    /// What it is about.
    pub title: String,
    /// The scenario, relative to this plan.
    pub scenario: String,
    /// Hash of the scenario with all that it includes and all that is built in.
    pub scenario_hash: String,
    /// Hashes of the traces and other files that any level names.
    pub read: Vec<u64>,
    /// How points are evaluated.
    pub fidelity: Effort,
    /// What is recorded of each.
    pub record: Vec<Recorded>,
    /// Seed instead of the scenario's.
    pub seed: Option<u64>,
    /// Seeds of the points.
    pub seeds: Seeds,
    /// Values that all points have.
    pub set: Vec<(String, String)>,
    /// How points were chosen.
    pub design: Design,
    /// Variants of the scenario.
    pub variants: Vec<String>,
    /// Axes.
    pub axes: Vec<Axis>,
    /// Of each point: its variant, then its level of each axis, by place from zero.
    points: Vec<Vec<u32>>,
    /// Hash of all this.
    hash: String,
}

/// A point, looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<'p> {
    plan: &'p SweepPlan,
    /// Number, from zero.
    pub number: u64,
    places: &'p [u32],
}

/// Why a plan is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It is something else.
    #[error("it is no plan of a sweep; make one with `csvnet sweep plan GRID -o FILE`")]
    Other,
    /// Its format is not known.
    #[error("its format is {found}, and this csvnet reads {FORMAT}")]
    Format {
        /// What it says.
        found: u32,
    },
    /// Another csvnet made it, which may count otherwise.
    #[error("csvnet {found} made it, and this is {}; plan again, or use that one", version())]
    Version {
        /// What it says.
        found: String,
    },
    /// It was changed or cut after it was made.
    #[error("it was changed or cut after it was made ({why}); plan again")]
    Damaged {
        /// How that shows.
        why: String,
    },
}

/// What decides the numbers of a row, beside the plan and the scenario.
pub(super) fn version() -> String {
    format!("{} with engine {}", env!("CARGO_PKG_VERSION"), crate::engine::REVISION)
}

/// What the scenario that a grid names turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Of {
    pub(super) file: String,
    pub(super) title: String,
    pub(super) scenario: String,
    pub(super) scenario_hash: String,
    pub(super) variants: Vec<String>,
}

impl SweepPlan {
    pub(super) fn new(grid: &Grid, of: Of) -> Self {
        let axes: Vec<Axis> = grid.axes().cloned().collect();
        let variants = 0..of.variants.len() as u32;
        let points = match grid.design {
            Design::Grid => product(variants, &axes),
            Design::LatinHypercube { .. } => variants
                .flat_map(|variant| {
                    grid.samples.iter().map(move |sample| {
                        std::iter::once(variant).chain(sample.iter().copied()).collect()
                    })
                })
                .collect(),
        };
        let mut plan = Self {
            csvnet_sweep: FORMAT,
            version: version(),
            file: of.file,
            title: of.title,
            scenario: of.scenario,
            scenario_hash: of.scenario_hash,
            read: Vec::new(),
            fidelity: grid.effort,
            record: grid.record.clone(),
            seed: grid.seed,
            seeds: grid.seeds,
            set: grid.set.clone(),
            design: grid.design,
            variants: of.variants,
            axes,
            points,
            hash: String::new(),
        };
        plan.hash = plan.hashed();
        plan
    }

    /// The same, with the files that its levels name.
    pub(super) fn reading(mut self, read: Vec<u64>) -> Self {
        self.read = read;
        self.hash = self.hashed();
        self
    }

    fn hashed(&self) -> String {
        let plain = Self { hash: String::new(), ..self.clone() };
        let mut hash = Fnv::new();
        // Numbers and texts in structs always have a form in JSON.
        hash.add(&serde_json::to_vec(&plain).unwrap_or_default());
        format!("{:016x}", hash.value())
    }

    /// The hash that tells it from any other plan.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        // Numbers and texts in structs always have a form in JSON.
        let mut text = serde_json::to_string(self).unwrap_or_default();
        // A line for each part keeps it readable; the points stay in one.
        for part in ["\"axes\":", "\"points\":", "\"hash\":", "\"fidelity\":", "\"set\":"] {
            text = text.replacen(&format!(",{part}"), &format!(",\n{part}"), 1);
        }
        text.push('\n');
        text
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// When it is none, of another csvnet, or damaged.
    pub fn read(text: &[u8]) -> Result<Self, PlanError> {
        #[derive(Deserialize)]
        struct Any {
            csvnet_sweep: u32,
            version: String,
        }
        let damaged = |error: &serde_json::Error| PlanError::Damaged { why: error.to_string() };
        let begins = text.starts_with(b"{\"csvnet_sweep\":");
        let any: Any = match serde_json::from_slice(text) {
            Ok(any) => any,
            Err(error) if begins => return Err(damaged(&error)),
            Err(_) => return Err(PlanError::Other),
        };
        if any.csvnet_sweep != FORMAT {
            return Err(PlanError::Format { found: any.csvnet_sweep });
        }
        if any.version != version() {
            return Err(PlanError::Version { found: any.version });
        }
        let plan: Self = serde_json::from_slice(text).map_err(|error| damaged(&error))?;
        if plan.hashed() != plan.hash {
            return Err(PlanError::Damaged { why: "its hash is another".to_owned() });
        }
        // A hash is no proof against somebody who makes one.
        let fits = |point: &Vec<u32>| {
            let counts = std::iter::once(plan.variants.len());
            let counts = counts.chain(plan.axes.iter().map(|axis| axis.levels.len()));
            point.len() == plan.axes.len() + 1
                && point.iter().zip(counts).all(|(place, count)| (*place as usize) < count)
        };
        if plan.points.len() as u64 > MOST_POINTS || !plan.points.iter().all(fits) {
            return Err(PlanError::Damaged { why: "a point has no such level".to_owned() });
        }
        Ok(plan)
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.points.len() as u64
    }

    /// Whether there is no point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// The point of a number; none beyond the last.
    #[must_use]
    pub fn point(&self, number: u64) -> Option<Point<'_>> {
        let places = self.points.get(usize::try_from(number).ok()?)?;
        Some(Point { plan: self, number, places })
    }

    /// All points, in order.
    pub fn points(&self) -> impl Iterator<Item = Point<'_>> {
        (0..self.len()).filter_map(|number| self.point(number))
    }
}

/// Every level with every other; the last axis changes fastest.
fn product(variants: std::ops::Range<u32>, axes: &[Axis]) -> Vec<Vec<u32>> {
    let mut points: Vec<Vec<u32>> = variants.map(|variant| vec![variant]).collect();
    for axis in axes {
        let levels = axis.levels.len() as u32;
        let longer = |point: Vec<u32>| {
            (0..levels).map(move |level| {
                let mut point = point.clone();
                point.push(level);
                point
            })
        };
        points = points.into_iter().flat_map(longer).collect();
    }
    points
}

impl<'p> Point<'p> {
    /// Place of its variant among those of the plan.
    #[must_use]
    pub fn variant(self) -> usize {
        self.places[0] as usize
    }

    /// Its variant.
    #[must_use]
    pub fn variant_name(self) -> &'p str {
        &self.plan.variants[self.variant()]
    }

    /// Its level of each axis, by place.
    #[must_use]
    pub fn levels(self) -> impl ExactSizeIterator<Item = usize> + 'p {
        self.places[1..].iter().map(|level| *level as usize)
    }

    /// Each axis with the name of the level.
    pub fn at(self) -> impl Iterator<Item = (&'p str, &'p str)> {
        let axes = self.plan.axes.iter().zip(self.levels());
        axes.map(|(axis, level)| (axis.name.as_str(), axis.levels[level].name.as_str()))
    }

    /// The values that all points have, then those of its levels: axis (none for the former), path
    /// and value.
    pub fn settings(self) -> impl Iterator<Item = (Option<&'p str>, &'p str, &'p str)> {
        let all = self.plan.set.iter().map(|(path, value)| (None, path.as_str(), value.as_str()));
        let axes = self.plan.axes.iter().zip(self.levels());
        all.chain(axes.flat_map(|(axis, level)| {
            let of = axis.settings(level);
            of.map(|(path, value)| (Some(axis.name.as_str()), path, value))
        }))
    }

    /// Its seed, where the scenario says `stated`.
    #[must_use]
    pub fn seed(self, stated: u64) -> u64 {
        let seed = self.plan.seed.unwrap_or(stated);
        match self.plan.seeds {
            Seeds::Common => seed,
            Seeds::PerPoint => Stream::new(Seed(seed), 0, "sweep").at(self.number),
        }
    }
}
