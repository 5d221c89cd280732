//! The report for a wiki or a pull request.

use std::io::{self, Write};

use super::Render;
use super::columns::{Grid, Kind, clean, pad, width};
use super::document::{Block, Document, is_drawn};

/// Writes Markdown with pipe tables (GitHub's dialect).
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown;

impl<D: Document> Render<D> for Markdown {
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
        match block {
            Block::Heading(level, text) => {
                writeln!(out, "{} {}", "#".repeat((*level).into()), in_line(text))?;
            }
            Block::Text(text) | Block::Plain(text) => {
                for line in text.lines() {
                    writeln!(out, "{}", opening(&escape(line)))?;
                }
            }
            Block::List(items) => {
                for item in items {
                    writeln!(out, "- {}", opening(&in_line(item)))?;
                }
            }
            Block::Command(text) => fence(text, out)?,
            Block::Table(grid) => table(grid, out)?,
            Block::Cover(_) | Block::Chart(_) | Block::Map(_) => {}
        }
    }
    Ok(())
}

fn table(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let heads: Vec<String> = grid.columns.iter().map(|column| cell(&column.head)).collect();
    let rows: Vec<Vec<String>> =
        grid.first_rows().iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| &row[column]).chain([&heads[column]]);
        cells.map(|text| width(text)).max().unwrap_or(0).max(3)
    };
    let columns: Vec<(Kind, usize)> =
        grid.columns.iter().enumerate().map(|(i, column)| (column.kind, widest(i))).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&columns).map(|(text, (kind, wide))| pad(text, *wide, *kind));
        format!("| {} |", padded.collect::<Vec<_>>().join(" | "))
    };
    writeln!(out, "{}", line(&heads))?;
    let rules = columns.iter().map(|(kind, wide)| match kind {
        Kind::Text => "-".repeat(*wide),
        Kind::Number => format!("{}:", "-".repeat(wide - 1)),
    });
    writeln!(out, "{}", line(&rules.collect::<Vec<_>>()))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)))
}

/// A code block whose fence is longer than any run of backticks inside.
fn fence(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = clean(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{marks}\n{text}\n{marks}")
}

fn cell(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(escape).collect();
    lines.join("<br>")
}

fn in_line(text: &str) -> String {
    escape(&text.replace('\n', " "))
}

/// `text` with everything escaped that Markdown or HTML would take as markup.
fn escape(text: &str) -> String {
    // Brackets alone are text, and intervals are full of them; only a link's are markup.
    let link = text.contains("](") || text.contains("]:");
    let mut escaped = String::with_capacity(text.len());
    for letter in clean(text).chars() {
        let markup = matches!(letter, '\\' | '|' | '`' | '*' | '_' | '<' | '&' | '~');
        if markup || (link && letter == '[') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A line whose first characters would start a heading, a list, a quotation or a rule.
fn opening(escaped: &str) -> String {
    let text = escaped.trim_start();
    let number = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if number.len() < text.len() && number.starts_with(['.', ')']) {
        let (digits, rest) = text.split_at(text.len() - number.len());
        return format!("{digits}\\{rest}");
    }
    let mark = if text.starts_with(['#', '-', '+', '=', '>']) { "\\" } else { "" };
    format!("{mark}{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_markup_is_escaped() {
        assert_eq!(escape("a|b_c `d` <e> \\ [1, 2]"), "a\\|b\\_c \\`d\\` \\<e> \\\\ [1, 2]");
        assert_eq!(escape("[a](b)"), "\\[a](b)");
        assert_eq!(cell("1.2\n[1, 2]"), "1.2<br>[1, 2]");
        assert_eq!((opening("# a"), opening("1. a")), ("\\# a".into(), "1\\. a".into()));
        assert_eq!((opening("12 a"), opening("-")), ("12 a".into(), "\\-".into()));
    }

    #[test]
    fn a_table_has_a_rule_that_says_which_columns_are_numbers() {
        let mut grid = Grid::new(1, &["port", "#busy"]);
        grid.row(vec!["N|1".into(), "29.7 %".into()]);
        let mut out = Vec::new();
        table(&grid, &mut out).unwrap();
        let drawn = "\
| port |   busy |
| ---- | -----: |
| N\\|1 | 29.7 % |
";
        assert_eq!(String::from_utf8(out).unwrap(), drawn);
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let mut out = Vec::new();
        fence("echo ```", &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "````\necho ```\n````\n");
    }
}
