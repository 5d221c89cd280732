//! The formats a result can be written in.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use super::{Csv, Html, Json, Markdown, Table};

/// Writes a document, by default a whole [`Report`](super::Report), in one format.
pub trait Render<D: ?Sized = super::Report> {
    /// Writes `report` to `out`.
    ///
    /// # Errors
    /// The first error of `out`.
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()>;
}

/// A format, as named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// For a terminal: 80 columns.
    #[default]
    Table,
    /// The whole report as a JSON document.
    Json,
    /// Every number as one long table.
    Csv,
    /// For a wiki or a pull request.
    Markdown,
    /// One page that needs nothing else, to look at, to show and to print.
    Html,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] =
        &[Self::Table, Self::Json, Self::Csv, Self::Markdown, Self::Html];

    /// The format that the name of a file asks for by its extension; none where it does not.
    #[must_use]
    pub fn of_file(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "htm" => Some(Self::Html),
            "markdown" => Some(Self::Markdown),
            "txt" => Some(Self::Table),
            name => name.parse().ok().filter(|format| *format != Self::Table),
        }
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No format has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no format `{given}`; the formats are {}", names())]
pub struct UnknownFormat {
    /// The name given.
    pub given: String,
}

/// The names of all formats, as a list in words.
fn names() -> String {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    match names.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.iter().copied().find(|format| format.name() == name);
        found.ok_or_else(|| UnknownFormat { given: name.to_owned() })
    }
}

/// Writes in the format itself.
impl<D: ?Sized> Render<D> for Format
where
    Table: Render<D>,
    Json: Render<D>,
    Csv: Render<D>,
    Markdown: Render<D>,
    Html: Render<D>,
{
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table => Table.render(report, out),
            Self::Json => Json.render(report, out),
            Self::Csv => Csv.render(report, out),
            Self::Markdown => Markdown.render(report, out),
            Self::Html => Html.render(report, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_the_name_it_prints() {
        for format in Format::ALL.iter().copied() {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().unwrap_err().to_string();
        assert!(Format::ALL.iter().all(|format| error.contains(format.name())), "{error}");
    }

    #[test]
    fn a_file_asks_for_its_format_by_its_name() {
        let of = |name: &str| Format::of_file(Path::new(name));
        assert_eq!((of("a.html"), of("a.b.HTM")), (Some(Format::Html), Some(Format::Html)));
        assert_eq!((of("out.md"), of("x/y.json")), (Some(Format::Markdown), Some(Format::Json)));
        assert_eq!(
            (of("a.txt"), of("a.table"), of("csv"), of("a.doc")),
            (Some(Format::Table), None, None, None)
        );
    }
}
