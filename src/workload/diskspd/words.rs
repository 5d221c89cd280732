//! Words of a Windows command line, with their places.

use std::ops::Range;

/// One argument as the program would receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Bytes in the line, quotes included.
    pub(super) at: Range<usize>,
}

impl Word {
    /// DiskSpd takes `/` as well as `-`, and a quoted flag as a flag.
    pub(super) fn is_flag(&self) -> bool {
        self.text.starts_with(['-', '/'])
    }
}

/// Splits a line by the rules of the Microsoft C runtime.
///
/// Blanks separate words outside quotes; `2n` backslashes before a quote stand for `n` of them and
/// the quote for itself, `2n + 1` for `n` and a literal quote; two quotes within quotes stand for
/// one. Other backslashes are literal, so paths need no care.
pub(super) fn split(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Option<Word> = None;
    let mut quoted = false;
    let mut rest = line.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        if !quoted && c.is_ascii_whitespace() {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert_with(|| Word { text: String::new(), at: at..at });
        match c {
            '\\' => {
                let mut slashes = 1;
                while rest.next_if(|&(_, c)| c == '\\').is_some() {
                    slashes += 1;
                }
                let before_quote = rest.peek().is_some_and(|&(_, c)| c == '"');
                let kept = if before_quote { slashes / 2 } else { slashes };
                word.text.extend(std::iter::repeat_n('\\', kept));
                if before_quote && slashes % 2 == 1 {
                    rest.next();
                    word.text.push('"');
                }
            }
            '"' if quoted && rest.next_if(|&(_, c)| c == '"').is_some() => word.text.push('"'),
            '"' => quoted = !quoted,
            other => word.text.push(other),
        }
        word.at.end = rest.peek().map_or(line.len(), |&(next, _)| next);
    }
    words.extend(open);
    words
}

/// Writes a word so that [`split`] returns it; quotes only where they are needed.
pub(super) fn quote(word: &str) -> String {
    let plain = !word.is_empty() && !word.contains(|c: char| c.is_ascii_whitespace() || c == '"');
    if plain {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut slashes = 0;
    for c in word.chars() {
        match c {
            '\\' => slashes += 1,
            '"' => {
                // Double the run before a quote and add one for the quote itself.
                quoted.extend(std::iter::repeat_n('\\', slashes + 1));
                slashes = 0;
            }
            _ => slashes = 0,
        }
        quoted.push(c);
    }
    // The closing quote must not be escaped by a trailing run.
    quoted.extend(std::iter::repeat_n('\\', slashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(line: &str) -> Vec<String> {
        split(line).into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn examples_of_the_c_runtime() {
        // The table under "Parsing C command-line arguments" of Microsoft's documentation.
        for (line, words) in [
            (r#""a b c" d e"#, &["a b c", "d", "e"][..]),
            (r#""ab\"c" "\\" d"#, &[r#"ab"c"#, r"\", "d"]),
            (r#"a\\\b d"e f"g h"#, &[r"a\\\b", "de fg", "h"]),
            (r#"a\\\"b c d"#, &[r#"a\"b"#, "c", "d"]),
            (r#"a\\\\"b c" d e"#, &[r"a\\b c", "d", "e"]),
            (r#"a"b"" c d"#, &[r#"ab" c d"#]),
            ("  \t ", &[]),
            (r#""""#, &[""]),
        ] {
            assert_eq!(texts(line), words, "{line}");
        }
    }

    #[test]
    fn places_include_quotes() {
        let line = r#"-b8K "c:\my disk.dat" é"#;
        let at: Vec<_> = split(line).into_iter().map(|word| &line[word.at]).collect();
        assert_eq!(at, ["-b8K", r#""c:\my disk.dat""#, "é"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn quoting_is_undone_by_splitting(
            words in prop::collection::vec(r#"[a-c \\"\t\né]{0,8}"#, 0..5),
        ) {
            let line: Vec<String> = words.iter().map(|word| quote(word)).collect();
            prop_assert_eq!(texts(&line.join(" ")), words);
        }
    }
}
