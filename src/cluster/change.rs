//! A volume that an administrator changes in the run: another coordinator, redirected access turned
//! on or off.
//!
//! **Modelled.** An I/O takes the way of the moment at which it leaves its node's stack; what is
//! under way goes on as it began. Each change counts at its instant, for all nodes at once.
//! **Not modelled.** The pause of a volume while its owner moves (`owner_loss` has one); metadata,
//! reservations and backups, which go on with the coordinator of the beginning.
//! The approximate solver knows no clock and sees the time before the first change.

use super::build::{Build, CompileError};
use super::path::{IoPath, path_of};
use crate::network::{Direction, SelectorKind, Step};
use crate::topology::{CsvId, NodeId, Sharing};
use crate::workload::WorkloadSpec;

impl Build<'_> {
    /// The steps of an I/O to a file, before the first change and after each.
    pub(super) fn through_changes(
        &mut self,
        (from, volume): (NodeId, CsvId),
        file: (Sharing, bool),
        direction: Direction,
        loads: (&WorkloadSpec, &[WorkloadSpec]),
        before: Vec<Step>,
    ) -> Result<Vec<Step>, CompileError> {
        let changes = self.cluster.volumes[volume].changes.clone();
        let mut after = self.cluster.clone();
        let mut branches = vec![before];
        for change in &changes {
            let v = &mut after.volumes[volume];
            (v.owner, v.redirected_by_user) = (change.owner, change.redirected);
            let (path, why) = path_of(&after, self.fabric, (from, "the node is"), volume, file);
            if path == IoPath::None {
                let disk = self.cluster.volumes[volume].name.clone();
                return Err(CompileError::Unreachable { disk, why });
            }
            let ends = (from, change.owner);
            branches.push(self.owned_steps(ends, volume, path, direction, loads)?);
        }
        let name = &self.cluster.volumes[volume].name;
        let label = format!("state of {name} by the clock");
        let at_ps = changes.iter().map(|change| change.at_ps).collect();
        let selector = self.selector(&label, SelectorKind::Phase { at_ps });
        Ok(vec![Step::Choose { selector, role: "volume by the clock", branches }])
    }

    /// Tells what changes in the run.
    pub(super) fn tell_changes(&mut self) {
        let seconds = |ps: u64| format!("{} s", (ps as f64 * 1e-3).round() / 1e9);
        for volume in &self.cluster.volumes {
            for change in &volume.changes {
                let owner = &self.cluster.nodes[change.owner].name;
                let how = if change.redirected { "on" } else { "off" };
                let text = format!(
                    "from {} of the run on, warm-up included, its owner is {owner} and redirected \
                     access is turned {how}",
                    seconds(change.at_ps)
                );
                self.tell(&volume.name, text);
            }
        }
        for change in &self.cluster.rate_changes {
            let nic = &self.cluster.nics[change.nic];
            let subject = format!("{}/{}", self.cluster.nodes[nic.node].name, nic.name);
            let text = format!(
                "from {} of the run on, warm-up included, it runs at {} Mbit/s; what it is \
                 sending then it ends at the rate of before",
                seconds(change.at_ps),
                change.bits_per_s / 1e6
            );
            self.tell(&subject, text);
        }
    }
}
