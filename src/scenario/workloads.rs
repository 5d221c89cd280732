//! `[workloads]`: who asks what of which disks.

use super::changes::{self, ActiveDraft};
use super::context::{Context, nearest, place};
use super::diskspd;
use super::document::{Located, Reader};
use super::intensity;
use super::names::Names;
use super::run::DiskSpdTimes;
use super::timeline::{Kind, LoadDraft};
use super::trace_layout;
use super::traces::{Part, Recorded, profile_lines, record};
use super::vms::{Built, Vms};
use crate::network::Active;
use crate::topology::DiskId;
use crate::units::{Bytes, Iops};
use crate::workload::{Access, Intensity, WorkloadSpec};

/// Pairs of a workload and a disk; more would not be simulated within a day.
const MOST_PAIRS: usize = 100_000;

/// What is told of a replayed trace apart from its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplaySettings {
    /// The workload that replays it.
    pub workload: String,
    /// Discards and flushes that were left out.
    pub left_out: u64,
    /// The part replayed: `first half`, `second half` or `all`.
    pub part: String,
}

/// Workloads as written, their loads already read.
pub(super) struct Workloads {
    pub(super) times: DiskSpdTimes,
    pub(super) replays: Vec<ReplaySettings>,
    entries: Vec<Draft>,
}

struct Draft {
    entry: Located<String>,
    target: Target,
    disk: Option<Located<String>>,
    active: ActiveDraft,
    plan: LoadDraft,
    loads: Vec<WorkloadSpec>,
}

enum Target {
    Machines(Vec<Located<String>>),
    GuestCluster(Located<String>),
    Nothing,
}

pub(super) fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> Workloads {
    let mut names = Names::new("workload");
    let mut times = DiskSpdTimes::default();
    let mut replays = Vec::new();
    let entries = root.tables("workloads", |name, reader| {
        let entry = place(reader, name);
        let name = names.add(context, &entry, None).swap_remove(0);
        let target = target(reader);
        let disk = reader.required("disk");
        let active = changes::read_active(reader);
        let plan = LoadDraft::read(reader, Kind::Workload);
        let mut form = Form { context, reader, name, times: &mut times, replays: &mut replays };
        let mut loads = form.read();
        let replay = |load: &WorkloadSpec| matches!(load.intensity, Intensity::Replay(_));
        if let Some(at) = plan.place()
            && loads.iter().any(replay)
        {
            let help = "leave it out, or describe the load in plain fields".to_owned();
            context.fault(at, "a trace has its own times", Some(help));
        }
        if loads.len() > 1 {
            for (index, load) in loads.iter_mut().enumerate() {
                load.name = format!("{}#{}", load.name, index + 1);
                let made = Located { value: load.name.clone(), ..entry.clone() };
                names.add(context, &made, None);
            }
        }
        Draft { entry, target, disk, active, plan, loads }
    });
    let wrong = matches!(root.raw("workloads"), Some(node) if node.as_table().is_none());
    if entries.is_empty() && !wrong {
        let help = "describe what the guests do in [workloads.<name>]".to_owned();
        root.fault_at("workloads", "there are no workloads", Some(help));
    }
    Workloads { times, replays, entries }
}

fn target(reader: &mut Reader<'_, '_>) -> Target {
    let machines = reader.names("vm");
    let cluster = reader.name("guest-cluster");
    match (reader.has("vm"), reader.has("guest-cluster")) {
        (true, true) => {
            reader.fault_at("guest-cluster", "`vm` is given too; give one of them", None);
        }
        (false, false) => {
            let help = "write vm = \"..\" or guest-cluster = \"..\"".to_owned();
            reader.fault("nothing tells where it runs", Some(help));
        }
        _ => {}
    }
    match (machines, cluster) {
        (Some(machines), _) => Target::Machines(machines),
        (None, Some(cluster)) => Target::GuestCluster(cluster),
        (None, None) => Target::Nothing,
    }
}

/// Ways to describe a load; each excludes the others.
const FORMS: [&str; 6] = ["diskspd", "diskspd-profile", "profile", "trace", "rate", "outstanding"];
/// Fields of a load in plain words.
const PLAIN: [&str; 15] = [
    "block",
    "read",
    "access",
    "hot-spots",
    "think",
    "threads",
    "rate-limit",
    "arrivals",
    "burst",
    "idle",
    "part",
    "format",
    "device",
    "mapping",
    "outstanding",
];
/// Those of them that go with a trace.
const WITH_TRACE: [&str; 6] = ["access", "hot-spots", "part", "format", "device", "mapping"];

/// The description of a load on its way.
struct Form<'c, 'a, 'r, 'doc, 'f> {
    context: &'c mut Context<'a>,
    reader: &'r mut Reader<'doc, 'f>,
    name: String,
    times: &'c mut DiskSpdTimes,
    replays: &'c mut Vec<ReplaySettings>,
}

