//! `VMFleet` 2 results as tab-separated text (`result.tsv`), a row for each run.
//!
//! The columns are those of `Start-FleetResultRun` (github.com/microsoft/diskspd,
//! Frameworks/VMFleet): key columns that the user chose, then sums and means over all guests. The
//! files of single guests (`result-vm-*.tsv`) have the same columns without those of the hosts.
//! Every column that has no field of its own is handed on as it is.

use std::io::Read;

use super::number::{DECIMAL_HELP, decimal};
use super::{Flow, Flows, Latency, Target, TestResult, Tool};
use crate::trace::text::{shortened, whole, whole_line};
use crate::trace::{Gathered, TraceError, TraceFault, TraceProblem};

const MAX_BYTES: usize = 64 << 20;
/// A sweep has a few hundred.
const MAX_ROWS: usize = 50_000;
/// `VMFleet` has about forty.
const MAX_COLUMNS: usize = 1000;
const MILLISECONDS: f64 = 1e-3;
const COMPLETE: &str = "give the whole file that VMFleet exported, tab-separated";

/// Columns with a field of their own.
const TAKEN: [&str; 17] = [
    "IOPS",
    "AverageCPU",
    "AverageReadIOPS",
    "AverageReadBW",
    "AverageReadMilliseconds",
    "AverageWriteIOPS",
    "AverageWriteBW",
    "AverageWriteMilliseconds",
    "ReadMilliseconds50",
    "ReadMilliseconds90",
    "ReadMilliseconds99",
    "WriteMilliseconds50",
    "WriteMilliseconds90",
    "WriteMilliseconds99",
    "RunLabel",
    "Result",
    "",
];
/// Columns without which a row tells nothing.
const NEEDED: [&str; 3] = ["IOPS", "AverageReadIOPS", "AverageWriteIOPS"];
const MEANS: &str = "percentiles are means over the guests of each guest's own";

/// Reads every row.
///
/// # Errors
/// [`TraceError`] with all that is wrong: columns that are missing or twice, rows that are cut,
/// numbers that are none or have a decimal comma, as a Windows of another language writes them.
pub fn read<R: Read>(name: &str, reader: R) -> Result<Vec<TestResult>, TraceError> {
    let text = whole(name, reader, MAX_BYTES)?;
    let mut faults = Gathered::default();
    let results = rows(&text, &mut faults);
    faults.into_result(name)?;
    Ok(results)
}

fn rows(text: &str, faults: &mut Gathered) -> Vec<TestResult> {
    let last = text.lines().count().max(1) as u64;
    if text.bytes().filter(|&byte| byte == b'"').count() % 2 != 0 {
        let problem = TraceProblem::Content { text: "a quote is not closed".to_owned() };
        faults.push(whole_line(last, problem, COMPLETE));
        return Vec::new();
    }
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut header: Option<Header> = None;
    let mut results = Vec::new();
    let (mut counted, mut line) = (0, 1);
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(last, csv::Position::line);
                let problem = TraceProblem::Content { text: format!("the row is none: {error}") };
                faults.push(whole_line(line, problem, COMPLETE));
                break;
            }
        };
        // The reader stops between CR and LF, and so counts a line too few.
        let start = record.position().map_or(0, |place| place.byte() as usize);
        let rest = text.get(start..).unwrap_or_default();
        let start = text.len() - rest.trim_start_matches(['\r', '\n']).len();
        line += text.get(counted..start).map_or(0, |passed| passed.matches('\n').count() as u64);
        counted = start;
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        match &header {
            None => header = Some(Header::new(&cells, line, faults)),
            Some(header) if results.len() < MAX_ROWS => {
                let closed = text.ends_with('\n') || line < last;
                results.extend(header.row(&cells, line, closed, faults));
            }
            Some(_) => {
                let problem = TraceProblem::TooManyRows { limit: MAX_ROWS as u64 };
                faults.push(whole_line(line, problem, "give one sweep at a time"));
                break;
            }
        }
    }
    match header {
        None => faults.push(whole_line(1, TraceProblem::Empty, COMPLETE)),
        Some(_) if results.is_empty() => {
            faults.push(whole_line(last, TraceProblem::NoRows, COMPLETE));
        }
        Some(_) => {}
    }
    results
}

