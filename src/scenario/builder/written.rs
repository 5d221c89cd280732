//! Tables as a scenario file spells them.
//!
//! What a variant sets is told from its path by its braces, so `set` is written in one line.

use toml::{Table, Value};

use crate::scenario::document::{self, Node};

/// The file.
pub(super) fn text(root: &Table) -> String {
    let mut root = root.clone();
    let variants = root.remove("variants");
    let mut text = root.to_string();
    let Some(Value::Array(variants)) = variants else { return text };
    for variant in variants.iter().filter_map(Value::as_table) {
        text += "\n[[variants]]\n";
        for (key, value) in variant {
            for piece in [document::path_of(&[key.as_str()]), " = ".to_owned(), value.to_string()] {
                text += &piece;
            }
            text.push('\n');
        }
    }
    text
}

/// A value of a document.
pub(super) fn value(node: &Node) -> Value {
    match &node.value {
        document::Value::String(text) => Value::String(text.clone()),
        document::Value::Integer(number) => Value::Integer(*number),
        document::Value::Float(number) => Value::Float(*number),
        document::Value::Boolean(is) => Value::Boolean(*is),
        // A date is read as the text that it is.
        document::Value::Datetime(text) => {
            text.parse().map_or_else(|_| Value::String(text.clone()), Value::Datetime)
        }
        document::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        document::Value::Table(table) => {
            let entries = table.iter().map(|(key, entry)| (key.clone(), value(&entry.node)));
            Value::Table(entries.collect())
        }
    }
}
