//! Virtual machines: where they run, and which of their disks lie on which volume.

use std::collections::BTreeMap;

use super::draft::{Disk, Draft, GuestCluster, Vm};
use super::enums::{GROUP_TYPE, VHD_TYPE, VM_STATE};
use super::folder::Row;
use super::nodes::{Member, Members};
use super::reading::{Reading, list, same};
use super::volumes::{self, Known};

/// A disk holds this share of its size at least when it has grown up.
const GROWN: f64 = 0.98;

/// A machine on its way.
#[derive(Debug)]
struct Machine {
    /// As exported.
    name: String,
    id: Option<String>,
    node: String,
    running: bool,
    vm: Vm,
}

/// What is known of a virtual disk file.
#[derive(Debug, Default, Clone, Copy)]
struct File {
    kind: i64,
    size: Option<u64>,
    used: Option<u64>,
}

/// Reads machines, disks and guest clusters into the draft.
pub(super) fn read(
    reading: &mut Reading<'_>,
    members: &Members,
    known: &[Known],
    draft: &mut Draft,
) {
    let mut machines = machines(reading, members);
    owners(reading, members, &machines);
    let files = files(reading);
    let limits = limits(reading);
    let whole = !reading.folder.has("Get-VMHardDiskDrive");
    if whole {
        for row in reading.rows("Get-VM") {
            let drives = reading.all(row.item.list("HardDrives"));
            for item in drives {
                let node = row.node.clone();
                disk(
                    reading,
                    members,
                    known,
                    (&files, &limits),
                    &Row { node, item },
                    &mut machines,
                );
            }
        }
    } else {
        for row in reading.rows("Get-VMHardDiskDrive") {
            disk(reading, members, known, (&files, &limits), &row, &mut machines);
        }
    }
    let (with, without): (Vec<Machine>, Vec<Machine>) = machines
        .into_iter()
        .filter(|machine| machine.running)
        .partition(|machine| !machine.vm.disks.is_empty());
    if !without.is_empty() {
        let names: Vec<&String> = without.iter().map(|machine| &machine.vm.name).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let what = format!("{} {verb} left out", list(&names));
        reading.assume(what, "no disk of theirs lies on a cluster shared volume");
    }
    draft.vms = with.into_iter().map(|machine| machine.vm).collect();
    names(draft);
    guest_clusters(reading, draft);
}

fn machines(reading: &mut Reading<'_>, members: &Members) -> Vec<Machine> {
    let mut machines: Vec<Machine> = Vec::new();
    let mut resting: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for row in reading.rows("Get-VM") {
        let name = reading.take(row.item.text("Name"));
        let Some(name) = name.or_else(|| reading.take(row.item.text("VMName"))) else { continue };
        let id = reading.take(row.item.text("VMId"));
        let id = id.or_else(|| reading.take(row.item.text("Id")));
        let state = reading.take(row.item.enum_of("State", &VM_STATE));
        let vcpus = reading.take(row.item.bytes("ProcessorCount"));
        let Some(node) = place(reading, members, &row) else { continue };
        let twin = machines.iter().find(|have| id.is_some() && have.id == id);
        if let (Some(id), Some(other)) = (&id, twin) {
            if other.node != node {
                let problem =
                    format!("machine `{name}` ({id}) runs on `{}` and on `{node}`", other.node);
                reading.fault(&row, problem, "export again when no machine is being moved");
            }
            continue;
        }
        let running = matches!(state, None | Some(1 | 2 | 4 | 10 | 11 | 32_783));
        if !running {
            let word = state.and_then(|state| VM_STATE.word(state)).unwrap_or_default();
            resting.entry(word).or_default().push(name.clone());
        }
        let shown = unique(&name, machines.iter().map(|have| have.vm.name.as_str()));
        if shown != name {
            let what = format!("a machine called `{name}` is `{shown}` here");
            reading.assume(what, "there is another of that name");
        }
        let vcpus = vcpus.unwrap_or_else(|| {
            reading.assume(format!("`{shown}` has 2 virtual processors"), "no export tells");
            2
        });
        let vm =
            Vm { name: shown, node: node.clone(), vcpus: vcpus.clamp(1, 2048), disks: Vec::new() };
        machines.push(Machine { name, id, node, running, vm });
    }
    for (word, names) in resting {
        reading.assume(
            format!("{} do no I/O and are left out", list(&names)),
            format!("they are {word}"),
        );
    }
    machines
}

