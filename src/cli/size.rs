//! `csvnet size`.

use std::path::PathBuf;

use super::Failure;
use super::clock::Clock;
use super::common::{Effort, Limits, Question};
use super::exit::Exit;
use super::watched::watched;
use crate::app::{self, SizeOptions};

pub(super) const EXAMPLES: &str = "\
Examples:
  csvnet size cluster.toml --limit 'p99 latency <= 5 ms' --limit 'csv port utilisation <= 60 %'
      the cheapest network that keeps both in every variant of the file
  csvnet size cluster.toml --n-1 --until 36mo
      the limits of the file, with any one element failed, after three years of growth
  csvnet size cluster.toml --catalogue prices.toml
      by your own prices; the format is that of models/catalogue.toml";

#[derive(Debug, clap::Args)]
pub(super) struct SizeArguments {
    #[command(flatten)]
    question: Question,
    #[command(flatten)]
    limits: Limits,
    /// The limits are to be kept with any one element failed, too
    #[arg(long = "n-1")]
    one: bool,
    /// And after so much growth, as the curves of the scenario state it: "36mo", "3y"
    #[arg(long, value_name = "TIME", value_parser = months)]
    until: Option<u32>,
    /// The networks to size, alike [default: those that carry most CSV traffic]
    #[arg(long = "network", value_name = "NAME", value_delimiter = ',')]
    networks: Vec<String>,
    /// What there is to choose from (TOML), instead of what csvnet comes with
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    #[command(flatten)]
    effort: Effort,
}

/// Finds the cheapest network that keeps the limits.
pub(super) fn command(arguments: &SizeArguments, repeat: String) -> Result<Exit, Failure> {
    let question = &arguments.question;
    let options = arguments.limits.of(arguments.effort.of(question.options(repeat)?));
    let asked = SizeOptions {
        n_1: arguments.one,
        months: arguments.until,
        networks: arguments.networks.clone(),
        catalogue: arguments.catalogue.clone(),
    };
    let report =
        watched(&Clock::new(), |hooks| app::size(&question.file, &asked, &options, hooks))?;
    question.answer(&report)?;
    Ok(match report.chosen() {
        _ if report.partial => Exit::Interrupted,
        Some(row) if row.is_sure() => Exit::Fine,
        Some(_) => Exit::Undecided,
        None => Exit::Missed,
    })
}

fn months(text: &str) -> Result<u32, String> {
    let help = "write 1mo to 600mo, or years such as 3y";
    let text = text.trim();
    let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let number: u32 = text[..split].parse().map_err(|_| help.to_owned())?;
    let months = match text[split..].trim() {
        "mo" | "month" | "months" => Some(number),
        "y" | "year" | "years" => number.checked_mul(12),
        _ => None,
    };
    months.filter(|months| (1..=600).contains(months)).ok_or_else(|| help.to_owned())
}

#[cfg(test)]
mod tests {
    use super::months;

    #[test]
    fn months_and_years_are_read() {
        assert_eq!(months("36mo"), Ok(36));
        assert_eq!(months("3 y"), Ok(36));
        for wrong in ["", "36", "mo", "0mo", "51y", "1.5y", "5000000000mo"] {
            assert!(months(wrong).is_err(), "{wrong}");
        }
    }
}
