//! How long machines are redirected, against theory.

use super::{ASTRAY, BASE, exposed_s, followed, scenario};
use csvnet::timeline::Cause;

#[test]
fn a_machine_off_its_owner_is_exposed_all_the_time_and_by_its_bytes() {
    let scenario = scenario(&[BASE, ASTRAY]);
    let timeline = followed(&scenario);
    assert_eq!(exposed_s(&scenario, &timeline, "a"), 6.0 * 3600.0);
    let redirected: Vec<(Cause, f64)> = timeline.redirected().into_iter().collect();
    // ReFS is reason 32; 100 reads of 64 KiB a second over six hours.
    assert_eq!(redirected.len(), 1);
    assert_eq!(redirected[0].0, Cause::FileSystem(32));
    let bytes = 100.0 * 65_536.0 * 6.0 * 3600.0;
    assert!((redirected[0].1 / bytes - 1.0).abs() < 1e-6, "{} of {bytes}", redirected[0].1);
}

#[test]
fn a_move_of_the_owner_ends_it() {
    let more = r#"
[[events]]
at = "2 h"
do = "move-volume"
volume = "CSV2"
to = "HV1"
"#;
    let scenario = scenario(&[BASE, ASTRAY, more]);
    let timeline = followed(&scenario);
    assert_eq!(exposed_s(&scenario, &timeline, "a"), 2.0 * 3600.0);
    // What has piled up in the half second of the move is gone soon after.
    assert!(timeline.epochs.iter().any(|epoch| (epoch.waiting() - 50.0).abs() < 1.0));
    assert_eq!(timeline.epochs.last().unwrap().waiting(), 0.0);
}

/// The active member of a guest cluster is moved off the owner at instants that know nothing of the
/// script's period; the script brings it back at the next quarter of an hour. The mean exposure of
/// a move is half a period (the residual life of a fixed interval), and each is at most one.
#[test]
fn realigning_every_quarter_leaves_half_a_period_for_each_random_move() {
    let mut events = String::from(
        "[[events]]\nname = \"script\"\nevery = \"15 min\"\ndo = \"realign\"\n\
         guest-cluster = \"files\"\nmove = \"owner\"\n",
    );
    // 40 moves of the volume away, spread over the quarters by the golden ratio.
    let moves = 40;
    let mut expected = 0.0;
    for k in 0..moves {
        let phase = (0.618_034 * (f64::from(k) + 0.5)).fract();
        let at = 900.0 * (f64::from(k) * 4.0 + phase);
        expected += 900.0 * (1.0 - phase);
        let moved = format!(
            "[[events]]\nat = \"{at:.3} s\"\ndo = \"move-volume\"\nvolume = \"CSV1\"\nto = \"HV2\"\n"
        );
        events.push_str(&moved);
    }
    let guests = r#"
[vms.FS]
count = 2
node = ["HV1", "HV3"]
memory = "8 GB"
disks.d = { volume = "CSV1", sharing = "shared-vhdx" }
[guest-clusters.files]
members = "FS"
active = "FS1"
[workloads.files]
guest-cluster = "files"
disk = "d"
block = "8 KiB"
read = "50 %"
rate = "50 IOPS"
working-set = "10 GB"
"#;
    let base =
        BASE.replace("horizon = \"6 h\"", "horizon = \"41 h\"").replace("\"ReFS\"", "\"NTFS\"");
    let scenario = scenario(&[&base, guests, &events]);
    let timeline = followed(&scenario);
    let exposed = exposed_s(&scenario, &timeline, "FS1");
    // The golden ratio spreads phases evenly: their mean is a half but for a few hundredths.
    assert!((expected / (900.0 * f64::from(moves)) - 0.5).abs() < 0.02);
    // While ownership moves nothing is redirected: half a second each way.
    let moving = f64::from(moves) * 2.0 * 0.5;
    assert!((exposed - expected).abs() <= moving + 1.0, "{exposed} s, {expected} s expected");
    assert!(timeline.redirected().keys().all(|cause| *cause == Cause::SharedDisk));
}

/// After patching, all volumes are left on one node: two thirds of what was aligned are astray.
#[test]
fn volumes_left_on_one_node_cost_what_question_33_asks() {
    let more = r#"
[vms.web]
count = 6
node = "HV"
memory = "4 GB"
disks.d = { volume = "CSV" }
[workloads.web]
vm = "web"
disk = "d"
block = "64 KiB"
read = "100 %"
rate = "100 IOPS"
working-set = "10 GB"
[[events]]
at = "1 h"
do = "move-volume"
volume = ["CSV2", "CSV3"]
to = "HV1"
[[events]]
at = "4 h"
do = "balance-volumes"
"#;
    let scenario = scenario(&[BASE, more]);
    let timeline = followed(&scenario);
    let at = |hours: f64| {
        let found = timeline.epochs.iter().find(|epoch| epoch.to.secs() > hours * 3600.0);
        found.unwrap().figures(&timeline)
    };
    assert_eq!(at(0.5).redirected_bytes_per_s(), 0.0);
    let lost = at(2.0).redirected_bytes_per_s();
    assert!((lost / (4.0 * 100.0 * 65_536.0) - 1.0).abs() < 1e-6, "{lost}");
    // All of it leaves by one port: 6.5 MB payload of four machines and their headers, 10 Gbit/s.
    let sent = at(2.0).ports.iter().find(|p| p.node == "HV1" && p.transmit).unwrap();
    let share = lost / 1.25e9;
    assert!(sent.utilisation > share && sent.utilisation < 1.1 * share, "{sent:?}");
    // Balancing by number brings a volume to each node again, whatever runs where.
    let last = timeline.epochs.last().unwrap().figures(&timeline);
    let astray: usize = last
        .loads
        .iter()
        .filter(|load| load.part.cause.is_some())
        .map(|load| load.part.disks.len())
        .sum();
    assert_eq!(astray, 0, "volumes go back to where the scenario has them");
    let balanced = |entry: &&csvnet::timeline::Entry| entry.at.secs() == 4.0 * 3600.0;
    assert_eq!(timeline.log.iter().filter(balanced).count(), 2, "{:#?}", timeline.log);
}
