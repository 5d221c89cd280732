//! Exact mean value analysis of closed chains (Reiser, Lavenberg 1980).
//!
//! For every population vector `n` up to that of the network, by chains `k` and stations `i`:
//!
//! ```text
//! R_ki(n) = D_ki (1 + Q_i(n - 1_k))
//! X_k(n)  = n_k / (Z_k + sum_i R_ki(n))
//! Q_i(n)  = sum_k X_k(n) R_ki(n)
//! ```
//!
//! Holds where the network has a product form (Baskett, Chandy, Muntz, Palacios 1975): exponential
//! first-in-first-out stations with one server and one mean for all; processor sharing with one
//! server, and delays, whatever the shape and the chain.
//!
//! The cost is the number of population vectors, `prod (N_k + 1)`, times the stations of all
//! chains, so that few chains of few I/Os are solved so.

use super::model::{Drive, Law, Model, Solution};

/// Most steps of the recursion: population vectors times the stations of all chains.
const STEPS_MOST: f64 = 1e6;

/// A chain as the recursion sees it.
struct Customer {
    /// I/Os of all sources it stands for.
    population: u32,
    /// Think time and delays.
    think: f64,
    /// Its stations and its demand there.
    demands: Vec<(usize, f64)>,
}

/// Whether the exact solution exists and is within reach, though it may take every source as a
/// chain of its own.
pub(super) fn within_reach(model: &Model) -> bool {
    let Some(customers) = customers(model) else { return false };
    let chains = customers.iter().zip(&model.chains);
    let (mut vectors, mut stations) = (1.0, 0.0);
    for (customer, chain) in chains {
        let one = f64::from(customer.population) / chain.members;
        vectors *= (one + 1.0).powf(chain.members);
        stations += chain.members * customer.demands.len() as f64;
    }
    vectors * stations <= STEPS_MOST
}

/// The exact solution, where the network has one that is found in few steps.
pub(super) fn solve(model: &Model) -> Option<Solution> {
    // Sources that are alike are one chain only where they visit the same stations.
    let folded = |l: &super::model::Leaf| {
        let (chain, centre) = (&model.chains[l.chain as usize], &model.centres[l.centre as usize]);
        chain.members > 1.0 && centre.members > 1.0 && centre.law != Law::Delay
    };
    if model.leaves.iter().any(folded) {
        return None;
    }
    let customers = customers(model)?;
    let vectors: f64 = customers.iter().map(|c| f64::from(c.population) + 1.0).product();
    let stations: usize = customers.iter().map(|c| c.demands.len()).sum();
    if vectors * stations as f64 > STEPS_MOST {
        return None;
    }
    let (total_rate, found) = recursion(&customers, model.centres.len());
    let wait = |l: &super::model::Leaf| match model.centres[l.centre as usize].law {
        Law::Delay => 0.0,
        _ => l.service * found[l.chain as usize][l.centre as usize],
    };
    let mut rate = Vec::with_capacity(customers.len());
    let mut latency = Vec::with_capacity(customers.len());
    for (chain, total) in model.chains.iter().zip(&total_rate) {
        let Drive::Closed { population, think, .. } = chain.drive else { return None };
        rate.push(total / chain.members);
        latency.push(population * chain.members / total - think);
    }
    Some(Solution {
        rate,
        latency,
        service: model.leaves.iter().map(|l| l.service).collect(),
        wait: model.leaves.iter().map(wait).collect(),
        iterations: customers.iter().map(|c| c.population).sum(),
        converged: true,
    })
}

/// The chains of a network of product form; none where it has none.
fn customers(model: &Model) -> Option<Vec<Customer>> {
    if model.chains.is_empty() {
        return None;
    }
    let mut mean = vec![None; model.centres.len()];
    let mut customers = Vec::with_capacity(model.chains.len());
    let mut demand = vec![0.0; model.centres.len()];
    for chain in &model.chains {
        let Drive::Closed { population, mut think, most, .. } = chain.drive else { return None };
        let population = population * chain.members;
        if !chain.plain || most.is_finite() || population > STEPS_MOST {
            return None;
        }
        let mut visited = Vec::new();
        for leaf in &model.leaves[chain.leaves.start as usize..chain.leaves.end as usize] {
            let index = leaf.centre as usize;
            let centre = &model.centres[index];
            let mean = mean[index].get_or_insert(leaf.service);
            match centre.law {
                Law::Delay => {
                    think += leaf.visits * leaf.service;
                    continue;
                }
                Law::Sharing if centre.servers == 1.0 => {}
                Law::Queue
                    if centre.servers == 1.0 && leaf.exponential && *mean == leaf.service => {}
                _ => return None,
            }
            if leaf.visits > 0.0 {
                visited.push(index);
                demand[index] += leaf.visits * leaf.service;
            }
        }
        visited.sort_unstable();
        visited.dedup();
        let demands = visited.iter().map(|&c| (c, std::mem::take(&mut demand[c]))).collect();
        customers.push(Customer { population: population as u32, think, demands });
    }
    Some(customers)
}

