//! The built-in catalogue: hardware and workload profiles by name, and the model's own numbers.

use std::collections::BTreeMap;

use super::document::{Document, Node, Reader};
use super::numbers::{Author, kind_of, parameter};
use crate::diagnostic::Diagnostics;
use crate::provenance::{Parameter, ParameterSet, Source};
use crate::units::UnitKind;
use crate::units::UnitKind::{Bytes, Count, Rate, Ratio, Time};

const PARAMETERS: &str = include_str!("../../models/parameters.toml");
const PROFILES: &str = include_str!("../../models/profiles.toml");

/// A family of hardware: one file of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Ports of network adapters.
    Nics,
    /// Network switches.
    Switches,
    /// Processors of a node.
    Cpus,
    /// Host bus adapters.
    Hbas,
    /// Shared storage arrays.
    Arrays,
    /// Storage devices of one node.
    Devices,
    /// Set-ups of teams.
    Teams,
    /// The drives of a node of Storage Spaces Direct, or of a shared enclosure.
    S2d,
}

impl Family {
    /// All families.
    pub const ALL: [Self; 8] = [
        Self::Nics,
        Self::Switches,
        Self::Cpus,
        Self::Hbas,
        Self::Arrays,
        Self::Devices,
        Self::Teams,
        Self::S2d,
    ];

    /// The name of its file and the head of its parameter names.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nics => "nics",
            Self::Switches => "switches",
            Self::Cpus => "cpus",
            Self::Hbas => "hbas",
            Self::Arrays => "arrays",
            Self::Devices => "devices",
            Self::Teams => "teams",
            Self::S2d => "s2d",
        }
    }

    /// What one of its members is called in messages.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Nics => "network adapter",
            Self::Switches => "switch",
            Self::Cpus => "CPU",
            Self::Hbas => "host bus adapter",
            Self::Arrays => "storage array",
            Self::Devices => "storage device",
            Self::Teams => "team set-up",
            Self::S2d => "set of drives",
        }
    }

    /// The numbers its members have, each with its kind.
    #[must_use]
    pub const fn numbers(self) -> &'static [(&'static str, UnitKind)] {
        match self {
            Self::Nics => &[("latency", Time), ("rss-queues", Count), ("speed", Rate)],
            Self::Switches => &[("latency", Time)],
            Self::Cpus => &[
                ("cores", Count),
                ("cost-rise", Ratio),
                ("counted", Ratio),
                ("in-use", Ratio),
                ("relative-cost", Ratio),
            ],
            Self::Hbas => &[("latency", Time), ("port-rate", Rate), ("ports", Count)],
            Self::Arrays => &[
                ("cache-access", Time),
                ("cache-mirror-rate", Rate),
                ("controller-per-io", Time),
                ("controller-servers", Count),
                ("controllers", Count),
                ("front-end-ports", Count),
                ("front-end-rate", Rate),
                ("media-rate", Rate),
                ("media-read", Time),
                ("media-servers", Count),
                ("media-stripe", Bytes),
                ("media-write", Time),
                ("read-cache", Bytes),
                ("write-cache", Bytes),
                ("write-penalty", Count),
            ],
            Self::Devices => &[
                ("dies", Count),
                ("read-latency", Time),
                ("read-per-byte", Time),
                ("read-rate", Rate),
                ("scv", Count),
                ("servers", Count),
                ("write-latency", Time),
                ("write-per-byte", Time),
                ("write-rate", Rate),
            ],
            Self::Teams => &[],
            Self::S2d => {
                &[("cache-drives", Count), ("cache-size", Bytes), ("capacity-drives", Count)]
            }
        }
    }

    /// Whether a number may be left out, and with it what it describes.
    #[must_use]
    pub fn optional(self, field: &str) -> bool {
        match self {
            Self::Arrays => ["cache-mirror-rate", "media-stripe"].contains(&field),
            Self::Cpus => ["counted", "in-use"].contains(&field),
            Self::Devices => ["dies", "read-per-byte", "read-rate", "write-per-byte", "write-rate"]
                .contains(&field),
            _ => false,
        }
    }

    /// The words that every member has.
    #[must_use]
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Nics => &["rdma"],
            Self::Switches => &["mode"],
            Self::Hbas => &["protocol"],
            Self::Arrays => &["alua"],
            Self::Teams => &["algorithm", "mode"],
            Self::S2d => &["cache", "cache-mode", "capacity"],
            Self::Cpus | Self::Devices => &[],
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Nics => include_str!("../../models/nics.toml"),
            Self::Switches => include_str!("../../models/switches.toml"),
            Self::Cpus => include_str!("../../models/cpus.toml"),
            Self::Hbas => include_str!("../../models/hbas.toml"),
            Self::Arrays => include_str!("../../models/arrays.toml"),
            Self::Devices => include_str!("../../models/devices.toml"),
            Self::Teams => include_str!("../../models/teams.toml"),
            Self::S2d => include_str!("../../models/s2d.toml"),
        }
    }
}

