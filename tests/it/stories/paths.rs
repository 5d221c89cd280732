//! The way to an array: ports, policies, controllers, iSCSI.

use csvnet::network::Direction;

use super::{BARE, NODES, roles};
use crate::cluster::{Story, assert_near};

/// Reads of 64 KiB that the cache answers, over two ports of 4 Gb/s, 400 MB/s each.
const FC: &str = r#"
[storage.s]
kind = "array"
model = "generic-all-flash"

[nodes.HV.hbas.fc]
model = "qlogic-qle2462"
storage = "s"

[volumes.CSV1]
storage = "s"
owner = "HV1"
"#;

const READS: [(&str, &str); 4] = [
    ("workloads.a.read", "100 %"),
    ("workloads.a.block", "64 KiB"),
    ("workloads.a.access", "sequential"),
    ("workloads.a.outstanding", "64"),
];

fn story(text: &str, more: &[(&str, &str)]) -> Story {
    let mut set: Vec<_> = READS.to_vec();
    set.extend(more);
    Story::new(&format!("{NODES}{text}{BARE}"), &set)
}

/// Payload of `ports` such ports: each segment of 64 KiB has a header of 64 bytes.
fn ports(ports: f64) -> f64 {
    ports * 400e6 * 65_536.0 / (65_536.0 + 64.0)
}

#[test]
fn a_node_that_lost_a_path_of_two_has_half_the_rate() {
    assert_near(story(FC, &[]).run(1).bytes(0), ports(2.0), 0.02);
    let lost = [("nodes.HV.hbas.fc.lost", "{ HV1 = 1 }")];
    let one = story(FC, &lost);
    assert_near(one.run(1).bytes(0), ports(1.0), 0.02);
    let warned = one.compiled.findings.iter().any(|f| f.text.contains("HV1 has 1 of the 2 paths"));
    assert!(warned, "{:?}", one.compiled.findings);
    // The other node of the same entry keeps both.
    let other = story(FC, &[lost[0], ("vms.A.node", "HV2")]);
    assert_near(other.run(1).bytes(0), ports(2.0), 0.02);
    // With all of them gone it goes through the owner.
    let none = story(FC, &[("nodes.HV.hbas.fc.lost", "{ HV2 = 2 }")]);
    assert_eq!(none.state("HV2").block_reason.to_string(), "NoDiskConnectivity");
}

#[test]
fn policies_use_the_paths_they_say() {
    let rate = |policy| story(FC, &[("storage.s.mpio", policy)]).run(1).bytes(0);
    assert_near(rate("fail-over-only"), ports(1.0), 0.02);
    assert_near(rate("round-robin"), ports(2.0), 0.02);
    assert_near(rate("least-queue-depth"), ports(2.0), 0.02);
}

#[test]
fn the_other_controllers_paths_cost_a_hop_each_way() {
    let asymmetric = ("storage.s.alua", "asymmetric");
    let hops = |policy| {
        let story = story(FC, &[asymmetric, ("storage.s.mpio", policy)]);
        roles(&story, Direction::Read, "controller hop")
    };
    assert_eq!(hops("round-robin-with-subset"), 0.0);
    // Half of the paths, down and up.
    assert_eq!(hops("round-robin"), 1.0);
}

#[test]
fn direct_cables_lead_each_port_to_one_controller() {
    let cabled = [("storage.s.alua", "asymmetric"), ("storage.s.cabling", "direct")];
    // The volume's controller has one of the two cables.
    assert_near(story(FC, &cabled).run(1).bytes(0), ports(1.0), 0.02);
    let both = [cabled[0], cabled[1], ("storage.s.mpio", "round-robin")];
    assert_near(story(FC, &both).run(1).bytes(0), ports(2.0), 0.02);
    // The second volume is served by the second controller, to which the lost cable led.
    let text = format!("{FC}[volumes.CSV2]\nstorage = \"s\"\nowner = \"HV1\"\n");
    let second = ("vms.A.disks.d.volume", "CSV2");
    let lost = ("nodes.HV.hbas.fc.lost", "{ HV1 = 1 }");
    let way = story(&text, &[cabled[0], cabled[1], second]);
    assert_eq!(roles(&way, Direction::Read, "controller hop"), 0.0);
    let round = story(&text, &[cabled[0], cabled[1], second, lost]);
    assert_eq!(roles(&round, Direction::Read, "controller hop"), 2.0);
    // With the first controller gone the second serves all that is left.
    let gone = ("storage.s.controllers-lost", "1");
    let left = story(FC, &[cabled[0], cabled[1], gone]);
    assert_near(left.run(1).bytes(0), ports(1.0), 0.02);
}

const ISCSI: &str = r#"
[networks.san]
switch = "dell-n4032f"
mtu = "9000 B"
cluster = false

[storage.s]
kind = "array"
model = "generic-iscsi-hybrid-10g"
alua = "symmetric"

[nodes.HV.nics.san]
model = "intel-x520"
count = 2
network = "san"

[nodes.HV.hbas.iscsi]
nics = ["san"]
storage = "s"

[volumes.CSV1]
storage = "s"
owner = "HV1"
"#;

#[test]
fn iscsi_fills_network_ports_with_frames_and_no_smb() {
    // 48 bytes ahead of 64 KiB, frames of 8960 bytes with 78 bytes of headers and gap.
    let content = 65_536.0_f64 + 48.0;
    let wire = content + 78.0 * (content / 8960.0).ceil();
    let port = 1.25e9 * 65_536.0 / wire;
    let two = story(ISCSI, &[]);
    assert_near(two.run(1).bytes(0), 2.0 * port, 0.02);
    let one = story(ISCSI, &[("nodes.HV.hbas.iscsi.lost", "{ HV1 = 1 }")]);
    assert_near(one.run(1).bytes(0), port, 0.02);
    assert_eq!(roles(&two, Direction::Read, "smb"), 0.0);
    assert_eq!(roles(&two, Direction::Read, "iscsi initiator"), 1.0);
    assert_eq!(roles(&two, Direction::Read, "iscsi receive"), 1.0);
}

#[test]
fn the_initiator_costs_the_node_cores() {
    // 1 ms of one core an I/O: the node's cores bound the rate.
    let set = [
        ("parameters.iscsi.per-io", "1 ms"),
        ("parameters.cpus.two-xeon-gold-6130.cores", "2"),
        ("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %"),
        ("parameters.cpus.two-xeon-gold-6130.cost-rise", "0 %"),
    ];
    let bound = story(ISCSI, &set);
    assert_near(bound.run(1).measured.groups[0].iops.mean, 2.0 / 1e-3, 0.02);
}

#[test]
fn a_port_without_network_or_a_strange_node_is_refused() {
    let text = format!("{NODES}{ISCSI}");
    let faults = super::faults(&text, &[("nodes.HV.hbas.iscsi.lost", "{ XX = 1 }")]);
    assert!(faults.contains("no node `XX`"), "{faults}");
    let unplugged = text.replace("network = \"san\"", "");
    let faults = super::faults(&unplugged, &[]);
    assert!(faults.contains("is on no network"), "{faults}");
    let faults = super::faults(&text, &[("nodes.HV.hbas.iscsi.model", "qlogic-qle2462")]);
    assert!(faults.contains("does not use ports of another"), "{faults}");
}
