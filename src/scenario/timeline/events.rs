//! `[[events]]`: what is planned, or befalls the cluster.

use super::World;
use super::elements::ElementDraft;
use super::times::{Clock, Times, length};
use crate::scenario::context::{Context, place};
use crate::scenario::document::{Located, Reader};
use crate::schedule::{Action, Event, Failback, RealignBy, Recurrence};
use crate::topology::{CsvId, GuestClusterId, NodeId, Sharing, VmId};

/// Events of one scenario.
const MOST: usize = 1_000;
/// How long installing and a restart take, unless stated.
const TEN_MINUTES_MS: u64 = 600_000;

/// An event as written.
pub(super) struct EventDraft {
    entry: Located<String>,
    name: Option<String>,
    times: Times,
    lasts_ms: Option<u64>,
    action: Option<ActionDraft>,
}

enum ActionDraft {
    Drain(Vec<Located<String>>, Option<Located<Failback>>),
    Resume(Vec<Located<String>>, Failback),
    Update {
        /// None: all of them.
        nodes: Option<Vec<Located<String>>>,
        install_ms: u64,
        restart_ms: u64,
        back: Failback,
    },
    Fail(Option<ElementDraft>),
    Repair(Option<ElementDraft>),
    Join(Vec<Located<String>>),
    Evict(Vec<Located<String>>),
    MoveVolumes(Vec<Located<String>>, Option<Located<String>>),
    Migrate(Vec<Located<String>>, Option<Located<String>>),
    Redirect(Vec<Located<String>>, bool),
    BalanceVolumes,
    Realign(Vec<Located<String>>, RealignBy),
}

/// What `do` may say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Do {
    Drain,
    Resume,
    Update,
    Fail,
    Repair,
    Join,
    Evict,
    MoveVolume,
    Migrate,
    Redirect,
    BalanceVolumes,
    Realign,
}

const WORDS: [(&str, Do); 12] = [
    ("drain", Do::Drain),
    ("resume", Do::Resume),
    ("update", Do::Update),
    ("fail", Do::Fail),
    ("repair", Do::Repair),
    ("join", Do::Join),
    ("evict", Do::Evict),
    ("move-volume", Do::MoveVolume),
    ("migrate", Do::Migrate),
    ("redirect", Do::Redirect),
    ("balance-volumes", Do::BalanceVolumes),
    ("realign", Do::Realign),
];

pub(super) fn read(root: &mut Reader<'_, '_>) -> Vec<EventDraft> {
    root.array("events", |_, reader| {
        let entry = place(reader, "events");
        let name = reader.text("name");
        let times = Times::read(reader);
        reader.must_have("do");
        let word = reader.choice("do", &WORDS);
        let action = word.map(|word| action(reader, word));
        if action.is_none() {
            // Which fields there may be is not known.
            reader.accept_rest();
        }
        let undone = match action {
            Some(ActionDraft::Redirect(_, on)) => on,
            Some(ActionDraft::Drain(..) | ActionDraft::Fail(_)) | None => true,
            _ => false,
        };
        let lasts_ms = length(reader, "for");
        if reader.has("for") && !undone {
            let help = "it goes with drain, fail and redirect".to_owned();
            reader.fault_at("for", "this is never undone", Some(help));
        }
        if let (Some(lasts), Some(period)) = (lasts_ms, times.period_ms())
            && lasts > period
        {
            reader.fault_at("for", "is longer than the time until it happens again", None);
        }
        EventDraft { entry, name, times, lasts_ms, action }
    })
}

/// Names that must be there.
fn needed(reader: &mut Reader<'_, '_>, field: &str) -> Vec<Located<String>> {
    let there = reader.must_have(field);
    let names = if there { reader.names(field) } else { None };
    if names.as_ref().is_some_and(Vec::is_empty) {
        reader.fault_at(field, "the list is empty", None);
    }
    names.unwrap_or_default()
}

fn failback(reader: &mut Reader<'_, '_>) -> Option<Located<Failback>> {
    let value = reader.choice("failback", &Failback::ALL)?;
    let path = format!("{}.failback", reader.path());
    Some(Located { value, at: reader.span_of("failback"), path })
}

