//! Sources at run time: when the next I/O is issued, and which.

use super::job::{Job, Kin, NONE};
use super::program::Drawn;
use super::slots::{Rows, Sequence};
use crate::network::{Active, Arrivals, Direction, Source};
use crate::random::{Draw, Seed, Shape, Stream, label_hash};

/// First issues are spread over this time, so that nothing starts in step.
const START_SPREAD_PS: f64 = 10e6;

/// An issue to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) at_ps: u64,
    pub(super) intended_ps: u64,
    pub(super) mix: u16,
    pub(super) bytes: u32,
    pub(super) lane: u32,
}

/// What a source draws for itself.
#[derive(Debug)]
struct Draws {
    mix: Sequence,
    arrival: Sequence,
    think: Sequence,
    burst: Stream,
    /// The first instants: of lanes, of closed I/Os, of a paced source.
    start: Stream,
}

/// One kind of I/O, ready to be issued.
#[derive(Clone, Copy, Debug)]
struct Kind {
    weight: f64,
    bytes: u32,
    pc: u32,
    direction: Direction,
}

/// A source at run time.
#[derive(Debug)]
pub(super) struct SourceState {
    rank: u32,
    index: u32,
    pub(super) group: u32,
    pub(super) stream: Stream,
    /// I/Os issued or about to be.
    next_number: u64,
    /// I/Os under way.
    pub(super) under_way: u32,
    arrivals: Arrivals,
    kinds: Vec<Kind>,
    weights: f64,
    draws: Draws,
    pub(super) rows: Rows,
    /// Whether its I/Os have kin to speak of: they fork, or were intended at another time.
    pub(super) has_kin: bool,
    /// Next slot of each lane of a throttled source.
    slots: Vec<u64>,
    /// First step and period of the clock that a throttled source goes by, in picoseconds.
    ticks: Option<(f64, f64)>,
    /// Instant of the last open arrival, in picoseconds, unrounded.
    clock_ps: f64,
    burst_end_ps: f64,
    bursts: u64,
    active: Active,
}

impl Issue {
    pub(super) fn kin(&self) -> Kin {
        Kin { intended_ps: self.intended_ps, lane: self.lane, ..Kin::default() }
    }
}

impl SourceState {
    /// `starts`: where the program of each route starts; `slots`: the draws made at issue.
    pub(super) fn new(
        (index, source): (usize, &Source),
        rank: u32,
        (seed, replication): (Seed, u64),
        starts: &[u32],
        (slots, forks): (&[(u8, Drawn)], bool),
    ) -> Self {
        let stream = Stream::new(seed, replication, &source.label);
        let role = |name| stream.child(label_hash(name));
        let think = match source.arrivals {
            Arrivals::Closed { think_shape, .. } => think_shape,
            _ => Shape::Constant,
        };
        let draws = Draws {
            mix: Sequence::new(role("mix"), Draw::Unit),
            arrival: Sequence::new(role("arrival"), Draw::Shape(Shape::Exponential)),
            think: Sequence::new(role("think"), Draw::Shape(think)),
            burst: role("burst"),
            start: role("arrival"),
        };
        let (lanes, ticks) = if let Arrivals::Throttled { lanes, clock, .. } = &source.arrivals {
            let ticks = clock.as_ref().map(|clock| {
                let first = Stream::new(seed, replication, &clock.label);
                let first = first.child(label_hash("clock")).unit(0) * clock.tick_ps;
                (first + role("clock").unit(0) * clock.lag_ps, clock.tick_ps)
            });
            (*lanes as usize, ticks)
        } else {
            (0, None)
        };
        let kind = |m: &crate::network::Mix| Kind {
            weight: m.weight,
            bytes: m.bytes.min(u64::from(u32::MAX)) as u32,
            pc: starts[m.route.index()],
            direction: m.direction,
        };
        Self {
            rank,
            index: index as u32,
            group: source.group.map_or(0, |g| g.index() as u32),
            stream,
            next_number: 0,
            under_way: 0,
            arrivals: source.arrivals.clone(),
            kinds: source.mix.iter().map(kind).collect(),
            weights: source.mix.iter().map(|m| m.weight).sum(),
            draws,
            rows: Rows::new(stream, slots),
            has_kin: forks || lanes > 0,
            slots: vec![0; lanes],
            ticks,
            clock_ps: source.active.from_ps as f64,
            burst_end_ps: source.active.from_ps as f64,
            bursts: 0,
            active: source.active,
        }
    }

    /// The job of an issue.
    #[inline]
    pub(super) fn job(&self, issue: &Issue) -> Job {
        Job {
            tie: Job::pack_tie(self.rank, issue.number),
            issued_ps: issue.at_ps,
            tail_ps: 0,
            bytes: issue.bytes,
            pc: self.kinds[issue.mix as usize].pc,
            source: self.index,
            branch: 0,
            parent: NONE,
            born: NONE,
            station: NONE,
            drawn: self.rows.drawn,
            mix: issue.mix,
            fresh: true,
            traced: false,
        }
    }

    /// Whether an entry of the mix reads or writes.
    #[inline]
    pub(super) fn direction(&self, mix: u16) -> Direction {
        self.kinds[mix as usize].direction
    }

