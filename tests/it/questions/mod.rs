//! The question book: every question of `examples/questions/book.toml` is answered by really
//! running its command, and `src/docs/questions.md` is what came of it.
//!
//! With `CSVNET_WRITE=1` in the environment the page is written instead of compared.

mod book;
mod cut;
mod page;

use std::collections::BTreeSet;
use std::fs;

use csvnet::app::{Options, check};

use self::book::{BOOK, By, book, files, path, text, words};
use self::page::{answers, page};

const PAGE: &str = "src/docs/questions.md";

/// How many questions there are.
const QUESTIONS: u32 = 47;

/// Most lines of an answer that are content.
const LINES_MAX: usize = 16;

/// What a command may end with: fine, a limit is missed, undecided.
const CODES: [i32; 3] = [0, 2, 3];

/// Versions of Windows are names, not figures.
const VERSIONS: [&str; 6] = ["2008", "2012", "2016", "2019", "2022", "2025"];

/// The numbers of a text, but those that belong to a name such as `HV1` or `p99`.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut numbers = BTreeSet::new();
    let mut before = ' ';
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_digit()) {
        before = rest[..at].chars().next_back().unwrap_or(before);
        let number = &rest[at..];
        let end = number.find(|c: char| !(c.is_ascii_digit() || ".,".contains(c)));
        let (number, more) = number.split_at(end.unwrap_or(number.len()));
        if !(before.is_alphanumeric() || before == '-' || before == '_') {
            numbers.insert(number.trim_end_matches(['.', ',']).to_owned());
        }
        before = number.chars().next_back().unwrap_or(' ');
        rest = more;
    }
    numbers
}

#[test]
fn every_question_is_there_once() {
    let book = book();
    let numbers: Vec<u32> = book.questions.iter().map(|question| question.number).collect();
    assert_eq!(numbers, (1..=QUESTIONS).collect::<Vec<_>>());
    let chapters: Vec<u32> = book.groups.iter().flat_map(|g| g.first..=g.last).collect();
    assert_eq!(chapters, numbers, "every question is in one chapter");
    let by = |by: By| book.questions.iter().filter(|question| question.by == by).count();
    assert!(by(By::User) >= 9 && by(By::Expert) >= 20 && by(By::Operator) >= 1);
}

#[test]
fn commands_name_files_that_are_there_and_every_scenario_is_asked_for() {
    let book = book();
    let mut wrong = Vec::new();
    let mut named = BTreeSet::new();
    for question in &book.questions {
        let number = question.number;
        let files = files(&question.command);
        if files.is_empty() || words(&question.command)[0] != "csvnet" {
            wrong.push(format!("{number}: {} is no command about a file", question.command));
        }
        for file in &files {
            if !path(file).exists() {
                wrong.push(format!("{number}: there is no {file}"));
            }
        }
        named.extend(files);
        if !question.source.starts_with("http") {
            wrong.push(format!("{number}: {} is no link", question.source));
        }
        for (what, said) in [("reading", &question.reading), ("unknown", &question.unknown)] {
            if said.split_whitespace().count() < 8 || !said.trim_end().ends_with('.') {
                wrong.push(format!("{number}: {what} is no sentence"));
            }
        }
        if question.holds.is_empty() {
            wrong.push(format!("{number}: nothing says what the reading rests on"));
        }
    }
    let entries = fs::read_dir(path("examples/questions")).expect("the folder can be read");
    for entry in entries {
        let file = entry.expect("an entry can be read").path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let whole = format!("examples/questions/{name}");
        if file.is_file() && whole != BOOK && !named.contains(&whole) {
            wrong.push(format!("no question is about {whole}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_scenario_of_the_book_is_sound() {
    let book = book();
    let all: BTreeSet<String> = book.questions.iter().flat_map(|q| files(&q.command)).collect();
    for file in all
        .iter()
        .filter(|file| std::path::Path::new(file).extension().is_some_and(|is| is == "toml"))
    {
        let notes = check(&path(file), &Options::default());
        let notes = notes.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!notes.is_empty(), "{file}");
    }
}

#[test]
fn facts_that_answers_rest_on_are_written_down() {
    let facts = text("src/docs/facts.md");
    for question in &book().questions {
        for fact in &question.facts {
            let there = facts.contains(&format!("| {fact} |"));
            assert!(there, "{}: there is no fact {fact}", question.number);
        }
    }
}

#[test]
fn the_page_is_what_the_commands_print() {
    let book = book();
    let answers = answers(&book);
    let mut wrong = Vec::new();
    for (question, answer) in book.questions.iter().zip(&answers) {
        let number = question.number;
        if !CODES.contains(&answer.code) {
            wrong.push(format!("{number}: exit code {}\n{}", answer.code, answer.stderr));
            continue;
        }
        let excerpt = match &answer.excerpt {
            Ok(excerpt) => excerpt,
            Err(fault) => {
                wrong.push(format!("{number}: {fault}"));
                continue;
            }
        };
        if excerpt.lines > LINES_MAX {
            wrong.push(format!("{number}: {} lines are no excerpt", excerpt.lines));
        }
        for held in question.holds.iter().filter(|held| !excerpt.markdown.contains(*held)) {
            wrong.push(format!("{number}: the reading rests on `{held}`, which is not shown"));
        }
        let shown = numbers(&excerpt.markdown);
        let said = numbers(&question.asked);
        for figure in numbers(&question.reading) {
            let known = shown.contains(&figure) || said.contains(&figure);
            if !known && !VERSIONS.contains(&figure.as_str()) {
                wrong.push(format!("{number}: the reading has {figure}, which is not shown"));
            }
        }
    }
    let made = page(&book, &answers);
    if std::env::var_os("CSVNET_WRITE").is_some_and(|value| value == "1") {
        fs::write(path(PAGE), &made).expect("the page can be written");
    } else if wrong.is_empty() && made != text(PAGE) {
        let same = made.lines().zip(text(PAGE).lines()).take_while(|(a, b)| a == b).count();
        let line = made.lines().nth(same).unwrap_or_default().to_owned();
        wrong.push(format!(
            "{PAGE}:{}: what the commands print now is\n{line}\n\
             read the answers again, then write the page with CSVNET_WRITE=1",
            same + 1
        ));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers_are_told_from_names() {
    let found = numbers("HV1 has 1.5, CSV2 of 2012 R2: p99 is 30 %, ±4.5; F-009");
    let expected = ["1.5", "2012", "30", "4.5"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn commands_are_taken_apart_as_a_shell_does() {
    let words = words("csvnet run a.toml --variant \"b c\" --set 'x.y={ z = \"1\" }'");
    assert_eq!(
        words,
        ["csvnet", "run", "a.toml", "--variant", "b c", "--set", "x.y={ z = \"1\" }"]
    );
    assert_eq!(files("csvnet import examples/a/ -o x"), ["examples/a"]);
}
