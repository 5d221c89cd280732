//! The findings of the field report, as words, held against the lab of the examples.

use std::path::Path;
use std::sync::OnceLock;

use csvnet::app::{Hooks, Options, run};
use csvnet::report::{PortRow, Report, VariantReport};

fn example(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn run_example(name: &str, replications: u64, set: &[(&str, &str)]) -> Report {
    let set = set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    let options = Options { replications: Some(replications), set, ..Options::default() };
    run(&example(name), &options, &Hooks::silent()).unwrap_or_else(|error| panic!("{error}"))
}

fn lab() -> &'static Report {
    static LAB: OnceLock<Report> = OnceLock::new();
    LAB.get_or_init(|| {
        let set = [("run.duration", "500 ms"), ("run.warm-up", "200 ms")];
        run_example("shared-vhdx-lab.toml", 2, &set)
    })
}

fn trace() -> &'static Report {
    static TRACE: OnceLock<Report> = OnceLock::new();
    TRACE.get_or_init(|| run_example("device-trace.toml", 2, &[]))
}

fn variant<'a>(report: &'a Report, name: &str) -> &'a VariantReport {
    let found = report.variants.iter().find(|v| v.name == name);
    found.unwrap_or_else(|| panic!("there is no variant `{name}`"))
}

fn iops(name: &str) -> f64 {
    variant(lab(), name).workloads[0].iops.value
}

fn latency_s(name: &str) -> f64 {
    variant(lab(), name).workloads[0].latency_mean.value
}

fn bytes_per_s(name: &str) -> f64 {
    variant(lab(), name).workloads[0].throughput.value
}

/// Share of the cores of a node that I/O uses.
fn cpu(name: &str, node: &str) -> f64 {
    let cpus = &variant(lab(), name).cpus;
    cpus.iter().find(|c| c.node == node).map_or(0.0, |c| c.utilisation.value)
}

/// Core seconds of both nodes an I/O.
fn cpu_s_per_io(name: &str) -> f64 {
    let cpus = &variant(lab(), name).cpus;
    let cores: f64 = cpus.iter().map(|c| f64::from(c.cores) * c.utilisation.value).sum();
    cores / iops(name)
}

fn busiest(name: &str) -> &'static PortRow {
    let ports = variant(lab(), name).ports.iter();
    ports.max_by(|a, b| a.wire.value.total_cmp(&b.wire.value)).expect("the lab has ports")
}

#[test]
fn nothing_is_redirected_on_the_owner_and_something_off_it() {
    for v in &lab().variants {
        let wire: f64 = v.ports.iter().map(|port| port.wire.value).sum();
        let mode = &v.disks.iter().find(|d| d.disk == "FS1/data").unwrap().mode;
        if v.name.ends_with("on the owner") {
            // Nothing but the passive node's reservations: one a second, below 1 kB at each port.
            assert!(wire < 4e3, "{}: {wire}", v.name);
            assert_eq!(mode, "local at the owner", "{}", v.name);
        } else {
            assert!(wire > v.workloads[0].throughput.value, "{}: {wire}", v.name);
            assert_eq!(mode, "redirected per file (shared disk)", "{}", v.name);
        }
        // What makes it hard to find: the volume says that all is well.
        assert!(v.volumes.iter().all(|row| row.state == "Direct"), "{}", v.name);
    }
}

#[test]
fn a_team_sends_nothing_over_rdma() {
    for (name, transport) in [
        ("100 MB, off, SMB Direct", "SMB Direct (RoCE v2)"),
        ("100 MB, off, LACP 9000", "TCP (RSS)"),
        ("copies, off, LACP 9000", "TCP (RSS)"),
    ] {
        let disks = &variant(lab(), name).disks;
        let disk = disks.iter().find(|d| d.disk == "FS1/data").unwrap();
        assert_eq!(disk.transport.as_deref(), Some(transport), "{name}");
    }
}

#[test]
fn smb_direct_beats_the_team_in_latency_and_in_cpu() {
    for size in ["100 MB", "30 GB"] {
        let (direct, team) =
            (format!("{size}, off, SMB Direct"), format!("{size}, off, LACP 9000"));
        assert!(latency_s(&direct) < latency_s(&team), "{size}");
        assert!(cpu_s_per_io(&direct) < cpu_s_per_io(&team), "{size}");
    }
}

#[test]
fn jumbo_frames_beat_standard_ones_on_the_team() {
    let (jumbo, standard) = ("100 MB, off, LACP 9000", "100 MB, off, LACP 1500");
    let (a, b) = (bytes_per_s(jumbo), bytes_per_s(standard));
    assert!(a > b, "throughput {a} and {b}");
    let (a, b) = (cpu_s_per_io(jumbo), cpu_s_per_io(standard));
    assert!(a < b, "CPU an I/O {a} and {b}");
}

