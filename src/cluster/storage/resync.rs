//! Resynchronization: copies brought up to date on a node that was away.
//!
//! **Modelled.** Data is read from the capacity drives of the healthy nodes alike, sent over the
//! Software Storage Bus, and written on the capacity drives of the node that returned, at a steady
//! rate, in pieces of `spaces.interleave`. It is background traffic: reported apart.
//! **Not modelled.** Its end, its priority, the regeneration of parity, the reads of its maps.
//!
//! `pieces a second of each healthy node = rate / (spaces.interleave * healthy nodes)`.
//! Source:
//! <https://learn.microsoft.com/windows-server/storage/storage-spaces/understand-storage-resync>.
//! Parameters: `spaces.interleave`, `sbl.target-per-io`, those of SMB and of the drives.

use crate::cluster::build::{Build, CompileError};
use crate::network::{Arrivals, Direction, Mix};
use crate::topology::NodeId;

use super::roles::{Part, told_apart};

impl Build<'_> {
    /// The resynchronization of every pool that has one.
    pub(in crate::cluster) fn resyncs(&mut self) -> Result<(), CompileError> {
        for storage in self.cluster.storages.ids() {
            let pool = &self.cluster.storages[storage];
            let Some(resync) = pool.resync else { continue };
            let name = pool.name.clone();
            let healthy: Vec<NodeId> =
                pool.nodes.iter().copied().filter(|&node| node != resync.node).collect();
            let bytes = self.chunk("spaces.interleave")?;
            let rate = resync.bytes_per_s / (bytes as f64 * healthy.len().max(1) as f64);
            let group = self.net.add_background(format!("{name}: resynchronization"));
            for node in healthy {
                let read = self.capacity(storage, node, false)?;
                let mut steps = told_apart(read, Part::Old1);
                let written = self.capacity(storage, resync.node, true)?;
                steps.extend(self.over_bus(node, resync.node, Direction::Write, written)?);
                let from = self.cluster.nodes[node].name.clone();
                let to = self.cluster.nodes[resync.node].name.clone();
                let route = self.net.add_route(format!("resynchronization, {from} to {to}"), steps);
                let arrivals = Arrivals::Paced { interval_ps: 1e12 / rate };
                let mix = vec![Mix { weight: 1.0, direction: Direction::Write, bytes, route }];
                let label = format!("{name}: resynchronization of {to} from {from}");
                self.background_source(&label, group, arrivals, mix);
            }
        }
        Ok(())
    }
}