/// A piece of hardware.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What it is.
    pub title: String,
    /// Where most of its figures come from.
    pub link: Option<String>,
    /// What to know before using it.
    pub note: Option<String>,
    /// Its words, such as the RDMA it speaks, by field.
    pub words: BTreeMap<String, String>,
    /// Its numbers; the name of each is its field only.
    pub numbers: Vec<Parameter>,
}

impl Model {
    /// The value of a number in its base unit; zero for a field it does not have.
    #[must_use]
    pub fn number(&self, field: &str) -> f64 {
        self.numbers.iter().find(|number| number.name == field).map_or(0.0, |number| number.value)
    }

    /// A word; empty for a field it does not have.
    #[must_use]
    pub fn word(&self, field: &str) -> &str {
        self.words.get(field).map_or("", String::as_str)
    }
}

/// The load of one virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What it is.
    pub title: String,
    /// Where it comes from.
    pub link: Option<String>,
    /// What to know before using it.
    pub note: Option<String>,
    /// DiskSpd command lines without target, all running at once.
    pub lines: Vec<String>,
}

/// Everything that is built in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Catalogue {
    models: BTreeMap<Family, BTreeMap<String, Model>>,
    profiles: BTreeMap<String, Profile>,
    parameters: ParameterSet,
}

impl Catalogue {
    /// The catalogue this program was built with.
    ///
    /// # Errors
    /// The faults of its files; a released program has none.
    pub fn builtin() -> Result<Self, Diagnostics> {
        let mut catalogue = Self::default();
        let mut faults = Diagnostics::new();
        for family in Family::ALL {
            let name = format!("models/{}.toml", family.name());
            let read = |reader: &mut Reader<'_, '_>| model(reader, family);
            let models = tables(&name, family.text(), &mut faults, read);
            catalogue.models.insert(family, models);
        }
        catalogue.profiles = tables("models/profiles.toml", PROFILES, &mut faults, profile);
        match Document::from_text("models/parameters.toml", PARAMETERS) {
            Ok(document) => {
                let mut root = Reader::root(&document, &mut faults);
                numbers(&mut root, "", &mut catalogue.parameters);
            }
            Err(more) => faults.append(more),
        }
        faults.into_result(catalogue)
    }

    /// Every text it is made of, in a fixed order.
    pub(super) fn texts() -> impl Iterator<Item = &'static str> {
        Family::ALL.into_iter().map(Family::text).chain([PROFILES, PARAMETERS])
    }

    /// The model called `name` and its name as the catalogue spells it. Case does not matter.
    #[must_use]
    pub fn model(&self, family: Family, name: &str) -> Option<(&str, &Model)> {
        let models = self.models.get(&family)?;
        let found = models.get_key_value(name.trim().to_lowercase().as_str());
        found.map(|(name, model)| (name.as_str(), model))
    }

    /// The names of a family, in order.
    pub fn names(&self, family: Family) -> impl Iterator<Item = &str> {
        self.models.get(&family).into_iter().flat_map(|m| m.keys().map(String::as_str))
    }

    /// The workload profile called `name`. Case does not matter.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name.trim().to_lowercase().as_str())
    }

    /// The names of the workload profiles, in order.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// The model's own numbers.
    #[must_use]
    pub const fn parameters(&self) -> &ParameterSet {
        &self.parameters
    }
}