#[test]
fn on_the_owner_copies_are_somewhat_faster_at_little_difference_in_cpu() {
    let (on, off) = ("copies, on the owner", "copies, off, SMB Direct");
    let gain = bytes_per_s(on) / bytes_per_s(off);
    assert!((1.0..=1.35).contains(&gain), "{gain}");
    for node in ["HV1", "HV2"] {
        let points = 100.0 * (cpu(off, node) - cpu(on, node)).abs();
        assert!(points < 5.0, "{node}: {points} points");
    }
}

#[test]
fn a_file_that_fits_the_cache_is_another_world() {
    for way in ["on the owner", "off, SMB Direct", "off, LACP 9000"] {
        let (small, large) = (format!("100 MB, {way}"), format!("30 GB, {way}"));
        assert!(iops(&small) > 2.0 * iops(&large), "{way}: {} {}", iops(&small), iops(&large));
        let (fast, slow) = (latency_s(&small), latency_s(&large));
        assert!(slow > 2.0 * fast, "{way}: {fast} {slow}");
    }
}

#[test]
fn the_load_seen_on_the_team_is_within_the_prediction() {
    let port = busiest("copies, off, LACP 9000");
    let [low, high] = port.wire.prediction.unwrap().map(|bytes| 8.0 * bytes / 1e9);
    assert!(low <= 6.5 && 6.5 <= high, "6.5 Gb/s were seen, predicted {low} to {high}");
}

#[test]
fn a_device_fitted_on_one_half_predicts_the_other() {
    let replay = &variant(trace(), "on the owner").replays[0];
    assert!(replay.fitted_on.as_deref().unwrap().starts_with("first half"));
    let mut checked = 0;
    for q in &replay.quantiles {
        let allowed = match q.quantile {
            q if (0.5..=0.95).contains(&q) => 0.10,
            q if q > 0.998 => 0.20,
            _ => continue,
        };
        assert!(q.error.abs() <= allowed, "{}: {:+.1} %", q.quantile, 100.0 * q.error);
        checked += 1;
    }
    assert_eq!(checked, 5, "p50, p75, p90, p95 and p99.9");
}

/// Reads and writes, and other operations, of the second half of the arrivals of the trace.
fn second_half() -> (u64, u64) {
    let text = std::fs::read_to_string(example("traces/ycsb_a_rocksdb_optane.csv"));
    let text = text.expect("the trace comes with the crate");
    let operations: Vec<&str> =
        text.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    let half = &operations[operations.len() / 2..];
    let moving = half.iter().filter(|op| matches!(**op, "R" | "W")).count() as u64;
    (moving, half.len() as u64 - moving)
}

#[test]
fn operations_without_data_are_left_out_and_counted() {
    let replay = &variant(trace(), "on the owner").replays[0];
    let (moving, others) = second_half();
    assert!(others > 0);
    // The halves may be cut one operation apart.
    assert!(replay.ios.abs_diff(moving) <= 2, "{} and {moving}", replay.ios);
    assert!(replay.left_out.abs_diff(others) <= 2, "{} and {others}", replay.left_out);
}

#[test]
fn every_second_of_the_trace_is_seen_on_the_network() {
    let v = variant(trace(), "off the owner, redirected");
    let rx: Vec<usize> = (0..v.ports.len())
        .filter(|&i| v.ports[i].node == "HV1" && v.ports[i].direction == "rx")
        .collect();
    assert_eq!(rx.len(), 2);
    let (mut guest, mut wire) = (0.0, 0.0);
    for second in &v.seconds {
        let on_wire: f64 = rx.iter().map(|&i| second.wire_bytes[i]).sum();
        if second.guest_bytes > 0.0 {
            assert!(on_wire > 0.0, "second {}", second.at_s);
        }
        guest += second.guest_bytes;
        wire += on_wire;
    }
    // Nearly every I/O is a write; headers and frames of RoCE at 4096 bytes cost some 2 %, at 1024
    // bytes some 8 %.
    assert!((1.0..=1.1).contains(&(wire / guest)), "{}", wire / guest);
    for (i, port) in v.ports.iter().enumerate() {
        let sum: f64 = v.seconds.iter().map(|second| second.wire_bytes[i]).sum();
        let total = port.wire.value * v.measured_s;
        let most = sum.max(total).max(1.0);
        assert!((sum - total).abs() <= 1e-6 * most, "{} {}: {sum} {total}", port.node, port.nic);
    }
}
