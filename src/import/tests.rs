//! Folders made by hand, imported; what is written is checked and run in the tests of the program.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name)
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn imported(files: &[(&str, &str)]) -> Imported {
    let folder = folder(files);
    import(folder.path(), &Loads::default()).unwrap_or_else(|faults| panic!("{faults}"))
}

fn refused(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    import(folder.path(), &Loads::default()).unwrap_err().to_string()
}

fn table(imported: &Imported) -> toml::Table {
    imported.scenario.parse().unwrap()
}

/// The value at a path of keys.
fn at<'a>(table: &'a toml::Table, path: &[&str]) -> &'a toml::Value {
    let (first, rest) = path.split_first().unwrap();
    let value = table.get(*first).unwrap_or_else(|| panic!("no {first} in {table}"));
    rest.iter()
        .fold(value, |value, key| value.get(key).unwrap_or_else(|| panic!("no {key} in {value}")))
}

fn text<'a>(table: &'a toml::Table, path: &[&str]) -> &'a str {
    at(table, path).as_str().unwrap()
}

/// Whether something assumed has these words.
fn assumed(imported: &Imported, words: &str) -> bool {
    imported.assumed.iter().any(|one| one.to_string().contains(words))
}

fn read(name: &str) -> Imported {
    import(&fixture(name), &Loads::default()).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn two_nodes_of_storage_spaces_direct() {
    let imported = read("s2d-2022");
    let table = table(&imported);
    assert_eq!(imported.counts[..3], [2, 2, 3]);
    assert_eq!(text(&table, &["title"]), "Cluster S2D-CL");
    assert_eq!(text(&table, &["cluster", "windows"]), "2022");
    assert_eq!(text(&table, &["storage", "pool", "kind"]), "storage-spaces-direct");
    assert_eq!(text(&table, &["storage", "pool", "model"]), "s2d-four-nvme");
    assert_eq!(at(&table, &["storage", "pool", "capacity-drives"]).as_integer(), Some(4));
    for (volume, owner) in [("Volume1", "NODE1"), ("Volume2", "NODE2")] {
        assert_eq!(text(&table, &["volumes", volume, "owner"]), owner);
        assert_eq!(text(&table, &["volumes", volume, "file-system"]), "ReFS");
        assert_eq!(text(&table, &["volumes", volume, "resiliency"]), "two-way-mirror");
    }
    for node in ["NODE1", "NODE2"] {
        assert_eq!(text(&table, &["nodes", node, "cpu"]), "two-xeon-gold-6130");
        for nic in ["SMB1", "SMB2"] {
            let model = text(&table, &["nodes", node, "nics", nic, "model"]);
            assert_eq!(model, "mellanox-connectx-5-25g");
        }
    }
    assert_eq!(text(&table, &["nodes", "NODE1", "nics", "SMB1", "network"]), "SMB 1");
    assert_eq!(text(&table, &["networks", "SMB 1", "mtu"]), "9000 B");
    assert_eq!(text(&table, &["networks", "SMB 1", "role"]), "cluster");
    assert_eq!(text(&table, &["networks", "Management", "role"]), "cluster-and-client");
    assert_eq!(at(&table, &["networks", "SMB 1", "pfc"]).as_bool(), Some(true));
    assert_eq!(text(&table, &["vms", "SQL \"Prod\"", "node"]), "NODE1");
    assert_eq!(at(&table, &["vms", "SQL \"Prod\"", "vcpus"]).as_integer(), Some(8));
    let disk = ["vms", "SQL \"Prod\"", "disks", "disk2"];
    assert_eq!(text(&table, &[&disk[..], &["volume"]].concat()), "Volume2");
    assert_eq!(text(&table, &[&disk[..], &["max-iops"]].concat()), "5000 IOPS");
    assert_eq!(text(&table, &["vms", "Büro.01", "disks", "disk1", "format"]), "dynamic");
    assert_eq!(text(&table, &["vms", "Büro.01 (2)", "node"]), "NODE2");
    assert!(assumed(&imported, "`old` do no I/O and are left out, because they are Off"));
    assert!(assumed(&imported, "`local` is left out"));
    assert!(assumed(&imported, "IOPS of 8 KiB"));
    let top = imported.scenario.split("title =").next().unwrap();
    for one in &imported.assumed {
        assert!(top.contains(&format!("# - {one}")), "{one}");
    }
}

#[test]
fn three_nodes_on_a_san_with_a_guest_cluster() {
    let imported = read("san-2016");
    let table = table(&imported);
    assert_eq!(imported.counts[..3], [3, 2, 3], "HV4 is down");
    assert_eq!(text(&table, &["cluster", "windows"]), "2016");
    assert_eq!(text(&table, &["storage", "san", "kind"]), "array");
    assert_eq!(text(&table, &["storage", "san", "model"]), "dell-unity-450f");
    assert_eq!(text(&table, &["nodes", "HV1", "hbas", "storage", "model"]), "qlogic-qle2562");
    assert_eq!(text(&table, &["volumes", "CSV1", "file-system"]), "NTFS");
    assert_eq!(text(&table, &["volumes", "CSV2", "file-system"]), "ReFS");
    let lost = at(&table, &["volumes", "CSV1", "lost-paths"]).as_array().unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].as_str(), Some("HV3"));
    for (vm, node) in [("FS1", "HV1"), ("FS2", "HV2")] {
        assert_eq!(text(&table, &["vms", vm, "node"]), node);
        let sharing = text(&table, &["vms", vm, "disks", "shared data", "sharing"]);
        assert_eq!(sharing, "shared-vhdx");
    }
    assert_eq!(text(&table, &["guest-clusters", "FS1 + FS2", "active"]), "FS1");
    let workload = ["workloads", "FS1 shared data", "guest-cluster"];
    assert_eq!(text(&table, &workload), "FS1 + FS2");
    let team = ["nodes", "HV1", "teams", "Team"];
    assert_eq!(text(&table, &[&team[..], &["mode"]].concat()), "lacp");
    assert_eq!(text(&table, &[&team[..], &["algorithm"]].concat()), "dynamic");
    assert_eq!(text(&table, &[&team[..], &["network"]].concat()), "Cluster Network 1");
    assert_eq!(at(&table, &["cluster", "multichannel"]).as_bool(), Some(false));
    assert_eq!(text(&table, &["cluster", "block-cache"]), "512 MiB");
    assert!(assumed(&imported, "node `HV4` is left out, because it is Down"));
    assert!(assumed(&imported, "node `HV3` takes part as it is, because it is Paused"));
    assert!(assumed(&imported, "it lies on a share"));
}

