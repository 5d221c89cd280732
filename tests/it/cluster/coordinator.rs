//! What the coordinator's stack costs by mode, and which connections lead to it.

use super::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const FILE_SYSTEM_S: f64 = 20e-6;
const BLOCK_S: f64 = 5e-6;
const SHARED_S: f64 = 7e-6;

const FREE: [(&str, &str); 1] = [("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %")];
const COSTLY: [(&str, &str); 4] = [
    FREE[0],
    ("parameters.owner.file-system-per-io", "20 us"),
    ("parameters.owner.block-per-io", "5 us"),
    ("parameters.owner.shared-vhdx-per-io", "7 us"),
];

const BLOCK: &[(&str, &str)] = &[];
const FILE_SYSTEM: &[(&str, &str)] = &[("volumes.CSV1.redirected", "true")];
const SHARED: &[(&str, &str)] = &[("vms.B.disks.d.sharing", "shared-vhdx")];

/// What the stack of the owner adds to the latency of an I/O that meets nothing else.
fn added_s(mode: &[(&str, &str)]) -> f64 {
    let latency_s = |costs: &[(&str, &str)]| {
        let story = Story::new(WIRE_ONLY, &[costs, mode].concat());
        story.run(1).measured.groups[0].latency_s.mean
    };
    latency_s(&COSTLY) - latency_s(&FREE)
}

#[track_caller]
fn assert_adds(mode: &[(&str, &str)], expected_s: f64) {
    let added = added_s(mode);
    assert!((added - expected_s).abs() < 1e-9, "{mode:?}: {added} and {expected_s}");
}

#[test]
fn a_redirected_io_pays_the_stack_of_the_owner_by_mode() {
    assert_adds(FILE_SYSTEM, FILE_SYSTEM_S);
    assert_adds(BLOCK, BLOCK_S);
}

#[test]
fn both_modes_put_the_same_bytes_on_the_wire() {
    for read in ["0 %", "100 %"] {
        let bytes = |mode: &[(&str, &str)]| {
            let story = Story::new(WIRE_ONLY, &[mode, &[("workloads.b.read", read)]].concat());
            let run = story.run(1);
            [run.port("HV1/nic/rx"), run.port("HV1/nic/tx")]
        };
        let of_block = bytes(BLOCK);
        assert!(of_block.iter().all(|(_, wire)| *wire > 0.0), "{of_block:?}");
        assert_eq!(of_block, bytes(FILE_SYSTEM), "{read}");
    }
}

#[test]
fn a_shared_disk_pays_the_owner_wherever_its_machine_runs() {
    assert_adds(SHARED, FILE_SYSTEM_S + SHARED_S);
    let on_the_owner = [SHARED, &[("vms.B.node", "HV1")]].concat();
    assert_adds(&on_the_owner, FILE_SYSTEM_S + SHARED_S);
    // One that is not shared pays nothing there.
    assert_adds(&[("vms.B.node", "HV1")], 0.0);
}

/// Node and port of two more ports on the CSV network, the faster one without receive queues.
const OF_TWO_SPEEDS: &str = "[nodes.HV.nics.slow]\nmodel = \"intel-i350\"\nnetwork = \"csv\"\n\
    [nodes.HV.nics.fast]\nmodel = \"intel-x520\"\nrss = false\nnetwork = \"csv\"\n";

#[test]
fn one_gigabit_with_queues_goes_before_ten_without() {
    let text = WIRE_ONLY.to_owned() + OF_TWO_SPEEDS;
    let unplugged = text.replacen("25g\"\nnetwork = \"csv\"", "25g\"", 1);
    assert_ne!(text, unplugged);
    let story = Story::new(&unplugged, &[]);
    assert_eq!(story.disk("B/d").transport, Some("TCP (RSS)"));
    let run = story.run(1);
    assert!(run.port("HV1/slow/tx").0 > 0.0);
    assert_eq!(run.port("HV1/fast/tx"), (0.0, 0.0));
    // With its queues the faster port is taken, alone.
    let story = Story::new(&unplugged, &[("nodes.HV.nics.fast.rss", "true")]);
    let run = story.run(1);
    assert!(run.port("HV1/fast/tx").0 > 0.0);
    assert_eq!(run.port("HV1/slow/tx"), (0.0, 0.0));
}

