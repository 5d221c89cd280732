//! Links that fail in the run and come back.
//!
//! **Modelled.** A port that is down takes no part in what Multichannel chooses, so a message sent
//! while it is down goes over the others, of a lower class if need be; a team goes on with its
//! other members. A message that has passed a port which went down meanwhile is taken as lost: it
//! waits `smb.failover-delay` for detection and reconnection and is sent again over the interfaces
//! in use by then. When the port is back it is used at once.
//! **Not modelled.** The time Multichannel takes to find that a port is back, handles that are
//! resumed, and what the guest sees of it. A lost message does not hold back others.
//!
//! The instants split the run into phases. A choice by phase stands only where phases differ, so
//! without failures nothing changes, and traffic between nodes whose ports stay up has none.

use std::collections::BTreeSet;

use super::build::{Build, CompileError};
use crate::network::{SelectorId, SelectorKind, Service, StationKind, Step, Visit};
use crate::random::Shape;
use crate::topology::{Cluster, NicId, NodeId};

/// The instants at which ports fail or come back, and the ports that are down in each phase.
pub(super) fn phases(cluster: &Cluster) -> (Vec<u64>, Vec<BTreeSet<NicId>>) {
    let all: BTreeSet<u64> = cluster.outages.iter().flat_map(|o| [o.from_ps, o.to_ps]).collect();
    let at_ps: Vec<u64> = all.into_iter().collect();
    let mut down = vec![BTreeSet::new()];
    for &at in &at_ps {
        let now = cluster.outages.iter().filter(|o| o.from_ps <= at && at < o.to_ps);
        down.push(now.map(|o| o.nic).collect());
    }
    (at_ps, down)
}

impl Build<'_> {
    /// Phases of the run: one, unless links fail.
    pub(super) fn phases(&self) -> usize {
        self.down.len()
    }

    fn clock(&mut self) -> SelectorId {
        let at_ps = self.instants_ps.clone();
        self.selector("state of the links", SelectorKind::Phase { at_ps })
    }

    /// What `steps` makes for each phase, chosen by the clock; the steps themselves where all
    /// phases have the same.
    pub(super) fn by_phase(
        &mut self,
        role: &'static str,
        mut steps: impl FnMut(&mut Self, usize) -> Result<Vec<Step>, CompileError>,
    ) -> Result<Vec<Step>, CompileError> {
        let mut branches = Vec::new();
        for phase in 0..self.phases() {
            branches.push(steps(self, phase)?);
        }
        if branches.windows(2).all(|w| w[0] == w[1]) {
            return Ok(branches.swap_remove(0));
        }
        let selector = self.clock();
        Ok(vec![Step::Choose { selector, role, branches }])
    }

    /// The wait before a lost message is sent again.
    pub(super) fn failover_delay(&mut self) -> Result<Step, CompileError> {
        let name = "smb.failover-delay";
        let station = self.station("failover", || StationKind::Delay);
        let service = Service::time(self.ps(name)?, 0.0, Shape::Constant);
        Ok(Visit::new(station, "failover", service).from(&[name]).into())
    }

    /// Whether one of the ports is down in a phase.
    pub(super) fn is_down(&self, phase: usize, nics: [NicId; 2]) -> bool {
        nics.iter().any(|nic| self.down[phase].contains(nic))
    }

    pub(super) fn cut_off(&self, from: NodeId, to: NodeId, phase: usize) -> CompileError {
        let at_s = phase.checked_sub(1).map_or(0.0, |k| self.instants_ps[k] as f64 * 1e-12);
        CompileError::CutOff {
            requester: self.cluster.nodes[from].name.clone(),
            owner: self.cluster.nodes[to].name.clone(),
            at_s,
        }
    }

    /// Tells which ports fail.
    pub(super) fn tell_outages(&mut self) {
        for outage in &self.cluster.outages {
            let nic = &self.cluster.nics[outage.nic];
            let subject = format!("{}/{}", self.cluster.nodes[nic.node].name, nic.name);
            let seconds = |ps: u64| format!("{} s", (ps as f64 * 1e-3).round() / 1e9);
            let until = match outage.to_ps {
                u64::MAX => "the end".to_owned(),
                to_ps => seconds(to_ps),
            };
            let text = format!(
                "down from {} to {until} of the run, warm-up included; messages under way over it \
                 are lost and sent again over the interfaces left",
                seconds(outage.from_ps)
            );
            self.tell(&subject, text);
        }
    }
}
