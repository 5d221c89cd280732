//! Sources and stations that differ in nothing but their names.
//!
//! Two sources are alike when they do the same at stations that are alike, in the same order; two
//! stations are alike when they serve alike and as many sources of each kind visit each of them in
//! each part. The coarsest such division is found by colour refinement (Cardon, Crochemore 1982):
//! all begin with the colour of what they are, and take the colours of their neighbours into their
//! own until no more colours appear. It is an equitable partition, so that the equations of the
//! solver map symmetric states to symmetric states, and one member of each class, counted as often
//! as there are members, stands for all: the solution is that of the whole network.
//!
//! Pairs of ports that hand a message on count as stations here: what comes to a port from another
//! must be alike as well.
//!
//! The cost is linear in the length of all routes for the reading, and in the number of sources
//! times the stations each visits for every round; two or three rounds are usual.

mod digest;
mod reading;

use std::collections::BTreeMap;

use digest::Digest;
use reading::{Readings, read};

use crate::network::{Network, Station, StationKind};

/// A class: its first member, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Class {
    pub(super) first: u32,
    pub(super) members: f64,
}

/// What is alike, by classes in the order of their first members.
#[derive(Debug)]
pub(super) struct Classes {
    /// Class of each source.
    pub(super) of_source: Vec<u32>,
    pub(super) sources: Vec<Class>,
    /// Class of each centre: stations, then pools.
    pub(super) of_centre: Vec<u32>,
    pub(super) centres: Vec<Class>,
    /// Class of each pair of a port and the port before it.
    pub(super) of_feed: BTreeMap<(u32, u32), u32>,
    pub(super) feeds: Vec<Class>,
}

/// Finds what is alike in a valid network.
pub(super) fn of(net: &Network) -> Classes {
    let readings = read(net);
    let (sources, places) = refine(net, &readings);
    classes(net, &readings, &sources, &places)
}

/// Every source and station by itself.
pub(super) fn none(net: &Network) -> Classes {
    let readings = read(net);
    let different = |n: usize| (0..n as u64).map(Digest::of).collect::<Vec<_>>();
    let places = net.stations.len() + net.pools.len() + readings.feeds.len();
    classes(net, &readings, &different(net.sources.len()), &different(places))
}

/// Colours of sources and of places.
fn refine(net: &Network, readings: &Readings) -> (Vec<Digest>, Vec<Digest>) {
    let mut places: Vec<Digest> = net.stations.iter().map(station).collect();
    places.extend(net.pools.iter().map(|pool| Digest::of(8).and(pool.tokens).and(pool.backlog)));
    places.resize(places.len() + readings.feeds.len(), Digest::of(9));
    let mut sources = vec![Digest::default(); readings.sources.len()];
    let mut visitors = vec![Digest::default(); places.len()];
    let mut scratch = Vec::new();
    let mut colours = (0, 0);
    loop {
        visitors.fill(Digest::default());
        for (colour, (digest, range)) in sources.iter_mut().zip(&readings.sources) {
            let visited = &readings.places[range.clone()];
            *colour = visited.iter().fold(*digest, |d, &p| d.and_all(places[p as usize]));
            for (number, &place) in visited.iter().enumerate() {
                visitors[place as usize].join(colour.and(number as u64));
            }
        }
        for (place, visitors) in places.iter_mut().zip(&visitors) {
            *place = place.and_all(*visitors);
        }
        let now = (different(&sources, &mut scratch), different(&places, &mut scratch));
        if now == colours {
            return (sources, places);
        }
        colours = now;
    }
}

fn different(colours: &[Digest], scratch: &mut Vec<Digest>) -> usize {
    scratch.clear();
    scratch.extend_from_slice(colours);
    scratch.sort_unstable();
    scratch.dedup();
    scratch.len()
}

/// What a station is, apart from its name.
fn station(station: &Station) -> Digest {
    match &station.kind {
        StationKind::Fifo { servers, cost_rise } => {
            Digest::of(1).and((*servers).into()).and_float(*cost_rise)
        }
        StationKind::Cores { servers, rise, batched } => {
            let of = [rise.most, rise.power, rise.beside, rise.span, *batched];
            let digest = Digest::of(7).and((*servers).into());
            of.into_iter().fold(digest, Digest::and_float)
        }
        StationKind::Delay => Digest::of(2),
        StationKind::Shared { servers } => Digest::of(3).and((*servers).into()),
        StationKind::Priority { classes } => Digest::of(4).and((*classes).into()),
        StationKind::Port(port) => {
            let digest = Digest::of(5).and_float(port.ps_per_byte).and(port.latency_ps);
            port.weights.iter().fold(digest, |digest, weight| digest.and((*weight).into()))
        }
        StationKind::Limiter { burst_ps } => Digest::of(6).and(*burst_ps),
    }
}

fn classes(net: &Network, readings: &Readings, sources: &[Digest], places: &[Digest]) -> Classes {
    let (fixed, feeds) = places.split_at(net.stations.len() + net.pools.len());
    let (of_source, sources) = group(sources);
    let (of_centre, centres) = group(fixed);
    let (by_feed, feeds) = group(feeds);
    let of_feed = readings.feeds.iter().map(|(pair, &id)| {
        let class = by_feed[id as usize - fixed.len()];
        (*pair, class)
    });
    Classes { of_source, sources, of_centre, centres, of_feed: of_feed.collect(), feeds }
}

/// The class of each, in the order of first members.
fn group(colours: &[Digest]) -> (Vec<u32>, Vec<Class>) {
    let mut order: Vec<u32> = (0..colours.len() as u32).collect();
    order.sort_unstable_by_key(|&i| (colours[i as usize], i));
    let mut first = vec![0; colours.len()];
    for members in order.chunk_by(|&a, &b| colours[a as usize] == colours[b as usize]) {
        for &member in members {
            first[member as usize] = members[0];
        }
    }
    let mut classes: Vec<Class> = Vec::new();
    let mut of = vec![0; colours.len()];
    for (member, &first) in first.iter().enumerate() {
        if first as usize == member {
            of[member] = classes.len() as u32;
            classes.push(Class { first, members: 0.0 });
        } else {
            of[member] = of[first as usize];
        }
        classes[of[member] as usize].members += 1.0;
    }
    (of, classes)
}
