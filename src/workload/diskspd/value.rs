//! Values of flags: sizes, affinities and distributions.

use super::{HotSpot, HotSpotLength};

/// How to write a size.
pub(super) const SIZE_HELP: &str =
    "give bytes, or a number with K, M, G or T (powers of 1024) or b (blocks of -b), as in 8K";

/// Digits at the start of a text and what follows them.
pub(super) fn digits(text: &str) -> Result<(u64, &str), String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    if number.is_empty() {
        return Err(match text.chars().next() {
            None => "a number is missing".to_owned(),
            Some(_) => format!("{text:?} does not start with a whole number"),
        });
    }
    Ok((number.parse().map_err(|_| format!("{number} is too large"))?, rest))
}

/// A size at the start of a text, in bytes, and what follows it.
pub(super) fn size_prefix(text: &str, block_bytes: u32) -> Result<(u64, &str), String> {
    let (number, rest) = digits(text)?;
    let unit = rest.chars().next().map(|c| c.to_ascii_uppercase());
    let (unit_bytes, unit_len) = match unit {
        Some('K') => (1 << 10, 1),
        Some('M') => (1 << 20, 1),
        Some('G') => (1 << 30, 1),
        Some('T') => (1 << 40, 1),
        Some('B') => (u64::from(block_bytes), 1),
        _ => (1, 0),
    };
    let bytes = number.checked_mul(unit_bytes);
    let bytes = bytes.ok_or_else(|| format!("{text} is 2^64 bytes or more"))?;
    Ok((bytes, &rest[unit_len..]))
}

/// A text that is a size and nothing else, in bytes.
pub(super) fn size(text: &str, block_bytes: u32) -> Result<u64, String> {
    match size_prefix(text, block_bytes)? {
        (bytes, "") => Ok(bytes),
        (_, rest) => Err(format!("{rest:?} follows the size")),
    }
}

/// Checks an affinity list such as `g0,0,1,g1,0`; true when it assigns at least one processor.
pub(super) fn affinity(text: &str) -> Result<bool, String> {
    // `-a` and `-ag` state the default.
    if text.is_empty() || text == "g" {
        return Ok(false);
    }
    let mut ends_in_processor = false;
    for item in text.split(',') {
        let (number, most, what) = match item.strip_prefix('g') {
            Some(group) => (group, u64::from(u16::MAX), "group"),
            None => (item, u64::from(u8::MAX), "processor"),
        };
        match digits(number)? {
            (value, "") if value <= most => {}
            (value, "") => return Err(format!("{what} {value} is above {most}")),
            (_, rest) => return Err(format!("{rest:?} follows a {what}")),
        }
        ends_in_processor = what == "processor";
    }
    if ends_in_processor { Ok(true) } else { Err("the last group has no processor".to_owned()) }
}

/// Reads `pct90/10:5/20` or `abs90/10G:5/20G` and adds the part that is left.
pub(super) fn distribution(text: &str, block_bytes: u32) -> Result<Vec<HotSpot>, String> {
    let (percent, mut rest) = match (text.strip_prefix("pct"), text.strip_prefix("abs")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err("the distribution is neither pct nor abs".to_owned()),
    };
    let mut spots = Vec::new();
    // What is left to give, of I/O and (for pct) of the target.
    let (mut io_left, mut target_left) = (100, 100);
    loop {
        let (io, after_io) = digits(rest)?;
        if io > io_left {
            return Err(format!("{io} % of I/O where {io_left} % are left"));
        }
        io_left -= io;
        let after_io =
            after_io.strip_prefix('/').ok_or_else(|| format!("no / follows the {io} % of I/O"))?;
        let (length, after_length) = if percent {
            let (share, after) = digits(after_io)?;
            if share == 0 || share > target_left {
                return Err(format!("{share} % of the target where 1 to {target_left} % are left"));
            }
            target_left -= share;
            (HotSpotLength::Percent(share as u8), after)
        } else {
            let (bytes, after) = size_prefix(after_io, block_bytes)?;
            if bytes == 0 || bytes < u64::from(block_bytes) {
                return Err(format!("a part of {bytes} bytes is smaller than a block"));
            }
            (HotSpotLength::Bytes(bytes), after)
        };
        spots.push(HotSpot { io_percent: io as u8, length });
        match after_length.strip_prefix(':') {
            Some(next) => rest = next,
            None if after_length.is_empty() => break,
            None => return Err(format!("{after_length:?} where : or the end must follow")),
        }
    }
    if percent {
        match (io_left, target_left) {
            (0, 0) => {}
            (0, left) => {
                return Err(format!("all I/O is given but {left} % of the target are left"));
            }
            (left, 0) => return Err(format!("the target is covered but {left} % of I/O are left")),
            (io, target) => spots.push(HotSpot {
                io_percent: io as u8,
                length: HotSpotLength::Percent(target as u8),
            }),
        }
    } else if io_left > 0 {
        spots.push(HotSpot { io_percent: io_left as u8, length: HotSpotLength::Rest });
    }
    Ok(spots)
}
