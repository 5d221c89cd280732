//! `csvnet maintenance`.

use super::Failure;
use super::clock::Clock;
use super::common::Question;
use super::exit::{self, Exit};
use super::watched::watched;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet maintenance cluster.toml
  csvnet maintenance cluster.toml --set rules.live-migration.simultaneous=2
  csvnet maintenance cluster.toml --format csv -o drains.csv";

#[derive(Debug, clap::Args)]
pub(super) struct MaintenanceArguments {
    #[command(flatten)]
    question: Question,
}

/// Drains every node in turn.
pub(super) fn command(arguments: &MaintenanceArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = question.options(repeat)?;
    let report = watched(&Clock::new(), |hooks| app::maintenance(&question.file, &options, hooks))?;
    question.answer(&report)?;
    Ok(exit::unless_partial(report.partial))
}
