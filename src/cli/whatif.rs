//! `csvnet whatif`.

use std::path::PathBuf;

use super::Failure;
use super::clock::Clock;
use super::common::{Answer, Effort, assignment};
use super::exit::{self, Exit};
use super::watched::watched;
use crate::app::{self, Change, Options};
use crate::plan::grow::Machines;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet whatif cluster.toml --add-node 1
      a third node with as much load as the last one
  csvnet whatif cluster.toml --add-node 1 --machines spread
  csvnet whatif cluster.toml --set volumes.CSV1.file-system=NTFS
  csvnet whatif cluster.toml --set network.rdma=off --set networks.csv.mtu='1500 B'";

#[derive(Debug, clap::Args)]
pub(super) struct WhatifArguments {
    /// Scenario file (TOML)
    file: PathBuf,
    /// Nodes to add, like the last one that runs machines
    #[arg(long, value_name = "N", default_value_t = 0,
        value_parser = clap::value_parser!(u64).range(0..=64))]
    add_node: u64,
    /// What runs on them: `copied`, the machines of that node and their loads once more; `spread`,
    /// their share of the machines there are; `none`
    #[arg(long, value_name = "WHAT", default_value = "copied", value_parser = machines,
        requires = "add_node")]
    machines: Machines,
    /// A value to change; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// The variant that is meant, where the file has several
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// Fitted parameters, as `calibrate` writes them, instead of the scenario's
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    answer: Answer,
}

/// Runs the scenario with the change and without it.
pub(super) fn command(arguments: &WhatifArguments, repeat: String) -> Result<Exit, Failure> {
    let answer = &arguments.answer;
    let sources = std::slice::from_ref(&arguments.file);
    let options = Options {
        variant: arguments.variant.iter().cloned().collect(),
        parameters: arguments.parameters.clone(),
        ..arguments.effort.of(answer.options(sources, repeat)?)
    };
    let change = Change {
        set: arguments.set.clone(),
        nodes: arguments.add_node as usize,
        machines: arguments.machines,
    };
    let report =
        watched(&Clock::new(), |hooks| app::whatif(&arguments.file, &change, &options, hooks))?;
    answer.write(&report)?;
    Ok(exit::unless_partial(report.partial))
}

fn machines(text: &str) -> Result<Machines, String> {
    let found = Machines::ALL.iter().find(|(name, _)| *name == text);
    found.map(|(_, machines)| *machines).ok_or_else(|| "write copied, spread or none".to_owned())
}
