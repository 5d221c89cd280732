//! Behaviours one by one: small scenarios whose numbers follow from a formula.

mod converged;
mod failover;
mod multichannel;
mod roce;
mod tcp;
mod teams;

use crate::cluster::{Run, Story};

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
