//! From a network to chains, trees and visits.

mod leaf;

use std::collections::BTreeMap;

use super::drive::drive_and_kinds;
use super::model::{Centre, Chain, Drive, Join, Law, Model, NONE, Node, Split, Thinning};
use super::open::harmonic;
use super::symmetry::Classes;
use crate::network::{
    Direction, Network, Rise, SelectorId, SelectorKind, Source, Station, StationKind, Step, Wait,
};

/// Longest time considered, in picoseconds: squares of it must not overflow.
const TIME_MOST: f64 = 1e30;

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

/// Walks one source of every class of a valid network.
pub(super) fn model_of(net: &Network, classes: &Classes) -> Model {
    let mut walker = Walker::new(net, classes);
    for class in &classes.sources {
        walker.chain(&net.sources.as_slice()[class.first as usize], class.members);
    }
    walker.finish()
}

struct Walker<'n> {
    net: &'n Network,
    classes: &'n Classes,
    model: Model,
    /// Sources the chain being walked stands for.
    members: f64,
    /// Share of its I/Os that find none of its own, where its batches tell.
    alone: Option<f64>,
    spots: BTreeMap<(u32, u32), u32>,
    cells: BTreeMap<(u32, u8), u32>,
    holdings: BTreeMap<(u32, u32), u32>,
    /// Station or pool of each leaf.
    station_of: Vec<u32>,
    /// Visitors at once, by centre; tokens at pools. Infinite where nothing limits them.
    most_inside: Vec<f64>,
    plain: bool,
    serial: bool,
}

impl<'n> Walker<'n> {
    fn new(net: &'n Network, classes: &'n Classes) -> Self {
        let mut model = Model::default();
        for class in &classes.centres {
            let first = class.first as usize;
            let mut backlog = 0.0;
            let (law, servers, rise) = if let Some(station) = net.stations.as_slice().get(first) {
                law(station, &mut model.buckets)
            } else {
                let pool = &net.pools.as_slice()[first - net.stations.len()];
                backlog = pool.backlog as f64;
                (Law::Pool, pool.tokens as f64, Rise::NONE)
            };
            model.centres.push(Centre {
                law,
                servers,
                backlog,
                rise: Rise { most: rise.most.min(1e9), ..rise },
                most_inside: 0.0,
                idle: false,
                fixed: true,
                members: class.members,
            });
        }
        model.feeds = classes.feeds.len();
        let most_inside = vec![0.0; model.centres.len()];
        Self {
            net,
            classes,
            model,
            members: 1.0,
            alone: None,
            spots: BTreeMap::new(),
            cells: BTreeMap::new(),
            holdings: BTreeMap::new(),
            station_of: Vec::new(),
            most_inside,
            plain: true,
            serial: true,
        }
    }

    fn chain(&mut self, source: &Source, members: f64) {
        let (drive, kinds) = drive_and_kinds(source);
        self.members = members;
        self.alone = match drive {
            Drive::Closed { batch: Some(batch), .. } => Some(batch.alone),
            _ => None,
        };
        let first = self.model.leaves.len() as u32;
        let (spots, holdings) = (self.model.spots.len(), self.model.holdings.len());
        (self.plain, self.serial) = (true, true);
        let (mut trees, mut reads) = (Vec::new(), Vec::new());
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
            reads.push(mix.direction == Direction::Read);
        }
        let last = self.model.leaves.len();
        let chain = Chain {
            members,
            drive,
            trees,
            reads,
            leaves: first..last as u32,
            spots: spots as u32..self.model.spots.len() as u32,
            holdings: holdings as u32..self.model.holdings.len() as u32,
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
        let first = chain.spots.start as usize;
        let spots = first..chain.spots.end as usize;
        let mut most = vec![0.0_f64; spots.len()];
        let mut inside = most.clone();
        for (i, &(start, share)) in starts.iter().enumerate() {
            let end = starts.get(i + 1).map_or(chain.leaves.end as usize, |s| s.0);
            inside.fill(0.0);
            for leaf in &self.model.leaves[start..end] {
                let inside = &mut inside[leaf.spot as usize - first];
                let times = (leaf.visits / share.max(1e-300)).max(1.0);
                *inside = if leaf.loose || chain.population().is_none() {
                    f64::INFINITY
                } else if leaf.tokens > 0.0 {
                    *inside + leaf.tokens * times
                } else if chain.serial {
                    1.0
                } else {
                    *inside + times
                };
            }
            for (most, inside) in most.iter_mut().zip(&inside) {
                *most = most.max(*inside);
            }
        }
        let population = chain.population().unwrap_or(1.0);
        for (&centre, most) in self.model.spots[spots].iter().zip(most) {
            let many = chain.members / self.model.centres[centre as usize].members;
            self.most_inside[centre as usize] += many * population * most;
        }
    }

