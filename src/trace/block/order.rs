//! Rows that are nearly in order of time, put in order within a window.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::trace::{BlockIo, BlockOp, TraceFault, TraceProblem};

/// Rows that may stand before one that is earlier. Traces written at completion, as those of
/// MSR Cambridge, are out of order by as many requests as were under way at once.
pub(super) const WINDOW: usize = 65_536;

/// A request with a clock that does not begin at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Raw {
    pub(super) time_ns: u128,
    pub(super) line: u64,
    pub(super) offset_bytes: u64,
    pub(super) bytes: u64,
    pub(super) response_ns: Option<u64>,
    pub(super) op: BlockOp,
}

/// Requests that wait for earlier ones.
#[derive(Debug)]
pub(super) struct Order {
    waiting: BinaryHeap<Reverse<Raw>>,
    window: usize,
    origin_ns: Option<u128>,
    latest: (u128, u64),
}

impl Order {
    pub(super) fn new(window: usize) -> Self {
        Self { waiting: BinaryHeap::new(), window, origin_ns: None, latest: (0, 0) }
    }

    /// Takes a request, and gives the earliest when the window is full.
    pub(super) fn push(&mut self, raw: Raw) -> Option<Result<BlockIo, TraceFault>> {
        self.waiting.push(Reverse(raw));
        if self.waiting.len() > self.window { self.pop() } else { None }
    }

    /// The earliest request that waits.
    pub(super) fn pop(&mut self) -> Option<Result<BlockIo, TraceFault>> {
        let Reverse(raw) = self.waiting.pop()?;
        let (latest_ns, earlier_line) = self.latest;
        let origin_ns = *self.origin_ns.get_or_insert(raw.time_ns);
        let since = |time_ns: u128| u64::try_from(time_ns.saturating_sub(origin_ns)).ok();
        let fault = |problem, help: &str| TraceFault {
            line: raw.line,
            column: None,
            field: Some("time".to_owned()),
            problem,
            help: help.to_owned(),
        };
        if raw.time_ns < latest_ns {
            let text = format!(
                "the row is {} ns earlier than line {earlier_line}, more than {} rows before it",
                latest_ns - raw.time_ns,
                self.window
            );
            let help = "sort the rows by time; only neighbours are put in order here";
            return Some(Err(fault(TraceProblem::Content { text }, help)));
        }
        self.latest = (raw.time_ns, raw.line);
        let Some(time_ns) = since(raw.time_ns) else {
            let problem = TraceProblem::TooLarge { text: raw.time_ns.to_string() };
            return Some(Err(fault(problem, "a trace lasts less than 2^64 ns, 584 years")));
        };
        let Raw { op, offset_bytes, bytes, response_ns, .. } = raw;
        Some(Ok(BlockIo { time_ns, op, offset_bytes, bytes, response_ns }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(time_ns: u128, line: u64) -> Raw {
        Raw { time_ns, line, offset_bytes: 0, bytes: 1, response_ns: None, op: BlockOp::Read }
    }

    #[test]
    fn neighbours_are_put_in_order_and_others_refused() {
        let mut order = Order::new(2);
        let mut given = Vec::new();
        for (line, time_ns) in [30, 10, 20, 50, 40, 5].into_iter().enumerate() {
            given.extend(order.push(raw(time_ns, line as u64 + 1)));
        }
        given.extend(std::iter::from_fn(|| order.pop()));
        let times: Vec<Option<u64>> =
            given.iter().map(|io| io.as_ref().ok().map(|io| io.time_ns)).collect();
        // The 5 comes when 30 was given already.
        assert_eq!(times, [Some(0), Some(10), Some(20), None, Some(30), Some(40)]);
        let told = given[3].as_ref().unwrap_err().to_string();
        assert!(told.contains("line 6") && told.contains("25 ns earlier than line 1"), "{told}");
    }
}
