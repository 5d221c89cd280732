//! Several kinds of traffic on one port: classes, limits, uplinks, switches.

use std::fmt::Write as _;
use std::path::Path;

use csvnet::network::for_each_visit;
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

use super::{latency_s, told};
use crate::cluster::{Story, WIRE_ONLY, assert_near};

/// Two kinds of traffic from HV2 to HV1, as fast as they can.
const RIVALS: &str = r#"
[traffic.one]
kind = "other"
from = "HV2"
to = "HV1"
as-fast-as-possible = 64
message = "64 KiB"
class = "one"

[traffic.rest]
kind = "backup"
from = "HV2"
to = "HV1"
as-fast-as-possible = 64
message = "64 KiB"
"#;

/// Share of a port that is payload, RoCE v2 at a path MTU of 4096 B.
const PAYLOAD: f64 = 4096.0 / (4096.0 + 82.0);

const CLASSES: (&str, &str) = ("networks.csv.ets", "{ smb = '50 %', one = '15 %' }");

#[test]
fn classes_share_a_full_port_by_weight() {
    let text = WIRE_ONLY.to_owned() + RIVALS;
    let story = Story::new(&text, &[CLASSES]);
    let run = story.run(1);
    let (one, rest) = (run.bytes(1), run.bytes(2));
    assert_near(8.0 * (one + rest), 25e9 * PAYLOAD, 0.02);
    // The class of the workload is nearly idle; its share goes to the others: 15 to 35.
    assert_near(one / rest, 15.0 / 35.0, 0.05);
    assert!(!story.compiled.network.is_workload(csvnet::network::GroupId::from_index(1)));
    let text = told(&story);
    assert!(text.contains("each port guarantees default 35 %, one 15 %, smb 50 %"), "{text}");
}

#[test]
fn a_class_is_a_guarantee_and_no_cap() {
    let alone = RIVALS.split("[traffic.rest]").next().unwrap();
    let story = Story::new(&(WIRE_ONLY.to_owned() + alone), &[CLASSES]);
    assert_near(8.0 * story.run(1).bytes(1), 25e9 * PAYLOAD, 0.02);
}

#[test]
fn csv_traffic_keeps_its_latency_in_a_class_of_its_own() {
    let latency = |text: &str, set: &[(&str, &str)]| {
        let set: Vec<_> = set.iter().copied().chain([("workloads.b.read", "0 %")]).collect();
        latency_s(&Story::new(text, &set).run(1), 0, 8192.0)
    };
    let rivals = WIRE_ONLY.to_owned() + RIVALS;
    let classes = ("networks.csv.ets", "{ smb = '98 %', one = '1 %' }");
    let one = ("networks.csv.ets", "{ one = '1 %' }");
    let (alone, crowded) = (latency(WIRE_ONLY, &[]), latency(&rivals, &[one]));
    let guarded = latency(&rivals, &[classes]);
    assert!(crowded > 20.0 * alone, "{crowded} {alone}");
    // At each of its port visits it waits for at most a transfer of 64 KiB that has begun.
    assert!(guarded < alone + 6.0 * 65_536.0 / PAYLOAD * 8.0 / 25e9, "{guarded} {alone}");
}

#[test]
fn an_smb_limit_caps_what_a_node_sends() {
    let migration = "[traffic.lm]\nkind = \"live-migration\"\nfrom = \"HV2\"\nto = \"HV1\"\n\
                     as-fast-as-possible = 8\nmessage = \"64 KiB\"\n";
    let text = WIRE_ONLY.to_owned() + migration;
    let bytes = |set: &[(&str, &str)]| Story::new(&text, set).run(1).bytes(1);
    assert_near(8.0 * bytes(&[]), 25e9 * PAYLOAD, 0.02);
    let limit = ("cluster.smb-limits", "{ live-migration = '400 MB/s' }");
    assert_near(bytes(&[limit]), 400e6, 0.02);
    let other = ("cluster.smb-limits", "{ default = '400 MB/s' }");
    assert_near(8.0 * bytes(&[other]), 25e9 * PAYLOAD, 0.02);
}

/// Disks that migrate are storage of machines to SMB, not live migration.
#[test]
fn a_storage_migration_counts_as_virtual_machine() {
    let migration = "[traffic.disks]\nkind = \"storage-migration\"\nfrom = \"HV2\"\nto = \"HV1\"\n\
                     as-fast-as-possible = 8\nmessage = \"64 KiB\"\n";
    let text = WIRE_ONLY.to_owned() + migration;
    let bytes = |limits: &str| {
        let set = [("cluster.smb-limits", limits)];
        Story::new(&text, &set).run(1).bytes(1)
    };
    assert_near(bytes("{ virtual-machine = '400 MB/s' }"), 400e6, 0.02);
    let others = "{ live-migration = '400 MB/s', default = '400 MB/s' }";
    assert_near(8.0 * bytes(others), 25e9 * PAYLOAD, 0.02);
}

