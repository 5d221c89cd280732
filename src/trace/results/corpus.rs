//! Real files, whole and damaged: what every reader has to bear.

use proptest::prelude::*;

/// A file of `tests/data`.
pub(super) fn file(path: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data");
    std::fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One thing done to a file.
#[derive(Debug, Clone)]
pub(super) enum Damage {
    Byte(usize, u8),
    Cut(usize),
    Splice(usize, usize, usize),
    DropLine(usize),
    DoubleLine(usize),
    Text(usize, &'static str),
}

/// Texts that break numbers and structures.
const TEXTS: [&str; 14] = [
    "-1",
    "NaN",
    "1e999",
    "99999999999999999999999",
    "1,5",
    "|",
    "\t",
    "{",
    "}",
    "<a>",
    "&b;",
    "\"",
    "\u{fffd}",
    "\0",
];

/// Up to five of them.
pub(super) fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let at = any::<usize>;
    let one = prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        at().prop_map(Damage::Cut),
        (at(), at(), 0_usize..400).prop_map(|(from, to, bytes)| Damage::Splice(from, to, bytes)),
        at().prop_map(Damage::DropLine),
        at().prop_map(Damage::DoubleLine),
        (at(), prop::sample::select(&TEXTS[..])).prop_map(|(at, text)| Damage::Text(at, text)),
    ];
    prop::collection::vec(one, 1..6)
}

/// The file after all of that.
pub(super) fn damaged(file: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match *damage {
            Damage::Byte(at, byte) => bytes[at % length] = byte,
            Damage::Cut(at) => bytes.truncate(at % length),
            Damage::Splice(from, to, count) => {
                let from = from % length;
                let piece = bytes[from..length.min(from + count)].to_vec();
                let to = to % length;
                bytes.splice(to..to, piece);
            }
            Damage::DropLine(at) => {
                let (start, end) = line(&bytes, at % length);
                bytes.drain(start..end);
            }
            Damage::DoubleLine(at) => {
                let (start, end) = line(&bytes, at % length);
                let again = bytes[start..end].to_vec();
                bytes.splice(start..start, again);
            }
            Damage::Text(at, text) => {
                let at = at % length;
                bytes.splice(at..(at + 1).min(length), text.bytes());
            }
        }
    }
    bytes
}

fn line(bytes: &[u8], at: usize) -> (usize, usize) {
    let start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n + 1);
    (start, end)
}

/// Every number of every result is one.
pub(super) fn sound(measured: &super::Measured) -> bool {
    let number = |value: Option<f64>| value.is_none_or(|value| value.is_finite() && value >= 0.0);
    let flow = |flow: &super::Flow| {
        number(flow.iops)
            && number(flow.bytes_per_s)
            && number(flow.latency.mean_s)
            && number(flow.latency.deviation_s)
            && flow.latency.percentiles.iter().all(|p| number(Some(p.seconds)))
    };
    let flows =
        |flows: &super::Flows| [&flows.total, &flows.read, &flows.write].into_iter().all(flow);
    match measured {
        super::Measured::Tests(tests) => tests.iter().all(|test| {
            number(test.duration_s)
                && flows(&test.flows)
                && test.targets.iter().all(|target| flows(&target.flows))
        }),
        super::Measured::Links(links) => links
            .iter()
            .all(|link| number(link.sent_bytes_per_s) && number(link.received_bytes_per_s)),
    }
}

/// The text in UTF-16 with a mark, as Windows redirects it.
pub(super) fn utf16(file: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(file).expect("the file is text");
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}
