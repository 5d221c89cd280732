//! The report for a terminal: 80 columns, no colour.

use std::io::{self, Write};

use super::Render;
use super::columns::{GAP, Grid, Kind, Part, clean, pad, parts, width, wrap};
use super::document::{Block, Document, is_drawn};

/// Widest line, in columns. Only a command to copy may be longer.
const COLUMNS: usize = 80;

/// Writes text for a terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Table;

impl<D: Document> Render<D> for Table {
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()> {
        write(report, out)
    }
}

fn write(document: &impl Document, out: &mut dyn Write) -> io::Result<()> {
    let blocks = document.blocks();
    let told = blocks.iter().filter(|block| !is_drawn(block));
    for (number, block) in told.enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        for line in lines(block) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

fn lines(block: &Block) -> Vec<String> {
    match block {
        Block::Heading(level, text) => heading(*level, &clean(text)),
        Block::Text(text) | Block::Plain(text) => wrap(&clean(text), COLUMNS),
        Block::List(items) => items.iter().flat_map(|text| item(&clean(text))).collect(),
        Block::Command(text) => vec![format!("  {}", clean(text))],
        Block::Table(grid) => table(grid),
        Block::Cover(_) | Block::Chart(_) | Block::Map(_) => Vec::new(),
    }
}

fn heading(level: u8, text: &str) -> Vec<String> {
    let mut lines = wrap(text, COLUMNS);
    let rule = match level {
        1 => "=",
        2 => "-",
        _ => return lines,
    };
    let longest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    lines.push(rule.repeat(longest));
    lines
}

fn item(text: &str) -> Vec<String> {
    let mut lines = wrap(text, COLUMNS - 2);
    for (number, line) in lines.iter_mut().enumerate() {
        line.insert_str(0, if number == 0 { "- " } else { "  " });
    }
    lines
}

fn table(grid: &Grid) -> Vec<String> {
    let rows = grid.first_rows().iter();
    let rows = rows.map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
    let grid = Grid { rows, columns: grid.columns.clone(), ..*grid };
    let mut lines = Vec::new();
    for part in parts(&grid, COLUMNS) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let heads: Vec<String> = grid.columns.iter().map(|column| clean(&column.head)).collect();
        lines.extend(row(&grid, &part, &heads));
        let rules: Vec<String> = part.iter().map(|(_, width)| "-".repeat(*width)).collect();
        lines.push(rules.join(&" ".repeat(GAP)));
        lines.extend(grid.rows.iter().flat_map(|cells| row(&grid, &part, cells)));
    }
    lines
}

fn row(grid: &Grid, part: &Part, cells: &[String]) -> Vec<String> {
    let wrapped: Vec<(Kind, usize, Vec<String>)> = part
        .iter()
        .map(|&(column, width)| (grid.columns[column].kind, width, wrap(&cells[column], width)))
        .collect();
    let height = wrapped.iter().map(|(_, _, lines)| lines.len()).max().unwrap_or(0);
    let line = |number: usize| {
        let cell = |(kind, width, lines): &(Kind, usize, Vec<String>)| {
            pad(lines.get(number).map_or("", String::as_str), *width, *kind)
        };
        wrapped.iter().map(cell).collect::<Vec<_>>().join(&" ".repeat(GAP))
    };
    (0..height).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_cut_with_its_key() {
        let mut grid = Grid::new(1, &["port", "#busy", "#highest second"]);
        grid.row(vec!["N1 tx".into(), "29.7 %\n[27, 33]".into(), "3 Gb/s".into()]);
        let drawn = "\
port       busy  highest
                  second
-----  --------  -------
N1 tx    29.7 %   3 Gb/s
       [27, 33]";
        let text: Vec<String> = table(&grid).iter().map(|l| l.trim_end().to_owned()).collect();
        assert_eq!(text.join("\n"), drawn);
    }

    #[test]
    fn lists_hang_and_headings_are_ruled() {
        assert_eq!(heading(1, "Ab"), ["Ab", "=="]);
        assert_eq!(heading(3, "Ab"), ["Ab"]);
        let long = "x".repeat(79);
        assert_eq!(item(&long), [format!("- {}", "x".repeat(78)), "  x".to_owned()]);
    }
}
