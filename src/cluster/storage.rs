//! The storage below a node: paths, controllers, cache, media; or a device of the node itself.
//!
//! **Array, modelled.** HBA ports and front-end ports in both directions, MPIO round robin over the
//! paths; controllers with several commands in service; read cache (a hit is a share of the
//! working set), write-back cache with a bounded number of dirty pages, destaged behind the
//! acknowledgement; drives in parallel; the RAID write penalty. A write costs one more round trip
//! than a read (transfer ready).
//! With `asymmetric` paths a volume is served by one controller, otherwise by all.
//! **Array, not modelled.** Which drive holds which block; full-stripe writes; rebuilds.
//!
//! **Device, modelled.** `servers` operations in latency at once, then one shared transfer pipe.
//!
//! Cache hit share of random I/O: what the cache holds of the hottest data, the cache divided among
//! the workloads by working set. A write to a page that is dirty already needs no destage of its
//! own, so the share that destages is one minus the same share.
//! Parameters: `storage.<name>.*`, `hbas.<model>.*`, `array.*`.

use super::build::{Build, CompileError};
use crate::network::{Amount, Direction, Framing, Port, SelectorKind, Service, StationKind};
use crate::network::{StationId, Step, Visit, Wait};
use crate::random::Shape;
use crate::topology::{CsvId, NodeId, StorageKind};
use crate::workload::{Access, WorkloadSpec};

/// Bytes of a command or status frame on a storage path.
const COMMAND_BYTES: u32 = 64;

/// Bytes of a dirty page of the write cache.
const PAGE_BYTES: u64 = 8192;

/// Most front-end ports of an array: each is two stations and a branch of every route.
const PORTS_MAX: u32 = 1024;

/// Names of the roles of one crossing of the path.
struct Crossing {
    near: &'static str,
    far: &'static str,
    choice: &'static str,
}

const DOWN: Crossing =
    Crossing { near: "path down hba", far: "path down array", choice: "path down" };
const UP: Crossing = Crossing { near: "path up array", far: "path up hba", choice: "path up" };

