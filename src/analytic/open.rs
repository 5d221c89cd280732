//! Formulas of single stations.

use statrs::function::erf::erfc;

use crate::random::maths;

/// Servers beyond which Erlang C is taken from its limit.
const SERVERS_EXACT: f64 = 512.0;

/// Probability that an arrival waits at `servers` exponential servers under `load` (in servers),
/// where it finds no more than `others`: `T / (T + (1 - B) / B)` with Erlang B and
/// `T = 1 + rho + ... + rho^(others - servers)`, which without limit is Erlang C. Beyond 512
/// servers the limit of Halfin and Whitt (1981), `1 / (1 + b cdf(b) / pdf(b))` at
/// `b = (1 - rho) sqrt(servers)`.
pub(super) fn wait_probability(servers: f64, load: f64, others: f64) -> f64 {
    if load <= 0.0 || others < servers {
        return 0.0;
    }
    if load >= servers {
        return 1.0;
    }
    let rho = load / servers;
    if servers > SERVERS_EXACT {
        let beta = (1.0 - rho) * servers.sqrt();
        return 1.0 / (1.0 + beta * below(beta) / density(beta).max(1e-300));
    }
    let mut blocking = 1.0;
    for n in 1..=servers as u32 {
        blocking = load * blocking / (f64::from(n) + load * blocking);
    }
    let missing = if others.is_finite() {
        maths::exp((others - servers + 1.0) * maths::ln(rho))
    } else {
        0.0
    };
    let tail = (1.0 - missing) / (1.0 - rho);
    blocking * tail / (1.0 - blocking + blocking * tail)
}

/// Density of the standard normal distribution.
pub(super) fn density(x: f64) -> f64 {
    0.398_942_280_401_432_7 * maths::exp(-0.5 * x * x)
}

/// Distribution function of the standard normal distribution.
pub(super) fn below(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Factor on the wait behind Poisson arrivals where the times between arrivals have the squared
/// coefficient of variation `arrivals`: `(ca + cs) / (1 + cs)` (Allen, Cunneen), refined as by
/// Kraemer and Langenbach-Belz (1976).
pub(super) fn arrival_factor(arrivals: f64, service: f64, utilisation: f64) -> f64 {
    let rho = utilisation.clamp(1e-6, 1.0);
    let (ca, cs) = (arrivals.max(0.0), service.max(0.0));
    if (ca - 1.0).abs() < 1e-9 {
        return 1.0;
    }
    let exponent = if ca < 1.0 {
        let sum = (ca + cs).max(1e-9);
        -2.0 * (1.0 - rho) * (1.0 - ca) * (1.0 - ca) / (3.0 * rho * sum)
    } else {
        -(1.0 - rho) * (ca - 1.0) / (ca + 4.0 * cs)
    };
    (ca + cs) / (1.0 + cs) * maths::exp(exponent)
}

/// Squared coefficient of variation of a superposition of flows whose shares have the sum of
/// squares `concentration` and whose own variations average `mean` (Whitt 1983, equations 29, 33).
pub(super) fn superposed(mean: f64, concentration: f64, utilisation: f64) -> f64 {
    let flows = 1.0 / concentration.clamp(1e-9, 1.0);
    let idle = 1.0 - utilisation.clamp(0.0, 1.0);
    let weight = 1.0 / (1.0 + 4.0 * idle * idle * (flows - 1.0));
    weight * mean + 1.0 - weight
}

/// Squared coefficient of variation of what leaves a station (Whitt 1983, equation 39).
pub(super) fn departed(arrivals: f64, service: f64, utilisation: f64, servers: f64) -> f64 {
    let rho2 = utilisation.clamp(0.0, 1.0).powi(2);
    1.0 + (1.0 - rho2) * (arrivals - 1.0)
        + rho2 / servers.max(1.0).sqrt() * (service.max(0.2) - 1.0)
}

/// Squared coefficient of variation of the times between arrivals of a source that sends Poisson
/// every `interval` within exponential bursts: `1 + 2 (1/interval) w / (w + v)^2`, where `w` and
/// `v` are the rates at which bursts and silences end (Kuczura 1973).
pub(super) fn burst_scv(interval: f64, burst: f64, idle: f64) -> f64 {
    let (ends, begins) = (1.0 / burst, 1.0 / idle);
    1.0 + 2.0 / interval * ends / (ends + begins).powi(2)
}

/// The harmonic number `1 + 1/2 + ... + 1/n`; beyond 64 its asymptotic series.
pub(super) fn harmonic(n: f64) -> f64 {
    if n <= 64.0 {
        let mut sum = 0.0;
        for i in 1..=n as u32 {
            sum += 1.0 / f64::from(i);
        }
        sum
    } else {
        maths::ln(n) + 0.577_215_664_901_532_9 + 0.5 / n - 1.0 / (12.0 * n * n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erlang_c_matches_its_closed_forms() {
        // One server: rho. Two servers at load a: a^2 / (2 + a) ... with rho = a/2:
        // C = 2 rho^2 / (1 + rho).
        assert!((wait_probability(1.0, 0.7, f64::INFINITY) - 0.7).abs() < 1e-12);
        assert!((wait_probability(2.0, 1.6, f64::INFINITY) - 2.0 * 0.64 / 1.8).abs() < 1e-12);
        assert_eq!(wait_probability(4.0, 4.0, f64::INFINITY), 1.0);
        assert_eq!(wait_probability(4.0, 0.0, f64::INFINITY), 0.0);
        // Three customers, two servers, one of them arrives: both servers may be busy, no queue.
        let blocked = 0.5 / (1.0 + 1.0 + 0.5);
        assert!((wait_probability(2.0, 1.0, 2.0) - blocked).abs() < 1e-12);
        assert_eq!(wait_probability(2.0, 1.0, 1.0), 0.0);
        // The limit joins the recursion.
        let (exact, limit) = (
            wait_probability(512.0, 500.0, f64::INFINITY),
            wait_probability(513.0, 501.0, f64::INFINITY),
        );
        assert!((exact / limit - 1.0).abs() < 0.05, "{exact} {limit}");
    }

    #[test]
    fn even_arrivals_to_exponential_service_wait_as_the_exact_solution_says() {
        // D/M/1 at utilisation 0.8: sigma = exp(-(1 - sigma) / 0.8) gives sigma = 0.6286, the wait
        // is sigma / (1 - sigma) = 1.693 services; M/M/1 waits 4.
        let factor = arrival_factor(0.0, 1.0, 0.8);
        assert!((4.0 * factor / 1.693 - 1.0).abs() < 0.02, "{}", 4.0 * factor);
        assert_eq!(arrival_factor(1.0, 3.0, 0.5), 1.0);
    }

    #[test]
    fn bursts_vary_more_than_poisson_arrivals() {
        // Bursts that never end are Poisson.
        assert!((burst_scv(1.0, 1e12, 1.0) - 1.0).abs() < 1e-9);
        // lambda 1, ends 0.1, begins 0.1: 1 + 2 * 0.1 / 0.04 = 6.
        assert!((burst_scv(1.0, 10.0, 10.0) - 6.0).abs() < 1e-12);
    }

    #[test]
    fn the_two_ways_to_a_harmonic_number_agree() {
        assert!((harmonic(4.0) - 25.0 / 12.0).abs() < 1e-12);
        assert!((harmonic(65.0) - harmonic(64.0) - 1.0 / 65.0).abs() < 1e-9);
    }
}
