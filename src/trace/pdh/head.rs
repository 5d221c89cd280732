//! The first line of a log, which names its columns.

use std::collections::{BTreeMap, BTreeSet};

use super::{CounterPath, PdhHeader, cell_fault, field, localised};
use crate::trace::cells::{CellFault, Cells};
use crate::trace::text::{Line, shortened, whole_line};
use crate::trace::{Gathered, TraceFault, TraceProblem};

/// The first cell of a log.
const MARKER: &str = "(PDH-CSV 4.0)";

pub(super) fn header(line: &Line<'_>, gathered: &mut Gathered) -> PdhHeader {
    let at = line.number;
    let mut header = PdhHeader::default();
    let cells: Result<Vec<_>, CellFault> = Cells::new(line.text, ',').collect();
    let apart = |by: &str| line.text.contains(&format!("\"{by}\""));
    if cells.is_err() && (apart(";") || apart("\t")) {
        gathered.push(no_log(at, line.text, line.text));
        return header;
    }
    let Ok(cells) = cells else {
        let text = "the quotes of the line that names the columns do not match".to_owned();
        let help = "copy the whole file; every cell is in quotes of its own";
        gathered.push(whole_line(at, TraceProblem::Content { text }, help));
        return header;
    };
    let first = cells.first().map_or("", |cell| cell.trim());
    let Some(zone) = first.strip_prefix(MARKER) else {
        gathered.push(no_log(at, line.text, first));
        return header;
    };
    if cells.len() == 1 && zone.starts_with([';', '\t']) {
        gathered.push(no_log(at, line.text, first));
        return header;
    }
    (header.zone, header.bias_minutes) = zone_of(zone.trim());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (index, cell) in cells.iter().enumerate().skip(1) {
        let Some(path) = CounterPath::parse(cell) else {
            // A collector set writes its description behind the last counter.
            if index + 1 == cells.len() && !cell.starts_with('\\') && index > 1 {
                header.remark = true;
                break;
            }
            let text = format!("{:?} is no counter path", shortened(cell));
            let help = r"a path is \\HOST\Object(Instance)\Counter";
            gathered.push(cell_fault(at, index, "path", text, help));
            continue;
        };
        if let Some(english) = localised::english(&path.object)
            && told.insert(path.object.to_lowercase())
        {
            let text = format!(
                "`{}` is no English counter object: the log is of a system in another language",
                path.object
            );
            let help = format!(
                "in English it is `{english}`; log again on a system, or with an account, whose \
                 display language is English, or log to .blg and run `relog LOG.blg -f csv -o \
                 LOG.csv` on an English system"
            );
            gathered.push(cell_fault(at, index, &field(cell), text, &help));
        }
        if let Some(first) = seen.get(&cell.to_lowercase()) {
            let problem = TraceProblem::DuplicateColumn { first: first + 1 };
            let help = "log each counter once; `relog` with a list of counters leaves one out";
            let (column, field) = (Some(index + 1), Some(field(cell)));
            gathered.push(TraceFault { line: at, column, field, problem, help: help.to_owned() });
        } else {
            seen.insert(cell.to_lowercase(), index);
        }
        header.columns.push(path);
    }
    if cells.len() == 1 {
        let text = "the log has no counter".to_owned();
        let help = "log the counters that the documentation lists";
        gathered.push(whole_line(at, TraceProblem::Content { text }, help));
    }
    header
}

/// Why a file with such a first line is no log of this kind.
fn no_log(at: u64, line: &str, first: &str) -> TraceFault {
    let (text, help) = if line.contains("PDH-CSV") && line.contains(';') {
        let text = "the columns are set apart by semicolons";
        (text.to_owned(), "set them apart by commas, as relog writes them; a spreadsheet does not")
    } else if line.contains("PDH-TSV") || line.contains("PDH-CSV") && line.contains('\t') {
        let text = "the columns are set apart by tabs";
        (text.to_owned(), "convert the log with `relog LOG -f csv -o LOG.csv`")
    } else {
        let text = format!("{:?} does not begin a PerfMon log in text", shortened(first));
        (text, "the first cell says (PDH-CSV 4.0); make one with `relog LOG.blg -f csv -o LOG.csv`")
    };
    whole_line(at, TraceProblem::Content { text }, help)
}

/// Zone and bias of `(Eastern Daylight Time)(240)`; either may be missing.
pub(super) fn zone_of(text: &str) -> (Option<String>, Option<i32>) {
    let Some(inside) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else {
        return (None, None);
    };
    match inside.rsplit_once(")(") {
        Some((zone, bias)) => (Some(zone.to_owned()), bias.trim().parse().ok()),
        None => (Some(inside.to_owned()), None),
    }
}
