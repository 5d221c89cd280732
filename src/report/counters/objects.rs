//! From sums to the objects of each node.
//!
//! Who counts an I/O: on the node of the machine its virtual disk, `CSVFS` and the volume manager;
//! redirected, also the client's share there and on the owner the server's share, and block
//! redirection or the coordinator; the disk on the node that reaches it. File-system redirected is
//! all that goes through the owner's file system, on the owner itself too. An instance on which
//! nothing can happen, a volume neither owned nor used by a node, is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::Watcher;
use super::fold::{Bin, Direct, Frames};
use super::nodes::file;
use crate::cluster::IoPath;
use crate::counters::{Instance, Object, Part, Sums, file_instance, guid, sanitised};
use crate::topology::{Attachment, Cluster, CsvId, NodeId, Rdma, Sharing, WindowsVersion};

/// Instances by node, object and order within it.
struct Book<'w> {
    cluster: &'w Cluster,
    samples: usize,
    instances: BTreeMap<(NodeId, Object, String), Instance>,
}

/// What an object takes from a bin.
type Take<T> = fn(&T) -> Sums;

/// Name of the instance that sums up the others; it comes last.
const TOTAL: &str = "_Total";

pub(super) fn instances(of: &Watcher<'_>, samples: usize, ends_ps: &[u64]) -> Vec<Instance> {
    let cluster = of.cluster;
    let mut book = Book { cluster, samples, instances: BTreeMap::new() };
    book.volumes(of);
    for (index, asker) in of.sources.iter() {
        let bins = &of.fold.sources[index];
        book.volume(of, index, bins);
        book.disks(of, index, bins);
        let disk = (asker.volume.index() + 1).to_string();
        let takes: [(NodeId, Take<Bin>); 2] =
            [(asker.node, |bin| bin.disk), (asker.owner, |bin| bin.far_disk)];
        for (at, of) in takes {
            if bins.iter().any(|bin| of(bin) != Sums::default()) {
                for name in [disk.as_str(), TOTAL] {
                    book.add(at, Object::PhysicalDisk, name, Part::All, bins, of);
                }
            }
        }
    }
    book.ports(of);
    book.connections(of);
    book.processors(of, ends_ps);
    let nt = kernel(cluster.windows);
    let all = book.instances.into_iter().filter(|((_, object, _), _)| object.since() <= nt);
    let mut all: Vec<_> = all.collect();
    all.sort_by(|((n, o, a), _), ((m, p, b), _)| (n, o, a == TOTAL, a).cmp(&(m, p, b == TOTAL, b)));
    all.into_iter().map(|(_, instance)| instance).collect()
}

/// The version of a Windows Server's kernel.
const fn kernel(windows: WindowsVersion) -> (u32, u32) {
    match windows {
        WindowsVersion::W2012 => (6, 2),
        WindowsVersion::W2012R2 => (6, 3),
        _ => (10, 0),
    }
}

