//! The command line: arguments, one file for each command, exit codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | fine |
//! | 1 | an error in the input, or a file that cannot be read or written |
//! | 2 | a stated limit is missed |
//! | 3 | no limit is missed, but at least one is undecided |
//! | 64 | the command line is wrong |
//! | 70 | a bug in csvnet |
//! | 130 | interrupted; the report, if there is one, shows what was done by then |
//!
//! The result goes to standard output or to `--output`, everything else to standard error.

mod calibrate;
mod check;
mod clock;
mod collect_script;
mod color;
mod counters;
mod exit;
mod explain;
mod import;
mod interrupt;
mod output;
mod panic;
mod profile;
mod progress;
mod read;
mod repeat;
mod run;
mod score;
mod timeline;
mod validate;
mod watched;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::{AppError, MeasuredOptions, Options, RunTo};
use crate::report::{Format, UnknownName};
use crate::scenario::{PRECISION_HELP, PRECISIONS};
use crate::units::{QuantityError, Ratio, SimDuration};
use color::Color;
use exit::Exit;

const EXAMPLES: &str = "\
Examples:
  csvnet check cluster.toml
      find every fault of a scenario
  csvnet run cluster.toml
      predict the load and the latency, for a terminal
  csvnet run cluster.toml --set workloads.web.outstanding=64 --format json -o out.json
      the same with one value changed, for a program
  csvnet explain cluster.toml
      show which way each disk goes, and what an I/O costs on it";

const EXIT_CODES: &str = "\
Exit codes:
  0    fine
  1    an error in the input, or a file that cannot be read or written
  2    a stated limit is missed
  3    no limit is missed, but at least one is undecided
  64   the command line is wrong
  70   a bug in csvnet
  130  interrupted; the report, if there is one, shows what was done by then

The result goes to standard output or to --output, everything else to standard error.";

const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n\
                        {all-args}{after-help}";

/// Predicts the load redirected I/O puts on the CSV network of a Hyper-V failover cluster
#[derive(Debug, Parser)]
#[command(name = "csvnet", version, before_help = EXAMPLES, after_help = EXIT_CODES)]
#[command(help_template = TEMPLATE, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to colour messages; `auto` is on a terminal, unless `NO_COLOR` is set
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN",
        display_order = 900
    )]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a scenario and report loads, latencies and limits
    #[command(before_help = RUN_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Run(RunArguments),
    /// Follow a scenario over hours to years: moves, maintenance, failures, growth
    #[command(before_help = TIMELINE_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Timeline(TimelineArguments),
    /// Fail every element of a scenario and rank what is left
    #[command(before_help = FAIL_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Fail(FailArguments),
    /// Find every fault of a scenario without running it
    #[command(before_help = CHECK_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Check(CheckArguments),
    /// Show which way each disk goes, and what an I/O costs on it
    #[command(before_help = EXPLAIN_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Explain(ExplainArguments),
    /// Fit the parameters of a scenario to a table of measured runs
    #[command(before_help = CALIBRATE_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Calibrate(CalibrateArguments),
    /// Hold predictions against a table of measured runs
    #[command(before_help = SCORE_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Score(ScoreArguments),
    /// Judge the model by families of measurements it was not fitted on
    #[command(before_help = VALIDATE_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Validate(ValidateArguments),
    /// Fold PerfMon logs into a table of observations
    Counters(counters::CountersArguments),
    /// Read results of test tools into one table
    #[command(before_help = READ_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Read(read::ReadArguments),
    /// Print a PowerShell script that gathers a cluster into a folder; it only reads
    #[command(before_help = COLLECT_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    CollectScript(CollectScriptArguments),
    /// Make a scenario of a folder of PowerShell exports
    #[command(before_help = IMPORT_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Import(ImportArguments),
}

const READ_EXAMPLES: &str = "\
Examples:
  csvnet read results -o runs.csv
      every result in a folder, one row a run
  csvnet read a.txt b.xml fio.json result.tsv --format json
  csvnet read ntttcp.xml iperf3.json
      what a link gives; with --links where there are storage tests too";

