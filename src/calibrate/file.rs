//! The file of fitted parameters: written by a calibration, read by whatever predicts with it.
//!
//! `[parameters]` is that of a scenario, so that the file can be included in one. `[[apart]]`
//! holds the values of groups of rows, `[calibration]` what is known of the error.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::calibration::{Calibration, Posterior};
use super::key::Key;
use super::range::Range;
use super::spread::Spread;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::provenance::{Parameter, ParameterSet, Source};
use crate::scenario::document::{Document, FileAccess, Node, Reader, Value};
use crate::units::{UnitKind, parse_as};

/// Greatest variance of a parameter on its logarithmic scale.
const VARIANCE_MAX: f64 = 100.0;

/// Greatest width of an interval, in standard deviations, and error on the logarithmic scale.
const WIDEST: f64 = 20.0;

/// Parameters with what is known of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParameterFile {
    /// Values of all rows, and of groups of rows.
    pub parameters: Vec<(Key, Parameter)>,
    /// Error by metric name.
    pub errors: Vec<(String, Spread)>,
    /// What was tried.
    pub ranges: Vec<Range>,
    /// Covariance of the parameters.
    pub posterior: Posterior,
    /// Kinds of path that were measured.
    pub measured: Vec<String>,
    /// Half width at 95 % of a prediction on such a path, from rows left out.
    pub error: Option<f64>,
}

/// The unit a number of a kind is written in, and what one of it is.
pub(super) const fn unit(kind: UnitKind) -> (&'static str, f64) {
    match kind {
        UnitKind::Time => ("us", 1e-6),
        UnitKind::Bytes => ("B", 1.0),
        UnitKind::Rate => ("Mbit/s", 1e6),
        UnitKind::Iops => ("IOPS", 1.0),
        UnitKind::Ratio => ("%", 0.01),
        _ => ("", 1.0),
    }
}

fn quantity(kind: UnitKind, value: f64) -> String {
    let (unit, one) = unit(kind);
    let number = trimmed(value / one);
    if unit.is_empty() { number } else { format!("\"{number} {unit}\"") }
}

/// Nine digits, without zeros at the end.
fn trimmed(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0.0".into();
    }
    let digits = (8 - number.abs().log10().floor() as i32).clamp(0, 17) as usize;
    let text = format!("{number:.digits$}");
    if !text.contains('.') {
        return format!("{text}.0");
    }
    let short = text.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn line(out: &mut String, p: &Parameter) {
    let _ = write!(
        out,
        "{} = {{ value = {}, range = [{}, {}], source = \"{}\"",
        quoted(&p.name),
        quantity(p.kind, p.value),
        quantity(p.kind, p.low),
        quantity(p.kind, p.high),
        p.source
    );
    for (field, text) in [("link", &p.link), ("note", &p.note)] {
        if let Some(text) = text {
            let _ = write!(out, ", {field} = {}", quoted(text));
        }
    }
    out.push_str(" }\n");
}

