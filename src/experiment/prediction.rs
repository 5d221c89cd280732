//! What parameters and model error add to the uncertainty, and which parameter carries how much.
//!
//! The network is compiled again with parameters drawn from their ranges and solved by the
//! analytic solver; what counts is the **ratio** to the solution at the best estimates, so that the
//! solver's own bias cancels. A parameter's range is its author's 95 % belief; a draw is log-normal
//! to either side of the value (normal where the range starts at zero). Draws are keyed by the
//! parameter's name, so that variants are compared on the same draws.
//!
//! Half width of the interval, on the logarithmic scale:
//! `sqrt(parameters^2 + model error^2 + sampling^2)`, to each side.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::analytic::{Analytic, Folded, GroupEstimate, solve};
use crate::network::Network;
use crate::provenance::{FrozenParameters, Parameter, ParameterId};
use crate::random::{Seed, Stream, maths};

/// Draws of the whole parameter set, fewest and most.
const DRAWS: (u64, u64) = (40, 128);

/// Classes of sources up to which all draws are made; beyond, their number falls as the cost of one
/// rises.
const CLASSES: usize = 32;

/// Sources alike that cost as much as a class: they are compiled and found alike, but not solved.
const ALIKE: usize = 32;

/// Parameters that move nothing by more than this are left at their value.
const NEGLIGIBLE: f64 = 1e-3;

/// Parameters that no network is compiled from.
const BESIDE: [&str; 5] = ["model-error.", "migration.", "failover.", "ownership.", "resync."];

/// Whether a network may depend on a parameter: that of the model's own error, and those that only
/// the cluster clock goes by, are in none.
#[must_use]
pub fn is_compiled(name: &str) -> bool {
    !BESIDE.iter().any(|prefix| name.starts_with(prefix))
}

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Low and high ratio of a quantity to its value at the best estimates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// 2.5 % point, at most 1.
    pub low: f64,
    /// 97.5 % point, at least 1.
    pub high: f64,
}

impl Ratio {
    /// No uncertainty.
    pub const EXACT: Self = Self { low: 1.0, high: 1.0 };

    /// Widens by a relative half width.
    #[must_use]
    pub fn widened(self, relative: f64) -> Self {
        let other = maths::ln(1.0 + relative.max(0.0));
        let side = |r: f64| (maths::ln(r.max(1e-9)).powi(2) + other * other).sqrt();
        let high = if self.high.is_finite() { maths::exp(side(self.high)) } else { f64::INFINITY };
        Self { low: maths::exp(-side(self.low)), high }
    }

    /// The interval around a value.
    #[must_use]
    pub fn around(self, value: f64) -> [f64; 2] {
        [value * self.low, value * self.high]
    }
}

/// Spread of one workload's results.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of throughput.
    pub throughput: Ratio,
    /// Of latency.
    pub latency: Ratio,
}

/// How much a parameter matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Influence {
    /// The parameter.
    pub parameter: ParameterId,
    /// Largest relative change of any workload's throughput or mean latency over its range.
    pub change: f64,
    /// The group that it changes so much.
    pub group: usize,
    /// Whether its mean latency, or its throughput.
    pub latency: bool,
    /// The relative change of that at the low end of the range and at the high end; no number
    /// where there is no solution.
    pub effects: [f64; 2],
}

/// What parameters add to the uncertainty.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The solution at the best estimates.
    pub base: Analytic,
    /// By group id.
    pub groups: Vec<Spread>,
    /// Utilisation by station id.
    pub stations: Vec<Ratio>,
    /// Utilisation by account id.
    pub accounts: Vec<Ratio>,
    /// Parameters with a range, the most influential first.
    pub influences: Vec<Influence>,
    /// I/Os a second and mean latency of each group by draw; none of a draw that could not be
    /// solved. Draws with the same number are of the same parameters in every variant.
    pub drawn: Vec<Option<Vec<(f64, f64)>>>,
}

/// One draw, solved; stations and accounts as the base network has them.
struct Drawn {
    groups: Vec<GroupEstimate>,
    stations: Vec<Option<f64>>,
    accounts: Vec<f64>,
}

