//! Stations at run time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::calendar::Key;
use super::port::{PortBins, PortState};
use super::record::StationRecord;
use crate::network::{Rise, Station, StationKind};

/// Bytes a class of weight 1 may send in its turn at a weighted port (deficit round robin).
const QUANTUM_BYTES: u64 = 16 * 1024;

/// The measured window, to which busy time is clipped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from_ps: u64,
    pub(super) to_ps: u64,
}

/// What waits at a station with classes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) job: u32,
    pub(super) arrived_ps: u64,
    /// Service time.
    pub(super) service_ps: u64,
    /// Wire bytes, at ports.
    pub(super) bytes: u64,
}

/// Queues by class, and whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Classes {
    pub(super) queues: Vec<VecDeque<Waiting>>,
    weights: Vec<u64>,
    deficits: Vec<u64>,
    turn: usize,
    /// Whether the class in turn has had its quantum.
    served: bool,
    waiting: usize,
    strict: bool,
}

impl Classes {
    pub(super) fn push(&mut self, class: u8, waiting: Waiting) {
        self.queues[class as usize].push_back(waiting);
        self.waiting += 1;
    }

    /// Takes what is served next.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        if self.waiting == 0 {
            // Nobody saves anything up over an idle port.
            self.deficits.fill(0);
            self.served = false;
            return None;
        }
        self.waiting -= 1;
        if self.strict {
            return self.queues.iter_mut().find_map(VecDeque::pop_front);
        }
        // Deficit round robin (Shreedhar, Varghese 1995): each turn adds a quantum.
        loop {
            let turn = self.turn;
            if let Some(head) = self.queues[turn].front() {
                if !self.served {
                    self.deficits[turn] += QUANTUM_BYTES * self.weights[turn];
                    self.served = true;
                }
                if head.bytes <= self.deficits[turn] {
                    self.deficits[turn] -= head.bytes;
                    return self.queues[turn].pop_front();
                }
            } else {
                self.deficits[turn] = 0;
            }
            self.turn = (turn + 1) % self.queues.len();
            self.served = false;
        }
    }
}

/// A visitor of a processor-sharing station: target, tie, branch, job, arrival.
type Sharer = (u64, u64, u32, u32, u64);

/// The visitors of a processor-sharing station.
#[derive(Debug, Default)]
pub(super) struct Sharers {
    /// By service attained at departure (its bits order as the number does), tie and branch.
    heap: BinaryHeap<Reverse<Sharer>>,
    attained_ps: f64,
    since_ps: u64,
    servers: f64,
    /// Server time used within the window.
    used_ps: f64,
}

impl Sharers {
    fn rate(&self) -> f64 {
        let n = self.heap.len() as f64;
        if n <= self.servers { 1.0 } else { self.servers / n }
    }

    fn advance(&mut self, now_ps: u64, window: Window) {
        let busy = self.servers.min(self.heap.len() as f64);
        self.used_ps += clip(self.since_ps, now_ps, window) as f64 * busy;
        self.attained_ps += (now_ps - self.since_ps) as f64 * self.rate();
        self.since_ps = now_ps;
        if self.heap.is_empty() {
            self.attained_ps = 0.0;
        }
    }

    /// Takes in a job whose key tells the instant.
    pub(super) fn enter(&mut self, key: Key, service_ps: u64, job: u32, window: Window) {
        self.advance(key.at_ps, window);
        let target = self.attained_ps + service_ps as f64;
        self.heap.push(Reverse((target.to_bits(), key.tie, key.branch, job, key.at_ps)));
    }

    /// Server time used within the window until the end of the run, in picoseconds.
    pub(super) fn close(&mut self, end_ps: u64, window: Window) -> u64 {
        self.advance(end_ps.max(self.since_ps), window);
        self.used_ps.round() as u64
    }

    /// When the next visitor leaves, if none comes before.
    pub(super) fn next_ps(&self) -> Option<u64> {
        let Reverse((target, ..)) = self.heap.peek()?;
        let left = (f64::from_bits(*target) - self.attained_ps).max(0.0) / self.rate();
        Some(self.since_ps.saturating_add((left.ceil() as u64).max(1)))
    }

    /// The visitor that leaves now, with its arrival.
    pub(super) fn leave(&mut self, now_ps: u64, window: Window) -> Option<(u32, u64)> {
        self.advance(now_ps, window);
        let Reverse((target, _, _, job, arrived)) = self.heap.pop()?;
        self.attained_ps = self.attained_ps.max(f64::from_bits(target));
        Some((job, arrived))
    }
}

