//! Stated limits held against predictions.

use crate::scenario::{Limit, LimitOp, LimitQuantity};

use super::super::model::{Figure, LimitRow, Verdict};
use super::figure::Figures;
use super::{Evaluated, rows};

pub(super) fn limits(of: &Evaluated<'_>, figures: &Figures<'_>) -> Vec<LimitRow> {
    let workloads = rows::workloads(of, figures);
    let ports = rows::ports(of, figures);
    let cpus = rows::cpus(of, figures);
    let mut out = Vec::new();
    for limit in &of.variant.scenario.limits {
        let mut subjects: Vec<(String, Figure)> = Vec::new();
        let named = |name: &str| limit.workload.as_deref().is_none_or(|w| w == name);
        match limit.quantity {
            LimitQuantity::CsvPortUtilisation | LimitQuantity::PortUtilisation => subjects.extend(
                ports
                    .iter()
                    .filter(|p| p.csv || limit.quantity == LimitQuantity::PortUtilisation)
                    .map(|p| (format!("{}/{}/{}", p.node, p.nic, p.direction), p.utilisation)),
            ),
            LimitQuantity::CpuUtilisation => {
                subjects.extend(cpus.iter().map(|c| (c.node.clone(), c.utilisation)));
            }
            quantity => subjects.extend(workloads.iter().filter(|w| named(&w.name)).map(|w| {
                let figure = match quantity {
                    LimitQuantity::MeanLatency => w.latency_mean,
                    LimitQuantity::P50Latency => w.latency_p50,
                    LimitQuantity::P95Latency => w.latency_p95,
                    LimitQuantity::P99Latency => w.latency_p99,
                    LimitQuantity::P999Latency => w.latency_p99_9,
                    LimitQuantity::Throughput => w.throughput,
                    _ => w.iops,
                };
                (w.name.clone(), figure)
            })),
        }
        // Of many subjects the one with the worst verdict speaks for all, of those the one nearest
        // to breaking the limit: a wide interval may straddle what a higher value keeps.
        let worst = subjects
            .into_iter()
            .map(|(subject, figure)| (subject, figure, verdict(limit, figure)))
            .max_by(|a, b| {
                let order = a.1.value.total_cmp(&b.1.value);
                let nearest = if limit.op == LimitOp::AtMost { order } else { order.reverse() };
                a.2.severity().cmp(&b.2.severity()).then(nearest)
            });
        if let Some((subject, figure, verdict)) = worst {
            let (bound, at_most) = (limit.value, limit.op == LimitOp::AtMost);
            out.push(LimitRow {
                limit: limit.text.clone(),
                bound,
                at_most,
                subject,
                figure,
                verdict,
            });
        }
    }
    out
}

/// The verdict uses the prediction interval; without one nothing is decided.
fn verdict(limit: &Limit, figure: Figure) -> Verdict {
    let Some([low, high]) = figure.prediction else { return Verdict::Undecided };
    let (within, beyond) = match limit.op {
        LimitOp::AtMost => (high <= limit.value, low > limit.value),
        LimitOp::AtLeast => (low >= limit.value, high < limit.value),
    };
    if within {
        Verdict::Meets
    } else if beyond {
        Verdict::Misses
    } else {
        Verdict::Undecided
    }
}
