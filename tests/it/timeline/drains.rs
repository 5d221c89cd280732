//! Every node drained in turn.

use super::{BASE, followed, scenario};
use csvnet::timeline::{Drain, drains};

/// Two machines of 4 GB on each node, with 500 reads of 64 KiB a second each.
const SPREAD: &str = r#"
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
rate = "500 IOPS"
arrivals = "paced"
working-set = "10 GB"
"#;

fn all(texts: &[&str], threads: usize) -> Vec<Drain> {
    let scenario = scenario(texts);
    let parameters = scenario.parameters.clone().freeze();
    let all = drains(&scenario, &parameters, Some(threads), &|| false, &|_, _| {});
    all.expect("every state can be solved")
}

/// The drain of a node, by its number.
fn of(all: &[Drain], node: usize) -> &Drain {
    let found = all.iter().find(|drain| drain.node.is_some_and(|of| of.index() == node));
    found.unwrap_or_else(|| panic!("no {node} in {all:#?}"))
}

#[test]
fn a_drain_takes_what_the_timeline_says_and_leaves_what_is_worked_out() {
    let found = all(&[BASE, SPREAD], 2);
    assert_eq!(found.len(), 4);
    assert!(found[0].node.is_none() && found[0].after.redirected_bytes_per_s == 0.0);
    let first = of(&found, 0);
    assert_eq!((first.moved, first.stay, first.volumes_stay), (2, 0, 0));
    // The two machines of HV1 go one to each other node, CSV1 to one of those: one is astray.
    let one = 500.0 * 65_536.0;
    assert!((first.after.redirected_bytes_per_s / one - 1.0).abs() < 1e-6, "{first:?}");
    // Both send all their memory once at least, over a port of 10 Gbit/s: 8 GB take 6.4 s.
    assert!(first.sent_bytes >= 8e9 && first.takes_s > 6.4 && first.takes_s < 20.0, "{first:?}");
    assert!(first.busiest.as_ref().is_some_and(|(port, busy)| port == "HV1/p/tx" && *busy > 0.9));
    assert!(first.latency_s > found[0].latency_s && first.latency_s > first.after.latency_s);
    // As an event of a timeline the same drain ends at the same instant.
    let event = "[[events]]\nat = \"0 s\"\ndo = \"drain\"\nnode = \"HV1\"\n";
    let timeline = followed(&scenario(&[BASE, SPREAD, event]));
    let ends = timeline.moves.iter().map(|moved| moved.ended.secs()).fold(0.0, f64::max);
    assert_eq!(ends, first.takes_s);
    // Threads change nothing.
    assert_eq!(found, all(&[BASE, SPREAD], 1));
}

#[test]
fn a_drain_sends_what_the_timeline_says_it_sends() {
    // Memory is compressed to half: two machines of 4 GB send 4 GB, and what they write meanwhile.
    let base = BASE.replace("transport = \"tcp\"", "transport = \"compression\"");
    let found = all(&[&base, SPREAD], 2);
    let event = "[[events]]\nat = \"0 s\"\ndo = \"drain\"\nnode = \"HV1\"\n";
    let timeline = followed(&scenario(&[&base, SPREAD, event]));
    let moved: f64 = timeline.moves.iter().map(|moved| moved.bytes).sum();
    assert_eq!(moved, of(&found, 0).sent_bytes);
    let beside = timeline.beside();
    let beside = beside.iter().filter(|(name, _)| name.starts_with("live migration"));
    let beside: f64 = beside.map(|(_, bytes)| bytes).sum();
    assert!((beside / moved - 1.0).abs() < 1e-3, "{beside} on the network, {moved} told");
    assert!((4e9..4.4e9).contains(&moved), "{moved}");
}

