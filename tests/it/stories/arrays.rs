//! What an array does with a write, and with a controller less.

use csvnet::network::Direction;

use super::{BARE, NODES, faults, latency_us, roles};
use crate::cluster::{Story, assert_near};

/// Drives of 1 ms and 1000 MB/s.
const ARRAY: &str = r#"
[storage.s]
kind = "array"
model = "generic-all-flash"
media-servers = 64
media-read = "1 ms"
media-write = "1 ms"
media-rate = "1000 MB/s"
raid = "raid-5"

[nodes.HV.hbas.fc]
model = "qlogic-qle2742"
storage = "s"

[volumes.CSV1]
storage = "s"
owner = "HV1"
"#;

fn text() -> String {
    format!("{NODES}{ARRAY}{BARE}")
}

/// Microseconds of one operation of the drives.
fn drive_us(bytes: f64) -> f64 {
    1000.0 + bytes / 1000.0
}

#[test]
fn the_raid_level_is_the_number_of_operations_behind_a_write() {
    for (level, operations) in [("raid-10", 2.0), ("raid-5", 4.0), ("raid-6", 6.0)] {
        let set = [
            ("storage.s.raid", level),
            ("storage.s.write-cache", "2 MiB"),
            ("storage.s.media-servers", "4"),
            ("workloads.a.outstanding", "400"),
            ("run.duration", "8 s"),
            ("run.warm-up", "2 s"),
        ];
        let story = Story::new(&text(), &set);
        let expected = 4.0 / (operations * drive_us(8192.0) * 1e-6);
        assert_near(story.run(1).measured.groups[0].iops.mean, expected, 0.03);
    }
    let faults = faults(&text(), &[("storage.s.write-penalty", "4")]);
    assert!(faults.contains("stated as well"), "{faults}");
}

#[test]
fn with_a_controller_lost_writes_wait_for_the_drives() {
    let lost = ("storage.s.controllers-lost", "1");
    let slow = ("run.duration", "2 s");
    let cached = latency_us(&text(), &[slow]);
    let through = latency_us(&text(), &[slow, lost]);
    assert_near(through - cached, 4.0 * drive_us(8192.0), 0.001);
    // An array may be told to go on, or never to have cached.
    let goes_on = latency_us(&text(), &[slow, lost, ("storage.s.write-through", "never")]);
    assert_near(goes_on, cached, 0.001);
    let always = latency_us(&text(), &[slow, ("storage.s.write-through", "always")]);
    assert_near(always, through, 0.001);
    let faults = faults(&text(), &[("storage.s.controllers-lost", "2")]);
    assert!(faults.contains("too large"), "{faults}");
}

#[test]
fn half_of_the_controllers_have_half_of_the_read_cache() {
    let set = [
        ("workloads.a.read", "100 %"),
        ("workloads.a.working-set", "10 GB"),
        ("storage.s.read-cache", "10 GB"),
        ("parameters.array.cache-share", "100 %"),
    ];
    let misses = |more: &[(&str, &str)]| {
        let story = Story::new(&text(), &[&set, more].concat());
        roles(&story, Direction::Read, "media read")
    };
    assert_eq!(misses(&[]), 0.0);
    assert_eq!(misses(&[("storage.s.controllers-lost", "1")]), 0.5);
}

#[test]
fn a_cached_write_is_copied_over_the_link_between_controllers() {
    let rate = ("storage.s.cache-mirror-rate", "100 MB/s");
    let (without, with) = (latency_us(&text(), &[]), latency_us(&text(), &[rate]));
    assert_near(with - without, 8192.0 / 100.0, 0.001);
    // Nobody to copy to.
    let alone = [rate, ("storage.s.controllers-lost", "1"), ("storage.s.write-through", "never")];
    assert_near(latency_us(&text(), &alone), without, 0.001);
}

#[test]
fn a_large_read_is_spread_over_the_channels_of_flash() {
    let set = [
        ("workloads.a.read", "100 %"),
        ("workloads.a.block", "1 MiB"),
        ("storage.s.read-cache", "0 B"),
        ("run.duration", "2 s"),
    ];
    let with =
        |stripe| latency_us(&text(), &[&set[..], &[("storage.s.media-stripe", stripe)]].concat());
    let (mib, kib) = (1_048_576.0, 65_536.0);
    assert_near(with("1 MiB") - with("64 KiB"), drive_us(mib) - drive_us(kib), 0.001);
}

#[test]
fn drives_by_model_set_the_numbers_of_the_media() {
    let numbers = |set: &[(&str, &str)]| {
        let text =
            text().replace("media-servers = 64\n", "").replace("media-read = \"1 ms\"\n", "");
        let s = crate::cluster::scenario(&text, set).parameters;
        ["media-servers", "media-read"].map(|f| s.get(&format!("storage.s.{f}")).unwrap().value)
    };
    let set = [("storage.s.media", "sata-ssd"), ("storage.s.drives", "10")];
    // Twelve operations at once in each of ten drives, 110 us each.
    assert_eq!(numbers(&set), [120.0, 110e-6]);
    let faults = faults(&text(), &[("storage.s.drives", "10")]);
    assert!(faults.contains("nothing tells what drives these are"), "{faults}");
}
