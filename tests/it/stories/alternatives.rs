//! The ways past a volume: iSCSI in the guest, virtual Fibre Channel, a physical machine.

use csvnet::cluster::{FindingKind, IoPath};
use csvnet::network::Direction;

use super::{about, faults};
use crate::cluster::{Story, TWO_NODES, assert_near};

const DISK: &str = "disks.d.volume = \"CSV1\"";
const ISCSI: &str =
    "disks.d = { attach = \"iscsi-in-guest\", storage = \"san\", network = \"csv\" }";
const FC: &str = "disks.d = { attach = \"virtual-fc\", storage = \"san\" }";
const METAL: &str = "physical = true\ndisks.d = { storage = \"san\" }";

fn with(disk: &str) -> String {
    TWO_NODES.replace(DISK, disk)
}

fn visits(story: &Story, direction: Direction, part: &str) -> f64 {
    story.visits(1, direction, |_, role| role == part)
}

#[test]
fn each_way_has_its_parts_and_no_owner() {
    let cases = [
        (ISCSI, IoPath::GuestIscsi, "iSCSI initiator", [1.0, 1.0, 0.0, 0.0, 1.0]),
        (FC, IoPath::VirtualFibreChannel, "synthetic Fibre Channel", [1.0, 1.0, 0.0, 1.0, 1.0]),
        (METAL, IoPath::PhysicalLun, "physical machine", [0.0, 0.0, 0.0, 1.0, 1.0]),
    ];
    let parts = ["guest", "vmbus", "host", "path down hba", "controller"];
    for (disk, path, own, expected) in cases {
        let story = Story::new(&with(disk), &[]);
        assert_eq!(story.disk("B/d").path, path);
        for direction in [Direction::Read, Direction::Write] {
            assert_eq!(visits(&story, direction, own), 1.0, "{own}");
            for (part, expected) in parts.iter().zip(expected) {
                assert_eq!(visits(&story, direction, part), expected, "{own}: {part}");
            }
            for part in ["smb client", "owner stack", "metadata"] {
                assert_eq!(visits(&story, direction, part), 0.0, "{own}: {part}");
            }
        }
        // A LUN is no volume: its state is not listed, and CSV1's is no matter.
        assert_eq!(story.compiled.volumes.len(), 2, "{own}");
        let refs = Story::new(&with(disk), &[("volumes.CSV1.file-system", "ReFS")]);
        assert_eq!(refs.disk("B/d").path, path);
    }
}

/// TCP over IPv4 at MTU 9000: 8960 bytes a frame, 78 around it.
fn wire(content: f64) -> f64 {
    content + 78.0 * (content / 8960.0).ceil()
}

#[test]
fn iscsi_takes_the_time_of_its_messages() {
    let zero = [
        "guest.per-io",
        "vmbus.per-io",
        "vm-switch.per-io",
        "iscsi.initiator-per-io",
        "tcp.receive.per-frame",
        "storage.san.controller-per-io",
    ];
    let names: Vec<String> = zero.iter().map(|name| format!("parameters.{name}")).collect();
    let mut set: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "\"0 us\"")).collect();
    set.extend([
        ("parameters.tcp.receive.per-byte", "\"0 ns\""),
        ("parameters.vm-switch.per-byte", "\"0 ns\""),
        ("parameters.software.scv", "0"),
        ("parameters.storage.san.cache-access", "\"20 us\""),
        ("parameters.storage.san.read-cache", "\"100 GiB\""),
        ("parameters.nics.mellanox-connectx-5-25g.latency", "\"450 ns\""),
        ("parameters.switches.mellanox-sn2010.latency", "\"300 ns\""),
        ("parameters.wire.propagation", "\"100 ns\""),
        ("parameters.iscsi.target-rate", "\"10 Gbit/s\""),
        ("workloads.b.read", "\"100 %\""),
        ("workloads.b.outstanding", "1"),
    ]);
    let story = Story::new(&with(ISCSI), &set);
    let latency = story.run(1).measured.groups[1].latency_s.mean;
    // The slower of the two ports sets the time of a transfer that is passed on as it comes in.
    let link = 2.0 * 450e-9 + 300e-9 + 2.0 * 100e-9;
    let bytes = wire(48.0) + wire(48.0 + 8192.0);
    assert_near(latency, 2.0 * link + 8.0 * bytes / 10e9 + 20e-6, 1e-3);
}

#[test]
fn iscsi_loads_the_ports_of_the_node_and_virtual_fc_does_not() {
    let story = Story::new(&with(ISCSI), &[]);
    let run = story.run(1);
    let received: f64 = (1..=2).map(|nic| run.port(&format!("HV2/nic{nic}/rx")).0).sum();
    assert_near(received, run.measured.groups[1].read_bytes_per_s.mean, 0.02);
    for disk in [FC, METAL] {
        assert_eq!(Story::new(&with(disk), &[]).run(1).all_wire(), 0.0);
    }
}

#[test]
fn the_host_cannot_do_for_a_lun_what_it_does_not_see() {
    let text = with(FC).replace("[vms.B]", "[vms.B]\nneeds = [\"host-backup\", \"online-resize\"]");
    let story = Story::new(&text, &[]);
    let warnings = about(&story, FindingKind::Warning, "B/d");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("host-backup"));
}

#[test]
fn ways_that_are_not_there_are_refused() {
    let physical = faults(&with("disks.d = { attach = \"lun\", storage = \"san\" }"), &[]);
    assert!(physical.contains("only a physical machine"), "{physical}");
    let metal = "physical = true\ndisks.d = { attach = \"csv\", volume = \"CSV1\" }";
    assert!(faults(&with(metal), &[]).contains("has no virtual disk"));
    let hba = "[nodes.HV.hbas.fc]\nmodel = \"qlogic-qle2742\"\nstorage = \"san\"\n";
    let no_adapter = with(FC).replace(hba, "").replace("owner = \"HV1\"\n", "");
    assert!(faults(&no_adapter, &[]).contains("no adapter to this storage"));
    let shared =
        with("disks.d = { attach = \"virtual-fc\", storage = \"san\", sharing = \"vhd-set\" }");
    assert!(faults(&shared, &[]).contains("`sharing` has no meaning here"));
    let volume = with("disks.d = { attach = \"virtual-fc\", volume = \"CSV1\" }");
    let told = faults(&volume, &[]);
    assert!(told.contains("`volume` has no meaning here") && told.contains("`storage` is missing"));
}
