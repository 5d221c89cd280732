//! Requests and responses without data between two nodes: metadata, tunnelled SCSI commands.
//!
//! **Modelled.** One SMB credit; client and server CPU of the transport; both messages over the
//! connections of the session in turn, as data takes them, also where links fail; the work at the
//! server in between. Sizes are those on TCP with its 4 bytes of framing; SMB Direct has a header
//! of 24 bytes in their place (MS-SMBD 2.2.3).
//! **Not modelled.** Compounding of several requests into one message; what signing and encryption
//! of so few bytes cost.
//! Parameters: those of the session (`smb.*`, `rdma.*`, `tcp.receive.*`).
//! Source: <https://learn.microsoft.com/openspecs/windows_protocols/ms-smb2/>.

use super::build::{Build, CompileError};
use super::session::Session;
use super::smb::Io;
use crate::network::{Amount, Direction, Step};
use crate::topology::{CsvId, NodeId};

/// Bytes of the two messages on TCP, headers and all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    pub(super) request: u32,
    pub(super) response: u32,
}

impl Build<'_> {
    /// The session from a node to another that a volume's I/O needs.
    pub(super) fn session_for(
        &mut self,
        from: NodeId,
        to: NodeId,
        volume: CsvId,
    ) -> Result<Session, CompileError> {
        self.session(from, to)?.ok_or_else(|| CompileError::NoNetwork {
            requester: self.cluster.nodes[from].name.clone(),
            owner: self.cluster.nodes[to].name.clone(),
            volume: self.cluster.volumes[volume].name.clone(),
        })
    }

    /// A request, `work` at the server, and the response.
    pub(super) fn control(
        &mut self,
        from: NodeId,
        to: NodeId,
        session: &Session,
        exchange: Exchange,
        work: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let control = Some((exchange.request, exchange.response));
        let io = Io { from, owner: to, session, direction: Direction::Read, bytes: 0, control };
        let names = &self.cluster.nodes;
        let pair = format!("{} to {}", names[from].name, names[to].name);
        let credits = u64::from(self.count("smb.credits")?);
        let credits = self.pool(&format!("SMB credits, {pair}"), credits);
        let one = Amount::Fixed(1);
        let mut steps = vec![Step::Acquire { pool: credits, amount: one }];
        steps.extend(self.work(&io, true)?);
        steps.extend(self.over_connections(&io, true)?);
        steps.extend(self.work(&io, false)?);
        steps.extend(work);
        steps.extend(self.over_connections(&io, false)?);
        steps.push(Step::Release { pool: credits, amount: one });
        Ok(steps)
    }
}
