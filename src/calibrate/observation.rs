//! The rows of a table, seen through a mapping.

use std::collections::BTreeMap;

use super::mapping::{Mapping, Setter};
use crate::trace::table::{Table, cell_fault, number};
use crate::trace::{Gathered, TraceError};

/// A path of the scenario and the value that goes there.
type Setting = (String, String);

/// One row: one run of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Line of the table.
    pub line: u64,
    /// What it sets, as `--set` takes it.
    pub settings: Vec<(String, String)>,
    /// What was measured, in the base unit, by the measured columns of the mapping.
    pub measured: Vec<Option<f64>>,
    /// What tells its parameters from those of other rows, as `column=value`; empty where nothing
    /// does.
    pub group: String,
    /// All cells of the row.
    pub cells: Vec<String>,
}

/// The rows that count, with the names of all columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Observations {
    /// Name of the table.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows that count.
    pub rows: Vec<Observation>,
    /// Rows left out by `[rows]`.
    pub left_out: usize,
    /// Cells of each measured column that are zero: there is no ratio to compare.
    pub zeros: Vec<usize>,
}

impl Observations {
    /// Sees the table through the mapping.
    ///
    /// # Errors
    /// Columns of the mapping that the table lacks, cells that are not what the mapping says.
    pub fn of(table: &Table, mapping: &Mapping) -> Result<Self, TraceError> {
        let mut gathered = Gathered::default();
        let find = |column: &str, what: &str, gathered: &mut Gathered| {
            let found = table.column(column);
            if found.is_none() {
                let known = table.columns.iter().map(String::as_str);
                let near = crate::diagnostic::suggest(column, known);
                let help = near.map_or_else(
                    || format!("the mapping needs it for {what}"),
                    |near| format!("did you mean `{near}`?"),
                );
                let problem = format!("there is no column `{column}`");
                gathered.push(cell_fault(1, 0, column, &problem, &help));
            }
            found
        };
        let rows: Vec<_> = mapping
            .rows
            .iter()
            .filter_map(|(c, texts)| Some((find(c, "[rows]", &mut gathered)?, texts)))
            .collect();
        let set: Vec<_> = mapping
            .set
            .iter()
            .filter_map(|set| Some((find(&set.column, "[set]", &mut gathered)?, set)))
            .collect();
        let measured: Vec<_> =
            mapping.measured.iter().map(|m| find(&m.column, "[measured]", &mut gathered)).collect();
        let apart: Vec<_> = mapping
            .apart
            .columns
            .iter()
            .filter_map(|c| Some((find(c, "`apart`", &mut gathered)?, c)))
            .collect();
        let mut observations = Vec::new();
        let mut left_out = 0;
        let mut zeros = vec![0; mapping.measured.len()];
        for row in &table.rows {
            let cell = |i: usize| row.cells[i].as_str();
            if rows.iter().any(|(i, texts)| !texts.iter().any(|text| text == cell(*i))) {
                left_out += 1;
                continue;
            }
            let mut settings = Vec::new();
            for (i, set) in &set {
                if let Err((problem, help)) = apply(&set.setter, cell(*i), &mut settings) {
                    gathered.push(cell_fault(row.line, *i, &set.column, &problem, &help));
                }
            }
            let mut values = Vec::with_capacity(measured.len());
            for ((place, of), zeros) in measured.iter().zip(&mapping.measured).zip(&mut zeros) {
                let value = place.filter(|i| !cell(*i).is_empty()).and_then(|i| {
                    match number(cell(i)) {
                        Ok(x) if x < 0.0 => {
                            let help = "leave it empty where nothing was measured";
                            let problem = format!("{} is negative", cell(i));
                            gathered.push(cell_fault(row.line, i, &of.column, &problem, help));
                            None
                        }
                        // Of nothing there is no latency, and no ratio to compare.
                        Ok(0.0) => {
                            *zeros += 1;
                            None
                        }
                        Ok(x) => Some(x * of.scale),
                        Err((problem, help)) => {
                            gathered.push(cell_fault(row.line, i, &of.column, &problem, &help));
                            None
                        }
                    }
                });
                values.push(value);
            }
            let group: Vec<String> =
                apart.iter().map(|(i, column)| format!("{column}={}", cell(*i))).collect();
            observations.push(Observation {
                line: row.line,
                settings,
                measured: values,
                group: group.join(","),
                cells: row.cells.clone(),
            });
        }
        if observations.is_empty() {
            let help = "check [rows] of the mapping";
            gathered.push(cell_fault(1, 0, "", "no row counts", help));
        }
        gathered.into_result(&table.name)?;
        Ok(Self {
            name: table.name.clone(),
            columns: table.columns.clone(),
            rows: observations,
            left_out,
            zeros,
        })
    }

    /// The rows by what they set, each set of settings once, in the order of the table: the
    /// settings, the group, and the places of the rows.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut places: BTreeMap<(&[Setting], &str), usize> = BTreeMap::new();
        let mut points: Vec<Point> = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            let key = (row.settings.as_slice(), row.group.as_str());
            let place = *places.entry(key).or_insert(points.len());
            if place == points.len() {
                let (settings, group) = (row.settings.clone(), row.group.clone());
                points.push(Point { settings, group, rows: Vec::new() });
            }
            points[place].rows.push(i);
        }
        points
    }
}

