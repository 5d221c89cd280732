//! Redirected I/O: the SMB session from a requester to the coordinator.
//!
//! **Modelled.** Multichannel's choice of interfaces and its connections, used in turn; SMB
//! credits; SMB Direct's send credits, pooled over the connections of a session; requests split at
//! `smb.request-max`; message sizes below; client and server CPU by transport; the receive queue
//! (one core) of each TCP connection, which is what a single TCP flow is limited by; RDMA writes
//! that cost one more round trip than reads, since the server fetches the data; teams, which hash
//! each connection onto a member.
//! **Not modelled.** Signing, encryption, loss, RDMA without flow control, metadata. The response
//! of an SMB Direct read shares frames with its data (at most one frame too few), and a transfer
//! longer than `wire.segment` repeats its header in each segment (below 0.2 %).
//!
//! Message bytes on the transport (MS-SMB2 2.2.1, 2.2.19 to 2.2.22; MS-SMBD 2.2):
//!
//! | | request | response |
//! |---|---|---|
//! | TCP read | 117 | 84 + n |
//! | TCP write | 116 + n | 85 |
//! | SMB Direct read | 153 | n placed by RDMA write, then 105 |
//! | SMB Direct write | 152, fetched by a 28-byte read request, then n | 105 |
//!
//! A shared disk on the coordinator itself is local: it pays the coordinator's file system and the
//! shared-VHDX filter, but no message.
//! Sources: <https://learn.microsoft.com/openspecs/windows_protocols/ms-smb2/>,
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-smbd/>.

use super::build::{Build, CompileError, Endpoint, Session};
use super::mode::IoPath;
use super::wire::{Message, Roles, framing};
use crate::network::{Amount, Direction, Framing, SelectorKind, Service, StationKind, Step, Visit};
use crate::policy::Transport;
use crate::topology::{NicId, NodeId};

const OUT: Roles = Roles { tx: "request tx", rx: "request rx", members: "request members" };
const FETCH: Roles = Roles { tx: "fetch tx", rx: "fetch rx", members: "fetch members" };
const DATA: Roles = Roles { tx: "data tx", rx: "data rx", members: "data members" };
const BACK: Roles = Roles { tx: "response tx", rx: "response rx", members: "response members" };

/// Payload bytes that one SMB credit covers.
const CREDIT_BYTES: u64 = 65_536;

/// Header bytes of the two messages, and which of them carries the payload.
struct Exchange {
    request: u32,
    response: u32,
}

const fn exchange(rdma: bool, direction: Direction) -> Exchange {
    match (rdma, direction) {
        (false, Direction::Read) => Exchange { request: 117, response: 84 },
        (false, Direction::Write) => Exchange { request: 116, response: 85 },
        (true, Direction::Read) => Exchange { request: 153, response: 105 },
        (true, Direction::Write) => Exchange { request: 152, response: 105 },
    }
}

/// A connection: the interfaces at both ends and its name.
struct Connection {
    channel: usize,
    label: String,
}

/// The two interfaces of a connection and how they talk.
struct Ends<'s> {
    client: &'s Endpoint,
    server: &'s Endpoint,
    rdma: bool,
    headers: Exchange,
    framing: Framing,
}