/// The text of a calibration's file; `head` is put above as comments.
#[must_use]
pub fn write(calibration: &Calibration, head: &[String]) -> String {
    let mut out = String::new();
    for text in head {
        let _ = writeln!(out, "# {text}");
    }
    let of = |group: &str| {
        let own = calibration.fitted.iter().filter(|f| f.key.group == group);
        let mut own: Vec<&Parameter> = own.map(|f| &f.parameter).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        own
    };
    out.push_str("\n[parameters]\n");
    for p in of("") {
        line(&mut out, p);
    }
    let groups: BTreeSet<&str> = calibration.fitted.iter().map(|f| f.key.group.as_str()).collect();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        let _ = writeln!(out, "\n[[apart]]\nrows = {}\n\n[apart.parameters]", quoted(group));
        for p in of(group) {
            line(&mut out, p);
        }
    }
    let (rows, points) = calibration.rows;
    let measured: Vec<String> = calibration.measured.iter().map(|path| quoted(path)).collect();
    let _ = writeln!(
        out,
        "\n[calibration]\nrows = {rows}\npoints = {points}\nmeasured = [{}]",
        measured.join(", ")
    );
    if let Some(error) = calibration.error() {
        let _ = writeln!(out, "error = \"{} %\"", trimmed((error * 1e4).round() / 100.0));
    }
    for m in &calibration.metrics {
        let s = &m.spread;
        let _ = writeln!(
            out,
            "\n[calibration.errors.{}]\nfloor = {:e}\nunsteady = {:e}\nfactor = {}\nrows = {}\n\
             {} = \"{} %\"\n{} = \"{} %\"",
            quoted(&m.name),
            s.floor,
            s.unsteady,
            trimmed(s.factor),
            s.rows,
            if m.share { "median-points" } else { "median" },
            trimmed((m.held_out[0] * 1e4).round() / 100.0),
            if m.share { "p90-points" } else { "p90" },
            trimmed((m.held_out[1] * 1e4).round() / 100.0),
        );
    }
    for range in &calibration.ranges {
        let _ = writeln!(out, "\n[calibration.range.{}]", quoted(&range.column));
        if let Some((low, high)) = range.numbers {
            let _ = writeln!(out, "low = {low:?}\nhigh = {high:?}");
        } else {
            let texts: Vec<String> = range.texts.iter().map(|text| quoted(text)).collect();
            let _ = writeln!(out, "texts = [{}]", texts.join(", "));
        }
        if !range.paths.is_empty() {
            let paths: Vec<String> = range.paths.iter().map(|path| quoted(path)).collect();
            let _ = writeln!(out, "paths = [{}]\ntimes = {:?}", paths.join(", "), range.unit.0);
        }
        if let Some(unit) = &range.unit.1 {
            let _ = writeln!(out, "unit = {}", quoted(unit));
        }
    }
    out.push_str("\n# Belief after the measurements: covariance on the logarithmic scale.\n");
    out.push_str("[calibration.posterior]\nkeys = [\n");
    for key in &calibration.posterior.keys {
        let _ = writeln!(out, "  [{}, {}],", quoted(&key.name), quoted(&key.group));
    }
    out.push_str("]\ncovariance = [\n");
    for (i, row) in calibration.posterior.covariance.iter().enumerate() {
        let row: Vec<String> = row[..=i].iter().map(|x| format!("{x:.6e}")).collect();
        let _ = writeln!(out, "  [{}],", row.join(", "));
    }
    out.push_str("]\n");
    out
}

impl ParameterFile {
    /// Reads a file that a calibration wrote, or any with a table `[parameters]`.
    ///
    /// # Errors
    /// Every fault of the file.
    pub fn load(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        Self::read(&Document::load(path, files)?)
    }

    /// The parameters of a group of rows, as `column=value`; those of all rows where it is empty.
    #[must_use]
    pub fn of(&self, group: &str) -> ParameterSet {
        let mut set = ParameterSet::new();
        for of in ["", group] {
            let own = self.parameters.iter().filter(|(key, _)| key.group == of);
            set.extend(own.map(|(_, parameter)| parameter.clone()));
        }
        set
    }

    /// The groups that have values of their own.
    #[must_use]
    pub fn groups(&self) -> BTreeSet<&str> {
        let groups = self.parameters.iter().map(|(key, _)| key.group.as_str());
        groups.filter(|group| !group.is_empty()).collect()
    }

    /// The parameters in a document.
    ///
    /// # Errors
    /// Every fault of it.
    pub fn read(document: &Document) -> Result<Self, Diagnostics> {
        let mut faults = Diagnostics::new();
        let mut root = Reader::root(document, &mut faults);
        let mut file = Self::default();
        if let Some(shared) = root.table("parameters", |reader| parameters(reader, "")) {
            file.parameters.extend(shared);
        } else if !root.has("parameters") {
            root.fault("there is no table [parameters]", None);
        }
        for apart in root.array("apart", |_, reader| {
            let rows = reader.required::<String>("rows").unwrap_or_default();
            reader.table("parameters", |reader| parameters(reader, &rows)).unwrap_or_default()
        }) {
            file.parameters.extend(apart);
        }
        root.table("calibration", |reader| {
            reader.raw("rows");
            reader.raw("points");
            file.measured = texts(reader, "measured");
            file.error = reader.quantity("error", UnitKind::Ratio);
            file.errors = reader.tables("errors", spread).into_iter().flatten().collect();
            file.ranges = reader.tables("range", range);
            if let Some(Some(posterior)) = reader.table("posterior", posterior) {
                file.posterior = posterior;
            }
        });
        root.finish();
        faults.into_result(file)
    }
}

