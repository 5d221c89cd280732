//! The history of a load, of which growth is found: a small CSV file.

use jiff::civil::DateTime;

use crate::scenario::context::Context;
use crate::scenario::document::Located;
use crate::scenario::traces;
use crate::schedule::{Growth, GrowthForm};

/// Faults of a file that are told one by one.
const TOLD: usize = 20;

/// The growth that the file called `name` shows; faults when it shows none.
pub(super) fn growth(
    context: &mut Context<'_>,
    name: &Located<String>,
    form: GrowthForm,
) -> Option<Growth> {
    let values = traces::history(context, name)?;
    let source = format!("history {}, {} values", name.value, values.len());
    match Growth::of_history(&values, form, source) {
        Ok(growth) => Some(growth),
        Err(error) => {
            context.fault(name, error.to_string(), None);
            None
        }
    }
}

/// Pairs of month, as a number since that of the first, and value; else every fault with its line.
pub(in crate::scenario) fn parse(shown: &str, text: &str) -> Result<Vec<(f64, f64)>, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, header)) = lines.next() else {
        return Err(vec![format!("{shown}: the history is empty")]);
    };
    let separator = if header.contains(';') { ';' } else { ',' };
    let columns = header.split(separator).count();
    let mut faults = Vec::new();
    if columns < 2 {
        faults.push(format!("{shown}:1: expected two columns, a date and a value"));
    }
    if header.split(separator).next().is_some_and(|cell| month(cell).is_some()) {
        faults.push(format!("{shown}:1: the first line must name the columns"));
    }
    let mut values: Vec<(f64, f64)> = Vec::new();
    for (index, line) in lines {
        let mut fault = |what: String| faults.push(format!("{shown}:{}: {what}", index + 1));
        let cells: Vec<&str> = line.split(separator).map(bare).collect();
        if cells.len() != columns {
            let comma = if separator == ',' && cells.len() > columns {
                "; a decimal comma is not read, write a point"
            } else {
                ""
            };
            fault(format!("expected {columns} columns, found {}{comma}", cells.len()));
            continue;
        }
        let [date, value, ..] = cells.as_slice() else { continue };
        let month = month(date);
        if month.is_none() {
            let wanted = "write 2026-11, 2026-11-24 or 2026-11-24 22:00";
            fault(format!("`{date}` is no date; {wanted}"));
        }
        let number = value.parse().ok().filter(|number: &f64| number.is_finite());
        if number.is_none() {
            let comma = value.contains(',') && value.replace(',', ".").parse::<f64>().is_ok();
            let why = if comma { "; a decimal comma is not read, write a point" } else { "" };
            fault(format!("`{value}` is no number{why}"));
        }
        values.extend(month.zip(number));
    }
    if faults.len() > TOLD {
        let more = faults.len() - TOLD;
        faults.truncate(TOLD);
        faults.push(format!("{shown}: and {more} more"));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let first = values.first().map_or(0.0, |(month, _)| *month);
    Ok(values.into_iter().map(|(month, value)| (month - first, value)).collect())
}

/// A cell without blanks and quotes around it.
fn bare(cell: &str) -> &str {
    let cell = cell.trim();
    let inner = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"'));
    inner.unwrap_or(cell).trim()
}

/// Months of the calendar; a day is its share of its month.
fn month(cell: &str) -> Option<f64> {
    let cell = bare(cell);
    let whole = if cell.len() == 7 { format!("{cell}-01") } else { cell.to_owned() };
    let at: DateTime = whole.parse().ok()?;
    let of_day = f64::from(at.hour()) + f64::from(at.minute()) / 60.0;
    let days = f64::from(at.day() - 1) + of_day / 24.0;
    let months = f64::from(at.year()) * 12.0 + f64::from(at.month());
    Some(months + days / f64::from(at.days_in_month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_from_the_first_row() {
        let text =
            "\u{feff}date,gb\r\n2025-11,10\r\n\r\n2025-12-16 12:00,\"11.5\"\r\n2026-02-01,1e1\n";
        // Noon of the 16th of December is 15.5 of 31 days.
        assert_eq!(parse("h.csv", text), Ok(vec![(0.0, 10.0), (1.5, 11.5), (3.0, 10.0)]));
        let semicolons = "Datum;Wert;Bemerkung\n2025-11-01;3;\n2025-12-01;4;neu\n";
        assert_eq!(parse("h.csv", semicolons), Ok(vec![(0.0, 3.0), (1.0, 4.0)]));
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let wrong = "date;value\n24.11.2025;1\n2025-12;1,5\n2026-01;\n2026-02\n2026-03;inf\n";
        let date = "write 2026-11, 2026-11-24 or 2026-11-24 22:00";
        assert_eq!(
            parse("h.csv", wrong).unwrap_err(),
            [
                format!("h.csv:2: `24.11.2025` is no date; {date}"),
                "h.csv:3: `1,5` is no number; a decimal comma is not read, write a point".into(),
                "h.csv:4: `` is no number".into(),
                "h.csv:5: expected 2 columns, found 1".into(),
                "h.csv:6: `inf` is no number".into(),
            ]
        );
        let told = |text: &str| parse("h.csv", text).unwrap_err().join("|");
        assert!(told("date,value\n2025-11,1,5\n").contains("decimal comma"));
        assert!(told("2025-11,1\n2025-12,2\n").contains("must name the columns"));
        assert!(told("date\n").contains("two columns"));
        assert!(told(" \n").contains("is empty"));
        let many = format!("date,value\n{}", "x,y\n".repeat(50));
        assert_eq!(parse("h.csv", &many).unwrap_err().len(), TOLD + 1);
    }
}
