//! `[volumes]`: Cluster Shared Volumes and their coordinators.

use super::changes::{self, VolumeDraft};
use super::context::{Context, place};
use super::disks::rate;
use super::document::{Located, Reader};
use super::intensity::share;
use super::names::Names;
use super::owner_loss;
use super::placement;
use super::spaces::{forbidden, usual};
use crate::policy::balanced_owners;
use crate::topology::{
    CsvId, FileSystem, FilterDriver, FilterLayer, Node, NodeId, Placement, Replica, Resiliency,
    Storage, StorageId, StorageKind, Volume, WindowsVersion,
};
use crate::units::IdVec;

/// More volumes than any cluster has.
const MOST_VOLUMES: u64 = 1_024;

const FILE_SYSTEMS: [(&str, FileSystem); 2] =
    [("NTFS", FileSystem::Ntfs), ("ReFS", FileSystem::Refs)];

const LAYERS: [(&str, FilterLayer); 2] =
    [("file-system", FilterLayer::FileSystem), ("volume", FilterLayer::Volume)];

const REPLICATION: [(&str, bool); 2] = [("synchronous", true), ("asynchronous", false)];

/// Volumes as written; one entry may stand for several.
pub(super) struct Volumes {
    pub(super) names: Names,
    entries: Vec<Draft>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch of a volume")]
struct Draft {
    entry: Located<String>,
    names: Vec<String>,
    storage: Option<Located<String>>,
    owner: Vec<Located<String>>,
    file_system: FileSystem,
    redirected: bool,
    filters: Vec<FilterDriver>,
    bitlocker: bool,
    replicated: bool,
    replica: Option<ReplicaDraft>,
    resiliency: Option<Located<Resiliency>>,
    tiered: Option<Located<bool>>,
    paused: bool,
    lost_paths: Vec<Located<String>>,
    metadata_per_s: f64,
    block_cache: bool,
    direct_failures: f64,
    direct_failures_on: Vec<Located<String>>,
    owner_loss: Option<owner_loss::Draft>,
    changes: Vec<VolumeDraft>,
    placement: placement::Draft,
}

/// Storage Replica, by names.
struct ReplicaDraft {
    synchronous: bool,
    partner: Option<Located<String>>,
    storage: Option<Located<String>>,
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    windows: WindowsVersion,
    trusted: &[String],
) -> Volumes {
    let mut names = Names::new("volume");
    let entries = root.tables("volumes", |name, reader| {
        let entry = place(reader, name);
        let count = names.count(context, reader, &entry, MOST_VOLUMES);
        let storage = reader.required("storage");
        let owner = reader.names("owner").unwrap_or_default();
        if owner.len() > 1 && count.is_none() {
            let help = "with `count`, several owners take turns".to_owned();
            reader.fault_at("owner", "a volume has one owner", Some(help));
        }
        let file_system = reader.choice("file-system", &FILE_SYSTEMS).unwrap_or_default();
        if file_system == FileSystem::Refs && windows < WindowsVersion::W2012R2 {
            let problem = "Windows Server 2012 has no Cluster Shared Volumes on ReFS";
            let help = "write \"NTFS\", or a later version under [cluster]".to_owned();
            reader.fault_at("file-system", problem, Some(help));
        }
        let replica = reader.table("replica", replica);
        let replicated = reader.or("replicated", false) || replica.is_some();
        if replicated && windows < WindowsVersion::W2016 {
            let problem = format!("Windows Server {} has no Storage Replica", windows.name());
            let field = if replica.is_some() { "replica" } else { "replicated" };
            let help = "write a later version under [cluster]".to_owned();
            reader.fault_at(field, problem, Some(help));
        }
        let tiered: Option<Located<bool>> = reader.optional("tiered");
        if tiered.as_ref().is_some_and(|t| t.value) && windows < WindowsVersion::W2012R2 {
            let problem = "Windows Server 2012 has no storage tiers";
            let help = "write a later version under [cluster]".to_owned();
            reader.fault_at("tiered", problem, Some(help));
        }
        let resiliency = reader.choice("resiliency", &Resiliency::ALL).map(|value| Located {
            value,
            at: reader.span_of("resiliency"),
            path: format!("{}.resiliency", reader.path()),
        });
        Draft {
            names: names.add(context, &entry, count),
            entry,
            storage,
            owner,
            file_system,
            redirected: reader.or("redirected", false),
            filters: filters(reader, trusted),
            bitlocker: reader.or("bitlocker-initializing", false),
            replicated,
            replica,
            resiliency,
            tiered,
            paused: reader.or("paused", false),
            lost_paths: reader.names("lost-paths").unwrap_or_default(),
            metadata_per_s: rate(reader, "metadata").unwrap_or_default(),
            block_cache: reader.or("block-cache", true),
            direct_failures: share(reader, "direct-failures").unwrap_or_default(),
            direct_failures_on: reader.names("direct-failures-on").unwrap_or_default(),
            owner_loss: reader.table("owner-loss", owner_loss::read),
            changes: changes::read_volume(reader),
            placement: placement::read(reader),
        }
    });
    Volumes { names, entries }
}

/// A driver's name as the cluster property lists it: in small letters, without `.sys`.
pub(super) fn driver(name: &str) -> String {
    let name = name.trim().to_lowercase();
    name.strip_suffix(".sys").map_or(name.clone(), str::to_owned)
}

/// Filters that cannot do direct I/O, with a name or without.
fn filters(reader: &mut Reader<'_, '_>, trusted: &[String]) -> Vec<FilterDriver> {
    let unnamed = reader.choice("incompatible-filter", &LAYERS);
    let unnamed = unnamed.map(|layer| FilterDriver { name: String::new(), layer, trusted: false });
    let named = reader.array("filters", |_, reader| {
        let name: Option<String> = reader.required("name");
        let there = reader.must_have("kind");
        let layer = if there { reader.choice("kind", &LAYERS) } else { None };
        let name = name?.trim().to_owned();
        let trusted = trusted.contains(&driver(&name));
        Some(FilterDriver { name, layer: layer?, trusted })
    });
    unnamed.into_iter().chain(named.into_iter().flatten()).collect()
}

fn replica(reader: &mut Reader<'_, '_>) -> ReplicaDraft {
    ReplicaDraft {
        synchronous: reader.choice("mode", &REPLICATION).unwrap_or(true),
        partner: reader.required("partner"),
        storage: reader.required("storage"),
    }
}

/// Which nodes reach which storage, as far as it is known.
pub(super) struct Reach<'a> {
    pub(super) nodes: &'a IdVec<NodeId, Node>,
    pub(super) storages: &'a IdVec<StorageId, Storage>,
    /// Nodes of which a cable leads to an unknown place, which was reported.
    pub(super) unsure: &'a [bool],
}

