//! Whole scenarios, single faults, and files that are beyond repair.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::document::MemoryFiles;
use super::*;
use crate::provenance::Source;
use crate::topology::{Bonding, FileSystem, Rdma, Sharing, WindowsVersion};
use crate::workload::{Access, Intensity};

/// A guest cluster on a shared VHDX, two nodes, an array behind 4 Gb/s Fibre Channel.
const LAB: &str = r#"
title = "lab"
description = "two nodes"
limits = ["p99 latency <= 5 ms", "workload db: iops >= 20000 IOPS", "csv port utilisation <= 60 %"]

[run]
seed = 7
duration = "2 s"
warm-up = "500 ms"
replications = 6
level = "90 %"

[cluster]
windows = "2012 R2"

[networks.csv]
switch = "dell-n4032f"

[nodes.HV]
count = 2
cpu = "two-xeon-e5-2650-v2"

[nodes.HV.nics.rdma]
model = "mellanox-connectx-3-pro-10g"
count = 2
network = "csv"

[nodes.HV.hbas.fc]
model = "qlogic-qle2462"
storage = "sc40"

[storage.sc40]
kind = "array"
model = "compellent-sc40-fc4"
read-cache = "2 GiB"
media-servers = { value = 48, range = [40, 60], source = "measured", note = "counted" }

[volumes.CSV1]
storage = "sc40"
owner = "HV1"

[vms.FS1]
node = "HV1"
vcpus = 4
[vms.FS1.disks.data]
volume = "CSV1"
sharing = "shared-vhdx"

[vms.FS2]
node = "HV2"
[vms.FS2.disks.data]
volume = "CSV1"
sharing = "shared-vhdx"

[guest-clusters.FS]
members = ["FS1", "FS2"]
active = "FS2"

[workloads.db]
guest-cluster = "FS"
disk = "data"
diskspd = "-b8K -d60 -t4 -o8 -r -w50 -Sh -L"
working-set = "100 MB"

[parameters]
"smb.client.tcp.per-io" = "12 us"
host.per-io = { value = "9 us", range = ["5 us", "20 us"], source = "measured" }
"#;

fn load_all(text: &str, set: &[(&str, &str)], only: &[&str]) -> Result<Loaded, String> {
    let files = MemoryFiles::new().with("a.toml", text).with("traces/t.csv", TRACE);
    let set: Vec<_> = set.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
    let only: Vec<_> = only.iter().map(|name| (*name).to_owned()).collect();
    load(Path::new("a.toml"), &files, &set, &only).map_err(|faults| {
        faults.iter().map(|fault| fault.to_string() + "\n").collect::<String>()
    })
}

fn one(text: &str) -> Scenario {
    let mut loaded = load_all(text, &[], &[]).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(loaded.variants.len(), 1);
    loaded.variants.swap_remove(0).scenario
}

/// 2 reads, 2 writes, a discard and a flush; 8 KiB and 512 B touched twice.
const TRACE: &str = "time_ns,op,lba_512,sectors,response_ns\n\
    100,R,8,16,1000\n200,W,8,16,2000\n300,D,0,99,10\n400,F,0,0,10\n500,R,24,1,3000\n600,W,25,1,4000\n";

