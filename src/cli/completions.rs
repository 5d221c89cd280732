//! `csvnet completions`.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::exit::Exit;
use super::{Arguments, Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet completions powershell >> $PROFILE
  csvnet completions bash > /etc/bash_completion.d/csvnet";

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Writes the script that completes commands and options.
pub(super) fn command(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(arguments.shell, &mut Arguments::command(), "csvnet", &mut script);
    output::write(None, &|out| out.write_all(&script))?;
    Ok(Exit::Fine)
}
