//! `csvnet explain`.

use std::path::PathBuf;

use super::Failure;
use super::common::{Changes, Written};
use super::exit::Exit;
use crate::app::{self, Options};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet explain cluster.toml
  csvnet explain cluster.toml --variant maintenance --format csv
  csvnet explain cluster.toml --csv CSV1 --node HV2
      why this volume is redirected on this node, and what an I/O costs there";

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArguments {
    /// Scenario file
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) written: Written,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Only what concerns this volume; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) csv: Vec<String>,
    /// Only what concerns this node; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) node: Vec<String>,
}

/// Shows the paths of a scenario.
pub(super) fn command(arguments: &ExplainArguments, repeat: String) -> Result<Exit, Failure> {
    arguments.written.refuse(&[&arguments.file])?;
    let options = Options { command: repeat, ..arguments.changes.options() };
    let mut report = app::explain(&arguments.file, &options)?;
    report.narrow(&arguments.csv, &arguments.node).map_err(Failure::Name)?;
    arguments.written.write(&report)?;
    Ok(Exit::Fine)
}
