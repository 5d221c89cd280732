//! `csvnet score`.

use std::sync::atomic::Ordering;

use super::clock::Clock;
use super::exit::Exit;
use super::progress::Progress;
use super::{Failure, ScoreArguments, interrupt, output};
use crate::app::{self, Hooks, MeasuredOptions};
use crate::report::Render;

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
    let flag = interrupt::flag();
    let (clock, progress) = (Clock::new(), Progress::new());
    let hooks = Hooks {
        cancelled: &|| flag.load(Ordering::Relaxed),
        progress: &|share, doing| progress.tell(share, doing),
        told: &|text| progress.say(&format!("note: {text}\n")),
        clock: &|| clock.seconds(),
    };
    let options =
        MeasuredOptions { parameters: arguments.parameters.clone(), ..runs.options(repeat) };
    let report = app::score(&arguments.file, &options, &hooks)?;
    drop(progress);
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
