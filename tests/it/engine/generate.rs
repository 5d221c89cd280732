//! Random valid networks.
//!
//! A [`Spec`] is plain data that shrinks well: every reference is a number taken modulo what
//! exists. Building it twice with another [`Order`] declares the same network in another order.
//! Tokens balance by construction, and an I/O holds tokens of at most one pool, so nothing waits
//! in a circle.

use csvnet::network::{
    Amount, Arrivals, Direction, Framing, Mix, Network, PoolId, Port, RouteId, SelectorKind,
    Service, Source, Station, StationId, StationKind, Step, TraceIo, Visit, Wait,
};
use csvnet::random::{Shape, label_hash};
use proptest::prelude::*;

use crate::support::US;

/// Roles, enough for a route.
const ROLES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

/// Bytes of I/Os, so that some are split and some are not.
const SIZES: [u64; 6] = [0, 512, 4_096, 65_536, 150_000, 524_288];

/// Tokens of 64 KiB the largest I/O takes.
const TOKENS_LEAST: u64 = 8;

/// Which kinds of parts a network may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// Everything.
    Full,
    /// What the oracle knows.
    Plain,
}

/// One step, by number.
#[derive(Clone, Debug)]
pub(super) enum StepSpec {
    Visit { station: usize, role: usize, mean_us: u32, shape: u8, class: u8, payload: bool },
    Fork { wait: u8, branches: Vec<Vec<StepSpec>> },
    Split { chunk: u64, window: Option<u32>, body: Vec<StepSpec> },
    Choose { kind: u8, role: usize, branches: Vec<Vec<StepSpec>> },
    Hold { pool: usize, amount: u8, body: Vec<StepSpec> },
}

/// One source, by number.
#[derive(Clone, Debug)]
pub(super) struct SourceSpec {
    pub(super) kind: u8,
    pub(super) count: u32,
    pub(super) interval_us: u32,
    pub(super) mixes: Vec<(u8, bool, usize, usize)>,
}

/// A network, by number.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    pub(super) stations: Vec<(u8, u32)>,
    pub(super) pools: Vec<u64>,
    pub(super) routes: Vec<Vec<StepSpec>>,
    pub(super) sources: Vec<SourceSpec>,
    pub(super) vocabulary: Vocabulary,
}

/// In which order the parts are declared: by a hash of the salt, or as they are for zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order(pub(super) u64);

impl Order {
    /// A permutation of `n` things.
    fn of(self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        if self.0 > 0 {
            order.sort_by_key(|k| label_hash(&format!("{} {k}", self.0)));
        }
        order
    }
}

fn leaf() -> impl Strategy<Value = StepSpec> {
    (0..64_usize, 0..ROLES.len(), 1_u32..60, 0..5_u8, 0..8_u8, any::<bool>()).prop_map(
        |(station, role, mean_us, shape, class, payload)| StepSpec::Visit {
            station,
            role,
            mean_us,
            shape,
            class,
            payload,
        },
    )
}

fn branches(
    step: impl Strategy<Value = StepSpec> + Clone,
) -> impl Strategy<Value = Vec<Vec<StepSpec>>> {
    prop::collection::vec(prop::collection::vec(step, 0..4), 1..4)
}

fn steps(vocabulary: Vocabulary) -> BoxedStrategy<Vec<StepSpec>> {
    let step = if vocabulary == Vocabulary::Full {
        leaf().prop_recursive(3, 24, 4, |inner| {
            let body = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                2 => leaf(),
                1 => (0..6_u8, branches(inner.clone()))
                    .prop_map(|(wait, branches)| StepSpec::Fork { wait, branches }),
                1 => (1..200_000_u64, prop::option::of(1..9_u32), body.clone()).prop_map(
                    |(chunk, window, body)| StepSpec::Split { chunk: chunk + 20_000, window, body }
                ),
                1 => (0..4_u8, 0..ROLES.len(), branches(inner.clone())).prop_map(
                    |(kind, role, branches)| StepSpec::Choose { kind, role, branches }
                ),
                1 => (0..8_usize, 0..4_u8, body)
                    .prop_map(|(pool, amount, body)| StepSpec::Hold { pool, amount, body }),
            ]
        })
        .boxed()
    } else {
        leaf()
            .prop_recursive(2, 12, 3, |inner| {
                (0..2_u8, 0..ROLES.len(), branches(inner))
                    .prop_map(|(kind, role, branches)| StepSpec::Choose { kind, role, branches })
            })
            .boxed()
    };
    prop::collection::vec(step, 0..6).boxed()
}

