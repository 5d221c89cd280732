//! From blocks to markup.

use std::fmt::Write as _;

use super::super::document::Block;
use super::super::svg::{self, escaped};
use super::{cover, table};

/// A page in parts.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// What stands on its first page.
    pub(super) cover: String,
    /// Links to its sections.
    pub(super) contents: String,
    /// The sections.
    pub(super) rest: String,
}

/// Sections from which a table of contents helps.
const CONTENTS: usize = 3;

/// Lays out all blocks but the title.
pub(super) fn body(blocks: &[Block]) -> Body {
    let mut writer = Writer::default();
    for block in blocks {
        writer.block(block);
    }
    writer.close();
    let Writer { mut body, sections, .. } = writer;
    if sections < CONTENTS {
        body.contents.clear();
    }
    body
}

#[derive(Default)]
struct Writer {
    body: Body,
    /// Levels asked for, and those given, from the title down.
    levels: Vec<(u8, u8)>,
    headings: usize,
    sections: usize,
    drawings: usize,
    /// Whether a section is under way.
    open: bool,
}

impl Writer {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, text) => self.heading(*level, text),
            Block::Plain(_) => {}
            Block::Cover(cover) => {
                self.body.cover.push_str(&cover::markup(cover));
            }
            Block::Text(text) => {
                let lines: Vec<String> = text.lines().map(coded).collect();
                let text = format!("<p>{}</p>\n", lines.join("<br />"));
                self.push(&text);
            }
            Block::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| format!("<li>{}</li>", coded(item))).collect();
                self.push(&format!("<ul>{}</ul>\n", items.concat()));
            }
            Block::Command(text) => {
                let text = escaped(text);
                self.push(&format!("<pre class=\"command\"><code>{text}</code></pre>\n"));
            }
            Block::Table(grid) => {
                let by = format!("h{}", self.headings);
                self.push(&table::markup(grid, &by));
            }
            Block::Chart(chart) => {
                self.drawings += 1;
                let svg = svg::chart(chart, &format!("c{}", self.drawings));
                self.figure(&chart.title, &chart.about, svg);
            }
            Block::Map(map) => {
                self.drawings += 1;
                let svg = svg::map(map, &format!("c{}", self.drawings));
                self.figure(&map.title, &map.about, svg);
            }
        }
    }

    fn push(&mut self, markup: &str) {
        if self.open {
            self.body.rest.push_str(markup);
        } else {
            self.body.cover.push_str(markup);
        }
    }

    fn figure(&mut self, title: &str, about: &str, svg: Option<String>) {
        let Some(svg) = svg else { return };
        let (title, about) = (escaped(title), escaped(about));
        let about =
            if about.is_empty() { about } else { format!("<span class=\"about\">{about}</span>") };
        self.push(&format!(
            "<figure><figcaption><strong>{title}</strong>{about}</figcaption>\n\
             <div class=\"drawing\">{svg}</div></figure>\n"
        ));
    }

    /// A heading one level below the one it belongs to, whatever level was asked for: readers who
    /// go from heading to heading must find none left out.
    fn heading(&mut self, level: u8, text: &str) {
        if level == 1 {
            self.levels = vec![(1, 1)];
            return;
        }
        while self.levels.last().is_some_and(|(asked, _)| *asked >= level) {
            self.levels.pop();
        }
        let given = self.levels.last().map_or(2, |(_, given)| (given + 1).clamp(2, 6));
        self.levels.push((level, given));
        self.headings += 1;
        let (id, text) = (self.headings, escaped(text));
        if given == 2 {
            self.close();
            self.open = true;
            self.sections += 1;
            let _ = write!(self.body.contents, "<li><a href=\"#h{id}\">{text}</a></li>");
            let _ = writeln!(self.body.rest, "<section aria-labelledby=\"h{id}\">");
        }
        self.open = true;
        self.push(&format!("<h{given} id=\"h{id}\">{text}</h{given}>\n"));
    }

    fn close(&mut self) {
        if self.open {
            self.body.rest.push_str("</section>\n");
        }
        self.open = false;
    }
}

/// Text in which what stands between backticks is code, as in every message.
pub(super) fn coded(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // Of an odd number of backticks nobody knows where code ends.
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let mut out = String::new();
    for (place, part) in parts.into_iter().enumerate() {
        let (open, close) = if place % 2 == 1 { ("<code>", "</code>") } else { ("", "") };
        out.push_str(open);
        out.push_str(&escaped(part));
        out.push_str(close);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(coded("a `b<c` d"), "a <code>b&lt;c</code> d");
        assert_eq!(coded("a ` b"), "a ` b");
    }
}
