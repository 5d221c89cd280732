//! Quantities whose kind is known only at run time, such as parameters.

use super::bytes::HUMAN_BYTES;
use super::rate::HUMAN_RATE;
use super::time::HUMAN_TIME;
use super::{Bytes, QuantityError, UnitKind, number, print};

/// Reads `text` as a quantity of `kind` and gives its value in the base unit: seconds, bytes,
/// bit/s, operations per second, fraction, or the plain count.
///
/// # Errors
/// When the text is no such quantity; [`QuantityError::help`] says what would be.
///
/// ```
/// use csvnet::units::{UnitKind, parse_as};
///
/// assert_eq!(parse_as(UnitKind::Time, "250 us"), Ok(250e-6));
/// assert_eq!(parse_as(UnitKind::Rate, "1 GB/s"), Ok(8e9));
/// assert_eq!(parse_as(UnitKind::Count, "4"), Ok(4.0));
/// assert!(parse_as(UnitKind::Bytes, "4").is_err());
/// ```
pub fn parse_as(kind: UnitKind, text: &str) -> Result<f64, QuantityError> {
    number::parse(kind, text)?.to_f64()
}

/// The text people read for `value`, given in the base unit of `kind`: three significant digits.
#[must_use]
pub fn format_as(kind: UnitKind, value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    match kind {
        UnitKind::Time => print::human(value, &HUMAN_TIME),
        // Up to 2^53 an integral f64 is that integer, and sizes read best in their own unit.
        UnitKind::Bytes if value.fract() == 0.0 && (0.0..9e15).contains(&value) => {
            Bytes::new(value as u64).to_string()
        }
        UnitKind::Bytes => print::human(value, &HUMAN_BYTES),
        UnitKind::Rate => print::human(value, &HUMAN_RATE),
        UnitKind::Iops => format!("{} IOPS", plain(value)),
        UnitKind::Ratio => format!("{} %", plain(value * 100.0)),
        UnitKind::Count => plain(value),
    }
}

/// Three significant digits, all digits left of the point, and no idle zeros.
fn plain(value: f64) -> String {
    if value.abs() >= 1_000.0 {
        return format!("{value:.0}");
    }
    let rounded = print::round_to_three(value);
    // The shortest text of the rounded number has no idle zeros.
    if rounded != 0.0 && rounded.abs() < 1e-4 {
        format!("{rounded:e}")
    } else {
        rounded.to_string()
    }
}
