//! Unit symbols and what they multiply by.

use super::UnitKind;

/// A unit is worth `factor` times `10^ten` of the base unit of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) factor: u64,
    pub(super) ten: i32,
}

const fn tens(ten: i32) -> Scale {
    Scale { factor: 1, ten }
}

const fn times(factor: u64) -> Scale {
    Scale { factor, ten: 0 }
}

/// The scale of `unit`, or `None` when it is no unit of this kind.
pub(super) fn scale(kind: UnitKind, unit: &str) -> Option<Scale> {
    match kind {
        UnitKind::Time => time(unit),
        UnitKind::Bytes => bytes(unit),
        UnitKind::Rate => rate(unit),
        UnitKind::Iops => matches!(unit, "IOPS" | "iops" | "/s").then_some(tens(0)),
        UnitKind::Ratio => (unit == "%").then_some(tens(-2)),
        UnitKind::Count => unit.is_empty().then_some(tens(0)),
    }
}

fn time(unit: &str) -> Option<Scale> {
    Some(match unit {
        "ps" => tens(-12),
        "ns" => tens(-9),
        // The micro sign and the Greek letter look alike and are both on keyboards.
        "us" | "\u{b5}s" | "\u{3bc}s" => tens(-6),
        "ms" => tens(-3),
        "s" => tens(0),
        "min" => times(60),
        "h" => times(3_600),
        "d" => times(86_400),
        _ => return None,
    })
}

fn bytes(unit: &str) -> Option<Scale> {
    Some(match unit {
        "B" => times(1),
        "KiB" => times(1 << 10),
        "MiB" => times(1 << 20),
        "GiB" => times(1 << 30),
        "TiB" => times(1 << 40),
        "PiB" => times(1 << 50),
        "kB" | "KB" => tens(3),
        "MB" => tens(6),
        "GB" => tens(9),
        "TB" => tens(12),
        "PB" => tens(15),
        _ => return None,
    })
}

fn rate(unit: &str) -> Option<Scale> {
    if let Some(amount) = unit.strip_suffix("/s")
        && let Some(scale) = bytes(amount)
    {
        // No rate needs PiB/s, and without it the product of digits and factor fits a u128.
        return (!amount.starts_with('P')).then_some(Scale { factor: scale.factor * 8, ..scale });
    }
    // `gbps` is common and never bytes; `gb/s` is common and could be either, so it is refused.
    let prefix = match unit {
        "bps" | "kbps" | "mbps" | "gbps" | "tbps" => unit.strip_suffix("bps"),
        _ => ["bit/s", "bps", "b/s"].into_iter().find_map(|tail| unit.strip_suffix(tail)),
    }?;
    Some(match (prefix, unit.ends_with("bps")) {
        ("", _) => tens(0),
        ("k" | "K", _) => tens(3),
        ("M", _) | ("m", true) => tens(6),
        ("G", _) | ("g", true) => tens(9),
        ("T", _) | ("t", true) => tens(12),
        _ => return None,
    })
}

/// The two readings of a unit that people use for different things, ready to be pasted.
pub(super) fn ambiguous(kind: UnitKind, number: &str, unit: &str) -> Option<String> {
    let upper = unit.to_ascii_uppercase();
    match (kind, upper.as_str()) {
        (UnitKind::Bytes, "K") => {
            Some(format!("\"{number} KiB\" (binary) or \"{number} kB\" (decimal)"))
        }
        (UnitKind::Bytes, "M" | "G" | "T" | "P") => {
            Some(format!("\"{number} {upper}iB\" (binary) or \"{number} {upper}B\" (decimal)"))
        }
        (UnitKind::Rate, "K" | "KB/S" | "KBPS") => {
            Some(format!("\"{number} kbit/s\" (bits) or \"{number} kB/s\" (bytes)"))
        }
        (UnitKind::Rate, "M" | "G" | "T" | "MB/S" | "GB/S" | "TB/S" | "MBPS" | "GBPS" | "TBPS") => {
            let prefix = &upper[..1];
            Some(format!("\"{number} {prefix}bit/s\" (bits) or \"{number} {prefix}B/s\" (bytes)"))
        }
        (UnitKind::Time, "M") => Some(format!("\"{number} min\" or \"{number} ms\"")),
        _ => None,
    }
}
