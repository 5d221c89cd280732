//! `csvnet import`.

use std::path::PathBuf;

use super::exit::Exit;
use super::{Failure, output, say};
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet import csvnet-collected -o cluster.toml
      then put right what it had to assume, and
        csvnet check cluster.toml
        csvnet run cluster.toml
  csvnet import exports
      the scenario on standard output; a folder with Get-ClusterSharedVolumeState.json alone
      will do";

#[derive(Debug, clap::Args)]
pub(super) struct ImportArguments {
    /// Folder of the exports: files called as their cmdlets, in folders called as their nodes
    folder: PathBuf,
    /// Write the scenario to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

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
