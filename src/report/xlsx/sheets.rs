//! Numbers as native tables.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{Format, Table, TableColumn, Workbook, Worksheet, XlsxError};

use super::super::csv::COLUMNS;
use super::fitting;

/// Rows that a sheet holds, with room to spare.
const ROWS: usize = 1_000_000;
/// Columns of a table with one row a subject; more are one row a figure.
const WIDE: usize = 120;

/// A table to be written.
#[derive(Debug, Default)]
struct Sheet {
    name: String,
    heads: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// A cell: text, and the unit where it is a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cell {
    text: String,
    unit: Option<String>,
}

impl Cell {
    fn text(text: &str) -> Self {
        Self { text: text.to_owned(), unit: None }
    }

    fn number(text: &str, unit: &str) -> Self {
        Self { text: text.to_owned(), unit: Some(unit.to_owned()) }
    }
}

/// Adds the sheets of a table in comma-separated text.
pub(super) fn add(book: &mut Workbook, table: &[u8]) -> Result<(), XlsxError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(table);
    let mut records: Vec<Vec<String>> = Vec::new();
    for record in reader.records().filter_map(Result::ok) {
        records.push(record.iter().map(str::to_owned).collect());
    }
    let Some((head, rows)) = records.split_first() else { return Ok(()) };
    let sheets = if *head == COLUMNS { sections(rows) } else { vec![plain(head, rows)] };
    let mut names = BTreeSet::new();
    for (place, sheet) in sheets.iter().filter(|sheet| !sheet.rows.is_empty()).enumerate() {
        write(book, sheet, place, &mut names)?;
    }
    Ok(())
}

/// A table as it is.
fn plain(head: &[String], rows: &[Vec<String>]) -> Sheet {
    // Units stand in the heads: `iops error (fraction)`.
    let unit = |head: &str| {
        let inside = head.rsplit_once('(').and_then(|(_, unit)| unit.strip_suffix(')'));
        inside.unwrap_or_default().to_owned()
    };
    let cell = |(head, text): (&String, &String)| Cell::number(text, &unit(head));
    let rows = rows.iter().map(|row| head.iter().zip(row).map(cell).collect());
    Sheet { name: "Rows".to_owned(), heads: head.to_vec(), rows: rows.collect() }
}

/// One sheet for each section of the long table.
fn sections(rows: &[Vec<String>]) -> Vec<Sheet> {
    let mut order: Vec<&str> = Vec::new();
    let mut by: BTreeMap<&str, Vec<&[String]>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.len() == COLUMNS.len()) {
        let section = row[1].as_str();
        if !order.contains(&section) {
            order.push(section);
        }
        by.entry(section).or_default().push(row);
    }
    let sheet = |name: &str| {
        let rows = &by[name];
        let interval = rows.iter().any(|row| row[6..10].iter().any(|cell| !cell.is_empty()));
        let wide = if interval { None } else { wide(rows) };
        let (heads, rows) = wide.unwrap_or_else(|| long(rows));
        Sheet { name: name.to_owned(), heads, rows }
    };
    order.into_iter().map(sheet).collect()
}

type Rows = (Vec<String>, Vec<Vec<Cell>>);

/// One row a figure; columns that say nothing are left out.
fn long(rows: &[&[String]]) -> Rows {
    let used: Vec<usize> = (0..COLUMNS.len())
        .filter(|column| *column != 1 && rows.iter().any(|row| !row[*column].is_empty()))
        .collect();
    let heads = used.iter().map(|column| COLUMNS[*column].replace('_', " ")).collect();
    let cell = |row: &[String], column: usize| match column {
        5..=9 => Cell::number(&row[column], &row[4]),
        _ => Cell::text(&row[column]),
    };
    (heads, rows.iter().map(|row| used.iter().map(|c| cell(row, *c)).collect()).collect())
}

