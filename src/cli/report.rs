//! `csvnet report`.

use std::path::PathBuf;

use super::Failure;
use super::common::Written;
use super::exit::Exit;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet run cluster.toml -o cluster.json
  csvnet report cluster.json -o cluster.html
      a page to look at, to show and to print; nothing is simulated again
  csvnet report cluster.json --format md";

#[derive(Debug, clap::Args)]
pub(super) struct ReportArguments {
    /// What another command wrote with --format json
    #[arg(value_name = "FILE.json")]
    file: PathBuf,
    #[command(flatten)]
    written: Written,
}

/// Writes a saved report in another format.
pub(super) fn command(arguments: &ReportArguments) -> Result<Exit, Failure> {
    arguments.written.refuse(&[&arguments.file])?;
    let report = app::saved(&arguments.file)?;
    arguments.written.write_by(&|format, out| report.render(format, out))?;
    Ok(Exit::Fine)
}