impl Form<'_, '_, '_, '_, '_> {
    /// The loads it describes; none after a fault.
    fn read(&mut self) -> Vec<WorkloadSpec> {
        let stated: Vec<&str> = FORMS.into_iter().filter(|f| self.reader.has(f)).collect();
        let working_set = self
            .reader
            .has("working-set")
            .then(|| self.reader.positive::<Bytes>("working-set").map(Bytes::get));
        if working_set == Some(None) {
            // Wrong, and told: what follows from it must not be told as well.
            self.know_all();
            return Vec::new();
        }
        let working_set = working_set.flatten();
        let form = match stated.as_slice() {
            [form] => *form,
            [] => {
                let help = format!("give one of {}", FORMS.join(", "));
                self.reader.fault("nothing tells how much it asks", Some(help));
                self.know_all();
                return Vec::new();
            }
            [first, second, ..] => {
                let problem = format!("`{first}` and `{second}` exclude each other");
                self.reader.fault_at(second, problem, None);
                self.know_all();
                return Vec::new();
            }
        };
        match form {
            "diskspd" => {
                self.exclude(form, &PLAIN);
                self.line(working_set).into_iter().collect()
            }
            "diskspd-profile" => {
                self.exclude(form, &PLAIN);
                self.diskspd_profile(working_set)
            }
            "profile" => {
                let others: Vec<&str> =
                    PLAIN.into_iter().filter(|field| *field != "rate-limit").collect();
                self.exclude(form, &others);
                let mut loads = self.profile(working_set);
                self.share_out(&mut loads);
                loads
            }
            "trace" => {
                let others: Vec<&str> =
                    PLAIN.into_iter().filter(|field| !WITH_TRACE.contains(field)).collect();
                self.exclude(form, &others);
                self.replay(working_set).into_iter().collect()
            }
            _ => {
                self.exclude(form, &["part", "format", "device", "mapping"]);
                let name = self.name.clone();
                intensity::plain(self.reader, name, working_set).into_iter().collect()
            }
        }
    }

    /// Makes every field known, so that only the fault told is told.
    fn know_all(&mut self) {
        for field in FORMS.iter().chain(&PLAIN) {
            self.reader.raw(field);
        }
    }

    /// Refuses fields that have no meaning with a form.
    fn exclude(&mut self, form: &str, fields: &[&str]) {
        for field in fields {
            if self.reader.has(field) {
                self.reader.raw(field);
                let problem = format!("`{field}` does not go with `{form}`");
                self.reader.fault_at(field, problem, None);
            }
        }
    }

    fn line(&mut self, working_set: Option<u64>) -> Option<WorkloadSpec> {
        let text: Located<String> = self.reader.required("diskspd")?;
        let (load, times) = diskspd::read(self.context, &text, &self.name, working_set)?;
        self.times.add(times);
        Some(load)
    }

    /// The targets of an XML profile, which run at once.
    fn diskspd_profile(&mut self, working_set: Option<u64>) -> Vec<WorkloadSpec> {
        let file: Option<Located<String>> = self.reader.required("diskspd-profile");
        let Some(file) = file else { return Vec::new() };
        let lines = profile_lines(self.context, &file).unwrap_or_default();
        let mut loads = Vec::new();
        for line in lines {
            let line = Located { value: line, ..file.clone() };
            match diskspd::read(self.context, &line, &self.name, working_set) {
                Some((load, times)) => {
                    self.times.add(times);
                    loads.push(load);
                }
                // The lines may lack the same thing; once is enough.
                None => return Vec::new(),
            }
        }
        loads
    }

    fn profile(&mut self, working_set: Option<u64>) -> Vec<WorkloadSpec> {
        let Some(name) = self.reader.required::<Located<String>>("profile") else {
            return Vec::new();
        };
        let catalogue = self.context.catalogue;
        let Some(profile) = catalogue.profile(&name.value) else {
            let problem = format!("there is no workload profile `{}`", name.value);
            let help = nearest(&name.value, || catalogue.profile_names());
            self.context.fault(&name, problem, help);
            return Vec::new();
        };
        let mut loads = Vec::new();
        for line in &profile.lines {
            let line = Located { value: line.clone(), ..name.clone() };
            // How long somebody let a published profile run is no wish of this scenario.
            let load = diskspd::read(self.context, &line, &self.name, working_set);
            match load {
                Some((load, _)) => loads.push(load),
                // The lines lack the same thing; once is enough.
                None => return Vec::new(),
            }
        }
        loads
    }

    /// Gives the loads of a profile a limit for all of them together, in the proportion of their
    /// own limits or else in even parts, as `Set-FleetProfile -Throughput` does; none leaves them.
    fn share_out(&mut self, loads: &mut [WorkloadSpec]) {
        let limit = self.reader.optional::<Iops>("rate-limit").map_or(0.0, Iops::get);
        if limit <= 0.0 {
            return;
        }
        let own = |load: &WorkloadSpec| match load.intensity {
            Intensity::Throttled { lanes, iops, .. } => Some(f64::from(lanes) * iops),
            _ => None,
        };
        let sum: Option<f64> = loads.iter().map(own).sum();
        let even = loads.len().max(1) as f64;
        for load in loads {
            let part = sum.and_then(|sum| Some(own(load)? / sum)).unwrap_or(1.0 / even);
            let (outstanding, lanes) = match load.intensity {
                Intensity::Throttled { outstanding, lanes, .. } => (outstanding, lanes),
                Intensity::Closed { outstanding, .. } => (outstanding, 1),
                _ => continue,
            };
            let iops = limit * part / f64::from(lanes);
            load.intensity = Intensity::Throttled { outstanding, lanes, iops, ticking: true };
        }
    }

    fn replay(&mut self, working_set: Option<u64>) -> Option<WorkloadSpec> {
        let file: Option<Located<String>> = self.reader.required("trace");
        let part = Part::read(self.reader);
        let access = intensity::access(self.reader);
        let hot_spots = intensity::hot_spots(self.reader);
        let source = trace_layout::source(self.reader);
        let file = file?;
        let Recorded { ios, left_out, touched_bytes, following } =
            record(self.context, &file, part, &source?)?;
        let working_set_bytes = working_set.or(touched_bytes);
        if working_set_bytes.is_none() {
            let help = "give working-set, or a trace with the column `lba_512`".to_owned();
            let problem = "the trace does not tell how much of the disk it touches";
            self.context.fault(&file, problem, Some(help));
        }
        let reads = ios.iter().filter(|io| !io.write).count();
        let bytes: u128 = ios.iter().map(|io| u128::from(io.bytes)).sum();
        let count = ios.len().max(1);
        let settings =
            ReplaySettings { workload: self.name.clone(), left_out, part: part.name().to_owned() };
        self.replays.push(settings);
        // Most requests follow the one before: that is what read-ahead recognises.
        let recorded = if 2 * following > count { Access::Sequential } else { Access::Random };
        Some(WorkloadSpec {
            name: self.name.clone(),
            disks: Vec::new(),
            read_share: reads as f64 / count as f64,
            block_bytes: u64::try_from(bytes / count as u128).unwrap_or(u64::MAX).max(1),
            access: access.unwrap_or(recorded),
            working_set_bytes: working_set_bytes? as f64,
            hot_spots: hot_spots?,
            intensity: Intensity::Replay(ios),
            active: Active::default(),
        })
    }
}

