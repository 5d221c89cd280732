//! What fails, and how long it takes to get over it.

use super::{ASTRAY, BASE, entry, exposed_s, followed, scenario, told, try_scenario};
use csvnet::timeline::{Cause, EntryKind};

const SPREAD: &str = r#"
[vms.web]
count = 9
node = "HV"
memory = "4 GB"
disks.d = { volume = "CSV" }
[workloads.web]
vm = "web"
disk = "d"
block = "8 KiB"
read = "70 %"
rate = "100 IOPS"
arrivals = "paced"
working-set = "10 GB"
"#;

#[test]
fn a_failed_owner_is_missed_replaced_and_its_machines_restart() {
    let more = r#"
[[events]]
at = "1 h"
do = "fail"
node = "HV1"
for = "1 h"
"#;
    let scenario = scenario(&[BASE, SPREAD, more]);
    let timeline = followed(&scenario);
    let moved = entry(&timeline, "it moves to");
    assert_eq!((moved.at.secs(), moved.subject.as_str()), (3610.0, "CSV1"));
    // Its three machines are off for detection and start: two on one node, one on the other, which
    // start two at once, so 10 + 40 s each.
    let off: Vec<f64> =
        timeline.unavailable.values().map(|u| u.off_s).filter(|s| *s > 0.0).collect();
    assert_eq!(off, [50.0; 3]);
    // Nobody else has a disk on CSV1, so no machine that runs waits.
    assert!(timeline.unavailable.values().all(|u| u.waiting_s == 0.0));
    // Machines stay where they are when the node is back, and CSV1 too: the balancer is off.
    let last = timeline.epochs.last().unwrap().figures(&timeline);
    let disks: usize = last.loads.iter().map(|load| load.part.disks.len()).sum();
    assert_eq!(disks, 9);
}

#[test]
fn a_volume_that_waits_piles_up_what_is_asked_and_gives_it_back() {
    let more = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV2\"\n";
    let scenario = scenario(&[BASE, ASTRAY, more]);
    let timeline = followed(&scenario);
    // The machine on HV1 goes on; its volume on HV2 waits for 10 s of detection and 5 s of moving.
    let vm = scenario.cluster.vms.ids().next().unwrap();
    let waiting = timeline.unavailable[&vm].waiting_s;
    assert_eq!(waiting, 15.0);
    let most = timeline.epochs.iter().map(csvnet::timeline::Epoch::waiting).fold(0.0, f64::max);
    assert!((most - 1500.0).abs() < 1.0, "100 a second for 15 s, not {most}");
    // Where CSV2 goes, the machine is redirected or not; what piled up is gone in seconds.
    let behind: f64 = timeline
        .epochs
        .iter()
        .filter(|epoch| epoch.waiting() > 0.0)
        .map(|epoch| epoch.to.secs_since(epoch.from))
        .sum();
    assert!(behind > 5.0 && behind < 30.0, "{behind} s");
    // Nothing is lost: what was redirected and what was not are all I/Os that were asked for.
    let all: f64 = timeline
        .figures
        .iter()
        .zip(&timeline.lasted_s)
        .flat_map(|(of, s)| of.loads.iter().map(move |load| load.iops * s))
        .sum();
    assert!((all / (100.0 * 6.0 * 3600.0) - 1.0).abs() < 1e-3, "{all}");
}

#[test]
fn a_node_without_paths_is_block_redirected_until_they_are_back() {
    let more = r#"
[[events]]
at = "1 h"
do = "fail"
node = "HV1"
storage = "array"
for = "30 min"
"#;
    let base = BASE.replace("\"ReFS\"", "\"NTFS\"");
    let scenario = scenario(&[&base, SPREAD, more]);
    let timeline = followed(&scenario);
    // web1, web4 and web7 are on HV1, and CSV1, which HV1 owned, has moved away for good.
    for name in ["web1", "web4", "web7"] {
        let exposed = exposed_s(&scenario, &timeline, name);
        assert_eq!(exposed, 1800.0 - 5.0, "{name}: five seconds of moving are no exposure");
    }
    for name in ["web2", "web3"] {
        assert_eq!(exposed_s(&scenario, &timeline, name), 0.0);
    }
    // NoDiskConnectivity is 1.
    assert!(timeline.redirected().keys().all(|cause| *cause == Cause::Block(1)));
}

