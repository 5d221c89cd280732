//! Bytes and time on the wire, worked out from the header sizes of the protocols.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use std::fmt::Write;
use std::path::Path;

use csvnet::experiment::{Plan, run};
use csvnet::network::Direction;
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

use super::{Story, WIRE_ONLY, assert_near};

/// Ethernet: preamble 8, header 14, check sequence 4, gap 12.
const ETHERNET: u64 = 8 + 14 + 4 + 12;
const BLOCK: u64 = 8192;

/// Bytes that a message occupies in frames of `payload` bytes with `overhead` around each.
const fn wire(content: u64, (payload, overhead): (u64, u64)) -> u64 {
    content + content.div_ceil(payload) * overhead
}

/// IP 20, TCP 20.
const fn tcp(mtu: u64) -> (u64, u64) {
    (mtu - 40, 40 + ETHERNET)
}

/// IP 20, UDP 8, base transport header 12, invariant check 4.
const fn roce(path_mtu: u64) -> (u64, u64) {
    (path_mtu, 20 + 8 + 12 + 4 + ETHERNET)
}

/// IP 20, TCP 20, MPA 6, DDP and RDMAP 14.
const fn iwarp(mtu: u64) -> (u64, u64) {
    (mtu - 60, 60 + ETHERNET)
}

/// Bytes to the owner and from it, for one read and one write of 8 KiB.
struct Expected {
    read: (u64, u64),
    write: (u64, u64),
}

/// SMB over TCP: transport header 4, SMB2 header 64; READ request 49, response 16; WRITE request
/// 48, response 17.
fn over_tcp(mtu: u64) -> Expected {
    let wire = |content| wire(content, tcp(mtu));
    Expected {
        read: (wire(4 + 64 + 49), wire(4 + 64 + 16 + BLOCK)),
        write: (wire(4 + 64 + 48 + BLOCK), wire(4 + 64 + 17)),
    }
}

/// SMB Direct: requests 153 and 152, responses 105, a read request of 28 that fetches the data.
fn over_rdma(frames: (u64, u64)) -> Expected {
    let wire = |content| wire(content, frames);
    Expected {
        read: (wire(153), wire(105 + BLOCK)),
        write: (wire(152) + wire(BLOCK), wire(28) + wire(105)),
    }
}

/// Wire bytes to the owner and from it of five requests a millisecond apart, for each of them.
fn measured(set: &[(&str, &str)], op: char) -> (f64, f64) {
    let mut trace = String::from("time_ns,op,lba_512,sectors\n");
    for n in 0..5_u64 {
        writeln!(trace, "{},{op},{},16", n * 1_000_000, n * 16).unwrap();
    }
    let plain = "block = \"8 KiB\"\nread = \"100 %\"\noutstanding = 1\n";
    assert!(WIRE_ONLY.contains(plain));
    let files = MemoryFiles::new()
        .with("a.toml", WIRE_ONLY.replace(plain, "trace = \"t.csv\"\n"))
        .with("t.csv", trace);
    let set: Vec<_> = set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    let loaded = load(Path::new("a.toml"), &files, &set, &[]);
    let mut loaded = loaded.unwrap_or_else(|faults| panic!("{faults}"));
    let scenario = loaded.variants.swap_remove(0).scenario;
    let parameters = scenario.parameters.clone().freeze();
    let compiled = csvnet::cluster::compile(&scenario.cluster, &scenario.workloads, &parameters);
    let story = Story { scenario, compiled: compiled.unwrap() };
    let plan = Plan { replications: 1, threads: Some(1), ..Plan::default() };
    let measured = run(&story.compiled.network, &plan, &|| false, &|_| {}).unwrap();
    assert_eq!(measured.groups[0].ios, 5);
    let total = |label: &str| {
        let stations = &story.compiled.network.stations;
        let (id, _) = stations.iter_ids().find(|(_, s)| s.label == label).unwrap();
        let bins: f64 = measured.stations[id.index()].wire.amounts.iter().sum();
        bins / 5.0
    };
    // What one end sends the other receives.
    assert_eq!(total("HV1/nic/rx"), total("HV2/nic/tx"));
    assert_eq!(total("HV1/nic/tx"), total("HV2/nic/rx"));
    (total("HV1/nic/rx"), total("HV1/nic/tx"))
}

#[test]
fn wire_bytes_of_an_io_are_those_of_its_headers_and_frames() {
    const RDMA: (&str, &str) = ("nodes.HV.nics.nic.rdma", "roce-v2");
    let cases: [(&[(&str, &str)], Expected); 6] = [
        (&[("nodes.HV.nics.nic.rdma", "none"), ("networks.csv.mtu", "1500 B")], over_tcp(1500)),
        (&[("nodes.HV.nics.nic.rdma", "none"), ("networks.csv.mtu", "9000 B")], over_tcp(9000)),
        (&[RDMA, ("networks.csv.path-mtu", "4096 B")], over_rdma(roce(4096))),
        (&[RDMA, ("networks.csv.path-mtu", "1024 B")], over_rdma(roce(1024))),
        (
            &[("nodes.HV.nics.nic.rdma", "iwarp"), ("networks.csv.mtu", "9000 B")],
            over_rdma(iwarp(9000)),
        ),
        (
            &[("nodes.HV.nics.nic.rdma", "iwarp"), ("networks.csv.mtu", "1500 B")],
            over_rdma(iwarp(1500)),
        ),
    ];
    for (set, expected) in cases {
        for (op, (to, from)) in [('R', expected.read), ('W', expected.write)] {
            assert_eq!(measured(set, op), (to as f64, from as f64), "{op} {set:?}");
        }
    }
}