/// The node of a machine or a disk; none where it is away, or wrong.
fn place(reading: &mut Reading<'_>, members: &Members, row: &Row<'_>) -> Option<String> {
    let own = row.item.text("ComputerName").ok().flatten();
    let Some(name) = row.node.clone().or(own) else {
        if let [only] = members.up.as_slice() {
            return Some(only.clone());
        }
        let help = "put each node's export into a folder of the node's name";
        reading.fault(row, "nothing tells which node it runs on", help);
        return None;
    };
    match members.find(&name) {
        Member::Up(node) => Some(node),
        Member::Away => None,
        Member::Unknown => {
            reading.fault(row, format!("there is no node `{name}`"), &members.help());
            None
        }
    }
}

/// A name that none has yet, case aside.
fn unique<'a>(name: &str, have: impl Iterator<Item = &'a str>) -> String {
    let have: Vec<String> = have.map(|have| have.trim().to_lowercase()).collect();
    let name = name.trim();
    let mut wanted = name.to_owned();
    let mut number = 1_u32;
    while have.contains(&wanted.to_lowercase()) {
        number += 1;
        wanted = format!("{name} ({number})");
    }
    wanted
}

/// The cluster's word on where machines run, against Hyper-V's.
fn owners(reading: &mut Reading<'_>, members: &Members, machines: &[Machine]) {
    for row in reading.rows("Get-ClusterGroup") {
        // Other kinds of groups are of no interest here, known or not.
        if row.item.enum_of("GroupType", &GROUP_TYPE).ok().flatten() != Some(111) {
            continue;
        }
        let (Some(name), Some(owner)) =
            (reading.take(row.item.text("Name")), reading.take(row.item.name_of("OwnerNode")))
        else {
            continue;
        };
        let mut of = machines.iter().filter(|machine| same(&machine.name, &name));
        let (Some(machine), None) = (of.next(), of.next()) else { continue };
        if members.find(&owner) != Member::Up(machine.node.clone()) {
            let problem =
                format!("`{owner}` owns machine `{name}`, which runs on `{}`", machine.node);
            reading.fault(&row, problem, "export again when no machine is being moved");
        }
    }
}

fn files(reading: &mut Reading<'_>) -> BTreeMap<String, File> {
    let mut files = BTreeMap::new();
    for row in reading.rows("Get-VHD") {
        let Some(path) = reading.take(row.item.text("Path")) else { continue };
        let kind = reading.take(row.item.enum_of("VhdType", &VHD_TYPE)).unwrap_or(0);
        let size = reading.take(row.item.bytes("Size"));
        let used = reading.take(row.item.bytes("FileSize"));
        files.insert(path.to_lowercase(), File { kind, size, used });
    }
    files
}

/// The most IOPS that policies allow, by their ids.
fn limits(reading: &mut Reading<'_>) -> BTreeMap<String, u64> {
    let mut limits = BTreeMap::new();
    for row in reading.rows("Get-StorageQosPolicy") {
        let id = reading.take(row.item.text("PolicyId"));
        let most = reading.take(row.item.bytes("MaximumIops")).filter(|most| *most > 0);
        if let (Some(id), Some(most)) = (id, most) {
            limits.insert(id.to_lowercase(), most);
        }
    }
    limits
}

