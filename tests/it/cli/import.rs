//! From a folder to a run: what is imported is checked and run by the program.

use std::fs;
use std::path::Path;

use super::*;

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name);
    folder.to_string_lossy().into_owned()
}

#[test]
fn every_folder_becomes_a_scenario_that_is_checked_and_run() {
    for (name, nodes) in [("s2d-2022", 2), ("san-2016", 3), ("states-only", 2)] {
        let folder = folder_with(&[]);
        let output = csvnet(folder.path(), &["import", &fixture(name), "-o", "made.toml"]);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(code(&output), 0, "{name}: {told}");
        assert!(output.stdout.is_empty());
        assert!(told.contains("assumed: "), "{told}");
        assert!(told.contains(&format!("made.toml: {nodes} nodes, 2 volumes, ")), "{told}");
        let made = fs::read_to_string(folder.path().join("made.toml")).expect("it was written");
        for line in told.lines().filter(|line| line.starts_with("assumed: ")) {
            assert!(made.contains(&format!("# - {line}\n")), "{line}");
        }
        fine(folder.path(), &["check", "made.toml"]);
        let short = ["run", "made.toml", "--replications", "2", "--format", "json"];
        let times = ["--set", "run.duration=500 ms", "--set", "run.warm-up=20 ms"];
        let report = json(&fine(folder.path(), &[&short[..], &times].concat()));
        let placeholder = made.contains("\nassumed = [\"the load of ");
        let warnings = report["warnings"].to_string();
        assert_eq!(placeholder, warnings.contains("assumed: the load of "), "{name}: {warnings}");
        assert!(placeholder || name == "san-2016", "only there loads were measured: {name}");
        let loads = report["variants"][0]["workloads"].as_array().expect("there are workloads");
        assert!(!loads.is_empty(), "{name}");
        for load in loads {
            assert!(load["iops"]["value"].as_f64().is_some_and(|iops| iops > 50.0), "{load}");
        }
    }
}

#[test]
fn a_folder_that_contradicts_itself_writes_nothing() {
    let nodes = "[{\"Name\":\"A\",\"State\":0}]";
    let volumes = "[{\"Name\":\"V\",\"OwnerNode\":\"Z\"},{\"Name\":\"W\",\"OwnerNode\":\"Y\"}]";
    let folder =
        folder_with(&[("Get-ClusterNode.json", nodes), ("Get-ClusterSharedVolume.json", volumes)]);
    let output = csvnet(folder.path(), &["import", ".", "-o", "made.toml"]);
    assert_eq!(code(&output), 1);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("its owner `Z` is no node") && told.contains("its owner `Y`"), "{told}");
    assert!(told.contains("Get-ClusterSharedVolume.json"), "{told}");
    assert_eq!(names(folder.path()), ["Get-ClusterNode.json", "Get-ClusterSharedVolume.json"]);
    let output = csvnet(folder.path(), &["import", "nowhere"]);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn the_script_goes_to_the_screen_or_into_a_file() {
    let folder = folder_with(&[]);
    let script = fine(folder.path(), &["collect-script"]);
    assert!(script.contains("Get-ClusterSharedVolumeState") && !script.contains('\r'));
    assert!(fine(folder.path(), &["collect-script", "-o", "collect.ps1"]).is_empty());
    let file = fs::read_to_string(folder.path().join("collect.ps1")).expect("it was written");
    assert_eq!(file.replace("\r\n", "\n"), script);
}