fn source(vocabulary: Vocabulary) -> impl Strategy<Value = SourceSpec> {
    let kinds = if vocabulary == Vocabulary::Full { 6 } else { 3_u8 };
    let mix = (1..5_u8, any::<bool>(), 0..SIZES.len(), 0..8_usize);
    (0..kinds, 1..7_u32, 5..200_u32, prop::collection::vec(mix, 1..4)).prop_map(
        |(kind, count, interval_us, mixes)| SourceSpec { kind, count, interval_us, mixes },
    )
}

/// Random networks of a vocabulary.
pub(super) fn networks(vocabulary: Vocabulary) -> impl Strategy<Value = Spec> {
    let kinds = if vocabulary == Vocabulary::Full { 7 } else { 4_u8 };
    (
        prop::collection::vec((0..kinds, 1..5_u32), 1..7),
        prop::collection::vec(0..30_u64, 1..4),
        prop::collection::vec(steps(vocabulary), 1..4),
        prop::collection::vec(source(vocabulary), 1..5),
    )
        .prop_map(move |(stations, pools, routes, sources)| Spec {
            stations,
            pools,
            routes,
            sources,
            vocabulary,
        })
}

/// What building needs to know while it goes down into the steps.
struct Builder {
    net: Network,
    /// Ids by number, whatever the order of declaration.
    stations: Vec<StationId>,
    pools: Vec<PoolId>,
    /// Choices of the route so far.
    choices: u32,
}

impl Spec {
    /// The network, declared in an order.
    pub(super) fn build(&self, order: Order) -> Network {
        let mut builder = Builder {
            net: Network::default(),
            stations: vec![StationId::from_index(0); self.stations.len()],
            pools: Vec::new(),
            choices: 0,
        };
        for k in order.of(self.stations.len()) {
            builder.stations[k] = builder.net.add_station(self.station(k));
        }
        for (k, extra) in self.pools.iter().enumerate() {
            let pool = builder.net.add_pool(format!("pool {k}"), TOKENS_LEAST + extra);
            builder.pools.push(pool);
        }
        let mut routes = vec![RouteId::from_index(0); self.routes.len()];
        for k in order.of(self.routes.len()) {
            // A route of nothing takes no time; it has a step so that a closed source pauses.
            builder.choices = 0;
            let mut program = vec![builder.first(k)];
            program.extend(builder.steps(&self.routes[k], k, false));
            routes[k] = builder.net.add_route(format!("route {k}"), program);
        }
        for k in order.of(self.sources.len()) {
            builder.net.add_source(self.source(k, &routes));
        }
        builder.net
    }

    fn station(&self, k: usize) -> Station {
        let (kind, n) = self.stations[k];
        let port = |weights: Vec<u32>| {
            StationKind::Port(Port {
                ps_per_byte: 37.5 * f64::from(n),
                latency_ps: u64::from(n - 1) * US / 2,
                weights,
                changes: Vec::new(),
                link: None,
            })
        };
        let rise = if self.vocabulary == Vocabulary::Full { 0.25 } else { 0.0 };
        let kind = match kind {
            0 => StationKind::Fifo { servers: 1, cost_rise: 0.0 },
            1 => StationKind::Fifo { servers: n, cost_rise: rise },
            2 => StationKind::Delay,
            3 => port(vec![1]),
            4 => StationKind::Shared { servers: n },
            5 => StationKind::Priority { classes: n },
            _ if n == 1 => StationKind::Limiter { burst_ps: 30 * US },
            _ => port((1..=n).collect()),
        };
        Station::new(format!("station {k}"), kind)
    }

    fn source(&self, k: usize, routes: &[RouteId]) -> Source {
        let spec = &self.sources[k];
        let mix: Vec<Mix> = spec
            .mixes
            .iter()
            .map(|(weight, write, size, route)| Mix {
                weight: f64::from(*weight),
                direction: if *write { Direction::Write } else { Direction::Read },
                bytes: SIZES[*size],
                route: routes[route % routes.len()],
            })
            .collect();
        let interval_ps = f64::from(spec.interval_us) * 1e6;
        let arrivals = match spec.kind {
            0 => Arrivals::Closed {
                outstanding: spec.count,
                think_ps: interval_ps * f64::from(spec.count % 3),
                think_shape: Shape::Exponential,
            },
            1 => Arrivals::Poisson { interval_ps },
            2 => Arrivals::Paced { interval_ps },
            3 => {
                Arrivals::Throttled { outstanding: spec.count, lanes: 2, interval_ps, clock: None }
            }
            4 => Arrivals::Bursty {
                interval_ps: interval_ps / 4.0,
                burst_ps: interval_ps * 3.0,
                idle_ps: interval_ps * 5.0,
            },
            _ => {
                let ios = (0..40 * u64::from(spec.count)).map(|n| TraceIo {
                    // Several at each instant, so that ties in time happen.
                    at_ps: n / 3 * u64::from(spec.interval_us) * US,
                    bytes: mix[n as usize % mix.len()].bytes,
                    mix: (n % mix.len() as u64) as u32,
                });
                Arrivals::Trace(ios.collect::<Vec<_>>().into())
            }
        };
        let (label, active) = (format!("source {k}"), csvnet::network::Active::default());
        Source { label, group: None, arrivals, mix, active }
    }
}

