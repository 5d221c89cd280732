//! Parts put together, once it is proved that all are there and of one plan.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use super::part::{Head, PartError, PartText};
use super::row::Row;
use super::shard::Shard;

/// Shards named one by one in a message.
const NAMED: usize = 20;

/// All rows of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// What was swept.
    pub head: Head,
    rows: Vec<(Row, String)>,
}

/// Something that is wrong with the parts, or missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub text: String,
    /// The command that mends it.
    pub command: Option<String>,
}

/// Why parts make no whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeError {
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
}

impl fmt::Display for MergeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the parts do not make the whole sweep; nothing is written")?;
        for problem in &self.problems {
            write!(formatter, "\n  {}", problem.text)?;
            if let Some(command) = &problem.command {
                write!(formatter, "\n      {command}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for MergeError {}

/// A part that can be used, and what it is called.
type Sound = (String, PartText);

impl Merged {
    /// Puts parts together, each with its name. They may come in any order.
    ///
    /// # Errors
    /// Every part that is none, damaged, given twice, of another plan or of another number of
    /// shards, and every shard that is missing, with the command that makes it.
    pub fn of(parts: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self, MergeError> {
        let mut problems = Vec::new();
        let mut sound: Vec<Sound> = Vec::new();
        let mut broken: Vec<(String, Head)> = Vec::new();
        for (name, text) in parts {
            match PartText::read(&text) {
                Ok(part) => sound.push((name, part)),
                Err(found) => {
                    let of = found.head.as_ref().map(|head| format!(" (shard {})", head.shard));
                    let text = format!("`{name}`{}: {}", of.unwrap_or_default(), found.why);
                    let command = match found.why {
                        PartError::Cut | PartError::Damaged { .. } => None,
                        _ => Some("leave it out, or make it anew".to_owned()),
                    };
                    problems.push(Problem { text, command });
                    broken.extend(found.head.map(|head| (name, *head)));
                }
            }
        }
        let heads = sound.iter().map(|(_, part)| &part.head).chain(broken.iter().map(|(_, h)| h));
        let Some(head) = commonest(&heads.collect::<Vec<_>>()) else {
            if problems.is_empty() {
                problems.push(Problem { text: "there is no part".to_owned(), command: None });
            }
            return Err(MergeError { problems });
        };
        let head = head.whole();
        let of = Self::count(&head, &sound, &broken);
        let sound = ours(sound, &head, of, &mut problems);
        let mut by_shard: BTreeMap<u32, Sound> = BTreeMap::new();
        for (name, part) in sound {
            let shard = part.head.shard;
            if let Some((first, _)) = by_shard.get(&shard.index) {
                let text = format!("`{name}` is shard {shard}, and so is `{first}`");
                problems.push(Problem { text, command: Some("name one of the two".to_owned()) });
            } else {
                by_shard.insert(shard.index, (name, part));
            }
        }
        missing(&head, of, &by_shard, &broken, &mut problems);
        if !problems.is_empty() {
            return Err(MergeError { problems });
        }
        let mut rows: Vec<(Row, String)> =
            by_shard.into_values().flat_map(|(_, part)| part.rows).collect();
        rows.sort_by_key(|(row, _)| row.point);
        Ok(Self { head, rows })
    }

    /// The number of shards that most parts are of.
    fn count(head: &Head, sound: &[Sound], broken: &[(String, Head)]) -> u32 {
        let heads = sound.iter().map(|(_, part)| &part.head).chain(broken.iter().map(|(_, h)| h));
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for own in heads.filter(|own| own.plan == head.plan) {
            *counts.entry(own.shard.of).or_insert(0) += 1;
        }
        let most = counts.into_iter().max_by_key(|(of, count)| (*count, *of));
        most.map_or(1, |(of, _)| of)
    }

    /// The rows, in the order of the points.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &Row> {
        self.rows.iter().map(|(row, _)| row)
    }

    /// Writes the part that one process makes of the whole sweep: the same bytes, whatever the
    /// number of shards was.
    ///
    /// # Errors
    /// The first error of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        PartText::write(&self.head, self.rows.iter().map(|(_, line)| line.as_str()), out)
    }
}

/// The head of the plan that most parts are of; of equals the first.
fn commonest<'h>(heads: &[&'h Head]) -> Option<&'h Head> {
    let count = |plan: &str| heads.iter().filter(|head| head.plan == plan).count();
    let mut most: Option<(&Head, usize)> = None;
    for &head in heads {
        let count = count(&head.plan);
        if most.is_none_or(|(_, known)| count > known) {
            most = Some((head, count));
        }
    }
    most.map(|(head, _)| head)
}

