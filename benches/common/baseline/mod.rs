//! The textbook simulator, which the ratios are taken against.
//!
//! One event for each issue and each hop in a [`BinaryHeap`] of the standard library, a
//! [`VecDeque`] for each station, a service begun when the server becomes free. It knows stations
//! with one server, delays, choices by weight, and closed and Poisson sources; it reads the same
//! [`Network`], draws the same numbers and keeps the same statistics as the engine, so the two
//! differ in nothing but how they run. It is meant to be what a good engineer writes in an
//! afternoon: routes are compiled into a flat table and streams are derived beforehand, nothing is
//! allocated for each I/O and nothing is called through a pointer.

mod routes;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use csvnet::engine::RunPlan;
use csvnet::network::{Arrivals, Network};
use csvnet::random::{Shape, Stream, label_hash};
use csvnet::stats::{BatchedSeries, Quantiles, SecondBins};

use routes::{Hop, Op, Routes, Ways, ways};

/// First issues are spread over this time.
const START_SPREAD_PS: f64 = 10e6;

/// What one run measured: of the group what the engine's group record holds, and the stations.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) completed: u64,
    /// Issues and departures.
    pub(crate) events: u64,
    /// Folds every completion as the engine's record says.
    pub(crate) fingerprint: u64,
    pub(crate) groups: Vec<Group>,
    pub(crate) stations: Vec<Sums>,
}

/// One group of sources.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) latency: Quantiles,
    pub(crate) bytes_completed: u64,
    completions: SecondBins,
    bytes: SecondBins,
    latency_us: SecondBins,
    series: BatchedSeries,
}

/// Sums over the visits of one station.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) visits: u64,
    pub(crate) busy_ps: u64,
    pub(crate) wait_ps: u128,
    pub(crate) response_ps: u128,
}

/// What an event of an I/O means.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Issue,
    Served { station: u32 },
    Delayed,
}

#[derive(Clone, Copy, Debug)]
struct Io {
    number: u64,
    issued_ps: u64,
    source: u32,
    pc: u32,
    stage: Stage,
}

#[derive(Debug)]
struct Origin {
    /// The rank of its label in the upper 20 bits of the tie-breaker, 44 bits of the number.
    tie: u64,
    group: u32,
    start: u32,
    next_number: u64,
    arrival: Stream,
    /// Mean picoseconds between arrivals of an open source, and the last of them.
    open: Option<(f64, f64)>,
}

#[derive(Debug, Default)]
struct Place {
    /// Who waits, since when; the first is in service.
    queue: VecDeque<(u32, u64)>,
    sums: Sums,
}

struct Simulator {
    now_ps: u64,
    from_ps: u64,
    to_ps: u64,
    events: BinaryHeap<Reverse<(u64, u64, u32)>>,
    ios: Vec<Io>,
    free: Vec<u32>,
    routes: Routes,
    ways: Vec<Ways>,
    /// By source, then by role.
    streams: Vec<Stream>,
    places: Vec<Place>,
    origins: Vec<Origin>,
    totals: Totals,
}

/// Runs one replication.
pub(crate) fn simulate(net: &Network, plan: &RunPlan) -> Totals {
    let mut simulator = Simulator::new(net, plan);
    simulator.start(net);
    simulator.run();
    let stations = simulator.places.into_iter().map(|place| place.sums).collect();
    Totals { stations, ..simulator.totals }
}

