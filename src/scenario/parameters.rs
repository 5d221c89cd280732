//! The parameter set of a scenario: built in, of the hardware used, and what the user overrides.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::context::{Context, nearest};
use super::document::{Document, Node, Origin, Reader, Table, Value};
use super::models::{Catalogue, Family};
use super::numbers::{Author, parameter};
use crate::diagnostic::Diagnostics;
use crate::provenance::{Parameter, ParameterSet};
use crate::units::UnitKind;

const FIELD: &str = "parameters";

/// Turns nested tables under `[parameters]` into dotted names, so that both spellings are one.
///
/// # Errors
/// When a name is given in both spellings.
pub(super) fn flatten(document: &mut Document) -> Result<(), Diagnostics> {
    let Some(node) = document.get(FIELD).cloned() else { return Ok(()) };
    let Some(table) = node.as_table() else { return Ok(()) };
    let mut flat = Table::new();
    let mut twice = Diagnostics::new();
    let mut add = |name: String, key: &Origin, node: &Node| {
        let entry = super::document::Entry { key: key.clone(), node: node.clone() };
        if flat.insert(name.clone(), entry).is_some() {
            twice.push(document.fault(key, FIELD, format!("`{name}` is given twice")));
        }
    };
    walk(table, "", &mut add);
    twice.into_result(())?;
    let origin = node.origin();
    document.set_node(FIELD, Node { value: Value::Table(flat), ..node }, &origin)
}

fn walk(table: &Table, path: &str, add: &mut impl FnMut(String, &Origin, &Node)) {
    for (key, entry) in table {
        let name = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match entry.node.as_table() {
            Some(table) if !table.is_empty() && !table.contains_key("value") => {
                walk(table, &name, add);
            }
            _ => add(name, &entry.key, &entry.node),
        }
    }
}

/// A path to a parameter, with the dots of its name protected from being steps.
pub(super) fn protected(path: &str) -> Cow<'_, str> {
    match path.strip_prefix("parameters.") {
        Some(name) if !name.contains(['"', '\'', '[']) => {
            Cow::Owned(format!("parameters.\"{name}\""))
        }
        _ => Cow::Borrowed(path),
    }
}

/// The models a cluster uses.
#[derive(Debug, Default)]
pub(super) struct Used {
    models: BTreeSet<(Family, String)>,
}

impl Used {
    pub(super) fn add(&mut self, family: Family, model: &str) {
        self.models.insert((family, model.to_owned()));
    }
}

/// The numbers of everything that exists, the user's overrides not yet among them.
pub(super) fn gather(
    context: &Context<'_>,
    used: &Used,
    of_storage: impl IntoIterator<Item = Parameter>,
) -> ParameterSet {
    let mut set = context.catalogue.parameters().clone();
    for (family, name) in &used.models {
        let Some((_, model)) = context.catalogue.model(*family, name) else { continue };
        set.extend(model.numbers.iter().map(|number| Parameter {
            name: format!("{}.{name}.{}", family.name(), number.name),
            ..number.clone()
        }));
    }
    set.extend(of_storage);
    set
}

/// Puts the user's overrides into the set. Those of hardware that is there, but that nothing is
/// made of, are checked and left out: a variant may have replaced it.
pub(super) fn override_with(
    context: &mut Context<'_>,
    root: &mut Reader<'_, '_>,
    set: &mut ParameterSet,
) {
    let mut unused = Vec::new();
    let stated = root.table(FIELD, |reader| {
        let mut stated = Vec::new();
        for name in reader.keys() {
            if let Some(known) = set.get(name) {
                stated.extend(parameter(reader, name, name, known.kind, Author::User));
            } else if let Some(kind) = kind_in(context.catalogue, name) {
                _ = parameter(reader, name, name, kind, Author::User);
                unused.push(name);
            } else {
                reader.raw(name);
                let help = nearest(name, || set.iter().map(|known| known.name.as_str()));
                reader.fault_at(name, format!("there is no parameter `{name}`"), help);
            }
        }
        stated
    });
    set.extend(stated.unwrap_or_default());
    for name in unused {
        context.note(format!("parameter `{name}` is of hardware that nothing is made of"));
    }
}

/// The kind of a number of the catalogue by its whole name, such as `nics.intel-x520.speed`.
fn kind_in(catalogue: &Catalogue, name: &str) -> Option<UnitKind> {
    let (family, rest) = name.split_once('.')?;
    let family = Family::ALL.into_iter().find(|known| known.name() == family)?;
    let (model, field) = rest.rsplit_once('.')?;
    let (_, model) = catalogue.model(family, model)?;
    model.numbers.iter().find(|number| number.name == field).map(|number| number.kind)
}