fn action(reader: &mut Reader<'_, '_>, word: Do) -> ActionDraft {
    let back =
        |reader: &mut Reader<'_, '_>| failback(reader).map_or_else(Failback::default, |b| b.value);
    match word {
        Do::Drain => {
            let nodes = needed(reader, "node");
            let back = failback(reader);
            if back.is_some() && !reader.has("for") {
                let help = "state `for`, or write it on the event that resumes the node";
                let problem = "the node is not resumed";
                reader.fault_at("failback", problem, Some(help.to_owned()));
            }
            ActionDraft::Drain(nodes, back)
        }
        Do::Resume => ActionDraft::Resume(needed(reader, "node"), back(reader)),
        Do::Update => ActionDraft::Update {
            nodes: reader.has("nodes").then(|| needed(reader, "nodes")),
            install_ms: length(reader, "install").unwrap_or(TEN_MINUTES_MS),
            restart_ms: length(reader, "restart").unwrap_or(TEN_MINUTES_MS),
            back: back(reader),
        },
        Do::Fail => ActionDraft::Fail(ElementDraft::read(reader)),
        Do::Repair => ActionDraft::Repair(ElementDraft::read(reader)),
        Do::Join => ActionDraft::Join(needed(reader, "node")),
        Do::Evict => ActionDraft::Evict(needed(reader, "node")),
        Do::MoveVolume => ActionDraft::MoveVolumes(needed(reader, "volume"), reader.required("to")),
        Do::Migrate => ActionDraft::Migrate(needed(reader, "vm"), reader.required("to")),
        Do::Redirect => {
            let volumes = needed(reader, "volume");
            ActionDraft::Redirect(volumes, reader.or("on", true))
        }
        Do::BalanceVolumes => ActionDraft::BalanceVolumes,
        Do::Realign => ActionDraft::Realign(
            needed(reader, "guest-cluster"),
            reader.choice("move", &RealignBy::ALL).unwrap_or_default(),
        ),
    }
}

/// The events, in the order of the file; those of a group one after the other.
pub(super) fn settle(
    context: &mut Context<'_>,
    drafts: &[EventDraft],
    clock: &Clock,
    world: &World<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for draft in drafts {
        draft.settle(context, clock, world, &mut events);
        if events.len() > MOST {
            context.fault(&draft.entry, format!("there are at most {MOST} events"), None);
            break;
        }
    }
    let joining = |node: NodeId| {
        let first = |of: Action| {
            let times = events.iter().filter(|event| event.action == of);
            times
                .filter_map(|e| e.when.at_or_after(&clock.calendar, crate::schedule::Moment::START))
                .min()
        };
        // One that is evicted first is there at the start.
        first(Action::Join(node))
            .is_some_and(|join| first(Action::Evict(node)).is_none_or(|out| join <= out))
    };
    let mut nodes = world.reach.nodes.ids();
    if let Some(draft) = drafts.iter().find(|d| matches!(d.action, Some(ActionDraft::Join(_))))
        && world.reach.nodes.ids().next().is_some()
        && nodes.all(joining)
    {
        let help = "leave out the events by which those join that make the cluster".to_owned();
        context.fault(&draft.entry, "no node is in the cluster at the start", Some(help));
    }
    events
}

impl EventDraft {
    fn settle(
        &self,
        context: &mut Context<'_>,
        clock: &Clock,
        world: &World<'_>,
        events: &mut Vec<Event>,
    ) {
        let what = self.name.clone().unwrap_or_else(|| self.entry.path.clone());
        let when = clock.recurrence(context, &self.times, &what);
        let Some(action) = &self.action else { return };
        let made = action.settle(context, world);
        let Some(when) = when else { return };
        let (several, first) = (made.len() > 1, events.len());
        for (target, action) in made {
            let name = match &self.name {
                Some(name) if several => format!("{name} ({target})"),
                Some(name) => name.clone(),
                None => format!("{} {target}", action.name()).trim().to_owned(),
            };
            events.push(Event { name, when: when.clone(), action, lasts_ms: self.lasts_ms });
        }
        if let (ActionDraft::Drain(_, Some(back)), Some(lasts_ms)) = (action, self.lasts_ms)
            && back.value == Failback::None
        {
            let resumes = resumes(context, back, lasts_ms, &mut events[first..]);
            events.extend(resumes);
        }
    }
}

/// The end of a drain moves back what was drained; where it is not to, resuming is an event of its
/// own.
fn resumes(
    context: &mut Context<'_>,
    back: &Located<Failback>,
    lasts_ms: u64,
    drains: &mut [Event],
) -> Vec<Event> {
    let mut resumes = Vec::new();
    for event in drains {
        let Action::Drain(node) = event.action else { continue };
        let when = match &event.when {
            Recurrence::Once(at) => Recurrence::Once(at.plus_ms(lasts_ms)),
            Recurrence::Every { first, period_ms } => {
                Recurrence::Every { first: first.plus_ms(lasts_ms), period_ms: *period_ms }
            }
            Recurrence::Cron(_) => {
                let help = "write the end as an event of its own, do = \"resume\"".to_owned();
                let problem = "a drain by cron ends with what was drained moving back";
                context.fault(back, problem, Some(help));
                break;
            }
        };
        event.lasts_ms = None;
        let name = format!("{}, end", event.name);
        let action = Action::Resume(node, Failback::None);
        resumes.push(Event { name, when, action, lasts_ms: None });
    }
    resumes
}

