//! A default of the schema that is written into a file changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::super::fields;
use super::super::shape::{Field, Shape};
use super::samples::{blocks, read_with};
use super::walk::{At, at_path};
use crate::scenario::document::asked::gather;
use crate::scenario::document::path_steps;

/// What says next to nothing, so that nearly everything is left to defaults.
const TERSE: &str = r#"# fragment
[timeline]
start = "2026-11-23"
horizon = "7 d"

[curves.c]
growth = { rate = "1 %", per = "month" }

[cluster]
block-cache = "1 GiB"

[rules]
dynamic-optimization = {}

[storage.pool]
kind = "storage-spaces-direct"
model = "s2d-four-nvme"

[storage.copy]
kind = "device"
model = "samsung-pm9a3"
node = "HV1"

[volumes.P]
storage = "pool"

[volumes.R]
storage = "array"
owner = "HV2"
replica = { partner = "HV1", storage = "copy" }

[file-servers.S]
nodes = "HV"

[backups.b]
volume = "CSV1"
node = "HV1"
rate = "100 MB/s"

[vms.pair]
count = 2
node = "HV"
disks.s = { volume = "CSV1", sharing = "shared-vhdx" }

[guest-clusters.g]
members = "pair"
active = "pair1"

[workloads.limited]
vm = "sql"
disk = "data"
block = "8 KiB"
read = "50 %"
outstanding = 4
rate-limit = "100 IOPS"
working-set = "1 GB"

[[events]]
at = "1 h"
do = "update"

[[events]]
at = "2 h"
do = "redirect"
volume = "CSV1"

[[events]]
at = "3 h"
do = "realign"
guest-cluster = "g"
"#;

/// The same of traces.
const TRACES: &str = r#"# fragment
[storage.d]
kind = "device"
model = "samsung-pm9a3"
node = "HV1"
[storage.d.fit]
trace = "traces/t.csv"
[storage.d.fit.mapping]
time = { column = "time_ns", unit = "1 ns" }
op = { column = "op", read = "R", write = "W" }
bytes = { column = "sectors", unit = "512 B" }
response = { column = "response_ns", unit = "1 ns" }

[workloads.mapped]
vm = "sql"
disk = "data"
working-set = "1 GB"
trace = "traces/t.csv"
[workloads.mapped.mapping]
time = { column = "time_ns", unit = "1 ns" }
op = { column = "op", read = "R", write = "W" }
bytes = { column = "sectors", unit = "512 B" }
"#;

fn defaults_of(place: &str, shape: &Shape, all: &mut BTreeMap<String, String>) {
    let mut of_fields = |place: &str, fields: &[Field]| {
        for field in fields {
            let place = format!("{place}.{}", field.name);
            if let Some(default) = &field.default {
                all.insert(place.clone(), default.to_string());
            }
            defaults_of(&place, &field.shape, all);
        }
    };
    match shape {
        Shape::Table(fields) => of_fields(place, fields),
        Shape::Array(fields) => of_fields(&format!("{place}[]"), fields),
        Shape::Named(_, held) => defaults_of(&format!("{place}.*"), held, all),
        _ => {}
    }
}

/// Fields with a default of the tables at a place.
fn with_default(at: Option<&At<'_>>) -> Vec<(String, String)> {
    let of = |shape: &&Shape| match shape {
        Shape::Table(fields) => fields.clone(),
        _ => Vec::new(),
    };
    let Some(at) = at else { return Vec::new() };
    let fields = at.shapes.iter().flat_map(of).filter(|field| field.default.is_some());
    fields.map(|field| (format!("{}.{}", at.place, field.name), field.name)).collect()
}

#[test]
fn a_default_is_what_holds_where_nothing_is_stated() {
    let root = Shape::Table(fields());
    let mut open = BTreeMap::new();
    defaults_of("", &root, &mut open);
    let mut wrong = Vec::new();
    for block in [TERSE, TRACES].map(str::to_owned).into_iter().chain(blocks()) {
        let mut whole = Err(Vec::new());
        let asked = gather(|| whole = read_with(&block, &[]));
        let Ok(whole) = whole else { continue };
        let tables: BTreeSet<String> = asked.into_iter().map(|asked| asked.table).collect();
        for table in tables.into_iter().filter(|table| !table.is_empty()) {
            let steps = path_steps(&table).unwrap();
            for (place, name) in at_path(&root, &steps, with_default) {
                let path = format!("{table}.{name}");
                let Some(default) = open.get(&place) else { continue };
                if whole.variants[0].document.get(&path).is_some() {
                    continue;
                }
                // Where it does not go with the rest of this block, another has it.
                let Ok(stated) = read_with(&block, &[(path.clone(), default.clone())]) else {
                    continue;
                };
                if whole.variants[0].scenario != stated.variants[0].scenario {
                    wrong.push(format!("{path} = {default}"));
                }
                open.remove(&place);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let untried: Vec<&String> = open.keys().collect();
    assert!(untried.is_empty(), "{untried:#?}");
}
