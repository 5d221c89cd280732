//! What changes at a stated instant of the run: `rate-changes` of ports, `changes` of volumes, and
//! `start` and `stop` of workloads.
//!
//! Instants count from the begin of the measured window, as those of `link-failures` do, so its
//! place must be stated.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use super::run::{RunSettings, WarmUp};
use super::smb::is_called;
use super::volumes::{Reach, Volumes};
use super::workloads::Workloads;
use crate::topology::{CsvId, Nic, NicId, Node, NodeId, RateChange, Volume, VolumeChange};
use crate::units::{BitRate, IdVec, SimDuration};
use crate::workload::WorkloadSpec;

/// Changes of one kind and place.
const MOST: usize = 1_000;

/// A change of a rate as written.
pub(super) struct RateDraft {
    entry: Located<String>,
    node: Option<Located<String>>,
    nic: Option<Located<String>>,
    at: Option<SimDuration>,
    bits_per_s: Option<f64>,
}

/// A change of a volume as written.
pub(super) struct VolumeDraft {
    pub(super) entry: Located<String>,
    at: Option<SimDuration>,
    owner: Option<Located<String>>,
    redirected: Option<bool>,
}

/// When a workload begins and ends, as written.
pub(super) struct ActiveDraft {
    entry: Located<String>,
    start: Option<SimDuration>,
    stop: Option<SimDuration>,
}

impl ActiveDraft {
    /// Where it is stated, if it is.
    pub(super) fn place(&self) -> Option<&Located<String>> {
        (self.start.is_some() || self.stop.is_some()).then_some(&self.entry)
    }
}

pub(super) fn read_rates(root: &mut Reader<'_, '_>) -> Vec<RateDraft> {
    root.array("rate-changes", |_, reader| RateDraft {
        entry: place(reader, "rate-changes"),
        node: reader.required("node"),
        nic: reader.required("nic"),
        at: reader.required("at"),
        bits_per_s: reader.positive::<BitRate>("rate").map(|rate| 8.0 * rate.bytes_per_sec()),
    })
}

pub(super) fn read_volume(reader: &mut Reader<'_, '_>) -> Vec<VolumeDraft> {
    reader.array("changes", |_, reader| {
        let draft = VolumeDraft {
            entry: place(reader, "changes"),
            at: reader.required("at"),
            owner: reader.name("owner"),
            redirected: reader.boolean("redirected"),
        };
        if !reader.has("owner") && !reader.has("redirected") {
            let help = "give `owner`, `redirected` or both".to_owned();
            reader.fault("nothing tells what changes", Some(help));
        }
        draft
    })
}

pub(super) fn read_active(reader: &mut Reader<'_, '_>) -> ActiveDraft {
    let mut time = |field| if reader.has(field) { reader.required(field) } else { None };
    let (start, stop) = (time("start"), time("stop"));
    ActiveDraft { entry: place(reader, "start"), start, stop }
}

/// Where the measured window lies.
#[derive(Clone, Copy)]
struct Measured {
    warm_up_ps: u64,
    duration_s: f64,
}

impl Measured {
    /// The window, where it is stated.
    fn of(context: &mut Context<'_>, entry: &Located<String>, run: &RunSettings) -> Option<Self> {
        if let (WarmUp::Fixed(warm_up_s), Some(duration_s)) = (run.warm_up, run.duration_s) {
            return Some(Self { warm_up_ps: (warm_up_s * 1e12) as u64, duration_s });
        }
        let help = "state both in [run], such as warm-up = \"500 ms\" and duration = \"3 s\"";
        let problem = "a change has its instant in the measured time, so `warm-up` and \
                       `duration` must be stated";
        context.fault(entry, problem, Some(help.to_owned()));
        None
    }

    /// An instant of the run.
    fn instant(
        self,
        context: &mut Context<'_>,
        entry: &Located<String>,
        at: SimDuration,
    ) -> Option<u64> {
        if at.as_secs_f64() < self.duration_s {
            return Some(self.warm_up_ps.saturating_add(at.as_ps()));
        }
        let problem = format!("{at} is not within the {} s that are measured", self.duration_s);
        context.fault(entry, problem, None);
        None
    }
}

/// Whether there are too many changes, which is told.
fn too_many(context: &mut Context<'_>, entry: &Located<String>, number: usize) -> bool {
    if number > MOST {
        context.fault(entry, format!("there are at most {MOST} changes"), None);
    }
    number > MOST
}

