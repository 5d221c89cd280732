//! What storage spaces have beside their numbers: drives by model, cache, nodes, resynchronization.

use super::context::Context;
use super::document::{Located, Reader};
use super::models::{Family, Model};
use super::names::Names;
use super::numbers::{Author, parameter};
use super::storage::Draft;
use crate::provenance::Parameter;
use crate::topology::{NodeId, Resiliency, Resync, Storage, StorageKind, WindowsVersion};
use crate::units::UnitKind;

/// Nodes that Storage Spaces Direct takes.
const MOST_NODES: usize = crate::topology::SPACES_DIRECT_NODES;

/// Bits a second of resynchronization, from what is hardly there to more than any network carries.
const RESYNC_LEAST: f64 = 8e6;
const RESYNC_MOST: f64 = 8e11;

/// What the cache before the capacity drives takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CacheMode {
    None,
    Write,
    ReadWrite,
}

const CACHE_MODES: [(&str, CacheMode); 3] =
    [("none", CacheMode::None), ("write", CacheMode::Write), ("read-write", CacheMode::ReadWrite)];

/// A node that returned, by name.
pub(super) struct ResyncDraft {
    node: Located<String>,
    bytes_per_s: f64,
}

/// The drives of a pool, whose numbers are `storage.<name>.cache-*` and `capacity-*`.
pub(super) fn drives(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    model: Option<&Model>,
    parameters: &mut Vec<Parameter>,
    draft: &mut Draft,
    windows: WindowsVersion,
) {
    let made = &mut draft.made;
    let direct = made.kind == StorageKind::SpacesDirect;
    if direct && windows < WindowsVersion::W2016 {
        let problem = format!("Windows Server {} has no Storage Spaces Direct", windows.name());
        let help = "write a later version under [cluster], or kind = \"storage-spaces\"";
        reader.fault_at("kind", problem, Some(help.to_owned()));
    }
    let name = made.name.clone();
    let drives = parameters.iter().rfind(|p| p.name == format!("storage.{name}.cache-drives"));
    let mut fast = drives.is_some_and(|p| p.value >= 1.0);
    for part in ["cache", "capacity"] {
        let word = model.map_or("", |model| model.word(part));
        let device = context.catalogue.model(Family::Devices, word).map(|(_, device)| device);
        if part == "cache" {
            fast &= device.is_some();
        }
        for &(field, kind) in Family::Devices.numbers() {
            let own = format!("{part}-{field}");
            let full = format!("storage.{name}.{own}");
            if reader.raw(&own).is_some() {
                parameters.extend(parameter(reader, &own, &full, kind, Author::User));
            } else if let Some(device) = device {
                let of_device = device.numbers.iter().find(|number| number.name == field);
                parameters.extend(of_device.map(|n| Parameter { name: full, ..n.clone() }));
            }
        }
    }
    let of_model = model.map_or("", |model| model.word("cache-mode"));
    let of_model = CACHE_MODES.iter().find(|(word, _)| *word == of_model).map(|(_, mode)| *mode);
    let mode = reader.choice("cache-mode", &CACHE_MODES).or(of_model).unwrap_or(CacheMode::None);
    if mode != CacheMode::None && !fast && reader.has("cache-mode") {
        let help = "choose a model with cache drives".to_owned();
        reader.fault_at("cache-mode", "there are no cache drives", Some(help));
    }
    made.fast_tier = fast && mode != CacheMode::None;
    made.read_cached = made.fast_tier && mode == CacheMode::ReadWrite;
    if direct {
        made.local_reads = reader.or("local-reads", true);
        draft.nodes = reader.names("nodes");
        draft.resync = reader.table("resync", resync).flatten();
    }
}

fn resync(reader: &mut Reader<'_, '_>) -> Option<ResyncDraft> {
    let node = reader.required("node");
    let rate =
        if reader.must_have("rate") { reader.quantity("rate", UnitKind::Rate) } else { None };
    let possible = |rate: &f64| (RESYNC_LEAST..=RESYNC_MOST).contains(rate);
    if rate.is_some_and(|rate| !possible(&rate)) {
        let help = "write a rate of 1 MB/s to 100 GB/s".to_owned();
        reader.fault_at("rate", "no copies are brought up to date at this rate", Some(help));
    }
    Some(ResyncDraft { node: node?, bytes_per_s: rate.filter(possible)? / 8.0 })
}

