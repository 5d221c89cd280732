//! Figures with both intervals.

use crate::cluster::Evidence;
use crate::experiment::Ratio;
use crate::network::{Arrivals, GroupId, StationId};
use crate::stats::Estimate;
use crate::topology::DiskId;
use crate::workload::Intensity;

use super::super::model::{Figure, Unit};
use super::Evaluated;

/// Makes figures: knows the model's own error on each workload's paths.
#[derive(Debug)]
pub(super) struct Figures<'a> {
    of: &'a Evaluated<'a>,
    /// Relative half width of the model's error, by group.
    errors: Vec<f64>,
    /// The same for what several workloads share.
    worst: f64,
    /// Whether a group's rate is offered from outside and carried in full.
    carried: Vec<bool>,
    /// Most I/Os a second that limits of the disks, or of the load itself, let a group do.
    caps: Vec<f64>,
}

impl<'a> Figures<'a> {
    pub(super) fn new(of: &'a Evaluated<'a>) -> Self {
        let error = |evidence: Evidence| {
            let id = of.parameters.id(evidence.error_parameter());
            id.map_or(0.35, |id| of.parameters.value(id))
        };
        let scenario = &of.variant.scenario;
        let doubts = super::check::doubts(of);
        let errors: Vec<f64> = scenario
            .workloads
            .iter()
            .map(|w| {
                let paths = of.compiled.disks.iter().filter(|p| w.disks.contains(&p.disk));
                let of_paths = paths.map(|p| error(p.evidence)).fold(0.0, f64::max);
                // An interval around a solution that is known to be wrong is at least so wide.
                doubts.get(&w.name).copied().unwrap_or_default().max(of_paths)
            })
            .collect();
        let caps = (0..scenario.workloads.len()).map(|g| cap(of, g)).collect();
        let worst = errors.iter().copied().fold(0.0, f64::max);
        let carried = (0..scenario.workloads.len()).map(|g| carried(of, g)).collect();
        Self { of, errors, worst, carried, caps }
    }

    fn make(unit: Unit, estimate: Estimate, ratio: Option<Ratio>, error: f64) -> Figure {
        let value = estimate.mean;
        let finite = estimate.half_width.is_finite() && value.is_finite();
        let sampling = finite.then(|| [(estimate.low()).max(0.0), estimate.high()]);
        let relative = if finite && value > 0.0 { estimate.half_width / value } else { 0.0 };
        let mut prediction = ratio
            .filter(|_| value.is_finite())
            .map(|r| r.widened(error).widened(relative).around(value));
        // The ratio is that of the approximate solver; what was sampled is possible in any case.
        if let (Some(prediction), Some(sampling)) = (&mut prediction, sampling) {
            prediction[0] = prediction[0].min(sampling[0]);
            prediction[1] = prediction[1].max(sampling[1]);
        }
        Figure { value, unit, sampling, prediction }
    }

    /// A figure of which only the sampling error is known.
    pub(super) fn sampled(unit: Unit, estimate: Estimate) -> Figure {
        Self::make(unit, estimate, None, 0.0)
    }

    /// Throughput of a workload.
    pub(super) fn throughput(&self, group: usize, unit: Unit, estimate: Estimate) -> Figure {
        let ratio = self.of.prediction.map(|p| p.groups[group].throughput);
        // What is offered is carried, as long as nothing saturates within the parameters.
        let error = if self.carried[group] { 0.0 } else { self.errors[group] };
        let figure = Self::make(unit, estimate, ratio, error);
        let bytes = match unit {
            Unit::BytesPerSecond => self.of.variant.scenario.workloads[group].block_bytes as f64,
            _ => 1.0,
        };
        capped(figure, self.caps[group] * bytes)
    }

    /// Latency of a workload.
    pub(super) fn latency(&self, group: usize, estimate: Estimate) -> Figure {
        let ratio = self.of.prediction.map(|p| p.groups[group].latency);
        Self::make(Unit::Seconds, estimate, ratio, self.errors[group])
    }

    /// Utilisation of a station; never more than all of it.
    pub(super) fn utilisation(&self, station: StationId, estimate: Estimate) -> Figure {
        let ratio = self.of.prediction.map(|p| p.stations[station.index()]);
        capped(Self::make(Unit::Fraction, estimate, ratio, self.shared_error()), 1.0)
    }

    /// Bytes over a port, which move with its utilisation; never more than its rate.
    pub(super) fn port_bytes(&self, station: StationId, estimate: Estimate, rate: f64) -> Figure {
        let ratio = self.of.prediction.map(|p| p.stations[station.index()]);
        capped(Self::make(Unit::BytesPerSecond, estimate, ratio, self.shared_error()), rate)
    }

    /// Utilisation of an account.
    pub(super) fn account(&self, index: usize, estimate: Estimate) -> Figure {
        let ratio = self.of.prediction.map(|p| p.accounts[index]);
        // CPU costs are the least known part; the model's error holds for them in any case.
        capped(Self::make(Unit::Fraction, estimate, ratio, self.worst), 1.0)
    }

    /// The error on what all workloads share: none where every load is offered and carried.
    fn shared_error(&self) -> f64 {
        let errors = self.errors.iter().zip(&self.carried);
        errors.map(|(e, carried)| if *carried { 0.0 } else { *e }).fold(0.0, f64::max)
    }
}

fn capped(mut figure: Figure, most: f64) -> Figure {
    for interval in [&mut figure.sampling, &mut figure.prediction].into_iter().flatten() {
        for end in interval.iter_mut() {
            *end = end.min(most.max(figure.value));
        }
    }
    figure
}

/// The sum of the limits of a workload's disks, or of its own rate; infinite where one has none.
fn cap(of: &Evaluated<'_>, group: usize) -> f64 {
    let scenario = &of.variant.scenario;
    let workload = &scenario.workloads[group];
    let block = workload.block_bytes.max(1);
    let own = match workload.intensity {
        Intensity::Throttled { lanes, iops, .. } => f64::from(lanes) * iops,
        // The blocks of a trace are of many sizes.
        Intensity::Replay(_) => return f64::INFINITY,
        _ => f64::INFINITY,
    };
    let disk = |id: &DiskId| {
        let qos = scenario.cluster.disks[*id].qos;
        let iops = qos.max_iops.map_or(f64::INFINITY, |most| most / block.div_ceil(8192) as f64);
        let rate = qos.max_bytes_per_s.map_or(f64::INFINITY, |most| most / block as f64);
        iops.min(rate).min(own)
    };
    workload.disks.iter().map(disk).sum()
}

/// Share of its limit from which a throttled load counts as carried.
const REACHED: f64 = 0.97;

/// Whether a workload's rate comes from outside and its path carries it.
#[must_use]
pub fn carried(of: &Evaluated<'_>, group: usize) -> bool {
    let id = GroupId::from_index(group);
    let sources = || of.compiled.network.sources.iter().filter(move |s| s.group == Some(id));
    let mut limit = 0.0;
    let open = sources().all(|s| match s.arrivals {
        Arrivals::Closed { .. } => false,
        Arrivals::Throttled { lanes, interval_ps, .. } => {
            limit += f64::from(lanes) * 1e12 / interval_ps;
            true
        }
        _ => true,
    });
    // A throttled load that reaches its limit is carried; one that does not is bound by its path.
    if limit > 0.0 && of.measured.groups[group].iops.mean < REACHED * limit {
        return false;
    }
    let saturated = of.prediction.is_some_and(|p| p.base.groups[group].saturated);
    open && !saturated
}
