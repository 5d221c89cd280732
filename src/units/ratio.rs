//! Shares of a whole.

use std::fmt;
use std::str::FromStr;

use super::number::{check, parse};
use super::text::serde_as_text;
use super::{QuantityError, UnitKind, print, quantity};

/// A share, kept as a fraction: finite and not negative. Above one is allowed, as in growth.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Ratio(f64);

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self(0.0);
    /// The whole.
    pub const ONE: Self = Self(1.0);

    /// The share `fraction`, where 1 is the whole.
    ///
    /// # Errors
    /// When the number is not finite or is negative.
    pub fn from_fraction(fraction: f64) -> Result<Self, QuantityError> {
        check(UnitKind::Ratio, fraction).map(Self)
    }

    /// The fraction, where 1 is the whole.
    #[must_use]
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// Three significant digits in percent; `{:#}` is exact.
impl fmt::Display for Ratio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if formatter.alternate() {
            write!(formatter, "{} %", print::exact_shifted(self.0, 2))
        } else {
            formatter.pad(&quantity::format_as(UnitKind::Ratio, self.0))
        }
    }
}

impl FromStr for Ratio {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(UnitKind::Ratio, text)?.to_f64().map(Self)
    }
}

serde_as_text!(Ratio, UnitKind::Ratio);