/// Puts the nodes of a pool in their place.
pub(super) fn place(context: &mut Context<'_>, nodes: &Names, draft: &Draft, made: &mut Storage) {
    if let (StorageKind::Device, Some(others)) = (made.kind, &draft.nodes) {
        let others = nodes.each(context, others).unwrap_or_default();
        made.nodes = others.into_iter().map(NodeId::from_index).collect();
    }
    if made.kind != StorageKind::SpacesDirect {
        return;
    }
    let named = match &draft.nodes {
        Some(named) => nodes.each(context, named).unwrap_or_default(),
        None => (0..nodes.len()).collect(),
    };
    let mut members = named;
    members.sort_unstable();
    members.dedup();
    if members.len() > MOST_NODES {
        let problem =
            format!("Storage Spaces Direct has at most {MOST_NODES} nodes, not {}", members.len());
        let help = "name those it has in `nodes`".to_owned();
        let at = draft.nodes.as_ref().and_then(|named| named.first()).unwrap_or(&draft.entry);
        context.fault(at, problem, Some(help));
        members.truncate(MOST_NODES);
    }
    made.nodes = members.iter().copied().map(NodeId::from_index).collect();
    let Some(resync) = &draft.resync else { return };
    let Some(node) = nodes.one(context, &resync.node) else { return };
    if !members.contains(&node) || members.len() < 2 {
        let problem = "no other node of this pool could bring it up to date";
        context.fault(&resync.node, problem, None);
        return;
    }
    let node = NodeId::from_index(node);
    made.resync = Some(Resync { node, bytes_per_s: resync.bytes_per_s });
}

/// What forbids a kind of resiliency on a storage system, and what would be right.
pub(super) fn forbidden(
    resiliency: Resiliency,
    storage: &Storage,
    windows: WindowsVersion,
) -> Option<(String, String)> {
    let name = resiliency.name();
    if !storage.kind.is_spaces() {
        let problem = format!("storage `{}` is no storage space", storage.name);
        return Some((problem, "an array states `raid`".to_owned()));
    }
    if resiliency.parity() && windows < WindowsVersion::W2012R2 {
        let problem = "a parity space is no Cluster Shared Volume on Windows Server 2012";
        return Some((problem.to_owned(), "write a mirror, or a later version".to_owned()));
    }
    let direct = storage.kind == StorageKind::SpacesDirect;
    if resiliency.nested() && !direct {
        let problem = format!("`{name}` is for Storage Spaces Direct");
        return Some((problem, "write \"two-way-mirror\" or \"three-way-mirror\"".to_owned()));
    }
    if resiliency.nested() && windows < WindowsVersion::W2019 {
        let problem = format!("Windows Server {} has no nested resiliency", windows.name());
        return Some((problem, "write \"two-way-mirror\", or a later version".to_owned()));
    }
    if resiliency.nested() && storage.nodes.len() != 2 {
        let problem = format!("`{name}` is for two nodes, not {}", storage.nodes.len());
        return Some((problem, "write \"three-way-mirror\"".to_owned()));
    }
    let least = resiliency.nodes_least();
    if direct && storage.nodes.len() < least {
        let problem = format!("`{name}` needs {least} nodes, there are {}", storage.nodes.len());
        return Some((problem, "write \"two-way-mirror\" for two nodes".to_owned()));
    }
    None
}

/// The usual resiliency: three copies from three nodes on, two otherwise.
pub(super) fn usual(storage: &Storage) -> Resiliency {
    match (storage.kind, storage.nodes.len()) {
        (StorageKind::SpacesDirect, 3..) => Resiliency::ThreeWayMirror,
        (StorageKind::SpacesDirect, 0 | 1) => Resiliency::Simple,
        _ => Resiliency::TwoWayMirror,
    }
}
