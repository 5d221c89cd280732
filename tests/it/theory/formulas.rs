//! The formulas, in units of the caller: rates and times only have to agree.

/// Probability that an arrival waits at `servers` servers offered `load` Erlang (Erlang C), by the
/// recursion of Erlang B.
pub(super) fn erlang_c(servers: u32, load: f64) -> f64 {
    let blocked = (1..=servers).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
    let rho = load / f64::from(servers);
    blocked / (1.0 - rho + rho * blocked)
}

/// Mean wait at one server with Poisson arrivals (Pollaczek, Khinchine).
pub(super) fn pollaczek_khinchine(rate: f64, service: f64, scv: f64) -> f64 {
    rate * service * service * (1.0 + scv) / (2.0 * (1.0 - rate * service))
}

/// Mean wait of each class, the most urgent first, at one server that does not preempt (Cobham
/// 1954), with exponential services; each class is a pair of rate and mean service.
pub(super) fn cobham(classes: &[(f64, f64)]) -> Vec<f64> {
    // The mean of the square of an exponential time is twice the square of its mean.
    let residual: f64 = classes.iter().map(|(rate, s)| rate * 2.0 * s * s / 2.0).sum();
    let mut above = 0.0;
    let mut waits = Vec::new();
    for (rate, service) in classes {
        let with = above + rate * service;
        waits.push(residual / ((1.0 - above) * (1.0 - with)));
        above = with;
    }
    waits
}

/// Throughput and response of a closed product-form network with one server at each station
/// (Reiser, Lavenberg 1980): demands of the queueing stations, think time, population.
pub(super) fn mean_value_analysis(demands: &[f64], think: f64, population: u32) -> (f64, f64) {
    let mut queues = vec![0.0; demands.len()];
    let mut result = (0.0, 0.0);
    for n in 1..=population {
        let responses: Vec<f64> = demands.iter().zip(&queues).map(|(d, q)| d * (1.0 + q)).collect();
        let response: f64 = responses.iter().sum();
        let throughput = f64::from(n) / (think + response);
        for (queue, r) in queues.iter_mut().zip(&responses) {
            *queue = throughput * r;
        }
        result = (throughput, response);
    }
    result
}

/// Utilisation of one repairer of `machines` that run for `up` and are mended in `mend` on
/// average, both exponential: one less the idle probability of the birth-death chain
/// (Palm, Khinchine).
pub(super) fn repairer_utilisation(machines: u32, up: f64, mend: f64) -> f64 {
    // Weight of k broken machines: machines! / (machines - k)! * (mend / up)^k.
    let mut weight = 1.0;
    let mut sum = 1.0;
    for k in 0..machines {
        weight *= f64::from(machines - k) * mend / up;
        sum += weight;
    }
    1.0 - 1.0 / sum
}

#[test]
fn the_formulas_agree_where_they_overlap() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12 * a.abs(), "{a} {b}");
    // One server: Erlang C is the utilisation, and the wait is that of Pollaczek and Khinchine.
    close(erlang_c(1, 0.7), 0.7);
    close(erlang_c(1, 0.7) / (1.0 - 0.7), pollaczek_khinchine(0.7, 1.0, 1.0));
    close(cobham(&[(0.7, 1.0)])[0], pollaczek_khinchine(0.7, 1.0, 1.0));
    // Two servers by hand: C = 2 rho^2 / (1 + rho).
    close(erlang_c(2, 1.2), 2.0 * 0.36 / 1.6);
    // A balanced network of M stations and N jobs: X = N / (D (N + M - 1)).
    close(mean_value_analysis(&[0.5, 0.5, 0.5], 0.0, 6).0, 6.0 / (0.5 * 8.0));
    // Machine repair is a closed network with one queue.
    close(repairer_utilisation(8, 5.0, 1.0), mean_value_analysis(&[1.0], 5.0, 8).0);
    // The waits of all classes, weighed by load, keep Kleinrock's conservation law.
    let classes = [(0.3, 1.0), (0.2, 1.5)];
    let waits = cobham(&classes);
    let rho: f64 = classes.iter().map(|(r, s)| r * s).sum();
    let residual: f64 = classes.iter().map(|(r, s)| r * s * s).sum();
    let weighed: f64 = classes.iter().zip(&waits).map(|((r, s), w)| r * s * w).sum();
    close(weighed, rho * residual / (1.0 - rho));
}
