//! Whose fault it is: a value of one row, or what the mapping makes of every row.

use std::collections::BTreeMap;

use super::mapping::{Mapping, Setter};
use super::observation::{Observations, Point};
use super::setup::SetupError;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile, suggest};
use crate::scenario::document::path_steps;
use crate::trace::table::{Table, cell_fault};
use crate::trace::{Gathered, TraceError};

/// Faults of cells by column, until it is known whether any cell of the column is sound.
pub(super) struct Columns<'a> {
    table: &'a Table,
    mapping: &'a Mapping,
    of_map: Diagnostics,
    of_table: Gathered,
    /// Columns with a sound cell.
    sound: Vec<bool>,
    wrong: BTreeMap<usize, Vec<Wrong>>,
    /// Texts the mapping does not know: column, text, place in the mapping; lines and help.
    texts: BTreeMap<(usize, String), Unknown>,
    no_row: bool,
}

struct Wrong {
    line: u64,
    keys: Vec<String>,
    problem: String,
    help: String,
}

struct Unknown {
    first: Wrong,
    lines: usize,
}

impl<'a> Columns<'a> {
    pub(super) fn new(table: &'a Table, mapping: &'a Mapping) -> Self {
        Self {
            table,
            mapping,
            of_map: Diagnostics::new(),
            of_table: Gathered::default(),
            sound: vec![false; table.columns.len()],
            wrong: BTreeMap::new(),
            texts: BTreeMap::new(),
            no_row: false,
        }
    }

    /// The place of a column that the mapping names at `keys`.
    pub(super) fn find(&mut self, name: &str, keys: &[&str], item: Option<&str>) -> Option<usize> {
        let found = self.table.column(name);
        if found.is_none() {
            let near = suggest(name, self.table.columns.iter().map(String::as_str));
            let problem = format!("{} has no column `{name}`", self.table.name);
            let fault = self.mapping.fault(&self.table.name, keys, item, &problem);
            self.of_map.push(match near {
                Some(near) => fault.with_help(format!("did you mean `{near}`?")),
                None => fault,
            });
        }
        found
    }

    /// A cell that is as the mapping says; an empty one tells nothing.
    pub(super) fn sound(&mut self, column: usize, cell: &str) {
        self.sound[column] |= !cell.is_empty();
    }

    /// A cell that is not, or has a `text` that the mapping does not know.
    pub(super) fn wrong(
        &mut self,
        line: u64,
        column: usize,
        keys: &[&str],
        text: Option<&str>,
        problem: &str,
        help: &str,
    ) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let wrong = Wrong { line, keys, problem: problem.to_owned(), help: help.to_owned() };
        if let Some(text) = text {
            let key = (column, text.to_owned());
            self.texts.entry(key).or_insert(Unknown { first: wrong, lines: 0 }).lines += 1;
        } else {
            self.wrong.entry(column).or_default().push(wrong);
        }
    }

    pub(super) const fn no_row(&mut self) {
        self.no_row = true;
    }

    /// Faults of the mapping at its own lines, then those of single cells.
    pub(super) fn into_result(mut self) -> Result<(), SetupError> {
        let name = &self.table.name;
        let at = |of: &Wrong, problem: &str| {
            let keys: Vec<&str> = of.keys.iter().map(String::as_str).collect();
            self.mapping.fault(name, &keys, None, problem).with_help(of.help.clone())
        };
        for Unknown { first, lines } in self.texts.values() {
            let more = if *lines > 1 { format!(" and {} more", lines - 1) } else { String::new() };
            let problem = format!("{}, on line {}{more} of {name}", first.problem, first.line);
            self.of_map.push(at(first, &problem));
        }
        for (column, all) in &self.wrong {
            let called = &self.table.columns[*column];
            match all.as_slice() {
                // One cell may be a slip; several, and none that is sound, are none.
                [first, _, ..] if !self.sound[*column] => {
                    let problem = format!(
                        "no cell of column `{called}` of {name} will do; on line {} {}",
                        first.line, first.problem
                    );
                    self.of_map.push(at(first, &problem));
                }
                all => all.iter().for_each(|wrong| {
                    let (problem, help) = (&wrong.problem, &wrong.help);
                    self.of_table.push(cell_fault(wrong.line, *column, called, problem, help));
                }),
            }
        }
        if self.no_row {
            let told = "no row has the texts that [rows] asks for";
            let fault = self.mapping.fault(name, &["rows"], None, &format!("{told} in {name}"));
            self.of_map.push(fault.with_help("write texts that the column has"));
        }
        let of_table = self.of_table.into_result(name);
        if self.of_map.is_empty() {
            return Ok(of_table?);
        }
        if let Err(TraceError::Faults { faults, .. }) = of_table {
            let file = SourceFile::new(name.as_str(), "");
            let told = |fault: &_| Diagnostic::of_file(file.clone(), format!("{fault}"));
            self.of_map.extend(faults.iter().map(told));
        }
        Err(self.of_map.into())
    }
}

