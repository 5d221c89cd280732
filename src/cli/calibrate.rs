//! `csvnet calibrate`.

use std::path::PathBuf;

use super::clock::Clock;
use super::common::Runs;
use super::exit::Exit;
use super::watched::watched;
use super::{Failure, output, say};
use crate::app;
use crate::report::{Format, Render};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet calibrate lab.toml --observations runs.csv --map map.toml -o fitted.toml
      fit what the runs tell, and write it with its error
  csvnet calibrate lab.toml --observations runs.csv -o fitted.toml
      the same where the headers of the table say what they are";

#[derive(Debug, clap::Args)]
pub(super) struct CalibrateArguments {
    /// Scenario file
    file: PathBuf,
    #[command(flatten)]
    runs: Runs,
    /// Write the fitted parameters to this file (TOML)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the report to this file, in the format its name says, else as a page with charts of
    /// the residuals (HTML)
    #[arg(long, alias = "plots", value_name = "FILE")]
    report: Option<PathBuf>,
    /// Format of the report on standard output: table, json, csv, md or html
    #[arg(long, short, default_value_t)]
    format: Format,
}

/// Fits a scenario to a table, writes the parameters and tells how far to trust them.
pub(super) fn command(arguments: &CalibrateArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    let inputs =
        [Some(&arguments.file), Some(&arguments.runs.observations), arguments.runs.map.as_ref()];
    for target in [target, arguments.report.as_deref()] {
        inputs.iter().flatten().try_for_each(|input| output::refuse(target, input))?;
    }
    output::refuse_twice(&[target, arguments.report.as_deref()])?;
    let options = arguments.runs.options(repeat);
    let calibrated =
        watched(&Clock::new(), |hooks| app::calibrate(&arguments.file, &options, hooks))?;
    if target.is_some() {
        output::write(target, &|out| out.write_all(calibrated.file.as_bytes()))?;
    }
    if let Some(file) = &arguments.report {
        let format = Format::of_file(file).unwrap_or(Format::Html);
        output::write(Some(file), &|out| format.render(&calibrated.report, out))?;
    }
    for warning in &calibrated.report.warnings {
        say(&format!("warning: {warning}\n"));
    }
    output::write(None, &|out| arguments.format.render(&calibrated.report, out))?;
    Ok(Exit::Fine)
}
