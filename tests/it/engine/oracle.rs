//! A second implementation, obvious and slow, that must agree with the engine to the picosecond.
//!
//! It knows first-in-first-out stations without a rise of cost, finite buffers, delays, ports of one
//! class, choices by weight or in turn, steps in common, and closed, Poisson and paced sources. It shares no code with the engine
//! but the keyed draws: every queue is a list of those who wait, a service begins when a server
//! becomes free and not before, and the routes are walked as they are written.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Arrivals, Network, SelectorKind, Service, Source, Station, StationKind, Step, Visit,
};
use csvnet::random::{Shape, Stream, label_hash};
use proptest::prelude::*;

use super::generate::{Order, Vocabulary, networks};
use crate::support::{MS, SEED, US, at, exponential, try_run};

/// What an event is about. Servers become free before anyone moves at the same instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    ServerFree { station: usize },
    Arrive { rank: usize, number: u64, io: usize },
}

/// An I/O and what is left of its route, the next step first; a step knows whether the next of its
/// list is a visit to a port, for then the transfer goes on with its first bit.
#[derive(Clone, Debug)]
struct Io<'n> {
    source: usize,
    number: u64,
    bytes: u64,
    issued_ps: u64,
    /// When its last bit reaches the port it is about to enter.
    tail_ps: u64,
    left: VecDeque<(&'n Step, bool)>,
    is_new: bool,
}

/// One who waits: the I/O, its time and what it does afterwards.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    io: usize,
    service_ps: u64,
    into_port: bool,
    payload: u64,
    wire: u64,
}

#[derive(Debug, Default)]
struct Place {
    queue: VecDeque<Waiting>,
    busy: u32,
    servers: u32,
    busy_ps: u64,
    payload_bytes: u64,
    wire_bytes: u64,
}

/// What both implementations report.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    fingerprint: u64,
    issued: u64,
    completed: u64,
    /// By group: I/Os and bytes in the window, greatest latency of reads and of writes.
    groups: Vec<(u64, u64, Option<u64>)>,
    /// By station: busy picoseconds, payload and wire bytes.
    stations: Vec<(u64, u64, u64)>,
}

impl Outcome {
    pub(super) fn of(record: &RunRecord) -> Self {
        let groups = record.groups.iter().map(|g| {
            let (reads, writes) = (&g.reads, &g.writes);
            let most = reads.latency.max_ps().max(writes.latency.max_ps());
            (reads.count + writes.count, reads.bytes + writes.bytes, most)
        });
        let stations =
            record.stations.iter().map(|s| (s.busy_ps, s.payload_bytes, s.wire_bytes)).collect();
        Self {
            fingerprint: record.fingerprint,
            issued: record.issued,
            completed: record.completed,
            groups: groups.collect(),
            stations,
        }
    }
}

struct Oracle<'n> {
    net: &'n Network,
    plan: RunPlan,
    now_ps: u64,
    events: BinaryHeap<Reverse<(u64, What)>>,
    ios: Vec<Io<'n>>,
    places: Vec<Place>,
    streams: Vec<Stream>,
    ranks: Vec<usize>,
    next_number: Vec<u64>,
    /// Instant of the last arrival of each open source, unrounded.
    clocks: Vec<f64>,
    outcome: Outcome,
}

/// Runs the oracle.
pub(super) fn oracle(net: &Network, plan: &RunPlan) -> Outcome {
    let mut labels: Vec<&String> = net.sources.iter().map(|s| &s.label).collect();
    labels.sort();
    let rank = |s: &Source| labels.iter().position(|l| **l == s.label).expect("its own label") + 1;
    let places = net.stations.iter().map(|s| Place {
        servers: if let StationKind::Fifo { servers, .. } = s.kind { servers } else { 1 },
        ..Place::default()
    });
    let stream = |s: &Source| Stream::new(plan.seed, plan.replication, &s.label);
    let mut oracle = Oracle {
        net,
        plan: *plan,
        now_ps: 0,
        events: BinaryHeap::new(),
        ios: Vec::new(),
        places: places.collect(),
        streams: net.sources.iter().map(stream).collect(),
        ranks: net.sources.iter().map(rank).collect(),
        next_number: vec![0; net.sources.len()],
        clocks: vec![0.0; net.sources.len()],
        outcome: Outcome {
            fingerprint: 0xCBF2_9CE4_8422_2325,
            groups: vec![(0, 0, None); net.groups.len()],
            ..Outcome::default()
        },
    };
    oracle.run();
    oracle.outcome
}

