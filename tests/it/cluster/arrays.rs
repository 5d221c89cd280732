//! The array: what its caches hide and what its drives bound.

use csvnet::network::Direction;

use super::{Story, TWO_NODES, assert_near};

#[test]
fn a_full_write_cache_leaves_the_rate_of_the_drives() {
    // 4 drives, 1 ms and 8192 bytes at 1000 MB/s, each write twice: 2 * 1.008192 ms a page.
    let set = [
        ("workloads.a.read", "0 %"),
        ("workloads.a.outstanding", "128"),
        ("workloads.a.working-set", "900 TB"),
        ("storage.san.write-cache", "2 MiB"),
        ("storage.san.media-servers", "4"),
        ("storage.san.media-write", "1 ms"),
        ("storage.san.media-rate", "1000 MB/s"),
        ("storage.san.write-penalty", "2"),
        ("run.duration", "4 s"),
        ("run.warm-up", "500 ms"),
    ];
    let text = TWO_NODES.split("[workloads.b]").next().unwrap();
    let story = Story::new(text, &set);
    let run = story.run(1);
    assert_near(run.measured.groups[0].iops.mean, 4.0 / 2.016_384e-3, 0.03);
    // With room for every page of a small file nothing is bound by the drives.
    let mut roomy = set;
    roomy[2] = ("workloads.a.working-set", "1 MB");
    let story = Story::new(text, &roomy);
    assert!(story.run(1).measured.groups[0].iops.mean > 20_000.0);
}

#[test]
fn hits_are_the_share_of_the_working_set_that_the_cache_holds() {
    let text = TWO_NODES.split("[workloads.b]").next().unwrap();
    let misses = |working_set: &str| {
        let set = [
            ("workloads.a.working-set", working_set),
            ("workloads.a.read", "100 %"),
            ("storage.san.read-cache", "10 GB"),
            ("parameters.array.cache-share", "90 %"),
        ];
        let story = Story::new(text, &set);
        let planned = story.visits(0, Direction::Read, |_, role| role == "media read");
        let run = story.run(1);
        let stations = &story.compiled.network.stations;
        let (media, _) = stations.iter_ids().find(|(_, s)| s.label == "san/media").unwrap();
        let seen =
            run.measured.stations[media.index()].visits_per_s / run.measured.groups[0].iops.mean;
        assert!((seen - planned).abs() < 0.02, "{working_set}: {seen} and {planned}");
        planned
    };
    // 9 GB are useful.
    assert_eq!(misses("9 GB"), 0.0);
    assert!((misses("18 GB") - 0.5).abs() < 1e-9);
    assert!((misses("90 GB") - 0.9).abs() < 1e-9);
}

#[test]
fn workloads_share_a_cache_by_working_set() {
    let set = [
        ("workloads.a.working-set", "30 GB"),
        ("workloads.b.working-set", "60 GB"),
        ("storage.san.read-cache", "45 GB"),
        ("parameters.array.cache-share", "100 %"),
    ];
    let story = Story::new(TWO_NODES, &set);
    // Half of each is held, whichever node it is read from.
    for workload in [0, 1] {
        let misses = story.visits(workload, Direction::Read, |_, role| role == "media read");
        assert!((misses - 0.5).abs() < 1e-9, "{workload}: {misses}");
    }
}

#[test]
fn a_write_costs_one_more_crossing_of_the_storage_network() {
    let text = TWO_NODES.split("[workloads.b]").next().unwrap();
    let story = Story::new(text, &[]);
    let ready = |direction| story.visits(0, direction, |_, role| role == "transfer ready");
    assert_eq!((ready(Direction::Read), ready(Direction::Write)), (0.0, 1.0));
}
