//! Fields of block traces: decimal numbers without a loss, rows cut into fields, faults in them.

use super::text::{Line, shortened, whole_line};
use super::{TraceFault, TraceProblem};

/// Digits behind the point that are kept; nine are nanoseconds of seconds.
const MOST_DECIMALS: usize = 18;

/// A row cut at its separators.
pub(crate) struct Fields<'a> {
    parts: Vec<&'a str>,
    line: u64,
}

impl<'a> Fields<'a> {
    /// Cuts a row, which has from `least` to `most` fields.
    pub(crate) fn cut(
        line: &Line<'a>,
        separator: char,
        least: usize,
        most: usize,
    ) -> Result<Self, TraceFault> {
        Self::of(line.text.split(separator).map(str::trim).collect(), line, least, most)
    }

    /// Takes fields that were cut already.
    pub(crate) fn of(
        parts: Vec<&'a str>,
        line: &Line<'_>,
        least: usize,
        most: usize,
    ) -> Result<Self, TraceFault> {
        let found = parts.len();
        let (problem, help) = if found < least && !line.closed {
            let problem = TraceProblem::CutRow { expected: least, found };
            (problem, "copy the whole file, or drop the row")
        } else if found < least {
            (TraceProblem::ShortRow { expected: least, found }, "give every field of the layout")
        } else if found > most {
            let help = "numbers have a point, not a comma, and no separators of thousands";
            (TraceProblem::LongRow { expected: most, found }, help)
        } else {
            return Ok(Self { parts, line: line.number });
        };
        Err(whole_line(line.number, problem, help))
    }

    pub(crate) fn get(&self, index: usize) -> &'a str {
        self.parts.get(index).copied().unwrap_or("")
    }

    pub(crate) fn fault(
        &self,
        index: usize,
        name: &str,
        problem: TraceProblem,
        help: &str,
    ) -> TraceFault {
        let (column, field) = (Some(index + 1), Some(name.to_owned()));
        TraceFault { line: self.line, column, field, problem, help: help.to_owned() }
    }

    /// A whole number times a unit.
    pub(crate) fn whole(&self, index: usize, name: &str, unit: u64) -> Result<u64, TraceFault> {
        let text = self.get(index);
        let number =
            if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
        let scaled = number.and_then(|number: u64| number.checked_mul(unit));
        scaled.ok_or_else(|| {
            let help = "give a whole number of at least 0, without unit or separator";
            self.fault(index, name, classify(text), help)
        })
    }

    /// A decimal number times a unit, as a whole number of what the unit counts; what is left of
    /// one is dropped.
    pub(crate) fn decimal(&self, index: usize, name: &str, unit: u64) -> Result<u128, TraceFault> {
        let text = self.get(index);
        decimal(text, unit).ok_or_else(|| {
            let help = "give a number of at least 0 with a point, without unit or exponent";
            let problem = if text.contains(',') {
                TraceProblem::NotANumber { text: shortened(text) }
            } else {
                classify(text)
            };
            self.fault(index, name, problem, help)
        })
    }
}

/// `text` times `unit`, rounded down.
pub(crate) fn decimal(text: &str, unit: u64) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(MOST_DECIMALS)];
    let tail: u128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let parts = 10_u128.pow(fraction.len() as u32);
    let whole = whole.parse::<u128>().ok()?.checked_mul(u128::from(unit))?;
    whole.checked_add(tail.checked_mul(u128::from(unit))? / parts)
}

/// What keeps a text from being a number.
pub(crate) fn classify(text: &str) -> TraceProblem {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = |b: u8| b.is_ascii_digit() || b == b'.';
    let all = digits.bytes().any(|b| b.is_ascii_digit()) && digits.bytes().all(number);
    let shown = shortened(text);
    match (all, text.starts_with('-')) {
        (true, true) => TraceProblem::Negative { text: shown },
        (true, false) if !digits.contains('.') => TraceProblem::TooLarge { text: shown },
        _ => TraceProblem::NotANumber { text: shown },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_lose_nothing() {
        assert_eq!(decimal("1456095145.133076000", 1_000_000_000), Some(1_456_095_145_133_076_000));
        assert_eq!(decimal("0.0000000019", 1_000_000_000), Some(1));
        assert_eq!(decimal("7", 100), Some(700));
        assert_eq!(decimal("7.", 100), Some(700));
        for wrong in ["", ".5", "-1", "1,5", "1e3", "1.2.3", "+1"] {
            assert_eq!(decimal(wrong, 1), None, "{wrong}");
        }
        assert_eq!(decimal(&"9".repeat(39), 1000), None);
    }
}
