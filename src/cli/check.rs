//! `csvnet check`.

use std::path::PathBuf;

use super::common::Changes;
use super::exit::Exit;
use super::{Failure, output};
use crate::app::{self, Options};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet check cluster.toml
  csvnet check cluster.toml --set volumes.CSV1.file-system=ReFS";

#[derive(Debug, clap::Args)]
pub(super) struct CheckArguments {
    /// Scenario file
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) changes: Changes,
}

/// Finds the faults of a scenario; its notes are the result.
pub(super) fn command(arguments: &CheckArguments, repeat: String) -> Result<Exit, Failure> {
    let options = Options { command: repeat, ..arguments.changes.options() };
    let notes = app::check(&arguments.file, &options)?;
    output::write(None, &|out| {
        writeln!(out, "{}: no faults", arguments.file.display())?;
        notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
    })?;
    Ok(Exit::Fine)
}
