//! Traffic on the ports beside the workloads: live migration, backup, heartbeats, virtual machines.
//!
//! **Modelled.** Messages of one size from each sender to each receiver, at a rate or as fast as
//! possible with so many under way; over SMB's interfaces, or over TCP on one connection an
//! interface (virtual machines, heartbeats, Storage Replica); in a traffic class; SMB bandwidth
//! limits (`Set-SmbBandwidthLimit`), which cap what a node **sends**: the memory of machines that
//! migrate, their disks, the rest. TCP costs cores at both ends, by byte and frame.
//! **Not modelled.** What the traffic is for: nothing migrates, nothing is backed up. Whether CSV
//! traffic counts as "Default" for the limit is not documented; it is not capped.
//! Sources: <https://learn.microsoft.com/powershell/module/smbshare/set-smbbandwidthlimit>,
//! <https://learn.microsoft.com/windows-server/networking/technologies/dcb/dcb-manage>.

use super::build::{Build, CompileError};
use super::session::{Allowed, Session};
use super::wire::{Leg, Message, Roles, Sent, roles};
use crate::network::{Arrivals, Direction, Mix, SelectorKind, Service, StationKind, Step, Visit};
use crate::policy::Transport;
use crate::random::Shape;
use crate::topology::{NodeId, Pace, Traffic, TrafficKind};
use crate::units::{UnitKind, format_as};

const TRAFFIC: Roles = roles!("traffic");

/// The class of traffic that names none.
const fn class_of(kind: TrafficKind) -> &'static str {
    match kind {
        TrafficKind::LiveMigration => "live-migration",
        TrafficKind::StorageMigration => "smb",
        TrafficKind::Heartbeat => "cluster",
        _ => "default",
    }
}