const FAIL_EXAMPLES: &str = "\
Examples:
  csvnet fail cluster.toml
  csvnet fail cluster.toml --n-2 --format csv -o failures.csv
      every two elements at once, too";

const TIMELINE_EXAMPLES: &str = "\
Examples:
  csvnet timeline patch-week.toml
  csvnet timeline growth.toml --fast --format csv -o growth.csv
  csvnet timeline cluster.toml --set 'timeline.horizon=3 d'";

const RUN_EXAMPLES: &str = "\
Examples:
  csvnet run cluster.toml
  csvnet run cluster.toml --variant base --variant maintenance
  csvnet run cluster.toml --format md --output report.md
  csvnet run cluster.toml --seed 7 --replications 20 --set workloads.web.outstanding=64
  csvnet run cluster.toml --precision 1% --checkpoint run.ckpt
      until all is known to 1 %; interrupted, the same command goes on
  csvnet run cluster.toml --variant base --trace hops.csv --trace-ios 5
      also every hop of five I/Os, to follow them
  csvnet run cluster.toml --variant base --counters counters.csv
      also what PerfMon would log on every node, to lay over a measurement";

const CHECK_EXAMPLES: &str = "\
Examples:
  csvnet check cluster.toml
  csvnet check cluster.toml --set volumes.CSV1.file-system=ReFS";

const CALIBRATE_EXAMPLES: &str = "\
Examples:
  csvnet calibrate lab.toml --observations runs.csv --map map.toml -o fitted.toml
      fit what the runs tell, and write it with its error
  csvnet calibrate lab.toml --observations runs.csv -o fitted.toml
      the same where the headers of the table say what they are";

const SCORE_EXAMPLES: &str = "\
Examples:
  csvnet score lab.toml --observations more.csv --map map.toml --parameters fitted.toml
  csvnet score lab.toml --observations more.csv --map map.toml --parameters fitted.toml \\
      --format json -o score.json
      every row with its own columns, prediction, interval and error";

const VALIDATE_EXAMPLES: &str = "\
Examples:
  csvnet validate
      fit and score every family in examples/validation
  csvnet validate my/families --family lab --format md -o validation.md";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  csvnet explain cluster.toml
  csvnet explain cluster.toml --variant maintenance --format csv
  csvnet explain cluster.toml --csv CSV1 --node HV2
      why this volume is redirected on this node, and what an I/O costs there";

const COLLECT_EXAMPLES: &str = "\
Examples:
  csvnet collect-script -o collect.ps1
      then, on a node of the cluster, as administrator:
        powershell -ExecutionPolicy Bypass -File .\\collect.ps1
      which writes the new folder csvnet-collected, and nothing else anywhere
  csvnet collect-script
      to read it before it is run";

const IMPORT_EXAMPLES: &str = "\
Examples:
  csvnet import csvnet-collected -o cluster.toml
      then put right what it had to assume, and
        csvnet check cluster.toml
        csvnet run cluster.toml
  csvnet import exports
      the scenario on standard output; a folder with Get-ClusterSharedVolumeState.json alone
      will do";

/// What is changed of the scenario, and which part of it is meant.
#[derive(Debug, clap::Args)]
struct Changes {
    /// Replace a value of the scenario; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Only this variant; may be repeated
    #[arg(long, value_name = "NAME")]
    variant: Vec<String>,
    /// Fitted parameters, as `calibrate` writes them, instead of the scenario's
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// The rows whose own values of that file are meant, such as variant=smb
    #[arg(long, value_name = "COLUMN=VALUE", requires = "parameters", default_value = "")]
    rows: String,
}

impl Changes {
    fn options(&self) -> Options {
        Options {
            set: self.set.clone(),
            variant: self.variant.clone(),
            parameters: self.parameters.clone(),
            rows: self.rows.clone(),
            ..Options::default()
        }
    }
}