impl Reach<'_> {
    /// Whether a node has a path to a storage system, or could have.
    pub(super) fn reaches(&self, node: usize, storage: usize) -> bool {
        let id = StorageId::from_index(storage);
        let (Some(of), Some(at)) =
            (self.storages.get(id), self.nodes.get(NodeId::from_index(node)))
        else {
            return true;
        };
        match (of.kind, of.node) {
            (StorageKind::Device, Some(at)) => {
                at.index() == node || of.nodes.iter().any(|n| n.index() == node)
            }
            (StorageKind::Device, None) => true,
            (StorageKind::SpacesDirect, _) => of.nodes.iter().any(|n| n.index() == node),
            _ => self.unsure[node] || at.hbas.iter().any(|hba| hba.storage == id && hba.ports > 0),
        }
    }
}

/// A volume on its way: its storage, its owner if stated, and the nodes that lost their path.
struct Pending<'a> {
    draft: &'a Draft,
    name: &'a str,
    storage: Option<usize>,
    owner: Option<usize>,
    lost: Vec<usize>,
    failing: Vec<usize>,
    replica: Option<Replica>,
    resiliency: Resiliency,
}

impl Volumes {
    /// The losses of coordinators that are stated, each with the volumes of its entry.
    pub(super) fn losses(&self) -> impl Iterator<Item = (&owner_loss::Draft, usize, usize)> {
        let mut first = 0;
        self.entries.iter().filter_map(move |draft| {
            let at = first;
            first += draft.names.len();
            draft.owner_loss.as_ref().map(|loss| (loss, at, first))
        })
    }

