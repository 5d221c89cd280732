//! The report as one page that needs nothing else: no network, no script, no other file.
//!
//! Every report that lays itself out as a document gets its page from here. The markup is XML as
//! well as HTML, so that a test without a browser can read it, and the page itself forbids
//! everything but its own style: not even text that was smuggled past the escaping could load
//! anything or run.

mod blocks;
mod cover;
mod table;

use std::io::{self, Write};

use super::Render;
use super::document::{Block, Document};
use super::svg::escaped;
use blocks::Body;

/// Writes a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Html;

impl<D: Document> Render<D> for Html {
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(page(&report.blocks()).as_bytes())
    }
}

const STYLE: &str = include_str!("style.css");

/// Colours in the dark, which hold by the wish of the system or of the reader.
const DARK: &str = include_str!("dark.css");

/// The choice of colours: no script, the style looks at what is checked.
const THEME: &str = "<fieldset class=\"theme\"><legend>Colours</legend>\
<label><input type=\"radio\" name=\"theme\" id=\"auto\" checked=\"checked\" />as the system</label>\
<label><input type=\"radio\" name=\"theme\" id=\"light\" />light</label>\
<label><input type=\"radio\" name=\"theme\" id=\"dark\" />dark</label></fieldset>";

fn page(blocks: &[Block]) -> String {
    let title = blocks.iter().find_map(|block| match block {
        Block::Heading(1, text) => Some(text.as_str()),
        _ => None,
    });
    let title = escaped(title.unwrap_or("csvnet"));
    let Body { cover, contents, rest } = blocks::body(blocks);
    let contents = if contents.is_empty() {
        String::new()
    } else {
        format!("<nav aria-label=\"Contents\"><h2>Contents</h2>\n<ol>{contents}</ol></nav>\n")
    };
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\" />\n<meta name=\"color-scheme\" content=\"light dark\" />\n\
         <meta name=\"generator\" content=\"csvnet {version}\" />\n<title>{title}</title>\n\
         <style>\n{STYLE}@media screen and (prefers-color-scheme: dark) {{\n\
         :root:not(:has(#light:checked)) {{\n{DARK}}}\n}}\n@media screen {{\n\
         :root:has(#dark:checked) {{\n{DARK}}}\n}}\n</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the report</a>\n\
         <header>{THEME}</header>\n<main id=\"main\">\n<div class=\"lead\">\n\
         <h1>{title}</h1>\n{cover}</div>\n{contents}{rest}\
         </main>\n<footer><p>Made by csvnet {version}. This file holds all it needs; it loads \
         nothing.</p></footer>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests;
