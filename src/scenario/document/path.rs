//! Dotted paths such as `volumes."CSV 1".phases[0].length`.

use std::ops::Range;

use toml::de::DeValue;

/// One step of a path, and the bytes it was written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) to: To,
    pub(super) span: Range<usize>,
}

/// Where a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum To {
    /// To the value of a key.
    Key(String),
    /// To an element of an array, from zero.
    Index(usize),
}

/// Why a text is no path, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PathError {
    pub(super) problem: &'static str,
    pub(super) span: Range<usize>,
}

/// Longer paths lead nowhere: no file nests so deep.
const MOST_STEPS: usize = 64;

/// Reads a path. There is at least one step, and the first is a key.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, PathError> {
    let mut steps = Vec::new();
    let mut at = 0;
    loop {
        let (step, end) = key(text, at)?;
        steps.push(step);
        at = end;
        while text[at..].starts_with('[') {
            let (step, end) = index(text, at)?;
            steps.push(step);
            at = end;
        }
        if steps.len() > MOST_STEPS {
            return Err(PathError { problem: "the path is too long", span: 0..text.len() });
        }
        match text[at..].chars().next() {
            None => return Ok(steps),
            Some('.') => at += 1,
            Some(_) => {
                let problem = "expected `.` or `[` here; names with other characters need quotes";
                return Err(PathError { problem, span: at..text.len() });
            }
        }
    }
}

fn key(text: &str, start: usize) -> Result<(Step, usize), PathError> {
    let rest = &text[start..];
    let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''));
    let (name, length) = if let Some(quote) = quote {
        let Some(length) = quoted_length(rest, quote) else {
            let problem = "the quote is never closed";
            return Err(PathError { problem, span: start..text.len() });
        };
        (unquote(&rest[..length]), length)
    } else {
        let length = rest.find(['.', '[', ']', '"', '\'', '=']).unwrap_or(rest.len());
        let name = rest[..length].trim();
        ((!name.is_empty()).then(|| name.to_owned()), length)
    };
    let span = start..start + length;
    match name {
        Some(name) => Ok((Step { to: To::Key(name), span }, start + length)),
        None if length == 0 => {
            Err(PathError { problem: "a name is missing here", span: start..text.len() })
        }
        None => Err(PathError { problem: "this is not a name", span }),
    }
}

/// The length of the quoted name at the head of `text`, quotes included.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (offset, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if letter == quote => return Some(offset + 1),
            _ => {}
        }
    }
    None
}

/// The name within quotes, by TOML's rules.
fn unquote(quoted: &str) -> Option<String> {
    let value = DeValue::parse(quoted).ok()?;
    value.get_ref().as_str().map(str::to_owned)
}

fn index(text: &str, start: usize) -> Result<(Step, usize), PathError> {
    let digits = &text[start + 1..];
    let length = digits.find(']').unwrap_or(digits.len());
    let end = (start + length + 2).min(text.len());
    match digits[..length].trim().parse::<usize>() {
        Ok(index) if length < digits.len() => {
            Ok((Step { to: To::Index(index), span: start..end }, end))
        }
        _ => Err(PathError { problem: "expected an index such as `[0]`", span: start..end }),
    }
}

/// The steps of a path, so that two spellings of one path are alike; none where it is no path.
#[must_use]
pub fn path_steps(text: &str) -> Option<Vec<String>> {
    let steps = parse(text).ok()?.into_iter().map(|step| match step.to {
        To::Key(key) => quote(&key),
        To::Index(index) => format!("[{index}]"),
    });
    Some(steps.collect())
}

/// The path that goes through these keys.
#[must_use]
pub fn path_of(keys: &[&str]) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let quoted = keys.iter().map(|key| {
        if !key.is_empty() && key.chars().all(bare) {
            (*key).to_owned()
        } else {
            toml::Value::String((*key).to_owned()).to_string()
        }
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// `key` appended to a dotted path, quoted where TOML would need quotes.
pub(super) fn join(path: &str, key: &str) -> String {
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{}", quote(key))
}

/// A key as one would write it, cut to a readable length.
pub(super) fn quote(key: &str) -> String {
    const LONGEST: usize = 80;
    let bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let long = key.chars().nth(LONGEST).is_some();
    if !key.is_empty() && !long && key.chars().all(bare) {
        return key.to_owned();
    }
    let shown: String = key.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    format!("\"{shown}{}\"", if long { "…" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<To> {
        parse(text).unwrap().into_iter().map(|step| step.to).collect()
    }

    fn key(name: &str) -> To {
        To::Key(name.to_owned())
    }

    #[test]
    fn keys_quotes_and_indices_are_read() {
        assert_eq!(steps("volumes.CSV1.owner"), [key("volumes"), key("CSV1"), key("owner")]);
        assert_eq!(steps("a.\"b.\\\"c\".'d.e'"), [key("a"), key("b.\"c"), key("d.e")]);
        assert_eq!(steps("a[0][12].b"), [key("a"), To::Index(0), To::Index(12), key("b")]);
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_place() {
        let problem = |text: &str| {
            let error = parse(text).unwrap_err();
            (error.problem, error.span)
        };
        assert_eq!(problem(""), ("a name is missing here", 0..0));
        assert_eq!(problem("a..b"), ("a name is missing here", 2..4));
        assert_eq!(problem("a."), ("a name is missing here", 2..2));
        assert_eq!(problem("a[x].b"), ("expected an index such as `[0]`", 1..4));
        assert_eq!(problem("a[1"), ("expected an index such as `[0]`", 1..3));
        assert_eq!(problem("a.\"b"), ("the quote is never closed", 2..4));
        assert!(parse("a]").is_err() && parse("a=b").is_err() && parse("a\"b\"").is_err());
        assert_eq!(problem(&"a.".repeat(100)).0, "the path is too long");
    }

    #[test]
    fn paths_of_keys_read_back() {
        for name in ["x", "a b", "a.b", "q\"q", "ü", "a\\b", "'"] {
            assert_eq!(steps(&path_of(&["a", name])), [key("a"), key(name)], "{name}");
        }
    }

    #[test]
    fn joined_keys_read_back() {
        for name in ["x", "a b", "a.b", "q\"q", "", "ü"] {
            if !name.is_empty() {
                assert_eq!(steps(&join("a", name)), [key("a"), key(name)], "{name}");
            }
        }
    }
}
