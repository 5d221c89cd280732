//! What several commands are told alike.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Failure;
use super::output::{self, OutputError};
use crate::app::{MeasuredOptions, Options};
use crate::report::{Format, Render};

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
    /// Format of the report: table, json, csv, md, html or xlsx [default: what the name of the output
    /// file says, else table]
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

/// What every command that answers a question about one scenario is told.
#[derive(Debug, clap::Args)]
pub(super) struct Question {
    /// Scenario file (TOML)
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) written: Written,
    /// Seed of every random draw [default: that of the scenario]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    pub(super) threads: Option<u64>,
    #[command(flatten)]
    pub(super) changes: Changes,
}

impl Question {
    /// Options of the answer, once its target is known to be writable.
    pub(super) fn options(&self, repeat: String) -> Result<Options, Failure> {
        self.written.refuse(&[&self.file])?;
        Ok(Options {
            seed: self.seed,
            threads: self.threads.map(|threads| threads as usize),
            command: repeat,
            ..self.changes.options()
        })
    }

    /// Writes the answer to where it was asked for.
    pub(super) fn answer<R>(&self, report: &R) -> Result<(), Failure>
    where
        Format: Render<R>,
    {
        Ok(self.written.write(report)?)
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

fn assignment(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(path, value)| (path.trim(), value.trim()));
    match parts.filter(|(path, _)| !path.is_empty()) {
        Some((path, value)) => Ok((path.to_owned(), value.to_owned())),
        None => Err("write a path, `=` and a value, such as workloads.web.outstanding=64".into()),
    }
}
