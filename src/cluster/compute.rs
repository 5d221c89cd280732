//! What computing of the virtual machines leaves of a node for the storage stack.
//!
//! **Modelled.** A share `load` of a node's `C` cores is busy with the virtual machines' own work.
//! The root partition's storage stack, SMB client and server, and the coordinator's file system
//! have what is free, `F = C (1 - load)` cores: `S = ceil(F)` servers, each slowed by `S / F`, so
//! that capacity is `F` exactly. The cost of an I/O rises with all busy cores, those of the virtual
//! machines included: with `b` of the servers busy with I/O and `r` = `cost-rise` a service takes
//!
//! `demand * S/F * (1 + r (load C + b - 1) / (C - 1))`
//!
//! which without load is the node's own line, `1 + r (b - 1) / (C - 1)`. CPU figures show load and
//! I/O together.
//! **Not modelled.** The hypervisor's time slices and priorities, changes of load, hyper-threads;
//! virtual processors of guests and receive queues are stations beside these cores.
//! Reasoned from processor sharing; the slope is that of `cpus.<class>.cost-rise`.
//! Parameters: `cpus.<class>.cores`, `cpus.<class>.cost-rise`; the node's `load`.

use super::build::{Build, CompileError};
use crate::network::StationId;
use crate::topology::NodeId;

/// Load from which on an owner is warned of.
const STARVED: f64 = 0.8;

/// The cores of a node as the storage stack finds them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FreeCores {
    /// Servers.
    servers: u32,
    /// Rise of the cost from one server busy to all.
    cost_rise: f64,
    /// How much longer work takes than on an idle node, with one server busy.
    slowed: f64,
}

impl FreeCores {
    fn of(cores: u32, cost_rise: f64, load: f64) -> Self {
        if load <= 0.0 {
            return Self { servers: cores, cost_rise, slowed: 1.0 };
        }
        let all = f64::from(cores);
        let free = all * (1.0 - load);
        // A binary fraction a hair above a whole number is that number.
        let servers = (free - 1e-9).ceil().max(1.0);
        let per_core = cost_rise / (all.max(2.0) - 1.0);
        // A busy share of less than one core takes nobody's caches.
        let base = 1.0 + per_core * load * all;
        Self {
            servers: servers as u32,
            cost_rise: per_core * (servers - 1.0) / base,
            slowed: servers / free * base,
        }
    }
}

impl Build<'_> {
    /// What the virtual machines leave of a node.
    fn free_cores(&self, node: NodeId) -> Result<FreeCores, CompileError> {
        let n = &self.cluster.nodes[node];
        let cores = self.count(&format!("cpus.{}.cores", n.cpu))?;
        let rise = self.value(&format!("cpus.{}.cost-rise", n.cpu))?;
        Ok(FreeCores::of(cores, rise, n.load))
    }

    /// The cores of a node that run the storage and network stack.
    pub(super) fn cores(&mut self, node: NodeId) -> Result<StationId, CompileError> {
        let n = &self.cluster.nodes[node];
        let free = self.free_cores(node)?;
        if n.load > 0.0 {
            let cores = self.count(&format!("cpus.{}.cores", n.cpu))?;
            let text = format!(
                "virtual machines keep {:.0} % of its {cores} cores busy; {:.1} are left for \
                 storage and network, where an I/O costs {:.0} % more than on an idle node",
                100.0 * n.load,
                f64::from(cores) * (1.0 - n.load),
                100.0 * (free.slowed - 1.0),
            );
            self.tell(&n.name, text);
            if n.load >= STARVED && self.cluster.volumes.iter().any(|v| v.owner == node) {
                let text = "owns volumes while its cores are nearly all taken: redirected I/O of \
                            every node waits for them";
                self.warn(&n.name, text);
            }
        }
        self.cpu_station(&format!("{}/cores", n.name), node, free.servers, free.cost_rise)
    }

    /// The factor by which the load of a node stretches work at a station: that of its cores.
    pub(super) fn slowed(&self, station: StationId, node: NodeId) -> Result<f64, CompileError> {
        let n = &self.cluster.nodes[node];
        if n.load <= 0.0 || self.stations.get(&format!("{}/cores", n.name)) != Some(&station) {
            return Ok(1.0);
        }
        Ok(self.free_cores(node)?.slowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_is_what_is_left_and_the_line_of_cost_is_the_same() {
        let (cores, rise) = (16, 0.4);
        assert_eq!(
            FreeCores::of(cores, rise, 0.0),
            FreeCores { servers: 16, cost_rise: rise, slowed: 1.0 }
        );
        // A service with `b` servers busy, by the line over all cores.
        for (load, servers) in [(0.5, 8), (0.7, 5), (0.96, 1)] {
            let free = FreeCores::of(cores, rise, load);
            assert_eq!(free.servers, servers);
            let (c, f, s) = (16.0, 16.0 * (1.0 - load), f64::from(servers));
            for busy in 1..=servers {
                let b = f64::from(busy);
                let line = s / f * (1.0 + rise * (load * c + b - 1.0) / (c - 1.0));
                let steps = if servers > 1 { (b - 1.0) / (s - 1.0) } else { 0.0 };
                let got = free.slowed * (1.0 + free.cost_rise * steps);
                assert!((got - line).abs() < 1e-12, "{load} {b}: {got} {line}");
            }
        }
        // One core, all but one in a hundred taken: a hundredth of it is left.
        let free = FreeCores::of(1, 0.0, 0.99);
        assert!((free.slowed - 100.0).abs() < 1e-9 && free.servers == 1);
    }
}