impl Build<'_> {
    /// Adds all traffic that the scenario states.
    pub(super) fn traffic(&mut self) -> Result<(), CompileError> {
        self.tell_classes();
        let cluster = self.cluster;
        for traffic in &cluster.traffic {
            let group = self.net.add_background(traffic.name.clone());
            for &from in &traffic.from {
                for &to in traffic.to.iter().filter(|&&to| to != from) {
                    let names = &cluster.nodes;
                    let label =
                        format!("{}: {} to {}", traffic.name, names[from].name, names[to].name);
                    let steps = self.one_way(traffic, from, to)?;
                    let route = self.net.add_route(label.clone(), steps);
                    let arrivals = match traffic.pace {
                        Pace::Rate(bits_per_s) => Arrivals::Paced {
                            interval_ps: 8e12 * traffic.message_bytes as f64 / bits_per_s,
                        },
                        Pace::Window(outstanding) => Arrivals::Closed {
                            outstanding,
                            think_ps: 0.0,
                            think_shape: Shape::Constant,
                        },
                        Pace::Capped { window, bits_per_s } => Arrivals::Throttled {
                            outstanding: window,
                            lanes: 1,
                            interval_ps: 8e12 * traffic.message_bytes as f64 / bits_per_s,
                            clock: None,
                        },
                    };
                    let direction = Direction::Write;
                    let mix =
                        vec![Mix { weight: 1.0, direction, bytes: traffic.message_bytes, route }];
                    self.background_source(&label, group, arrivals, mix)?;
                }
            }
        }
        Ok(())
    }

    fn one_way(
        &mut self,
        traffic: &Traffic,
        from: NodeId,
        to: NodeId,
    ) -> Result<Vec<Step>, CompileError> {
        let names = &self.cluster.nodes;
        let tcp = matches!(
            traffic.kind,
            TrafficKind::Vm | TrafficKind::Heartbeat | TrafficKind::StorageReplica
        );
        let allowed = Allowed { network: traffic.network, tcp };
        let session = self.in_all_phases(from, to, allowed)?;
        let session = session.ok_or_else(|| CompileError::NoNetworkFor {
            traffic: traffic.name.clone(),
            from: names[from].name.clone(),
            to: names[to].name.clone(),
        })?;
        let mut steps = self.limiter(traffic, from);
        let label = format!("{}, {} to {}", traffic.name, names[from].name, names[to].name);
        let copies = !matches!(session.usual().plan.transport, Transport::Rdma(_));
        if copies {
            let cores = self.cores(from)?;
            let cost = Some("smb.client.tcp.per-byte");
            steps.push(self.software(cores, from, "traffic send", &[], cost)?.into());
        }
        steps.extend(self.by_phase("link state", |build, phase| {
            build.over_channels(traffic, &session, phase, &label)
        })?);
        if copies {
            let cores = self.cores(to)?;
            let cost = Some("tcp.receive.per-byte");
            let lanes = session.usual();
            let mut visit = self.software(cores, to, "traffic receive", &[], cost)?;
            let ends = lanes.plan.channels.first();
            if let (Some(c), Service::Time { per_frame_ps, framing, .. }) =
                (ends, &mut visit.service)
            {
                let relative = format!("cpus.{}.relative-cost", self.cluster.nodes[to].cpu);
                *per_frame_ps = self.ps("tcp.receive.per-frame")? * self.value(&relative)?;
                let (a, b) = (&lanes.client[c.client], &lanes.server[c.server]);
                *framing = self.framing_between(lanes.plan.transport, a, b);
                visit.origins.push("tcp.receive.per-frame".into());
            }
            steps.push(visit.into());
        }
        let pace = match traffic.pace {
            Pace::Rate(rate) => format_as(UnitKind::Rate, rate),
            Pace::Window(n) => format!("as fast as possible, {n} messages under way"),
            Pace::Capped { window, bits_per_s } => {
                let most = format_as(UnitKind::Rate, bits_per_s);
                format!("as fast as possible up to {most}, {window} messages under way")
            }
        };
        let over = session.usual().plan.transport.name();
        self.tell(
            &label,
            format!("{pace}, in messages of {} B over {over}", traffic.message_bytes),
        );
        Ok(steps)
    }

    /// One message over the interfaces in turn.
    fn over_channels(
        &mut self,
        traffic: &Traffic,
        session: &Session,
        phase: usize,
        label: &str,
    ) -> Result<Vec<Step>, CompileError> {
        let lanes = session.in_phase(phase);
        let transport = lanes.plan.transport;
        let mut branches = Vec::new();
        for (number, c) in lanes.plan.channels.iter().enumerate() {
            let (from, to) = (&lanes.client[c.client], &lanes.server[c.server]);
            let message = Message {
                header_bytes: 0,
                payload: true,
                framing: self.framing_between(transport, from, to),
                transport,
                bytes: traffic.message_bytes,
                class: traffic.class.as_deref().unwrap_or(class_of(traffic.kind)),
            };
            // SMB opens several connections, which a team takes apart.
            let smb = !matches!(
                traffic.kind,
                TrafficKind::Vm | TrafficKind::Heartbeat | TrafficKind::StorageReplica
            );
            for n in 0..if smb { c.connections } else { 1 } {
                let flow = format!("{label} channel {number} connection {n}{}", lanes.suffix);
                let sent = Some(Sent { session, phase, request: true });
                let leg = Leg { from, to, flow: &flow, roles: TRAFFIC, message, sent };
                branches.push(self.transfer(leg)?);
            }
        }
        if branches.len() == 1 {
            return Ok(branches.swap_remove(0));
        }
        let kind = SelectorKind::RoundRobin(branches.len() as u32);
        let selector = self.selector(&format!("connections, {label}{}", lanes.suffix), kind);
        Ok(vec![Step::Choose { selector, role: "traffic connection", branches }])
    }

    /// The SMB bandwidth limit of a sender.
    fn limiter(&mut self, traffic: &Traffic, from: NodeId) -> Vec<Step> {
        let smb = &self.cluster.smb;
        let (limit, what) = match traffic.kind {
            TrafficKind::LiveMigration => (smb.live_migration_limit, "live migration"),
            // Of a shared-nothing migration only the memory counts as live migration.
            TrafficKind::StorageMigration => (smb.virtual_machine_limit, "virtual machine"),
            TrafficKind::Backup | TrafficKind::Other => (smb.default_limit, "default"),
            _ => (None, ""),
        };
        let Some(limit) = limit else { return Vec::new() };
        let node = &self.cluster.nodes[from].name;
        let label = format!("{node}/SMB limit, {what}");
        let station = self.station(&label, || StationKind::Limiter { burst_ps: 0 });
        let text = format!(
            "SMB traffic of category {what} is sent at {} at most",
            format_as(UnitKind::Rate, limit)
        );
        self.tell(node, text);
        let service = Service::time(0.0, 8e12 / limit, Shape::Constant);
        vec![Visit::new(station, "smb limit", service).into()]
    }

    /// Tells what the ports of networks with traffic classes guarantee.
    fn tell_classes(&mut self) {
        let cluster = self.cluster;
        for network in cluster.networks.iter().filter(|n| !n.classes.is_empty()) {
            let shares: Vec<String> =
                network.classes.iter().map(|c| format!("{} {} %", c.name, c.percent)).collect();
            let text = format!(
                "each port guarantees {}: a minimum under contention and no cap",
                shares.join(", ")
            );
            self.tell(&network.name, text);
            let roce = cluster.nics.ids().any(|nic| {
                let kind = cluster.nics[nic].rdma;
                let roce =
                    matches!(kind, crate::topology::Rdma::RoceV1 | crate::topology::Rdma::RoceV2);
                roce && self
                    .network_of(nic)
                    .is_some_and(|id| cluster.networks[id].name == network.name)
            });
            if roce && !network.pfc {
                self.warn(
                    &network.name,
                    "traffic classes without priority flow control: RoCE would lose frames under \
                     load, which is not modelled together with classes",
                );
            }
        }
    }
}
