//! `[timeline]`, `[curves]`, `[[events]]` and `[rules]`: what happens over hours to years.
//!
//! All of it is read with the rest and settled when everything else is, because events name nodes,
//! volumes, machines, networks and storage systems.

mod curves;
mod elements;
mod events;
mod history;
mod rules;
mod times;
mod when;

#[cfg(test)]
mod tests;

use events::EventDraft;
use rules::RulesDraft;
use times::{Clock, instant, span};

pub(super) use history::parse as parse_history;
pub(super) use when::{Kind, LoadDraft};

use super::context::Context;
use super::document::{Located, Reader};
use super::names::Names;
use super::volumes::{Reach, Volumes};
use super::workloads::Workloads;
use crate::provenance::ParameterSet;
use crate::schedule::{Calendar, CalendarError, Curve, Fidelity, Moment, TimelinePlan};
use crate::topology::{
    CsvId, Disk, DiskId, GuestCluster, GuestClusterId, Nic, NicId, NodeId, StorageId, StorageKind,
    Vm, VmId, Volume, WindowsVersion,
};
use crate::units::{IdVec, Ratio};

/// Precision and step of the load where nothing is stated.
const USUAL_SHARE: f64 = 0.05;
/// Steps of the load: finer ones make an epoch of each minute, coarser ones hide the curve.
const LOAD_STEPS: std::ops::RangeInclusive<f64> = 0.000_999_999..=0.500_001;

/// Why instants of the measured seconds are refused.
const WITHIN_SECONDS: &str = "is an instant of the measured seconds, which [timeline] has many of";

/// The timeline as written.
pub(super) struct Timeline {
    /// Whether there is one.
    stated: bool,
    /// Its frame; none after a fault.
    frame: Option<Frame>,
    curve_names: Names,
    curves: Vec<Curve>,
    events: Vec<EventDraft>,
    rules: RulesDraft,
    /// Tables at the top that need a timeline.
    tables: Vec<Located<String>>,
}

struct Frame {
    clock: Clock,
    fidelity: Fidelity,
    load_step: f64,
    precision: f64,
}

/// What exists, as far as events and rules name it.
pub(super) struct World<'a> {
    pub(super) windows: WindowsVersion,
    pub(super) nodes: &'a Names,
    pub(super) networks: &'a Names,
    pub(super) storages: &'a Names,
    pub(super) volumes: &'a Names,
    pub(super) vms: &'a Names,
    pub(super) clusters: &'a Names,
    pub(super) reach: &'a Reach<'a>,
    pub(super) nics: &'a IdVec<NicId, Nic>,
    pub(super) csvs: &'a IdVec<CsvId, Volume>,
    pub(super) machines: &'a IdVec<VmId, Vm>,
    pub(super) disks: &'a IdVec<DiskId, Disk>,
    pub(super) guest_clusters: &'a IdVec<GuestClusterId, GuestCluster>,
    pub(super) parameters: &'a ParameterSet,
}

/// How loads follow time, as written: one entry for each workload, backup and traffic.
pub(super) struct Loads<'a> {
    pub(super) workloads: Vec<&'a LoadDraft>,
    pub(super) backups: Vec<&'a LoadDraft>,
    pub(super) traffic: Vec<&'a LoadDraft>,
}

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    windows: WindowsVersion,
) -> Timeline {
    let frame = root.table("timeline", frame).flatten();
    let mut tables = Vec::new();
    for field in ["curves", "events", "rules"] {
        if root.has(field) {
            let (at, path) = (root.span_of(field), field.to_owned());
            tables.push(Located { value: path.clone(), at, path });
        }
    }
    for field in ["link-failures", "rate-changes"] {
        if root.has("timeline") && root.has(field) {
            let help = "write an event under [[events]]".to_owned();
            root.fault_at(field, WITHIN_SECONDS, Some(help));
        }
    }
    let (curve_names, curves) = curves::read(context, root);
    Timeline {
        stated: root.has("timeline"),
        frame,
        curve_names,
        curves,
        events: events::read(root),
        rules: rules::read(root, windows),
        tables,
    }
}

fn frame(reader: &mut Reader<'_, '_>) -> Option<Frame> {
    reader.must_have("start");
    let start = instant(reader, "start");
    let zone: Option<String> = reader.optional("time-zone");
    let zone = if reader.has("time-zone") { zone } else { Some("UTC".to_owned()) };
    let calendar = start.zip(zone).and_then(|(start, zone)| calendar(reader, &start, &zone));
    reader.must_have("horizon");
    let horizon = span(reader, "horizon");
    let fidelity = reader.choice("fidelity", &Fidelity::ALL).unwrap_or_default();
    let load_step = step(reader, "load-step");
    let precision = step(reader, "precision");
    let calendar = calendar?;
    let end = calendar.after(Moment::START, horizon?);
    if end == Moment::NEVER {
        reader.fault_at("horizon", "ends later than any calendar can tell", None);
        return None;
    }
    Some(Frame { clock: Clock { calendar, end }, fidelity, load_step, precision })
}

