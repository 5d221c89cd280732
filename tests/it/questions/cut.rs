//! What a cut of a Markdown report is: paragraphs and items that have a text, rows and columns of
//! the tables under a heading. Nothing in it is retyped.

use serde::Deserialize;

/// A part of a report that is shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, untagged, expecting = "a cut is { text } or { table, ... }")]
pub(super) enum Cut {
    /// Every paragraph and item that has this text.
    Text(OfText),
    /// Tables under a heading.
    Table(OfTable),
}

/// Paragraphs and items.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfText {
    text: String,
}

/// Tables.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfTable {
    /// What the heading above the table has; nothing: any table.
    table: String,
    /// What a heading above that one has: the variant, mostly.
    #[serde(default)]
    under: String,
    /// Rows are shown that have one of these; none: all of them.
    #[serde(default)]
    rows: Vec<String>,
    /// Columns that are shown; none: all of them.
    #[serde(default)]
    columns: Vec<String>,
    /// Where the table stands under a heading with a second table of other columns.
    #[serde(default)]
    with: String,
}

/// A piece of a report.
#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    Table(Vec<Vec<String>>),
}

/// A piece and the headings above it, from the second level on.
struct Placed {
    headings: Vec<String>,
    piece: Piece,
}

/// What is shown of a report, as Markdown, and how many lines of it are content.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Excerpt {
    pub(super) markdown: String,
    pub(super) lines: usize,
}

impl Excerpt {
    fn block(&mut self, text: &str, lines: usize) {
        if !self.markdown.is_empty() {
            self.markdown.push('\n');
        }
        self.markdown.push_str(text);
        self.markdown.push('\n');
        self.lines += lines;
    }
}

/// The cells of a row; an escaped bar is part of a cell.
fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for letter in inner.chars() {
        if letter == '|' && !escaped {
            cells.push(String::new());
        } else {
            cells.last_mut().expect("there is one").push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// The pieces of a Markdown report.
fn pieces(report: &str) -> Vec<Placed> {
    let mut headings: Vec<(usize, String)> = Vec::new();
    let mut pieces: Vec<Placed> = Vec::new();
    let mut fenced = false;
    let mut before = "";
    for line in report.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            let level = line.chars().take_while(|&letter| letter == '#').count();
            headings.retain(|(above, _)| *above < level);
            headings.push((level, line[level..].trim().to_owned()));
        } else if !fenced && !line.trim().is_empty() {
            let over = headings.iter().filter(|(level, _)| *level > 1);
            let over: Vec<String> = over.map(|(_, text)| text.clone()).collect();
            let row = line.starts_with('|');
            let goes_on = row && before.starts_with('|');
            match pieces.last_mut() {
                Some(Placed { piece: Piece::Table(rows), .. }) if goes_on => rows.push(cells(line)),
                _ => {
                    let text = || Piece::Text(line.to_owned());
                    let piece = if row { Piece::Table(vec![cells(line)]) } else { text() };
                    pieces.push(Placed { headings: over, piece });
                }
            }
        }
        before = line;
    }
    pieces
}

