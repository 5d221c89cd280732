//! `[storage]`: arrays, devices and storage spaces, their numbers, and what a device is fitted on.

use super::arrays::array;
use super::context::{Context, place};
use super::document::{Located, Reader};
use super::models::{Family, Model};
use super::names::Names;
use super::numbers::{Author, parameter};
use super::spaces::{self, ResyncDraft, drives};
use super::trace_layout;
use super::traces::{Part, record};
use crate::provenance::Parameter;
use crate::topology::{NodeId, ServiceLaw, Storage, StorageId, StorageKind, WindowsVersion};
use crate::units::IdVec;
use crate::workload::ReplayIo;

/// A device whose numbers are to be fitted to a trace.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// The storage system; its numbers are `storage.<name>.<field>`.
    pub storage: String,
    /// Reads and writes with their response times, clock from zero.
    pub trace: Vec<ReplayIo>,
    /// What the trace is, such as "first half of the arrivals of x.csv: 32,094 I/Os".
    pub described: String,
}

/// Storage systems as written.
pub(super) struct Storages {
    pub(super) names: Names,
    pub(super) parameters: Vec<Parameter>,
    pub(super) fits: Vec<FitRequest>,
    drafts: Vec<Draft>,
}

/// A system on its way: all of it but the nodes.
pub(super) struct Draft {
    pub(super) entry: Located<String>,
    pub(super) made: Storage,
    pub(super) node: Option<Located<String>>,
    pub(super) nodes: Option<Vec<Located<String>>>,
    pub(super) resync: Option<ResyncDraft>,
}

const KINDS: [(&str, StorageKind); 4] = [
    ("array", StorageKind::Array),
    ("device", StorageKind::Device),
    ("storage-spaces", StorageKind::Spaces),
    ("storage-spaces-direct", StorageKind::SpacesDirect),
];

pub(super) fn read(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    windows: WindowsVersion,
) -> Storages {
    let mut all = Storages {
        names: Names::new("storage system"),
        parameters: Vec::new(),
        fits: Vec::new(),
        drafts: Vec::new(),
    };
    root.tables("storage", |name, reader| {
        let entry = place(reader, name);
        all.names.add(context, &entry, None);
        storage(context, reader, entry, &mut all, windows);
    });
    all
}

fn storage(
    context: &mut Context<'_>,
    reader: &mut Reader<'_, '_>,
    entry: Located<String>,
    all: &mut Storages,
    windows: WindowsVersion,
) {
    let there = reader.must_have("kind");
    let kind = if there { reader.choice("kind", &KINDS) } else { None };
    let name = entry.value.trim().to_owned();
    let made = Storage {
        name: name.clone(),
        kind: kind.unwrap_or_default(),
        local_reads: true,
        ..Storage::default()
    };
    let mut draft = Draft { entry, made, node: None, nodes: None, resync: None };
    let Some(kind) = kind else {
        // Without the kind nobody knows which other fields there are.
        reader.accept_rest();
        all.drafts.push(draft);
        return;
    };
    let family = match kind {
        StorageKind::Array => Family::Arrays,
        StorageKind::Device => Family::Devices,
        StorageKind::Spaces | StorageKind::SpacesDirect => Family::S2d,
    };
    let model = context.model(reader, "model", family);
    numbers(reader, &name, family, model.as_ref().map(|(_, model)| *model), all);
    match kind {
        StorageKind::Array => {
            array(
                context,
                reader,
                model.as_ref().map(|(_, m)| *m),
                &mut all.parameters,
                &mut draft,
            );
            for field in ["node", "fit"] {
                if reader.raw(field).is_some() {
                    let help = "write kind = \"device\" for storage inside one node".to_owned();
                    reader.fault_at(field, "an array is no device of one node", Some(help));
                }
            }
        }
        StorageKind::Device => {
            draft.node = reader.required("node");
            draft.nodes = reader.names("shared-with");
            draft.made.law = reader.choice("law", &ServiceLaw::ALL).unwrap_or_default();
            let fit = reader.table("fit", |reader| fit(context, reader, &name));
            all.fits.extend(fit.flatten());
        }
        StorageKind::Spaces | StorageKind::SpacesDirect => {
            let model = model.as_ref().map(|(_, m)| *m);
            drives(context, reader, model, &mut all.parameters, &mut draft, windows);
        }
    }
    draft.made.model = model.map(|(model, _)| model).unwrap_or_default();
    all.drafts.push(draft);
}

/// The numbers of the model under the name of the storage, replaced by those stated here.
fn numbers(
    reader: &mut Reader<'_, '_>,
    storage: &str,
    family: Family,
    model: Option<&Model>,
    all: &mut Storages,
) {
    for &(field, kind) in family.numbers() {
        let name = format!("storage.{storage}.{field}");
        let stated = reader.raw(field).is_some();
        if stated {
            all.parameters.extend(parameter(reader, field, &name, kind, Author::User));
        } else if let Some(model) = model {
            let of_model = model.numbers.iter().find(|number| number.name == field);
            let named = of_model.map(|number| Parameter { name, ..number.clone() });
            all.parameters.extend(named);
        }
    }
}

fn fit(context: &mut Context<'_>, reader: &mut Reader<'_, '_>, name: &str) -> Option<FitRequest> {
    let file: Option<Located<String>> = reader.required("trace");
    let part = Part::read(reader);
    let source = trace_layout::source(reader);
    let file = file?;
    let recorded = record(context, &file, part, &source?)?;
    if recorded.ios.iter().all(|io| io.response_ns.is_none()) {
        let help = "a fit needs the column `response_ns`".to_owned();
        context.fault(&file, "this part of the trace has no response time", Some(help));
        return None;
    }
    let described = part.describe(&file.value, recorded.ios.len());
    Some(FitRequest { storage: name.to_owned(), trace: recorded.ios.to_vec(), described })
}

impl Storages {
    /// The storage systems, each device in its node.
    pub(super) fn build(
        &self,
        context: &mut Context<'_>,
        nodes: &Names,
    ) -> IdVec<StorageId, Storage> {
        let mut built = IdVec::new();
        for draft in &self.drafts {
            let mut made = draft.made.clone();
            let node = draft.node.as_ref().and_then(|name| nodes.one(context, name));
            made.node = node.map(NodeId::from_index);
            spaces::place(context, nodes, draft, &mut made);
            built.push(made);
        }
        built
    }
}
