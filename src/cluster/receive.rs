//! Receiving a message over TCP: one core, the queue its connection is on.
//!
//! `time = frames * tcp.receive.per-frame + payload * tcp.receive.per-byte`, times the relative
//! cost of the processor; behind a virtual switch each frame costs
//! `tcp.receive.vswitch-per-frame` more.
//! A message without payload is one frame whatever the size of the I/O.
//! **Not modelled.** Coalescing of segments that depends on load.

use super::build::{Build, CompileError};
use crate::network::{Framing, Service, StationKind, Step, Visit};
use crate::topology::NodeId;

/// What is received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received {
    pub(super) role: &'static str,
    pub(super) framing: Framing,
    pub(super) payload: bool,
    /// Whether it passes a virtual switch.
    pub(super) vswitch: bool,
}

impl Build<'_> {
    /// The visit to the receive queue of a label.
    pub(super) fn receive_at(
        &mut self,
        label: &str,
        node: NodeId,
        of: Received,
    ) -> Result<Step, CompileError> {
        let station =
            self.cpu_station(label, node, StationKind::Fifo { servers: 1, cost_rise: 0.0 })?;
        let relative = format!("cpus.{}.relative-cost", self.cluster.nodes[node].cpu);
        let cost = self.value(&relative)?;
        let mut origins = vec!["tcp.receive.per-frame", "tcp.receive.per-byte", &relative];
        let mut per_frame_ps = self.ps("tcp.receive.per-frame")? * cost;
        if of.vswitch {
            origins.push("tcp.receive.vswitch-per-frame");
            per_frame_ps += self.ps("tcp.receive.vswitch-per-frame")? * cost;
        }
        let per_byte_ps = if of.payload { self.ps("tcp.receive.per-byte")? * cost } else { 0.0 };
        let shape = self.shape("software.scv")?;
        let framing = if of.payload { of.framing } else { Framing::NONE };
        let service = Service::Time { base_ps: 0.0, per_byte_ps, per_frame_ps, framing, shape };
        Ok(Visit::new(station, of.role, service).from(&origins).into())
    }
}