#[test]
fn states_alone_make_a_scenario() {
    let imported = read("states-only");
    let table = table(&imported);
    assert_eq!(imported.counts[..3], [2, 2, 2]);
    assert_eq!(text(&table, &["volumes", "Volume1", "owner"]), "A");
    assert_eq!(text(&table, &["volumes", "Volume1", "file-system"]), "NTFS");
    assert_eq!(text(&table, &["volumes", "Volume2", "file-system"]), "ReFS");
    assert_eq!(text(&table, &["storage", "pool", "kind"]), "storage-spaces-direct");
    assert_eq!(text(&table, &["vms", "load on A", "disks", "Volume1", "volume"]), "Volume1");
    for words in [
        "the nodes are `A` and `B`",
        "`A` owns `Volume1`, because it is direct there alone",
        "the owner of `Volume2`",
        "one network `csv`",
        "each node has one machine",
        "Storage Spaces Direct, because a node has no storage space attached",
    ] {
        assert!(assumed(&imported, words), "{words}: {:#?}", imported.assumed);
    }
}

const NODES: &str = r#"[{"Name":"A","State":0},{"Name":"B","State":0},{"Name":"C","State":1}]"#;

#[test]
fn all_contradictions_are_told_at_once() {
    let volumes = r#"[{"Name":"V1","OwnerNode":"X",
        "SharedVolumeInfo":[{"FriendlyVolumeName":"C:\\ClusterStorage\\V1"}]},
        {"Name":"V2","OwnerNode":{"Name":"C"},
        "SharedVolumeInfo":[{"FriendlyVolumeName":"C:\\ClusterStorage\\V2"}]},
        {"Name":"V3","OwnerNode":"System.Object[]"}]"#;
    let states = r#"[{"Name":"V9","Node":"A","StateInfo":2,"FileSystemRedirectedIOReason":0,
        "BlockRedirectedIOReason":0}]"#;
    let vms = r#"[{"Name":"m","VMId":"1","State":2,"ComputerName":"A","ProcessorCount":2},
        {"Name":"m","VMId":"1","State":2,"ComputerName":"B","ProcessorCount":2},
        {"Name":"n","VMId":"2","State":"Läuft","ComputerName":"Z","ProcessorCount":2}]"#;
    let disks =
        r#"[{"VMName":"m","VMId":"1","Path":"C:\\ClusterStorage\\V7\\m.vhdx","ComputerName":"A"}]"#;
    let told = refused(&[
        ("Get-ClusterNode.json", NODES),
        ("Get-ClusterSharedVolume.json", volumes),
        ("Get-ClusterSharedVolumeState.json", states),
        ("Get-VM.json", vms),
        ("Get-VMHardDiskDrive.json", disks),
        ("Get-NetAdapter.json", "[{\"Name\":"),
    ]);
    for words in [
        "its owner `X` is no node of the cluster",
        "its owner `C` is a node that is not up",
        "was cut off and became the text \"System.Object[]\"",
        "Get-ClusterSharedVolume does not have this volume",
        "machine `m` (1) runs on `A` and on `B`",
        "\"Läuft\" is no VMState",
        "there is no node `Z`",
        "there is no volume at ClusterStorage\\v7, only `V1`, `V2` and `V3`",
        "this is no JSON",
    ] {
        assert!(told.contains(words), "{words}:\n{told}");
    }
    assert!(told.contains("[0] \"V1\""), "the object is named:\n{told}");
}

