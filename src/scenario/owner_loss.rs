//! `owner-loss` of a volume: its coordinator loses the storage in the run.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use super::run::{RunSettings, WarmUp};
use super::volumes::{Reach, Volumes};
use crate::topology::{CsvId, NodeId, OwnerLoss, Volume};
use crate::units::{IdVec, SimDuration};

/// A loss as written.
pub(super) struct Draft {
    pub(super) entry: Located<String>,
    at: Option<SimDuration>,
    pause: Option<SimDuration>,
    to: Option<Located<String>>,
}

pub(super) fn read(reader: &mut Reader<'_, '_>) -> Draft {
    Draft {
        entry: place(reader, "owner-loss"),
        at: reader.required("at"),
        pause: reader.positive("pause"),
        to: reader.required("to"),
    }
}

/// Puts the losses into the volumes. Their instants count from the begin of the measured window,
/// so its place must be stated.
pub(super) fn settle(
    context: &mut Context<'_>,
    volumes: &Volumes,
    nodes: &Names,
    reach: &Reach<'_>,
    run: &RunSettings,
    csvs: &mut IdVec<CsvId, Volume>,
) {
    for (draft, first, end) in volumes.losses() {
        let (WarmUp::Fixed(warm_up_s), Some(duration_s)) = (run.warm_up, run.duration_s) else {
            let help = "state both in [run], such as warm-up = \"500 ms\" and duration = \"3 s\"";
            let problem = "the loss has its instant in the measured time, so `warm-up` and \
                           `duration` must be stated";
            context.fault(&draft.entry, problem, Some(help.to_owned()));
            return;
        };
        let (Some(at), Some(pause), Some(to)) = (draft.at, draft.pause, &draft.to) else {
            continue;
        };
        if at.as_secs_f64() >= duration_s {
            let problem = format!("{at} is not within the {duration_s} s that are measured");
            context.fault(&draft.entry, problem, None);
            continue;
        }
        let Some(node) = nodes.one(context, to) else { continue };
        let at_ps = ((warm_up_s * 1e12) as u64).saturating_add(at.as_ps());
        let new = NodeId::from_index(node);
        for index in first..end {
            let Some(volume) = csvs.get_mut(CsvId::from_index(index)) else { continue };
            let storage = volume.storage.index();
            if volume.owner == new {
                let problem = format!("`{}` is the owner that loses its storage", to.value);
                context.fault(to, problem, None);
                break;
            }
            if !reach.reaches(node, storage) || volume.lost_paths.contains(&new) {
                let problem = format!("node `{}` has no path to the volume's storage", to.value);
                let help = "ownership moves to a node that has one".to_owned();
                context.fault(to, problem, Some(help));
                break;
            }
            volume.owner_loss = Some(OwnerLoss { at_ps, pause_ps: pause.as_ps(), to: new });
        }
    }
}
