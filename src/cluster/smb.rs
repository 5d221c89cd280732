//! Redirected I/O: the SMB session from a requester to the coordinator.
//!
//! **Modelled.** Multichannel's connections (`session.rs`), used in turn; SMB credits; SMB Direct's
//! send credits, pooled over the connections of a session; requests split at `smb.request-max`,
//! and at 1 MiB in Windows Server 2012, which knows no larger ones; message sizes below; client and
//! server CPU by transport; the receive queue (one core) of each TCP connection, which is what a
//! single TCP flow is limited by; TCP acknowledgements, one for `tcp.segments-per-ack` segments, as
//! bytes of the message that goes the other way; RDMA writes that cost one more round trip than
//! reads, since the server fetches the data; payload of at most `rdma.inline-max` within the
//! sends, of at most 1364 bytes each, without that round trip; signing and encryption
//! (`security.rs`); links that fail (`outage.rs`).
//! **Not modelled.** Metadata. The response of an SMB Direct read shares frames with its data (at
//! most one frame too few), and a transfer longer than `wire.segment` repeats its header in each
//! segment (below 0.2 %).
//!
//! Message bytes on the transport (MS-SMB2 2.2.1, 2.2.19 to 2.2.22; MS-SMBD 2.2):
//!
//! | | request | response |
//! |---|---|---|
//! | TCP read | `smb.read.request`, 117 | `smb.read.response`, 84, + n |
//! | TCP write | `smb.write.request`, 116, + n | `smb.write.response`, 85 |
//! | SMB Direct read | 153 | n placed by RDMA write, then 105 |
//! | SMB Direct write | 152, fetched by a 28-byte read request, then n | 105 |
//!
//! A shared disk on the coordinator itself is local: it pays the coordinator's file system and the
//! shared-VHDX filter, but no message.
//! Sources: <https://learn.microsoft.com/openspecs/windows_protocols/ms-smb2/>,
//! <https://learn.microsoft.com/openspecs/windows_protocols/ms-smbd/>.

use super::build::{Build, CompileError};
use super::path::IoPath;
use super::receive::Received;
use super::security::TRANSFORM_HEADER;
use super::session::{Endpoint, Lanes, Session};
use super::wire::{Leg, Message, Roles, Sent, roles, sends};
use crate::network::{Amount, Direction, Framing, SelectorKind, Step, Wait};
use crate::policy::Transport;
use crate::topology::{ConnectionUse, NodeId, WindowsVersion};

const OUT: Roles = roles!("request");
const FETCH: Roles = roles!("fetch");
const DATA: Roles = roles!("data");
const BACK: Roles = roles!("response");

/// Largest request of Windows Server 2012.
const REQUEST_MAX_2012: u64 = 1 << 20;

/// Bytes ahead of each SMB message on TCP.
const TCP_FRAMING: u32 = 4;

/// Payload bytes that one SMB credit covers.
const CREDIT_BYTES: u64 = 65_536;

/// Most bytes of a message beside its payload.
const MESSAGE_MOST: f64 = 1_048_576.0;

/// Header bytes of the two messages, and which of them carries the payload.
struct Exchange {
    request: u32,
    response: u32,
}

/// Messages of SMB Direct.
const fn exchange_rdma(direction: Direction) -> Exchange {
    match direction {
        Direction::Read => Exchange { request: 153, response: 105 },
        Direction::Write => Exchange { request: 152, response: 105 },
    }
}

/// A connection: the interfaces at both ends and its name.
struct Connection {
    channel: usize,
    label: String,
}

/// A redirected I/O, or an exchange without payload.
#[derive(Clone, Copy)]
pub(super) struct Io<'s> {
    pub(super) from: NodeId,
    pub(super) owner: NodeId,
    pub(super) session: &'s Session,
    pub(super) direction: Direction,
    /// Bytes of a request.
    pub(super) bytes: u64,
    /// Bytes of request and response on TCP where they carry no payload.
    pub(super) control: Option<(u32, u32)>,
}

