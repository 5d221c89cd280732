//! Metadata goes to the owner in every mode: at a rate, in bursts, for every new block.

use csvnet::cluster::{FindingKind, IoPath};
use csvnet::network::{Arrivals, Direction};

use super::{FRAME, RDMA, about, faults};
use crate::cluster::{Story, TWO_NODES, assert_near};

/// Round trips of a write of VM B to the owner.
fn exchanges(story: &Story) -> f64 {
    story.visits(1, Direction::Write, |_, role| role == "control client")
}

#[test]
fn metadata_of_a_direct_disk_crosses_the_network() {
    let rate = 50_000.0;
    let set = [("vms.B.disks.d.metadata", "\"50000 /s\"")];
    let story = Story::new(TWO_NODES, &set);
    assert_eq!(story.disk("B/d").path, IoPath::Direct);
    let run = story.run(1);
    let message = |bytes: f64| bytes + RDMA + FRAME;
    // Seen at the sender's port and at the receiver's.
    assert_near(run.all_wire(), 2.0 * rate * (message(400.0) + message(350.0)), 0.03);
    let group = run.measured.groups.last().unwrap();
    assert_eq!(group.name, "metadata, CSV1");
    assert_near(group.bytes_per_s.mean, rate * 750.0, 0.03);
    // On the owner it costs processors and no network.
    let local = Story::new(TWO_NODES, &[("vms.A.disks.d.metadata", "\"50000 /s\"")]);
    assert_eq!(local.run(1).all_wire(), 0.0);
    assert_eq!(Story::new(TWO_NODES, &[]).compiled.network.background, 0);
}

#[test]
fn metadata_of_a_volume_is_that_of_each_node_that_uses_it() {
    let story = Story::new(TWO_NODES, &[("volumes.CSV1.metadata", "\"100 /s\"")]);
    // HV1 owns it, HV2 uses it.
    let net = &story.compiled.network;
    let sources: Vec<_> = net.sources.iter().filter(|s| s.label.starts_with("metadata")).collect();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].label, "metadata: HV2 on CSV1");
    assert_eq!(sources[0].arrivals, Arrivals::Poisson { interval_ps: 1e10 });
}

#[test]
fn a_write_waits_for_the_block_it_begins() {
    let grows = [("vms.B.disks.d.format", "dynamic"), ("vms.B.disks.d.growth", "\"25 %\"")];
    let story = Story::new(TWO_NODES, &grows);
    // A quarter of the writes of 8 KiB is new; one in 4096 of those begins 32 MiB, twice to the
    // owner and back.
    let share = 0.25 * 8192.0 / f64::from(32 << 20);
    assert_near(exchanges(&story), 2.0 * share, 1e-12);
    let reads = story.visits(1, Direction::Read, |_, role| role == "control client");
    assert_eq!(reads, 0.0);
    assert!(about(&story, FindingKind::Behaviour, "B/d")[0].contains("wait for a new block"));
    // On the owner it stays there.
    let at_owner = Story::new(TWO_NODES, &[&grows[..], &[("vms.B.node", "HV1")]].concat());
    assert_eq!(exchanges(&at_owner), 0.0);
    let local = at_owner.visits(1, Direction::Write, |_, role| role == "metadata");
    assert_near(local, 2.0 * share, 1e-12);
}

#[test]
fn growth_in_bytes_a_second_is_so_many_blocks_a_second() {
    let text = TWO_NODES.replace("outstanding = 4", "rate = \"1000 IOPS\"");
    let grows = [("vms.B.disks.d.format", "dynamic"), ("vms.B.disks.d.growth", "\"2 MB/s\"")];
    let story = Story::new(&text, &grows);
    // 2 MB/s make 2e6 / 2^25 blocks a second, for 500 writes a second.
    assert_near(exchanges(&story), 2.0 * 2e6 / f64::from(1 << 25) / 500.0, 1e-9);
    let more = faults(&text, &[grows[0], ("vms.B.disks.d.growth", "\"5 MB/s\"")]);
    assert!(more.contains("grows by more than is written"), "{more}");
    let closed = faults(TWO_NODES, &grows);
    assert!(closed.contains("not known beforehand"), "{closed}");
    let missing = faults(TWO_NODES, &grows[..1]);
    assert!(missing.contains("needs `growth`"), "{missing}");
    let fixed = faults(TWO_NODES, &grows[1..]);
    assert!(fixed.contains("a fixed disk does not grow"), "{fixed}");
}

#[test]
fn a_new_checkpoint_takes_a_block_for_each_random_write() {
    let difference = ("vms.B.disks.d.format", "differencing");
    assert_near(exchanges(&Story::new(TWO_NODES, &[difference])), 2.0, 1e-12);
    // In order it fills blocks of 2 MiB.
    let in_order = [difference, ("workloads.b.access", "sequential")];
    let share = 8192.0 / f64::from(2 << 20);
    assert_near(exchanges(&Story::new(TWO_NODES, &in_order)), 2.0 * share, 1e-12);
    // Half of the blocks are there already.
    let half = [difference, ("vms.B.disks.d.growth", "\"50 %\"")];
    assert_near(exchanges(&Story::new(TWO_NODES, &half)), 1.0, 1e-12);
}

#[test]
fn power_cycles_and_checkpoints_are_bursts() {
    for (field, operations) in [("power-cycles", 40.0), ("checkpoints", 30.0)] {
        let rate = 2_000.0;
        let story = Story::new(TWO_NODES, &[(&format!("vms.B.{field}"), "\"2000 /s\"")]);
        let net = &story.compiled.network;
        let source = net.sources.iter().find(|s| s.label.starts_with("metadata")).unwrap();
        assert_eq!(source.mix[0].bytes as f64, operations * 750.0, "{field}");
        // Each operation of a burst is a message out and one back.
        let message = |bytes: f64| bytes + RDMA + FRAME;
        let expected = 2.0 * rate * operations * (message(400.0) + message(350.0));
        assert_near(story.run(1).all_wire(), expected, 0.1);
    }
}
