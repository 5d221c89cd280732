//! Forms of text, as regular expressions that JSON Schema, Rust and editors read alike.

use crate::units::UnitKind;

/// A number as quantities begin with.
macro_rules! with_unit {
    ($units:literal) => {
        concat!(r"^\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*(", $units, r")\s*$")
    };
}

/// A length of time by the clock.
macro_rules! length {
    () => {
        r"^\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)\s*(ms|s|min|h|d)\s*$|^\s*\+?[0-9]+(\.0*)?\s*"
    };
}

const DATE: &str = r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$";
pub(super) const LENGTH: &str = concat!(length!(), r"wk\s*$");
pub(super) const LONG_LENGTH: &str = concat!(length!(), r"(wk|mo|y)\s*$");
pub(super) const INSTANT: &str =
    concat!(r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$|", length!(), r"(wk|mo|y)\s*$");

/// A date, perhaps with a time of day.
pub(super) const fn date() -> &'static str {
    DATE
}

/// The form of a quantity; plain numbers have none.
pub(super) const fn of(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Time => with_unit!("ps|ns|us|µs|μs|ms|s|min|h|d"),
        UnitKind::Bytes => with_unit!("B|[KMGTP]iB|[kKMGTP]B"),
        UnitKind::Rate => {
            with_unit!("(B|[KMGT]iB|[kKMGT]B)/s|[kKMGT]?(bit/s|b/s|bps)|[mgt]bps")
        }
        UnitKind::Iops => with_unit!("IOPS|iops|/s"),
        UnitKind::Ratio => with_unit!("%"),
        UnitKind::Count => ".",
    }
}

/// What a quantity looks like.
pub(super) const fn example(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Time => "250 us",
        UnitKind::Bytes => "64 KiB",
        UnitKind::Rate => "10 Gbit/s",
        UnitKind::Iops => "5000 IOPS",
        UnitKind::Ratio => "70 %",
        UnitKind::Count => "4",
    }
}

/// What a quantity is, with an example.
pub(super) fn told(kind: UnitKind) -> String {
    format!(
        "{}, such as \"{}\"",
        &kind.noun()[kind.noun().find(' ').map_or(0, |at| at + 1)..],
        example(kind)
    )
}
