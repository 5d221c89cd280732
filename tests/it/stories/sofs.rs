//! Disks on shares of a Scale-Out File Server: who serves, and what is redirected behind it.

use csvnet::cluster::IoPath;
use csvnet::network::Direction;

use super::faults;
use crate::cluster::{Story, TWO_NODES, assert_near};

/// Clients HV1 and HV2, file server FS1 and FS2; the share's volume is owned by FS1, so that the
/// client HV2, to which DNS hands out FS2, is at the wrong one.
fn shares() -> String {
    let disk = "disks.d.volume = \"CSV1\"";
    let on_share =
        "disks.d = { attach = \"smb-share\", file-server = \"SOFS\", volume = \"CSV1\" }";
    let more = r#"
[nodes.FS]
count = 2
cpu = "two-xeon-gold-6130"
nics.nic = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "san" }

[file-servers.SOFS]
nodes = "FS"
"#;
    let text = TWO_NODES.replace(disk, on_share).replace("owner = \"HV1\"", "owner = \"FS1\"");
    text + more
}

const ASYMMETRIC: (&str, &str) = ("file-servers.SOFS.storage", "asymmetric");
const SHARED: (&str, &str) = ("vms.B.disks.d.sharing", "shared-vhdx");

/// Hops of SMB that a read of VM B takes, and whether it is redirected behind the server.
fn hops(set: &[(&str, &str)]) -> (f64, bool) {
    let story = Story::new(&shares(), set);
    let hops = story.visits(1, Direction::Read, |_, role| role == "smb client");
    let IoPath::SmbShare { redirected } = story.disk("B/d").path else { panic!("{set:?}") };
    (hops, redirected)
}

#[test]
fn a_share_on_a_san_is_one_hop_from_any_node() {
    for windows in ["2012", "2012 R2", "2016", "2019", "2025"] {
        assert_eq!(hops(&[("cluster.windows", windows)]), (1.0, false), "{windows}");
    }
    let story = Story::new(&shares(), &[]);
    assert!(story.disk("A/d").reason.contains("serves it from FS1"));
    assert!(story.disk("B/d").reason.contains("serves it from FS2"));
    assert_eq!(story.disk("B/d").transport, Some("SMB Direct (RoCE v2)"));
    // The serving node works once for each I/O, and no owner beside it.
    let at = |part: &str| story.visits(1, Direction::Read, |_, role| role == part);
    assert_eq!((at("share server"), at("owner stack")), (1.0, 0.0));
}

#[test]
fn a_shared_file_on_a_san_is_redirected_behind_the_server_and_nobody_is_moved() {
    for windows in ["2012 R2", "2016", "2019", "2022"] {
        assert_eq!(hops(&[SHARED, ("cluster.windows", windows)]), (2.0, true), "{windows}");
        // Where the client is moved to the owner, the second hop is gone.
        let moved = [SHARED, ASYMMETRIC, ("cluster.windows", windows)];
        assert_eq!(hops(&moved), (1.0, false), "{windows}");
    }
}

#[test]
fn a_redirected_volume_moves_clients_by_version_and_storage() {
    let refs = ("volumes.CSV1.file-system", "ReFS");
    for (windows, symmetric) in [("2012 R2", 2.0), ("2016", 2.0), ("2019", 1.0), ("2025", 1.0)] {
        let version = ("cluster.windows", windows);
        assert_eq!(hops(&[refs, version]).0, symmetric, "{windows}");
        assert_eq!(hops(&[refs, version, ASYMMETRIC]).0, 1.0, "{windows}");
    }
    // A node without a path makes the storage asymmetric without being told.
    let lost = ("volumes.CSV1.lost-paths", "[\"FS2\"]");
    assert_eq!(hops(&[lost, ("cluster.windows", "2012 R2")]), (1.0, false));
    assert_eq!(hops(&[lost, ("cluster.windows", "2012")]), (2.0, true));
    let general = ("file-servers.SOFS.kind", "general-use");
    assert_eq!(hops(&[SHARED, general]), (1.0, false));
}

#[test]
fn the_second_hop_is_on_the_wire() {
    let story = Story::new(&shares(), &[SHARED]);
    let run = story.run(1);
    let reads = run.measured.groups[1].read_bytes_per_s.mean;
    let received =
        |node: &str| -> f64 { (1..=2).map(|nic| run.port(&format!("{node}/nic{nic}/rx")).0).sum() };
    assert_near(received("HV2"), reads, 0.02);
    // FS2 receives what is read for B from FS1, and what B writes.
    let writes = run.measured.groups[1].write_bytes_per_s.mean;
    assert_near(received("FS2"), reads + writes, 0.02);
}

#[test]
fn shares_are_used_from_other_nodes_and_lie_on_volumes_of_their_own() {
    let own = faults(&shares(), &[("vms.B.node", "FS2")]);
    assert!(own.contains("does not use its shares itself"), "{own}");
    let owner = faults(&shares(), &[("volumes.CSV1.owner", "HV1")]);
    assert!(owner.contains("is not owned by a node of `SOFS`"), "{owner}");
    let unknown = faults(&shares(), &[("vms.B.disks.d.file-server", "\"SOFT\"")]);
    assert!(unknown.contains("there is no file server `SOFT`"), "{unknown}");
    let storage = faults(&shares(), &[("vms.B.disks.d.storage", "\"san\"")]);
    assert!(storage.contains("`storage` has no meaning here"), "{storage}");
}
