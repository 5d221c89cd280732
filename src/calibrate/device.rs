//! Fits a device to a trace with response times.
//!
//! The device is the one the cluster model uses: `servers` operations in latency at once, then one
//! shared transfer pipe. Arrivals are replayed open-loop through that recursion; latency and rate
//! are searched (on the logarithm), the number of servers is tried from a short list. What is
//! minimised is the mean squared logarithm of predicted over measured response, over percentiles
//! from 5 to 99.9, reads and writes apart. A direction with too few I/Os is not fitted and keeps
//! its value. Ranges come from fitting four consecutive parts of the trace apart: what the parts
//! disagree on is not known better than that.

use thiserror::Error;

use super::search::minimise;
use crate::provenance::{Parameter, ParameterSet, Source};
use crate::units::UnitKind;
use crate::workload::ReplayIo;

/// I/Os of a direction needed to fit it.
const FEWEST: usize = 200;

/// Numbers of servers tried.
const SERVERS: [u32; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Percentiles compared.
const QUANTILES: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999];

/// Parts of the trace that are fitted apart for the ranges.
const PARTS: usize = 4;

/// Range as a factor to each side where the trace is too short to be fitted in parts.
const UNCHECKED: f64 = 1.5;

/// Why a device could not be fitted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FitError {
    /// Too few I/Os with a response time.
    #[error(
        "{found} I/Os with a response time are too few to fit a device; it needs {FEWEST} or more"
    )]
    TooFew {
        /// How many there are.
        found: usize,
    },
}

/// A fitted device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceFit {
    /// The fitted parameters, `<prefix>.servers` and so on.
    pub parameters: ParameterSet,
    /// Root mean square of ln(predicted / measured) over the percentiles, on the data fitted.
    pub error: f64,
    /// I/Os fitted on.
    pub ios: usize,
}

#[derive(Clone, Copy, Debug)]
struct Law {
    servers: u32,
    latency_s: [f64; 2],
    rate_bytes_per_s: [f64; 2],
}

/// Fits the parameters under `prefix` (`storage.<name>`); `known` gives those that are not fitted.
///
/// # Errors
/// When the trace has too few response times.
pub fn fit_device(
    prefix: &str,
    ios: &[ReplayIo],
    known: &ParameterSet,
) -> Result<DeviceFit, FitError> {
    let timed = ios.iter().filter(|io| io.response_ns.is_some()).count();
    if timed < FEWEST {
        return Err(FitError::TooFew { found: timed });
    }
    let value = |field: &str, default: f64| {
        known.get(&format!("{prefix}.{field}")).map_or(default, |p| p.value)
    };
    let start = Law {
        servers: 1,
        latency_s: [value("read-latency", 1e-4), value("write-latency", 1e-4)].map(|x| x.max(1e-7)),
        rate_bytes_per_s: [value("read-rate", 8e9), value("write-rate", 8e9)].map(|x| x / 8.0),
    };
    let directions = [false, true].map(|write| {
        ios.iter().filter(|io| io.write == write && io.response_ns.is_some()).count() >= FEWEST
    });
    let (best, error) = search(ios, start, directions, &SERVERS);
    // The number of servers is a choice of the whole trace; the parts tell the ranges of the rest.
    let parts: Vec<Law> = ios
        .chunks(ios.len().div_ceil(PARTS).max(1))
        .filter(|part| part.len() >= FEWEST)
        .map(|part| search(part, best, directions, &[best.servers]).0)
        .collect();
    let mut parameters = ParameterSet::new();
    let mut insert = |field: &str, kind, of: &dyn Fn(&Law) -> f64| {
        let value = of(&best);
        let mut low = parts.iter().map(of).fold(value, f64::min);
        let mut high = parts.iter().map(of).fold(value, f64::max);
        if parts.len() < 2 && kind != UnitKind::Count {
            (low, high) = (value / UNCHECKED, value * UNCHECKED);
        }
        parameters.insert(Parameter {
            name: format!("{prefix}.{field}"),
            kind,
            value,
            low,
            high,
            source: Source::Fitted,
            link: None,
            note: Some(format!(
                "fitted to {timed} response times, rms error {:.1} % over the percentiles",
                100.0 * error
            )),
        });
    };
    insert("servers", UnitKind::Count, &|l| f64::from(l.servers));
    for (i, name) in ["read", "write"].iter().enumerate() {
        if directions[i] {
            insert(&format!("{name}-latency"), UnitKind::Time, &|l| l.latency_s[i]);
            insert(&format!("{name}-rate"), UnitKind::Rate, &|l| 8.0 * l.rate_bytes_per_s[i]);
        }
    }
    Ok(DeviceFit { parameters, error, ios: timed })
}

