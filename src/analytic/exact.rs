//! Exact mean value analysis of one closed chain (Reiser, Lavenberg 1980).
//!
//! `R_k(n) = D_k (1 + Q_k(n-1))`, `X(n) = n / (Z + sum R_k(n))`, `Q_k(n) = X(n) R_k(n)`. Holds
//! where the network has a product form (Baskett, Chandy, Muntz, Palacios 1975): exponential
//! first-in-first-out stations with one server and one mean, processor sharing, delays.

use super::model::{Drive, Law, Model, Solution};

/// Largest population the recursion is run for.
const POPULATION_MOST: f64 = 2000.0;

/// The exact solution, where the network has one.
pub(super) fn solve(model: &Model) -> Option<Solution> {
    let [chain] = model.chains.as_slice() else { return None };
    let Drive::Closed { population, mut think, most } = chain.drive else { return None };
    if chain.members > 1.0 || !chain.plain || most.is_finite() || population > POPULATION_MOST {
        return None;
    }
    let mut demand = vec![0.0; model.centres.len()];
    let mut mean = vec![None; model.centres.len()];
    for leaf in &model.leaves {
        let centre = &model.centres[leaf.centre as usize];
        let mean = mean[leaf.centre as usize].get_or_insert(leaf.service);
        match centre.law {
            Law::Delay => think += leaf.visits * leaf.service,
            Law::Sharing if centre.servers == 1.0 => {}
            Law::Queue if centre.servers == 1.0 && leaf.exponential && *mean == leaf.service => {}
            _ => return None,
        }
        if centre.law != Law::Delay {
            demand[leaf.centre as usize] += leaf.visits * leaf.service;
        }
    }
    let mut queue = vec![0.0; demand.len()];
    let mut found = queue.clone();
    let mut rate = 0.0;
    for n in 1..=population as u32 {
        let mut cycle = think;
        for (d, q) in demand.iter().zip(&queue) {
            cycle += d * (1.0 + q);
        }
        rate = f64::from(n) / cycle;
        found.copy_from_slice(&queue);
        for (d, q) in demand.iter().zip(&mut queue) {
            *q = rate * d * (1.0 + *q);
        }
    }
    let wait: Vec<f64> = model
        .leaves
        .iter()
        .map(|leaf| match model.centres[leaf.centre as usize].law {
            Law::Delay => 0.0,
            _ => leaf.service * found[leaf.centre as usize],
        })
        .collect();
    let Drive::Closed { think, .. } = chain.drive else { return None };
    Some(Solution {
        rate: vec![rate],
        latency: vec![population / rate - think],
        service: model.leaves.iter().map(|l| l.service).collect(),
        wait,
        iterations: population as u32,
        converged: true,
    })
}
