//! What computing of the virtual machines leaves of a node for the storage stack.
//!
//! **Modelled.** A share `load` of a node's `C` cores is busy with the virtual machines' own work.
//! The root partition's storage stack, SMB client and server, and the coordinator's file system
//! have what is free, `F = C (1 - load)` cores: `S = ceil(F)` servers, each slowed by `S / F`, so
//! that capacity is `F` exactly. Where cores have two threads, `C` is `in-use` times their
//! number. The cost of an I/O rises with all busy cores, those of the virtual machines included:
//! with `b` of the servers busy with I/O and `r` = `cost-rise` a service takes
//!
//! `demand * S/F * (1 + r ((load C + b - 1) / (C - 1)) ^ p)`
//!
//! which without load is the node's own curve; `p` is `cpu.rise-power`. CPU figures show load and
//! I/O together.
//! SMB and the Software Storage Bus do their work in batches, which grow with load: they see only
//! the share `cpu.network-rise` of the rise.
//! **Not modelled.** The hypervisor's time slices and priorities, changes of load, which
//! threads share a core; virtual processors of guests and receive queues are stations beside
//! these cores.
//! Reasoned from processor sharing; the slope is that of `cpus.<class>.cost-rise`.
//! Parameters: `cpus.<class>.cores`, `in-use`, `cost-rise`, `cpu.rise-power`,
//! `cpu.network-rise`; the node's `load`.

use super::build::{Build, CompileError};
use crate::network::{Rise, StationId, StationKind};
use crate::topology::NodeId;

/// Load from which on an owner is warned of.
const STARVED: f64 = 0.8;

/// The cores of a node as the storage stack finds them.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FreeCores {
    /// Servers.
    servers: u32,
    /// Rise of the cost with those in use.
    rise: Rise,
    /// How much longer work takes at each of them, because they are more than what is free.
    slowed: f64,
}

impl FreeCores {
    /// Of `all` threads that make headway at once, `load` of which the machines' work takes.
    fn of(all: f64, most: f64, power: f64, load: f64) -> Self {
        let free = all * (1.0 - load);
        // A binary fraction a hair above a whole number is that number.
        let servers = (free - 1e-9).ceil().max(1.0);
        let rise = Rise { most, power, beside: load * all, span: all.max(2.0) - 1.0 };
        Self { servers: servers as u32, rise, slowed: servers / free }
    }
}

impl Build<'_> {
    /// What the virtual machines leave of a node.
    fn free_cores(&self, node: NodeId) -> Result<FreeCores, CompileError> {
        let n = &self.cluster.nodes[node];
        let p = |field: &str| format!("cpus.{}.{field}", n.cpu);
        let cores = f64::from(self.count(&p("cores"))?);
        let all = cores * self.optional(&p("in-use")).unwrap_or(1.0).max(1.0 / cores);
        let most = self.value(&p("cost-rise"))?;
        Ok(FreeCores::of(all, most, self.value("cpu.rise-power")?, n.load))
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
                100.0 * (free.slowed * (1.0 + free.rise.at(0.0)) - 1.0),
            );
            self.tell(&n.name, text);
            if n.load >= STARVED && self.cluster.volumes.iter().any(|v| v.owner == node) {
                let text = "owns volumes while its cores are nearly all taken: redirected I/O of \
                            every node waits for them";
                self.warn(&n.name, text);
            }
        }
        let FreeCores { servers, rise, .. } = free;
        let batched = self.value("cpu.network-rise")?;
        let kind = StationKind::Cores { servers, rise, batched };
        self.cpu_station(&format!("{}/cores", n.name), node, kind)
    }

    /// The factor by which the load of a node stretches work at a station: that of its cores.
    pub(super) fn slowed(&self, station: StationId, node: NodeId) -> Result<f64, CompileError> {
        let n = &self.cluster.nodes[node];
        if self.stations.get(&format!("{}/cores", n.name)) != Some(&station) {
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
        let (cores, most) = (16.0, 0.4);
        let idle = FreeCores::of(cores, most, 1.0, 0.0);
        assert_eq!((idle.servers, idle.slowed), (16, 1.0));
        assert_eq!(idle.rise, Rise::linear(most, 16));
        // A service with `b` servers busy, by the line over all cores.
        for (load, servers) in [(0.5, 8), (0.7, 5), (0.96, 1)] {
            let free = FreeCores::of(cores, most, 1.0, load);
            assert_eq!(free.servers, servers);
            let (f, s) = (16.0 * (1.0 - load), f64::from(servers));
            for busy in 1..=servers {
                let b = f64::from(busy);
                let line = s / f * (1.0 + most * (load * 16.0 + b - 1.0) / 15.0);
                let got = free.slowed * (1.0 + free.rise.at(b - 1.0));
                assert!((got - line).abs() < 1e-12, "{load} {b}: {got} {line}");
            }
        }
        // One core, all but one in a hundred taken: a hundredth of it is left.
        let free = FreeCores::of(1.0, 0.0, 1.0, 0.99);
        assert!((free.slowed - 100.0).abs() < 1e-9 && free.servers == 1);
        // Two threads on a core do 1.4 times the work of one: 22.4 servers' worth on 23.
        let threads = FreeCores::of(16.0 * 1.4, 1.0, 2.0, 0.0);
        assert_eq!(threads.servers, 23);
        assert!((threads.slowed - 23.0 / 22.4).abs() < 1e-12);
        // Half of the others busy is a quarter of the rise of a square.
        assert!((threads.rise.at(10.7) - 0.25).abs() < 1e-12);
    }
}
