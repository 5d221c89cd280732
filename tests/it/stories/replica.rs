//! Storage Replica: what a write waits for, and what it sends.

use csvnet::network::Direction;

use super::{BARE, NODES, faults, latency_us, rdma_write_us, roles};
use crate::cluster::{Story, assert_near};

/// Devices so fast in transfer that only their latencies count: 10 us here, 50 us at the partner.
const REPLICATED: &str = r#"
[storage.here]
kind = "device"
model = "fixed-law"
node = "HV1"
write-latency = "10 us"
write-rate = "1 TB/s"

[storage.there]
kind = "device"
model = "fixed-law"
node = "HV2"
write-latency = "50 us"
write-rate = "1 TB/s"

[volumes.CSV1]
storage = "here"
owner = "HV1"
replica = { partner = "HV2", storage = "there", mode = "synchronous" }
"#;

fn text() -> String {
    format!("{NODES}{REPLICATED}{BARE}")
}

const ASYNC: (&str, &str) = ("volumes.CSV1.replica.mode", "asynchronous");

#[test]
fn a_synchronous_write_waits_for_the_partners_log() {
    let (waits, follows) = (latency_us(&text(), &[]), latency_us(&text(), &[ASYNC]));
    assert_near(follows, 10.0, 0.01);
    assert_near(waits, rdma_write_us(8192) + 50.0, 0.01);
    // A partner as fast as light still is behind a network; an own log slower than all decides.
    let slow = ("storage.here.write-latency", "500 us");
    assert_near(latency_us(&text(), &[slow]), 500.0, 0.01);
}

#[test]
fn each_write_crosses_once_and_is_written_twice_on_each_side() {
    for set in [&[][..], &[ASYNC][..]] {
        let story = Story::new(&text(), set);
        assert_eq!(roles(&story, Direction::Write, "smb client, partner"), 1.0);
        // Log and data, here and there.
        assert_eq!(roles(&story, Direction::Write, "device latency"), 4.0);
        let run = story.run(1);
        assert_near(run.port("HV1/nic/tx").0, run.bytes(0), 0.01);
        assert_eq!(run.port("HV2/nic/tx").0, 0.0);
    }
    let reads = Story::new(&text(), &[("workloads.a.read", "100 %")]);
    assert_eq!(roles(&reads, Direction::Read, "smb"), 0.0);
    assert_eq!(reads.state("HV1").block_reason.to_string(), "VolumeReplicationEnabled");
}

#[test]
fn the_flag_alone_redirects_and_warns() {
    let replica = "replica = { partner = \"HV2\", storage = \"there\", mode = \"synchronous\" }";
    let story = Story::new(&text().replace(replica, "replicated = true"), &[]);
    assert_eq!(story.state("HV2").mode.name(), "BlockRedirected");
    assert_eq!(roles(&story, Direction::Write, "smb"), 0.0);
    assert!(story.compiled.findings.iter().any(|f| f.text.contains("replication traffic")));
}

#[test]
fn a_partner_must_be_another_node_with_a_path_of_its_own() {
    let replica = |partner: &str, storage: &str| {
        let value = format!("{{ partner = \"{partner}\", storage = \"{storage}\" }}");
        faults(&text(), &[("volumes.CSV1.replica", &value)])
    };
    assert!(replica("HV2", "here").contains("of its own"));
    assert!(replica("HV1", "there").contains("no path"));
    let own = "[storage.second]\nkind = \"device\"\nmodel = \"fixed-law\"\nnode = \"HV1\"\n";
    let value = "{ partner = \"HV1\", storage = \"second\" }";
    let faults = faults(&(text() + own), &[("volumes.CSV1.replica", value)]);
    assert!(faults.contains("owns the volume itself"), "{faults}");
}
