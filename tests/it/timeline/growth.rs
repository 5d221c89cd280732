//! The month in which a limit is crossed.

use super::{BASE, followed, scenario};

/// 10 machines read 64 KiB at a rate over one port of 10 Gbit/s.
fn growing(growth: &str) -> String {
    let base = BASE
        .replace("horizon = \"6 h\"", "horizon = \"24 mo\"\nload-step = \"0.5 %\"")
        .replace("title = ", "limits = [\"csv port utilisation <= 60 %\"]\ntitle = ");
    base + &format!(
        r#"
[curves.all]
growth = {growth}
[vms.a]
count = 10
node = "HV1"
disks.d = {{ volume = "CSV2" }}
[workloads.a]
vm = "a"
disk = "d"
curve = "all"
block = "64 KiB"
read = "100 %"
rate = "570 IOPS"
working-set = "10 GB"
"#
    )
}

#[test]
fn the_month_of_exhaustion_follows_from_the_growth() {
    let text = growing("{ rate = \"5 %\", per = \"month\", range = [\"4 %\", \"6 %\"] }");
    let timeline = followed(&scenario(&[&text]));
    // 5700 reads of 64 KiB are 373.6 MB/s of payload; with headers some 30.3 % of the port. It is
    // full to 60 % at 1.98 times that.
    let first = timeline.epochs[0].figures(&timeline);
    let busy = first.busiest().unwrap().utilisation;
    assert!((busy / 0.3025 - 1.0).abs() < 0.02, "{busy}");
    // The first month in which (1 + rate)^n passes the limit, in steps of half a percent.
    let month = |rate: f64| {
        let n = (0.6 / busy).ln() / (1.0 + rate).ln();
        let n = n.ceil() as i32 + 10;
        format!("{:04}-{:02}", 2026 + n / 12, n % 12 + 1)
    };
    let limit = &timeline.limits[0];
    let crossing = limit.crossing.as_ref().unwrap();
    assert_eq!(crossing.month.as_deref(), Some(month(0.05).as_str()));
    // The rate is asked for from outside, so the model adds nothing to the range of the growth.
    assert_eq!(crossing.earliest.as_deref(), Some(month(0.06).as_str()));
    assert_eq!(crossing.latest.as_deref(), Some(month(0.04).as_str()));
    assert!(limit.seconds_beyond > 0.0);
}

#[test]
fn linear_growth_that_does_not_reach_the_limit_names_no_month() {
    let text = growing("{ rate = \"12 %\", per = \"year\", form = \"linear\" }");
    let timeline = followed(&scenario(&[&text]));
    let limit = &timeline.limits[0];
    assert_eq!(limit.crossing.as_ref().unwrap().month, None);
    assert_eq!(limit.seconds_beyond, 0.0);
    // 24 months of a twelfth of 12 % each.
    let (_, worst, at) = limit.worst.clone().unwrap();
    let first = timeline.epochs[0].figures(&timeline).busiest().unwrap().utilisation;
    assert!((worst / first - 1.24).abs() < 0.01, "{worst} of {first}");
    assert_eq!(timeline.plan.calendar.label(at), "Wed 2028-11-01 00:00:00");
}
