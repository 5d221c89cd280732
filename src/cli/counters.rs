//! `csvnet counters`.

use std::path::PathBuf;

use super::exit::Exit;
use super::{EXIT_CODES, Failure, TEMPLATE, output, say};
use crate::app::{self, AppError};
use crate::trace::pdh::{PdhRange, PdhTime};

const EXAMPLES: &str = "\
Examples:
  csvnet counters hv1.csv hv2.csv -o table.csv
      means and peaks of every node, volume and adapter of two logs
  csvnet counters cluster.csv --from \"2026-03-05 14:00:00\" --to \"2026-03-05 14:10:00\"
      of ten minutes, in the local time of the log
  csvnet counters cluster.csv --wide -o run.csv
      one row, to be a row of a table of observations";

/// What is folded, and how it is written.
#[derive(Debug, clap::Args)]
#[command(before_help = EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
pub(super) struct CountersArguments {
    /// PerfMon logs as text (PDH-CSV): of one run, each of other nodes or objects
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// First sample that counts, in the local time of the log [default: the second of each file]
    #[arg(long, value_name = "TIME")]
    from: Option<PdhTime>,
    /// Last sample that counts [default: the last]
    #[arg(long, value_name = "TIME")]
    to: Option<PdhTime>,
    /// Write one row for the whole run instead of one for each thing
    #[arg(long)]
    wide: bool,
    /// Write the table to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Folds logs into a table.
pub(super) fn command(arguments: &CountersArguments) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    for file in &arguments.files {
        output::refuse(target, file)?;
    }
    let range = PdhRange { from: arguments.from, to: arguments.to };
    let table = app::counters(&arguments.files, range).map_err(AppError::Logs)?;
    for note in &table.notes {
        say(&format!("note: {note}\n"));
    }
    output::write(target, &|out| {
        if arguments.wide { table.write_wide(out) } else { table.write_rows(out) }
    })?;
    Ok(Exit::Fine)
}
