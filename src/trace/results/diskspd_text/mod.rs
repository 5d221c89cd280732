//! `DiskSpd` results as text, versions 2.0 and 2.2, read line by line.
//!
//! The layout is that of `ResultParser.cpp` (github.com/microsoft/diskspd): parameters, then for
//! each time span a table of processors, three of I/O by thread, and one of latency percentiles.
//! Columns are found by their names, because which there are depends on version and machine.

mod cells;
mod parameters;
mod tables;
#[cfg(test)]
mod tests;

use std::io::Read;

use super::number::{DECIMAL_HELP, decimal, whole};
use super::{Target, TestResult, Tool};
use crate::trace::text::{Lines, whole_line};
use crate::trace::{Gathered, RowError, TraceError, TraceFault, TraceProblem};
use parameters::Parameters;
use tables::Tables;

/// The longest line is a row of a thread with the path of its target.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// Time spans of one file.
const MOST_SPANS: usize = 4096;
const COMPLETE: &str = "copy the whole output, from the first line to the last";

/// Reads every time span of an output; several outputs may follow each other.
///
/// # Errors
/// [`TraceError`] with all that is wrong: numbers that are none, tables that are cut, a run that
/// was interrupted, nothing at all.
pub fn read<R: Read>(name: &str, reader: R) -> Result<Vec<TestResult>, TraceError> {
    let mut lines = Lines::new(reader, MAX_LINE_BYTES);
    let mut output = Output::default();
    loop {
        match lines.next_any() {
            Ok(Some(line)) => output.line(&Row::new(line.text, line.number, line.closed)),
            Ok(None) => break,
            Err(RowError::Fault(fault)) => output.faults.gathered.push(fault),
            Err(RowError::Io { line, source }) => {
                return Err(TraceError::Io { file: name.to_owned(), line, source });
            }
        }
    }
    output.finish(lines.number.max(1), name)
}

/// A line and its place.
struct Row<'a> {
    /// Without blanks around it.
    text: &'a str,
    number: u64,
    closed: bool,
}

impl<'a> Row<'a> {
    fn new(text: &'a str, number: u64, closed: bool) -> Self {
        Self { text: text.trim(), number, closed }
    }

    fn cells(&self) -> Vec<&'a str> {
        self.text.split('|').map(str::trim).collect()
    }

    fn is_rule(&self) -> bool {
        self.text.starts_with("---") || self.text.starts_with("***")
    }
}

/// What was found wrong so far.
#[derive(Debug, Default)]
struct Faults {
    gathered: Gathered,
}

impl Faults {
    fn content(&mut self, line: u64, text: impl Into<String>, help: &str) {
        let problem = TraceProblem::Content { text: text.into() };
        self.gathered.push(whole_line(line, problem, help));
    }

    fn cell(&mut self, line: u64, column: Option<usize>, field: &str, problem: TraceProblem) {
        self.gathered.push(TraceFault {
            line,
            column,
            field: Some(field.to_owned()),
            problem,
            help: DECIMAL_HELP.to_owned(),
        });
    }

    fn decimal(
        &mut self,
        row: &Row<'_>,
        at: Option<usize>,
        field: &str,
        text: &str,
    ) -> Option<f64> {
        decimal(text).map_err(|problem| self.cell(row.number, at, field, problem)).ok()
    }

    fn whole(&mut self, row: &Row<'_>, at: Option<usize>, field: &str, text: &str) -> Option<u64> {
        whole(text).map_err(|problem| self.cell(row.number, at, field, problem)).ok()
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Before the first heading, or of no interest.
    #[default]
    Other,
    Parameters,
    System,
    Results,
}

/// The output on its way.
#[derive(Debug, Default)]
struct Output {
    faults: Faults,
    part: Part,
    parameters: Parameters,
    /// The time span whose results are being read.
    tables: Option<Tables>,
    results: Vec<TestResult>,
    /// Whether results were seen since the parameters began.
    measured: bool,
}

impl Output {
    fn line(&mut self, row: &Row<'_>) {
        if self.heading(row) || row.text.is_empty() {
            return;
        }
        match self.part {
            Part::Parameters => self.parameters.line(row, &mut self.faults),
            Part::System => self.parameters.system(row),
            Part::Results => {
                if let Some(tables) = &mut self.tables {
                    tables.line(row, &mut self.faults);
                }
            }
            Part::Other => {}
        }
    }

    /// Whether the line begins another part.
    fn heading(&mut self, row: &Row<'_>) -> bool {
        if let Some(line) = row.text.strip_prefix("Command Line:") {
            self.begin(row.number);
            self.parameters.command_line = Some(line.trim().to_owned());
            self.part = Part::Other;
        } else if row.text == "Input parameters:" {
            self.begin(row.number);
            self.part = Part::Parameters;
        } else if row.text == "System information:" {
            self.part = Part::System;
        } else if let Some(number) = row.text.strip_prefix("Results for timespan ") {
            self.end_span(row.number);
            let number = number.trim_end_matches(':');
            let span = self.faults.whole(row, None, "timespan", number).unwrap_or(1);
            self.tables = Some(Tables::new(span));
            self.measured = true;
            self.part = Part::Results;
        } else if row.text == "Totals:" {
            self.end_span(row.number);
            self.part = Part::Other;
        } else {
            return false;
        }
        true
    }

    /// Begins another output, unless this one has only begun.
    fn begin(&mut self, line: u64) {
        if self.measured {
            self.end_span(line);
            self.parameters = Parameters::default();
            self.measured = false;
        }
    }

    fn end_span(&mut self, line: u64) {
        let Some(tables) = self.tables.take() else { return };
        let mut result = TestResult::new(Tool::DiskSpd);
        result.command_line.clone_from(&self.parameters.command_line);
        result.host.clone_from(&self.parameters.host);
        result.started.clone_from(&self.parameters.started);
        self.parameters.describe(tables.span, &mut result);
        tables.finish(line, &mut result, &mut self.faults);
        if result.targets.is_empty() {
            result.targets.push(Target::default());
        }
        if self.results.len() == MOST_SPANS {
            let text = format!("there are more than {MOST_SPANS} time spans");
            self.faults.content(line, text, "give fewer outputs at a time");
            return;
        }
        self.results.push(result);
    }

    fn finish(mut self, last: u64, name: &str) -> Result<Vec<TestResult>, TraceError> {
        self.end_span(last);
        if self.results.is_empty() {
            self.faults.content(last, "there are no results of a time span", COMPLETE);
        }
        self.faults.gathered.into_result(name)?;
        Ok(self.results)
    }
}
