//! What the catalogue must hold, and that every entry says where it comes from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use csvnet::provenance::Source;
use csvnet::scenario::{Catalogue, Family, Model};

fn builtin() -> Catalogue {
    Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"))
}

/// What `of` finds in each model of a family.
fn each<T: Ord>(family: Family, of: impl Fn(&Model) -> T) -> BTreeSet<T> {
    let catalogue = builtin();
    let models = catalogue.names(family).filter_map(|name| catalogue.model(family, name));
    models.map(|(_, model)| of(model)).collect()
}

fn words(family: Family, field: &str) -> Vec<String> {
    each(family, |model| model.word(field).to_owned()).into_iter().collect()
}

/// A rate in whole Gb/s.
fn gbit_per_s(model: &Model, field: &str) -> u32 {
    (model.number(field) / 1e9).round() as u32
}

#[test]
fn there_are_models_of_every_kind() {
    let catalogue = builtin();
    for (family, least) in [
        (Family::Nics, 12),
        (Family::Switches, 8),
        (Family::Cpus, 8),
        (Family::Hbas, 6),
        (Family::Arrays, 8),
        (Family::Devices, 5),
        (Family::Teams, 4),
        (Family::S2d, 7),
    ] {
        let titles = each(family, |model| model.title.clone());
        assert!(titles.len() >= least, "{}: {}", family.name(), titles.len());
        assert_eq!(titles.len(), catalogue.names(family).count(), "a title is of one model");
    }
}

#[test]
fn ports_go_from_1_to_200_gigabit_with_every_kind_of_rdma() {
    let speeds = each(Family::Nics, |model| gbit_per_s(model, "speed"));
    for speed in [1, 10, 25, 40, 100, 200] {
        assert!(speeds.contains(&speed), "no port of {speed} Gb/s: {speeds:?}");
    }
    assert_eq!((speeds.first(), speeds.last()), (Some(&1), Some(&200)));
    assert_eq!(words(Family::Nics, "rdma"), ["infiniband", "iwarp", "none", "roce-v1", "roce-v2"]);
}

#[test]
fn adapters_speak_fibre_channel_and_sas_of_every_generation() {
    // Payload of 4, 8, 16 and 32 Gb/s Fibre Channel, and of four lanes of 6 and 12 Gb/s SAS.
    let rates = each(Family::Hbas, |model| {
        let megabytes = model.number("port-rate") / 8e6;
        (model.word("protocol").to_owned(), megabytes.round() as u32)
    });
    for (protocol, rate) in
        [("fc", 400), ("fc", 800), ("fc", 1600), ("fc", 3200), ("sas", 2200), ("sas", 4400)]
    {
        assert!(rates.contains(&(protocol.to_owned(), rate)), "{protocol} {rate}: {rates:?}");
    }
}

#[test]
fn arrays_are_of_both_kinds_and_have_up_to_two_active_controllers() {
    assert_eq!(words(Family::Arrays, "alua"), ["asymmetric", "symmetric"]);
    let controllers = each(Family::Arrays, |model| model.number("controllers") as u32);
    assert_eq!(
        controllers.into_iter().collect::<Vec<_>>(),
        [1, 2],
        "where one of two stands by, one is active"
    );
    // Drives that seek and flash that does not.
    let times = each(Family::Arrays, |model| (model.number("media-read") * 1e6) as u64);
    assert!(times.first() < Some(&1000) && times.last() > Some(&3000), "{times:?}");
}

#[test]
fn processors_go_over_several_generations() {
    let costs = each(Family::Cpus, |model| (model.number("relative-cost") * 100.0).round() as u32);
    assert!(costs.first() <= Some(&60) && costs.last() >= Some(&130), "{costs:?}");
    assert!(costs.contains(&100), "the reference is one of them: {costs:?}");
}

#[test]
fn the_profiles_are_there_by_name() {
    let names: Vec<String> = builtin().profile_names().map(str::to_owned).collect();
    let expected = [
        "antivirus-scan",
        "backup-read",
        "file-copy",
        "file-server",
        "iometer-file-server",
        "oltp-sql",
        "vdi-steady",
        "vmfleet-general-4k-w0",
        "vmfleet-general-4k-w10",
        "vmfleet-general-4k-w30",
        "vmfleet-peak-4k-read",
        "vmfleet-sql",
        "vmfleet-vdi",
    ];
    let missing: Vec<&str> =
        expected.into_iter().filter(|n| !names.contains(&(*n).into())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What a model leaves open about where it comes from.
fn unsourced(model: &Model) -> Option<&'static str> {
    let is_page =
        |link: &Option<String>| link.as_ref().is_some_and(|link| link.starts_with("http"));
    let said = |note: &Option<String>| note.as_ref().is_some_and(|note| !note.trim().is_empty());
    let published = |n: &&csvnet::provenance::Parameter| {
        matches!(n.source, Source::Documented | Source::Measured)
    };
    if model.numbers.is_empty() {
        // A team is how things are plugged together; what describes it is its page.
        let described = is_page(&model.link) && said(&model.note);
        return (!described).then_some("has neither numbers nor a page and a note");
    }
    if !model.numbers.iter().filter(published).all(|n| is_page(&n.link)) {
        return Some("has a published number without its page");
    }
    let own = |n: &&csvnet::provenance::Parameter| !published(n);
    if !model.numbers.iter().filter(own).all(|n| said(&n.note) || is_page(&n.link)) {
        return Some("has a reasoned number without its reason");
    }
    let linked = is_page(&model.link) || model.numbers.iter().any(|n| is_page(&n.link));
    let reasoned = model.numbers.iter().all(|n| said(&n.note));
    (!linked && !reasoned).then_some("names no source at all")
}

#[test]
fn every_model_names_its_source() {
    let catalogue = builtin();
    let mut wrong = Vec::new();
    for family in Family::ALL {
        for name in catalogue.names(family) {
            let (_, model) = catalogue.model(family, name).unwrap();
            wrong.extend(unsourced(model).map(|what| format!("{} {name} {what}", family.name())));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_model_without_source_is_found() {
    let catalogue = builtin();
    let (_, good) = catalogue.model(Family::Nics, "intel-x520").unwrap();
    assert_eq!(unsourced(good), None);
    let mut bare = good.clone();
    bare.numbers.clear();
    assert!(unsourced(&bare).is_some());
    for source in [Source::Documented, Source::Assumed] {
        let mut silent = good.clone();
        silent.numbers[0].source = source;
        silent.numbers[0].link = None;
        silent.numbers[0].note = None;
        assert!(unsourced(&silent).is_some(), "{source:?}");
    }
}

#[test]
fn every_profile_names_its_source() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/profiles.toml");
    let entries: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let catalogue = builtin();
    assert_eq!(entries.len(), catalogue.profile_names().count());
    for (name, entry) in &entries {
        let profile = catalogue.profile(name).unwrap();
        let page = profile.link.as_ref().is_some_and(|link| link.starts_with("http"));
        let note = profile.note.as_ref().is_some_and(|note| !note.trim().is_empty());
        match entry.get("source").and_then(toml::Value::as_str) {
            Some("documented") => assert!(page, "{name} is documented, but where?"),
            Some("assumed") => assert!(note, "{name} is assumed, but from what?"),
            other => panic!("{name}: {other:?} is no source of a profile"),
        }
    }
}