#[test]
fn what_is_no_folder_of_exports_is_told() {
    assert!(refused(&[("notes.txt", "x")]).contains("there is no export in this folder"));
    let nowhere = import(Path::new("no such folder"), &Loads::default()).unwrap_err();
    assert!(nowhere.to_string().contains("cannot be listed"));
    let told = refused(&[("Get-ClusterNode.json", NODES)]);
    assert!(told.contains("no export tells a cluster shared volume"), "{told}");
    let told = refused(&[("Get-VMHost.json", "[]"), ("Get-Volume.json", "[]")]);
    assert!(told.contains("no export names a node"), "{told}");
}

const STATES: &str = r#"[{"Name":"CSV","Node":"A","StateInfo":"Direct",
        "FileSystemRedirectedIOReason":0,"BlockRedirectedIOReason":0,"VolumeFriendlyName":"CSV"},
    {"Name":"CSV","Node":"B","StateInfo":"FileSystemRedirected",
        "FileSystemRedirectedIOReason":"UserRequest, IncompatibleVolumeFilter",
        "BlockRedirectedIOReason":0,"VolumeFriendlyName":"CSV"}]"#;

#[test]
fn reasons_become_fields() {
    let imported = imported(&[
        ("Get-ClusterSharedVolumeState.json", STATES),
        ("Get-Cluster.json", r#"{"Name":"c","S2DEnabled":0,"ClusterFunctionalLevel":10}"#),
    ]);
    let table = table(&imported);
    assert_eq!(text(&table, &["cluster", "windows"]), "2019");
    assert_eq!(at(&table, &["volumes", "CSV", "redirected"]).as_bool(), Some(true));
    assert_eq!(text(&table, &["volumes", "CSV", "incompatible-filter"]), "volume");
    assert_eq!(text(&table, &["storage", "san", "kind"]), "array");
}

#[test]
fn measured_loads_take_the_place_of_the_usual_one() {
    let vms = r#"[{"Name":"m","VMId":"1","State":2,"ComputerName":"A","ProcessorCount":2}]"#;
    let disks = r#"[{"VMName":"m","VMId":"1","Path":"C:\\ClusterStorage\\CSV\\m.vhdx",
        "ComputerName":"A"},
        {"VMName":"m","VMId":"1","Path":"C:\\ClusterStorage\\CSV\\n.vhdx","ComputerName":"A"}]"#;
    let files = [
        ("Get-ClusterSharedVolumeState.json", STATES),
        ("Get-VM.json", vms),
        ("Get-VMHardDiskDrive.json", disks),
    ];
    let folder = folder(&files);
    let load = Load {
        read_iops: 300.0,
        write_iops: 100.0,
        read_bytes_per_s: 300.0 * 4096.0,
        write_bytes_per_s: 100.0 * 20480.0,
    };
    let volume = Measured { node: "a".into(), instance: "CSV".into(), load };
    let loads = Loads {
        source: "counters.csv".into(),
        volumes: vec![volume],
        guests: vec![("A".into(), 0.25)],
        ..Loads::default()
    };
    let made = import(folder.path(), &loads).unwrap_or_else(|faults| panic!("{faults}"));
    let table = table(&made);
    for disk in ["m disk1", "m disk2"] {
        assert_eq!(text(&table, &["workloads", disk, "rate"]), "200 IOPS", "half of 400");
        assert_eq!(text(&table, &["workloads", disk, "block"]), "8192 B");
        assert_eq!(text(&table, &["workloads", disk, "read"]), "75 %");
    }
    assert_eq!(text(&table, &["nodes", "A", "load"]), "25 %");
    assert!(assumed(&made, "counters.csv tells it by volume"));
    let disk = Measured { node: "A".into(), instance: "C:-ClusterStorage-CSV-n.vhdx".into(), load };
    let loads = Loads { disks: vec![disk], ..loads };
    let made = import(folder.path(), &loads).unwrap();
    let table = made.scenario.parse::<toml::Table>().unwrap();
    assert_eq!(text(&table, &["workloads", "m disk2", "rate"]), "400 IOPS");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn mutated_folders_never_panic_and_faults_print(
        which in 0_usize..5,
        edits in prop::collection::vec((any::<usize>(), any::<u8>()), 1..5),
        cut in prop::option::of(any::<usize>()),
    ) {
        let names = [
            "Get-ClusterNode.json",
            "Get-ClusterSharedVolume.json",
            "Get-ClusterSharedVolumeState.json",
            "Get-ClusterNetworkInterface.json",
            "Get-VMHardDiskDrive.json",
        ];
        let of = fixture("san-2016");
        let place = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(&of).unwrap() {
            let entry = entry.unwrap();
            if entry.path().is_file() {
                fs::copy(entry.path(), place.path().join(entry.file_name())).unwrap();
            }
        }
        let target = place.path().join(names[which]);
        let mut bytes = fs::read(&target).unwrap();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            let end = cut % bytes.len();
            bytes.truncate(end);
        }
        fs::write(&target, bytes).unwrap();
        match import(place.path(), &Loads::default()) {
            Ok(made) => prop_assert!(made.scenario.contains("[nodes.")),
            Err(faults) => prop_assert!(!faults.to_string().is_empty()),
        }
    }
}

