//! `csvnet timeline` and `csvnet fail`.

use super::clock::Clock;
use super::exit::Exit;
use super::watched::watched;
use super::{FailArguments, Failure, TimelineArguments, output};
use crate::app::{self, Options};
use crate::report::Render;
use crate::schedule::Fidelity;

/// Follows the timeline of a scenario; the verdicts decide the exit code.
pub(super) fn command(arguments: &TimelineArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.file)?;
    let options = Options {
        seed: arguments.seed,
        threads: arguments.threads.map(|threads| threads as usize),
        command: repeat,
        ..arguments.changes.options()
    };
    let fidelity = arguments.fast.then_some(Fidelity::Fast);
    let report =
        watched(&Clock::new(), |hooks| app::timeline(&arguments.file, &options, fidelity, hooks))?;
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(report.verdicts().fold(Exit::Fine, |worst, verdict| match (worst, verdict) {
        (Exit::Missed, _) | (_, "missed") => Exit::Missed,
        (_, "undecided" | "not judged") => Exit::Undecided,
        _ => worst,
    }))
}

/// Fails every element, or every two.
pub(super) fn fail(arguments: &FailArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.file)?;
    let options = Options {
        threads: arguments.threads.map(|threads| threads as usize),
        command: repeat,
        ..arguments.changes.options()
    };
    let together = if arguments.two { 2 } else { 1 };
    let report =
        watched(&Clock::new(), |hooks| app::fail(&arguments.file, &options, together, hooks))?;
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
