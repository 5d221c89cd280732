//! The report as an Excel workbook: page one, native charts, and the numbers of the CSV as native
//! tables.
//!
//! The tables are made of the CSV itself, so that no number differs from it: what has intervals
//! stays one row a figure, what has none gets one row a subject. Charts are those of the page, with
//! their data on a sheet of its own, in the unit of their axes.

mod charts;
mod page_one;
mod sheets;

use std::io::{self, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, Worksheet, XlsxError};

use super::document::{Block, Document};
use super::{Csv, Render};

/// Writes a workbook.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xlsx;

impl<D: Document> Render<D> for Xlsx
where
    Csv: Render<D>,
{
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Vec::new();
        Csv.render(report, &mut table)?;
        out.write_all(&book(&report.blocks(), &table).map_err(io::Error::other)?)
    }
}

fn book(blocks: &[Block], table: &[u8]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A workbook says when it was made, and the same report must be the same bytes.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let title = title(blocks);
    let properties = DocProperties::new().set_title(title).set_comment("Made by csvnet");
    book.set_properties(&properties.set_creation_datetime(&made));
    page_one::add(&mut book, blocks)?;
    let data = charts::add(&mut book, blocks)?;
    sheets::add(&mut book, table)?;
    charts::add_data(&mut book, &data)?;
    book.save_to_buffer()
}

fn title(blocks: &[Block]) -> String {
    let title = blocks.iter().find_map(|block| match block {
        Block::Heading(1, text) => Some(fitting(text)),
        _ => None,
    });
    title.unwrap_or_else(|| "csvnet".to_owned())
}

/// A4, as wide as the paper.
fn printed(sheet: &mut Worksheet) {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
}

/// Letters that a cell holds.
const LETTERS: usize = 32_000;

/// Text as a cell takes it: without control characters, and not too long.
fn fitting(text: &str) -> String {
    super::columns::clean(text).chars().take(LETTERS).collect()
}

#[cfg(test)]
mod tests;