#[test]
fn a_vlan_tag_adds_four_bytes_a_frame() {
    let none = ("nodes.HV.nics.nic.rdma", "none");
    let (to, from) = measured(&[none], 'W');
    let (tagged_to, tagged_from) = measured(&[none, ("networks.csv.vlan", "true")], 'W');
    // 116 + 8192 bytes at MTU 9000 are one frame, the response is another.
    assert_eq!((tagged_to - to, tagged_from - from), (4.0, 4.0));
}

#[test]
fn a_redirected_write_over_rdma_makes_one_more_round_trip_than_a_read() {
    let latency_s = |read: &str| {
        let story = Story::new(WIRE_ONLY, &[("workloads.b.read", read)]);
        story.run(1).measured.groups[0].latency_s.mean
    };
    let (read, write) = (latency_s("100 %"), latency_s("0 %"));
    // One way: adapters 2 x 450 ns, switch 300 ns, cables 2 x 100 ns; 0.32 ns a byte at 25 Gb/s.
    let way_s = 1400e-9;
    let bytes_s = |contents: &[u64]| {
        contents.iter().map(|&c| wire(c, roce(4096))).sum::<u64>() as f64 * 0.32e-9
    };
    // The device: 10 us and 8192 bytes at 1000 MB/s.
    let device_s = 10e-6 + 8.192e-6;
    let expected_read = device_s + 2.0 * way_s + bytes_s(&[153, 105 + BLOCK]);
    let expected_write = device_s + 4.0 * way_s + bytes_s(&[152, 28, BLOCK, 105]);
    // A service takes at least a picosecond, and the sketch of latencies has three digits.
    assert_near(read, expected_read, 2e-3);
    assert_near(write, expected_write, 2e-3);
    let more = bytes_s(&[152, 28, BLOCK, 105]) - bytes_s(&[153, 105 + BLOCK]);
    // The fetch leaves while the last bits of the request come in: its 35 ns do not show.
    assert!((write - read - more - 2.0 * way_s).abs() < 40e-9, "{write} {read}");
}

#[test]
fn over_tcp_reads_and_writes_make_the_same_round_trip() {
    let latency_s = |read: &str| {
        let set = [("workloads.b.read", read), ("nodes.HV.nics.nic.rdma", "none")];
        Story::new(WIRE_ONLY, &set).run(1).measured.groups[0].latency_s.mean
    };
    // 117 and 84 header bytes against 116 and 85, the same number of frames.
    assert!((latency_s("100 %") - latency_s("0 %")).abs() < 20e-9);
}

#[test]
fn reads_leave_the_owner_and_writes_enter_it() {
    for (read, to_owner) in [("100 %", false), ("0 %", true)] {
        let set = [("workloads.b.read", read), ("workloads.b.outstanding", "8")];
        let story = Story::new(WIRE_ONLY, &set);
        let run = story.run(1);
        let (rx, tx) = (run.port("HV1/nic/rx").0, run.port("HV1/nic/tx").0);
        let (loaded, idle) = if to_owner { (rx, tx) } else { (tx, rx) };
        assert_eq!(idle, 0.0, "{read}");
        assert_near(loaded, run.bytes(0), 0.01);
    }
}

#[test]
fn large_requests_are_split_at_the_largest_smb_request() {
    let requests = |block: &str, most: &str| {
        let set = [
            ("workloads.b.block", block),
            ("parameters.smb.request-max", most),
            ("nodes.HV.nics.nic.rdma", "none"),
        ];
        let story = Story::new(WIRE_ONLY, &set);
        let client = |_: &str, role: &str| role == "smb client";
        let server = |_: &str, role: &str| role == "smb server";
        let requests = |direction| {
            let made = story.visits(0, direction, client);
            assert_eq!(made, story.visits(0, direction, server));
            made
        };
        let made = requests(Direction::Read);
        // And so it runs: 117 bytes in one frame of 78 for each request.
        let run = story.run(1);
        let each = run.port("HV1/nic/rx").1 / run.measured.groups[0].iops.mean;
        assert_near(each, made * wire(117, tcp(9000)) as f64, 0.02);
        made
    };
    assert_eq!(requests("1 MiB", "1 MiB"), 1.0);
    assert_eq!(requests("1 MiB", "256 KiB"), 4.0);
    assert_eq!(requests("1 MiB", "768 KiB"), 2.0);
    assert_eq!(requests("8 KiB", "1 MiB"), 1.0);
}
