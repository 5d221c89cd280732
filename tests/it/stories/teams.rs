//! Teams: on which member traffic leaves and arrives.

use super::{told, wire};
use crate::cluster::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const REFS: (&str, &str) = ("volumes.CSV1.file-system", "ReFS");

/// The two nodes with a team of this set-up over both ports.
fn teamed(setup: &str) -> String {
    let team = format!(
        "[nodes.HV.teams.team]\nmembers = [\"nic1\", \"nic2\"]\nnetwork = \"csv\"\n{setup}\n"
    );
    TWO_NODES.replace("network = \"csv\"\n", "") + &team
}

/// Which members of HV1's team received and sent something, in each of some replications.
fn members(setup: &str, seeds: u64) -> Vec<([bool; 2], [bool; 2])> {
    let mut story = Story::new(&teamed(setup), &[REFS, ("run.duration", "20 ms")]);
    story.scenario.run.replications = 1;
    let seen = |seed| {
        let run = story.run(seed);
        let any =
            |side: &str| ["nic1", "nic2"].map(|nic| run.port(&format!("HV1/{nic}/{side}")).1 > 0.0);
        (any("rx"), any("tx"))
    };
    (1..=seeds).map(seen).collect()
}

#[test]
fn the_chance_of_a_shared_member_is_told() {
    let text = told(&Story::new(&teamed("mode = \"lacp\""), &[REFS]));
    // 2 (1 - (1/2)^4) members and (1/2)^3.
    assert!(text.contains("1.875 of 2 members are busy on average"), "{text}");
    assert!(text.contains("with a chance of 12.5 %"), "{text}");
    assert!(!text.contains("poor"), "{text}");
    let text = told(&Story::new(&teamed("mode = \"switch-independent\""), &[REFS]));
    assert!(text.contains("warning: HV1/team: a switch-independent team receives"), "{text}");
}

#[test]
fn four_connections_share_a_member_in_one_of_eight_cases() {
    let text = WIRE_ONLY.replace("network = \"csv\"\n\n[storage", "count = 2\n\n[storage")
        + "[nodes.HV.teams.team]\nmembers = [\"nic\"]\nmode = \"lacp\"\nnetwork = \"csv\"\n";
    let mut set = vec![("run.duration", "2 ms")];
    set.push(("workloads.b.outstanding", "8"));
    let mut story = Story::new(&text, &set);
    story.scenario.run.replications = 1;
    let cases = 200;
    let shared = (1..=cases)
        .filter(|&seed| {
            let run = story.run(seed);
            ["nic1", "nic2"].iter().any(|nic| run.port(&format!("HV2/{nic}/tx")).1 == 0.0)
        })
        .count();
    // 25 of 200 on average; four standard deviations of the binomial are 19.
    assert!((6..=44).contains(&shared), "{shared} of {cases}");
}

#[test]
fn addresses_alone_send_all_connections_over_one_member() {
    for algorithm in ["ip-addresses", "mac-addresses"] {
        let setup = format!("mode = \"lacp\"\nalgorithm = \"{algorithm}\"");
        let seen = members(&setup, 8);
        let one = |used: &[bool; 2]| used.iter().filter(|u| **u).count() == 1;
        assert!(seen.iter().all(|(_, sent)| one(sent)), "{algorithm}: {seen:?}");
        assert!(seen.iter().any(|(_, sent)| sent[0]) && seen.iter().any(|(_, sent)| sent[1]));
        assert!(seen.iter().any(|(received, _)| *received == [true; 2]), "the switch hashes");
    }
}

#[test]
fn a_port_of_the_virtual_switch_keeps_to_one_member() {
    let seen = members("model = \"switch-independent-hyper-v-port\"", 8);
    for (received, sent) in &seen {
        assert_eq!(received.iter().filter(|u| **u).count(), 1, "{seen:?}");
        assert_eq!(received, sent, "in and out on the same");
    }
    assert!(seen.iter().any(|s| s.0[0]) && seen.iter().any(|s| s.0[1]), "either: {seen:?}");
}

#[test]
fn dynamic_sends_over_all_members_and_receives_on_one_for_each_peer() {
    let seen = members("model = \"switch-independent-dynamic\"", 8);
    for (received, sent) in &seen {
        assert_eq!(*sent, [true; 2], "{seen:?}");
        assert_eq!(received.iter().filter(|u| **u).count(), 1, "{seen:?}");
    }
    assert!(seen.iter().any(|s| s.0[0]) && seen.iter().any(|s| s.0[1]), "either: {seen:?}");
}

#[test]
fn switch_embedded_teaming_keeps_rdma() {
    let story = Story::new(&teamed("model = \"set-hyper-v-port\""), &[REFS]);
    assert_eq!(story.disk("B/d").transport, Some("SMB Direct (RoCE v2)"));
    let run = story.run(1);
    let (one, two) = (wire(&run, "HV1/nic1"), wire(&run, "HV1/nic2"));
    assert!(one > 0.0);
    assert_near(one, two, 0.02);
    // The same ports without a team carry the same, to the byte.
    let plain = Story::new(TWO_NODES, &[REFS]);
    assert_eq!(plain.run(1).bytes(1), run.bytes(1));
    // One vNIC uses one member.
    let story = Story::new(&teamed("model = \"set-hyper-v-port\"\nvnics = 1"), &[REFS]);
    assert_eq!(wire(&story.run(1), "HV1/nic2"), 0.0);
}