impl Simulator {
    fn new(net: &Network, plan: &RunPlan) -> Self {
        let mut labels: Vec<&str> = net.sources.iter().map(|s| s.label.as_str()).collect();
        labels.sort_unstable();
        let routes = Routes::of(net);
        let mut streams = Vec::new();
        let mut origins = Vec::new();
        for source in &net.sources {
            let stream = Stream::new(plan.seed, plan.replication, &source.label);
            streams.extend(routes.roles.iter().map(|role| stream.child(label_hash(role))));
            let rank = labels.partition_point(|l| *l < source.label.as_str()) as u64 + 1;
            origins.push(Origin {
                tie: rank << 44,
                group: source.group.expect("every source has a group").index() as u32,
                start: routes.starts[source.mix[0].route.index()],
                next_number: 0,
                arrival: stream.child(label_hash("arrival")),
                open: match source.arrivals {
                    Arrivals::Poisson { interval_ps } => Some((interval_ps, 0.0)),
                    Arrivals::Closed { .. } => None,
                    ref other => panic!("the baseline does not know {other:?}"),
                },
            });
        }
        Self {
            now_ps: 0,
            from_ps: plan.warm_up_ps,
            to_ps: plan.horizon_ps.expect("the baseline runs to a horizon"),
            events: BinaryHeap::new(),
            ios: Vec::new(),
            free: Vec::new(),
            routes,
            ways: net.selectors.iter().map(|s| ways(&s.kind)).collect(),
            streams,
            places: net.stations.iter().map(|_| Place::default()).collect(),
            origins,
            totals: Totals {
                completed: 0,
                events: 0,
                fingerprint: 0xCBF2_9CE4_8422_2325,
                groups: net.groups.iter().map(|_| Group::new()).collect(),
                stations: Vec::new(),
            },
        }
    }

    fn start(&mut self, net: &Network) {
        for (index, source) in net.sources.iter().enumerate() {
            let Arrivals::Closed { outstanding, .. } = source.arrivals else {
                self.arrive_next(index as u32);
                continue;
            };
            for number in 0..u64::from(outstanding) {
                let at_ps = self.origins[index].arrival.unit(number) * START_SPREAD_PS;
                self.issue_later(index as u32, at_ps as u64);
            }
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((at_ps, _, index))) = self.events.pop() {
            if at_ps > self.to_ps {
                break;
            }
            self.now_ps = at_ps;
            self.totals.events += 1;
            match self.ios[index as usize].stage {
                Stage::Issue => {
                    let source = self.ios[index as usize].source;
                    if self.origins[source as usize].open.is_some() {
                        self.arrive_next(source);
                    }
                }
                Stage::Served { station } => self.leave(station),
                Stage::Delayed => {}
            }
            self.go_on(index);
        }
    }

    /// Schedules the next arrival of an open source.
    fn arrive_next(&mut self, source: u32) {
        let origin = &mut self.origins[source as usize];
        let number = origin.next_number;
        let Some((interval_ps, clock_ps)) = &mut origin.open else { return };
        *clock_ps += *interval_ps * Shape::Exponential.at(origin.arrival, number);
        let at_ps = *clock_ps as u64;
        self.issue_later(source, at_ps);
    }

    fn issue_later(&mut self, source: u32, at_ps: u64) {
        let index = self.free.pop().unwrap_or(self.ios.len() as u32);
        let origin = &mut self.origins[source as usize];
        let number = origin.next_number;
        origin.next_number += 1;
        let (pc, stage) = (origin.start, Stage::Issue);
        let io = Io { number, issued_ps: at_ps, source, pc, stage };
        if index as usize == self.ios.len() {
            self.ios.push(io);
        } else {
            self.ios[index as usize] = io;
        }
        self.schedule(at_ps, index);
    }

    #[inline]
    fn schedule(&mut self, at_ps: u64, index: u32) {
        let io = &self.ios[index as usize];
        let tie = self.origins[io.source as usize].tie | io.number;
        self.events.push(Reverse((at_ps, tie, index)));
    }

    #[inline]
    fn stream(&self, source: u32, role: u32) -> Stream {
        self.streams[source as usize * self.routes.roles.len() + role as usize]
    }