fn calendar(reader: &mut Reader<'_, '_>, start: &Located<String>, zone: &str) -> Option<Calendar> {
    match Calendar::new(&start.value, zone) {
        Ok(calendar) => Some(calendar),
        Err(error) => {
            let (field, help) = match error {
                CalendarError::Zone(_) => {
                    ("time-zone", "write an IANA name such as \"Europe/Berlin\", or \"UTC\"")
                }
                _ => ("start", "write a local date and time such as \"2026-11-23 00:00\""),
            };
            reader.fault_at(field, error.to_string(), Some(help.to_owned()));
            None
        }
    }
}

fn step(reader: &mut Reader<'_, '_>, field: &str) -> f64 {
    let Some(share) = reader.optional::<Ratio>(field) else { return USUAL_SHARE };
    let share = share.fraction();
    if !LOAD_STEPS.contains(&share) {
        let help = "write \"0.1 %\" to \"50 %\"".to_owned();
        reader.fault_at(field, "is too fine or too coarse", Some(help));
    }
    share
}

impl Timeline {
    /// Refuses what happens at an instant of the measured seconds; whether there is a timeline.
    pub(super) fn refuses(
        &self,
        context: &mut Context<'_>,
        volumes: &Volumes,
        workloads: &Workloads,
    ) -> bool {
        if !self.stated {
            return false;
        }
        let changes = volumes.changes().filter_map(|(drafts, ..)| drafts.first());
        let changes = changes.map(|draft| &draft.entry);
        let losses = volumes.losses().map(|(draft, ..)| &draft.entry);
        for entry in changes.chain(losses) {
            let help = "write an event under [[events]]".to_owned();
            context.fault(entry, WITHIN_SECONDS, Some(help));
        }
        for entry in workloads.active().filter_map(|(draft, _)| draft.place()) {
            let help = "write `when` instead of `start` and `stop`".to_owned();
            context.fault(entry, WITHIN_SECONDS, Some(help));
        }
        true
    }

    /// The plan; none without a timeline, which then nothing may need.
    pub(super) fn settle(
        self,
        context: &mut Context<'_>,
        world: &World<'_>,
        loads: &Loads<'_>,
    ) -> Option<TimelinePlan> {
        if !self.stated {
            let all = loads.workloads.iter().chain(&loads.backups).chain(&loads.traffic);
            let users = self.tables.iter().chain(all.filter_map(|draft| draft.place()));
            if let Some(first) = users.min_by_key(|user| (user.at.file, user.at.span.start)) {
                let help = "state [timeline] with start and horizon, or leave it out".to_owned();
                context.fault(first, "needs [timeline]", Some(help));
            }
            return None;
        }
        let Frame { clock, fidelity, load_step, precision } = self.frame?;
        let mut settle = |drafts: &[&LoadDraft]| {
            let each = drafts.iter();
            each.map(|draft| draft.settle(context, &clock, &self.curve_names)).collect()
        };
        let (workloads, backups, traffic) =
            (settle(&loads.workloads), settle(&loads.backups), settle(&loads.traffic));
        let events = events::settle(context, &self.events, &clock, world);
        let rules = self.rules.settle(context, world);
        let Clock { calendar, end } = clock;
        Some(TimelinePlan {
            calendar,
            end,
            fidelity,
            load_step,
            precision,
            curves: self.curves,
            loads: workloads,
            backups,
            traffic,
            events,
            rules,
        })
    }
}

impl World<'_> {
    /// Nodes called so, in the order of the names.
    fn nodes(&self, context: &mut Context<'_>, names: &[Located<String>]) -> Vec<NodeId> {
        let found = self.nodes.each(context, names).unwrap_or_default();
        found.into_iter().map(NodeId::from_index).collect()
    }

    fn node(&self, id: NodeId) -> String {
        self.reach.nodes.get(id).map_or_else(String::new, |node| node.name.clone())
    }

    fn storage(&self, context: &mut Context<'_>, name: &Located<String>) -> Option<StorageId> {
        self.storages.one(context, name).map(StorageId::from_index)
    }

    fn kind(&self, id: StorageId) -> Option<StorageKind> {
        self.reach.storages.get(id).map(|storage| storage.kind)
    }

    /// Nodes whose drives make a pool.
    fn pool(&self, id: StorageId) -> &[NodeId] {
        self.reach.storages.get(id).map_or(&[], |storage| &storage.nodes)
    }

    /// A whole number of a storage system.
    fn number(&self, id: StorageId, what: &str) -> u32 {
        let name = self.reach.storages.get(id).map_or("", |storage| storage.name.as_str());
        let number = self.parameters.get(&format!("storage.{name}.{what}"));
        number.map_or(0.0, |number| number.value).round().clamp(0.0, 65_536.0) as u32
    }

    /// A fault where a volume cannot be owned by a node.
    fn may_own(&self, context: &mut Context<'_>, id: CsvId, node: NodeId, at: &Located<String>) {
        let Some(volume) = self.csvs.get(id) else { return };
        let (name, of) = (self.node(node), &volume.name);
        let reaches = self.reach.reaches(node.index(), volume.storage.index());
        if !reaches || volume.lost_paths.contains(&node) {
            let problem = format!("node `{name}` has no path to the storage of `{of}`");
            context.fault(at, problem, Some("a coordinator has one of its own".to_owned()));
        }
        let possible = &volume.placement.possible;
        if !possible.is_empty() && !possible.contains(&node) {
            context.fault(at, format!("node `{name}` is no possible owner of `{of}`"), None);
        }
    }
}
