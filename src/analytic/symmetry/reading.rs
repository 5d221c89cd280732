//! What a source does, apart from which stations it does it at.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::digest::Digest;
use crate::analytic::drive::{Kind, drive_and_kinds};
use crate::analytic::model::Drive;
use crate::network::{Direction, Network, SelectorKind, Source, Step, Visit, Wait};

/// The places of a source: stations, pools and feeds, each once, in the order it comes to them.
#[derive(Debug, Default)]
pub(super) struct Readings {
    /// By source: the digest of what it does, and its places.
    pub(super) sources: Vec<(Digest, Range<usize>)>,
    /// The places of all sources: stations, then pools, then feeds.
    pub(super) places: Vec<u32>,
    /// Feeds: a port, and the one before it on the way of a message.
    pub(super) feeds: BTreeMap<(u32, u32), u32>,
}

/// Steps that routes have in common, read once.
#[derive(Clone)]
struct Common {
    digest: Digest,
    places: Rc<[u32]>,
}

/// Reads all sources of a valid network.
pub(super) fn read(net: &Network) -> Readings {
    let fixed = net.stations.len() + net.pools.len();
    let mut reader = Reader {
        net,
        fixed: fixed as u32,
        out: Readings::default(),
        seen: vec![(0, 0); fixed],
        sequence: 0,
        sequences: 0,
        start: 0,
        commons: BTreeMap::new(),
    };
    for source in &net.sources {
        let start = reader.begin();
        let digest = reader.source(source);
        reader.out.sources.push((digest, start..reader.out.places.len()));
    }
    reader.out
}

struct Reader<'n> {
    net: &'n Network,
    /// Number of stations and pools; feeds are numbered from here.
    fixed: u32,
    out: Readings,
    /// By place: the sequence it was last met in, and its number there.
    seen: Vec<(u32, u32)>,
    /// The sequence being read: a source, or steps in common.
    sequence: u32,
    /// Sequences begun.
    sequences: u32,
    /// Where its places start.
    start: usize,
    commons: BTreeMap<usize, Common>,
}

