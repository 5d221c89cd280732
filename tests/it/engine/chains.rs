//! Random networks that are rich in chains: fused, un-fused and traced they are the same.
//!
//! The networks of [`super::generate`] seldom hold two single servers in a row, and no steps in
//! common; here nearly everything is a chain, and routes join in the middle of each other's.

use std::sync::Arc;

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Arrivals, Direction, Framing, Mix, Network, Port, RouteId, Selector, SelectorKind, Service,
    Source, Station, StationId, StationKind, Step, Visit, Wait,
};
use csvnet::random::{Seed, Shape, Stream};

use super::oracle::{Outcome, oracle};
use crate::support::{MS, SEED, US, at, exponential, run, try_run};

/// Networks looked at.
const NETWORKS: u64 = 300;
/// Roles in the larger networks: more than there are bits that say which draws are at hand.
const ROLES: u64 = 90;
/// Pending events beyond which the calendar is a wheel.
const WHEEL: u64 = 48;
const SIZES: [u64; 6] = [0, 512, 4_096, 65_536, 150_000, 524_288];

/// Draws a network; it is the same for the same number.
struct Maker {
    stream: Stream,
    drawn: u64,
    net: Network,
    commons: Vec<Arc<[Step]>>,
    roles: Vec<&'static str>,
    /// Where the chain is.
    at: u64,
    /// One visit in so many is elsewhere.
    leap: u64,
    /// Whether to use what the oracle does not know.
    full: bool,
}

impl Maker {
    /// One of the numbers below `n`.
    fn below(&mut self, n: u64) -> u64 {
        self.drawn += 1;
        self.stream.at(self.drawn) % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn role(&mut self) -> &'static str {
        let role = self.below(self.roles.len() as u64);
        self.roles[role as usize]
    }

    /// A kind of station; in a chain mostly a single server.
    fn kind(&mut self, chain: bool) -> StationKind {
        let n = 1 + self.below(4) as u32;
        let port = |weights| {
            StationKind::Port(Port {
                ps_per_byte: 37.5 * f64::from(n),
                latency_ps: u64::from(n - 1) * US / 2,
                weights,
                changes: Vec::new(),
                link: None,
            })
        };
        if chain && !self.one_in(4) {
            return StationKind::Fifo { servers: 1, cost_rise: 0.0 };
        }
        match self.below(if self.full { 8 } else { 5 }) {
            0 | 1 => StationKind::Fifo { servers: 1, cost_rise: 0.0 },
            2 => StationKind::Fifo { servers: n, cost_rise: if self.full { 0.25 } else { 0.0 } },
            3 => StationKind::Delay,
            4 => port(vec![1]),
            5 => StationKind::Shared { servers: n },
            6 => StationKind::Priority { classes: n },
            _ => port((1..=n).collect()),
        }
    }

    fn visit(&mut self, station: u64) -> Visit {
        let station = StationId::from_index(station as usize);
        let (is_port, classes) = match &self.net.stations[station].kind {
            StationKind::Port(port) => (true, port.weights.len() as u64),
            StationKind::Priority { classes } => (false, u64::from(*classes)),
            _ => (false, 1),
        };
        let framing = Framing { payload: 1_460, overhead: 78 };
        let service = if is_port {
            Service::Wire { header_bytes: 100, payload: self.one_in(2), framing }
        } else {
            // Constant times make ties, which the oracle resolves in its own way.
            let shape = match self.below(if self.full { 6 } else { 5 }) {
                0 | 1 => Shape::Exponential,
                2 => Shape::log_normal(2.0).expect("2 is in range"),
                3 => Shape::gamma(0.5).expect("0.5 is in range"),
                4 => Shape::hyper_exponential(3.0).expect("3 is in range"),
                _ => Shape::Constant,
            };
            let per_frame_ps = if self.one_in(3) { 5_000.0 } else { 0.0 };
            let base_ps = (1 + self.below(40)) as f64 * 1e6;
            Service::Time { base_ps, per_byte_ps: 10.0, per_frame_ps, framing, shape }
        };
        let role = self.role();
        let class = self.below(classes) as u8;
        Visit::new(station, role, service).in_class(class)
    }

    /// A visit to the next station of the chain, and now and then elsewhere.
    fn next_visit(&mut self) -> Visit {
        let stations = self.net.stations.len() as u64;
        self.at =
            if self.one_in(self.leap) { self.below(stations) } else { (self.at + 1) % stations };
        self.visit(self.at)
    }

    fn branches(&mut self, n: u64, depth: u32) -> Vec<Vec<Step>> {
        (0..n).map(|_| self.steps(depth, 3)).collect()
    }

    /// Up to `most` steps, nested `depth` deep.
    fn steps(&mut self, depth: u32, most: u64) -> Vec<Step> {
        (0..self.below(most + 1)).map(|_| self.step(depth)).collect()
    }

