//! Which node of a clustered file server a client's session ends up at.
//!
//! Rules, for a Scale-Out File Server:
//! * Windows Server 2012: DNS hands out the nodes in turn, once for all shares of a client.
//! * 2012 R2 and 2016: the first connection is the same; then, share by share, the Witness moves
//!   the client to the owner of the volume where the storage is *asymmetric* (Storage Spaces). On
//!   *symmetric* storage (a SAN) nobody is moved: data is direct there, only metadata redirected.
//!   <https://blogs.technet.microsoft.com/josebda/2013/10/30/automatic-smb-scale-out-rebalancing-in-windows-server-2012-r2/>
//! * 2019 and later: the server decides when the client connects; where the *volume* would need
//!   redirection the client is sent to the owner before it does any I/O.
//!   <https://techcommunity.microsoft.com/blog/failoverclustering/scale-out-file-server-improvements-in-windows-server-2019/372156>
//!
//! No rule looks at single files: a shared VHDX on symmetric storage is redirected and stays so.
//! A file server for general use has one node, that which has the disk.
//! Not modelled: the time before the Witness moves a client; `Move-SmbWitnessClient` by hand.

use crate::topology::{FileServerKind, WindowsVersion};

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareView {
    /// Version of the nodes.
    pub windows: WindowsVersion,
    /// Who may serve.
    pub kind: FileServerKind,
    /// Number of the client, from zero: DNS hands out nodes in this order.
    pub client: usize,
    /// Nodes of the file server.
    pub nodes: usize,
    /// Position of the volume's coordinator among them.
    pub owner: usize,
    /// Whether every node has direct I/O to the storage.
    pub symmetric: bool,
    /// Whether the volume's state redirects I/O of nodes other than the coordinator.
    pub redirected: bool,
}

/// Position of the serving node among those of the file server, and why it serves.
///
/// ```
/// use csvnet::policy::{ShareView, serving};
/// use csvnet::topology::{FileServerKind, WindowsVersion};
/// let san = ShareView {
///     windows: WindowsVersion::W2012R2,
///     kind: FileServerKind::ScaleOut,
///     client: 1,
///     nodes: 2,
///     owner: 0,
///     symmetric: true,
///     redirected: false,
/// };
/// assert_eq!(serving(&san).0, 1);
/// assert_eq!(serving(&ShareView { symmetric: false, redirected: true, ..san }).0, 0);
/// ```
#[must_use]
pub const fn serving(view: &ShareView) -> (usize, &'static str) {
    let drawn = if view.nodes == 0 { 0 } else { view.client % view.nodes };
    match view.kind {
        FileServerKind::GeneralUse => (view.owner, "the node that has the disk serves the share"),
        FileServerKind::ScaleOut => match view.windows {
            WindowsVersion::W2012 => (drawn, "DNS handed it out in turn, and it stays"),
            WindowsVersion::W2012R2 | WindowsVersion::W2016 if view.symmetric => {
                (drawn, "DNS handed it out in turn; on symmetric storage no client is moved")
            }
            WindowsVersion::W2012R2 | WindowsVersion::W2016 => {
                (view.owner, "on asymmetric storage the Witness moves the client to the owner")
            }
            _ if view.redirected || !view.symmetric => {
                (view.owner, "at connect time the client was sent to the owner of the volume")
            }
            _ => (drawn, "DNS handed it out in turn; the volume needs no redirection"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use WindowsVersion::{W2012, W2012R2, W2016, W2019, W2022, W2025};

    const SAN: ShareView = ShareView {
        windows: W2012,
        kind: FileServerKind::ScaleOut,
        client: 5,
        nodes: 3,
        owner: 1,
        symmetric: true,
        redirected: false,
    };

    #[test]
    fn who_is_moved_depends_on_version_and_storage() {
        for windows in [W2012, W2012R2, W2016, W2019, W2022, W2025] {
            let at = |symmetric, redirected| {
                serving(&ShareView { windows, symmetric, redirected, ..SAN }).0
            };
            // The sixth client of three nodes drew the third.
            assert_eq!(at(true, false), 2, "{windows:?}");
            let asymmetric = if windows == W2012 { 2 } else { 1 };
            assert_eq!(at(false, true), asymmetric, "{windows:?}");
            // ReFS on a SAN: only connect-time placement looks at the state of the volume.
            let refs = if windows >= W2019 { 1 } else { 2 };
            assert_eq!(at(true, true), refs, "{windows:?}");
        }
    }

    #[test]
    fn a_file_server_for_general_use_serves_where_its_disk_is() {
        let view = ShareView { kind: FileServerKind::GeneralUse, ..SAN };
        assert_eq!(serving(&view).0, 1);
        assert_eq!(serving(&ShareView { nodes: 0, ..SAN }).0, 0);
    }
}