impl Build<'_> {
    /// Work of the coordinator's stack for an I/O that arrives on `path`, ahead of the storage.
    pub(super) fn owner_work(
        &mut self,
        owner: NodeId,
        path: IoPath,
    ) -> Result<Vec<Step>, CompileError> {
        let costs: &[&str] = match path {
            IoPath::FileSystemRedirected | IoPath::LocalAtOwner { shared: false } => {
                &["owner.file-system-per-io"]
            }
            IoPath::FileRedirected | IoPath::LocalAtOwner { shared: true } => {
                &["owner.file-system-per-io", "owner.shared-vhdx-per-io"]
            }
            IoPath::BlockRedirected => &["owner.block-per-io"],
            IoPath::Direct | IoPath::None => return Ok(Vec::new()),
        };
        let cores = self.cores(owner)?;
        Ok(vec![self.software(cores, owner, "owner stack", costs, None)?.into()])
    }

    /// Steps of a redirected I/O: `storage` runs at the coordinator between request and response.
    pub(super) fn redirected(
        &mut self,
        from: NodeId,
        owner: NodeId,
        session: &Session,
        direction: Direction,
        storage: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let transport = session.plan.transport;
        let rdma = matches!(transport, Transport::Rdma(_));
        let (client_cost, server_cost) = if rdma {
            ("smb.client.rdma.per-io", "smb.server.rdma.per-io")
        } else {
            ("smb.client.tcp.per-io", "smb.server.tcp.per-io")
        };
        let names = &self.cluster.nodes;
        let instance = session.instance.prefix();
        let pair = format!("{instance}{} to {}", names[from].name, names[owner].name);
        let credits = self.count("smb.credits")?;
        let chunk_bytes = self.chunk("smb.request-max")?;
        // A session with fewer credits than its largest request costs would never send it.
        let credits = u64::from(credits).max(chunk_bytes.div_ceil(CREDIT_BYTES));
        let credits = self.pool(&format!("SMB credits, {pair}"), credits);
        let credit = Amount::PerBytes { unit: CREDIT_BYTES };
        let client = self.cores(from)?;
        let server = self.cores(owner)?;
        // Bytes are copied by the side that sends or receives them as payload; both sides touch
        // every byte once, the sender in the SMB stack and the receiver in its receive queue.
        let sends = (!rdma && direction == Direction::Write).then_some("smb.client.tcp.per-byte");
        let answers = (!rdma && direction == Direction::Read).then_some("smb.server.tcp.per-byte");
        let mut body: Vec<Step> =
            vec![self.software(client, from, "smb client", &[client_cost], sends)?.into()];
        body.push(self.over_connections(from, owner, session, direction, true)?);
        body.push(self.software(server, owner, "smb server", &[server_cost], answers)?.into());
        body.extend(storage);
        body.push(self.over_connections(from, owner, session, direction, false)?);
        let mut steps = vec![Step::Acquire { pool: credits, amount: credit }];
        if rdma {
            // Connections are used in turn, so their credits are as good as one pool.
            let each = u64::from(self.count("rdma.credits")?);
            let connections: u32 = session.plan.channels.iter().map(|c| c.connections).sum();
            let sends = self.pool(&format!("RDMA credits, {pair}"), each * u64::from(connections));
            let one = Amount::Fixed(1);
            steps.push(Step::Acquire { pool: sends, amount: one });
            steps.append(&mut body);
            steps.push(Step::Release { pool: sends, amount: one });
        } else {
            steps.append(&mut body);
        }
        steps.push(Step::Release { pool: credits, amount: credit });
        Ok(vec![Step::Split { chunk_bytes, window: None, body: steps }])
    }

    /// The message of one direction, over the connections of the session in turn. Request and
    /// response of an I/O take the same turn and so the same connection.
    fn over_connections(
        &mut self,
        from: NodeId,
        owner: NodeId,
        session: &Session,
        direction: Direction,
        request: bool,
    ) -> Result<Step, CompileError> {
        let mut branches = Vec::new();
        for connection in self.connections(from, owner, session) {
            branches.push(if request {
                self.request(owner, session, &connection, direction)?
            } else {
                self.response(from, session, &connection, direction)?
            });
        }
        let names = &self.cluster.nodes;
        let instance = session.instance.prefix();
        let label = format!("{instance}connections, {} to {}", names[from].name, names[owner].name);
        let selector = self.selector(&label, SelectorKind::RoundRobin(branches.len() as u32));
        let role = if request { "connection out" } else { "connection back" };
        Ok(Step::Choose { selector, role, branches })
    }

    fn connections(&self, from: NodeId, owner: NodeId, session: &Session) -> Vec<Connection> {
        let names = &self.cluster.nodes;
        let instance = session.instance.prefix();
        let mut connections = Vec::new();
        // The turn goes over the channels first, so that few I/Os already use every interface.
        let most = session.plan.channels.iter().map(|c| c.connections).max().unwrap_or(0);
        for n in 0..most {
            for (channel, c) in session.plan.channels.iter().enumerate() {
                if n < c.connections {
                    let label = format!(
                        "{instance}{} to {} channel {channel} connection {n}",
                        names[from].name, names[owner].name
                    );
                    connections.push(Connection { channel, label });
                }
            }
        }
        connections
    }

    /// What both directions of a connection share.
    fn ends<'s>(
        &self,
        session: &'s Session,
        connection: &Connection,
        direction: Direction,
    ) -> Ends<'s> {
        let channel = session.plan.channels[connection.channel];
        let client = &session.client[channel.client];
        let rdma = matches!(session.plan.transport, Transport::Rdma(_));
        Ends {
            client,
            server: &session.server[channel.server],
            rdma,
            headers: exchange(rdma, direction),
            framing: self.framing_of(session, client.nics.first().copied()),
        }
    }

    fn request(
        &mut self,
        owner: NodeId,
        session: &Session,
        connection: &Connection,
        direction: Direction,
    ) -> Result<Vec<Step>, CompileError> {
        let Ends { client, server, rdma, headers, framing } =
            self.ends(session, connection, direction);
        let write = direction == Direction::Write;
        let small = |header_bytes| Message { header_bytes, payload: false, framing };
        let flow = format!("{} out", connection.label);
        if rdma {
            let mut steps = self.transfer(client, server, &flow, OUT, small(headers.request))?;
            if write {
                // The server fetches the data: a read request, answered with the payload.
                let fetch = format!("{} fetch", connection.label);
                steps.extend(self.transfer(server, client, &fetch, FETCH, small(28))?);
                let data = Message { header_bytes: 0, payload: true, framing };
                steps.extend(self.transfer(client, server, &flow, DATA, data)?);
            }
            return Ok(steps);
        }
        let message = Message { header_bytes: headers.request, payload: write, framing };
        let mut steps = self.transfer(client, server, &flow, OUT, message)?;
        let nics = server.nics.clone();
        steps.push(self.receive(owner, &nics, connection, "request receive", framing, write)?);
        Ok(steps)
    }

    fn response(
        &mut self,
        from: NodeId,
        session: &Session,
        connection: &Connection,
        direction: Direction,
    ) -> Result<Vec<Step>, CompileError> {
        let Ends { client, server, rdma, headers, framing } =
            self.ends(session, connection, direction);
        let read = direction == Direction::Read;
        let flow = format!("{} back", connection.label);
        let message = Message { header_bytes: headers.response, payload: read, framing };
        let mut steps = self.transfer(server, client, &flow, BACK, message)?;
        if !rdma {
            let nics = client.nics.clone();
            steps.push(self.receive(from, &nics, connection, "response receive", framing, read)?);
        }
        Ok(steps)
    }

    fn framing_of(&self, session: &Session, nic: Option<NicId>) -> Framing {
        let network = nic.and_then(|n| self.network_of(n));
        network
            .map_or(Framing::NONE, |n| framing(session.plan.transport, &self.cluster.networks[n]))
    }

    /// The receive queue of a TCP connection: one core, a cost a frame and a byte.
    fn receive(
        &mut self,
        node: NodeId,
        nics: &[NicId],
        connection: &Connection,
        role: &'static str,
        framing: Framing,
        payload: bool,
    ) -> Result<Step, CompileError> {
        // A team's connection arrives on a hashed member; its queue is taken from the first.
        let Some(&nic) = nics.first() else {
            return Err(CompileError::MissingParameter("interface of a channel".into()));
        };
        let key = format!("{} {role}", connection.label);
        let queue = self.queue_of(&key, nic);
        let label = format!(
            "{}/{}/receive queue {queue}",
            self.cluster.nodes[node].name, self.cluster.nics[nic].name
        );
        let station = self.cpu_station(&label, node, 1, 0.0)?;
        let relative = format!("cpus.{}.relative-cost", self.cluster.nodes[node].cpu);
        let cost = self.value(&relative)?;
        let per_frame_ps = self.ps("tcp.receive.per-frame")? * cost;
        let per_byte_ps = if payload { self.ps("tcp.receive.per-byte")? * cost } else { 0.0 };
        let shape = self.shape("software.scv")?;
        // A message without payload is one frame whatever the size of the I/O.
        let framing = if payload { framing } else { Framing::NONE };
        let service = Service::Time { base_ps: 0.0, per_byte_ps, per_frame_ps, framing, shape };
        debug_assert!(matches!(self.net.stations[station].kind, StationKind::Fifo { .. }));
        let origins = ["tcp.receive.per-frame", "tcp.receive.per-byte", &relative];
        Ok(Visit::new(station, role, service).from(&origins).into())
    }
}
