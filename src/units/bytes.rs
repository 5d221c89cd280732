//! Amounts of data.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use super::number::parse;
use super::text::serde_as_text;
use super::{QuantityError, UnitKind, print};

const BINARY: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DECIMAL: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
const LIMIT: &str = "18446 PB";
const FINEST: &str = "\"1 B\"";

/// The units a size is shown in to people: used from, size, symbol, all in bytes.
pub(super) const HUMAN_BYTES: [(f64, f64, &str); 6] = [
    (1e15, 1e15, "PB"),
    (1e12, 1e12, "TB"),
    (1e9, 1e9, "GB"),
    (1e6, 1e6, "MB"),
    (1e3, 1e3, "kB"),
    (0.0, 1.0, "B"),
];

/// An amount of data in bytes. Sums and differences saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(u64);

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `bytes` bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// `kib` times 1024 bytes; saturates.
    #[must_use]
    pub const fn from_kib(kib: u64) -> Self {
        Self(kib.saturating_mul(1 << 10))
    }

    /// `mib` times 1024² bytes; saturates.
    #[must_use]
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib.saturating_mul(1 << 20))
    }

    /// `gib` times 1024³ bytes; saturates.
    #[must_use]
    pub const fn from_gib(gib: u64) -> Self {
        Self(gib.saturating_mul(1 << 30))
    }

    /// The number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of bytes, rounded to the nearest `f64`.
    #[must_use]
    pub const fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// The difference, held at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The shortest exact text; binary and decimal units compete, binary wins a tie.
    fn exact(self) -> String {
        let candidates = |base: u64, symbols: [&'static str; 6]| {
            (0_u32..).zip(symbols).filter_map(move |(power, symbol)| {
                let size = base.pow(power);
                self.0.is_multiple_of(size).then(|| format!("{} {symbol}", self.0 / size))
            })
        };
        let digits = |text: &String| text.bytes().filter(u8::is_ascii_digit).count();
        if self.0 == 0 {
            return "0 B".to_owned();
        }
        candidates(1_024, BINARY)
            .chain(candidates(1_000, DECIMAL))
            .min_by_key(digits)
            .unwrap_or_default()
    }
}

/// Saturates.
impl Add for Bytes {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Saturates.
impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Saturates at zero.
impl Sub for Bytes {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

/// Saturates.
impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// Exact where that is short (`8 KiB`, `30 GB`, `1500 B`), else three significant digits; `{:#}`
/// is always exact.
impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHORT: usize = "16384 KiB".len();
        let exact = self.exact();
        if formatter.alternate() {
            formatter.write_str(&exact)
        } else if exact.len() <= SHORT {
            formatter.pad(&exact)
        } else {
            formatter.pad(&print::human(self.as_f64(), &HUMAN_BYTES))
        }
    }
}

impl FromStr for Bytes {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        parse(UnitKind::Bytes, text)?.to_u64(0, LIMIT, FINEST).map(Self)
    }
}

serde_as_text!(Bytes, UnitKind::Bytes);
