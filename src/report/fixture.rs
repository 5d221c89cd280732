//! A report made by hand, with something in every section.

use super::{
    AssumptionRow, CpuRow, CrossCheckRow, DiskRow, ExplainReport, ExplainVariant, Figure, Layout,
    LayoutFlow, LayoutLink, LayoutNode, LayoutStorage, LayoutVolume, LimitRow, NotBegun, PathRow,
    PortRow, PrecisionRow, ReplayQuantile, ReplayReport, Report, ResourceRow, RunInfo,
    SCHEMA_VERSION, Second, StationRow, Unit, VariantReport, Verdict, VolumeRow, WarmUpRow,
    WorkloadRow,
};

/// A figure with a sampling interval of 1 % and a prediction interval of 10 % each side.
pub(super) fn figure(value: f64, unit: Unit) -> Figure {
    let sampling = Some([value * 0.99, value * 1.01]);
    Figure { value, unit, sampling, prediction: Some([value * 0.9, value * 1.1]) }
}

fn port(node: &str, nic: &str, direction: &'static str, wire: f64) -> PortRow {
    PortRow {
        node: node.into(),
        nic: nic.into(),
        direction: direction.into(),
        csv: true,
        rate_bits_per_s: 10e9,
        payload: figure(wire / 1.05, Unit::BytesPerSecond),
        wire: figure(wire, Unit::BytesPerSecond),
        wire_highest_second: figure(wire * 1.2, Unit::BytesPerSecond),
        utilisation: figure(wire / 1.25e9, Unit::Fraction),
    }
}

fn workload(name: &str, scale: f64) -> WorkloadRow {
    WorkloadRow {
        name: name.into(),
        way: "file-system redirected".into(),
        redirected: 1.0,
        iops: figure(45_180.0 * scale, Unit::Iops),
        throughput: figure(371e6 * scale, Unit::BytesPerSecond),
        read_throughput: figure(371e6 * scale, Unit::BytesPerSecond),
        write_throughput: figure(0.0, Unit::BytesPerSecond),
        latency_mean: figure(0.001_234 / scale, Unit::Seconds),
        latency_p50: figure(0.001, Unit::Seconds),
        latency_p95: figure(0.002, Unit::Seconds),
        latency_p99: figure(0.004_5, Unit::Seconds),
        latency_p99_9: Figure {
            value: f64::NAN,
            unit: Unit::Seconds,
            sampling: None,
            prediction: Some([0.01, f64::INFINITY]),
        },
        latency_intended_mean: (scale > 1.0).then(|| figure(0.01, Unit::Seconds)),
        latency_distribution: vec![[0.5, 0.001], [0.99, 0.004_5], [0.999, 0.007]],
    }
}

fn volumes() -> Vec<VolumeRow> {
    let row = |node: &str, owner, state: &str, reason: &str| VolumeRow {
        volume: "CSV1".into(),
        node: node.into(),
        owner,
        state: state.into(),
        file_system_reason: reason.into(),
        block_reason: String::new(),
        why: "ReFS on a SAN is redirected by file system on every node".into(),
    };
    vec![
        row("N1", false, "FileSystemRedirected", "FileSystemReFs"),
        row("N2", true, "FileSystemRedirected", "FileSystemReFs"),
    ]
}

fn disks() -> Vec<DiskRow> {
    vec![DiskRow {
        disk: "web/disk0".into(),
        node: "N1".into(),
        volume: "CSV1".into(),
        owner: "N2".into(),
        mode: "file-system redirected".into(),
        reason: "The volume is ReFS and its owner is another node.".into(),
        transport: Some("SMB Direct".into()),
        evidence: "transferred".into(),
        evidence_note: "measured on NTFS".into(),
    }]
}

fn layout(bytes_per_s: Option<f64>) -> Layout {
    let node = |name: &str, machines| LayoutNode { name: name.into(), machines };
    let link = |node: &str| LayoutLink {
        node: node.into(),
        storage: "array".into(),
        resources: vec![format!("{node}/fc ")],
    };
    Layout {
        beside: vec!["backup night".into()],
        nodes: vec![node("N1", 1), node("N2", 0)],
        storages: vec![LayoutStorage { name: "array".into(), kind: "array".into() }],
        volumes: vec![LayoutVolume {
            name: "CSV1".into(),
            storage: "array".into(),
            owner: "N2".into(),
        }],
        links: vec![link("N1"), link("N2")],
        flows: vec![LayoutFlow {
            node: "N1".into(),
            volume: "CSV1".into(),
            owner: "N2".into(),
            mode: "file-system redirected".into(),
            redirected: true,
            disks: 1,
            bytes_per_s,
        }],
    }
}