impl Io<'_> {
    /// Whether payload travels in a direction.
    fn carries(&self, direction: Direction) -> bool {
        self.direction == direction && self.control.is_none()
    }

    /// Header bytes of both messages.
    fn headers(&self, rdma: bool, build: &Build<'_>) -> Result<Exchange, CompileError> {
        Ok(match self.control {
            // SMB Direct knows no framing; its own header is that of the send.
            Some((request, response)) if rdma => Exchange {
                request: request.saturating_sub(TCP_FRAMING),
                response: response.saturating_sub(TCP_FRAMING),
            },
            Some((request, response)) => Exchange { request, response },
            None if rdma => exchange_rdma(self.direction),
            None => {
                let way = if self.direction == Direction::Read { "read" } else { "write" };
                let bytes = |message: &str| {
                    let bytes = build.value(&format!("smb.{way}.{message}"))?;
                    Ok(bytes.round().clamp(1.0, MESSAGE_MOST) as u32)
                };
                Exchange { request: bytes("request")?, response: bytes("response")? }
            }
        })
    }
}

/// The two interfaces of a connection and how they talk.
struct Ends<'s> {
    client: &'s Endpoint,
    server: &'s Endpoint,
    transport: Transport,
    headers: Exchange,
    framing: Framing,
    /// Whether RDMA places the payload; else it travels with the message.
    placed: bool,
}

/// A message with or without payload.
const fn message<'s>(
    ends: &Ends<'_>,
    header_bytes: u32,
    io: &Io<'_>,
    payload: bool,
) -> Message<'s> {
    Message {
        header_bytes,
        payload,
        framing: ends.framing,
        transport: ends.transport,
        bytes: io.bytes,
        class: "smb",
    }
}

