//! `csvnet align`.

use std::path::PathBuf;

use super::clock::Clock;
use super::common::Question;
use super::exit::Exit;
use super::watched::watched;
use super::{Failure, output};
use crate::app::{self, AlignOptions};
use crate::plan::{Movable, Weigh, Wishes};
use crate::units::{QuantityError, Ratio, UnitKind, parse_as};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet align cluster.toml
  csvnet align cluster.toml --worth '5 MB/s'
      only moves that take 5 MB/s or more off the network
  csvnet align cluster.toml --move volumes --simulate
      by ownership only; and simulate both states, on common random numbers
  csvnet align cluster.toml --script moves.ps1
      the moves as PowerShell, to be read and run";

#[derive(Debug, clap::Args)]
pub(super) struct AlignArguments {
    #[command(flatten)]
    question: Question,
    /// What may be moved: both, machines or volumes
    #[arg(long = "move", value_name = "WHAT", default_value = "both", value_parser = movable)]
    movable: Movable,
    /// What counts: the bytes of each load, or disks, whatever their load
    #[arg(long, value_name = "WHAT", default_value = "bytes", value_parser = weigh)]
    weigh: Weigh,
    /// Redirected load that each move must save, such as "5 MB/s"
    #[arg(long, value_name = "RATE", default_value = "0 Mbit/s", value_parser = rate)]
    worth: f64,
    /// Share of a node's memory that machines may fill, up to 400 %
    #[arg(long, value_name = "SHARE", default_value = "100 %", value_parser = share)]
    memory: f64,
    /// Share of a node's cores that machines may keep busy, up to 400 %
    #[arg(long, value_name = "SHARE", default_value = "80 %", value_parser = share)]
    cpu: f64,
    /// Virtual processors for each core, where no machine states the cores it keeps busy
    /// [default: a quarter more than the fullest node has, at least 1]
    #[arg(long, value_name = "NUMBER", value_parser = ratio)]
    vcpus_per_core: Option<f64>,
    /// Simulate the cluster as it is and after the moves, too
    #[arg(long)]
    simulate: bool,
    /// Write the moves to this file as PowerShell; of one variant only
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

/// Finds what is off its owner, and the moves.
pub(super) fn command(arguments: &AlignArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = question.options(repeat)?;
    let script = arguments.script.as_deref();
    output::refuse(script, &question.file)?;
    output::refuse_twice(&[question.target(), script])?;
    let wishes = Wishes {
        movable: arguments.movable,
        weigh: arguments.weigh,
        worth_bytes_per_s: arguments.worth,
        memory_share: arguments.memory,
        cpu_share: arguments.cpu,
        vcpus_per_core: arguments.vcpus_per_core,
    };
    let align = AlignOptions { wishes, simulate: arguments.simulate, script: script.is_some() };
    let report =
        watched(&Clock::new(), |hooks| app::align(&question.file, &options, &align, hooks))?;
    if let Some(target) = script {
        output::write(Some(target), &|out| report.write_script(out))?;
    }
    question.answer(&report)?;
    Ok(if report.interrupted { Exit::Interrupted } else { Exit::Fine })
}

fn ratio(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok();
    let number = number.filter(|number| (0.01..=1000.0).contains(number));
    number.ok_or_else(|| "write a number from 0.01 to 1000".to_owned())
}

fn named<T: Copy>(all: &[(&'static str, T)], text: &str) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == text.trim());
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        format!("write one of {}", names.join(", "))
    })
}

fn movable(text: &str) -> Result<Movable, String> {
    named(&Movable::ALL, text)
}

fn weigh(text: &str) -> Result<Weigh, String> {
    named(&Weigh::ALL, text)
}

/// Bytes a second.
fn rate(text: &str) -> Result<f64, QuantityError> {
    Ok(parse_as(UnitKind::Rate, text)? / 8.0)
}

fn share(text: &str) -> Result<f64, String> {
    let share: Ratio = text.parse().map_err(|error: QuantityError| error.to_string())?;
    let share = share.fraction();
    if share > 0.0 && share <= 4.0 {
        Ok(share)
    } else {
        Err("write a share above 0 and up to 400 %".to_owned())
    }
}
