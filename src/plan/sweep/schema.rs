//! The JSON Schema of the grid file, by which editors complete, explain and check it.

use serde_json::Value;

use super::grid::{MOST_LEVELS, MOST_POINTS};
use super::points::{Effort, Seeds};
use super::record::Recorded;
use crate::scenario::schema::{
    Field, Shape, count, counts, document, field, list, named, names, number, one_of, table, text,
    words, words_of,
};

/// The schema (draft-07) of the grid file that `csvnet sweep plan` reads, as a JSON value.
///
/// ```
/// let schema = csvnet::plan::sweep::schema();
/// assert!(schema["properties"]["axes"]["description"].is_string());
/// ```
#[must_use]
pub fn schema() -> Value {
    document("A sweep of csvnet", &fields())
}

fn fields() -> Vec<Field> {
    let recorded = || words_of(&Recorded::ALL);
    vec![
        field("title", text(), "Heads the report. Default: the title of the scenario."),
        field(
            "include",
            one_of([text(), list(text())]),
            "Other grid files, relative to this one; this file wins.",
        ),
        field("scenario", text(), "Path of the scenario, relative to this file. Must be stated."),
        field("variants", names(), "Variants of the scenario that have all points. Default: all."),
        field(
            "fidelity",
            words_of(&Effort::WORDS),
            "Points are solved, or simulated as `csvnet run` does.",
        )
        .or("fast"),
        field(
            "record",
            one_of([recorded(), list(recorded())]),
            "What is written of each point; percentiles need fidelity = \"simulate\".",
        ),
        field("seed", count(0), "Seed of every point. Default: that of the scenario."),
        field(
            "seeds",
            words_of(&Seeds::WORDS),
            "Whether all points are compared on common random numbers.",
        )
        .or("common"),
        field("set", named(Shape::Anything), "Paths and values that all points have."),
        field("axes", named(table(axis())), "What differs from point to point, one axis or more."),
        field(
            "latin-hypercube",
            table([
                field("points", counts(2, MOST_POINTS), "Of each variant. Must be stated."),
                field("seed", count(0), "Decides their places.").or(1),
            ]),
            "Points spread over all ranges, instead of a grid.",
        ),
    ]
}

fn axis() -> Vec<Field> {
    let amount = || one_of([number(), text()]);
    vec![
        field("path", text(), "What it sets, such as \"workloads.oltp.outstanding\"."),
        field("paths", names(), "The same where one value goes to several places."),
        field("values", list(Shape::Anything), "Its levels, one after the other."),
        field("low", amount(), "Where a range begins; a quantity is text with its unit."),
        field("high", amount(), "Where the range ends."),
        field("steps", counts(2, MOST_LEVELS), "Levels from low to high, both included."),
        field("scale", words(&["linear", "log"]), "Equal differences, or equal ratios.")
            .or("linear"),
        field("multiple-of", amount(), "Levels are rounded to multiples of it."),
        field(
            "is",
            named(named(Shape::Anything)),
            "Levels with names, each with paths and values of its own.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::sweep::Grid;
    use crate::scenario::document::asked::gather;
    use crate::scenario::document::{DiskFiles, Document};
    use crate::scenario::schema::tests::{Apart, check, differences};

    const EXAMPLES: [&str; 2] = ["csv-network", "owner-hypercube"];

    #[test]
    fn schema_and_reader_know_the_same() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sweeps");
        let asked = gather(|| {
            for name in EXAMPLES {
                let path = folder.join(format!("{name}.toml"));
                assert!(Grid::load(&path, &DiskFiles).is_ok());
                let text = std::fs::read_to_string(path).unwrap();
                assert_eq!(check(schema(), &text), None, "{name}");
            }
        });
        let apart = Apart {
            otherwise: &[".include", ".set", ".axes.*.is", ".axes.*.is.*"],
            as_they_are: &[
                ".record",
                ".axes.*.values",
                ".axes.*.low",
                ".axes.*.high",
                ".axes.*.multiple-of",
            ],
            ..Apart::default()
        };
        let differences = differences(fields(), &asked, &apart);
        assert!(differences.is_empty(), "{differences:#?}");
    }

    #[test]
    fn what_is_wrong_is_refused_by_both() {
        let whole = "scenario = \"a.toml\"\n[axes.depth]\npath = \"workloads.w.outstanding\"\n";
        for bad in [
            "fidelty = \"fast\"\n",
            "fidelity = \"slow\"\n",
            "record = [\"iopses\"]\n",
            "seed = -1\n",
            "latin-hypercube = { points = 1 }\n",
            "axes.b = { path = \"a.b\", values = 5 }\n",
            "axes.b = { path = \"a.b\", low = 1, high = 2, steps = 2, scale = \"square\" }\n",
            "axes.b = { path = \"a.b\", low = 1, high = 2, steps = 2.5 }\n",
        ] {
            let text = format!("{bad}{whole}values = [1, 2]\n");
            assert!(check(schema(), &text).is_some(), "{bad}");
            let document = Document::from_text("grid.toml", &text).unwrap();
            assert!(Grid::read(document).is_err(), "{bad}");
        }
    }
}