impl Builder {
    /// A first visit of a route, in a role of its own.
    fn first(&self, route: usize) -> Step {
        self.visit(&(route, 3, 0, 0, true), "first")
    }

    fn visit(&self, spec: &(usize, u32, u8, u8, bool), role: &'static str) -> Step {
        let (station, mean_us, shape, class, payload) = *spec;
        let station = self.stations[station % self.stations.len()];
        let kind = &self.net.stations[station].kind;
        let classes = match kind {
            StationKind::Port(port) => port.weights.len(),
            StationKind::Priority { classes } => *classes as usize,
            _ => 1,
        };
        let shape = match shape {
            0 | 1 => Shape::Constant,
            2 => Shape::Exponential,
            3 => Shape::log_normal(2.0).expect("2 is in range"),
            _ => Shape::gamma(0.5).expect("0.5 is in range"),
        };
        let framing = Framing { payload: 1_460, overhead: 78 };
        let service = if matches!(kind, StationKind::Port(_)) {
            Service::Wire { header_bytes: 100, payload, framing }
        } else {
            Service::Time {
                base_ps: f64::from(mean_us) * 1e6,
                per_byte_ps: 10.0,
                per_frame_ps: if payload { 5_000.0 } else { 0.0 },
                framing,
                shape,
            }
        };
        Visit::new(station, role, service).in_class(class % classes as u8).into()
    }

    fn steps(&mut self, specs: &[StepSpec], route: usize, holding: bool) -> Vec<Step> {
        let mut out = Vec::new();
        for spec in specs {
            match spec {
                StepSpec::Visit { station, role, mean_us, shape, class, payload } => {
                    let visit = (*station, *mean_us, *shape, *class, *payload);
                    out.push(self.visit(&visit, ROLES[*role]));
                }
                StepSpec::Fork { wait, branches } => {
                    let wait = match wait {
                        0 | 1 => Wait::All,
                        2 => Wait::None,
                        n => Wait::First((u32::from(*n) - 2).min(branches.len() as u32)),
                    };
                    // A branch nobody waits for may run on when its parent has given its tokens
                    // back, so branches never hold any.
                    let branches = self.branches(branches, route, true);
                    out.push(Step::Fork { wait, branches });
                }
                StepSpec::Split { chunk, window, body } => {
                    let body = self.steps(body, route, holding);
                    out.push(Step::Split { chunk_bytes: *chunk, window: *window, body });
                }
                StepSpec::Choose { kind, role, branches } => {
                    let n = branches.len() as u32;
                    let kind = match kind {
                        0 => SelectorKind::Weights((1..=n).map(f64::from).collect()),
                        1 => SelectorKind::RoundRobin(n),
                        2 => SelectorKind::LeastOutstanding(n),
                        _ => SelectorKind::Hash(n),
                    };
                    let branches = self.branches(branches, route, holding);
                    // The label keys the draw of a hash, so it must not tell the order.
                    self.choices += 1;
                    let label = format!("choice {route} {}", self.choices);
                    let selector = self.net.add_selector(label, kind);
                    out.push(Step::Choose { selector, role: ROLES[*role], branches });
                }
                StepSpec::Hold { pool, amount, body } => {
                    let body = self.steps(body, route, true);
                    if holding {
                        out.extend(body);
                        continue;
                    }
                    let pool = self.pools[pool % self.pools.len()];
                    let amount = match amount {
                        0 => Amount::PerBytes { unit: 65_536 },
                        n => Amount::Fixed(u64::from(*n) * 2),
                    };
                    out.push(Step::Acquire { pool, amount });
                    out.extend(body);
                    out.push(Step::Release { pool, amount });
                }
            }
        }
        out
    }

    fn branches(
        &mut self,
        branches: &[Vec<StepSpec>],
        route: usize,
        holding: bool,
    ) -> Vec<Vec<Step>> {
        branches.iter().map(|branch| self.steps(branch, route, holding)).collect()
    }
}
