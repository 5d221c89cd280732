//! What can be measured of a run, and how the same is read off a prediction.

use super::glob::Glob;
use super::mapping::{Measured, unit_scale};
use crate::analytic::Analytic;
use crate::experiment::{GroupMeasure, Measurements};
use crate::network::{Account, Network, Station};
use crate::random::maths;
use crate::stats::{Estimate, Quantiles};
use crate::units::UnitKind;

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Reads.
    Read,
    /// Writes.
    Write,
}

impl Direction {
    pub(super) const WORDS: [(&'static str, Self); 2] =
        [("read", Self::Read), ("write", Self::Write)];

    /// Place in a pair of reads and writes.
    const fn place(self) -> usize {
        match self {
            Self::Read => 0,
            Self::Write => 1,
        }
    }
}

/// Side of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Sent by the node.
    Tx,
    /// Received by the node.
    Rx,
}

impl Side {
    pub(super) const WORDS: [(&'static str, Self); 2] = [("tx", Self::Tx), ("rx", Self::Rx)];

    const fn ending(self) -> &'static str {
        match self {
            Self::Tx => "/tx",
            Self::Rx => "/rx",
        }
    }
}

/// What 100 % of a processor is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CpuOf {
    /// All cores of the node.
    #[default]
    Node,
    /// One core; the sum over the nodes meant.
    Core,
}

impl CpuOf {
    pub(super) const WORDS: [(&'static str, Self); 2] =
        [("node", Self::Node), ("core", Self::Core)];
}

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Metric {
    /// I/Os a second.
    Iops(Option<Direction>),
    /// Bytes a second.
    Throughput(Option<Direction>),
    /// Mean latency in seconds, from actual issue to completion in the guest.
    LatencyMean(Option<Direction>),
    /// A percentile of it, as a fraction.
    LatencyQuantile(f64, Option<Direction>),
    /// Busy share of processors.
    Cpu(CpuOf),
    /// Bytes a second on the wire of the links of a node, framing included.
    LinkWire(Option<Side>),
    /// Bytes a second of I/O over the links of a node.
    LinkPayload(Option<Side>),
}

/// Added to both sides before a share is compared relatively: near zero points count, not ratios.
const SHARE_FLOOR: f64 = 0.05;

impl Metric {
    /// The words for a metric.
    #[must_use]
    pub fn words() -> [(&'static str, Self); 11] {
        [
            ("iops", Self::Iops(None)),
            ("throughput", Self::Throughput(None)),
            ("latency-mean", Self::LatencyMean(None)),
            ("latency-p25", Self::LatencyQuantile(0.25, None)),
            ("latency-p50", Self::LatencyQuantile(0.5, None)),
            ("latency-p90", Self::LatencyQuantile(0.9, None)),
            ("latency-p95", Self::LatencyQuantile(0.95, None)),
            ("latency-p99", Self::LatencyQuantile(0.99, None)),
            ("cpu", Self::Cpu(CpuOf::Node)),
            ("link-wire", Self::LinkWire(None)),
            ("link-payload", Self::LinkPayload(None)),
        ]
    }

    pub(super) fn with(
        self,
        direction: Option<Direction>,
        side: Option<Side>,
        of: Option<CpuOf>,
    ) -> Self {
        match self {
            Self::Iops(_) => Self::Iops(direction),
            Self::Throughput(_) => Self::Throughput(direction),
            Self::LatencyMean(_) => Self::LatencyMean(direction),
            Self::LatencyQuantile(q, _) => Self::LatencyQuantile(q, direction),
            Self::Cpu(_) => Self::Cpu(of.unwrap_or_default()),
            Self::LinkWire(_) => Self::LinkWire(side),
            Self::LinkPayload(_) => Self::LinkPayload(side),
        }
    }

    /// A field that is stated but does not belong to the metric.
    pub(super) const fn misfit(
        self,
        direction: bool,
        side: bool,
        of: bool,
    ) -> Option<(&'static str, &'static str)> {
        let (cpu, link) = (
            matches!(self, Self::Cpu(_)),
            matches!(self, Self::LinkWire(_) | Self::LinkPayload(_)),
        );
        if direction && (cpu || link) {
            return Some((
                "direction",
                "reads and writes are told apart of I/Os only; a link has \
                                       side = \"tx\" or \"rx\"",
            ));
        }
        if side && !link {
            return Some(("side", "only a link has sides"));
        }
        if of && !cpu {
            return Some(("of", "only processors are shares of a node or of a core"));
        }
        None
    }

    const fn kind(self) -> UnitKind {
        match self {
            Self::Iops(_) => UnitKind::Iops,
            Self::Throughput(_) | Self::LinkWire(_) | Self::LinkPayload(_) => UnitKind::Rate,
            Self::LatencyMean(_) | Self::LatencyQuantile(..) => UnitKind::Time,
            Self::Cpu(_) => UnitKind::Ratio,
        }
    }

    /// What one of `unit` is in seconds, I/Os a second, bytes a second or a fraction.
    pub(super) fn scale(self, unit: Option<&str>) -> Result<f64, String> {
        let help = match self.kind() {
            UnitKind::Iops => "write unit = \"IOPS\"",
            UnitKind::Rate => "write unit = \"MB/s\", \"MiB/s\" or \"Mbit/s\"",
            UnitKind::Time => "write unit = \"us\", \"ms\" or \"s\"",
            _ => "write unit = \"%\"",
        };
        match (unit, self.kind()) {
            (None, UnitKind::Iops) => Ok(1.0),
            (None, _) => Err(help.to_owned()),
            (Some(unit), UnitKind::Rate) if unit.trim() == "B/s" => Ok(1.0),
            (Some(unit), kind) => {
                let scale = unit_scale(kind, unit.trim()).ok_or_else(|| help.to_owned())?;
                Ok(if kind == UnitKind::Rate { scale / 8.0 } else { scale })
            }
        }
    }

    /// Whether it is a mean and not a percentile.
    #[must_use]
    pub const fn is_mean(self) -> bool {
        !matches!(self, Self::LatencyQuantile(..))
    }

    /// Whether it is a share, of which differences in points are told.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Cpu(_))
    }

    /// The scale on which errors are compared: the logarithm, for shares softened near zero.
    #[must_use]
    pub fn log(self, value: f64) -> f64 {
        maths::ln((value + self.floor()).max(1e-300))
    }

    /// The value at a place on that scale.
    #[must_use]
    pub fn unlog(self, log: f64) -> f64 {
        (maths::exp(log) - self.floor()).max(0.0)
    }

    /// The error of a prediction that is `off` on that scale where `log` was measured: relative, of
    /// shares the difference itself.
    #[must_use]
    pub fn error(self, log: f64, off: f64) -> f64 {
        if self.is_share() { self.unlog(log + off) - self.unlog(log) } else { off.exp_m1() }
    }

    const fn floor(self) -> f64 {
        if self.is_share() { SHARE_FLOOR } else { 0.0 }
    }

    /// Relative repeatability where nothing is stated.
    pub(super) const fn usual_noise(self) -> f64 {
        match self {
            Self::LatencyQuantile(..) => 0.05,
            Self::Cpu(_) => 0.03,
            _ => 0.015,
        }
    }
}

/// A value with the relative standard deviation of its sampling.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// In the base unit.
    pub value: f64,
    /// Relative standard deviation.
    pub sampling: f64,
}

impl Value {
    const fn exact(value: f64) -> Self {
        Self { value, sampling: 0.0 }
    }

