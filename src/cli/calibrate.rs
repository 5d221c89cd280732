//! `csvnet calibrate`.

use super::clock::Clock;
use super::exit::Exit;
use super::watched::watched;
use super::{CalibrateArguments, Failure, output, say};
use crate::app;
use crate::report::{Render, write_residuals};

/// Fits a scenario to a table, writes the parameters and tells how far to trust them.
pub(super) fn command(arguments: &CalibrateArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    let inputs =
        [Some(&arguments.file), Some(&arguments.runs.observations), arguments.runs.map.as_ref()];
    for target in [target, arguments.plots.as_deref()] {
        inputs.iter().flatten().try_for_each(|input| output::refuse(target, input))?;
    }
    output::refuse_twice(&[target, arguments.plots.as_deref()])?;
    let options = arguments.runs.options(repeat);
    let calibrated =
        watched(&Clock::new(), |hooks| app::calibrate(&arguments.file, &options, hooks))?;
    if target.is_some() {
        output::write(target, &|out| out.write_all(calibrated.file.as_bytes()))?;
    }
    if let Some(plots) = &arguments.plots {
        output::write(Some(plots), &|out| write_residuals(&calibrated.report, out))?;
    }
    for warning in &calibrated.report.warnings {
        say(&format!("warning: {warning}\n"));
    }
    output::write(None, &|out| arguments.format.render(&calibrated.report, out))?;
    Ok(Exit::Fine)
}
