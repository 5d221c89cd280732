//! Direct I/O that fails is tried again through the owner.

use csvnet::cluster::{FindingKind, IoPath, VolumeMode};
use csvnet::network::Direction;

use super::about;
use crate::cluster::{Story, TWO_NODES, assert_near};

const FAILS: (&str, &str) = ("volumes.CSV1.direct-failures", "\"20 %\"");

fn visits(story: &Story, workload: usize, part: &str) -> f64 {
    story.visits(workload, Direction::Read, |_, role| role == part)
}

#[test]
fn a_failed_direct_io_pays_both_ways() {
    let story = Story::new(TWO_NODES, &[FAILS]);
    assert_eq!(story.disk("B/d").path, IoPath::Direct);
    assert_eq!(story.state("HV2").mode, VolumeMode::Direct);
    assert_near(visits(&story, 1, "controller"), 1.2, 1e-12);
    assert_near(visits(&story, 1, "smb client"), 0.2, 1e-12);
    assert_near(visits(&story, 1, "owner stack"), 0.2, 1e-12);
    // The owner has nobody to send it to.
    assert_eq!(visits(&story, 0, "controller"), 1.0);
    assert_eq!(visits(&story, 0, "smb client"), 0.0);
    let told = about(&story, FindingKind::Behaviour, "CSV1");
    assert!(told[0].contains("20.000 %"), "{told:?}");
    // A fifth of the reads come back over the network, each with its 8 KiB.
    let run = story.run(1);
    let seen: f64 = ["HV2/nic1/rx", "HV2/nic2/rx"].iter().map(|port| run.port(port).0).sum();
    assert_near(seen, 0.2 * run.measured.groups[1].read_bytes_per_s.mean, 0.15);
}

#[test]
fn it_fails_on_the_nodes_named_only() {
    let others = [FAILS, ("volumes.CSV1.direct-failures-on", "[\"HV1\"]")];
    let plain = Story::new(TWO_NODES, &[]);
    assert!(Story::new(TWO_NODES, &others).compiled == plain.compiled);
    let named = [FAILS, ("volumes.CSV1.direct-failures-on", "[\"HV2\"]")];
    assert_near(visits(&Story::new(TWO_NODES, &named), 1, "smb client"), 0.2, 1e-12);
}

#[test]
fn io_that_is_redirected_anyway_is_not_direct() {
    let refs = ("volumes.CSV1.file-system", "ReFS");
    let (with, without) = (Story::new(TWO_NODES, &[FAILS, refs]), Story::new(TWO_NODES, &[refs]));
    assert!(with.compiled == without.compiled);
}
