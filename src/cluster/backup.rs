//! Host-level backup: the reads of a snapshot beside the live load.
//!
//! **Modelled.** A requester that reads at a rate, with so many reads in flight, in large blocks.
//! A *software* snapshot is on the coordinator: any other node reads it over SMB through the
//! coordinator's file system; the coordinator reads locally. A *hardware* snapshot is shown to
//! the requester, which reads it through its own path. Live I/O keeps its mode (2012 and later),
//! unless `redirects-volume` asks for the other reading of the documents: then the whole volume is
//! file-system redirected while the backup runs, without a reason in the masks. What is read may
//! be written to a share on a node or to another volume, or leave at no cost.
//! **Not modelled.** Copy-on-write of the snapshot; the moment of its creation; changed-block
//! tracking; the disks of a target node.
//!
//! Sources: <https://techcommunity.microsoft.com/t5/failover-clustering/optimizing-csv-backup-performance/ba-p/371850>,
//! <https://learn.microsoft.com/windows-server/failover-clustering/failover-cluster-csvs>.
//! Parameters: `host.per-io`, those of the paths.

use super::build::{Build, CompileError};
use super::path::{IoPath, volume_path};
use crate::network::{Active, Arrivals, Direction, Mix, Step};
use crate::topology::{Backup, BackupTarget, CsvId, NodeId, Sharing, Snapshot};
use crate::workload::{Access, Intensity, WorkloadSpec};

impl Build<'_> {
    /// Every backup of the scenario.
    pub(super) fn backups(&mut self, all: &[WorkloadSpec]) -> Result<(), CompileError> {
        let cluster = self.cluster;
        for backup in &cluster.backups {
            let spec = spec(backup);
            let cores = self.cores(backup.requester)?;
            let host = self.software(cores, backup.requester, "backup", &["host.per-io"], None)?;
            let mut steps: Vec<Step> = vec![host.into()];
            steps.extend(self.snapshot_read(backup, (&spec, all))?);
            steps.extend(self.backup_target(backup, (&spec, all))?);
            let route = self.net.add_route("backup", steps);
            let bytes = backup.block_bytes;
            let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes, route }];
            let arrivals = Arrivals::Throttled {
                outstanding: backup.outstanding.max(1),
                lanes: 1,
                interval_ps: 1e12 * bytes as f64 / backup.bytes_per_s,
                clock: None,
            };
            let label = format!("backup {}", backup.name);
            let group = self.net.add_background(label.clone());
            self.background_source(&label, group, arrivals, mix)?;
            self.backup_finding(backup);
        }
        Ok(())
    }

    fn snapshot_read(
        &mut self,
        backup: &Backup,
        (spec, all): (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let (volume, node) = (backup.volume, backup.requester);
        let owner = self.cluster.volumes[volume].owner;
        let read = Direction::Read;
        match backup.snapshot {
            Snapshot::Hardware => self.storage(node, volume, read, spec, all),
            Snapshot::Software => {
                let path = IoPath::LocalAtOwner { shared: false };
                let mut below = self.owner_work(owner, path)?;
                below.extend(self.storage(owner, volume, read, spec, all)?);
                if node == owner {
                    return Ok(below);
                }
                let session = self.session_for(node, owner, volume)?;
                self.redirected(node, owner, &session, (read, backup.block_bytes), below)
            }
        }
    }

    fn backup_target(
        &mut self,
        backup: &Backup,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let node = backup.requester;
        match backup.target {
            BackupTarget::Outside => Ok(Vec::new()),
            BackupTarget::Node(target) => {
                let bytes = backup.block_bytes;
                let session = self.session_for(node, target, backup.volume)?;
                self.redirected(node, target, &session, (Direction::Write, bytes), Vec::new())
            }
            BackupTarget::Volume(volume) => self.backup_write(node, volume, loads),
        }
    }

    fn backup_write(
        &mut self,
        node: NodeId,
        volume: CsvId,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
    ) -> Result<Vec<Step>, CompileError> {
        let (path, why) = volume_path(self.cluster, self.fabric, node, volume);
        if path == IoPath::None {
            let disk = self.cluster.volumes[volume].name.clone();
            return Err(CompileError::Unreachable { disk, why });
        }
        self.file_steps((node, volume), path, (Sharing::None, false), Direction::Write, loads)
    }

    fn backup_finding(&mut self, backup: &Backup) {
        let name = |node: NodeId| &self.cluster.nodes[node].name;
        let v = &self.cluster.volumes[backup.volume];
        let (owner, requester) = (name(v.owner), name(backup.requester));
        let way = match backup.snapshot {
            Snapshot::Hardware => {
                format!("the array shows its snapshot to {requester}, which reads it directly")
            }
            Snapshot::Software if backup.requester == v.owner => {
                format!("its software snapshot is on the owner {owner}, which reads it locally")
            }
            Snapshot::Software => format!(
                "its software snapshot is on the owner {owner}; {requester} reads it over the \
                 network"
            ),
        };
        let live = if v.redirected_by_snapshot {
            "; live I/O is taken to be redirected meanwhile"
        } else {
            "; live I/O keeps its mode"
        };
        self.tell(&format!("backup {}", backup.name), format!("{way}{live}"));
    }
}

/// The reads of a backup as the storage knows loads: each block once, in order.
fn spec(backup: &Backup) -> WorkloadSpec {
    WorkloadSpec {
        name: format!("backup {}", backup.name),
        disks: Vec::new(),
        read_share: 1.0,
        block_bytes: backup.block_bytes,
        access: Access::Sequential,
        working_set_bytes: f64::from(u32::MAX) * 1e3,
        hot_spots: Vec::new(),
        intensity: Intensity::Closed { outstanding: backup.outstanding, think_s: 0.0 },
        active: Active::default(),
    }
}
