//! `[storage]`: arrays and devices, their numbers, and what a device is fitted on.

use super::context::{Context, place};
use super::document::{Located, Reader};
use super::models::{Family, Model};
use super::names::Names;
use super::numbers::{Author, parameter};
use super::traces::{Part, record};
use crate::provenance::Parameter;
use crate::topology::{NodeId, Storage, StorageId, StorageKind};
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

struct Draft {
    name: String,
    kind: Option<StorageKind>,
    model: String,
    node: Option<Located<String>>,
    asymmetric: bool,
}

const KINDS: [(&str, StorageKind); 2] =
    [("array", StorageKind::Array), ("device", StorageKind::Device)];
const PATHS: [(&str, bool); 2] = [("symmetric", false), ("asymmetric", true)];

pub(super) fn read(context: &mut Context<'_>, root: &mut Reader<'_, '_>) -> Storages {
    let mut all = Storages {
        names: Names::new("storage system"),
        parameters: Vec::new(),
        fits: Vec::new(),
        drafts: Vec::new(),
    };
    root.tables("storage", |name, reader| {
        let entry = place(reader, name);
        let name = all.names.add(context, &entry, None).swap_remove(0);
        storage(context, reader, &name, &mut all);
    });
    all
}

fn storage(context: &mut Context<'_>, reader: &mut Reader<'_, '_>, name: &str, all: &mut Storages) {
    let there = reader.must_have("kind");
    let kind = if there { reader.choice("kind", &KINDS) } else { None };
    let mut draft =
        Draft { name: name.to_owned(), kind, model: String::new(), node: None, asymmetric: false };
    let Some(kind) = kind else {
        // Without the kind nobody knows which other fields there are.
        reader.accept_rest();
        all.drafts.push(draft);
        return;
    };
    let family = match kind {
        StorageKind::Array => Family::Arrays,
        StorageKind::Device => Family::Devices,
    };
    let model = context.model(reader, "model", family);
    numbers(reader, name, family, model.as_ref().map(|(_, model)| *model), all);
    match kind {
        StorageKind::Array => {
            let of_model = model.as_ref().is_some_and(|(_, m)| m.word("alua") == "asymmetric");
            draft.asymmetric = reader.choice("alua", &PATHS).unwrap_or(of_model);
            for field in ["node", "fit"] {
                if reader.raw(field).is_some() {
                    let help = "write kind = \"device\" for storage inside one node".to_owned();
                    reader.fault_at(field, "an array is no device of one node", Some(help));
                }
            }
        }
        StorageKind::Device => {
            draft.node = reader.required("node");
            let fit = reader.table("fit", |reader| fit(context, reader, name));
            all.fits.extend(fit.flatten());
        }
    }
    draft.model = model.map(|(model, _)| model).unwrap_or_default();
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
    let file = file?;
    let recorded = record(context, &file, part)?;
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
            let node = draft.node.as_ref().and_then(|name| nodes.one(context, name));
            built.push(Storage {
                name: draft.name.clone(),
                kind: draft.kind.unwrap_or(StorageKind::Array),
                model: draft.model.clone(),
                node: node.map(NodeId::from_index),
                asymmetric: draft.asymmetric,
                fitted: false,
            });
        }
        built
    }
}