    /// Issues to schedule at the start; an open source has one, which brings the next with it.
    pub(super) fn initial(&mut self) -> Vec<Issue> {
        let lanes = |outstanding: u32, lanes: u32| {
            (0..lanes).flat_map(move |lane| (0..outstanding).map(move |_| lane))
        };
        let from_ps = self.active.from_ps;
        let mut issues: Vec<Issue> = match self.arrivals {
            Arrivals::Closed { outstanding, .. } => (0..outstanding)
                .map(|place| {
                    let n = self.next_number;
                    let spread = self.draws.start.unit(n) * START_SPREAD_PS;
                    let at = from_ps.saturating_add(spread as u64);
                    self.issue(at, at, place)
                })
                .collect(),
            Arrivals::Throttled { outstanding, lanes: n, .. } => {
                lanes(outstanding, n).map(|lane| self.slot(from_ps, lane)).collect()
            }
            _ => self.next_arrival().into_iter().collect(),
        };
        issues.retain(|issue| self.active.holds(issue.at_ps));
        issues
    }

    /// Whether completions bring the next issue.
    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.arrivals, Arrivals::Closed { .. } | Arrivals::Throttled { .. })
    }

    /// The issue that follows a completion at `now_ps` of a closed source; none when its time is
    /// over.
    #[inline]
    pub(super) fn after_completion(&mut self, now_ps: u64, lane: u32) -> Option<Issue> {
        let issue = self.following(now_ps, lane);
        (issue.at_ps < self.active.to_ps).then_some(issue)
    }

    #[inline]
    fn following(&mut self, now_ps: u64, lane: u32) -> Issue {
        match self.arrivals {
            Arrivals::Closed { think_ps, think_shape, .. } => {
                // A guest that issues at once still takes the picosecond every step takes.
                let think = if think_ps > 0.0 {
                    let shape = match think_shape {
                        Shape::Constant => 1.0,
                        _ => self.draws.think.at(self.next_number),
                    };
                    (think_ps * shape).round().max(1.0) as u64
                } else {
                    1
                };
                let at = now_ps.saturating_add(think);
                self.issue(at, at, lane)
            }
            _ => self.slot(now_ps.saturating_add(1), lane),
        }
    }

    /// The next slot of a lane: at its intended time, or at once when that is past.
    fn slot(&mut self, earliest_ps: u64, lane: u32) -> Issue {
        let Arrivals::Throttled { interval_ps, .. } = self.arrivals else {
            return self.issue(earliest_ps, earliest_ps, lane);
        };
        let phase = self.draws.start.unit(u64::from(lane)) * interval_ps;
        let slot = self.slots[lane as usize];
        self.slots[lane as usize] += 1;
        let mut due_ps = phase + slot as f64 * interval_ps;
        if let Some((first, tick)) = self.ticks {
            due_ps = first + ((due_ps - first) / tick).ceil() * tick;
        }
        let intended = self.active.from_ps + due_ps as u64;
        self.issue(intended.max(earliest_ps), intended, lane)
    }

    /// The next arrival of an open source; none when a trace is at its end.
    pub(super) fn next_arrival(&mut self) -> Option<Issue> {
        let n = self.next_number;
        match &self.arrivals {
            Arrivals::Trace(ios) => {
                let io = *ios.get(usize::try_from(n).ok()?)?;
                let at_ps = io.at_ps.saturating_add(self.active.from_ps);
                if at_ps >= self.active.to_ps {
                    return None;
                }
                self.next_number += 1;
                return Some(Issue {
                    number: n,
                    at_ps,
                    intended_ps: at_ps,
                    mix: io.mix as u16,
                    bytes: io.bytes.min(u64::from(u32::MAX)) as u32,
                    lane: n as u32,
                });
            }
            Arrivals::Poisson { interval_ps } => {
                self.clock_ps += interval_ps * self.draws.arrival.at(n);
            }
            Arrivals::Paced { interval_ps } => {
                let since = (self.draws.start.unit(0) + n as f64) * interval_ps;
                self.clock_ps = self.active.from_ps as f64 + since;
            }
            Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => {
                let (interval, burst, idle) = (*interval_ps, *burst_ps, *idle_ps);
                self.bursty(n, interval, burst, idle);
            }
            Arrivals::Closed { .. } | Arrivals::Throttled { .. } => return None,
        }
        let at = self.clock_ps as u64;
        (at < self.active.to_ps).then(|| self.issue(at, at, n as u32))
    }

    fn bursty(&mut self, n: u64, interval_ps: f64, burst_ps: f64, idle_ps: f64) {
        let mut left = interval_ps * self.draws.arrival.at(n);
        // The time to the next arrival runs only inside bursts.
        loop {
            let room = self.burst_end_ps - self.clock_ps;
            if left <= room {
                self.clock_ps += left;
                return;
            }
            left -= room.max(0.0);
            let idle = idle_ps * Shape::Exponential.at(self.draws.burst, 2 * self.bursts);
            let burst = burst_ps * Shape::Exponential.at(self.draws.burst, 2 * self.bursts + 1);
            self.clock_ps = self.burst_end_ps + idle;
            self.burst_end_ps = self.clock_ps + burst;
            self.bursts += 1;
        }
    }

    #[inline]
    fn issue(&mut self, at_ps: u64, intended_ps: u64, lane: u32) -> Issue {
        let number = self.next_number;
        self.next_number += 1;
        let mix = if self.kinds.len() == 1 { 0 } else { self.pick(number) };
        let bytes = self.kinds[mix].bytes;
        Issue { number, at_ps, intended_ps, mix: mix as u16, bytes, lane }
    }

    fn pick(&mut self, number: u64) -> usize {
        let mut at = self.draws.mix.at(number) * self.weights;
        for (i, kind) in self.kinds.iter().enumerate() {
            at -= kind.weight;
            if at < 0.0 {
                return i;
            }
        }
        self.kinds.len() - 1
    }
}
