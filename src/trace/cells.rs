//! Cells of a line, quoted or not.

use std::borrow::Cow;

/// Why a line does not fall into cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CellFault {
    /// A quote is opened and not closed in the line.
    Open,
    /// Something other than a separator follows a closing quote.
    Behind,
}

/// The cells of a line in order; after a fault none.
pub(crate) struct Cells<'a> {
    rest: Option<&'a str>,
    separator: char,
}

impl<'a> Cells<'a> {
    pub(crate) const fn new(line: &'a str, separator: char) -> Self {
        Self { rest: Some(line), separator }
    }

    fn quoted(&mut self, inside: &'a str) -> Result<Cow<'a, str>, CellFault> {
        let mut from = 0;
        let mut doubled = false;
        loop {
            let Some(quote) = inside[from..].find('"') else { return Err(CellFault::Open) };
            let end = from + quote;
            if inside[end + 1..].starts_with('"') {
                doubled = true;
                from = end + 2;
                continue;
            }
            let behind = inside[end + 1..].trim_start_matches(' ');
            self.rest = match behind.strip_prefix(self.separator) {
                Some(next) => Some(next),
                None if behind.is_empty() => None,
                None => return Err(CellFault::Behind),
            };
            let text = &inside[..end];
            return Ok(if doubled { text.replace("\"\"", "\"").into() } else { text.into() });
        }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Result<Cow<'a, str>, CellFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.rest.take()?;
        if let Some(inside) = line.trim_start_matches(' ').strip_prefix('"') {
            return Some(self.quoted(inside));
        }
        let (cell, rest) = match line.split_once(self.separator) {
            Some((cell, rest)) => (cell, Some(rest)),
            None => (line, None),
        };
        self.rest = rest;
        Some(Ok(cell.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &str) -> Result<Vec<String>, CellFault> {
        Cells::new(line, ',').map(|cell| cell.map(Cow::into_owned)).collect()
    }

    #[test]
    fn quotes_hold_commas_and_doubled_quotes() {
        assert_eq!(cells(r#""a,b","c""d", "e" ,f,"#).unwrap(), ["a,b", "c\"d", "e", "f", ""]);
        assert_eq!(cells("").unwrap(), [""]);
        assert_eq!(cells(r#""""#).unwrap(), [""]);
        assert_eq!(cells(r#""a","b"#), Err(CellFault::Open));
        assert_eq!(cells(r#""a"b,"c""#), Err(CellFault::Behind));
        assert_eq!(cells(r#""a"";"b""#), Err(CellFault::Behind));
    }
}
