//! `examples/questions/book.toml`: what is asked, the command that answers it, and what of its
//! output is the answer.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::cut::Cut;

/// The index of all questions.
pub(super) const BOOK: &str = "examples/questions/book.toml";

/// The whole book.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Book {
    /// Chapters, in order.
    #[serde(rename = "group")]
    pub(super) groups: Vec<Group>,
    /// Questions, in order.
    #[serde(rename = "question")]
    pub(super) questions: Vec<Question>,
}

/// A chapter: the questions from one number to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Group {
    pub(super) title: String,
    /// What to know before its answers.
    pub(super) about: String,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// One question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Question {
    pub(super) number: u32,
    /// The question, in other words than where it was asked.
    pub(super) asked: String,
    /// Where it was asked.
    pub(super) source: String,
    pub(super) by: By,
    /// The command, as one types it.
    pub(super) command: String,
    /// Which parts of its output are the answer.
    pub(super) show: Vec<Cut>,
    /// Texts of the answer that the reading rests on.
    pub(super) holds: Vec<String>,
    /// The answer in words.
    pub(super) reading: String,
    /// What the model does not know here.
    pub(super) unknown: String,
    /// Why no model can answer it in full, where none can.
    #[serde(default)]
    pub(super) cannot: String,
    /// Numbers of facts in `src/docs/facts.md` that the answer rests on.
    #[serde(default)]
    pub(super) facts: Vec<String>,
}

/// Who asked.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// Somebody with a cluster.
    User,
    /// An author or a maker, who says that it is asked.
    Expert,
    /// Nobody: it is what an operator sees.
    Operator,
}

impl By {
    /// What the page says of it.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::User => "Asked by a user",
            Self::Expert => "Put by an expert",
            Self::Operator => "Seen in operation",
        }
    }
}

/// A path from the root of the crate.
pub(super) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A text with line feeds only, also in a checkout on Windows.
pub(super) fn text(name: &str) -> String {
    let text = fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    text.replace("\r\n", "\n")
}

/// The book as it stands.
pub(super) fn book() -> Book {
    toml::from_str(&text(BOOK)).unwrap_or_else(|fault| panic!("{BOOK}: {fault}"))
}

/// The words of a command line; quotes keep what is between them together.
pub(super) fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("there is one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The files that a command names.
pub(super) fn files(command: &str) -> Vec<String> {
    let words = words(command);
    let there = words.iter().filter(|word| word.starts_with("examples/"));
    there.map(|word| word.trim_end_matches('/').to_owned()).collect()
}
