//! Laying one tree over another.

use std::collections::btree_map;

use super::node::{Node, Table, Value};

/// Lays `over` over `base`: tables merge key by key, everything else is replaced.
pub(super) fn merge(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::Table(below), Value::Table(above)) => {
            Node { value: Value::Table(merge_tables(below, above)), ..over }
        }
        (_, value) => Node { value, ..over },
    }
}

fn merge_tables(below: Table, above: Table) -> Table {
    let mut merged = below;
    for (key, mut entry) in above {
        match merged.entry(key) {
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            btree_map::Entry::Occupied(place) => {
                let (key, below) = place.remove_entry();
                entry.node = merge(below.node, entry.node);
                merged.insert(key, entry);
            }
        }
    }
    merged
}
