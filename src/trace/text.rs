//! Text in any encoding Windows writes, without holding more than a line.
//!
//! [`Decoded`] turns a file into UTF-8: a byte order mark is dropped, UTF-16 of either order is
//! recoded (by its mark, or by the zero bytes of its first characters), everything else passes
//! as it is. [`Lines`] then gives line after line, and a [`whole`] document is held to a limit.

use std::io::{self, BufRead, BufReader, Read};

use super::{RowError, TraceError, TraceFault, TraceProblem};

/// How much of a wrong field an error repeats.
const QUOTED_CHARS: usize = 40;

/// Bytes recoded at a time.
const CHUNK_BYTES: usize = 8 * 1024;

/// What a lone surrogate becomes, and nothing that UTF-8 text contains: the byte 0xFF, so that it
/// is told as text that is none.
const NO_CHARACTER: u8 = 0xff;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16 { little: bool },
}

/// A file as UTF-8 without byte order mark.
#[derive(Debug)]
pub(crate) struct Decoded<R> {
    reader: R,
    encoding: Option<Encoding>,
    /// Bytes read and not recoded yet.
    raw: Vec<u8>,
    /// Bytes recoded and not handed out yet, from `given` on.
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    /// Wraps a reader of a whole file.
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, encoding: None, raw: Vec::new(), ready: Vec::new(), given: 0, ended: false }
    }

    /// Reads more bytes; at the end of the file none.
    fn more(&mut self) -> io::Result<()> {
        let had = self.raw.len();
        self.raw.resize(had + CHUNK_BYTES, 0);
        let read = loop {
            match self.reader.read(&mut self.raw[had..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.raw.truncate(had + read.as_ref().map_or(0, |&n| n));
        self.ended = read? == 0;
        Ok(())
    }

    fn sniff(&mut self) -> io::Result<Encoding> {
        while self.raw.len() < 4 && !self.ended {
            self.more()?;
        }
        let (encoding, mark) = match self.raw.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16 { little: true }, 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16 { little: false }, 2),
            [a, 0, b, 0, ..] if *a != 0 && *b != 0 => (Encoding::Utf16 { little: true }, 0),
            [0, a, 0, b, ..] if *a != 0 && *b != 0 => (Encoding::Utf16 { little: false }, 0),
            _ => (Encoding::Utf8, 0),
        };
        self.raw.drain(..mark);
        Ok(encoding)
    }

    /// Recodes what is whole; the rest waits for its other half.
    fn recode(&mut self, encoding: Encoding) {
        self.ready.clear();
        self.given = 0;
        let Encoding::Utf16 { little } = encoding else {
            std::mem::swap(&mut self.raw, &mut self.ready);
            return;
        };
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        };
        let mut whole = self.raw.len() / 2 * 2;
        if whole >= 2 && !self.ended && (0xd800..0xdc00).contains(&unit(&self.raw[whole - 2..])) {
            whole -= 2;
        }
        let units = self.raw[..whole].chunks_exact(2).map(unit);
        for character in char::decode_utf16(units) {
            match character {
                Ok(c) => self.ready.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Err(_) => self.ready.push(NO_CHARACTER),
            }
        }
        self.raw.drain(..whole);
        if self.ended && !self.raw.is_empty() {
            self.raw.clear();
            self.ready.push(NO_CHARACTER);
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.given == self.ready.len() {
            let encoding = match self.encoding {
                Some(encoding) => encoding,
                None => self.sniff()?,
            };
            self.encoding = Some(encoding);
            if self.raw.len() < 4 && !self.ended {
                self.more()?;
            }
            self.recode(encoding);
            if self.ready.is_empty() && self.ended {
                return Ok(0);
            }
            if self.ready.is_empty() {
                self.more()?;
            }
        }
        let n = buffer.len().min(self.ready.len() - self.given);
        buffer[..n].copy_from_slice(&self.ready[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// One line without its end.
pub(crate) struct Line<'a> {
    pub(crate) text: &'a str,
    /// From 1.
    pub(crate) number: u64,
    /// Whether a line end followed; only the last line of a file can lack it.
    pub(crate) closed: bool,
}

/// The lines of a file.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    reader: BufReader<Decoded<R>>,
    buffer: Vec<u8>,
    limit_bytes: usize,
    /// Number of the last line read.
    pub(crate) number: u64,
}

impl<R: Read> Lines<R> {
    /// Lines of at most `limit_bytes` of UTF-8.
    pub(crate) fn new(reader: R, limit_bytes: usize) -> Self {
        let reader = BufReader::new(Decoded::new(reader));
        Self { reader, buffer: Vec::new(), limit_bytes, number: 0 }
    }

    /// The next line that is not blank.
    pub(crate) fn next_text(&mut self) -> Result<Option<Line<'_>>, RowError> {
        loop {
            let Some(closed) = self.next_bytes()? else { return Ok(None) };
            if !self.buffer.iter().all(u8::is_ascii_whitespace) {
                return self.line(closed).map(Some);
            }
        }
    }

    /// The next line, blank or not.
    pub(crate) fn next_any(&mut self) -> Result<Option<Line<'_>>, RowError> {
        match self.next_bytes()? {
            Some(closed) => self.line(closed).map(Some),
            None => Ok(None),
        }
    }

    fn line(&self, closed: bool) -> Result<Line<'_>, RowError> {
        match std::str::from_utf8(&self.buffer) {
            Ok(text) => Ok(Line { text, number: self.number, closed }),
            Err(error) => {
                let problem = TraceProblem::NotUtf8 { byte: error.valid_up_to() + 1 };
                Err(whole_line(self.number, problem, "save the file as UTF-8 or UTF-16").into())
            }
        }
    }

    /// Reads a line into the buffer: whether it was closed, or none at the end.
    fn next_bytes(&mut self) -> Result<Option<bool>, RowError> {
        self.buffer.clear();
        // One byte above the limit tells a full line from one that is too long.
        let limit = self.limit_bytes as u64 + 1;
        let read = (&mut self.reader).take(limit).read_until(b'\n', &mut self.buffer);
        self.number += u64::from(!matches!(read, Ok(0)));
        let number = self.number;
        match read {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(source) => return Err(RowError::Io { line: number, source }),
        }
        let closed = self.buffer.last() == Some(&b'\n');
        if self.buffer.len() > self.limit_bytes && !closed {
            self.skip_line().map_err(|source| RowError::Io { line: number, source })?;
            let problem = TraceProblem::LineTooLong { limit_bytes: self.limit_bytes };
            let help = "check that the file has lines, and one record on each";
            return Err(whole_line(number, problem, help).into());
        }
        if closed {
            self.buffer.pop();
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(closed))
    }

    /// Passes over the rest of a line without holding it.
    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok(());
            }
            let end = chunk.iter().position(|&byte| byte == b'\n');
            let used = end.map_or(chunk.len(), |at| at + 1);
            self.reader.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }
}

