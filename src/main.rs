//! The csvnet command.

use std::process::ExitCode;

fn main() -> ExitCode {
    csvnet::cli::main()
}
