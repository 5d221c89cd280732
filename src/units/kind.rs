//! The kinds of quantity a parameter or a field can hold.

use serde::{Deserialize, Serialize};

/// What a bare `f64` counts, and therefore which units its text may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum UnitKind {
    /// A span of time; the base unit is the second.
    Time,
    /// An amount of data; the base unit is the byte.
    Bytes,
    /// Data per time; the base unit is the bit per second.
    Rate,
    /// Operations per time; the base unit is one operation per second.
    Iops,
    /// A share; the base value is the fraction, so `50 %` is 0.5.
    Ratio,
    /// A plain number. The only kind whose text carries no unit.
    Count,
}

impl UnitKind {
    /// The noun used in messages, such as "a time".
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Time => "a time",
            Self::Bytes => "a size in bytes",
            Self::Rate => "a data rate",
            Self::Iops => "an operation rate",
            Self::Ratio => "a ratio",
            Self::Count => "a plain number",
        }
    }

    /// The accepted unit symbols, as listed in help texts.
    pub(super) const fn symbols(self) -> &'static str {
        match self {
            Self::Time => "ps, ns, us, ms, s, min, h, d",
            Self::Bytes => "B, KiB, MiB, GiB, TiB, PiB (powers of 1024), kB, MB, GB, TB, PB",
            Self::Rate => "Mbit/s, Gbit/s, Mbps, Gbps (bits), MB/s, GB/s, MiB/s, GiB/s (bytes)",
            Self::Iops => "IOPS, /s",
            Self::Ratio => "%",
            Self::Count => "none",
        }
    }
}
