//! What a port carries in its worst five minutes, by what it is for.

use super::{ASTRAY, BASE, followed, scenario};

#[test]
fn shares_are_of_what_the_port_itself_carries() {
    // HV1 receives 100 reads of 64 KiB a second of CSV2 and a backup of CSV2 at 10 MB/s. A backup of
    // CSV1, which it owns, leaves it: of that it receives the requests only.
    let backups = r#"
[backups.in]
volume = "CSV2"
node = "HV1"
rate = "10 MB/s"
block = "64 KiB"
[backups.out]
volume = "CSV1"
node = "HV3"
rate = "10 MB/s"
block = "64 KiB"
"#;
    let timeline = followed(&scenario(&[BASE, ASTRAY, backups]));
    let worst = timeline.worst.expect("the worst five minutes");
    assert_eq!(worst.port, "HV1/p/rx");
    let share = |name: &str| worst.by.iter().find(|(of, _)| of.contains(name)).map(|(_, s)| *s);
    let reads = 100.0 * 65_536.0;
    let (within, all) = (share("backup in").unwrap(), reads + 10e6);
    assert!((within - 10e6 / all).abs() < 0.01, "{:?}", worst.by);
    assert!((share("redirected").unwrap() - reads / all).abs() < 0.01, "{:?}", worst.by);
    let out = share("backup out").unwrap();
    assert!(out > 0.0 && out < 0.01, "{:?}", worst.by);
    let sum: f64 = worst.by.iter().map(|(_, share)| share).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
}
