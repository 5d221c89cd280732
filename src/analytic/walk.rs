//! From a network to chains, trees and visits.

use std::collections::BTreeMap;

use super::model::Thinning;
use super::model::{Centre, Chain, Drive, Holding, Join, Law, Leaf, Model, NONE, Node, Split};
use super::open::{burst_scv, harmonic};
use crate::network::{
    Arrivals, Direction, Network, PoolId, SelectorId, SelectorKind, Service, Source, StationKind,
    Step, TraceIo, Visit, Wait,
};
use crate::random::Shape;

/// Longest time considered, in picoseconds: squares of it must not overflow.
const TIME_MOST: f64 = 1e30;

/// One kind of I/O of a source: its share, size and entry of the mix.
struct Kind {
    share: f64,
    bytes: u64,
    mix: usize,
}

/// Where in a tree the walk is.
#[derive(Clone, Copy)]
struct Place {
    /// Times an I/O comes here.
    visits: f64,
    loose: bool,
    ways: f64,
    bytes: u64,
    /// Chunks of one I/O that arrive here together.
    burst: f64,
    /// How far apart the slowest centre passed has set them.
    spacing: f64,
}

/// Walks every source of a valid network.
pub(super) fn model_of(net: &Network) -> Model {
    let mut walker = Walker::new(net);
    for source in &net.sources {
        walker.chain(source);
    }
    walker.finish()
}

struct Walker<'n> {
    net: &'n Network,
    model: Model,
    cells: BTreeMap<(u32, u32, u8), u32>,
    feeds: BTreeMap<(u32, u32), u32>,
    holdings: BTreeMap<(u32, u32), u32>,
    /// Visitors at once, by centre; tokens at pools. Infinite where nothing limits them.
    most_inside: Vec<f64>,
    plain: bool,
    serial: bool,
}

impl<'n> Walker<'n> {
    fn new(net: &'n Network) -> Self {
        let mut model = Model::default();
        for station in &net.stations {
            let (law, rise) = match &station.kind {
                StationKind::Fifo { cost_rise, .. } => (Law::Queue, *cost_rise),
                StationKind::Delay => (Law::Delay, 0.0),
                StationKind::Shared { .. } => (Law::Sharing, 0.0),
                StationKind::Priority { classes } => {
                    let first = model.buckets as u32;
                    model.buckets += *classes as usize;
                    (Law::Priority { first, classes: *classes }, 0.0)
                }
                StationKind::Port(_) => (Law::Queue, 0.0),
                StationKind::Limiter { burst_ps } => {
                    (Law::Limiter { burst: *burst_ps as f64 }, 0.0)
                }
            };
            let servers = station.servers();
            let rise = if servers > 1.0 { rise.min(1e9) } else { 0.0 };
            model.centres.push(Centre {
                law,
                servers,
                rise,
                most_inside: 0.0,
                idle: false,
                fixed: true,
            });
        }
        for pool in &net.pools {
            let servers = pool.tokens as f64;
            let law = Law::Pool;
            model.centres.push(Centre {
                law,
                servers,
                rise: 0.0,
                most_inside: 0.0,
                idle: false,
                fixed: true,
            });
        }
        let most_inside = vec![0.0; model.centres.len()];
        Self {
            net,
            model,
            cells: BTreeMap::new(),
            feeds: BTreeMap::new(),
            holdings: BTreeMap::new(),
            most_inside,
            plain: true,
            serial: true,
        }
    }

    fn chain(&mut self, source: &Source) {
        let (drive, kinds) = drive_and_kinds(source);
        let first = self.model.leaves.len() as u32;
        (self.plain, self.serial) = (true, true);
        let mut trees = Vec::new();
        let (mut read_bytes, mut write_bytes) = (0.0, 0.0);
        let mut starts = Vec::new();
        for kind in kinds {
            let mix = &source.mix[kind.mix];
            match mix.direction {
                Direction::Read => read_bytes += kind.share * kind.bytes as f64,
                Direction::Write => write_bytes += kind.share * kind.bytes as f64,
            }
            starts.push((self.model.leaves.len(), kind.share));
            let mut place = Place {
                visits: kind.share,
                loose: false,
                ways: 1.0,
                bytes: kind.bytes,
                burst: 1.0,
                spacing: 0.0,
            };
            let steps = &self.net.routes[mix.route].steps;
            let tree = self.block(steps, &mut place);
            trees.push((kind.share, tree));
        }
        let last = self.model.leaves.len();
        let chain = Chain {
            group: source.group.map_or(0, |g| g.index() as u32),
            drive,
            trees,
            leaves: first..last as u32,
            read_bytes,
            write_bytes,
            plain: self.plain,
            serial: self.serial,
        };
        self.count_inside(&chain, &starts);
        self.model.chains.push(chain);
    }

