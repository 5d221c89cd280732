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

/// Share of arrivals lost and mean sojourn of the others at one exponential server with room for
/// `places`, the one in service included (M/M/1/K): a birth-death chain cut off at `places`.
pub(super) fn limited_line(rate: f64, service: f64, places: u32) -> (f64, f64) {
    let weights: Vec<f64> = (0..=places).map(|n| (rate * service).powi(n.cast_signed())).collect();
    let sum: f64 = weights.iter().sum();
    let blocked = weights[places as usize] / sum;
    let inside: f64 = weights.iter().enumerate().map(|(n, w)| n as f64 * w / sum).sum();
    (blocked, inside / (rate * (1.0 - blocked)))
}

/// Share of arrivals that wait at GI/M/1: the root in (0, 1) of
/// `root = transform((1 - root) / service)`, where `transform` is the Laplace-Stieltjes transform
/// of the time between arrivals. The iteration from 0 climbs to it, for the right side is convex.
pub(super) fn arrival_root(transform: impl Fn(f64) -> f64, service: f64) -> f64 {
    let mut root = 0.0;
    for _ in 0..10_000 {
        root = transform((1.0 - root) / service);
    }
    root
}

/// Interrupted Poisson process: exponential bursts of Poisson arrivals, exponential silences.
#[derive(Clone, Copy)]
pub(super) struct Interrupted {
    /// Arrivals a second within a burst.
    pub(super) rate: f64,
    /// Mean seconds of a burst.
    pub(super) burst: f64,
    /// Mean seconds of a silence.
    pub(super) idle: f64,
}

impl Interrupted {
    /// Arrivals a second.
    pub(super) fn mean_rate(self) -> f64 {
        self.rate * self.burst / (self.burst + self.idle)
    }

    /// Transform of the time between arrivals. Within a burst the next event comes at rate
    /// `rate + 1/burst`; it is an arrival, or the burst ends and all begins anew after a silence:
    /// `f = rate / (s + rate + 1/burst) + (1/burst) / (s + rate + 1/burst) * f / (1 + s * idle)`.
    pub(super) fn transform(self, s: f64) -> f64 {
        let ends = 1.0 / self.burst;
        self.rate / (s + self.rate + ends - ends / (1.0 + s * self.idle))
    }

    /// Squared coefficient of variation of the time between arrivals (Kuczura 1973):
    /// `1 + 2 rate * ends / (ends + begins)^2`.
    pub(super) fn scv(self) -> f64 {
        let (ends, begins) = (1.0 / self.burst, 1.0 / self.idle);
        1.0 + 2.0 * self.rate * ends / (ends + begins).powi(2)
    }
}

/// Greatest mean wait of GI/G/1 (Kingman 1962):
/// `rate * (variance of the gaps + variance of the services) / (2 (1 - rho))`.
pub(super) fn kingman(rate: f64, gap_scv: f64, service: f64, scv: f64) -> f64 {
    let rho = rate * service;
    (gap_scv / rate + rate * service * service * scv) / (2.0 * (1.0 - rho))
}

/// The same, sharper (Daley 1977): the gaps count by `1 - (1 - rho)^2`.
pub(super) fn daley(rate: f64, gap_scv: f64, service: f64, scv: f64) -> f64 {
    let rho = rate * service;
    kingman(rate, gap_scv * rho * (2.0 - rho), service, scv)
}

/// Least mean wait of GI/G/1 (Marchal 1978), zero where it is negative.
///
/// With `U = S - T` and the idle time `I` before an arrival (zero for one that waits),
/// `W = (E[U^2] - E[I^2]) / (-2 E[U])` exactly; `I` is at most `T`, so `E[I^2] <= E[T^2]`.
pub(super) fn marchal(rate: f64, service: f64, scv: f64) -> f64 {
    let rho = rate * service;
    service * (rho * (1.0 + scv) - 2.0).max(0.0) / (2.0 * (1.0 - rho))
}

/// The same for evenly spaced arrivals: `I` is at most the gap, so `E[I^2] <= gap * E[I]`, and
/// `E[I] = gap - service`.
pub(super) fn paced_least(rate: f64, service: f64, scv: f64) -> f64 {
    let rho = rate * service;
    service * (rho * (1.0 + scv) - 1.0).max(0.0) / (2.0 * (1.0 - rho))
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
    // Room for one is Erlang's loss; room for very many is no limit.
    close(limited_line(0.7, 1.0, 1).0, 0.7 / 1.7);
    close(limited_line(0.7, 1.0, 1).1, 1.0);
    close(limited_line(0.7, 1.0, 400).1, 1.0 / 0.3);
    // Poisson arrivals: those that wait are as many as the server is busy.
    let poisson = |rate: f64| move |s: f64| rate / (rate + s);
    close(arrival_root(poisson(0.7), 1.0), 0.7);
    // Silences that are over at once leave a Poisson process.
    let hardly = Interrupted { rate: 0.7, burst: 1.0, idle: 1e-15 };
    close(arrival_root(|s| hardly.transform(s), 1.0), 0.7);
    close(hardly.scv(), 1.0);
    // The moments of the interrupted process from its transform: slope and curvature at zero.
    let process = Interrupted { rate: 2.0, burst: 5.0, idle: 7.5 };
    let (h, f) = (1e-4, |s: f64| process.transform(s));
    let mean = (f(-h) - f(h)) / (2.0 * h);
    let square = (f(h) - 2.0 + f(-h)) / (h * h);
    assert!((mean * process.mean_rate() - 1.0).abs() < 1e-5, "{mean}");
    assert!((square / mean.powi(2) - 1.0 - process.scv()).abs() < 1e-3, "{square}");
    // Every bound holds where the answer is known, and Kingman's is met by D/D/1.
    let exact = pollaczek_khinchine(0.7, 1.0, 4.0);
    assert!(marchal(0.7, 1.0, 4.0) <= exact && exact <= daley(0.7, 1.0, 1.0, 4.0));
    let root = arrival_root(|s| f64::exp(-s / 0.7), 1.0);
    let paced = root / (1.0 - root);
    assert!(paced_least(0.7, 1.0, 1.0) <= paced && paced <= kingman(0.7, 0.0, 1.0, 1.0));
    close(kingman(0.7, 0.0, 1.0, 0.0) + 1.0, 1.0);
}