/// A fault that the scenario has with the values of a point.
pub(super) struct OfPoint {
    /// Place of the point.
    pub(super) point: usize,
    pub(super) fault: Diagnostic,
}

/// The setting of a point in which a fault is: its path.
fn setting<'p>(fault: &Diagnostic, point: &'p Point) -> Option<&'p str> {
    // What is set stands in a text of its own, `path = value`.
    let (path, _) = fault.file.text.split_once(" = ")?;
    let path = path_steps(path)?;
    let own = point.settings.iter().map(|(path, _)| path.as_str());
    own.filter(|_| &*fault.file.name == "--set").find(|own| path_steps(own) == Some(path.clone()))
}

/// The faults of all points, each once: those that the mapping makes at its line, those that the
/// values of some rows make with the lines of those rows.
pub(super) fn told(
    mapping: &Mapping,
    observations: &Observations,
    points: &[Point],
    all: &[OfPoint],
) -> Diagnostics {
    let mut told = Diagnostics::new();
    let mut of_map: Vec<(String, String)> = Vec::new();
    let mut of_rows: Vec<(String, &OfPoint, Vec<u64>)> = Vec::new();
    for one in all {
        let point = &points[one.point];
        if let Some(path) = setting(&one.fault, point)
            && let Some(keys) = by_mapping(mapping, points, all, one, path)
        {
            let key = (keys.join("."), path.to_owned());
            if !of_map.contains(&key) {
                of_map.push(key);
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let problem = format!("`{path}` of the scenario: {}", one.fault.problem);
                let fault = mapping.fault(&observations.name, &keys, None, &problem);
                told.push(Diagnostic { help: one.fault.help.clone(), ..fault });
            }
            continue;
        }
        let lines = point.rows.iter().map(|&i| observations.rows[i].line);
        let text = one.fault.to_string();
        match of_rows.iter_mut().find(|(have, ..)| *have == text) {
            Some((_, _, have)) => have.extend(lines),
            None => of_rows.push((text, one, lines.collect())),
        }
    }
    told.extend(of_rows.iter().map(|(_, one, lines)| of_row(&one.fault, observations, lines)));
    told
}

/// Where the mapping is at fault: its own values always are, a path that leads nowhere is, and so
/// is a column of which every point has a fault.
fn by_mapping(
    mapping: &Mapping,
    points: &[Point],
    all: &[OfPoint],
    one: &OfPoint,
    path: &str,
) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    for set in &mapping.set {
        match &set.setter {
            Setter::Is(texts) => {
                let value = points[one.point].settings.iter().find(|(own, _)| own == path);
                let text = texts.iter().find(|(_, of)| of.iter().any(|of| Some(of) == value));
                if let Some((text, _)) = text {
                    return Some(words(&["set", &set.column, "is", text, path]));
                }
            }
            Setter::Paths { paths, .. } if paths.iter().any(|own| own == path) => {
                let nowhere = one.fault.span.as_ref().is_some_and(|span| span.end <= path.len());
                let sets = |point: &&Point| point.settings.iter().any(|(own, _)| own == path);
                let setting_it = points.iter().filter(sets).count();
                let mut faulty: Vec<usize> = all
                    .iter()
                    .filter(|own| setting(&own.fault, &points[own.point]) == Some(path))
                    .map(|own| own.point)
                    .collect();
                faulty.dedup();
                let every = setting_it > 1 && faulty.len() == setting_it;
                return (nowhere || every).then(|| words(&["set", &set.column, "path"]));
            }
            Setter::Paths { .. } => {}
        }
    }
    None
}

/// A fault that only the values of some rows bring, told of those rows.
fn of_row(fault: &Diagnostic, observations: &Observations, lines: &[u64]) -> Diagnostic {
    let shown: Vec<String> = lines.iter().take(5).map(ToString::to_string).collect();
    let more = if lines.len() > shown.len() { ", ..." } else { "" };
    let file = SourceFile::new(observations.name.clone(), "");
    let problem = format!("line {}{more}: {}", shown.join(", "), fault.problem);
    let told = Diagnostic::of_file(file, problem).about(fault.field.clone());
    match &fault.help {
        Some(help) => told.with_help(help.clone()),
        None => told,
    }
}
