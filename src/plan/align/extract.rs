//! From a scenario to the problem: machines, volumes, what each node has room for, and what becomes
//! of each disk's I/O with its machine on one node and the owner of its volume on another.

use std::collections::BTreeMap;

use super::problem::{ANY, Amounts, Machine, Problem, Spots, Table, Tie, Volume, Way};
use super::wishes::{Movable, Weigh, Wishes};
use crate::provenance::FrozenParameters;
use crate::scenario::Scenario;
use crate::timeline::{EvaluateError, Figures, Seats, Standing, crossing};
use crate::topology::{
    Attachment, Cluster, CsvId, DiskId, Fabric, FileServerId, Node, NodeId, Sharing, VmId,
};
use crate::units::IdVec;

/// Machines that a host runs at most.
const MACHINES_MOST: u64 = 1_024;
/// Bytes a second that count as one.
pub(super) const LOAD_UNIT: f64 = 1e3;
/// What a disk counts where disks are counted: 1 MB/s.
const DISK: u64 = 1_000;
/// Loads beyond this are as good as endless; sums of them stay whole.
const LOAD_MOST: f64 = 1e9;
/// Milliseconds of moving that are as good as endless.
const COST_MOST: f64 = 1e9;

/// A problem, and what its numbers mean.
#[derive(Debug)]
pub(super) struct Extracted {
    /// Machines, volumes and nodes have the numbers they have in the scenario.
    pub(super) problem: Problem,
    /// The disks of each tie.
    pub(super) disks: Vec<Vec<DiskId>>,
    /// Bytes a second of each disk.
    pub(super) loads: IdVec<DiskId, f64>,
    /// Names of the classes that are kept apart.
    pub(super) classes: Vec<String>,
    /// Virtual processors for each core that no node gets beyond, where no machine states how many
    /// cores it keeps busy.
    pub(super) vcpus_per_core: Option<f64>,
    /// Bytes of memory a second of one machine that is moved, and two nodes it was asked of; zero
    /// where no machine can be moved.
    pub(super) memory_rate: f64,
    pub(super) between: Option<(NodeId, NodeId)>,
}

impl Extracted {
    /// The places of a plan.
    pub(super) fn seats(spots: &Spots) -> Seats {
        let node = |index: &usize| NodeId::from_index(*index);
        Seats {
            homes: IdVec::from_vec(spots.homes.iter().map(node).collect()),
            owners: IdVec::from_vec(spots.owners.iter().map(node).collect()),
        }
    }
}

/// Bytes a second of each disk, its load shared evenly among the disks that have it.
pub(super) fn loads(scenario: &Scenario, figures: &Figures) -> IdVec<DiskId, f64> {
    let mut loads = IdVec::filled(0.0, scenario.cluster.disks.len());
    for load in &figures.loads {
        let each = load.bytes_per_s / load.part.disks.len().max(1) as f64;
        for disk in &load.part.disks {
            loads[*disk] += if each.is_finite() { each.max(0.0) } else { 0.0 };
        }
    }
    loads
}

/// The problem of a scenario; `figures` are of the scenario as it is.
pub(super) fn extract(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    standing: &Standing<'_>,
    figures: &Figures,
    wishes: &Wishes,
) -> Result<Extracted, EvaluateError> {
    let cluster = &scenario.cluster;
    let loads = loads(scenario, figures);
    let mut problem = Problem {
        nodes: cluster.nodes.len(),
        room: Vec::new(),
        machines: Vec::new(),
        volumes: volumes(cluster, standing, wishes),
        ties: Vec::new(),
        tables: Vec::new(),
        apart: Vec::new(),
        worth: (wishes.worth_bytes_per_s / LOAD_UNIT).clamp(0.0, LOAD_MOST).round() as u64,
    };
    let movable = |vm: VmId| {
        let of = &cluster.vms[vm];
        !of.physical && !of.placement.pinned && wishes.movable != Movable::Volumes
    };
    let first = cluster.vms.ids().find(|vm| movable(*vm)).map(|vm| cluster.vms[vm].node);
    let between = first.and_then(|from| Some((from, cluster.nodes.ids().find(|to| *to != from)?)));
    let memory_rate = match between {
        Some((from, to)) => standing.memory_rate(&Seats::of(scenario), from, to)?,
        None => 0.0,
    };
    let (machines, classes) = machines(cluster, standing, &movable, memory_rate);
    problem.machines = machines;
    problem.apart = apart(&problem, classes.len());
    let unstated = cluster.vms.iter().all(|vm| vm.memory.cores_busy <= 0.0);
    let vcpus_per_core = unstated.then(|| {
        // Thousandths, as far as all numbers here.
        let most = wishes.vcpus_per_core.unwrap_or_else(|| fullest(cluster, parameters));
        (most * 1e3).round() / 1e3
    });
    if vcpus_per_core.is_some() {
        for (machine, of) in problem.machines.iter_mut().zip(&cluster.vms) {
            let vcpus = if of.physical { 0 } else { of.vcpus };
            machine.needs[1] = u64::from(vcpus) * 1_000;
        }
    }
    problem.room = room(scenario, parameters, &problem, wishes, vcpus_per_core);
    let disks = tie(cluster, &loads, &mut problem, wishes);
    Ok(Extracted { problem, disks, loads, classes, vcpus_per_core, memory_rate, between })
}

