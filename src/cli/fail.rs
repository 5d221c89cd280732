//! `csvnet fail`.

use super::Failure;
use super::clock::Clock;
use super::common::Question;
use super::exit::Exit;
use super::watched::watched;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet fail cluster.toml
  csvnet fail cluster.toml --n-2 --format csv -o failures.csv
      every two elements at once, too";

#[derive(Debug, clap::Args)]
pub(super) struct FailArguments {
    #[command(flatten)]
    question: Question,
    /// Fail every two elements at once, too
    #[arg(long = "n-2")]
    two: bool,
}

/// Fails every element, or every two.
pub(super) fn command(arguments: &FailArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = question.options(repeat)?;
    let together = if arguments.two { 2 } else { 1 };
    let report =
        watched(&Clock::new(), |hooks| app::fail(&question.file, &options, together, hooks))?;
    question.answer(&report)?;
    Ok(Exit::Fine)
}
