//! Which state a volume reports and which way a disk's I/O goes, cause by cause.

use csvnet::cluster::{
    BlockReason, CompileError, FileSystemReason, IoPath, VolumeMode, compile, disk_path,
    volume_state,
};
use csvnet::network::Direction;
use csvnet::topology::Fabric;

use super::{Story, TWO_NODES, WIRE_ONLY, scenario};

const LOCAL: IoPath = IoPath::LocalAtOwner { shared: false };
const SHARED: IoPath = IoPath::LocalAtOwner { shared: true };

/// VM A and B share a disk.
const GUEST_CLUSTER: &str = "[guest-clusters.G]\nmembers = [\"A\", \"B\"]\nactive = \"A\"\n";

fn shared(kind: &str) -> String {
    let disk = "disks.d.volume = \"CSV1\"";
    let with = format!("{disk}\ndisks.d.sharing = \"{kind}\"");
    TWO_NODES.replace(disk, &with) + GUEST_CLUSTER
}

/// What is expected of a cause: settings, both masks on the owner and off it, both states, the way
/// of the disk on the owner and of that off it.
type Case =
    (&'static [(&'static str, &'static str)], [(u32, u32); 2], [VolumeMode; 2], [IoPath; 2]);

#[test]
fn each_cause_has_its_state_reason_and_path() {
    use IoPath::{BlockRedirected as BlockPath, Direct as Straight};
    use VolumeMode::{BlockRedirected, Direct, FileSystemRedirected};
    const REFS: (&str, &str) = ("volumes.CSV1.file-system", "ReFS");
    const USER: (&str, &str) = ("volumes.CSV1.redirected", "true");
    const LOST: (&str, &str) = ("volumes.CSV1.lost-paths", "[\"HV2\"]");
    let fsr = [FileSystemRedirected; 2];
    let over = [LOCAL, IoPath::FileSystemRedirected];
    let cases: [Case; 10] = [
        (&[], [(0, 0); 2], [Direct; 2], [Straight; 2]),
        (&[REFS], [(32, 0); 2], fsr, over),
        (&[USER], [(1, 0); 2], fsr, over),
        (&[REFS, USER], [(33, 0); 2], fsr, over),
        (&[("volumes.CSV1.incompatible-filter", "file-system")], [(2, 0); 2], fsr, over),
        (&[("volumes.CSV1.incompatible-filter", "volume")], [(4, 0); 2], fsr, over),
        (&[("volumes.CSV1.bitlocker-initializing", "true")], [(16, 0); 2], fsr, over),
        // The node that lost its path, and no other.
        (&[LOST], [(0, 0), (0, 1)], [Direct, BlockRedirected], [Straight, BlockPath]),
        (
            &[("volumes.CSV1.replicated", "true")],
            [(0, 4); 2],
            [BlockRedirected; 2],
            [Straight, BlockPath],
        ),
        // Both masks are set; the file system decides.
        (&[REFS, LOST], [(32, 0), (32, 1)], fsr, over),
    ];
    for (set, masks, modes, paths) in cases {
        let story = Story::new(TWO_NODES, set);
        for (n, (node, disk)) in [("HV1", "A/d"), ("HV2", "B/d")].into_iter().enumerate() {
            let state = story.state(node);
            assert_eq!(state.mode, modes[n], "{set:?} on {node}");
            let both = (state.file_system_reason.0, state.block_reason.0);
            assert_eq!(both, masks[n], "{set:?} on {node}");
            assert_eq!(story.disk(disk).path, paths[n], "{set:?} of {disk}");
            assert!(!state.why.is_empty() && !story.disk(disk).reason.is_empty());
        }
    }
}

#[test]
fn reasons_are_printed_as_the_cmdlet_prints_them() {
    let both = Story::new(
        TWO_NODES,
        &[("volumes.CSV1.file-system", "ReFS"), ("volumes.CSV1.redirected", "true")],
    );
    let state = both.state("HV2");
    assert_eq!(state.mode.name(), "FileSystemRedirected");
    assert_eq!(state.file_system_reason.to_string(), "UserRequest, FileSystemReFs");
    assert_eq!(state.block_reason.to_string(), "NotBlockRedirected");
    let names = [
        (0, "NotFileSystemRedirected"),
        (1, "UserRequest"),
        (2, "IncompatibleFileSystemFilter"),
        (4, "IncompatibleVolumeFilter"),
        (16, "BitLockerInitializing"),
        (32, "FileSystemReFs"),
    ];
    for (mask, name) in names {
        assert_eq!(FileSystemReason(mask).to_string(), name);
    }
    for (mask, name) in [(1, "NoDiskConnectivity"), (4, "VolumeReplicationEnabled")] {
        assert_eq!(BlockReason(mask).to_string(), name);
    }
}

#[test]
fn refs_on_a_san_is_redirected_on_every_version_that_has_it() {
    for windows in ["2012 R2", "2016", "2019", "2022", "2025"] {
        let set = [("volumes.CSV1.file-system", "ReFS"), ("cluster.windows", windows)];
        let story = Story::new(TWO_NODES, &set);
        for node in ["HV1", "HV2"] {
            assert_eq!(story.state(node).mode, VolumeMode::FileSystemRedirected, "{windows}");
            // The cmdlet of 2012 R2 has no name for it.
            let printed = story.state(node).file_system_reason;
            let expected =
                if windows == "2012 R2" { 0 } else { FileSystemReason::FILE_SYSTEM_REFS.0 };
            assert_eq!(printed.0, expected, "{windows}");
        }
    }
}

#[test]
fn shared_disks_are_redirected_while_the_volume_reports_direct() {
    for kind in ["shared-vhdx", "vhd-set"] {
        let story = Story::new(&shared(kind), &[]);
        for node in ["HV1", "HV2"] {
            assert_eq!(story.state(node).mode, VolumeMode::Direct, "{kind}");
            assert_eq!(story.state(node).file_system_reason.0, 0, "{kind}");
        }
        assert_eq!(story.disk("A/d").path, SHARED, "{kind}");
        assert_eq!(story.disk("B/d").path, IoPath::FileRedirected, "{kind}");
        // With the owner moved the two change places.
        let moved = Story::new(&shared(kind), &[("volumes.CSV1.owner", "HV2")]);
        assert_eq!(moved.disk("A/d").path, IoPath::FileRedirected, "{kind}");
        assert_eq!(moved.disk("B/d").path, SHARED, "{kind}");
        // A file that goes to the owner anyway does so whatever the block state.
        let lost = Story::new(&shared(kind), &[("volumes.CSV1.lost-paths", "[\"HV2\"]")]);
        assert_eq!(lost.state("HV2").mode, VolumeMode::BlockRedirected, "{kind}");
        assert_eq!(lost.disk("B/d").path, IoPath::FileRedirected, "{kind}");
        // On a volume that is redirected as a whole that is what counts.
        let refs = Story::new(&shared(kind), &[("volumes.CSV1.file-system", "ReFS")]);
        assert_eq!(refs.disk("B/d").path, IoPath::FileSystemRedirected, "{kind}");
    }
}

#[test]
fn a_device_of_one_node_is_block_redirected_for_the_others() {
    let story = Story::new(WIRE_ONLY, &[]);
    assert_eq!(story.state("HV1").mode, VolumeMode::Direct);
    let far = story.state("HV2");
    assert_eq!(far.mode, VolumeMode::BlockRedirected);
    assert_eq!(far.block_reason, BlockReason::NO_DISK_CONNECTIVITY);
    assert_eq!(story.disk("B/d").path, IoPath::BlockRedirected);
    let near = Story::new(WIRE_ONLY, &[("vms.B.node", "HV1")]);
    assert_eq!(near.disk("B/d").path, IoPath::Direct);
    assert_eq!(near.disk("B/d").transport, None);
}

#[test]
fn an_owner_without_a_path_makes_the_volume_unavailable() {
    let s = scenario(TWO_NODES, &[("volumes.CSV1.lost-paths", "[\"HV1\"]")]);
    let (cluster, fabric) = (&s.cluster, Fabric::of(&s.cluster));
    let volume = cluster.volume_named("CSV1").unwrap();
    let owner = cluster.node_named("HV1").unwrap();
    assert_eq!(volume_state(cluster, &fabric, owner, volume).mode, VolumeMode::Unavailable);
    let disk = cluster.disks.ids().find(|&d| cluster.disk_label(d) == "A/d").unwrap();
    assert_eq!(disk_path(cluster, &fabric, disk).0, IoPath::None);
    let error = compile(cluster, &s.workloads, &s.parameters.clone().freeze()).unwrap_err();
    let CompileError::Unreachable { disk, why } = error else { panic!("{error}") };
    assert_eq!(disk, "A/d");
    assert!(why.contains("no path"), "{why}");
}

#[test]
fn nothing_is_redirected_to_an_owner_that_has_no_path() {
    for more in [("volumes.CSV1.file-system", "ReFS"), ("volumes.CSV1.replicated", "true")] {
        let s = scenario(TWO_NODES, &[("volumes.CSV1.lost-paths", "[\"HV1\"]"), more]);
        let (cluster, fabric) = (&s.cluster, Fabric::of(&s.cluster));
        let disk = cluster.disks.ids().find(|&d| cluster.disk_label(d) == "B/d").unwrap();
        let (path, why) = disk_path(cluster, &fabric, disk);
        assert_eq!(path, IoPath::None, "{more:?}: {why}");
    }
}

#[test]
fn the_owners_own_io_never_crosses_the_network() {
    let sets: [&[(&str, &str)]; 6] = [
        &[],
        &[("volumes.CSV1.file-system", "ReFS")],
        &[("volumes.CSV1.redirected", "true")],
        &[("volumes.CSV1.replicated", "true")],
        &[("volumes.CSV1.incompatible-filter", "volume")],
        &[("volumes.CSV1.lost-paths", "[\"HV2\"]")],
    ];
    let texts = [TWO_NODES.to_owned(), shared("shared-vhdx"), shared("vhd-set")];
    for text in &texts {
        for set in sets {
            let story = Story::new(text, set);
            for direction in [Direction::Read, Direction::Write] {
                let wire = |station: &str, _: &str| station.contains("/nic");
                assert_eq!(story.visits(0, direction, wire), 0.0, "{set:?}");
                let smb = |_: &str, role: &str| role.starts_with("smb");
                assert_eq!(story.visits(0, direction, smb), 0.0, "{set:?}");
            }
            assert_eq!(story.disk("A/d").transport, None);
        }
    }
}

#[test]
fn only_redirected_bytes_are_seen_on_the_network() {
    let refs = ("volumes.CSV1.file-system", "ReFS");
    let aligned = Story::new(TWO_NODES, &[refs, ("vms.B.node", "HV1")]);
    assert_eq!(aligned.run(1).all_wire(), 0.0);
    let direct = Story::new(TWO_NODES, &[]);
    assert_eq!(direct.run(1).all_wire(), 0.0);
    let off = Story::new(TWO_NODES, &[refs]);
    let run = off.run(1);
    let payload: f64 = ["HV1/nic1/rx", "HV1/nic2/rx", "HV1/nic1/tx", "HV1/nic2/tx"]
        .iter()
        .map(|port| run.port(port).0)
        .sum();
    // Every byte of B and none of A, up to the I/Os under way at the ends of the window.
    super::assert_near(payload, run.bytes(1), 0.005);
}
