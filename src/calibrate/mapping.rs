//! What the columns of an observation table mean.
//!
//! A mapping is a TOML file. `[set.COLUMN]` says which value of the scenario the column sets,
//! `[measured.NAME]` which column was measured as which metric, `[rows]` which rows count,
//! `apart` which parameters have a value of their own for each value of some columns, `[fit]`
//! which parameters may be fitted. The same mapping serves fitting and scoring.

use std::collections::BTreeMap;
use std::path::Path;

use super::glob::Glob;
use super::metric::{CpuOf, Direction, Metric, Side};
use super::overlap;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::scenario::document::{Document, FileAccess, Node, Reader, Value};
use crate::units::{UnitKind, parse_as};

/// How a column sets values of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Setter {
    /// The cell, with a unit behind it, goes to each path.
    Paths {
        /// Dotted paths, as `--set` takes them.
        paths: Vec<String>,
        /// Unit behind the number; none where the cell is text or a plain number.
        unit: Option<String>,
        /// What the number is multiplied by before.
        times: f64,
    },
    /// Each text that a cell may have sets values of its own.
    Is(BTreeMap<String, Vec<(String, String)>>),
}

/// A column that sets values.
#[derive(Clone, Debug, PartialEq)]
pub struct SetColumn {
    /// Its name.
    pub column: String,
    /// What it sets.
    pub setter: Setter,
}

/// A measured column.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// How it is called in results.
    pub name: String,
    /// The column.
    pub column: String,
    /// What was measured.
    pub metric: Metric,
    /// What a cell is multiplied by to be in the base unit.
    pub scale: f64,
    /// The workloads it is of.
    pub workloads: Glob,
    /// The nodes it is of; processors and links only.
    pub nodes: Glob,
    /// Relative standard deviation between two measurements of the same.
    pub noise: Option<f64>,
    /// Whether it is fitted, or only scored.
    pub fit: bool,
}

/// Parameters with a value of their own for each value of some columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart {
    /// The columns.
    pub columns: Vec<String>,
    /// Names of the parameters.
    pub parameters: Glob,
}

/// A mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// Only rows whose column has one of the texts.
    pub rows: Vec<(String, Vec<String>)>,
    /// Columns that set values, in the order in which they are applied.
    pub set: Vec<SetColumn>,
    /// What was measured.
    pub measured: Vec<Measured>,
    /// Parameters apart.
    pub apart: Apart,
    /// Parameters that may be fitted.
    pub fit: Glob,
    /// Parameters that keep their value whatever the data say.
    pub keep: Glob,
    /// The file; none where the headers of the table say what it would.
    pub(super) written: Option<Document>,
}

/// Most columns or values of a kind, so that a hostile file cannot fill memory.
const MOST: usize = 10_000;

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn load(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        Self::read(&Document::load(path, files)?)
    }

    /// The mapping in a document.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(document: &Document) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::new();
        let mut root = Reader::root(document, &mut faults);
        let rows = root.table("rows", |reader| {
            let columns: Vec<&str> = reader.keys().take(MOST).collect();
            let texts = columns.iter().map(|column| (*column, reader.raw(column)));
            let texts: Vec<(String, Option<Vec<String>>)> =
                texts.map(|(column, node)| (column.to_owned(), node.and_then(words))).collect();
            for (column, texts) in &texts {
                if texts.is_none() {
                    let help = Some("write a list of texts, [\"a\", \"b\"]".to_owned());
                    reader.fault_at(column, "expected the texts a cell may have", help);
                }
            }
            texts.into_iter().filter_map(|(column, texts)| Some((column, texts?))).collect()
        });
        let set = root.tables("set", set_column);
        let set = set.into_iter().flatten().collect();
        let measured = root.tables("measured", measured);
        let measured: Vec<Measured> = measured.into_iter().flatten().collect();
        let apart = root.table("apart", |reader| Apart {
            columns: list(reader, "columns"),
            parameters: Glob::any_of(&list(reader, "parameters")),
        });
        let fit = root.table("fit", |reader| {
            let parameters =
                reader.has("parameters").then(|| Glob::any_of(&list(reader, "parameters")));
            (parameters.unwrap_or_else(Glob::all), Glob::any_of(&list(reader, "keep")))
        });
        if measured.is_empty() && !root.has("measured") {
            let help = "add [measured.iops] with metric = \"iops\" and its column".to_owned();
            root.fault("no column is measured", Some(help));
        }
        root.finish();
        let (fit, keep) = fit.unwrap_or_else(|| (Glob::all(), Glob::default()));
        let rows = rows.unwrap_or_default();
        let apart = apart.unwrap_or_default();
        let written = Some(document.clone());
        let mapping = Self { rows, set, measured, apart, fit, keep, written };
        faults.append(overlap::faults(&mapping));
        faults.into_result(mapping)
    }

    /// A fault of what stands at `keys` in the file, or, in a list there, of the text `item`; of
    /// line 1 of the table where its headers are the mapping.
    pub(super) fn fault(
        &self,
        table: &str,
        keys: &[&str],
        item: Option<&str>,
        problem: &str,
    ) -> Diagnostic {
        let Some(document) = &self.written else {
            let file = SourceFile::new(table, "");
            return Diagnostic::of_file(file, format!("line 1: {problem}"));
        };
        let field = keys.join(".");
        let mut node = document.root();
        for key in keys {
            let Some(entry) = node.as_table().and_then(|table| table.get(*key)) else { break };
            node = &entry.node;
        }
        if let (Value::Array(items), Some(item)) = (&node.value, item) {
            node = items.iter().find(|own| own.as_str() == Some(item)).unwrap_or(node);
        }
        document.fault(&node.origin(), &field, problem)
    }
}