#[test]
fn a_full_scenario_is_resolved() {
    let s = one(LAB);
    assert_eq!((s.title.as_str(), s.description.as_deref()), ("lab", Some("two nodes")));
    assert_eq!(
        s.run,
        RunSettings {
            seed: 7,
            duration_s: Some(2.0),
            warm_up: WarmUp::Fixed(0.5),
            replications: 6,
            level: 0.9
        }
    );
    let c = &s.cluster;
    assert_eq!(c.windows, WindowsVersion::W2012R2);
    assert_eq!(c.nodes.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), ["HV1", "HV2"]);
    assert_eq!(c.nics.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), [
        "rdma1", "rdma2", "rdma1", "rdma2"
    ]);
    let nic = c.nics.iter().next_back().unwrap();
    assert_eq!((nic.speed_bits_per_s, nic.rdma, nic.rss_queues), (10e9, Rdma::RoceV2, 4));
    assert_eq!(nic.node, c.node_named("hv2").unwrap());
    let network = &c.networks.as_slice()[0];
    assert_eq!((network.mtu_bytes, network.path_mtu_bytes, network.cluster), (1500, 1024, true));
    assert_eq!(c.nodes.as_slice()[0].hbas[0].ports, 2, "as the model has");
    let volume = &c.volumes.as_slice()[0];
    assert_eq!((volume.file_system, volume.owner.index()), (FileSystem::Ntfs, 0));
    assert!(c.storages.as_slice()[0].asymmetric);
    assert_eq!(c.vms.iter().map(|vm| vm.vcpus).collect::<Vec<_>>(), [4, 2]);
    assert_eq!(c.disks.as_slice()[1].sharing, Sharing::SharedVhdx);
    let w = &s.workloads[0];
    assert_eq!(w.disks.iter().map(|&d| c.disk_label(d)).collect::<Vec<_>>(), ["FS2/data"]);
    assert_eq!((w.name.as_str(), w.block_bytes, w.read_share), ("db", 8192, 0.5));
    assert_eq!((w.access, w.working_set_bytes), (Access::Random, 100e6));
    assert_eq!(w.intensity, Intensity::Closed { outstanding: 32, think_s: 0.0 });
    assert_eq!(s.limits.len(), 3);
    assert_eq!((s.limits[0].quantity, s.limits[0].value), (LimitQuantity::P99Latency, 5e-3));
    assert_eq!((s.limits[1].workload.as_deref(), s.limits[1].op), (Some("db"), LimitOp::AtLeast));
    assert_eq!((s.limits[2].quantity, s.limits[2].value), (LimitQuantity::CsvPortUtilisation, 0.6));
    assert!(s.notes.iter().any(|n| n.contains("-L has no effect")), "{:?}", s.notes);
    assert!(s.notes.iter().any(|n| n.contains("path MTU of 1024 B")), "{:?}", s.notes);
}

