//! Changing a document at a dotted path: variants, sweeps and the command line.

use std::ops::Range;

use super::load::Document;
use super::node::{Entry, Node, Origin, Table, Value};
use super::parse::parse_literal;
use super::path::{self, Step, To};
use crate::diagnostic::{Diagnostics, SourceFile, suggest};

/// Names listed in a help text before it is cut.
const LISTED: usize = 12;

impl Document {
    /// Sets the value at `path`, such as `volumes.CSV1.owner`, to what `literal` spells in TOML,
    /// or to the literal itself as text when it spells nothing (`N2`, `64 KiB`).
    ///
    /// Keys with other characters than letters, digits, `_` and `-` are quoted as in TOML; `[0]`
    /// selects an array element. All but the last step must exist, so that a slip of the pen is
    /// found; the last key may be new. Faults, also later ones of meaning, point into a text of
    /// the form `path = literal` called `origin`, for instance `--set`.
    ///
    /// # Errors
    /// When the path is malformed or leads nowhere. The document is then unchanged.
    pub fn set(&mut self, path: &str, literal: &str, origin: &str) -> Result<(), Diagnostics> {
        let literal = literal.trim();
        let text = format!("{path} = {literal}");
        let file = SourceFile::new(origin, text);
        // Registered first, because what is set points to it; taken back when nothing is set.
        let mut changed = self.clone();
        let id = changed.files.push(file.clone());
        let node = parse_literal(literal, &file, id, path.len() + " = ".len())?;
        changed.set_node(path, node, &Origin { file: id, span: 0..path.len() })?;
        *self = changed;
        Ok(())
    }

    /// Sets the value at `path` to a node of this document, such as one of a variant.
    ///
    /// `key` is where the path was written; faults of the path point there.
    ///
    /// # Errors
    /// As for [`set`](Self::set).
    pub fn set_node(&mut self, path: &str, node: Node, key: &Origin) -> Result<(), Diagnostics> {
        let fault = |document: &Self, step: &Range<usize>, problem, help| {
            let mut fault = document.fault(&within(key, path, step), path, problem);
            fault.help = help;
            Diagnostics::from(fault)
        };
        let steps = path::parse(path).map_err(|error| {
            fault(self, &error.span, format!("invalid path: {}", error.problem), None)
        })?;
        place(&mut self.root, &steps, node, key)
            .map_err(|Dead { end, problem, help }| fault(self, &steps[end].span, problem, help))
    }
}

/// The bytes of a step, when the path stands unquoted at `key`; else all of `key`.
fn within(key: &Origin, path: &str, step: &Range<usize>) -> Origin {
    if key.span.len() == path.len() && !step.is_empty() {
        let start = key.span.start;
        Origin { file: key.file, span: start + step.start..start + step.end }
    } else {
        key.clone()
    }
}

/// A path that leads nowhere, at its step number `end`.
struct Dead {
    end: usize,
    problem: String,
    help: Option<String>,
}

/// Walks `steps` from `node` and puts `value` at their end.
fn place(root: &mut Node, steps: &[Step], value: Node, key: &Origin) -> Result<(), Dead> {
    let mut node = root;
    let mut walked = String::new();
    for (end, step) in steps.iter().enumerate() {
        let last = end + 1 == steps.len();
        let found = node.value.type_name();
        let dead = |problem, help| Dead { end, problem, help };
        let of = if walked.is_empty() { "the file".to_owned() } else { format!("`{walked}`") };
        node = match (&step.to, &mut node.value) {
            (To::Key(name), Value::Table(table)) if last => {
                put(table, name, value, key);
                return Ok(());
            }
            (To::Key(name), Value::Table(table)) => {
                if !table.contains_key(name) {
                    let help = known(name, table);
                    return Err(dead(format!("{of} has no `{name}`"), help));
                }
                walked = path::join(&walked, name);
                match table.get_mut(name) {
                    Some(entry) => &mut entry.node,
                    None => return Err(dead(format!("{of} has no `{name}`"), None)),
                }
            }
            (To::Index(index), Value::Array(items)) => {
                let count = items.len();
                let Some(item) = items.get_mut(*index) else {
                    let help = (count > 0).then(|| format!("the last one is [{}]", count - 1));
                    return Err(dead(format!("{of} has no element {index}"), help));
                };
                if last {
                    *item = value;
                    return Ok(());
                }
                walked = format!("{walked}[{index}]");
                item
            }
            (To::Key(name), _) => {
                return Err(dead(format!("{of} is {found}, so it has no `{name}`"), None));
            }
            (To::Index(_), _) => {
                return Err(dead(format!("{of} is {found}, so it has no elements"), None));
            }
        };
    }
    Ok(())
}

