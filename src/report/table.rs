//! The report for a terminal: 80 columns, no colour.

use std::io::{self, Write};
use std::ops::Range;

use super::Render;
use super::columns::{GAP, Grid, Kind, Part, clean, pad, parts, whole, width, wrap};
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
    let mut grid = Grid { rows, columns: grid.columns.clone(), shown: None, ..*grid };
    let mut lines = Vec::new();
    // Rather than cut in pieces, what all rows are about is told once.
    while grid.keys > 1 && grid.rows.len() > 1 && whole(&grid, COLUMNS).is_none() {
        let alike = |key: &usize| grid.rows.iter().all(|row| row[*key] == grid.rows[0][*key]);
        let Some(key) = (0..grid.keys).rev().find(alike) else { break };
        let told = format!("{}: {}", clean(&grid.columns[key].head), grid.rows[0][key]);
        lines.extend(wrap(&told, COLUMNS));
        grid = grid.without(key);
    }
    if !lines.is_empty() {
        lines.push(String::new());
    }
    let is_cut = grid.keys > 1 && whole(&grid, COLUMNS).is_none();
    let groups = if is_cut { groups(&grid) } else { Vec::new() };
    if groups.len() < grid.rows.len() && !groups.is_empty() {
        // And what some rows are about stands above them.
        let rest = grid.without(0);
        for part in parts(&rest, COLUMNS) {
            lines.extend(head(&rest, &part));
            for group in &groups {
                lines.extend(wrap(&grid.rows[group.start][0], COLUMNS));
                let rows = rest.rows[group.clone()].iter();
                lines.extend(rows.flat_map(|cells| row(&rest, &part, cells)));
            }
            lines.push(String::new());
        }
        lines.pop();
        return lines;
    }
    for part in parts(&grid, COLUMNS) {
        lines.extend(head(&grid, &part));
        lines.extend(grid.rows.iter().flat_map(|cells| row(&grid, &part, cells)));
        lines.push(String::new());
    }
    lines.pop();
    lines
}

/// Runs of rows whose first cell is alike.
fn groups(grid: &Grid) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for (place, cells) in grid.rows.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if grid.rows[group.start][0] == cells[0] => group.end = place + 1,
            _ => groups.push(place..place + 1),
        }
    }
    groups
}

fn head(grid: &Grid, part: &Part) -> Vec<String> {
    let heads: Vec<String> = grid.columns.iter().map(|column| clean(&column.head)).collect();
    let mut lines = row(grid, part, &heads);
    let rules: Vec<String> = part.iter().map(|(_, width)| "-".repeat(*width)).collect();
    lines.push(rules.join(&" ".repeat(GAP)));
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
    fn rather_than_cut_a_table_tells_once_what_is_alike() {
        let mut grid = Grid::new(3, &["variant", "when", "load", "#room", "#first limit"]);
        for (variant, load) in [("on", "all"), ("on", "one"), ("off", "all")] {
            let number = "9".repeat(30);
            let cells = [variant, "with everything", load, &number, &number];
            grid.row(cells.map(str::to_owned).to_vec());
        }
        let text = |grid: &Grid| {
            let lines = table(grid);
            lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
        };
        let drawn = text(&grid);
        assert!(drawn.starts_with("when: with everything\n\nvariant  load"), "{drawn}");
        assert_eq!(drawn.matches("first limit").count(), 1, "{drawn}");
        // And where that is not enough, rows stand in groups.
        let mut long = Grid::new(2, &["variant", "condition", "#a", "#b", "#c"]);
        for (variant, condition) in [("on the owner", "x"), ("on the owner", "y"), ("off", "x")] {
            let number = "9".repeat(16);
            let cells = [variant.to_owned(), condition.repeat(14)];
            long.row(cells.into_iter().chain([number.clone(), number.clone(), number]).collect());
        }
        let drawn = text(&long);
        assert_eq!(drawn.lines().filter(|line| *line == "on the owner").count(), 1, "{drawn}");
        assert_eq!(drawn.matches("condition").count(), 1, "{drawn}");
        assert!(drawn.lines().all(|line| width(line) <= COLUMNS), "{drawn}");
    }

    #[test]
    fn lists_hang_and_headings_are_ruled() {
        assert_eq!(heading(1, "Ab"), ["Ab", "=="]);
        assert_eq!(heading(3, "Ab"), ["Ab"]);
        let long = "x".repeat(79);
        assert_eq!(item(&long), [format!("- {}", "x".repeat(78)), "  x".to_owned()]);
    }
}
