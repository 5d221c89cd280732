//! `csvnet collect-script`.

use std::path::PathBuf;

use super::exit::Exit;
use super::{Failure, output};
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet collect-script -o collect.ps1
      then, on a node of the cluster, as administrator:
        powershell -ExecutionPolicy Bypass -File .\\collect.ps1
      which writes the new folder csvnet-collected, and nothing else anywhere
  csvnet collect-script
      to read it before it is run";

#[derive(Debug, clap::Args)]
pub(super) struct CollectScriptArguments {
    /// Write the script to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Prints the script; with line ends of Windows in a file, where it is going to be run.
pub(super) fn command(arguments: &CollectScriptArguments) -> Result<Exit, Failure> {
    let mut script = app::collect_script();
    if arguments.output.is_some() {
        script = script.replace('\n', "\r\n");
    }
    output::write(arguments.output.as_deref(), &|out| out.write_all(script.as_bytes()))?;
    Ok(Exit::Fine)
}
