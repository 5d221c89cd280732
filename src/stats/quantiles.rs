//! Quantiles of durations in bounded memory.

use hdrhistogram::Histogram;

const PS_PER_NS: u64 = 1_000;
const PS_PER_SECOND: f64 = 1e12;
/// Three digits bound the error of a quantile at 0.1 %, below any sampling error met here.
const SIGNIFICANT_DIGITS: u8 = 3;

/// A sketch of durations: quantiles to three significant digits; mean, least and greatest exactly.
///
/// The buckets hold nanoseconds. A duration is rounded to the nearest of them, and anything below
/// one nanosecond counts as one: the buckets have no room for less, and no I/O is that short.
/// The sketch grows with the greatest value, to about 360 KiB for the longest `u64`.
#[derive(Debug, Clone)]
pub struct Quantiles {
    buckets_ns: Histogram<u64>,
    /// Kept beside the buckets so that the mean does not inherit their rounding.
    sum_ps: u128,
    min_ps: u64,
    max_ps: u64,
}

impl Default for Quantiles {
    fn default() -> Self {
        Self::new()
    }
}

impl Quantiles {
    /// An empty sketch.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the number of digits is a constant in range")]
    pub fn new() -> Self {
        let buckets_ns = Histogram::new(SIGNIFICANT_DIGITS)
            .expect("three significant digits are within the histogram's range of 0 to 5");
        Self { buckets_ns, sum_ps: 0, min_ps: u64::MAX, max_ps: 0 }
    }

    /// Adds one duration in picoseconds.
    pub fn record_ps(&mut self, duration_ps: u64) {
        let rounded_ns =
            duration_ps / PS_PER_NS + u64::from(duration_ps % PS_PER_NS >= PS_PER_NS / 2);
        // A histogram that cannot grow (memory addressed by 16 bits) still keeps the count right.
        if self.buckets_ns.record(rounded_ns.max(1)).is_err() {
            self.buckets_ns.saturating_record(rounded_ns.max(1));
        }
        self.sum_ps += u128::from(duration_ps);
        self.min_ps = self.min_ps.min(duration_ps);
        self.max_ps = self.max_ps.max(duration_ps);
    }

    /// Adds everything the other has seen; the result is that of recording both streams.
    pub fn merge(&mut self, other: &Self) {
        if self.buckets_ns.add(&other.buckets_ns).is_err() {
            for bucket in other.buckets_ns.iter_recorded() {
                self.buckets_ns
                    .saturating_record_n(bucket.value_iterated_to(), bucket.count_at_value());
            }
        }
        self.sum_ps += other.sum_ps;
        self.min_ps = self.min_ps.min(other.min_ps);
        self.max_ps = self.max_ps.max(other.max_ps);
    }

    /// Number of durations recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets_ns.len()
    }

    /// The least value with at least a share `q` of the durations at or below it, in seconds.
    ///
    /// At most 0.1 % (and half a nanosecond) above the true one, never above the greatest recorded.
    /// `None` without durations or when `q` is not within 0 to 1.
    #[must_use]
    pub fn quantile_secs(&self, q: f64) -> Option<f64> {
        if self.count() == 0 || !(0.0..=1.0).contains(&q) {
            return None;
        }
        let bucket_secs = self.buckets_ns.value_at_quantile(q) as f64 / 1e9;
        Some(bucket_secs.clamp(ps_to_secs(self.min_ps), ps_to_secs(self.max_ps)))
    }

    /// Exact mean in seconds; `None` without durations.
    #[must_use]
    pub fn mean_secs(&self) -> Option<f64> {
        let count = u128::from(self.count());
        if count == 0 {
            return None;
        }
        // Whole picoseconds and remainder apart, so that a sum above 2^53 loses nothing.
        let whole_ps = (self.sum_ps / count) as f64;
        let part_ps = (self.sum_ps % count) as f64 / count as f64;
        Some((whole_ps + part_ps) / PS_PER_SECOND)
    }

    /// Least duration in picoseconds, exactly; `None` without durations.
    #[must_use]
    pub fn min_ps(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.min_ps)
    }

    /// Greatest duration in picoseconds, exactly; `None` without durations.
    #[must_use]
    pub fn max_ps(&self) -> Option<u64> {
        (self.count() > 0).then_some(self.max_ps)
    }

    /// Greatest duration in seconds; `None` without durations.
    #[must_use]
    pub fn max_secs(&self) -> Option<f64> {
        self.max_ps().map(ps_to_secs)
    }
}

