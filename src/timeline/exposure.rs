//! How long, and for how many bytes, machines were redirected; how long they were out of use.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::clock::Followed;
use super::figures::Figures;
use crate::scenario::Scenario;
use crate::topology::VmId;

/// What a machine spent redirected for one cause.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exposed {
    /// Seconds in which any of its disks that had a load was redirected.
    pub seconds: f64,
    /// Payload bytes that were.
    pub bytes: f64,
}

/// What a machine spent out of use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Unavailable {
    /// Seconds in which it was off.
    pub off_s: f64,
    /// Seconds in which it ran and a disk that had a load did not answer, or in which it stood
    /// still at the end of a migration.
    pub waiting_s: f64,
}

/// Exposure by machine and cause.
pub(super) fn exposure(
    scenario: &Scenario,
    followed: &Followed,
    figures: &[Figures],
) -> BTreeMap<VmId, BTreeMap<Cause, Exposed>> {
    let disks = &scenario.cluster.disks;
    let mut all: BTreeMap<VmId, BTreeMap<Cause, Exposed>> = BTreeMap::new();
    let seconds = lasted(followed);
    for (figures, seconds) in figures.iter().zip(&seconds) {
        let mut own: BTreeMap<(VmId, Cause), f64> = BTreeMap::new();
        for load in &figures.loads {
            let Some(cause) = load.part.cause else { continue };
            let each = load.bytes_per_s / load.part.disks.len().max(1) as f64;
            for disk in &load.part.disks {
                *own.entry((disks[*disk].vm, cause)).or_insert(0.0) += each;
            }
        }
        for ((vm, cause), rate) in own {
            let exposed = all.entry(vm).or_default().entry(cause).or_default();
            exposed.seconds += seconds;
            exposed.bytes += rate * seconds;
        }
    }
    all
}

/// What machines spent out of use, those that spent nothing left out.
pub(super) fn unavailable(scenario: &Scenario, followed: &Followed) -> BTreeMap<VmId, Unavailable> {
    let mut all: BTreeMap<VmId, Unavailable> = BTreeMap::new();
    let seconds = lasted(followed);
    let settings = followed.settings.iter().zip(&followed.cut_off).zip(&seconds);
    for ((setting, cut_off), seconds) in settings {
        let off: Vec<VmId> = setting.off(scenario).collect();
        for vm in &off {
            all.entry(*vm).or_default().off_s += seconds;
        }
        let mut waiting: Vec<VmId> =
            cut_off.iter().map(|of| scenario.cluster.disks[of.disk].vm).collect();
        waiting.sort_unstable();
        waiting.dedup();
        for vm in waiting.into_iter().filter(|vm| !setting.is_off(*vm)) {
            all.entry(vm).or_default().waiting_s += seconds;
        }
    }
    // At the end of a migration a machine stands still.
    for moved in &followed.moves {
        all.entry(moved.vm).or_default().waiting_s += moved.still_s;
    }
    all.retain(|_, spent| spent.off_s > 0.0 || spent.waiting_s > 0.0);
    all
}

/// Seconds that each setting lasted, all its epochs together.
pub(super) fn lasted(followed: &Followed) -> Vec<f64> {
    let mut us = vec![0_u64; followed.settings.len()];
    for epoch in &followed.epochs {
        us[epoch.setting] += epoch.to.us() - epoch.from.us();
    }
    us.into_iter().map(|us| us as f64 / 1e6).collect()
}
