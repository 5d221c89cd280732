//! Limits held against what the solver says. There is no interval to decide by, so a value is
//! within a limit, or beyond it, only when it is farther off than the solver usually is.

use super::evaluate::Means;
use super::record::{FigureUnit, Metric};
use super::row::{Figure, LimitVerdict};
use crate::scenario::{Limit, LimitOp, LimitQuantity};

/// Each limit with its worst subject.
pub(super) fn held(limits: &[Limit], of: &Means) -> Vec<Figure> {
    limits.iter().filter_map(|limit| one(limit, of)).collect()
}

fn one(limit: &Limit, of: &Means) -> Option<Figure> {
    let named = |name: &str| limit.workload.as_deref().is_none_or(|wanted| wanted == name);
    let loads = || of.loads.iter().filter(|load| named(&load.name));
    let (unit, usual, subjects): (_, _, Vec<(&String, f64)>) = match limit.quantity {
        LimitQuantity::CsvPortUtilisation | LimitQuantity::PortUtilisation => {
            let all = limit.quantity == LimitQuantity::PortUtilisation;
            let ports = of.ports.iter().filter(|(_, csv, _)| all || *csv);
            let ports = ports.map(|(name, _, busy)| (name, *busy));
            (FigureUnit::Fraction, of.usual_iops, ports.collect())
        }
        LimitQuantity::CpuUtilisation => {
            let cpus = of.cpus.iter().map(|(name, busy)| (name, *busy));
            (FigureUnit::Fraction, of.usual_iops, cpus.collect())
        }
        LimitQuantity::MeanLatency => {
            let loads = loads().map(|load| (&load.name, load.latency_s));
            (FigureUnit::Seconds, of.usual_latency, loads.collect())
        }
        LimitQuantity::Iops => {
            (FigureUnit::Iops, of.usual_iops, loads().map(|load| (&load.name, load.iops)).collect())
        }
        LimitQuantity::Throughput => {
            let loads = loads().map(|load| (&load.name, load.bytes_per_s));
            (FigureUnit::BytesPerSecond, of.usual_iops, loads.collect())
        }
        LimitQuantity::P50Latency
        | LimitQuantity::P95Latency
        | LimitQuantity::P99Latency
        | LimitQuantity::P999Latency => {
            // No load that is judged has none of its percentiles below its fastest I/O, but that
            // decides nothing.
            let names = loads().map(|load| (&load.name, f64::NAN));
            (FigureUnit::Seconds, f64::NAN, names.take(1).collect())
        }
    };
    let judged =
        subjects.into_iter().map(|(name, value)| (name, value, verdict(limit, value, usual)));
    let (name, value, verdict) = judged.max_by(|a, b| {
        let order = a.1.total_cmp(&b.1);
        let nearest = if limit.op == LimitOp::AtMost { order } else { order.reverse() };
        a.2.cmp(&b.2).then(nearest).then_with(|| b.0.cmp(a.0))
    })?;
    let subject = if verdict == LimitVerdict::NeedsSimulation {
        limit.workload.clone().unwrap_or_default()
    } else {
        name.clone()
    };
    let figure = Figure::new(subject, Metric::Limit, unit, value);
    Some(Figure { limit: Some(limit.text.clone()), verdict: Some(verdict), ..figure })
}

fn verdict(limit: &Limit, value: f64, usual: f64) -> LimitVerdict {
    if value.is_nan() {
        return LimitVerdict::NeedsSimulation;
    }
    // As far off as usual, the value may be this low or this high.
    let (low, high) = (value / (1.0 + usual), value * (1.0 + usual));
    let (within, beyond) = match limit.op {
        LimitOp::AtMost => (high <= limit.value, low > limit.value),
        LimitOp::AtLeast => (low >= limit.value, high < limit.value),
    };
    match (within, beyond) {
        (true, _) => LimitVerdict::Within,
        // A queue that grows without limit is beyond any.
        (_, true) => LimitVerdict::Beyond,
        _ if value == f64::INFINITY && limit.op == LimitOp::AtMost => LimitVerdict::Beyond,
        _ => LimitVerdict::Near,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(op: LimitOp, value: f64) -> Limit {
        let (text, workload) = (String::new(), None);
        Limit { text, workload, quantity: LimitQuantity::MeanLatency, op, value }
    }

    #[test]
    fn what_is_nearer_than_the_solver_is_off_is_near() {
        use LimitVerdict::{Beyond, Near, NeedsSimulation, Within};
        let most = |value: f64, usual: f64| verdict(&limit(LimitOp::AtMost, 1.0), value, usual);
        assert_eq!([0.8, 0.95, 1.05, 1.2].map(|v| most(v, 0.1)), [Within, Near, Near, Beyond]);
        let least = |value: f64, usual: f64| verdict(&limit(LimitOp::AtLeast, 1.0), value, usual);
        assert_eq!([0.8, 0.95, 1.05, 1.2].map(|v| least(v, 0.1)), [Beyond, Near, Near, Within]);
        // How far off is not known: nothing is decided, but what has no limit is beyond any.
        assert_eq!(most(0.5, f64::INFINITY), Near);
        assert_eq!(most(f64::INFINITY, 0.1), Beyond);
        assert_eq!(most(f64::INFINITY, f64::INFINITY), Beyond);
        assert_eq!(most(f64::NAN, 0.1), NeedsSimulation);
    }

    #[test]
    fn the_worse_verdict_is_the_greater() {
        assert!(LimitVerdict::Within < LimitVerdict::Near);
        assert!(LimitVerdict::Near < LimitVerdict::Beyond);
    }
}
