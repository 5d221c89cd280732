//! `csvnet validate`.

use super::clock::Clock;
use super::exit::Exit;
use super::watched::watched;
use super::{Failure, ValidateArguments, output};
use crate::app;
use crate::report::Render;

/// Judges the model by measurements; a missed target decides the exit code.
pub(super) fn command(arguments: &ValidateArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.folder)?;
    let threads = arguments.threads.map(|threads| threads as usize);
    let report = watched(&Clock::new(), |hooks| {
        app::validate(&arguments.folder, &arguments.family, threads, repeat, hooks)
    })?;
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(if report.missed() { Exit::Missed } else { Exit::Fine })
}
