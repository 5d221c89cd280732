//! Counters by hand.

use super::log::timestamp;
use super::*;

const S: u64 = 1_000_000_000_000;

#[test]
fn every_measure_by_hand() {
    // Four reads of 8 KiB and 1 ms each, one write of 64 KiB and 6 ms, in two seconds.
    let mut sums = Sums::default();
    sums.read(4, 4 * 8192, 4_000_000_000);
    sums.write(1, 65_536, 6_000_000_000);
    let value = |what: What, side| what.value(side, &sums, 9, 2 * S).unwrap();
    for (what, read, write, both) in [
        (What::Count, 9.0, 9.0, 9.0),
        (What::Rate, 2.0, 0.5, 2.5),
        (What::BytesRate, 16_384.0, 32_768.0, 49_152.0),
        (What::BytesEach, 8192.0, 65_536.0, 98_304.0 / 5.0),
        (What::SecondsEach, 1e-3, 6e-3, 2e-3),
        (What::Queue, 2e-3, 3e-3, 5e-3),
        (What::Percent, 0.2, 0.3, 0.5),
    ] {
        for (side, expected) in [(Side::Read, read), (Side::Write, write), (Side::Both, both)] {
            let got = value(what, side);
            assert!((got - expected).abs() < 1e-12 * expected, "{what:?} {side:?}: {got}");
        }
    }
    // What needs two samples has none at the first; what never came is none on average.
    assert_eq!(What::Rate.value(Side::Read, &sums, 9, 0), None);
    assert_eq!(What::Count.value(Side::Read, &sums, 0, 0), Some(0.0));
    assert_eq!(What::SecondsEach.value(Side::Read, &Sums::default(), 0, S), Some(0.0));
}

#[test]
fn sums_stop_at_their_end() {
    let mut sums = Sums::default();
    sums.read(u64::MAX, u64::MAX, u128::MAX);
    let other = sums;
    sums.merge(&other);
    assert_eq!(sums, other);
    sums.write(u64::MAX, 0, u128::MAX);
    assert_eq!(Side::Both.of(sums.count), u64::MAX);
    assert!(What::Queue.value(Side::Both, &sums, 0, 1).unwrap().is_finite());
}

#[test]
fn names_of_instances() {
    assert_eq!(sanitised("Adapter (R) #2 a/b"), "Adapter [R] _2 a_b");
    let file = file_instance("CSV1", "SQL\\data.vhdx");
    assert_eq!(file, "C--ClusterStorage-CSV1-SQL-data.vhdx");
    let one = guid("CSV1");
    assert_eq!((one.clone(), one == guid("CSV2")), (guid("csv1"), false));
    let parts: Vec<usize> = one.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert!(one.chars().all(|c| c == '-' || c.is_ascii_hexdigit()));
}

#[test]
fn time_goes_over_months_and_leap_days() {
    let day = 86_400 * S;
    for (at_ps, text) in [
        (0, "01/01/2026 00:00:00.000"),
        (S + 166_000_000_000, "01/01/2026 00:00:01.166"),
        (31 * day - 1, "01/31/2026 23:59:59.999"),
        (58 * day, "02/28/2026 00:00:00.000"),
        (59 * day, "03/01/2026 00:00:00.000"),
        (213 * day + 3_661 * S, "08/02/2026 01:01:01.000"),
    ] {
        assert_eq!(timestamp(at_ps), text);
    }
}

#[test]
fn equal_names_are_numbered_and_totals_run_on() {
    let mut sums = Sums::default();
    sums.read(3, 3, 0);
    let mut twice = Instance::new("HV1", Object::Coordinator, "CSV1");
    twice.parts.insert(Part::All, vec![sums, sums]);
    twice.levels.push(("Level", 2.5));
    let log = Log { ends_ps: vec![S, 2 * S], instances: vec![twice.clone(), twice] };
    let mut text = Vec::new();
    write_pdh(&log, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[0].contains(r#""\\HV1\Cluster CSV Coordinator(CSV1)\IO Reads""#));
    assert!(lines[0].contains(r#""\\HV1\Cluster CSV Coordinator(CSV1#1)\IO Reads""#));
    let half = r#""0"," "," ","0"," "," ","2.5""#;
    assert_eq!(lines[1], format!(r#""01/01/2026 00:00:00.000",{half},{half}"#));
    let half = r#""6","3","3","0","0","0","2.5""#;
    assert_eq!(lines[3], format!(r#""01/01/2026 00:00:02.000",{half},{half}"#));
    assert_eq!(lines[4], "");
    let values = log.values();
    assert_eq!(values[0].1, [Some(0.0), Some(3.0), Some(6.0)]);
    assert_eq!(values[1].1, [None, Some(3.0), Some(3.0)]);
}

#[test]
fn no_object_names_a_counter_twice() {
    for object in Object::ALL {
        let names: Vec<String> =
            object.counters().iter().map(|counter| counter.name.to_lowercase()).collect();
        let mut once = names.clone();
        once.sort();
        once.dedup();
        assert_eq!((once.len(), names.is_empty()), (names.len(), false), "{}", object.name());
    }
}