#[test]
fn milliseconds_of_catching_up_are_not_the_worst_of_a_drain() {
    // The I/O of CSV1 waits half a second while its owner changes, and is caught up with at once.
    let web = SPREAD.replace("memory = \"4 GB\"", "memory = \"1 MB\"");
    let event = "[[events]]\nat = \"0 s\"\ndo = \"drain\"\nnode = \"HV1\"\n";
    let timeline = followed(&scenario(&[BASE, &web, event]));
    let short = |epoch: &&csvnet::timeline::Epoch| epoch.to.secs_since(epoch.from) < 0.1;
    let busy = |epoch: &csvnet::timeline::Epoch| {
        epoch.figures(&timeline).busiest().map_or(0.0, |port| port.utilisation)
    };
    let peak = timeline.epochs.iter().filter(short).map(busy).fold(0.0, f64::max);
    let found = all(&[BASE, &web], 1);
    let (port, told) = of(&found, 0).busiest.clone().expect("a port");
    assert!(told > 0.0 && told < 0.5 * peak, "{port} {told}, for moments {peak}");
    // It is the mean of no shorter a time than a second in the timeline, too.
    let all = timeline.busiest_seconds();
    let same = all.iter().find(|(label, _)| *label == port).expect("the port");
    assert!((same.1 - told).abs() <= 1e-9 * told, "{same:?} and {told}");
}

#[test]
fn nodes_drained_before_an_interruption_are_kept() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let scenario = scenario(&[BASE, SPREAD]);
    let parameters = scenario.parameters.clone().freeze();
    let stop = AtomicBool::new(false);
    // One thread: nothing, HV1, HV2 of four are done when it is interrupted.
    let told = |share: f64, _: &str| stop.store(share > 0.7, Ordering::Relaxed);
    let cancelled = || stop.load(Ordering::Relaxed);
    let kept = drains(&scenario, &parameters, Some(1), &cancelled, &told).expect("some are done");
    let whole = all(&[BASE, SPREAD], 1);
    assert_eq!(kept.len(), 3);
    assert_eq!((&kept[0], of(&kept, 0), of(&kept, 1)), (&whole[0], of(&whole, 0), of(&whole, 1)));
    let early = |share: f64, _: &str| stop.store(share > 0.2, Ordering::Relaxed);
    stop.store(false, Ordering::Relaxed);
    let none = drains(&scenario, &parameters, Some(1), &cancelled, &early);
    assert!(matches!(none, Err(csvnet::timeline::TimelineError::Cancelled)));
}

#[test]
fn what_stays_on_a_node_makes_its_drain_the_worst() {
    let more = "[vms.file]\nnode = \"HV2\"\nmemory = \"4 GB\"\npinned = true\n\
                disks.d = { volume = \"CSV2\" }\n\
                [vms.huge]\nnode = \"HV3\"\nmemory = \"250 GB\"\ndisks.d = { volume = \"CSV3\" }\n";
    let bound = BASE.replace("owner = \"HV\"", "owner = \"HV\"\npossible-owners = [\"HV\"]");
    let found = all(&[&bound, SPREAD, more], 2);
    // On HV2 the pinned machine stays, on HV3 the one that is too large for any other node.
    let stay = |node: usize| of(&found, node).stay;
    assert_eq!((stay(0), stay(1), stay(2)), (0, 1, 1));
    assert_eq!(of(&found, 0), &found[3], "nothing stays on HV1, so it is the least");
    let told = |node: usize| of(&found, node).refused.join("\n");
    assert!(told(1).contains("it is pinned"), "{}", told(1));
    assert!(told(2).contains("no other node may take it and has memory left"), "{}", told(2));
}

#[test]
fn the_last_node_is_not_drained() {
    let one = BASE.replace("count = 3\ncpu", "count = 1\ncpu").replace("HV\"", "HV1\"");
    let found = all(&[&one.replace("count = 3\n", "count = 1\n"), SPREAD], 1);
    assert_eq!((found[1].moved, found[1].stay), (0, 6), "{found:#?}");
    assert!(found[1].refused.iter().any(|told| told.contains("last node")), "{found:#?}");
}
