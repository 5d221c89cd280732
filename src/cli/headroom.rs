//! `csvnet headroom`.

use super::Failure;
use super::clock::Clock;
use super::common::{Effort, Limits, Question};
use super::exit::{self, Exit};
use super::watched::watched;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet headroom cluster.toml
      how much the loads can grow before a limit of the file is broken
  csvnet headroom cluster.toml --limit 'p99 latency <= 5 ms' --limit 'csv port utilisation <= 60 %'
  csvnet headroom cluster.toml --n-1
      also with any one element failed";

#[derive(Debug, clap::Args)]
pub(super) struct HeadroomArguments {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    limits: Limits,
    /// Also after the worst single failures
    #[arg(long = "n-1")]
    one: bool,
    #[command(flatten)]
    effort: Effort,
}

/// Finds how much each load can grow.
pub(super) fn command(arguments: &HeadroomArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = arguments.limits.of(arguments.effort.of(question.options(repeat)?));
    let report = watched(&Clock::new(), |hooks| {
        app::headroom(&question.file, arguments.one, &options, hooks)
    })?;
    question.answer(&report)?;
    Ok(exit::unless_partial(report.partial))
}