    /// Adds up how many I/Os of the chain can be at a centre at once.
    fn count_inside(&mut self, chain: &Chain, starts: &[(usize, f64)]) {
        let mut most = vec![0.0_f64; self.most_inside.len()];
        for (i, &(start, share)) in starts.iter().enumerate() {
            let end = starts.get(i + 1).map_or(chain.leaves.end as usize, |s| s.0);
            let mut inside = vec![0.0; most.len()];
            for leaf in &self.model.leaves[start..end] {
                let centre = leaf.centre as usize;
                let at_once = if leaf.loose || chain.population().is_none() {
                    f64::INFINITY
                } else if leaf.tokens > 0.0 {
                    inside[centre] + leaf.tokens * (leaf.visits / share.max(1e-300)).max(1.0)
                } else if chain.serial {
                    1.0
                } else {
                    inside[centre] + (leaf.visits / share.max(1e-300)).max(1.0)
                };
                inside[centre] = at_once;
            }
            for (most, inside) in most.iter_mut().zip(inside) {
                *most = most.max(inside);
            }
        }
        let population = chain.population().unwrap_or(1.0);
        for (sum, most) in self.most_inside.iter_mut().zip(most) {
            *sum += population * most;
        }
    }

    fn finish(mut self) -> Model {
        let centres = self.model.centres.len();
        let mut tokens = vec![(0.0, 0.0); centres];
        for leaf in self.model.leaves.iter().filter(|l| l.tokens > 0.0) {
            let (sum, visits) = &mut tokens[leaf.centre as usize];
            *sum += leaf.visits * leaf.tokens;
            *visits += leaf.visits;
        }
        self.model.mean_tokens = vec![1.0; centres];
        for (i, centre) in self.model.centres.iter_mut().enumerate() {
            centre.most_inside = self.most_inside[i];
            centre.idle = centre.most_inside <= centre.servers;
            if centre.law == Law::Pool {
                let (sum, visits) = tokens[i];
                let mean: f64 = if visits > 0.0 { sum / visits } else { 1.0 };
                self.model.mean_tokens[i] = mean.max(1.0);
                centre.servers = (centre.servers / mean.max(1.0)).max(1.0);
                centre.most_inside /= mean.max(1.0);
            }
        }
        for leaf in &self.model.leaves {
            let fixed = self.model.chains[leaf.chain as usize].population().is_none();
            let centre = &mut self.model.centres[leaf.centre as usize];
            centre.fixed &= fixed && centre.law != Law::Pool;
        }
        self.model.feeds = self.feeds.len();
        self.model
    }

