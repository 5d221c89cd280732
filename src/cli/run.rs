//! `csvnet run`.

use std::path::Path;

use super::clock::Clock;
use super::exit::{self, Exit};
use super::watched::watched;
use super::{Failure, RunArguments, output, profile, say};
use crate::app::{self, Options, Outcome};
use crate::counters::write_pdh;
use crate::report::{Render, write_hops};

/// Runs a scenario and writes its report; the verdicts decide the exit code.
pub(super) fn command(arguments: &RunArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    refuse(arguments)?;
    let clock = Clock::new();
    let mut outcome = watched(&clock, |hooks| {
        app::run_in_full(&arguments.file, &options(arguments, repeat), hooks)
    })?;
    let began = clock.seconds();
    output::write(target, &|out| arguments.format.render(&outcome.report, out))?;
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
    let targets = [&arguments.output, &arguments.trace, &arguments.counters, &arguments.checkpoint];
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
        replications: arguments.replications,
        run_to: arguments.precision.unwrap_or_default(),
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
    use super::super::Changes;
    use super::*;
    use crate::app::RunTo;

    #[test]
    fn every_argument_becomes_an_option() {
        let arguments = RunArguments {
            file: "a.toml".into(),
            format: crate::report::Format::Csv,
            output: None,
            seed: Some(7),
            replications: Some(3),
            threads: Some(2),
            changes: Changes {
                set: vec![("a.b".into(), "1".into())],
                variant: vec!["base".into()],
                parameters: Some("p.toml".into()),
                rows: "a=b".into(),
            },
            precision: Some(RunTo::Precision(0.02)),
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
        let arguments = RunArguments { trace: None, counters: None, precision: None, ..arguments };
        let none = options(&arguments, String::new());
        assert_eq!((none.trace_ios, none.counters, none.run_to), (0, None, RunTo::AsWritten));
    }
}
