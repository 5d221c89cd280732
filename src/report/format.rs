//! The formats a result can be written in.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use thiserror::Error;

use super::{Csv, Json, Markdown, Table};

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
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Csv, Self::Markdown];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
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
#[error("there is no format `{given}`; the formats are table, json, csv and md")]
pub struct UnknownFormat {
    /// The name given.
    pub given: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
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
{
    fn render(&self, report: &D, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Table => Table.render(report, out),
            Self::Json => Json.render(report, out),
            Self::Csv => Csv.render(report, out),
            Self::Markdown => Markdown.render(report, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_has_the_name_it_prints() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "xml".parse::<Format>().unwrap_err().to_string();
        assert!(Format::ALL.iter().all(|format| error.contains(format.name())), "{error}");
    }
}