fn words(node: &Node) -> Option<Vec<String>> {
    match &node.value {
        Value::Array(items) => items.iter().map(cell_text).collect(),
        _ => cell_text(node).map(|text| vec![text]),
    }
}

/// A value as the cell of a table has it.
fn cell_text(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(n) => Some(n.to_string()),
        Value::Float(x) => Some(x.to_string()),
        Value::Boolean(b) => Some(b.to_string()),
        _ => None,
    }
}

/// A list of texts, or one.
fn list(reader: &mut Reader<'_, '_>, field: &str) -> Vec<String> {
    let Some(node) = reader.raw(field) else { return Vec::new() };
    words(node).unwrap_or_else(|| {
        reader.fault_at(field, "expected a list of texts", None);
        Vec::new()
    })
}

fn set_column(column: &str, reader: &mut Reader<'_, '_>) -> Option<SetColumn> {
    let column = column.to_owned();
    if reader.has("is") {
        for field in ["path", "paths", "unit", "times"] {
            if reader.has(field) {
                reader.raw(field);
                reader.fault_at(field, format!("`{field}` and `is` exclude each other"), None);
            }
        }
        let is = reader.tables("is", |text, reader| {
            let paths: Vec<&str> = reader.keys().take(MOST).collect();
            let mut values = Vec::new();
            for path in paths {
                match reader.raw(path).map(literal) {
                    Some(Some(value)) => values.push((path.to_owned(), value)),
                    _ => reader.fault_at(path, "expected a value of the scenario", None),
                }
            }
            (text.to_owned(), values)
        });
        let is = is.into_iter().collect();
        return Some(SetColumn { column, setter: Setter::Is(is) });
    }
    let mut paths = list(reader, "paths");
    paths.extend(reader.text("path"));
    if paths.is_empty() {
        let help = "add path = \"workloads.NAME.outstanding\", or [set.COLUMN.is.TEXT]".to_owned();
        reader.fault("it sets nothing", Some(help));
        return None;
    }
    let unit = reader.text("unit").map(|unit| unit.trim().to_owned()).filter(|u| !u.is_empty());
    let times = factor(reader, "times").unwrap_or(1.0);
    Some(SetColumn { column, setter: Setter::Paths { paths, unit, times } })
}