#[test]
fn parameters_come_from_models_storage_and_overrides() {
    let p = one(LAB).parameters;
    let get = |name: &str| p.get(name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(get("smb.client.tcp.per-io").value, 12e-6);
    assert_eq!(get("smb.client.tcp.per-io").source, Source::Given);
    assert!(get("smb.client.tcp.per-io").exact());
    let host = get("host.per-io");
    assert_eq!((host.value, host.low, host.high), (9e-6, 5e-6, 20e-6));
    assert_eq!(host.source, Source::Measured);
    let cache = get("storage.sc40.read-cache");
    assert_eq!((cache.value, cache.source, cache.exact()), (2147483648.0, Source::Given, true));
    let drives = get("storage.sc40.media-servers");
    assert_eq!((drives.value, drives.low, drives.high), (48.0, 40.0, 60.0));
    assert_eq!(get("storage.sc40.front-end-rate").value, 3.2e9, "400 MB/s in bits");
    assert_eq!(get("nics.mellanox-connectx-3-pro-10g.speed").value, 10e9);
    assert_eq!(get("cpus.two-xeon-e5-2650-v2.cores").value, 16.0);
    assert_eq!(get("hbas.qlogic-qle2462.ports").value, 2.0);
    assert!(p.get("switches.dell-n4032f.latency").is_some());
    assert!(p.get("nics.intel-x520.speed").is_none(), "only what is used");
}

#[test]
fn an_overridden_model_number_reaches_the_ports() {
    let set = [("parameters.nics.mellanox-connectx-3-pro-10g.speed", "40 Gb/s")];
    let loaded = load_all(LAB, &set, &[]).unwrap();
    let nic = &loaded.variants[0].scenario.cluster.nics.as_slice()[0];
    assert_eq!(nic.speed_bits_per_s, 40e9);
}

/// `LAB` with one line replaced and something added at the end.
fn lab(replace: &str, with: &str, more: &str) -> String {
    assert!(LAB.contains(replace), "{replace}");
    LAB.replacen(replace, with, 1) + more
}

/// The faults of a scenario, without file and help.
fn problems(text: &str) -> Vec<String> {
    let faults = load_all(text, &[], &[]).err().unwrap_or_default();
    faults
        .lines()
        .map(|line| {
            let place = line.split(": ").next().unwrap_or_default().len() + 2;
            line[place..].split(" (").next().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn single_faults_have_single_messages() {
    let cases: &[(&str, &str, &str)] = &[
        ("title = \"lab\"", "", "the field `title` is missing"),
        ("seed = 7", "seed = -1", "run.seed: -1 is too small"),
        ("seed = 7", "sede = 7", "run.sede: unknown field `sede`"),
        ("duration = \"2 s\"", "duration = \"0 s\"", "run.duration: must be above zero"),
        ("duration = \"2 s\"", "duration = 2", "run.duration: a time needs a unit"),
        ("replications = 6", "replications = 1", "run.replications: 1 is too small"),
        ("level = \"90 %\"", "level = \"100 %\"", "run.level: is no usable confidence level"),
        (
            "windows = \"2012 R2\"",
            "windows = \"2008\"",
            "cluster.windows: \"2008\"",
        ),
        (
            "switch = \"dell-n4032f\"",
            "switch = \"dell-n4032\"",
            "networks.csv.switch: there is no switch `dell-n4032` in the catalogue",
        ),
        (
            "switch = \"dell-n4032f\"",
            "switch = \"dell-n4032f\"\nmtu = \"9014 B\"",
            "networks.csv.mtu: 9014 B is the size of a frame, not an IP MTU",
        ),
        (
            "switch = \"dell-n4032f\"",
            "switch = \"dell-n4032f\"\nmtu = \"500 B\"",
            "networks.csv.mtu: 500 B is no IP MTU",
        ),
        (
            "switch = \"dell-n4032f\"",
            "switch = \"dell-n4032f\"\npath-mtu = \"1500 B\"",
            "networks.csv.path-mtu: 1500 B is no RDMA path MTU",
        ),
        ("count = 2\ncpu", "count = 65\ncpu", "nodes.HV.count: 65 is too large"),
        (
            "cpu = \"two-xeon-e5-2650-v2\"",
            "cpu = \"z80\"",
            "nodes.HV.cpu: there is no CPU `z80` in the catalogue",
        ),
        (
            "network = \"csv\"",
            "network = \"cvs\"",
            "nodes.HV.nics.rdma.network: there is no network `cvs`",
        ),
        (
            "network = \"csv\"",
            "network = \"csv\"\nrdma = \"infinband\"",
            "nodes.HV.nics.rdma.rdma: infinband is not one of the possible values",
        ),
        (
            "storage = \"sc40\"\n\n[storage",
            "storage = \"sc41\"\n\n[storage",
            "nodes.HV.hbas.fc.storage: there is no storage system `sc41`",
        ),
        (
            "model = \"qlogic-qle2462\"",
            "model = \"qlogic-qle2462\"\nports = 3",
            "nodes.HV.hbas.fc.ports: 3 is too large",
        ),
        ("kind = \"array\"", "kind = \"arry\"", "storage.sc40.kind: arry"),
        ("kind = \"array\"", "kind = \"array\"\nnode = \"HV1\"", "storage.sc40.node: an array"),
        (
            "read-cache = \"2 GiB\"",
            "read-cash = \"2 GiB\"",
            "storage.sc40.read-cash: unknown field `read-cash`",
        ),
        (
            "read-cache = \"2 GiB\"",
            "front-end-rate = \"0 MB/s\"",
            "storage.sc40.front-end-rate: must be above zero",
        ),
        (
            "range = [40, 60]",
            "range = [50, 60]",
            "storage.sc40.media-servers.range: the range 50 to 60 does not hold 48",
        ),
        ("owner = \"HV1\"", "owner = \"HV3\"", "volumes.CSV1.owner: there is no node `HV3`"),
        (
            "owner = \"HV1\"",
            "owner = [\"HV1\", \"HV2\"]",
            "volumes.CSV1.owner: a volume has one owner",
        ),
        (
            "windows = \"2012 R2\"",
            "windows = \"2012\"",
            "vms.FS1.disks.data.sharing: Windows Server 2012 has no shared VHDX",
        ),
        (
            "sharing = \"shared-vhdx\"",
            "sharing = \"vhd-set\"",
            "vms.FS1.disks.data.sharing: Windows Server 2012 R2 has no VHD Set",
        ),
        ("volume = \"CSV1\"", "volume = \"CSV2\"", "vms.FS1.disks.data.volume: there is no volume"),
        ("node = \"HV1\"", "node = \"HV9\"", "vms.FS1.node: there is no node `HV9`"),
        ("node = \"HV1\"", "node = \"HV\"", "vms.FS1.node: each of them runs on one node"),
        ("vcpus = 4", "vcpus = 0", "vms.FS1.vcpus: 0 is too small"),
        (
            "active = \"FS2\"",
            "active = \"FS3\"",
            "guest-clusters.FS.active: there is no virtual machine `FS3`",
        ),
        (
            "members = [\"FS1\", \"FS2\"]",
            "members = [\"FS1\"]",
            "guest-clusters.FS.active: `FS2` is not a member of this guest cluster",
        ),
        (
            "guest-cluster = \"FS\"",
            "guest-cluster = \"FT\"",
            "workloads.db.guest-cluster: there is no guest cluster `FT`",
        ),
        ("guest-cluster = \"FS\"", "", "workloads.db: nothing tells where it runs"),
        (
            "disk = \"data\"",
            "disk = \"date\"",
            "workloads.db.disk: virtual machine `FS2` has no disk `date`",
        ),
        (
            "working-set = \"100 MB\"",
            "",
            "workloads.db.diskspd: nothing tells how much of the disk is used",
        ),
        ("working-set = \"100 MB\"", "working-set = \"0 B\"", "workloads.db.working-set: must be"),
        ("-o8", "-o0", "workloads.db.diskspd: -o0: 0 is out of range"),
        ("-o8", "-o8 -i2 -j5", "workloads.db.diskspd: bursts of requests with pauses"),
        ("-Sh", "-Sm", "workloads.db.diskspd: with -Sm the system's paging makes the requests"),
        (
            "diskspd = \"-b8K -d60 -t4 -o8 -r -w50 -Sh -L\"",
            "",
            "workloads.db: nothing tells how much it asks",
        ),
        (
            "working-set = \"100 MB\"",
            "working-set = \"100 MB\"\nrate = \"5 IOPS\"",
            "workloads.db.rate: `diskspd` and `rate` exclude each other",
        ),
        (
            "working-set = \"100 MB\"",
            "working-set = \"100 MB\"\nblock = \"8 KiB\"",
            "workloads.db.block: `block` does not go with `diskspd`",
        ),
        (
            "\"smb.client.tcp.per-io\"",
            "\"smb.client.tcp.per-oi\"",
            "parameters.\"smb.client.tcp.per-oi\": there is no parameter `smb.client.tcp.per-oi`",
        ),
        (
            "\"smb.client.tcp.per-io\" = \"12 us\"",
            "\"smb.client.tcp.per-io\" = \"12 MB\"",
            "parameters.\"smb.client.tcp.per-io\": `MB` is no unit",
        ),
        (
            "\"smb.client.tcp.per-io\" = \"12 us\"",
            "\"host.per-io\" = \"12 us\"",
            "parameters: `host.per-io` is given twice",
        ),
        ("p99 latency <=", "p98 latency <=", "limits[0]: `p98 latency` is no quantity to limit"),
        ("p99 latency <= 5 ms", "p99 latency", "limits[0]: there is no `<=` or `>=`"),
        ("p99 latency <= 5 ms", "p99 latency <= 5 MB", "limits[0]: `MB` is no unit"),
        ("workload db:", "workload bd:", "limits[1]: there is no workload `bd`"),
        (
            "workload db: iops",
            "workload db: cpu",
            "limits[1]: cpu is not a matter of one workload",
        ),
    ];
    for (replace, with, expected) in cases {
        let found = problems(&lab(replace, with, ""));
        let fits = found.len() == 1 && found[0].contains(expected.trim_end_matches('…'));
        assert!(fits, "{replace} -> {with}: expected {expected:?}, found {found:#?}");
    }
}
