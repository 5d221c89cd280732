//! The steps of a route.

use std::sync::Arc;

use super::{PoolId, SelectorId, Service, StationId};

/// One visit to one station.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// The station.
    pub station: StationId,
    /// The part the visit plays, such as `smb server`. Draws are keyed by it, so a role that occurs
    /// twice in a route must be told apart (`fabric out`, `fabric back`).
    pub role: &'static str,
    /// What it asks.
    pub service: Service,
    /// Traffic class or priority at stations that know classes.
    pub class: u8,
    /// Names of the parameters that its service time was made from.
    pub origins: Vec<String>,
    /// What it is made of, where several runs became one visit; their services add up to its own.
    /// Only for explaining.
    pub parts: Vec<Part>,
}

/// One of the runs that a visit is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The part it plays.
    pub role: &'static str,
    /// What it asks.
    pub service: Service,
    /// Names of the parameters that its service time was made from.
    pub origins: Vec<String>,
}

impl Visit {
    /// A visit in class 0.
    #[must_use]
    pub fn new(station: StationId, role: &'static str, service: Service) -> Self {
        Self { station, role, service, class: 0, origins: Vec::new(), parts: Vec::new() }
    }

    /// The same visit, with the parameters it came from.
    #[must_use]
    pub fn from(mut self, origins: &[&str]) -> Self {
        self.origins = origins.iter().map(ToString::to_string).collect();
        self
    }

    /// The same visit in another class.
    #[must_use]
    pub fn in_class(mut self, class: u8) -> Self {
        self.class = class;
        self
    }
}

/// How many branches of a fork the I/O waits for; the others run on behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// For every branch: a mirrored write.
    All,
    /// For none: work left behind, such as destaging a cache.
    None,
    /// For the first `n`: a quorum.
    First(u32),
}

/// Tokens an I/O takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A fixed number.
    Fixed(u64),
    /// One for each begun `unit` of the I/O's bytes (SMB credits: 64 KiB).
    PerBytes {
        /// Bytes a token covers.
        unit: u64,
    },
}

impl Amount {
    /// Tokens for an I/O of `bytes`.
    #[inline]
    #[must_use]
    pub fn of(self, bytes: u64) -> u64 {
        match self {
            Self::Fixed(n) => n,
            Self::PerBytes { unit } => bytes.div_ceil(unit).max(1),
        }
    }
}

/// One step of a route.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Step {
    /// Queue at a station and be served.
    Visit(Visit),
    /// Run the branches side by side.
    Fork {
        /// What to wait for.
        wait: Wait,
        /// The branches.
        branches: Vec<Vec<Step>>,
    },
    /// Cut the I/O into chunks that run `body` each, at most `window` at once; go on when all are
    /// through. An I/O of at most one chunk runs the body itself.
    Split {
        /// Largest chunk in bytes.
        chunk_bytes: u64,
        /// Most chunks under way at once; none: all at once.
        window: Option<u32>,
        /// What each chunk does.
        body: Vec<Step>,
    },
    /// Take one of the branches.
    Choose {
        /// Who chooses; its number of ways is the number of branches.
        selector: SelectorId,
        /// Role, which keys the draw.
        role: &'static str,
        /// The branches.
        branches: Vec<Vec<Step>>,
    },
    /// Visit if fewer than `places` I/Os are at the station, in service included; otherwise do
    /// what `refused` says instead. The station is first in, first out with one server, or a port
    /// with one class: a finite buffer. The analytic solver takes it as infinite.
    IfRoom {
        /// The visit.
        visit: Visit,
        /// Most I/Os at the station.
        places: u32,
        /// What a refused I/O does; nothing: it goes on as if served at once.
        refused: Vec<Step>,
    },
    /// Steps that several routes have in common, held once. Messages are not pipelined across its
    /// ends. Taken twice in one route, both times have the same draws, as roles that occur twice
    /// have.
    Common(Arc<[Step]>),
    /// Wait for tokens.
    Acquire {
        /// The pool.
        pool: PoolId,
        /// How many.
        amount: Amount,
    },
    /// Give tokens back.
    Release {
        /// The pool.
        pool: PoolId,
        /// How many.
        amount: Amount,
    },
}

impl Step {
    /// Where steps in common stand in memory: two such steps of one network that hold the same
    /// allocation have the same place. Nothing but looking up what was done for them already may
    /// depend on it, for it is another in every run.
    #[must_use]
    pub(crate) fn place(steps: &Arc<[Step]>) -> usize {
        steps.as_ptr().addr()
    }
}

impl From<Visit> for Step {
    fn from(visit: Visit) -> Self {
        Self::Visit(visit)
    }
}

/// Calls `f` for each visit with the mean number of times an I/O makes it and the bytes of each;
/// `share` tells the long-run share of a branch of a selector.
pub fn for_each_visit(
    steps: &[Step],
    bytes: u64,
    times: f64,
    share: &dyn Fn(SelectorId, usize) -> f64,
    f: &mut dyn FnMut(&Visit, f64, u64),
) {
    for step in steps {
        match step {
            // How often a buffer is full is not known beforehand; it is sized to be rare.
            Step::Visit(visit) | Step::IfRoom { visit, .. } => f(visit, times, bytes),
            Step::Fork { branches, .. } => {
                for branch in branches {
                    for_each_visit(branch, bytes, times, share, f);
                }
            }
            Step::Split { chunk_bytes, body, .. } => {
                let full = bytes / chunk_bytes;
                let rest = bytes % chunk_bytes;
                if full > 0 {
                    for_each_visit(body, *chunk_bytes, times * full as f64, share, f);
                }
                if rest > 0 || full == 0 {
                    for_each_visit(body, rest, times, share, f);
                }
            }
            Step::Choose { selector, branches, .. } => {
                for (way, branch) in branches.iter().enumerate() {
                    for_each_visit(branch, bytes, times * share(*selector, way), share, f);
                }
            }
            Step::Common(steps) => for_each_visit(steps, bytes, times, share, f),
            Step::Acquire { .. } | Step::Release { .. } => {}
        }
    }
}
