//! From text to tree.

use std::panic::resume_unwind;
use std::thread;

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use super::node::{Entry, FileId, Node, Origin, Table, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};

/// Deeper nesting is no scenario, and would exhaust the stack of every walk over the tree.
const DEEPEST: usize = 64;
/// Up to this size every syntax fault is reported; beyond, the list itself could fill memory.
const RECOVERABLE: usize = 1 << 20;

/// Faults of syntax beyond these are follow-ups of the first ones.
const MOST_SYNTAX_FAULTS: usize = 200;

/// The parser bounds the nesting of brackets and the length of dotted keys to 80 each, so that
/// their product bounds the depth of its tree, which it drops by recursion. This stack holds it.
const PARSER_STACK: usize = 64 << 20;

/// Runs `parse` where no `text` can exhaust the stack.
fn with_deep_stack<T: Send>(text: &str, parse: impl FnOnce() -> T + Send) -> T {
    // Only inline tables can nest dotted keys within each other.
    if !text.contains('{') {
        return parse();
    }
    thread::scope(|scope| {
        let parser = thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, parse);
        let parser = parser.expect("a process that reads its first file can start a thread");
        parser.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// The tree of a file; each fault of syntax is pushed to `faults`.
pub(super) fn parse(file: &SourceFile, id: FileId, faults: &mut Diagnostics) -> Node {
    with_deep_stack(&file.text, || parse_here(file, id, faults))
}

fn parse_here(file: &SourceFile, id: FileId, faults: &mut Diagnostics) -> Node {
    let (table, errors) = if file.text.len() <= RECOVERABLE {
        DeTable::parse_recoverable(&file.text)
    } else {
        match DeTable::parse(&file.text) {
            Ok(table) => (table, Vec::new()),
            Err(error) => (Spanned::new(0..0, DeTable::new()), vec![error]),
        }
    };
    let broken = !errors.is_empty();
    let mut syntax: Vec<Diagnostic> =
        errors.iter().take(MOST_SYNTAX_FAULTS).map(|error| syntax_fault(file, error)).collect();
    // The parser works in passes, the reader of its faults from top to bottom.
    syntax.sort_by_key(|fault| fault.span.as_ref().map(|span| span.start));
    faults.extend(syntax);
    let mut builder = Builder { file, id, faults, offset: 0 };
    // What recovery made up must not be judged: it was never written.
    let root = if broken { Table::new() } else { builder.table(table.into_inner(), 0) };
    Node { value: Value::Table(root), span: 0..0, file: id }
}

/// The value that `literal` spells in TOML, or the literal itself as text when it spells none.
///
/// The literal stands at byte `offset` of `file`.
pub(super) fn parse_literal(
    literal: &str,
    file: &SourceFile,
    id: FileId,
    offset: usize,
) -> Result<Node, Diagnostics> {
    let mut faults = Diagnostics::new();
    let node = with_deep_stack(literal, || match DeValue::parse(literal) {
        Ok(value) => Builder { file, id, faults: &mut faults, offset }.node(value, 0),
        Err(_) => None,
    });
    faults.into_result(node.unwrap_or_else(|| Node {
        value: Value::String(literal.to_owned()),
        span: offset..offset + literal.len(),
        file: id,
    }))
}

fn syntax_fault(file: &SourceFile, error: &Error) -> Diagnostic {
    let message = error.message().trim_end_matches(", expected nothing");
    let fault = Diagnostic::of_file(file.clone(), format!("invalid TOML: {message}"));
    let Some(span) = error.span() else { return fault };
    match unquoted(&file.text, span.start) {
        Some(word) => {
            let problem = format!("invalid TOML: {word} is neither a number nor text in quotes");
            let help = format!("write \"{word}\"");
            Diagnostic { problem, ..fault }.at(span).with_help(help)
        }
        None => fault.at(span),
    }
}

/// The value around `offset` if it is text that only lacks its quotes: by far the commonest slip.
fn unquoted(text: &str, offset: usize) -> Option<&str> {
    const LONGEST: usize = 60;
    let before = text.get(..offset)?;
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let equals = line.find('=')?;
    let start = before.len() - line.len() + line.rfind(['=', '[', ',']).unwrap_or(equals) + 1;
    let value = text[start..].split(['\n', '\r', '#', ',', ']', '}']).next()?.trim();
    let plain = |letter: char| letter.is_alphanumeric() || " ._-/%:".contains(letter);
    let word = value.starts_with(char::is_alphanumeric)
        && value.contains(char::is_alphabetic)
        && value.chars().all(plain);
    (word && value.len() <= LONGEST).then_some(value)
}

/// Copies the parser's tree, which borrows the text and leaves numbers unread.
struct Builder<'a> {
    file: &'a SourceFile,
    id: FileId,
    faults: &'a mut Diagnostics,
    /// Where the parsed text begins within the file.
    offset: usize,
}

impl Builder<'_> {
    fn table(&mut self, table: DeTable<'_>, depth: usize) -> Table {
        let mut entries = Table::new();
        for (key, value) in table {
            let span = key.span();
            let span = span.start + self.offset..span.end + self.offset;
            if let Some(node) = self.node(value, depth + 1) {
                let key_origin = Origin { file: self.id, span };
                entries.insert(key.into_inner().into_owned(), Entry { key: key_origin, node });
            }
        }
        entries
    }

    fn node(&mut self, value: Spanned<DeValue<'_>>, depth: usize) -> Option<Node> {
        let span = value.span();
        let span = span.start + self.offset..span.end + self.offset;
        let fault =
            |problem: String| Diagnostic::of_file(self.file.clone(), problem).at(span.clone());
        if depth > DEEPEST {
            self.faults.push(fault(format!("values are nested deeper than {DEEPEST} levels")));
            return None;
        }
        let value = match value.into_inner() {
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(flag) => Value::Boolean(flag),
            DeValue::Datetime(moment) => Value::Datetime(moment.to_string()),
            DeValue::Integer(number) => {
                let Ok(integer) = i64::from_str_radix(number.as_str(), number.radix()) else {
                    self.faults.push(fault("the whole number does not fit 64 bits".to_owned()));
                    return None;
                };
                Value::Integer(integer)
            }
            DeValue::Float(number) => match number.as_str().parse::<f64>() {
                Ok(float) if float.is_finite() || number.as_str().contains(['i', 'n']) => {
                    Value::Float(float)
                }
                _ => {
                    self.faults.push(fault("the number is too large".to_owned()));
                    return None;
                }
            },
            DeValue::Array(items) => {
                let nodes = items.into_iter().filter_map(|item| self.node(item, depth + 1));
                Value::Array(nodes.collect())
            }
            DeValue::Table(table) => Value::Table(self.table(table, depth)),
        };
        Some(Node { value, span, file: self.id })
    }
}
