//! The rows of a table, seen through a mapping.

use std::collections::BTreeMap;

use super::blame;
use super::mapping::{Mapping, Setter};
use super::setup::SetupError;
use crate::trace::table::{Table, number};

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
    /// Columns of the mapping that the table lacks, cells that are not what the mapping says. What
    /// is wrong with every cell of a column is the mapping's fault, told once.
    pub fn of(table: &Table, mapping: &Mapping) -> Result<Self, SetupError> {
        let mut faults = blame::Columns::new(table, mapping);
        let rows: Vec<_> = mapping
            .rows
            .iter()
            .filter_map(|(c, texts)| Some((faults.find(c, &["rows", c], None)?, texts)))
            .collect();
        let set: Vec<_> = mapping
            .set
            .iter()
            .filter_map(|set| Some((faults.find(&set.column, &["set", &set.column], None)?, set)))
            .collect();
        let measured: Vec<_> = mapping
            .measured
            .iter()
            .map(|m| faults.find(&m.column, &["measured", &m.name, "column"], None))
            .collect();
        let apart: Vec<_> = mapping
            .apart
            .columns
            .iter()
            .filter_map(|c| Some((faults.find(c, &["apart", "columns"], Some(c))?, c)))
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
                match apply(&set.setter, cell(*i), &mut settings) {
                    Ok(()) => faults.sound(*i, cell(*i)),
                    Err((problem, help)) => {
                        let text = matches!(set.setter, Setter::Is(_)).then(|| cell(*i));
                        faults.wrong(row.line, *i, &["set", &set.column], text, &problem, &help);
                    }
                }
            }
            let mut values = Vec::with_capacity(measured.len());
            for ((place, of), zeros) in measured.iter().zip(&mapping.measured).zip(&mut zeros) {
                let value = place.filter(|i| !cell(*i).is_empty()).and_then(|i| {
                    let told = match number(cell(i)) {
                        Ok(x) if x < 0.0 => {
                            let help = "leave it empty where nothing was measured";
                            Err((format!("{} is negative", cell(i)), help.to_owned()))
                        }
                        told => told,
                    };
                    match told {
                        // Of nothing there is no latency, and no ratio to compare.
                        Ok(0.0) => {
                            *zeros += 1;
                            faults.sound(i, cell(i));
                            None
                        }
                        Ok(x) => {
                            faults.sound(i, cell(i));
                            Some(x * of.scale)
                        }
                        Err((problem, help)) => {
                            let keys = ["measured", of.name.as_str()];
                            faults.wrong(row.line, i, &keys, None, &problem, &help);
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
            faults.no_row();
        }
        faults.into_result()?;
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

    fn faults(text: &str, map: &str) -> String {
        match Observations::of(&table(text), &mapping(map)).unwrap_err() {
            SetupError::Scenario(faults) => {
                faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        }
    }

    #[test]
    fn a_wrong_cell_names_line_and_column() {
        let text = "variant,bytes,share,path,iops,p99\nnbd,x,1,,-5,2\nsmb,1,1,,\"5,1\",2\n\
                    smb,1,1,,5,2\n";
        let error = faults(text, MAP);
        for part in [
            "t.csv, line 2, column 2 (bytes): \"x\" is not a number",
            "t.csv, line 2, column 5 (iops): -5 is negative",
            "t.csv, line 3, column 5 (iops): \"5,1\" has a comma",
        ] {
            assert!(error.contains(part), "{part} is not in\n{error}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_mapping_is_told_once_at_its_line() {
        let rows: Vec<String> = (0..50).map(|i| format!("nbd,{i} B,1,sideways,5,2\n")).collect();
        let head = "variant,bytes,share,path,iops,P99\n";
        let text = format!("{head}{}smb,x,1,direct,5,2\n", rows.concat());
        let error = faults(&text, MAP);
        assert_eq!(error.lines().count(), 3, "{error}");
        for part in [
            "map.toml:15:1: measured.p99.column: t.csv has no column `p99` (did you mean `P99`?)",
            "map.toml:4:1: set.bytes: no cell of column `bytes` of t.csv will do; on line 2 \
             \"0 B\" is not a number",
            "map.toml:11:6: set.path: `sideways` is none of the texts the mapping knows, on line \
             2 and 49 more of t.csv (write one of: direct)",
        ] {
            assert!(error.contains(part), "{part} is not in\n{error}");
        }
    }
}
