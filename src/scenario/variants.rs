//! `[[variants]]`: the same scenario with some values replaced.

use super::document::{Document, Node, Origin, Reader, Table, Value};
use super::levers::expand;
use super::models::Catalogue;
use super::opened::Setting as From;
use super::parameters::{flatten, protected};
use crate::diagnostic::Diagnostics;

/// What a scenario without variants is called.
pub(super) const BASE: &str = "base";
const MOST_VARIANTS: usize = 1_000;
/// Longer values are cut when they are shown.
const LONGEST_SHOWN: usize = 120;

/// A variant as written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) name: String,
    /// Path, where it was written, and the value that goes there.
    changes: Vec<(String, Origin, Node)>,
}

/// The variants of a document; one without changes when it has none.
pub(super) fn read(document: &Document, faults: &mut Diagnostics) -> Vec<Draft> {
    let mut root = Reader::root(document, faults);
    // The other fields are read later, with the changes applied.
    root.accept_rest();
    let mut names: Vec<String> = Vec::new();
    let drafts = root.array("variants", |index, reader| {
        let name: Option<String> = reader.required("name");
        let name = name.map(|name| name.trim().to_owned()).unwrap_or_default();
        if names.contains(&name.to_lowercase()) && !name.is_empty() {
            reader.fault_at("name", format!("there is another variant called `{name}`"), None);
        }
        names.push(name.to_lowercase());
        if index == MOST_VARIANTS {
            reader.fault(format!("there are more than {MOST_VARIANTS} variants"), None);
        }
        let mut changes = Vec::new();
        match reader.raw("set").map(|node| node.as_table()) {
            Some(Some(table)) => collect(document, table, "", &mut changes),
            Some(None) => {
                let help = "write set = { \"volumes.CSV1.owner\" = \"HV2\" }".to_owned();
                reader.fault_at("set", "expected a table of paths and values", Some(help));
            }
            None => {}
        }
        Draft { name, changes }
    });
    if drafts.is_empty() {
        return vec![Draft { name: BASE.to_owned(), changes: Vec::new() }];
    }
    drafts
}

/// Paths and values. A table made by an unquoted dotted key is part of the path, not a value.
fn collect(
    document: &Document,
    table: &Table,
    path: &str,
    changes: &mut Vec<(String, Origin, Node)>,
) {
    for (key, entry) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match entry.node.as_table() {
            Some(table) if dotted(document, &entry.node) => {
                collect(document, table, &path, changes);
            }
            _ => changes.push((path, entry.key.clone(), entry.node.clone())),
        }
    }
}

/// Whether a table has neither braces nor a header.
fn dotted(document: &Document, node: &Node) -> bool {
    let text = &document.file(node.file).text;
    !text.get(node.span.clone()).is_some_and(|text| text.starts_with(['{', '[']))
}

/// A setting from outside the file: path, and what it is set to as TOML or plain text.
pub(super) type Setting = (String, String);

/// Makes sure that tables which have defaults throughout, or may be empty, exist, and that
/// parameters are flat.
///
/// # Errors
/// When a parameter is given in two spellings.
pub(super) fn prepare(document: &mut Document) -> Result<(), Diagnostics> {
    let nowhere = document.root().origin();
    for table in ["run", "cluster", "parameters", "traffic", "backups"] {
        if document.get(table).is_none() {
            let node = Node { value: Value::Table(Table::new()), span: 0..0, file: nowhere.file };
            document.set_node(table, node, &nowhere)?;
        }
    }
    flatten(document)
}

/// Applies settings from the command line.
///
/// # Errors
/// All settings whose path leads nowhere.
pub(super) fn set(
    document: &mut Document,
    catalogue: &Catalogue,
    settings: &[Setting],
) -> Result<(), Diagnostics> {
    let from = |(path, literal)| From { path, literal, origin: "--set" };
    let settings = settings.iter().map(|(path, literal)| (path.as_str(), literal.as_str()));
    set_from(document, catalogue, &settings.map(from).collect::<Vec<_>>())
}

/// Applies settings that say where they are from.
///
/// # Errors
/// All settings whose path leads nowhere.
pub(super) fn set_from(
    document: &mut Document,
    catalogue: &Catalogue,
    settings: &[From<'_>],
) -> Result<(), Diagnostics> {
    let mut faults = Diagnostics::new();
    for From { path, literal, origin } in settings {
        let setting = ((*path).to_owned(), (*literal).to_owned());
        for (path, literal) in expand(document, catalogue, &setting) {
            if let Err(more) = document.set(&protected(&path), &literal, origin) {
                faults.append(more);
            }
        }
    }
    faults.into_result(())?;
    flatten(document)
}

impl Draft {
    /// The document with the changes of this variant.
    ///
    /// # Errors
    /// All changes whose path leads nowhere.
    pub(super) fn apply(&self, document: &Document) -> Result<Document, Diagnostics> {
        let mut changed = document.clone();
        let mut faults = Diagnostics::new();
        for (path, key, node) in &self.changes {
            if let Err(more) = changed.set_node(&protected(path), node.clone(), key) {
                faults.append(more);
            }
        }
        if let Err(more) = flatten(&mut changed) {
            faults.append(more);
        }
        faults.into_result(changed)
    }

    /// The changes, in order of the paths.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.changes.iter().map(|(path, _, node)| (path.as_str(), node))
    }

    /// The changes as `path = value`, in order of the paths.
    pub(super) fn describe(&self) -> Vec<String> {
        let describe = |(path, _, node): &(String, Origin, Node)| {
            let value = match &node.value {
                Value::String(text) => text.clone(),
                other => written(other),
            };
            let short: String = value.chars().take(LONGEST_SHOWN).collect();
            let cut = if short.len() < value.len() { "…" } else { "" };
            format!("{path} = {short}{cut}")
        };
        self.changes.iter().map(describe).collect()
    }
}

/// A value much as one would write it.
fn written(value: &Value) -> String {
    let list = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::String(text) => format!("\"{text}\""),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", list(items.iter().map(|item| written(&item.value)).collect()))
        }
        Value::Table(table) => {
            let pair = |(key, entry): (&String, &super::document::Entry)| {
                format!("{key} = {}", written(&entry.node.value))
            };
            format!("{{ {} }}", list(table.iter().map(pair).collect()))
        }
    }
}