fn search(ios: &[ReplayIo], start: Law, directions: [bool; 2], servers: &[u32]) -> (Law, f64) {
    let measured = [false, true].map(|write| {
        let responses = ios.iter().filter(|io| io.write == write).filter_map(|io| io.response_ns);
        quantiles(responses.map(|ns| ns as f64 * 1e-9).collect())
    });
    let mut best = (start, f64::INFINITY);
    for &n in servers {
        let law_of = |x: &[f64]| {
            let mut law = Law { servers: n, ..start };
            let mut x = x.iter();
            for (i, _) in directions.iter().enumerate().filter(|(_, fitted)| **fitted) {
                if let (Some(latency), Some(rate)) = (x.next(), x.next()) {
                    law.latency_s[i] = latency.exp();
                    law.rate_bytes_per_s[i] = rate.exp();
                }
            }
            law
        };
        let mut x = Vec::new();
        for (i, _) in directions.iter().enumerate().filter(|(_, fitted)| **fitted) {
            x.push(start.latency_s[i].ln());
            x.push(start.rate_bytes_per_s[i].ln());
        }
        let mut f = |x: &[f64]| distance(ios, law_of(x), directions, &measured);
        let (x, y) = minimise(&x, 0.3, &mut f);
        if y < best.1 {
            best = (law_of(&x), y);
        }
    }
    (best.0, best.1.sqrt())
}

/// Mean squared logarithm of predicted over measured percentiles.
fn distance(
    ios: &[ReplayIo],
    law: Law,
    directions: [bool; 2],
    measured: &[[f64; QUANTILES.len()]; 2],
) -> f64 {
    let responses = replay(ios, law);
    let (mut sum, mut n) = (0.0, 0.0);
    for (i, write) in [false, true].into_iter().enumerate() {
        if !directions[i] {
            continue;
        }
        let own = ios.iter().zip(&responses).filter(|(io, _)| io.write == write);
        let predicted = quantiles(own.map(|(_, r)| *r).collect());
        for (p, m) in predicted.iter().zip(&measured[i]) {
            if *m > 0.0 {
                sum += (p / m).ln().powi(2);
                n += 1.0;
            }
        }
    }
    sum / f64::max(n, 1.0)
}

/// Responses of the arrivals in seconds: `servers` in latency at once, then the pipe.
fn replay(ios: &[ReplayIo], law: Law) -> Vec<f64> {
    let mut free = vec![0.0_f64; law.servers as usize];
    // The pipe takes them in the order in which they leave the latency stage.
    let mut through: Vec<(f64, usize)> = Vec::with_capacity(ios.len());
    for (i, io) in ios.iter().enumerate() {
        let at = io.at_ps as f64 * 1e-12;
        let mut first = 0;
        for (k, f) in free.iter().enumerate() {
            if *f < free[first] {
                first = k;
            }
        }
        free[first] = free[first].max(at) + law.latency_s[usize::from(io.write)];
        through.push((free[first], i));
    }
    through.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut responses = vec![0.0; ios.len()];
    let mut pipe = 0.0_f64;
    for (at, i) in through {
        let rate = law.rate_bytes_per_s[usize::from(ios[i].write)];
        pipe = pipe.max(at) + ios[i].bytes as f64 / rate;
        responses[i] = pipe - ios[i].at_ps as f64 * 1e-12;
    }
    responses
}

fn quantiles(mut values: Vec<f64>) -> [f64; QUANTILES.len()] {
    values.sort_by(f64::total_cmp);
    QUANTILES.map(|q| {
        let index = (q * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(index).copied().unwrap_or(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Seed, Shape, Stream};

    /// Poisson arrivals of 128 KiB writes through a known device.
    fn synthetic(law: Law, n: u64) -> Vec<ReplayIo> {
        let stream = Stream::new(Seed(5), 0, "arrivals");
        let mut at = 0.0;
        let mut ios: Vec<ReplayIo> = (0..n)
            .map(|i| {
                at += 80e6 * Shape::Exponential.at(stream, i);
                ReplayIo { at_ps: at as u64, bytes: 131_072, write: true, response_ns: None }
            })
            .collect();
        let responses = replay(&ios, law);
        for (io, r) in ios.iter_mut().zip(responses) {
            io.response_ns = Some((r * 1e9) as u64);
        }
        ios
    }

    #[test]
    fn known_parameters_are_recovered() {
        let law = Law { servers: 4, latency_s: [1e-4, 30e-6], rate_bytes_per_s: [1e9, 2e9] };
        let fit = fit_device("storage.d", &synthetic(law, 4_000), &ParameterSet::new()).unwrap();
        let get = |name: &str| fit.parameters.get(&format!("storage.d.{name}")).unwrap();
        assert!((get("write-rate").value / 16e9 - 1.0).abs() < 0.02, "{:?}", get("write-rate"));
        assert!(
            (get("write-latency").value / 30e-6 - 1.0).abs() < 0.2,
            "{:?}",
            get("write-latency")
        );
        assert!(fit.parameters.get("storage.d.read-rate").is_none(), "nothing was read");
        assert!(fit.error < 0.02);
        assert!(get("write-rate").low <= get("write-rate").value);
    }

    #[test]
    fn too_few_responses_are_refused() {
        assert_eq!(
            fit_device("storage.d", &[], &ParameterSet::new()),
            Err(FitError::TooFew { found: 0 })
        );
    }
}
