//! Data rates of wires and devices.

use std::fmt;
use std::str::FromStr;

use super::number::parse;
use super::text::serde_as_text;
use super::{Bytes, QuantityError, SimDuration, UnitKind, print};

const SYMBOLS: [&str; 5] = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"];
const LIMIT: &str = "18446744 Tbit/s";
const FINEST: &str = "\"1 bit/s\"";

/// The units a rate is shown in to people: used from, size, symbol, all in bit/s.
pub(super) const HUMAN_RATE: [(f64, f64, &str); 5] = [
    (1e12, 1e12, "Tbit/s"),
    (1e9, 1e9, "Gbit/s"),
    (1e6, 1e6, "Mbit/s"),
    (1e3, 1e3, "kbit/s"),
    (0.0, 1.0, "bit/s"),
];

/// A data rate in bits per second. Bits and bytes never convert silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BitRate(u64);

impl BitRate {
    /// No capacity.
    pub const ZERO: Self = Self(0);

    /// `bits` bits per second.
    #[must_use]
    pub const fn from_bps(bits: u64) -> Self {
        Self(bits)
    }

    /// `gigabits` times 10⁹ bits per second; saturates.
    #[must_use]
    pub const fn from_gbps(gigabits: u64) -> Self {
        Self(gigabits.saturating_mul(1_000_000_000))
    }

    /// `bytes` bytes per second; saturates.
    #[must_use]
    pub const fn from_bytes_per_sec(bytes: u64) -> Self {
        Self(bytes.saturating_mul(8))
    }

    /// Bits per second.
    #[must_use]
    pub const fn bps(self) -> u64 {
        self.0
    }

    /// Bytes per second.
    #[must_use]
    pub fn bytes_per_sec(self) -> f64 {
        self.0 as f64 / 8.0
    }

    /// The time `amount` takes at this rate, `8 · amount / rate`, rounded up to a whole picosecond
    /// so that no sequence of transfers is faster than the rate.
    ///
    /// Held at [`SimDuration::MAX`]; a rate of zero takes for ever, unless nothing is sent.
    #[must_use]
    pub fn time_for(self, amount: Bytes) -> SimDuration {
        // At most 2^64 * 2^3 * 2^40, which fits.
        let bit_ps = u128::from(amount.get()) * 8 * 1_000_000_000_000;
        match (bit_ps, self.0) {
            (0, _) => SimDuration::ZERO,
            (_, 0) => SimDuration::MAX,
            (_, rate) => SimDuration::from_ps(
                bit_ps.div_ceil(u128::from(rate)).try_into().unwrap_or(u64::MAX),
            ),
        }
    }

    /// Picoseconds per byte, `8·10¹² / rate`; infinite for a rate of zero.
    #[must_use]
    pub fn ps_per_byte(self) -> f64 {
        8e12 / self.0 as f64
    }
}

/// Exact where that is short (`10 Gbit/s`, `2.5 Gbit/s`), else three significant digits; `{:#}` is
/// always exact.
impl fmt::Display for BitRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHORT: usize = "2.5 Gbit/s".len() + 1;
        let exact = print::exact_thousands(self.0, &SYMBOLS);
        if formatter.alternate() {
            formatter.write_str(&exact)
        } else if exact.len() <= SHORT {
            formatter.pad(&exact)
        } else {
            formatter.pad(&print::human(self.0 as f64, &HUMAN_RATE))
        }
    }
}

impl FromStr for BitRate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(UnitKind::Rate, text)?.to_u64(0, LIMIT, FINEST).map(Self)
    }
}

serde_as_text!(BitRate, UnitKind::Rate);
