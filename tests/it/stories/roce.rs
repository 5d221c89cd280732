//! RoCE with and without priority flow control, and what others do when buffers are full.

use csvnet::network::Direction;

use super::{latency_s, told};
use crate::cluster::{Story, WIRE_ONLY, assert_near};

/// Machines on `requesters` nodes write to a volume of HV1.
fn incast(requesters: usize) -> String {
    let mut machines = String::new();
    for n in 2..2 + requesters {
        machines += &[
            "[vms.V#]\nnode = \"HV#\"\nvcpus = 4\ndisks.d.volume = \"CSV1\"\n",
            "[workloads.v#]\nvm = \"V#\"\ndisk = \"d\"\nblock = \"64 KiB\"\n",
            "read = \"0 %\"\noutstanding = 16\nworking-set = \"1 GB\"\n",
        ]
        .concat()
        .replace('#', &n.to_string());
    }
    let (head, tail) = WIRE_ONLY.split_once("[vms.B]").expect("the base has the machine");
    let (_, parameters) = tail.split_once("[parameters]").expect("the base has parameters");
    let head = head.replace("count = 2", "count = 5").replace("1000 MB/s", "100 GB/s");
    format!("{head}{machines}[parameters]{parameters}")
}

/// Payload bytes a second of all workloads.
fn bytes(text: &str, set: &[(&str, &str)]) -> f64 {
    let story = Story::new(text, set);
    let run = story.run(1);
    (0..story.scenario.workloads.len()).map(|w| run.bytes(w)).sum()
}

const KINDS: [&str; 3] = ["roce-v1", "roce-v2", "iwarp"];

#[test]
fn without_incast_flow_control_changes_nothing() {
    let text = incast(1);
    for kind in KINDS {
        let kind = ("nodes.HV.nics.nic.rdma", kind);
        let with = bytes(&text, &[kind]);
        assert_eq!(with, bytes(&text, &[kind, ("networks.csv.pfc", "false")]), "{kind:?}");
        let tiny = ("networks.csv.buffer", "1 MiB");
        assert_eq!(with, bytes(&text, &[kind, tiny, ("networks.csv.pfc", "false")]), "{kind:?}");
    }
}

#[test]
fn a_buffer_for_all_that_is_under_way_loses_nothing() {
    // 3 x 16 messages of 64 KiB and their frames are below 4 MiB.
    let text = incast(3);
    let with = bytes(&text, &[]);
    let large = [("networks.csv.pfc", "false"), ("networks.csv.buffer", "4 MiB")];
    assert_eq!(with, bytes(&text, &large));
    // The receiver's port is full: 4096 of 4178 bytes are payload.
    assert_near(8.0 * with, 25e9 * 4096.0 / (4096.0 + 82.0), 0.02);
}

#[test]
fn incast_without_flow_control_loses_and_waits() {
    let text = incast(3);
    let with = bytes(&text, &[]);
    let lossy = ("networks.csv.pfc", "false");
    let slow = ("parameters.roce.retransmission-timeout", "20 ms");
    let without = bytes(&text, &[lossy, slow]);
    assert!(without < with, "{without} of {with}");
    // A buffer for one message: those that wait for a timeout leave the port idle.
    let one = ("networks.csv.buffer", "64 KiB");
    let smaller = bytes(&text, &[lossy, slow, one]);
    assert!(smaller < 0.95 * without, "{smaller} {without}");
    // iWARP loses as well where the buffer is stated.
    let iwarp = ("nodes.HV.nics.nic.rdma", "iwarp");
    let fast = bytes(&text, &[iwarp, lossy, one]);
    assert!(fast < 0.95 * with, "{fast} {with}");
    let text = told(&Story::new(&text, &[lossy]));
    // 1 MiB of messages of 16 frames of 4096 + 82 bytes.
    assert!(text.contains("holds 15 messages of 66848 B"), "{text}");
    assert!(text.contains("warning: csv: SMB Direct (RoCE v2)"), "{text}");
}

#[test]
fn infiniband_needs_no_flow_control_of_the_switch() {
    let kind = ("nodes.HV.nics.nic.rdma", "infiniband");
    let text = incast(3);
    let lossy = ("networks.csv.pfc", "false");
    assert_eq!(bytes(&text, &[kind]), bytes(&text, &[kind, lossy]));
}

#[test]
fn a_write_within_sends_saves_the_round_trip_of_the_fetch() {
    let of = |inline: &str| {
        let set = [
            ("workloads.b.read", "0 %"),
            ("workloads.b.block", "4 KiB"),
            ("parameters.rdma.inline-max", inline),
        ];
        let story = Story::new(WIRE_ONLY, &set);
        let fetches = story.visits(0, Direction::Write, |_, role| role == "fetch tx");
        (latency_s(&story.run(1), 0, 4096.0), fetches)
    };
    let (placed, inline) = (of("0 B"), of("4 KiB"));
    assert_eq!((placed.1, inline.1), (1.0, 0.0));
    // Saved: the request, 152 B, and the fetch, 28 B, each with 82 B around, and two latencies of
    // 2 x 450 + 300 + 2 x 100 ns. Paid: four sends of 24 B and 82 B more around 4096 + 152 B in
    // place of one frame.
    let byte_s = 8.0 / 25e9;
    let saved = f64::from(152 + 82 + 28 + 82 + 4096 + 82) * byte_s + 2.0 * 1.4e-6;
    let paid = f64::from(4096 + 152 + 4 * (24 + 82)) * byte_s;
    assert_near(placed.0 - inline.0, saved - paid, 0.01);
}
