//! An instant of a timeline.

use std::fmt;

/// Microseconds since the start of a timeline.
///
/// Time above the I/O level: hours to years. Integers, so that two runs agree to the last bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The start.
    pub const START: Self = Self(0);
    /// Later than anything.
    pub const NEVER: Self = Self(u64::MAX);

    /// So many milliseconds after the start.
    #[must_use]
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms.saturating_mul(1000))
    }

    /// So many microseconds after the start.
    #[must_use]
    pub const fn from_us(us: u64) -> Self {
        Self(us)
    }

    /// Microseconds since the start.
    #[must_use]
    pub const fn us(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the start.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 / 1000
    }

    /// Seconds since the start.
    #[must_use]
    pub const fn secs(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// So many milliseconds later.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> Self {
        self.plus_us(ms.saturating_mul(1000))
    }

    /// So many microseconds later.
    #[must_use]
    pub const fn plus_us(self, us: u64) -> Self {
        Self(self.0.saturating_add(us))
    }

    /// So many seconds later, rounded up to a microsecond; never for what is not finite.
    #[must_use]
    pub fn plus_secs(self, secs: f64) -> Self {
        let us = (secs * 1e6).ceil();
        if us.is_finite() { self.plus_us(us.max(0.0) as u64) } else { Self::NEVER }
    }

    /// Seconds from an earlier instant to this one; zero from a later one.
    #[must_use]
    pub const fn secs_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1e6
    }
}

impl fmt::Display for Moment {
    /// Days, hours, minutes and seconds since the start.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (s, ms) = (self.0 / 1_000_000, self.0 / 1000 % 1000);
        let (days, h, min, s) = (s / 86_400, s / 3600 % 24, s / 60 % 60, s % 60);
        if days > 0 {
            write!(f, "{days} d ")?;
        }
        write!(f, "{h:02}:{min:02}:{s:02}")?;
        if ms > 0 { write!(f, ".{ms:03}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_and_add() {
        let m = Moment::START.plus_secs(90_061.5);
        assert_eq!(m.to_string(), "1 d 01:01:01.500");
        assert_eq!(m.secs_since(Moment::from_ms(61_500)), 90_000.0);
        assert_eq!(Moment::START.plus_secs(f64::INFINITY), Moment::NEVER);
        assert_eq!(Moment::START.plus_secs(-1.0), Moment::START);
        assert_eq!(Moment::NEVER.plus_ms(1), Moment::NEVER);
    }
}
