//! Words of a command line as they can be pasted into a shell.

/// Double quotes where they are enough, because every shell knows them.
#[must_use]
pub fn quoted(argument: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./\\:=,+@%".contains(letter);
    if !argument.is_empty() && argument.chars().all(plain) && !argument.contains('\\') {
        return argument.to_owned();
    }
    if argument.contains(['"', '$', '`', '!']) || argument.ends_with('\\') {
        return format!("'{}'", argument.replace('\'', "'\\''"));
    }
    format!("\"{argument}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_quoted_only_where_a_shell_would_read_it_otherwise() {
        assert_eq!(quoted("a/b.toml"), "a/b.toml");
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("C:\\a\\b.toml"), "\"C:\\a\\b.toml\"");
        assert_eq!(quoted("a=\"64 KiB\""), "'a=\"64 KiB\"'");
        assert_eq!(quoted("it's $1"), "'it'\\''s $1'");
    }
}
