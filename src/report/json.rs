//! The report as a JSON document: fields in the order of the types, numbers that are not finite
//! as null.

use std::io::{self, Write};

use serde::Serialize;

use super::{ExplainReport, Render, Report, SCHEMA_VERSION};

/// Writes JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Render for Json {
    fn render(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        write(report, out)
    }
}

/// `explain` with the version of its schema in front, as in a report.
#[derive(Serialize)]
struct Versioned<'a> {
    schema_version: u32,
    title: &'a str,
    variants: &'a [super::ExplainVariant],
}

impl Render<ExplainReport> for Json {
    fn render(&self, report: &ExplainReport, out: &mut dyn Write) -> io::Result<()> {
        let ExplainReport { title, variants } = report;
        write(&Versioned { schema_version: SCHEMA_VERSION, title, variants }, out)
    }
}

pub(super) fn write(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    // The conversion keeps the kind of the error, which tells a broken pipe from a full disk.
    serde_json::to_writer_pretty(&mut *out, document).map_err(io::Error::from)?;
    writeln!(out)
}
