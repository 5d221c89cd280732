//! A shared array: controllers and their cache.
//!
//! **Modelled.** HBA or network ports and front-end ports in both directions (see `paths`);
//! controllers with several commands in service; read cache (a hit is a share of the working set),
//! write-back cache with a bounded number of dirty pages, destaged behind the acknowledgement; the
//! copy of a write in the other controller's cache, where the rate of the link is known
//! (`cache-mirror-rate`; its latency is part of `cache-access`); drives in parallel; the RAID
//! write penalty (see `media`). A write costs one more round trip than a read (transfer ready).
//! With `asymmetric` paths a volume is served by one controller, otherwise by all.
//! When controllers are lost the others do their work, their ports and their share of the read
//! cache are gone, nothing is copied, and writes go through to the drives before they are
//! acknowledged, unless the array is said to go on without.
//! **Not modelled.** Which drive holds which block; full-stripe writes; rebuilds; the takeover
//! itself.
//!
//! Cache hit share of random I/O: what the cache holds of the hottest data, the cache divided among
//! the workloads by working set. A write to a page that is dirty already needs no destage of its
//! own, so the share that destages is one minus the same share.
//! Makers differ in what a lone controller does: the MSA family has a "controller failure" trigger
//! for write-through that is off as delivered, others write through always
//! (<https://www.manualowl.com/m/Hewlett-Packard/MSA-1040/Manual/408254?page=196>); `write-through`
//! chooses.
//! Parameters: `storage.<name>.*`, `hbas.<model>.*`, `array.*`.

use super::Lun;
use crate::cluster::build::{Build, CompileError};
use crate::network::{Amount, Direction, SelectorKind, Service, StationId, StationKind};
use crate::network::{Step, Visit, Wait};
use crate::random::Shape;
use crate::topology::{NodeId, Storage, WriteThrough};
use crate::workload::{Access, WorkloadSpec};

/// Bytes of a dirty page of a write cache.
const PAGE_BYTES: u64 = 8192;

/// Whether an array acknowledges writes from its cache as it is now.
pub(super) fn write_back(storage: &Storage) -> bool {
    match storage.write_through {
        WriteThrough::Never => true,
        WriteThrough::WhenDegraded => storage.controllers_lost == 0,
        WriteThrough::Always => false,
    }
}

impl Build<'_> {
    /// Steps of an I/O from a node to an array and back.
    pub(super) fn array(
        &mut self,
        node: NodeId,
        lun: Lun,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let write = direction == Direction::Write;
        self.over_paths(node, lun, write, |build| {
            let (controller, per_io) = build.controller(lun)?;
            let shape = build.shape("software.scv")?;
            let service = Service::time(build.ps(&per_io)?, 0.0, shape);
            let mut steps: Vec<Step> =
                vec![Visit::new(controller, "controller", service).from(&[&per_io]).into()];
            steps.extend(build.cached(lun, write, workload, all)?);
            Ok(steps)
        })
    }

    /// The cache, and the drives behind it.
    fn cached(
        &mut self,
        lun: Lun,
        write: bool,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let storage = &self.cluster.storages[lun.storage];
        let (name, back) = (storage.name.clone(), write_back(storage));
        let p = |field: &str| format!("storage.{name}.{field}");
        let access = p("cache-access");
        let cache = self.station(&format!("{name}/cache"), || StationKind::Delay);
        let cached: Step = Visit::new(
            cache,
            "cache access",
            Service::time(self.ps(&access)?, 0.0, Shape::Constant),
        )
        .from(&[&access])
        .into();
        let cache_field = if write { p("write-cache") } else { p("read-cache") };
        let sequential = workload.access == Access::Sequential;
        if write && !back {
            return Ok(vec![self.media(lun, true, sequential)?, cached]);
        }
        let hit = self.hit_share(lun, &cache_field, write, workload, all)?;
        let media = self.media(lun, write, sequential)?;
        let kind = SelectorKind::Weights(vec![hit, 1.0 - hit]);
        let label =
            format!("{name} {} cache, {}", if write { "write" } else { "read" }, workload.name);
        let selector = self.selector(&label, kind);
        if !write {
            let miss = vec![media, cached.clone()];
            let branches = vec![vec![cached], miss];
            return Ok(vec![Step::Choose { selector, role: "cache lookup", branches }]);
        }
        let pages = self.value(&cache_field)?;
        let pool = self.dirty_pages(&name, pages, all);
        let amount = Amount::PerBytes { unit: PAGE_BYTES };
        let destage =
            Step::Choose { selector, role: "destage", branches: vec![Vec::new(), vec![media]] };
        let mut steps = vec![Step::Acquire { pool, amount }];
        if self.serving(lun)?.alive > 1 {
            steps.extend(self.controller_link(&name, "cache mirror")?);
        }
        steps.push(cached);
        steps.push(Step::Fork {
            wait: Wait::None,
            branches: vec![vec![destage, Step::Release { pool, amount }]],
        });
        Ok(steps)
    }

    /// The pages of a write cache. One smaller than the largest write would never take it.
    fn dirty_pages(
        &mut self,
        name: &str,
        bytes: f64,
        all: &[WorkloadSpec],
    ) -> crate::network::PoolId {
        let largest = all.iter().map(WorkloadSpec::largest_bytes).max().unwrap_or(0);
        let pages = (bytes / PAGE_BYTES as f64) as u64;
        let pages = pages.max(largest.div_ceil(PAGE_BYTES)).max(1);
        self.pool(&format!("{name}/dirty pages"), pages)
    }

    fn controller(&mut self, lun: Lun) -> Result<(StationId, String), CompileError> {
        let name = self.cluster.storages[lun.storage].name.clone();
        let each = self.count(&format!("storage.{name}.controller-servers"))?;
        let serving = self.serving(lun)?;
        let (label, servers) = match serving.one {
            Some(k) => (format!("{name}/controller {}", k + 1), each),
            None => (format!("{name}/controllers"), each.saturating_mul(serving.alive)),
        };
        let id = self.station(&label, || StationKind::Fifo { servers, cost_rise: 0.0 });
        Ok((id, format!("storage.{name}.controller-per-io")))
    }
}