/// One row a subject; none where that is not possible.
fn wide(rows: &[&[String]]) -> Option<Rows> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows {
        let key = (row[0].as_str(), row[2].as_str());
        places.entry(key).or_insert_with(|| {
            keys.push(key);
            keys.len() - 1
        });
    }
    // One subject alone is easier to read from top to bottom.
    if keys.len() < 2 {
        return None;
    }
    // What is told of one subject several times is told apart by its note.
    let mut seen = BTreeSet::new();
    let several: BTreeSet<&str> = rows
        .iter()
        .filter(|row| !seen.insert((row[0].as_str(), row[2].as_str(), row[3].as_str())))
        .map(|row| row[3].as_str())
        .collect();
    let named = |row: &[String]| {
        let is_text = row[5].is_empty() && row[4].is_empty();
        let mut name = row[3].replace('_', " ");
        if several.contains(row[3].as_str()) && !is_text {
            name = format!("{name} {}", row[10]);
        }
        if row[4].is_empty() { name } else { format!("{name} ({})", row[4].replace('_', " ")) }
    };
    let mut heads: Vec<String> = Vec::new();
    let mut cells: BTreeMap<(usize, usize), Cell> = BTreeMap::new();
    let column = |name: String, heads: &mut Vec<String>| {
        heads.iter().position(|head| *head == name).unwrap_or_else(|| {
            heads.push(name);
            heads.len() - 1
        })
    };
    for row in rows {
        let place = *places.get(&(row[0].as_str(), row[2].as_str()))?;
        let name = named(row);
        let is_text = row[5].is_empty() && row[4].is_empty();
        let at = column(name.clone(), &mut heads);
        let cell = if is_text { Cell::text(&row[10]) } else { Cell::number(&row[5], &row[4]) };
        if cells.insert((place, at), cell).is_some() {
            return None;
        }
        if !is_text && !row[10].is_empty() && !several.contains(row[3].as_str()) {
            let at = column(format!("{name}, note"), &mut heads);
            cells.insert((place, at), Cell::text(&row[10]));
        }
        if heads.len() > WIDE {
            return None;
        }
    }
    let by_variant = keys.iter().any(|(variant, _)| !variant.is_empty());
    let own = |(variant, subject): (&str, &str)| {
        let variant = by_variant.then(|| Cell::text(variant));
        variant.into_iter().chain([Cell::text(subject)]).collect::<Vec<Cell>>()
    };
    let lines = keys.iter().enumerate().map(|(place, key)| {
        let rest = (0..heads.len()).map(|at| cells.get(&(place, at)).cloned().unwrap_or_default());
        own(*key).into_iter().chain(rest).collect()
    });
    let lines = lines.collect();
    let first = by_variant.then_some("variant").into_iter().chain(["subject"]).map(str::to_owned);
    Some((first.chain(heads).collect(), lines))
}

fn write(
    book: &mut Workbook,
    sheet: &Sheet,
    place: usize,
    names: &mut BTreeSet<String>,
) -> Result<(), XlsxError> {
    let page = book.add_worksheet();
    page.set_name(named(&sheet.name, names))?;
    page.set_freeze_panes(1, 1)?.set_repeat_rows(0, 0)?;
    super::printed(page);
    let kept = sheet.rows.len().min(ROWS);
    let heads = unique(&sheet.heads);
    let columns: Vec<TableColumn> =
        heads.iter().map(|head| TableColumn::new().set_header(head.clone())).collect();
    let table = Table::new().set_name(format!("Table{}", place + 1)).set_columns(&columns);
    let (last, right) = (kept as u32, heads.len().saturating_sub(1) as u16);
    page.add_table(0, 0, last, right, &table)?;
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count() + 4).collect();
    let formats = Formats::new();
    for (row, cells) in sheet.rows.iter().take(kept).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            put(page, (row as u32 + 1, column as u16), cell, &formats)?;
            if row < 500 {
                let wide = cell.text.chars().count();
                widths[column] = widths[column].max(if cell.unit.is_some() { 12 } else { wide });
            }
        }
    }
    for (column, wide) in widths.into_iter().enumerate() {
        page.set_column_width(column as u16, wide.clamp(8, 60) as f64 + 1.0)?;
    }
    Ok(())
}

/// A name that Excel takes, and that no other sheet has.
fn named(name: &str, names: &mut BTreeSet<String>) -> String {
    let letters = name.chars().map(|letter| match letter {
        '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'' | '_' => ' ',
        letter => letter,
    });
    let short: String = letters.take(24).collect();
    let short = if short.trim().is_empty() { "Sheet".to_owned() } else { short };
    let mut name = short.clone();
    let mut number = 2;
    while !names.insert(name.to_lowercase()) {
        name = format!("{short} {number}");
        number += 1;
    }
    name
}

