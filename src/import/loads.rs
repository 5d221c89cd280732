//! Loads: what was measured of disks and volumes, and what stands for it where nothing was.

use std::collections::BTreeMap;

use super::draft::{Draft, Vm, Workload};
use super::reading::{Reading, list, same, short};

/// What stands for a disk of which nothing was measured.
const BLOCK: u64 = 8 << 10;
const READ_PERCENT: f64 = 70.0;
const IOPS: f64 = 100.0;
const WORKING_SET: u64 = 20_000_000_000;

/// Disks that a remark names.
const NAMED: usize = 4;

/// Less than this a second is no load worth an entry.
const LEAST_IOPS: f64 = 0.1;
const MOST_IOPS: f64 = 1e9;

/// I/O of a disk or a volume, means over the time measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// Reads a second.
    pub read_iops: f64,
    /// Writes a second.
    pub write_iops: f64,
    /// Bytes read a second.
    pub read_bytes_per_s: f64,
    /// Bytes written a second.
    pub write_bytes_per_s: f64,
}

/// A measured load with its place.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Node that saw it.
    pub node: String,
    /// Instance of the counter: the volume, or the mangled path of the virtual disk.
    pub instance: String,
    /// How much.
    pub load: Load,
}

/// What a log of performance counters tells of a cluster; empty where there is none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loads {
    /// Where it comes from, for the list of assumptions.
    pub source: String,
    /// Of volumes, as each node's CSV file system saw them.
    pub volumes: Vec<Measured>,
    /// Of virtual disks.
    pub disks: Vec<Measured>,
    /// Share of a node's processors, 0 to 1, that its machines kept busy by themselves.
    pub guests: Vec<(String, f64)>,
}

impl Loads {
    /// Whether nothing was measured.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.volumes.is_empty() && self.disks.is_empty() && self.guests.is_empty()
    }

    /// The load of a virtual disk; the counter's instance is its path with other separators, and
    /// often with something before it.
    fn of_disk(&self, path: &str) -> Option<Load> {
        let wanted = letters(path);
        let is = |measured: &&Measured| {
            !wanted.is_empty() && letters(&measured.instance).ends_with(&wanted)
        };
        self.disks.iter().find(is).map(|measured| measured.load)
    }

    fn of_volume(&self, node: &str, volume: &str) -> Option<Load> {
        let is = |m: &&Measured| same(short(&m.node), short(node)) && same(&m.instance, volume);
        self.volumes.iter().find(is).map(|measured| measured.load)
    }
}