/// Draws parameters and solves. `compile` makes the network of a parameter set; a set it refuses
/// is left out.
#[must_use]
pub fn predict(
    parameters: &FrozenParameters,
    seed: Seed,
    compile: &(dyn Fn(&FrozenParameters) -> Option<Network> + Sync),
) -> Option<Prediction> {
    let base_net = compile(parameters)?;
    let folded = Folded::new(&base_net).ok()?;
    let base = folded.solve().ok()?;
    let labels: BTreeMap<&str, usize> =
        base_net.stations.iter().enumerate().map(|(i, s)| (s.label.as_str(), i)).collect();
    // A drawn count (ports, queues) changes which stations there are; they are matched by label.
    let evaluate = |changes: &[(ParameterId, f64)]| {
        let net = compile(&parameters.with_values(changes))?;
        let solution = solve(&net).ok()?;
        let mut stations = vec![None; labels.len()];
        let mut accounts: Vec<f64> = base_net.accounts.iter().map(|a| a.load * a.servers).collect();
        for (station, estimate) in net.stations.iter().zip(&solution.stations) {
            if let Some(&i) = labels.get(station.label.as_str()) {
                stations[i] = Some(estimate.utilisation);
            }
            if let Some(account) = station.account.and_then(|a| accounts.get_mut(a.index())) {
                *account += estimate.utilisation * station.servers();
            }
        }
        Some(Drawn { groups: solution.groups, stations, accounts })
    };
    let candidates: Vec<ParameterId> = parameters
        .ids()
        .filter(|&id| {
            let p = parameters.parameter(id);
            !p.exact() && is_compiled(&p.name)
        })
        .collect();
    let workloads = base_net.groups.len() - base_net.background.min(base_net.groups.len());
    // Collected in the order of the parameters, so that threads change nothing.
    let mut influences: Vec<Influence> = candidates
        .par_iter()
        .map(|&parameter| {
            let p = parameters.parameter(parameter);
            let ends = [p.low, p.high].map(|value| evaluate(&[(parameter, value)]));
            influence(parameter, &base, &ends, workloads)
        })
        .collect();
    influences.sort_by(|a, b| b.change.total_cmp(&a.change));
    let moving: Vec<ParameterId> =
        influences.iter().filter(|i| i.change > NEGLIGIBLE).map(|i| i.parameter).collect();
    let draws = if moving.is_empty() { 0 } else { draws(cost(&folded)) };
    let solutions: Vec<Option<Drawn>> = (0..draws)
        .into_par_iter()
        .map(|n| {
            let changes: Vec<_> = moving
                .iter()
                .map(|&id| (id, draw(parameters.parameter(id), parameters.value(id), seed, n)))
                .collect();
            evaluate(&changes)
        })
        .collect();
    let of = |drawn: &Drawn| drawn.groups.iter().map(|g| (g.iops, g.latency_s)).collect();
    let drawn = solutions.iter().map(|drawn| drawn.as_ref().map(of)).collect();
    let solutions: Vec<Drawn> = solutions.into_iter().flatten().collect();
    let ratio = |at_base: f64, f: &dyn Fn(&Drawn) -> Option<f64>| spread(at_base, &solutions, f);
    let groups = base
        .groups
        .iter()
        .enumerate()
        .map(|(g, at_base)| Spread {
            throughput: ratio(at_base.iops, &|d| Some(d.groups[g].iops)),
            latency: ratio(at_base.latency_s, &|d| Some(d.groups[g].latency_s)),
        })
        .collect();
    let stations = base
        .stations
        .iter()
        .enumerate()
        .map(|(s, at_base)| ratio(at_base.utilisation, &|d| d.stations[s]))
        .collect();
    let accounts = base_net
        .accounts
        .iter_ids()
        .map(|(id, account)| {
            let on = base_net.stations.iter().zip(&base.stations);
            let on = on.filter(|(s, _)| s.account == Some(id));
            let at_base: f64 = on.map(|(s, e)| e.utilisation * s.servers()).sum();
            let at_base = at_base + account.load * account.servers;
            ratio(at_base, &|d| Some(d.accounts[id.index()]))
        })
        .collect();
    Some(Prediction { base, groups, stations, accounts, influences, drawn })
}

/// How much a parameter matters, by the solutions at both ends of its range.
fn influence(
    parameter: ParameterId,
    base: &Analytic,
    ends: &[Option<Drawn>; 2],
    workloads: usize,
) -> Influence {
    let relative = |a: f64, b: f64| if a > 0.0 { b / a - 1.0 } else { 0.0 };
    let mut most = Influence { parameter, change: 0.0, group: 0, latency: true, effects: [0.0; 2] };
    // Traffic beside the workloads is stated or guessed; what it does to them is what counts.
    for (group, a) in base.groups.iter().enumerate().take(workloads) {
        for latency in [false, true] {
            let of = |b: &GroupEstimate| {
                if latency { relative(a.latency_s, b.latency_s) } else { relative(a.iops, b.iops) }
            };
            let at = |end: &Option<Drawn>| end.as_ref().map_or(f64::NAN, |d| of(&d.groups[group]));
            let effects = [at(&ends[0]), at(&ends[1])];
            let change = effects.iter().map(|effect| effect.abs()).fold(0.0, f64::max);
            if change > most.change {
                most = Influence { change, group, latency, effects, ..most };
            }
        }
    }
    most
}

