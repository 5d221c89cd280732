//! `[run]`: how long and how often.

use std::ops::RangeInclusive;

use super::context::Context;
use super::document::{Reader, Value};
use crate::units::{Ratio, SimDuration};

/// How a scenario is to be run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunSettings {
    /// Seed of all randomness.
    pub seed: u64,
    /// Measured time of one replication in seconds; `None` lets the experiment choose.
    pub duration_s: Option<f64>,
    /// What comes before it.
    pub warm_up: WarmUp,
    /// Independent replications, 2 to 10,000; with a precision those of the first round.
    pub replications: u64,
    /// Relative half width up to which replications are added, as a fraction; `None` for none.
    pub precision: Option<f64>,
    /// Replications after which a precision is given up, 10 to 10,000.
    pub replications_max: u64,
    /// Confidence level of intervals, between 0.5 and 1.
    pub level: f64,
}

/// Time before the measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WarmUp {
    /// The experiment finds where the start-up ends.
    Auto,
    /// Seconds.
    Fixed(f64),
}

/// A simulated second takes a while, so a longer one is a slip of the unit.
const LONGEST_S: f64 = 86_400.0;
/// A steady state shows in less than what people let DiskSpd run.
const ENOUGH_S: f64 = 10.0;

/// Relative half widths that can be asked for: below, a run takes days; above, it says nothing.
pub(crate) const PRECISIONS: RangeInclusive<f64> = 0.000_999_999..=0.500_001;
/// What to write instead of another.
pub(crate) const PRECISION_HELP: &str = "write \"0.1 %\" to \"50 %\", or \"none\"";
/// Replications after which a precision is given up where nothing is stated.
const REPLICATIONS_MAX: u64 = 100;

/// Settings as written.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Draft {
    seed: Option<u64>,
    duration_s: Option<f64>,
    warm_up: Option<WarmUp>,
    replications: Option<u64>,
    precision: Option<f64>,
    replications_max: Option<u64>,
    level: Option<f64>,
}

/// The largest times that DiskSpd lines of the scenario state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct DiskSpdTimes {
    pub(super) duration_s: Option<u32>,
    pub(super) warm_up_s: Option<u32>,
}

impl DiskSpdTimes {
    pub(super) fn add(&mut self, other: Self) {
        self.duration_s = self.duration_s.max(other.duration_s);
        self.warm_up_s = self.warm_up_s.max(other.warm_up_s);
    }
}

pub(super) fn read(root: &mut Reader<'_, '_>) -> Draft {
    root.table("run", |reader| Draft {
        seed: reader.count("seed", ..),
        duration_s: reader.has("duration").then(|| duration(reader)).flatten(),
        warm_up: warm_up(reader),
        replications: reader.count("replications", 2..=10_000),
        precision: precision(reader),
        replications_max: reader.count("replications-max", 10..=10_000),
        level: level(reader),
    })
    .unwrap_or_default()
}

/// Also the word that takes back what another file or variant asks for.
fn precision(reader: &mut Reader<'_, '_>) -> Option<f64> {
    if let Value::String(text) = &reader.raw("precision")?.value
        && text.trim().eq_ignore_ascii_case("none")
    {
        return None;
    }
    let share = reader.optional::<Ratio>("precision")?.fraction();
    if PRECISIONS.contains(&share) {
        return Some(share);
    }
    reader.fault_at("precision", "is no usable precision", Some(PRECISION_HELP.to_owned()));
    None
}

fn duration(reader: &mut Reader<'_, '_>) -> Option<f64> {
    let span = reader.positive::<SimDuration>("duration")?;
    bounded(reader, "duration", span)
}

fn bounded(reader: &mut Reader<'_, '_>, field: &str, span: SimDuration) -> Option<f64> {
    let seconds = span.as_secs_f64();
    if seconds > LONGEST_S {
        let problem = "is longer than a day of simulated time";
        reader.fault_at(field, problem, Some("write some seconds".to_owned()));
        return None;
    }
    Some(seconds)
}

fn warm_up(reader: &mut Reader<'_, '_>) -> Option<WarmUp> {
    match &reader.raw("warm-up")?.value {
        Value::String(text) if text.trim().eq_ignore_ascii_case("auto") => Some(WarmUp::Auto),
        _ => {
            let span = reader.optional::<SimDuration>("warm-up")?;
            bounded(reader, "warm-up", span).map(WarmUp::Fixed)
        }
    }
}

fn level(reader: &mut Reader<'_, '_>) -> Option<f64> {
    let level = reader.optional::<Ratio>("level")?.fraction();
    if (0.5..=0.999).contains(&level) {
        return Some(level);
    }
    let help = "write \"50 %\" to \"99.9 %\"".to_owned();
    reader.fault_at("level", "is no usable confidence level", Some(help));
    None
}

impl Draft {
    /// The settings, with the times of DiskSpd lines where the scenario states none.
    pub(super) fn settle(self, context: &mut Context<'_>, times: DiskSpdTimes) -> RunSettings {
        let mut enough = |flag: &str, stated: Option<u32>| {
            let stated = f64::from(stated?);
            if stated > ENOUGH_S {
                context.note(format!(
                    "{flag}{stated}: a steady state shows in less, so {ENOUGH_S} s of simulated \
                     time are used; [run] can state another time"
                ));
            }
            Some(stated.min(ENOUGH_S))
        };
        let duration_s = match self.duration_s {
            None => enough("-d", times.duration_s),
            stated => stated,
        };
        let warm_up = match self.warm_up {
            None => enough("-W", times.warm_up_s).map_or(WarmUp::Auto, WarmUp::Fixed),
            Some(stated) => stated,
        };
        RunSettings {
            seed: self.seed.unwrap_or(1),
            duration_s,
            warm_up,
            replications: self.replications.unwrap_or(5),
            precision: self.precision,
            replications_max: self.replications_max.unwrap_or(REPLICATIONS_MAX),
            level: self.level.unwrap_or(0.95),
        }
    }
}
