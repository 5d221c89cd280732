//! What the solver works on: chains, their trees, and a flat list of visits. Times are
//! picoseconds, rates are per picosecond.

use std::ops::Range;

use crate::network::Rise;

/// No such index.
pub(super) const NONE: u32 = u32::MAX;

/// How a centre makes its visitors wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Law {
    /// First in, first out.
    Queue,
    /// Processor sharing.
    Sharing,
    /// No waiting.
    Delay,
    /// Waiting beyond a burst, no service.
    Limiter {
        /// Burst tolerance.
        burst: f64,
    },
    /// Strict priorities; the buckets of its classes start here.
    Priority {
        /// First bucket.
        first: u32,
        /// Number of classes.
        classes: u32,
    },
    /// Tokens: waiting, and a service that is the time they are held.
    Pool,
}

/// A station or a pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Centre {
    pub(super) law: Law,
    /// Servers; of a pool, tokens over the mean amount taken.
    pub(super) servers: f64,
    /// Visitors that must wait for each server beyond the first in use; 0: none need.
    pub(super) backlog: f64,
    /// Relative rise of the service time with the servers in use.
    pub(super) rise: Rise,
    /// Most visitors at once, tokens at a pool; infinite where nothing limits them.
    pub(super) most_inside: f64,
    /// True where there are never more visitors than servers.
    pub(super) idle: bool,
    /// True where all load comes from open sources and does not depend on the solution.
    pub(super) fixed: bool,
    /// Centres it stands for.
    pub(super) members: f64,
}

/// One visit of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaf {
    pub(super) centre: u32,
    pub(super) chain: u32,
    /// Times an I/O of the chain makes it.
    pub(super) visits: f64,
    pub(super) service: f64,
    pub(super) scv: f64,
    /// Whether the service time is exponential and not merely as variable.
    pub(super) exponential: bool,
    pub(super) class: u8,
    /// Propagation behind a port.
    pub(super) latency: f64,
    /// Alternatives among which the least busy was chosen.
    pub(super) ways: f64,
    /// Mean wait of the chunks of one I/O for each other, which the split accounts for.
    pub(super) self_wait: f64,
    /// True where the I/O does not wait for the visit's completion.
    pub(super) loose: bool,
    /// True where the load is given and not regulated by what the I/O waits for: loose visits, and
    /// those of open sources.
    pub(super) given: bool,
    pub(super) wire_bytes: f64,
    pub(super) payload_bytes: f64,
    /// Tokens taken, at a pool.
    pub(super) tokens: f64,
    /// Leaves like this one at one centre: the sources of the chain over the centres alike.
    pub(super) many: f64,
    /// The one centre among those alike that it visits, numbered anew for each chain.
    pub(super) spot: u32,
    /// The visits of this chain at this centre (and class, where it knows classes).
    pub(super) cell: u32,
    /// The visit before, where this one is pipelined behind it.
    pub(super) before: u32,
    /// All visits at this centre that come pipelined from the same port.
    pub(super) feed: u32,
    /// Leaves like this one at one feed.
    pub(super) feed_many: f64,
}

/// What a fork waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    All,
    None,
    First(u32),
}

/// How a choice shapes what arrives behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinning {
    /// Independent of the past.
    Random,
    /// Every n-th.
    InTurn,
    /// By the state behind it; the wait there accounts for it.
    Balanced,
}

/// A tree.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Visit(u32),
    /// Pipelined ports.
    Run(Range<u32>),
    Fork {
        join: Join,
        branches: Vec<Vec<Node>>,
    },
    Choose {
        shares: Vec<f64>,
        thinning: Thinning,
        branches: Vec<Vec<Node>>,
    },
    Split(Box<Split>),
    Acquire(u32),
    /// Gives `tokens` back for the pool's cell, `visits` times an I/O.
    Release {
        cell: u32,
        tokens: f64,
    },
}