fn variant(name: &str, scale: f64) -> VariantReport {
    let limit = |limit: &str, verdict| LimitRow {
        limit: limit.into(),
        bound: if limit.contains('5') { 0.005 } else { 0.004 },
        at_most: true,
        subject: "web".into(),
        figure: figure(0.0045, Unit::Seconds),
        verdict,
    };
    let second = |at: u32| Second {
        at_s: f64::from(at),
        ios: 45_000.0,
        guest_bytes: 1e6 * f64::from(at),
        wire_bytes: vec![0.0, 1.05e6 * f64::from(at), 0.0],
        workloads: Vec::new(),
    };
    VariantReport {
        name: name.into(),
        changes: if scale > 1.0 { vec!["workloads.web.queue = 64".into()] } else { Vec::new() },
        warm_up_s: 2.0,
        warm_up: WarmUpRow {
            rule: "mser5".into(),
            reliable: true,
            pilot_s: Some(0.25),
            settled_s: Some(2.0),
            delays_traces: false,
            words: "The warm-up was found in a pilot run.".into(),
        },
        measured_s: 30.0,
        replications: if scale > 1.0 { 5 } else { 4 },
        replications_asked: if scale > 1.0 { 100 } else { 4 },
        complete: true,
        precision: (scale > 1.0).then(|| PrecisionRow {
            asked: 0.02,
            reached: 0.0175,
            workload: "web".into(),
            quantity: "latency_mean".into(),
            met: true,
            replications_max: 100,
        }),
        workloads: vec![workload("web", scale)],
        traffic: Vec::new(),
        ports: vec![
            port("N1", "smb1", "tx", if scale > 1.0 { 1e6 } else { 0.0 }),
            port("N2", "smb1", "rx", 890e6),
            port("N2", "smb2", "rx", 0.0),
        ],
        cpus: vec![CpuRow {
            node: "N1".into(),
            cores: 32,
            utilisation: figure(0.12, Unit::Fraction),
        }],
        volumes: volumes(),
        disks: disks(),
        resources: vec![ResourceRow {
            resource: "N2/smb1 rx".into(),
            utilisation: Figure {
                value: 0.7123,
                unit: Unit::Fraction,
                sampling: Some([0.71, 0.715]),
                prediction: Some([0.65, 0.78]),
            },
        }],
        limits: vec![
            limit("latency_p99 <= 5 ms", Verdict::Meets),
            limit("latency_p99 <= 4 ms", Verdict::Misses),
        ],
        cross_check: vec![CrossCheckRow {
            workload: "web".into(),
            quantity: "iops".into(),
            simulated: 45_180.0,
            sampling: Some([45_000.0, 45_360.0]),
            approximated: 47_000.0,
            difference: 0.0403,
            kind: "rate limits, priorities or traffic classes".into(),
            tolerance: 0.03,
            exceeds_tolerance: true,
            doubtful: true,
        }],
        replays: vec![ReplayReport {
            workload: "web".into(),
            ios: 1_234_567,
            left_out: 12,
            fitted_on: Some("the first half of the trace".into()),
            quantiles: vec![ReplayQuantile {
                quantile: 0.999,
                measured_s: 0.004,
                predicted: figure(0.0038, Unit::Seconds),
                error: -0.05,
            }],
        }],
        seconds: (0..50).map(second).collect(),
        layout: layout(Some(371e6 * scale)),
    }
}

/// Two variants.
pub(super) fn report() -> Report {
    let assumption = |number: u32| AssumptionRow {
        parameter: format!("smb.overhead_{number}"),
        value: "20 us".into(),
        range: "10 us to 40 us".into(),
        source: "assumed".into(),
        link: Some("https://example.org/smb".into()),
        note: Some("no measurement".into()),
        influence: 0.01 * f64::from(number),
        affects: "mean latency of web (base)".into(),
        effects: [-0.004 * f64::from(number), 0.01 * f64::from(number)],
    };
    Report {
        schema_version: SCHEMA_VERSION,
        title: "Two nodes".into(),
        description: Some("A small cluster, by hand.".into()),
        run: RunInfo {
            version: "0.1.0".into(),
            scenario: "two.toml".into(),
            scenario_hash: "0123abcd".into(),
            seed: u64::MAX,
            replications: 5,
            level: 0.95,
            command: "csvnet run two.toml --seed 7".into(),
        },
        calibration: "NOT CALIBRATED: no parameter was fitted to measurements.".into(),
        variants: vec![variant("base", 1.0), variant("double", 2.0)],
        assumptions: (1..=12).map(assumption).collect(),
        warnings: vec!["The trace is shorter than the run.".into()],
        partial: false,
        not_begun: Vec::new(),
    }
}

/// The same, interrupted in the second of three variants.
pub(super) fn interrupted() -> Report {
    let mut report = report();
    report.partial = true;
    report.variants[1].complete = false;
    report.variants[1].precision = None;
    report.not_begun = vec![NotBegun { name: "triple".into(), replications_asked: 100 }];
    report
}

/// One path.
pub(super) fn explain() -> ExplainReport {
    let station = StationRow {
        role: "wire".into(),
        station: "N2/smb1 rx".into(),
        visits: 1.0,
        demand_s: 52.4e-6,
        origins: vec!["nic.rate = 10 Gbit/s (given)".into(), "wire.mtu = 9000 B (assumed)".into()],
    };
    let path = PathRow {
        workload: "web".into(),
        disk: "web/disk0".into(),
        direction: "write".into(),
        bytes: 65_536,
        route: "redirected".into(),
        stations: vec![station],
    };
    let variant = ExplainVariant {
        name: "base".into(),
        findings: Vec::new(),
        volumes: volumes(),
        disks: disks(),
        paths: vec![path],
        layout: layout(None),
    };
    ExplainReport::new(
        "Two nodes".into(),
        "two.toml".into(),
        "csvnet explain two.toml".into(),
        "not calibrated".into(),
        vec![variant],
    )
}
