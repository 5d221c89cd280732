//! `csvnet run`.

use std::path::{Path, PathBuf};

use super::clock::Clock;
use super::common::{Changes, Effort, Written};
use super::exit::{self, Exit};
use super::watched::watched;
use super::{Failure, output, profile, say};
use crate::app::{self, Options, Outcome};
use crate::counters::write_pdh;
use crate::report::write_hops;
use crate::units::{QuantityError, SimDuration};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet run cluster.toml
  csvnet run cluster.toml --variant base --variant maintenance
  csvnet run cluster.toml -o report.html
      a page to bring to a design review
  csvnet run cluster.toml --seed 7 --replications 20 --set workloads.web.outstanding=64
  csvnet run cluster.toml --precision 1% --checkpoint run.ckpt
      until all is known to 1 %; interrupted, the same command goes on
  csvnet run cluster.toml --variant base --trace hops.csv --trace-ios 5
      also every hop of five I/Os, to follow them
  csvnet run cluster.toml --variant base --counters counters.csv
      also what PerfMon would log on every node, to lay over a measurement";

#[derive(Debug, clap::Args)]
pub(super) struct RunArguments {
    /// Scenario file
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) written: Written,
    /// Seed of every random draw [default: that of the scenario]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) effort: Effort,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    pub(super) threads: Option<u64>,
    #[command(flatten)]
    pub(super) changes: Changes,
    /// Keep finished replications in this file, and go on from those it has
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: Option<PathBuf>,
    /// Write every hop of the first I/Os to this file, as CSV with times in microseconds
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// I/Os of each variant to trace
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        requires = "trace",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    pub(super) trace_ios: u64,
    /// Write the performance counters of the first replication to this file as PerfMon would have
    /// logged them (PDH-CSV), warm-up included; of one variant: name it where there are several
    #[arg(long, value_name = "FILE")]
    pub(super) counters: Option<PathBuf>,
    /// Simulated time between two samples of the counters, "1 ms" to "1 h"
    #[arg(
        long,
        value_name = "TIME",
        default_value = "1 s",
        requires = "counters",
        value_parser = interval
    )]
    pub(super) counter_interval: SimDuration,
    /// Tell on standard error where the time went: seconds, events and I/Os a second, visits
    #[arg(long)]
    pub(super) profile: bool,
}

fn interval(text: &str) -> Result<SimDuration, String> {
    let help = "write \"1 ms\" to \"1 h\"";
    let time: SimDuration =
        text.parse().map_err(|error: QuantityError| format!("{error}; {help}"))?;
    if (1e-3..=3600.0).contains(&time.as_secs_f64()) { Ok(time) } else { Err(help.into()) }
}

/// Runs a scenario and writes its report; the verdicts decide the exit code.
pub(super) fn command(arguments: &RunArguments, repeat: String) -> Result<Exit, Failure> {
    refuse(arguments)?;
    let clock = Clock::new();
    let mut outcome = watched(&clock, |hooks| {
        app::run_in_full(&arguments.file, &options(arguments, repeat), hooks)
    })?;
    let began = clock.seconds();
    arguments.written.write(&outcome.report)?;
    outcome.profile.spend("write", clock.seconds() - began);
    if let Some(target) = &arguments.trace {
        traced(&outcome, target)?;
    }
    if let Some(target) = &arguments.counters {
        counted(&outcome, target)?;
    }
    if arguments.profile {
        say(&profile::text(&outcome.profile));
    }
    if outcome.report.partial {
        say(match arguments.checkpoint {
            Some(_) => "interrupted; the same command again goes on from here\n",
            None => "interrupted; with --checkpoint FILE a run can be gone on with\n",
        });
    }
    Ok(exit::of_report(&outcome.report))
}

/// Refuses targets that could not be written, before an hour of simulation rather than after.
fn refuse(arguments: &RunArguments) -> Result<(), output::OutputError> {
    let targets =
        [&arguments.written.output, &arguments.trace, &arguments.counters, &arguments.checkpoint];
    let targets = targets.map(|target| target.as_deref());
    targets.iter().try_for_each(|target| output::refuse(*target, &arguments.file))?;
    output::refuse_twice(&targets)
}

fn traced(outcome: &Outcome, target: &Path) -> Result<(), output::OutputError> {
    let Some(rows) = &outcome.hops else {
        say("the run was interrupted before its I/Os were traced; no trace is written\n");
        return Ok(());
    };
    output::write(Some(target), &|out| write_hops(rows, out))
}

fn counted(outcome: &Outcome, target: &Path) -> Result<(), output::OutputError> {
    let Some(log) = &outcome.counters else {
        say("the run was interrupted before its counters were taken; none are written\n");
        return Ok(());
    };
    output::write(Some(target), &|out| write_pdh(log, out))
}

fn options(arguments: &RunArguments, repeat: String) -> Options {
    Options {
        seed: arguments.seed,
        replications: arguments.effort.replications,
        run_to: arguments.effort.precision.unwrap_or_default(),
        checkpoint: arguments.checkpoint.clone(),
        trace_ios: if arguments.trace.is_some() { arguments.trace_ios } else { 0 },
        counters: arguments.counters.as_ref().map(|_| arguments.counter_interval.as_ps()),
        threads: arguments.threads.map(|threads| threads as usize),
        command: repeat,
        ..arguments.changes.options()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::RunTo;

    #[test]
    fn every_argument_becomes_an_option() {
        let arguments = RunArguments {
            file: "a.toml".into(),
            written: Written::default(),
            seed: Some(7),
            effort: Effort { replications: Some(3), precision: Some(RunTo::Precision(0.02)) },
            threads: Some(2),
            changes: Changes {
                set: vec![("a.b".into(), "1".into())],
                variant: vec!["base".into()],
                parameters: Some("p.toml".into()),
                rows: "a=b".into(),
            },
            checkpoint: Some("c".into()),
            trace: Some("t.csv".into()),
            trace_ios: 5,
            counters: Some("p.csv".into()),
            counter_interval: crate::units::SimDuration::from_ms(10),
            profile: true,
        };
        let expected = Options {
            seed: Some(7),
            replications: Some(3),
            run_to: RunTo::Precision(0.02),
            checkpoint: Some("c".into()),
            trace_ios: 5,
            counters: Some(10_000_000_000),
            threads: Some(2),
            set: arguments.changes.set.clone(),
            variant: arguments.changes.variant.clone(),
            parameters: Some("p.toml".into()),
            rows: "a=b".into(),
            command: "csvnet run".into(),
        };
        assert_eq!(options(&arguments, "csvnet run".into()), expected);
        // A number of I/Os without a file to write them to asks for nothing.
        let arguments = RunArguments {
            trace: None,
            counters: None,
            effort: Effort { replications: Some(3), precision: None },
            ..arguments
        };
        let none = options(&arguments, String::new());
        assert_eq!((none.trace_ios, none.counters, none.run_to), (0, None, RunTo::AsWritten));
    }
}
