//! `csvnet timeline`.

use super::Failure;
use super::clock::Clock;
use super::common::Question;
use super::exit::Exit;
use super::watched::watched;
use crate::app;
use crate::schedule::Fidelity;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet timeline patch-week.toml
  csvnet timeline growth.toml --fast --format csv -o growth.csv
  csvnet timeline cluster.toml --set 'timeline.horizon=3 d'";

#[derive(Debug, clap::Args)]
pub(super) struct TimelineArguments {
    #[command(flatten)]
    question: Question,
    /// Solve every epoch instead of simulating it, whatever the file says; no percentiles
    #[arg(long)]
    fast: bool,
}

/// Follows the timeline of a scenario; the verdicts decide the exit code.
pub(super) fn command(arguments: &TimelineArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = question.options(repeat)?;
    let fidelity = arguments.fast.then_some(Fidelity::Fast);
    let report =
        watched(&Clock::new(), |hooks| app::timeline(&question.file, &options, fidelity, hooks))?;
    question.answer(&report)?;
    Ok(report.verdicts().fold(Exit::Fine, |worst, verdict| match (worst, verdict) {
        (Exit::Missed, _) | (_, "missed") => Exit::Missed,
        (_, "undecided" | "not judged") => Exit::Undecided,
        _ => worst,
    }))
}