fn volumes(cluster: &Cluster, standing: &Standing<'_>, wishes: &Wishes) -> Vec<Volume> {
    let pause = (standing.move_pause_s() * 1e3).clamp(0.0, COST_MOST).round() as u64;
    let volumes = cluster.volumes.iter_ids().map(|(id, of)| {
        let owner = of.owner.index();
        let stays = of.lun || of.placement.pinned || wishes.movable == Movable::Machines;
        let mut allowed = vec![false; cluster.nodes.len()];
        allowed[owner] = true;
        if !stays {
            standing.may_own(id).into_iter().for_each(|node| allowed[node.index()] = true);
        }
        Volume { owner, allowed, cost: pause, ties: Vec::new() }
    });
    volumes.collect()
}

/// The machines, and the classes they are of.
fn machines(
    cluster: &Cluster,
    standing: &Standing<'_>,
    movable: &dyn Fn(VmId) -> bool,
    memory_rate: f64,
) -> (Vec<Machine>, Vec<String>) {
    let elsewhere = other_storage(cluster);
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut classes = Vec::new();
    let mut class = |name: String| {
        *numbers.entry(name.clone()).or_insert_with(|| {
            classes.push(name);
            classes.len() - 1
        })
    };
    let mut machines = Vec::with_capacity(cluster.vms.len());
    for (vm, of) in cluster.vms.iter_ids() {
        let home = of.node.index();
        let allowed = cluster.nodes.ids().map(|node| {
            let possible = &of.placement.possible;
            let may = possible.is_empty() || possible.contains(&node);
            let joined = memory_rate > 0.0 && movable(vm);
            let reaches = elsewhere.get(&vm).is_none_or(|reached| reached[node.index()]);
            node == of.node || may && joined && reaches
        });
        let seconds = standing.live_migration(vm, memory_rate.max(1.0)).seconds;
        let mut own: Vec<usize> =
            of.placement.anti_affinity.iter().map(|name| class(name.clone())).collect();
        own.sort_unstable();
        own.dedup();
        machines.push(Machine {
            home,
            needs: needs(of.memory.bytes, of.memory.cores_busy),
            allowed: allowed.collect(),
            classes: own,
            cost: (1e3 * seconds).clamp(0.0, COST_MOST).round() as u64,
            ties: Vec::new(),
        });
    }
    // The members of a guest cluster on one node would be of no use to each other.
    for guests in &cluster.guest_clusters {
        let own = class(format!("members of {}", guests.name));
        guests.members.iter().for_each(|vm| machines[vm.index()].classes.push(own));
    }
    (machines, classes)
}

fn needs(memory_bytes: f64, cores_busy: f64) -> Amounts {
    let whole = |x: f64| x.clamp(0.0, 1e15).round() as u64;
    [whole(memory_bytes), whole(cores_busy * 1e3), 1]
}