impl<'n> Oracle<'n> {
    fn run(&mut self) {
        for source in 0..self.net.sources.len() {
            if let Arrivals::Closed { outstanding, .. } =
                self.net.sources.as_slice()[source].arrivals
            {
                for _ in 0..outstanding {
                    // First issues are spread over 10 us.
                    let draw = self.stream(source, "arrival").unit(self.next_number[source]);
                    self.issue(source, (draw * 10e6) as u64);
                }
            } else {
                self.issue_next(source);
            }
        }
        let horizon = self.plan.horizon_ps.expect("the oracle runs to a horizon");
        while let Some(Reverse((at_ps, what))) = self.events.pop() {
            if at_ps > horizon {
                break;
            }
            assert!(at_ps >= self.now_ps);
            self.now_ps = at_ps;
            match what {
                What::ServerFree { station } => {
                    self.places[station].busy -= 1;
                    self.begin(station);
                }
                What::Arrive { io, .. } => self.go_on(io),
            }
        }
        self.outcome.stations = self
            .places
            .iter()
            .map(|place| (place.busy_ps, place.payload_bytes, place.wire_bytes))
            .collect();
    }

    fn stream(&self, source: usize, role: &str) -> Stream {
        self.streams[source].child(label_hash(role))
    }

    /// The next arrival of an open source.
    fn issue_next(&mut self, source: usize) {
        let number = self.next_number[source];
        let arrival = self.stream(source, "arrival");
        match self.net.sources.as_slice()[source].arrivals {
            Arrivals::Poisson { interval_ps } => {
                self.clocks[source] += interval_ps * Shape::Exponential.at(arrival, number);
            }
            Arrivals::Paced { interval_ps } => {
                self.clocks[source] = (arrival.unit(0) + number as f64) * interval_ps;
            }
            _ => unreachable!("closed sources issue on completion"),
        }
        self.issue(source, self.clocks[source] as u64);
    }

    fn issue(&mut self, source: usize, at_ps: u64) {
        let number = self.next_number[source];
        self.next_number[source] += 1;
        let mixes = &self.net.sources.as_slice()[source].mix;
        let weights: Vec<f64> = mixes.iter().map(|m| m.weight).collect();
        let mix = if mixes.len() == 1 {
            0
        } else {
            by_weight(&weights, self.stream(source, "mix").unit(number))
        };
        let net: &'n Network = self.net;
        let left = walk(net, &net.routes[mixes[mix].route].steps).into();
        let bytes = mixes[mix].bytes;
        let (issued_ps, tail_ps) = (at_ps, 0);
        let io = Io { source, number, bytes, issued_ps, tail_ps, left, is_new: true };
        self.ios.push(io);
        self.move_at(at_ps, self.ios.len() - 1);
    }

    fn move_at(&mut self, at_ps: u64, io: usize) {
        let Io { source, number, .. } = self.ios[io];
        let rank = self.ranks[source];
        self.events.push(Reverse((at_ps, What::Arrive { rank, number, io })));
    }

    /// Walks on to the next visit or the end.
    fn go_on(&mut self, io: usize) {
        let source = self.ios[io].source;
        if std::mem::take(&mut self.ios[io].is_new) {
            self.outcome.issued += 1;
            if !matches!(self.net.sources.as_slice()[source].arrivals, Arrivals::Closed { .. }) {
                self.issue_next(source);
            }
        }
        loop {
            match self.ios[io].left.pop_front() {
                None => return self.complete(io),
                Some((Step::Visit(visit), into_port)) => return self.arrive(io, visit, into_port),
                Some((Step::Choose { selector, role, branches }, _)) => {
                    let number = self.ios[io].number;
                    let way = match &self.net.selectors[*selector].kind {
                        SelectorKind::Weights(weights) => {
                            by_weight(weights, self.stream(source, role).unit(number))
                        }
                        SelectorKind::RoundRobin(n) => (number % u64::from(*n)) as usize,
                        other => unreachable!("the oracle does not know {other:?}"),
                    };
                    self.walk_first(io, &branches[way]);
                }
                Some((Step::Common(steps), _)) => self.walk_first(io, steps),
                Some((Step::IfRoom { visit, places, refused }, _)) => {
                    let place = &self.places[visit.station.index()];
                    if place.queue.len() + (place.busy as usize) < *places as usize {
                        return self.arrive(io, visit, false);
                    }
                    self.walk_first(io, refused);
                }
                Some(other) => unreachable!("the oracle does not know {other:?}"),
            }
        }
    }