    fn step(&mut self, depth: u32) -> Step {
        match self.below(if depth == 0 {
            6
        } else if self.full {
            14
        } else {
            11
        }) {
            0..=5 => self.next_visit().into(),
            6 | 7 => self.choice(depth - 1),
            8 | 9 => Step::Common(self.common(depth - 1)),
            10 => self.buffer(depth - 1),
            11 | 12 => {
                let n = 1 + self.below(3);
                let branches = self.branches(n, depth - 1);
                let wait = match self.below(4) {
                    0 => Wait::None,
                    1 => Wait::First(1),
                    _ => Wait::All,
                };
                Step::Fork { wait, branches }
            }
            _ => {
                let chunk_bytes = 30_000 + self.below(100_000);
                let window = if self.one_in(2) { None } else { Some(1 + self.below(4) as u32) };
                Step::Split { chunk_bytes, window, body: self.steps(depth - 1, 3) }
            }
        }
    }

    fn choice(&mut self, depth: u32) -> Step {
        let n = 1 + self.below(3);
        let ways = n as u32;
        let kind = match self.below(if self.full { 4 } else { 2 }) {
            0 => SelectorKind::Weights((1..=ways).map(f64::from).collect()),
            1 => SelectorKind::RoundRobin(ways),
            2 => SelectorKind::Hash(ways),
            _ => SelectorKind::LeastOutstanding(ways),
        };
        let branches = self.branches(n, depth);
        let label = format!("selector {}", self.net.selectors.len());
        let selector = self.net.selectors.push(Selector { label, kind });
        Step::Choose { selector, role: self.role(), branches }
    }

    /// Steps in common, mostly those of others.
    fn common(&mut self, depth: u32) -> Arc<[Step]> {
        if self.commons.is_empty() || self.one_in(4) {
            let common: Arc<[Step]> = self.steps(depth, 4).into();
            self.commons.push(common);
        }
        let common = self.below(self.commons.len() as u64);
        self.commons[common as usize].clone()
    }

    /// A visit to a finite buffer, or anywhere where there is no single server.
    fn buffer(&mut self, depth: u32) -> Step {
        let visit = self.next_visit();
        let kind = &self.net.stations[visit.station].kind;
        if !matches!(kind, StationKind::Fifo { servers: 1, .. }) {
            return visit.into();
        }
        let places = 1 + self.below(6) as u32;
        Step::IfRoom { visit, places, refused: self.steps(depth, 2) }
    }

    fn source(&mut self, k: u64, large: bool) -> Source {
        let mixes = 1 + self.below(3);
        let mix = (0..mixes).map(|_| {
            let direction = if self.one_in(2) { Direction::Read } else { Direction::Write };
            let route = self.below(self.net.routes.len() as u64) as usize;
            Mix {
                weight: 1.0 + self.below(4) as f64,
                direction,
                bytes: SIZES[self.below(SIZES.len() as u64) as usize],
                route: RouteId::from_index(route),
            }
        });
        let mix = mix.collect();
        let interval_ps = (20 + self.below(if large { 2_000 } else { 300 })) as f64 * 1e6;
        let outstanding = 1 + self.below(if large { 40 } else { 6 }) as u32;
        let arrivals = match self.below(if self.full { 4 } else { 3 }) {
            0 => Arrivals::Closed {
                outstanding,
                think_ps: interval_ps * f64::from(outstanding % 3),
                think_shape: Shape::Exponential,
            },
            1 => Arrivals::Poisson { interval_ps },
            2 => Arrivals::Paced { interval_ps },
            _ => Arrivals::Throttled { outstanding, lanes: 2, interval_ps, clock: None },
        };
        let (label, active) = (format!("source {k}"), csvnet::network::Active::default());
        Source { label, group: None, arrivals, mix, active }
    }
}

/// The network of a number.
fn network(number: u64, full: bool, large: bool) -> Network {
    let mut maker = Maker {
        stream: Stream::new(Seed(number), 0, "chains"),
        drawn: 0,
        net: Network::default(),
        commons: Vec::new(),
        roles: Vec::new(),
        at: 0,
        leap: 3,
        full,
    };
    let roles = if large { ROLES } else { 12 };
    maker.roles = (0..roles).map(|k| &*format!("role {k}").leak()).collect();
    let chain = maker.one_in(2);
    if chain {
        maker.leap = 20;
    }
    for k in 0..2 + maker.below(if large { 24 } else { 8 }) {
        let kind = maker.kind(chain);
        maker.net.add_station(Station::new(format!("station {k}"), kind));
    }
    for k in 0..=maker.below(if large { 8 } else { 4 }) {
        // A first visit, so that every closed source pauses; many begin at the same one.
        maker.at = if maker.one_in(2) { 0 } else { maker.below(maker.net.stations.len() as u64) };
        let mut steps = vec![maker.visit(maker.at).into()];
        steps.extend(maker.steps(2, if large { 14 } else { 6 }));
        if maker.one_in(2) {
            steps.push(Step::Common(maker.common(1)));
        }
        maker.net.add_route(format!("route {k}"), steps);
    }
    for k in 0..=maker.below(if large { 24 } else { 4 }) {
        let source = maker.source(k, large);
        maker.net.add_source(source);
    }
    maker.net
}

