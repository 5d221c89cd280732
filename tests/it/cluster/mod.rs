//! What clusters do: states, paths, wires, arrays and intervals.

mod arrays;
mod channels;
mod coordinator;
mod determinism;
mod efficiency;
mod field_reports;
mod intervals;
mod modes;
mod wires;

use std::path::Path;

use csvnet::cluster::{Compiled, DiskPath, VolumeState, compile};
use csvnet::experiment::{Measurements, Plan, WarmUp, run};
use csvnet::network::{Direction, for_each_visit};
use csvnet::random::Seed;
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Scenario, load};

/// Two nodes on a SAN, two ports of 25 Gb/s each; VM A on the owner, VM B off it.
pub(crate) const TWO_NODES: &str = r#"
title = "two nodes"

[run]
seed = 1
duration = "200 ms"
warm-up = "50 ms"
replications = 2

[cluster]
windows = "2019"

[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"

[nodes.HV.nics.nic]
model = "mellanox-connectx-5-25g"
count = 2
network = "csv"

[nodes.HV.hbas.fc]
model = "qlogic-qle2742"
storage = "san"

[storage.san]
kind = "array"
model = "generic-all-flash"

[volumes.CSV1]
storage = "san"
owner = "HV1"

[vms.A]
node = "HV1"
vcpus = 4
disks.d.volume = "CSV1"

[vms.B]
node = "HV2"
vcpus = 4
disks.d.volume = "CSV1"

[workloads.a]
vm = "A"
disk = "d"
block = "8 KiB"
read = "50 %"
outstanding = 4
working-set = "1 GB"

[workloads.b]
vm = "B"
disk = "d"
block = "8 KiB"
read = "50 %"
outstanding = 4
working-set = "1 GB"
"#;

/// VM B on the far node of a device, one port, and every time of software taken away, so that only
/// the wire and the device are left.
pub(crate) const WIRE_ONLY: &str = r#"
title = "wire only"

[cluster]
windows = "2019"

[run]
warm-up = "1 ms"
duration = "20 ms"
replications = 2

[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"

[nodes.HV.nics.nic]
model = "mellanox-connectx-5-25g"
network = "csv"

[storage.disk]
kind = "device"
model = "fixed-law"
node = "HV1"
servers = 64
scv = 0.0
read-latency = "10 us"
write-latency = "10 us"
read-rate = "1000 MB/s"
write-rate = "1000 MB/s"

[volumes.CSV1]
storage = "disk"
owner = "HV1"

[vms.B]
node = "HV2"
vcpus = 4
disks.d.volume = "CSV1"

[workloads.b]
vm = "B"
disk = "d"
block = "8 KiB"
read = "100 %"
outstanding = 1
working-set = "1 GB"

[parameters]
guest.per-io = "0 us"
vmbus.per-io = "0 us"
host.per-io = "0 us"
smb.client.tcp.per-io = "0 us"
smb.client.tcp.per-byte = "0 ns"
smb.server.tcp.per-io = "0 us"
smb.server.tcp.per-byte = "0 ns"
smb.client.rdma.per-io = "0 us"
smb.server.rdma.per-io = "0 us"
tcp.receive.per-frame = "0 us"
tcp.receive.per-byte = "0 ns"
tcp.segments-per-ack = 65536
owner.file-system-per-io = "0 us"
owner.block-per-io = "0 us"
owner.shared-vhdx-per-io = "0 us"
software.scv = 0
nics.mellanox-connectx-5-25g.latency = "450 ns"
switches.mellanox-sn2010.latency = "300 ns"
wire.propagation = "100 ns"
"#;

/// The scenario of a text with some values set.
pub(crate) fn scenario(text: &str, set: &[(&str, &str)]) -> Scenario {
    let files = MemoryFiles::new().with("a.toml", text);
    let set: Vec<_> = set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    let loaded = load(Path::new("a.toml"), &files, &set, &[]);
    let mut loaded = loaded.unwrap_or_else(|faults| panic!("{faults}"));
    loaded.variants.swap_remove(0).scenario
}

/// A scenario with its network.
pub(crate) struct Story {
    pub(crate) scenario: Scenario,
    pub(crate) compiled: Compiled,
}

impl Story {
    pub(crate) fn new(text: &str, set: &[(&str, &str)]) -> Self {
        let scenario = scenario(text, set);
        let parameters = scenario.parameters.clone().freeze();
        let compiled = compile(&scenario.cluster, &scenario.workloads, &parameters);
        let compiled = compiled.unwrap_or_else(|error| panic!("{set:?}: {error}"));
        Self { scenario, compiled }
    }

    /// State of the first volume on a node.
    pub(crate) fn state(&self, node: &str) -> &VolumeState {
        let id = self.scenario.cluster.node_named(node).expect("the node exists");
        let (.., state) =
            self.compiled.volumes.iter().find(|(_, n, _)| *n == id).expect("every node has one");
        state
    }

    /// Path of a disk called `vm/disk`.
    pub(crate) fn disk(&self, label: &str) -> &DiskPath {
        let of = |path: &&DiskPath| self.scenario.cluster.disk_label(path.disk) == label;
        self.compiled.disks.iter().find(of).expect("the disk exists")
    }

    /// Mean visits of an I/O of a workload to the stations and roles that `of` picks.
    pub(crate) fn visits(
        &self,
        workload: usize,
        direction: Direction,
        of: impl Fn(&str, &str) -> bool,
    ) -> f64 {
        let net = &self.compiled.network;
        let picked = |r: &&csvnet::cluster::CompiledRoute| {
            (r.workload, r.direction) == (workload, direction)
        };
        let route = self.compiled.routes.iter().find(picked).expect("the route exists");
        let mut sum = 0.0;
        let share = |selector, way| net.selectors[selector].share(way);
        let steps = &net.routes[route.route].steps;
        for_each_visit(steps, route.bytes, 1.0, &share, &mut |visit, times, _| {
            let station = &net.stations[visit.station].label;
            // A visit that is made of several runs counts as all of them.
            let picked = if visit.parts.is_empty() {
                usize::from(of(station, visit.role))
            } else {
                visit.parts.iter().filter(|part| of(station, part.role)).count()
            };
            sum += times * picked as f64;
        });
        sum
    }

    /// Runs it as its `[run]` says, with a seed.
    pub(crate) fn run(&self, seed: u64) -> Run<'_> {
        let settings = &self.scenario.run;
        let plan = Plan {
            seed: Seed(seed),
            replications: settings.replications,
            duration_s: settings.duration_s,
            warm_up: match settings.warm_up {
                csvnet::scenario::WarmUp::Fixed(s) => WarmUp::Fixed(s),
                csvnet::scenario::WarmUp::Auto => WarmUp::Auto,
            },
            threads: Some(1),
            ..Plan::default()
        };
        let measured = run(&self.compiled.network, &plan, &|| false, &|_| {});
        Run { story: self, measured: measured.unwrap_or_else(|error| panic!("{error}")) }
    }
}

/// A story that was run.
pub(crate) struct Run<'a> {
    story: &'a Story,
    pub(crate) measured: Measurements,
}

