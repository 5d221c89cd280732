//! From rates and waits to what is reported.

use super::batch::Line;
use super::bounds::Bounds;
use super::latency::Clock;
use super::model::{Drive, Law, Model, Solution};
use super::symmetry::Classes;
use super::{Analytic, GroupEstimate, Kind, Method, StationEstimate};
use crate::network::Network;

/// Picoseconds in a second.
pub(super) const SECOND: f64 = 1e12;

/// The report; none where a number overflowed.
pub(super) fn gather(
    net: &Network,
    classes: &Classes,
    model: &Model,
    bounds: &Bounds,
    solution: &Solution,
    method: Method,
    kind: Kind,
) -> Option<Analytic> {
    let (given, used) = loads(model, solution);
    let stations = stations(net, classes, model, solution, &given, &used);
    let groups = groups(net, classes, model, bounds, solution, &given, &used);
    let analytic = Analytic {
        groups,
        stations,
        iterations: solution.iterations,
        converged: solution.converged,
        method,
        kind,
    };
    is_sound(&analytic).then_some(analytic)
}

/// Utilisation by centre: by open sources alone, with their cost at its highest; and by all.
fn loads(model: &Model, solution: &Solution) -> (Vec<f64>, Vec<f64>) {
    let mut given = vec![0.0; model.centres.len()];
    let mut used = given.clone();
    for (i, leaf) in model.leaves.iter().enumerate() {
        let chain = &model.chains[leaf.chain as usize];
        let centre = &model.centres[leaf.centre as usize];
        let visits = leaf.many * solution.rate[leaf.chain as usize] * leaf.visits / centre.servers;
        used[leaf.centre as usize] += visits * solution.service[i];
        if chain.population().is_none() {
            let service = if centre.law == Law::Pool { solution.service[i] } else { leaf.service };
            given[leaf.centre as usize] +=
                visits * service * (1.0 + centre.rise.at(centre.servers - 1.0));
        }
    }
    (given, used)
}

fn stations(
    net: &Network,
    classes: &Classes,
    model: &Model,
    solution: &Solution,
    given: &[f64],
    used: &[f64],
) -> Vec<StationEstimate> {
    let mut stations = vec![StationEstimate::default(); model.centres.len()];
    for (i, leaf) in model.leaves.iter().enumerate() {
        let station = &mut stations[leaf.centre as usize];
        let visits = leaf.many * solution.rate[leaf.chain as usize] * leaf.visits;
        let served = match model.centres[leaf.centre as usize].law {
            Law::Limiter { .. } => 0.0,
            _ => solution.service[i],
        };
        station.visits_per_s += visits * SECOND;
        station.wire_bytes_per_s += visits * SECOND * leaf.wire_bytes;
        station.payload_bytes_per_s += visits * SECOND * leaf.payload_bytes;
        station.queue += visits * (solution.wait[i] + leaf.self_wait + served);
    }
    for (i, station) in stations.iter_mut().enumerate() {
        station.utilisation = used[i];
        if given[i] >= 1.0 {
            station.queue = f64::INFINITY;
        }
        if station.visits_per_s > 0.0 {
            station.residence_s = station.queue / station.visits_per_s;
        }
    }
    let of_station = &classes.of_centre[..net.stations.len()];
    of_station.iter().map(|&class| stations[class as usize]).collect()
}

/// What one source adds to its group; latencies weighted by rate.
#[derive(Clone, Copy)]
struct Part {
    rate: f64,
    latency: f64,
    bound_rate: f64,
    bound_latency: f64,
    read_bytes: f64,
    write_bytes: f64,
    saturated: bool,
    /// Rates and weighted latencies of reads and writes.
    by_direction: [[f64; 2]; 2],
}

fn groups(
    net: &Network,
    classes: &Classes,
    model: &Model,
    bounds: &Bounds,
    solution: &Solution,
    given: &[f64],
    used: &[f64],
) -> Vec<GroupEstimate> {
    let chains = model.chains.iter().enumerate();
    let parts: Vec<Part> =
        chains.map(|(index, _)| part(model, bounds, solution, given, used, index)).collect();
    let empty = GroupEstimate {
        iops: 0.0,
        bytes_per_s: 0.0,
        read_bytes_per_s: 0.0,
        write_bytes_per_s: 0.0,
        latency_s: 0.0,
        iops_by_direction: [0.0; 2],
        latency_s_by_direction: [0.0; 2],
        bound_iops: 0.0,
        bound_latency_s: 0.0,
        saturated: false,
    };
    let mut groups = vec![empty; net.groups.len()];
    for (source, &class) in net.sources.iter().zip(&classes.of_source) {
        let index = source.group.map_or(0, crate::network::GroupId::index);
        let Some(group) = groups.get_mut(index) else { continue };
        let part = &parts[class as usize];
        group.latency_s += part.latency;
        group.bound_latency_s += part.bound_latency;
        group.iops += part.rate;
        group.read_bytes_per_s += part.read_bytes;
        group.write_bytes_per_s += part.write_bytes;
        group.bound_iops += part.bound_rate;
        group.saturated |= part.saturated;
        for (d, [rate, latency]) in part.by_direction.into_iter().enumerate() {
            group.iops_by_direction[d] += rate;
            group.latency_s_by_direction[d] += latency;
        }
    }
    for group in &mut groups {
        group.bytes_per_s = group.read_bytes_per_s + group.write_bytes_per_s;
        if group.iops > 0.0 {
            group.latency_s /= group.iops;
            group.bound_latency_s /= group.iops;
        }
        for (latency, rate) in group.latency_s_by_direction.iter_mut().zip(group.iops_by_direction)
        {
            *latency = if rate > 0.0 { *latency / rate } else { 0.0 };
        }
    }
    groups
}

