//! `csvnet score`.

use std::path::PathBuf;

use super::Failure;
use super::clock::Clock;
use super::common::{Runs, Written};
use super::exit::Exit;
use super::watched::watched;
use crate::app::{self, MeasuredOptions};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet score lab.toml --observations more.csv --map map.toml --parameters fitted.toml
  csvnet score lab.toml --observations more.csv --map map.toml --parameters fitted.toml \\
      --format json -o score.json
      every row with its own columns, prediction, interval and error";

#[derive(Debug, clap::Args)]
pub(super) struct ScoreArguments {
    /// Scenario file
    file: PathBuf,
    #[command(flatten)]
    runs: Runs,
    /// Fitted parameters [default: those of the scenario]
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    #[command(flatten)]
    written: Written,
}

/// Predicts the rows of a table and tells how far off it is.
pub(super) fn command(arguments: &ScoreArguments, repeat: String) -> Result<Exit, Failure> {
    let runs = &arguments.runs;
    let mut inputs = vec![arguments.file.as_path(), &runs.observations];
    inputs.extend(runs.map.iter().chain(&arguments.parameters).map(PathBuf::as_path));
    arguments.written.refuse(&inputs)?;
    let options =
        MeasuredOptions { parameters: arguments.parameters.clone(), ..runs.options(repeat) };
    let report = watched(&Clock::new(), |hooks| app::score(&arguments.file, &options, hooks))?;
    arguments.written.write(&report)?;
    Ok(Exit::Fine)
}
