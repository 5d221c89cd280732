//! Small stories with numbers computed by hand: each fails if its behaviour were not there.

mod alternatives;
mod backup;
mod block_cache;
mod converged;
mod failover;
mod fallback;
mod metadata;
mod multichannel;
mod owner_loss;
mod roce;
mod shared_files;
mod sofs;
mod tcp;
mod teams;

use std::path::Path;

use csvnet::cluster::FindingKind;
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
    let lines = story.compiled.findings.iter();
    lines.map(|f| format!("{}: {}: {}\n", f.kind.name(), f.subject, f.text)).collect()
}

/// Bytes a second over a port, both ways, wire bytes.
fn wire(run: &Run<'_>, port: &str) -> f64 {
    ["tx", "rx"].iter().map(|side| run.port(&format!("{port}/{side}")).1).sum()
}

/// Latency in seconds of the only I/O under way of a workload of blocks of some bytes.
fn latency_s(run: &Run<'_>, workload: usize, block: f64) -> f64 {
    block / run.bytes(workload)
}
