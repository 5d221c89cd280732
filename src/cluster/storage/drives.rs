//! The drives of a pool: those of a node of Storage Spaces Direct, or of shared enclosures.
//!
//! **Modelled.** Two sorts of drives, fast and capacity, each with several operations in latency
//! at once and one transfer pipe a drive; or, with `capacity-dies` and `cache-dies`, drives and
//! dies told apart, an operation going where its address leads (see `dies`), the copies of a mirror
//! in shared enclosures on drives of their own; transfers over drives in pieces of
//! `spaces.interleave`. With Storage Spaces Direct the fast drives are a cache that takes every
//! write and destages it behind the acknowledgement, and with `cache-mode = "read-write"` serves
//! reads of hot data (the usual with hard disks; with flash capacity the cache is for writes only).
//! In a tiered space on shared enclosures they hold the hottest data for good.
//! **Not modelled.** Which capacity drives a cache drive is bound to; what is written larger than
//! 256 KiB going past the cache; filling it; the write-back cache of a tiered space; garbage
//! collection.
//!
//! Hit share: as of an array (see `array`); the cache of a node holds what that node holds, so
//! `useful = nodes * cache-size / copies`. A drive of more than 1 ms rotates, and sequential I/O
//! finds its head in place with the share `array.sequential-hit`.
//! Source:
//! <https://learn.microsoft.com/windows-server/storage/storage-spaces/cache>.
//! Parameters: `storage.<name>.cache-*`, `storage.<name>.capacity-*`, `spaces.interleave`.

use super::dies::Ask;
use crate::cluster::build::{Build, CompileError};
use crate::network::{SelectorKind, Service, StationKind, Step, Visit, Wait};
use crate::random::Shape;
use crate::topology::{NodeId, StorageId, StorageKind};
use crate::workload::{Access, WorkloadSpec};

/// Slower drives are hard disks.
const ROTATING_PS: f64 = 1e9;

/// What goes to the drives of a pool at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'w> {
    pub(super) storage: StorageId,
    /// The node whose drives they are; none: a shared enclosure.
    pub(super) node: Option<NodeId>,
    /// Copies of all data, which share the fast drives.
    pub(super) copies: usize,
    /// The part of the drives that holds the copy meant: which, and of how many.
    pub(super) group: (usize, usize),
    /// Whether the volume is tiered.
    pub(super) tiered: bool,
    pub(super) workload: &'w WorkloadSpec,
    pub(super) all: &'w [WorkloadSpec],
}

/// One of the two sorts of drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    Fast,
    Capacity,
}

impl Tier {
    const fn field(self) -> &'static str {
        match self {
            Self::Fast => "cache",
            Self::Capacity => "capacity",
        }
    }
}

