//! Axes and their levels: the values that a sweep puts into a scenario.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use toml::de::DeValue;

use crate::scenario::document::{Node, Origin, Value};
use crate::units::{UnitKind, parse_as};

/// One of the values of an axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Level {
    /// What it is called. Where the axis has paths it is what goes there, as `--set` takes it.
    pub name: String,
    /// Paths and values, where each level sets its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
}

impl Level {
    /// One that is its own value.
    #[must_use]
    pub const fn new(name: String) -> Self {
        Self { name, set: Vec::new() }
    }
}

/// An axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// What its levels count, where all of them are numbers of one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<UnitKind>,
    /// Where its levels go; none where each level has paths of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Its levels.
    pub levels: Vec<Level>,
}

impl Axis {
    /// Paths and values of a level.
    pub fn settings(&self, level: usize) -> impl Iterator<Item = (&str, &str)> {
        let of = self.levels.get(level);
        let own = of.into_iter().flat_map(|level| &level.set);
        let own = own.map(|(path, value)| (path.as_str(), value.as_str()));
        let name = of.map_or("", |level| level.name.as_str());
        self.paths.iter().map(move |path| (path.as_str(), name)).chain(own)
    }
}

/// The kind of number that all names are; none where they are words or of several kinds.
fn kind_of(levels: &[Level]) -> Option<UnitKind> {
    const KINDS: [UnitKind; 6] = [
        UnitKind::Count,
        UnitKind::Time,
        UnitKind::Bytes,
        UnitKind::Rate,
        UnitKind::Iops,
        UnitKind::Ratio,
    ];
    let all = |kind: &UnitKind| levels.iter().all(|level| parse_as(*kind, &level.name).is_ok());
    KINDS.into_iter().find(all).filter(|_| !levels.is_empty())
}

/// What an axis of a grid file has besides: where its levels are written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) axis: Axis,
    /// The place of each level.
    pub(super) places: Vec<Origin>,
}

impl Draft {
    /// One of levels that go to paths; the same level twice is one.
    pub(super) fn of(name: &str, paths: Vec<String>, levels: Vec<(String, Origin)>) -> Self {
        let mut known = BTreeSet::new();
        let (mut kept, mut places) = (Vec::new(), Vec::new());
        for (level, place) in levels {
            if known.insert(level.clone()) {
                kept.push(Level::new(level));
                places.push(place);
            }
        }
        let kind = kind_of(&kept);
        Self { axis: Axis { name: name.to_owned(), kind, paths, levels: kept }, places }
    }
}

/// A value as `--set` takes it: words as they are, unless they would be read as something else.
pub(super) fn literal(node: &Node) -> String {
    match &node.value {
        Value::String(text) if is_word(text) => text.clone(),
        _ => spelled(node),
    }
}

/// Whether a text that stands alone is read as itself.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.contains(['\n', '\r', '\t'])
        && DeValue::parse(text).is_err()
}

/// A value in TOML.
fn spelled(node: &Node) -> String {
    let quoted = |text: &str| {
        // A basic string of TOML is a string of JSON, but for the code point 127.
        let json = serde_json::to_string(text).unwrap_or_default();
        json.replace('\u{7f}', "\\u007f")
    };
    match &node.value {
        Value::String(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        // With its point, so that it stays a number with a fraction.
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(flag) => flag.to_string(),
        Value::Datetime(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spelled).collect::<Vec<_>>().join(", "))
        }
        Value::Table(table) => {
            let entry = |(key, entry): (&String, &crate::scenario::document::Entry)| {
                format!("{} = {}", quoted(key), spelled(&entry.node))
            };
            format!("{{ {} }}", table.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document::Document;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_read_back_as_what_it_was() {
        let text = "title = 'x'\na = [1, 2.0, 'N2', '64 KiB', 'true', '4', '', ' b', 'x\"y', true, \
                    [1, 'a'], { b = 'c', 'd e' = 1e300 }, 1979-05-27, \"\\u007f\\n\", -3, inf]\n";
        let document = Document::from_text("a.toml", text).unwrap();
        let Value::Array(items) = &document.get("a").unwrap().value else { panic!() };
        for item in items {
            let mut changed = document.clone();
            changed.set("title", &literal(item), "--set").unwrap();
            assert_eq!(plain(&changed.get("title").unwrap().value), plain(&item.value));
        }
        assert_eq!(literal(&items[3]), "64 KiB");
        assert_eq!(literal(&items[4]), "\"true\"");
    }

    /// A value without its places.
    fn plain(value: &Value) -> String {
        match value {
            Value::Array(items) => items.iter().map(|item| plain(&item.value) + ",").collect(),
            Value::Table(table) => {
                let entry = |(k, e): (&String, &crate::scenario::document::Entry)| {
                    format!("{k}={}", plain(&e.node.value))
                };
                table.iter().map(entry).collect::<Vec<_>>().join(";")
            }
            other => format!("{other:?}"),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn any_text_is_read_back(text in "\\PC{0,12}|[ -~\\n\\t\"']{0,8}") {
            let mut document = Document::from_text("a.toml", "title = 'x'\n").unwrap();
            let mut node = document.get("title").unwrap().clone();
            node.value = Value::String(text);
            document.set("title", &literal(&node), "--set").unwrap();
            prop_assert_eq!(&document.get("title").unwrap().value, &node.value);
        }
    }

    #[test]
    fn levels_of_one_kind_have_it() {
        let kind = |names: &[&str]| {
            let levels: Vec<Level> =
                names.iter().map(|name| Level::new((*name).to_owned())).collect();
            kind_of(&levels)
        };
        assert_eq!(kind(&["1", "2.5"]), Some(UnitKind::Count));
        assert_eq!(kind(&["4 KiB", "1 MB"]), Some(UnitKind::Bytes));
        assert_eq!(kind(&["5 %"]), Some(UnitKind::Ratio));
        assert_eq!(kind(&["25 Gbps", "1 GB/s"]), Some(UnitKind::Rate));
        assert_eq!(kind(&["4 KiB", "1 ms"]), None);
        assert_eq!(kind(&["N1"]), None);
        assert_eq!(kind(&[]), None);
    }
}
