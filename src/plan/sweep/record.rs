//! What is recorded of a point.

use serde::{Deserialize, Serialize};

/// Something that a sweep records of each point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    /// I/Os a second of each workload.
    Iops,
    /// Payload bytes a second of each workload.
    Throughput,
    /// Payload bytes read a second of each workload.
    ReadThroughput,
    /// Payload bytes written a second of each workload.
    WriteThroughput,
    /// Mean latency of each workload.
    LatencyMean,
    /// Median latency of each workload.
    LatencyP50,
    /// 95th percentile of the latency of each workload.
    LatencyP95,
    /// 99th percentile of the latency of each workload.
    LatencyP99,
    /// 99.9th percentile of the latency of each workload.
    #[serde(rename = "latency-p99.9")]
    LatencyP999,
    /// The busiest port that may carry CSV traffic, and its busy share.
    CsvPort,
    /// Payload bytes a second that cross the network to a coordinator.
    Redirected,
    /// The node whose processors are busiest, and their busy share.
    Cpu,
    /// The busiest resource, and its busy share.
    Busiest,
    /// Whether each limit of the scenario holds.
    Limits,
}

impl Recorded {
    /// Everything there is, each with its name.
    pub const ALL: [(&'static str, Self); 14] = [
        ("iops", Self::Iops),
        ("throughput", Self::Throughput),
        ("read-throughput", Self::ReadThroughput),
        ("write-throughput", Self::WriteThroughput),
        ("latency-mean", Self::LatencyMean),
        ("latency-p50", Self::LatencyP50),
        ("latency-p95", Self::LatencyP95),
        ("latency-p99", Self::LatencyP99),
        ("latency-p99.9", Self::LatencyP999),
        ("csv-port", Self::CsvPort),
        ("redirected", Self::Redirected),
        ("cpu", Self::Cpu),
        ("busiest", Self::Busiest),
        ("limits", Self::Limits),
    ];

    /// Whether only a simulation tells it.
    #[must_use]
    pub const fn needs_simulation(self) -> bool {
        matches!(self, Self::LatencyP50 | Self::LatencyP95 | Self::LatencyP99 | Self::LatencyP999)
    }

    /// What is recorded where nothing is said.
    #[must_use]
    pub fn usual(simulated: bool) -> Vec<Self> {
        let all = [
            Self::Iops,
            Self::Throughput,
            Self::LatencyMean,
            Self::LatencyP99,
            Self::CsvPort,
            Self::Redirected,
            Self::Limits,
        ];
        all.into_iter().filter(|one| simulated || !one.needs_simulation()).collect()
    }
}

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// I/Os a second.
    Iops,
    /// Payload bytes a second.
    Throughput,
    /// Payload bytes read a second.
    ReadThroughput,
    /// Payload bytes written a second.
    WriteThroughput,
    /// Mean latency.
    LatencyMean,
    /// Median latency.
    LatencyP50,
    /// 95th percentile of the latency.
    LatencyP95,
    /// 99th percentile of the latency.
    LatencyP99,
    /// 99.9th percentile of the latency.
    #[serde(rename = "latency_p99_9")]
    LatencyP999,
    /// Busy share of the busiest port that may carry CSV traffic.
    CsvPortUtilisation,
    /// Redirected payload bytes a second.
    Redirected,
    /// Busy share of the processors of the busiest node.
    CpuUtilisation,
    /// Busy share of the busiest resource.
    Utilisation,
    /// What a limit is held against.
    Limit,
}

impl Metric {
    /// Everything that points can be ordered by.
    pub const ALL: [Self; 13] = [
        Self::Iops,
        Self::Throughput,
        Self::ReadThroughput,
        Self::WriteThroughput,
        Self::LatencyMean,
        Self::LatencyP50,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::LatencyP999,
        Self::CsvPortUtilisation,
        Self::Redirected,
        Self::CpuUtilisation,
        Self::Utilisation,
    ];

    /// Its name in every format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iops => "iops",
            Self::Throughput => "throughput",
            Self::ReadThroughput => "read_throughput",
            Self::WriteThroughput => "write_throughput",
            Self::LatencyMean => "latency_mean",
            Self::LatencyP50 => "latency_p50",
            Self::LatencyP95 => "latency_p95",
            Self::LatencyP99 => "latency_p99",
            Self::LatencyP999 => "latency_p99_9",
            Self::CsvPortUtilisation => "csv_port_utilisation",
            Self::Redirected => "redirected",
            Self::CpuUtilisation => "cpu_utilisation",
            Self::Utilisation => "utilisation",
            Self::Limit => "limit",
        }
    }

    /// Whether it is a latency.
    #[must_use]
    pub const fn is_latency(self) -> bool {
        matches!(
            self,
            Self::LatencyMean
                | Self::LatencyP50
                | Self::LatencyP95
                | Self::LatencyP99
                | Self::LatencyP999
        )
    }
}

/// What the value of a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FigureUnit {
    /// I/Os a second.
    Iops,
    /// Bytes a second.
    BytesPerSecond,
    /// Seconds.
    Seconds,
    /// A fraction: 0.5 is 50 %.
    Fraction,
}

impl FigureUnit {
    /// Its name in every format.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iops => "iops",
            Self::BytesPerSecond => "bytes_per_second",
            Self::Seconds => "seconds",
            Self::Fraction => "fraction",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_are_written() {
        for (name, recorded) in Recorded::ALL {
            assert_eq!(serde_json::to_value(recorded).unwrap(), name);
        }
        let all = [Metric::LatencyP999, Metric::CsvPortUtilisation, Metric::Limit, Metric::Iops];
        for metric in all {
            assert_eq!(serde_json::to_value(metric).unwrap(), metric.name());
        }
        assert_eq!(serde_json::to_value(FigureUnit::BytesPerSecond).unwrap(), "bytes_per_second");
        assert!(Recorded::usual(true).contains(&Recorded::LatencyP99));
        assert!(Recorded::usual(false).iter().all(|one| !one.needs_simulation()));
    }
}
