//! Why a text is not a quantity, and what would be one.

use thiserror::Error;

use super::UnitKind;

/// A text or number that is not the quantity it should be.
///
/// The message says what was wrong; [`help`](Self::help) says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuantityError {
    /// Nothing but white space.
    #[error("the text is empty where {} is expected", kind.noun())]
    Empty {
        /// What was expected.
        kind: UnitKind,
    },
    /// The text does not start with a decimal number.
    #[error("`{given}` is not {}", kind.noun())]
    NotANumber {
        /// What was expected.
        kind: UnitKind,
        /// The text, shortened.
        given: String,
    },
    /// Infinity or not-a-number.
    #[error("`{given}` is not a finite number")]
    NotFinite {
        /// What was expected.
        kind: UnitKind,
        /// The text, shortened.
        given: String,
    },
    /// Below zero.
    #[error("`{given}` is negative")]
    Negative {
        /// What was expected.
        kind: UnitKind,
        /// The text, shortened.
        given: String,
    },
    /// A bare number.
    #[error("`{number}` has no unit")]
    UnitMissing {
        /// What was expected.
        kind: UnitKind,
        /// The number as written.
        number: String,
    },
    /// A unit that does not belong to this kind of quantity.
    #[error("`{unit}` is not a unit of {}", kind.noun())]
    UnitUnknown {
        /// What was expected.
        kind: UnitKind,
        /// The number as written.
        number: String,
        /// The unit as written, shortened.
        unit: String,
    },
    /// A unit that people read in two ways, such as `K` or `m`.
    #[error("`{unit}` can be read in two ways")]
    UnitAmbiguous {
        /// What was expected.
        kind: UnitKind,
        /// The number as written.
        number: String,
        /// The unit as written.
        unit: String,
        /// The two readings, ready to be pasted.
        readings: String,
    },
    /// Larger than the type can hold.
    #[error("`{given}` is too large")]
    TooLarge {
        /// What was expected.
        kind: UnitKind,
        /// The text, shortened.
        given: String,
        /// The largest value that fits.
        limit: &'static str,
    },
    /// Above zero but below the resolution, so that it would silently become zero.
    #[error("`{given}` is too small")]
    TooSmall {
        /// What was expected.
        kind: UnitKind,
        /// The text, shortened.
        given: String,
        /// The smallest value above zero.
        finest: &'static str,
    },
}

impl QuantityError {
    /// What would have been right.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Empty { kind } => format!("write {}", example(*kind)),
            Self::NotANumber { kind, given } => match repaired(given) {
                Some(text) => format!("write \"{text}\""),
                None => format!("write {}", example(*kind)),
            },
            Self::NotFinite { kind, .. } | Self::Negative { kind, .. } => {
                format!("write a number of zero or more, such as {}", example(*kind))
            }
            Self::UnitMissing { kind, number } => with_units(*kind, number),
            Self::UnitUnknown { kind: UnitKind::Count, number, .. } => {
                format!("write {number} without a unit")
            }
            Self::UnitUnknown { kind, number, unit } => {
                if let Some(near) = near_unit(*kind, unit) {
                    format!("write \"{number} {near}\"; units are {}", kind.symbols())
                } else {
                    format!("{}; units are {}", with_units(*kind, number), kind.symbols())
                }
            }
            Self::UnitAmbiguous { readings, .. } => format!("write {readings}"),
            Self::TooLarge { limit, .. } => format!("the largest possible value is {limit}"),
            Self::TooSmall { finest, .. } => {
                format!("write 0 with a unit, or at least {finest}")
            }
        }
    }
}

/// A literal that is right for `kind`, quoted where the file needs quotes.
const fn example(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Time => "\"10 ms\"",
        UnitKind::Bytes => "\"64 KiB\"",
        UnitKind::Rate => "\"10 Gbit/s\"",
        UnitKind::Iops => "\"5000 IOPS\"",
        UnitKind::Ratio => "\"50 %\"",
        UnitKind::Count => "10",
    }
}

/// The same number with the units it could have meant.
fn with_units(kind: UnitKind, number: &str) -> String {
    match kind {
        UnitKind::Time => format!("write \"{number} s\", \"{number} ms\" or \"{number} us\""),
        UnitKind::Bytes => {
            format!("write \"{number} B\", \"{number} KiB\", \"{number} MiB\" or \"{number} GB\"")
        }
        UnitKind::Rate => {
            format!("write \"{number} Gbit/s\" (bits) or \"{number} GB/s\" (bytes)")
        }
        UnitKind::Iops => format!("write \"{number} IOPS\""),
        UnitKind::Ratio => match number.parse::<f64>() {
            // A fraction is the likely meaning of a bare number up to one.
            Ok(fraction) if fraction > 0.0 && fraction <= 1.0 => {
                format!("write \"{} %\"", super::print::exact_shifted(fraction, 2))
            }
            _ => format!("write \"{number} %\""),
        },
        UnitKind::Count => format!("write {number}"),
    }
}

/// The unit somebody meant who wrote it in another spelling.
fn near_unit(kind: UnitKind, unit: &str) -> Option<&'static str> {
    let lower = unit.to_lowercase();
    let table: &[(&str, &str)] = match kind {
        UnitKind::Time => &[
            ("sec", "s"),
            ("secs", "s"),
            ("second", "s"),
            ("seconds", "s"),
            ("msec", "ms"),
            ("usec", "us"),
            ("mins", "min"),
            ("minute", "min"),
            ("minutes", "min"),
            ("hr", "h"),
            ("hours", "h"),
            ("hour", "h"),
            ("day", "d"),
            ("days", "d"),
        ],
        UnitKind::Bytes => &[
            ("byte", "B"),
            ("bytes", "B"),
            ("kib", "KiB"),
            ("mib", "MiB"),
            ("gib", "GiB"),
            ("tib", "TiB"),
            ("pib", "PiB"),
            ("kb", "kB"),
            ("mb", "MB"),
            ("gb", "GB"),
            ("tb", "TB"),
            ("pb", "PB"),
        ],
        UnitKind::Rate => &[
            ("gbit", "Gbit/s"),
            ("mbit", "Mbit/s"),
            ("kbit/s", "kbit/s"),
            ("mbit/s", "Mbit/s"),
            ("gbit/s", "Gbit/s"),
            ("tbit/s", "Tbit/s"),
            ("gib/s", "GiB/s"),
            ("mib/s", "MiB/s"),
            ("kib/s", "KiB/s"),
        ],
        UnitKind::Iops => &[("iop/s", "IOPS"), ("io/s", "IOPS"), ("ops", "IOPS")],
        UnitKind::Ratio => &[("percent", "%"), ("pct", "%")],
        UnitKind::Count => &[],
    };
    table.iter().find(|(spelling, _)| *spelling == lower).map(|(_, unit)| *unit)
}

/// The text without digit grouping and with a decimal point, if that is all that was wrong.
fn repaired(given: &str) -> Option<String> {
    let grouped = given.contains('_') && !given.starts_with('_');
    let comma = given.matches(',').count() == 1 && !given.contains('.');
    let starts_right = given.starts_with(|c: char| c.is_ascii_digit());
    match (starts_right, grouped, comma) {
        (true, true, false) => Some(given.replace('_', "")),
        (true, false, true) => Some(given.replace(',', ".")),
        _ => None,
    }
}

/// `text` cut to a length that fits a message, with control characters made visible.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
