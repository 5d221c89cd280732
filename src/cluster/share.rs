//! Disks on a share of a clustered file server: SMB from the machine's node to the node that
//! serves, and from there what the volume's state there says.
//!
//! **Modelled.** The choice of the serving node by version and storage (`policy::serving`); the
//! machine's node as SMB client; the serving node's SMB server and CSV file system
//! (`sofs.per-io`); behind it the path of the file from the serving node, which is a second hop to
//! the coordinator where the volume is redirected there or the file is shared.
//! **Not modelled.** Continuous availability's handle persistence; SMB leases; a change of the
//! serving node in a run. The two hops of an I/O draw alike, as roles that occur twice do.
//!
//! A storage is symmetric when every node of the file server has direct I/O or is the coordinator,
//! unless the scenario says what it is.
//! Parameters: `sofs.per-io`. Sources: see `policy::serving`.

use super::build::{Build, CompileError};
use super::state::{VolumeMode, volume_state};
use crate::network::Step;
use crate::policy::{ShareView, serving};
use crate::topology::{Cluster, CsvId, Fabric, FileServerId, NodeId};

/// The node that serves a client's session to a share on a volume, and why.
pub(super) fn serving_node(
    cluster: &Cluster,
    fabric: &Fabric,
    server: FileServerId,
    client: NodeId,
    volume: CsvId,
) -> (NodeId, &'static str) {
    let of = &cluster.file_servers[server];
    let owner = cluster.volumes[volume].owner;
    let modes = || {
        let others = of.nodes.iter().filter(|&&n| n != owner);
        others.map(|&n| volume_state(cluster, fabric, n, volume))
    };
    // A node without direct access to blocks is what makes storage asymmetric; a file system that
    // is redirected everywhere says nothing of the storage below it.
    let symmetric = of.symmetric.unwrap_or_else(|| modes().all(|s| s.block_reason.0 == 0));
    let view = ShareView {
        windows: cluster.windows,
        kind: of.kind,
        client: client.index(),
        nodes: of.nodes.len(),
        owner: of.nodes.iter().position(|&n| n == owner).unwrap_or(0),
        symmetric,
        redirected: modes().any(|s| s.mode != VolumeMode::Direct),
    };
    let (position, why) = serving(&view);
    (of.nodes.get(position).copied().unwrap_or(owner), why)
}

impl Build<'_> {
    /// What the serving node does itself before the file's path from there begins.
    pub(super) fn share_work(&mut self, node: NodeId) -> Result<Step, CompileError> {
        let cores = self.cores(node)?;
        Ok(self.software(cores, node, "share server", &["sofs.per-io"], None)?.into())
    }
}
