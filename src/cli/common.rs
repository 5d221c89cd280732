//! What several commands are told alike.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::output::{self, OutputError};
use crate::app::{MeasuredOptions, Options, RunTo, limits_setting};
use crate::report::{Format, Render};
use crate::scenario::{PRECISION_HELP, PRECISIONS};
use crate::units::{QuantityError, Ratio};

/// What is changed of the scenario, and which part of it is meant.
#[derive(Debug, clap::Args)]
pub(super) struct Changes {
    /// Replace a value of the scenario; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    pub(super) set: Vec<(String, String)>,
    /// Only this variant; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Vec<String>,
    /// Fitted parameters, as `calibrate` writes them, instead of the scenario's
    #[arg(long, value_name = "FILE")]
    pub(super) parameters: Option<PathBuf>,
    /// The rows whose own values of that file are meant, such as variant=smb
    #[arg(long, value_name = "COLUMN=VALUE", requires = "parameters", default_value = "")]
    pub(super) rows: String,
}

impl Changes {
    pub(super) fn options(&self) -> Options {
        Options {
            set: self.set.clone(),
            variant: self.variant.clone(),
            parameters: self.parameters.clone(),
            rows: self.rows.clone(),
            ..Options::default()
        }
    }
}

/// How a report is written, and where.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Written {
    /// Format of the report: table, json, csv, md, html or xlsx [default: what the name of the
    /// output file says, else table]
    #[arg(long, short)]
    pub(super) format: Option<Format>,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

impl Written {
    /// The format asked for, by its name or by that of the file.
    pub(super) fn format(&self) -> Format {
        let named = || self.output.as_deref().and_then(Format::of_file);
        self.format.or_else(named).unwrap_or_default()
    }

    /// Refuses what could not be written, or what would replace one of the files that are read.
    pub(super) fn refuse(&self, inputs: &[&Path]) -> Result<(), OutputError> {
        output::refuse_binary(self.format(), self.output.as_deref())?;
        inputs.iter().try_for_each(|input| output::refuse(self.output.as_deref(), input))
    }

    /// Writes a report.
    pub(super) fn write<R>(&self, report: &R) -> Result<(), OutputError>
    where
        Format: Render<R>,
    {
        self.write_by(&|format, out| format.render(report, out))
    }

    /// Writes what is rendered in the format asked for.
    pub(super) fn write_by(
        &self,
        render: &dyn Fn(Format, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        output::write(self.output.as_deref(), &|out| render(self.format(), out))
    }
}

/// How an answer is made, and where it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Answer {
    #[command(flatten)]
    written: Written,
    /// Seed of every random draw [default: that of the scenario]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
}

impl Answer {
    /// Its part of the options, once its target is known to be writable and none of `sources`.
    pub(super) fn options(&self, sources: &[PathBuf], repeat: String) -> Result<Options, Failure> {
        output::refuse_sources(self.written.output.as_deref(), sources)?;
        Ok(Options {
            seed: self.seed,
            threads: self.threads.map(|threads| threads as usize),
            command: repeat,
            ..Options::default()
        })
    }

    /// Writes it to where it was asked for.
    pub(super) fn write<R>(&self, report: &R) -> Result<(), Failure>
    where
        Format: Render<R>,
    {
        Ok(self.written.write(report)?)
    }
}

/// How long is simulated.
#[derive(Debug, clap::Args)]
pub(super) struct Effort {
    /// Replications of each variant, 2 to 10000; with a precision the fewest [default: those of the
    /// scenario]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=10_000))]
    pub(super) replications: Option<u64>,
    /// Add replications until every workload's mean latency and IOPS are known to this share of
    /// themselves, "0.1 %" to "50 %", or "none" [default: that of the scenario]
    #[arg(long, value_name = "SHARE", value_parser = precision)]
    pub(super) precision: Option<RunTo>,
}

impl Effort {
    /// The options with it.
    pub(super) fn of(&self, options: Options) -> Options {
        let run_to = self.precision.unwrap_or_default();
        Options { replications: self.replications, run_to, ..options }
    }
}

/// What figures are held against.
#[derive(Debug, clap::Args)]
pub(super) struct Limits {
    /// A limit, such as "p99 latency <= 5 ms", instead of those of the scenario; may be repeated
    #[arg(long, value_name = "LIMIT")]
    limit: Vec<String>,
}

impl Limits {
    /// The options with them.
    pub(super) fn of(&self, mut options: Options) -> Options {
        if !self.limit.is_empty() {
            options.set.push(limits_setting(&self.limit));
        }
        options
    }
}

/// What every command that answers a question about one scenario is told.
#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// Scenario file (TOML)
    pub(super) file: PathBuf,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    pub(super) changes: Changes,
}

impl Question {
    /// Options of the answer, once its target is known to be writable.
    pub(super) fn options(&self, repeat: String) -> Result<Options, Failure> {
        let own = self.answer.options(std::slice::from_ref(&self.file), repeat)?;
        let Options { seed, threads, command, .. } = own;
        Ok(Options { seed, threads, command, ..self.changes.options() })
    }

    /// The file the answer goes to, where it goes to one.
    pub(super) fn target(&self) -> Option<&Path> {
        self.answer.written.output.as_deref()
    }

    /// Whether the answer is for a terminal.
    pub(super) fn for_terminal(&self) -> bool {
        self.answer.written.format() == Format::Table
    }

    /// Writes one line to where the answer was asked for.
    pub(super) fn say(&self, line: &str) -> Result<(), Failure> {
        Ok(output::write(self.answer.written.output.as_deref(), &|out| writeln!(out, "{line}"))?)
    }

    /// Writes the answer to where it was asked for.
    pub(super) fn answer<R>(&self, report: &R) -> Result<(), Failure>
    where
        Format: Render<R>,
    {
        self.answer.write(report)
    }
}

/// Measured runs, and what their columns mean.
#[derive(Debug, clap::Args)]
pub(super) struct Runs {
    /// Table of measured runs, one a row (CSV)
    #[arg(long, value_name = "FILE")]
    pub(super) observations: PathBuf,
    /// What its columns mean (TOML) [default: their headers say it]
    #[arg(long, value_name = "FILE")]
    pub(super) map: Option<PathBuf>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    pub(super) threads: Option<u64>,
}

impl Runs {
    pub(super) fn options(&self, command: String) -> MeasuredOptions {
        MeasuredOptions {
            observations: self.observations.clone(),
            map: self.map.clone(),
            parameters: None,
            threads: self.threads.map(|threads| threads as usize),
            command,
        }
    }
}

pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(path, value)| (path.trim(), value.trim()));
    match parts.filter(|(path, _)| !path.is_empty()) {
        Some((path, value)) => Ok((path.to_owned(), value.to_owned())),
        None => Err("write a path, `=` and a value, such as workloads.web.outstanding=64".into()),
    }
}

fn precision(text: &str) -> Result<RunTo, String> {
    if text.trim().eq_ignore_ascii_case("none") {
        return Ok(RunTo::Replications);
    }
    let share: Ratio =
        text.parse().map_err(|error: QuantityError| format!("{error}; {PRECISION_HELP}"))?;
    if PRECISIONS.contains(&share.fraction()) {
        return Ok(RunTo::Precision(share.fraction()));
    }
    Err(format!("no usable precision; {PRECISION_HELP}"))
}
