//! Requests and responses without data between two nodes: metadata, tunnelled SCSI commands.
//!
//! **Modelled.** One SMB credit; client and server CPU of the transport; both messages over the
//! connections of the session in turn, as data takes them; the work at the server in between.
//! Sizes are those on TCP with its 4 bytes of framing; SMB Direct puts 24 bytes of its own in
//! their place (MS-SMBD 2.2.3).
//! **Not modelled.** Compounding of several requests into one message.
//! Parameters: those of the session (`smb.*`, `rdma.*`, `tcp.receive.*`).
//! Source: <https://learn.microsoft.com/openspecs/windows_protocols/ms-smb2/>.

use super::build::{Build, CompileError, Session};
use crate::network::{Amount, Direction, Step};
use crate::policy::Transport;
use crate::topology::{CsvId, NodeId};

/// What a message on SMB Direct has more than on TCP: a 24-byte header instead of 4 bytes.
const RDMA_MORE: u32 = 20;

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
        self.session(from, to).ok_or_else(|| CompileError::NoNetwork {
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
        let rdma = matches!(session.plan.transport, Transport::Rdma(_));
        let more = if rdma { RDMA_MORE } else { 0 };
        let headers = (exchange.request + more, exchange.response + more);
        let session = Session { control: Some(headers), ..session.clone() };
        let (client_cost, server_cost) = if rdma {
            ("smb.client.rdma.per-io", "smb.server.rdma.per-io")
        } else {
            ("smb.client.tcp.per-io", "smb.server.tcp.per-io")
        };
        let names = &self.cluster.nodes;
        let pair = format!("{} to {}", names[from].name, names[to].name);
        let credits = u64::from(self.count("smb.credits")?);
        let credits = self.pool(&format!("SMB credits, {pair}"), credits);
        let one = Amount::Fixed(1);
        let (client, server) = (self.cores(from)?, self.cores(to)?);
        let client = self.software(client, from, "control client", &[client_cost], None)?;
        let server = self.software(server, to, "control server", &[server_cost], None)?;
        let mut steps = vec![Step::Acquire { pool: credits, amount: one }, client.into()];
        steps.push(self.over_connections(from, to, &session, Direction::Read, true)?);
        steps.push(server.into());
        steps.extend(work);
        steps.push(self.over_connections(from, to, &session, Direction::Read, false)?);
        steps.push(Step::Release { pool: credits, amount: one });
        Ok(steps)
    }
}