    /// Runs an I/O until it waits or is complete.
    fn go_on(&mut self, index: u32) {
        loop {
            let Io { number, source, pc, .. } = self.ios[index as usize];
            match self.routes.ops[pc as usize] {
                Op::Queue(hop) => {
                    let place = &mut self.places[hop.station as usize];
                    place.queue.push_back((index, self.now_ps));
                    if place.queue.len() == 1 {
                        self.serve(index, self.now_ps);
                    }
                    return;
                }
                Op::Delay(hop) => {
                    let end_ps = self.now_ps + self.service_ps(source, number, &hop);
                    self.book(hop.station, self.now_ps, end_ps);
                    let io = &mut self.ios[index as usize];
                    io.pc = hop.next;
                    io.stage = Stage::Delayed;
                    return self.schedule(end_ps, index);
                }
                Op::Choose { role, selector, targets } => {
                    let draw = self.stream(source, role).unit(number);
                    let way = match &self.ways[selector as usize] {
                        Ways::Equal(n) => (draw * n) as usize,
                        Ways::Weighted(sums) => {
                            let at = draw * sums[sums.len() - 1];
                            sums.iter().position(|sum| at < *sum).unwrap_or(sums.len() - 1)
                        }
                    };
                    self.ios[index as usize].pc = self.routes.targets[targets as usize + way];
                }
                Op::End => return self.complete(index),
            }
        }
    }

    #[inline]
    fn service_ps(&self, source: u32, number: u64, hop: &Hop) -> u64 {
        let draw = hop.shape.at(self.stream(source, hop.role), number);
        (hop.mean_ps * draw + 0.5).max(1.0) as u64
    }

    /// Begins the service of an I/O that stands before its station.
    fn serve(&mut self, index: u32, arrived_ps: u64) {
        let Io { number, source, pc, .. } = self.ios[index as usize];
        let Op::Queue(hop) = self.routes.ops[pc as usize] else {
            unreachable!("only visits queue");
        };
        let end_ps = self.now_ps + self.service_ps(source, number, &hop);
        self.book(hop.station, arrived_ps, end_ps);
        let io = &mut self.ios[index as usize];
        io.pc = hop.next;
        io.stage = Stage::Served { station: hop.station };
        self.schedule(end_ps, index);
    }

    /// Takes the first from the queue of a station and begins to serve the second.
    fn leave(&mut self, station: u32) {
        let queue = &mut self.places[station as usize].queue;
        queue.pop_front();
        if let Some(&(next, arrived_ps)) = queue.front() {
            self.serve(next, arrived_ps);
        }
    }

    /// Books a service that begins now.
    #[inline]
    fn book(&mut self, station: u32, arrived_ps: u64, end_ps: u64) {
        let sums = &mut self.places[station as usize].sums;
        sums.busy_ps += end_ps.min(self.to_ps).saturating_sub(self.now_ps.max(self.from_ps));
        if arrived_ps >= self.from_ps && arrived_ps < self.to_ps {
            sums.visits += 1;
            sums.wait_ps += u128::from(self.now_ps - arrived_ps);
            sums.response_ps += u128::from(end_ps - arrived_ps);
        }
    }

    fn complete(&mut self, index: u32) {
        let now = self.now_ps;
        let Io { number, source, issued_ps, .. } = self.ios[index as usize];
        self.free.push(index);
        let origin = &self.origins[source as usize];
        let (tie, closed) = (origin.tie | number, origin.open.is_none());
        let group = &mut self.totals.groups[origin.group as usize];
        let latency_ps = now - issued_ps;
        group.completions.add(now, 1);
        group.bytes.add(now, 1);
        group.latency_us.add(now, latency_ps / 1_000_000);
        group.series.push(latency_ps as f64);
        if now >= self.from_ps {
            group.bytes_completed += 1;
            group.latency.record_ps(latency_ps);
        }
        self.totals.completed += 1;
        self.totals.fingerprint = (self.totals.fingerprint ^ now ^ tie.rotate_left(32))
            .wrapping_mul(0x0000_0100_0000_01B3)
            .rotate_left(17);
        if closed {
            // A guest that issues at once still takes a picosecond.
            self.issue_later(source, now + 1);
        }
    }
}

impl Group {
    fn new() -> Self {
        let bins = || SecondBins::new(SecondBins::SECOND_PS, 4096);
        Self {
            latency: Quantiles::new(),
            bytes_completed: 0,
            completions: bins(),
            bytes: bins(),
            latency_us: bins(),
            series: BatchedSeries::new(512, 5),
        }
    }
}