#[derive(Debug, clap::Args)]
struct CheckArguments {
    /// Scenario file
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
struct RunArguments {
    /// Scenario file
    file: PathBuf,
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Seed of every random draw [default: that of the scenario]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Replications of each variant, 2 to 10000; with a precision the fewest [default: those of the
    /// scenario]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=10_000))]
    replications: Option<u64>,
    /// Add replications until every workload's mean latency and IOPS are known to this share of
    /// themselves, "0.1 %" to "50 %", or "none" [default: that of the scenario]
    #[arg(long, value_name = "SHARE", value_parser = precision)]
    precision: Option<RunTo>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
    #[command(flatten)]
    changes: Changes,
    /// Keep finished replications in this file, and go on from those it has
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Write every hop of the first I/Os to this file, as CSV with times in microseconds
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// I/Os of each variant to trace
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        requires = "trace",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    trace_ios: u64,
    /// Write the performance counters of the first replication to this file as PerfMon would have
    /// logged them (PDH-CSV), warm-up included; of one variant: name it where there are several
    #[arg(long, value_name = "FILE")]
    counters: Option<PathBuf>,
    /// Simulated time between two samples of the counters, "1 ms" to "1 h"
    #[arg(
        long,
        value_name = "TIME",
        default_value = "1 s",
        requires = "counters",
        value_parser = interval
    )]
    counter_interval: SimDuration,
    /// Tell on standard error where the time went: seconds, events and I/Os a second, visits
    #[arg(long)]
    profile: bool,
}

#[derive(Debug, clap::Args)]
struct ExplainArguments {
    /// Scenario file
    file: PathBuf,
    /// Format: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    #[command(flatten)]
    changes: Changes,
    /// Only what concerns this volume; may be repeated
    #[arg(long, value_name = "NAME")]
    csv: Vec<String>,
    /// Only what concerns this node; may be repeated
    #[arg(long, value_name = "NAME")]
    node: Vec<String>,
}

/// Measured runs, and what their columns mean.
#[derive(Debug, clap::Args)]
struct Runs {
    /// Table of measured runs, one a row (CSV)
    #[arg(long, value_name = "FILE")]
    observations: PathBuf,
    /// What its columns mean (TOML) [default: their headers say it]
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
}

impl Runs {
    fn options(&self, command: String) -> MeasuredOptions {
        MeasuredOptions {
            observations: self.observations.clone(),
            map: self.map.clone(),
            parameters: None,
            threads: self.threads.map(|threads| threads as usize),
            command,
        }
    }
}

