//! The JSON Schema of the mapping, by which editors complete, explain and check it.

use serde_json::Value;

use super::metric::{CpuOf, Direction, Metric, Side};
use crate::scenario::schema::{
    Field, Shape, document, field, flag, list, named, number, one_of, ratio, table, text, words_of,
};

/// The schema (draft-07) of the mapping that `csvnet calibrate` and `csvnet score` read, as a JSON
/// value.
///
/// ```
/// let schema = csvnet::calibrate::schema();
/// assert!(schema["properties"]["measured"]["description"].is_string());
/// ```
#[must_use]
pub fn schema() -> Value {
    document("A mapping of csvnet", &fields())
}

/// A text, or a number that is the text of a cell; or several.
fn cells() -> Shape {
    one_of([text(), number(), flag(), list(one_of([text(), number(), flag()]))])
}

fn fields() -> Vec<Field> {
    vec![
        field(
            "include",
            one_of([text(), list(text())]),
            "Other mappings, relative to this one; this file wins.",
        ),
        field("rows", named(cells()), "By column, the texts of rows that count. Default: all."),
        field("set", named(table(set())), "By column, what a cell sets in the scenario."),
        field("measured", named(table(measured())), "By name, what was measured."),
        field(
            "apart",
            table([
                field("columns", cells(), "The columns."),
                field("parameters", cells(), "The parameters, with * for anything."),
            ]),
            "Parameters with a value of their own for each combination of cells of some columns.",
        ),
        field(
            "fit",
            table([
                field(
                    "parameters",
                    cells(),
                    "Those that may be fitted, with * for anything. Default: all but sizes and \
                     counts.",
                ),
                field("keep", cells(), "Those that keep their value, with * for anything."),
            ]),
            "Which parameters may be fitted.",
        ),
    ]
}

fn set() -> Vec<Field> {
    vec![
        field("path", text(), "The dotted path it sets; `variant` chooses a variant."),
        field("paths", cells(), "The same where it goes to several places."),
        field("unit", text(), "The unit behind the number, such as \"KiB\"."),
        field("times", number(), "What the number is multiplied by before.").or(1),
        field(
            "is",
            named(named(Shape::Anything)),
            "By the text of a cell, paths and values that it sets.",
        ),
    ]
}

fn measured() -> Vec<Field> {
    vec![
        field("metric", words_of(&Metric::words()), "What it is. Must be stated."),
        field("column", text(), "The column. Default: the name of the table."),
        field("unit", text(), "Unit of the cells, such as \"us\"; needed but for iops."),
        field("direction", words_of(&Direction::WORDS), "Of I/O metrics. Default: both."),
        field("side", words_of(&Side::WORDS), "Of link metrics. Default: both added."),
        field("of", words_of(&CpuOf::WORDS), "What 100 % of a processor is."),
        field("workloads", cells(), "Workloads meant, with * for anything. Default: all."),
        field("workload", cells(), "The same for one."),
        field("nodes", cells(), "Nodes meant, with * for anything. Default: all."),
        field("node", cells(), "The same for one."),
        field("noise", ratio(), "Standard deviation between two measurements of the same."),
        field("fit", flag(), "Fitted, or only scored. Default: means and shares are fitted."),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::calibrate::Mapping;
    use crate::scenario::document::asked::gather;
    use crate::scenario::document::{DiskFiles, Document};
    use crate::scenario::schema::tests::{Apart, check, differences};

    #[test]
    fn schema_and_reader_know_the_same() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/validation");
        let asked = gather(|| {
            for family in ["sofs", "testbed", "vmfleet"] {
                let path = folder.join(family).join("map.toml");
                assert!(Mapping::load(&path, &DiskFiles).is_ok());
                let text = std::fs::read_to_string(path).unwrap();
                assert_eq!(check(schema(), &text), None, "{family}");
            }
        });
        let lists = [".rows.*", ".apart.columns", ".apart.parameters", ".fit.parameters"];
        let more = [".fit.keep", ".set.*.paths", ".set.*.times", ".measured.*.workloads"];
        let last = [".measured.*.workload", ".measured.*.nodes", ".measured.*.node"];
        let as_they_are: Vec<&str> = lists.into_iter().chain(more).chain(last).collect();
        let apart = Apart {
            otherwise: &[".include", ".rows.*", ".set.*.is.*", ".fit.keep", ".fit.parameters"],
            as_they_are: &as_they_are,
            ..Apart::default()
        };
        let differences = differences(fields(), &asked, &apart);
        assert!(differences.is_empty(), "{differences:#?}");
    }

    #[test]
    fn what_is_wrong_is_refused_by_both() {
        for bad in [
            "[measured.iops]\nmetric = \"iopses\"\n",
            "[measured.iops]\nmetric = \"iops\"\nnoise = 0.1\n",
            "[measured.iops]\nmetric = \"iops\"\ncolum = \"a\"\n",
            "[measured.iops]\nmetric = \"iops\"\n[set.a]\npath = \"b\"\ntimes = \"2\"\n",
        ] {
            assert!(check(schema(), bad).is_some(), "{bad}");
            let document = Document::from_text("map.toml", bad).unwrap();
            assert!(Mapping::read(&document).is_err(), "{bad}");
        }
    }
}
