//! Everything there is to read: all examples and the blocks of the documentation.

use std::fs;
use std::path::{Path, PathBuf};

use crate::scenario::document::{DiskFiles, MemoryFiles};
use crate::scenario::{Loaded, load};

/// What a fragment of the documentation is laid over.
const BASE: &str = r#"
title = "base"
limits = ["p99 latency <= 5 ms"]
networks.csv = { switch = "mellanox-sn2010", mtu = "9000 B", pfc = true }
storage.array = { kind = "array", model = "generic-all-flash" }
volumes.CSV1 = { storage = "array", owner = "HV2" }
vms.sql = { node = "HV1", vcpus = 8, disks.data = { volume = "CSV1" } }

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
nics.storage = { model = "mellanox-connectx-5-25g", count = 2, network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[workloads.oltp]
vm = "sql"
disk = "data"
block = "8 KiB"
read = "70 %"
outstanding = 16
working-set = "200 GB"
"#;

/// What hardly anybody writes, so that neither examples nor documentation have it.
const RARE: [&str; 5] = [
    r#"# fragment
[storage.d]
kind = "device"
model = "samsung-pm9a3"
node = "HV1"
shared-with = ["HV2"]
law = "constant"
read-latency = { value = "80 us", range = ["70 us", "90 us"], link = "https://example.org" }
[storage.d.fit]
trace = "traces/t.csv"
[storage.d.fit.mapping]
separator = ","
header = true
time = { column = "time_ns", unit = "1 ns" }
op = { column = "op", read = "R", write = "W", discard = "D", flush = "F" }
bytes = { column = "sectors", unit = "512 B" }
offset = { column = "lba_512", unit = "512 B" }
response = { column = "response_ns", unit = "1 ns" }
device = "op"
"#,
    r#"# fragment
[workloads.mapped]
vm = "sql"
disk = "data"
working-set = "1 GB"
trace = "traces/t.csv"
device = "R"
[workloads.mapped.mapping]
separator = ","
header = true
time = { column = "time_ns", unit = "1 ns" }
op = { column = "op", read = "R", write = "W", discard = "D", flush = "F" }
bytes = { column = "sectors", unit = "512 B" }
offset = { column = "lba_512", unit = "512 B" }
response = { column = "response_ns", unit = "1 ns" }
device = "op"
[storage.e]
kind = "device"
model = "samsung-pm9a3"
node = "HV1"
fit = { trace = "traces/t.csv", device = "a" }
"#,
    r#"# fragment
[run]
warm-up = "100 ms"
duration = "1 s"
[workloads.oltp]
start = "100 ms"
stop = "200 ms"
[workloads.profile]
vm = "sql"
disk = "data"
diskspd-profile = "a.xml"
"#,
    r#"# fragment
[timeline]
start = "2026-11-23 00:00"
horizon = "7 d"
[workloads.oltp]
when = { every = "1 h", first = "10 min", for = "5 min" }
[workloads.once]
vm = "sql"
disk = "data"
profile = "oltp-sql"
working-set = "1 GB"
when = { at = "26 h", amount = "1 GB" }
[backups.all]
volume = "CSV1"
node = "HV1"
rate = "100 MB/s"
when = { every = "1 d", first = 2026-11-23T22:00:00, amount = "1 GB" }
[backups.first]
volume = "CSV1"
node = "HV1"
rate = "100 MB/s"
when = { every = "1 d", first = "22 h", for = "1 h" }
[traffic.copy]
kind = "other"
from = "HV1"
to = "HV2"
rate = "1 Gbit/s"
when = { at = "26 h", amount = "1 GB" }
"#,
    r#"# fragment
[timeline]
start = "2026-11-23 00:00"
horizon = "7 d"
[[events]]
at = "1 h"
do = "resume"
node = "HV1"
[[events]]
at = "2 h"
do = "repair"
network = "csv"
[[events]]
at = "3 h"
do = "realign"
guest-cluster = "none"
[[events]]
at = "4 h"
do = "evict"
node = "HV1"
[[events]]
at = "5 h"
do = "fail"
node = "HV1"
storage = "array"
drives = 1
"#,
];

const TRACE: &str = "time_ns,op,lba_512,sectors,response_ns\n\
    100,R,8,16,1000\n200,W,8,16,2000\n500,R,24,1,3000\n600,W,25,1,4000\n";

const HISTORY: &str = "month,gb\n2026-01,100\n2026-02,104\n2026-03,107\n";

fn home(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Folders, and how the names of the scenarios in them begin.
const FOLDERS: [(&str, &str); 5] = [
    ("examples", ""),
    ("examples/questions", "0123456789"),
    ("examples/validation/sofs", "s"),
    ("examples/validation/testbed", "s"),
    ("examples/validation/vmfleet", "s"),
];

fn tomls(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(home(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    all.sort();
    all
}

/// The scenarios among the examples.
pub(super) fn examples() -> Vec<PathBuf> {
    let of = |(folder, begins): (&str, &'static str)| {
        tomls(folder).into_iter().filter(move |path| {
            let first = path.file_name().unwrap().to_string_lossy().chars().next().unwrap();
            begins.is_empty() || begins.contains(first)
        })
    };
    let more = tomls("examples/validation/testbed/series");
    FOLDERS.into_iter().flat_map(of).chain(more).collect()
}

/// Files that scenarios include.
pub(super) fn included() -> Vec<PathBuf> {
    let parameters = ["sofs", "testbed", "vmfleet"]
        .map(|family| home(&format!("examples/validation/{family}/params.toml")));
    tomls("examples/questions/base").into_iter().chain(parameters).collect()
}

/// The blocks of TOML in the reference of the scenario file, and the rare ones here.
pub(super) fn blocks() -> Vec<String> {
    let text = fs::read_to_string(home("src/docs/scenario.md")).unwrap().replace("\r\n", "\n");
    let mut all: Vec<String> = RARE.map(str::to_owned).to_vec();
    for part in text.split("```toml\n").skip(1) {
        all.push(part.split("```").next().unwrap().to_owned());
    }
    all
}

/// Reads everything; faults of the rare blocks do not matter, they are about names.
pub(super) fn read_all() {
    for path in examples() {
        assert!(load(&path, &DiskFiles, &[], &[]).is_ok(), "{}", path.display());
    }
    for block in blocks() {
        let _ = faults(&block);
    }
}

/// What is wrong with a block.
pub(super) fn faults(block: &str) -> Vec<String> {
    read_with(block, &[]).err().unwrap_or_default()
}

/// The scenario of a block with some values set, or what is wrong with it.
pub(super) fn read_with(block: &str, set: &[(String, String)]) -> Result<Loaded, Vec<String>> {
    let mut files = MemoryFiles::new()
        .with("base.toml", BASE)
        .with("block.toml", block)
        .with("traces/t.csv", TRACE)
        .with("usage.csv", HISTORY);
    let mut first = "block.toml";
    if block.starts_with("# fragment\n") {
        first = "whole.toml";
        files = files.with(first, "include = [\"base.toml\", \"block.toml\"]");
    }
    load(Path::new(first), &files, set, &[])
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}