    /// Puts steps before those that are left.
    fn walk_first(&mut self, io: usize, steps: &'n [Step]) {
        for step in walk(self.net, steps).into_iter().rev() {
            self.ios[io].left.push_front(step);
        }
    }

    fn arrive(&mut self, io: usize, visit: &Visit, into_port: bool) {
        let station = visit.station.index();
        let kind = &self.net.stations[visit.station].kind;
        let Io { bytes, number, source, .. } = self.ios[io];
        let (time_ps, payload, wire) = match visit.service {
            Service::Time { shape, .. } => {
                let draw = shape.at(self.stream(source, visit.role), number);
                (visit.service.mean_ps(bytes, 0.0) * draw, 0, 0)
            }
            Service::Wire { payload, .. } => {
                let rate = self.net.stations[visit.station].ps_per_byte();
                let payload = if payload { bytes } else { 0 };
                (visit.service.mean_ps(bytes, rate), payload, visit.service.wire_bytes(bytes))
            }
            other => unreachable!("the oracle does not know {other:?}"),
        };
        let service_ps = (time_ps.round() as u64).max(1);
        if matches!(kind, StationKind::Delay) {
            self.book(station, self.now_ps + service_ps);
            return self.move_at(self.now_ps + service_ps, io);
        }
        self.places[station].queue.push_back(Waiting { io, service_ps, into_port, payload, wire });
        self.begin(station);
    }

    /// Begins services while a server is free and someone waits.
    fn begin(&mut self, station: usize) {
        let place = &mut self.places[station];
        if place.busy == place.servers {
            return;
        }
        let Some(next) = place.queue.pop_front() else { return };
        place.busy += 1;
        if self.now_ps >= self.plan.warm_up_ps && Some(self.now_ps) < self.plan.horizon_ps {
            place.payload_bytes += next.payload;
            place.wire_bytes += next.wire;
        }
        let end_ps = self.now_ps + next.service_ps;
        self.events.push(Reverse((end_ps, What::ServerFree { station })));
        self.book(station, end_ps);
        let kind = &self.net.stations.as_slice()[station].kind;
        let leave_ps = if let StationKind::Port(port) = kind {
            let arrived_ps = end_ps.max(self.ios[next.io].tail_ps) + port.latency_ps;
            if next.into_port {
                self.ios[next.io].tail_ps = arrived_ps;
                self.now_ps + port.latency_ps.max(1)
            } else {
                self.ios[next.io].tail_ps = 0;
                arrived_ps
            }
        } else {
            end_ps
        };
        self.move_at(leave_ps, next.io);
        self.begin(station);
    }

    /// Books a service that begins now, as far as it lies in the window.
    fn book(&mut self, station: usize, end_ps: u64) {
        let from = self.now_ps.max(self.plan.warm_up_ps);
        let to = end_ps.min(self.plan.horizon_ps.unwrap_or(u64::MAX));
        self.places[station].busy_ps += to.saturating_sub(from);
    }