/// One of two ports of an adapter carries half of what both do.
#[test]
fn a_lost_path_halves_the_rate_of_the_adapter() {
    let load = r#"
[vms.scan]
node = "HV1"
disks.d = { volume = "CSV1" }
[workloads.scan]
vm = "scan"
disk = "d"
block = "1 MiB"
read = "100 %"
access = "sequential"
outstanding = 64
working-set = "1 GB"
[[events]]
at = "1 h"
do = "fail"
node = "HV1"
storage = "array"
ports = 1
for = "1 h"
"#;
    // Old adapters, so that they and nothing else bind: two ports of 8 Gbit/s.
    let base = BASE.replace("qlogic-qle2742", "qlogic-qle2562").replace("\"ReFS\"", "\"NTFS\"");
    let scenario = scenario(&[&base, load]);
    let timeline = followed(&scenario);
    let rate = |hours: f64| {
        let epoch = timeline.epochs.iter().find(|e| e.to.secs() > hours * 3600.0).unwrap();
        epoch.figures(&timeline).loads[0].bytes_per_s
    };
    let (both, one, again) = (rate(0.5), rate(1.5), rate(2.5));
    assert!((one / both - 0.5).abs() < 0.02, "{both} and {one}");
    assert_eq!(both, again);
}

#[test]
fn a_dead_port_isolates_a_node_and_a_dead_switch_stops_the_cluster() {
    let port =
        "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV3\"\nnic = \"p\"\nfor = \"1 h\"\n";
    let timeline = followed(&scenario(&[BASE, SPREAD, port]));
    let outages = told(&timeline, EntryKind::Outage);
    assert!(outages[0].starts_with("HV3: no cluster network joins it"), "{outages:#?}");
    assert_eq!(entry(&timeline, "it is back").at.secs(), 7200.0);
    let switch = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnetwork = \"csv\"\nfor = \"1 h\"\n";
    let scenario = scenario(&[BASE, SPREAD, switch]);
    let timeline = followed(&scenario);
    let outages = told(&timeline, EntryKind::Outage);
    assert!(outages.iter().any(|text| text.contains("the cluster stops")), "{outages:#?}");
    // All machines are off until the switch is back and they have started.
    assert_eq!(timeline.unavailable.len(), 9);
    for spent in timeline.unavailable.values() {
        assert!(spent.off_s >= 3600.0 && spent.off_s <= 3800.0, "{spent:?}");
    }
    let last = timeline.epochs.last().unwrap().figures(&timeline);
    let disks: usize = last.loads.iter().map(|load| load.part.disks.len()).sum();
    assert_eq!(disks, 9, "all run again");
}

#[test]
fn quorum_goes_with_the_votes_that_were_there() {
    // One after the other all but one may go, with dynamic quorum; both at once of three not.
    let later = |at: &str| {
        format!(
            "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV1\"\n\
             [[events]]\nat = \"{at}\"\ndo = \"fail\"\nnode = \"HV2\"\n"
        )
    };
    let stops = |at: &str, windows: &str, witness: bool| {
        let base = BASE.replace("windows = \"2022\"", &format!("windows = \"{windows}\""));
        let base = base.replace("[rules]", &format!("[rules]\nwitness = {witness}"));
        let base = base.replace("\"ReFS\"", "\"NTFS\"").replace("node-fairness = \"off\"\n", "");
        let timeline = followed(&scenario(&[&base, SPREAD, &later(at)]));
        told(&timeline, EntryKind::Outage).iter().any(|text| text.contains("the cluster stops"))
    };
    assert!(!stops("2 h", "2012 R2", true));
    // Two of four votes are left of a static majority.
    assert!(stops("2 h", "2012", true));
    // Both at one instant: two of four votes, or one of three, are no majority.
    assert!(stops("1 h", "2012 R2", true) && stops("1 h", "2012 R2", false));
}

