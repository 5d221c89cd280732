//! `csvnet score`.

use super::clock::Clock;
use super::exit::Exit;
use super::watched::watched;
use super::{Failure, ScoreArguments, output};
use crate::app::{self, MeasuredOptions};
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
    let options =
        MeasuredOptions { parameters: arguments.parameters.clone(), ..runs.options(repeat) };
    let report = watched(&Clock::new(), |hooks| app::score(&arguments.file, &options, hooks))?;
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(Exit::Fine)
}
