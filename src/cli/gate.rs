//! `csvnet gate`.

use super::Failure;
use super::clock::Clock;
use super::common::{Effort, Limits, Question};
use super::exit::{self, Exit};
use super::watched::watched;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet gate cluster.toml
      one line and an exit code: 0 within the limits, 2 beyond one, 3 undecided
  csvnet gate cluster.toml --limit 'p99 latency <= 5 ms' --n-1
      in every state that a single failure leaves, too";

#[derive(Debug, clap::Args)]
pub(super) struct GateArguments {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    limits: Limits,
    /// Also after the single failures that come nearest to a limit
    #[arg(long = "n-1")]
    one: bool,
    #[command(flatten)]
    effort: Effort,
}

/// Decides whether the limits are kept; the exit code says it.
pub(super) fn command(arguments: &GateArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = arguments.limits.of(arguments.effort.of(question.options(repeat)?));
    let report =
        watched(&Clock::new(), |hooks| app::gate(&question.file, arguments.one, &options, hooks))?;
    if question.for_terminal() {
        question.say(&report.line)?;
    } else {
        question.answer(&report)?;
    }
    Ok(if report.partial { Exit::Interrupted } else { exit::of_verdict(report.verdict) })
}
