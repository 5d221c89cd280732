//! What the rows of a table set: outside of it nothing was tried.

use std::collections::BTreeSet;

use super::mapping::Setter;
use super::setup::Setup;
use crate::scenario::document::{Document, Value};
use crate::trace::table::number;
use crate::units::{UnitKind, parse_as};

/// What a column held.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The column.
    pub column: String,
    /// The lowest and the highest number, where all cells are numbers.
    pub numbers: Option<(f64, f64)>,
    /// Every text, where they are not.
    pub texts: BTreeSet<String>,
    /// The values of a scenario that the column sets, if it sets any directly.
    pub paths: Vec<String>,
    /// What a number of the column is multiplied by, and its unit, to be such a value.
    pub unit: (f64, Option<String>),
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

    /// Why a value of a scenario is outside; none where it is inside or the scenario has none.
    #[must_use]
    pub fn outside_scenario(&self, document: &Document) -> Option<String> {
        let (low, high) = self.numbers?;
        let (times, unit) = &self.unit;
        let of = |x: f64| match unit {
            Some(unit) => format!("{} {unit}", x * times),
            None => (x * times).to_string(),
        };
        self.paths.iter().find_map(|path| {
            let value = in_unit(&document.get(path)?.value, unit.as_deref())? / times;
            let outside = value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9);
            let text = || {
                format!("{path} is {}, and was tried from {} to {}", of(value), of(low), of(high))
            };
            outside.then(text)
        })
    }
}

/// A value in a unit; none where it is of another kind.
fn in_unit(value: &Value, unit: Option<&str>) -> Option<f64> {
    let kinds = [UnitKind::Time, UnitKind::Bytes, UnitKind::Rate, UnitKind::Iops, UnitKind::Ratio];
    match (value, unit) {
        (Value::Integer(n), None) => Some(*n as f64),
        (Value::Float(x), None) => Some(*x),
        (Value::String(text), Some(unit)) => kinds.into_iter().find_map(|kind| {
            let one = parse_as(kind, &format!("1 {unit}")).ok()?;
            Some(parse_as(kind, text).ok()? / one)
        }),
        _ => None,
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
        let setter = setup.mapping.set.iter().find(|set| set.column == *column);
        let (paths, unit) = match setter.map(|set| &set.setter) {
            Some(Setter::Paths { paths, unit, times }) => (paths.clone(), (*times, unit.clone())),
            _ => (Vec::new(), (1.0, None)),
        };
        ranges.push(Range {
            paths,
            unit,
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
        let numbers = Range {
            column: "qd".into(),
            numbers: Some((1.0, 64.0)),
            texts: BTreeSet::new(),
            paths: vec!["load.block".into()],
            unit: (1024.0, Some("B".into())),
        };
        assert_eq!(numbers.outside("64"), None);
        assert_eq!(numbers.outside(""), None);
        assert_eq!(numbers.outside("65").unwrap(), "qd = 65 is outside 1 to 64");
        let document = |block: &str| {
            Document::from_text("s", &format!("[load]\nblock = '{block}'\n")).unwrap()
        };
        assert_eq!(numbers.outside_scenario(&document("64 KiB")), None);
        assert_eq!(
            numbers.outside_scenario(&document("65 KiB")).unwrap(),
            "load.block is 66560 B, and was tried from 1024 B to 65536 B"
        );
        let texts = Range {
            column: "path".into(),
            numbers: None,
            paths: Vec::new(),
            unit: (1.0, None),
            texts: ["direct".to_owned()].into_iter().collect(),
        };
        assert_eq!(texts.outside("direct"), None);
        assert!(texts.outside("both").unwrap().contains("none of direct"));
    }
}
