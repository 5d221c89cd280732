//! Clusters over hours and months, against answers worked out by hand.

mod drain;
mod drains;
mod exposure;
mod failure;
mod growth;
mod loads;
mod random;
mod shares;
mod sweep;

use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Catalogue, Scenario, load};
use csvnet::timeline::{Entry, EntryKind, Settings, Timeline, follow};

/// Three nodes at one switch and one array; machines and what happens are added by each test.
pub(super) const BASE: &str = r#"
title = "three nodes"

[timeline]
start = "2026-11-23 00:00"
horizon = "6 h"
fidelity = "fast"

[rules]
node-fairness = "off"
csv-balancer = false
live-migration = { transport = "tcp", simultaneous = 2 }
failover = { detection = "10 s", volume-pause = "5 s", restart = "40 s", starts-at-once = 2 }

[cluster]
windows = "2022"

[networks.csv]
switch = "ideal"
mtu = "9000 B"

[nodes.HV]
count = 3
cpu = "two-xeon-gold-6130"
memory = "256 GB"
nics.p = { model = "stated-rate", network = "csv" }
hbas.fc = { model = "qlogic-qle2742", storage = "array" }

[storage.array]
kind = "array"
model = "generic-all-flash"

[volumes.CSV]
count = 3
storage = "array"
file-system = "ReFS"
owner = "HV"

[parameters]
nics.stated-rate.speed = "10 Gbit/s"
"#;

/// One machine on HV1 whose disk lies on CSV2, with 100 reads of 64 KiB a second.
pub(super) const ASTRAY: &str = r#"
[vms.a]
node = "HV1"
memory = "8 GB"
disks.d = { volume = "CSV2" }

[workloads.a]
vm = "a"
disk = "d"
block = "64 KiB"
read = "100 %"
rate = "100 IOPS"
arrivals = "paced"
working-set = "10 GB"
"#;

/// The scenario of some texts, one after the other.
pub(super) fn scenario(texts: &[&str]) -> Scenario {
    try_scenario(texts).unwrap_or_else(|faults| panic!("{faults}"))
}

pub(super) fn try_scenario(texts: &[&str]) -> Result<Scenario, String> {
    let files = MemoryFiles::new().with("t.toml", texts.concat());
    let loaded = load("t.toml".as_ref(), &files, &[], &[]);
    let mut loaded = loaded.map_err(|faults| faults.to_string())?;
    Ok(loaded.variants.remove(0).scenario)
}

/// Its timeline.
pub(super) fn followed(scenario: &Scenario) -> Timeline {
    let parameters = scenario.parameters.clone().freeze();
    let settings = Settings { threads: Some(1), ..Settings::default() };
    let timeline = follow(scenario, &parameters, settings, &|| false, &|_, _| {});
    timeline.unwrap_or_else(|error| panic!("{error}")).expect("it has a timeline")
}

/// The first entry whose text holds some words.
pub(super) fn entry<'t>(timeline: &'t Timeline, words: &str) -> &'t Entry {
    let found = timeline.log.iter().find(|entry| entry.text.contains(words));
    found.unwrap_or_else(|| panic!("no entry `{words}` in {:#?}", timeline.log))
}

/// Entries of a kind, as `subject: text`.
pub(super) fn told(timeline: &Timeline, kind: EntryKind) -> Vec<String> {
    timeline.entries(kind).map(|entry| format!("{}: {}", entry.subject, entry.text)).collect()
}

/// Seconds of machine `name` redirected, whatever the cause.
pub(super) fn exposed_s(scenario: &Scenario, timeline: &Timeline, name: &str) -> f64 {
    let vm = scenario.cluster.vms.ids().find(|vm| scenario.cluster.vms[*vm].name == name);
    let of = timeline.exposure.get(&vm.expect("a machine of that name"));
    of.map_or(0.0, |causes| causes.values().map(|exposed| exposed.seconds).sum())
}

/// That the catalogue can be read at all, once for all tests here.
#[test]
fn the_base_is_complete_once_it_has_a_load() {
    assert!(Catalogue::builtin().is_ok());
    assert!(try_scenario(&[BASE]).is_err());
    let timeline = followed(&scenario(&[BASE, ASTRAY]));
    assert_eq!((timeline.epochs.len(), timeline.figures.len()), (1, 1));
    assert_eq!(timeline.epochs[0].to, timeline.plan.end);
}