/// What `read` makes of each table of a file, by its name in small letters.
fn tables<T>(
    name: &str,
    text: &str,
    faults: &mut Diagnostics,
    read: impl Fn(&mut Reader<'_, '_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let document = match Document::from_text(name, text) {
        Ok(document) => document,
        Err(more) => {
            faults.append(more);
            return all;
        }
    };
    let mut root = Reader::root(&document, faults);
    for key in root.keys() {
        if let Some(item) = root.table(key, &read).flatten()
            && all.insert(key.to_lowercase(), item).is_some()
        {
            root.fault_at(key, "names must differ in more than case", None);
        }
    }
    all
}

fn model(reader: &mut Reader<'_, '_>, family: Family) -> Option<Model> {
    let title = reader.required("title");
    let (link, note): (Option<String>, _) = (reader.text("link"), reader.text("note"));
    let mut words = BTreeMap::new();
    for field in family.words() {
        if let Some(word) = reader.required::<String>(field) {
            words.insert((*field).to_owned(), word);
        }
    }
    let mut numbers = Vec::new();
    for &(field, kind) in family.numbers() {
        if family == Family::Devices && field == "scv" && !reader.has(field) {
            reader.raw(field);
            let note = "taken as constant until a fit tells the spread".to_owned();
            let constant = Parameter::fixed(field, kind, 0.0, Source::Assumed);
            numbers.push(Parameter { note: Some(note), ..constant });
            continue;
        }
        if family.optional(field) && !reader.has(field) {
            reader.raw(field);
            continue;
        }
        if !reader.must_have(field) {
            continue;
        }
        if let Some(mut number) = parameter(reader, field, field, kind, Author::Catalogue) {
            if matches!(number.source, Source::Documented | Source::Measured) {
                number.link = number.link.or_else(|| link.clone());
            }
            numbers.push(number);
        }
    }
    Some(Model { title: title?, link, note, words, numbers })
}

fn profile(reader: &mut Reader<'_, '_>) -> Option<Profile> {
    let title = reader.required("title");
    let (link, note) = (reader.text("link"), reader.text("note"));
    reader.text("source");
    let lines = reader.required("diskspd");
    Some(Profile { title: title?, link, note, lines: lines? })
}

/// Every number of a tree of tables, under its dotted name.
fn numbers(reader: &mut Reader<'_, '_>, path: &str, into: &mut ParameterSet) {
    for key in reader.keys() {
        let name = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let value: Option<&Node> = reader.raw(key).and_then(|node| {
            node.as_table().and_then(|table| table.get("value")).map(|entry| &entry.node)
        });
        match value.map(kind_of) {
            None => {
                reader.table(key, |reader| numbers(reader, &name, into));
            }
            Some(None) => reader.fault_at(key, "the value has no known unit", None),
            Some(Some(kind)) => {
                into.extend(parameter(reader, key, &name, kind, Author::Catalogue));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Catalogue {
        Catalogue::builtin().unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn every_built_in_file_is_sound() {
        let catalogue = builtin();
        for family in Family::ALL {
            assert!(catalogue.names(family).count() > 0, "{}", family.name());
        }
        assert!(catalogue.profile_names().count() > 0);
        // One direct look at a number whose digits are in the file: 6 us.
        let vmbus = catalogue.parameters().get("vmbus.per-io").unwrap();
        assert_eq!((vmbus.kind, vmbus.value), (Time, 6e-6));
        assert!(vmbus.low < vmbus.value && vmbus.value < vmbus.high);
    }

    #[test]
    fn words_of_models_are_known_ones() {
        let catalogue = builtin();
        let check = |family: Family, field: &str, known: &[&str]| {
            for name in catalogue.names(family) {
                let (_, model) = catalogue.model(family, name).unwrap();
                assert!(known.contains(&model.word(field)), "{name}: {}", model.word(field));
            }
        };
        check(Family::Nics, "rdma", &crate::topology::Rdma::ALL.map(|(name, _)| name));
        check(Family::Switches, "mode", &["cut-through", "store-and-forward"]);
        check(Family::Arrays, "alua", &["symmetric", "asymmetric"]);
        check(Family::Teams, "mode", &crate::topology::Bonding::ALL.map(|(name, _)| name));
        check(Family::Teams, "algorithm", &crate::topology::Hashing::ALL.map(|(name, _)| name));
        check(Family::S2d, "cache-mode", &["none", "write", "read-write"]);
        let mut drives: Vec<&str> = catalogue.names(Family::Devices).collect();
        check(Family::S2d, "capacity", &drives);
        drives.push("none");
        check(Family::S2d, "cache", &drives);
    }

    #[test]
    fn documented_numbers_without_a_link_have_that_of_the_model() {
        let text = "[x]\ntitle = 'X'\nlink = 'https://x'\nmode = 'cut-through'\n\
                    latency = { value = '1 us', source = 'documented' }\n";
        let mut faults = Diagnostics::new();
        let all = tables("t.toml", text, &mut faults, |r| model(r, Family::Switches));
        assert_eq!(faults.to_string(), "");
        assert_eq!(all["x"].numbers[0].link.as_deref(), Some("https://x"));
        assert_eq!(all["x"].number("latency"), 1e-6);
    }

    #[test]
    fn faults_of_a_built_in_file_are_told() {
        let text = "[x]\ntitle = 'X'\nmode = 'm'\nlatency = { value = '1 us' }\nspeed = 1\n\
                    [y]\ntitle = 'Y'\nmode = 'm'\n\
                    latency = { value = '3 us', range = ['1 us', '2 us'], source = 'assumed' }\n";
        let mut faults = Diagnostics::new();
        tables("t.toml", text, &mut faults, |r| model(r, Family::Switches));
        let told: Vec<String> =
            faults.iter().map(|f| format!("{}: {}", f.field, f.problem)).collect();
        assert_eq!(
            told,
            [
                "x.latency: the field `source` is missing",
                "x.speed: unknown field `speed`",
                "y.latency.range: the range 1.00 us to 2.00 us does not hold 3.00 us",
            ]
        );
    }
}