fn put(table: &mut Table, name: &str, node: Node, key: &Origin) {
    table.insert(name.to_owned(), Entry { key: key.clone(), node });
}

/// The nearest of the names in a table, or all of them.
fn known(given: &str, table: &Table) -> Option<String> {
    if let Some(near) = suggest(given, table.keys().map(String::as_str)) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut names: Vec<&str> = table.keys().map(String::as_str).take(LISTED).collect();
    if table.len() > LISTED {
        names.push("…");
    }
    (!names.is_empty()).then(|| format!("it has {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document::FileId;

    fn document() -> Document {
        let text = "[volumes.CSV1]\nowner = 'N1'\n[[phases]]\nlength = '1 h'\n";
        Document::from_text("a.toml", text).unwrap()
    }

    fn set(path: &str, literal: &str) -> Result<Value, String> {
        let mut document = document();
        let before = document.clone();
        match document.set(path, literal, "--set") {
            Ok(()) => Ok(document.get(path).unwrap().value.clone()),
            Err(fault) => {
                assert_eq!(document, before, "a failed setting changes nothing");
                Err(fault.iter().map(ToString::to_string).collect())
            }
        }
    }

    #[test]
    fn literals_are_toml_or_else_text() {
        let text = |text: &str| Ok(Value::String(text.to_owned()));
        assert_eq!(set("volumes.CSV1.owner", "N2"), text("N2"));
        assert_eq!(set("volumes.CSV1.owner", "\"N 2\""), text("N 2"));
        assert_eq!(set("volumes.CSV1.size", "64 GiB"), text("64 GiB"));
        assert_eq!(set("volumes.CSV1.disks", "4"), Ok(Value::Integer(4)));
        assert_eq!(set("phases[0].length", " 2 h"), text("2 h"));
        assert_eq!(set("volumes.\"a.b\"", "true"), Ok(Value::Boolean(true)));
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        let fault = |path: &str| set(path, "1").unwrap_err();
        assert_eq!(
            fault("volumes.CSV2.owner"),
            "--set:1:9: volumes.CSV2.owner: `volumes` has no `CSV2` (did you mean `CSV1`?)"
        );
        assert_eq!(
            fault("storage.x"),
            "--set:1:1: storage.x: the file has no `storage` (it has phases, volumes)"
        );
        assert_eq!(
            fault("volumes.CSV1.owner.x"),
            "--set:1:20: volumes.CSV1.owner.x: `volumes.CSV1.owner` is text, so it has no `x`"
        );
        assert_eq!(
            fault("phases[1].length"),
            "--set:1:7: phases[1].length: `phases` has no element 1 (the last one is [0])"
        );
        assert_eq!(
            fault("volumes[0]"),
            "--set:1:8: volumes[0]: `volumes` is a table, so it has no elements"
        );
        assert_eq!(
            fault("volumes..x"),
            "--set:1:9: volumes..x: invalid path: a name is missing here"
        );
    }

    #[test]
    fn a_variant_keeps_the_place_of_its_value() {
        let text = "[a]\nx = 1\n[variants.v]\n\"a.x\" = 2\n";
        let mut document = Document::from_text("a.toml", text).unwrap();
        let variant = document.get("variants.v").and_then(Node::as_table).unwrap().clone();
        for (path, entry) in variant {
            document.set_node(&path, entry.node, &entry.key).unwrap();
        }
        let node = document.get("a.x").unwrap();
        assert_eq!((&node.value, &text[node.span.clone()]), (&Value::Integer(2), "2"));
    }

    #[test]
    fn ids_of_files_are_those_of_the_document() {
        let mut document = document();
        document.set("volumes.CSV1.owner", "N2", "variant 1").unwrap();
        let node = document.get("volumes.CSV1.owner").unwrap();
        assert_ne!(node.file, FileId::from_index(0));
        assert_eq!(&*document.file(node.file).name, "variant 1");
        assert_eq!(&document.file(node.file).text[node.span.clone()], "N2");
    }
}
