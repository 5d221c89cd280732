//! `csvnet sweep plan`, `run` and `merge`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::clock::Clock;
use super::exit::Exit;
use super::watched::watched;
use super::{EXIT_CODES, Failure, TEMPLATE, output, say};
use crate::app::{self, ShardOptions};
use crate::plan::sweep::{Metric, Shard};
use crate::report::{Format, Render, SweepReport};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet sweep plan grid.toml -o sweep.json
      the points of a grid file, every value tried on the scenario
  csvnet sweep run sweep.json --shard 1/4 -o part-1.ndjson
      a quarter of them; killed, the same command goes on
  csvnet sweep merge part-*.ndjson -o all.csv
      all parts as one table, once it is proved that none is missing";

const PLAN_EXAMPLES: &str = "\
Examples:
  csvnet sweep plan grid.toml -o sweep.json";

const RUN_EXAMPLES: &str = "\
Examples:
  csvnet sweep run sweep.json -o all.ndjson
      every point
  csvnet sweep run sweep.json --shard 3/8 -o part-3.ndjson
      the third of eight shards
  csvnet sweep run sweep.json --shard $((SLURM_ARRAY_TASK_ID + 1))/$SLURM_ARRAY_TASK_COUNT
      where a scheduler counts from 0";

const MERGE_EXAMPLES: &str = "\
Examples:
  csvnet sweep merge part-*.ndjson
      what moves the result, the best and the worst points
  csvnet sweep merge part-*.ndjson -o all.csv
      a row for each figure of each point
  csvnet sweep merge part-*.ndjson -o all.ndjson
      the bytes that one process would have written";

#[derive(Debug, clap::Args)]
pub(super) struct SweepArguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, clap::Subcommand)]
enum Step {
    /// Make a list of points of a grid file
    #[command(before_help = PLAN_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Plan(PlanArguments),
    /// Evaluate the points of a shard
    #[command(before_help = RUN_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Run(RunArguments),
    /// Put the parts of all shards together
    #[command(before_help = MERGE_EXAMPLES, after_help = EXIT_CODES, help_template = TEMPLATE)]
    Merge(MergeArguments),
}

#[derive(Debug, clap::Args)]
struct PlanArguments {
    /// Grid file (TOML): scenario, axes, what is recorded
    grid: PathBuf,
    /// Write the plan to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct RunArguments {
    /// Plan of the sweep, as `sweep plan` writes it
    plan: PathBuf,
    /// Which of so many shards, from 1/N to N/N
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    shard: Shard,
    /// Write the part to this file, all of it or nothing [default: part-I-of-N.ndjson]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where the scenario is, if not where the plan says
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Threads, 1 to 1024, which never change a result [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_024))]
    threads: Option<u64>,
}

#[derive(Debug, clap::Args)]
struct MergeArguments {
    /// The parts of all shards, in any order; a name with * stands for all files it fits
    #[arg(required = true, value_name = "PARTS")]
    parts: Vec<PathBuf>,
    /// Format: table, md, csv, json or ndjson [default: what the name of the output ends with, else
    /// table]
    #[arg(long, short)]
    format: Option<MergedFormat>,
    /// Write to this file, all of it or nothing
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Order the points by this figure, such as `iops` or `latency-p99` [default: the mean latency]
    #[arg(long, value_name = "METRIC", value_parser = metric)]
    by: Option<Metric>,
}

/// A format that a merged sweep can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MergedFormat {
    /// Its report.
    Report(Format),
    /// The part of one process.
    Part,
}

impl FromStr for MergedFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name == "ndjson" {
            return Ok(Self::Part);
        }
        let format = name.parse().map(Self::Report);
        format.map_err(|_| {
            format!("there is no format `{name}`; the formats are table, md, csv, json and ndjson")
        })
    }
}

impl MergedFormat {
    /// What the name of a file ends with.
    fn of(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.to_lowercase().parse().ok()
    }
}

fn metric(name: &str) -> Result<Metric, String> {
    let plain = name.trim().to_lowercase().replace(['-', '.', ' '], "_");
    let found = Metric::ALL.into_iter().find(|metric| metric.name() == plain);
    let known = || Metric::ALL.map(Metric::name).join(", ");
    found.ok_or_else(|| format!("there is no figure `{name}`; there is {}", known()))
}

/// Plans, runs or merges.
pub(super) fn command(arguments: &SweepArguments, repeat: String) -> Result<Exit, Failure> {
    match &arguments.step {
        Step::Plan(arguments) => plan(arguments),
        Step::Run(arguments) => run(arguments),
        Step::Merge(arguments) => merge(arguments, repeat),
    }
}

fn plan(arguments: &PlanArguments) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.grid)?;
    let planned = watched(&Clock::new(), |hooks| app::sweep_plan(&arguments.grid, target, hooks))?;
    output::write(target, &|out| out.write_all(planned.plan.text().as_bytes()))?;
    say(&format!("{}\n", planned.told));
    if let Some(target) = target {
        let plan = crate::report::quoted(&target.display().to_string());
        say(&format!("next: csvnet sweep run {plan} --shard 1/1 -o all.ndjson\n"));
    }
    Ok(Exit::Fine)
}

fn run(arguments: &RunArguments) -> Result<Exit, Failure> {
    let shard = arguments.shard;
    let output = arguments.output.clone();
    let output =
        output.unwrap_or_else(|| format!("part-{}-of-{}.ndjson", shard.index, shard.of).into());
    output::refuse(Some(&output), &arguments.plan)?;
    let options = ShardOptions {
        shard,
        output,
        scenario: arguments.scenario.clone(),
        threads: arguments.threads.map(|threads| threads as usize),
    };
    let done = watched(&Clock::new(), |hooks| app::sweep_run(&arguments.plan, &options, hooks))?;
    let target = options.output.display();
    if done.kept == done.points {
        say(&format!("shard {shard} is in `{target}` already: {} points\n", done.points));
    } else {
        say(&format!("shard {shard}: {} points in `{target}`\n", done.points));
    }
    if let Some(error) = &done.first_error {
        say(&format!("note: {} of them failed; the first: {error}\n", done.failed));
    }
    Ok(Exit::Fine)
}

fn merge(arguments: &MergeArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse_sources(target, &arguments.parts)?;
    let merged = app::sweep_merge(&arguments.parts)?;
    let format = arguments.format.or_else(|| MergedFormat::of(target?));
    match format.unwrap_or(MergedFormat::Report(Format::Table)) {
        MergedFormat::Part => output::write(target, &|out| merged.write(out))?,
        MergedFormat::Report(format) => {
            let report = SweepReport::of(&merged, arguments.by, repeat);
            output::write(target, &|out| format.render(&report, out))?;
        }
    }
    Ok(Exit::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_output_says_its_format() {
        let of = |name: &str| MergedFormat::of(Path::new(name));
        assert_eq!(of("a.ndjson"), Some(MergedFormat::Part));
        assert_eq!(of("a.b.CSV"), Some(MergedFormat::Report(Format::Csv)));
        assert_eq!(of("a.md"), Some(MergedFormat::Report(Format::Markdown)));
        assert_eq!((of("a.txt"), of("a")), (None, None));
        assert!("xml".parse::<MergedFormat>().unwrap_err().contains("ndjson"));
    }

    #[test]
    fn a_figure_may_be_spelled_as_in_a_grid() {
        assert_eq!(metric("latency-p99.9"), Ok(Metric::LatencyP999));
        assert_eq!(metric("csv_port_utilisation"), Ok(Metric::CsvPortUtilisation));
        assert!(metric("speed").unwrap_err().contains("latency_mean"));
    }
}
