//! Metadata: operations on files that go to the coordinator in every mode.
//!
//! **Modelled.** Create, open, close, rename and changes of size or attributes: a request and a
//! response from a node that is not the coordinator to the coordinator's file system, in every
//! mode, Direct included; on the coordinator only its file system. As background traffic, at the
//! rate a disk or volume states (`metadata`), and in bursts of `metadata.power-operations` or
//! `metadata.checkpoint-operations`, one after the other, for each file of a machine that is turned
//! off and on (`power-cycles`) or checkpointed (`checkpoints`). A disk on a share sends them to the
//! serving node, which sends them on. Off unless stated.
//! **Not modelled.** What the coordinator writes to its own log for them; opens on the other
//! nodes; caching of attributes.
//!
//! Source: <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>,
//! <https://aidanfinn.com/?p=12844>.
//! Parameters: `metadata.request`, `metadata.response`, `metadata.power-operations`,
//! `metadata.checkpoint-operations`, `owner.file-system-per-io`.

use super::build::{Build, CompileError};
use super::control::Exchange;
use super::share::serving_node;
use crate::network::{Arrivals, Direction, GroupId, Mix, Step};
use crate::topology::{Attachment, CsvId, DiskId, NodeId};

impl Build<'_> {
    /// Bytes of both messages of an operation.
    fn metadata_sizes(&self) -> Result<Exchange, CompileError> {
        let bytes = |name| Ok(self.value(name)?.round().clamp(1.0, 65_536.0) as u32);
        Ok(Exchange { request: bytes("metadata.request")?, response: bytes("metadata.response")? })
    }

    /// One operation from a node on a file of a volume.
    fn metadata_from(&mut self, node: NodeId, volume: CsvId) -> Result<Vec<Step>, CompileError> {
        let owner = self.cluster.volumes[volume].owner;
        let cores = self.cores(owner)?;
        let costs = ["owner.file-system-per-io"];
        let work = vec![self.software(cores, owner, "metadata", &costs, None)?.into()];
        if node == owner {
            return Ok(work);
        }
        let session = self.session_for(node, owner, volume)?;
        let sizes = self.metadata_sizes()?;
        self.control(node, owner, &session, sizes, work)
    }

    /// One operation of a disk's machine on its file; nothing where there is no file.
    pub(super) fn disk_metadata(&mut self, disk: DiskId) -> Result<Vec<Step>, CompileError> {
        let d = &self.cluster.disks[disk];
        let (volume, node) = (d.volume, self.cluster.vms[d.vm].node);
        match d.attachment {
            Attachment::Csv => self.metadata_from(node, volume),
            Attachment::SmbShare(server) => {
                let (serving, _) = serving_node(self.cluster, self.fabric, server, node, volume);
                let mut work = vec![self.share_work(serving)?];
                work.extend(self.metadata_from(serving, volume)?);
                let session = self.session_for(node, serving, volume)?;
                let sizes = self.metadata_sizes()?;
                self.control(node, serving, &session, sizes, work)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The nodes whose machines have files on a volume, without the coordinator.
    fn requesters(&self, volume: CsvId) -> Vec<NodeId> {
        let owner = self.cluster.volumes[volume].owner;
        let mut nodes = Vec::new();
        for d in &self.cluster.disks {
            let node = self.cluster.vms[d.vm].node;
            if d.volume != volume || node == owner || d.away {
                continue;
            }
            match d.attachment {
                Attachment::Csv => nodes.push(node),
                Attachment::SmbShare(server) => {
                    let (serving, _) =
                        serving_node(self.cluster, self.fabric, server, node, volume);
                    nodes.push(serving);
                }
                _ => {}
            }
        }
        nodes.retain(|&node| node != owner);
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    }

    /// All metadata traffic that is stated.
    pub(super) fn metadata(&mut self) -> Result<(), CompileError> {
        for volume in self.cluster.volumes.ids() {
            let v = &self.cluster.volumes[volume];
            let mut group = None;
            if v.metadata_per_s > 0.0 {
                for node in self.requesters(volume) {
                    let steps = self.metadata_from(node, volume)?;
                    let who = format!("{} on {}", self.cluster.nodes[node].name, v.name);
                    self.operations(volume, &mut group, &who, v.metadata_per_s, 1, steps)?;
                }
            }
            for disk in self.cluster.disks.ids() {
                let d = &self.cluster.disks[disk];
                if d.volume == volume && !d.away {
                    self.metadata_of(disk, &mut group)?;
                }
            }
            if group.is_some() {
                let owner = &self.cluster.nodes[v.owner].name;
                let text = format!(
                    "creates, opens, closes and changes of size go to the owner {owner} in every \
                     mode; they are counted as `metadata, {}`",
                    v.name
                );
                self.tell(&v.name, text);
            }
        }
        Ok(())
    }

    fn metadata_of(
        &mut self,
        disk: DiskId,
        group: &mut Option<GroupId>,
    ) -> Result<(), CompileError> {
        let d = &self.cluster.disks[disk];
        let vm = &self.cluster.vms[d.vm];
        let label = self.cluster.disk_label(disk);
        let kinds = [
            (d.metadata_per_s, "", None),
            (vm.power_cycles_per_s, ", power", Some("metadata.power-operations")),
            (vm.checkpoints_per_s, ", checkpoint", Some("metadata.checkpoint-operations")),
        ];
        for (rate, what, count) in kinds {
            if rate <= 0.0 {
                continue;
            }
            let steps = self.disk_metadata(disk)?;
            if steps.is_empty() {
                continue;
            }
            let times = count.map_or(Ok(1), |name| self.count(name))?;
            self.operations(d.volume, group, &format!("{label}{what}"), rate, times, steps)?;
        }
        Ok(())
    }

    /// A source of `rate` times a second `times` operations, one after the other.
    fn operations(
        &mut self,
        volume: CsvId,
        group: &mut Option<GroupId>,
        who: &str,
        rate: f64,
        times: u32,
        steps: Vec<Step>,
    ) -> Result<(), CompileError> {
        let sizes = self.metadata_sizes()?;
        // The bytes of an operation are those of both messages, so that the traffic adds up; an
        // operation after the other is a piece after the other.
        let each = u64::from(sizes.request) + u64::from(sizes.response);
        let steps = if times == 1 {
            steps
        } else {
            vec![Step::Split { chunk_bytes: each, window: Some(1), body: steps }]
        };
        let name = &self.cluster.volumes[volume].name;
        let id = match *group {
            Some(id) => id,
            None => *group.insert(self.net.add_background(format!("metadata, {name}"))),
        };
        let route = self.net.add_route("metadata", steps);
        let bytes = each * u64::from(times);
        let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes, route }];
        let arrivals = Arrivals::Poisson { interval_ps: 1e12 / rate };
        self.background_source(&format!("metadata: {who}"), id, arrivals, mix)
    }
}
