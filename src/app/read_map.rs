//! A mapping of a table of storage tests, to begin with.

use std::fmt::Write as _;

use crate::trace::results::{Cell, Table};

/// The workload whose values the columns set, until somebody writes its name.
const WORKLOAD: &str = "load";

/// Columns that set a value of a workload, with its unit.
const SET: [(&str, &str, &str); 3] =
    [("block_bytes", "block", "B"), ("outstanding", "outstanding", ""), ("read_pct", "read", "%")];

/// Ends of columns that were measured: metric and unit.
const MEASURED: [(&str, &str, &str); 8] = [
    ("iops", "iops", ""),
    ("mb_s", "throughput", "MB/s"),
    ("lat_us_mean", "latency-mean", "us"),
    ("lat_us_p50", "latency-p50", "us"),
    ("lat_us_p90", "latency-p90", "us"),
    ("lat_us_p95", "latency-p95", "us"),
    ("lat_us_p99", "latency-p99", "us"),
    ("cpu_pct", "cpu", "%"),
];

/// The mapping as TOML.
pub(super) fn of(table: &Table) -> String {
    let cells = |column: &str| -> Vec<&Cell> {
        let place = table.columns().iter().position(|have| have == column);
        let cells = place.into_iter().flat_map(|i| table.rows().iter().map(move |row| &row[i]));
        cells.filter(|cell| **cell != Cell::Empty).collect()
    };
    let there = |column: &str| !cells(column).is_empty();
    let mut out = format!(
        "# What the columns of the table set and measure; see the documentation of calibration.\n\
         # Write the name of your workload for `{WORKLOAD}`, and say what else differs.\n"
    );
    for (column, field, unit) in SET.iter().filter(|(column, ..)| there(column)) {
        let _ = write!(out, "\n[set.{column}]\npath = \"workloads.{WORKLOAD}.{field}\"\n");
        if !unit.is_empty() {
            let _ = writeln!(out, "unit = \"{unit}\"");
        }
    }
    let shares = cells("random_pct");
    let is = |wanted: f64| shares.iter().any(|cell| **cell == Cell::Number(wanted));
    for (share, word) in [(100.0, "random"), (0.0, "sequential")] {
        if is(share) && shares.iter().all(|c| [100.0, 0.0].map(Cell::Number).contains(c)) {
            let _ = write!(
                out,
                "\n[set.random_pct.is.{share}]\n\"workloads.{WORKLOAD}.access\" = \"{word}\"\n"
            );
        }
    }
    for (end, metric, unit) in MEASURED {
        for direction in ["", "read", "write"] {
            let column =
                if direction.is_empty() { end.to_owned() } else { format!("{direction}_{end}") };
            if !there(&column) {
                continue;
            }
            let _ = write!(out, "\n[measured.{column}]\nmetric = \"{metric}\"\n");
            if !unit.is_empty() {
                let _ = writeln!(out, "unit = \"{unit}\"");
            }
            if !direction.is_empty() {
                let _ = writeln!(out, "direction = \"{direction}\"");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::app::{ReadOptions, read};
    use crate::calibrate::{Mapping, Observations};
    use crate::scenario::document::Document;
    use crate::trace::table::Table;

    #[test]
    fn the_mapping_fits_the_table_it_is_of() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data");
        for folder in ["diskspd", "fio", "vmfleet"] {
            let read = read(&[data.join(folder)], &ReadOptions::default()).unwrap();
            let mut text = Vec::new();
            read.table.write_csv(&mut text).unwrap();
            let table = Table::read("runs.csv", text.as_slice()).unwrap();
            let mapping = read.mapping.unwrap();
            let document = Document::from_text("map.toml", &mapping).unwrap();
            let mapping = Mapping::read(&document).unwrap_or_else(|faults| panic!("{faults}"));
            let seen = Observations::of(&table, &mapping).unwrap_or_else(|e| panic!("{e}"));
            assert_eq!(seen.rows.len(), read.table.rows().len());
            assert!(mapping.measured.iter().any(|m| m.name == "iops"), "{folder}");
        }
    }

    #[test]
    fn what_a_run_of_diskspd_sets_is_mapped() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data");
        let read = read(&[data.join("diskspd")], &ReadOptions::default()).unwrap();
        let text = read.mapping.unwrap();
        for part in [
            "[set.block_bytes]\npath = \"workloads.load.block\"\nunit = \"B\"\n",
            "[set.outstanding]\npath = \"workloads.load.outstanding\"\n",
            "[set.read_pct]\npath = \"workloads.load.read\"\nunit = \"%\"\n",
            "[measured.iops]\nmetric = \"iops\"\n",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
