//! Asymptotic bounds of each chain (Lazowska et al. 1984, chapter 5), for trees.

use super::batch::Line;
use super::latency::Clock;
use super::model::{Drive, Join, Law, Model, Node};

/// Bounds by chain: I/Os a picosecond, picoseconds.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// No higher rate than this.
    pub(super) rate: Vec<f64>,
    /// No shorter mean latency than this.
    pub(super) latency: Vec<f64>,
}

/// Bounds of every chain.
pub(super) fn of(model: &Model) -> Bounds {
    let n = model.chains.len();
    let mut bounds = Bounds { rate: vec![0.0; n], latency: vec![0.0; n] };
    let mut held = vec![0.0; model.holdings.len()];
    hold_without_queueing(model, &mut held);
    let mut demand = vec![0.0; model.spots.len()];
    let mut waited_for = vec![false; model.spots.len()];
    for (index, chain) in model.chains.iter().enumerate() {
        let latency = chain.trees.iter().map(|(p, tree)| p * block(model, tree, false)).sum();
        let mut rate = match chain.drive {
            Drive::Closed { population, think, most, .. } => {
                most.min(population / (think + latency))
            }
            Drive::Open { rate, .. } => rate,
        };
        let leaves = &model.leaves[chain.leaves.start as usize..chain.leaves.end as usize];
        for leaf in leaves {
            demand[leaf.spot as usize] += leaf.visits * leaf.service;
            waited_for[leaf.spot as usize] |= !leaf.loose;
        }
        for spot in chain.spots.start as usize..chain.spots.end as usize {
            let centre = &model.centres[model.spots[spot] as usize];
            if waited_for[spot] && centre.law != Law::Pool && demand[spot] > 0.0 {
                rate = rate.min(centre.servers / demand[spot]);
            }
        }
        if chain.serial {
            let own = chain.holdings.start as usize..chain.holdings.end as usize;
            for (holding, &held) in model.holdings[own.clone()].iter().zip(&held[own]) {
                if held > 0.0 {
                    let centre = holding.centre as usize;
                    let tokens = model.centres[centre].servers * model.mean_tokens[centre];
                    rate = rate.min(tokens / held);
                }
            }
        }
        bounds.rate[index] = rate;
        bounds.latency[index] = latency;
    }
    bounds
}

/// Token time an I/O holds when nothing waits, by holding.
fn hold_without_queueing(model: &Model, held: &mut [f64]) {
    let wait = vec![0.0; model.leaves.len()];
    let service: Vec<f64> = model.leaves.iter().map(|l| l.service).collect();
    let zeros = vec![0.0; model.centres.len()];
    let mut clock = Clock {
        model,
        wait: &wait,
        service: &service,
        used: &zeros,
        service_scv: &zeros,
        held,
        arrivals: &mut [],
        scratch: &mut Vec::new(),
        open: false,
        line: Line::default(),
    };
    for chain in 0..model.chains.len() {
        clock.latency(chain, 1.0);
    }
}

/// Least mean time of a sequence. `certain`: least time of any single I/O.
fn block(model: &Model, nodes: &[Node], certain: bool) -> f64 {
    nodes.iter().map(|n| node(model, n, certain)).sum()
}

fn node(model: &Model, node: &Node, certain: bool) -> f64 {
    match node {
        Node::Visit(leaf) => {
            let leaf = &model.leaves[*leaf as usize];
            let law = model.centres[leaf.centre as usize].law;
            let passes = matches!(law, Law::Limiter { .. }) || (certain && leaf.scv > 0.0);
            if passes { 0.0 } else { leaf.service }
        }
        Node::Run(run) => {
            let leaves = &model.leaves[run.start as usize..run.end as usize];
            let slowest = leaves.iter().map(|l| l.service).fold(0.0, f64::max);
            slowest + leaves.iter().map(|l| l.latency).sum::<f64>()
        }
        Node::Fork { join: Join::None, .. } | Node::Acquire(_) | Node::Release { .. } => 0.0,
        Node::Fork { join: Join::All, branches } => {
            branches.iter().map(|b| block(model, b, certain)).fold(0.0, f64::max)
        }
        Node::Fork { join: Join::First(k), branches } => {
            // The mean of the k-th shortest may lie below the k-th shortest mean.
            let mut least: Vec<f64> = branches.iter().map(|b| block(model, b, true)).collect();
            least.sort_by(f64::total_cmp);
            least.get((*k as usize).saturating_sub(1)).copied().unwrap_or_default()
        }
        Node::Choose { shares, branches, .. } => {
            let ways = branches.iter().zip(shares).filter(|(_, share)| **share > 0.0);
            let times = ways.map(|(b, share)| (block(model, b, certain), share));
            if certain {
                times.map(|t| t.0).reduce(f64::min).unwrap_or_default()
            } else {
                times.map(|(time, share)| time * share).sum()
            }
        }
        Node::Split(split) => {
            let full = block(model, &split.body, certain);
            let rest = split.rest.as_ref().map_or(0.0, |r| block(model, r, certain));
            // No more than a window of chunks run at once, and each uses the slowest station.
            let side_by_side = (split.full * full + rest) / split.window;
            let slowest = split.full * split.slowest + split.slowest_rest;
            full.max(side_by_side).max(if certain { 0.0 } else { slowest })
        }
    }
}
