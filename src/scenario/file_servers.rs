//! `[file-servers]`: clustered file servers whose shares machines use.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::names::Names;
use crate::topology::{FileServer, FileServerId, FileServerKind, NodeId};
use crate::units::IdVec;

const KINDS: [(&str, FileServerKind); 2] =
    [("sofs", FileServerKind::ScaleOut), ("general-use", FileServerKind::GeneralUse)];

const STORAGES: [(&str, bool); 2] = [("symmetric", true), ("asymmetric", false)];

/// File servers as written.
pub(super) struct FileServers {
    pub(super) names: Names,
    drafts: Vec<Draft>,
}

struct Draft {
    name: String,
    nodes: Vec<Located<String>>,
    kind: FileServerKind,
    symmetric: Option<bool>,
}

pub(super) fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> FileServers {
    let mut names = Names::new("file server");
    let drafts = root.tables("file-servers", |name, reader| {
        let entry = place(reader, name);
        let name = names.add(context, &entry, None).swap_remove(0);
        let there = reader.must_have("nodes");
        let nodes = if there { reader.names("nodes") } else { None };
        if there && nodes.as_ref().is_some_and(Vec::is_empty) {
            reader.fault_at("nodes", "the file server has no nodes", None);
        }
        let kind = reader.choice("kind", &KINDS).unwrap_or_default();
        let symmetric = reader.choice("storage", &STORAGES);
        Draft { name, nodes: nodes.unwrap_or_default(), kind, symmetric }
    });
    FileServers { names, drafts }
}

impl FileServers {
    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
    ) -> IdVec<FileServerId, FileServer> {
        let mut built = IdVec::new();
        for draft in &self.drafts {
            let mut of = nodes.each(context, &draft.nodes).unwrap_or_default();
            let named = of.len();
            of.sort_unstable();
            of.dedup();
            if let (true, Some(first)) = (of.len() < named, draft.nodes.first()) {
                context.fault(first, "a node is named twice", None);
            }
            built.push(FileServer {
                name: draft.name.clone(),
                nodes: of.into_iter().map(NodeId::from_index).collect(),
                kind: draft.kind,
                symmetric: draft.symmetric,
            });
        }
        built
    }
}
