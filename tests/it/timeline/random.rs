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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_timelines_are_sound(events in prop::collection::vec(event(), 0..9)) {
        let text = events.concat();
        let scenario = scenario(&[BASE, MACHINES, &text]);
        let timeline = followed(&scenario);
        sound(&timeline);
        conserved(&timeline);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// With one machine on each of three nodes and room for all, anti-affinity is broken only while
    /// fewer nodes than machines take part, and drained nodes are empty once they say so.
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
