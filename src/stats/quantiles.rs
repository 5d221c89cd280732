//! Quantiles of durations in bounded memory.

use std::fmt;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const PS_PER_NS: u64 = 1_000;
const PS_PER_SECOND: f64 = 1e12;
/// Three digits bound the error of a quantile at 0.1 %, below any sampling error met here.
const SIGNIFICANT_DIGITS: u8 = 3;

/// A sketch of durations: quantiles to three significant digits; mean, least and greatest exactly.
///
/// The buckets hold nanoseconds. A duration is rounded to the nearest of them, and anything below
/// one nanosecond counts as one: the buckets have no room for less, and no I/O is that short.
/// The sketch grows with the greatest value, to about 360 KiB for the longest `u64`.
///
/// Serialised it keeps every bit of what it knows and only the buckets that hold something.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Quantiles {
    buckets_ns: Histogram<u64>,
    /// Kept beside the buckets so that the mean does not inherit their rounding.
    sum_ps: u128,
    min_ps: u64,
    max_ps: u64,
}

/// What it holds, and not how much room it has taken for it.
impl fmt::Debug for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Stored::from(self.clone()).fmt(f)
    }
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
        let rounded_ns = duration_ps.saturating_add(PS_PER_NS / 2) / PS_PER_NS;
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
        self.sum_ps = self.sum_ps.saturating_add(other.sum_ps);
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

/// A sketch laid away: only the buckets that hold something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct PackedQuantiles(Stored);

impl From<Quantiles> for PackedQuantiles {
    fn from(of: Quantiles) -> Self {
        Self(of.into())
    }
}

impl From<PackedQuantiles> for Stored {
    fn from(of: PackedQuantiles) -> Self {
        of.0
    }
}

impl TryFrom<Stored> for PackedQuantiles {
    type Error = QuantilesError;

    fn try_from(stored: Stored) -> Result<Self, QuantilesError> {
        Quantiles::try_from(stored).map(Self::from)
    }
}

impl PackedQuantiles {
    /// The sketch it was made from.
    #[must_use]
    pub fn unpack(&self) -> Quantiles {
        Quantiles::try_from(self.0.clone()).unwrap_or_default()
    }
}

/// A sketch as it is written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    /// Greatest nanosecond of a bucket and its count, in turn, for each bucket that has any.
    buckets: Vec<u64>,
    sum_ps: u128,
    min_ps: u64,
    max_ps: u64,
}

/// Why a sketch cannot be read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QuantilesError {
    /// The buckets are not pairs of a bucket's end and a count, in order, each once.
    #[error("the buckets of a sketch of durations are not in order")]
    Buckets,
    /// Sum, least and greatest cannot be those of the buckets.
    #[error("sum, least and greatest of a sketch of durations contradict its buckets")]
    Contradiction,
}

impl From<Quantiles> for Stored {
    fn from(of: Quantiles) -> Self {
        let pairs = of.buckets_ns.iter_recorded();
        let buckets = pairs.flat_map(|b| [b.value_iterated_to(), b.count_at_value()]).collect();
        Self { buckets, sum_ps: of.sum_ps, min_ps: of.min_ps, max_ps: of.max_ps }
    }
}

impl TryFrom<Stored> for Quantiles {
    type Error = QuantilesError;

    fn try_from(stored: Stored) -> Result<Self, QuantilesError> {
        let Stored { buckets, sum_ps, min_ps, max_ps } = stored;
        let (pairs, rest) = buckets.as_chunks::<2>();
        let mut sketch = Self { sum_ps, min_ps, max_ps, ..Self::new() };
        let (mut last, mut total) = (0, 0_u64);
        for &[end_ns, count] in pairs {
            let recorded = sketch.buckets_ns.record_n(end_ns, count).is_ok();
            let whole = recorded && sketch.buckets_ns.highest_equivalent(end_ns) == end_ns;
            total = total.checked_add(count).ok_or(QuantilesError::Buckets)?;
            if !whole || end_ns <= last || count == 0 {
                return Err(QuantilesError::Buckets);
            }
            last = end_ns;
        }
        if !rest.is_empty() {
            return Err(QuantilesError::Buckets);
        }
        let (count, least, most) = (u128::from(total), u128::from(min_ps), u128::from(max_ps));
        let sound = match total {
            0 => (sum_ps, min_ps, max_ps) == (0, u64::MAX, 0),
            _ => min_ps <= max_ps && (count * least..=count * most).contains(&sum_ps),
        };
        if sound { Ok(sketch) } else { Err(QuantilesError::Contradiction) }
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

    fn read(json: &str) -> Result<Quantiles, String> {
        serde_json::from_str(json).map_err(|error: serde_json::Error| error.to_string())
    }

    #[test]
    fn written_down_it_is_only_what_it_holds() {
        // 1500 ps is rounded to 2 ns; 3 us lies in a bucket of 2 ns width, up to 3001 ns.
        let json = serde_json::to_string(&of(&[1_500, 3_000_000, 3_000_000])).unwrap();
        let expected =
            r#"{"buckets":[2,1,3001,2],"sum_ps":6001500,"min_ps":1500,"max_ps":3000000}"#;
        assert_eq!(json, expected);
        assert_eq!(read(&json).unwrap(), of(&[1_500, 3_000_000, 3_000_000]));
        let none = serde_json::to_string(&Quantiles::new()).unwrap();
        assert_eq!(read(&none).unwrap(), Quantiles::new());
    }

    #[test]
    fn what_contradicts_itself_is_not_read() {
        let json = |buckets: &str, sum: &str, min: u64, max: u64| {
            format!(r#"{{"buckets":[{buckets}],"sum_ps":{sum},"min_ps":{min},"max_ps":{max}}}"#)
        };
        assert!(read(&json("2,1", "1500", 1500, 1500)).is_ok());
        let most = u64::MAX;
        for (buckets, sum, min, max) in [
            ("2", "1500", 1500, 1500),
            ("2,0", "0", 0, 0),
            ("0,1", "1500", 1500, 1500),
            ("2,1,2,1", "3000", 1500, 1500),
            ("3001,1,2,1", "3001500", 1500, 3_000_000),
            ("3000,1", "3000000", 3_000_000, 3_000_000),
            ("2,18446744073709551615,3,1", "1", 0, 9),
            ("2,1", "1500", 1501, 1499),
            ("2,1", "1499", 1500, 1500),
            ("2,2", "340282366920938463463374607431768211455", 0, most),
            ("", "0", 0, 0),
            ("", "1", most, 0),
        ] {
            assert!(read(&json(buckets, sum, min, max)).is_err(), "{buckets} {sum} {min} {max}");
        }
        assert!(read(&json("2,1", "340282366920938463463374607431768211456", 0, 0)).is_err());
        assert!(read(&json("-2,1", "0", 0, 0)).is_err());
        assert!(read(&json("1.5,1", "0", 0, 0)).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn written_down_and_read_back_it_is_the_same(
            values in prop::collection::vec(any::<u64>(), 0..60),
            shift in 0_u32..60,
        ) {
            let sketch = of(&values.iter().map(|v| v >> shift).collect::<Vec<_>>());
            let json = serde_json::to_string(&sketch).unwrap();
            let back = read(&json).unwrap();
            prop_assert_eq!(&back, &sketch);
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), json);
            for q in [0.0, 0.3, 0.5, 0.99, 1.0] {
                prop_assert_eq!(back.quantile_secs(q), sketch.quantile_secs(q));
            }
        }

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
