//! Operation rates.

use std::fmt;
use std::str::FromStr;

use super::number::{check, parse};
use super::text::serde_as_text;
use super::{QuantityError, UnitKind, print, quantity};

/// Operations per second: finite and not negative.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Iops(f64);

impl Iops {
    /// No operations.
    pub const ZERO: Self = Self(0.0);

    /// `per_second` operations per second.
    ///
    /// # Errors
    /// When the number is not finite or is negative.
    pub fn new(per_second: f64) -> Result<Self, QuantityError> {
        check(UnitKind::Iops, per_second).map(Self)
    }

    /// Operations per second.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// Three significant digits below 1000, whole operations above; `{:#}` is exact.
impl fmt::Display for Iops {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if formatter.alternate() {
            write!(formatter, "{} IOPS", print::exact_shifted(self.0, 0))
        } else {
            formatter.pad(&quantity::format_as(UnitKind::Iops, self.0))
        }
    }
}

impl FromStr for Iops {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(UnitKind::Iops, text)?.to_f64().map(Self)
    }
}

serde_as_text!(Iops, UnitKind::Iops);
