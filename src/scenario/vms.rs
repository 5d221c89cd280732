//! `[vms]` and `[guest-clusters]`: virtual machines, their disks, who shares them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, place};
use super::disks::{self, DiskDraft, Places, needs, rate};
use super::document::{Located, Reader};
use super::names::Names;
use super::placement;
use crate::topology::{
    Disk, DiskId, GuestCluster, GuestClusterId, Need, NodeId, Vm, VmId, VmMemory, Volume,
    WindowsVersion,
};
use crate::units::IdVec;

/// What a failover cluster runs at most.
const MOST_VMS: u64 = 8_000;
/// What a node runs at most.
const MOST_ON_A_NODE: usize = 1_024;
const MOST_VCPUS: u64 = 2_048;
/// Four SCSI controllers with 64 disks each.
const MOST_DISKS: usize = 256;

/// What `active` says when no single member is.
const ALL: &str = "all";

/// Virtual machines as written; one entry may stand for several.
pub(super) struct Vms {
    pub(super) names: Names,
    entries: Vec<Draft>,
    clusters: Vec<ClusterDraft>,
    pub(super) cluster_names: Names,
}

struct Draft {
    entry: Located<String>,
    names: Vec<String>,
    counted: bool,
    nodes: Vec<Located<String>>,
    vcpus: u32,
    physical: bool,
    power_cycles_per_s: f64,
    checkpoints_per_s: f64,
    needs: Vec<Need>,
    placement: placement::Draft,
    memory: VmMemory,
    disks: Vec<DiskDraft>,
}

struct ClusterDraft {
    name: String,
    members: Vec<Located<String>>,
    active: Option<Located<String>>,
    tunnel_per_s: Option<f64>,
}

impl ClusterDraft {
    /// Whether all members are active; a machine may be called so all the same.
    fn all_active(&self, machines: &Names) -> bool {
        let all = |name: &Located<String>| name.value.trim().eq_ignore_ascii_case(ALL);
        self.active.as_ref().is_some_and(all) && machines.find(ALL).is_none()
    }
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    windows: WindowsVersion,
) -> Vms {
    let mut names = Names::new("virtual machine");
    let entries = root.tables("vms", |name, reader| {
        let entry = place(reader, name);
        let count = names.count(context, reader, &entry, MOST_VMS);
        let there = reader.must_have("node");
        let nodes = if there { reader.names("node") } else { None };
        if there && nodes.as_ref().is_some_and(Vec::is_empty) {
            reader.fault_at("node", "there is no node in the list", None);
        }
        let vcpus = reader.count("vcpus", 1..=MOST_VCPUS).unwrap_or(2);
        let vcpus = u32::try_from(vcpus).unwrap_or(1);
        let physical = reader.or("physical", false);
        let disks =
            reader.tables("disks", |name, reader| disks::read(reader, name, windows, physical));
        if disks.len() > MOST_DISKS {
            let help = format!("a virtual machine has at most {MOST_DISKS}");
            reader.fault_at("disks", "there are too many disks", Some(help));
        }
        Draft {
            names: names.add(context, &entry, count),
            entry,
            counted: count.is_some(),
            nodes: nodes.unwrap_or_default(),
            vcpus,
            physical,
            power_cycles_per_s: rate(reader, "power-cycles").unwrap_or_default(),
            checkpoints_per_s: rate(reader, "checkpoints").unwrap_or_default(),
            needs: needs(reader),
            placement: placement::read_machine(reader),
            memory: placement::read_memory(reader, vcpus),
            disks,
        }
    });
    let mut cluster_names = Names::new("guest cluster");
    let clusters = root.tables("guest-clusters", |name, reader| {
        let entry = place(reader, name);
        let name = cluster_names.add(context, &entry, None).swap_remove(0);
        let there = reader.must_have("members");
        let members = if there { reader.names("members") } else { None };
        if there && members.as_ref().is_some_and(Vec::is_empty) {
            reader.fault_at("members", "the guest cluster has no members", None);
        }
        let active = reader.required("active");
        let tunnel_per_s = rate(reader, "reservations");
        ClusterDraft { name, members: members.unwrap_or_default(), active, tunnel_per_s }
    });
    Vms { names, entries, clusters, cluster_names }
}

/// Virtual machines with their disks.
pub(super) struct Built {
    pub(super) vms: IdVec<VmId, Vm>,
    pub(super) disks: IdVec<DiskId, Disk>,
    pub(super) clusters: IdVec<GuestClusterId, GuestCluster>,
    /// LUNs of single disks; they are numbered behind the volumes.
    pub(super) luns: Vec<Volume>,
    /// Disks that grow by so many bytes a second.
    pub(super) growing: Vec<(DiskId, Located<f64>)>,
    /// Disks of each virtual machine by name in small letters.
    by_name: Vec<BTreeMap<String, DiskId>>,
}