impl Book<'_> {
    fn instance(&mut self, node: NodeId, object: Object, name: &str) -> &mut Instance {
        let of = &self.cluster.nodes[node].name;
        self.instances
            .entry((node, object, name.to_owned()))
            .or_insert_with(|| Instance::new(of, object, name))
    }

    /// Adds what `of` takes from each bin.
    fn add<T>(
        &mut self,
        node: NodeId,
        object: Object,
        name: &str,
        part: Part,
        bins: &[T],
        of: impl Fn(&T) -> Sums,
    ) {
        let samples = self.samples;
        merge(self.instance(node, object, name), samples, part, bins, of);
    }

    /// The volumes of each node: those its machines use and those it owns.
    fn volumes(&mut self, of: &Watcher<'_>) {
        let cluster = self.cluster;
        let shared = cluster.volumes.iter_ids().filter(|(_, volume)| !volume.lun);
        let owned = shared.map(|(id, volume)| (volume.owner, id));
        let on_csv = cluster.disks.iter().filter(|disk| disk.attachment == Attachment::Csv);
        let used = on_csv.map(|disk| (cluster.vms[disk.vm].node, disk.volume));
        let present: BTreeSet<(NodeId, CsvId)> = owned.chain(used).collect();
        for (node, volume) in present {
            let name = sanitised(&cluster.volumes[volume].name);
            for object in [
                Object::CsvFileSystem,
                Object::CsvFs,
                Object::CsvFsDirect,
                Object::CsvFsRedirected,
                Object::VolumeManager,
            ] {
                self.instance(node, object, &name);
                self.instance(node, object, TOTAL);
            }
            // 4 is active.
            let file_system = self.instance(node, Object::CsvFileSystem, &name);
            file_system.levels.push(("Volume State", 4.0));
            if cluster.volumes[volume].owner == node {
                for object in [Object::BlockRedirection, Object::Coordinator] {
                    self.instance(node, object, &name);
                }
            }
        }
        for (_, asker) in of.sources.iter().filter(|(_, asker)| asker.path.crosses_network()) {
            self.instance(asker.owner, Object::SmbServerShares, TOTAL);
            self.instance(asker.node, Object::SmbClientShares, TOTAL);
        }
    }

    /// What a source did to its volume, and over the network.
    fn volume(&mut self, of: &Watcher<'_>, index: usize, bins: &[Bin]) {
        let Some(asker) = of.sources.get(index as u32) else { return };
        // What passes by the volumes of this node is in none of their counters.
        if !asker.path.is_csv() {
            return;
        }
        let (node, owner) = (asker.node, asker.owner);
        let volume = &self.cluster.volumes[asker.volume];
        let name = sanitised(&volume.name);
        let reached: Take<Bin> = |bin| bin.reached;
        for name in [name.as_str(), TOTAL] {
            for object in [Object::CsvFileSystem, Object::CsvFs] {
                self.add(node, object, name, Part::All, bins, |bin| bin.volume);
            }
            match asker.path {
                IoPath::Direct | IoPath::BlockRedirected => {
                    let block = asker.path == IoPath::BlockRedirected;
                    let again: Take<Bin> = if block { |bin| bin.reached } else { |bin| bin.failed };
                    self.add(node, Object::CsvFileSystem, name, Part::Io, bins, reached);
                    self.add(node, Object::CsvFsDirect, name, Part::All, bins, reached);
                    let manager = Object::VolumeManager;
                    self.add(node, manager, name, Part::Redirected, bins, again);
                    self.add(node, manager, name, Part::Failed, bins, |bin| bin.failed);
                    if !block {
                        self.add(node, manager, name, Part::Io, bins, Bin::straight);
                    }
                }
                _ => {
                    self.add(node, Object::CsvFileSystem, name, Part::Redirected, bins, reached);
                    self.add(node, Object::CsvFsRedirected, name, Part::All, bins, reached);
                }
            }
        }
        if bins.iter().any(|bin| bin.cached != Sums::default()) {
            let object = Object::VolumeCache;
            self.add(node, object, &name, Part::All, bins, |bin| bin.volume);
            self.add(node, object, &name, Part::Cache, bins, |bin| bin.cached);
            self.add(node, object, &name, Part::Lower, bins, reached);
        }
        let share = match asker.path {
            IoPath::Direct if bins.iter().all(|bin| bin.failed == Sums::default()) => return,
            IoPath::Direct | IoPath::BlockRedirected => {
                let block: Take<Bin> = match asker.path {
                    IoPath::Direct => |bin| bin.failed,
                    _ => |bin| bin.reached,
                };
                self.add(owner, Object::BlockRedirection, &name, Part::All, bins, block);
                "CSV$".to_owned()
            }
            IoPath::LocalAtOwner { .. } => {
                return self.add(owner, Object::Coordinator, &name, Part::All, bins, reached);
            }
            _ => {
                self.add(owner, Object::Coordinator, &name, Part::All, bins, reached);
                format!("{}$", guid(&volume.name))
            }
        };
        let client = format!("\\{}\\{share}", self.cluster.nodes[owner].name);
        let parts = [Some(Part::All), asker.rdma.then_some(Part::Rdma)];
        for part in parts.into_iter().flatten() {
            for name in [client.as_str(), TOTAL] {
                self.add(node, Object::SmbClientShares, name, part, bins, |bin| bin.client);
            }
            for name in [share.as_str(), TOTAL] {
                self.add(owner, Object::SmbServerShares, name, part, bins, |bin| bin.server);
            }
        }
    }

    /// What a source did to its virtual disk.
    fn disks(&mut self, of: &Watcher<'_>, index: usize, bins: &[Bin]) {
        let Some(asker) = of.sources.get(index as u32) else { return };
        let d = &self.cluster.disks[asker.disk];
        // A LUN of the guest's own is no virtual disk.
        if !matches!(d.attachment, Attachment::Csv | Attachment::SmbShare(_)) {
            return;
        }
        let file = file(self.cluster, asker.disk);
        let name = file_instance(&self.cluster.volumes[asker.volume].name, &file);
        let object = Object::VirtualStorageDevice;
        // Several workloads of a disk are one instance; several machines with one file are not.
        let key = (asker.node, object, format!("{name}\u{0}{}", asker.disk.index()));
        let mut instance = self.instances.remove(&key).unwrap_or_else(|| {
            let mut new = Instance::new(&self.cluster.nodes[asker.node].name, object, &name);
            let qos = d.qos;
            new.levels.extend(qos.max_iops.map(|most| ("Maximum I/O Rate", most)));
            new.levels.extend(qos.max_bytes_per_s.map(|most| ("Maximum Bandwidth", most)));
            new
        });
        let samples = self.samples;
        merge(&mut instance, samples, Part::All, bins, |bin| bin.device);
        merge(&mut instance, samples, Part::Normalized, bins, |bin| bin.normalized);
        merge(&mut instance, samples, Part::Lower, bins, |bin| bin.volume);
        self.instances.insert(key, instance);
        if d.sharing != Sharing::None {
            let object = Object::SharedVhdx;
            self.add(asker.owner, object, &name, Part::All, bins, |bin| bin.reached);
        }
    }

    /// Adapters; what RDMA carries is in none of their counters but its own.
    fn ports(&mut self, of: &Watcher<'_>) {
        let net = &of.compiled.network;
        for &station in of.wires.ports.keys() {
            let port = net.stations.as_slice().get(station as usize).and_then(|s| s.as_port());
            let Some(link) = port.and_then(|port| port.link.as_ref()) else { continue };
            let Some(node) = self.cluster.node_named(&link.node) else { continue };
            let nics = &self.cluster.nodes[node].nics;
            let Some(nic) =
                nics.iter().map(|&n| &self.cluster.nics[n]).find(|n| n.name == link.nic)
            else {
                continue;
            };
            let none = Vec::new();
            let frames: &[Frames] = of.fold.frames.get(&station).unwrap_or(&none);
            let name = sanitised(&nic.name);
            let object = Object::NetworkInterface;
            self.add(node, object, &name, Part::All, frames, |frames| frames.plain);
            let levels = &mut self.instance(node, object, &name).levels;
            if levels.is_empty() {
                levels.push(("Current Bandwidth", nic.speed_bits_per_s));
            }
            if nic.rdma != Rdma::None {
                let object = Object::RdmaActivity;
                self.add(node, object, &name, Part::All, frames, |frames| frames.rdma);
            }
        }
    }

    /// Connections by RDMA: an instance for each port and node at the other end.
    fn connections(&mut self, of: &Watcher<'_>) {
        let net = &of.compiled.network;
        for ((station, requester, owner), messages) in &of.fold.direct {
            let port = net.stations.as_slice().get(*station as usize).and_then(|s| s.as_port());
            let Some(link) = port.and_then(|port| port.link.as_ref()) else { continue };
            let Some(node) = self.cluster.node_named(&link.node) else { continue };
            let far = if node == *requester { *owner } else { *requester };
            let far = &self.cluster.nodes[far].name;
            let name = sanitised(&format!("{} {} to {far}", link.node, link.nic));
            let object = Object::SmbDirectConnection;
            self.add(node, object, &name, Part::All, messages, |all: &Direct| all.messages);
            self.add(node, object, &name, Part::Rdma, messages, |all: &Direct| all.placed);
        }
    }

    /// Processor time: of the root partition, and of the virtual machines with their own load.
    fn processors(&mut self, of: &Watcher<'_>, ends_ps: &[u64]) {
        for account in &of.compiled.network.accounts {
            let name = account.label.trim_end_matches("/cpu");
            let Some(node) = self.cluster.node_named(name) else { continue };
            let none = Vec::new();
            let busy = of.fold.busy.get(&node).unwrap_or(&none);
            let mut before_ps = 0;
            let mut sums = vec![Sums::default(); ends_ps.len()];
            for (sum, end_ps) in sums.iter_mut().zip(ends_ps) {
                let elapsed_ps = end_ps.saturating_sub(before_ps) as f64;
                sum.time_ps[1] = (account.load * elapsed_ps) as u128;
                before_ps = *end_ps;
            }
            let last = sums.len().saturating_sub(1);
            for (index, used) in busy.iter().enumerate() {
                if let Some(sum) = sums.get_mut(index.min(last)) {
                    for (time_ps, used) in sum.time_ps.iter_mut().zip(used) {
                        *time_ps += (*used as f64 / account.servers.max(1.0)) as u128;
                    }
                }
            }
            for object in [Object::ProcessorInformation, Object::LogicalProcessor] {
                self.instance(node, object, TOTAL).parts.insert(Part::Busy, sums.clone());
            }
        }
    }
}

/// Adds what `of` takes from each bin to a part of an instance. What was completed after the last
/// sample, at the very end, belongs to it.
fn merge<T>(
    instance: &mut Instance,
    samples: usize,
    part: Part,
    bins: &[T],
    of: impl Fn(&T) -> Sums,
) {
    let sums = instance.parts.entry(part).or_insert_with(|| vec![Sums::default(); samples]);
    for (index, bin) in bins.iter().enumerate() {
        if let Some(sum) = sums.get_mut(index.min(samples.saturating_sub(1))) {
            sum.merge(&of(bin));
        }
    }
}