/// The table with the rows and columns that are wanted; a blank first cell has what stands above.
fn table(rows: &[Vec<String>], cut: &OfTable) -> Option<(String, usize)> {
    let (head, rest) = rows.split_first()?;
    let wanted: Vec<usize> = if cut.columns.is_empty() {
        (0..head.len()).collect()
    } else {
        cut.columns.iter().map(|name| head.iter().position(|h| h == name)).collect::<Option<_>>()?
    };
    let mut above = String::new();
    let mut kept = Vec::new();
    for row in rest.iter().skip(1) {
        let mut row = row.clone();
        match row.first_mut() {
            Some(first) if first.is_empty() => first.clone_from(&above),
            Some(first) => above.clone_from(first),
            None => {}
        }
        let whole = row.join(" | ");
        if cut.rows.is_empty() || cut.rows.iter().any(|text| whole.contains(text.as_str())) {
            kept.push(row);
        }
    }
    if kept.is_empty() {
        return None;
    }
    let line = |row: &[String]| {
        let cells = wanted.iter().map(|&at| row.get(at).map_or("", String::as_str));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule = rest.first()?;
    let short = |at: &usize| if rule[*at].ends_with(':') { "---:" } else { "---" };
    let rule: Vec<&str> = wanted.iter().map(short).collect();
    let mut lines = vec![line(head), format!("| {} |", rule.join(" | "))];
    lines.extend(kept.iter().map(|row| line(row)));
    Some((lines.join("\n"), kept.len()))
}

/// Brackets are links to those who read documentation; here they are intervals.
fn unlinked(text: &str) -> String {
    text.replace("\\[", "[").replace('[', "\\[")
}

/// What the cuts show of a report in Markdown, and what is wrong with them.
pub(super) fn of_markdown(report: &str, cuts: &[Cut]) -> Result<Excerpt, String> {
    let pieces = pieces(report);
    let mut excerpt = Excerpt::default();
    for cut in cuts {
        let mut found = false;
        match cut {
            Cut::Text(OfText { text: wanted }) => {
                let mut block = Vec::new();
                for placed in &pieces {
                    if let Piece::Text(text) = &placed.piece
                        && text.contains(wanted.as_str())
                        && !block.contains(text)
                    {
                        block.push(text.clone());
                    }
                }
                if !block.is_empty() {
                    found = true;
                    let items = block.iter().all(|text| text.starts_with("- "));
                    let between = if items { "\n" } else { "\n\n" };
                    excerpt.block(&unlinked(&block.join(between)), block.len());
                }
            }
            Cut::Table(of) => {
                for placed in &pieces {
                    let Piece::Table(rows) = &placed.piece else { continue };
                    let (near, far) = match placed.headings.split_last() {
                        Some((near, far)) => (near.as_str(), far),
                        None => ("", &[][..]),
                    };
                    let here = near.contains(of.table.as_str())
                        && (of.under.is_empty() || far.iter().any(|h| h.contains(&of.under)))
                        && (of.with.is_empty() || rows[0].contains(&of.with));
                    if !here {
                        continue;
                    }
                    let Some((table, lines)) = table(rows, of) else { continue };
                    found = true;
                    let caption = placed.headings.join(": ");
                    let caption =
                        if caption.is_empty() { caption } else { format!("*{caption}*\n\n") };
                    excerpt.block(&unlinked(&format!("{caption}{table}")), lines);
                }
            }
        }
        if !found {
            return Err(format!("nothing is shown by {cut:?}"));
        }
    }
    Ok(excerpt)
}

/// What the cuts show of plain lines.
pub(super) fn of_lines(report: &str, cuts: &[Cut]) -> Result<Excerpt, String> {
    let mut lines: Vec<&str> = Vec::new();
    for cut in cuts {
        let Cut::Text(OfText { text }) = cut else {
            return Err(format!("this command prints no tables: {cut:?}"));
        };
        let found: Vec<&str> = report.lines().filter(|line| line.contains(text)).collect();
        if found.is_empty() {
            return Err(format!("nothing is shown by {cut:?}"));
        }
        for line in found {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let mut excerpt = Excerpt::default();
    excerpt.block(&format!("```text\n{}\n```", lines.join("\n")), lines.len());
    Ok(excerpt)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "# Title\n\nFirst [1, 2].\n\n- a one\n- b two\n\n## Base\n\n### Ports\n\n\
        | port | busy   | note |\n| ---- | -----: | ---- |\n| A/x  | 10 %   | a\\|b |\n\
        |      | 20 %   | c    |\n| B/x  | 30 %   | d    |\n\n## Other\n\n### Ports\n\n\
        | port | busy |\n| --- | ---: |\n| A/x | 40 % |\n\n```\nFirst hidden\n```\n";

    fn cut(text: &str) -> Vec<Cut> {
        #[derive(Deserialize)]
        struct Show {
            show: Vec<Cut>,
        }
        toml::from_str::<Show>(&format!("show = [{text}]")).expect("the cut is written well").show
    }

    fn shown(text: &str) -> Result<(String, usize), String> {
        of_markdown(REPORT, &cut(text)).map(|e| (e.markdown, e.lines))
    }

    #[test]
    fn texts_are_paragraphs_and_items_that_have_them() {
        assert_eq!(shown("{ text = 'First' }"), Ok(("First \\[1, 2].\n".into(), 1)));
        assert_eq!(shown("{ text = 'o' }"), Ok(("- a one\n- b two\n".into(), 2)));
        assert!(shown("{ text = 'hidden' }").is_err() && shown("{ text = 'Title' }").is_err());
    }

    #[test]
    fn tables_are_cut_by_heading_row_and_column() {
        let both = "*Base: Ports*\n\n| busy | port |\n| ---: | --- |\n| 10 % | A/x |\n\
                    | 20 % | A/x |\n\n*Other: Ports*\n\n| busy | port |\n| ---: | --- |\n\
                    | 40 % | A/x |\n";
        let cut = "{ table = 'Ports', rows = ['A/x'], columns = ['busy', 'port'] }";
        assert_eq!(shown(cut), Ok((both.into(), 3)));
        let one = "*Base: Ports*\n\n| note |\n| --- |\n| a\\|b |\n";
        let cut = "{ table = 'Ports', under = 'Base', rows = ['10 %'], columns = ['note'] }";
        assert_eq!(shown(cut), Ok((one.into(), 1)));
        assert!(shown("{ table = 'Ports', columns = ['none'] }").is_err());
        assert!(shown("{ table = 'Ports', rows = ['none'] }").is_err());
        assert_eq!(shown("{ table = 'Ports', with = 'note' }").map(|(_, lines)| lines), Ok(3));
    }

    #[test]
    fn plain_lines_are_cut_once() {
        let shown = of_lines("a b\nc\na d\n", &cut("{ text = 'a' }, { text = 'b' }"));
        assert_eq!(
            shown.map(|e| (e.markdown, e.lines)),
            Ok(("```text\na b\na d\n```\n".into(), 2))
        );
        assert!(of_lines("a\n", &cut("{ table = 'a' }")).is_err());
    }
}
