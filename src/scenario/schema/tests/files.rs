//! The schema against whole files, by a validator.

use std::fs;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::super::schema;
use super::samples::{blocks, examples, faults, included};

fn compiled() -> (Schemas, SchemaIndex) {
    compile(schema())
}

fn compile(schema: Value) -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    (schemas, index)
}

/// Why a text of TOML does not fit a schema, if it does not.
pub(crate) fn check(schema: Value, text: &str) -> Option<String> {
    let (schemas, index) = compile(schema);
    schemas.validate(&of(text), index).err().map(|fault| format!("{fault:#}"))
}

/// TOML as the JSON that editors check: dates are text.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, json(value))).collect()
        }
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn of(text: &str) -> Value {
    json(toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn every_example_fits() {
    let (schemas, index) = compiled();
    let starts = ["san", "s2d", "guest-cluster"];
    let starts =
        starts.map(|name| format!("{}/src/cli/init/{name}.toml", env!("CARGO_MANIFEST_DIR")));
    let files = examples().into_iter().chain(included()).chain(starts.map(Into::into));
    let mut wrong = Vec::new();
    for path in files {
        let file = of(&fs::read_to_string(&path).unwrap());
        if let Err(fault) = schemas.validate(&file, index) {
            wrong.push(format!("{}: {fault:#}", path.display()));
        }
    }
    for block in blocks() {
        if let Err(fault) = schemas.validate(&of(&block), index) {
            wrong.push(format!("{block}\n{fault:#}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each is refused by the schema and by csvnet.
const BAD: [&str; 34] = [
    "titel = \"x\"",
    "title = 5",
    "title = \" \"",
    "limits = \"p99 latency <= 5 ms\"",
    "limits = [\"p99 latency 5 ms\"]",
    "run.duration = 2",
    "run.duration = \"2\"",
    "run.duration = \"2 KiB\"",
    "run.replications = 1",
    "run.replications = \"5\"",
    "run.replications = 5.5",
    "run.seed = -1",
    "run.warm-up = \"automatic\"",
    "run.level = 0.95",
    "run.levels = \"95 %\"",
    "cluster.windows = \"2023\"",
    "cluster.multichannel = \"true\"",
    "networks.csv.mtu = 1500",
    "networks.csv.role = \"client\"",
    "networks.csv.ets = { smb = 50 }",
    "nodes.HV.cpu = \"abacus\"",
    "nodes.HV.nics.storage.modell = \"x\"",
    "nodes.HV.nics.storage.rdma = \"maybe\"",
    "nodes.HV.count = 65",
    "storage.array.kind = \"tape\"",
    "storage.array.read-cache = 64",
    "storage.array.read-cache = { value = \"64 GiB\", low = \"32 GiB\" }",
    "volumes.CSV1.file-system = \"FAT\"",
    "vms.sql.disks.data.max-iops = \"500\"",
    "workloads.oltp.block = \"8 K\"",
    "workloads.oltp.hot-spots = { ios = \"95 %\", size = \"5 %\" }",
    "parameters.host.per-io = \"9 KiB\"",
    "parameters.host.per-oi = \"9 us\"",
    "variants = [{ set = {} }]",
];

#[test]
fn what_is_wrong_is_refused_by_both() {
    let (schemas, index) = compiled();
    let mut taken = Vec::new();
    for bad in BAD {
        if schemas.validate(&of(bad), index).is_ok() {
            taken.push(format!("the schema takes {bad}"));
        }
        if faults(&format!("# fragment\n{bad}\n")).is_empty() {
            taken.push(format!("csvnet takes {bad}"));
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn a_variant_may_change_what_a_scenario_may_say() {
    let (schemas, index) = compiled();
    let fits = |set: &str| {
        let text = format!("[[variants]]\nname = \"a\"\n[variants.set]\n{set}");
        schemas.validate(&of(&text), index).is_ok()
    };
    assert!(fits(
        "\"volumes.CSV1.owner\" = \"HV1\"\nnodes.HV.load = \"5 %\"\n\"limits[0]\" = \"x\""
    ));
    assert!(fits("parameters.host.per-io = \"20 us\""));
    assert!(!fits("nodes.HV.load = 5"));
    assert!(!fits("node.HV.load = \"5 %\""));
}