impl ActionDraft {
    /// The actions, each with what reports call its target.
    fn settle(&self, context: &mut Context<'_>, world: &World<'_>) -> Vec<(String, Action)> {
        let each =
            |context: &mut Context<'_>, names: &[Located<String>], of: fn(NodeId) -> Action| {
                let nodes = world.nodes(context, names).into_iter();
                nodes.map(|node| (world.node(node), of(node))).collect()
            };
        match self {
            Self::Drain(names, _) => each(context, names, Action::Drain),
            Self::Join(names) => each(context, names, Action::Join),
            Self::Evict(names) => each(context, names, Action::Evict),
            Self::Resume(names, back) => {
                let nodes = world.nodes(context, names).into_iter();
                nodes.map(|node| (world.node(node), Action::Resume(node, *back))).collect()
            }
            Self::Update { nodes, install_ms, restart_ms, back } => {
                let nodes = match nodes {
                    Some(names) => world.nodes(context, names),
                    None => world.reach.nodes.ids().collect(),
                };
                let (install_ms, restart_ms, failback) = (*install_ms, *restart_ms, *back);
                vec![(String::new(), Action::Update { nodes, install_ms, restart_ms, failback })]
            }
            Self::Fail(element) => elements(context, world, element.as_ref(), Action::Fail),
            Self::Repair(element) => elements(context, world, element.as_ref(), Action::Repair),
            Self::MoveVolumes(names, to) => {
                let ids = volumes(context, world, names);
                let Some((to, at)) = target(context, world, to.as_ref()) else { return Vec::new() };
                for id in &ids {
                    world.may_own(context, *id, to, at);
                }
                vec![(
                    format!("{} to {}", listed(names), world.node(to)),
                    Action::MoveVolumes(ids, to),
                )]
            }
            Self::Migrate(names, to) => {
                let ids = world.vms.each(context, names).unwrap_or_default();
                let ids: Vec<VmId> = ids.into_iter().map(VmId::from_index).collect();
                let Some((to, at)) = target(context, world, to.as_ref()) else { return Vec::new() };
                for id in &ids {
                    may_run(context, world, *id, to, (at, names));
                }
                vec![(format!("{} to {}", listed(names), world.node(to)), Action::Migrate(ids, to))]
            }
            Self::Redirect(names, on) => {
                let ids = volumes(context, world, names);
                let word = if *on { "on" } else { "off" };
                vec![(format!("{} {word}", listed(names)), Action::Redirect(ids, *on))]
            }
            Self::BalanceVolumes => vec![(String::new(), Action::BalanceVolumes)],
            Self::Realign(names, by) => {
                let ids = clusters(context, world, names);
                vec![(listed(names), Action::Realign(ids, *by))]
            }
        }
    }
}

fn listed(names: &[Located<String>]) -> String {
    names.iter().map(|name| name.value.trim()).collect::<Vec<_>>().join(", ")
}

fn elements(
    context: &mut Context<'_>,
    world: &World<'_>,
    draft: Option<&ElementDraft>,
    of: fn(crate::schedule::Element) -> Action,
) -> Vec<(String, Action)> {
    let found = draft.map(|draft| draft.settle(context, world)).unwrap_or_default();
    found.into_iter().map(|(name, element)| (name, of(element))).collect()
}

fn volumes(context: &mut Context<'_>, world: &World<'_>, names: &[Located<String>]) -> Vec<CsvId> {
    let found = world.volumes.each(context, names).unwrap_or_default();
    found.into_iter().map(CsvId::from_index).collect()
}

fn target<'a>(
    context: &mut Context<'_>,
    world: &World<'_>,
    name: Option<&'a Located<String>>,
) -> Option<(NodeId, &'a Located<String>)> {
    let name = name?;
    world.nodes.one(context, name).map(|node| (NodeId::from_index(node), name))
}

/// A machine can run on a node.
fn may_run(
    context: &mut Context<'_>,
    world: &World<'_>,
    vm: VmId,
    to: NodeId,
    (at, names): (&Located<String>, &[Located<String>]),
) {
    let Some(machine) = world.machines.get(vm) else { return };
    if machine.physical {
        let named = |name: &&Located<String>| {
            world.vms.find(&name.value).is_some_and(|found| found.contains(&vm.index()))
        };
        let problem = format!("`{}` is a physical machine", machine.name);
        context.fault(names.iter().find(named).unwrap_or(at), problem, None);
    }
    let possible = &machine.placement.possible;
    if !possible.is_empty() && !possible.contains(&to) {
        let problem =
            format!("node `{}` is no possible owner of `{}`", world.node(to), machine.name);
        context.fault(at, problem, None);
    }
}

/// Guest clusters with something to bring together.
fn clusters(
    context: &mut Context<'_>,
    world: &World<'_>,
    names: &[Located<String>],
) -> Vec<GuestClusterId> {
    let mut all = Vec::new();
    for name in names {
        for found in world.clusters.all(context, name).into_iter().flatten() {
            let id = GuestClusterId::from_index(found);
            all.push(id);
            let Some(cluster) = world.guest_clusters.get(id) else { continue };
            let shared = world
                .disks
                .iter()
                .any(|disk| disk.sharing != Sharing::None && cluster.members.contains(&disk.vm));
            if !shared {
                let problem = format!("guest cluster `{}` has no shared disk", cluster.name);
                let help = "give a disk of its members `sharing`".to_owned();
                context.fault(name, problem, Some(help));
            } else if cluster.all_active {
                let problem = format!("all members of `{}` are active", cluster.name);
                let help = "there is no single one to bring to the owner".to_owned();
                context.fault(name, problem, Some(help));
            }
        }
    }
    all
}