/// Rates at full population, and by chain what its arrivals find at each station.
fn recursion(customers: &[Customer], stations: usize) -> (Vec<f64>, Vec<Vec<f64>>) {
    // Vectors are numbered with the first chain running fastest: one I/O less of a chain is its
    // stride less.
    let mut strides = Vec::with_capacity(customers.len());
    let mut vectors = 1;
    for customer in customers {
        strides.push(vectors);
        vectors *= customer.population as usize + 1;
    }
    let mut visited: Vec<usize> =
        customers.iter().flat_map(|c| c.demands.iter().map(|d| d.0)).collect();
    visited.sort_unstable();
    visited.dedup();
    let width = visited.len();
    let column = |station: usize| visited.binary_search(&station).unwrap_or_default();
    let demands: Vec<Vec<(usize, f64)>> = customers
        .iter()
        .map(|c| c.demands.iter().map(|&(station, d)| (column(station), d)).collect())
        .collect();
    let mut queue = vec![0.0; vectors * width];
    let mut inside = vec![0_u32; customers.len()];
    let mut rate = vec![0.0; customers.len()];
    for vector in 1..vectors {
        // The next vector.
        for (n, customer) in inside.iter_mut().zip(customers) {
            if *n < customer.population {
                *n += 1;
                break;
            }
            *n = 0;
        }
        let (done, now) = queue.split_at_mut(vector * width);
        for (k, customer) in customers.iter().enumerate().filter(|(k, _)| inside[*k] > 0) {
            let less = &done[(vector - strides[k]) * width..][..width];
            let mut cycle = customer.think;
            for &(i, demand) in &demands[k] {
                cycle += demand * (1.0 + less[i]);
            }
            rate[k] = f64::from(inside[k]) / cycle;
            for &(i, demand) in &demands[k] {
                now[i] += rate[k] * demand * (1.0 + less[i]);
            }
        }
    }
    let found = strides.iter().map(|stride| {
        let mut found = vec![0.0; stations];
        let less = &queue[(vectors - 1 - stride) * width..][..width];
        for (&station, &queue) in visited.iter().zip(less) {
            found[station] = queue;
        }
        found
    });
    (rate, found.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(population: u32, think: f64, demands: &[f64]) -> Customer {
        Customer { population, think, demands: demands.iter().copied().enumerate().collect() }
    }

    #[test]
    fn two_unlike_customers_at_one_station() {
        // One I/O each, demands 1 and 2, think times 3 and 1. Alone: Q_1 = 1/4, Q_2 = 2/3.
        // Together: R_1 = 1 (1 + 2/3) = 5/3, X_1 = 1 / (3 + 5/3) = 3/14;
        // R_2 = 2 (1 + 1/4) = 5/2, X_2 = 1 / (1 + 5/2) = 2/7.
        let (rate, found) = recursion(&[customer(1, 3.0, &[1.0]), customer(1, 1.0, &[2.0])], 1);
        assert!((rate[0] - 3.0 / 14.0).abs() < 1e-15, "{rate:?}");
        assert!((rate[1] - 2.0 / 7.0).abs() < 1e-15, "{rate:?}");
        assert!((found[0][0] - 2.0 / 3.0).abs() < 1e-15);
        assert!((found[1][0] - 0.25).abs() < 1e-15);
    }

    /// The normalising constant by the definition: the sum over all ways to place the I/Os of
    /// `prod_i (n_i)! prod_k D_ki^n_ki / n_ki!`, think times being stations without the `(n_i)!`.
    fn constant(customers: &[(u32, f64, Vec<f64>)]) -> f64 {
        fn place(
            customers: &[(u32, f64, Vec<f64>)],
            k: usize,
            station: usize,
            left: u32,
            at: &mut Vec<u32>,
            weight: f64,
        ) -> f64 {
            let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
            let Some((_, think, demands)) = customers.get(k) else {
                return weight * at.iter().map(|&n| factorial(n)).product::<f64>();
            };
            if station == demands.len() {
                let weight = weight * think.powi(left.cast_signed()) / factorial(left);
                let next = customers.get(k + 1).map_or(0, |c| c.0);
                return place(customers, k + 1, 0, next, at, weight);
            }
            let mut sum = 0.0;
            for n in 0..=left {
                at[station] += n;
                let more = demands[station].powi(n.cast_signed()) / factorial(n);
                sum += place(customers, k, station + 1, left - n, at, weight * more);
                at[station] -= n;
            }
            sum
        }
        let stations = customers[0].2.len();
        place(customers, 0, 0, customers[0].0, &mut vec![0; stations], 1.0)
    }

    #[test]
    fn the_recursion_agrees_with_the_normalising_constant() {
        // X_k(N) = G(N - 1_k) / G(N), by brute force over all states.
        let mut x = 7_u64;
        let mut next = || {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 33) as f64 / f64::from(1_u32 << 31)
        };
        for _ in 0..40 {
            let chains = 1 + (next() * 3.0) as usize;
            let stations = 1 + (next() * 3.0) as usize;
            let case: Vec<(u32, f64, Vec<f64>)> = (0..chains)
                .map(|_| {
                    let demands = (0..stations).map(|_| next() * 3.0).collect();
                    (1 + (next() * 3.0) as u32, next() * 2.0, demands)
                })
                .collect();
            let customers: Vec<_> = case.iter().map(|(n, z, d)| customer(*n, *z, d)).collect();
            let (rate, _) = recursion(&customers, stations);
            let all = constant(&case);
            for k in 0..chains {
                let mut less = case.clone();
                less[k].0 -= 1;
                let exact = constant(&less) / all;
                assert!((rate[k] / exact - 1.0).abs() < 1e-10, "{} {exact}", rate[k]);
            }
        }
    }
}
