//! Arguments, and what the shell sees of them.

use super::*;
use crate::app::RunTo;
use crate::diagnostic::Diagnostics;
use crate::engine::EngineError;
use crate::experiment::ExperimentError;
use crate::report::Format;
use crate::report::{
    Figure, LimitRow, Report, RunInfo, SCHEMA_VERSION, Unit, VariantReport, Verdict, WarmUpRow,
};

fn parsed(line: &str) -> Result<Arguments, clap::Error> {
    parse(&line.split(' ').map(OsString::from).collect::<Vec<_>>())
}

fn code(line: &str) -> u8 {
    usage(parsed(line).unwrap_err().kind()).code()
}

#[test]
fn the_definition_holds_together() {
    Arguments::command().debug_assert();
}

#[test]
fn a_run_takes_all_its_options() {
    let line = "csvnet run a.toml --format md --output b --seed 7 --replications 3 --threads 2 \
                --set w.q=64 --set x=a=b --variant base --variant more --color never";
    let arguments = parsed(line).unwrap();
    assert_eq!(arguments.color, Color::Never);
    let Command::Run(run) = arguments.command else { panic!("not a run") };
    assert_eq!((run.file, run.written.output), ("a.toml".into(), Some("b".into())));
    assert_eq!(run.written.format, Some(Format::Markdown));
    assert_eq!((run.seed, run.effort.replications), (Some(7), Some(3)));
    assert_eq!(run.changes.set, [("w.q".into(), "64".into()), ("x".into(), "a=b".into())]);
    assert_eq!(run.changes.variant, ["base", "more"]);
    assert_eq!(run.threads, Some(2));
}

#[test]
fn a_run_takes_a_precision_and_files_beside_the_report() {
    let parse = |rest: &str| {
        let Command::Run(run) = parsed(&format!("csvnet run a.toml {rest}")).unwrap().command
        else {
            panic!("not a run")
        };
        run
    };
    let run = parse("--precision 2% --checkpoint c --trace t --trace-ios 3 --profile");
    assert_eq!(run.effort.precision, Some(RunTo::Precision(0.02)));
    assert_eq!((run.checkpoint, run.trace), (Some("c".into()), Some("t".into())));
    assert_eq!((run.trace_ios, run.profile), (3, true));
    let run = parse("--precision None");
    assert_eq!((run.effort.precision, run.trace_ios), (Some(RunTo::Replications), 20));
    let bare = parsed("csvnet run a.toml --precision 0.02").unwrap_err().to_string();
    assert!(bare.contains("unit") && bare.contains("\"0.1 %\""), "{bare}");
}

#[test]
fn the_defaults_are_a_table_and_nothing_else() {
    let Command::Run(run) = parsed("csvnet run a.toml").unwrap().command else { panic!() };
    assert_eq!((run.written.format(), run.seed, run.written.output), (Format::Table, None, None));
    let explain = parsed("csvnet explain a.toml --variant x --format csv").unwrap().command;
    let Command::Explain(explain) = explain else { panic!() };
    assert_eq!(explain.written.format(), Format::Csv);
    assert_eq!(explain.changes.variant, ["x"]);
    assert!(matches!(parsed("csvnet check a.toml").unwrap().command, Command::Check { .. }));
}

#[test]
fn a_wrong_command_line_is_64_and_help_is_fine() {
    for line in [
        "csvnet",
        "csvnet run",
        "csvnet fly a.toml",
        "csvnet run a.toml --format xml",
        "csvnet run a.toml --seed -1",
        "csvnet run a.toml --replications 0",
        "csvnet run a.toml --threads 0",
        "csvnet run a.toml --threads 1025",
        "csvnet run a.toml --replications 10001",
        "csvnet run a.toml --precision 2",
        "csvnet run a.toml --precision 60%",
        "csvnet run a.toml --precision 0%",
        "csvnet run a.toml --trace-ios 3",
        "csvnet run a.toml --trace t --trace-ios 0",
        "csvnet run a.toml --set nothing",
        "csvnet run a.toml --set =1",
        "csvnet run a.toml b.toml",
        "csvnet check a.toml --color blue",
    ] {
        assert_eq!(code(line), 64, "{line}");
    }
    for line in ["csvnet --help", "csvnet run --help", "csvnet -h", "csvnet --version"] {
        assert_eq!(code(line), 0, "{line}");
    }
}