#[test]
fn a_node_too_small_leaves_machines_off_and_says_so() {
    let base = BASE.replace("256 GB", "20 GB");
    let more = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV1\"\n";
    let scenario = scenario(&[&base, SPREAD, more]);
    let timeline = followed(&scenario);
    // Two nodes of 20 GB hold three machines of 4 GB each and two more; one of three stays off.
    let outages = told(&timeline, EntryKind::Outage);
    assert!(outages.is_empty(), "there is room for 5 on each: {outages:#?}");
    let base = BASE.replace("256 GB", "17 GB");
    let scenario = super::scenario(&[&base, SPREAD, more]);
    let timeline = followed(&scenario);
    let outages = told(&timeline, EntryKind::Outage);
    assert_eq!(outages.len(), 1, "{outages:#?}");
    assert!(outages[0].contains("stays off"));
}

#[test]
fn evicting_is_refused_while_anything_is_left() {
    let more = r#"
[[events]]
at = "1 h"
do = "evict"
node = "HV1"
[[events]]
at = "2 h"
do = "drain"
node = "HV1"
[[events]]
at = "3 h"
do = "evict"
node = "HV1"
[[events]]
at = "4 h"
do = "drain"
node = "HV1"
"#;
    let timeline = followed(&scenario(&[BASE, SPREAD, more]));
    let refused = told(&timeline, EntryKind::Refused);
    assert_eq!(refused.len(), 2, "{refused:#?}");
    assert!(refused[0].contains("still has 3 machines"));
    assert!(refused[1].contains("is not up"));
    entry(&timeline, "HV1 is evicted");
    assert!(try_scenario(&[BASE, SPREAD, "[[events]]\nat = \"1 h\"\ndo = \"evict\"\n"]).is_err());
}

#[test]
fn what_is_refused_is_not_undone() {
    let more = r#"
[[events]]
at = "1 h"
do = "fail"
node = "HV1"
for = "3 h"
[[events]]
at = "2 h"
do = "fail"
node = "HV1"
for = "10 min"
"#;
    let timeline = followed(&scenario(&[BASE, SPREAD, more]));
    assert_eq!(entry(&timeline, "it is back").at.secs(), 4.0 * 3600.0);
    assert_eq!(told(&timeline, EntryKind::Refused).len(), 1);
}

#[test]
fn an_evicted_node_does_not_come_back_with_its_update() {
    let more = r#"
[[events]]
at = "1 h"
do = "update"
nodes = ["HV1"]
install = "30 min"
[[events]]
at = "80 min"
do = "evict"
node = "HV1"
"#;
    let timeline = followed(&scenario(&[BASE, SPREAD, more]));
    assert!(!timeline.log.iter().any(|entry| entry.text == "it is back"), "{:#?}", timeline.log);
    entry(&timeline, "HV1 is not updated");
}

#[test]
fn a_machine_whose_target_fails_finds_another_and_a_drained_node_stays_empty() {
    let more = r#"
[vms.a]
node = "HV1"
memory = "64 GB"
disks.d = { volume = "CSV1" }
[workloads.a]
vm = "a"
disk = "d"
block = "8 KiB"
read = "100 %"
rate = "10 IOPS"
working-set = "1 GB"
[[events]]
at = "1 h"
do = "drain"
node = "HV1"
[[events]]
at = "3603 s"
do = "fail"
node = "HV2"
for = "1 h"
[[events]]
at = "3 h"
do = "migrate"
vm = "a"
to = "HV2"
[[events]]
at = "10802 s"
do = "drain"
node = "HV2"
"#;
    let timeline = followed(&scenario(&[BASE, more]));
    let ways: Vec<(usize, usize)> =
        timeline.moves.iter().map(|m| (m.from.index(), m.to.index())).collect();
    // HV2 dies under it, so HV3; later it arrives on HV2 while that is drained, and goes on.
    assert_eq!(ways, [(0, 2), (2, 1), (1, 2)], "{:#?}", timeline.log);
    assert!(timeline.unavailable.values().all(|spent| spent.off_s == 0.0));
}

#[test]
fn a_failure_shorter_than_its_detection_leaves_the_volume_where_it_was() {
    let more = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV2\"\nfor = \"5 s\"\n";
    let base = BASE.to_owned()
        + "[volumes.X]\nstorage = \"array\"\nowner = \"HV2\"\n\
        possible-owners = [\"HV2\"]\n";
    let astray = ASTRAY.replace("CSV2", "X");
    let timeline = followed(&scenario(&[&base, &astray, more]));
    let waiting: f64 = timeline.unavailable.values().map(|spent| spent.waiting_s).sum();
    assert_eq!(waiting, 15.0, "detection and mounting: {:#?}", timeline.log);
}

