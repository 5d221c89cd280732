//! JSON documents of tools, with the place of everything that is wrong.

use std::io::Read;

use serde_json::Value;

use crate::trace::text::{shortened, whole, whole_line};
use crate::trace::{Gathered, TraceError, TraceFault, TraceProblem};

/// A longer document is refused; in memory it takes several times its length.
const MAX_BYTES: usize = 32 << 20;
const COMPLETE: &str = "copy the whole output as the tool wrote it";

/// A document, and the text it stands in.
#[derive(Debug)]
pub(super) struct Document {
    text: String,
    /// Bytes before the document.
    start: usize,
    pub(super) value: Value,
}

/// Reads the object that begins at the start of a line and has a key, whatever stands around it.
///
/// # Errors
/// [`TraceError`] when there is none, or more than one, or it is no JSON, too deep or too long.
pub(super) fn read<R: Read>(name: &str, reader: R, key: &str) -> Result<Document, TraceError> {
    let text = whole(name, reader, MAX_BYTES)?;
    let one = |fault| TraceError::one(name, fault);
    let mut found: Option<Document> = None;
    let mut refused: Option<TraceFault> = None;
    let mut at = 0;
    while let Some(start) = next_object(&text, at) {
        let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) if value.get(key).is_some() => {
                at = start + values.byte_offset();
                if found.is_some() {
                    let (line, _) = place(&text, start);
                    let problem = TraceProblem::Content { text: "a second result begins".into() };
                    let help = "keep one of them; of repeated status the last";
                    return Err(one(whole_line(line, problem, help)));
                }
                found = Some(Document { text: String::new(), start, value });
            }
            Some(Ok(_)) => at = start + values.byte_offset(),
            Some(Err(error)) => {
                refused = refused.or_else(|| Some(syntax(&text, start, &error)));
                at = start + 1;
                // What follows is within the document that is broken.
                if text[start..].contains(key) {
                    break;
                }
            }
            None => break,
        }
    }
    match (found, refused) {
        (Some(document), None) => Ok(Document { text, ..document }),
        (Some(document), Some(_)) if document.start > 0 => Ok(Document { text, ..document }),
        (_, Some(fault)) => Err(one(fault)),
        (None, None) => {
            let line = 1 + text.matches('\n').count() as u64;
            let problem =
                TraceProblem::Content { text: format!("there is no object with {key:?}") };
            Err(one(whole_line(line, problem, COMPLETE)))
        }
    }
}

/// The next line that begins with a brace.
fn next_object(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    // In the middle of a line nothing begins.
    if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') {
        at += text.get(at..)?.find('\n')? + 1;
    }
    loop {
        let line = text.get(at..)?;
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        if line[blank..].starts_with('{') {
            return Some(at + blank);
        }
        at += line.find('\n')? + 1;
    }
}

fn syntax(text: &str, start: usize, error: &serde_json::Error) -> TraceFault {
    let (line, column) = place(text, start);
    let (below, at) = (error.line().saturating_sub(1) as u64, error.column());
    let reason = error.to_string();
    // The place is told by the fault itself.
    let reason = reason.split(" at line ").next().unwrap_or_default();
    let problem = TraceProblem::Content { text: format!("the document is no JSON: {reason}") };
    let column = if below == 0 { column - 1 + at } else { at };
    TraceFault { column: Some(column.max(1)), ..whole_line(line + below, problem, COMPLETE) }
}

/// Line and character of a byte.
fn place(text: &str, at: usize) -> (u64, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = 1 + before.matches('\n').count() as u64;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// A value and the way to it.
#[derive(Debug, Clone)]
pub(super) struct At<'a> {
    document: &'a Document,
    pub(super) value: &'a Value,
    way: Vec<Step>,
}

impl Document {
    /// The document itself.
    pub(super) fn root(&self) -> At<'_> {
        At { document: self, value: &self.value, way: Vec::new() }
    }
}

