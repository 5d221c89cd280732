//! The files that come with the crate: models, parameters, examples.

#![expect(clippy::unwrap_used, reason = "a helper of tests may fail as they do")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use csvnet::app::{Options, check, explain};
use csvnet::provenance::{Parameter, Source};
use csvnet::scenario::document::MemoryFiles;
use csvnet::scenario::{Catalogue, Family, load};
use proptest::prelude::*;

fn home(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// The TOML files of a folder, in order.
fn toml_files(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(home(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    files
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// What is wrong with what is told of a number; nothing, most of the time.
fn complaint(number: &Parameter) -> Option<String> {
    let said = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let problem = match number.source {
        Source::Assumed if !said(&number.note) => "is assumed and has no note",
        Source::Documented | Source::Measured if !said(&number.link) => "has no link",
        Source::Given => "is given by nobody",
        _ if number.validate().is_err() => "is outside its range",
        _ if number.link.as_ref().is_some_and(|link| !link.starts_with("http")) => {
            "has a link that leads nowhere"
        }
        _ => return None,
    };
    Some(format!("{} {problem}", number.name))
}

#[test]
fn every_file_of_models_is_part_of_the_catalogue() {
    let catalogue = Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    for path in toml_files("models") {
        let text = fs::read_to_string(&path).unwrap();
        let entries: toml::Table = text.parse().unwrap();
        let file = name(&path);
        if let Some(family) = Family::ALL.into_iter().find(|family| family.name() == file) {
            let known: Vec<&str> = catalogue.names(family).collect();
            let mut written: Vec<&str> = entries.keys().map(String::as_str).collect();
            written.sort_unstable();
            assert_eq!(written, known, "{file}");
        } else if file == "catalogue" {
            let choices = csvnet::plan::size::Choices::builtin();
            let choices = choices.unwrap_or_else(|faults| panic!("{faults}"));
            let written = entries["option"].as_array().map(Vec::len);
            assert_eq!(written, Some(choices.all.len()));
        } else if file == "profiles" {
            assert_eq!(entries.len(), catalogue.profile_names().count());
        } else {
            assert_eq!(file, "parameters", "nothing reads this file");
        }
    }
}

#[test]
fn every_number_of_a_model_says_where_it_comes_from() {
    let catalogue = Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    let mut wrong = Vec::new();
    for family in Family::ALL {
        for id in catalogue.names(family) {
            let (_, model) = catalogue.model(family, id).unwrap();
            assert!(!model.title.trim().is_empty(), "{id}");
            let fields: BTreeMap<&str, _> = family.numbers().iter().copied().collect();
            for number in &model.numbers {
                assert_eq!(fields.get(number.name.as_str()), Some(&number.kind), "{id}");
                let told = complaint(number);
                wrong.extend(told.map(|told| format!("{} {id}: {told}", family.name())));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_parameter_of_the_model_says_where_it_comes_from() {
    let catalogue = Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"));
    let parameters = catalogue.parameters();
    assert!(parameters.len() > 20, "{}", parameters.len());
    let wrong: Vec<String> = parameters.iter().filter_map(complaint).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // What was assumed and is known exactly all the same is a definition, or off unless stated.
    let beliefs = parameters.iter().filter(|p| p.source == Source::Assumed && p.exact());
    let exact: Vec<&str> = beliefs.map(|p| p.name.as_str()).collect();
    let expected = [
        "host.latency",
        "migration.passes",
        "model-error.measured",
        "model-error.never-measured",
        "model-error.transferred",
        "smb.interim.after",
        "tcp.acks-apart",
        "wire.segment",
    ];
    assert_eq!(exact, expected);
}

#[test]
fn every_example_is_sound() {
    for path in toml_files("examples") {
        let notes = check(&path, &Options::default());
        let notes = notes.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!notes.is_empty(), "{}", path.display());
        if name(&path) == "device-trace" {
            // A device is fitted before anything can be explained; once is enough.
            continue;
        }
        let explained = explain(&path, &Options::default()).unwrap();
        assert!(!explained.title.is_empty());
        for variant in &explained.variants {
            assert!(!variant.paths.is_empty(), "{}: {}", path.display(), variant.name);
        }
    }
}

/// Names, numbers, strings and signs, each a token.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = |c: char| (c.is_alphanumeric() || c == '-' || c == '_', c == ' ');
        let length = if kind(first) == (false, false) {
            first.len_utf8()
        } else {
            rest.find(|c| kind(c) != kind(first)).unwrap_or(rest.len())
        };
        let (token, more) = rest.split_at(length);
        tokens.push(token);
        rest = more;
    }
    tokens
}

/// What may be done to a token.
#[derive(Clone, Debug)]
enum Change {
    Delete,
    Double,
    Swap(prop::sample::Index),
    Put(&'static str),
}

fn change() -> impl Strategy<Value = Change> {
    const WORDS: [&str; 20] = [
        "0",
        "-1",
        "1e400",
        "nan",
        "18446744073709551616",
        "\"",
        "'",
        "[",
        "]",
        "{",
        "}",
        "=",
        ".",
        "\n",
        "\u{0}",
        "ü",
        "\"1 us\"",
        "true",
        "[[variants]]",
        "64",
    ];
    prop_oneof![
        Just(Change::Delete),
        Just(Change::Double),
        any::<prop::sample::Index>().prop_map(Change::Swap),
        prop::sample::select(WORDS.to_vec()).prop_map(Change::Put),
    ]
}

fn mutated(text: &str, changes: &[(prop::sample::Index, Change)]) -> String {
    let mut tokens = tokens(text);
    for (at, change) in changes {
        let at = at.index(tokens.len());
        match change {
            Change::Delete => tokens[at] = "",
            Change::Double => tokens.insert(at, tokens[at]),
            Change::Swap(with) => tokens[at] = tokens[with.index(tokens.len())],
            Change::Put(word) => tokens[at] = word,
        }
    }
    tokens.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_examples_are_read_or_refused(
        which in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), change()), 1..6),
    ) {
        let path = &toml_files("examples")[which];
        let text = mutated(&fs::read_to_string(path).unwrap(), &changes);
        let trace = "time_ns,op,lba_512,sectors,response_ns\n0,W,0,8,9000\n100,R,8,8,7000\n\
                     200,D,8,8,10\n300,W,16,8,9000\n400,R,0,8,8000\n";
        let files = MemoryFiles::new()
            .with("a.toml", text)
            .with("traces/ycsb_a_rocksdb_optane.csv", trace);
        match load(Path::new("a.toml"), &files, &[], &[]) {
            Ok(loaded) => prop_assert!(!loaded.variants.is_empty()),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                // Every fault can be shown where it is.
                prop_assert!(faults.render(false).contains("a.toml"));
            }
        }
    }
}

#[test]
fn a_text_is_the_sum_of_its_tokens() {
    let text = "a-b = \"1 us\" # ü\n[x.y]\n";
    assert_eq!(tokens(text).concat(), text);
    assert_eq!(tokens("a-b = 1"), ["a-b", " ", "=", " ", "1"]);
}