fn disk(
    reading: &mut Reading<'_>,
    members: &Members,
    known: &[Known],
    (files, limits): (&BTreeMap<String, File>, &BTreeMap<String, u64>),
    row: &Row<'_>,
    machines: &mut Vec<Machine>,
) {
    let item = &row.item;
    let vm_name = reading.take(item.text("VMName"));
    let id = reading.take(item.text("VMId"));
    let shared = reading.take(item.flag("SupportPersistentReservations")).unwrap_or(false);
    let most = reading.take(item.bytes("MaximumIOPS"));
    let policy = reading.take(item.text("QoSPolicyID"));
    let Some(path) = reading.take(item.text("Path")) else { return };
    let Some(at) = machine(reading, members, row, (vm_name, id), machines) else { return };
    let of = format!("a disk of `{}`", machines[at].vm.name);
    if !machines[at].running {
        return;
    }
    let on = known.iter().filter_map(|volume| Some((volume.holds(&path)?, volume)));
    let Some((_, volume)) = on.max_by_key(|(length, _)| *length) else {
        if let Some(problem) = volumes::missing(known, &path) {
            let help = "export volumes and disks at the same time";
            reading.fault(row, format!("{of} lies at {path:?}: {problem}"), help);
            return;
        }
        let because = if path.starts_with("\\\\") && !path.starts_with("\\\\?\\") {
            "it lies on a share, whose file server was not exported"
        } else if path.to_lowercase().starts_with("disk ") {
            "it is a disk passed through, with no file on a volume"
        } else {
            "it lies on no cluster shared volume"
        };
        reading.assume(format!("{of} is left out ({path:?})"), because);
        return;
    };
    let lower = path.to_lowercase();
    let end = lower.rsplit('.').next().unwrap_or_default();
    let set = end == "vhds";
    let sharing = match (set, shared) {
        (true, _) => Some("vhd-set"),
        (false, true) => Some("shared-vhdx"),
        _ => None,
    };
    let file = files.get(&lower).copied().unwrap_or_default();
    let checkpoint = ["avhdx", "avhd"].contains(&end);
    let grown = match (file.used, file.size) {
        (Some(used), Some(size)) => used as f64 >= GROWN * size as f64,
        _ => false,
    };
    let (format, growth) = match file.kind {
        _ if sharing.is_some() => (None, None),
        4 => (Some("differencing"), Some("10 %")),
        _ if checkpoint => (Some("differencing"), Some("10 %")),
        3 if !grown => (Some("dynamic"), Some("1 %")),
        _ => (None, None),
    };
    match format {
        Some("dynamic") => reading.assume(
            "1 % of the writes to a dynamic disk fall into blocks not allocated yet",
            "no cmdlet tells how disks grow",
        ),
        Some(_) => reading.assume(
            "10 % of the writes to a checkpoint's disk fall into blocks not allocated yet",
            "no cmdlet tells how they grow",
        ),
        None if file.kind == 0 && sharing.is_none() => reading.assume(
            "disks of which Get-VHD tells nothing are fixed",
            "that is the default of a scenario",
        ),
        None => {}
    }
    let of_policy = policy.and_then(|id| limits.get(&id.to_lowercase()).copied());
    let most = most.filter(|most| *most > 0).or(of_policy);
    machines[at].vm.disks.push(Disk {
        name: String::new(),
        path,
        volume: volume.name.clone(),
        sharing,
        format,
        growth,
        max_iops: most.map(|most| most.min(1_000_000_000)),
        size: file.size.filter(|size| *size > 0),
    });
}

