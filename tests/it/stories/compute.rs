//! Processors and limits: what a guest may do, what its host has left, whom a busy owner slows.

use std::path::Path;

use csvnet::cluster::FindingKind;
use csvnet::network::StationKind;
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::load;

use crate::cluster::{Story, WIRE_ONLY, assert_near};

/// A volume redirected through the file system of HV1; every time of software pinned, the owner's
/// file system 100 us an I/O on one of four reference cores, enough outstanding to saturate them.
const FOUR_CORES: [(&str, &str); 8] = [
    ("volumes.CSV1.file-system", "ReFS"),
    ("parameters.owner.file-system-per-io", "100 us"),
    ("parameters.cpus.two-xeon-gold-6130.cores", "4"),
    ("parameters.cpus.two-xeon-gold-6130.cost-rise", "0 %"),
    ("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %"),
    ("workloads.b.outstanding", "32"),
    ("run.duration", "200 ms"),
    ("run.warm-up", "20 ms"),
];

fn four_cores(more: &[(&'static str, &'static str)]) -> Story {
    Story::new(WIRE_ONLY, &[&FOUR_CORES, more].concat())
}

fn iops(story: &Story) -> f64 {
    story.run(1).measured.groups[0].iops.mean
}

/// The load is a node's, so the two nodes are written apart where only one has it.
fn apart(hv1: &str, hv2: &str) -> String {
    let nodes = |name: &str, load: &str| {
        format!(
            "[nodes.{name}]\ncpu = \"two-xeon-gold-6130\"\nload = \"{load}\"\n\
             [nodes.{name}.nics.nic]\nmodel = \"mellanox-connectx-5-25g\"\nnetwork = \"csv\"\n"
        )
    };
    let start = WIRE_ONLY.find("[nodes.HV]").expect("the nodes are there");
    let end = WIRE_ONLY.find("[storage.disk]").expect("the storage comes next");
    let both = nodes("HV1", hv1) + &nodes("HV2", hv2);
    format!("{}{both}{}", &WIRE_ONLY[..start], &WIRE_ONLY[end..])
}

#[test]
fn a_busy_owner_serves_redirected_io_with_the_cores_it_has_left() {
    // Capacity is the free cores over 100 us: 4, 2, 1.6 and 1 of them.
    for (load, free) in [("0 %", 4.0), ("50 %", 2.0), ("60 %", 1.6), ("75 %", 1.0)] {
        let story = Story::new(&apart(load, "0 %"), &FOUR_CORES);
        assert_near(iops(&story), free / 100e-6, 0.01);
    }
}

#[test]
fn a_busy_requester_slows_nobody_who_needs_no_core_of_it() {
    // The requester's own work takes no time here, so 99 % of load leave the owner's pace.
    let story = Story::new(&apart("0 %", "99 %"), &FOUR_CORES);
    assert_near(iops(&story), 4.0 / 100e-6, 0.01);
    // With 100 us of its own for each I/O it has a hundredth of four cores for them.
    let host = ("parameters.host.per-io", "100 us");
    let long = ("run.duration", "2 s");
    let story = Story::new(&apart("0 %", "99 %"), &[&FOUR_CORES[..], &[host, long]].concat());
    assert_near(iops(&story), 0.04 / 100e-6, 0.03);
}

#[test]
fn a_starved_owner_slows_the_io_of_every_node_alike() {
    let third = "\n[vms.C]\nnode = \"HV3\"\nvcpus = 4\ndisks.d.volume = \"CSV1\"\n\
                 [workloads.c]\nvm = \"C\"\ndisk = \"d\"\nblock = \"8 KiB\"\nread = \"100 %\"\n\
                 outstanding = 32\nworking-set = \"1 GB\"\n[parameters]";
    let text = apart("75 %", "0 %").replace("[parameters]", third);
    let node = "[nodes.HV3]\ncpu = \"two-xeon-gold-6130\"\nnics.nic = { model = \
                \"mellanox-connectx-5-25g\", network = \"csv\" }\n[storage.disk]";
    let text = text.replace("[storage.disk]", node);
    let story = Story::new(&text, &FOUR_CORES);
    let run = story.run(1);
    // One core over 100 us, halved between two equal requesters; each waits 32 of 64 places.
    for group in &run.measured.groups {
        assert_near(group.iops.mean, 0.5 / 100e-6, 0.02);
        assert_near(group.latency_s.mean, 64.0 * 100e-6, 0.02);
    }
}

#[test]
fn the_cost_of_an_io_rises_with_every_core_in_use_whoever_uses_it() {
    let rise = ("parameters.cpus.two-xeon-gold-6130.cost-rise", "100 %");
    // All four busy with I/O: each costs twice as much.
    assert_near(iops(&four_cores(&[rise])), 4.0 / 200e-6, 0.01);
    // Two taken by machines and two busy with I/O: the same cost, on half the cores.
    let story = Story::new(&apart("50 %", "0 %"), &[&FOUR_CORES[..], &[rise]].concat());
    assert_near(iops(&story), 2.0 / 200e-6, 0.01);
    // One I/O at a time with two taken: 1 + (2 + 1 - 1) / 3 of 100 us, beside the wire and disk.
    let alone = [rise, ("workloads.b.outstanding", "1")];
    let loaded = Story::new(&apart("50 %", "0 %"), &[&FOUR_CORES[..], &alone].concat());
    let idle = Story::new(&apart("0 %", "0 %"), &[&FOUR_CORES[..], &alone].concat());
    let latency = |story: &Story| story.run(1).measured.groups[0].latency_s.mean;
    assert_near(latency(&loaded) - latency(&idle), 2.0 / 3.0 * 100e-6, 0.01);
}

