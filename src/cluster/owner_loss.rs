//! A coordinator that loses its storage in the run: I/O waits while ownership moves.
//!
//! **Modelled.** From the instant of the loss the volume is paused on every node: its I/O waits at
//! a gate for the pause that is stated, then all of it goes on at once, with the new coordinator;
//! the old one has lost its path and is block redirected to the new. I/O under way at the instant
//! is completed.
//! **Not modelled.** How long the pause is; metadata, reservations and backups, which go on with
//! the coordinator of before; a second move; reads that a block cache answers, which do not wait. A
//! machine stays where it is, and so does a session to a file server.
//! The approximate solver knows no clock and sees the time before the loss.
//!
//! Source: <https://techcommunity.microsoft.com/t5/failover-clustering/cluster-shared-volume-performance-counters/ba-p/371980>
//! (Volume Pause Count), <https://aidanfinn.com/?p=12844>.

use super::build::{Build, CompileError};
use super::path::{IoPath, path_of};
use crate::network::{
    Amount, Arrivals, Direction, Mix, PoolId, SelectorKind, Service, StationKind, Step, Visit,
};
use crate::random::Shape;
use crate::topology::{CsvId, NodeId, OwnerLoss, Sharing};
use crate::workload::WorkloadSpec;

/// A time no run reaches: thirty days.
const NEVER_PS: f64 = 30.0 * 86_400.0 * 1e12;

impl Build<'_> {
    fn ownership_gate(&mut self, volume: CsvId) -> PoolId {
        let name = &self.cluster.volumes[volume].name;
        let label = format!("ownership of {name}");
        self.pool(&label, 1)
    }

    /// The steps of an I/O to a file, before and after the loss.
    pub(super) fn through_loss(
        &mut self,
        (from, volume): (NodeId, CsvId),
        loss: OwnerLoss,
        file: (Sharing, bool),
        direction: Direction,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
        before: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        // The cluster as it is afterwards, made once a volume.
        if !self.after_loss.contains_key(&volume) {
            let mut after = self.cluster.clone();
            let v = &mut after.volumes[volume];
            v.lost_paths.push(v.owner);
            v.owner = loss.to;
            self.after_loss.insert(volume, after);
        }
        let (path, why) =
            path_of(&self.after_loss[&volume], self.fabric, (from, "the node is"), volume, file);
        if path == IoPath::None {
            let disk = self.cluster.volumes[volume].name.clone();
            return Err(CompileError::Unreachable { disk, why });
        }
        let after = self.owned_steps((from, loss.to), volume, path, direction, loads)?;
        let (pool, one) = (self.ownership_gate(volume), Amount::Fixed(1));
        let name = &self.cluster.volumes[volume].name;
        let label = format!("owner of {name} by the clock");
        let selector = self.selector(&label, SelectorKind::Phase { at_ps: vec![loss.at_ps] });
        Ok(vec![
            Step::Acquire { pool, amount: one },
            Step::Release { pool, amount: one },
            Step::Choose { selector, role: "owner by the clock", branches: vec![before, after] },
        ])
    }

    /// Closes the gate of each volume that moves, for as long as that takes.
    pub(super) fn ownership_moves(&mut self) -> Result<(), CompileError> {
        for volume in self.cluster.volumes.ids() {
            let Some(loss) = self.cluster.volumes[volume].owner_loss else { continue };
            let name = &self.cluster.volumes[volume].name;
            let (old, new) = (self.cluster.volumes[volume].owner, loss.to);
            let names = &self.cluster.nodes;
            let text = format!(
                "{} s into the run, warm-up included, the owner {} loses its storage: all I/O \
                 waits {} s while ownership moves to {}, to which {} is then block redirected",
                loss.at_ps as f64 * 1e-12,
                names[old].name,
                loss.pause_ps as f64 * 1e-12,
                names[new].name,
                names[old].name
            );
            let label = format!("ownership of {name}");
            let group = self.net.add_background(label.clone());
            let clock = self.station(&format!("{label}/clock"), || StationKind::Delay);
            let (pool, amount) = (self.ownership_gate(volume), Amount::Fixed(1));
            let wait = |role, ps| -> Step {
                Visit::new(clock, role, Service::time(ps, 0.0, Shape::Constant)).into()
            };
            let steps = vec![
                wait("until the loss", loss.at_ps as f64),
                Step::Acquire { pool, amount },
                wait("ownership moves", loss.pause_ps as f64),
                Step::Release { pool, amount },
                wait("never again", NEVER_PS),
            ];
            let route = self.net.add_route("ownership moves", steps);
            let mix = vec![Mix { weight: 1.0, direction: Direction::Read, bytes: 1, route }];
            let arrivals =
                Arrivals::Closed { outstanding: 1, think_ps: 0.0, think_shape: Shape::Constant };
            self.background_source(&label, group, arrivals, mix)?;
            let name = name.clone();
            self.tell(&name, text);
        }
        Ok(())
    }
}