/// What every visit touches of a station at run time; it fills a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct StationState {
    /// When the single server, the port or the limiter is free.
    pub(super) free_ps: u64,
    visits: u64,
    busy_ps: u128,
    wait_ps: u128,
    /// Time in the station of the visits counted, beyond `wait_ps + busy_ps`: what the ends of the
    /// window cut off, and service by servers shared or many.
    beyond_ps: i128,
}

/// The servers of a station with several.
#[derive(Debug, Default)]
pub(super) struct Servers {
    /// When each busy server is free; those past are dropped at the next arrival.
    busy: BinaryHeap<Reverse<u64>>,
    number: usize,
    /// What a demand is multiplied by, by the number of other servers busy; work in batches, other
    /// work.
    factors: Vec<[f64; 2]>,
}

impl Servers {
    pub(super) fn new(station: &Station) -> Self {
        let (servers, rise, batched) = match station.kind {
            StationKind::Fifo { servers, cost_rise } => {
                // A single one has nobody beside it.
                let rise = if servers > 1 { Rise::linear(cost_rise, servers) } else { Rise::NONE };
                (servers, rise, 1.0)
            }
            StationKind::Cores { servers, rise, batched } => (servers, rise, batched),
            _ => return Self::default(),
        };
        Self {
            busy: BinaryHeap::new(),
            number: servers as usize,
            factors: (0..servers)
                .map(|others| rise.at(others.into()))
                .map(|rise| [1.0 + batched * rise, 1.0 + rise])
                .collect(),
        }
    }

    /// Serves at the first free server: start and departure. The cost rises with the number of
    /// servers busy when the service starts.
    #[inline]
    pub(super) fn serve(&mut self, now_ps: u64, mean_ps: f64, rises: bool) -> (u64, u64) {
        while self.busy.peek().is_some_and(|free| free.0 <= now_ps) {
            self.busy.pop();
        }
        let mut start = now_ps;
        if self.busy.len() >= self.number
            && let Some(Reverse(first)) = self.busy.pop()
        {
            start = first;
        }
        let time = mean_ps * self.factors[self.busy.len()][usize::from(rises)];
        let end = start.saturating_add(to_ps(time));
        self.busy.push(Reverse(end));
        (start, end)
    }
}

/// Departures that come in order, with their jobs; only the first is in the calendar.
pub(super) type Departures = VecDeque<(u64, u32)>;

/// What only some kinds of stations need.
#[derive(Debug, Default)]
pub(super) struct StationRest {
    pub(super) burst_ps: u64,
    limits: bool,
    pub(super) classes: Classes,
    pub(super) sharers: Sharers,
    /// Rank of the label, which orders the wakes of an instant.
    rank: u64,
    /// The pending wake; another time is stale.
    pub(super) wake_ps: u64,
    pub(super) refused: u64,
    pub(super) bins: Option<Box<PortBins>>,
}

impl StationState {
    /// Serves at the one server: start and departure.
    #[inline]
    pub(super) fn serve(&mut self, now_ps: u64, service_ps: u64, window: Window) -> (u64, u64) {
        // Whether the server is free is as good as random: a move, not a branch.
        let free_ps = self.free_ps;
        let start = std::hint::select_unpredictable(free_ps > now_ps, free_ps, now_ps);
        let end = start.saturating_add(service_ps);
        self.free_ps = end;
        self.book(now_ps, start, end, window);
        (start, end)
    }

    /// Passes the limiter: the departure.
    #[inline]
    pub(super) fn pass(
        &mut self,
        now_ps: u64,
        token_ps: u64,
        burst_ps: u64,
        window: Window,
    ) -> u64 {
        let due = self.free_ps.max(now_ps);
        self.free_ps = due.saturating_add(token_ps);
        let leave = due.saturating_sub(burst_ps).max(now_ps.saturating_add(1));
        self.book(now_ps, leave, leave, window);
        // Utilisation of a limiter is the share of its rate in use.
        let used = clip(due, due.saturating_add(token_ps), window);
        self.busy_ps += u128::from(used);
        self.beyond_ps -= i128::from(used);
        leave
    }

    #[inline]
    pub(super) fn book(&mut self, arrived_ps: u64, start_ps: u64, end_ps: u64, window: Window) {
        if arrived_ps >= window.from_ps && end_ps <= window.to_ps {
            // Wholly inside, as nearly all are.
            self.visits += 1;
            self.busy_ps += u128::from(end_ps - start_ps);
            self.wait_ps += u128::from(start_ps - arrived_ps);
        } else {
            self.book_cut(arrived_ps, start_ps, end_ps, window);
        }
    }