#[test]
fn the_processor_figure_has_the_load_and_the_io() {
    let story = Story::new(&apart("50 %", "0 %"), &FOUR_CORES);
    let run = story.run(1);
    let cpu = |label: &str| {
        let accounts = &story.compiled.network.accounts;
        let found = accounts.iter_ids().find(|(_, a)| a.label == label).expect("it is there");
        run.measured.account(found.0).mean
    };
    // Half taken, the other half saturated; the requester has neither.
    assert_near(cpu("HV1/cpu"), 1.0, 0.01);
    assert!(cpu("HV2/cpu") < 0.001);
    let told = |kind: FindingKind, part: &str| {
        let findings = story.compiled.findings.iter();
        findings.filter(|f| f.kind == kind && f.subject == "HV1" && f.text.contains(part)).count()
    };
    assert_eq!(told(FindingKind::Behaviour, "2.0 are left"), 1);
    assert_eq!(told(FindingKind::Warning, "nearly all taken"), 0);
    let starved = Story::new(&apart("80 %", "0 %"), &FOUR_CORES);
    assert!(starved.compiled.findings.iter().any(|f| f.kind == FindingKind::Warning));
}

#[test]
fn a_load_of_nothing_and_no_limit_change_nothing() {
    let plain = Story::new(WIRE_ONLY, &[]);
    let zero = Story::new(&apart("0 %", "0 %"), &[]);
    assert_eq!(plain.compiled, zero.compiled);
    let limiters = |story: &Story| {
        let stations = story.compiled.network.stations.iter();
        stations.filter(|s| matches!(s.kind, StationKind::Limiter { .. })).count()
    };
    assert_eq!(limiters(&plain), 0);
    let limit = ("vms.B.disks.d.max-iops", "5000 IOPS");
    assert_eq!(limiters(&Story::new(WIRE_ONLY, &[limit])), 1);
}

#[test]
fn a_limit_counts_begun_units_of_8_kib() {
    for (block, units) in [("4 KiB", 1.0), ("8 KiB", 1.0), ("12 KiB", 2.0), ("64 KiB", 8.0)] {
        let story = Story::new(
            WIRE_ONLY,
            &[
                ("vms.B.disks.d.max-iops", "8000 IOPS"),
                ("workloads.b.block", block),
                ("workloads.b.outstanding", "16"),
                ("run.warm-up", "100 ms"),
                ("run.duration", "500 ms"),
            ],
        );
        let run = story.run(1);
        let group = &run.measured.groups[0];
        assert_near(group.iops.mean, 8000.0 / units, 0.01);
        // Little: 16 under way at the guest.
        assert_near(group.latency_s.mean, 16.0 * units / 8000.0, 0.01);
    }
}

#[test]
fn a_limit_of_bytes_holds_and_the_tighter_of_two_decides() {
    let run = |iops: &str| {
        let set = [
            ("vms.B.disks.d.max-bandwidth", "40 MB/s"),
            ("vms.B.disks.d.max-iops", iops),
            ("workloads.b.outstanding", "16"),
            ("run.duration", "500 ms"),
        ];
        Story::new(WIRE_ONLY, &set).run(1).measured.groups[0].iops.mean
    };
    assert_near(run("100000 IOPS"), 40e6 / 8192.0, 0.01);
    assert_near(run("3000 IOPS"), 3000.0, 0.01);
}

#[test]
fn each_machine_that_shares_a_disk_has_the_limit_to_itself() {
    let shared = "[vms.B]\ncount = 2\nnode = \"HV2\"\nvcpus = 4\n\
                  disks.d = { volume = \"CSV1\", sharing = \"shared-vhdx\", max-iops = \
                  \"2000 IOPS\" }\n";
    let text = WIRE_ONLY
        .replace("[vms.B]\nnode = \"HV2\"\nvcpus = 4\ndisks.d.volume = \"CSV1\"\n", shared)
        .replace("outstanding = 1", "outstanding = 8");
    assert!(text.contains("2000 IOPS") && text.contains("outstanding = 8"));
    let story = Story::new(&text, &[("run.duration", "500 ms")]);
    assert_near(iops(&story), 2.0 * 2000.0, 0.01);
}

#[test]
fn loads_and_limits_that_make_no_sense_are_refused() {
    for (field, value, words) in [
        ("nodes.HV.load", "100 %", "leaves nothing for the I/O"),
        ("nodes.HV.load", "40", "unit"),
        ("vms.B.disks.d.max-iops", "0 IOPS", "must be above zero"),
        ("vms.B.disks.d.max-iops", "0.5 IOPS", "no usable limit"),
        ("vms.B.disks.d.max-iops", "1e10 IOPS", "no usable limit"),
        ("vms.B.disks.d.max-bandwidth", "10 B/s", "no usable limit"),
    ] {
        let files = MemoryFiles::new().with("a.toml", WIRE_ONLY);
        let set = [(field.to_owned(), value.to_owned())];
        let faults = load(Path::new("a.toml"), &files, &set, &[]).expect_err(field);
        let said = faults.to_string();
        assert!(said.contains(field) && said.contains(words), "{field} = {value}: {said}");
    }
    for (windows, field, refused) in [
        ("2012", "max-iops", true),
        ("2012 R2", "max-iops", false),
        ("2012 R2", "max-bandwidth", true),
        ("2016", "max-bandwidth", false),
    ] {
        let files = MemoryFiles::new().with("a.toml", WIRE_ONLY);
        let value = if field == "max-iops" { "100 IOPS" } else { "10 MB/s" };
        let field = format!("vms.B.disks.d.{field}");
        let set = [("cluster.windows".to_owned(), windows.to_owned()), (field, value.to_owned())];
        let loaded = load(Path::new("a.toml"), &files, &set, &[]);
        assert_eq!(loaded.is_err(), refused, "{windows} {value}");
    }
}
