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

mod align;
mod calibrate;
mod check;
mod clock;
mod collect_script;
mod color;
mod common;
mod compare;
mod completions;
mod counters;
mod exit;
mod explain;
mod fail;
mod gate;
mod headroom;
mod import;
mod init;
mod interrupt;
mod maintenance;
mod models;
mod output;
mod panic;
mod profile;
mod progress;
mod read;
mod repeat;
mod report;
mod run;
mod schema;
mod score;
mod size;
mod sweep;
mod timeline;
mod validate;
mod watched;
mod whatif;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::AppError;
use crate::report::UnknownName;
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
    #[command(before_help = run::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Run(run::RunArguments),
    /// Follow a scenario over hours to years: moves, maintenance, failures, growth
    #[command(before_help = timeline::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Timeline(timeline::TimelineArguments),
    /// Fail every element of a scenario and rank what is left
    #[command(before_help = fail::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Fail(fail::FailArguments),
    /// Drain every node in turn: how long it takes, the load meanwhile, what is left
    #[command(
        before_help = maintenance::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE
    )]
    Maintenance(maintenance::MaintenanceArguments),
    /// Find machines off their volume's owner, and the fewest moves that bring them together
    #[command(before_help = align::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Align(align::AlignArguments),
    /// Decide in one line whether the limits of a scenario are kept
    #[command(before_help = gate::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Gate(gate::GateArguments),
    /// Find how much each load can grow before a limit is broken
    #[command(before_help = headroom::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Headroom(headroom::HeadroomArguments),
    /// Find the cheapest CSV network that keeps every limit
    #[command(before_help = size::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Size(size::SizeArguments),
    /// Hold scenarios, variants or values against each other on common random numbers
    #[command(before_help = compare::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Compare(compare::CompareArguments),
    /// Change one thing and hold it against the scenario as it is
    #[command(before_help = whatif::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Whatif(whatif::WhatifArguments),
    /// Write a saved report (JSON) in another format: a page, a workbook, a table
    #[command(before_help = report::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Report(report::ReportArguments),
    /// Evaluate a scenario at many points, on one machine or many
    #[command(before_help = sweep::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Sweep(sweep::SweepArguments),
    /// Write a scenario to start from, every line explained
    #[command(before_help = init::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Init(init::InitArguments),
    /// Print a JSON Schema, by which editors complete, explain and check a file
    #[command(before_help = schema::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Schema(schema::SchemaArguments),
    /// Show the hardware and the loads a scenario can name
    #[command(before_help = models::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Models(models::ModelsArguments),
    /// Write a script that completes commands and options in a shell
    #[command(
        before_help = completions::EXAMPLES,
        after_help = EXIT_CODES,
        help_template = TEMPLATE
    )]
    Completions(completions::CompletionsArguments),
    /// Find every fault of a scenario without running it
    #[command(before_help = check::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Check(check::CheckArguments),
    /// Show which way each disk goes, and what an I/O costs on it
    #[command(before_help = explain::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Explain(explain::ExplainArguments),
    /// Fit the parameters of a scenario to a table of measured runs
    #[command(before_help = calibrate::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Calibrate(calibrate::CalibrateArguments),
    /// Hold predictions against a table of measured runs
    #[command(before_help = score::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Score(score::ScoreArguments),
    /// Judge the model by families of measurements it was not fitted on
    #[command(before_help = validate::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Validate(validate::ValidateArguments),
    /// Fold PerfMon logs into a table of observations
    Counters(counters::CountersArguments),
    /// Read results of test tools into one table
    #[command(before_help = read::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Read(read::ReadArguments),
    /// Print a PowerShell script that gathers a cluster into a folder; it only reads
    #[command(
        before_help = collect_script::EXAMPLES,
        after_help = EXIT_CODES,
        help_template = TEMPLATE
    )]
    CollectScript(collect_script::CollectScriptArguments),
    /// Make a scenario of a folder of PowerShell exports
    #[command(before_help = import::EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Import(import::ImportArguments),
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
        Command::Fail(fail) => fail::command(fail, repeat::command(given)),
        Command::Maintenance(drain) => maintenance::command(drain, repeat::command(given)),
        Command::Align(align) => align::command(align, repeat::command(given)),
        Command::Gate(gate) => gate::command(gate, repeat::command(given)),
        Command::Headroom(room) => headroom::command(room, repeat::command(given)),
        Command::Size(size) => size::command(size, repeat::command(given)),
        Command::Compare(compare) => compare::command(compare, repeat::command(given)),
        Command::Whatif(change) => whatif::command(change, repeat::command(given)),
        Command::Report(report) => report::command(report),
        Command::Sweep(sweep) => sweep::command(sweep, repeat::command(given)),
        Command::Init(init) => init::command(init),
        Command::Schema(schema) => schema::command(schema),
        Command::Models(models) => models::command(models),
        Command::Completions(shell) => completions::command(shell),
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
        Failure::Output(error) if error.is_usage() => {
            (message(&error.to_string(), color), Exit::Usage)
        }
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
