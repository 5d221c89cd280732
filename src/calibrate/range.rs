//! What the rows of a table set: outside of it nothing was tried.

use std::collections::BTreeSet;

use super::setup::Setup;
use crate::trace::table::number;

/// What a column held.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The column.
    pub column: String,
    /// The lowest and the highest number, where all cells are numbers.
    pub numbers: Option<(f64, f64)>,
    /// Every text, where they are not.
    pub texts: BTreeSet<String>,
}

impl Range {
    /// Why a cell is outside; none where it is inside or empty.
    #[must_use]
    pub fn outside(&self, cell: &str) -> Option<String> {
        if cell.is_empty() {
            return None;
        }
        match (self.numbers, number(cell)) {
            (Some((low, high)), Ok(x)) if x < low * (1.0 - 1e-9) || x > high * (1.0 + 1e-9) => {
                Some(format!("{} = {cell} is outside {low} to {high}", self.column))
            }
            (Some(_), Ok(_)) => None,
            _ if self.texts.contains(cell) => None,
            _ => {
                let known: Vec<&str> = self.texts.iter().map(String::as_str).collect();
                Some(format!("{} = {cell} is none of {}", self.column, known.join(", ")))
            }
        }
    }
}

/// What the columns held that set or choose something.
pub(super) fn ranges(setup: &Setup) -> Vec<Range> {
    let observations = &setup.observations;
    let set = setup.mapping.set.iter().map(|set| &set.column);
    let columns: BTreeSet<&String> = set.chain(&setup.mapping.apart.columns).collect();
    let mut ranges = Vec::new();
    for column in columns {
        let Some(i) = observations.columns.iter().position(|own| own == column) else { continue };
        let cells = observations.rows.iter().map(|row| row.cells[i].as_str());
        let cells: BTreeSet<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        let numbers: Vec<f64> = cells.iter().filter_map(|cell| number(cell).ok()).collect();
        let all = !cells.is_empty() && numbers.len() == cells.len();
        let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        ranges.push(Range {
            column: column.clone(),
            numbers: all.then_some((low, high)),
            texts: if all {
                BTreeSet::new()
            } else {
                cells.iter().map(|&c| c.to_owned()).collect()
            },
        });
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_inside_and_outside() {
        let numbers =
            Range { column: "qd".into(), numbers: Some((1.0, 64.0)), texts: BTreeSet::new() };
        assert_eq!(numbers.outside("64"), None);
        assert_eq!(numbers.outside(""), None);
        assert_eq!(numbers.outside("65").unwrap(), "qd = 65 is outside 1 to 64");
        let texts = Range {
            column: "path".into(),
            numbers: None,
            texts: ["direct".to_owned()].into_iter().collect(),
        };
        assert_eq!(texts.outside("direct"), None);
        assert!(texts.outside("both").unwrap().contains("none of direct"));
    }
}