impl<'a> At<'a> {
    /// The member of a name, unless it is null.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(self.step(value, Step::Key(key.to_owned())))
    }

    /// The member at the end of a way of names.
    pub(super) fn dig(&self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self.clone(), |at, key| at.get(key))
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().enumerate().map(|(k, value)| self.step(value, Step::Index(k))).collect()
    }

    /// The members of an object with their names; none of anything else.
    pub(super) fn members(&self) -> Vec<(&'a str, Self)> {
        let members = self.value.as_object().into_iter().flatten();
        members.map(|(k, value)| (k.as_str(), self.step(value, Step::Key(k.clone())))).collect()
    }

    fn step(&self, value: &'a Value, step: Step) -> Self {
        let mut way = self.way.clone();
        way.push(step);
        Self { document: self.document, value, way }
    }

    /// The text of a member.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.get(key)?.value.as_str().map(str::to_owned)
    }

    /// A number that is not negative.
    pub(super) fn decimal(&self, faults: &mut Gathered) -> Option<f64> {
        let text = || shortened(&self.value.to_string());
        let problem = match self.value.as_f64() {
            Some(value) if value < 0.0 => TraceProblem::Negative { text: text() },
            Some(value) if value <= 1e18 => return Some(value),
            Some(_) => TraceProblem::TooLarge { text: text() },
            None => TraceProblem::Content { text: format!("{} is not a number", text()) },
        };
        self.push(faults, problem, "give a number of at least 0");
        None
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&self, faults: &mut Gathered) -> Option<u64> {
        if let Some(value) = self.value.as_u64() {
            return Some(value);
        }
        let value = self.decimal(faults)?;
        if value.fract() == 0.0 {
            return Some(value as u64);
        }
        let problem = TraceProblem::NotANumber { text: shortened(&self.value.to_string()) };
        self.push(faults, problem, "give a whole number of at least 0");
        None
    }

    /// The number of a member.
    pub(super) fn number(&self, key: &str, faults: &mut Gathered) -> Option<f64> {
        self.get(key)?.decimal(faults)
    }

    /// The same, which must be there.
    pub(super) fn must(&self, key: &str, faults: &mut Gathered) -> Option<f64> {
        let found = self.get(key);
        if found.is_none() {
            faults.push(self.content(format!("there is no {key:?}"), COMPLETE));
        }
        found?.decimal(faults)
    }

    /// The whole number of a member.
    pub(super) fn count(&self, key: &str, faults: &mut Gathered) -> Option<u64> {
        self.get(key)?.whole(faults)
    }

    /// Adds a fault of this value; its place is looked for only where it will be shown.
    pub(super) fn push(&self, faults: &mut Gathered, problem: TraceProblem, help: &str) {
        let counted = faults.is_full();
        faults.push(if counted { whole_line(1, problem, help) } else { self.fault(problem, help) });
    }

    /// A fault of this value.
    pub(super) fn fault(&self, problem: TraceProblem, help: &str) -> TraceFault {
        let at = locate(self.document.text.as_bytes(), self.document.start, &self.way);
        let (line, column) = place(&self.document.text, at);
        let mut field = String::new();
        for step in &self.way {
            match step {
                Step::Key(key) if field.is_empty() => field.push_str(&shortened(key)),
                Step::Key(key) => field = format!("{field}.{}", shortened(key)),
                Step::Index(index) => field = format!("{field}[{index}]"),
            }
        }
        let field = Some(field).filter(|field| !field.is_empty());
        TraceFault { line, column: Some(column), field, problem, help: help.to_owned() }
    }

    /// The same with a sentence of its own.
    pub(super) fn content(&self, text: impl Into<String>, help: &str) -> TraceFault {
        self.fault(TraceProblem::Content { text: text.into() }, help)
    }
}

