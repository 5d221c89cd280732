//! A scenario's result is a function of what it says: not of the number of threads, not of the
//! order in which it says it, and what is added beside changes nothing that was there.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use csvnet::app::{Hooks, Options};
use csvnet::experiment::{Measurements, Plan, WarmUp, run};
use csvnet::random::{Seed, label_hash};
use csvnet::report::{Json, Render};

use super::Story;

/// Three nodes that redirect to each other, VMs with several disks, workloads of every intensity.
const BUSY: &str = r#"
title = "many parts"

[run]
seed = 3
warm-up = "5 ms"
duration = "25 ms"
replications = 4

[cluster]
windows = "2019"

[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true

[nodes.HV1]
cpu = "two-xeon-gold-6130"
[nodes.HV1.nics.nic]
model = "mellanox-connectx-5-25g"
count = 2
network = "csv"
[nodes.HV1.hbas.fc]
model = "qlogic-qle2742"
storage = "san"

[nodes.HV2]
cpu = "two-xeon-gold-6130"
[nodes.HV2.nics.nic]
model = "mellanox-connectx-5-25g"
count = 2
network = "csv"
[nodes.HV2.hbas.fc]
model = "qlogic-qle2742"
storage = "san"

[nodes.HV3]
cpu = "two-xeon-gold-6130"
[nodes.HV3.nics.nic]
model = "mellanox-connectx-5-25g"
count = 1
network = "csv"
[nodes.HV3.hbas.fc]
model = "qlogic-qle2742"
storage = "san"

[storage.san]
kind = "array"
model = "generic-all-flash"

[storage.optane]
kind = "device"
model = "intel-optane-p4800x"
node = "HV2"

[volumes.V1]
storage = "san"
owner = "HV1"
file-system = "ReFS"

[volumes.V2]
storage = "optane"
owner = "HV2"

[vms.A]
node = "HV1"
vcpus = 4
disks.one.volume = "V1"
disks.two.volume = "V2"

[vms.B]
node = "HV2"
vcpus = 2
disks.d.volume = "V1"

[vms.C]
node = "HV3"
vcpus = 8
disks.d.volume = "V2"

[workloads.closed]
vm = "A"
disk = "one"
block = "8 KiB"
read = "70 %"
outstanding = 6
working-set = "200 GB"

[workloads.large]
vm = "A"
disk = "two"
block = "512 KiB"
read = "30 %"
outstanding = 2
working-set = "50 GB"

[workloads.open]
vm = "B"
disk = "d"
block = "16 KiB"
read = "50 %"
rate = "6000 IOPS"
working-set = "100 GB"

[workloads.threads]
vm = "C"
disk = "d"
diskspd = "-b4K -d60 -t4 -o2 -r -w20 -Sh"
working-set = "10 GB"
"#;

/// A VM on a node of its own, with a device of its own; every name comes first.
const STRANGER: &str = r#"
[nodes.AA]
cpu = "two-xeon-gold-6130"
[nodes.AA.nics.nic]
model = "mellanox-connectx-5-25g"
count = 1
network = "csv"

[storage.aa]
kind = "device"
model = "intel-optane-p4800x"
node = "AA"

[volumes.AA]
storage = "aa"
owner = "AA"

[vms.AA]
node = "AA"
vcpus = 2
disks.d.volume = "AA"

[workloads.aa]
vm = "AA"
disk = "d"
block = "4 KiB"
read = "60 %"
outstanding = 9
working-set = "10 GB"
"#;

fn measure(story: &Story, threads: usize) -> Measurements {
    let plan = Plan {
        seed: Seed(11),
        replications: 5,
        duration_s: Some(0.02),
        warm_up: WarmUp::Fixed(0.005),
        threads: Some(threads),
        ..Plan::default()
    };
    run(&story.compiled.network, &plan, &|| false, &|_| {}).unwrap()
}

fn json(text: &str, threads: usize) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.toml");
    std::fs::write(&path, text).unwrap();
    let options = Options { threads: Some(threads), ..Options::default() };
    let mut report = csvnet::app::run(&path, &options, &Hooks::silent()).unwrap();
    report.run.scenario = "a.toml".into();
    let mut out = Vec::new();
    Json.render(&report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The tables of a scenario in an order drawn by a salt.
fn shuffled(text: &str, salt: u64) -> String {
    let starts: Vec<usize> = text.match_indices("\n[").map(|(at, _)| at + 1).collect();
    let ends = starts[1..].iter().copied().chain([text.len()]);
    let mut tables: Vec<&str> = starts.iter().zip(ends).map(|(&a, b)| text[a..b].trim()).collect();
    tables.sort_by_key(|table| label_hash(&format!("{salt} {table}")));
    format!("{}\n{}\n", &text[..starts[0]], tables.join("\n\n"))
}

/// What was measured, by name: groups, stations and accounts.
fn by_name(story: &Story, measured: &Measurements) -> Vec<String> {
    let net = &story.compiled.network;
    let groups = net.groups.iter().zip(&measured.groups).map(|(n, m)| format!("{n} {m:?}"));
    let stations = net.stations.iter().zip(&measured.stations);
    let stations = stations.map(|(s, m)| format!("{} {m:?}", s.label));
    let accounts = net.accounts.iter().zip(&measured.accounts);
    let accounts = accounts.map(|(a, m)| format!("{} {m:?}", a.label));
    let mut all: Vec<String> = groups.chain(stations).chain(accounts).collect();
    all.sort();
    all
}

#[test]
fn threads_change_nothing() {
    let story = Story::new(BUSY, &[]);
    let alone = measure(&story, 1);
    assert!(alone.completed > 1_000, "{}", alone.completed);
    for threads in [2, 3, 4, 7] {
        let together = measure(&story, threads);
        assert_eq!(alone.fingerprint, together.fingerprint, "{threads} threads");
        assert_eq!(by_name(&story, &alone), by_name(&story, &together), "{threads} threads");
    }
}

#[test]
fn threads_change_no_byte_of_the_report() {
    let alone = json(BUSY, 1);
    for threads in [2, 3, 4, 7] {
        assert!(alone == json(BUSY, threads), "{threads} threads write another report");
    }
}

#[test]
fn the_order_of_the_tables_changes_nothing() {
    let as_written = Story::new(BUSY, &[]);
    let measured = measure(&as_written, 2);
    for salt in 1..=6 {
        let text = shuffled(BUSY, salt);
        assert_ne!(text, BUSY);
        let story = Story::new(&text, &[]);
        let again = measure(&story, 2);
        assert_eq!(measured.fingerprint, again.fingerprint, "order {salt}");
        assert_eq!(by_name(&as_written, &measured), by_name(&story, &again), "order {salt}");
    }
}

#[test]
fn a_vm_beside_the_others_reshuffles_nothing() {
    let before = Story::new(BUSY, &[]);
    let after = Story::new(&format!("{BUSY}{STRANGER}"), &[]);
    let (a, b) = (measure(&before, 2), measure(&after, 2));
    let (old, new) = (by_name(&before, &a), by_name(&after, &b));
    assert!(b.completed > a.completed, "the stranger does something");
    for line in old {
        assert!(new.contains(&line), "no longer so: {line:.200}");
    }
}

#[test]
fn a_vm_that_does_nothing_changes_nothing() {
    // On a node that is there, with a disk that is redirected; its name comes first.
    let idle = "\n[vms.AA]\nnode = \"HV3\"\nvcpus = 2\ndisks.d.volume = \"V1\"\n";
    let before = Story::new(BUSY, &[]);
    let after = Story::new(&format!("{BUSY}{idle}"), &[]);
    let (a, b) = (measure(&before, 2), measure(&after, 2));
    assert_eq!(a.fingerprint, b.fingerprint);
    let (old, new) = (by_name(&before, &a), by_name(&after, &b));
    for line in old {
        assert!(new.contains(&line), "no longer so: {line:.200}");
    }
}
