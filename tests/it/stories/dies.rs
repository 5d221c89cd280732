//! Operations that their address leads to the dies of a drive: a balanced closed network.

use super::{BARE, NODES};
use crate::cluster::{Story, assert_near};

const DRIVE: &str = r#"
[storage.s]
kind = "device"
model = "fixed-law"
node = "HV1"
dies = 16
scv = 1
read-latency = "1 ms"
write-latency = "10 us"
read-rate = "100 GB/s"
write-rate = "200 MB/s"

[volumes.CSV1]
storage = "s"
owner = "HV1"
"#;

#[test]
fn throughput_rises_with_depth_as_that_of_a_balanced_closed_network() {
    let text = format!("{NODES}{DRIVE}{BARE}");
    // Exact mean value analysis of 16 stations visited alike, exponential with 1 ms:
    // R(n) = s (1 + (n - 1) / 16), so X = n / R = 16 / s * n / (n + 15). A spread that is
    // log-normal and not exponential, with the same coefficient of variation, is near.
    for depth in [1_u32, 4, 16, 64] {
        let outstanding = depth.to_string();
        let set = [
            ("workloads.a.read", "100 %"),
            ("workloads.a.outstanding", &outstanding),
            ("run.duration", "2 s"),
        ];
        let story = Story::new(&text, &set);
        let n = f64::from(depth);
        let exact = 16e3 * n / (n + 15.0);
        assert_near(story.run(1).bytes(0) / 8192.0, exact, 0.08);
    }
}

#[test]
fn a_drive_writes_over_all_its_dies_at_its_own_rate() {
    let text = format!("{NODES}{DRIVE}{BARE}");
    let set = [("workloads.a.block", "256 KiB"), ("workloads.a.outstanding", "32")];
    let story = Story::new(&text, &set);
    assert_near(story.run(1).bytes(0), 200e6, 0.03);
}
