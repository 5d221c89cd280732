//! What a shared or vetoed file costs while its volume reports Direct.

use csvnet::cluster::{FindingKind, IoPath, VolumeMode};
use csvnet::network::Direction;

use super::{FRAME, RDMA, about, faults};
use crate::cluster::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const DISK: &str = "disks.d.volume = \"CSV1\"";

/// VM A on the owner and VM B off it share a disk; A is active.
fn guest_cluster(kind: &str, more: &str) -> String {
    let with = format!("{DISK}\ndisks.d.sharing = \"{kind}\"");
    let only_a = TWO_NODES
        .split("[workloads.b]")
        .next()
        .expect("a text has a beginning")
        .replace(DISK, &with);
    format!("{only_a}\n[guest-clusters.G]\nmembers = [\"A\", \"B\"]\nactive = \"A\"\n{more}")
}

#[test]
fn a_vetoed_file_pays_the_file_system_instead_of_the_disk_stack() {
    let relative = ("parameters.cpus.two-xeon-gold-6130.relative-cost", "\"100 %\"");
    let costs = [
        relative,
        ("parameters.owner.file-system-per-io", "\"30 us\""),
        ("parameters.owner.block-per-io", "\"5 us\""),
    ];
    let block = Story::new(WIRE_ONLY, &costs);
    assert_eq!(block.disk("B/d").path, IoPath::BlockRedirected);
    let vetoed =
        Story::new(WIRE_ONLY, &[&costs[..], &[("vms.B.disks.d.redirected", "true")]].concat());
    assert_eq!(vetoed.disk("B/d").path, IoPath::FileVetoed);
    let latency = |story: &Story| story.run(1).measured.groups[0].latency_s.mean;
    // 30 us of file system instead of 5 us of disk stack; all else is constant and the same.
    assert_near(latency(&vetoed) - latency(&block), 25e-6, 1e-3);
}

#[test]
fn a_veto_leaves_the_volume_direct_and_the_owner_local() {
    let veto = [("vms.A.disks.d.redirected", "true"), ("vms.B.disks.d.redirected", "true")];
    let story = Story::new(TWO_NODES, &veto);
    for node in ["HV1", "HV2"] {
        assert_eq!(story.state(node).mode, VolumeMode::Direct, "{node}");
    }
    assert_eq!(story.disk("A/d").path, IoPath::LocalAtOwner { shared: false });
    assert_eq!(story.disk("B/d").path, IoPath::FileVetoed);
    assert!(story.disk("B/d").reason.contains("vetoed by a filter"));
    // Both pass the owner's file system once; nobody passes the shared-VHDX filter.
    for workload in [0, 1] {
        let owner = story.visits(workload, Direction::Read, |_, role| role == "owner stack");
        assert_eq!(owner, 1.0);
    }
}

#[test]
fn passive_members_send_reservations_to_the_owner() {
    let rate = 5000.0;
    let text = guest_cluster("shared-vhdx", "reservations = \"5000 /s\"\n");
    let story = Story::new(&text, &[]);
    let run = story.run(1);
    // A runs on the owner, so what is on the wire is what B sends, seen at both ends.
    let request = f64::from(4 + 64 + 56 + 16 + 36) + RDMA + FRAME;
    let response = f64::from(4 + 64 + 48 + 16 + 36 + 8 + 8 * 2) + RDMA + FRAME;
    assert_near(run.all_wire(), 2.0 * rate * (request + response), 0.01);
    // Counted apart, for both members.
    let group = run.measured.groups.last().unwrap();
    assert_eq!(group.name, "reservations, G");
    assert!(!group.workload);
    assert_near(group.iops.mean, 2.0 * rate, 0.01);
    assert!(about(&story, FindingKind::Behaviour, "G")[0].contains("passive members too"));
}

#[test]
fn without_reservations_there_is_nothing_beside_the_load() {
    let story = Story::new(&guest_cluster("vhd-set", "reservations = \"0 /s\"\n"), &[]);
    assert_eq!(story.compiled.network.background, 0);
    // A guest cluster that shares no file sends none either.
    let plain = guest_cluster("none", "");
    assert_eq!(Story::new(&plain, &[]).compiled.network.background, 0);
}

#[test]
fn all_members_of_a_guest_file_server_can_be_active() {
    let load = "\n[workloads.g]\nguest-cluster = \"G\"\ndisk = \"d\"\nblock = \"8 KiB\"\n\
                read = \"100 %\"\noutstanding = 1\nworking-set = \"1 GB\"\n";
    let text = guest_cluster("vhd-set", load);
    let disks = |active: &str| {
        let story = Story::new(&text, &[("guest-clusters.G.active", active)]);
        story.scenario.workloads.last().unwrap().disks.len()
    };
    assert_eq!(disks("\"all\""), 2);
    assert_eq!(disks("\"B\""), 1);
}

#[test]
fn what_does_not_work_is_said_with_what_lifts_it() {
    let needs = "[\"online-resize\", \"host-backup\", \"checkpoints\", \"replica\", \
                 \"storage-live-migration\"]";
    let warnings = |kind: &str, windows: &str| {
        let set = [("vms.B.disks.d.needs", needs), ("cluster.windows", windows)];
        about(&Story::new(&guest_cluster(kind, ""), &set), FindingKind::Warning, "B/d")
    };
    let five = warnings("shared-vhdx", "2012 R2");
    assert_eq!(five.len(), 5, "{five:#?}");
    assert!(five.iter().any(|w| w.contains("host-backup") && w.contains("2016")), "{five:#?}");
    // A VHD Set lifts four of them.
    let one = warnings("vhd-set", "2019");
    assert_eq!(one.len(), 1, "{one:#?}");
    assert!(one[0].contains("storage-live-migration"), "{one:#?}");
    assert!(warnings("none", "2019").is_empty());
    let told = faults(TWO_NODES, &[("vms.B.needs", "[\"checkpoint\"]")]);
    assert!(told.contains("`checkpoint` is nothing a disk can need"), "{told}");
}
