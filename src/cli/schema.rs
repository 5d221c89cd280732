//! `csvnet schema`.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::Value;

use super::exit::Exit;
use super::{Failure, output};
use crate::{calibrate, plan, report, scenario};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet schema -o csvnet.schema.json
      what a scenario may say; for editors that read `#:schema ./csvnet.schema.json` in its first
      line: VS Code with Even Better TOML, Neovim, Helix and Zed with taplo or tombi
  csvnet schema sweep -o sweep.schema.json
      what the grid file of `csvnet sweep plan` may say
  csvnet schema report
      what `--format json` writes, for programs that read it";

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArguments {
    /// What it is of
    #[arg(value_enum, default_value = "scenario")]
    of: Of,
    /// Write it to this file; one that exists is replaced
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Files with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The scenario file, and files of parameters
    Scenario,
    /// Reports written with `--format json`
    Report,
    /// The grid file of a sweep
    Sweep,
    /// The mapping of a table of measurements
    Map,
}

impl Of {
    fn schema(self) -> Value {
        match self {
            Self::Scenario => scenario::schema(),
            Self::Report => report::schema(),
            Self::Sweep => plan::sweep::schema(),
            Self::Map => calibrate::schema(),
        }
    }
}

/// Writes a schema.
pub(super) fn command(arguments: &SchemaArguments) -> Result<Exit, Failure> {
    let text = format!("{:#}\n", arguments.of.schema());
    output::write(arguments.output.as_deref(), &|out: &mut dyn Write| {
        out.write_all(text.as_bytes())
    })?;
    Ok(Exit::Fine)
}
