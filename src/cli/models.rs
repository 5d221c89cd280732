//! `csvnet models`.

use clap::Subcommand;

use super::Failure;
use super::common::Written;
use super::exit::Exit;
use crate::app;

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet models list
      every adapter, switch, processor, array, drive and load a scenario can name
  csvnet models list nics
  csvnet models show mellanox-connectx-5-25g
      its numbers, each with its range and its source";

#[derive(Debug, clap::Args)]
pub(super) struct ModelsArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List what a scenario can name
    List {
        /// Only this family: nics, switches, cpus, hbas, arrays, devices, teams, s2d or profiles
        family: Option<String>,
        #[command(flatten)]
        written: Written,
    },
    /// Show one of them with every number and its source
    Show {
        /// Its name
        name: String,
        #[command(flatten)]
        written: Written,
    },
}

/// Shows the catalogue.
pub(super) fn command(arguments: &ModelsArguments) -> Result<Exit, Failure> {
    match &arguments.what {
        What::List { family, written } => {
            written.write(&app::models(family.as_deref())?)?;
        }
        What::Show { name, written } => written.write(&app::model(name)?)?,
    }
    Ok(Exit::Fine)
}
