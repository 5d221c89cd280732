//! All faults of one reading.

use std::fmt;

use super::{Diagnostic, render};

/// Faults beyond this number are only counted, so that a hostile file cannot fill memory.
const KEPT: usize = 1_000;
/// Faults beyond this number are not shown: nobody reads them before fixing the first ones.
const SHOWN: usize = 50;

/// The faults found so far, in the order they were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diagnostics {
    faults: Vec<Diagnostic>,
    uncounted: usize,
}

impl Diagnostics {
    /// No faults yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { faults: Vec::new(), uncounted: 0 }
    }

    /// Adds a fault. Beyond a thousand, faults are counted but not kept.
    pub fn push(&mut self, fault: Diagnostic) {
        if self.faults.len() < KEPT {
            self.faults.push(fault);
        } else {
            self.uncounted += 1;
        }
    }

    /// Adds all faults of another reading.
    pub fn append(&mut self, other: Self) {
        self.uncounted += other.uncounted;
        self.extend(other.faults);
    }

    /// Whether there is no fault.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The number of faults, kept or only counted.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.faults.len() + self.uncounted
    }

    /// The faults kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.faults.iter()
    }

    /// `value` when there is no fault.
    ///
    /// # Errors
    /// All faults, when there is one.
    pub fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Every fault with its line, a caret, what is wrong and what would be right; at most fifty.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let shown = self.faults.iter().take(SHOWN).map(|fault| render::full(fault, color));
        let more = self.len().saturating_sub(SHOWN);
        let rest = (more > 0).then(|| format!("and {more} more"));
        let parts: Vec<String> = shown.chain(rest).map(|part| part + "\n").collect();
        // An empty line keeps one drawing from running into the next.
        parts.join("\n")
    }
}

/// As [`Diagnostics::render`] without colour.
impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

impl From<Diagnostic> for Diagnostics {
    fn from(fault: Diagnostic) -> Self {
        Self { faults: vec![fault], uncounted: 0 }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, faults: I) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(faults: I) -> Self {
        let mut all = Self::new();
        all.extend(faults);
        all
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SourceFile;

    #[test]
    fn many_faults_are_counted_rather_than_shown() {
        let fault = Diagnostic::of_file(SourceFile::new("a.toml", ""), "wrong");
        let all: Diagnostics = std::iter::repeat_n(fault, 1_234).collect();
        assert_eq!((all.len(), all.iter().count()), (1_234, 1_000));
        let text = all.to_string();
        assert_eq!(text.matches("wrong").count(), 50);
        assert!(text.ends_with("and 1184 more\n"), "{text}");
        assert_eq!(all.clone().into_result(1).unwrap_err().len(), 1_234);
        assert_eq!(Diagnostics::new().into_result(1), Ok(1));
    }
}