/// A value as `--set` takes it.
fn literal(node: &Node) -> Option<String> {
    let quoted = |text: &String| {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
    };
    match &node.value {
        Value::String(text) => Some(quoted(text)),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(literal).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Table(table) => {
            let entries = table.iter().map(|(key, entry)| {
                literal(&entry.node).map(|value| format!("{} = {value}", quoted(key)))
            });
            Some(format!("{{ {} }}", entries.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        _ => cell_text(node),
    }
}

fn factor(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let number = match reader.raw(field)?.value {
        Value::Integer(n) => n as f64,
        Value::Float(x) => x,
        _ => f64::NAN,
    };
    if number.is_finite() && number > 0.0 {
        return Some(number);
    }
    reader.fault_at(field, "expected a number above zero", None);
    None
}

fn measured(name: &str, reader: &mut Reader<'_, '_>) -> Option<Measured> {
    let column = reader.text("column").unwrap_or_else(|| name.to_owned());
    let there = reader.must_have("metric");
    let metric = if there { reader.choice("metric", &Metric::words()) } else { None };
    let direction = reader.choice("direction", &Direction::WORDS);
    let side = reader.choice("side", &Side::WORDS);
    let of = reader.choice("of", &CpuOf::WORDS);
    let unit = reader.text("unit");
    let workloads = globs(reader, "workloads", "workload");
    let nodes = globs(reader, "nodes", "node");
    let noise = reader.quantity("noise", UnitKind::Ratio);
    if noise.is_some_and(|noise| noise <= 0.0) {
        reader.fault_at("noise", "must be above zero", None);
    }
    let fit = reader.boolean("fit");
    let metric = metric?;
    let problem = metric.misfit(direction.is_some(), side.is_some(), of.is_some());
    if let Some((field, problem)) = problem {
        reader.fault_at(field, problem, None);
    }
    let metric = metric.with(direction, side, of);
    let scale = match metric.scale(unit.as_deref()) {
        Ok(scale) => scale,
        Err(help) => {
            let problem = match unit {
                Some(unit) => format!("`{unit}` is no unit of this metric"),
                None => "the unit of the column is missing".to_owned(),
            };
            reader.fault_at("unit", problem, Some(help));
            return None;
        }
    };
    let fit = fit.unwrap_or_else(|| metric.is_mean());
    Some(Measured { name: name.to_owned(), column, metric, scale, workloads, nodes, noise, fit })
}

fn globs(reader: &mut Reader<'_, '_>, many: &str, one: &str) -> Glob {
    let mut patterns = list(reader, many);
    patterns.extend(list(reader, one));
    if patterns.is_empty() { Glob::all() } else { Glob::any_of(&patterns) }
}

/// What one of a unit is in the base unit of its kind.
pub(super) fn unit_scale(kind: UnitKind, unit: &str) -> Option<f64> {
    parse_as(kind, &format!("1 {unit}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Mapping, String> {
        Document::from_text("map.toml", text)
            .and_then(|document| Mapping::read(&document))
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn a_mapping_is_read() {
        let mapping = read(
            "rows.variant = ['nbd']\n\
             apart = { columns = ['variant'], parameters = ['host.*'] }\n\
             [set.qd]\npath = 'workloads.load.outstanding'\n\
             [set.bytes]\npath = 'workloads.load.block'\nunit = 'B'\n\
             [set.path.is.direct]\n'vms.client.node' = 'N1'\n'run.replications' = 3\n\
             [measured.iops]\nmetric = 'iops'\n\
             [measured.slow]\ncolumn = 'p99'\nmetric = 'latency-p99'\nunit = 'us'\n\
             direction = 'read'\nnoise = '3 %'\n",
        )
        .unwrap();
        assert_eq!(mapping.rows, [("variant".to_owned(), vec!["nbd".to_owned()])]);
        assert_eq!(mapping.set.len(), 3);
        let Setter::Is(is) = &mapping.set[1].setter else { panic!("{:?}", mapping.set) };
        assert_eq!(
            is["direct"],
            [("run.replications".into(), "3".into()), ("vms.client.node".into(), "\"N1\"".into())]
        );
        assert!(mapping.apart.parameters.matches("host.per-io"));
        let slow = mapping.measured.iter().find(|m| m.name == "slow").unwrap();
        assert_eq!((slow.scale, slow.fit, slow.noise), (1e-6, false, Some(0.03)));
    }

    #[test]
    fn every_fault_is_told() {
        let text = read(
            "[set.qd]\nunit = 'B'\n[measured.a]\nmetric = 'latency-mean'\n\
             [measured.b]\nmetric = 'iops'\nunit = 'us'\n[measured.c]\nmetirc = 'iops'\n\
             [measured.d]\nmetric = 'cpu'\nunit = '%'\ndirection = 'read'\n",
        )
        .unwrap_err();
        for part in [
            "set.qd: it sets nothing",
            "the unit of the column is missing",
            "`us` is no unit of this metric",
            "did you mean `metric`?",
            "measured.d.direction",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(read("").unwrap_err().contains("no column is measured"));
    }
}
