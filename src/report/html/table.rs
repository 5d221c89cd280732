//! Tables: heads with their scope, numbers to the right, long ones folded.

use std::fmt::Write as _;

use super::super::chart::Tone;
use super::super::columns::{Column, Grid, Kind, parts};
use super::super::svg::escaped;
use super::cover::sign;

/// Columns of letters that fit a printed page; wider tables are cut as on a terminal.
const LETTERS: usize = 116;
/// Rows from which a table is folded, where formats of letters do not say where.
const LONG: usize = 60;
/// Rows that a page has at most; the machine formats have them all.
const MOST: usize = 2000;

/// The table, labelled by the heading above it.
pub(super) fn markup(grid: &Grid, by: &str) -> String {
    let kept = grid.rows.len().min(MOST);
    let shown = grid.shown.map_or(LONG.max(1), |shown| shown.max(1));
    // A fold that hides a few rows only is more in the way than they are.
    let first = if kept > shown + 5 { shown } else { kept };
    let mut out = String::new();
    for part in parts(grid, LETTERS) {
        let columns: Vec<usize> = part.iter().map(|(column, _)| *column).collect();
        out.push_str(&one(grid, &columns, 0..first, by));
    }
    if kept > first {
        let _ = writeln!(out, "<details><summary>{} more rows</summary>", kept - first);
        for part in parts(grid, LETTERS) {
            let columns: Vec<usize> = part.iter().map(|(column, _)| *column).collect();
            out.push_str(&one(grid, &columns, first..kept, by));
        }
        if grid.rows.len() > kept {
            let more = grid.rows.len() - kept;
            let _ = writeln!(out, "<p>{more} more rows in the machine formats.</p>");
        }
        out.push_str("</details>\n");
    }
    out
}

fn one(grid: &Grid, columns: &[usize], rows: std::ops::Range<usize>, by: &str) -> String {
    let label = if by == "h0" { String::new() } else { format!(" aria-labelledby=\"{by}\"") };
    let mut out = format!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\"{label}>\n<table{label}>\n<thead><tr>"
    );
    for column in columns {
        let Column { head, kind } = &grid.columns[*column];
        let class = if *kind == Kind::Number { " class=\"n\"" } else { "" };
        let head = if head.is_empty() { "kind".to_owned() } else { escaped(head) };
        let _ = write!(out, "<th scope=\"col\"{class}>{head}</th>");
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    let rows = &grid.rows[rows];
    for (place, row) in rows.iter().enumerate() {
        out.push_str("<tr>");
        for (order, column) in columns.iter().enumerate() {
            let spans = grid.keys > 1 && order == 0;
            if spans && place > 0 && row[*column].is_empty() {
                continue;
            }
            // What is said once of several rows stands beside all of them.
            let rest = rows[place + 1..].iter().take_while(|row| spans && row[*column].is_empty());
            out.push_str(&cell(grid, *column, row, order, rest.count() + 1));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
    out
}

fn cell(grid: &Grid, column: usize, row: &[String], order: usize, rows: usize) -> String {
    let Column { head, kind } = &grid.columns[column];
    let class = if *kind == Kind::Number { " class=\"n\"" } else { "" };
    let span = if rows > 1 { format!(" rowspan=\"{rows}\"") } else { String::new() };
    let text = text(&row[column], head == "verdict" || head == "target");
    if order < grid.keys.max(1) && *kind == Kind::Text {
        let scope = if rows > 1 { "rowgroup" } else { "row" };
        format!("<th scope=\"{scope}\"{class}{span}>{text}</th>")
    } else {
        format!("<td{class}{span}>{text}</td>")
    }
}

/// The lines of a cell; the first of them is what matters.
fn text(cell: &str, is_verdict: bool) -> String {
    let mut lines = cell.split('\n').map(escaped);
    let first = lines.next().unwrap_or_default();
    let mut out = if is_verdict { judged(&first) } else { first };
    for line in lines {
        let _ = write!(out, "<br /><small>{line}</small>");
    }
    out
}

/// A verdict with its sign.
fn judged(text: &str) -> String {
    let tone = match text {
        "meets" | "met" => Tone::Good,
        "MISSES" | "misses" | "missed" => Tone::Bad,
        "undecided" | "not judged" => Tone::Unsure,
        text if text.ends_with(": reached") => Tone::Good,
        text if text.ends_with(": MISSED") => Tone::Bad,
        _ => return text.to_owned(),
    };
    let (class, sign) = sign(tone);
    format!("<span class=\"{class}\">{sign}{text}</span>")
}
