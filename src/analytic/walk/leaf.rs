//! Visits and acquisitions as leaves of a tree.

use std::collections::BTreeMap;

use super::{Place, TIME_MOST, Walker};
use crate::analytic::model::{Cell, Holding, Law, Leaf, NONE};
use crate::network::{PoolId, Service, Visit};
use crate::random::Shape;

impl Walker<'_> {
    /// Server time a chunk needs at the centre that needs most, from the leaves walked since
    /// `start` for `visits` chunks an I/O of the chain.
    pub(super) fn slowest(&self, start: usize, visits: f64, chunks: f64) -> f64 {
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
                *demands.entry(leaf.spot).or_default() += leaf.visits / visits * time.max(0.0);
            }
        }
        demands.into_values().fold(0.0, f64::max)
    }

    pub(super) fn pool_centre(&self, pool: PoolId) -> u32 {
        (self.net.stations.len() + pool.index()) as u32
    }

    fn chain_index(&self) -> u32 {
        self.model.chains.len() as u32
    }

    /// The holding of the current chain at a pool.
    pub(super) fn holding(&mut self, pool: u32) -> u32 {
        let chain = self.chain_index();
        let centre = self.classes.of_centre[pool as usize];
        *self.holdings.entry((chain, pool)).or_insert_with(|| {
            self.model.holdings.push(Holding { tokens: 0.0, centre });
            self.model.holdings.len() as u32 - 1
        })
    }

    pub(super) fn acquire(&mut self, pool: PoolId, tokens: u64, place: &Place) -> u32 {
        let pool = self.pool_centre(pool);
        let holding = self.holding(pool);
        // A fixed amount of zero tokens takes nothing and waits only in line.
        let tokens = (tokens as f64).max(1e-6);
        self.model.holdings[holding as usize].tokens += tokens * place.visits;
        let leaf = Leaf { tokens, ..self.blank(pool, 0, place) };
        self.push(leaf, holding)
    }

    pub(super) fn leaf(&mut self, visit: &Visit, place: &mut Place, before: u32) -> u32 {
        let station = &self.net.stations[visit.station];
        let station_index = visit.station.index() as u32;
        let centre_index = self.classes.of_centre[visit.station.index()];
        let centre = self.model.centres[centre_index as usize];
        let class = if matches!(centre.law, Law::Priority { .. }) { visit.class } else { 0 };
        let (service, wire_bytes, payload_bytes) =
            demand(visit, place.bytes, station.ps_per_byte());
        let scv = visit.service.scv();
        let shape_exponential =
            matches!(visit.service, Service::Time { shape: Shape::Exponential, .. });
        let mut leaf = Leaf {
            service,
            scv: if scv.is_finite() { scv.clamp(0.0, 1e4) } else { 1e4 },
            exponential: shape_exponential,
            class,
            latency: station.as_port().map_or(0.0, |p| p.latency_ps as f64),
            wire_bytes,
            payload_bytes,
            ..self.blank(station_index, class, place)
        };
        if centre.law != Law::Delay {
            let pace = service / centre.servers;
            leaf.self_wait = 0.5 * (place.burst - 1.0) * (pace - place.spacing).max(0.0);
            place.spacing = place.spacing.max(pace);
        }
        if before != NONE {
            let before_index = self.station_of[before as usize];
            leaf.feed = self.classes.of_feed[&(station_index, before_index)];
            leaf.feed_many = self.members / self.classes.feeds[leaf.feed as usize].members;
            leaf.before = before;
        }
        self.push(leaf, NONE)
    }

    /// A leaf at a station or pool, by its number before those alike are one.
    fn blank(&mut self, place: u32, class: u8, at: &Place) -> Leaf {
        let chain = self.chain_index();
        let centre = self.classes.of_centre[place as usize];
        let many = self.members / self.classes.centres[centre as usize].members;
        let spot = *self.spots.entry((chain, place)).or_insert_with(|| {
            self.model.spots.push(centre);
            self.model.spots.len() as u32 - 1
        });
        let cell = *self.cells.entry((spot, class)).or_insert_with(|| {
            self.model.cells.push(Cell { chain, centre, many });
            self.model.cells.len() as u32 - 1
        });
        self.station_of.push(place);
        blank(centre, chain, many, spot, cell, at)
    }

    fn push(&mut self, leaf: Leaf, holding: u32) -> u32 {
        self.model.leaves.push(leaf);
        self.model.holding_of.push(holding);
        self.model.leaves.len() as u32 - 1
    }
}

fn blank(centre: u32, chain: u32, many: f64, spot: u32, cell: u32, place: &Place) -> Leaf {
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
        given: place.loose,
        wire_bytes: 0.0,
        payload_bytes: 0.0,
        tokens: 0.0,
        many,
        spot,
        cell,
        before: NONE,
        feed: NONE,
        feed_many: 0.0,
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
