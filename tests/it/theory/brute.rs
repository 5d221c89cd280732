//! Closed networks of two classes, solved by looking at every state.
//!
//! The theorem of Baskett, Chandy, Muntz and Palacios (1975): the probability of a state is the
//! product over the stations of `n! / (n_a! n_b!) * D_a^n_a * D_b^n_b / (min(1, c) ... min(n, c))`,
//! up to a constant. It holds for processor sharing and for delays (`c` infinite) whatever the law
//! of the demand, and for first in, first out with `c` servers where both classes have one
//! exponential service. No recursion over populations and nothing of the crate is used.

/// A station: demand of each class in seconds, and servers.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) demands: [f64; 2],
    pub(super) servers: f64,
}

impl Place {
    /// Weight of the station with so many of each class.
    fn weight(&self, inside: [u32; 2]) -> f64 {
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        let all = inside[0] + inside[1];
        let rates: f64 = (1..=all).map(|n| f64::from(n).min(self.servers)).product();
        let mut weight = factorial(all) / rates;
        for (n, demand) in inside.into_iter().zip(self.demands) {
            weight *= demand.powi(n.cast_signed()) / factorial(n);
        }
        weight
    }
}

/// Calls `see` with each way to spread a population over the places, and its weight.
fn states(
    places: &[Place],
    population: [u32; 2],
    before: &mut Vec<[u32; 2]>,
    weight: f64,
    see: &mut dyn FnMut(&[[u32; 2]], f64),
) {
    let [place, rest @ ..] = places else { return };
    if rest.is_empty() {
        before.push(population);
        see(before, weight * place.weight(population));
        before.pop();
        return;
    }
    for a in 0..=population[0] {
        for b in 0..=population[1] {
            before.push([a, b]);
            let left = [population[0] - a, population[1] - b];
            states(rest, left, before, weight * place.weight([a, b]), see);
            before.pop();
        }
    }
}

/// What is known of a closed network with two classes.
pub(super) struct Solution {
    /// Rounds a second of each class.
    pub(super) throughput: [f64; 2],
    /// Mean number of both classes at each place.
    pub(super) inside: Vec<f64>,
}

impl Solution {
    /// Solves for a population of both classes, at least one of each.
    pub(super) fn of(places: &[Place], population: [u32; 2]) -> Self {
        let sum = |population| {
            let mut sum = 0.0;
            states(places, population, &mut Vec::new(), 1.0, &mut |_, weight| sum += weight);
            sum
        };
        let all = sum(population);
        let [a, b] = population;
        // One less of a class, seen by an arriving one (Sevcik and Mitrani, Lavenberg and Reiser).
        let throughput = [sum([a - 1, b]) / all, sum([a, b - 1]) / all];
        let mut inside = vec![0.0; places.len()];
        states(places, population, &mut Vec::new(), 1.0, &mut |state, weight| {
            for (mean, [a, b]) in inside.iter_mut().zip(state) {
                *mean += f64::from(a + b) * weight / all;
            }
        });
        Self { throughput, inside }
    }
}

#[test]
fn every_state_agrees_with_the_recursion_and_with_a_chain() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12 * a.abs(), "{a} {b}");
    // Two classes of equal demands are one class.
    let place = |d, servers| Place { demands: [d, d], servers };
    let places = [place(0.4, 1.0), place(0.7, 1.0), place(2.0, f64::INFINITY)];
    let solution = Solution::of(&places, [3, 4]);
    let (throughput, _) = super::formulas::mean_value_analysis(&[0.4, 0.7], 2.0, 7);
    close(solution.throughput[0] + solution.throughput[1], throughput);
    close(solution.inside.iter().sum(), 7.0);
    // One of each at a shared server and thinking apart, as a chain of four states: with x the
    // share of time class a is there, and so on. Rates: a comes at 1/4, b at 1/2; alone a leaves
    // at 1, b at 1/3; together each at half of that. The balance is that of products.
    let both = [
        Place { demands: [1.0, 3.0], servers: 1.0 },
        Place { demands: [4.0, 2.0], servers: f64::INFINITY },
    ];
    let (none, a, b, ab) = (1.0, 1.0 / 4.0, 3.0 / 2.0, 2.0 * 3.0 / 8.0);
    let sum: f64 = none + a + b + ab;
    close(a * (1.0 + 1.0 / 2.0), none / 4.0 + ab / 3.0 / 2.0);
    close(b * (1.0 / 3.0 + 1.0 / 4.0), none / 2.0 + ab / 2.0);
    close(ab * (1.0 / 2.0 + 1.0 / 6.0), a / 2.0 + b / 4.0);
    let solution = Solution::of(&both, [1, 1]);
    close(solution.throughput[0], (none + b) / 4.0 / sum);
    close(solution.throughput[1], f64::midpoint(none, a) / sum);
    close(solution.inside[0], (a + b + 2.0 * ab) / sum);
}
