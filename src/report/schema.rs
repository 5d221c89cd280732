//! The JSON Schema of the reports.
//!
//! It is a file made of the types: deriving it in every build would cost a tenth of the time that
//! building the library takes, so a test derives it and holds the file against that.

use serde_json::Value;

/// The schema (draft-07) of what `--format json` writes, whatever the kind of report.
///
/// Every number may be null: where it is not known, or, where `infinite` or `minus_infinite`
/// points to it, where it is without end.
///
/// ```
/// let schema = csvnet::report::schema();
/// assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
/// ```
#[must_use]
pub fn schema() -> Value {
    // A test reads the file; a null is a schema that accepts nothing useful, but no panic.
    serde_json::from_str(TEXT).unwrap_or_default()
}

const TEXT: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use boon::{Compiler, SchemaIndex, Schemas};
    use schemars::generate::SchemaSettings;
    use serde_json::{Map, json};

    use super::super::json::{INFINITE, KIND, VERSION};
    use super::super::{AnyReport, Format, SCHEMA_VERSION, fixture_all};
    use super::*;

    /// The schema of the types as they are.
    fn derived() -> Value {
        let mut generator = SchemaSettings::draft07().for_serialize().into_generator();
        let kinds = AnyReport::schemas(&mut generator);
        let mut definitions: Map<String, Value> = generator.take_definitions(true);
        definitions.values_mut().for_each(plain);
        for (kind, report) in &kinds {
            let name = report.as_value()["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            frame(&mut definitions[name], kind);
        }
        let kinds: Vec<Value> = kinds.into_iter().map(|(_, report)| report.to_value()).collect();
        json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "A report of csvnet",
            "description": "What csvnet writes with --format json; `kind` tells which report it \
                            is. Numbers that are not known or without end are null; `infinite` \
                            and `minus_infinite` point to the latter.",
            "type": "object",
            "required": [VERSION, KIND],
            "oneOf": kinds,
            "definitions": definitions,
        })
    }

    /// Numbers may be null, and how many bits they have does not matter.
    fn plain(schema: &mut Value) {
        match schema {
            Value::Object(fields) => {
                fields.remove("format");
                if fields.get("type") == Some(&json!("number")) {
                    fields.insert("type".to_owned(), json!(["number", "null"]));
                }
                fields.values_mut().for_each(plain);
            }
            Value::Array(items) => items.iter_mut().for_each(plain),
            _ => {}
        }
    }

    /// With what the document says beside the report.
    fn frame(report: &mut Value, kind: &str) {
        let properties = report["properties"].as_object_mut().unwrap();
        let about = "Rises when a field changes its meaning or goes away.";
        let version = json!({ "const": SCHEMA_VERSION, "description": about });
        properties.insert(VERSION.to_owned(), version);
        let about = "Which report it is.";
        properties.insert(KIND.to_owned(), json!({ "const": kind, "description": about }));
        for (name, what) in INFINITE.into_iter().zip(["above", "below"]) {
            let about = format!("Pointers (RFC 6901) to the numbers {what} zero without end.");
            let pointers = json!({
                "type": "array", "items": { "type": "string" }, "description": about,
            });
            properties.insert(name.to_owned(), pointers);
        }
        let required = report["required"].as_array_mut().unwrap();
        required.retain(|name| name != VERSION);
        required.splice(0..0, [json!(VERSION), json!(KIND)]);
    }

    fn compiled() -> (Schemas, SchemaIndex) {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("report.json", schema()).unwrap();
        let index = compiler.compile("report.json", &mut schemas).unwrap();
        (schemas, index)
    }

    fn json_of(report: &AnyReport) -> Value {
        let mut out = Vec::new();
        report.render(Format::Json, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    /// `CSVNET_WRITE=1 cargo test --lib report::schema` writes the file anew.
    #[test]
    fn the_file_is_that_of_the_types() {
        let text = format!("{}\n", serde_json::to_string_pretty(&derived()).unwrap());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/schema.json");
        if std::env::var_os("CSVNET_WRITE").is_some() {
            fs::write(path, &text).unwrap();
        } else {
            let same = fs::read_to_string(path).unwrap().replace('\r', "") == text;
            assert!(same, "src/report/schema.json is of other types: CSVNET_WRITE=1 writes it");
        }
    }

    #[test]
    fn every_report_fits() {
        let (schemas, index) = compiled();
        for report in fixture_all::all() {
            let report = json_of(&report);
            if let Err(fault) = schemas.validate(&report, index) {
                panic!("{}: {fault:#}", report[KIND]);
            }
        }
    }

    #[test]
    fn a_report_with_a_field_renamed_missing_or_of_another_type_does_not_fit() {
        let (schemas, index) = compiled();
        for report in fixture_all::all() {
            let report = json_of(&report);
            let fields: Vec<String> = report.as_object().unwrap().keys().cloned().collect();
            for field in fields.iter().filter(|field| !INFINITE.contains(&field.as_str())) {
                let mut other = report.clone();
                let value = other.as_object_mut().unwrap().remove(field).unwrap();
                assert!(schemas.validate(&other, index).is_err(), "{} {field}", report[KIND]);
                other[format!("{field}_")] = value;
                assert!(schemas.validate(&other, index).is_err(), "{} {field}", report[KIND]);
                other[field] = json!({ "no": "such value" });
                assert!(schemas.validate(&other, index).is_err(), "{} {field}", report[KIND]);
            }
        }
        let mut deep = json_of(&fixture_all::all().swap_remove(0));
        deep["kind"] = json!("poem");
        assert!(schemas.validate(&deep, index).is_err());
    }

    #[test]
    fn every_field_is_told() {
        let schema = schema();
        for (name, of) in schema["definitions"].as_object().unwrap() {
            for (field, of) in of["properties"].as_object().into_iter().flatten() {
                assert!(of["description"].is_string(), "{name}.{field}");
            }
        }
    }
}