impl Build<'_> {
    /// Work of the coordinator's stack for an I/O that arrives on `path`, ahead of the storage.
    pub(super) fn owner_work(
        &mut self,
        owner: NodeId,
        path: IoPath,
    ) -> Result<Vec<Step>, CompileError> {
        let costs: &[&str] = match path {
            IoPath::FileSystemRedirected
            | IoPath::FileVetoed
            | IoPath::LocalAtOwner { shared: false } => &["owner.file-system-per-io"],
            IoPath::FileRedirected | IoPath::LocalAtOwner { shared: true } => {
                &["owner.file-system-per-io", "owner.shared-vhdx-per-io"]
            }
            IoPath::BlockRedirected => &["owner.block-per-io"],
            IoPath::Direct
            | IoPath::SmbShare { .. }
            | IoPath::GuestIscsi
            | IoPath::VirtualFibreChannel
            | IoPath::PhysicalLun
            | IoPath::None => return Ok(Vec::new()),
        };
        let cores = self.cores(owner)?;
        Ok(vec![self.software(cores, owner, "owner stack", costs, None)?.into()])
    }

    /// Steps of a redirected I/O of `bytes`: `storage` runs at the coordinator between request and
    /// response.
    pub(super) fn redirected(
        &mut self,
        from: NodeId,
        owner: NodeId,
        session: &Session,
        (direction, bytes): (Direction, u64),
        storage: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let names = &self.cluster.nodes;
        let instance = session.instance.prefix();
        let pair = format!("{instance}{} to {}", names[from].name, names[owner].name);
        let credits = self.count("smb.credits")?;
        let mut chunk_bytes = self.chunk("smb.request-max")?;
        if self.cluster.windows < WindowsVersion::W2012R2 {
            chunk_bytes = chunk_bytes.min(REQUEST_MAX_2012);
        }
        let bytes = bytes.min(chunk_bytes);
        let io = Io { from, owner, session, direction, bytes, control: None };
        // A session with fewer credits than its largest request costs would never send it.
        let credits = u64::from(credits).max(chunk_bytes.div_ceil(CREDIT_BYTES));
        let credits = self.pool(&format!("SMB credits, {pair}"), credits);
        let credit = Amount::PerBytes { unit: CREDIT_BYTES };
        let write = direction == Direction::Write;
        let usual = session.usual().plan.transport;
        let mut body = self.work(&io, true)?;
        if write {
            body.extend(self.security(from, "client security", usual)?);
        }
        let mut served = Vec::new();
        if write {
            served.extend(self.security(owner, "server security", usual)?);
        }
        served.extend(self.work(&io, false)?);
        served.extend(self.watched(storage)?);
        if !write {
            served.extend(self.security(owner, "server security", usual)?);
        }
        body.extend(self.there_and_back(&io, served)?);
        if !write {
            body.extend(self.security(from, "client security", usual)?);
        }
        let mut steps = vec![Step::Acquire { pool: credits, amount: credit }];
        let rdma = session.lanes.iter().find(|l| matches!(l.plan.transport, Transport::Rdma(_)));
        if let Some(lanes) = rdma {
            // Connections are used in turn, so their credits are as good as one pool.
            let each = u64::from(self.count("rdma.credits")?);
            let connections: u32 = lanes.plan.channels.iter().map(|c| c.connections).sum();
            let sends = self.pool(&format!("RDMA credits, {pair}"), each * u64::from(connections));
            let one = Amount::Fixed(1);
            steps.push(Step::Acquire { pool: sends, amount: one });
            steps.append(&mut body);
            steps.push(Step::Release { pool: sends, amount: one });
        } else {
            steps.append(&mut body);
        }
        steps.push(Step::Release { pool: credits, amount: credit });
        steps.extend(self.behind(&io)?);
        Ok(vec![Step::Split { chunk_bytes, window: None, body: steps }])
    }

    /// Work of both ends that nobody waits for: interrupts, memory given back, requests freed.
    fn behind(&mut self, io: &Io<'_>) -> Result<Option<Step>, CompileError> {
        if self.ps("smb.behind-per-io")? <= 0.0 {
            return Ok(None);
        }
        let mut branches = Vec::new();
        for (node, role) in [(io.from, "smb client, behind"), (io.owner, "smb server, behind")] {
            let cores = self.cores(node)?;
            let work = self.batched(cores, node, role, &["smb.behind-per-io"], None)?;
            branches.push(vec![work.into()]);
        }
        Ok(Some(Step::Fork { wait: Wait::None, branches }))
    }

    /// The work of the SMB client or server on a request.
    pub(super) fn work(&mut self, io: &Io<'_>, client: bool) -> Result<Vec<Step>, CompileError> {
        let io = *io;
        let (node, role) = match (client, io.control) {
            (true, None) => (io.from, "smb client"),
            (false, None) => (io.owner, "smb server"),
            (true, Some(_)) => (io.from, "control client"),
            (false, Some(_)) => (io.owner, "control server"),
        };
        let cores = self.cores(node)?;
        // Bytes are copied by the side that sends or receives them as payload; both sides touch
        // every byte once, the sender in the SMB stack and the receiver in its receive queue.
        let sender = client == (io.direction == Direction::Write);
        self.by_phase("link state", |build, phase| {
            let rdma = matches!(io.session.in_phase(phase).plan.transport, Transport::Rdma(_));
            let copied = if rdma { build.no_placement() } else { sender };
            let copied = copied && io.control.is_none();
            let (per_io, per_byte) = match (client, rdma) {
                (true, true) => ("smb.client.rdma.per-io", "smb.client.tcp.per-byte"),
                (true, false) => ("smb.client.tcp.per-io", "smb.client.tcp.per-byte"),
                (false, true) => ("smb.server.rdma.per-io", "smb.server.tcp.per-byte"),
                (false, false) => ("smb.server.tcp.per-io", "smb.server.tcp.per-byte"),
            };
            let per_byte = copied.then_some(per_byte);
            Ok(vec![build.batched(cores, node, role, &[per_io], per_byte)?.into()])
        })
    }

    /// Request, what is done at the server, and response.
    fn there_and_back(
        &mut self,
        io: &Io<'_>,
        served: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let io = *io;
        let kind = match self.cluster.smb.connection_use {
            ConnectionUse::InTurn => {
                let mut steps = self.over_connections(&io, true)?;
                steps.extend(served);
                steps.extend(self.over_connections(&io, false)?);
                return Ok(steps);
            }
            ConnectionUse::LeastOutstanding => SelectorKind::LeastOutstanding,
            ConnectionUse::Fixed => SelectorKind::Place,
        };
        // The choice holds until the response is there, so all of it is within.
        self.by_phase("link state out", |build, phase| {
            let lanes = io.session.in_phase(phase);
            let mut branches = Vec::new();
            for connection in build.connections(&io, lanes) {
                let mut steps = build.request(&io, phase, &connection)?;
                steps.extend(served.iter().cloned());
                steps.extend(build.by_phase("link state back", |build, later| {
                    if io.session.of_phase[later] == io.session.of_phase[phase] {
                        build.response(&io, later, &connection)
                    } else {
                        build.over(&io, later, false)
                    }
                })?);
                branches.push(steps);
            }
            let names = &build.cluster.nodes;
            let instance = io.session.instance.prefix();
            let label = format!(
                "{instance}connections in use, {} to {}{}",
                names[io.from].name, names[io.owner].name, lanes.suffix
            );
            let selector = build.selector(&label, kind(branches.len() as u32));
            Ok(vec![Step::Choose { selector, role: "connection in use", branches }])
        })
    }

    /// The message of one direction, over the connections of the session in turn. Request and
    /// response of an I/O take the same turn and so the same connection.
    pub(super) fn over_connections(
        &mut self,
        io: &Io<'_>,
        request: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let io = *io;
        let state = if request { "link state out" } else { "link state back" };
        self.by_phase(state, |build, phase| build.over(&io, phase, request))
    }

    /// The same in one phase.
    fn over(
        &mut self,
        io: &Io<'_>,
        phase: usize,
        request: bool,
    ) -> Result<Vec<Step>, CompileError> {
        let lanes = io.session.in_phase(phase);
        let mut branches = Vec::new();
        for connection in self.connections(io, lanes) {
            branches.push(if request {
                self.request(io, phase, &connection)?
            } else {
                self.response(io, phase, &connection)?
            });
        }
        let names = &self.cluster.nodes;
        let instance = io.session.instance.prefix();
        let label = format!(
            "{instance}connections, {} to {}{}",
            names[io.from].name, names[io.owner].name, lanes.suffix
        );
        let selector = self.selector(&label, SelectorKind::RoundRobin(branches.len() as u32));
        let role = if request { "connection out" } else { "connection back" };
        Ok(vec![Step::Choose { selector, role, branches }])
    }

    fn connections(&self, io: &Io<'_>, lanes: &Lanes) -> Vec<Connection> {
        let names = &self.cluster.nodes;
        let mut connections = Vec::new();
        // The turn goes over the channels first, so that few I/Os already use every interface.
        let most = lanes.plan.channels.iter().map(|c| c.connections).max().unwrap_or(0);
        for n in 0..most {
            for (channel, c) in lanes.plan.channels.iter().enumerate() {
                if n < c.connections {
                    let instance = io.session.instance.prefix();
                    let label = format!(
                        "{instance}{} to {} channel {channel} connection {n}{}",
                        names[io.from].name, names[io.owner].name, lanes.suffix
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
        lanes: &'s Lanes,
        connection: &Connection,
        io: &Io<'_>,
    ) -> Result<Ends<'s>, CompileError> {
        let channel = lanes.plan.channels[connection.channel];
        let (client, server) = (&lanes.client[channel.client], &lanes.server[channel.server]);
        let transport = lanes.plan.transport;
        let rdma = matches!(transport, Transport::Rdma(_));
        let mut headers = io.headers(rdma, self)?;
        let mut framing = self.framing_between(transport, client, server);
        let inline = self.no_placement() || io.bytes as f64 <= self.value("rdma.inline-max")?;
        let placed = rdma && !inline;
        if rdma && inline {
            framing = sends(framing);
        }
        if self.cluster.smb.encryption {
            headers.request += TRANSFORM_HEADER;
            headers.response += TRANSFORM_HEADER;
        }
        if !rdma {
            // What is acknowledged travels one way, its acknowledgements with the message that
            // goes the other.
            let data = self.acknowledgements(framing.frames(io.bytes))?;
            let other = if io.control.is_none() { self.acknowledgements(1)? } else { 0 };
            let (with_request, with_response) = match io.direction {
                Direction::Read => (data, other),
                Direction::Write => (other, data),
            };
            headers.request += with_request;
            headers.response += with_response;
        }
        Ok(Ends { client, server, transport, headers, framing, placed })
    }

    fn request(
        &mut self,
        io: &Io<'_>,
        phase: usize,
        connection: &Connection,
    ) -> Result<Vec<Step>, CompileError> {
        let ends = self.ends(io.session.in_phase(phase), connection, io)?;
        let Ends { client, server, .. } = ends;
        let write = io.carries(Direction::Write);
        let sent = |request| Some(Sent { session: io.session, phase, request });
        let leg = |from, to, flow, roles, message, request| Leg {
            from,
            to,
            flow,
            roles,
            message,
            sent: sent(request),
        };
        let flow = format!("{} out", connection.label);
        let rides = write && !ends.placed;
        let request = message(&ends, ends.headers.request, io, rides);
        let mut steps = self.transfer(leg(client, server, &flow, OUT, request, true))?;
        if write && ends.placed {
            // The server fetches the data: a read request, answered with the payload.
            let fetch = format!("{} fetch", connection.label);
            let small = message(&ends, 28, io, false);
            steps.extend(self.transfer(leg(server, client, &fetch, FETCH, small, false))?);
            let data = message(&ends, 0, io, true);
            steps.extend(self.transfer(leg(client, server, &flow, DATA, data, true))?);
        }
        if !matches!(ends.transport, Transport::Rdma(_)) {
            steps.push(self.receive(server, connection, "request receive", ends.framing, write)?);
        }
        Ok(steps)
    }

    fn response(
        &mut self,
        io: &Io<'_>,
        phase: usize,
        connection: &Connection,
    ) -> Result<Vec<Step>, CompileError> {
        let usual = self.answer(io, phase, connection, 0)?;
        let rdma = matches!(io.session.in_phase(phase).plan.transport, Transport::Rdma(_));
        let interim_bytes = if io.control.is_none() && !rdma { self.interim_bytes()? } else { 0 };
        if interim_bytes == 0 {
            return Ok(usual);
        }
        let late = self.answer(io, phase, connection, interim_bytes)?;
        self.unless_overdue(usual, late)
    }

    fn answer(
        &mut self,
        io: &Io<'_>,
        phase: usize,
        connection: &Connection,
        more_bytes: u32,
    ) -> Result<Vec<Step>, CompileError> {
        let ends = self.ends(io.session.in_phase(phase), connection, io)?;
        let Ends { client, server, .. } = ends;
        let read = io.carries(Direction::Read);
        let flow = format!("{} back", connection.label);
        let header_bytes = ends.headers.response + more_bytes;
        let response = message(&ends, header_bytes, io, read);
        let sent = Some(Sent { session: io.session, phase, request: false });
        let leg =
            Leg { from: server, to: client, flow: &flow, roles: BACK, message: response, sent };
        let mut steps = self.transfer(leg)?;
        if !matches!(ends.transport, Transport::Rdma(_)) {
            steps.push(self.receive(client, connection, "response receive", ends.framing, read)?);
        }
        Ok(steps)
    }

    /// The receive queue of a TCP connection: one core, a cost a frame and a byte. Traffic of a
    /// host vNIC passes the virtual switch there as well.
    fn receive(
        &mut self,
        end: &Endpoint,
        connection: &Connection,
        role: &'static str,
        framing: Framing,
        payload: bool,
    ) -> Result<Step, CompileError> {
        let key = format!("{} {role}", connection.label);
        let queue = self.queue_of(&key, end);
        let node = end.node;
        let label =
            format!("{}/{}/receive queue {queue}", self.cluster.nodes[node].name, end.queues_of);
        self.receive_at(&label, node, Received { role, framing, payload, vswitch: end.vnic })
    }
}