    /// Books a visit that is not wholly inside the window.
    #[cold]
    fn book_cut(&mut self, arrived_ps: u64, start_ps: u64, end_ps: u64, window: Window) {
        let used = clip(start_ps, end_ps, window);
        self.busy_ps += u128::from(used);
        self.beyond_ps -= i128::from(used);
        if arrived_ps >= window.from_ps && arrived_ps < window.to_ps {
            self.count_visit(arrived_ps, start_ps, end_ps);
        }
    }

    /// Counts a visit without server time.
    #[inline]
    pub(super) fn count_visit(&mut self, arrived_ps: u64, start_ps: u64, end_ps: u64) {
        self.visits += 1;
        self.wait_ps += u128::from(start_ps - arrived_ps);
        self.beyond_ps += i128::from(end_ps - start_ps);
    }
}

impl StationRest {
    pub(super) fn new(station: &Station, rank: u64) -> Self {
        let mut rest = Self { rank, wake_ps: u64::MAX, ..Self::default() };
        match &station.kind {
            StationKind::Shared { servers } => rest.sharers.servers = f64::from(*servers),
            StationKind::Priority { classes } => {
                rest.classes.queues = vec![VecDeque::new(); *classes as usize];
                rest.classes.strict = true;
            }
            StationKind::Port(port) => {
                let n = port.weights.len();
                rest.classes.queues = vec![VecDeque::new(); n];
                rest.classes.weights = port.weights.iter().map(|&w| u64::from(w)).collect();
                rest.classes.deficits = vec![0; n];
                rest.bins = Some(Box::new(PortBins::new()));
            }
            StationKind::Limiter { burst_ps } => {
                rest.burst_ps = *burst_ps;
                rest.limits = true;
            }
            StationKind::Fifo { .. } | StationKind::Cores { .. } | StationKind::Delay => {}
        }
        rest
    }

    /// The key of a wake of this station; wakes come before I/Os of the same instant.
    pub(super) fn wake_key(&self, at_ps: u64) -> Key {
        Key { at_ps, tie: self.rank, branch: 0 }
    }

    /// What the station measured until the end of the run.
    pub(super) fn close(
        mut self,
        state: StationState,
        mut port: PortState,
        end_ps: u64,
        window: Window,
    ) -> StationRecord {
        let response_ps = (state.wait_ps + state.busy_ps).cast_signed() + state.beyond_ps;
        let mut busy_ps = state.busy_ps;
        if self.limits && end_ps < window.to_ps {
            // The tokens of the last I/Os reach beyond the end of a run that ends by itself.
            busy_ps = busy_ps.saturating_sub(state.free_ps.saturating_sub(end_ps).into());
        }
        let shared_ps = self.sharers.close(end_ps, window);
        port.flush(&mut self.bins);
        let (payload_bins, wire_bins) = self.bins.map(|b| (b.payload, b.wire)).unzip();
        StationRecord {
            visits: state.visits,
            busy_ps: u64::try_from(busy_ps + u128::from(shared_ps)).unwrap_or(u64::MAX),
            wait_ps: state.wait_ps,
            response_ps: response_ps.max(0).cast_unsigned(),
            refused: self.refused,
            payload_bytes: port.payload_bytes,
            wire_bytes: port.wire_bytes,
            payload_bins,
            wire_bins,
        }
    }
}

/// Rounds a time to picoseconds, at least one.
#[inline]
pub(super) fn to_ps(time: f64) -> u64 {
    // Signed, because processors convert to that; it ends at 106 days.
    ((time + 0.5).max(1.0) as i64).cast_unsigned()
}

#[inline]
fn clip(start_ps: u64, end_ps: u64, window: Window) -> u64 {
    end_ps.min(window.to_ps).saturating_sub(start_ps.max(window.from_ps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_saves_anything_up_over_an_idle_port() {
        // Two classes of equal weight. The first sends one byte and leaves 16,383 of its quantum.
        let mut classes = Classes {
            queues: vec![VecDeque::new(); 2],
            weights: vec![1; 2],
            deficits: vec![0; 2],
            ..Classes::default()
        };
        let message = |job, bytes| Waiting { job, arrived_ps: 0, service_ps: bytes, bytes };
        classes.push(0, message(0, 1));
        assert_eq!(classes.pop().map(|w| w.job), Some(0));
        assert!(classes.pop().is_none(), "the port is idle");
        // Later both send a whole quantum. The turn of the first begins anew; were the old one gone
        // on with, a byte would be missing and the second would go ahead.
        classes.push(0, message(1, QUANTUM_BYTES));
        classes.push(1, message(2, QUANTUM_BYTES));
        assert_eq!(classes.pop().map(|w| w.job), Some(1));
        assert_eq!(classes.pop().map(|w| w.job), Some(2));
        assert!(classes.pop().is_none());
        assert_eq!(classes.deficits, [0, 0]);
    }
}
