//! `csvnet score`.

use std::path::PathBuf;

use super::clock::Clock;
use super::common::Runs;
use super::exit::Exit;
use super::watched::watched;
use super::{Failure, output};
use crate::app::{self, MeasuredOptions};
use crate::report::{Format, Render};

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
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Predicts the rows of a table and tells how far off it is.
pub(super) fn command(arguments: &ScoreArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    let runs = &arguments.runs;
    let inputs = [
        Some(&arguments.file),
        Some(&runs.observations),
        runs.map.as_ref(),
        arguments.parameters.as_ref(),
    ];
    inputs.iter().flatten().try_for_each(|input| output::refuse(target, input))?;
    let options =
        MeasuredOptions { parameters: arguments.parameters.clone(), ..runs.options(repeat) };
    let report = watched(&Clock::new(), |hooks| app::score(&arguments.file, &options, hooks))?;
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