/// A path without separators.
fn letters(path: &str) -> String {
    path.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Load {
    fn iops(&self) -> f64 {
        self.read_iops + self.write_iops
    }

    /// Block, percent of reads and I/Os a second; none for a disk that rests.
    fn shape(&self) -> Option<(u64, f64, f64)> {
        let iops = self.iops();
        let bytes = self.read_bytes_per_s + self.write_bytes_per_s;
        if !(iops.is_finite() && bytes.is_finite() && iops >= LEAST_IOPS) {
            return None;
        }
        // Disks move sectors.
        let block = ((bytes / iops / 512.0).round() * 512.0).clamp(512.0, 1_073_741_824.0);
        let read = (100.0 * self.read_iops / iops).clamp(0.0, 100.0);
        Some((block as u64, read, iops.min(MOST_IOPS)))
    }
}

/// Gives every disk of the draft a load.
pub(super) fn build(reading: &mut Reading<'_>, loads: &Loads, draft: &mut Draft) {
    let flows = flows(reading);
    for (node, share) in &loads.guests {
        let of = draft.nodes.iter_mut().find(|have| same(short(&have.name), short(node)));
        if let Some(have) = of {
            have.load = Some(share.clamp(0.0, 0.99)).filter(|share| share.is_finite());
        }
    }
    if loads.guests.is_empty() {
        reading.assume("the machines leave all processors to I/O", "no log tells their own use");
    }
    let mut all: Vec<Workload> = Vec::new();
    let (mut guessed, mut split, mut resting) = (Vec::new(), false, 0_usize);
    let mut disks = 0_usize;
    for vm in &draft.vms {
        for disk in &vm.disks {
            let cluster = draft.guest_clusters.iter().find(|c| c.members.contains(&vm.name));
            let cluster = cluster.filter(|_| disk.sharing.is_some());
            // Of a shared disk the active node does the I/O.
            if cluster.is_some_and(|cluster| cluster.active != vm.name) {
                continue;
            }
            disks += 1;
            let measured = loads.of_disk(&disk.path).map(|load| load.shape());
            let measured = measured.or_else(|| {
                flows
                    .get(&disk.path.to_lowercase())
                    .map(|iops| (*iops >= LEAST_IOPS).then_some((BLOCK, READ_PERCENT, *iops)))
            });
            let measured = measured.or_else(|| {
                let load = loads.of_volume(&vm.node, &disk.volume)?;
                split = true;
                let sharers = sharers(draft, &vm.node, &disk.volume).max(1) as f64;
                Some(load.shape().map(|(block, read, iops)| (block, read, iops / sharers)))
            });
            let shape = match measured {
                Some(None) => {
                    resting += 1;
                    continue;
                }
                Some(Some(shape)) => shape,
                None => {
                    guessed.push(format!("{} {}", vm.name, disk.name));
                    (BLOCK, READ_PERCENT, IOPS)
                }
            };
            let (block, read_percent, iops) = shape;
            let working_set = disk.size.unwrap_or(WORKING_SET).min(WORKING_SET).max(block);
            let workload = Workload {
                name: format!("{} {}", vm.name, disk.name),
                vms: vec![vm.name.clone()],
                guest_cluster: cluster.map(|cluster| cluster.name.clone()),
                disk: disk.name.clone(),
                block,
                read_percent,
                iops,
                working_set,
            };
            join(&mut all, workload);
        }
    }
    unmatched(reading, loads, draft);
    tell(reading, loads, &flows, (!guessed.is_empty(), split, resting));
    if !guessed.is_empty() {
        let named: Vec<&String> = guessed.iter().take(NAMED).collect();
        let more = guessed.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        draft.assumed.push(format!(
            "the load of {} of {disks} disks was not measured and is a placeholder of {IOPS} IOPS \
             of 8 KiB: {}{more}; what is told of loads, links and latencies is no more than that",
            guessed.len(),
            list(&named)
        ));
    }
    if all.is_empty() && resting > 0 {
        let help = "log a busier hour, or take the log out of the folder";
        reading.fault_of_folder("no disk had any load worth a workload", help);
    }
    draft.workloads = all;
}

/// Tells of what a log measured that is nothing of this cluster.
fn unmatched(reading: &mut Reading<'_>, loads: &Loads, draft: &Draft) {
    if loads.is_empty() {
        return;
    }
    let source = &loads.source;
    let is_node = |name: &str| draft.nodes.iter().any(|node| same(short(&node.name), short(name)));
    let measured = || loads.volumes.iter().chain(&loads.disks);
    let mut hosts: Vec<&String> =
        measured().map(|m| &m.node).chain(loads.guests.iter().map(|(node, _)| node)).collect();
    hosts.sort();
    hosts.dedup();
    let foreign: Vec<&String> = hosts.iter().copied().filter(|host| !is_node(host)).collect();
    if !foreign.is_empty() {
        let what = format!("what {source} tells of {} is left out", list(&foreign));
        reading.assume(what, "no node of this cluster is called so");
    }
    let is_volume = |m: &&Measured| draft.volumes.iter().any(|v| same(&v.name, &m.instance));
    let mut volumes: Vec<&String> =
        loads.volumes.iter().filter(|m| !is_volume(m)).map(|m| &m.instance).collect();
    volumes.sort();
    volumes.dedup();
    if !volumes.is_empty() {
        let known: Vec<&String> = draft.volumes.iter().map(|volume| &volume.name).collect();
        let what = format!("what {source} tells of volume {} is left out", list(&volumes));
        reading.assume(what, format!("the cluster has {}", list(&known)));
    }
    let own: Vec<String> =
        draft.vms.iter().flat_map(|vm| &vm.disks).map(|disk| letters(&disk.path)).collect();
    let is_disk = |m: &&Measured| {
        let instance = letters(&m.instance);
        own.iter().any(|path| !path.is_empty() && instance.ends_with(path))
    };
    let strangers = loads.disks.iter().filter(|m| !is_disk(m)).count();
    if strangers > 0 {
        let all = loads.disks.len();
        let what = format!("{strangers} of {all} virtual disks in {source} are left out");
        reading.assume(what, "no machine that was exported has them on a volume");
    }
    let used = loads.disks.iter().any(|m| is_disk(&m))
        || loads.volumes.iter().any(|m| is_volume(&m) && is_node(&m.node))
        || loads.guests.iter().any(|(node, _)| is_node(node));
    if !used {
        reading.assume(
            format!("nothing of {source} is used"),
            "its hosts, volumes and virtual disks are none of this cluster's: it is of another one",
        );
    }
}

fn tell(
    reading: &mut Reading<'_>,
    loads: &Loads,
    flows: &BTreeMap<String, f64>,
    (guessed, split, resting): (bool, bool, usize),
) {
    if guessed {
        let what = format!(
            "a disk of which nothing was measured has {IOPS} IOPS of 8 KiB, {READ_PERCENT} % of \
             them reads, at random"
        );
        reading.assume(what, "a plan needs a load; replace it by what you know");
    }
    if split {
        let what = "the load of a volume on a node is spread evenly over the disks there";
        reading.assume(what, format!("{} tells it by volume", loads.source));
    }
    if !flows.is_empty() {
        let what = format!("{READ_PERCENT} % of the I/Os that Get-StorageQosFlow counts are reads");
        reading.assume(what, "it counts I/Os in units of 8 KiB and does not tell them apart");
    }
    if resting > 0 {
        let what = format!("{resting} disks have no workload");
        reading.assume(what, format!("they had less than {LEAST_IOPS} IOPS"));
    }
    let what = "a workload uses 20 GB of its disk, or all of a smaller one";
    reading.assume(what, "no cmdlet and no counter tells the working set");
}

/// Disks that machines of a node have on a volume.
fn sharers(draft: &Draft, node: &str, volume: &str) -> usize {
    let of = |vm: &&Vm| vm.node == node;
    let vms = draft.vms.iter().filter(of);
    vms.flat_map(|vm| &vm.disks).filter(|disk| disk.volume == volume).count()
}

/// Adds a workload, to one that is alike where there is one.
fn join(all: &mut Vec<Workload>, workload: Workload) {
    let alike = |have: &&mut Workload| {
        have.guest_cluster.is_none()
            && workload.guest_cluster.is_none()
            && have.disk == workload.disk
            && (have.block, have.working_set) == (workload.block, workload.working_set)
            && (have.read_percent, have.iops) == (workload.read_percent, workload.iops)
    };
    match all.iter_mut().find(alike) {
        Some(have) => {
            have.vms.extend(workload.vms);
            have.name = format!("{} of {} machines", have.disk, have.vms.len());
        }
        None => all.push(workload),
    }
    // Names differ in more than case, as the scenario wants them.
    let mut taken: Vec<String> = Vec::new();
    for have in all {
        while taken.contains(&have.name.to_lowercase()) {
            have.name.push('\'');
        }
        taken.push(have.name.to_lowercase());
    }
}

/// I/Os a second of each file, in units of 8 KiB, at the instant of the export.
fn flows(reading: &mut Reading<'_>) -> BTreeMap<String, f64> {
    let mut flows = BTreeMap::new();
    for row in reading.rows("Get-StorageQosFlow") {
        let path = reading.take(row.item.text("FilePath"));
        let iops = reading.take(row.item.bytes("InitiatorIOPS"));
        if let (Some(path), Some(iops)) = (path, iops) {
            *flows.entry(path.to_lowercase()).or_insert(0.0) += iops as f64;
        }
    }
    flows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_has_the_block_and_the_mix_that_make_its_bytes() {
        // 300 reads of 4 KiB and 100 writes of 20 KiB: 8 KiB on average.
        let load = Load {
            read_iops: 300.0,
            write_iops: 100.0,
            read_bytes_per_s: 300.0 * 4096.0,
            write_bytes_per_s: 100.0 * 20480.0,
        };
        assert_eq!(load.shape(), Some((8192, 75.0, 400.0)));
        assert_eq!(Load::default().shape(), None);
        assert_eq!(Load { read_iops: f64::NAN, ..load }.shape(), None);
    }

    #[test]
    fn a_disk_is_found_by_its_mangled_path() {
        let measured = Measured {
            node: "HV1".into(),
            instance: "--?-C:-ClusterStorage-Volume1-sql-data.vhdx".into(),
            load: Load { read_iops: 1.0, ..Load::default() },
        };
        let loads = Loads { disks: vec![measured], ..Loads::default() };
        assert!(loads.of_disk("C:\\ClusterStorage\\Volume1\\sql\\data.vhdx").is_some());
        assert!(loads.of_disk("C:\\ClusterStorage\\Volume2\\sql\\data.vhdx").is_none());
        assert!(loads.of_disk("").is_none());
    }
}
