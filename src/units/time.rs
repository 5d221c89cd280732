//! Points and spans of simulated time.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};
use std::str::FromStr;

use super::number::{check, parse};
use super::text::serde_as_text;
use super::{QuantityError, UnitKind, print};

const SYMBOLS: [&str; 5] = ["ps", "ns", "us", "ms", "s"];
const LIMIT: &str = "18446744 s (213 days)";
const FINEST: &str = "\"1 ps\"";
const PS_PER_S: u64 = 1_000_000_000_000;

/// The units a time is shown in to people: used from, size, symbol, all in seconds.
pub(super) const HUMAN_TIME: [(f64, f64, &str); 8] = [
    (172_800.0, 86_400.0, "d"),
    (7_200.0, 3_600.0, "h"),
    (120.0, 60.0, "min"),
    (1.0, 1.0, "s"),
    (1e-3, 1e-3, "ms"),
    (1e-6, 1e-6, "us"),
    (1e-9, 1e-9, "ns"),
    (0.0, 1e-12, "ps"),
];

/// A point in simulated time: picoseconds since the start of the run.
///
/// Two points cannot be added; their difference is a [`SimDuration`]. Picoseconds in a `u64` reach
/// 213 days; [`MAX`](Self::MAX) stands for "never" and additions saturate there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

/// A span of simulated time in picoseconds.
///
/// Sums, differences and products saturate at zero and at [`MAX`](Self::MAX) instead of wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimDuration(u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// The last representable point; read it as "never".
    pub const MAX: Self = Self(u64::MAX);

    /// The point `ps` picoseconds after the start.
    #[must_use]
    pub const fn from_ps(ps: u64) -> Self {
        Self(ps)
    }

    /// Picoseconds since the start.
    #[must_use]
    pub const fn as_ps(self) -> u64 {
        self.0
    }

    /// Seconds since the start, rounded to the nearest `f64`.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.since_start().as_secs_f64()
    }

    /// The span from the start to this point.
    #[must_use]
    pub const fn since_start(self) -> SimDuration {
        SimDuration(self.0)
    }

    /// The span since `earlier`, or `None` when `earlier` is later than this point.
    #[must_use]
    pub const fn checked_since(self, earlier: Self) -> Option<SimDuration> {
        match self.0.checked_sub(earlier.0) {
            Some(ps) => Some(SimDuration(ps)),
            None => None,
        }
    }

    /// The point `span` later, or `None` when that is beyond 213 days.
    #[must_use]
    pub const fn checked_add(self, span: SimDuration) -> Option<Self> {
        match self.0.checked_add(span.0) {
            Some(ps) => Some(Self(ps)),
            None => None,
        }
    }
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest span, 213 days.
    pub const MAX: Self = Self(u64::MAX);

    /// A span of whole picoseconds.
    #[must_use]
    pub const fn from_ps(ps: u64) -> Self {
        Self(ps)
    }

    /// A span of whole nanoseconds; saturates.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Self {
        Self(ns.saturating_mul(1_000))
    }

    /// A span of whole microseconds; saturates.
    #[must_use]
    pub const fn from_us(us: u64) -> Self {
        Self(us.saturating_mul(1_000_000))
    }

    /// A span of whole milliseconds; saturates.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000_000_000))
    }

    /// A span of whole seconds; saturates.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(PS_PER_S))
    }

    /// A span of `secs` seconds, rounded to the nearest picosecond.
    ///
    /// # Errors
    /// When `secs` is not finite, is negative, or is beyond 213 days.
    pub fn try_from_secs_f64(secs: f64) -> Result<Self, QuantityError> {
        let ps = (check(UnitKind::Time, secs)? * PS_PER_S as f64).round();
        // 2^64 is exact as f64, and every f64 below it fits a u64.
        if ps < 18_446_744_073_709_551_616.0 {
            Ok(Self(ps as u64))
        } else {
            let given = format!("{secs} s");
            Err(QuantityError::TooLarge { kind: UnitKind::Time, given, limit: LIMIT })
        }
    }

    /// Whole picoseconds.
    #[must_use]
    pub const fn as_ps(self) -> u64 {
        self.0
    }

    /// Seconds, rounded to the nearest `f64`.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / PS_PER_S as f64
    }

    /// Whether the span is empty.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, held at [`MAX`](Self::MAX).
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, held at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The span `count` times over, held at [`MAX`](Self::MAX).
    #[must_use]
    pub const fn saturating_mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// The span since the other point; zero when the other point is later.
impl Sub for SimTime {
    type Output = SimDuration;

    fn sub(self, earlier: Self) -> SimDuration {
        SimDuration(self.0.saturating_sub(earlier.0))
    }
}

/// The later point, held at [`SimTime::MAX`].
impl Add<SimDuration> for SimTime {
    type Output = Self;

    fn add(self, span: SimDuration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// Saturates like `+`.
impl AddAssign<SimDuration> for SimTime {
    fn add_assign(&mut self, span: SimDuration) {
        *self = *self + span;
    }
}

/// Saturates, see [`SimDuration::saturating_add`].
impl Add for SimDuration {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.saturating_add(other)
    }
}

/// Saturates like `+`.
impl AddAssign for SimDuration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Saturates, see [`SimDuration::saturating_sub`].
impl Sub for SimDuration {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

/// Saturates, see [`SimDuration::saturating_mul`].
impl Mul<u64> for SimDuration {
    type Output = Self;

    fn mul(self, count: u64) -> Self {
        self.saturating_mul(count)
    }
}

/// Saturates like `+`.
impl Sum for SimDuration {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

/// Three significant digits; `{:#}` prints all of them.
impl fmt::Display for SimDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if formatter.alternate() {
            formatter.write_str(&print::exact_thousands(self.0, &SYMBOLS))
        } else {
            formatter.pad(&print::human(self.as_secs_f64(), &HUMAN_TIME))
        }
    }
}

/// As the span since the start.
impl fmt::Display for SimTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.since_start().fmt(formatter)
    }
}

impl FromStr for SimDuration {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(UnitKind::Time, text)?.to_u64(12, LIMIT, FINEST).map(Self)
    }
}

/// Reads the span since the start.
impl FromStr for SimTime {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        text.parse::<SimDuration>().map(|span| Self(span.0))
    }
}

serde_as_text!(SimDuration, UnitKind::Time);
serde_as_text!(SimTime, UnitKind::Time);
