//! `[vms]` and `[guest-clusters]`: virtual machines, their disks, who shares them.

use std::collections::{BTreeMap, BTreeSet};

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use crate::topology::{
    CsvId, Disk, DiskId, DiskQos, GuestCluster, GuestClusterId, NodeId, Sharing, Vm, VmId,
    WindowsVersion,
};
use crate::units::{BitRate, IdVec, Iops};

/// What a failover cluster runs at most.
const MOST_VMS: u64 = 8_000;
/// What a node runs at most.
const MOST_ON_A_NODE: usize = 1_024;
const MOST_VCPUS: u64 = 2_048;
/// Four SCSI controllers with 64 disks each.
const MOST_DISKS: usize = 256;
/// Limits of a disk that can be simulated.
const MAX_IOPS: std::ops::RangeInclusive<f64> = 1.0..=1e9;

const SHARINGS: [(&str, Sharing); 3] =
    [("none", Sharing::None), ("shared-vhdx", Sharing::SharedVhdx), ("vhd-set", Sharing::VhdSet)];

/// Virtual machines as written; one entry may stand for several.
pub(super) struct Vms {
    pub(super) names: Names,
    entries: Vec<Draft>,
    clusters: Vec<ClusterDraft>,
    cluster_names: Names,
}

struct Draft {
    entry: Located<String>,
    names: Vec<String>,
    counted: bool,
    nodes: Vec<Located<String>>,
    vcpus: u32,
    disks: Vec<DiskDraft>,
}

struct DiskDraft {
    entry: Located<String>,
    volumes: Vec<Located<String>>,
    sharing: Sharing,
    qos: DiskQos,
}

struct ClusterDraft {
    name: String,
    members: Vec<Located<String>>,
    active: Option<Located<String>>,
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
        let disks = reader.tables("disks", |name, reader| disk(reader, name, windows));
        if disks.len() > MOST_DISKS {
            let help = format!("a virtual machine has at most {MOST_DISKS}");
            reader.fault_at("disks", "there are too many disks", Some(help));
        }
        Draft {
            names: names.add(context, &entry, count),
            entry,
            counted: count.is_some(),
            nodes: nodes.unwrap_or_default(),
            vcpus: u32::try_from(vcpus).unwrap_or(1),
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
        ClusterDraft { name, members: members.unwrap_or_default(), active }
    });
    Vms { names, entries, clusters, cluster_names }
}

fn disk(reader: &mut Reader<'_, '_>, name: &str, windows: WindowsVersion) -> DiskDraft {
    let entry = place(reader, name);
    let there = reader.must_have("volume");
    let volumes = if there { reader.names("volume") } else { None };
    if there && volumes.as_ref().is_some_and(Vec::is_empty) {
        reader.fault_at("volume", "there is no volume in the list", None);
    }
    let sharing = reader.choice("sharing", &SHARINGS).unwrap_or_default();
    let (since, what) = match sharing {
        Sharing::None => (WindowsVersion::W2012, ""),
        Sharing::SharedVhdx => (WindowsVersion::W2012R2, "shared VHDX"),
        Sharing::VhdSet => (WindowsVersion::W2016, "VHD Set"),
    };
    if windows < since {
        let problem = format!("Windows Server {} has no {what}", windows.name());
        let help = format!("it came with {}", since.name());
        reader.fault_at("sharing", problem, Some(help));
    }
    DiskDraft { entry, volumes: volumes.unwrap_or_default(), sharing, qos: qos(reader, windows) }
}

fn qos(reader: &mut Reader<'_, '_>, windows: WindowsVersion) -> DiskQos {
    for (field, since) in
        [("max-iops", WindowsVersion::W2012R2), ("max-bandwidth", WindowsVersion::W2016)]
    {
        if reader.has(field) && windows < since {
            let problem = format!("Windows Server {} has no such limit", windows.name());
            reader.fault_at(field, problem, Some(format!("it came with {}", since.name())));
        }
    }
    let iops = reader.has("max-iops").then(|| reader.positive::<Iops>("max-iops")).flatten();
    let rate =
        reader.has("max-bandwidth").then(|| reader.positive::<BitRate>("max-bandwidth")).flatten();
    let max_iops = iops.map(Iops::get);
    if max_iops.is_some_and(|iops| !MAX_IOPS.contains(&iops)) {
        let help = "write 1 IOPS to 10^9 IOPS; each begun 8 KiB counts as one".to_owned();
        reader.fault_at("max-iops", "is no usable limit", Some(help));
    }
    let max_bytes_per_s = rate.map(BitRate::bytes_per_sec);
    if max_bytes_per_s.is_some_and(|rate| rate < 1024.0) {
        let help = "write 1 KiB/s or more".to_owned();
        reader.fault_at("max-bandwidth", "is no usable limit", Some(help));
    }
    DiskQos { max_iops, max_bytes_per_s }
}

/// Virtual machines with their disks.
pub(super) struct Built {
    pub(super) vms: IdVec<VmId, Vm>,
    pub(super) disks: IdVec<DiskId, Disk>,
    pub(super) clusters: IdVec<GuestClusterId, GuestCluster>,
    /// Disks of each virtual machine by name in small letters.
    by_name: Vec<BTreeMap<String, DiskId>>,
}

impl Vms {
    pub(super) fn build(&self, context: &mut Context<'_>, nodes: &Names, volumes: &Names) -> Built {
        let mut built = Built {
            vms: IdVec::new(),
            disks: IdVec::new(),
            clusters: IdVec::new(),
            by_name: Vec::with_capacity(self.names.len()),
        };
        let mut on_node = vec![0_usize; nodes.len()];
        for draft in &self.entries {
            draft.build(context, nodes, volumes, &mut on_node, &mut built);
        }
        for cluster in &self.clusters {
            let members = self.names.each(context, &cluster.members).unwrap_or_default();
            let active = cluster.active.as_ref().and_then(|name| self.names.one(context, name));
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
                active: VmId::from_index(active.unwrap_or(0)),
            });
        }
        built
    }

    /// The active member of a guest cluster.
    pub(super) fn active(
        &self,
        context: &mut Context<'_>,
        name: &Located<String>,
    ) -> Option<usize> {
        let cluster = self.cluster_names.one(context, name)?;
        let active = self.clusters.get(cluster)?.active.as_ref()?;
        // An unknown member was reported when the guest cluster was built.
        self.names.find(&active.value).map(|found| found.start)
    }
}

impl Draft {
    fn build(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
        volumes: &Names,
        on_node: &mut [usize],
        built: &mut Built,
    ) {
        let homes = one_or_turns(context, nodes, &self.nodes, self.counted, "runs on one node");
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
            let homes = one_or_turns(context, volumes, &disk.volumes, self.counted, why);
            disks.push((name, homes, disk.sharing, disk.qos));
        }
        let turn = |of: &[usize], index: usize| of.get(index % of.len().max(1)).copied();
        for (index, name) in self.names.iter().enumerate() {
            let node = turn(&homes, index);
            let vm = built.vms.push(Vm {
                name: name.clone(),
                node: NodeId::from_index(node.unwrap_or(0)),
                vcpus: self.vcpus,
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
            for (name, homes, sharing, qos) in &disks {
                let volume = CsvId::from_index(turn(homes, index).unwrap_or(0));
                let disk = Disk { name: name.clone(), vm, volume, sharing: *sharing, qos: *qos };
                own.insert(name.to_lowercase(), built.disks.push(disk));
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