    /// The changes that are stated, each with the volumes of its entry.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&[VolumeDraft], usize, usize)> {
        let mut first = 0;
        self.entries.iter().map(move |draft| {
            let at = first;
            first += draft.names.len();
            (draft.changes.as_slice(), at, first)
        })
    }

    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
        storages: &Names,
        reach: &Reach<'_>,
        windows: WindowsVersion,
    ) -> IdVec<CsvId, Volume> {
        let mut pending = Vec::new();
        for draft in &self.entries {
            let storage = draft.storage.as_ref().and_then(|name| storages.one(context, name));
            let owners = nodes.each(context, &draft.owner).unwrap_or_default();
            let lost = nodes.each(context, &draft.lost_paths).unwrap_or_default();
            let failing = nodes.each(context, &draft.direct_failures_on).unwrap_or_default();
            if draft.names.len() == 1 && draft.owner.len() == 1 && owners.len() > 1 {
                nodes.one(context, &draft.owner[0]);
            }
            for owner in &owners {
                check_path(context, nodes, reach, draft, (storage, *owner), &lost);
            }
            let of = storage.and_then(|s| reach.storages.get(StorageId::from_index(s)));
            let resiliency = of.map_or_else(Resiliency::default, |of| {
                space(context, draft, of, windows);
                draft.resiliency.as_ref().map_or_else(|| usual(of), |stated| stated.value)
            });
            let replica = draft.replica(context, nodes, storages, reach, storage);
            for (index, name) in draft.names.iter().enumerate() {
                let owner = (!owners.is_empty()).then(|| owners[index % owners.len()]);
                let (lost, failing) = (lost.clone(), failing.clone());
                pending.push(Pending {
                    draft,
                    name,
                    storage,
                    owner,
                    lost,
                    failing,
                    replica,
                    resiliency,
                });
            }
        }
        balance(context, nodes, &mut pending, reach);
        for volume in &pending {
            let partner = volume.replica.map(|replica| replica.partner.index());
            if let (Some(_), Some(replica)) =
                (partner.filter(|_| partner == volume.owner), &volume.draft.replica)
                && let Some(at) = &replica.partner
            {
                let problem = format!("node `{}` owns the volume itself", at.value);
                context.fault(at, problem, Some("name a node of the other site".to_owned()));
            }
        }
        let mut volumes: IdVec<CsvId, Volume> = pending.into_iter().map(Pending::build).collect();
        let mut first = 0;
        for draft in &self.entries {
            let made = first..first + draft.names.len();
            first = made.end;
            // Of an owner that could not be resolved nothing is to be told here.
            let sure = draft.storage.as_ref().is_some_and(|s| storages.find(&s.value).is_some())
                && draft.owner.iter().all(|owner| nodes.find(&owner.value).is_some());
            let ids = made.map(CsvId::from_index);
            let mut homes: Vec<usize> =
                ids.clone().filter_map(|id| volumes.get(id)).map(|v| v.owner.index()).collect();
            if !sure {
                homes.clear();
            }
            let placement = draft.placement.settle(context, nodes, &homes);
            for id in ids {
                if let Some(volume) = volumes.get_mut(id) {
                    volume.placement = placement.clone();
                }
            }
        }
        volumes
    }
}

/// Faults of what a volume says as a storage space.
fn space(context: &mut Context<'_>, draft: &Draft, of: &Storage, windows: WindowsVersion) {
    if let Some(stated) = &draft.resiliency
        && let Some((problem, help)) = forbidden(stated.value, of, windows)
    {
        context.fault(stated, problem, Some(help));
    }
    if let Some(tiered) = draft.tiered.as_ref().filter(|tiered| tiered.value)
        && !(of.kind.is_spaces() && of.fast_tier)
    {
        let problem = format!("storage `{}` has no faster drives to make a tier of", of.name);
        let help = "tiers are for storage spaces on a model with cache drives".to_owned();
        context.fault(tiered, problem, Some(help));
    }
}

impl Draft {
    /// The partner of a replicated volume, which must reach its storage and be no other's.
    fn replica(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
        storages: &Names,
        reach: &Reach<'_>,
        own: Option<usize>,
    ) -> Option<Replica> {
        let draft = self.replica.as_ref()?;
        let (node, to) = (draft.partner.as_ref()?, draft.storage.as_ref()?);
        let partner = nodes.one(context, node)?;
        let storage = storages.one(context, to)?;
        if own == Some(storage) {
            let problem = "a replica lies on a storage system of its own";
            context.fault(to, problem, None);
            return None;
        }
        if !reach.reaches(partner, storage) {
            let problem = format!("node `{}` has no path to storage `{}`", node.value, to.value);
            context.fault(node, problem, None);
            return None;
        }
        if reach.storages.get(StorageId::from_index(storage)).is_some_and(|s| s.kind.is_spaces()) {
            let problem = "a replica on storage spaces is not modelled";
            context.fault(to, problem, Some("name an array or a device".to_owned()));
            return None;
        }
        Some(Replica {
            synchronous: draft.synchronous,
            partner: NodeId::from_index(partner),
            storage: StorageId::from_index(storage),
        })
    }
}