/// A whole document as text, for formats that are read in one piece; more than `limit_bytes` of
/// it is refused, so that memory stays bounded.
///
/// # Errors
/// [`TraceError`] when it is longer, no text, or cannot be read.
pub(crate) fn whole<R: Read>(
    name: &str,
    reader: R,
    limit_bytes: usize,
) -> Result<String, TraceError> {
    let mut bytes = Vec::new();
    let read = Decoded::new(reader).take(limit_bytes as u64 + 1).read_to_end(&mut bytes);
    let line = |bytes: &[u8]| bytes.split(|&b| b == b'\n').count() as u64;
    if let Err(source) = read {
        return Err(TraceError::Io { file: name.to_owned(), line: line(&bytes), source });
    }
    if bytes.len() > limit_bytes {
        let problem = TraceProblem::DocumentTooLong { limit_bytes };
        return Err(TraceError::one(name, whole_line(1, problem, "give one test at a time")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let start = bytes[..valid].iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
        let problem = TraceProblem::NotUtf8 { byte: valid - start + 1 };
        let help = "save the file as UTF-8 or UTF-16";
        TraceError::one(name, whole_line(line(&bytes[..valid]), problem, help))
    })
}

/// A fault of a line that is in no column.
pub(crate) fn whole_line(line: u64, problem: TraceProblem, help: &str) -> TraceFault {
    TraceFault { line, column: None, field: None, problem, help: help.to_owned() }
}

/// A field as an error repeats it.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn decoded(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Decoded::new(bytes).read_to_end(&mut out).unwrap();
        out
    }

    /// Gives one byte at a time, so that every character is cut.
    struct Dripping<'a>(&'a [u8]);
    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn marks_and_orders_are_recognised() {
        assert_eq!(decoded(b"\xef\xbb\xbfab"), b"ab");
        assert_eq!(decoded(b"\xff\xfea\0b\0"), b"ab");
        assert_eq!(decoded(b"\xfe\xff\0a\0b"), b"ab");
        assert_eq!(decoded(b"a\0b\0"), b"ab", "no mark, little");
        assert_eq!(decoded(b"\0a\0b"), b"ab", "no mark, big");
        assert_eq!(decoded(b""), b"");
        assert_eq!(decoded(b"a"), b"a");
    }

    #[test]
    fn half_a_character_is_told_as_no_text() {
        assert_eq!(decoded(b"\xff\xfea\0b"), b"a\xff");
        // A high surrogate alone.
        assert_eq!(decoded(b"\xff\xfe\x00\xd8a\0"), b"\xffa");
        let error = whole("t", &b"\xff\xfea\0\n\0b"[..], 100).unwrap_err().to_string();
        assert!(error.starts_with("t, line 2: byte 1 of the line is not UTF-8"), "{error}");
    }

    #[test]
    fn a_document_is_held_to_its_limit() {
        assert_eq!(whole("t", &b"abcd"[..], 4).unwrap(), "abcd");
        let error = whole("t", &b"abcde"[..], 4).unwrap_err().to_string();
        assert!(error.contains("longer than 4 bytes"), "{error}");
    }

    #[test]
    fn blank_lines_are_passed_over_or_given() {
        let mut lines = Lines::new(&b"a\r\n\r\nb"[..], 10);
        let first = lines.next_text().unwrap().unwrap();
        assert_eq!((first.text, first.number, first.closed), ("a", 1, true));
        let third = lines.next_text().unwrap().unwrap();
        assert_eq!((third.text, third.number, third.closed), ("b", 3, false));
        assert!(lines.next_text().unwrap().is_none());
        let mut lines = Lines::new(&b"\nb"[..], 10);
        assert_eq!(lines.next_any().unwrap().unwrap().text, "");
        assert_eq!(lines.next_any().unwrap().unwrap().text, "b");
    }

    proptest! {
        #[test]
        fn any_text_survives_any_encoding(text in "[a-z]{2}[\\PC\\n]{0,60}") {
            for little in [true, false] {
                let bytes = utf16(&text, little);
                prop_assert_eq!(decoded(&bytes), text.as_bytes());
                let mut out = Vec::new();
                Decoded::new(Dripping(&bytes)).read_to_end(&mut out).unwrap();
                prop_assert_eq!(out, text.as_bytes());
            }
        }
    }
}
