//! States in which more is asked for than can be carried.

use csvnet::app::{Hooks, gate, headroom};
use csvnet::report::Verdict;

use super::{TWO, file, reader, with};

#[test]
fn a_percentile_ends_the_room_where_a_queue_grows_without_limit() {
    // 9000 x 64 KiB and headers are 4.8 Gbit/s of the 10 of the port: twice as much is too much.
    let it = file(&[TWO, &reader("a", 9000)]);
    for limit in ["p99 latency <= 5 ms", "mean latency <= 5 ms"] {
        let options = with(&[("limits", &format!("[\"{limit}\"]"))]);
        let report = headroom(&it.path, false, &options, &Hooks::silent()).unwrap();
        let times = report.rows[0].times.expect("something binds");
        assert!(times > 1.5 && times < 2.11, "{limit}: {times}");
    }
}

#[test]
fn a_failure_that_saturates_is_the_first_to_be_looked_at() {
    let two = TWO.replace("nics.p = {", "nics.p = { count = 2,");
    // 11.5 Gbit/s and headers over two ports of 10, and over one.
    let it = file(&[&two, &reader("a", 22_000)]);
    let options = with(&[("limits", "[\"p99 latency <= 5 ms\"]")]);
    let whole = gate(&it.path, false, &options, &Hooks::silent()).unwrap();
    assert_eq!(whole.verdict, Verdict::Meets, "{}", whole.line);
    let after = gate(&it.path, true, &options, &Hooks::silent()).unwrap();
    assert_ne!(after.verdict, Verdict::Meets, "{}", after.line);
    assert!(after.line.contains("without port"), "{}", after.line);
}