    fn block(&mut self, steps: &[Step], place: &mut Place) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(steps.len());
        let mut port_before = NONE;
        for step in steps {
            let mut port = NONE;
            match step {
                Step::Visit(visit) => {
                    let is_port = self.net.stations[visit.station].as_port().is_some();
                    let leaf = self.leaf(visit, place, port_before);
                    if is_port {
                        port = leaf;
                        self.plain = false;
                        if port_before == NONE {
                            nodes.push(Node::Run(leaf..leaf + 1));
                        } else if let Some(Node::Run(run)) = nodes.last_mut() {
                            run.end = leaf + 1;
                        }
                    } else {
                        nodes.push(Node::Visit(leaf));
                    }
                }
                Step::Fork { wait, branches } => nodes.push(self.fork(*wait, branches, place)),
                Step::Split { chunk_bytes, window, body } => {
                    self.split(*chunk_bytes, *window, body, place, &mut nodes);
                }
                Step::Choose { selector, branches, .. } => {
                    nodes.push(self.choose(*selector, branches, place));
                }
                Step::Acquire { pool, amount } => {
                    self.plain = false;
                    let leaf = self.acquire(*pool, amount.of(place.bytes), place);
                    nodes.push(Node::Acquire(leaf));
                }
                Step::Release { pool, amount } => {
                    let cell = self.holding(self.pool_centre(*pool));
                    let tokens = amount.of(place.bytes) as f64 * place.visits;
                    nodes.push(Node::Release { cell, tokens });
                }
            }
            port_before = port;
        }
        nodes
    }

    fn fork(&mut self, wait: Wait, branches: &[Vec<Step>], place: &mut Place) -> Node {
        (self.plain, self.serial) = (false, false);
        let n = branches.len() as u32;
        let join = match wait {
            Wait::All => Join::All,
            Wait::None | Wait::First(0) => Join::None,
            Wait::First(k) if k >= n => Join::All,
            Wait::First(k) => Join::First(k),
        };
        let mut spacing = place.spacing;
        let mut walked = Vec::with_capacity(branches.len());
        for branch in branches {
            let mut inner = Place { loose: place.loose || join != Join::All, ..*place };
            walked.push(self.block(branch, &mut inner));
            if join == Join::All {
                spacing = spacing.max(inner.spacing);
            }
        }
        place.spacing = spacing;
        Node::Fork { join, branches: walked }
    }

    fn choose(&mut self, id: SelectorId, branches: &[Vec<Step>], place: &mut Place) -> Node {
        let selector = &self.net.selectors[id];
        let n = branches.len() as f64;
        let (ways, thinning) = match selector.kind {
            SelectorKind::LeastOutstanding(_) => (n, Thinning::Balanced),
            SelectorKind::RoundRobin(_) => (1.0, Thinning::InTurn),
            _ => (1.0, Thinning::Random),
        };
        if thinning != Thinning::Random {
            self.plain = false;
        }
        let mut shares: Vec<f64> = (0..branches.len())
            .map(|way| selector.share(way))
            .map(|share| if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 / n })
            .collect();
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        let mut spacing = 0.0;
        let mut walked = Vec::with_capacity(branches.len());
        for (branch, &share) in branches.iter().zip(&shares) {
            let mut inner = Place {
                visits: place.visits * share,
                ways: place.ways * ways,
                burst: (place.burst * share).max(1.0),
                spacing: place.spacing / share.max(1e-9),
                ..*place
            };
            walked.push(self.block(branch, &mut inner));
            spacing += share * share * inner.spacing;
        }
        place.spacing = place.spacing.max(spacing);
        Node::Choose { shares, thinning, branches: walked }
    }

    fn split(
        &mut self,
        chunk: u64,
        window: Option<u32>,
        body: &[Step],
        place: &mut Place,
        nodes: &mut Vec<Node>,
    ) {
        if place.bytes <= chunk {
            nodes.extend(self.block(body, place));
            return;
        }
        (self.plain, self.serial) = (false, false);
        let (full, rest) = (place.bytes / chunk, place.bytes % chunk);
        let chunks = full + u64::from(rest > 0);
        let window = u64::from(window.unwrap_or(u32::MAX)).min(chunks) as f64;
        let mut walk = |bytes: u64, times: f64| {
            let start = self.model.leaves.len();
            let visits = place.visits * times;
            let mut inner =
                Place { visits, bytes, burst: place.burst * window, spacing: 0.0, ..*place };
            let nodes = self.block(body, &mut inner);
            (nodes, self.slowest(start, visits, times), inner.spacing)
        };
        let (body, slowest, spacing) = walk(chunk, full as f64);
        let rest = if rest > 0 { Some(walk(rest, 1.0)) } else { None };
        let slowest_rest = rest.as_ref().map_or(0.0, |r| r.1);
        place.spacing = place.spacing.max(spacing * chunks as f64);
        nodes.push(Node::Split(Box::new(Split {
            full: full as f64,
            chunks: chunks as f64,
            window,
            body,
            rest: rest.map(|r| r.0),
            slowest,
            slowest_rest,
            spread: harmonic(window) - 1.0,
        })));
    }

    /// Server time a chunk needs at the centre that needs most, from the leaves walked since
    /// `start` for `visits` chunks an I/O of the chain.
    fn slowest(&self, start: usize, visits: f64, chunks: f64) -> f64 {
        if visits <= 0.0 {
            return 0.0;
        }
        let mut demands: BTreeMap<u32, f64> = BTreeMap::new();
        for leaf in &self.model.leaves[start..] {
            let centre = &self.model.centres[leaf.centre as usize];
            let time = match centre.law {
                Law::Delay | Law::Pool => continue,
                // The burst lets the first pass.
                Law::Limiter { burst } => leaf.service - (burst + leaf.service) / chunks,
                _ => leaf.service / centre.servers,
            };
            if !leaf.loose {
                *demands.entry(leaf.centre).or_default() += leaf.visits / visits * time.max(0.0);
            }
        }
        demands.into_values().fold(0.0, f64::max)
    }

    fn pool_centre(&self, pool: PoolId) -> u32 {
        (self.net.stations.len() + pool.index()) as u32
    }

    fn chain_index(&self) -> u32 {
        self.model.chains.len() as u32
    }

    /// The holding of the current chain at a pool.
    fn holding(&mut self, centre: u32) -> u32 {
        let chain = self.chain_index();
        *self.holdings.entry((chain, centre)).or_insert_with(|| {
            self.model.holdings.push(Holding { tokens: 0.0, chain, centre });
            self.model.holdings.len() as u32 - 1
        })
    }

    fn acquire(&mut self, pool: PoolId, tokens: u64, place: &Place) -> u32 {
        let centre = self.pool_centre(pool);
        let holding = self.holding(centre);
        // A fixed amount of zero tokens takes nothing and waits only in line.
        let tokens = (tokens as f64).max(1e-6);
        self.model.holdings[holding as usize].tokens += tokens * place.visits;
        let cell = self.cell(centre, 0);
        self.push(Leaf { tokens, ..blank(centre, cell, self.chain_index(), place) }, holding)
    }

    fn leaf(&mut self, visit: &Visit, place: &mut Place, before: u32) -> u32 {
        let station = &self.net.stations[visit.station];
        let centre_index = visit.station.index() as u32;
        let centre = self.model.centres[centre_index as usize];
        let class = if matches!(centre.law, Law::Priority { .. }) { visit.class } else { 0 };
        let (service, wire_bytes, payload_bytes) =
            demand(visit, place.bytes, station.ps_per_byte());
        let scv = visit.service.scv();
        let shape_exponential =
            matches!(visit.service, Service::Time { shape: Shape::Exponential, .. });
        let cell = self.cell(centre_index, class);
        let mut leaf = Leaf {
            service,
            scv: if scv.is_finite() { scv.clamp(0.0, 1e4) } else { 1e4 },
            exponential: shape_exponential,
            class,
            latency: station.as_port().map_or(0.0, |p| p.latency_ps as f64),
            wire_bytes,
            payload_bytes,
            ..blank(centre_index, cell, self.chain_index(), place)
        };
        if centre.law != Law::Delay {
            let pace = service / centre.servers;
            leaf.self_wait = 0.5 * (place.burst - 1.0) * (pace - place.spacing).max(0.0);
            place.spacing = place.spacing.max(pace);
        }
        if before != NONE {
            let key = (centre_index, self.model.leaves[before as usize].centre);
            let next = self.feeds.len() as u32;
            leaf.feed = *self.feeds.entry(key).or_insert(next);
            leaf.before = before;
        }
        self.push(leaf, NONE)
    }

    fn cell(&mut self, centre: u32, class: u8) -> u32 {
        let chain = self.chain_index();
        *self.cells.entry((chain, centre, class)).or_insert_with(|| {
            self.model.cells.push((chain, centre));
            self.model.cells.len() as u32 - 1
        })
    }

    fn push(&mut self, leaf: Leaf, holding: u32) -> u32 {
        self.model.leaves.push(leaf);
        self.model.holding_of.push(holding);
        self.model.leaves.len() as u32 - 1
    }
}

