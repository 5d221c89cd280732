//! `csvnet compare`.

use std::path::PathBuf;

use super::Failure;
use super::clock::Clock;
use super::common::{Answer, Changes, Effort, assignment};
use super::exit::{self, Exit};
use super::watched::watched;
use crate::app::{self, Options, Vary};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet compare today.toml tomorrow.toml
      what the second has more than the first, on common random numbers
  csvnet compare cluster.toml --vary network.rdma=on,off
  csvnet compare cluster.toml --vary volumes.CSV1.owner=HV1,HV2 --vary cluster.windows=2019,2022
      every combination, each against the first
  csvnet compare cluster.toml
      the variants of the file, each against the first";

#[derive(Debug, clap::Args)]
pub(super) struct CompareArguments {
    /// Scenario files (TOML), the first being what the others are held against
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    /// Run each scenario with each of these values; may be repeated. A `*` in a path stands for
    /// every name; network.rdma=on,off switches it wherever a port has it
    #[arg(long, value_name = "PATH=VALUE,VALUE...", value_parser = vary)]
    vary: Vec<Vary>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    changes: Changes,
}

/// Runs all sides and writes what they have more than the first.
pub(super) fn command(arguments: &CompareArguments, repeat: String) -> Result<Exit, Failure> {
    let answer = &arguments.answer;
    let own = answer.options(&arguments.files, repeat)?;
    let Options { seed, threads, command, .. } = own;
    let options = Options { seed, threads, command, ..arguments.changes.options() };
    let options = arguments.effort.of(options);
    let report = watched(&Clock::new(), |hooks| {
        app::compare(&arguments.files, &arguments.vary, &options, hooks)
    })?;
    answer.write(&report)?;
    Ok(exit::unless_partial(report.partial))
}

fn vary(text: &str) -> Result<Vary, String> {
    let (path, values) = assignment(text)?;
    let values = values_of(&values);
    if values.is_empty() || values.iter().any(String::is_empty) {
        return Err("write a path, `=` and values with commas between them, such as \
                    network.rdma=on,off"
            .into());
    }
    Ok(Vary { path, values })
}

/// What stands between the commas that are in no quotes, brackets or braces.
fn values_of(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let (mut depth, mut quote) = (0_u32, None);
    for letter in text.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            (',', None) if depth == 0 => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(letter);
        }
    }
    values.iter().map(|value| value.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_values_outside_quotes_and_brackets() {
        assert_eq!(values_of("on, off"), ["on", "off"]);
        assert_eq!(
            values_of("\"a,b\",[1, 2],{ x = 1, y = 2 }"),
            ["\"a,b\"", "[1, 2]", "{ x = 1, y = 2 }"]
        );
        assert_eq!(vary("a.b=1").unwrap().values, ["1"]);
        assert!(vary("a.b=1,,2").is_err() && vary("a.b").is_err() && vary("a.b=").is_err());
    }
}
