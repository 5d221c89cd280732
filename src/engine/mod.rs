//! The event engine: runs a [`Network`](crate::network::Network) I/O by I/O.
//!
//! **Order.** Events are handled in the order of (time, rank of the source's label, number of the
//! I/O, branch of the I/O). Time is integer picoseconds. Every visit takes at least one picosecond,
//! so all events of an instant are known before the first of them is handled, and their order
//! depends on nothing but their keys: not on insertion, declaration or threads.
//!
//! **Stations.** At a first-in-first-out station the departure is fixed at the arrival
//! (`D = max(now, free) + S`, Lindley), so a visit costs one event. Processor sharing, priorities
//! and weighted ports queue and wake. Ports are pipelined: a transfer enters the next port with
//! its first bit and leaves it when its own serialization is done and its last bit has come in,
//! `D = max(max(now, free) + S, tail)`.
//!
//! **Speed.** Stretches of stations that feed only each other run without events between them;
//! draws are made in blocks; pending events stand in a sorted array or a timing wheel; what every
//! event touches of an I/O or a station fills one cache line, and is asked for ahead of its turn.
//! None of this changes a result: see [`RunPlan::fuse`] and [`RunPlan::trace_ios`].
//!
//! **Guarantees.** What goes in comes out or is counted inside, in I/Os and in bytes, checked at
//! the end of every run; a run is bounded in events and in I/Os under way and stops with a named
//! error instead of filling the memory.

mod calendar;
mod fuse;
mod job;
mod plan;
mod port;
mod program;
mod ready;
mod record;
mod second;
mod simulator;
mod slots;
mod source;
mod station;
mod steps;
mod tally;
mod trail;
mod visit;
mod wires;

pub use plan::RunPlan;
pub use ready::{Ready, observe, simulate};
pub use record::{DirectionRecord, GroupRecord, HopRecord, IoRecord, RunRecord, StationRecord};
pub use trail::Sink;

use thiserror::Error;

/// Raised with every change after which a network, a plan and a seed give another record.
pub const REVISION: u32 = 4;

/// Why a run was given up.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The network is not valid; compile it from a scenario or mend it.
    #[error("the network is not valid: {0}")]
    Network(crate::network::NetworkError),
    /// More I/Os under way than allowed: an open workload asks for more than its path can serve.
    #[error(
        "more than {limit} I/Os are under way after {at_s:.3} s of simulated time, most of them of \
         `{source_label}`: the offered rate exceeds what its path can serve"
    )]
    Unstable {
        /// The bound.
        limit: u32,
        /// Simulated seconds.
        at_s: f64,
        /// Label of the source with most I/Os under way.
        source_label: String,
    },
    /// More events than allowed.
    #[error("the run was stopped after {limit} events at {at_s:.3} s of simulated time")]
    TooManyEvents {
        /// The bound.
        limit: u64,
        /// Simulated seconds.
        at_s: f64,
    },
    /// The caller cancelled the run.
    #[error("the run was cancelled")]
    Cancelled,
    /// I/Os were lost or made up: a fault of csvnet.
    #[error("conservation is broken: {issued} issued, {completed} completed, {inside} inside")]
    Conservation {
        /// I/Os issued.
        issued: u64,
        /// I/Os completed.
        completed: u64,
        /// I/Os found inside.
        inside: u64,
    },
}