#[test]
fn help_begins_with_examples_and_ends_with_exit_codes() {
    for line in ["csvnet --help", "csvnet run --help", "csvnet explain -h", "csvnet check -h"] {
        let help = parsed(line).unwrap_err().to_string();
        let place = |words| help.find(words).unwrap_or_else(|| panic!("{words}: {help}"));
        assert!(place("Examples:") < place("Usage:"), "{help}");
        assert!(place("Usage:") < place("Exit codes:"), "{help}");
    }
    let codes = [Exit::Fine, Exit::Input, Exit::Missed, Exit::Undecided, Exit::Usage, Exit::Bug];
    for exit in codes.into_iter().chain([Exit::Interrupted]) {
        assert!(EXIT_CODES.contains(&format!("\n  {:<5}", exit.code())), "{exit:?}");
    }
}

fn report(verdicts: &[&[Verdict]]) -> Report {
    let figure = Figure { value: 1.0, unit: Unit::Seconds, sampling: None, prediction: None };
    let row = |verdict: &Verdict| LimitRow {
        limit: "latency_p99 <= 1 ms".into(),
        subject: "web".into(),
        figure,
        verdict: *verdict,
    };
    let variant = |verdicts: &&[Verdict]| VariantReport {
        name: "base".into(),
        changes: Vec::new(),
        warm_up_s: 0.0,
        warm_up: WarmUpRow {
            rule: "mser5".into(),
            reliable: true,
            pilot_s: Some(0.25),
            settled_s: Some(2.0),
            delays_traces: false,
            words: "The warm-up was found in a pilot run.".into(),
        },
        measured_s: 1.0,
        replications: 1,
        replications_asked: 1,
        complete: true,
        precision: None,
        workloads: Vec::new(),
        traffic: Vec::new(),
        ports: Vec::new(),
        cpus: Vec::new(),
        volumes: Vec::new(),
        disks: Vec::new(),
        resources: Vec::new(),
        limits: verdicts.iter().map(row).collect(),
        cross_check: Vec::new(),
        replays: Vec::new(),
        seconds: Vec::new(),
    };
    Report {
        schema_version: SCHEMA_VERSION,
        title: "t".into(),
        description: None,
        run: RunInfo {
            version: "0".into(),
            scenario: "a".into(),
            scenario_hash: "0".into(),
            seed: 1,
            replications: 1,
            level: 0.95,
            command: "csvnet".into(),
        },
        calibration: "none".into(),
        variants: verdicts.iter().map(variant).collect(),
        assumptions: Vec::new(),
        warnings: Vec::new(),
        partial: false,
        not_begun: Vec::new(),
    }
}

#[test]
fn the_worst_verdict_of_any_variant_is_the_exit_code() {
    use Verdict::{Meets, Misses, Undecided};
    let code = |verdicts: &[&[Verdict]]| exit::of_report(&report(verdicts)).code();
    assert_eq!((code(&[]), code(&[&[]]), code(&[&[Meets, Meets]])), (0, 0, 0));
    assert_eq!((code(&[&[Meets], &[Undecided, Meets]]), code(&[&[Undecided]])), (3, 3));
    assert_eq!((code(&[&[Undecided, Misses]]), code(&[&[Misses], &[Undecided]])), (2, 2));
    let partial = Report { partial: true, ..report(&[&[Misses]]) };
    assert_eq!(exit::of_report(&partial).code(), 130, "half a run decides nothing");
}

#[test]
fn errors_have_the_code_of_whose_fault_they_are() {
    let code = |error: AppError| exit::of_error(&error).code();
    let engine = |error: EngineError| AppError::Experiment {
        variant: "base".to_owned(),
        source: ExperimentError::Engine(error),
    };
    assert_eq!(code(AppError::Input(Diagnostics::new())), 1);
    assert_eq!(code(AppError::Bug("x".into())), 70);
    assert_eq!(code(engine(EngineError::Conservation { issued: 2, completed: 1, inside: 0 })), 70);
    let source_label = "web".to_owned();
    assert_eq!(code(engine(EngineError::Unstable { limit: 1, at_s: 1.0, source_label })), 1);
    assert_eq!(code(engine(EngineError::TooManyEvents { limit: 1, at_s: 1.0 })), 1);
    let cancelled =
        AppError::Experiment { variant: "base".to_owned(), source: ExperimentError::Cancelled };
    assert_eq!(code(cancelled), 130);
}

#[test]
fn colour_follows_the_wish_then_the_terminal() {
    assert!(Color::Auto.decide(true, false));
    assert!(!Color::Auto.decide(true, true) && !Color::Auto.decide(false, false));
    assert!(Color::Always.decide(false, true) && !Color::Never.decide(true, false));
    let foreseen =
        |line: &str| Color::foreseen(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
    assert_eq!(foreseen("csvnet fly --color never"), Color::Never);
    assert_eq!(foreseen("csvnet --color=always"), Color::Always);
    assert_eq!(foreseen("csvnet --color blue -- --color=never"), Color::Auto);
}
