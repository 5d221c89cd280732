//! From rates and waits to what is reported.

use super::bounds::Bounds;
use super::model::{Drive, Law, Model, Solution};
use super::{Analytic, GroupEstimate, Method, StationEstimate};
use crate::network::Network;

/// Picoseconds in a second.
const SECOND: f64 = 1e12;

/// The report; none where a number overflowed.
pub(super) fn gather(
    net: &Network,
    model: &Model,
    bounds: &Bounds,
    solution: &Solution,
    method: Method,
) -> Option<Analytic> {
    let (given, used) = loads(model, solution);
    let stations = stations(net, model, solution, &given, &used);
    let groups = groups(net, model, bounds, solution, &given, &used);
    let analytic = Analytic {
        groups,
        stations,
        iterations: solution.iterations,
        converged: solution.converged,
        method,
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
        let visits = solution.rate[leaf.chain as usize] * leaf.visits / centre.servers;
        used[leaf.centre as usize] += visits * solution.service[i];
        if chain.population().is_none() {
            let service = if centre.law == Law::Pool { solution.service[i] } else { leaf.service };
            given[leaf.centre as usize] += visits * service * (1.0 + centre.rise);
        }
    }
    (given, used)
}

fn stations(
    net: &Network,
    model: &Model,
    solution: &Solution,
    given: &[f64],
    used: &[f64],
) -> Vec<StationEstimate> {
    let mut stations = vec![StationEstimate::default(); net.stations.len()];
    for (i, leaf) in model.leaves.iter().enumerate() {
        let Some(station) = stations.get_mut(leaf.centre as usize) else { continue };
        let visits = solution.rate[leaf.chain as usize] * leaf.visits;
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
    stations
}

fn groups(
    net: &Network,
    model: &Model,
    bounds: &Bounds,
    solution: &Solution,
    given: &[f64],
    used: &[f64],
) -> Vec<GroupEstimate> {
    let empty = GroupEstimate {
        iops: 0.0,
        bytes_per_s: 0.0,
        read_bytes_per_s: 0.0,
        write_bytes_per_s: 0.0,
        latency_s: 0.0,
        bound_iops: 0.0,
        bound_latency_s: 0.0,
        saturated: false,
    };
    let mut groups = vec![empty; net.groups.len()];
    for (index, chain) in model.chains.iter().enumerate() {
        let Some(group) = groups.get_mut(chain.group as usize) else { continue };
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
        if worst >= 1.0 {
            latency = f64::INFINITY;
            if matches!(chain.drive, Drive::Open { .. }) {
                rate /= worst;
                group.saturated = true;
            } else {
                latency = solution.latency[index];
            }
        }
        group.saturated |= piles_up;
        // Without a single I/O the latency of one that came would still be known; zero says none.
        if rate > 0.0 {
            group.latency_s += rate * latency;
            group.bound_latency_s += rate * bounds.latency[index];
        }
        group.iops += rate * SECOND;
        group.read_bytes_per_s += rate * SECOND * chain.read_bytes;
        group.write_bytes_per_s += rate * SECOND * chain.write_bytes;
        group.bound_iops += bounds.rate[index] * SECOND;
    }
    for group in &mut groups {
        group.bytes_per_s = group.read_bytes_per_s + group.write_bytes_per_s;
        if group.iops > 0.0 {
            group.latency_s /= group.iops;
            group.bound_latency_s /= group.iops;
        }
    }
    groups
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