#[test]
fn traffic_of_a_rate_has_that_rate() {
    let vm = "[traffic.vm]\nkind = \"vm\"\nfrom = \"HV2\"\nto = \"HV1\"\nrate = \"2 Gbit/s\"\n\
              message = \"64 KiB\"\n";
    let story = Story::new(&(WIRE_ONLY.to_owned() + vm), &[]);
    assert_near(8.0 * story.run(1).bytes(1), 2e9, 0.02);
}

#[test]
fn an_uplink_is_shared_by_all_that_cross_it() {
    let uplink = ("networks.csv.uplink", "{ rate = '10 Gbit/s', nodes = [['HV1'], ['HV2']] }");
    let rivals = RIVALS.replace("class = \"one\"\n", "");
    let story = Story::new(&(WIRE_ONLY.to_owned() + &rivals), &[uplink]);
    let run = story.run(1);
    assert_near(8.0 * (run.bytes(1) + run.bytes(2)), 10e9 * PAYLOAD, 0.02);
    let text = told(&story);
    assert!(text.contains("25 Gbit/s, its uplink 10 Gbit/s: oversubscribed 2.50 to 1"), "{text}");
    // A lone message pays the latency of the second switch, each way, and nothing else when the
    // uplink is as fast as the ports: 300 + 2 x 100 ns.
    let fast = ("networks.csv.uplink", "{ rate = '25 Gbit/s', nodes = [['HV1'], ['HV2']] }");
    let latency = |set: &[(&str, &str)]| latency_s(&Story::new(WIRE_ONLY, set).run(1), 0, 8192.0);
    assert_near(latency(&[fast]) - latency(&[]), 2.0 * 500e-9, 0.01);
}

#[test]
fn a_store_and_forward_switch_takes_in_a_frame() {
    let latency = |switch: &str, ns: &str| {
        let text = WIRE_ONLY
            .replace("switches.mellanox-sn2010.latency = \"300 ns\"\n", "")
            .replace("mellanox-sn2010", switch);
        let parameter = format!("parameters.switches.{switch}.latency");
        latency_s(&Story::new(&text, &[(parameter.as_str(), ns)]).run(1), 0, 8192.0)
    };
    let (stores, cuts) = (latency("dell-n4032f", "300 ns"), latency("mellanox-sn2010", "300 ns"));
    // The request, 153 B, and the first frame of the response.
    let frames = f64::from(153 + 82 + 4096 + 82);
    assert_near(stores - cuts, frames * 8.0 / 25e9, 0.01);
}

/// The faults of a text.
fn faults(text: &str) -> String {
    let files = MemoryFiles::new().with("a.toml", text);
    load(Path::new("a.toml"), &files, &[], &[]).expect_err("it is refused").to_string()
}

#[test]
fn a_cable_joins_two_nodes() {
    let text = WIRE_ONLY
        .replace("switches.mellanox-sn2010.latency = \"300 ns\"\n", "")
        .replace("mellanox-sn2010", "direct-cable");
    Story::new(&text, &[]);
    let told = faults(&text.replace("count = 2", "count = 3"));
    assert!(told.contains("a cable joins two nodes, and there are 3 on this network"), "{told}");
    assert!(told.contains("for each pair of nodes, 3 in all"), "{told}");
}

#[test]
fn nodes_of_a_full_mesh_talk_over_their_own_cable() {
    let mut text = WIRE_ONLY.replace("switches.mellanox-sn2010.latency = \"300 ns\"\n", "");
    let (start, end) = (text.find("[networks.csv]").unwrap(), text.find("[storage.disk]").unwrap());
    let mut mesh = String::new();
    for (a, b) in [(1, 2), (1, 3), (2, 3)] {
        writeln!(mesh, "[networks.c{a}{b}]\nswitch = \"direct-cable\"\npfc = true").unwrap();
    }
    for (n, peers) in [(1, [12, 13]), (2, [12, 23]), (3, [13, 23])] {
        writeln!(mesh, "[nodes.HV{n}]\ncpu = \"two-xeon-gold-6130\"").unwrap();
        for peer in peers {
            writeln!(
                mesh,
                "nics.c{peer} = {{ model = \"mellanox-connectx-5-25g\", network = \"c{peer}\" }}"
            )
            .unwrap();
        }
    }
    text.replace_range(start..end, &mesh);
    let story = Story::new(&text, &[]);
    let run = story.run(1);
    assert!(run.port("HV2/c12/rx").0 > 0.0);
    for other in ["HV2/c23", "HV3/c13", "HV3/c23", "HV1/c13"] {
        assert_eq!(run.port(&format!("{other}/rx")).0, 0.0, "{other}");
    }
}

