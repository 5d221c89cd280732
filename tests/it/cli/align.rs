//! `csvnet align`: what it writes and how it ends.

use std::fs;

use super::{code, csvnet, fine, folder_with, json};

/// Two nodes; the machine is on the one that does not own its volume.
const ASTRAY: &str = r#"title = "astray"

[run]
duration = "50 ms"
warm-up = "10 ms"
replications = 5

[networks.csv]
switch = "ideal"
mtu = "9000 B"

[nodes.HV]
count = 2
cpu = "two-xeon-gold-6130"
memory = "64 GB"
nics.p = { model = "mellanox-connectx-5-25g", network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[storage.array]
kind = "array"
model = "generic-all-flash"

[volumes.CSV1]
storage = "array"
owner = "HV2"
file-system = "ReFS"

[vms."it's"]
node = "HV1"
memory = "8 GB"
disks.d = { volume = "CSV1" }

[workloads.w]
vm = "it's"
disk = "d"
block = "8 KiB"
read = "70 %"
rate = "1000 IOPS"
working-set = "10 GB"
"#;

#[test]
fn the_moves_are_told_written_and_simulated() {
    let folder = folder_with(&[("a.toml", ASTRAY)]);
    let arguments = ["align", "a.toml", "--script", "m.ps1", "--simulate", "--format", "json"];
    let report = json(&fine(folder.path(), &arguments));
    let of = &report["variants"][0];
    assert_eq!(
        (&of["machines_off"], &of["moved"], &of["moved_at_least"]),
        (&1.into(), &1.into(), &1.into())
    );
    // Ownership takes less time than the machine.
    assert_eq!(of["moves"][0]["what"], "volume");
    let change = &of["simulated"][0]["latency_change_interval_s"];
    assert!(change[1].as_f64().is_some_and(|high| high < 0.0), "{change}");
    let script = fs::read_to_string(folder.path().join("m.ps1")).expect("it was written");
    assert!(script.contains("Move-ClusterSharedVolume -Name 'CSV1' -Node 'HV1'\n"), "{script}");
    // By machine, whose name has a quote.
    let arguments = ["align", "a.toml", "--script", "n.ps1", "--move", "machines"];
    let table = fine(folder.path(), &arguments);
    assert!(table.contains("1 of 1 machine runs off the owner"), "{table}");
    let script = fs::read_to_string(folder.path().join("n.ps1")).expect("it was written");
    let line = "Move-ClusterVirtualMachineRole -Name 'it''s' -Node 'HV2' -MigrationType Live\n";
    assert!(script.contains(line), "{script}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let two = format!("{ASTRAY}[[variants]]\nname = \"a\"\n[[variants]]\nname = \"b\"\n");
    let folder = folder_with(&[("a.toml", ASTRAY), ("two.toml", &two)]);
    for wrong in ["--move=disks", "--weigh=x", "--worth=5", "--cpu=0 %", "--memory=500 %"] {
        assert_eq!(code(&csvnet(folder.path(), &["align", "a.toml", wrong])), 64, "{wrong}");
    }
    let refused = |arguments: &[&str]| {
        let output = csvnet(folder.path(), arguments);
        assert_eq!(code(&output), 1, "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let told = refused(&["align", "two.toml", "--script", "m.ps1"]);
    assert!(told.contains("name one of them with --variant: a, b"), "{told}");
    assert!(refused(&["align", "a.toml", "--script", "a.toml"]).contains("is what is read"));
    let told = refused(&["align", "a.toml", "--script", "x", "-o", "x"]);
    assert!(told.contains("is named twice"), "{told}");
}