fn parameters(reader: &mut Reader<'_, '_>, group: &str) -> Vec<(Key, Parameter)> {
    let names: Vec<&str> = reader.keys().collect();
    let mut found = Vec::new();
    for name in names {
        let Some(node) = reader.raw(name) else { continue };
        if let Some(p) = parameter(name, node) {
            found.push((Key { name: name.to_owned(), group: group.to_owned() }, p));
        } else {
            let help = "write { value = \"9 us\", range = [\"8 us\", \"10 us\"] }, or a number \
                        with its unit";
            reader.fault_at(name, "no number of a parameter", Some(help.to_owned()));
        }
    }
    found
}

fn parameter(name: &str, node: &Node) -> Option<Parameter> {
    let Some(table) = node.as_table() else {
        let (kind, value) = number(node)?;
        return Some(Parameter::fixed(name, kind, value, Source::Given));
    };
    let field = |field: &str| table.get(field).map(|entry| &entry.node);
    let (kind, value) = number(field("value")?)?;
    let mut ends = (value, value);
    if let Some(range) = field("range") {
        let Value::Array(items) = &range.value else { return None };
        let [low, high] = items.as_slice() else { return None };
        ends = (of_kind(kind, low)?, of_kind(kind, high)?);
    }
    let text = |name: &str| field(name).and_then(|node| node.as_str()).map(str::to_owned);
    let source = text("source").unwrap_or_else(|| "given".to_owned());
    let source = Source::ALL.into_iter().find(|s| s.name() == source)?;
    let fixed = Parameter::fixed(name, kind, value, source);
    // What rounding of the text did to the ends does not matter.
    let (low, high) = (ends.0.min(value), ends.1.max(value));
    Some(Parameter { low, high, link: text("link"), note: text("note"), ..fixed })
}

fn number(node: &Node) -> Option<(UnitKind, f64)> {
    let kinds = [
        UnitKind::Time,
        UnitKind::Bytes,
        UnitKind::Rate,
        UnitKind::Iops,
        UnitKind::Ratio,
        UnitKind::Count,
    ];
    kinds.into_iter().find_map(|kind| Some((kind, of_kind(kind, node)?)))
}