#[test]
fn the_smallest_mtu_on_the_way_counts() {
    let tcp = ("nodes.HV.nics.nic.rdma", "none");
    let per_io = |set: &[(&str, &str)]| {
        let set: Vec<_> = set.iter().copied().chain([tcp]).collect();
        let story = Story::new(WIRE_ONLY, &set);
        let run = story.run(1);
        (run.port("HV2/nic/rx").1 / run.bytes(0) * 8192.0, told(&story))
    };
    let (small, text) = per_io(&[("nodes.HV.nics.nic.mtu", "1500 B")]);
    assert_near(small, per_io(&[("networks.csv.mtu", "1500 B")]).0, 1e-9);
    assert!(small > per_io(&[]).0);
    assert!(text.contains("warning: HV1/nic: its MTU of 1500 B is smaller"), "{text}");
    let text = per_io(&[("networks.csv.mtu", "1500 B"), ("nodes.HV.nics.nic.mtu", "9000 B")]).1;
    assert!(text.contains("warning: HV1/nic: its MTU of 9000 B is larger"), "{text}");
}

#[test]
fn senseless_classes_limits_and_uplinks_are_refused() {
    let with = |at: &str, more: &str| faults(&WIRE_ONLY.replace(at, &format!("{at}\n{more}")));
    let net = "[networks.csv]";
    for (at, more, problem) in [
        (net, "ets = { a = '60 %', b = '50 %' }", "the shares of the classes make 110 %"),
        (net, "ets = { a = '100 %' }", "nothing is left for traffic of no class"),
        (net, "ets = { a = '0.5 %' }", "is no share of a traffic class"),
        (net, "uplink = { rate = '1 Gbit/s', nodes = [['HV1']] }", "between switches"),
        (net, "uplink = { rate = '1 Gbit/s', nodes = [['HV1'], ['HV1']] }", "at one switch"),
        (net, "role = 'none'\ncluster = true", "the role of the network says otherwise"),
        ("[cluster]", "smb-limits = { default = '1 kB/s' }", "at least 1 MiB a second"),
        ("[run]", "seed = 1\n[multichannel]\nconstraints = { HV = ['x'] }", "no port or team `x`"),
    ] {
        let told = with(at, more);
        assert!(told.contains(problem), "{more}: {told}");
    }
    let told = faults(&(WIRE_ONLY.to_owned() + &RIVALS.replace("as-fast-as-possible = 64", "")));
    assert!(told.contains("exactly one of `rate` and `as-fast-as-possible`"), "{told}");
    let told = faults(&(WIRE_ONLY.to_owned() + RIVALS));
    assert!(told.contains("no network has a traffic class `one`"), "{told}");
}

#[test]
fn the_planning_table_is_a_preset() {
    let migration =
        "{ lm = { kind = 'live-migration', from = 'HV1', to = 'HV2', rate = '1 Gbit/s' } }";
    let set = [("networks.csv.ets", "azure-stack-hci"), ("traffic", migration)];
    let story = Story::new(WIRE_ONLY, &set);
    let net = &story.compiled.network;
    // Of a port of more than 10 Gb/s: heartbeats 1 %, all of SMB 50 %, the rest 49 %.
    let ports: Vec<_> = net.stations.iter().filter_map(|s| s.as_port()).collect();
    let csv = ports.iter().filter(|port| port.link.is_some());
    for port in csv {
        assert_eq!(port.weights, [1, 49, 50]);
    }
    // Live migration over SMB is SMB.
    let source = net.sources.iter().find(|source| source.label.contains("lm")).expect("it is sent");
    let mut classes = Vec::new();
    let steps = &net.routes[source.mix[0].route].steps;
    for_each_visit(steps, 1, 1.0, &|_, _| 1.0, &mut |visit, _, _| {
        if net.stations[visit.station].as_port().is_some() {
            classes.push(visit.class);
        }
    });
    assert!(!classes.is_empty() && classes.iter().all(|&class| class == 2), "{classes:?}");
}
