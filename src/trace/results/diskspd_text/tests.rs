//! Real outputs, whole, cut and damaged, and small ones written for what they lack.

use proptest::prelude::*;

use super::super::{Flows, Load, Measured, corpus};
use super::*;

const READ_WRITE: &str = "diskspd/DiskSpdExample-ReadWrite.txt";
const WRITE_ONLY: &str = "diskspd/DiskSpdExample-WriteOnly.txt";
const GROUPS: &str = "diskspd/DiskSpdExample-WriteOnly-v2.2.0.txt";
const SINGLE: &str = "diskspd/DiskSpdExample-WriteOnly-v2.2.0-SingleGroup.txt";
const SOCKETS: &str = "diskspd/DiskSpdExample-WriteOnly-v2.2.0-MultiSocketSingleGroup.txt";
const ALL: [&str; 5] = [READ_WRITE, WRITE_ONLY, GROUPS, SINGLE, SOCKETS];

fn one(path: &str) -> TestResult {
    let results = read(path, corpus::file(path).as_slice()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(results.len(), 1);
    results.into_iter().next().unwrap()
}

fn near(value: Option<f64>, expected: f64) {
    let value = value.unwrap();
    assert!((value - expected).abs() <= 1e-9 * expected, "{value} is not {expected}");
}

fn told(text: &str) -> String {
    read("d.txt", text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn reads_and_writes_of_version_2_0() {
    let result = one(READ_WRITE);
    assert_eq!(result.host.as_deref(), Some("QuickTest2"));
    assert_eq!(result.started.as_deref(), Some("2021/04/16 19:03:38 UTC"));
    assert_eq!(result.duration_s, Some(30.01));
    let load = Load {
        block_bytes: Some(4096),
        threads: Some(1),
        outstanding: Some(1),
        read_pct: Some(70.0),
        random_pct: Some(100.0),
    };
    assert_eq!((result.load, result.targets[0].load), (load, load));
    assert_eq!(result.target_names().as_deref(), Some("diskspd.dat"));
    let Flows { total, read, write } = &result.flows;
    assert_eq!((total.ios, total.bytes), (Some(35_686), Some(146_169_856)));
    assert_eq!((total.iops, read.iops, write.iops), (Some(1189.03), Some(834.98), Some(354.05)));
    // 4096 bytes each: 4.64, 3.26 and 1.38 MiB/s as printed.
    near(total.bytes_per_s, 1189.03 * 4096.0);
    near(read.bytes_per_s, 834.98 * 4096.0);
    near(total.latency.mean_s, 0.840e-3);
    near(read.latency.mean_s, 0.272e-3);
    near(write.latency.mean_s, 2.179e-3);
    near(write.latency.deviation_s, 1.037e-3);
    near(read.latency.at(0.0), 0.036e-3);
    near(read.latency.at(99.0), 0.877e-3);
    near(write.latency.at(50.0), 1.833e-3);
    near(total.latency.at(99.9), 7.432e-3);
    near(total.latency.at(99.99), 10.489e-3);
    near(write.latency.at(100.0), 35.257e-3);
    assert_eq!(total.latency.percentiles.len(), 15);
    assert_eq!(result.cpu.average_pct, Some(0.82));
    assert_eq!((result.cpu.parts.len(), result.cpu.parts[0].processors), (1, 4));
    near(Some(result.cpu.parts[0].average_pct), (3.02 + 0.05 + 0.05 + 0.16) / 4.0);
    assert!(result.notes.is_empty());
}

#[test]
fn a_test_of_many_threads() {
    let result = one(WRITE_ONLY);
    assert!(result.command_line.as_deref().unwrap().ends_with("-Rtext D:\\\\diskspd-test.dat"));
    assert_eq!((result.load.threads, result.load.outstanding), (Some(32), Some(512)));
    assert_eq!((result.load.block_bytes, result.load.read_pct), (Some(8192), Some(0.0)));
    let Flows { total, read, write } = &result.flows;
    assert_eq!((write.ios, write.iops), (Some(68_813_396), Some(76_458.71)));
    assert_eq!((read.ios, read.iops, read.bytes_per_s), (Some(0), Some(0.0), Some(0.0)));
    assert_eq!(read.latency, super::super::Latency::default(), "nothing was read");
    near(total.latency.mean_s, 6.696e-3);
    near(write.latency.at(90.0), 41.609e-3);
    assert_eq!(result.cpu.average_pct, Some(6.15));
    assert_eq!(result.cpu.parts[0].processors, 16);
}

#[test]
fn processors_of_several_sockets_nodes_and_groups() {
    let result = one(GROUPS);
    assert_eq!(result.host.as_deref(), Some("SCHIELC41ABD017"));
    assert_eq!((result.load.threads, result.load.outstanding), (Some(160), Some(480)));
    assert_eq!(result.flows.write.iops, Some(2_242_082.85));
    near(result.flows.total.latency.at(99.99999), 2.247_379);
    assert_eq!(result.cpu.average_pct, Some(98.59));
    let part = result.cpu.parts[0];
    assert_eq!((part.socket, part.node, part.group), (Some(0), Some(0), Some(0)));
    near(Some(part.average_pct), (98.74 + 98.69 + 99.98 + 100.0) / 4.0);

    let result = one(SOCKETS);
    let part = result.cpu.parts[0];
    assert_eq!((part.socket, part.node, part.group), (Some(0), Some(0), None));
    assert_eq!((part.processors, result.cpu.average_pct), (6, Some(0.09)));
    // It has no parameters, only the command line, and its percentiles do not rise.
    assert_eq!((result.load.outstanding, result.load.threads), (None, Some(4)));
    assert_eq!(result.load.block_bytes, Some(4096), "69226496 bytes in 16901 requests");
    assert_eq!(result.target_names().as_deref(), Some("C:\\dskspd\\testfile.dat"));
    assert_eq!(result.flows.total.iops, Some(3374.97));
    assert_eq!(result.notes.len(), 1, "the 25th percentile is above the 50th");

    let result = one(SINGLE);
    let part = result.cpu.parts[0];
    assert_eq!((part.socket, part.node, part.group), (None, None, None));
    assert_eq!((result.load.block_bytes, result.load.outstanding), (Some(4096), Some(64)));
    near(result.flows.write.latency.mean_s, 125.8e-3);
}

#[test]
fn the_encodings_of_windows_are_read() {
    let crlf = String::from_utf8(corpus::file(SINGLE)).unwrap().replace('\n', "\r\n");
    for bytes in [corpus::utf16(&corpus::file(SINGLE)), crlf.into_bytes()] {
        let results = read("d", bytes.as_slice()).unwrap();
        assert_eq!(results, [one(SINGLE)]);
    }
}

#[test]
fn several_outputs_follow_each_other() {
    let mut bytes = corpus::file(SINGLE);
    bytes.extend(corpus::file(GROUPS));
    let results = read("d", bytes.as_slice()).unwrap();
    assert_eq!(results, [one(SINGLE), one(GROUPS)]);
}

/// Two targets, a pool of threads with one queue, no percentiles of one's own.
const POOL: &str = "\
Input parameters:

	timespan:   1
	-------------
	duration: 5s
	thread pool with 2 threads
	number of outstanding I/O operations per thread: 8
	path: 'a'
		performing read test
		block size: 4KiB
		using random I/O (alignment: 4KiB)
		relative IO weight in thread pool: 1
	path: 'b|c'
		performing read test
		block size: 5.86KiB
		using mixed random/sequential I/O (50% random) (alignment/stride: 4KiB)

Results for timespan 1:
*****

actual test time:	5.00s
thread count:		2
request count:		8

Total IO
thread |  bytes | I/Os | MiB/s | I/O per s |  file
-----
     0 |  40960 |   10 |  0.01 |      2.00 | a (1GiB)
     0 |  60000 |   10 |  0.01 |      2.00 | b|c (1GiB)
     1 |  40960 |   10 |  0.01 |      2.00 | a (1GiB)
-----
total:   141920 |   30 |  0.03 |      6.00

Read IO
thread |  bytes | I/Os | MiB/s | I/O per s |  file
     0 |  40960 |   10 |  0.01 |      2.00 | a (1GiB)
     0 |  60000 |   10 |  0.01 |      2.00 | b|c (1GiB)
     1 |  40960 |   10 |  0.01 |      2.00 | a (1GiB)
total:   141920 |   30 |  0.03 |      6.00

Write IO
thread |  bytes | I/Os | MiB/s | I/O per s |  file
     0 |      0 |    0 |  0.00 |      0.00 | a (1GiB)
total:        0 |    0 |  0.00 |      0.00
";

#[test]
fn targets_that_share_threads_and_a_queue() {
    let results = read("d", POOL.as_bytes()).unwrap();
    let result = &results[0];
    assert_eq!((result.load.threads, result.load.outstanding), (Some(2), Some(16)));
    assert_eq!(result.load.block_bytes, None, "they differ");
    assert_eq!(result.load.read_pct, Some(100.0));
    let [a, b] = result.targets.as_slice() else { panic!("{result:?}") };
    assert_eq!((a.flows.total.ios, a.flows.read.iops), (Some(20), Some(4.0)));
    assert_eq!((a.load.outstanding, a.load.random_pct), (None, Some(100.0)));
    assert_eq!((b.path.as_deref(), b.flows.total.bytes), (Some("b|c"), Some(60_000)));
    assert_eq!((b.load.block_bytes, b.load.random_pct), (None, Some(50.0)));
    assert_eq!(result.flows.total.latency.mean_s, None, "it was not measured");
}

#[test]
fn what_is_wrong_is_told_with_line_and_column() {
    let wrong = POOL
        .replace("total:   141920 |   30", "total:   141920 |   -3")
        .replace("     1 |  40960 |   10", "     1 |  40960 |   1,0")
        .replace("duration: 5s", "duration: fives");
    let faults = told(&wrong);
    assert_eq!(faults.lines().count(), 4, "{faults}");
    assert!(faults.starts_with("d.txt, line 30, column 3 (I/Os): 1,0 has a comma where"));
    assert!(faults.contains("d.txt, line 32, column 3 (I/Os): -3 is negative"));
    let no_column = told(&POOL.replace("I/O per s", "IO/s"));
    assert!(no_column.contains("line 26: there is no column I/O per s"), "{no_column}");
    let short = told(
        &POOL.replace("     1 |  40960 |   10 |  0.01 |      2.00 | a (1GiB)\n", "     1 |\n"),
    );
    assert!(short.contains("line 30: the row has 2 of 6 fields"), "{short}");
    let interrupted = "Results for timespan 1:\n\
                       The test was interrupted before the measurements began. No results\n";
    assert!(told(interrupted).contains("line 2: the test was interrupted"));
    assert!(told("").contains("there are no results of a time span"));
    assert!(told("some text\n").contains("there are no results of a time span"));
    assert!(told("Results for timespan x:\n").contains("\"x\" is not a number"));
}

#[test]
fn a_cut_file_is_told_wherever_it_is_cut() {
    for path in ALL {
        let whole = corpus::file(path);
        let end = whole.iter().rposition(|byte| !byte.is_ascii_whitespace()).unwrap();
        for length in (0..=end).step_by(7).chain([end, end - 1]) {
            let cut = &whole[..length];
            assert!(read("d", cut).is_err(), "{path} cut at {length} of {}", whole.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn damaged_results_never_panic(damages in corpus::damages(), which in 0..ALL.len()) {
        match read("d", corpus::damaged(&corpus::file(ALL[which]), &damages).as_slice()) {
            Ok(results) => prop_assert!(corpus::sound(&Measured::Tests(results))),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read("d", bytes.as_slice()).is_err());
    }
}
