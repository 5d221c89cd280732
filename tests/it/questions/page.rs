//! The page `src/docs/questions.md`, made of the book and of what its commands print.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::book::{Book, Question, path, words};
use super::cut::{Excerpt, of_lines, of_markdown};

/// Commands that print lines and no tables.
const PLAIN: [&str; 3] = ["check", "gate", "import"];

/// What came of a command.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) code: i32,
    pub(super) excerpt: Result<Excerpt, String>,
    pub(super) stderr: String,
}

/// Runs the command of a question from the root of the crate, in Markdown where it prints tables.
fn answer(question: &Question) -> Answer {
    let words = words(&question.command);
    let plain = words.get(1).is_some_and(|word| PLAIN.contains(&word.as_str()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_csvnet"));
    command.args(&words[1..]).current_dir(path("")).env("NO_COLOR", "1");
    if !plain {
        command.args(["--format", "md"]);
    }
    let output = command.output().expect("the program starts");
    let printed = String::from_utf8(output.stdout).expect("a report is UTF-8");
    let cut = if plain { of_lines } else { of_markdown };
    Answer {
        code: output.status.code().unwrap_or(-1),
        excerpt: cut(&printed, &question.show),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs all commands, as many at once as there are cores.
pub(super) fn answers(book: &Book) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(question) = book.questions.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let answer = answer(question);
                    done.lock().expect("no thread panics").push((question.number, answer));
                }
            });
        }
    });
    let mut all = done.into_inner().expect("no thread panics");
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, answer)| answer).collect()
}

/// A paragraph of lines of at most 118 columns.
fn folded(text: &str) -> String {
    const COLUMNS: usize = 118;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= COLUMNS {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

const HEAD: &str = "\
# Questions people ask

Each with the command that answers it, what that command printed, how to read it, and what the model does not know
there. The scenarios are small and stand in [`examples/questions`](../../examples/questions): put your own numbers in
place of theirs. Absolute figures rest on assumed costs until they are fitted to measurements; differences and the
resource that binds are surer.

A test runs every command and holds this page against what it prints, so nothing below is retyped: an answer is cut from
the output with `--format md`, by rows and columns that
[`book.toml`](../../examples/questions/book.toml) names. Questions are in other words than where they were asked. Facts
(F-001 and so on) stand with their sources in [facts.md](facts.md).
";

/// The page of a book and its answers.
pub(super) fn page(book: &Book, answers: &[Answer]) -> String {
    let mut page = HEAD.to_owned();
    let mut say = |text: &str| {
        let _ = write!(page, "\n{text}");
    };
    for group in &book.groups {
        say(&format!("## {}\n\n{}\n", group.title, folded(&group.about)));
        let of = |question: &Question| (group.first..=group.last).contains(&question.number);
        let both = book.questions.iter().zip(answers);
        for (question, answer) in both.filter(|(question, _)| of(question)) {
            let Question { number, asked, source, by, command, .. } = question;
            let who = by.words();
            say(&format!("### {number}. {asked}\n\n{who}: <{source}>\n"));
            say(&format!("```console\n{command}\n```\n"));
            match &answer.excerpt {
                Ok(excerpt) => say(&excerpt.markdown),
                Err(fault) => say(&format!("{fault}\n")),
            }
            let facts = match &question.facts[..] {
                [] => String::new(),
                facts => format!(" ({})", facts.join(", ")),
            };
            say(&format!("{}\n", folded(&format!("**Reading.** {}{facts}", question.reading))));
            if !question.cannot.is_empty() {
                let why = folded(&format!("**No model can say.** {}", question.cannot));
                say(&format!("{why}\n"));
            }
            say(&format!("{}\n", folded(&format!("**Not known here.** {}", question.unknown))));
        }
    }
    page
}
