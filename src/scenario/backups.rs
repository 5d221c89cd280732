//! `[backups]`: host-level backups that read while the workloads run.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use super::timeline::{Kind, LoadDraft};
use super::volumes::Reach;
use crate::topology::{Backup, BackupTarget, CsvId, NodeId, Snapshot, Volume};
use crate::units::{BitRate, Bytes, IdVec};

/// Blocks beyond this are no single request.
const LARGEST_BLOCK: u64 = 64 << 20;
const MOST_OUTSTANDING: u64 = 4_096;

const SNAPSHOTS: [(&str, Snapshot); 2] =
    [("software", Snapshot::Software), ("hardware", Snapshot::Hardware)];

/// Backups as written.
pub(super) struct Backups {
    drafts: Vec<Draft>,
}

struct Draft {
    name: String,
    volume: Option<Located<String>>,
    node: Option<Located<String>>,
    snapshot: Snapshot,
    bytes_per_s: Option<f64>,
    block_bytes: u64,
    outstanding: u32,
    redirects: bool,
    target_node: Option<Located<String>>,
    target_volume: Option<Located<String>>,
    plan: LoadDraft,
}

pub(super) fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> Backups {
    let mut names = Names::new("backup");
    let drafts = root.tables("backups", |name, reader| {
        let entry = place(reader, name);
        let name = names.add(context, &entry, None).swap_remove(0);
        let there = reader.must_have("volume");
        let volume = if there { reader.name("volume") } else { None };
        let there = reader.must_have("node");
        let node = if there { reader.name("node") } else { None };
        let rate = reader.positive::<BitRate>("rate");
        let stated = reader.has("block");
        let block = if stated { reader.positive::<Bytes>("block") } else { None };
        let block = block.map_or(1 << 20, Bytes::get);
        if block > LARGEST_BLOCK {
            reader.fault_at("block", "no backup reads more than 64 MiB at once", None);
        }
        let outstanding = reader.count("outstanding", 1..=MOST_OUTSTANDING).unwrap_or(8);
        let target_node = reader.name("target-node");
        let target_volume = reader.name("target-volume");
        if reader.has("target-node") && reader.has("target-volume") {
            let problem = "`target-node` is given too; a backup goes to one place";
            reader.fault_at("target-volume", problem, None);
        }
        Draft {
            name,
            volume,
            node,
            snapshot: reader.choice("snapshot", &SNAPSHOTS).unwrap_or_default(),
            bytes_per_s: rate.map(BitRate::bytes_per_sec),
            block_bytes: block.min(LARGEST_BLOCK),
            outstanding: u32::try_from(outstanding).unwrap_or(1),
            redirects: reader.or("redirects-volume", false),
            target_node,
            target_volume,
            plan: LoadDraft::read(reader, Kind::Other),
        }
    });
    Backups { drafts }
}

impl Backups {
    /// How each follows time.
    pub(super) fn plans(&self) -> Vec<&LoadDraft> {
        self.drafts.iter().map(|draft| &draft.plan).collect()
    }

    /// The backups; volumes whose snapshot redirects them are marked.
    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        (nodes, volumes): (&Names, &Names),
        reach: &Reach<'_>,
        csvs: &mut IdVec<CsvId, Volume>,
    ) -> Vec<Backup> {
        let mut built = Vec::new();
        for draft in &self.drafts {
            let volume = draft.volume.as_ref().and_then(|name| volumes.one(context, name));
            let node = draft.node.as_ref().and_then(|name| nodes.one(context, name));
            let target_node = draft.target_node.as_ref().and_then(|name| nodes.one(context, name));
            let target_volume =
                draft.target_volume.as_ref().and_then(|name| volumes.one(context, name));
            let (Some(volume), Some(node), Some(bytes_per_s)) = (volume, node, draft.bytes_per_s)
            else {
                continue;
            };
            let id = CsvId::from_index(volume);
            let Some(of) = csvs.get(id) else { continue };
            if let (Snapshot::Hardware, Some(at)) = (draft.snapshot, &draft.node)
                && (!reach.reaches(node, of.storage.index())
                    || of.lost_paths.contains(&NodeId::from_index(node)))
            {
                let problem = "a hardware snapshot cannot be shown to a node without a path";
                let help = "name a node that reaches the volume's storage".to_owned();
                context.fault(at, problem, Some(help));
            }
            csvs[id].redirected_by_snapshot |= draft.redirects;
            let target = match (target_node, target_volume) {
                // What it would cost to send it to oneself is nothing.
                (Some(target), _) if target == node => BackupTarget::Outside,
                (Some(target), _) => BackupTarget::Node(NodeId::from_index(target)),
                (None, Some(target)) => BackupTarget::Volume(CsvId::from_index(target)),
                (None, None) => BackupTarget::Outside,
            };
            built.push(Backup {
                name: draft.name.clone(),
                volume: id,
                requester: NodeId::from_index(node),
                snapshot: draft.snapshot,
                bytes_per_s,
                block_bytes: draft.block_bytes,
                outstanding: draft.outstanding,
                target,
            });
        }
        built
    }
}