impl Build<'_> {
    /// Steps of an I/O from a node to the storage of a volume and back.
    pub(super) fn storage(
        &mut self,
        node: NodeId,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let storage = self.cluster.volumes[volume].storage;
        match self.cluster.storages[storage].kind {
            StorageKind::Array => self.array(Some(node), volume, direction, workload, all),
            StorageKind::Device => self.device(volume, direction),
        }
    }

    /// Steps of an I/O within an array that is not reached through adapters.
    pub(super) fn target(
        &mut self,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        self.array(None, volume, direction, workload, all)
    }

    fn device(&mut self, volume: CsvId, direction: Direction) -> Result<Vec<Step>, CompileError> {
        let name = self.cluster.storages[self.cluster.volumes[volume].storage].name.clone();
        let p = |field: &str| format!("storage.{name}.{field}");
        let (latency, rate) = match direction {
            Direction::Read => (p("read-latency"), p("read-rate")),
            Direction::Write => (p("write-latency"), p("write-rate")),
        };
        let servers = self.count(&p("servers"))?;
        let scv = p("scv");
        let shape = self.shape(&scv)?;
        let channels = self
            .station(&format!("{name}/channels"), || StationKind::Fifo { servers, cost_rise: 0.0 });
        let pipe = self
            .station(&format!("{name}/pipe"), || StationKind::Fifo { servers: 1, cost_rise: 0.0 });
        let wait = Service::time(self.ps(&latency)?, 0.0, shape);
        let transfer = Service::time(0.0, self.ps_per_byte(&rate)?, Shape::Constant);
        Ok(vec![
            Visit::new(channels, "device latency", wait)
                .from(&[&latency, &p("servers"), &scv])
                .into(),
            Visit::new(pipe, "device transfer", transfer).from(&[&rate]).into(),
        ])
    }

    /// Steps of an I/O to an array and back; without a node, within the array only.
    fn array(
        &mut self,
        node: Option<NodeId>,
        volume: CsvId,
        direction: Direction,
        workload: &WorkloadSpec,
        all: &[WorkloadSpec],
    ) -> Result<Vec<Step>, CompileError> {
        let storage = self.cluster.volumes[volume].storage;
        let name = self.cluster.storages[storage].name.clone();
        let p = |field: &str| format!("storage.{name}.{field}");
        let write = direction == Direction::Write;
        let mut steps = Vec::new();
        if let (true, Some(node)) = (write, node) {
            // Command and transfer-ready go ahead of the data.
            let hba = self.hba_model(node, volume);
            let latency = format!("hbas.{hba}.latency");
            let delay = self.station(&format!("{name}/transfer ready"), || StationKind::Delay);
            let service = Service::time(2.0 * self.ps(&latency)?, 0.0, Shape::Constant);
            steps.push(Visit::new(delay, "transfer ready", service).from(&[&latency]).into());
        }
        if let Some(node) = node {
            steps.extend(self.path(node, volume, &DOWN, write)?);
        }
        let (controller, per_io) = self.controller(volume)?;
        let shape = self.shape("software.scv")?;
        let service = Service::time(self.ps(&per_io)?, 0.0, shape);
        steps.push(Visit::new(controller, "controller", service).from(&[&per_io]).into());
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
        let hit = self.hit_share(volume, &cache_field, write, workload, all)?;
        let sequential = workload.access == Access::Sequential;
        let media = self.media(volume, write, sequential)?;
        let kind = SelectorKind::Weights(vec![hit, 1.0 - hit]);
        let label =
            format!("{name} {} cache, {}", if write { "write" } else { "read" }, workload.name);
        let selector = self.selector(&label, kind);
        if write {
            // A cache smaller than one write would never take it.
            let largest = all.iter().map(WorkloadSpec::largest_bytes).max().unwrap_or(0);
            let pages = (self.value(&cache_field)? / PAGE_BYTES as f64) as u64;
            let pages = pages.max(largest.div_ceil(PAGE_BYTES)).max(1);
            let pool = self.pool(&format!("{name}/dirty pages"), pages);
            let amount = Amount::PerBytes { unit: PAGE_BYTES };
            let destage =
                Step::Choose { selector, role: "destage", branches: vec![Vec::new(), vec![media]] };
            steps.push(Step::Acquire { pool, amount });
            steps.push(cached);
            steps.push(Step::Fork {
                wait: Wait::None,
                branches: vec![vec![destage, Step::Release { pool, amount }]],
            });
        } else {
            let miss = vec![media, cached.clone()];
            steps.push(Step::Choose {
                selector,
                role: "cache lookup",
                branches: vec![vec![cached], miss],
            });
        }
        if let Some(node) = node {
            steps.extend(self.path(node, volume, &UP, !write)?);
        }
        Ok(steps)
    }

    fn hba_model(&self, node: NodeId, volume: CsvId) -> String {
        let storage = self.cluster.volumes[volume].storage;
        let hbas = &self.cluster.nodes[node].hbas;
        hbas.iter().find(|h| h.storage == storage).map_or_else(String::new, |h| h.model.clone())
    }

    /// Whether the array serves a volume by one controller only, and by which.
    fn serving(&mut self, volume: CsvId) -> Result<(u32, Option<u32>), CompileError> {
        let storage = self.cluster.volumes[volume].storage;
        let name = &self.cluster.storages[storage].name;
        let controllers = self.count(&format!("storage.{name}.controllers"))?;
        let asymmetric = self.cluster.storages[storage].asymmetric;
        // Volumes are spread over the controllers in turn.
        Ok((controllers, asymmetric.then(|| volume.index() as u32 % controllers)))
    }

    fn controller(&mut self, volume: CsvId) -> Result<(StationId, String), CompileError> {
        let name = self.cluster.storages[self.cluster.volumes[volume].storage].name.clone();
        let each = self.count(&format!("storage.{name}.controller-servers"))?;
        let (controllers, one) = self.serving(volume)?;
        let (label, servers) = match one {
            Some(k) => (format!("{name}/controller {}", k + 1), each),
            None => (format!("{name}/controllers"), each.saturating_mul(controllers)),
        };
        let id = self.station(&label, || StationKind::Fifo { servers, cost_rise: 0.0 });
        Ok((id, format!("storage.{name}.controller-per-io")))
    }

    /// One crossing of the storage network, over the paths in turn.
    fn path(
        &mut self,
        node: NodeId,
        volume: CsvId,
        crossing: &Crossing,
        payload: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let storage = self.cluster.volumes[volume].storage;
        let name = self.cluster.storages[storage].name.clone();
        let model = self.hba_model(node, volume);
        let hba_ports = self.hba_ports(node, volume);
        let (controllers, one) = self.serving(volume)?;
        let all_front = self.count(&format!("storage.{name}.front-end-ports"))?;
        if all_front > PORTS_MAX {
            let name = format!("storage.{name}.front-end-ports");
            let problem = format!("at most {PORTS_MAX} ports can be simulated");
            return Err(CompileError::BadParameter { name, problem });
        }
        let per_controller = (all_front / controllers).max(1);
        let front: Vec<u32> = match one {
            Some(k) => (0..per_controller).map(|i| k * per_controller + i).collect(),
            None => (0..all_front).collect(),
        };
        let (rate, far_rate) =
            (format!("hbas.{model}.port-rate"), format!("storage.{name}.front-end-rate"));
        let latency = format!("hbas.{model}.latency");
        let (near_cost, far_cost) = (self.ps_per_byte(&rate)?, self.ps_per_byte(&far_rate)?);
        let latency_ps = self.ps(&latency)? as u64;
        let down = crossing.choice == DOWN.choice;
        let node_name = self.cluster.nodes[node].name.clone();
        let ways = hba_ports.max(front.len() as u32);
        let mut branches = Vec::new();
        for way in 0..ways {
            let hba = way % hba_ports;
            let fe = front[way as usize % front.len()];
            let side = |out: bool| if out { "tx" } else { "rx" };
            let near = format!("{node_name}/{model} {}/{}", hba + 1, side(down));
            let far = format!("{name}/front end {}/{}", fe + 1, side(!down));
            let port = |ps_per_byte, latency_ps| {
                move || {
                    StationKind::Port(Port {
                        ps_per_byte,
                        latency_ps,
                        weights: vec![1],
                        link: None,
                    })
                }
            };
            // The transmit side of a crossing carries its latency.
            let near_id = self.station(&near, port(near_cost, if down { latency_ps } else { 0 }));
            let far_id = self.station(&far, port(far_cost, if down { 0 } else { latency_ps }));
            let service =
                Service::Wire { header_bytes: COMMAND_BYTES, payload, framing: Framing::NONE };
            let near_visit =
                Visit::new(near_id, if down { crossing.near } else { crossing.far }, service)
                    .from(&[&rate, &latency]);
            let far_visit =
                Visit::new(far_id, if down { crossing.far } else { crossing.near }, service)
                    .from(&[&far_rate]);
            branches.push(if down {
                vec![near_visit.into(), far_visit.into()]
            } else {
                vec![far_visit.into(), near_visit.into()]
            });
        }
        let inner = if branches.len() == 1 {
            branches.swap_remove(0)
        } else {
            let label = format!("paths, {node_name} to {name} {}", crossing.choice);
            let label = one.map_or(label.clone(), |k| format!("{label}, controller {}", k + 1));
            let selector = self.selector(&label, SelectorKind::RoundRobin(ways));
            vec![Step::Choose { selector, role: crossing.choice, branches }]
        };
        if !payload {
            return Ok(inner);
        }
        let chunk_bytes = self.chunk("wire.segment")?;
        Ok(vec![Step::Split { chunk_bytes, window: None, body: inner }])
    }

    fn hba_ports(&self, node: NodeId, volume: CsvId) -> u32 {
        let storage = self.cluster.volumes[volume].storage;
        let hbas = self.cluster.nodes[node].hbas.iter().filter(|h| h.storage == storage);
        hbas.map(|h| h.ports).sum::<u32>().max(1)
    }

    fn media(
        &mut self,
        volume: CsvId,
        write: bool,
        sequential: bool,
    ) -> Result<Step, CompileError> {
        let name = self.cluster.storages[self.cluster.volumes[volume].storage].name.clone();
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
        Ok(Visit::new(station, role, service).from(&origins).into())
    }

    /// Share of the I/Os of a workload that need no drive.
    fn hit_share(
        &mut self,
        volume: CsvId,
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
        let bytes = self.value(cache)? * share;
        let storage = self.cluster.volumes[volume].storage;
        // Disks of a guest cluster's members are one file, so files are counted, not disks.
        let on_array = |w: &WorkloadSpec| {
            let disks = w.disks.iter().filter(|&&d| {
                self.cluster.volumes[self.cluster.disks[d].volume].storage == storage
            });
            disks.count() as f64 * w.working_set_bytes
        };
        let total: f64 = all.iter().map(on_array).sum();
        let own = bytes * workload.working_set_bytes / total.max(workload.working_set_bytes);
        Ok(workload.cached_share(own))
    }
}
