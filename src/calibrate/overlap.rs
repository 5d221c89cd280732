//! Two columns that set the same value of the scenario: only one of them could count.

use super::mapping::{Mapping, SetColumn, Setter};
use crate::diagnostic::Diagnostics;
use crate::scenario::document::path_steps;

/// What to do about it.
pub(super) const HELP: &str = "keep one of the two, or let each set a value of its own";

/// Two columns of which the second undoes what the first sets.
pub(super) struct Twice {
    first: String,
    pub(super) second: String,
    /// What both set.
    path: String,
    /// The text of the second whose values do it, where it has such.
    text: Option<String>,
}

impl Twice {
    pub(super) fn problem(&self) -> String {
        format!(
            "columns `{}` and `{}` both set `{}`, and only one of them can count",
            self.first, self.second, self.path
        )
    }
}

/// A path that a column sets, taken apart, and the text that does it.
type Set<'a> = (Vec<String>, &'a str, Option<&'a str>);

fn sets(column: &SetColumn) -> Vec<Set<'_>> {
    // A path that cannot be read is told where it is set.
    let steps = |path: &str| path_steps(path).unwrap_or_else(|| vec![path.to_owned()]);
    match &column.setter {
        Setter::Paths { paths, .. } => {
            paths.iter().map(|path| (steps(path), path.as_str(), None)).collect()
        }
        Setter::Is(texts) => {
            let all = texts.iter().flat_map(|(text, of)| of.iter().map(move |of| (text, of)));
            all.map(|(text, (path, _))| (steps(path), path.as_str(), Some(text.as_str()))).collect()
        }
    }
}

/// Each pair of columns once. Columns are applied in their order: a later one undoes an earlier one
/// where it sets the same, or a whole of which the earlier set a part.
pub(super) fn found(mapping: &Mapping) -> Vec<Twice> {
    let mut found = Vec::new();
    let all: Vec<Vec<Set<'_>>> = mapping.set.iter().map(sets).collect();
    for (j, later) in all.iter().enumerate() {
        for (i, earlier) in all.iter().enumerate().take(j) {
            let both = later.iter().find(|(whole, ..)| {
                earlier.iter().any(|(part, ..)| part.starts_with(whole.as_slice()))
            });
            found.extend(both.map(|(_, path, text)| Twice {
                first: mapping.set[i].column.clone(),
                second: mapping.set[j].column.clone(),
                path: (*path).to_owned(),
                text: text.map(str::to_owned),
            }));
        }
    }
    found
}

/// The same as faults of the mapping's file.
pub(super) fn faults(mapping: &Mapping) -> Diagnostics {
    let fault = |twice: &Twice| {
        let keys = match &twice.text {
            Some(text) => vec!["set", &twice.second, "is", text, &twice.path],
            None => vec!["set", &twice.second, "path"],
        };
        mapping.fault("", &keys, None, &twice.problem()).with_help(HELP)
    };
    found(mapping).iter().map(fault).collect()
}

#[cfg(test)]
mod tests {
    use crate::calibrate::Mapping;
    use crate::scenario::document::Document;

    const TAIL: &str = "[measured.iops]\nmetric = 'iops'\n";

    fn refused(text: &str) -> Vec<String> {
        let document = Document::from_text("map.toml", &format!("{text}{TAIL}")).unwrap();
        let faults = Mapping::read(&document).map(drop);
        faults.map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |()| vec![])
    }

    #[test]
    fn two_columns_that_set_the_same_are_one_fault_with_both_names() {
        let faults = refused(
            "[set.depth]\npath = 'workloads.load.outstanding'\n\
             [set.qd]\npath = \"workloads.'load'.outstanding\"\n",
        );
        assert_eq!(
            faults,
            ["map.toml:4:8: set.qd.path: columns `depth` and `qd` both set \
              `workloads.'load'.outstanding`, and only one of them can count (keep one of the two, \
              or let each set a value of its own)"]
        );
    }

    #[test]
    fn texts_of_two_columns_and_a_whole_over_its_part_are_told() {
        let faults = refused(
            "[set.a.is.x]\n'storage.disk.latency' = '1 us'\n[set.a.is.y]\n\
             'storage.disk.latency' = '2 us'\n[set.b]\npath = 'storage.disk'\n",
        );
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("map.toml:6:8: set.b.path: columns `a` and `b` both set"));
        let texts = refused(
            "[set.a]\npath = 'storage.disk.latency'\n[set.b.is.slow]\n\
             'storage.disk.latency' = '2 us'\n",
        );
        assert!(texts[0].starts_with("map.toml:4:"), "{texts:?}");
    }

    #[test]
    fn a_part_set_after_its_whole_is_no_fault() {
        let text = "[set.a]\npath = 'storage.disk'\n[set.b]\npath = 'storage.disk.latency'\n";
        assert_eq!(refused(text), Vec::<String>::new());
    }
}
