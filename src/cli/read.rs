//! `csvnet read`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::Exit;
use super::{Failure, output, say};
use crate::app::{self, ReadOptions};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet read results -o runs.csv
      every result in a folder, one row a run
  csvnet read a.txt b.xml fio.json result.tsv --format json
  csvnet read ntttcp.xml iperf3.json
      what a link gives; with --links where there are storage tests too";

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
    /// Write a mapping of the table to this file, to be completed by hand: what its columns set in
    /// a scenario, for `calibrate` and `score`
    #[arg(long, value_name = "FILE", conflicts_with = "links")]
    pub(super) map_out: Option<PathBuf>,
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
    let (target, map) = (arguments.output.as_deref(), arguments.map_out.as_deref());
    for target in [target, map] {
        output::refuse_sources(target, &arguments.files)?;
    }
    output::refuse_twice(&[target, map])?;
    let options = ReadOptions { links: arguments.links, output: arguments.output.clone() };
    let read = app::read(&arguments.files, &options)?;
    for note in &read.notes {
        say(&format!("note: {note}\n"));
    }
    output::write(target, &|out| match arguments.format {
        TableFormat::Csv => read.table.write_csv(out),
        TableFormat::Json => read.table.write_json(out),
    })?;
    match (&read.mapping, map) {
        (Some(mapping), Some(_)) => output::write(map, &|out| out.write_all(mapping.as_bytes()))?,
        (None, Some(_)) => say("note: these are links, which no mapping is of; none is written\n"),
        (Some(_), None) if target.is_some() => say(
            "note: calibrate and score know what was measured, but not what the columns set in \
             your scenario: --map-out FILE writes a mapping to begin with\n",
        ),
        _ => {}
    }
    Ok(Exit::Fine)
}
