//! `csvnet check`.

use std::path::Path;

use super::exit::Exit;
use super::{Failure, output};
use crate::app::{self, Options};

/// Finds the faults of a scenario; its notes are the result.
pub(super) fn command(file: &Path, repeat: String) -> Result<Exit, Failure> {
    let notes = app::check(file, &Options { command: repeat, ..Options::default() })?;
    output::write(None, &|out| {
        writeln!(out, "{}: no faults", file.display())?;
        notes.iter().try_for_each(|note| writeln!(out, "note: {note}"))
    })?;
    Ok(Exit::Fine)
}
