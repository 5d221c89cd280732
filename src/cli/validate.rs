//! `csvnet validate`.

use std::path::PathBuf;

use super::Failure;
use super::clock::Clock;
use super::common::Written;
use super::exit::Exit;
use super::watched::watched;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet validate
      fit and score every family in examples/validation
  csvnet validate my/families --family lab -o validation.html";

#[derive(Debug, clap::Args)]
pub(super) struct ValidateArguments {
    /// Folder of families, each a folder with family.toml, scenario.toml, map.toml and
    /// calibration.csv
    #[arg(default_value = "examples/validation")]
    folder: PathBuf,
    /// Only this family; may be repeated
    #[arg(long, value_name = "NAME")]
    family: Vec<String>,
    #[command(flatten)]
    written: Written,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
}

/// Judges the model by measurements; a missed target decides the exit code.
pub(super) fn command(arguments: &ValidateArguments, repeat: String) -> Result<Exit, Failure> {
    arguments.written.refuse(&[&arguments.folder])?;
    let threads = arguments.threads.map(|threads| threads as usize);
    let report = watched(&Clock::new(), |hooks| {
        app::validate(&arguments.folder, &arguments.family, threads, repeat, hooks)
    })?;
    arguments.written.write(&report)?;
    Ok(if report.missed() { Exit::Missed } else { Exit::Fine })
}
