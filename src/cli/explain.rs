//! `csvnet explain`.

use super::exit::Exit;
use super::{ExplainArguments, Failure, output};
use crate::app::{self, Options};
use crate::report::Render;

/// Shows the paths of a scenario.
pub(super) fn command(arguments: &ExplainArguments, repeat: String) -> Result<Exit, Failure> {
    let options = Options { command: repeat, ..arguments.changes.options() };
    let mut report = app::explain(&arguments.file, &options)?;
    report.narrow(&arguments.csv, &arguments.node).map_err(Failure::Name)?;
    output::write(None, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