/// Where each column is.
struct Header {
    names: Vec<String>,
    usable: bool,
}

impl Header {
    fn new(cells: &[&str], line: u64, faults: &mut Gathered) -> Self {
        if cells.len() > MAX_COLUMNS {
            let text = format!("there are more than {MAX_COLUMNS} columns");
            faults.push(whole_line(line, TraceProblem::Content { text }, COMPLETE));
            return Self { names: Vec::new(), usable: false };
        }
        let names: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        let mut usable = true;
        for (at, name) in names.iter().enumerate() {
            let first = names[..at].iter().position(|other| other.eq_ignore_ascii_case(name));
            if let Some(first) = first.filter(|_| !name.is_empty()) {
                usable = false;
                faults.push(TraceFault {
                    column: Some(at + 1),
                    field: Some(shortened(name)),
                    ..whole_line(
                        line,
                        TraceProblem::DuplicateColumn { first: first + 1 },
                        "name each column once",
                    )
                });
            }
        }
        for name in NEEDED {
            if !names.iter().any(|have| have.eq_ignore_ascii_case(name)) {
                usable = false;
                let problem = TraceProblem::MissingColumn { name };
                faults.push(whole_line(line, problem, COMPLETE));
            }
        }
        Self { names, usable }
    }

    fn row(
        &self,
        cells: &[&str],
        line: u64,
        closed: bool,
        faults: &mut Gathered,
    ) -> Option<TestResult> {
        let (expected, found) = (self.names.len(), cells.len());
        if found != expected {
            let problem = match (found > expected, closed) {
                (true, _) => TraceProblem::LongRow { expected, found },
                (false, true) => TraceProblem::ShortRow { expected, found },
                (false, false) => TraceProblem::CutRow { expected, found },
            };
            faults.push(whole_line(line, problem, COMPLETE));
            return None;
        }
        if !self.usable {
            return None;
        }
        let mut number = |name: &str| {
            let at = self.names.iter().position(|have| have.eq_ignore_ascii_case(name))?;
            if cells[at].is_empty() && !NEEDED.contains(&name) {
                return None;
            }
            let value = decimal(cells[at]).map_err(|problem| {
                faults.push(TraceFault {
                    column: Some(at + 1),
                    field: Some(name.to_owned()),
                    ..whole_line(line, problem, DECIMAL_HELP)
                });
            });
            value.ok()
        };
        let mut result = TestResult::new(Tool::VmFleet);
        let mut flow = |direction: &str| {
            let iops = number(&format!("Average{direction}IOPS"));
            let bytes_per_s = number(&format!("Average{direction}BW"));
            let mean_s = number(&format!("Average{direction}Milliseconds"));
            let mut latency = Latency::default();
            // VMFleet writes zero where nothing was read or written.
            let busy = iops.is_some_and(|iops| iops > 0.0);
            if busy {
                latency.mean_s = mean_s.map(|ms| ms * MILLISECONDS);
            }
            for percent in [50_u8, 90, 99] {
                let value = number(&format!("{direction}Milliseconds{percent}"));
                if let Some(ms) = value.filter(|_| busy) {
                    latency.add(f64::from(percent), ms * MILLISECONDS);
                }
            }
            Flow { iops, bytes_per_s, latency, ..Flow::default() }
        };
        let (read, write) = (flow("Read"), flow("Write"));
        let mut total = Flow::together(&[&read, &write]);
        total.iops = number("IOPS").or(total.iops);
        result.cpu.average_pct = number("AverageCPU");
        let known = |name: &str| TAKEN.iter().any(|taken| taken.eq_ignore_ascii_case(name));
        for (name, cell) in self.names.iter().zip(cells) {
            let label = ["RunLabel", "Result"].iter().any(|label| label.eq_ignore_ascii_case(name));
            if label && !cell.is_empty() {
                result.label = Some((*cell).to_owned());
            } else if !known(name) {
                result.columns.push((name.clone(), (*cell).to_owned()));
            }
        }
        if !(read.latency.percentiles.is_empty() && write.latency.percentiles.is_empty()) {
            result.notes.push(MEANS.to_owned());
        }
        result.flows = Flows { total, read, write };
        result.targets.push(Target { flows: result.flows.clone(), ..Target::default() });
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    const FILE: &str = "vmfleet/result.tsv";

    fn text() -> String {
        String::from_utf8(corpus::file(FILE)).unwrap()
    }

    fn told(text: &str) -> String {
        read("v", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn rows_are_runs() {
        for bytes in [corpus::file(FILE), corpus::utf16(&corpus::file(FILE))] {
            let results = read(FILE, bytes.as_slice()).unwrap();
            assert_eq!(results.len(), 2);
            let Flows { total, read, write } = &results[0].flows;
            assert_eq!(
                (total.iops, read.iops, write.iops),
                (Some(590_092.0), Some(590_092.0), Some(0.0))
            );
            assert_eq!(read.bytes_per_s, Some(2.417_02e9));
            assert_eq!(read.latency.mean_s, Some(1.73375 * 1e-3));
            assert_eq!(read.latency.at(99.0), Some(5.114 * 1e-3));
            assert_eq!(write.latency, Latency::default(), "nothing was written");
            assert_eq!(results[0].cpu.average_pct, Some(71.683));
            assert_eq!(results[0].label.as_deref(), Some("1"));
            let column = |k: usize, name: &str| {
                results[k].columns.iter().find(|(have, _)| have == name).map(|(_, v)| v.as_str())
            };
            assert_eq!(column(1, "VMAlignmentPct"), Some("70"));
            assert_eq!(column(1, "QOSperVM"), Some("14415"));
            assert_eq!(column(1, "AverageCSVWriteMilliseconds"), Some("0.435231"));
            assert_eq!(column(1, "IOPS"), None, "it has a field of its own");
            let Flows { total, read, write } = &results[1].flows;
            assert_eq!((total.iops, read.iops), (Some(461_302.0), Some(415_217.0)));
            let mean = (415_217.0 * 1.66171 + 46_085.0 * 1.7702) / 461_302.0;
            assert!((total.latency.mean_s.unwrap() * 1e3 - mean).abs() < 1e-9);
            assert_eq!(write.latency.at(50.0), Some(1.57069 * 1e-3));
            assert!(total.latency.percentiles.is_empty(), "percentiles cannot be added");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_line_and_column() {
        let comma =
            told(&text().replace("1.66171", "1,66171").replace("590092\"\t\"71", "-1\"\t\"71"));
        assert!(comma.contains("v, line 2, column 14 (IOPS): -1 is negative"), "{comma}");
        assert!(
            comma
                .contains("line 3, column 25 (AverageReadMilliseconds): 1,66171 has a comma where"),
            "{comma}"
        );
        let twice = told(&text().replace("\"AverageCPU\"", "\"iops\""));
        assert!(
            twice.contains("line 1, column 15 (iops): the column was already given as column 14")
        );
        let missing = told(&text().replace("AverageWriteIOPS", "Writes"));
        assert!(missing.contains("there is no column AverageWriteIOPS"), "{missing}");
        let whole = text();
        let cut = whole.trim_end().trim_end_matches("\t\"4.80247\"");
        assert!(told(cut).contains("line 3: the file ends in the middle of a row, after 33 of 34"));
        assert!(told(&whole[..whole.len() - 3]).contains("a quote is not closed"));
        assert!(told(whole.lines().next().unwrap()).contains("a header but no row"));
        assert!(told("").contains("the file is empty"));
        assert!(told(&text().replace("71.683", "NaN")).contains("not a finite number"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn damaged_results_never_panic(damages in corpus::damages()) {
            match read("v", corpus::damaged(&corpus::file(FILE), &damages).as_slice()) {
                Ok(results) => prop_assert!(corpus::sound(&Measured::Tests(results))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
