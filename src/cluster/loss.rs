//! Frames lost in the switch when several nodes send to one port.
//!
//! **Modelled.** A switch buffers so much for one port; a message (of at most `wire.segment`) that
//! finds it full is lost and sent again after a while, at most `wire.tries` times, after which it
//! gets through. `RoCE` without priority flow control knows of the loss by a timeout
//! (`roce.retransmission-timeout`) or a negative acknowledgement; TCP and `iWARP` by duplicate
//! acknowledgements (`tcp.fast-retransmit`). With flow control the sender waits instead: that is
//! the port's queue, which has no bound. `InfiniBand` has flow control by credits.
//! **Not modelled.** Congestion control (DCQCN, TCP windows), which would make loss rarer and
//! senders slower; the loss of small messages; head-of-line blocking by pause frames; buffers that
//! ports share. Ports with traffic classes lose nothing here.
//! Loss needs two senders, so a network of two nodes has none. TCP and `iWARP` lose only where the
//! network states its `buffer`: their windows keep steady traffic below the loss.
//! Sources: <https://learn.microsoft.com/windows-server/networking/technologies/dcb/dcb-top>;
//! Guo et al., "RDMA over Commodity Ethernet at Scale", SIGCOMM 2016 (go-back-N of NICs).

use super::build::{Build, CompileError};
use super::wire::Message;
use crate::network::{Service, StationKind, Step, Visit};
use crate::policy::Transport;
use crate::random::Shape;
use crate::topology::{NetworkId, Rdma};

/// A finite buffer in front of a port.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lossy {
    /// Messages it takes, the one that is being sent included.
    places: u32,
    /// The parameter that tells how long a loss goes unnoticed.
    after: &'static str,
}

impl Build<'_> {
    /// Nodes with a port on a network.
    pub(super) fn nodes_on(&self, network: NetworkId) -> usize {
        let nodes = self.cluster.nodes.iter();
        let on = |nics: &[crate::topology::NicId]| {
            nics.iter().any(|&nic| self.network_of(nic) == Some(network))
        };
        nodes.filter(|n| on(&n.nics)).count()
    }

    /// The buffer that a message with payload may find full.
    pub(super) fn lossy(
        &mut self,
        network: NetworkId,
        message: &Message<'_>,
    ) -> Result<Option<Lossy>, CompileError> {
        let n = &self.cluster.networks[network];
        let (stated, pfc, name) = (n.buffer_bytes, n.pfc, n.name.clone());
        if !message.payload || !n.classes.is_empty() || self.nodes_on(network) < 3 {
            return Ok(None);
        }
        let (bytes, after) = match message.transport {
            Transport::Rdma(Rdma::InfiniBand) => return Ok(None),
            Transport::Rdma(Rdma::RoceV1 | Rdma::RoceV2) if pfc => return Ok(None),
            Transport::Rdma(Rdma::RoceV1 | Rdma::RoceV2) => {
                let bytes = stated.map_or_else(|| self.value("wire.port-buffer"), |b| Ok(b as f64));
                (bytes?, "roce.retransmission-timeout")
            }
            _ => match stated {
                None => return Ok(None),
                Some(bytes) => (bytes as f64, "tcp.fast-retransmit"),
            },
        };
        let segment = self.chunk("wire.segment")?;
        let wire = message.framing.wire_bytes(message.bytes.clamp(1, segment));
        let places = (bytes / wire as f64).floor().clamp(1.0, 65_536.0) as u32;
        let tries = self.count("wire.tries")?;
        let delay = self.ps(after)? * 1e-9;
        let text = format!(
            "{}: the switch holds {places} messages of {wire} B for a port; one that finds no room \
             is lost and sent again after {delay:.2} ms, up to {tries} times",
            message.transport.name()
        );
        if matches!(message.transport, Transport::Rdma(Rdma::RoceV1 | Rdma::RoceV2)) {
            self.warn(
                &name,
                format!("{text}; priority flow control end to end (pfc = true) prevents that"),
            );
        } else {
            self.tell(&name, text);
        }
        Ok(Some(Lossy { places, after }))
    }

    /// The visit to the receiver's port, and what happens when its buffer is full: `again` leads
    /// to the port once more.
    pub(super) fn if_room(
        &mut self,
        lossy: Lossy,
        rx: &Visit,
        again: &[Visit],
    ) -> Result<Step, CompileError> {
        let station = self.station("retransmission", || StationKind::Delay);
        let service = Service::time(self.ps(lossy.after)?, 0.0, Shape::Constant);
        let wait = Visit::new(station, "retransmission", service).from(&[lossy.after]);
        let tries = self.count("wire.tries")?.min(16);
        let mut step = Step::Visit(rx.clone());
        for _ in 0..tries {
            let mut refused: Vec<Step> = vec![wait.clone().into()];
            refused.extend(again.iter().cloned().map(Step::Visit));
            refused.push(step);
            step = Step::IfRoom { visit: rx.clone(), places: lossy.places, refused };
        }
        Ok(step)
    }
}
