//! Which layout a trace has, told from its first line.

use std::io::{Chain, Cursor, Read};

use super::layouts::is_systor_head;
use super::{BlockFormat, MAX_LINE_BYTES};
use crate::trace::text::{Lines, whole_line};
use crate::trace::{RowError, TraceError, TraceProblem};

/// What a trace is detected from, in bytes; its first line is far shorter.
const HEAD_BYTES: u64 = 4 * 1024;

/// A trace whose begin was looked at.
pub(super) type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// The layout and the whole of the trace.
pub(super) fn detect<R: Read>(
    name: &str,
    mut reader: R,
) -> Result<(BlockFormat, Whole<R>), TraceError> {
    let mut head = Vec::new();
    let read = (&mut reader).take(HEAD_BYTES).read_to_end(&mut head);
    if let Err(source) = read {
        return Err(TraceError::Io { file: name.to_owned(), line: 1, source });
    }
    let mut lines = Lines::new(head.as_slice(), MAX_LINE_BYTES);
    let format = match lines.next_text() {
        Ok(Some(line)) => of_line(line.text).ok_or_else(|| {
            let text = "the layout of the trace is not told by its first line".to_owned();
            let help = "name it with `format`: csvnet (whose first line names time_ns, op and \
                        sectors), msr, blkparse, spc or systor; or say the columns with \
                        `mapping`";
            let fault = whole_line(line.number, TraceProblem::Content { text }, help);
            TraceError::one(name, fault)
        })?,
        // An empty or unreadable one is told by the reader of the plain layout.
        Ok(None) | Err(RowError::Fault(_)) => BlockFormat::Csvnet,
        Err(RowError::Io { line, source }) => {
            return Err(TraceError::Io { file: name.to_owned(), line, source });
        }
    };
    Ok((format, Cursor::new(head).chain(reader)))
}

/// The only layout with such a first line.
pub(super) fn of_line(line: &str) -> Option<BlockFormat> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let decimal = |text: &str| {
        text.split_once('.').is_some_and(|(whole, rest)| digits(whole) && digits(rest))
    };
    let word = |text: &str, words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(text));
    let named = ["time_ns", "op", "sectors"];
    if fields.iter().any(|field| word(field, &named)) {
        return Some(BlockFormat::Csvnet);
    }
    if is_systor_head(line) {
        return Some(BlockFormat::Systor);
    }
    match fields.as_slice() {
        [time, _, disk, kind, offset, size, response]
            if [time, disk, offset, size, response].into_iter().all(|f| digits(f))
                && word(kind, &["read", "write"]) =>
        {
            Some(BlockFormat::Msr)
        }
        [time, response, kind, lun, offset, size]
            if decimal(time)
                && (response.is_empty() || decimal(response))
                && (kind.is_empty() || word(kind, &["r", "w"]))
                && [lun, offset, size].into_iter().all(|f| digits(f)) =>
        {
            Some(BlockFormat::Systor)
        }
        [asu, lba, size, kind, time, ..]
            if [asu, lba, size].into_iter().all(|f| digits(f))
                && word(kind, &["r", "w"])
                && (decimal(time) || digits(time)) =>
        {
            Some(BlockFormat::Spc)
        }
        _ => {
            let words: Vec<&str> = line.split_whitespace().take(7).collect();
            let [device, cpu, number, time, process, event, _] = words.as_slice() else {
                return None;
            };
            let is_device = device.split_once(',').is_some_and(|(a, b)| digits(a) && digits(b));
            let all = is_device
                && [cpu, number, process].into_iter().all(|word| digits(word))
                && decimal(time)
                && event.len() <= 2;
            all.then_some(BlockFormat::Blkparse)
        }
    }
}
