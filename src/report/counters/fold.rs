//! Sums by source, port and node, and time.

use std::collections::BTreeMap;

use super::wires::{Wire, Wires};
use crate::cluster::IoPath;
use crate::counters::Sums;
use crate::engine::{HopRecord, IoRecord};
use crate::network::Network;
use crate::topology::NodeId;

/// Bytes of a normalized I/O.
const NORMALIZED: u64 = 8192;

/// What one source did up to a sample since the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bin {
    /// At the guest.
    pub(super) guest: Sums,
    /// Below `VMBus`: the virtual storage device.
    pub(super) device: Sums,
    /// The same in begun units of 8 KiB.
    pub(super) normalized: Sums,
    /// Below the limits of the disk: the volume.
    pub(super) volume: Sums,
    /// Those of the volume's that went on below it; memory answered the others.
    pub(super) reached: Sums,
    /// Those that memory answered.
    pub(super) cached: Sums,
    /// SMB requests at the requester.
    pub(super) client: Sums,
    /// SMB requests at the owner.
    pub(super) server: Sums,
    /// Those of the volume's that failed directly and were redirected by block.
    pub(super) failed: Sums,
    /// What went to the storage from the node of the machine, and from the owner for another node.
    pub(super) disk: Sums,
    pub(super) far_disk: Sums,
}

impl Bin {
    /// Those that went on below the volume and did not fail there.
    pub(super) fn straight(&self) -> Sums {
        let mut sums = self.reached;
        for k in 0..2 {
            sums.count[k] = sums.count[k].saturating_sub(self.failed.count[k]);
            sums.bytes[k] = sums.bytes[k].saturating_sub(self.failed.bytes[k]);
            sums.time_ps[k] = sums.time_ps[k].saturating_sub(self.failed.time_ps[k]);
        }
        sums
    }
}

/// Messages over one port from or to one node by RDMA.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Direct {
    /// Sends and receives, with their bytes.
    pub(super) messages: Sums,
    /// Placed by the server: read from the client, written to it.
    pub(super) placed: Sums,
}

/// Frames of one port.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frames {
    pub(super) plain: Sums,
    pub(super) rdma: Sums,
}

/// What was seen of an I/O under way.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// When it came out of `VMBus`.
    device_ps: Option<u64>,
    /// When it came to the volume, and went on below it.
    volume_ps: Option<u64>,
    below_ps: u64,
    /// Requests, and when the first was made.
    requests: u64,
    client_ps: u64,
    /// When the first request reached the owner's server, and the last answer was given.
    server_ps: u64,
    answered_ps: u64,
    /// When the owner's stack passed the first on to the storage.
    owner_ps: Option<u64>,
    /// Whether anything was visited below the volume.
    below: bool,
}

/// The sums.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) interval_ps: u64,
    /// Most samples.
    most: u64,
    seen: BTreeMap<(u32, u64), Seen>,
    /// By source.
    pub(super) sources: Vec<Vec<Bin>>,
    /// By station.
    pub(super) frames: BTreeMap<u32, Vec<Frames>>,
    /// By station, requester and owner.
    pub(super) direct: BTreeMap<(u32, NodeId, NodeId), Vec<Direct>>,
    /// By node: processor time of the root partition, and of virtual machines.
    pub(super) busy: BTreeMap<NodeId, Vec<[u128; 2]>>,
}

impl Fold {
    pub(super) fn new(net: &Network, interval_ps: u64, most: u64) -> Self {
        Self {
            interval_ps,
            most,
            seen: BTreeMap::new(),
            sources: vec![Vec::new(); net.sources.len()],
            frames: BTreeMap::new(),
            direct: BTreeMap::new(),
            busy: BTreeMap::new(),
        }
    }

    /// When the samples of a run are taken: every interval, and at the end; none where they are
    /// more than can be kept. An end less than a millisecond after a sample takes its place.
    pub(super) fn ends(&self, length_ps: u64) -> Option<Vec<u64>> {
        let whole = length_ps / self.interval_ps;
        if whole >= self.most {
            return None;
        }
        let mut ends: Vec<u64> = (1..=whole).map(|k| k * self.interval_ps).collect();
        let rest_ps = length_ps - whole * self.interval_ps;
        if rest_ps >= super::INTERVAL_LEAST_PS || ends.is_empty() {
            ends.push(length_ps.max(1));
        } else if let Some(last) = ends.last_mut() {
            *last = length_ps;
        }
        Some(ends)
    }

    fn bin(&self, at_ps: u64) -> Option<usize> {
        let index = at_ps / self.interval_ps;
        (index <= self.most).then_some(index as usize)
    }

    /// Takes a visit; `between` are requester and owner of the I/O of a workload.
    pub(super) fn hop(
        &mut self,
        hop: &HopRecord,
        wires: &Wires,
        between: Option<(NodeId, NodeId)>,
    ) {
        for run in wires.runs(hop) {
            self.run(&run, wires, between);
        }
    }

