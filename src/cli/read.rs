//! `csvnet read`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::Exit;
use super::{Failure, output, say};
use crate::app::{self, ReadOptions};

#[derive(Debug, clap::Args)]
pub(super) struct ReadArguments {
    /// Results of `DiskSpd`, `VMFleet`, fio, `NTttcp` and iperf3, in any mix, or folders of them
    #[arg(required = true, value_name = "FILES")]
    pub(super) files: Vec<PathBuf>,
    /// Write the table to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Format of the table
    #[arg(long, short, value_enum, default_value = "csv", value_name = "FORMAT")]
    pub(super) format: TableFormat,
    /// Show what network tests got through links, and not the storage tests
    #[arg(long)]
    pub(super) links: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Comma-separated, as `calibrate` and `score` read it
    Csv,
    /// A list of objects
    Json,
}

/// Reads all files before anything is written.
pub(super) fn command(arguments: &ReadArguments) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse_sources(target, &arguments.files)?;
    let options = ReadOptions { links: arguments.links, output: arguments.output.clone() };
    let read = app::read(&arguments.files, &options)?;
    for note in &read.notes {
        say(&format!("note: {note}\n"));
    }
    output::write(target, &|out| match arguments.format {
        TableFormat::Csv => read.table.write_csv(out),
        TableFormat::Json => read.table.write_json(out),
    })?;
    Ok(Exit::Fine)
}
