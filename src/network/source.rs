//! Sources: who asks, when, and for what.

use std::sync::Arc;

use super::{GroupId, RouteId};
use crate::random::Shape;

/// Whether an I/O reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Data flows to the guest.
    Read,
    /// Data flows to the storage.
    Write,
}

/// One kind of I/O a source issues.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// Relative frequency.
    pub weight: f64,
    /// Read or write.
    pub direction: Direction,
    /// Bytes of each I/O.
    pub bytes: u64,
    /// The route it takes.
    pub route: RouteId,
}

/// One I/O of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceIo {
    /// When it is issued, in picoseconds since the start.
    pub at_ps: u64,
    /// Bytes.
    pub bytes: u64,
    /// Which entry of the mix gives its route.
    pub mix: u32,
}

/// A clock that moves in steps: who goes by it finds that nothing was due, or much at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// Sources of one label share its steps, as the threads of a machine do.
    pub label: Arc<str>,
    /// Picoseconds between two steps; the first one is random.
    pub tick_ps: f64,
    /// Most picoseconds after a step until a source looks; each has its own, drawn evenly.
    pub lag_ps: f64,
}

/// When a source issues.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Arrivals {
    /// A fixed number outstanding; each completion issues the next after a think time.
    Closed {
        /// I/Os outstanding.
        outstanding: u32,
        /// Mean think time in picoseconds.
        think_ps: f64,
        /// Spread of the think time.
        think_shape: Shape,
    },
    /// Closed, but no faster than one I/O each `interval_ps` a lane, as a throttled `DiskSpd`
    /// thread issues: an I/O late for its slot goes at once.
    Throttled {
        /// I/Os outstanding in each lane.
        outstanding: u32,
        /// Lanes, each with its own schedule: threads.
        lanes: u32,
        /// Picoseconds between issues of one lane.
        interval_ps: f64,
        /// The clock by which the lanes see time pass, if it moves in steps.
        clock: Option<Clock>,
    },
    /// Open, Poisson.
    Poisson {
        /// Mean picoseconds between arrivals.
        interval_ps: f64,
    },
    /// Open, evenly spaced from a random first instant.
    Paced {
        /// Picoseconds between arrivals.
        interval_ps: f64,
    },
    /// Open, on and off: exponential bursts of Poisson arrivals, exponential silences.
    Bursty {
        /// Mean picoseconds between arrivals within a burst.
        interval_ps: f64,
        /// Mean length of a burst in picoseconds.
        burst_ps: f64,
        /// Mean length of a silence in picoseconds.
        idle_ps: f64,
    },
    /// The instants of a trace.
    Trace(Arc<[TraceIo]>),
}

/// A source of I/O.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Unique label. Draws are keyed by it and ties in time are broken by its alphabetical rank.
    pub label: String,
    /// Where its results are gathered.
    pub group: Option<GroupId>,
    /// When it issues.
    pub arrivals: Arrivals,
    /// What it issues.
    pub mix: Vec<Mix>,
    /// When it begins to issue and when it ends, in picoseconds since the start of the run. What is
    /// under way at the end is completed. The analytic solver takes it as issuing all the time.
    pub active: Active,
}

/// When a source issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Active {
    /// First instant.
    pub from_ps: u64,
    /// End: nothing is issued from here on.
    pub to_ps: u64,
}

impl Default for Active {
    fn default() -> Self {
        Self { from_ps: 0, to_ps: u64::MAX }
    }
}

impl Active {
    /// Whether it issues at an instant.
    #[must_use]
    pub const fn holds(self, at_ps: u64) -> bool {
        self.from_ps <= at_ps && at_ps < self.to_ps
    }
}

impl Source {
    /// A Poisson source of `rate` arrivals a second of one route, one byte each.
    #[must_use]
    pub fn poisson(label: impl Into<String>, route: RouteId, rate: f64) -> Self {
        Self::of(label, route, Arrivals::Poisson { interval_ps: 1e12 / rate })
    }

    /// A closed source with `outstanding` I/Os and no think time.
    #[must_use]
    pub fn closed(label: impl Into<String>, route: RouteId, outstanding: u32) -> Self {
        let arrivals =
            Arrivals::Closed { outstanding, think_ps: 0.0, think_shape: Shape::Constant };
        Self::of(label, route, arrivals)
    }

    /// A source of reads of one route, one byte each.
    #[must_use]
    pub fn of(label: impl Into<String>, route: RouteId, arrivals: Arrivals) -> Self {
        let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes: 1, route }];
        Self { label: label.into(), group: None, arrivals, mix, active: Active::default() }
    }
}
