//! The schemas that the built program prints, against what it reads and writes.

use std::fs;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

use super::{SMALL, code, csvnet, fine, folder_with, json};

fn compiled(schema: &str) -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("schema.json", json(schema)).expect("it is a schema");
    let index = compiler.compile("schema.json", &mut schemas).expect("it is a schema");
    (schemas, index)
}

fn toml(text: &str) -> Value {
    let table: toml::Table = text.parse().expect("it is TOML");
    serde_json::to_value(table).expect("it is JSON as well")
}

#[test]
fn every_schema_is_one_and_goes_to_a_file_as_to_the_terminal() {
    let folder = folder_with(&[]);
    let at = folder.path();
    for of in ["scenario", "report", "sweep", "map"] {
        let printed = fine(at, &["schema", of]);
        let schema = json(&printed);
        assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#", "{of}");
        assert!(schema["title"].is_string(), "{of}");
        compiled(&printed);
        for _ in 0..2 {
            fine(at, &["schema", of, "-o", "a.json"]);
            assert_eq!(fs::read_to_string(at.join("a.json")).unwrap(), printed, "{of}");
        }
    }
    assert_eq!(fine(at, &["schema"]), fine(at, &["schema", "scenario"]));
    assert_eq!(code(&csvnet(at, &["schema", "poem"])), 64);
}

#[test]
fn a_scenario_to_start_from_names_the_schema_and_fits_it() {
    let folder = folder_with(&[]);
    let at = folder.path();
    let (schemas, index) = compiled(&fine(at, &["schema"]));
    for kind in ["san", "s2d", "guest-cluster"] {
        let output = csvnet(at, &["init", kind, "-o", &format!("{kind}.toml")]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains("csvnet schema -o csvnet.schema.json"), "{told}");
        let text = fs::read_to_string(at.join(format!("{kind}.toml"))).unwrap();
        let named = text.lines().next().unwrap().strip_prefix("#:schema ").unwrap();
        fine(at, &["schema", "-o", named]);
        assert!(at.join("csvnet.schema.json").exists(), "{kind}");
        assert!(schemas.validate(&toml(&text), index).is_ok(), "{kind}");
        let wrong = text.replacen("duration", "duratoin", 1);
        assert!(schemas.validate(&toml(&wrong), index).is_err(), "{kind}");
    }
}

#[test]
fn every_report_that_is_printed_fits() {
    let limits = "limits = [\"mean latency <= 1 s\", \"cpu <= 99 %\"]\n";
    let sweep = "scenario = \"a.toml\"\n[axes.depth]\npath = \"workloads.w.outstanding\"\nvalues \
                 = [1, 2]\n";
    let folder = folder_with(&[("a.toml", &format!("{limits}{SMALL}")), ("grid.toml", sweep)]);
    let at = folder.path();
    let (schemas, index) = compiled(&fine(at, &["schema", "report"]));
    let mut kinds: Vec<String> = Vec::new();
    let mut fits = |arguments: &[&str]| {
        let output = csvnet(at, arguments);
        let (text, told) = (output.stdout, output.stderr);
        assert!([0, 2, 3].contains(&output.status.code().unwrap()), "{arguments:?}: {told:?}");
        let report: Value = serde_json::from_slice(&text).expect("the report is JSON");
        if let Err(fault) = schemas.validate(&report, index) {
            panic!("{arguments:?}: {fault:#}");
        }
        let text = serde_json::to_string(&report).unwrap();
        let renamed = text.replacen("\"title\":", "\"name of it\":", 1);
        let renamed = renamed.replacen("\"command\":", "\"line\":", 1);
        assert!(schemas.validate(&json(&renamed), index).is_err(), "{arguments:?}");
        kinds.push(report["kind"].as_str().unwrap().to_owned());
    };
    for command in ["run", "explain", "gate", "align"] {
        fits(&[command, "a.toml", "--format", "json"]);
    }
    fits(&["whatif", "a.toml", "--set", "workloads.w.outstanding=8", "--format", "json"]);
    fits(&["models", "list", "cpus", "--format", "json"]);
    fits(&["models", "show", "intel-x520", "--format", "json"]);
    fine(at, &["sweep", "plan", "grid.toml", "-o", "plan.json"]);
    fine(at, &["sweep", "run", "plan.json", "-o", "all.ndjson"]);
    fine(at, &["sweep", "merge", "all.ndjson", "-o", "all.json"]);
    fits(&["report", "all.json", "--format", "json"]);
    // A cluster of two nodes for what drains and grows.
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let two = home.join("examples/first-run.toml").to_string_lossy().into_owned();
    let short = ["--set", "run.duration=10ms", "--set", "run.warm-up=2ms"];
    for command in ["maintenance", "headroom"] {
        let arguments = [&[command, two.as_str(), "--format", "json"], &short[..]].concat();
        fits(&arguments);
    }
    kinds.sort();
    let all = [
        "align",
        "compare",
        "explain",
        "gate",
        "headroom",
        "maintenance",
        "model",
        "models",
        "run",
        "sweep",
    ];
    assert_eq!(kinds, all);
}