/// Heads that a table takes: each once, whatever its case, and none empty.
fn unique(heads: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let one = |head: &String| {
        let head: String = fitting(head).chars().take(200).collect();
        let short = if head.trim().is_empty() { "column".to_owned() } else { head };
        let mut name = short.clone();
        let mut number = 2;
        while !seen.insert(name.to_lowercase()) {
            name = format!("{short} {number}");
            number += 1;
        }
        name
    };
    heads.iter().map(one).collect()
}

/// How numbers of a unit are shown.
struct Formats {
    share: Format,
    seconds: Format,
    whole: Format,
    rate: Format,
}

impl Formats {
    fn new() -> Self {
        let of = |format: &str| Format::new().set_num_format(format);
        Self { share: of("0.0%"), seconds: of("0.000000"), whole: of("#,##0"), rate: of("#,##0.0") }
    }

    fn of(&self, unit: &str) -> Option<&Format> {
        Some(match unit {
            "fraction" => &self.share,
            "seconds" => &self.seconds,
            "iops" => &self.rate,
            "count" | "bytes" | "bytes_per_second" | "bits_per_second" => &self.whole,
            _ => return None,
        })
    }
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    if cell.text.is_empty() {
        return Ok(());
    }
    if let Some((unit, number)) = cell.unit.as_ref().zip(number(&cell.text)) {
        match formats.of(unit) {
            Some(format) => sheet.write_number_with_format(row, column, number, format)?,
            None => sheet.write_number(row, column, number)?,
        };
    } else {
        sheet.write_string(row, column, fitting(&cell.text))?;
    }
    Ok(())
}

/// A number that a cell can hold without losing a digit.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    let is_whole = text.bytes().all(|letter| letter.is_ascii_digit());
    // Beyond 2^53 a cell would show another whole number.
    (!is_whole || number < 9_007_199_254_740_992.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: [&str; 11]) -> Vec<String> {
        cells.map(str::to_owned).to_vec()
    }

    #[test]
    fn figures_with_intervals_stay_long_and_others_get_a_row_a_subject() {
        let rows = [
            row(["a", "ports", "p1", "wire", "bytes", "1", "0.9", "1.1", "", "", ""]),
            row(["a", "steps", "t1", "busy", "fraction", "0.5", "", "", "", "", ""]),
            row(["a", "steps", "t1", "bytes", "bytes", "7", "", "", "", "", "N1"]),
            row(["a", "steps", "t1", "bytes", "bytes", "8", "", "", "", "", "N2"]),
            row(["a", "steps", "t2", "busy", "fraction", "0.6", "", "", "", "", ""]),
            row(["a", "steps", "t2", "why", "", "", "", "", "", "", "because"]),
        ];
        let sheets = sections(&rows);
        assert_eq!(
            sheets[0].heads.join(","),
            "variant,subject,metric,unit,value,sampling low,sampling high"
        );
        assert_eq!(
            sheets[1].heads.join(","),
            "variant,subject,busy (fraction),bytes N1 (bytes),bytes N2 (bytes),why"
        );
        assert_eq!(sheets[1].rows.len(), 2);
        assert_eq!(sheets[1].rows[0][4], Cell::number("8", "bytes"));
        assert_eq!(sheets[1].rows[1][5], Cell::text("because"));
    }

    #[test]
    fn names_and_heads_are_what_excel_takes() {
        let mut names = BTreeSet::new();
        assert_eq!(named("a/b_c", &mut names), "a b c");
        assert_eq!(named("A:b c", &mut names), "A b c 2");
        assert_eq!(unique(&["x".into(), "X".into(), String::new()]), ["x", "X 2", "column"]);
    }

    #[test]
    fn no_digit_of_a_number_is_lost() {
        assert_eq!(number("18446744073709551615"), None, "a seed stays text");
        assert_eq!((number("0.25"), number("inf"), number("x")), (Some(0.25), None, None));
    }
}