fn part(
    model: &Model,
    bounds: &Bounds,
    solution: &Solution,
    given: &[f64],
    used: &[f64],
    index: usize,
) -> Part {
    let chain = &model.chains[index];
    let mut rate = solution.rate[index];
    let mut latency = solution.latency[index];
    let (mut worst, mut piles_up) = (0.0_f64, false);
    for leaf in &model.leaves[chain.leaves.start as usize..chain.leaves.end as usize] {
        let centre = leaf.centre as usize;
        if leaf.visits <= 0.0 {
            continue;
        }
        if leaf.loose {
            // Used by no one who waits, a station does not hold its users back.
            piles_up |= used[centre] > 1.0 + 1e-6;
        } else {
            worst = worst.max(given[centre]);
        }
    }
    let saturated = worst >= 1.0 && matches!(chain.drive, Drive::Open { .. });
    if saturated {
        latency = f64::INFINITY;
        rate /= worst;
    }
    // Without a single I/O the latency of one that came would still be known; zero says none.
    let weighted = |latency: f64| if rate > 0.0 { rate * latency } else { 0.0 };
    Part {
        rate: rate * SECOND,
        latency: weighted(latency),
        bound_rate: bounds.rate[index] * SECOND,
        bound_latency: weighted(bounds.latency[index]),
        read_bytes: rate * SECOND * chain.read_bytes,
        write_bytes: rate * SECOND * chain.write_bytes,
        saturated: saturated || piles_up,
        by_direction: by_direction(model, solution, used, index, [rate, latency]),
    }
}

/// Rates, and latencies weighted by them, of a chain's reads and writes: in the ratio in which the
/// kinds of I/O spend time on their trees, so that both together have the latency of the chain.
fn by_direction(
    model: &Model,
    solution: &Solution,
    used: &[f64],
    index: usize,
    [rate, latency]: [f64; 2],
) -> [[f64; 2]; 2] {
    let chain = &model.chains[index];
    let mut parts = [[0.0; 2]; 2];
    if rate <= 0.0 {
        return parts;
    }
    let alike = chain.reads.iter().all(|read| *read == chain.reads[0]);
    let means = if alike || !latency.is_finite() {
        vec![1.0; chain.trees.len()]
    } else {
        let mut clock = Clock {
            model,
            wait: &solution.wait,
            service: &solution.service,
            used,
            service_scv: &[],
            held: &mut vec![0.0; model.holdings.len()],
            arrivals: &mut [],
            scratch: &mut Vec::new(),
            open: false,
            line: Line::default(),
        };
        clock.by_kind(index)
    };
    let kinds = || chain.trees.iter().map(|(share, _)| *share).zip(&means);
    let whole: f64 = kinds().map(|(share, mean)| share * mean).sum();
    for ((share, mean), read) in kinds().zip(&chain.reads) {
        let part = &mut parts[usize::from(!*read)];
        part[0] += rate * SECOND * share;
        if whole > 0.0 {
            part[1] += rate * share * mean / whole * latency;
        }
    }
    parts
}

/// Whether every number is a number, and finite where it must be.
fn is_sound(analytic: &Analytic) -> bool {
    let groups = analytic.groups.iter().all(|g| {
        let finite = [g.iops, g.bytes_per_s, g.bound_iops, g.bound_latency_s];
        finite.iter().all(|x| x.is_finite()) && !g.latency_s.is_nan()
    });
    let stations = analytic.stations.iter().all(|s| {
        let finite = [s.utilisation, s.visits_per_s, s.wire_bytes_per_s, s.payload_bytes_per_s];
        finite.iter().all(|x| x.is_finite()) && !s.queue.is_nan() && !s.residence_s.is_nan()
    });
    groups && stations
}
