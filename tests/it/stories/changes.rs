//! What changes in the run, and what a storage with a stated law does: all by hand.

use super::faults;
use crate::cluster::{Story, assert_near};

/// VM B on HV2, the volume on HV1: one or two links of 100 Mbit/s that take no time of their own,
/// TCP without options, a disk of 400 us, and no software at all.
const BARE: &str = r#"
title = "bare"

[cluster]
windows = "2022"

[run]
warm-up = "0 s"
duration = "2 s"
replications = 2

[multichannel]
connections = "in-turn"

[networks.csv]
switch = "ideal"
mtu = "9000 B"

[nodes.HV]
count = 2
cpu = "reference"
nics.link = { model = "stated-rate", count = 1, network = "csv" }

[storage.disk]
kind = "device"
model = "service-law"
node = "HV1"
law = "constant"
servers = 64
read-latency = "400 us"
write-latency = "400 us"
shared-with = ["HV2"]

[volumes.CSV1]
storage = "disk"
owner = "HV1"
redirected = true

[vms.B]
node = "HV2"
vcpus = 1
disks.d.volume = "CSV1"

[workloads.b]
vm = "B"
disk = "d"
block = "8 KiB"
read = "100 %"
outstanding = 1
working-set = "1 GB"

[parameters]
nics.stated-rate.speed = "100 Mbit/s"
guest.per-io = "0 us"
vmbus.per-io = "0 us"
host.per-io = "0 us"
smb.client.tcp.per-io = "0 us"
smb.client.tcp.per-byte = "0 ns"
smb.server.tcp.per-io = "0 us"
smb.server.tcp.per-byte = "0 ns"
tcp.receive.per-frame = "0 us"
tcp.receive.per-byte = "0 ns"
tcp.segments-per-ack = 65536
owner.file-system-per-io = "0 us"
owner.block-per-io = "0 us"
software.scv = 0
wire.propagation = "0 ns"
wire.segment = "1 GiB"
"#;

/// Headers of TCP and IPv4, and what Ethernet adds.
const FRAME: f64 = 40.0 + 38.0;

/// Bytes of the request of a read, and of its response, on the wire.
const REQUEST: f64 = 117.0 + FRAME;
const RESPONSE: f64 = 84.0 + 8192.0 + FRAME;

const DISK_S: f64 = 400e-6;

/// Seconds of a read alone when the links run at so many bits a second.
fn read_s(rate: f64) -> f64 {
    DISK_S + (REQUEST + RESPONSE) * 8.0 / rate
}

/// I/Os completed in the run by hand are `expected`.
#[track_caller]
fn completes(text: &str, set: &[(&str, &str)], expected: f64) {
    let story = Story::new(text, set);
    let ios = story.run(1).bytes(0) / 8192.0 * 2.0;
    assert_near(ios, expected, 0.005);
}

/// The links of both nodes at another rate from an instant on.
fn slower(at: &str, rate: &str) -> String {
    let of = |node: &str| {
        format!("{{ node = \"{node}\", nic = \"link\", at = \"{at}\", rate = \"{rate}\" }}")
    };
    let both = format!("rate-changes = [{}, {}]\n", of("HV1"), of("HV2"));
    BARE.replacen("\n[cluster]", &format!("\n{both}\n[cluster]"), 1)
}

#[test]
fn nothing_changes_without_a_change() {
    completes(BARE, &[], 2.0 / read_s(1e8));
    let local = [("vms.B.node", "HV1"), ("volumes.CSV1.redirected", "false")];
    completes(BARE, &local, 2.0 / DISK_S);
}

#[test]
fn a_link_takes_its_new_rate_at_the_instant() {
    let text = slower("1 s", "50 Mbit/s");
    completes(&text, &[], 1.0 / read_s(1e8) + 1.0 / read_s(5e7));
    let early = slower("500 ms", "200 Mbit/s");
    completes(&early, &[], 0.5 / read_s(1e8) + 1.5 / read_s(2e8));
}

#[test]
fn what_is_being_sent_goes_on_at_the_old_rate() {
    // 4 MiB in 469 frames take 338 ms at 100 Mbit/s: the first read is complete after 0.34 s, were
    // it slowed to 10 Mbit/s at 0.1 s only after 2.5 s. The second never is.
    let text = slower("100 ms", "10 Mbit/s");
    let set = [("workloads.b.block", "4 MiB"), ("run.duration", "500 ms")];
    let story = Story::new(&text, &set);
    let ios = story.run(1).bytes(0) * 0.5 / 4_194_304.0;
    assert!((ios - 1.0).abs() < 1e-9, "{ios}");
}

#[test]
fn a_coordinator_that_moves_takes_what_is_issued_from_then_on() {
    let moved = "redirected = true\nchanges = [{ at = \"500 ms\", owner = \"HV2\" }, \
                 { at = \"1 s\", redirected = false }, \
                 { at = \"1500 ms\", owner = \"HV1\", redirected = true }]";
    // HV2 reaches the disk, but as long as access is redirected its own I/Os go through its own
    // file system, which takes no time here.
    let text = BARE.replace("redirected = true", moved);
    completes(&text, &[], 1.0 / read_s(1e8) + 1.0 / DISK_S);
}

