//! Loads that come and go, and their bytes.

use super::{BASE, followed, scenario};

#[test]
fn a_curve_makes_the_day() {
    let more = r#"
[curves.day]
hours = { "00:00" = "20 %", "02:00" = "100 %", "04:00" = "50 %" }
[vms.a]
node = "HV1"
disks.d = { volume = "CSV2" }
[workloads.a]
vm = "a"
disk = "d"
curve = "day"
block = "64 KiB"
read = "100 %"
rate = "1000 IOPS"
working-set = "10 GB"
"#;
    let timeline = followed(&scenario(&[BASE, more]));
    let rates: Vec<f64> = timeline
        .epochs
        .iter()
        .map(|epoch| epoch.figures(&timeline).redirected_bytes_per_s() / 65_536.0)
        .collect();
    assert_eq!(timeline.epochs.len(), 3);
    for (rate, expected) in rates.iter().zip([200.0, 1000.0, 500.0]) {
        assert!((rate - expected).abs() < 1e-3 * expected, "{rates:?}");
    }
}

/// A backup of a stated amount ends when its bytes are read, at the rate it finds.
#[test]
fn an_amount_is_read_to_the_byte() {
    let more = r#"
[vms.a]
count = 2
node = ["HV1", "HV3"]
disks.d = { volume = "CSV2" }
[workloads.idle]
vm = "a"
disk = "d"
block = "4 KiB"
read = "100 %"
rate = "1 IOPS"
working-set = "1 GB"
[workloads.backup]
vm = "a"
disk = "d"
when = { at = "1 h", amount = "90 GB", stagger = "2 min" }
block = "1 MiB"
read = "100 %"
access = "sequential"
outstanding = 4
working-set = "90 GB"
[backups.host]
volume = "CSV3"
node = "HV1"
when = { at = "4 h", amount = "36 GB" }
rate = "100 MB/s"
"#;
    let scenario = scenario(&[BASE, more]);
    let timeline = followed(&scenario);
    let read: f64 = timeline
        .figures
        .iter()
        .zip(&timeline.lasted_s)
        .flat_map(|(of, s)| of.loads.iter().map(move |load| (load, s)))
        .filter(|(load, _)| scenario.workloads[load.part.workload].name == "backup")
        .map(|(load, s)| load.bytes_per_s * s)
        .sum();
    assert!((read / 180e9 - 1.0).abs() < 1e-4, "{read}");
    // 36 GB at 100 MB/s are 360 s, from four hours on.
    let running: Vec<(f64, f64)> = timeline
        .epochs
        .iter()
        .filter(|epoch| {
            epoch.figures(&timeline).beside.get("backup host").is_some_and(|r| *r > 0.0)
        })
        .map(|epoch| (epoch.from.secs(), epoch.to.secs()))
        .collect();
    let (from, to) = (running[0].0, running.last().unwrap().1);
    assert_eq!(from, 4.0 * 3600.0);
    assert!((to - from - 360.0).abs() < 4.0, "{} s", to - from);
}

#[test]
fn staggered_machines_start_one_after_the_other() {
    let more = r#"
[vms.vdi]
count = 4
node = "HV1"
disks.d = { volume = "CSV2" }
[workloads.boot]
vm = "vdi"
disk = "d"
when = { cron = "0 2 * * *", for = "3 min", stagger = "1 min" }
block = "16 KiB"
read = "90 %"
rate = "500 IOPS"
working-set = "10 GB"
"#;
    let timeline = followed(&scenario(&[BASE, more]));
    let booting: Vec<(f64, usize)> = timeline
        .epochs
        .iter()
        .map(|epoch| {
            let disks = epoch.figures(&timeline).loads.iter().map(|load| load.part.disks.len());
            (epoch.from.secs() / 60.0, disks.sum())
        })
        .collect();
    let expected = [
        (0.0, 0),
        (120.0, 1),
        (121.0, 2),
        (122.0, 3),
        (123.0, 3),
        (124.0, 2),
        (125.0, 1),
        (126.0, 0),
    ];
    assert_eq!(booting, expected);
}

/// Simulated and solved epochs tell the same story where nothing is near its limit.
#[test]
fn simulation_and_solution_agree_and_threads_change_nothing() {
    let more = r#"
[vms.a]
count = 4
node = "HV1"
disks.d = { volume = "CSV2" }
[workloads.a]
vm = "a"
disk = "d"
block = "64 KiB"
read = "100 %"
rate = "500 IOPS"
working-set = "10 GB"
[[events]]
at = "3 h"
do = "move-volume"
volume = "CSV2"
to = "HV1"
"#;
    let base = BASE.replace("\"fast\"", "\"simulate\"");
    let scenario = scenario(&[&base, more]);
    let parameters = scenario.parameters.clone().freeze();
    let run = |threads| {
        let settings = csvnet::timeline::Settings { threads: Some(threads), ..Default::default() };
        csvnet::timeline::follow(&scenario, &parameters, settings, &|| false, &|_, _| {})
            .unwrap()
            .unwrap()
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one.figures, three.figures);
    let fast = followed(&super::scenario(&[BASE, more]));
    assert_eq!(fast.epochs.len(), one.epochs.len());
    for (simulated, solved) in one.epochs.iter().zip(&fast.epochs) {
        let (s, f) = (simulated.figures(&one), solved.figures(&fast));
        for (s, f) in s.loads.iter().zip(&f.loads).filter(|(s, _)| s.iops > 0.0) {
            assert!(
                (s.iops / f.iops - 1.0).abs() < 0.05,
                "{} and {} I/Os a second",
                s.iops,
                f.iops
            );
            let off = s.latency_s.mean / f.latency_s.mean - 1.0;
            assert!(off.abs() < 0.15, "{} and {} s", s.latency_s.mean, f.latency_s.mean);
        }
    }
}
