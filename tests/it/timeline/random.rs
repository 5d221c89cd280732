//! Random timelines: whatever happens, what must hold holds.

use proptest::prelude::*;

use super::{BASE, followed, scenario};
use csvnet::timeline::Timeline;

fn event() -> impl Strategy<Value = String> {
    let at = (1_u32..350).prop_map(|minutes| format!("at = \"{minutes} min\"\n"));
    let node = (1_usize..4).prop_map(|n| format!("HV{n}"));
    let what = (0_usize..10, node, 1_usize..4, 1_usize..7, prop::option::of(5_u32..60));
    (at, what).prop_map(|(at, (kind, node, volume, vm, lasts))| {
        let lasts = lasts.map_or_else(String::new, |m| format!("for = \"{m} min\"\n"));
        let what = match kind {
            0 => format!("do = \"drain\"\nnode = \"{node}\"\n{lasts}"),
            1 => format!("do = \"resume\"\nnode = \"{node}\"\n"),
            2 => format!("do = \"fail\"\nnode = \"{node}\"\n{lasts}"),
            3 => format!("do = \"fail\"\nnode = \"{node}\"\nstorage = \"array\"\n{lasts}"),
            4 => format!("do = \"fail\"\nnode = \"{node}\"\nnic = \"p\"\n{lasts}"),
            5 => format!("do = \"move-volume\"\nvolume = \"CSV{volume}\"\nto = \"{node}\"\n"),
            6 => format!("do = \"migrate\"\nvm = \"web{vm}\"\nto = \"{node}\"\n"),
            7 => "do = \"balance-volumes\"\n".to_owned(),
            8 => "do = \"update\"\ninstall = \"2 min\"\nrestart = \"3 min\"\n".to_owned(),
            _ => format!("do = \"redirect\"\nvolume = \"CSV{volume}\"\n{lasts}"),
        };
        format!("[[events]]\n{at}{what}")
    })
}

const MACHINES: &str = r#"
[vms.web]
count = 6
node = "HV"
memory = "8 GB"
anti-affinity = ["web"]
disks.d = { volume = "CSV" }
[workloads.web]
vm = "web"
disk = "d"
block = "8 KiB"
read = "70 %"
rate = "50 IOPS"
working-set = "10 GB"
"#;

/// Time goes on without gaps, to the end, and nothing negative is in it.
fn sound(timeline: &Timeline) {
    let mut at = csvnet::schedule::Moment::START;
    for epoch in &timeline.epochs {
        assert_eq!(epoch.from, at);
        assert!(epoch.to > epoch.from);
        at = epoch.to;
        for port in &epoch.figures(timeline).ports {
            assert!((0.0..=1.0 + 1e-9).contains(&port.utilisation), "{port:?}");
        }
        assert!(epoch.waiting() >= 0.0 && epoch.waiting().is_finite());
    }
    assert_eq!(at, timeline.plan.end);
    assert!(timeline.log.windows(2).all(|pair| pair[0].at <= pair[1].at));
    let lasted: f64 = timeline.lasted_s.iter().sum();
    assert!((lasted - timeline.plan.end.secs()).abs() < 1e-6);
    for (vm, causes) in &timeline.exposure {
        for of in causes.values() {
            assert!(of.seconds <= timeline.plan.end.secs() && of.bytes >= 0.0, "{vm:?} {of:?}");
        }
    }
    for moved in &timeline.moves {
        assert!(moved.ended > moved.began && moved.from != moved.to && moved.passes <= 5);
        // A machine is sent once at least, and in five passes five times at most.
        assert!(moved.bytes >= 8e9 && moved.bytes <= 6.0 * 8e9, "{moved:?}");
    }
}

/// Machines run on nodes that are there, volumes in use are owned by such nodes, and a node that
/// says it is drained holds neither until it is resumed or fails.
fn placed(timeline: &Timeline) {
    for epoch in &timeline.epochs {
        let places = epoch.places(timeline);
        assert!(places.homes.iter().flatten().all(|home| !places.gone.contains(home)));
        for (owner, offline) in places.owners.iter().zip(&places.offline) {
            assert!(*offline || !places.gone.contains(owner), "{places:?}");
        }
        for node in drained_at(timeline, epoch) {
            let node = csvnet::topology::NodeId::from_index(node);
            assert!(!places.homes.contains(&Some(node)), "{}: {places:?}", epoch.from);
            assert!(!places.owners.contains(&node), "{}: {places:?}", epoch.from);
        }
    }
}