    fn finish(mut self) -> Model {
        let centres = self.model.centres.len();
        let mut tokens = vec![(0.0, 0.0); centres];
        for leaf in self.model.leaves.iter().filter(|l| l.tokens > 0.0) {
            let (sum, visits) = &mut tokens[leaf.centre as usize];
            *sum += leaf.many * leaf.visits * leaf.tokens;
            *visits += leaf.many * leaf.visits;
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
        for leaf in &mut self.model.leaves {
            let fixed = self.model.chains[leaf.chain as usize].population().is_none();
            let centre = &mut self.model.centres[leaf.centre as usize];
            centre.fixed &= fixed && centre.law != Law::Pool;
            leaf.given = fixed || leaf.loose;
        }
        self.model
    }

    fn block(&mut self, steps: &[Step], place: &mut Place) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::with_capacity(steps.len());
        let mut port_before = NONE;
        let mut message = None;
        for step in steps {
            let mut port = NONE;
            // A finite buffer is taken as an infinite one: refusals are meant to be rare.
            self.model.finite |= matches!(step, Step::IfRoom { .. });
            match step {
                Step::Visit(visit) | Step::IfRoom { visit, .. } => {
                    self.plain &= matches!(step, Step::Visit(_));
                    let is_port = self.net.stations[visit.station].as_port().is_some();
                    // Another message starts when the one before has arrived.
                    if message.replace(visit.service) != Some(visit.service) {
                        port_before = NONE;
                    }
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
                Step::Common(steps) => {
                    message = None;
                    nodes.extend(self.block(steps, place));
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
            SelectorKind::RoundRobin(_) | SelectorKind::Place(_) => (1.0, Thinning::InTurn),
            _ => (1.0, Thinning::Random),
        };
        if thinning != Thinning::Random {
            self.plain = false;
        }
        self.model.clocked |= matches!(selector.kind, SelectorKind::Phase { .. });
        let share = |way: usize| match (&selector.kind, self.alone) {
            (SelectorKind::Vacant { .. }, Some(alone)) if way == 0 => alone,
            (SelectorKind::Vacant { .. }, Some(alone)) => 1.0 - alone,
            _ => selector.share(way),
        };
        let mut shares: Vec<f64> = (0..branches.len())
            .map(share)
            .map(|share| if share.is_finite() { share.clamp(0.0, 1.0) } else { 1.0 / n })
            .collect();
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            for share in &mut shares {
                *share /= sum;
            }
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
}

/// How a station makes wait, its servers and the rise of its cost.
fn law(station: &Station, buckets: &mut usize) -> (Law, f64, Rise) {
    let law = match &station.kind {
        StationKind::Fifo { .. } | StationKind::Cores { .. } | StationKind::Port(_) => Law::Queue,
        StationKind::Delay => Law::Delay,
        StationKind::Shared { .. } => Law::Sharing,
        StationKind::Priority { classes } => {
            let first = *buckets as u32;
            *buckets += *classes as usize;
            Law::Priority { first, classes: *classes }
        }
        StationKind::Limiter { burst_ps } => Law::Limiter { burst: *burst_ps as f64 },
    };
    let rise = match station.kind {
        StationKind::Fifo { servers, cost_rise } if servers > 1 => Rise::linear(cost_rise, servers),
        StationKind::Cores { rise, .. } => rise,
        _ => Rise::NONE,
    };
    (law, station.servers(), rise)
}