/// The parts of this plan and number of shards; a problem for each other.
fn ours(sound: Vec<Sound>, head: &Head, of: u32, problems: &mut Vec<Problem>) -> Vec<Sound> {
    let leave = || Some("leave it out".to_owned());
    let mut ours = Vec::new();
    for (name, part) in sound {
        let own = &part.head;
        if own.whole() != *head {
            let text = format!(
                "`{name}` is of another sweep: plan {} of `{}`, where the others are of plan {} of \
                 `{}`",
                own.plan, own.scenario, head.plan, head.scenario
            );
            problems.push(Problem { text, command: leave() });
        } else if own.shard.of != of {
            let text = format!("`{name}` is shard {}, where the others are of {of}", own.shard);
            problems.push(Problem { text, command: leave() });
        } else {
            ours.push((name, part));
        }
    }
    ours
}

/// A problem for each shard of which there is no sound part, with the command that makes it.
fn missing(
    head: &Head,
    of: u32,
    sound: &BTreeMap<u32, Sound>,
    broken: &[(String, Head)],
    problems: &mut Vec<Problem>,
) {
    let missing: Vec<u32> = (1..=of).filter(|index| !sound.contains_key(index)).collect();
    for &index in missing.iter().take(NAMED) {
        let shard = Shard { index, of };
        let torn = broken.iter().find(|(_, own)| own.plan == head.plan && own.shard == shard);
        let name = match torn {
            Some((name, _)) => name.clone(),
            None => name_of(index, of, sound, broken),
        };
        let text = if torn.is_some() {
            format!("shard {shard} must be made anew:")
        } else {
            format!("shard {shard} is missing:")
        };
        let quote = if name.contains(' ') { "\"" } else { "" };
        let command =
            format!("csvnet sweep run {} --shard {shard} -o {quote}{name}{quote}", head.file);
        problems.push(Problem { text, command: Some(command) });
    }
    if missing.len() > NAMED {
        let rest: Vec<String> = missing[NAMED..].iter().map(u32::to_string).collect();
        let text = format!("and shards {} of {of} are missing", rest.join(", "));
        problems.push(Problem { text, command: None });
    }
}

/// What the part of a shard would be called, going by the names of the others.
fn name_of(index: u32, of: u32, sound: &BTreeMap<u32, Sound>, broken: &[(String, Head)]) -> String {
    let sound = sound.iter().map(|(own, (name, _))| (*own, name.as_str()));
    let broken = broken.iter().map(|(name, head)| (head.shard.index, name.as_str()));
    let known: Vec<(u32, &str)> = sound.chain(broken).collect();
    let fits = |(before, after): &(&str, &str)| {
        known.iter().all(|(own, name)| *name == format!("{before}{own}{after}"))
    };
    let around = known.iter().flat_map(|(own, name)| around(*own, name));
    around.into_iter().find(fits).map_or_else(
        || format!("part-{index}-of-{of}.ndjson"),
        |(before, after)| format!("{before}{index}{after}"),
    )
}

/// What stands before and behind a number in the name of a file, wherever it is not part of a
/// longer one.
fn around(number: u32, name: &str) -> Vec<(&str, &str)> {
    let start = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
    let number = number.to_string();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let parts = name[start..].match_indices(&number).map(|(at, _)| {
        let at = start + at;
        (&name[..at], &name[at + number.len()..])
    });
    parts
        .filter(|(before, after)| !digit(before.chars().last()) && !digit(after.chars().next()))
        .collect()
}
