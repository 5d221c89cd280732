//! Which interfaces SMB uses, and why the others carry nothing.

use csvnet::network::Selector;

use super::{told, wire};
use crate::cluster::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const REFS: (&str, &str) = ("volumes.CSV1.file-system", "ReFS");

/// Whether each of two ports carries something.
fn used(text: &str, set: &[(&str, &str)], ports: [&str; 2]) -> [bool; 2] {
    let story = Story::new(text, set);
    let run = story.run(1);
    ports.map(|port| wire(&run, port) > 0.0)
}

#[test]
fn a_constraint_leaves_the_ports_it_names() {
    let ports = ["HV1/nic1", "HV1/nic2"];
    assert_eq!(used(TWO_NODES, &[REFS], ports), [true, true]);
    let only = |name: &str| format!("{{ constraints = {{ HV = ['{name}'] }} }}");
    for (name, expected) in [("nic1", [true, false]), ("nic2", [false, true])] {
        let set = [REFS, ("multichannel", &only(name))];
        assert_eq!(used(TWO_NODES, &set, ports), expected, "{name}");
    }
    // The name of a group stands for all its ports.
    assert_eq!(used(TWO_NODES, &[REFS, ("multichannel", &only("nic"))], ports), [true, true]);
}

#[test]
fn before_2016_a_cluster_uses_one_port_of_a_subnet() {
    let ports = ["HV1/nic1", "HV1/nic2"];
    let old = ("cluster.windows", "2012 R2");
    assert_eq!(used(TWO_NODES, &[REFS, old], ports), [true, false]);
    let two = ("networks.csv.subnets", "2");
    assert_eq!(used(TWO_NODES, &[REFS, old, two], ports), [true, true]);
    let why = told(&Story::new(TWO_NODES, &[REFS, old]));
    assert!(why.contains("nic2 of HV2 carries nothing: before Windows Server 2016"), "{why}");
}

/// A second network of faster ports, which clients use.
const CLIENTS: &str = r#"
[networks.lan]
switch = "mellanox-sn2700"
role = "cluster-and-client"

[nodes.HV.nics.lan]
model = "mellanox-connectx-5-100g"
network = "lan"
rdma = false
"#;

#[test]
fn client_networks_are_used_where_they_may_be() {
    let text = TWO_NODES.to_owned() + CLIENTS;
    let ports = ["HV1/nic1", "HV1/lan"];
    let tcp = ("nodes.HV.nics.nic.rdma", "false");
    // Multichannel takes the faster port, whatever clients do there.
    assert_eq!(used(&text, &[REFS, tcp], ports), [false, true]);
    let kept = ("cluster.use-client-networks", "false");
    assert_eq!(used(&text, &[REFS, tcp, kept], ports), [true, false]);
    // Before 2016 that is how a cluster comes; but with nothing else, clients must share.
    let old = ("cluster.windows", "2012 R2");
    assert_eq!(used(&text, &[REFS, tcp, old], ports), [true, false]);
    let alone = ("networks.csv.cluster", "false");
    assert_eq!(used(&text, &[REFS, tcp, old, alone], ports), [false, true]);
}

#[test]
fn the_metric_decides_only_without_multichannel() {
    let text = TWO_NODES.to_owned() + CLIENTS;
    let ports = ["HV1/nic1", "HV1/lan"];
    let off = ("cluster.multichannel", "false");
    // 40000 - 19200 - 9600 - 400 against 80000 - 9600 - 1600.
    assert_eq!(used(&text, &[REFS, off], ports), [true, false]);
    let lower = ("networks.lan.metric", "500");
    assert_eq!(used(&text, &[REFS, off, lower], ports), [false, true]);
    assert_eq!(used(&text, &[REFS, lower], ports), [true, false], "Multichannel is on");
    let story = Story::new(&text, &[REFS, off]);
    assert_eq!(story.disk("B/d").transport, Some("TCP (RSS)"), "no SMB Direct without it");
    let ways = story.compiled.network.selectors.iter();
    let ways = ways.filter(|s| s.label.starts_with("connections")).map(Selector::ways).max();
    assert_eq!(ways, Some(1));
}

#[test]
fn connections_of_an_interface_are_parameters() {
    let set =
        [("parameters.smb.multichannel.rss-connections", "7"), ("nodes.HV.nics.nic.rdma", "none")];
    let story = Story::new(WIRE_ONLY, &set);
    let ways = story.compiled.network.selectors.iter();
    let ways = ways.filter(|s| s.label.starts_with("connections")).map(Selector::ways).max();
    assert_eq!(ways, Some(7));
}

#[test]
fn explain_names_the_instance_and_every_idle_port() {
    let text = told(&Story::new(&(TWO_NODES.to_owned() + CLIENTS), &[REFS]));
    assert!(text.contains("behaviour: HV2 to HV1: SMB Direct (RoCE v2) over nic1 with nic1, nic2 with nic2, 4 connections"), "{text}");
    assert!(text.contains("-SmbInstance CSV"), "{text}");
    assert!(text.contains("lan of HV1 carries nothing: RDMA comes before it"), "{text}");
    assert!(text.contains("lan of HV2 carries nothing: RDMA comes before it"), "{text}");
}

#[test]
fn requests_are_cut_at_what_the_version_allows() {
    // Two requests of 1 MiB take their turns on two connections; one of 2 MiB takes one turn.
    let of = |windows: &str| {
        let set = [
            ("cluster.windows", windows),
            ("workloads.b.block", "2 MiB"),
            ("parameters.smb.server.rdma.per-io", "100 us"),
            ("workloads.b.outstanding", "1"),
        ];
        let story = Story::new(WIRE_ONLY, &set);
        let server = |_: &str, role: &str| role == "smb server";
        story.visits(0, csvnet::network::Direction::Read, server)
    };
    assert_near(of("2012"), 2.0, 1e-9);
    assert_near(of("2012 R2"), 1.0, 1e-9);
}
