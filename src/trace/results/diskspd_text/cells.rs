//! Single rows and cells of the tables.

use super::{COMPLETE, Faults, Row};
use crate::trace::TraceProblem;
use crate::trace::text::{shortened, whole_line};

/// `min`, `25th`, `3-nines`, `max`.
pub(super) fn percent(text: &str) -> Option<f64> {
    match text {
        "min" => return Some(0.0),
        "max" => return Some(100.0),
        _ => {}
    }
    if let Some(number) = text.strip_suffix("th") {
        return number.parse::<u8>().ok().filter(|percent| *percent < 100).map(f64::from);
    }
    let nines: i32 = text.strip_suffix("-nines")?.parse().ok()?;
    // Of 3 nines one in a thousand is longer.
    (1..=15).contains(&nines).then(|| 100.0 - 10.0_f64.powi(2 - nines))
}

/// A row with fewer or more cells than it has columns.
pub(super) fn cut(row: &Row<'_>, expected: usize, found: usize, faults: &mut Faults) {
    let problem = match (found > expected, row.closed) {
        (true, _) => TraceProblem::LongRow { expected, found },
        (false, true) => TraceProblem::ShortRow { expected, found },
        (false, false) => TraceProblem::CutRow { expected, found },
    };
    faults.gathered.push(whole_line(row.number, problem, COMPLETE));
}

/// A file that ends in the middle of its last number: each column has its number of decimals.
pub(super) fn unfinished(row: &Row<'_>, cell: Option<&str>, column: &str, faults: &mut Faults) {
    let (false, Some(cell)) = (row.closed, cell) else { return };
    let decimals = match column {
        "AvgLat" | "LatStdDev" => 3,
        "MiB/s" | "MB/s" | "I/O per s" | "IopsStdDev" => 2,
        _ => return,
    };
    let found = cell.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if cell != "N/A" && found != decimals {
        let text = format!("the file ends in the middle of the number {:?}", shortened(cell));
        faults.content(row.number, text, COMPLETE);
    }
}