impl Vms {
    pub(super) fn build(&self, context: &mut Context<'_>, places: &Places<'_>) -> Built {
        let mut built = Built {
            vms: IdVec::new(),
            disks: IdVec::new(),
            clusters: IdVec::new(),
            luns: Vec::new(),
            growing: Vec::new(),
            by_name: Vec::with_capacity(self.names.len()),
        };
        let mut on_node = vec![0_usize; places.nodes.len()];
        for draft in &self.entries {
            draft.build(context, places, &mut on_node, &mut built);
        }
        for cluster in &self.clusters {
            let members = self.names.each(context, &cluster.members).unwrap_or_default();
            let all_active = cluster.all_active(&self.names);
            let stated = cluster.active.as_ref().filter(|_| !all_active);
            let active = stated.and_then(|name| self.names.one(context, name));
            let first = members.first().copied().unwrap_or(0);
            if let (Some(active), Some(name)) = (active, &cluster.active)
                && !members.is_empty()
                && !members.contains(&active)
            {
                let problem = format!("`{}` is not a member of this guest cluster", name.value);
                context.fault(name, problem, None);
            }
            built.clusters.push(GuestCluster {
                name: cluster.name.clone(),
                members: members.into_iter().map(VmId::from_index).collect(),
                active: VmId::from_index(active.unwrap_or(first)),
                all_active,
                tunnel_per_s: cluster.tunnel_per_s,
            });
        }
        built
    }

    /// The active member of a guest cluster, or all members where all are.
    pub(super) fn active(&self, context: &mut Context<'_>, name: &Located<String>) -> Vec<usize> {
        let found = self.cluster_names.one(context, name);
        let Some(cluster) = found.and_then(|cluster| self.clusters.get(cluster)) else {
            return Vec::new();
        };
        // Unknown members were reported when the guest cluster was built.
        let known = |name: &Located<String>| self.names.find(&name.value);
        if cluster.all_active(&self.names) {
            return cluster.members.iter().filter_map(known).flatten().collect();
        }
        let active = cluster.active.as_ref().and_then(known);
        active.map(|found| found.start).into_iter().collect()
    }
}

impl Draft {
    fn build(
        &self,
        context: &mut Context<'_>,
        places: &Places<'_>,
        on_node: &mut [usize],
        built: &mut Built,
    ) {
        let homes =
            one_or_turns(context, places.nodes, &self.nodes, self.counted, "runs on one node");
        let placement = self.placement.settle(context, places.nodes, &homes);
        let mut disks = Vec::new();
        let mut by_name = BTreeSet::new();
        for disk in &self.disks {
            let name = disk.entry.value.trim().to_owned();
            if !by_name.insert(name.to_lowercase()) {
                let problem = format!("there is another disk called `{name}`");
                let help = "names must differ in more than case".to_owned();
                context.fault(&disk.entry, problem, Some(help));
            }
            let why = "lies on one volume";
            let homes = one_or_turns(context, places.volumes, &disk.volumes, self.counted, why);
            disks.push(disk.resolve(context, places, homes, &self.needs));
        }
        let turn = |of: &[usize], index: usize| of.get(index % of.len().max(1)).copied();
        for (index, name) in self.names.iter().enumerate() {
            let node = turn(&homes, index);
            let vm = built.vms.push(Vm {
                name: name.clone(),
                node: NodeId::from_index(node.unwrap_or(0)),
                vcpus: self.vcpus,
                physical: self.physical,
                power_cycles_per_s: self.power_cycles_per_s,
                checkpoints_per_s: self.checkpoints_per_s,
                placement: placement.clone(),
                memory: self.memory,
            });
            if let Some(count) = node.and_then(|node| on_node.get_mut(node)) {
                *count += 1;
                if *count == MOST_ON_A_NODE + 1 {
                    let help = format!("a node runs at most {MOST_ON_A_NODE}");
                    let problem = "there are too many virtual machines on one node";
                    context.fault(&self.entry, problem, Some(help));
                }
            }
            let mut own = BTreeMap::new();
            for resolved in &disks {
                let next = places.volumes.len() + built.luns.len();
                let made = resolved.make(context, places, (vm, name, index), node, next);
                let disk = built.disks.push(made.disk);
                own.insert(resolved.name.to_lowercase(), disk);
                built.luns.extend(made.lun);
                if let Some(value) = made.growth {
                    let Located { at, path, .. } = resolved.entry().clone();
                    built.growing.push((disk, Located { value, at, path }));
                }
            }
            built.by_name.push(own);
        }
    }
}

/// The one place named, or those that counted machines take turns on.
fn one_or_turns(
    context: &mut Context<'_>,
    names: &Names,
    given: &[Located<String>],
    counted: bool,
    rule: &str,
) -> Vec<usize> {
    let found = names.each(context, given).unwrap_or_default();
    if let (true, false, Some(first)) = (found.len() > 1, counted, given.first()) {
        let help = "with `count`, machines take turns on several".to_owned();
        context.fault(first, format!("each of them {rule}"), Some(help));
    }
    found
}

impl Built {
    /// The disk called `name` of a virtual machine; a fault when it has none.
    pub(super) fn disk(
        &self,
        context: &mut Context<'_>,
        vm: usize,
        name: &Located<String>,
    ) -> Option<DiskId> {
        let disks = self.by_name.get(vm)?;
        if let Some(disk) = disks.get(&name.value.trim().to_lowercase()) {
            return Some(*disk);
        }
        let of = self.vms.get(VmId::from_index(vm)).map_or("", |vm| vm.name.as_str());
        let problem = format!("virtual machine `{of}` has no disk `{}`", name.value);
        let help = context.near(&name.value, || disks.keys().map(String::as_str));
        context.fault(name, problem, help);
        None
    }
}
