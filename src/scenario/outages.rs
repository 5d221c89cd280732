//! `link-failures`: ports that fail in the run, and come back.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use super::run::{RunSettings, WarmUp};
use super::smb::is_called;
use crate::topology::{Nic, NicId, Node, NodeId, Outage};
use crate::units::{IdVec, SimDuration};

/// Failures of one scenario: each splits the run once or twice more.
const MOST: usize = 32;

/// A failure as written.
pub(super) struct Draft {
    entry: Located<String>,
    node: Option<Located<String>>,
    nic: Option<Located<String>>,
    at: Option<SimDuration>,
    lasts: Option<SimDuration>,
}

pub(super) fn read(root: &mut Reader<'_, '_>) -> Vec<Draft> {
    root.array("link-failures", |_, reader| {
        let entry = place(reader, "link-failures");
        Draft {
            entry,
            node: reader.required("node"),
            nic: reader.required("nic"),
            at: reader.required("at"),
            lasts: if reader.has("for") { reader.positive("for") } else { None },
        }
    })
}

/// The failures, in picoseconds since the start of the run. Their instants count from the begin of
/// the measured window, so its place must be stated.
pub(super) fn settle(
    context: &mut Context<'_>,
    drafts: &[Draft],
    names: &Names,
    nodes: &IdVec<NodeId, Node>,
    nics: &IdVec<NicId, Nic>,
    run: &RunSettings,
) -> Vec<Outage> {
    let mut outages = Vec::new();
    let Some(first) = drafts.first() else { return outages };
    if drafts.len() > MOST {
        context.fault(&first.entry, format!("there are at most {MOST} failures"), None);
        return outages;
    }
    let (WarmUp::Fixed(warm_up_s), Some(duration_s)) = (run.warm_up, run.duration_s) else {
        let help = "state both in [run], such as warm-up = \"500 ms\" and duration = \"3 s\"";
        let problem = "a failure has its instant in the measured time, so `warm-up` and \
                       `duration` must be stated";
        context.fault(&first.entry, problem, Some(help.to_owned()));
        return outages;
    };
    let warm_up_ps = (warm_up_s * 1e12) as u64;
    for Draft { entry, node, nic, at, lasts } in drafts {
        let (Some(node), Some(nic), Some(at)) = (node, nic, at) else { continue };
        let Some(found) = names.all(context, node) else { continue };
        if at.as_secs_f64() >= duration_s {
            let problem = format!("{at} is not within the {duration_s} s that are measured");
            context.fault(entry, problem, None);
            continue;
        }
        let from_ps = warm_up_ps.saturating_add(at.as_ps());
        let to_ps = lasts.map_or(u64::MAX, |lasts| from_ps.saturating_add(lasts.as_ps()));
        for id in found.map(NodeId::from_index) {
            let of = &nodes[id];
            let ports = of.nics.iter().copied();
            let called: Vec<NicId> =
                ports.filter(|&port| is_called(&nics[port].name, &nic.value)).collect();
            if called.is_empty() {
                let problem = format!("node `{}` has no port `{}`", of.name, nic.value);
                let help = context
                    .near(&nic.value, || of.nics.iter().map(|&port| nics[port].name.as_str()));
                context.fault(nic, problem, help);
            }
            outages.extend(called.into_iter().map(|nic| Outage { nic, from_ps, to_ps }));
        }
    }
    outages
}
