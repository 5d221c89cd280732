//! `csvnet import`.

use super::exit::Exit;
use super::{Failure, ImportArguments, output, say};
use crate::app;

/// Makes a scenario of a folder; what was assumed is told on standard error, and stands in the
/// scenario as well.
pub(super) fn command(arguments: &ImportArguments) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.folder)?;
    let imported = app::import(&arguments.folder)?;
    output::write(target, &|out| out.write_all(imported.scenario.as_bytes()))?;
    for file in &imported.unused {
        say(&format!("not used: {file}\n"));
    }
    for assumed in &imported.assumed {
        say(&format!("{assumed}\n"));
    }
    let [nodes, volumes, vms, workloads] = imported.counts;
    let written = target.map_or_else(String::new, |path| format!("{}: ", path.display()));
    say(&format!(
        "{written}{nodes} nodes, {volumes} volumes, {vms} virtual machines, {workloads} workloads; \
         {} assumptions\n",
        imported.assumed.len()
    ));
    Ok(Exit::Fine)
}
