//! One fault.

use std::fmt;
use std::ops::Range;

use super::SourceFile;

/// One fault in what a person wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file the fault is in; its text may be empty when it could not be read.
    pub file: SourceFile,
    /// The bytes of the file that are wrong, when there is a place to point at.
    pub span: Option<Range<usize>>,
    /// The dotted path of the field, such as `nodes.N1.memory`; empty for the whole file.
    pub field: String,
    /// What is wrong, in one sentence without a full stop.
    pub problem: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault of a whole file.
    #[must_use]
    pub fn of_file(file: SourceFile, problem: impl Into<String>) -> Self {
        Self { file, span: None, field: String::new(), problem: problem.into(), help: None }
    }

    /// The fault, pointing at `span`.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// The fault, about `field`.
    #[must_use]
    pub fn about(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// The fault, with what would be right.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// One line: `file:line:column: field: problem (help)`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file.name)?;
        if let Some(span) = &self.span {
            let place = self.file.place(span.start);
            write!(formatter, ":{}:{}", place.line, place.column)?;
        }
        if !self.field.is_empty() {
            write!(formatter, ": {}", self.field)?;
        }
        write!(formatter, ": {}", self.problem)?;
        match &self.help {
            Some(help) => write!(formatter, " ({help})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_form_is_one_line() {
        let file = SourceFile::new("a.toml", "x = 1\ny = 2\n");
        let whole = Diagnostic::of_file(file, "this is wrong");
        assert_eq!(whole.to_string(), "a.toml: this is wrong");
        let full = whole.at(10..11).about("y").with_help("write 3");
        assert_eq!(full.to_string(), "a.toml:2:5: y: this is wrong (write 3)");
    }
}