#[derive(Debug, clap::Args)]
struct CalibrateArguments {
    /// Scenario file
    file: PathBuf,
    #[command(flatten)]
    runs: Runs,
    /// Write the fitted parameters to this file (TOML)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write charts of the residuals to this file, a page to look at offline (HTML)
    #[arg(long, value_name = "FILE")]
    plots: Option<PathBuf>,
    /// Format of the report on standard output: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct ScoreArguments {
    /// Scenario file
    file: PathBuf,
    #[command(flatten)]
    runs: Runs,
    /// Fitted parameters [default: those of the scenario]
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ValidateArguments {
    /// Folder of families, each a folder with family.toml, scenario.toml, map.toml and
    /// calibration.csv
    #[arg(default_value = "examples/validation")]
    folder: PathBuf,
    /// Only this family; may be repeated
    #[arg(long, value_name = "NAME")]
    family: Vec<String>,
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
}

#[derive(Debug, clap::Args)]
struct FailArguments {
    /// Scenario file (TOML)
    file: PathBuf,
    /// Fail every two elements at once, too
    #[arg(long = "n-2")]
    two: bool,
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
struct TimelineArguments {
    /// Scenario file (TOML) with a [timeline]
    file: PathBuf,
    /// Solve every epoch instead of simulating it, whatever the file says; no percentiles
    #[arg(long)]
    fast: bool,
    /// Format of the report: table, json, csv or md
    #[arg(long, short, default_value_t)]
    format: Format,
    /// Write the report to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Seed of all random numbers [default: the scenario's, or 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
struct CollectScriptArguments {
    /// Write the script to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ImportArguments {
    /// Folder of the exports: files called as their cmdlets, in folders called as their nodes
    folder: PathBuf,
    /// Write the scenario to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
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

fn interval(text: &str) -> Result<SimDuration, String> {
    let help = "write \"1 ms\" to \"1 h\"";
    let time: SimDuration =
        text.parse().map_err(|error: QuantityError| format!("{error}; {help}"))?;
    if (1e-3..=3600.0).contains(&time.as_secs_f64()) { Ok(time) } else { Err(help.into()) }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(path, value)| (path.trim(), value.trim()));
    match parts.filter(|(path, _)| !path.is_empty()) {
        Some((path, value)) => Ok((path.to_owned(), value.to_owned())),
        None => Err("write a path, `=` and a value, such as workloads.web.outstanding=64".into()),
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    panic::guarded(|| with_arguments(&std::env::args_os().collect::<Vec<_>>())).into()
}

fn with_arguments(given: &[OsString]) -> Exit {
    let arguments = match parse(given) {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let color = arguments.color.on_stderr();
    let done = match &arguments.command {
        Command::Run(run) => run::command(run, repeat::command(given)),
        Command::Timeline(follow) => timeline::command(follow, repeat::command(given)),
        Command::Fail(fail) => timeline::fail(fail, repeat::command(given)),
        Command::Check(check) => check::command(check, repeat::command(given)),
        Command::Explain(explain) => explain::command(explain, repeat::command(given)),
        Command::Calibrate(fit) => calibrate::command(fit, repeat::command(given)),
        Command::Score(score) => score::command(score, repeat::command(given)),
        Command::Validate(judge) => validate::command(judge, repeat::command(given)),
        Command::Counters(counters) => counters::command(counters),
        Command::Read(read) => read::command(read),
        Command::CollectScript(collect) => collect_script::command(collect),
        Command::Import(import) => import::command(import),
    };
    done.unwrap_or_else(|failure| failed(&failure, color))
}

fn parse(given: &[OsString]) -> Result<Arguments, clap::Error> {
    let choice = Color::foreseen(given).of_clap();
    let matches = Arguments::command().color(choice).try_get_matches_from(given)?;
    Arguments::from_arg_matches(&matches)
}

/// Prints help, version or what is wrong with the command line.
fn refused(error: &clap::Error) -> Exit {
    // Nobody is left to tell when printing fails.
    let _ = error.print();
    usage(error.kind())
}

const fn usage(kind: ErrorKind) -> Exit {
    match kind {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Fine,
        _ => Exit::Usage,
    }
}

/// Why a command gave no result.
#[derive(Debug)]
enum Failure {
    /// From the library.
    App(AppError),
    /// From writing the result.
    Output(output::OutputError),
    /// A name on the command line that the scenario does not have.
    Name(UnknownName),
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<output::OutputError> for Failure {
    fn from(error: output::OutputError) -> Self {
        Self::Output(error)
    }
}

fn failed(failure: &Failure, color: bool) -> Exit {
    let (text, exit) = match failure {
        Failure::Output(error) if error.is_broken_pipe() => return Exit::Fine,
        Failure::Output(error) => (message(&error.to_string(), color), Exit::Input),
        Failure::Name(error) => (message(&error.to_string(), color), Exit::Input),
        Failure::App(AppError::Input(faults)) => (faults.render(color), Exit::Input),
        Failure::App(error) => {
            let exit = exit::of_error(error);
            let text = match exit {
                Exit::Bug => panic::report(&error.to_string()),
                _ => message(&error.to_string(), color),
            };
            (text, exit)
        }
    };
    say(&text);
    exit
}

fn message(text: &str, color: bool) -> String {
    if color { format!("\u{1b}[1;91merror\u{1b}[0m: {text}\n") } else { format!("error: {text}\n") }
}

/// Writes to standard error; nobody is left to tell when that fails.
fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests;