impl Reader<'_> {
    fn begin(&mut self) -> usize {
        self.sequences += 1;
        self.sequence = self.sequences;
        self.start = self.out.places.len();
        self.start
    }

    fn source(&mut self, source: &Source) -> Digest {
        let (drive, kinds) = drive_and_kinds(source);
        let mut digest = match drive {
            Drive::Closed { population, think, most, batch } => {
                let of = [population, think, most];
                let digest = of.into_iter().fold(Digest::of(1), Digest::and_float);
                batch.map_or(digest, |batch| {
                    let of = [batch.ahead, batch.at_step, batch.alone];
                    of.into_iter().fold(digest.and(3), Digest::and_float)
                })
            }
            Drive::Open { rate, scv } => Digest::of(2).and_float(rate).and_float(scv),
        };
        for Kind { share, bytes, mix } in kinds {
            let mix = &source.mix[mix];
            let read = u64::from(mix.direction == Direction::Read);
            digest = digest.and(read).and_float(share).and(bytes);
            digest = self.steps(digest, &self.net.routes[mix.route].steps);
        }
        digest
    }

    /// The number of a place in the sequence.
    fn place(&mut self, place: u32) -> u64 {
        let index = place as usize;
        if index >= self.seen.len() {
            self.seen.resize(index + 1, (0, 0));
        }
        let (sequence, number) = &mut self.seen[index];
        if *sequence != self.sequence {
            *sequence = self.sequence;
            *number = (self.out.places.len() - self.start) as u32;
            self.out.places.push(place);
        }
        u64::from(*number)
    }

    fn feed(&mut self, to: u32, from: u32) -> u64 {
        let next = self.fixed + self.out.feeds.len() as u32;
        let feed = *self.out.feeds.entry((to, from)).or_insert(next);
        self.place(feed)
    }

    fn visit(&mut self, digest: Digest, visit: &Visit) -> Digest {
        let place = self.place(visit.station.index() as u32);
        digest.and(place).and(visit.class.into()).and_service(&visit.service)
    }

    fn steps(&mut self, mut digest: Digest, steps: &[Step]) -> Digest {
        digest = digest.and(steps.len() as u64);
        let mut before: Option<&Visit> = None;
        for step in steps {
            let mut this = None;
            digest = match step {
                Step::Visit(visit) => {
                    let mut digest = self.visit(digest.and(1), visit);
                    if let Some(port) = before.filter(|port| port.service == visit.service) {
                        let (to, from) = (visit.station.index(), port.station.index());
                        digest = digest.and(self.feed(to as u32, from as u32));
                    }
                    this = self.net.stations[visit.station].as_port().map(|_| visit);
                    digest
                }
                Step::Fork { wait, branches } => {
                    let wait = match wait {
                        Wait::All => u64::MAX,
                        Wait::None => 0,
                        Wait::First(n) => (*n).into(),
                    };
                    self.branches(digest.and(2).and(wait), branches)
                }
                Step::Split { chunk_bytes, window, body } => {
                    let window = window.map_or(0, u64::from);
                    self.steps(digest.and(3).and(*chunk_bytes).and(window), body)
                }
                Step::Choose { selector, branches, .. } => {
                    let digest = match &self.net.selectors[*selector].kind {
                        SelectorKind::Weights(weights) => {
                            weights.iter().fold(digest.and(4), |d, w| d.and_float(*w))
                        }
                        SelectorKind::RoundRobin(_) => digest.and(5),
                        SelectorKind::LeastOutstanding(_) => digest.and(6),
                        SelectorKind::Hash(_) => digest.and(7),
                        SelectorKind::Place(_) => digest.and(13),
                        SelectorKind::Mark => digest.and(14),
                        SelectorKind::Overdue { after_ps } => digest.and(15).and(*after_ps),
                        SelectorKind::Phase { at_ps } => {
                            at_ps.iter().fold(digest.and(12), |digest, at| digest.and(*at))
                        }
                        SelectorKind::Vacant { expected } => digest.and(13).and_float(*expected),
                    };
                    self.branches(digest, branches)
                }
                Step::IfRoom { visit, places, .. } => {
                    self.visit(digest.and(8).and((*places).into()), visit)
                }
                Step::Common(steps) => self.common(digest.and(9), steps),
                Step::Acquire { pool, amount } => {
                    let place = self.net.stations.len() + pool.index();
                    digest.and(10).and(self.place(place as u32)).and_amount(*amount)
                }
                Step::Release { pool, amount } => {
                    let place = self.net.stations.len() + pool.index();
                    digest.and(11).and(self.place(place as u32)).and_amount(*amount)
                }
            };
            before = this;
        }
        digest
    }

    fn branches(&mut self, digest: Digest, branches: &[Vec<Step>]) -> Digest {
        let digest = digest.and(branches.len() as u64);
        branches.iter().fold(digest, |digest, branch| self.steps(digest, branch))
    }

    /// Steps in common are read by themselves once; after that only their places count.
    fn common(&mut self, digest: Digest, steps: &Arc<[Step]>) -> Digest {
        let key = Step::place(steps);
        let common = if let Some(common) = self.commons.get(&key) {
            common.clone()
        } else {
            let outer = (self.sequence, self.start);
            let start = self.begin();
            let digest = self.steps(Digest::of(3), steps);
            let places: Rc<[u32]> = self.out.places.split_off(start).into();
            (self.sequence, self.start) = outer;
            for (number, place) in self.out.places[self.start..].iter().enumerate() {
                self.seen[*place as usize] = (self.sequence, number as u32);
            }
            let common = Common { digest, places };
            self.commons.insert(key, common.clone());
            common
        };
        let digest = digest.and_all(common.digest);
        common.places.iter().fold(digest, |digest, &place| digest.and(self.place(place)))
    }
}
