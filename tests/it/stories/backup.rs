//! Which way the reads of a backup go, by snapshot, requester and target.

use csvnet::cluster::{FindingKind, VolumeMode};

use super::{about, faults};
use crate::cluster::{Run, Story, TWO_NODES, assert_near};

const RATE: f64 = 200e6;

fn backup(more: &str) -> String {
    format!("{TWO_NODES}\n[backups.night]\nvolume = \"CSV1\"\nrate = \"200 MB/s\"\n{more}\n")
}

/// Payload bytes a second that a node receives.
fn received(run: &Run<'_>, node: &str) -> f64 {
    (1..=2).map(|nic| run.port(&format!("{node}/nic{nic}/rx")).0).sum()
}

#[test]
fn a_software_snapshot_crosses_the_network_to_another_node() {
    let story = Story::new(&backup("node = \"HV2\""), &[]);
    assert_eq!(story.state("HV2").mode, VolumeMode::Direct);
    let run = story.run(1);
    assert_near(received(&run, "HV2"), RATE, 0.03);
    assert_eq!(received(&run, "HV1"), 0.0);
    let group = run.measured.groups.last().unwrap();
    assert_eq!((group.name.as_str(), group.workload), ("backup night", false));
    assert_near(group.bytes_per_s.mean, RATE, 0.03);
    let told = about(&story, FindingKind::Behaviour, "backup night");
    assert!(told[0].contains("over the network") && told[0].contains("keeps its mode"));
}

#[test]
fn on_the_owner_or_from_a_hardware_snapshot_it_stays_local() {
    for more in ["node = \"HV1\"", "node = \"HV2\"\nsnapshot = \"hardware\""] {
        let story = Story::new(&backup(more), &[]);
        let run = story.run(1);
        assert_eq!(run.all_wire(), 0.0, "{more}");
        assert_near(run.measured.groups.last().unwrap().bytes_per_s.mean, RATE, 0.03);
    }
    let lost = ("volumes.CSV1.lost-paths", "[\"HV2\"]");
    let told = faults(&backup("node = \"HV2\"\nsnapshot = \"hardware\""), &[lost]);
    assert!(told.contains("cannot be shown to a node without a path"), "{told}");
}

#[test]
fn its_target_takes_the_same_bytes_again() {
    let text = backup("node = \"HV2\"\ntarget-node = \"HV1\"");
    let story = Story::new(&text, &[]);
    let run = story.run(1);
    assert_near(received(&run, "HV2"), RATE, 0.03);
    assert_near(received(&run, "HV1"), RATE, 0.03);
    // A volume that the requester writes to directly costs no network.
    let vault = "\n[volumes.VAULT]\nstorage = \"san\"\nowner = \"HV1\"\n";
    let text = backup("node = \"HV1\"\ntarget-volume = \"VAULT\"") + vault;
    assert_eq!(Story::new(&text, &[]).run(1).all_wire(), 0.0);
    // A redirected one does.
    let refs = [("volumes.VAULT.file-system", "ReFS"), ("volumes.VAULT.owner", "HV2")];
    let off = Story::new(&text, &refs);
    assert_near(received(&off.run(1), "HV2"), RATE, 0.03);
    let two =
        faults(&backup("node = \"HV1\"\ntarget-node = \"HV2\"\ntarget-volume = \"CSV1\""), &[]);
    assert!(two.contains("a backup goes to one place"), "{two}");
}

#[test]
fn the_other_reading_redirects_the_whole_volume_without_a_reason() {
    let story = Story::new(&backup("node = \"HV1\"\nredirects-volume = true"), &[]);
    for node in ["HV1", "HV2"] {
        let state = story.state(node);
        assert_eq!(state.mode, VolumeMode::FileSystemRedirected);
        assert_eq!((state.file_system_reason.0, state.block_reason.0), (0, 0));
    }
    let run = story.run(1);
    let live = run.measured.groups[1].read_bytes_per_s.mean;
    assert_near(received(&run, "HV2"), live, 0.02);
}