const INTERFACES: &str = r#"[
    {"Name":"A - SMB1","Node":"A","Network":"SMB","Adapter":"Mellanox ConnectX-5 Adapter"},
    {"Name":"B - SMB1","Node":"B","Network":"SMB","Adapter":"Mellanox ConnectX-5 Adapter"}]"#;

#[test]
fn ports_that_only_the_cluster_names_are_known_by_description_and_speed() {
    let states = ("Get-ClusterSharedVolumeState.json", STATES);
    let interfaces = ("Get-ClusterNetworkInterface.json", INTERFACES);
    let named = imported(&[states, interfaces]);
    for node in ["A", "B"] {
        let model = ["nodes", node, "nics", "SMB1", "model"];
        assert_eq!(text(&table(&named), &model), "mellanox-connectx-5-25g");
    }
    assert!(assumed(&named, "`SMB1` of `A` is as `mellanox-connectx-5-25g`, of 25 Gbit/s"));
    assert!(assumed(&named, "it is called \"Mellanox ConnectX-5 Adapter\", and no export"));
    assert!(assumed(&named, "switch as `mellanox-sn2010`"), "{:#?}", named.assumed);
    // Another adapter of that kind tells the speed.
    let adapters = r#"[{"Name":"pNIC7","InterfaceDescription":"Mellanox ConnectX-5 Adapter #7",
        "LinkSpeed":"100 Gbps","Status":"Up"}]"#;
    let sped = imported(&[states, interfaces, ("A/Get-NetAdapter.json", adapters)]);
    let model = ["nodes", "A", "nics", "SMB1", "model"];
    assert_eq!(text(&table(&sped), &model), "mellanox-connectx-5-100g");
}

#[test]
fn a_log_of_another_cluster_is_told_and_its_loads_are_placeholders() {
    let vms = r#"[{"Name":"m","VMId":"1","State":2,"ComputerName":"A","ProcessorCount":2}]"#;
    let disks = r#"[{"VMName":"m","VMId":"1","Path":"C:\\ClusterStorage\\CSV\\m.vhdx",
        "ComputerName":"A"}]"#;
    let folder = folder(&[
        ("Get-ClusterSharedVolumeState.json", STATES),
        ("Get-VM.json", vms),
        ("Get-VMHardDiskDrive.json", disks),
    ]);
    let of = |node: &str, instance: &str| Measured {
        node: node.into(),
        instance: instance.into(),
        load: Load { read_iops: 9.0, read_bytes_per_s: 9.0 * 8192.0, ..Load::default() },
    };
    let mut loads = Loads {
        source: "counters.csv".into(),
        volumes: vec![of("X1", "Data")],
        disks: vec![of("X1", "C:-ClusterStorage-Data-z.vhdx")],
        guests: vec![("X1".into(), 0.1)],
    };
    let made = import(folder.path(), &loads).unwrap_or_else(|faults| panic!("{faults}"));
    for words in [
        "what counters.csv tells of `X1` is left out, because no node",
        "what counters.csv tells of volume `Data` is left out, because the cluster has `CSV`",
        "1 of 1 virtual disks in counters.csv are left out",
        "nothing of counters.csv is used",
    ] {
        assert!(assumed(&made, words), "{words}: {:#?}", made.assumed);
    }
    let told = at(&table(&made), &["assumed"])[0].as_str().unwrap().to_owned();
    assert!(told.starts_with("the load of 1 of 1 disks was not measured and is a placeholder"));
    assert!(told.contains("`m disk1`"), "{told}");
    // With a log of its own nothing of that is said.
    loads.volumes = vec![of("A", "CSV")];
    (loads.disks, loads.guests) = (Vec::new(), vec![("A".into(), 0.1)]);
    let made = import(folder.path(), &loads).unwrap();
    assert!(!assumed(&made, "left out") && !assumed(&made, "nothing of"), "{:#?}", made.assumed);
    assert!(table(&made).get("assumed").is_none());
}