/// Numbers of the nodes whose last word before the end of an epoch is that they are drained.
fn drained_at(timeline: &Timeline, epoch: &csvnet::timeline::Epoch) -> Vec<usize> {
    let mut drained = [false; 3];
    for entry in &timeline.log[..epoch.entries] {
        for (k, drained) in drained.iter_mut().enumerate() {
            let name = format!("HV{}", k + 1);
            if entry.subject == name && entry.text == "it is drained" {
                *drained = true;
            } else if entry.subject == name || entry.text.contains(&name) {
                *drained = false;
            }
        }
    }
    (0..3).filter(|k| drained[*k]).collect()
}

/// What is asked for is served, waits, or was never asked because its machine was off.
fn conserved(timeline: &Timeline) {
    let served: f64 = timeline
        .figures
        .iter()
        .zip(&timeline.lasted_s)
        .flat_map(|(of, s)| of.loads.iter().map(move |load| load.iops * s))
        .sum();
    let off: f64 = timeline.unavailable.values().map(|spent| spent.off_s).sum();
    let asked = 50.0 * (6.0 * timeline.plan.end.secs() - off);
    let waiting = asked - served;
    // What waits at the very end is known but for the last epoch.
    let last = timeline.epochs.last().expect("a timeline has epochs");
    let most = last.waiting() + 300.0 * last.to.secs_since(last.from);
    assert!(waiting >= -1e-3 * asked && waiting <= most + 1e-3 * asked, "{waiting} of {asked}");
}

/// Volumes that no other node can own stay, and the node does not say that it is drained.
#[test]
fn volumes_that_must_stay_are_told_with_the_drain() {
    let at = |what: &str| format!("[[events]]\nat = \"1 min\"\n{what}\n");
    let events = [
        "do = \"fail\"\nnode = \"HV1\"",
        "do = \"fail\"\nnode = \"HV2\"\nstorage = \"array\"",
        "do = \"update\"\ninstall = \"2 min\"\nrestart = \"3 min\"",
    ];
    let events: String = events.into_iter().map(at).collect();
    let timeline = followed(&scenario(&[BASE, MACHINES, &events]));
    super::entry(&timeline, "it is drained but for 3 volumes, which could not be moved");
    placed(&timeline);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_timelines_are_sound(events in prop::collection::vec(event(), 0..9)) {
        let text = events.concat();
        let scenario = scenario(&[BASE, MACHINES, &text]);
        let timeline = followed(&scenario);
        sound(&timeline);
        placed(&timeline);
        conserved(&timeline);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Two machines of one class meet only while fewer than three nodes take part.
    #[test]
    fn anti_affinity_is_kept_while_there_are_nodes_enough(
        drains in prop::collection::vec((1_usize..4, 1_u32..300, 5_u32..40), 0..4),
    ) {
        let drain = |(node, minutes, lasts): &(usize, u32, u32)| format!(
            "[[events]]\nat = \"{minutes} min\"\ndo = \"drain\"\nnode = \"HV{node}\"\n\
             for = \"{lasts} min\"\n"
        );
        let events: String = drains.iter().map(drain).collect();
        let machines = MACHINES.replace("count = 6", "count = 3");
        let timeline = followed(&scenario(&[BASE, &machines, &events]));
        for epoch in &timeline.epochs {
            let mut homes: Vec<_> = epoch.places(&timeline).homes.iter().flatten().collect();
            let all = homes.len();
            homes.sort_unstable();
            homes.dedup();
            // Two on one node wait for a node that is drained, or are on their way back.
            let busy = drains.iter().any(|(_, minutes, lasts)| {
                let (from, to) = (60.0 * f64::from(*minutes), 60.0 * f64::from(minutes + lasts));
                epoch.to.secs() > from && epoch.from.secs() < to + 60.0
            });
            prop_assert!(homes.len() == all || busy, "{}", epoch.from);
        }
    }

    /// A node is empty once it says so.
    #[test]
    fn a_drained_node_is_empty(node in 1_usize..4, minutes in 1_u32..200) {
        let text = format!(
            "[[events]]\nat = \"{minutes} min\"\ndo = \"drain\"\nnode = \"HV{node}\"\n"
        );
        let scenario = scenario(&[BASE, MACHINES, &text]);
        let timeline = followed(&scenario);
        let drained = timeline.log.iter().find(|entry| entry.text == "it is drained").expect("it ends");
        let left = timeline.moves.iter().filter(|moved| moved.from.index() == node - 1).count();
        prop_assert_eq!(left, 2);
        for moved in &timeline.moves {
            prop_assert!(moved.ended <= drained.at && moved.to.index() != node - 1);
        }
    }
}
