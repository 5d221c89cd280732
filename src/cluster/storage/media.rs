//! The drives of an array, and what its caches keep from them.
//!
//! **Modelled.** Drives, or with flash their channels, in parallel; the RAID write penalty: 1 at
//! RAID 0, 2 at RAID 1 and 10, 4 at RAID 5, 6 at RAID 6 (each write reads and writes data and
//! every parity); large transfers spread over drives or channels in stripes of `media-stripe`;
//! sequential writes destaged in runs so long that positioning is spread thin.
//! **Not modelled.** Which drive holds which block; full-stripe writes; garbage collection.
//!
//! `time = penalty * (positioning + bytes / media-rate)`, of each stripe.
//! The penalties are those of every text on RAID since Patterson, Gibson and Katz (1988),
//! <https://doi.org/10.1145/50202.50214>.
//! Parameters: `storage.<name>.media-*`, `write-penalty`, `array.media-scv`, `array.cache-share`,
//! `array.sequential-hit`.

use super::Lun;
use crate::cluster::build::{Build, CompileError};
use crate::network::{Service, StationKind, Step, Visit};
use crate::topology::StorageId;
use crate::workload::{Access, WorkloadSpec};

impl Build<'_> {
    /// An operation on the drives of an array.
    pub(super) fn media(
        &mut self,
        lun: Lun,
        write: bool,
        sequential: bool,
    ) -> Result<Step, CompileError> {
        let name = self.cluster.storages[lun.storage].name.clone();
        let p = |field: &str| format!("storage.{name}.{field}");
        let servers = self.count(&p("media-servers"))?;
        let station = self
            .station(&format!("{name}/media"), || StationKind::Fifo { servers, cost_rise: 0.0 });
        let (time, times) = if write {
            (p("media-write"), self.value(&p("write-penalty"))?.max(1.0))
        } else {
            (p("media-read"), 1.0)
        };
        let rate = p("media-rate");
        // Sequential writes are destaged in runs so long that positioning is spread thin.
        let positioning = if write && sequential { 0.0 } else { self.ps(&time)? };
        let shape = self.shape("array.media-scv")?;
        let service = Service::time(positioning * times, self.ps_per_byte(&rate)? * times, shape);
        let role = if write { "media write" } else { "media read" };
        let mut origins = vec![time, rate, "array.media-scv".to_string()];
        if write {
            origins.push(p("write-penalty"));
        }
        let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
        let visit: Step = Visit::new(station, role, service).from(&origins).into();
        let stripe = p("media-stripe");
        if self.optional(&stripe).is_none() {
            return Ok(visit);
        }
        let chunk_bytes = self.chunk(&stripe)?;
        Ok(Step::Split { chunk_bytes, window: None, body: vec![visit] })
    }

    /// Share of the I/Os of a workload that need no drive of an array.
    pub(super) fn hit_share(
        &mut self,
        lun: Lun,
        cache: &str,
        write: bool,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<f64, CompileError> {
        if workload.access == Access::Sequential && write {
            // Read-ahead helps no write: every page goes to the drives, in long runs.
            return Ok(0.0);
        }
        if workload.access == Access::Sequential {
            return Ok(self.value("array.sequential-hit")?.clamp(0.0, 1.0));
        }
        let share = if write { 1.0 } else { self.value("array.cache-share")? };
        let serving = self.serving(lun)?;
        // The cache of a lost controller is gone; what is copied to the other was counted once.
        let left = if write { 1.0 } else { f64::from(serving.alive) / f64::from(serving.all) };
        let bytes = self.value(cache)? * share * left;
        Ok(self.held_share(lun.storage, bytes, workload, all))
    }

    /// Share of the random I/Os of a workload that a cache of some bytes holds, divided among the
    /// workloads on a storage system by working set.
    pub(super) fn held_share(
        &self,
        storage: StorageId,
        bytes: f64,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> f64 {
        // Disks of a guest cluster's members are one file, so files are counted, not disks.
        let on_array = |w: &WorkloadSpec| {
            let disks = w.disks.iter().filter(|&&d| {
                self.cluster.volumes[self.cluster.disks[d].volume].storage == storage
            });
            disks.count() as f64 * w.working_set_bytes
        };
        let total: f64 = all.iter().map(on_array).sum();
        let own = bytes * workload.working_set_bytes / total.max(workload.working_set_bytes);
        workload.cached_share(own)
    }
}
