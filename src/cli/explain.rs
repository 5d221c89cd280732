//! `csvnet explain`.

use super::exit::Exit;
use super::{ExplainArguments, Failure, output};
use crate::app::{self, Options};
use crate::report::Render;

/// Shows the paths of a scenario.
pub(super) fn command(arguments: &ExplainArguments, repeat: String) -> Result<Exit, Failure> {
    let variant = arguments.variant.clone();
    let options = Options { variant, command: repeat, ..Options::default() };
    let report = app::explain(&arguments.file, &options)?;
    output::write(None, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