/// More than one chunk.
#[derive(Clone, Debug)]
pub(super) struct Split {
    /// Full chunks.
    pub(super) full: f64,
    /// All chunks.
    pub(super) chunks: f64,
    /// Most under way at once.
    pub(super) window: f64,
    pub(super) body: Vec<Node>,
    /// The tree of the last, smaller chunk.
    pub(super) rest: Option<Vec<Node>>,
    /// Demand of a full chunk at its slowest centre, in server time.
    pub(super) slowest: f64,
    /// The same of the smaller chunk.
    pub(super) slowest_rest: f64,
    /// `H_w - 1` for the chunks of a window, where `H` are the harmonic numbers.
    pub(super) spread: f64,
}

/// What the steps of a clock make of the I/Os of a chain (see `batch`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Batch {
    /// I/Os in front of one that a step issues, on average.
    pub(super) ahead: f64,
    /// Share of the I/Os that a step issues; the others follow completions.
    pub(super) at_step: f64,
    /// Share of the I/Os that come while no other of the chain is under way.
    pub(super) alone: f64,
}

/// When a chain issues.
#[derive(Clone, Copy, Debug)]
pub(super) enum Drive {
    /// `population` I/Os, `think` between, at most `most` a picosecond, in batches where the clock
    /// of the source moves in steps.
    Closed { population: f64, think: f64, most: f64, batch: Option<Batch> },
    /// Open: rate and squared coefficient of variation of the times between arrivals.
    Open { rate: f64, scv: f64 },
}

/// A source, or several that are alike.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// Sources it stands for.
    pub(super) members: f64,
    pub(super) drive: Drive,
    /// Probability and tree of each kind of I/O.
    pub(super) trees: Vec<(f64, Vec<Node>)>,
    /// Whether each of them reads.
    pub(super) reads: Vec<bool>,
    pub(super) leaves: Range<u32>,
    pub(super) spots: Range<u32>,
    pub(super) holdings: Range<u32>,
    pub(super) read_bytes: f64,
    pub(super) write_bytes: f64,
    /// No forks, splits, pools or ports, and choices at random only.
    pub(super) plain: bool,
    /// No forks or splits: the time tokens are held is linear in the visits.
    pub(super) serial: bool,
}

impl Chain {
    /// I/Os of the chain, where it is closed.
    pub(super) fn population(&self) -> Option<f64> {
        if let Drive::Closed { population, .. } = self.drive { Some(population) } else { None }
    }

    /// The batches in which it issues, if it does.
    pub(super) fn batch(&self) -> Option<Batch> {
        if let Drive::Closed { batch, .. } = self.drive { batch } else { None }
    }
}

/// The visits of one source at one centre, in one class.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) chain: u32,
    pub(super) centre: u32,
    /// Cells like this one at one centre.
    pub(super) many: f64,
}

/// The tokens one chain holds of one pool.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    /// Tokens taken by an I/O.
    pub(super) tokens: f64,
    pub(super) centre: u32,
}

/// A network, walked: one chain for each class of sources, one centre for each class of stations.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// Whether a buffer is finite.
    pub(super) finite: bool,
    /// Whether a choice goes by the clock.
    pub(super) clocked: bool,
    /// Stations, then pools.
    pub(super) centres: Vec<Centre>,
    pub(super) leaves: Vec<Leaf>,
    pub(super) chains: Vec<Chain>,
    pub(super) cells: Vec<Cell>,
    /// Centre of each spot.
    pub(super) spots: Vec<u32>,
    pub(super) feeds: usize,
    pub(super) buckets: usize,
    pub(super) holdings: Vec<Holding>,
    /// Holding of each leaf at a pool, `NONE` elsewhere.
    pub(super) holding_of: Vec<u32>,
    /// Tokens of a mean acquisition, by centre.
    pub(super) mean_tokens: Vec<f64>,
}

/// What a solver found.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    /// I/Os a picosecond, by chain.
    pub(super) rate: Vec<f64>,
    /// Mean latency, by chain.
    pub(super) latency: Vec<f64>,
    /// Mean wait, by leaf.
    pub(super) wait: Vec<f64>,
    /// Mean service with what the load does to it, by leaf.
    pub(super) service: Vec<f64>,
    pub(super) iterations: u32,
    pub(super) converged: bool,
}