impl Run<'_> {
    /// Payload and wire bytes a second at the station of a label.
    pub(crate) fn port(&self, label: &str) -> (f64, f64) {
        let stations = &self.story.compiled.network.stations;
        let (id, _) = stations.iter_ids().find(|(_, s)| s.label == label).expect("the port exists");
        let m = &self.measured.stations[id.index()];
        (m.payload_per_s.mean, m.wire_per_s.mean)
    }

    /// Wire bytes a second over every port of the CSV networks.
    pub(crate) fn all_wire(&self) -> f64 {
        let stations = &self.story.compiled.network.stations;
        let linked = stations.iter_ids().filter(|(_, s)| {
            s.as_port().is_some_and(|port| port.link.as_ref().is_some_and(|link| link.csv))
        });
        linked.map(|(id, _)| self.measured.stations[id.index()].wire_per_s.mean).sum()
    }

    /// Payload bytes a second of a workload.
    pub(crate) fn bytes(&self, workload: usize) -> f64 {
        self.measured.groups[workload].bytes_per_s.mean
    }
}

/// `a` and `b` differ by at most `share` of the larger.
#[track_caller]
pub(crate) fn assert_near(a: f64, b: f64, share: f64) {
    assert!((a - b).abs() <= share * a.abs().max(b.abs()), "{a} and {b}, allowed {share}");
}