/// Of machines with disks beside Cluster Shared Volumes: the nodes that reach those.
fn other_storage(cluster: &Cluster) -> BTreeMap<VmId, Vec<bool>> {
    let fabric = Fabric::of(cluster);
    let mut reached: BTreeMap<VmId, Vec<bool>> = BTreeMap::new();
    for disk in &cluster.disks {
        let storage = cluster.volumes[disk.volume].storage;
        let reaches = |node: NodeId| match disk.attachment {
            Attachment::VirtualFibreChannel | Attachment::Lun => {
                fabric.reaches_storage(node, storage)
            }
            Attachment::GuestIscsi(network) => {
                fabric.joining(node, node).any(|other| other == network)
            }
            Attachment::Csv | Attachment::SmbShare(_) => true,
        };
        if !matches!(disk.attachment, Attachment::Csv | Attachment::SmbShare(_)) {
            let own = reached.entry(disk.vm).or_insert_with(|| vec![true; cluster.nodes.len()]);
            own.iter_mut().zip(cluster.nodes.ids()).for_each(|(own, node)| *own &= reaches(node));
        }
    }
    reached
}

/// How many of each class each node may have: one, or as many as there are.
fn apart(problem: &Problem, classes: usize) -> Vec<Vec<u32>> {
    let mut apart = vec![vec![0; problem.nodes]; classes];
    for machine in &problem.machines {
        machine.classes.iter().for_each(|class| apart[*class][machine.home] += 1);
    }
    apart.iter_mut().flatten().for_each(|count: &mut u32| *count = (*count).max(1));
    apart
}

fn cores(parameters: &FrozenParameters, cpu: &str) -> Option<f64> {
    parameters.id(&format!("cpus.{cpu}.cores")).map(|id| parameters.value(id))
}

/// Virtual processors a core: a quarter more than the fullest node has. Up to one a core nobody
/// waits for another.
fn fullest(cluster: &Cluster, parameters: &FrozenParameters) -> f64 {
    let share = |(id, node): (NodeId, &Node)| {
        let own = cluster.vms.iter().filter(|vm| vm.node == id && !vm.physical);
        let vcpus: f64 = own.map(|vm| f64::from(vm.vcpus)).sum();
        cores(parameters, &node.cpu).map(|cores| vcpus / cores)
    };
    let most = cluster.nodes.iter_ids().filter_map(share).fold(0.0, f64::max);
    (1.25 * most).max(1.0)
}

/// What each node has room for: what is stated, at least what is there.
fn room(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    problem: &Problem,
    wishes: &Wishes,
    vcpus_per_core: Option<f64>,
) -> Vec<Amounts> {
    let mut used = vec![[0_u64; 3]; problem.nodes];
    for machine in &problem.machines {
        for (used, need) in used[machine.home].iter_mut().zip(machine.needs) {
            *used += need;
        }
    }
    let nodes = scenario.cluster.nodes.iter().zip(used);
    let room = nodes.map(|(node, used)| {
        let limited = |most: Option<f64>| most.map_or(ANY, |most| most.clamp(0.0, 1e15) as u64);
        let cores = cores(parameters, &node.cpu).map(|cores| match vcpus_per_core {
            Some(most) => 1e3 * cores * most,
            None => 1e3 * cores * (wishes.cpu_share - node.load),
        });
        let memory = node.memory_bytes.map(|bytes| bytes * wishes.memory_share);
        let stated = [limited(memory), limited(cores), MACHINES_MOST];
        [0, 1, 2].map(|k| stated[k].max(used[k]))
    });
    room.collect()
}

/// What decides what becomes of a disk's I/O beside the places of its machine and the owner: the
/// volume, the share it lies on, whether it is shared between machines, whether a filter vetoes it.
type Sort = (CsvId, Option<FileServerId>, bool, bool);

