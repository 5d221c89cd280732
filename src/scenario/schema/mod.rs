//! The JSON Schema of the scenario file, by which editors complete, explain and check it.
//!
//! The fields stand here as data, apart from the readers that read them. So that the two cannot
//! drift apart, tests gather every field that a reader ever asks for, with its type and its
//! choices, while it reads all examples and the documentation, and hold that against this.
//!
//! A file may be included by another one, and merging is key by key: hardly any table can be said
//! to be complete. So the schema requires nothing but in lists of tables, which merge as a whole.

mod json;
mod load;
mod machine;
mod network;
mod node;
mod parameters;
mod shape;
mod storage;
mod text;
mod time;
mod top;
mod volume;

use serde_json::{Value, json};

use super::models::Catalogue;
pub(crate) use json::document;
pub(crate) use shape::{
    Field, Shape, count, counts, field, flag, list, named, names, number, one_of, ratio, table,
    text, words, words_of,
};

/// The schema (draft-07) of the scenario file of this version of csvnet, as a JSON value.
///
/// ```
/// let schema = csvnet::scenario::schema();
/// assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
/// assert!(schema["properties"]["nodes"]["description"].is_string());
/// ```
#[must_use]
pub fn schema() -> Value {
    let title = "A scenario of csvnet";
    let mut schema = document(title, &fields());
    // A variant may change any part, under the same names, or at a dotted path in quotes.
    let mut parts: serde_json::Map<String, Value> = top::names_of_parts()
        .map(|part| (part.clone(), json!({ "$ref": format!("#/properties/{part}") })))
        .collect();
    for part in ["variants", "include"] {
        parts.remove(part);
    }
    let set = &mut schema["properties"]["variants"]["items"]["properties"]["set"];
    set["properties"] = Value::Object(parts);
    set["patternProperties"] = json!({ "[.\\[]": {} });
    set["additionalProperties"] = Value::Bool(false);
    schema
}

/// What may stand at the top of a scenario.
fn fields() -> Vec<Field> {
    // A released program has a catalogue without faults; a test sees to it.
    top::fields(&Catalogue::builtin().unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;
