//! The CSV block cache: what it answers, and for whom it does nothing.

use csvnet::cluster::FindingKind;
use csvnet::network::Direction;

use super::{about, faults};
use crate::cluster::{Story, TWO_NODES, assert_near};

/// How often an I/O of a workload reaches the array.
fn array(story: &Story, workload: usize, direction: Direction) -> f64 {
    story.visits(workload, direction, |_, role| role == "controller")
}

fn reads(set: &[(&str, &str)], workload: usize) -> f64 {
    array(&Story::new(TWO_NODES, set), workload, Direction::Read)
}

const SIZE: (&str, &str) = ("cluster.block-cache", "\"1 GiB\"");
const HITS: (&str, &str) = ("cluster.block-cache-hits", "\"30 %\"");
/// 0.9 of the cache holds useful blocks.
const USEFUL: f64 = 0.9 * 1_073_741_824.0;

#[test]
fn hits_that_are_stated_keep_reads_from_the_array_and_no_writes() {
    let story = Story::new(TWO_NODES, &[SIZE, HITS]);
    assert_near(array(&story, 1, Direction::Read), 0.7, 1e-12);
    assert_eq!(array(&story, 1, Direction::Write), 1.0);
    let memory = story.visits(1, Direction::Read, |_, role| role == "block cache");
    assert_near(memory, 0.3, 1e-12);
    assert!(about(&story, FindingKind::Behaviour, "B/d")[0].contains("30.0 %"));
}

#[test]
fn hits_follow_from_the_working_sets_read_on_a_node() {
    let sets = [("workloads.a.working-set", "\"10 GB\""), ("workloads.b.working-set", "\"30 GB\"")];
    let apart = [&sets[..], &[SIZE]].concat();
    // Each on a node of its own.
    assert_near(reads(&apart, 0), 1.0 - USEFUL / 10e9, 1e-9);
    assert_near(reads(&apart, 1), 1.0 - USEFUL / 30e9, 1e-9);
    // On one node they share it by working set: the same share of both.
    let together = [&apart[..], &[("vms.B.node", "HV1")]].concat();
    assert_near(reads(&together, 0), 1.0 - USEFUL / 40e9, 1e-9);
    assert_near(reads(&together, 1), 1.0 - USEFUL / 40e9, 1e-9);
    // A scan of more than fits finds nothing, one of less everything.
    let scan = [&apart[..], &[("workloads.b.access", "sequential")]].concat();
    assert_eq!(reads(&scan, 1), 1.0);
    let small = [("workloads.b.working-set", "\"500 MB\""), SIZE];
    assert_eq!(reads(&small, 1), 0.0);
}

#[test]
fn it_does_nothing_for_shared_disks_redirected_reads_and_volumes_without_it() {
    let shared = ("vms.B.disks.d.sharing", "shared-vhdx");
    assert_eq!(reads(&[SIZE, HITS, shared], 1), 1.0);
    assert_eq!(reads(&[SIZE, HITS, ("volumes.CSV1.block-cache", "false")], 1), 1.0);
    let refs = ("volumes.CSV1.file-system", "ReFS");
    assert_eq!(reads(&[SIZE, HITS, refs], 1), 1.0);
    assert_near(reads(&[SIZE, HITS, refs], 0), 0.7, 1e-12);
    let asked = ("cluster.block-cache-redirected", "true");
    assert_near(reads(&[SIZE, HITS, refs, asked], 1), 0.7, 1e-12);
}

#[test]
fn without_a_size_nothing_is_changed() {
    let plain = Story::new(TWO_NODES, &[("cluster.windows", "2012 R2")]);
    let none = ("cluster.block-cache", "default");
    let default = Story::new(TWO_NODES, &[("cluster.windows", "2012 R2"), none]);
    assert!(plain.compiled == default.compiled);
    // 1 GiB since 2016.
    let since = [("workloads.b.working-set", "\"10 GB\""), none];
    assert_near(reads(&since, 1), 1.0 - USEFUL / 10e9, 1e-9);
}

#[test]
fn it_takes_a_share_of_memory_by_version() {
    let of = |windows: &str, size: &str| {
        let set = [
            ("nodes.HV.memory", "\"100 GiB\""),
            ("cluster.windows", windows),
            ("cluster.block-cache", size),
        ];
        faults(TWO_NODES, &set)
    };
    assert!(of("2012", "\"21 GiB\"").contains("at most 20 %"));
    assert!(of("2019", "\"81 GiB\"").contains("at most 80 %"));
    let fits = [("nodes.HV.memory", "\"100 GiB\""), ("cluster.block-cache", "\"80 GiB\"")];
    Story::new(TWO_NODES, &fits);
    let of_nothing = faults(TWO_NODES, &[HITS]);
    assert!(of_nothing.contains("there is no `block-cache`"), "{of_nothing}");
}