fn blank(centre: u32, cell: u32, chain: u32, place: &Place) -> Leaf {
    Leaf {
        centre,
        chain,
        visits: place.visits,
        service: 0.0,
        scv: 1.0,
        exponential: false,
        class: 0,
        latency: 0.0,
        ways: place.ways,
        self_wait: 0.0,
        loose: place.loose,
        wire_bytes: 0.0,
        payload_bytes: 0.0,
        tokens: 0.0,
        cell,
        before: NONE,
        feed: NONE,
    }
}

/// Mean service, wire bytes and payload bytes of a visit. The engine takes at least a picosecond.
fn demand(visit: &Visit, bytes: u64, ps_per_byte: f64) -> (f64, f64, f64) {
    let (time, wire, payload) = match visit.service {
        Service::Time { .. } => (visit.service.mean_ps(bytes, 0.0), 0.0, 0.0),
        Service::Wire { header_bytes, payload, framing } => {
            // Like `Service::wire_bytes`, in floating point, which does not overflow.
            let carried = if payload { bytes } else { 0 };
            let content = carried.saturating_add(u64::from(header_bytes));
            let frames = framing.frames(content) as f64;
            let wire = content as f64 + frames * f64::from(framing.overhead);
            (wire * ps_per_byte, wire, carried as f64)
        }
    };
    let time = if time.is_finite() { time.clamp(1.0, TIME_MOST) } else { TIME_MOST };
    (time, wire, payload)
}