#[test]
fn a_two_way_mirror_does_not_outlive_two_nodes() {
    let base = BASE
        .replace(
            "kind = \"array\"\nmodel = \"generic-all-flash\"",
            "kind = \"storage-spaces-direct\"\nmodel = \"s2d-four-ssd\"",
        )
        .replace("hbas.fc = { model = \"qlogic-qle2742\", storage = \"array\" }", "")
        .replace("file-system", "resiliency = \"two-way-mirror\"\nfile-system");
    let more = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = \"HV1\"\n\
        [[events]]\nat = \"2 h\"\ndo = \"fail\"\nnode = \"HV3\"\n";
    let base = base.replace("[rules]", "[rules]\nwitness = true");
    let timeline = followed(&scenario(&[&base, ASTRAY, more]));
    let outages = told(&timeline, EntryKind::Outage);
    assert!(outages.iter().any(|text| text.contains("more copies are missing")), "{outages:#?}");
    // The machine on HV1 went to another node; from two hours on its volume is offline.
    let waiting: f64 = timeline.unavailable.values().map(|spent| spent.waiting_s).sum();
    assert!(waiting >= 4.0 * 3600.0 - 60.0, "{waiting}");
}

#[test]
fn a_dead_network_of_its_own_stops_migrations_and_traffic_but_no_timeline() {
    let lm = r#"
[networks.lm]
switch = "ideal"
[traffic.t]
kind = "other"
from = "HV1"
to = "HV2"
rate = "100 MB/s"
network = "lm"
[[events]]
at = "1 h"
do = "fail"
network = "lm"
for = "1 h"
[[events]]
at = "1 h"
do = "drain"
node = "HV1"
"#;
    let base = BASE
        .replace("nics.p = { model = \"stated-rate\", network = \"csv\" }", "nics.p = { model = \"stated-rate\", network = \"csv\" }\nnics.lm = { model = \"intel-x520\", network = \"lm\" }")
        .replace("simultaneous = 2 }", "simultaneous = 2, network = \"lm\" }");
    let timeline = followed(&scenario(&[&base, SPREAD, lm]));
    assert_eq!(timeline.moves.len(), 3);
    assert!(
        timeline.moves.iter().all(|moved| moved.ended.secs() > 7200.0),
        "{:#?}",
        timeline.moves
    );
    let sent = timeline.beside().get("t").copied().unwrap_or(0.0);
    assert!((sent / (100e6 * 5.0 * 3600.0) - 1.0).abs() < 1e-3, "{sent}");
}

#[test]
fn a_lower_limit_is_missed_while_nothing_runs() {
    let more = "[[events]]\nat = \"1 h\"\ndo = \"fail\"\nnode = [\"HV1\", \"HV2\", \"HV3\"]\n";
    let base = BASE.replace("title = ", "limits = [\"iops at least 10 IOPS\"]\ntitle = ");
    let timeline = followed(&scenario(&[&base, ASTRAY, more]));
    let limit = &timeline.limits[0];
    assert_eq!(limit.worst.as_ref().map(|(_, value, _)| *value), Some(0.0));
    assert!(limit.seconds_beyond >= 5.0 * 3600.0 - 300.0, "{limit:?}");
}

/// Two machines share a load; only the one whose volume waits has a backlog, and it works it off
/// alone.
#[test]
fn a_backlog_belongs_to_its_disk() {
    let more = r#"
[vms.b]
node = "HV1"
disks.d = { volume = "CSV3" }
[[events]]
at = "1 h"
do = "fail"
node = "HV2"
"#;
    let load = ASTRAY.replace("vm = \"a\"", "vm = [\"a\", \"b\"]");
    let scenario = scenario(&[BASE, &load, more]);
    let timeline = followed(&scenario);
    let b = scenario.cluster.vms.ids().nth(1).unwrap();
    let bytes: f64 = timeline.exposure[&b].values().map(|exposed| exposed.bytes).sum();
    let expected = 100.0 * 65_536.0 * 6.0 * 3600.0;
    assert!((bytes / expected - 1.0).abs() < 1e-6, "{bytes} of {expected}");
}
