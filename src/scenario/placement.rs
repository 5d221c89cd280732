//! Where machines and volumes may be, and what moving a machine takes.

use super::context::Context;
use super::document::{Located, Reader};
use super::names::Names;
use crate::topology::{NodeId, Placement, Priority, VmMemory};
use crate::units::{BitRate, Bytes};

/// Placement as written.
#[derive(Default)]
pub(super) struct Draft {
    possible: Option<Vec<Located<String>>>,
    preferred: Vec<Located<String>>,
    pinned: Option<Located<bool>>,
    anti_affinity: Vec<String>,
    priority: Priority,
}

/// What machines and volumes have in common.
pub(super) fn read(reader: &mut Reader<'_, '_>) -> Draft {
    let possible = reader.names("possible-owners");
    if possible.as_ref().is_some_and(Vec::is_empty) {
        reader.fault_at("possible-owners", "there is no node in the list", None);
    }
    Draft {
        possible: possible.filter(|names| !names.is_empty()),
        preferred: reader.names("preferred-owners").unwrap_or_default(),
        pinned: reader.optional::<Located<bool>>("pinned").filter(|pinned| pinned.value),
        ..Draft::default()
    }
}

/// What a machine has beside that.
pub(super) fn read_machine(reader: &mut Reader<'_, '_>) -> Draft {
    let draft = read(reader);
    let classes = reader.names("anti-affinity").unwrap_or_default();
    Draft {
        anti_affinity: classes.into_iter().map(|class| class.value.trim().to_owned()).collect(),
        priority: reader.choice("priority", &Priority::ALL).unwrap_or_default(),
        ..draft
    }
}

/// Memory and processors of a machine.
pub(super) fn read_memory(reader: &mut Reader<'_, '_>, vcpus: u32) -> VmMemory {
    let stated = reader.raw("memory").is_some();
    let bytes = if stated { reader.positive::<Bytes>("memory") } else { None };
    let dirty: Option<BitRate> = reader.optional("dirty-rate");
    let cores_busy: f64 = reader.or("cores-busy", 0.0);
    if cores_busy < 0.0 {
        reader.fault_at("cores-busy", "is negative", None);
    } else if cores_busy > f64::from(vcpus) {
        let help = format!("it has {vcpus}, by `vcpus`");
        reader.fault_at("cores-busy", "are more cores than the machine has", Some(help));
    }
    VmMemory {
        bytes: bytes.map_or(0.0, |bytes| bytes.get() as f64),
        dirty_bytes_per_s: dirty.map(BitRate::bytes_per_sec),
        cores_busy,
    }
}

impl Draft {
    /// Whether it may be on a node; names that are unknown are told later.
    pub(super) fn allows(&self, nodes: &Names, node: usize) -> bool {
        let among = |name: &Located<String>| {
            nodes.find(&name.value).is_none_or(|found| found.contains(&node))
        };
        self.possible.as_ref().is_none_or(|names| names.iter().any(among))
    }

    /// Whether possible owners are stated.
    pub(super) const fn is_bound(&self) -> bool {
        self.possible.is_some()
    }

    /// The placement of what is on these nodes at the start.
    pub(super) fn settle(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
        homes: &[usize],
    ) -> Placement {
        let possible = self.possible.as_ref().map(|names| (names, nodes.each(context, names)));
        let preferred = nodes.each(context, &self.preferred).unwrap_or_default();
        if let Some((names, Some(possible))) = &possible
            && let Some(first) = names.first()
        {
            if let Some(home) = homes.iter().find(|home| !possible.contains(home)) {
                let problem = format!(
                    "node `{}`, where it is at the start, is not possible",
                    nodes.called(*home)
                );
                let help = "list it, or start on another node".to_owned();
                context.fault(first, problem, Some(help));
            } else if let Some(pinned) = &self.pinned
                && possible.iter().any(|node| !homes.contains(node))
            {
                let problem = "what is pinned stays where it is, so no other node is possible";
                let help = "leave out `pinned` or `possible-owners`".to_owned();
                context.fault(pinned, problem, Some(help));
            }
            for name in &self.preferred {
                let found = nodes.find(&name.value).into_iter().flatten();
                if let Some(node) = found.into_iter().find(|node| !possible.contains(node)) {
                    let problem = format!("node `{}` is no possible owner", nodes.called(node));
                    context.fault(name, problem, Some("list it in `possible-owners`".to_owned()));
                }
            }
        }
        let ids = |found: Vec<usize>| {
            let mut ids: Vec<NodeId> = Vec::with_capacity(found.len());
            for id in found.into_iter().map(NodeId::from_index) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            ids
        };
        Placement {
            possible: ids(possible.and_then(|(_, found)| found).unwrap_or_default()),
            preferred: ids(preferred),
            pinned: self.pinned.is_some(),
            anti_affinity: self.anti_affinity.clone(),
            priority: self.priority,
        }
    }
}