#[test]
fn a_team_of_two_ports_has_four_connections() {
    let team = "[nodes.HV.teams.t]\nmembers = [\"nic1\", \"nic2\"]\nmode = \"lacp\"\n\
                network = \"csv\"\n";
    let connections = |text: &str| {
        let set = [("volumes.CSV1.redirected", "true"), ("nodes.HV.nics.nic.rdma", "none")];
        let story = Story::new(text, &set);
        assert_eq!(story.disk("B/d").transport, Some("TCP (RSS)"));
        let selectors = story.compiled.network.selectors.iter();
        let of_session = selectors.filter(|s| s.label.starts_with("connections"));
        of_session.map(csvnet::network::Selector::ways).max()
    };
    assert_eq!(connections(TWO_NODES), Some(8), "four for each port");
    assert_eq!(connections(&(TWO_NODES.to_owned() + team)), Some(4));
}

#[test]
fn a_plain_port_is_received_by_one_core() {
    // A write of 8 KiB is one frame of 9000 bytes: 50 us of its receive queue.
    let iops = |rss: &str| {
        let set = [
            FREE[0],
            ("nodes.HV.nics.nic.rdma", "none"),
            ("nodes.HV.nics.nic.rss", rss),
            ("workloads.b.read", "0 %"),
            ("workloads.b.outstanding", "32"),
            ("parameters.tcp.receive.per-frame", "50 us"),
            ("run.duration", "100 ms"),
        ];
        Story::new(WIRE_ONLY, &set).run(1).measured.groups[0].iops.mean
    };
    assert_near(iops("false"), 1.0 / 50e-6, 0.01);
    assert_near(iops("true"), 4.0 / 50e-6, 0.03);
}

#[test]
fn credits_bound_what_is_under_way() {
    // A millisecond at the owner, so that what is under way decides the rate.
    let iops = |set: &[(&str, &str)]| {
        let slow = [
            FREE[0],
            ("parameters.cpus.two-xeon-gold-6130.cost-rise", "0 %"),
            ("parameters.owner.block-per-io", "1 ms"),
            // A session has at least the credits of its largest request.
            ("parameters.smb.request-max", "128 KiB"),
            ("run.duration", "100 ms"),
            ("run.warm-up", "20 ms"),
        ];
        Story::new(WIRE_ONLY, &[&slow, set].concat()).run(1).measured.groups[0].iops.mean
    };
    let many = ("workloads.b.outstanding", "16");
    assert_near(iops(&[many]), 16.0 * iops(&[]), 0.02);
    // One credit for each begun 64 KiB.
    let few = ("parameters.smb.credits", "8");
    for (block, under_way) in [("8 KiB", 8.0), ("64 KiB", 8.0), ("128 KiB", 4.0)] {
        let size = ("workloads.b.block", block);
        assert_near(iops(&[size, many, few]), under_way * iops(&[size]), 0.02);
    }
    // Send credits of SMB Direct are counted by message, on each of two connections.
    let sends = [("workloads.b.outstanding", "16"), ("parameters.rdma.credits", "2")];
    assert_near(iops(&sends), 4.0 * iops(&[]), 0.02);
}

#[test]
fn storage_or_network_may_be_what_binds() {
    let bytes = |nic: &str| {
        let set = [
            ("workloads.b.block", "64 KiB"),
            ("workloads.b.outstanding", "32"),
            ("run.duration", "100 ms"),
        ];
        let text = WIRE_ONLY.replace("mellanox-connectx-5-25g", nic);
        Story::new(&text, &set).run(1).bytes(0)
    };
    // 25 Gb/s against a device of 1000 MB/s.
    assert_near(bytes("mellanox-connectx-5-25g"), 1e9, 0.01);
    // 1 Gb/s, of which a response of 65,620 bytes takes eight frames of 78 more each.
    assert_near(bytes("intel-i350"), 125e6 * 65_536.0 / (65_620.0 + 8.0 * 78.0), 0.01);
}