fn of_kind(kind: UnitKind, node: &Node) -> Option<f64> {
    let number = match &node.value {
        Value::String(text) if kind != UnitKind::Count => parse_as(kind, text).ok()?,
        Value::Integer(n) if kind == UnitKind::Count => *n as f64,
        Value::Float(x) if kind == UnitKind::Count => *x,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// What is wrong with a number that is of another kind than the scenario's.
#[must_use]
pub fn wrong_kind(
    file: &str,
    parameter: &Parameter,
    known: Option<UnitKind>,
) -> Option<Diagnostic> {
    let known = known.filter(|known| *known != parameter.kind)?;
    let (found, wanted) = (parameter.kind.noun(), known.noun());
    let problem = format!("expected {wanted}, found {found}");
    let fault = Diagnostic::of_file(SourceFile::new(file, ""), problem);
    Some(fault.about(format!("parameters.{}", parameter.name)))
}

/// A plain number of zero or more.
fn plain(reader: &mut Reader<'_, '_>, field: &str) -> Option<f64> {
    let number = real(reader.raw(field)?).filter(|x| *x >= 0.0);
    if number.is_some_and(|x| x > WIDEST) && field != "rows" {
        reader.fault_at(field, format!("is more than {WIDEST}"), None);
        return None;
    }
    if number.is_none() {
        reader.fault_at(field, "expected a number of zero or more", None);
    }
    number
}

fn real(node: &Node) -> Option<f64> {
    let number = match node.value {
        Value::Integer(n) => n as f64,
        Value::Float(x) => x,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

fn spread(name: &str, reader: &mut Reader<'_, '_>) -> Option<(String, Spread)> {
    let (floor, unsteady) = (plain(reader, "floor"), plain(reader, "unsteady"));
    let (factor, rows) = (plain(reader, "factor"), plain(reader, "rows"));
    for told in ["median", "p90", "median-points", "p90-points"] {
        reader.raw(told);
    }
    let rows = rows? as usize;
    Some((name.to_owned(), Spread { floor: floor?, unsteady: unsteady?, factor: factor?, rows }))
}

fn range(column: &str, reader: &mut Reader<'_, '_>) -> Range {
    let end = |reader: &mut Reader<'_, '_>, field: &str| reader.raw(field).and_then(real);
    let numbers = end(reader, "low").zip(end(reader, "high"));
    let unit = (end(reader, "times").unwrap_or(1.0), reader.text("unit"));
    Range {
        column: column.to_owned(),
        numbers,
        texts: texts(reader, "texts").into_iter().collect(),
        paths: texts(reader, "paths"),
        unit,
    }
}

fn texts(reader: &mut Reader<'_, '_>, field: &str) -> Vec<String> {
    match reader.raw(field).map(|node| &node.value) {
        Some(Value::Array(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

fn posterior(reader: &mut Reader<'_, '_>) -> Option<Posterior> {
    let lists = |node: &Node| match &node.value {
        Value::Array(items) => items
            .iter()
            .map(|item| match &item.value {
                Value::Array(items) => Some(items.clone()),
                _ => None,
            })
            .collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let keys = reader.raw("keys").and_then(lists).unwrap_or_default();
    let text = |node: &Node| node.as_str().map(str::to_owned);
    let keys: Option<Vec<Key>> = keys
        .iter()
        .map(|pair| match pair.as_slice() {
            [name, group] => Some(Key { name: text(name)?, group: text(group)? }),
            _ => None,
        })
        .collect();
    let rows = reader.raw("covariance").and_then(lists).unwrap_or_default();
    let rows: Option<Vec<Vec<f64>>> =
        rows.iter().map(|row| row.iter().map(real).collect()).collect();
    match (keys, rows) {
        (Some(keys), Some(rows))
            if rows.len() == keys.len()
                && rows.iter().enumerate().all(|(i, row)| row.len() == i + 1) =>
        {
            let cell = |i: usize, j: usize| if j <= i { rows[i][j] } else { rows[j][i] };
            let n = keys.len();
            // A covariance that is none makes intervals of any width.
            let sound = |i: usize, j: usize| {
                let (a, b) = (cell(i, i), cell(j, j));
                (0.0..=VARIANCE_MAX).contains(&a) && cell(i, j).powi(2) <= a * b * 1.001 + 1e-30
            };
            if !(0..n).all(|i| (0..n).all(|j| sound(i, j))) {
                let help = "calibrate again; the matrix is not meant to be edited".to_owned();
                reader.fault("this is no covariance", Some(help));
                return None;
            }
            let covariance = (0..n).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect();
            Some(Posterior { keys, covariance })
        }
        _ => {
            let help = "calibrate again; the matrix is not meant to be edited".to_owned();
            reader.fault("keys and covariance do not belong together", Some(help));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_nine_digits() {
        assert_eq!(quantity(UnitKind::Time, 12.345_678_9e-6), "\"12.3456789 us\"");
        assert_eq!(quantity(UnitKind::Ratio, 0.5), "\"50.0 %\"");
        assert_eq!(quantity(UnitKind::Count, 3.0), "3.0");
        assert_eq!(quantity(UnitKind::Time, 1.5e-16), "\"0.00000000015 us\"");
    }

    #[test]
    fn damaged_files_are_told() {
        let read = |text: &str| {
            let document = Document::from_text("p.toml", text).unwrap();
            ParameterFile::read(&document).map_err(|f| f.to_string())
        };
        assert!(read("").unwrap_err().contains("[parameters]"));
        assert!(read("[parameters]\na = 'x'\n").unwrap_err().contains("no number of a parameter"));
        let text = "[parameters]\n[calibration.posterior]\nkeys = [['a', '']]\ncovariance = []\n";
        assert!(read(text).unwrap_err().contains("do not belong together"));
        let plain = read("[parameters]\n'host.per-io' = '9 us'\n").unwrap();
        assert_eq!(plain.parameters[0].1.value, 9.0 * 1e-6);
        assert!(plain.posterior.keys.is_empty());
    }
}
