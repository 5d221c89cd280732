//! Shapes as JSON Schema, draft-07.

use serde_json::{Map, Value, json};

use super::shape::{Field, Shape, parameter, parameter_kind};
use super::text;
use crate::units::UnitKind;

/// The dialect that editors of TOML and JSON read.
pub(crate) const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// A file that is a table with these fields.
pub(crate) fn document(title: &str, fields: &[Field]) -> Value {
    let mut schema = json!({ "$schema": DIALECT, "title": title });
    extend(&mut schema, fields_of(fields));
    let text = schema.to_string();
    let definitions: Map<String, Value> = KINDS
        .into_iter()
        .filter(|kind| text.contains(&reference(*kind)))
        .map(|kind| (definition(kind), whole(&parameter(kind))))
        .collect();
    if !definitions.is_empty() {
        schema["definitions"] = Value::Object(definitions);
    }
    schema
}

const KINDS: [UnitKind; 6] = [
    UnitKind::Time,
    UnitKind::Bytes,
    UnitKind::Rate,
    UnitKind::Iops,
    UnitKind::Ratio,
    UnitKind::Count,
];

/// What a number of the model is called among the definitions: there are hundreds of them.
fn definition(kind: UnitKind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn reference(kind: UnitKind) -> String {
    format!("#/definitions/{}", definition(kind))
}

fn extend(schema: &mut Value, more: Value) {
    if let (Value::Object(all), Value::Object(more)) = (schema, more) {
        all.extend(more);
    }
}

fn fields_of(fields: &[Field]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.name.clone(), of_field(field))).collect();
    let required: Vec<&str> =
        fields.iter().filter(|field| field.required).map(|field| field.name.as_str()).collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn of_field(field: &Field) -> Value {
    let mut schema = of(&field.shape);
    let mut about = field.about.clone();
    let mut add = |sentence: String| {
        if !about.is_empty() {
            about.push(' ');
        }
        about.push_str(&sentence);
    };
    if let Some(told) = told(&field.shape) {
        add(told);
    }
    if field.required {
        add("Required.".to_owned());
    }
    if let Some(default) = &field.default {
        add(format!("Default: {default}."));
        // What fits the shape can be put in by an editor; the rest is told only.
        schema["default"] = default.clone();
    }
    schema["description"] = Value::String(about);
    schema
}

/// The unit and the bounds in a sentence, where there are any.
fn told(shape: &Shape) -> Option<String> {
    Some(match shape {
        Shape::Quantity(kind) => capital(&text::told(*kind)),
        Shape::Whole(low, u64::MAX) => format!("A whole number from {low} on."),
        Shape::Whole(low, high) => format!("A whole number, {low} to {high}."),
        Shape::Length(true) => {
            "A length of time, such as \"90 min\", \"7 d\" or \"18 mo\".".to_owned()
        }
        Shape::Length(false) => "A length of time, such as \"90 min\" or \"7 d\".".to_owned(),
        Shape::Instant => {
            "A date and time, such as \"2026-11-24 22:00\", or a length since the start, such as \
             \"26 h\"."
                .to_owned()
        }
        Shape::OneOf(shapes) => return shapes.iter().find_map(told),
        _ => return None,
    })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn of(shape: &Shape) -> Value {
    match parameter_kind(shape) {
        // What stands beside a reference does not count in this dialect.
        Some(kind) => json!({ "allOf": [{ "$ref": reference(kind) }] }),
        None => whole(shape),
    }
}

fn whole(shape: &Shape) -> Value {
    // Text of blanks only is refused by the reader.
    let any_text = r"\S";
    match shape {
        Shape::Text | Shape::Name => json!({ "type": "string", "pattern": any_text }),
        Shape::Pattern(form) => json!({ "type": "string", "pattern": form }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Number | Shape::Quantity(UnitKind::Count) => {
            json!({ "type": "number", "minimum": 0 })
        }
        Shape::Whole(low, high) => {
            let mut schema = json!({ "type": "integer", "minimum": low });
            if i64::try_from(*high).is_ok_and(|high| high < i64::MAX) {
                schema["maximum"] = json!(high);
            }
            schema
        }
        Shape::Quantity(kind) => json!({
            "type": "string",
            "pattern": text::of(*kind),
            "examples": [text::example(*kind)],
        }),
        Shape::Length(months) => {
            let form = if *months { text::LONG_LENGTH } else { text::LENGTH };
            json!({ "type": "string", "pattern": form, "examples": ["90 min"] })
        }
        Shape::Instant => json!({ "type": "string", "pattern": text::INSTANT }),
        Shape::Words(words) => json!({ "enum": words }),
        Shape::Names => {
            let name = of(&Shape::Name);
            json!({ "anyOf": [name, { "type": "array", "items": name }] })
        }
        Shape::List(item) => json!({ "type": "array", "items": of(item) }),
        Shape::OneOf(shapes) => json!({ "anyOf": shapes.iter().map(of).collect::<Vec<_>>() }),
        Shape::Table(fields) => fields_of(fields),
        Shape::Array(fields) => json!({ "type": "array", "items": fields_of(fields) }),
        Shape::Named(None, held) => json!({ "type": "object", "additionalProperties": of(held) }),
        Shape::Named(Some(form), held) => json!({
            "type": "object",
            "patternProperties": { *form: of(held) },
            "additionalProperties": false,
        }),
        Shape::Tree(fields, patterns) => {
            let mut schema = fields_of(fields);
            let patterns: Map<String, Value> = patterns
                .iter()
                .map(|(family, field)| {
                    (format!(r"^{family}\..+\.{}$", field.name), of_field(field))
                })
                .collect();
            schema["patternProperties"] = Value::Object(patterns);
            schema
        }
        Shape::Anything => json!({}),
    }
}