fn drive_and_kinds(source: &Source) -> (Drive, Vec<Kind>) {
    let weights: f64 = source.mix.iter().map(|m| m.weight).sum();
    let kinds = || {
        let kind = |(mix, m): (usize, &crate::network::Mix)| Kind {
            share: m.weight / weights,
            bytes: m.bytes.min(u64::from(u32::MAX)),
            mix,
        };
        source.mix.iter().enumerate().map(kind).filter(|k| k.share > 0.0).collect()
    };
    let drive = match &source.arrivals {
        Arrivals::Closed { outstanding, think_ps, .. } => Drive::Closed {
            population: f64::from(*outstanding),
            think: think_ps.max(1.0),
            most: f64::INFINITY,
        },
        Arrivals::Throttled { outstanding, lanes, interval_ps } => Drive::Closed {
            population: f64::from(*outstanding) * f64::from(*lanes),
            think: 1.0,
            most: f64::from(*lanes) / interval_ps,
        },
        Arrivals::Poisson { interval_ps } => Drive::Open { rate: 1.0 / interval_ps, scv: 1.0 },
        Arrivals::Paced { interval_ps } => Drive::Open { rate: 1.0 / interval_ps, scv: 0.0 },
        Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => Drive::Open {
            rate: burst_ps / (burst_ps + idle_ps) / interval_ps,
            scv: burst_scv(*interval_ps, *burst_ps, *idle_ps).min(1e6),
        },
        Arrivals::Trace(ios) => return trace(ios),
    };
    (drive, kinds())
}

/// Mean rate, variability and kinds of a trace. Sizes are taken by powers of two.
fn trace(ios: &[TraceIo]) -> (Drive, Vec<Kind>) {
    let span = match (ios.first(), ios.last()) {
        (Some(first), Some(last)) => (last.at_ps - first.at_ps) as f64,
        _ => 0.0,
    };
    if span <= 0.0 {
        return (Drive::Open { rate: 0.0, scv: 1.0 }, Vec::new());
    }
    let n = ios.len() as f64;
    let mean = span / (n - 1.0);
    let mut square = 0.0;
    for pair in ios.windows(2) {
        square += ((pair[1].at_ps - pair[0].at_ps) as f64 / mean - 1.0).powi(2);
    }
    let mut sizes: BTreeMap<(u32, u32), (f64, u128)> = BTreeMap::new();
    for io in ios {
        let bytes = io.bytes.min(u64::from(u32::MAX));
        let (count, sum) = sizes.entry((io.mix, bytes.max(1).ilog2())).or_default();
        *count += 1.0;
        *sum += u128::from(bytes);
    }
    let kinds = sizes
        .into_iter()
        .map(|((mix, _), (count, sum))| Kind {
            share: count / n,
            bytes: (sum as f64 / count).round() as u64,
            mix: mix as usize,
        })
        .collect();
    let scv = (square / (n - 1.0)).min(1e6);
    (Drive::Open { rate: n / span, scv }, kinds)
}