    fn of(estimate: Estimate) -> Self {
        let relative = estimate.relative() / 2.0;
        Self { value: estimate.mean, sampling: if relative.is_finite() { relative } else { 0.0 } }
    }
}

/// The metric as a simulation has it.
pub(super) fn simulated(
    of: &Measured,
    net: &Network,
    nodes: &[String],
    measured: &Measurements,
) -> Option<Value> {
    let groups: Vec<&GroupMeasure> =
        measured.workloads().filter(|group| of.workloads.matches(&group.name)).collect();
    let found = match of.metric {
        Metric::Iops(direction) => {
            let all = sum(&groups, |g| match direction {
                None => g.iops,
                Some(Direction::Read) => g.read_iops,
                Some(Direction::Write) => g.write_iops,
            });
            (!groups.is_empty()).then_some(all)
        }
        Metric::Throughput(direction) => {
            let all = sum(&groups, |g| match direction {
                None => g.bytes_per_s,
                Some(Direction::Read) => g.read_bytes_per_s,
                Some(Direction::Write) => g.write_bytes_per_s,
            });
            (!groups.is_empty()).then_some(all)
        }
        Metric::LatencyMean(direction) => {
            let merged = merged(&groups, direction);
            merged.mean_secs().map(|value| Value { value, sampling: latency_noise(&groups) })
        }
        Metric::LatencyQuantile(q, direction) => {
            let merged = merged(&groups, direction);
            let value = merged.quantile_secs(q);
            // Of n samples the rank of a percentile is known to sqrt(n q (1 - q)).
            value.map(|value| {
                let n = merged.count() as f64;
                let shift = (q * (1.0 - q) / n).sqrt();
                let upper = merged.quantile_secs((q + shift).min(1.0)).unwrap_or(value);
                Value { value, sampling: (upper / value - 1.0).abs() + latency_noise(&groups) }
            })
        }
        Metric::Cpu(share) => cpu(net, nodes, &of.nodes, share, &|i| measured.accounts[i].mean)
            .or_else(|| guest(net, of, share, &|i| measured.stations[i].utilisation.mean)),
        Metric::LinkWire(side) => {
            links(net, nodes, &of.nodes, side, &|i| measured.stations[i].wire_per_s.mean)
        }
        Metric::LinkPayload(side) => {
            links(net, nodes, &of.nodes, side, &|i| measured.stations[i].payload_per_s.mean)
        }
    };
    found.filter(|found| found.value.is_finite())
}

/// The same as the analytic solver has it; of percentiles only as much as the mean.
pub(super) fn solved(
    of: &Measured,
    net: &Network,
    nodes: &[String],
    solution: &Analytic,
) -> Option<f64> {
    let of_groups = net
        .groups
        .iter_ids()
        .filter(|(id, name)| net.is_workload(*id) && of.workloads.matches(name));
    let groups: Vec<_> = of_groups.map(|(id, _)| &solution.groups[id.index()]).collect();
    let total =
        |f: &dyn Fn(&crate::analytic::GroupEstimate) -> f64| groups.iter().map(|g| f(g)).sum();
    let found = match of.metric {
        Metric::Iops(_) | Metric::Throughput(_) if groups.is_empty() => None,
        Metric::Iops(None) => Some(total(&|g| g.iops)),
        Metric::Iops(Some(direction)) => Some(total(&|g| g.iops_by_direction[direction.place()])),
        Metric::Throughput(None) => Some(total(&|g| g.bytes_per_s)),
        Metric::Throughput(Some(Direction::Read)) => Some(total(&|g| g.read_bytes_per_s)),
        Metric::Throughput(Some(Direction::Write)) => Some(total(&|g| g.write_bytes_per_s)),
        Metric::LatencyMean(direction) | Metric::LatencyQuantile(_, direction) => {
            let of = |g: &crate::analytic::GroupEstimate| match direction {
                None => [g.iops, g.latency_s],
                Some(direction) => {
                    let place = direction.place();
                    [g.iops_by_direction[place], g.latency_s_by_direction[place]]
                }
            };
            let iops: f64 = total(&|g| of(g)[0]);
            (iops > 0.0).then(|| total(&|g| of(g).iter().product()) / iops)
        }
        Metric::Cpu(share) => {
            let busy = |account: usize| {
                let on = net.stations.iter().zip(&solution.stations);
                let on = on.filter(|(s, _)| s.account.is_some_and(|a| a.index() == account));
                let busy: f64 = on.map(|(s, e)| e.utilisation * s.servers()).sum();
                let account = &net.accounts.as_slice()[account];
                account.load + busy / account.servers
            };
            cpu(net, nodes, &of.nodes, share, &busy)
                .or_else(|| guest(net, of, share, &|i| solution.stations[i].utilisation))
                .map(|v| v.value)
        }
        Metric::LinkWire(side) => {
            links(net, nodes, &of.nodes, side, &|i| solution.stations[i].wire_bytes_per_s)
                .map(|v| v.value)
        }
        Metric::LinkPayload(side) => {
            links(net, nodes, &of.nodes, side, &|i| solution.stations[i].payload_bytes_per_s)
                .map(|v| v.value)
        }
    };
    found.filter(|value| value.is_finite())
}

/// A sum of estimates whose errors are taken as independent.
fn sum(groups: &[&GroupMeasure], f: impl Fn(&GroupMeasure) -> Estimate) -> Value {
    let mut value = 0.0;
    let mut variance = 0.0;
    for group in groups {
        let part = Value::of(f(group));
        value += part.value;
        variance += (part.value * part.sampling).powi(2);
    }
    if value > 0.0 {
        Value { value, sampling: variance.sqrt() / value }
    } else {
        Value::exact(value)
    }
}

fn merged(groups: &[&GroupMeasure], direction: Option<Direction>) -> Quantiles {
    let mut all = Quantiles::new();
    for group in groups {
        all.merge(match direction {
            None => &group.latencies,
            Some(Direction::Read) => &group.read_latencies,
            Some(Direction::Write) => &group.write_latencies,
        });
    }
    all
}

fn latency_noise(groups: &[&GroupMeasure]) -> f64 {
    let ios: f64 = groups.iter().map(|g| g.ios as f64).sum();
    let parts = groups.iter().map(|g| {
        let relative = Value::of(g.latency_s).sampling;
        (relative * g.ios as f64 / ios.max(1.0)).powi(2)
    });
    parts.sum::<f64>().sqrt()
}

fn cpu(
    net: &Network,
    nodes: &[String],
    of: &Glob,
    share: CpuOf,
    utilisation: &dyn Fn(usize) -> f64,
) -> Option<Value> {
    let node = |account: &Account| account.label.strip_suffix("/cpu").map(str::to_owned);
    let meant = net.accounts.iter_ids().filter(|(_, account)| {
        node(account).is_some_and(|name| nodes.contains(&name) && of.matches(&name))
    });
    let (mut busy, mut cores) = (0.0, 0.0);
    for (id, account) in meant {
        busy += utilisation(id.index()) * account.servers;
        cores += account.servers;
    }
    let value = match share {
        CpuOf::Core => busy,
        CpuOf::Node => busy / cores,
    };
    (cores > 0.0).then_some(Value::exact(value))
}

/// The same of the virtual processors of machines, where a name is no node's but theirs.
fn guest(
    net: &Network,
    of: &Measured,
    share: CpuOf,
    utilisation: &dyn Fn(usize) -> f64,
) -> Option<Value> {
    let (mut busy, mut processors) = (0.0, 0.0);
    for (i, station) in net.stations.iter().enumerate() {
        if station.label.strip_suffix("/vcpu").is_some_and(|name| of.nodes.matches(name)) {
            busy += utilisation(i) * station.servers();
            processors += station.servers();
        }
    }
    let value = if share == CpuOf::Core { busy } else { busy / processors };
    (processors > 0.0).then_some(Value::exact(value))
}

fn links(
    net: &Network,
    nodes: &[String],
    of: &Glob,
    side: Option<Side>,
    rate: &dyn Fn(usize) -> f64,
) -> Option<Value> {
    let sides = side.map_or_else(|| vec![Side::Tx, Side::Rx], |side| vec![side]);
    let meant = |station: &Station| {
        let node = station.label.split('/').next().unwrap_or_default();
        sides.iter().any(|side| station.label.ends_with(side.ending()))
            && nodes.iter().any(|known| known == node)
            && of.matches(node)
    };
    let found: Vec<f64> = net
        .stations
        .iter()
        .enumerate()
        .filter(|(_, station)| meant(station))
        .map(|(i, _)| rate(i))
        .collect();
    (!found.is_empty()).then(|| Value::exact(found.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_scale_to_the_base() {
        assert_eq!(Metric::LatencyMean(None).scale(Some("us")), Ok(1e-6));
        assert_eq!(Metric::Throughput(None).scale(Some("MB/s")), Ok(1e6));
        assert_eq!(Metric::Throughput(None).scale(Some("Mbit/s")), Ok(125_000.0));
        assert_eq!(Metric::LinkWire(None).scale(Some("B/s")), Ok(1.0));
        assert_eq!(Metric::Cpu(CpuOf::Node).scale(Some("%")), Ok(0.01));
        assert_eq!(Metric::Iops(None).scale(None), Ok(1.0));
        assert!(Metric::Cpu(CpuOf::Node).scale(None).is_err());
    }

    #[test]
    fn shares_are_compared_softly_near_zero() {
        let cpu = Metric::Cpu(CpuOf::Node);
        assert!((cpu.log(0.02) - cpu.log(0.01) - (0.07_f64 / 0.06).ln()).abs() < 1e-12);
        assert!((cpu.unlog(cpu.log(0.5)) - 0.5).abs() < 1e-12);
        // Of 1 % measured and 3 % predicted the error is two points, and no ratio of any kind.
        let off = cpu.log(0.03) - cpu.log(0.01);
        assert!((cpu.error(cpu.log(0.01), off) - 0.02).abs() < 1e-12);
        let iops = Metric::Iops(None);
        assert!(
            (iops.error(iops.log(100.0), iops.log(150.0) - iops.log(100.0)) - 0.5).abs() < 1e-12
        );
    }
}