impl Build<'_> {
    /// A read or write at the drives of a place.
    pub(super) fn drives(
        &mut self,
        place: Place<'_>,
        write: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let storage = &self.cluster.storages[place.storage];
        let direct = storage.kind == StorageKind::SpacesDirect;
        let (fast, reads) = (storage.fast_tier, storage.read_cached);
        let name = storage.name.clone();
        let sequential = place.workload.access == Access::Sequential;
        let capacity = |build: &mut Self, roles| {
            let at = (place.storage, place.node, place.group);
            build.tier(at, Tier::Capacity, write, sequential, roles)
        };
        let roles = ("capacity latency", "capacity transfer");
        let cached = fast && direct && (write || reads);
        let in_tiers = fast && place.tiered;
        if !(cached || in_tiers) {
            return capacity(self, roles);
        }
        let hit = self.fast_share(place, write)?;
        let what = if write { "writes" } else { "reads" };
        let label = format!("{name} fast drives, {what}, {}", place.workload.name);
        let selector = self.selector(&label, SelectorKind::Weights(vec![hit, 1.0 - hit]));
        let names = if write {
            ("fast write", "fast write transfer")
        } else {
            ("fast read", "fast read transfer")
        };
        let at = (place.storage, place.node, place.group);
        let quick = self.tier(at, Tier::Fast, write, sequential, names)?;
        if direct && write {
            let destaged = capacity(self, ("destage write", "capacity transfer"))?;
            let branches = vec![Vec::new(), destaged];
            let destage = Step::Choose { selector, role: "destage", branches };
            let mut steps = quick;
            steps.push(Step::Fork { wait: Wait::None, branches: vec![vec![destage]] });
            return Ok(steps);
        }
        let slow = capacity(self, roles)?;
        Ok(vec![Step::Choose { selector, role: "tier", branches: vec![quick, slow] }])
    }

    /// Share of the I/Os that the fast drives hold, or whose page is in the cache already.
    fn fast_share(&mut self, place: Place<'_>, write: bool) -> Result<f64, CompileError> {
        let storage = &self.cluster.storages[place.storage];
        if place.workload.access == Access::Sequential && !place.tiered {
            // Long runs pass the cache by: each page is new.
            return Ok(0.0);
        }
        let nodes = storage.nodes.len().max(1) as f64;
        let size = format!("storage.{}.cache-size", storage.name);
        let share = if write { 1.0 } else { self.value("array.cache-share")? };
        let bytes = self.value(&size)? * share * nodes / place.copies.max(1) as f64;
        Ok(self.held_share(place.storage, bytes, place.workload, place.all))
    }

    /// A capacity drive of a node, past the cache.
    pub(super) fn capacity(
        &mut self,
        storage: StorageId,
        node: NodeId,
        write: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let roles = ("capacity latency", "capacity transfer");
        self.tier((storage, Some(node), (0, 1)), Tier::Capacity, write, true, roles)
    }

    /// An operation on one sort of drives.
    fn tier(
        &mut self,
        (storage, node, (group, groups)): (StorageId, Option<NodeId>, (usize, usize)),
        tier: Tier,
        write: bool,
        sequential: bool,
        (latency_role, transfer_role): (&'static str, &'static str),
    ) -> Result<Vec<Step>, CompileError> {
        let name = self.cluster.storages[storage].name.clone();
        let field = tier.field();
        let place = node.map_or_else(
            || format!("{name}/{field}"),
            |node| format!("{name}/{}/{field}", self.cluster.nodes[node].name),
        );
        let p = |rest: &str| format!("storage.{name}.{field}-{rest}");
        let drives = self.count(&p("drives"))?;
        let way = if write { "write" } else { "read" };
        let (latency, rate) = (p(&format!("{way}-latency")), p(&format!("{way}-rate")));
        let mut wait_ps = self.ps(&latency)?;
        let mut origins = vec![latency.as_str()];
        if sequential && wait_ps > ROTATING_PS {
            wait_ps *= 1.0 - self.value("array.sequential-hit")?.clamp(0.0, 1.0);
            origins.push("array.sequential-hit");
        }
        let scv = p("scv");
        let shape = self.shape(&scv)?;
        origins.push(&scv);
        let ps_per_byte = self.ps_per_byte(&rate)?;
        let body = if let Some(dies) = self.dies(&p("dies"), drives)? {
            let wait =
                Ask { role: latency_role, base_ps: wait_ps, ps_per_byte: 0.0, shape, origins };
            let transfer =
                Ask { role: transfer_role, base_ps: 0.0, ps_per_byte, shape, origins: vec![&rate] };
            let groups = (groups as u32).clamp(1, drives);
            let group = (group as u32).min(groups - 1);
            let own = group * drives / groups..(group + 1) * drives / groups;
            self.on_drives(&place, own, dies, write, &wait, &transfer)
        } else {
            let servers = drives.saturating_mul(self.count(&p("servers"))?);
            let fifo = |servers| StationKind::Fifo { servers, cost_rise: 0.0 };
            let channels = self.station(&format!("{place} drives"), || fifo(servers));
            let pipes = self.station(&format!("{place} transfer"), || fifo(drives));
            let wait = Service::time(wait_ps, 0.0, shape);
            let transfer = Service::time(0.0, ps_per_byte, Shape::Constant);
            vec![
                Visit::new(channels, latency_role, wait).from(&origins).into(),
                Visit::new(pipes, transfer_role, transfer).from(&[&rate]).into(),
            ]
        };
        let chunk_bytes = self.chunk("spaces.interleave")?;
        Ok(vec![Step::Split { chunk_bytes, window: None, body }])
    }
}
