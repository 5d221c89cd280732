//! Whole scenarios, single faults, and files that are beyond repair.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::document::{DiskFiles, MemoryFiles};
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
    load(Path::new("a.toml"), &files, &set, &only)
        .map_err(|faults| faults.iter().map(|fault| fault.to_string() + "\n").collect::<String>())
}

fn one(text: &str) -> Scenario {
    let mut loaded = load_all(text, &[], &[]).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(loaded.variants.len(), 1);
    loaded.variants.swap_remove(0).scenario
}

/// 2 reads, 2 writes, a discard and a flush; 8 KiB and 512 B touched twice.
const TRACE: &str = "time_ns,op,lba_512,sectors,response_ns\n\
    100,R,8,16,1000\n200,W,8,16,2000\n300,D,0,99,10\n400,F,0,0,10\n\
    500,R,24,1,3000\n600,W,25,1,4000\n";

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
            precision: None,
            replications_max: 100,
            level: 0.9
        }
    );
    let c = &s.cluster;
    assert_eq!(c.windows, WindowsVersion::W2012R2);
    assert_eq!(c.nodes.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(), ["HV1", "HV2"]);
    assert_eq!(
        c.nics.iter().map(|n| n.name.as_str()).collect::<Vec<_>>(),
        ["rdma1", "rdma2", "rdma1", "rdma2"]
    );
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
    assert_eq!((cache.value, cache.source, cache.exact()), (2_147_483_648.0, Source::Given, true));
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
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn single_faults_have_single_messages() {
    let cases: &[(&str, &str, &str)] = &[
        ("title = \"lab\"", "", "the field `title` is missing"),
        ("seed = 7", "seed = -1", "run.seed: -1 is too small"),
        ("seed = 7", "sede = 7", "run.sede: unknown field `sede`"),
        ("duration = \"2 s\"", "duration = \"0 s\"", "run.duration: must be above zero"),
        ("duration = \"2 s\"", "duration = 2", "run.duration: `2` has no unit"),
        ("replications = 6", "replications = 1", "run.replications: 1 is too small"),
        ("level = \"90 %\"", "level = \"100 %\"", "run.level: is no usable confidence level"),
        ("replications = 6", "precision = \"0.05 %\"", "run.precision: is no usable precision"),
        ("replications = 6", "precision = \"51 %\"", "run.precision: is no usable precision"),
        ("replications = 6", "precision = \"0 %\"", "run.precision: is no usable precision"),
        ("replications = 6", "replications-max = 9", "run.replications-max: 9 is too small"),
        (
            "windows = \"2012 R2\"",
            "windows = \"2008\"",
            "cluster.windows: 2008 is not one of the possible values",
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
            "parameters.\"smb.client.tcp.per-io\": `MB` is not a unit of a time",
        ),
        (
            "\"smb.client.tcp.per-io\" = \"12 us\"",
            "\"host.per-io\" = \"12 us\"",
            "parameters: `host.per-io` is given twice",
        ),
        ("p99 latency <=", "p98 latency <=", "limits[0]: `p98 latency` is no quantity to limit"),
        ("p99 latency <= 5 ms", "p99 latency", "limits[0]: there is no `<=` or `>=`"),
        ("p99 latency <= 5 ms", "p99 latency <= 5 MB", "limits[0]: `MB` is not a unit"),
        ("workload db:", "workload bd:", "limits[1]: there is no workload `bd`"),
        (
            "workload db: iops >= 20000 IOPS",
            "workload db: cpu <= 50 %",
            "limits[1]: cpu is not a matter of one workload",
        ),
    ];
    let mut wrong = String::new();
    for (replace, with, expected) in cases {
        let found = problems(&lab(replace, with, ""));
        if found.len() != 1 || !found[0].starts_with(expected) {
            writeln!(wrong, "{replace} -> {with}: expected {expected:?}, found {found:#?}")
                .unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// One node, one device, one machine, and a workload to be described.
fn small(workload: &str) -> String {
    format!(
        "title = 't'\n[nodes.A]\ncpu = 'one-epyc-7702p'\n\
         [storage.d]\nkind = 'device'\nmodel = 'fixed-law'\nnode = 'A'\n\
         [volumes.V]\nstorage = 'd'\n[vms.G]\nnode = 'A'\n[vms.G.disks.x]\nvolume = 'V'\n\
         [workloads.w]\nvm = 'G'\ndisk = 'x'\n{workload}\n"
    )
}

const PLAIN: &str = "block = '8 KiB'\nread = '25 %'\nworking-set = '30 GB'\n";

fn intensity(fields: &str) -> Result<Intensity, String> {
    let text = small(&format!("{PLAIN}{fields}"));
    let loaded = load_all(&text, &[], &[])?;
    let w = &loaded.variants[0].scenario.workloads[0];
    assert_eq!((w.block_bytes, w.read_share, w.working_set_bytes), (8192, 0.25, 30e9));
    Ok(w.intensity.clone())
}

#[test]
fn plain_loads_are_closed_throttled_or_open() {
    let closed = |outstanding, think_s| Ok(Intensity::Closed { outstanding, think_s });
    assert_eq!(intensity("outstanding = 32"), closed(32, 0.0));
    assert_eq!(intensity("outstanding = 2\nthink = '1 ms'"), closed(2, 1e-3));
    // 400 a second and 8 requests over 4 lanes: 100 a second and 2 requests each.
    assert_eq!(
        intensity("outstanding = 8\nrate-limit = '400 IOPS'\nthreads = 4"),
        Ok(Intensity::Throttled { outstanding: 2, lanes: 4, iops: 100.0, ticking: false })
    );
    assert_eq!(
        intensity("outstanding = 8\nrate-limit = '400 IOPS'"),
        Ok(Intensity::Throttled { outstanding: 8, lanes: 1, iops: 400.0, ticking: false })
    );
    assert_eq!(intensity("rate = '500 IOPS'"), Ok(Intensity::Poisson { iops: 500.0 }));
    assert_eq!(
        intensity("rate = '500 IOPS'\narrivals = 'paced'"),
        Ok(Intensity::Paced { iops: 500.0 })
    );
    assert_eq!(
        intensity("rate = '500 IOPS'\narrivals = 'bursty'\nburst = '200 ms'\nidle = '800 ms'"),
        Ok(Intensity::Bursty { iops: 500.0, burst_s: 0.2, idle_s: 0.8 })
    );
}

#[test]
fn plain_loads_that_make_no_sense_are_refused() {
    let fault = |fields: &str| problems(&small(&format!("{PLAIN}{fields}")));
    assert_eq!(fault("outstanding = 0"), ["workloads.w.outstanding: 0 is too small"]);
    assert_eq!(fault("rate = '0 IOPS'"), ["workloads.w.rate: must be above zero"]);
    assert_eq!(
        fault("outstanding = 3\nrate-limit = '5 IOPS'\nthreads = 2"),
        ["workloads.w.threads: 3 requests cannot be shared evenly by 2 threads"]
    );
    assert_eq!(
        fault("rate = '5 IOPS'\nthink = '1 ms'"),
        ["workloads.w.think: `think` belongs to a load with `outstanding`"]
    );
    assert_eq!(
        fault("rate = '5 IOPS'\narrivals = 'bursty'\nburst = '1 ms'"),
        ["workloads.w: the field `idle` is missing"]
    );
    assert_eq!(
        fault(
            "outstanding = 1\nhot-spots = [{ ios = '60 %', size = '5 %' }, \
             { ios = '41 %', size = '5 %' }]"
        ),
        ["workloads.w.hot-spots: the shares of `ios` sum to more than 100 %"]
    );
    let text = small("block = '64 KiB'\nread = '101 %'\nworking-set = '4 KiB'\noutstanding = 1");
    assert_eq!(
        problems(&text),
        [
            "workloads.w.read: is more than 100 %",
            "workloads.w.working-set: the working set is smaller than a block",
        ]
    );
}

#[test]
fn a_throttle_is_that_of_the_line() {
    let text =
        small("diskspd = '-b8K -t4 -o32 -r -w30 -g1500i -B5G -Sh -d5 -W2'\nworking-set = '20 GiB'");
    let s = one(&text);
    // DiskSpd keeps whole bytes a millisecond: 1500 * 8192 / 1000 = 12288, which is 1500 I/Os.
    let w = &s.workloads[0];
    let intensity = Intensity::Throttled { outstanding: 32, lanes: 4, iops: 1500.0, ticking: true };
    assert_eq!(w.intensity, intensity);
    assert_eq!(w.working_set_bytes, f64::from(15 << 10) * f64::from(1 << 20));
    assert_eq!((s.run.duration_s, s.run.warm_up), (Some(5.0), WarmUp::Fixed(2.0)));
}

#[test]
fn a_long_run_is_cut_and_an_unbuffered_one_assumed_with_a_note() {
    let s = one(&small("diskspd = '-b8K -o1 -d60 -f1G'"));
    assert_eq!((s.run.duration_s, s.run.warm_up), (Some(10.0), WarmUp::Auto));
    assert_eq!(s.workloads[0].working_set_bytes, f64::from(1 << 30));
    assert_eq!(s.workloads[0].access, Access::Sequential);
    for part in ["-d60: a steady state shows in less", "without -S or -Sh"] {
        assert!(s.notes.iter().any(|note| note.contains(part)), "{:?}", s.notes);
    }
}

#[test]
fn a_fault_of_a_line_points_into_it() {
    let text = small("diskspd = '-b8K -o8x -f1G'");
    let files = MemoryFiles::new().with("a.toml", text.as_str());
    let faults = load(Path::new("a.toml"), &files, &[], &[]).unwrap_err();
    let fault = faults.iter().next().unwrap();
    assert_eq!(&fault.file.text[fault.span.clone().unwrap()], "-o8x");
}

#[test]
fn a_profile_is_one_workload_for_each_line() {
    let text = small("profile = 'oltp-sql'\nworking-set = '100 GiB'")
        + "[[variants]]\nname = 'x'\nset = { limits = ['workload w: p99 latency <= 9 ms'] }\n";
    let s = one(&text);
    let names: Vec<_> = s.workloads.iter().map(|w| w.name.as_str()).collect();
    assert_eq!(names, ["w#1", "w#2", "w#3"]);
    assert!(matches!(s.workloads[0].intensity, Intensity::Throttled { lanes: 2, .. }));
    let limits: Vec<_> = s.limits.iter().filter_map(|l| l.workload.as_deref()).collect();
    assert_eq!(limits, names);
    assert_eq!(s.run.duration_s, None, "how long others let it run is no wish of this scenario");
    assert_eq!(
        problems(&small("profile = 'oltp-sq1'\nworking-set = '100 GiB'")),
        ["workloads.w.profile: there is no workload profile `oltp-sq1`"]
    );
}

#[test]
fn a_diskspd_profile_is_one_workload_for_each_target() {
    let xml = "<Profile><TimeSpans><TimeSpan><Duration>8</Duration><Warmup>3</Warmup><Targets>\
               <Target><Path>*1</Path><BlockSize>32768</BlockSize><WriteRatio>100</WriteRatio>\
               <ThreadsPerFile>1</ThreadsPerFile><RequestCount>8</RequestCount>\
               <DisableAllCache>true</DisableAllCache>\
               <Throughput unit='IOPS'>500</Throughput></Target>\
               <Target><Path>*1</Path><BlockSize>8192</BlockSize><Random>8192</Random>\
               <ThreadsPerFile>4</ThreadsPerFile><RequestCount>32</RequestCount>\
               <DisableAllCache>true</DisableAllCache></Target>\
               </Targets></TimeSpan></TimeSpans></Profile>";
    let with = |text: String, xml: &str| {
        let files = MemoryFiles::new().with("x/a.toml", text.as_str()).with("x/p.xml", xml);
        load(Path::new("x/a.toml"), &files, &[], &[])
    };
    let stated = "diskspd-profile = 'p.xml'\nworking-set = '20 GiB'";
    let loaded = with(small(stated), xml).unwrap_or_else(|faults| panic!("{faults}"));
    let s = &loaded.variants[0].scenario;
    let [writes, reads] = s.workloads.as_slice() else { panic!("{:?}", s.workloads) };
    assert_eq!((writes.name.as_str(), reads.name.as_str()), ("w#1", "w#2"));
    assert_eq!((writes.block_bytes, writes.read_share), (32_768, 0.0));
    // 500 I/Os of 32 KiB are 16,384 bytes a millisecond.
    let throttled = Intensity::Throttled { outstanding: 8, lanes: 1, iops: 500.0, ticking: true };
    assert_eq!(writes.intensity, throttled);
    assert_eq!((reads.access, reads.read_share), (Access::Random, 1.0));
    assert_eq!(reads.intensity, Intensity::Closed { outstanding: 128, think_s: 0.0 });
    assert_eq!((s.run.duration_s, s.run.warm_up), (Some(8.0), WarmUp::Fixed(3.0)));
    let other = with(small(stated), &xml.replace("500", "600")).unwrap();
    assert_ne!(loaded.hash, other.hash, "the profile is part of the input");

    let told = |text: &str, xml: &str| -> Vec<String> {
        let faults = with(small(text), xml).unwrap_err();
        faults.iter().map(|f| format!("{}: {}", f.field, f.problem)).collect()
    };
    let wrong = told(stated, &xml.replace("<BlockSize>8192", "<BlockSize>-1"));
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    let start = "workloads.w.diskspd-profile: x/p.xml, line 1, column ";
    assert!(wrong[0].starts_with(start) && wrong[0].contains("(BlockSize): -1 is negative"));
    let bursts = told(
        stated,
        &xml.replace("<Random>", "<BurstSize>4</BurstSize><ThinkTime>9</ThinkTime><Random>"),
    );
    assert!(bursts[0].contains("bursts of requests with pauses"), "{bursts:?}");
    let missing = told("diskspd-profile = 'q.xml'\nworking-set = '20 GiB'", xml);
    assert!(missing[0].contains("x/q.xml: the profile cannot be read"), "{missing:?}");
    let both = told("diskspd-profile = 'p.xml'\ndiskspd = '-b8K'", xml);
    assert!(both[0].contains("exclude each other"), "{both:?}");
}

#[test]
fn every_profile_can_be_used() {
    for name in Catalogue::builtin().unwrap().profile_names() {
        one(&small(&format!("profile = '{name}'\nworking-set = '100 GiB'")));
    }
}

#[test]
fn a_trace_is_replayed_from_zero_and_fitted() {
    let text = small("trace = 'traces/t.csv'").replace(
        "node = 'A'\n[volumes",
        "node = 'A'\nfit = { trace = 'traces/t.csv', part = 'first half' }\n[volumes",
    );
    let s = one(&text);
    let w = &s.workloads[0];
    let Intensity::Replay(ios) = &w.intensity else { panic!("{:?}", w.intensity) };
    let at: Vec<_> = ios.iter().map(|io| (io.at_ps, io.bytes, io.write)).collect();
    // Arrivals at 100, 200, 500 and 600 ns; a discard and a flush are left out.
    assert_eq!(
        at,
        [(0, 8192, false), (100_000, 8192, true), (400_000, 512, false), (500_000, 512, true)]
    );
    // 8 KiB at sector 8 to 24, then sectors 24 and 25.
    assert_eq!((w.read_share, w.working_set_bytes), (0.5, 8192.0 + 1024.0));
    assert_eq!(w.block_bytes, (2 * 8192 + 2 * 512) / 4);
    let replay = ReplaySettings { workload: "w".into(), left_out: 2, part: "all".into() };
    assert_eq!(s.replays, [replay]);
    assert_eq!(s.fits[0].storage, "d");
    assert_eq!(s.fits[0].described, "first half of the arrivals of t.csv: 2 I/Os");
    assert_eq!(s.fits[0].trace[1].response_ns, Some(2000));
    let half = one(&small("trace = 'traces/t.csv'\npart = 'second half'"));
    let Intensity::Replay(ios) = &half.workloads[0].intensity else { panic!() };
    assert_eq!((ios.len(), ios[0].at_ps, half.replays[0].left_out), (2, 0, 1));
}

#[test]
fn a_trace_whose_last_line_has_no_end_is_noted() {
    let notes = |trace: &[u8], fields: &str| {
        let text = small(&format!("trace = 't.csv'\n{fields}"));
        let files = MemoryFiles::new().with("a.toml", text.as_str()).with("t.csv", trace);
        let loaded = load(Path::new("a.toml"), &files, &[], &[]).unwrap();
        loaded.variants[0].scenario.notes.clone()
    };
    // Of 4000 ns the file may have lost a digit.
    let cut = notes(TRACE.trim_end().as_bytes(), "");
    assert_eq!(
        cut,
        ["t.csv: the last line has no line end; if the file was cut there, its last number \
          is cut too"]
    );
    assert_eq!(notes(TRACE.as_bytes(), ""), [""; 0]);
    assert_eq!(notes(TRACE.trim_end().as_bytes(), "part = 'first half'"), [""; 0]);
    let wide: Vec<u8> = TRACE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(notes(&[b"\xff\xfe", wide.as_slice()].concat(), ""), [""; 0]);
}

#[test]
fn what_is_assumed_is_a_note() {
    let load = "block = '8 KiB'\nread = '50 %'\noutstanding = 1\nworking-set = '1 GB'";
    let title = "title = 't'\nassumed = ['the load is a placeholder']";
    let s = one(&small(load).replace("title = 't'", title));
    assert_eq!(s.notes, ["assumed: the load is a placeholder"]);
}

#[test]
fn faults_of_a_trace_are_told_where_it_is_named() {
    let text = small("trace = 'bad.csv'");
    let files = MemoryFiles::new()
        .with("x/a.toml", text.as_str())
        .with("x/bad.csv", "time_ns,op,sectors\n1,R,0\n2,Q,1\n");
    let faults = load(Path::new("x/a.toml"), &files, &[], &[]).unwrap_err();
    let told: Vec<_> = faults.iter().map(|f| (f.field.as_str(), f.problem.as_str())).collect();
    assert_eq!(told.len(), 2, "{faults}");
    for ((field, problem), start) in told.iter().zip([
        "x/bad.csv, line 2, column 3 (sectors): a read or write of zero sectors",
        "x/bad.csv, line 3, column 2 (op): \"Q\" is no operation",
    ]) {
        assert_eq!(*field, "workloads.w.trace");
        assert!(problem.starts_with(start), "{problem}");
    }
    let missing = problems(&small("trace = 'none.csv'"));
    assert!(missing[0].starts_with("workloads.w.trace: none.csv: the trace cannot be read"));
}

#[test]
fn counted_things_take_turns() {
    let text = "title = 't'\n[nodes.H]\ncount = 3\ncpu = 'one-epyc-7702p'\n\
        [nodes.H.hbas.a]\nmodel = 'qlogic-qle2742'\nstorage = 's'\n\
        [storage.s]\nkind = 'array'\nmodel = 'generic-all-flash'\n\
        [volumes.V]\nstorage = 's'\ncount = 4\nowner = ['H2', 'H3']\n\
        [volumes.W]\nstorage = 's'\ncount = 3\n\
        [vms.M]\nnode = 'H'\ncount = 5\n[vms.M.disks.d]\nvolume = ['V', 'W']\n\
        [workloads.w]\nvm = 'M'\ndisk = 'd'\nblock = '4 KiB'\nread = '100 %'\noutstanding = 1\n\
        working-set = '1 GiB'\n";
    let s = one(text);
    let c = &s.cluster;
    let owners: Vec<_> = c.volumes.iter().map(|v| v.owner.index()).collect();
    // H2 and H3 in turn; then each of W to whoever owns fewest: H1, H1, and H1 first of equals.
    assert_eq!(owners, [1, 2, 1, 2, 0, 0, 0]);
    let nodes: Vec<_> = c.vms.iter().map(|vm| vm.node.index()).collect();
    assert_eq!(nodes, [0, 1, 2, 0, 1]);
    let volumes: Vec<_> = c.disks.iter().map(|d| d.volume.index()).collect();
    assert_eq!(volumes, [0, 1, 2, 3, 4]);
    assert_eq!(s.workloads[0].disks.len(), 5);
}

#[test]
fn old_versions_lack_features() {
    let text = lab("windows = \"2012 R2\"", "windows = 2012", "");
    let missing =
        |vm| format!("vms.{vm}.disks.data.sharing: Windows Server 2012 has no shared VHDX");
    assert_eq!(problems(&text), [missing("FS1"), missing("FS2")]);
    let text = text
        .replace("sharing = \"shared-vhdx\"", "")
        .replace("owner = \"HV1\"", "owner = \"HV1\"\nfile-system = 'ReFS'");
    let refs =
        "volumes.CSV1.file-system: Windows Server 2012 has no Cluster Shared Volumes on ReFS";
    assert_eq!(problems(&text), [refs]);
}

#[test]
fn names_made_by_count_may_not_clash() {
    let text = lab("[vms.FS2]", "[vms.hv]\nnode = 'HV1'\n[vms.fs1]\nnode = 'HV1'\n[vms.FS2]", "");
    assert_eq!(problems(&text), ["vms.fs1: there is another virtual machine called `fs1`"]);
    let text = lab("[nodes.HV.nics", "[nodes.hv2]\ncpu = 'two-xeon-x5650'\n[nodes.HV.nics", "");
    assert_eq!(problems(&text), ["nodes.hv2: there is another node called `hv2`"]);
}

#[test]
fn an_owner_needs_a_path() {
    let more = "[nodes.N]\ncpu = 'two-xeon-x5650'\n";
    let text = lab("owner = \"HV1\"", "owner = \"N\"", more);
    assert_eq!(
        problems(&text),
        ["volumes.CSV1.owner: node `N` has no path to storage `sc40`, so it cannot own this"]
    );
    let text = lab("owner = \"HV1\"", "owner = \"N\"\nlost-paths = ['N']", more);
    let s = one(&text);
    assert_eq!(s.cluster.volumes.as_slice()[0].lost_paths.len(), 1);
    // Left to balancing, the node without a path owns nothing.
    let s = one(&lab("owner = \"HV1\"", "lost-paths = ['HV1']", more));
    assert_eq!(s.cluster.volumes.as_slice()[0].owner.index(), 1);
}

#[test]
fn teams_join_ports_and_hide_rdma() {
    let team = "[nodes.HV.teams.t]\nmembers = ['rdma1', 'rdma2']\nmode = 'lacp'\nnetwork = 'csv'\n";
    let s = one(&lab("count = 2\nnetwork", "count = 2\nnetwork", team));
    let node = &s.cluster.nodes.as_slice()[1];
    assert_eq!((node.teams[0].bonding, node.teams[0].members.len()), (Bonding::Lacp, 2));
    assert_eq!(s.cluster.nics[node.teams[0].members[0]].team, Some(0));
    assert_eq!(s.cluster.nics[node.teams[0].members[0]].node.index(), 1);
    assert!(s.notes.iter().any(|n| n.contains("hides the RDMA")), "{:?}", s.notes);
    let unknown = lab("count = 2\nnetwork", "count = 2\nnetwork", &team.replace("rdma2", "rdma3"));
    assert_eq!(problems(&unknown), ["nodes.HV.teams.t.members[1]: there is no port `rdma3`"]);
    let other = "[networks.other]\nswitch = 'direct-cable'\n".to_owned()
        + &team.replace("network = 'csv'", "network = 'other'");
    let found = problems(&(LAB.to_owned() + &other));
    assert_eq!(found.len(), 2, "one for each port: {found:?}");
    assert!(found[0].ends_with("port `rdma1` is on network `csv` and its team on `other`"));
}

#[test]
fn path_mtus_follow_the_mtu() {
    let path = |mtu: &str| {
        let s =
            one(&lab("switch = \"dell-n4032f\"", &format!("switch = \"dell-n4032f\"\n{mtu}"), ""));
        s.cluster.networks.as_slice()[0].path_mtu_bytes
    };
    assert_eq!(path("mtu = '1500 B'"), 1024);
    assert_eq!(path("mtu = '4199 B'"), 2048);
    assert_eq!(path("mtu = '4200 B'"), 4096);
    assert_eq!(path("mtu = '9000 B'"), 4096);
    assert_eq!(path("path-mtu = '4096 B'"), 4096, "stated is stated");
    assert_eq!(path("mtu = '576 B'"), 256);
}

#[test]
fn variants_change_values_and_faults_are_told_once() {
    let variants = "[[variants]]\nname = 'on'\n\
        [[variants]]\nname = 'off'\nset = { 'volumes.CSV1.owner' = 'HV2', 'run.seed' = 9 }\n\
        [[variants]]\nname = 'params'\n[variants.set]\nparameters.owner.block-per-io = '7 us'\n";
    let loaded = load_all(&(LAB.to_owned() + variants), &[], &[]).unwrap();
    let names: Vec<_> = loaded.variants.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["on", "off", "params"]);
    let off = &loaded.variants[1];
    assert_eq!(off.changes, ["run.seed = 9", "volumes.CSV1.owner = HV2"]);
    assert_eq!((off.scenario.run.seed, loaded.variants[0].scenario.run.seed), (9, 7));
    assert_eq!(off.scenario.cluster.volumes.as_slice()[0].owner.index(), 1);
    let parameters = &loaded.variants[2].scenario.parameters;
    assert_eq!(parameters.get("owner.block-per-io").unwrap().value, 7e-6);
    assert_eq!(loaded.variants[2].changes, ["parameters.owner.block-per-io = 7 us"]);

    let chosen = load_all(&(LAB.to_owned() + variants), &[], &["OFF"]).unwrap();
    assert_eq!(chosen.variants.len(), 1);
    let set = [("run.seed", "11"), ("parameters.wire.segment", "32 KiB")];
    let set = load_all(&(LAB.to_owned() + variants), &set, &["off"]).unwrap();
    assert_eq!(set.variants[0].scenario.run.seed, 11, "the command line wins");
    assert_eq!(
        set.variants[0].scenario.parameters.get("wire.segment").unwrap().value,
        32.0 * 1024.0
    );
    assert!(set.hash != chosen.hash && chosen.hash == loaded.hash && loaded.hash.len() == 16);

    let broken = lab("seed = 7", "sede = 7", variants);
    assert_eq!(problems(&broken), ["run.sede: unknown field `sede`"]);
    let broken =
        LAB.to_owned() + &variants.replace("'HV2'", "'HV3'").replace("owner.block", "x.block");
    let found = load_all(&broken, &[], &["of"]).unwrap_err();
    for part in [
        "there is no node `HV3` (in variant `off`)",
        "there is no parameter `x.block-per-io`",
        "there is no variant `of` (did you mean",
    ] {
        assert!(found.contains(part), "{part}\n{found}");
    }
    assert_eq!(found.lines().count(), 3, "{found}");
    let twice = LAB.to_owned() + "[[variants]]\nname = 'a'\n[[variants]]\nname = 'A'\n";
    assert_eq!(problems(&twice), ["variants[1].name: there is another variant called `A`"]);
}

#[test]
fn a_precision_is_a_share_and_can_be_taken_back() {
    let text = lab("replications = 6", "precision = \"2 %\"\nreplications-max = 250", "");
    let run = one(&text).run;
    assert_eq!((run.precision, run.replications_max, run.replications), (Some(0.02), 250, 5));
    for (written, fraction) in [("0.1 %", 0.001), ("50 %", 0.5), ("0.5%", 0.005)] {
        let text = lab("replications = 6", &format!("precision = '{written}'"), "");
        assert_eq!(one(&text).run.precision, Some(fraction), "{written}");
    }
    let none = load_all(&text, &[("run.precision", "None")], &[]).unwrap();
    assert_eq!(none.variants[0].scenario.run.precision, None);
    for bare in ["2", "0.02", "\"2\""] {
        let text = lab("replications = 6", &format!("precision = {bare}"), "");
        let found = problems(&text);
        assert!(found.len() == 1 && found[0].contains("has no unit"), "{bare}: {found:?}");
    }
}

#[test]
fn settings_reach_defaults_that_nobody_wrote() {
    let text = small(&format!("{PLAIN}outstanding = 1"));
    let loaded = load_all(&text, &[("run.replications", "9"), ("cluster.windows", "2016")], &[]);
    let scenario = &loaded.unwrap().variants[0].scenario;
    assert_eq!(scenario.run.replications, 9);
    assert_eq!(scenario.cluster.windows, WindowsVersion::W2016);
}

#[test]
fn everything_wrong_is_told_at_once() {
    let text = LAB
        .replace("seed = 7", "seed = -7")
        .replace("dell-n4032f", "dell")
        .replace("owner = \"HV1\"", "owner = \"HV7\"")
        .replace("disk = \"data\"", "disc = \"data\"")
        .replace("-o8", "-o0")
        .replace("active = \"FS2\"", "active = \"FS9\"")
        .replace("p99 latency <= 5 ms", "p99 latency")
        .replace("host.per-io", "hots.per-io");
    let found = problems(&text);
    let fields: Vec<_> = found.iter().map(|f| f.split(": ").next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "limits[0]",
            "run.seed",
            "networks.csv.switch",
            "volumes.CSV1.owner",
            "guest-clusters.FS.active",
            "workloads.db",
            "workloads.db.disc",
            "workloads.db.diskspd",
            "parameters.\"hots.per-io\"",
        ],
        "{found:#?}"
    );
}

#[test]
fn an_empty_file_lacks_title_nodes_and_workloads() {
    assert_eq!(
        problems(""),
        [
            "the field `title` is missing",
            "nodes: the cluster has no nodes",
            "workloads: there are no workloads"
        ]
    );
}

#[test]
fn eight_thousand_machines_are_read_in_time() {
    let mut text = String::from(
        "title = 't'\n[nodes.H]\ncount = 64\ncpu = 'one-epyc-7702p'\n\
         [nodes.H.hbas.a]\nmodel = 'qlogic-qle2742'\nstorage = 's'\n\
         [storage.s]\nkind = 'array'\nmodel = 'generic-all-flash'\n\
         [volumes.V]\nstorage = 's'\ncount = 256\n\
         [workloads.w]\nvm = 'C'\ndisk = 'd'\nblock = '4 KiB'\nread = '1 %'\noutstanding = 1\n\
         working-set = '1 GiB'\n[vms.C]\ncount = 4000\nnode = 'H'\n[vms.C.disks.d]\nvolume = 'V'\n",
    );
    for i in 0..4_000 {
        let (node, volume) = (i % 64 + 1, i % 256 + 1);
        writeln!(text, "[vms.M{i}]\nnode = 'H{node}'\ndisks.d.volume = 'V{volume}'").unwrap();
    }
    let s = one(&text);
    assert_eq!((s.cluster.vms.len(), s.cluster.disks.len()), (8_000, 8_000));
    assert_eq!(s.workloads[0].disks.len(), 4_000);
    let more = text.replace("count = 4000", "count = 4001");
    assert_eq!(problems(&more), ["vms.M999: there are too many virtual machines"]);
}

#[test]
fn every_example_loads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let loaded = load(&path, &DiskFiles, &[], &[]);
            assert!(loaded.is_ok(), "{}: {}", path.display(), loaded.unwrap_err());
            seen += 1;
        }
    }
    assert!(seen > 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn mutated_scenarios_never_panic(
        cuts in prop::collection::vec(
            (any::<prop::sample::Index>(), 0_usize..12, "[a-z0-9\\[\\]{}=\"'. %-]{0,6}"),
            1..4,
        ),
    ) {
        let mut text = LAB.to_owned() + "[[variants]]\nname = 'v'\nset = { 'run.seed' = 3 }\n";
        for (at, length, with) in cuts {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &with);
            }
        }
        match load_all(&text, &[], &[]) {
            Ok(loaded) => prop_assert!(!loaded.variants.is_empty()),
            Err(faults) => prop_assert!(!faults.is_empty()),
        }
    }

    #[test]
    fn swapped_values_never_panic(
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let mut lines: Vec<&str> = LAB.lines().collect();
        let values: Vec<usize> =
            (0..lines.len()).filter(|&i| lines[i].contains(" = ")).collect();
        let (from, to) = (values[from.index(values.len())], values[to.index(values.len())]);
        let value = lines[from].split_once(" = ").unwrap().1;
        let line = format!("{} = {value}", lines[to].split_once(" = ").unwrap().0);
        lines[to] = &line;
        let _ = load_all(&lines.join("\n"), &[], &[]);
    }
}
