//! TCP: what a connection costs and carries; signing and encryption.

use csvnet::network::Direction;

use super::latency_s;
use crate::cluster::{Story, WIRE_ONLY, assert_near};

const TCP: (&str, &str) = ("nodes.HV.nics.nic.rdma", "none");
const CORE: (&str, &str) = ("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %");

/// A host vNIC on a virtual switch over the port.
const VNIC: &str = r#"
[nodes.HV.teams.switch]
members = ["nic"]
mode = "switch-independent"
vnics = 1
network = "csv"
"#;

#[test]
fn a_vnic_receives_on_one_core() {
    let (frame_s, byte_s) = (0.8e-6 + 1.43e-6, 0.25e-9);
    let text = WIRE_ONLY.replace("network = \"csv\"\n\n[storage", "\n[storage") + VNIC;
    let bytes = |more: &[(&str, &str)]| {
        let set = [
            TCP,
            CORE,
            ("networks.csv.mtu", "1500 B"),
            ("parameters.tcp.receive.per-frame", "0.8 us"),
            ("parameters.tcp.receive.per-byte", "0.25 ns"),
            ("workloads.b.block", "64 KiB"),
            ("workloads.b.outstanding", "32"),
        ];
        let set: Vec<_> = set.iter().chain(more).copied().collect();
        Story::new(&text, &set).run(1).bytes(0)
    };
    let frames = f64::from(65_536_u32.div_ceil(1460));
    let expected = 65_536.0 / (frames * frame_s + 65_536.0 * byte_s);
    assert_near(bytes(&[]), expected, 0.01);
    // What was reported: 4.5 Gbit/s where the port itself does 10.
    assert_near(8.0 * expected, 4.5e9, 0.01);
    // With vRSS four connections come in on four cores, and the device's 8 Gbit/s are the limit.
    assert_near(bytes(&[("nodes.HV.teams.switch.vrss", "true")]), 1e9, 0.05);
    // Jumbo frames: six times fewer frames.
    assert!(bytes(&[("networks.csv.mtu", "9000 B")]) > 1.7 * expected);
}

#[test]
fn acknowledgements_go_against_the_flow() {
    let block = 8192_u32;
    for mtu in [1500, 9000] {
        let mtu_text = format!("{mtu} B");
        let sent = |segments: &str| {
            let set = [
                TCP,
                ("networks.csv.mtu", mtu_text.as_str()),
                ("parameters.tcp.segments-per-ack", segments),
            ];
            let story = Story::new(WIRE_ONLY, &set);
            let run = story.run(1);
            run.port("HV2/nic/tx").1 / (run.bytes(0) / f64::from(block))
        };
        let request = f64::from(117 + 40 + 38);
        assert_near(sent("65536"), request, 0.001);
        let frames = f64::from(block.div_ceil(mtu - 40));
        // The one frame of the large MTU is too little for an acknowledgement of its own.
        let own = if frames < 5.0 { 0.0 } else { (84.0 * frames / 5.0).round() };
        assert_near(sent("5"), request + own, 0.001);
    }
}

/// Seconds more that an I/O of 64 KiB takes with some switches, and its bytes on the wire.
fn more(windows: &str, rdma: &str, switch: &str) -> (f64, f64) {
    let of = |on: &str| {
        let set = [
            CORE,
            ("cluster.windows", windows),
            ("nodes.HV.nics.nic.rdma", rdma),
            ("workloads.b.block", "64 KiB"),
            ("run.duration", "400 ms"),
            (switch, on),
        ];
        let story = Story::new(WIRE_ONLY, &set);
        let run = story.run(1);
        (latency_s(&run, 0, 65_536.0), run.port("HV2/nic/tx").1 / run.bytes(0) * 65_536.0)
    };
    let (with, without) = (of("true"), of("false"));
    (with.0 - without.0, with.1 - without.1)
}

#[test]
fn signing_costs_both_ends_by_the_algorithm_of_the_version() {
    let signed = |windows, rdma| more(windows, rdma, "cluster.smb-signing").0;
    // AES-128-CMAC at 1.5 ns a byte, AES-128-GMAC at 0.15 ns.
    assert_near(signed("2019", "none"), 2.0 * 65_536.0 * 1.5e-9, 0.01);
    assert_near(signed("2022", "none"), 2.0 * 65_536.0 * 0.15e-9, 0.02);
    assert_near(signed("2022", "roce-v2"), 2.0 * 65_536.0 * 0.15e-9, 0.02);
    assert_eq!(signed("2019", "roce-v2"), 0.0, "data that RDMA places is not signed");
}

#[test]
fn encryption_costs_both_ends_and_a_header() {
    for (windows, per_byte) in [("2012 R2", 1.8e-9), ("2016", 0.35e-9), ("2022", 0.35e-9)] {
        let (time, bytes) = more(windows, "none", "cluster.smb-encryption");
        assert_near(time, 2.0 * 65_536.0 * per_byte, 0.02);
        assert_near(bytes, 52.0, 0.01);
    }
}

#[test]
fn signing_is_on_since_2025() {
    let bytes = |windows: &str, set: &[(&str, &str)]| {
        let set: Vec<_> = set.iter().copied().chain([TCP, ("cluster.windows", windows)]).collect();
        Story::new(WIRE_ONLY, &set).run(1).bytes(0)
    };
    let off = ("cluster.smb-signing", "false");
    assert_eq!(bytes("2022", &[]), bytes("2022", &[off]));
    assert!(bytes("2025", &[]) < bytes("2025", &[off]));
}

#[test]
fn encryption_before_2022_takes_the_placement_from_rdma() {
    let fetches = |windows: &str, on: &str| {
        let set = [
            ("cluster.windows", windows),
            ("cluster.smb-encryption", on),
            ("workloads.b.read", "0 %"),
        ];
        let story = Story::new(WIRE_ONLY, &set);
        story.visits(0, Direction::Write, |_, role| role == "fetch tx")
    };
    assert_eq!([fetches("2019", "false"), fetches("2019", "true")], [1.0, 0.0]);
    assert_eq!([fetches("2022", "false"), fetches("2022", "true")], [1.0, 1.0]);
}
