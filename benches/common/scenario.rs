//! The reference cluster: a scenario file made of numbers, read and compiled as any other.

use std::fmt::Write as _;
use std::path::Path;

use csvnet::cluster::{Compiled, compile};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Scenario, load};

/// Nodes, and volumes: each node owns one.
pub(crate) const NODES: usize = 16;

/// Virtual machines, half of them at home on the owner of their volume and half away.
pub(crate) const VMS: usize = 256;

/// The text of the scenario: two RDMA ports of 25 Gbit/s in each node, an array on Fibre Channel,
/// and `ReFS`, so that every I/O of a machine that is away from its volume is redirected.
pub(crate) fn text() -> String {
    let mut text = format!(
        r#"title = "{NODES} nodes, {VMS} machines, half of them redirected"

[cluster]
windows = "2022"

[networks.csv]
switch = "mellanox-sn2010"
mtu = "9000 B"
pfc = true

[nodes.HV]
count = {NODES}
cpu = "two-xeon-gold-6130"
nics.storage = {{ model = "mellanox-connectx-5-25g", count = 2, network = "csv" }}
hbas.fc = {{ model = "qlogic-qle2742", storage = "array" }}

[storage.array]
kind = "array"
model = "generic-all-flash"

[volumes.CSV]
count = {NODES}
storage = "array"
owner = "HV"
file-system = "ReFS"
"#
    );
    // Machine k of either sort is on node k, modulo their number; the volume of one that is away
    // is that of the next node.
    for (name, shift) in [("home", 0), ("away", 1)] {
        let volumes: Vec<String> =
            (0..NODES).map(|k| format!("\"CSV{}\"", (k + shift) % NODES + 1)).collect();
        write!(
            text,
            r#"
[vms.{name}]
count = {}
node = "HV"
vcpus = 4
disks.data = {{ volume = [{}] }}

[workloads.{name}]
vm = "{name}"
disk = "data"
block = "8 KiB"
read = "70 %"
outstanding = 8
working-set = "200 GB"
"#,
            VMS / 2,
            volumes.join(", ")
        )
        .expect("a string takes every text");
    }
    text
}

/// Reads the scenario.
pub(crate) fn read(text: &str) -> Scenario {
    let path = Path::new("cluster.toml");
    let files = MemoryFiles::new().with(path, text);
    let loaded = load(path, &files, &[], &[]).unwrap_or_else(|faults| panic!("{faults}"));
    loaded.variants.into_iter().next().expect("a scenario has a variant").scenario
}

/// Compiles the scenario.
pub(crate) fn network(scenario: &Scenario) -> Compiled {
    let parameters = scenario.parameters.clone().freeze();
    compile(&scenario.cluster, &scenario.workloads, &parameters)
        .unwrap_or_else(|fault| panic!("{fault}"))
}