#[test]
fn a_workload_runs_from_its_start_to_its_stop() {
    let local = [("vms.B.node", "HV1"), ("volumes.CSV1.redirected", "false")];
    let of = |more: &[(&str, &str)]| {
        let set: Vec<_> = local.iter().chain(more).copied().collect();
        let story = Story::new(BARE, &set);
        story.run(1).bytes(0) / 8192.0 * 2.0
    };
    let start = ("workloads.b.start", "500 ms");
    let stop = ("workloads.b.stop", "1 s");
    assert_near(of(&[start]), 1.5 / DISK_S, 0.005);
    assert_near(of(&[stop]), 1.0 / DISK_S, 0.005);
    assert_near(of(&[start, stop]), 0.5 / DISK_S, 0.005);
}

#[test]
fn changes_need_a_known_window_and_an_order() {
    let text = slower("3 s", "50 Mbit/s");
    assert!(faults(&text, &[]).contains("not within"), "{}", faults(&text, &[]));
    let told = faults(BARE, &[("workloads.b.start", "1 s"), ("workloads.b.stop", "500 ms")]);
    assert!(told.contains("stop after it started"), "{told}");
}

#[test]
fn places_and_the_least_outstanding_choose_connections() {
    let two = [("nodes.HV.nics.link.count", "2")];
    let shares = |rule: &str, outstanding: &str| {
        let more = [("multichannel.connections", rule), ("workloads.b.outstanding", outstanding)];
        let set: Vec<_> = two.iter().chain(&more).copied().collect();
        let story = Story::new(BARE, &set);
        let run = story.run(1);
        let wire = |nic: &str| run.port(&format!("HV1/{nic}/tx")).1;
        let (one, other) = (wire("link1"), wire("link2"));
        (one / (one + other), run.bytes(0) / 8192.0)
    };
    // Alone it takes the links in turn, or always the first.
    assert_near(shares("in-turn", "1").0, 0.5, 0.01);
    assert_eq!(shares("fixed", "1").0, 1.0);
    assert_eq!(shares("least-outstanding", "1").0, 1.0);
    // Two keep to a link each, and neither waits for the other.
    for rule in ["fixed", "least-outstanding"] {
        let (share, iops) = shares(rule, "2");
        assert_near(share, 0.5, 0.01);
        assert_near(iops, 2.0 / read_s(1e8), 0.01);
    }
    // Of many, half keep to each link, and both links are full.
    let (share, iops) = shares("fixed", "64");
    assert_near(share, 0.5, 0.01);
    assert_near(iops, 2.0 * 1e8 / 8.0 / RESPONSE, 0.01);
}

#[test]
fn a_round_trip_and_a_latency_of_the_host_are_waited_for() {
    let set = [("networks.csv.round-trip", "500 us"), ("parameters.host.latency", "100 us")];
    completes(BARE, &set[..1], 2.0 / (read_s(1e8) + 500e-6));
    completes(BARE, &set[1..], 2.0 / (read_s(1e8) + 100e-6));
    completes(BARE, &set, 2.0 / (read_s(1e8) + 600e-6));
}

#[test]
fn options_of_tcp_are_in_every_frame() {
    let set = [("parameters.tcp.options", "12 B")];
    completes(BARE, &set, 2.0 / (read_s(1e8) + 2.0 * 12.0 * 8.0 / 1e8));
}

#[test]
fn a_server_that_takes_long_tells_so_first() {
    // 77 bytes in a frame of their own.
    let late =
        [("parameters.smb.interim.message", "77 B"), ("parameters.smb.interim.after", "0.3 ms")];
    completes(BARE, &late, 2.0 / (read_s(1e8) + (77.0 + FRAME) * 8.0 / 1e8));
    let soon = [late[0], ("parameters.smb.interim.after", "0.5 ms")];
    completes(BARE, &soon, 2.0 / read_s(1e8));
}

#[test]
fn acknowledgements_apart_are_frames_of_their_own() {
    // Half of the requests and half of the responses, 84 bytes each.
    completes(
        BARE,
        &[("parameters.tcp.acks-apart", "50 %")],
        2.0 / (read_s(1e8) + 84.0 * 8.0 / 1e8),
    );
}

/// Mean seconds of Poisson reads beside the storage.
fn waits(servers: &str, rate: &str, law: &[(&str, &str)]) -> f64 {
    let local = [
        ("vms.B.node", "HV1"),
        ("volumes.CSV1.redirected", "false"),
        ("run.duration", "20 s"),
        ("storage.disk.servers", servers),
    ];
    let text = BARE.replace("outstanding = 1", &format!("rate = \"{rate}\""));
    let set: Vec<_> = local.iter().chain(law).copied().collect();
    Story::new(&text, &set).run(1).measured.groups[0].latency_s.mean
}

#[test]
fn laws_of_the_disk_wait_as_theory_says() {
    // One server, half busy: Pollaczek and Khinchine, (1 + scv) / 2 x S.
    let one = |law: &[(&str, &str)]| waits("1", "1250 /s", law);
    assert_near(one(&[("storage.disk.law", "constant")]), 600e-6, 0.02);
    assert_near(one(&[("storage.disk.law", "exponential")]), 800e-6, 0.03);
    let log_normal = [("storage.disk.law", "log-normal"), ("storage.disk.scv", "0.25")];
    assert_near(one(&log_normal), 650e-6, 0.03);
    // Four servers, half busy: Erlang's C of 2 in 4 is 4/23, and S / (4 - 2) is waited then.
    let four = waits("4", "5000 /s", &[("storage.disk.law", "exponential")]);
    assert_near(four, DISK_S * (1.0 + 4.0 / 23.0 / 2.0), 0.02);
}
