//! The text a fault points into.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A named text. Copies share the text.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user wrote it, or what stands for it, such as `--set`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// A place in a text, as editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From one.
    pub line: usize,
    /// In characters, from one.
    pub column: usize,
}

impl SourceFile {
    /// A text and its name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The line and column of a byte offset; offsets beyond the end count as the end.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let before = &self.text[..self.floor(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The byte range of the line that holds `offset`, without its line end.
    pub(super) fn line_around(&self, offset: usize) -> Range<usize> {
        let offset = self.floor(offset);
        let start = self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[offset..].find('\n').map_or(self.text.len(), |ahead| offset + ahead);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        start..end
    }

    /// The last character boundary at or before `offset`.
    pub(super) fn floor(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// The text is left out: it can be long, and other debug output holds the file many times.
impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SourceFile({}, {} bytes)", self.name, self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_from_one() {
        let file = SourceFile::new("a.toml", "x = 1\r\nnäme = 2\n");
        let place = |offset| {
            let place = file.place(offset);
            (place.line, place.column)
        };
        assert_eq!(place(0), (1, 1));
        assert_eq!(place(7), (2, 1));
        assert_eq!(place(10), (2, 3), "after the two bytes of ä");
        assert_eq!(place(9), (2, 2), "inside ä");
        assert_eq!(place(usize::MAX), (3, 1));
        assert_eq!(&file.text[file.line_around(3)], "x = 1");
    }
}