fn ps_to_secs(duration_ps: u64) -> f64 {
    duration_ps as f64 / PS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(durations_ps: &[u64]) -> Quantiles {
        let mut q = Quantiles::new();
        for &duration_ps in durations_ps {
            q.record_ps(duration_ps);
        }
        q
    }

    #[test]
    fn empty_says_nothing() {
        let q = Quantiles::new();
        assert_eq!((q.count(), q.mean_secs(), q.max_ps()), (0, None, None));
        assert_eq!(q.quantile_secs(0.5), None);
    }

    #[test]
    fn a_thousand_steps_by_hand() {
        // 1 us to 1000 us: the median is 500 us, p99 990 us, the mean 500.5 us.
        let steps: Vec<u64> = (1..=1000).map(|us| us * 1_000_000).collect();
        let q = of(&steps);
        for (share, secs) in [(0.5, 500e-6), (0.99, 990e-6), (1.0, 1e-3), (0.0, 1e-6)] {
            let got = q.quantile_secs(share).unwrap();
            assert!((got / secs - 1.0).abs() <= 1.1e-3, "{share}: {got} for {secs}");
        }
        assert!((q.mean_secs().unwrap() - 500.5e-6).abs() < 1e-18);
        assert_eq!(q.quantile_secs(1.01), None);
        assert_eq!(q.quantile_secs(f64::NAN), None);
    }

    #[test]
    fn extremes_do_not_panic_and_are_exact() {
        let q = of(&[0, 1, u64::MAX, u64::MAX]);
        assert_eq!((q.count(), q.min_ps(), q.max_ps()), (4, Some(0), Some(u64::MAX)));
        // (0 + 1 + 2 * (2^64 - 1)) / 4 = 2^63 - 1/4 picoseconds.
        assert!((q.mean_secs().unwrap() / (2_f64.powi(63) / 1e12) - 1.0).abs() < 1e-15);
        // Two of four values are below a nanosecond and count as one nanosecond.
        assert_eq!(q.quantile_secs(0.5), Some(1e-9));
    }

    #[test]
    fn one_value_is_returned_as_it_is() {
        let q = of(&[123_456_789]);
        assert_eq!(q.quantile_secs(0.5), Some(123_456_789.0 / 1e12));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn merging_equals_concatenating(
            a in prop::collection::vec(0_u64..u64::MAX, 0..30),
            b in prop::collection::vec(0_u64..10_000_000_000, 0..30),
        ) {
            let mut merged = of(&a);
            merged.merge(&of(&b));
            let whole = of(&[a, b].concat());
            prop_assert_eq!(merged.count(), whole.count());
            prop_assert_eq!(merged.mean_secs(), whole.mean_secs());
            prop_assert_eq!(merged.max_ps(), whole.max_ps());
            for q in [0.0, 0.25, 0.5, 0.9, 0.99, 1.0] {
                prop_assert_eq!(merged.quantile_secs(q), whole.quantile_secs(q));
            }
        }

        #[test]
        fn quantiles_stay_within_a_thousandth_of_the_sorted_values(
            mut values in prop::collection::vec(1_000_u64..1_000_000_000_000_000, 1..60),
            q in 0.0_f64..=1.0,
        ) {
            let sketch = of(&values);
            values.sort_unstable();
            let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
            let exact = values[rank - 1] as f64 / 1e12;
            let got = sketch.quantile_secs(q).unwrap();
            prop_assert!((got - exact).abs() <= 1e-3 * exact + 0.5e-9, "{} for {}", got, exact);
        }
    }
}