    fn run(&mut self, hop: &HopRecord, wires: &Wires, between: Option<(NodeId, NodeId)>) {
        if let Some(&transmit) = wires.ports.get(&hop.station) {
            if let Some(wire) = wires.message(hop) {
                self.frame(hop, wire, transmit, between);
            }
        } else if let Some(&node) = wires.processors.get(&hop.station) {
            self.work(node, hop);
        }
        let key = (hop.source, hop.number);
        match hop.role {
            "vmbus" => self.seen.entry(key).or_default().device_ps = Some(hop.leave_ps),
            "host" => {
                let seen = self.seen.entry(key).or_default();
                (seen.volume_ps, seen.below_ps) = (Some(hop.arrived_ps), hop.leave_ps);
            }
            "guest" | "qos iops" | "qos bandwidth" | "block cache" => {}
            role => {
                // What runs on behind a complete I/O belongs to nobody.
                let Some(seen) = self.seen.get_mut(&key) else { return };
                seen.below = true;
                match role {
                    "smb client" => {
                        if seen.requests == 0 {
                            seen.client_ps = hop.arrived_ps;
                        }
                        seen.requests += 1;
                    }
                    "smb server" if seen.server_ps == 0 => seen.server_ps = hop.arrived_ps,
                    "owner stack" if seen.owner_ps.is_none() => {
                        seen.owner_ps = Some(hop.leave_ps);
                    }
                    "response tx" => seen.answered_ps = seen.answered_ps.max(hop.arrived_ps),
                    _ => {}
                }
            }
        }
    }

    fn frame(
        &mut self,
        hop: &HopRecord,
        wire: &Wire,
        transmit: bool,
        between: Option<(NodeId, NodeId)>,
    ) {
        let Some(bin) = self.bin(hop.start_ps) else { return };
        let side = usize::from(transmit);
        let payload = if wire.payload { u64::from(hop.bytes) } else { 0 };
        let content = payload + u64::from(wire.header_bytes);
        let frames = wire.framing.frames(content);
        let bytes = content + frames * u64::from(wire.counted);
        let all = at(self.frames.entry(hop.station).or_default(), bin);
        let of = if wire.rdma { &mut all.rdma } else { &mut all.plain };
        of.add(side, frames, bytes, 0);
        let Some((requester, owner)) = between.filter(|_| wire.rdma) else { return };
        let direct = self.direct.entry((hop.station, requester, owner)).or_default();
        let direct = at(direct, bin);
        match hop.role {
            "data rx" => direct.placed.add(0, 1, payload, 0),
            "response tx" => {
                direct.messages.add(1, 1, u64::from(wire.header_bytes), 0);
                direct.placed.add(1, u64::from(wire.payload), payload, 0);
            }
            "request tx" | "request rx" | "response rx" => {
                direct.messages.add(side, 1, u64::from(wire.header_bytes), 0);
            }
            // The read request of the fetch, and what is sent again, are none of its messages.
            _ => {}
        }
    }

    /// Spreads a service over the samples in which it was given.
    fn work(&mut self, node: NodeId, hop: &HopRecord) {
        let whose = usize::from(hop.role == "guest");
        let (mut from_ps, to_ps) = (hop.start_ps, hop.end_ps);
        let interval_ps = self.interval_ps;
        while from_ps < to_ps {
            let Some(bin) = self.bin(from_ps) else { return };
            let until_ps = to_ps.min((bin as u64 + 1).saturating_mul(interval_ps));
            at(self.busy.entry(node).or_default(), bin)[whose] += u128::from(until_ps - from_ps);
            from_ps = until_ps;
        }
    }

    pub(super) fn io(&mut self, io: &IoRecord, path: Option<IoPath>) {
        let seen = self.seen.remove(&(io.source, io.number));
        let (Some(done_ps), Some(seen), Some(path)) = (io.completed_ps, seen, path) else { return };
        let Some(bin) = self.bin(done_ps) else { return };
        let Some(bins) = self.sources.get_mut(io.source as usize) else { return };
        let bin = at(bins, bin);
        let side = usize::from(io.direction == crate::network::Direction::Write);
        let bytes = u64::from(io.bytes);
        let since = |from_ps: u64| u128::from(done_ps.saturating_sub(from_ps));
        let device_ps = seen.device_ps.unwrap_or(io.issued_ps);
        let volume_ps = seen.volume_ps.unwrap_or(device_ps);
        bin.guest.add(side, 1, bytes, since(io.issued_ps));
        bin.device.add(side, 1, bytes, since(device_ps));
        bin.normalized.add(side, bytes.div_ceil(NORMALIZED).max(1), bytes, 0);
        bin.volume.add(side, 1, bytes, since(volume_ps));
        let requests = seen.requests;
        if !seen.below || (path.crosses_network() && requests == 0) {
            return bin.cached.add(side, 1, bytes, since(volume_ps));
        }
        bin.reached.add(side, 1, bytes, since(volume_ps));
        let between = |from_ps: u64, to_ps: u64| u128::from(to_ps.saturating_sub(from_ps));
        if requests > 0 {
            // Each of several requests counts until the last is answered.
            let each = |from_ps, to_ps| between(from_ps, to_ps).saturating_mul(requests.into());
            let owner_ps = seen.owner_ps.unwrap_or(seen.server_ps);
            bin.client.add(side, requests, bytes, each(seen.client_ps, done_ps));
            bin.server.add(side, requests, bytes, each(seen.server_ps, seen.answered_ps));
            bin.far_disk.add(side, requests, bytes, each(owner_ps, seen.answered_ps));
            if !path.crosses_network() {
                // A direct I/O that was sent again: it was at the disk before.
                bin.failed.add(side, 1, bytes, since(volume_ps));
                bin.disk.add(side, 1, bytes, between(seen.below_ps, seen.client_ps));
            }
        } else {
            bin.disk.add(side, 1, bytes, since(seen.owner_ps.unwrap_or(seen.below_ps)));
        }
    }
}

/// The bin of an index, made where it is not there.
fn at<T: Clone + Default>(bins: &mut Vec<T>, index: usize) -> &mut T {
    if index >= bins.len() {
        bins.resize(index + 1, T::default());
    }
    &mut bins[index]
}