fn check_path(
    context: &mut Context<'_>,
    nodes: &Names,
    reach: &Reach<'_>,
    draft: &Draft,
    (storage, owner): (Option<usize>, usize),
    lost: &[usize],
) {
    let Some(storage) = storage else { return };
    if reach.reaches(owner, storage) || lost.contains(&owner) {
        return;
    }
    let named = |name: &&Located<String>| {
        nodes.find(&name.value).is_some_and(|found| found.contains(&owner))
    };
    let at = draft.owner.iter().find(named).unwrap_or(&draft.entry);
    let node = reach.nodes.get(NodeId::from_index(owner)).map_or("", |node| node.name.as_str());
    let storage = draft.storage.as_ref().map_or("", |name| name.value.as_str());
    let problem =
        format!("node `{node}` has no path to storage `{storage}`, so it cannot own this");
    let help = "give the node an adapter in [nodes.<name>.hbas], or let a node that has one own \
                the volume";
    context.fault(at, problem, Some(help.to_owned()));
}

/// Gives an owner to each volume without one, evenly over the nodes that reach its storage.
fn balance(
    context: &mut Context<'_>,
    names: &Names,
    pending: &mut [Pending<'_>],
    reach: &Reach<'_>,
) {
    let candidates = |volume: &Pending<'_>| -> Vec<usize> {
        let Some(storage) = volume.storage else { return Vec::new() };
        let allowed = |n: &usize| volume.draft.placement.allows(names, *n);
        let usable =
            |n: &usize| allowed(n) && !volume.lost.contains(n) && reach.reaches(*n, storage);
        (0..reach.nodes.len()).filter(usable).collect()
    };
    let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for (index, volume) in pending.iter().enumerate().filter(|(_, v)| v.owner.is_none()) {
        if !volume.draft.owner.is_empty() || volume.storage.is_none() {
            // What was stated could not be resolved, which was reported.
            continue;
        }
        let nodes = candidates(volume);
        if nodes.is_empty() && !reach.nodes.is_empty() {
            let storage = volume.draft.storage.as_ref().map_or("", |name| name.value.as_str());
            let who = if volume.draft.placement.is_bound() { "possible owner" } else { "node" };
            let problem = format!("no {who} has a path to storage `{storage}`");
            let help = "give nodes an adapter in [nodes.<name>.hbas]".to_owned();
            let entry = &volume.draft.entry;
            context.fault(entry, problem, Some(help));
        }
        match groups.iter_mut().find(|(known, _)| *known == nodes) {
            Some((_, volumes)) => volumes.push(index),
            None => groups.push((nodes, vec![index])),
        }
    }
    for (nodes, volumes) in groups {
        let local = |owner: usize| nodes.iter().position(|node| *node == owner);
        let decided = pending.iter().filter_map(|volume| volume.owner.and_then(local));
        let mut stated: Vec<Option<usize>> = decided.map(Some).collect();
        let known = stated.len();
        stated.resize(known + volumes.len(), None);
        let owners = balanced_owners(&stated, nodes.len());
        for (volume, owner) in volumes.into_iter().zip(&owners[known..]) {
            pending[volume].owner = owner.map(|owner| nodes[owner]);
        }
    }
}

impl Pending<'_> {
    fn build(self) -> Volume {
        let draft = self.draft;
        Volume {
            name: self.name.to_owned(),
            storage: StorageId::from_index(self.storage.unwrap_or(0)),
            owner: NodeId::from_index(self.owner.unwrap_or(0)),
            file_system: draft.file_system,
            redirected_by_user: draft.redirected,
            filters: draft.filters.clone(),
            bitlocker_initializing: draft.bitlocker,
            replicated: draft.replicated,
            replica: self.replica,
            resiliency: self.resiliency,
            tiered: draft.tiered.as_ref().is_some_and(|tiered| tiered.value),
            paused: draft.paused,
            lost_paths: self.lost.into_iter().map(NodeId::from_index).collect(),
            lun: false,
            metadata_per_s: draft.metadata_per_s,
            block_cache: draft.block_cache,
            direct_failures: draft.direct_failures,
            direct_failures_on: self.failing.into_iter().map(NodeId::from_index).collect(),
            redirected_by_snapshot: false,
            owner_loss: None,
            placement: Placement::default(),
            changes: Vec::new(),
        }
    }
}
