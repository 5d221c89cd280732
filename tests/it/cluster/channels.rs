//! Which ports carry redirected I/O, and how evenly.

use csvnet::network::Direction;

use super::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const REFS: (&str, &str) = ("volumes.CSV1.file-system", "ReFS");

/// The two nodes with a team over both ports.
fn teamed(mode: &str) -> String {
    let team = format!(
        "[nodes.HV.teams.team]\nmembers = [\"nic1\", \"nic2\"]\nmode = \"{mode}\"\nnetwork = \"csv\"\n"
    );
    TWO_NODES.to_owned() + &team
}

#[test]
fn rdma_is_preferred_to_a_faster_port_without() {
    let fast = "[nodes.HV.nics.fast]\nmodel = \"mellanox-connectx-5-100g\"\nrdma = false\n\
                network = \"csv\"\n";
    let story = Story::new(&(TWO_NODES.to_owned() + fast), &[REFS]);
    assert_eq!(story.disk("B/d").transport, Some("SMB Direct (RoCE v2)"));
    let run = story.run(1);
    for side in ["HV1/fast/tx", "HV1/fast/rx", "HV2/fast/tx", "HV2/fast/rx"] {
        assert_eq!(run.port(side), (0.0, 0.0), "{side}");
    }
    assert!(run.port("HV1/nic1/rx").0 > 0.0);
    // Without RDMA the faster port carries everything.
    let story =
        Story::new(&(TWO_NODES.to_owned() + fast), &[REFS, ("nodes.HV.nics.nic.rdma", "false")]);
    assert_eq!(story.disk("B/d").transport, Some("TCP (RSS)"));
    let run = story.run(1);
    assert_eq!(run.port("HV1/nic1/rx"), (0.0, 0.0));
    assert_near(run.port("HV1/fast/rx").0 + run.port("HV1/fast/tx").0, run.bytes(1), 0.005);
}

#[test]
fn two_equal_ports_share_the_load_evenly() {
    for rdma in ["roce-v2", "none"] {
        let set = [REFS, ("nodes.HV.nics.nic.rdma", rdma), ("workloads.b.read", "0 %")];
        let story = Story::new(TWO_NODES, &set);
        let run = story.run(1);
        let (one, two) = (run.port("HV1/nic1/rx").0, run.port("HV1/nic2/rx").0);
        assert!(one > 1e6, "{rdma}: {one}");
        assert_near(one, two, 0.02);
        let (one, two) = (run.port("HV1/nic1/rx").1, run.port("HV1/nic2/rx").1);
        assert_near(one, two, 0.02);
    }
}

#[test]
fn a_port_without_receive_queues_has_one_connection() {
    let choices = |set: &[(&str, &str)]| {
        let story = Story::new(WIRE_ONLY, set);
        let name = story.disk("B/d").transport.unwrap();
        let out = story.compiled.network.selectors.iter();
        let ways = out
            .filter(|s| s.label.starts_with("connections"))
            .map(csvnet::network::Selector::ways)
            .max();
        (name, ways)
    };
    let plain = [("nodes.HV.nics.nic.rdma", "none"), ("nodes.HV.nics.nic.rss", "false")];
    assert_eq!(choices(&plain), ("TCP (one queue)", Some(1)));
    assert_eq!(choices(&plain[..1]), ("TCP (RSS)", Some(4)));
    assert_eq!(choices(&[]), ("SMB Direct (RoCE v2)", Some(2)));
}

#[test]
fn a_team_hides_rdma() {
    for mode in ["lacp", "static", "switch-independent"] {
        let story = Story::new(&teamed(mode), &[REFS]);
        assert_eq!(story.disk("B/d").transport, Some("TCP (RSS)"), "{mode}");
        let rdma = |_: &str, role: &str| role.starts_with("fetch");
        assert_eq!(story.visits(1, Direction::Write, rdma), 0.0, "{mode}");
    }
}

#[test]
fn a_connection_never_exceeds_one_member_of_a_team() {
    let set = [
        REFS,
        ("nodes.HV.nics.nic.rss", "false"),
        ("workloads.b.block", "256 KiB"),
        ("workloads.b.read", "0 %"),
        ("workloads.b.outstanding", "32"),
        ("run.duration", "50 ms"),
        ("run.warm-up", "20 ms"),
        // Storage, CPU and one receive queue out of the way: only the ports are left.
        ("parameters.tcp.receive.per-byte", "0 ns"),
        ("parameters.tcp.receive.per-frame", "0 ns"),
        ("parameters.storage.san.write-cache", "900 GB"),
    ];
    let mut scenario = super::scenario(&teamed("lacp"), &set);
    scenario.run.replications = 1;
    let mut members = [false; 2];
    for seed in 1..=8 {
        let parameters = scenario.parameters.clone().freeze();
        let compiled =
            csvnet::cluster::compile(&scenario.cluster, &scenario.workloads, &parameters).unwrap();
        let story = Story { scenario: scenario.clone(), compiled };
        let run = story.run(seed);
        for (label, seen) in [("HV2/nic1/tx", 0), ("HV2/nic2/tx", 1)] {
            let (payload, wire) = run.port(label);
            members[seen] |= payload > 0.0;
            assert!(8.0 * wire <= 25e9 * 1.001, "seed {seed}: {wire}");
        }
        let idle = ["HV2/nic1/tx", "HV2/nic2/tx"].map(|label| run.port(label).0 == 0.0);
        assert_eq!(idle.iter().filter(|i| **i).count(), 1, "seed {seed}: one member carries it");
        let sum = 8.0 * run.bytes(1);
        assert!(15e9 < sum && sum < 25e9, "seed {seed}: {sum} b/s over one connection");
    }
    assert_eq!(members, [true; 2], "the hash takes either member over eight replications");
}

#[test]
fn a_switch_independent_team_receives_on_one_member() {
    let story = Story::new(&teamed("switch-independent"), &[REFS]);
    let mut sent_by_second = 0.0;
    for seed in 1..=4 {
        let run = story.run(seed);
        for node in ["HV1", "HV2"] {
            assert!(run.port(&format!("{node}/nic1/rx")).1 > 0.0);
            assert_eq!(run.port(&format!("{node}/nic2/rx")), (0.0, 0.0), "{node}, seed {seed}");
        }
        sent_by_second += run.port("HV2/nic2/tx").1;
    }
    assert!(sent_by_second > 0.0, "outbound is spread");
}

#[test]
fn both_members_of_an_lacp_team_receive() {
    let story = Story::new(&teamed("lacp"), &[REFS]);
    let mut received = [0.0; 2];
    for seed in 1..=4 {
        let run = story.run(seed);
        received[0] += run.port("HV1/nic1/rx").1;
        received[1] += run.port("HV1/nic2/rx").1;
    }
    assert!(received.iter().all(|&bytes| bytes > 0.0), "{received:?}");
}
