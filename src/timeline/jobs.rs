//! Loads that come and go: their windows, their amounts, what is told of them.

use std::collections::btree_map::Entry;

use super::clock::{Clock, Comes, Occurrence};
use super::log::EntryKind;
use crate::schedule::{LoadPlan, Moment};

/// Disks of a load up to which each start and end is told.
const DISKS_TOLD: usize = 4;

impl<'a> Clock<'a> {
    pub(super) fn first_start(&mut self, load: &LoadPlan, comes: Comes) {
        let Some(when) = &load.when else {
            if !matches!(comes, Comes::Load(..)) {
                self.here.insert(comes, None);
            }
            return;
        };
        if let Some(at) = when.starts.at_or_after(&self.plan.calendar, Moment::START) {
            let behind = match comes {
                Comes::Load(_, place) => when.stagger_ms.saturating_mul(place as u64),
                _ => 0,
            };
            self.at(at.plus_ms(behind), Occurrence::Starts(comes));
        }
    }

    fn plan_of(&self, comes: Comes) -> &'a LoadPlan {
        match comes {
            Comes::Load(k, _) => &self.plan.loads[k],
            Comes::Backup(k) => &self.plan.backups[k],
            Comes::Traffic(k) => &self.plan.traffic[k],
        }
    }

    pub(super) fn starts(&mut self, comes: Comes) {
        let Some(when) = &self.plan_of(comes).when else { return };
        if let Entry::Vacant(place) = self.here.entry(comes) {
            place.insert(when.amount_bytes);
            if self.worth_telling(comes) {
                self.tell(EntryKind::Done, self.name_of_job(comes), "it starts".to_owned());
            }
            if let Some(lasts_ms) = when.lasts_ms {
                self.at(self.now.plus_ms(lasts_ms), Occurrence::Stops(comes));
            }
        } else {
            let text = "it is still running, so this start is left out".to_owned();
            self.tell(EntryKind::Refused, self.name_of_job(comes), text);
        }
        let behind = match comes {
            Comes::Load(_, place) => when.stagger_ms.saturating_mul(place as u64),
            _ => 0,
        };
        let stated = Moment::from_us(self.now.us().saturating_sub(behind.saturating_mul(1000)));
        if let Some(at) = when.starts.at_or_after(&self.plan.calendar, stated.plus_us(1)) {
            self.at(at.plus_ms(behind), Occurrence::Starts(comes));
        }
    }

    /// A window ends: what is not done by then is left.
    pub(super) fn stops(&mut self, comes: Comes) {
        match self.here.remove(&comes) {
            Some(Some(left)) => {
                let text = format!("its window ends with {:.1} GB left to do", left / 1e9);
                self.tell(EntryKind::Refused, self.name_of_job(comes), text);
            }
            Some(None) if self.worth_telling(comes) => {
                self.tell(EntryKind::Done, self.name_of_job(comes), "it ends".to_owned());
            }
            _ => {}
        }
        self.forget_backlog(comes);
    }

    /// Something with an amount is done.
    pub(super) fn done(&mut self, comes: Comes) {
        self.here.remove(&comes);
        if self.worth_telling(comes) {
            self.tell(EntryKind::Done, self.name_of_job(comes), "it is done".to_owned());
        }
        self.forget_backlog(comes);
    }

    /// What a load that has ended asked for is asked no more.
    fn forget_backlog(&mut self, comes: Comes) {
        if let Comes::Load(load, place) = comes {
            self.backlog.remove(&(load, place));
        }
    }

    fn worth_telling(&self, comes: Comes) -> bool {
        match comes {
            Comes::Load(load, _) => self.scenario.workloads[load].disks.len() <= DISKS_TOLD,
            _ => true,
        }
    }

    fn name_of_job(&self, comes: Comes) -> String {
        let cluster = &self.scenario.cluster;
        match comes {
            Comes::Load(load, place) => {
                let load = &self.scenario.workloads[load];
                match load.disks.len() {
                    1 => load.name.clone(),
                    _ => format!("{} on {}", load.name, cluster.disk_label(load.disks[place])),
                }
            }
            Comes::Backup(k) => format!("backup {}", cluster.backups[k].name),
            Comes::Traffic(k) => format!("traffic {}", cluster.traffic[k].name),
        }
    }
}
