//! `csvnet validate`.

use std::sync::atomic::Ordering;

use super::clock::Clock;
use super::exit::Exit;
use super::progress::Progress;
use super::{Failure, ValidateArguments, interrupt, output};
use crate::app::{self, Hooks};
use crate::report::Render;

/// Judges the model by measurements; a missed target decides the exit code.
pub(super) fn command(arguments: &ValidateArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.folder)?;
    let flag = interrupt::flag();
    let (clock, progress) = (Clock::new(), Progress::new());
    let hooks = Hooks {
        cancelled: &|| flag.load(Ordering::Relaxed),
        progress: &|share, doing| progress.tell(share, doing),
        told: &|text| progress.say(&format!("note: {text}\n")),
        clock: &|| clock.seconds(),
    };
    let threads = arguments.threads.map(|threads| threads as usize);
    let report = app::validate(&arguments.folder, &arguments.family, threads, repeat, &hooks)?;
    drop(progress);
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(if report.missed() { Exit::Missed } else { Exit::Fine })
}