/// The byte where the value at the end of a way begins, in a document known to be sound.
fn locate(text: &[u8], start: usize, way: &[Step]) -> usize {
    let mut at = blank(text, start);
    for step in way {
        let mut index = 0;
        let mut found = None;
        let mut next = blank(text, at + 1);
        while next < text.len() && !matches!(text[next], b'}' | b']') {
            let mut matches = *step == Step::Index(index);
            if let Step::Key(key) = step {
                let end = value_end(text, next);
                let name = serde_json::from_slice::<String>(&text[next..end]);
                matches = name.is_ok_and(|name| name == *key);
                // Past the colon.
                next = blank(text, blank(text, end) + 1);
            }
            if matches {
                // Of a name given twice the last one counts.
                found = Some(next);
                if *step == Step::Index(index) {
                    break;
                }
            }
            next = blank(text, value_end(text, next));
            if text.get(next) == Some(&b',') {
                next = blank(text, next + 1);
            }
            index += 1;
        }
        match found {
            Some(found) => at = found,
            None => break,
        }
    }
    at
}

fn blank(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The byte after a value.
fn value_end(text: &[u8], from: usize) -> usize {
    let (mut depth, mut quoted, mut at) = (0_usize, false, from);
    while let Some(&byte) = text.get(at) {
        at += 1;
        if quoted {
            match byte {
                b'\\' => at += 1,
                b'"' => quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => quoted = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth > 0 => depth -= 1,
                b',' | b':' | b'}' | b']' if depth == 0 => return at - 1,
                byte if byte.is_ascii_whitespace() && depth == 0 => return at - 1,
                _ => continue,
            }
        }
        if depth == 0 && !quoted && matches!(byte, b'"' | b'}' | b']') {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        read("j", text.as_bytes(), "k").unwrap_err().to_string()
    }

    #[test]
    fn an_object_is_found_among_other_text() {
        let text =
            "notes {not this}\n{\"other\": 1}\n  { \"k\": [1, 2] }\nmore {text}\n{ and more\n";
        let document = read("j", text.as_bytes(), "k").unwrap();
        assert_eq!(document.value["k"][1], 2);
        assert_eq!(document.root().get("k").unwrap().items().len(), 2);
    }

    #[test]
    fn what_is_no_object_is_told_with_its_place() {
        assert!(told("nothing\n").starts_with("j, line 2: there is no object with \"k\""));
        assert!(told("text\n{\"k\": 1,\n \"x\": 1,5}\n").starts_with("j, line 3, column"));
        assert!(told("{\"k\": 1").contains("the document is no JSON: EOF while parsing"));
        assert!(told("{\"k\":1}\n{\"k\":2}").starts_with("j, line 2: a second result begins"));
        assert!(told("{\"k\": NaN}").contains("no JSON"));
        let deep = format!("{{\"k\":{}", "[".repeat(100_000));
        assert!(told(&deep).contains("recursion limit exceeded"));
    }

    #[test]
    fn a_wrong_value_is_told_with_line_column_and_way() {
        let text = "x\n{\"k\": {\"a\\\"b\": [true, {\"c\" : -5, \"d\": \"}\"}], \"e\": 1.5,\n\
                    \"f\": \"1\"}}";
        let document = read("j", text.as_bytes(), "k").unwrap();
        let k = document.root().get("k").unwrap();
        let mut faults = Gathered::default();
        k.get("a\"b").unwrap().items()[1].number("c", &mut faults);
        k.count("e", &mut faults);
        k.number("f", &mut faults);
        k.must("g", &mut faults);
        let told = faults.into_result("j").unwrap_err().to_string();
        let told: Vec<&str> = told.lines().map(|line| line.split(';').next().unwrap()).collect();
        assert_eq!(
            told,
            [
                "j, line 2, column 30 (k.a\"b[1].c): -5 is negative",
                "j, line 2, column 51 (k.e): \"1.5\" is not a whole number",
                "j, line 3, column 6 (k.f): \"1\" is not a number",
                "j, line 2, column 7 (k): there is no \"g\"",
            ]
        );
    }
}
