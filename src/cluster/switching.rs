//! What lies between two ports: one switch, or several with links between them.
//!
//! **Modelled.** A store-and-forward switch takes in a whole frame before it sends it on, which
//! delays a message by its first frame at the sender's rate; a cut-through switch does not. Nodes
//! at different switches of a network talk over the uplinks of both, ports of their own that all
//! such traffic shares; two switches have one link between them. A cable has no switch and joins
//! two nodes.
//! **Not modelled.** Cut-through between ports of different speed, which switches do not do;
//! several links between switches and how flows are spread over them.

use super::build::{Build, CompileError};
use super::wire::Message;
use crate::network::{Port, Service, StationKind, Step, Visit};
use crate::random::Shape;
use crate::topology::{NetworkId, NodeId};

impl Build<'_> {
    /// The time a store-and-forward switch takes in the first frame of a message.
    pub(super) fn store_and_forward(
        &mut self,
        network: NetworkId,
        message: &Message<'_>,
        speed: &str,
    ) -> Result<Option<Step>, CompileError> {
        let n = &self.cluster.networks[network];
        if !n.store_and_forward {
            return Ok(None);
        }
        let label = format!("{}/store and forward", n.name);
        let content =
            u64::from(message.header_bytes) + if message.payload { message.bytes } else { 0 };
        let first = content.min(u64::from(message.framing.payload));
        let frame = message.framing.wire_bytes(first) as f64;
        let station = self.station(&label, || StationKind::Delay);
        let service = Service::time(frame * self.ps_per_byte(speed)?, 0.0, Shape::Constant);
        Ok(Some(Visit::new(station, "store and forward", service).from(&[speed]).into()))
    }

    /// The uplinks between two nodes of a network, in order.
    pub(super) fn uplinks(
        &mut self,
        network: NetworkId,
        from: NodeId,
        to: NodeId,
        (role_up, role_down): (&'static str, &'static str),
        service: Service,
        class: u8,
    ) -> Result<Vec<Visit>, CompileError> {
        let n = &self.cluster.networks[network];
        let Some(uplink) = &n.uplink else { return Ok(Vec::new()) };
        let (Some(a), Some(b)) = (uplink.switch_of(from), uplink.switch_of(to)) else {
            return Ok(Vec::new());
        };
        if a == b {
            return Ok(Vec::new());
        }
        let latency = format!("switches.{}.latency", n.switch);
        let (name, ps_per_byte, weights) =
            (n.name.clone(), 8e12 / uplink.bits_per_s, super::wire::weights(n));
        let direct = uplink.switches.len() == 2;
        let latency_ps = self.ps(&latency)? + 2.0 * self.ps("wire.propagation")?;
        let mut visits = Vec::new();
        let both = [(role_up, a, "up"), (role_down, b, "down")];
        for (role, switch, way) in both.into_iter().take(if direct { 1 } else { 2 }) {
            let label = if direct {
                format!("{name}/uplink {} to {}", a + 1, b + 1)
            } else {
                format!("{name}/uplink {} {way}", switch + 1)
            };
            let station = self.station(&label, || {
                StationKind::Port(Port {
                    changes: Vec::new(),
                    ps_per_byte,
                    latency_ps: latency_ps as u64,
                    weights: weights.clone(),
                    link: None,
                })
            });
            visits.push(Visit::new(station, role, service).in_class(class).from(&[&latency]));
        }
        Ok(visits)
    }

    /// Tells how far uplinks are oversubscribed.
    pub(super) fn tell_uplinks(&mut self) {
        for id in self.cluster.networks.ids() {
            let network = &self.cluster.networks[id];
            let Some(uplink) = &network.uplink else { continue };
            let mut texts = Vec::new();
            for (number, nodes) in uplink.switches.iter().enumerate() {
                let ports = self.cluster.nics.ids().filter(|&nic| {
                    self.network_of(nic) == Some(id) && nodes.contains(&self.cluster.nics[nic].node)
                });
                let sum: f64 = ports.map(|nic| self.cluster.nics[nic].speed_bits_per_s).sum();
                texts.push(format!(
                    "the ports at switch {} have {:.0} Gbit/s, its uplink {:.0} Gbit/s: \
                     oversubscribed {:.2} to 1",
                    number + 1,
                    sum / 1e9,
                    uplink.bits_per_s / 1e9,
                    sum / uplink.bits_per_s
                ));
            }
            for text in texts {
                self.tell(&network.name, text);
            }
        }
    }
}
