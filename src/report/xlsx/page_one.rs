//! The first sheet: what the first page says.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::super::chart::Tone;
use super::super::document::{Block, Cover, Number};
use super::fitting;

/// Writes row by row: a name, and what there is to say.
struct Page<'a> {
    sheet: &'a mut Worksheet,
    row: u32,
    title: Format,
    name: Format,
    text: Format,
}

pub(super) fn add(book: &mut Workbook, blocks: &[Block]) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet();
    sheet.set_name("Report")?.set_column_width(0, 46)?.set_column_width(1, 100)?;
    sheet.set_screen_gridlines(false);
    super::printed(sheet);
    let top = || Format::new().set_align(FormatAlign::Top).set_text_wrap();
    let mut page = Page {
        sheet,
        row: 0,
        title: Format::new().set_bold().set_font_size(18),
        name: top().set_bold(),
        text: top(),
    };
    let mut heading = "";
    for block in blocks {
        match block {
            Block::Heading(1, text) => {
                page.sheet.write_string_with_format(0, 0, fitting(text), &page.title)?;
                page.row = 2;
            }
            Block::Heading(_, text) => heading = text,
            Block::Cover(cover) => page.cover(cover)?,
            Block::Text(text) if heading.is_empty() => page.put("", text)?,
            // Changes of a variant are on the sheet of the variants.
            Block::List(items) if !heading.is_empty() => {
                for item in items {
                    page.put(heading, item)?;
                }
            }
            Block::Command(text) => page.put("Command", text)?,
            _ => {}
        }
    }
    Ok(())
}

impl Page<'_> {
    fn put(&mut self, name: &str, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, 0, fitting(name), &self.name)?;
        self.sheet.write_string_with_format(self.row, 1, fitting(text), &self.text)?;
        self.row += 1;
        Ok(())
    }

    fn cover(&mut self, cover: &Cover) -> Result<(), XlsxError> {
        if let Some(verdict) = &cover.verdict {
            let name = match verdict.tone {
                Tone::Good => "Verdict: met",
                Tone::Bad => "Verdict: missed",
                Tone::Unsure => "Verdict: undecided",
                _ => "Verdict",
            };
            self.put(name, &verdict.text)?;
        }
        for number in cover.number.iter().chain(&cover.beside) {
            let Number { name, value, interval, note } = number;
            let parts = [value, interval, note].map(String::as_str);
            let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            self.put(name, &told.join("; "))?;
        }
        for (name, items) in
            [("What binds", &cover.binds), ("What would change the answer", &cover.changes)]
        {
            for item in items {
                self.put(name, &format!("{}: {}", item.name, item.text))?;
            }
        }
        cover.trust.iter().try_for_each(|said| self.put("How far to trust it", &said.text))
    }
}