/// The changes of rates, in order of time.
pub(super) fn settle_rates(
    context: &mut Context<'_>,
    drafts: &[RateDraft],
    names: &Names,
    (nodes, nics): (&IdVec<NodeId, Node>, &IdVec<NicId, Nic>),
    run: &RunSettings,
) -> Vec<RateChange> {
    let mut changes: Vec<RateChange> = Vec::new();
    let Some(first) = drafts.first() else { return changes };
    if too_many(context, &first.entry, drafts.len()) {
        return changes;
    }
    let Some(measured) = Measured::of(context, &first.entry, run) else { return changes };
    for draft in drafts {
        let (Some(node), Some(name)) = (&draft.node, &draft.nic) else { continue };
        let (Some(at), Some(bits_per_s)) = (draft.at, draft.bits_per_s) else { continue };
        let Some(found) = names.all(context, node) else { continue };
        let Some(at_ps) = measured.instant(context, &draft.entry, at) else { continue };
        for id in found.map(NodeId::from_index) {
            let of = &nodes[id];
            let ports = of.nics.iter().copied();
            let called: Vec<NicId> =
                ports.filter(|&port| is_called(&nics[port].name, &name.value)).collect();
            if called.is_empty() {
                let problem = format!("node `{}` has no port `{}`", of.name, name.value);
                let help = context
                    .near(&name.value, || of.nics.iter().map(|&port| nics[port].name.as_str()));
                context.fault(name, problem, help);
            }
            for nic in called {
                if changes.iter().any(|other| (other.nic, other.at_ps) == (nic, at_ps)) {
                    let port = &nics[nic].name;
                    let problem = format!("the rate of port `{port}` changes twice at once");
                    context.fault(&draft.entry, problem, None);
                    continue;
                }
                changes.push(RateChange { nic, at_ps, bits_per_s });
            }
        }
    }
    changes.sort_by_key(|change| (change.at_ps, change.nic));
    changes
}

/// Puts the changes of volumes into them: what a change does not name stays as it was.
pub(super) fn settle_volumes(
    context: &mut Context<'_>,
    volumes: &Volumes,
    nodes: &Names,
    reach: &Reach<'_>,
    run: &RunSettings,
    csvs: &mut IdVec<CsvId, Volume>,
) {
    for (drafts, first, end) in volumes.changes() {
        let Some(draft) = drafts.first() else { continue };
        if too_many(context, &draft.entry, drafts.len()) {
            return;
        }
        let Some(measured) = Measured::of(context, &draft.entry, run) else { return };
        for draft in drafts {
            let owner = draft.owner.as_ref().map(|owner| (owner, nodes.one(context, owner)));
            let Some(at) = draft.at else { continue };
            let Some(at_ps) = measured.instant(context, &draft.entry, at) else { continue };
            for index in first..end {
                let Some(volume) = csvs.get_mut(CsvId::from_index(index)) else { continue };
                let last = volume.changes.last().copied().unwrap_or(VolumeChange {
                    at_ps: 0,
                    owner: volume.owner,
                    redirected: volume.redirected_by_user,
                });
                if volume.owner_loss.is_some() || (at_ps <= last.at_ps && last.at_ps > 0) {
                    let problem = if volume.owner_loss.is_some() {
                        "a volume has `owner-loss` or `changes`, not both"
                    } else {
                        "the changes of a volume must be in order of time"
                    };
                    context.fault(&draft.entry, problem, None);
                    break;
                }
                let mut to = last.owner;
                if let Some((name, found)) = &owner {
                    let Some(found) = *found else { break };
                    to = NodeId::from_index(found);
                    let lost = volume.lost_paths.contains(&to);
                    if lost || !reach.reaches(found, volume.storage.index()) {
                        let node = &name.value;
                        let problem = format!("node `{node}` has no path to the volume's storage");
                        let help = "a coordinator has one of its own".to_owned();
                        context.fault(name, problem, Some(help));
                        break;
                    }
                }
                let redirected = draft.redirected.unwrap_or(last.redirected);
                volume.changes.push(VolumeChange { at_ps, owner: to, redirected });
            }
        }
    }
}

/// Puts begin and end into the workloads.
pub(super) fn settle_active(
    context: &mut Context<'_>,
    workloads: &Workloads,
    run: &RunSettings,
    loads: &mut [WorkloadSpec],
) {
    for (draft, made) in workloads.active() {
        if draft.start.is_none() && draft.stop.is_none() {
            continue;
        }
        let entry = &draft.entry;
        let Some(measured) = Measured::of(context, entry, run) else { return };
        let mut active = crate::network::Active::default();
        if let Some(start) = draft.start {
            let Some(at_ps) = measured.instant(context, entry, start) else { continue };
            active.from_ps = at_ps;
        }
        if let Some(stop) = draft.stop {
            let Some(at_ps) = measured.instant(context, entry, stop) else { continue };
            active.to_ps = at_ps;
        }
        if active.from_ps >= active.to_ps {
            context.fault(entry, "it must stop after it started", None);
            continue;
        }
        for load in loads.iter_mut().filter(|load| made.contains(&load.name.as_str())) {
            load.active = active;
        }
    }
}