/// The machine of a disk: by id, or by name on its node; without `Get-VM`, a new one.
fn machine(
    reading: &mut Reading<'_>,
    members: &Members,
    row: &Row<'_>,
    (name, id): (Option<String>, Option<String>),
    machines: &mut Vec<Machine>,
) -> Option<usize> {
    let by_id = |have: &Machine| id.is_some() && have.id == id;
    if let Some(at) = machines.iter().position(by_id) {
        return Some(at);
    }
    let node = place(reading, members, row)?;
    let by_name = |have: &Machine| {
        (have.id.is_none() || id.is_none())
            && have.node == node
            && name.as_ref().is_some_and(|name| same(name, &have.name))
    };
    if let Some(at) = machines.iter().position(by_name) {
        return Some(at);
    }
    let Some(name) = name else {
        reading.fault(row, "nothing tells whose disk it is", "export VMName or VMId with it");
        return None;
    };
    if reading.folder.has("Get-VM") {
        let problem = format!("there is no machine `{name}` on `{node}`");
        reading.fault(row, problem, "export machines and disks at the same time");
        return None;
    }
    let shown = unique(&name, machines.iter().map(|have| have.vm.name.as_str()));
    reading.assume("every machine runs and has 2 virtual processors", "Get-VM was not exported");
    let vm = Vm { name: shown, node: node.clone(), vcpus: 2, disks: Vec::new() };
    machines.push(Machine { name, id, node, running: true, vm });
    Some(machines.len() - 1)
}

/// Names the disks: `disk1`, `disk2` of a machine, and shared ones by their file.
fn names(draft: &mut Draft) {
    let mut shared: Vec<String> = Vec::new();
    for disk in draft.vms.iter().flat_map(|vm| &vm.disks).filter(|disk| disk.sharing.is_some()) {
        shared.push(disk.path.to_lowercase());
    }
    shared.sort();
    shared.dedup();
    let mut taken: Vec<String> = Vec::new();
    for path in &shared {
        let file = path.rsplit('\\').next().unwrap_or(path);
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let name = unique(&format!("shared {stem}"), taken.iter().map(String::as_str));
        taken.push(name);
    }
    for vm in &mut draft.vms {
        let mut number = 0;
        for disk in &mut vm.disks {
            let at = shared.iter().position(|path| *path == disk.path.to_lowercase());
            disk.name = if let Some(at) = at.filter(|_| disk.sharing.is_some()) {
                taken[at].clone()
            } else {
                number += 1;
                format!("disk{number}")
            };
        }
        // The same file twice at one machine is one disk.
        let mut seen: Vec<String> = Vec::new();
        vm.disks.retain(|disk| {
            let new = !seen.contains(&disk.name);
            seen.push(disk.name.clone());
            new
        });
    }
}

/// Machines that share disks, directly or by a third, are a guest cluster.
fn guest_clusters(reading: &mut Reading<'_>, draft: &mut Draft) {
    let mut group: Vec<usize> = (0..draft.vms.len()).collect();
    let shared_of = |vm: &Vm| -> Vec<String> {
        let shared = vm.disks.iter().filter(|disk| disk.sharing.is_some());
        shared.map(|disk| disk.name.clone()).collect()
    };
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (index, vm) in draft.vms.iter().enumerate() {
        for disk in shared_of(vm) {
            let other = *first.entry(disk).or_insert(index);
            let (from, to) = (group[index].max(group[other]), group[index].min(group[other]));
            group.iter_mut().filter(|have| **have == from).for_each(|have| *have = to);
        }
    }
    for leader in 0..draft.vms.len() {
        let members: Vec<usize> =
            (0..group.len()).filter(|index| group[*index] == leader).collect();
        if members.len() < 2 {
            continue;
        }
        let names: Vec<String> =
            members.iter().map(|index| draft.vms[*index].name.clone()).collect();
        let active = names[0].clone();
        let what =
            format!("`{active}` is the active node of the guest cluster of {}", list(&names));
        reading.assume(what, "no export looks into the guests");
        draft.guest_clusters.push(GuestCluster { name: names.join(" + "), members: names, active });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_unique_case_aside() {
        assert_eq!(unique("sql", ["web"].into_iter()), "sql");
        assert_eq!(unique("SQL", ["sql", "sql (2)"].into_iter()), "SQL (3)");
    }
}
