//! What `PerfMon` would have logged on each node during one replication.
//!
//! [`Watcher`] is shown every visit of every I/O of the run and keeps sums by source and time;
//! [`Watcher::log`] books them on the objects of each node. Everything about an I/O is booked when
//! it is complete, so that what two nodes tell of it falls into the same sample: what requesters
//! sent is what owners got, in every row. Frames are booked when they leave.

mod fold;
mod nodes;
mod objects;
mod wires;

use thiserror::Error;

use crate::cluster::Compiled;
use crate::counters::Log;
use crate::engine::{HopRecord, IoRecord};
use crate::topology::Cluster;
use fold::Fold;
use nodes::Sources;
use wires::Wires;

/// Most samples of all sources and ports together: what a log may take of memory is bounded by it.
const SAMPLES_MAX: u64 = 400_000;

/// Shortest time between two samples: one millisecond, the resolution of a log's clock.
pub const INTERVAL_LEAST_PS: u64 = 1_000_000_000;

/// The samples asked for would fill the memory.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error(
    "counters of {sources} sources of I/O every {interval_s} s for {length_s} s are more than \
     {SAMPLES_MAX} samples; state a longer `--counter-interval` or a shorter `duration`"
)]
pub struct TooManySamples {
    /// Virtual disks under load, and traffic beside them.
    pub sources: usize,
    /// Seconds between samples.
    pub interval_s: f64,
    /// Seconds of the replication.
    pub length_s: f64,
}

/// Watches a run and counts.
#[derive(Debug)]
pub struct Watcher<'a> {
    cluster: &'a Cluster,
    compiled: &'a Compiled,
    sources: Sources,
    wires: Wires,
    fold: Fold,
}

impl<'a> Watcher<'a> {
    /// Counts for samples every `interval_ps` picoseconds, at least [`INTERVAL_LEAST_PS`].
    #[must_use]
    pub fn new(cluster: &'a Cluster, compiled: &'a Compiled, interval_ps: u64) -> Self {
        let net = &compiled.network;
        let interval_ps = interval_ps.max(INTERVAL_LEAST_PS);
        let wires = Wires::of(cluster, net);
        let most = SAMPLES_MAX / ((net.sources.len() + wires.ports.len()).max(1) as u64);
        Self {
            cluster,
            compiled,
            sources: Sources::of(cluster, compiled),
            wires,
            fold: Fold::new(net, interval_ps, most.max(1)),
        }
    }

    /// Takes what a run has recorded.
    pub fn take(&mut self, hops: &[HopRecord], ios: &[IoRecord]) {
        for hop in hops {
            let asker = self.sources.get(hop.source);
            self.fold.hop(hop, &self.wires, asker.map(|asker| (asker.node, asker.owner)));
        }
        for io in ios {
            self.fold.io(io, self.sources.path(io.source));
        }
    }

    /// The log of a run that ended after `length_ps` picoseconds.
    ///
    /// # Errors
    /// When there were more samples than can be kept.
    pub fn log(&self, length_ps: u64) -> Result<Log, TooManySamples> {
        let ends_ps = self.fold.ends(length_ps).ok_or_else(|| TooManySamples {
            sources: self.compiled.network.sources.len(),
            interval_s: self.fold.interval_ps as f64 / 1e12,
            length_s: length_ps as f64 / 1e12,
        })?;
        let instances = objects::instances(self, ends_ps.len(), &ends_ps);
        Ok(Log { ends_ps, instances })
    }
}