/// Cost of a draw, in classes of sources.
fn cost(folded: &Folded<'_>) -> usize {
    folded.source_classes() + folded.sources() / ALIKE
}

fn draws(cost: usize) -> u64 {
    (DRAWS.1 * CLASSES as u64 / cost.max(CLASSES) as u64).max(DRAWS.0)
}

/// Draw number `n` of a parameter.
fn draw(p: &Parameter, value: f64, seed: Seed, n: u64) -> f64 {
    let z =
        maths::normal_quantile(Stream::new(seed, 0, &format!("prediction: {}", p.name)).unit(n));
    let end = if z < 0.0 { p.low } else { p.high };
    let drawn = if value > 0.0 && end > 0.0 {
        value * maths::exp(z.abs() / Z * maths::ln(end / value))
    } else {
        value + z.abs() / Z * (end - value)
    };
    drawn.max(0.0)
}

fn spread(at_base: f64, drawn: &[Drawn], f: &dyn Fn(&Drawn) -> Option<f64>) -> Ratio {
    if at_base == f64::INFINITY {
        return Ratio { low: 1.0, high: f64::INFINITY };
    }
    if at_base <= 0.0 || at_base.is_nan() || drawn.is_empty() {
        return Ratio::EXACT;
    }
    // Parameters that saturate an open path make the latency infinite: that is an answer, and to
    // leave it out would promise that the load is carried.
    Ratio::of(drawn.iter().filter_map(f).map(|x| x / at_base).collect())
}

impl Ratio {
    /// The 2.5 % and 97.5 % points of some ratios, widened to hold 1.
    pub(super) fn of(mut ratios: Vec<f64>) -> Self {
        ratios.retain(|ratio| !ratio.is_nan());
        ratios.sort_by(f64::total_cmp);
        let at = |q: f64| {
            let index = (q * (ratios.len().saturating_sub(1)) as f64).round() as usize;
            ratios.get(index).copied().unwrap_or(1.0)
        };
        Self { low: at(0.025).min(1.0), high: at(0.975).max(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnitKind;

    #[test]
    fn ninety_five_percent_of_the_draws_lie_in_the_range() {
        let p = Parameter {
            name: "x".into(),
            kind: UnitKind::Time,
            value: 2.0,
            low: 1.0,
            high: 8.0,
            source: crate::provenance::Source::Assumed,
            link: None,
            note: None,
        };
        let n = 10_000;
        let inside = (0..n).filter(|&i| (1.0..=8.0).contains(&draw(&p, 2.0, Seed(1), i))).count();
        // Binomial standard deviation 22; four of them.
        assert!(inside.abs_diff(9_500) < 88, "{inside}");
    }

    #[test]
    fn draws_that_saturate_count() {
        let drawn = |n: u32| Drawn {
            groups: Vec::new(),
            stations: vec![Some(if n < 10 { f64::INFINITY } else { 2.0 })],
            accounts: Vec::new(),
        };
        let drawn: Vec<Drawn> = (0..100).map(drawn).collect();
        let ratio = spread(2.0, &drawn, &|d| d.stations[0]);
        assert_eq!(ratio, Ratio { low: 1.0, high: f64::INFINITY });
        assert_eq!(ratio.widened(0.2).around(3.0)[1], f64::INFINITY);
        assert_eq!(Ratio::EXACT.widened(0.0).around(0.0), [0.0, 0.0]);
    }

    #[test]
    fn widening_adds_in_quadrature_on_the_log_scale() {
        let wide = Ratio { low: 1.0 / 1.3, high: 1.3 }.widened(0.4);
        let expected = (1.3_f64.ln().powi(2) + 1.4_f64.ln().powi(2)).sqrt().exp();
        assert!((wide.high - expected).abs() < 1e-12);
        assert!((wide.low * wide.high - 1.0).abs() < 1e-12);
        assert_eq!(Ratio::EXACT.widened(0.0), Ratio::EXACT);
    }
}