impl Workloads {
    /// The workloads on their disks.
    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        vms: &Vms,
        built: &Built,
    ) -> Vec<WorkloadSpec> {
        let mut all = Vec::new();
        let mut pairs = 0_usize;
        for draft in &self.entries {
            let machines = match &draft.target {
                Target::Machines(names) => vms.names.each(context, names).unwrap_or_default(),
                Target::GuestCluster(name) => vms.active(context, name),
                Target::Nothing => Vec::new(),
            };
            let mut disks = Vec::with_capacity(machines.len());
            for vm in machines {
                let Some(name) = &draft.disk else { break };
                match built.disk(context, vm, name) {
                    Some(disk) => disks.push(disk),
                    // Machines of one entry are alike: once is enough.
                    None => break,
                }
            }
            let named = disks.len();
            disks.sort_unstable();
            disks.dedup();
            if disks.len() < named {
                let problem = "a virtual machine is named twice";
                context.fault(&draft.entry, problem, None);
            }
            let before = pairs;
            pairs = pairs.saturating_add(disks.len().saturating_mul(draft.loads.len()));
            if before <= MOST_PAIRS && pairs > MOST_PAIRS {
                let problem = format!("there are more than {MOST_PAIRS} loads in all");
                context.fault(&draft.entry, problem, None);
            }
            if pairs <= MOST_PAIRS {
                all.extend(draft.loads.iter().map(|load| on(load, &disks)));
            }
        }
        all
    }

    /// How each load follows time, in the order in which they are built.
    pub(super) fn plans(&self) -> Vec<&LoadDraft> {
        let each = self.entries.iter();
        each.flat_map(|draft| std::iter::repeat_n(&draft.plan, draft.loads.len())).collect()
    }

    /// When each begins and ends, with the names of its loads.
    pub(super) fn active(&self) -> impl Iterator<Item = (&ActiveDraft, Vec<&str>)> {
        self.entries.iter().map(|draft| {
            (&draft.active, draft.loads.iter().map(|load| load.name.as_str()).collect())
        })
    }

    /// Names as written, with those of the loads made from each.
    pub(super) fn loads(&self) -> Vec<(String, Vec<String>)> {
        let of = |draft: &Draft| {
            let written = draft.entry.value.clone();
            let made: Vec<String> = draft.loads.iter().map(|load| load.name.clone()).collect();
            // A load with a fault of its own still has its name.
            let made = if made.is_empty() { vec![written.clone()] } else { made };
            (written, made)
        };
        self.entries.iter().map(of).collect()
    }
}

fn on(load: &WorkloadSpec, disks: &[DiskId]) -> WorkloadSpec {
    WorkloadSpec { disks: disks.to_vec(), ..load.clone() }
}
