//! `csvnet check`.

use super::exit::Exit;
use super::{CheckArguments, Failure, output};
use crate::app::{self, Options};

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
