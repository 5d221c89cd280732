//! `csvnet collect-script`.

use super::exit::Exit;
use super::{CollectScriptArguments, Failure, output};
use crate::app;

/// Prints the script; with line ends of Windows in a file, where it is going to be run.
pub(super) fn command(arguments: &CollectScriptArguments) -> Result<Exit, Failure> {
    let mut script = app::collect_script();
    if arguments.output.is_some() {
        script = script.replace('\n', "\r\n");
    }
    output::write(arguments.output.as_deref(), &|out| out.write_all(script.as_bytes()))?;
    Ok(Exit::Fine)
}
