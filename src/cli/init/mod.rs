//! `csvnet init`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::exit::Exit;
use super::{Failure, output, say};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet init -o cluster.toml
      two nodes on a SAN, every line explained; then
        csvnet check cluster.toml
        csvnet run cluster.toml -o report.html
  csvnet init s2d -o cluster.toml
      two nodes of Storage Spaces Direct
  csvnet init guest-cluster
      a guest cluster on a shared VHDX, on standard output";

#[derive(Debug, clap::Args)]
pub(super) struct InitArguments {
    /// What the cluster is like
    #[arg(value_enum, default_value = "san")]
    kind: Start,
    /// Write the scenario to this file; one that exists is not replaced
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Where the first line of a scenario says that its schema is.
const SCHEMA: &str = "csvnet.schema.json";

/// Scenarios to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Start {
    /// Nodes on an array behind Fibre Channel
    San,
    /// Storage Spaces Direct
    S2d,
    /// A guest cluster on a shared VHDX
    GuestCluster,
}

impl Start {
    /// Its text.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::San => include_str!("san.toml"),
            Self::S2d => include_str!("s2d.toml"),
            Self::GuestCluster => include_str!("guest-cluster.toml"),
        }
    }
}

/// Writes a scenario to start from.
pub(super) fn command(arguments: &InitArguments) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    if let Some(target) = target.filter(|target| target.exists()) {
        return Err(output::OutputError::Exists { path: target.to_owned() }.into());
    }
    output::write(target, &|out| out.write_all(arguments.kind.text().as_bytes()))?;
    if let Some(target) = target {
        let name = target.display();
        say(&format!(
            "{name}: put in your own figures, then\n  csvnet check {name}\n  csvnet run {name} -o \
             report.html\nEditors complete and check it by {SCHEMA}, beside it:\n  csvnet schema \
             -o {}\n",
            target.with_file_name(SCHEMA).display()
        ));
    }
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Hooks, Options, run};

    #[test]
    fn every_scenario_to_start_from_runs_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Start::value_variants() {
            let path = folder.path().join("a.toml");
            std::fs::write(&path, kind.text()).unwrap();
            let short = [("run.duration", "20 ms"), ("run.replications", "2")];
            let set = short.map(|(path, value)| (path.to_owned(), value.to_owned())).to_vec();
            let options = Options { set, ..Options::default() };
            let report = run(&path, &options, &Hooks::silent()).unwrap();
            assert!(report.variants[0].workloads.iter().all(|load| load.iops.value > 0.0));
            assert!(!report.variants[0].limits.is_empty(), "{kind:?} states limits");
        }
    }

    #[test]
    fn a_file_that_is_there_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "mine").unwrap();
        let arguments = InitArguments { kind: Start::San, output: Some(path.clone()) };
        assert!(command(&arguments).is_err());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "mine");
    }
}