/// The same steps, with a copy of their own of everything in common.
fn copied(steps: &[Step]) -> Vec<Step> {
    let all = |branches: &[Vec<Step>]| branches.iter().map(|b| copied(b)).collect();
    let copy = |step: &Step| match step.clone() {
        Step::Common(steps) => Step::Common(copied(&steps).into()),
        Step::Choose { selector, role, branches } => {
            Step::Choose { selector, role, branches: all(&branches) }
        }
        Step::Fork { wait, branches } => Step::Fork { wait, branches: all(&branches) },
        Step::Split { chunk_bytes, window, body } => {
            Step::Split { chunk_bytes, window, body: copied(&body) }
        }
        Step::IfRoom { visit, places, refused } => {
            Step::IfRoom { visit, places, refused: copied(&refused) }
        }
        other => other,
    };
    steps.iter().map(copy).collect()
}

/// What a run measured, without what may depend on how it was run.
fn measured(record: &RunRecord) -> RunRecord {
    RunRecord { hops: Vec::new(), ios: Vec::new(), events: 0, ..record.clone() }
}

#[test]
fn chains_are_the_same_however_they_are_run() {
    let (mut ran, mut fused, mut wheels, mut compared) = (0, 0, 0, 0);
    for number in 0..NETWORKS {
        let (full, large) = (number % 2 == 1, number % 4 >= 2);
        let net = network(number, full, large);
        let warm_up_ps = if number % 3 == 0 { 0 } else { MS / 2 };
        let horizon_ps = if large { 4 * MS } else { 3 * MS };
        let plan = RunPlan::new(SEED, warm_up_ps, horizon_ps);
        let plan = RunPlan { under_way_max: 20_000, events_max: 400_000, ..plan };
        let hop_by_hop = RunPlan { fuse: false, ..plan };
        // A few are overloaded by their forks, and run into a bound one way or the other.
        let (Ok(whole), Ok(plain)) = (try_run(&net, &plan), try_run(&net, &hop_by_hop)) else {
            continue;
        };
        let expected = measured(&plain);
        let agrees = |record: RunRecord, how: &str| {
            assert_eq!(record.fingerprint, expected.fingerprint, "network {number}, {how}");
            assert_eq!(record.stations, expected.stations, "network {number}, {how}");
            assert!(measured(&record) == expected, "network {number}, {how}: groups");
        };
        fused += u32::from(whole.events < plain.events);
        wheels += u32::from(whole.inside > WHEEL);
        ran += 1;
        agrees(whole, "fused");
        let traced = try_run(&net, &RunPlan { trace_ios: u64::MAX, ..plan });
        agrees(traced.expect("a trail asks for nothing more"), "traced");
        let mut apart = net.clone();
        for route in &mut apart.routes {
            route.steps = copied(&route.steps);
        }
        agrees(try_run(&apart, &plan).expect("copies ask for nothing more"), "copied");
        if !full {
            compared += 1;
            assert_eq!(oracle(&net, &plan), Outcome::of(&plain), "network {number}, oracle");
        }
    }
    // The property would be empty if none of them were what it is about.
    assert!(ran > 270, "{ran} ran");
    assert!(fused > 60, "{fused} were fused");
    assert!(wheels > 50, "{wheels} had many events pending");
    assert!(compared > 130, "{compared} were compared with the oracle");
}

#[test]
fn a_fork_in_common_numbers_its_branches_afresh() {
    // The branches of each I/O draw by their number, which begins again with each I/O; whether a
    // source ever forks is found once for all who have the steps in common.
    let build = |common: bool| {
        let mut net = Network::default();
        let delay = net.add_station(Station::new("delay", StationKind::Delay));
        let branch = |role| vec![at(delay, role, exponential(10 * US))];
        let steps: Arc<[Step]> =
            vec![Step::Fork { wait: Wait::All, branches: vec![branch("left"), branch("right")] }]
                .into();
        for label in ["one", "two"] {
            let own = if common { vec![Step::Common(steps.clone())] } else { steps.to_vec() };
            let route = net.add_route(label, own);
            net.add_source(Source::closed(label, route, 2));
        }
        net
    };
    let plan = RunPlan::new(SEED, 0, 10 * MS);
    let (shared, apart) = (run(&build(true), &plan), run(&build(false), &plan));
    assert!(apart.completed > 1_000, "slots are used again and again");
    assert_eq!(measured(&shared), measured(&apart));
}
