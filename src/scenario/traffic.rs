//! `[traffic.*]`: what runs on the ports beside the workloads.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use super::networks::Networks;
use super::timeline::{Kind, LoadDraft};
use crate::topology::{NetworkId, NodeId, Pace, Traffic, TrafficKind};
use crate::units::{BitRate, Bytes};

/// Messages of one pair under way.
const MOST_UNDER_WAY: u64 = 4096;
/// Pairs of sender and receiver of one entry.
const MOST_PAIRS: usize = 4096;
/// Largest message.
const LARGEST: u64 = 1 << 30;
/// A message, unless stated.
const USUAL: u64 = 1 << 20;

/// Traffic as written.
pub(super) struct Draft {
    entry: Located<String>,
    kind: Option<TrafficKind>,
    from: Vec<Located<String>>,
    to: Vec<Located<String>>,
    network: Option<Located<String>>,
    pace: Option<Pace>,
    message_bytes: u64,
    class: Option<Located<String>>,
    plan: LoadDraft,
}

/// How each follows time.
pub(super) fn plans(drafts: &[Draft]) -> Vec<&LoadDraft> {
    drafts.iter().map(|draft| &draft.plan).collect()
}

pub(super) fn read(root: &mut Reader<'_, '_>) -> Vec<Draft> {
    root.tables("traffic", |name, reader| {
        let entry = place(reader, name);
        reader.must_have("kind");
        let kind = reader.choice("kind", &TrafficKind::ALL);
        let mut names = |field: &str| {
            reader.must_have(field);
            reader.names(field).unwrap_or_default()
        };
        let (from, to) = (names("from"), names("to"));
        let network = reader.name("network");
        let pace = pace(reader);
        let small = kind == Some(TrafficKind::Heartbeat);
        let bytes = reader.has("message").then(|| reader.positive::<Bytes>("message")).flatten();
        let message_bytes = bytes.map_or(if small { 134 } else { USUAL }, Bytes::get);
        if message_bytes > LARGEST {
            let help = "write \"1 GiB\" or less".to_owned();
            reader.fault_at("message", "is larger than a message may be", Some(help));
        }
        let class = reader.name("class");
        let plan = LoadDraft::read(reader, Kind::Other);
        Draft { entry, kind, from, to, network, pace, message_bytes, class, plan }
    })
}

fn pace(reader: &mut Reader<'_, '_>) -> Option<Pace> {
    let window = reader.count("as-fast-as-possible", 1..=MOST_UNDER_WAY);
    let has = (reader.has("rate"), reader.has("as-fast-as-possible"));
    match has {
        (true, false) => {
            let rate = reader.positive::<BitRate>("rate")?;
            Some(Pace::Rate(rate.bytes_per_sec() * 8.0))
        }
        (false, true) => window.map(|window| Pace::Window(window as u32)),
        _ => {
            reader.raw("rate");
            let help = "a rate, or the number of messages under way: as-fast-as-possible = 8";
            let problem = "exactly one of `rate` and `as-fast-as-possible` must be stated";
            reader.fault(problem, Some(help.to_owned()));
            None
        }
    }
}

/// The traffic, every name resolved.
pub(super) fn settle(
    context: &mut Context<'_>,
    drafts: &[Draft],
    names: &Names,
    networks: &Networks,
) -> Vec<Traffic> {
    let mut all = Vec::new();
    for draft in drafts {
        let mut nodes = |list: &[Located<String>]| -> Option<Vec<NodeId>> {
            let mut found = names.each(context, list)?;
            // A node named by itself and with its group sends once.
            found.sort_unstable();
            found.dedup();
            Some(found.into_iter().map(NodeId::from_index).collect())
        };
        let (from, to) = (nodes(&draft.from), nodes(&draft.to));
        let network = draft.network.as_ref().map(|name| networks.names.one(context, name));
        if let Some(class) = &draft.class {
            let known = |n: &crate::topology::Network| {
                n.classes.iter().any(|c| c.name.eq_ignore_ascii_case(class.value.trim()))
            };
            if !networks.items.iter().any(known) {
                let problem = format!("no network has a traffic class `{}`", class.value);
                let help = "write it under `ets` of the network".to_owned();
                context.fault(class, problem, Some(help));
            }
        }
        let (Some(kind), Some(from), Some(to), Some(pace)) = (draft.kind, from, to, draft.pace)
        else {
            continue;
        };
        let pairs = from.iter().flat_map(|f| to.iter().filter(move |t| *t != f)).count();
        if pairs == 0 {
            context.fault(&draft.entry, "nobody sends to anybody else", None);
        } else if pairs > MOST_PAIRS {
            context.fault(&draft.entry, format!("there are at most {MOST_PAIRS} pairs"), None);
        }
        all.push(Traffic {
            name: draft.entry.value.trim().to_owned(),
            kind,
            from,
            to,
            network: network.flatten().map(NetworkId::from_index),
            pace,
            message_bytes: draft.message_bytes,
            class: draft.class.as_ref().map(|class| class.value.trim().to_owned()),
        });
    }
    all
}