    fn complete(&mut self, io: usize) {
        let Io { source, number, bytes, issued_ps, .. } = self.ios[io];
        let now = self.now_ps;
        self.outcome.completed += 1;
        if now >= self.plan.warm_up_ps {
            let group = self.net.sources.as_slice()[source].group.expect("every source has one");
            let (count, sum, most) = &mut self.outcome.groups[group.index()];
            *count += 1;
            *sum += bytes;
            *most = (*most).max(Some(now - issued_ps));
        }
        // The rank in the upper 20 bits, then 44 of the number.
        let tie = (self.ranks[source] as u64) << 44 | number;
        self.outcome.fingerprint = (self.outcome.fingerprint ^ now ^ tie.rotate_left(32))
            .wrapping_mul(0x0000_0100_0000_01B3)
            .rotate_left(17);
        let arrivals = &self.net.sources.as_slice()[source].arrivals;
        if let Arrivals::Closed { think_ps, think_shape, .. } = *arrivals {
            let draw = think_shape.at(self.stream(source, "think"), self.next_number[source]);
            self.issue(source, now + ((think_ps * draw).round() as u64).max(1));
        }
    }
}

/// The steps of one list, each with whether the next of the same list is a visit to a port.
fn walk<'n>(net: &Network, steps: &'n [Step]) -> Vec<(&'n Step, bool)> {
    // One message runs on into the next port; another one starts when the first has arrived.
    let runs_on = |k: usize| match (&steps[k], steps.get(k + 1)) {
        (Step::Visit(here), Some(Step::Visit(next))) => {
            net.stations[next.station].as_port().is_some() && here.service == next.service
        }
        _ => false,
    };
    let into_port = (0..steps.len()).map(runs_on);
    steps.iter().zip(into_port).collect()
}

/// The first whose running sum of weights exceeds the draw.
fn by_weight(weights: &[f64], draw: f64) -> usize {
    let mut left = draw * weights.iter().sum::<f64>();
    for (k, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return k;
        }
    }
    weights.len() - 1
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(4),
        ..ProptestConfig::with_cases(250)
    })]

    #[test]
    fn the_engine_agrees_with_the_oracle(
        spec in networks(Vocabulary::Plain),
        warm_up_us in 0_u64..2_000,
    ) {
        let net = spec.build(Order(0));
        let plan = RunPlan::new(SEED, warm_up_us * US, 3 * MS);
        let fused = try_run(&net, &plan).map(|r| Outcome::of(&r));
        let event_per_hop =
            try_run(&net, &RunPlan { fuse: false, ..plan }).map(|r| Outcome::of(&r));
        prop_assert_eq!(&fused, &Ok(oracle(&net, &plan)));
        prop_assert_eq!(fused, event_per_hop, "with and without fused stretches");
    }
}

#[test]
fn the_oracle_is_not_blind() {
    // One exponential server: the oracle completes something, and another seed changes it.
    let spec = super::generate::Spec {
        stations: vec![(1, 2), (3, 1)],
        pools: vec![0],
        routes: vec![Vec::new(), Vec::new()],
        sources: vec![super::generate::SourceSpec {
            kind: 1,
            count: 1,
            interval_us: 10,
            mixes: vec![(1, false, 2, 0), (1, true, 3, 1)],
        }],
        vocabulary: Vocabulary::Plain,
    };
    let net = spec.build(Order(0));
    let plan = RunPlan::new(SEED, 0, 10 * MS);
    let outcome = oracle(&net, &plan);
    assert!(outcome.completed > 900, "{outcome:?}");
    assert_ne!(outcome, oracle(&net, &plan.replication(1)));
}

#[test]
fn many_draws_of_one_io_are_each_its_own() {
    // The draws of an I/O are made beforehand and kept in a row. One source fills it without gaps,
    // the other every second place of it.
    let mut net = Network::default();
    let stations: Vec<_> =
        (0..3).map(|k| net.add_station(Station::fifo(format!("station {k}"), 4))).collect();
    let role = |k: usize| &*format!("role {k}").leak();
    let steps = |step| {
        let visit = |k: usize| at(stations[k % 3], role(k), exponential(10 * US));
        (0..40).step_by(step).map(visit).collect()
    };
    for (label, step) in [("all", 1), ("even", 2)] {
        let route = net.add_route(label, steps(step));
        net.add_source(Source::poisson(label, route, 10_000.0));
    }
    let plan = RunPlan::new(SEED, MS, 20 * MS);
    let record = try_run(&net, &plan).expect("the stations have room");
    assert!(record.completed > 300, "{}", record.completed);
    assert_eq!(oracle(&net, &plan), Outcome::of(&record));
}
