//! From a source to when it issues and what.

use std::collections::BTreeMap;

use super::batch;
use super::model::Drive;
use super::open::burst_scv;
use crate::network::{Arrivals, Mix, Source, TraceIo};

/// One kind of I/O of a source: its share, size and entry of the mix.
pub(super) struct Kind {
    pub(super) share: f64,
    pub(super) bytes: u64,
    pub(super) mix: usize,
}

/// When a source issues, and its kinds of I/O.
pub(super) fn drive_and_kinds(source: &Source) -> (Drive, Vec<Kind>) {
    let weights: f64 = source.mix.iter().map(|m| m.weight).sum();
    let kinds = || {
        let kind = |(mix, m): (usize, &Mix)| Kind {
            share: m.weight / weights,
            bytes: m.bytes.min(u64::from(u32::MAX)),
            mix,
        };
        source.mix.iter().enumerate().map(kind).filter(|k| k.share > 0.0).collect()
    };
    let drive = match &source.arrivals {
        Arrivals::Closed { outstanding, think_ps, .. } => Drive::Closed {
            population: f64::from(*outstanding),
            think: think_ps.max(1.0),
            most: f64::INFINITY,
            batch: None,
        },
        Arrivals::Throttled { outstanding, lanes, interval_ps, clock } => {
            let (outstanding, lanes) = (f64::from(*outstanding), f64::from(*lanes));
            Drive::Closed {
                population: outstanding * lanes,
                think: 1.0,
                most: lanes / interval_ps,
                batch: clock
                    .as_ref()
                    .map(|clock| batch::of(outstanding, lanes, clock.tick_ps / interval_ps)),
            }
        }
        Arrivals::Poisson { interval_ps } => Drive::Open { rate: 1.0 / interval_ps, scv: 1.0 },
        Arrivals::Paced { interval_ps } => Drive::Open { rate: 1.0 / interval_ps, scv: 0.0 },
        Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => Drive::Open {
            rate: burst_ps / (burst_ps + idle_ps) / interval_ps,
            scv: burst_scv(*interval_ps, *burst_ps, *idle_ps).min(1e6),
        },
        Arrivals::Trace(ios) => return trace(ios),
    };
    (drive, kinds())
}

/// Mean rate, variability and kinds of a trace. Sizes are taken by powers of two.
fn trace(ios: &[TraceIo]) -> (Drive, Vec<Kind>) {
    let span = match (ios.first(), ios.last()) {
        (Some(first), Some(last)) => (last.at_ps - first.at_ps) as f64,
        _ => 0.0,
    };
    if span <= 0.0 {
        return (Drive::Open { rate: 0.0, scv: 1.0 }, Vec::new());
    }
    let n = ios.len() as f64;
    let mean = span / (n - 1.0);
    let mut square = 0.0;
    for pair in ios.windows(2) {
        square += ((pair[1].at_ps - pair[0].at_ps) as f64 / mean - 1.0).powi(2);
    }
    let mut sizes: BTreeMap<(u32, u32), (f64, u128)> = BTreeMap::new();
    for io in ios {
        let bytes = io.bytes.min(u64::from(u32::MAX));
        let (count, sum) = sizes.entry((io.mix, bytes.max(1).ilog2())).or_default();
        *count += 1.0;
        *sum += u128::from(bytes);
    }
    let kinds = sizes
        .into_iter()
        .map(|((mix, _), (count, sum))| Kind {
            share: count / n,
            bytes: (sum as f64 / count).round() as u64,
            mix: mix as usize,
        })
        .collect();
    let scv = (square / (n - 1.0)).min(1e6);
    (Drive::Open { rate: n / span, scv }, kinds)
}
