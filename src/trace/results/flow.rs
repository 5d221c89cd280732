//! What came of the reads, the writes, or both.

/// Both directions and their sum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flows {
    /// Reads and writes together.
    pub total: Flow,
    /// Reads.
    pub read: Flow,
    /// Writes.
    pub write: Flow,
}

/// Requests of one direction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flow {
    /// Requests completed.
    pub ios: Option<u64>,
    /// Bytes moved.
    pub bytes: Option<u64>,
    /// Requests a second.
    pub iops: Option<f64>,
    /// Bytes a second.
    pub bytes_per_s: Option<f64>,
    /// How long they took.
    pub latency: Latency,
}

/// How long requests took.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    /// Mean in seconds.
    pub mean_s: Option<f64>,
    /// Standard deviation in seconds.
    pub deviation_s: Option<f64>,
    /// Percentiles by rising percent; the least is 0 %, the longest 100 %.
    pub percentiles: Vec<Percentile>,
}

/// A share of requests that took no longer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percentile {
    /// The share in percent, 0 to 100.
    pub percent: f64,
    /// Seconds.
    pub seconds: f64,
}

impl Latency {
    /// Seconds at a percentile the tool prints; nothing between two of them is made up.
    #[must_use]
    pub fn at(&self, percent: f64) -> Option<f64> {
        let found = self.percentiles.iter().find(|p| (p.percent - percent).abs() < 1e-9);
        found.map(|p| p.seconds)
    }

    /// Adds a percentile at its place.
    pub(crate) fn add(&mut self, percent: f64, seconds: f64) {
        let place = self.percentiles.partition_point(|p| p.percent <= percent);
        self.percentiles.insert(place, Percentile { percent, seconds });
    }

    /// Whether a higher percentile is below a lower one, which no measurement is.
    pub(crate) fn falls(&self) -> bool {
        self.percentiles.windows(2).any(|pair| pair[1].seconds < pair[0].seconds)
    }
}

impl Flow {
    /// Flows that ran at once, together: sums, and the moments of all requests. Percentiles cannot
    /// be added and are left out, unless only one of the flows had requests.
    pub(crate) fn together(flows: &[&Self]) -> Self {
        let busy: Vec<&&Self> = flows.iter().filter(|flow| flow.iops != Some(0.0)).collect();
        if let [one] = busy.as_slice() {
            return Self::clone(one);
        }
        let sum_whole = |of: fn(&Self) -> Option<u64>| {
            flows.iter().try_fold(0_u64, |sum, flow| sum.checked_add(of(flow)?))
        };
        let sum = |of: fn(&Self) -> Option<f64>| {
            flows.iter().try_fold(0.0, |sum, flow| Some(sum + of(flow)?))
        };
        let iops = sum(|flow| flow.iops);
        // Of each request the mean is its length, and the mean square that and the variance.
        let weighted = |of: fn(&Latency) -> Option<f64>| {
            let all = iops.filter(|iops| *iops > 0.0)?;
            busy.iter().try_fold(0.0, |sum, flow| Some(sum + of(&flow.latency)? * flow.iops? / all))
        };
        let mean_s = weighted(|latency| latency.mean_s);
        let square =
            weighted(|latency| Some(latency.mean_s?.powi(2) + latency.deviation_s?.powi(2)));
        let deviation_s = mean_s.zip(square).map(|(mean, square)| {
            let variance: f64 = square - mean * mean;
            variance.max(0.0).sqrt()
        });
        Self {
            ios: sum_whole(|flow| flow.ios),
            bytes: sum_whole(|flow| flow.bytes),
            iops,
            bytes_per_s: sum(|flow| flow.bytes_per_s),
            latency: Latency { mean_s, deviation_s, percentiles: Vec::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(iops: f64, mean_s: f64, deviation_s: f64) -> Flow {
        Flow {
            ios: Some(iops as u64),
            iops: Some(iops),
            latency: Latency {
                mean_s: (iops > 0.0).then_some(mean_s),
                deviation_s: (iops > 0.0).then_some(deviation_s),
                percentiles: vec![Percentile { percent: 50.0, seconds: mean_s }],
            },
            ..Flow::default()
        }
    }

    #[test]
    fn moments_are_those_of_all_requests() {
        // Requests of 1, 3 and 5, 7 and 9 seconds: of the first two mean 2 and deviation 1, of the
        // others mean 7 and deviation sqrt(8/3); of all five mean 5 and deviation sqrt(8).
        let all = Flow::together(&[&flow(2.0, 2.0, 1.0), &flow(3.0, 7.0, (8.0_f64 / 3.0).sqrt())]);
        assert_eq!((all.ios, all.iops, all.bytes), (Some(5), Some(5.0), None));
        assert!((all.latency.mean_s.unwrap() - 5.0).abs() < 1e-12);
        assert!((all.latency.deviation_s.unwrap() - 8.0_f64.sqrt()).abs() < 1e-12);
        assert!(all.latency.percentiles.is_empty(), "they cannot be added");
    }

    #[test]
    fn an_idle_flow_adds_nothing() {
        let one = flow(4.0, 2.0, 1.0);
        assert_eq!(Flow::together(&[&flow(0.0, 0.0, 0.0), &one]), one);
        let lacking = Flow { iops: Some(1.0), ..Flow::default() };
        assert_eq!(Flow::together(&[&one, &lacking]).latency.mean_s, None);
    }

    #[test]
    fn percentiles_stand_in_order_and_are_never_made_up() {
        let mut latency = Latency::default();
        for (percent, seconds) in [(99.0, 3.0), (0.0, 1.0), (100.0, 4.0), (50.0, 2.0)] {
            latency.add(percent, seconds);
        }
        let order: Vec<f64> = latency.percentiles.iter().map(|p| p.percent).collect();
        assert_eq!(order, [0.0, 50.0, 99.0, 100.0]);
        assert_eq!((latency.at(50.0), latency.at(90.0)), (Some(2.0), None));
        assert!(!latency.falls());
        latency.add(75.0, 1.5);
        assert!(latency.falls());
    }
}