/// Rows that set the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What they set.
    pub settings: Vec<(String, String)>,
    /// What tells their parameters apart.
    pub group: String,
    /// Places of the rows.
    pub rows: Vec<usize>,
}

fn apply(
    setter: &Setter,
    cell: &str,
    settings: &mut Vec<(String, String)>,
) -> Result<(), (String, String)> {
    // An empty cell leaves the scenario as it is, unless the mapping says what it means.
    match setter {
        Setter::Is(choices) => match choices.get(cell) {
            Some(values) => settings.extend(values.iter().cloned()),
            None if cell.is_empty() => {}
            None => {
                let known: Vec<&str> = choices.keys().map(String::as_str).collect();
                let problem = format!("`{cell}` is none of the texts the mapping knows");
                return Err((problem, format!("write one of: {}", known.join(", "))));
            }
        },
        Setter::Paths { .. } if cell.is_empty() => {}
        Setter::Paths { paths, unit: None, times } if *times == 1.0 => {
            // A number goes as it is, anything else as a text.
            let value = match number(cell) {
                Ok(_) => cell.to_owned(),
                Err(_) => format!("\"{}\"", cell.replace('\\', "\\\\").replace('"', "\\\"")),
            };
            settings.extend(paths.iter().map(|path| (path.clone(), value.clone())));
        }
        Setter::Paths { paths, unit, times } => {
            let value = number(cell)? * times;
            let value = match unit {
                Some(unit) => format!("\"{value} {unit}\""),
                None => value.to_string(),
            };
            settings.extend(paths.iter().map(|path| (path.clone(), value.clone())));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document::Document;

    fn mapping(text: &str) -> Mapping {
        Mapping::read(&Document::from_text("map.toml", text).unwrap()).unwrap()
    }

    fn table(text: &str) -> Table {
        Table::read("t.csv", text.as_bytes()).unwrap()
    }

    const MAP: &str = "apart = { columns = ['variant'], parameters = ['host.*'] }\n\
        [rows]\nvariant = ['nbd', 'smb']\n\
        [set.bytes]\npath = 'workloads.load.block'\nunit = 'B'\n\
        [set.share]\npath = 'workloads.load.read'\nunit = '%'\ntimes = 100\n\
        [set.path.is.direct]\n'vms.client.node' = 'N1'\n\
        [measured.iops]\nmetric = 'iops'\n[measured.p99]\nmetric = 'latency-p99'\nunit = 'us'\n";

    #[test]
    fn cells_become_settings_and_values() {
        let text = "variant,bytes,share,path,iops,p99\nnbd,8192,0.7,direct,500,20\n\
                    old,1,1,1,1,1\nsmb,,,,100,\n";
        let seen = Observations::of(&table(text), &mapping(MAP)).unwrap();
        assert_eq!((seen.rows.len(), seen.left_out), (2, 1));
        let set = |path: &str, value: &str| (path.to_owned(), value.to_owned());
        assert_eq!(
            seen.rows[0].settings,
            [
                set("workloads.load.block", "\"8192 B\""),
                set("vms.client.node", "\"N1\""),
                set("workloads.load.read", "\"70 %\""),
            ]
        );
        assert_eq!(seen.rows[0].measured, [Some(500.0), Some(20.0 * 1e-6)]);
        assert_eq!((seen.rows[0].group.as_str(), seen.rows[0].line), ("variant=nbd", 2));
        assert!(seen.rows[1].settings.is_empty());
        assert_eq!(seen.rows[1].measured, [Some(100.0), None]);
    }

    #[test]
    fn rows_that_set_the_same_are_one_point() {
        let text = "variant,bytes,share,path,iops,p99\nnbd,1,1,,5,2\nnbd,2,1,,5,2\nnbd,1,1,,6,2\n";
        let points = Observations::of(&table(text), &mapping(MAP)).unwrap().points();
        assert_eq!(
            points.iter().map(|p| p.rows.clone()).collect::<Vec<_>>(),
            [vec![0, 2], vec![1]]
        );
    }

    #[test]
    fn every_fault_names_line_and_column() {
        let text = "variant,bytes,share,path,iops,P99\nnbd,x,1,sideways,-5,2\nsmb,1,1,,\"5,1\",2\n";
        let error = Observations::of(&table(text), &mapping(MAP)).unwrap_err().to_string();
        for part in [
            "line 1, column 1 (p99): there is no column `p99`; did you mean `P99`?",
            "line 2, column 2 (bytes): \"x\" is not a number",
            "line 2, column 4 (path): `sideways` is none of the texts the mapping knows; write one \
             of: direct",
            "line 2, column 5 (iops): -5 is negative",
            "line 3, column 5 (iops): \"5,1\" has a comma",
        ] {
            assert!(error.contains(part), "{part} is not in\n{error}");
        }
    }
}
