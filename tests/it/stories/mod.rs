//! Small stories with numbers computed by hand: each fails if its behaviour were not there.

mod alternatives;
mod arrays;
mod backup;
mod block_cache;
mod changes;
mod compute;
mod converged;
mod counters;
mod dies;
mod examples;
mod failover;
mod fallback;
mod metadata;
mod multichannel;
mod owner_loss;
mod paths;
mod replica;
mod roce;
mod s2d;
mod shared_files;
mod sofs;
mod states;
mod tcp;
mod teams;

use std::path::Path;

use csvnet::cluster::FindingKind;
use csvnet::network::Direction;
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

use crate::cluster::{Run, Story};

/// Bytes a message of so many occupies on the wire of [`crate::cluster::TWO_NODES`]: `RoCE` v2 in
/// one frame, 44 bytes of headers and Ethernet's 38.
const FRAME: f64 = 44.0 + 38.0;

/// What SMB Direct adds to a message without data: 24 bytes of header for 4 of framing.
const RDMA: f64 = 20.0;

/// The faults of a scenario, as text.
fn faults(text: &str, set: &[(&str, &str)]) -> String {
    let files = MemoryFiles::new().with("a.toml", text);
    let set: Vec<_> = set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    match load(Path::new("a.toml"), &files, &set, &[]) {
        Ok(_) => panic!("{set:?} is accepted"),
        Err(faults) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

/// What is told about something.
fn about(story: &Story, kind: FindingKind, subject: &str) -> Vec<String> {
    let findings = story.compiled.findings.iter();
    let about = findings.filter(|f| f.kind == kind && f.subject == subject);
    about.map(|f| f.text.clone()).collect()
}

/// What is told about a cluster, a finding a line: kind, subject and text.
fn told(story: &Story) -> String {
    let findings = story.compiled.findings.iter();
    findings.fold(String::new(), |mut all, f| {
        all.extend([f.kind.name(), ": ", &f.subject, ": ", &f.text, "\n"]);
        all
    })
}

/// Bytes a second over a port, both ways, wire bytes.
fn wire(run: &Run<'_>, port: &str) -> f64 {
    ["tx", "rx"].iter().map(|side| run.port(&format!("{port}/{side}")).1).sum()
}

/// Latency in seconds of the only I/O under way of a workload of blocks of some bytes.
fn latency_s(run: &Run<'_>, workload: usize, block: f64) -> f64 {
    block / run.bytes(workload)
}

/// Two nodes with one port of 25 Gb/s each, and a load on one VM. No storage, no volume.
const NODES: &str = r#"
title = "a story"

[run]
warm-up = "10 ms"
duration = "200 ms"
replications = 2

[cluster]
windows = "2022"

[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
nics.nic = { model = "mellanox-connectx-5-25g", network = "csv" }

[vms.A]
node = "HV1"
vcpus = 64
disks.d.volume = "CSV1"

[workloads.a]
vm = "A"
disk = "d"
block = "8 KiB"
read = "0 %"
outstanding = 1
working-set = "900 TB"
"#;

/// Every time of software taken away, so that only wires and storage are left, all constant.
const BARE: &str = r#"
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
owner.file-system-per-io = "0 us"
owner.block-per-io = "0 us"
iscsi.per-io = "0 us"
iscsi.per-byte = "0 ns"
spaces.per-io = "0 us"
sbl.target-per-io = "0 us"
replica.per-io = "0 us"
replica.target-per-io = "0 us"
software.scv = 0
array.media-scv = 0
array.sequential-hit = "100 %"
nics.mellanox-connectx-5-25g.latency = "450 ns"
switches.mellanox-sn2010.latency = "300 ns"
wire.propagation = "100 ns"
"#;

/// Microseconds of the four messages of an SMB Direct write of `bytes` over 25 Gb/s: frames of 4096
/// bytes with 82 bytes of `RoCE` v2 and Ethernet, 1.4 us one way.
fn rdma_write_us(bytes: u64) -> f64 {
    let wire = |content: u64| (content + 82 * content.div_ceil(4096)) as f64;
    let one_way = 2.0 * 0.45 + 0.3 + 2.0 * 0.1;
    [152, 28, bytes, 105].iter().map(|&content| wire(content) * 8.0 / 25e3 + one_way).sum()
}

/// Mean latency of the first workload in microseconds.
fn latency_us(text: &str, set: &[(&str, &str)]) -> f64 {
    let story = Story::new(text, set);
    let run = story.run(1);
    1e6 * run.measured.groups[0].latency_s.mean
}

/// Mean visits of an I/O of the first workload to roles that begin so.
fn roles(story: &Story, direction: Direction, role: &str) -> f64 {
    story.visits(0, direction, |_, name| name.starts_with(role))
}