/// Adds the ties of machines and volumes, and tells which disks each is of.
fn tie(
    cluster: &Cluster,
    loads: &IdVec<DiskId, f64>,
    problem: &mut Problem,
    wishes: &Wishes,
) -> Vec<Vec<DiskId>> {
    let mut probe = Probe::new(cluster);
    let mut tables: BTreeMap<Sort, usize> = BTreeMap::new();
    let mut known: BTreeMap<(VmId, Sort), usize> = BTreeMap::new();
    let mut disks: Vec<Vec<DiskId>> = Vec::new();
    for (id, disk) in cluster.disks.iter_ids() {
        let server = match disk.attachment {
            Attachment::Csv => None,
            Attachment::SmbShare(server) => Some(server),
            _ => continue,
        };
        let weight = match wishes.weigh {
            Weigh::Bytes if loads[id] <= 0.0 => 0,
            Weigh::Bytes => (loads[id] / LOAD_UNIT).clamp(1.0, LOAD_MOST).round() as u64,
            Weigh::Disks if disk.away || is_passive(cluster, id) => 0,
            Weigh::Disks => DISK,
        };
        if weight == 0 {
            continue;
        }
        let sort = (disk.volume, server, disk.sharing != Sharing::None, disk.vetoed);
        let table = *tables.entry(sort).or_insert_with(|| {
            let table = probe.table(id);
            let same = problem.tables.iter().position(|other| *other == table);
            same.unwrap_or_else(|| {
                problem.tables.push(table);
                problem.tables.len() - 1
            })
        });
        if let Some(&tie) = known.get(&(disk.vm, sort)) {
            problem.ties[tie].weight += weight;
            disks[tie].push(id);
            continue;
        }
        known.insert((disk.vm, sort), problem.ties.len());
        let (machine, volume) = (disk.vm.index(), disk.volume.index());
        problem.ties.push(Tie { machine, volume, weight, table });
        disks.push(vec![id]);
    }
    let mut order: Vec<usize> = (0..problem.ties.len()).collect();
    order.sort_by_key(|tie| (std::cmp::Reverse(problem.ties[*tie].weight), *tie));
    for tie in order {
        let of = problem.ties[tie];
        problem.machines[of.machine].ties.push(tie);
        problem.volumes[of.volume].ties.push(tie);
    }
    disks
}

/// Whether a disk is that of a member of a guest cluster which is not the active one.
fn is_passive(cluster: &Cluster, disk: DiskId) -> bool {
    let of = &cluster.disks[disk];
    let mut guests = cluster.guest_clusters.iter();
    of.sharing != Sharing::None
        && guests.any(|g| !g.all_active && g.active != of.vm && g.members.contains(&of.vm))
}

/// A cluster in which machines and owners are put wherever they are asked about.
struct Probe {
    cluster: Cluster,
    fabric: Fabric,
    /// Whether a cluster network joins every two nodes.
    joined: bool,
}

impl Probe {
    fn new(cluster: &Cluster) -> Self {
        let fabric = Fabric::of(cluster);
        let joined = |a: NodeId, b: NodeId| {
            a == b || fabric.joining(a, b).any(|network| cluster.networks[network].cluster)
        };
        let joined = cluster.nodes.ids().all(|a| cluster.nodes.ids().all(|b| joined(a, b)));
        Self { cluster: cluster.clone(), fabric, joined }
    }

    /// What becomes of a disk's I/O.
    fn table(&mut self, disk: DiskId) -> Table {
        let of = &self.cluster.disks[disk];
        let (vm, volume, attachment) = (of.vm, of.volume, of.attachment);
        let was = (self.cluster.vms[vm].node, self.cluster.volumes[volume].owner);
        let storage = self.cluster.volumes[volume].storage;
        let nodes: Vec<NodeId> = self.cluster.nodes.ids().collect();
        let lost = self.cluster.volumes[volume].lost_paths.clone();
        let able =
            |node: NodeId| self.fabric.reaches_storage(node, storage) && !lost.contains(&node);
        let able: Vec<bool> = nodes.iter().map(|node| able(*node)).collect();
        // Whoever else owns it, on a volume it is all the same.
        let any = self.joined && attachment == Attachment::Csv;
        let mut ways = vec![Way::Cut; nodes.len() * nodes.len()];
        for &home in &nodes {
            self.cluster.vms[vm].node = home;
            let mut other = None;
            for &owner in &nodes {
                let way = match other {
                    Some(way) if any && owner != home => way,
                    _ if able[owner.index()] => {
                        self.cluster.volumes[volume].owner = owner;
                        match crossing(&self.cluster, &self.fabric, disk) {
                            Ok(None) => Way::Free,
                            Ok(Some(_)) => Way::Crosses,
                            Err(_) => Way::Cut,
                        }
                    }
                    // It does not come to that.
                    _ if owner == home => Way::Free,
                    _ => Way::Crosses,
                };
                if owner != home && able[owner.index()] {
                    other = Some(way);
                }
                ways[home.index() * nodes.len() + owner.index()] = way;
            }
        }
        (self.cluster.vms[vm].node, self.cluster.volumes[volume].owner) = was;
        Table::new(nodes.len(), &|home, owner| ways[home * nodes.len() + owner])
    }
}
