//! Where a simulation has forgotten how it began.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Candidates so close to the end that the rest is too short to have a variance worth comparing.
///
/// The statistic of the last observation alone is always zero, so an end guard is needed; five is
/// the value of Hoad, Robinson and Davies, "Automating warm-up length estimation", JORS 61 (2010).
const END_GUARD: usize = 5;

/// Where to cut the front of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Truncation {
    /// Number of batches to drop from the front.
    pub index: usize,
    /// The statistic there: sum of squared deviations over the squared number kept.
    pub mser: f64,
    /// False when the minimum lies in the second half or the series is too short to tell: the run
    /// was not long enough to show that it had settled.
    pub reliable: bool,
}

/// Marginal standard error rule, MSER-5 when each entry is the mean of five observations.
///
/// Chooses the `d` that minimises `sum((y_i - mean_d)^2, i >= d) / (n - d)^2`, which is the squared
/// standard error of the mean of what is kept; ties go to the smallest `d`. Sources: White, "An
/// effective truncation heuristic for bias reduction in simulation output", Simulation 69 (1997);
/// White, Cobb and Spratt, "A comparison of five steady-state truncation heuristics for
/// simulation", Winter Simulation Conference (2000), which batches by five and rejects a minimum in
/// the second half.
#[must_use]
pub fn mser(batches: &[f64]) -> Truncation {
    let n = batches.len();
    let mut best = Truncation { index: 0, mser: f64::INFINITY, reliable: false };
    // From the back, so that each step adds one value to the kept part (Welford's recurrence).
    let (mut mean, mut squared) = (0.0, 0.0);
    for (index, &value) in batches.iter().enumerate().rev() {
        let kept = (n - index) as f64;
        let before = value - mean;
        mean += before / kept;
        squared += before * (value - mean);
        let candidate = squared / (kept * kept);
        if n - index > END_GUARD && candidate <= best.mser {
            best = Truncation { index, mser: candidate, reliable: index * 2 <= n };
        }
    }
    best
}

/// Means of equal batches of a stream of unknown length, in constant memory.
///
/// Holds fewer than `2 * half` finished batches; when that many are full, neighbours are merged and
/// the batch size doubles. Every value has the same weight at all times.
///
/// Serialised it keeps the bits of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct BatchedSeries {
    half: usize,
    batch_size: u64,
    means: Vec<f64>,
    open_sum: f64,
    open_count: u64,
}

impl BatchedSeries {
    /// A collector that keeps between `half` and `2 * half` batches once it has filled up, starting
    /// with batches of `batch_size` values (5 for MSER-5). Zeros are taken as one.
    #[must_use]
    pub fn new(half: usize, batch_size: u64) -> Self {
        let half = half.max(1);
        let means = Vec::new();
        Self { half, batch_size: batch_size.max(1), means, open_sum: 0.0, open_count: 0 }
    }

    /// Adds one value, in constant time on average.
    pub fn push(&mut self, value: f64) {
        self.open_sum += value;
        self.open_count += 1;
        if self.open_count < self.batch_size {
            return;
        }
        self.means.push(self.open_sum / self.open_count as f64);
        self.open_sum = 0.0;
        self.open_count = 0;
        if self.means.len() >= self.half.saturating_mul(2) {
            // The merge happens as a batch closes, so the open batch is empty and may grow.
            self.means =
                self.means.chunks_exact(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
            self.batch_size = self.batch_size.saturating_mul(2);
        }
    }

    /// Means of the finished batches in order; values of the open batch are left out.
    #[must_use]
    pub fn batches(&self) -> Vec<f64> {
        self.means.clone()
    }

    /// Values in each batch.
    #[must_use]
    pub fn batch_size(&self) -> u64 {
        self.batch_size
    }

    /// Values pushed so far, those of the open batch included.
    #[must_use]
    pub fn count(&self) -> u64 {
        (self.means.len() as u64).saturating_mul(self.batch_size).saturating_add(self.open_count)
    }
}

/// A series as it is written down. Numbers stand as their bits, which no rounding of a format or
/// of its reader can change.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    half: usize,
    batch_size: u64,
    mean_bits: Vec<u64>,
    open_sum_bits: u64,
    open_count: u64,
}

/// A series that cannot be read back: batches without values, or more of them than it keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a series of {batches} batches of {batch_size} values is not possible")]
pub struct SeriesError {
    /// Finished batches.
    pub batches: usize,
    /// Values in each.
    pub batch_size: u64,
}

impl From<BatchedSeries> for Stored {
    fn from(of: BatchedSeries) -> Self {
        Self {
            half: of.half,
            batch_size: of.batch_size,
            mean_bits: of.means.iter().map(|mean| mean.to_bits()).collect(),
            open_sum_bits: of.open_sum.to_bits(),
            open_count: of.open_count,
        }
    }
}

impl TryFrom<Stored> for BatchedSeries {
    type Error = SeriesError;

    fn try_from(stored: Stored) -> Result<Self, SeriesError> {
        let Stored { half, batch_size, mean_bits, open_sum_bits, open_count } = stored;
        let fits = mean_bits.len() < half.saturating_mul(2) && open_count < batch_size;
        if !fits {
            return Err(SeriesError { batches: mean_bits.len(), batch_size });
        }
        let means = mean_bits.into_iter().map(f64::from_bits).collect();
        Ok(Self { half, batch_size, means, open_sum: f64::from_bits(open_sum_bits), open_count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_step_is_cut_where_it_ends() {
        // Three batches at 100, then 1, 3 alternating.
        let mut series = vec![100.0; 3];
        series.extend((0..20).map(|i| if i % 2 == 0 { 1.0 } else { 3.0 }));
        let cut = mser(&series);
        assert_eq!((cut.index, cut.reliable), (3, true));
        // Twenty values one away from their mean: 20 / 20^2 = 0.05.
        assert!((cut.mser - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_settled_series_loses_nothing() {
        let cut = mser(&[2.0; 30]);
        assert_eq!((cut.index, cut.mser, cut.reliable), (0, 0.0, true));
    }

    #[test]
    fn a_late_minimum_is_not_trusted() {
        // Climbing for 24 of 32 batches: the flat tail begins in the second half.
        let mut series: Vec<f64> = (0..24).map(f64::from).collect();
        series.extend([24.0; 8]);
        let cut = mser(&series);
        assert_eq!((cut.index, cut.reliable), (24, false));
    }

    #[test]
    fn too_short_is_not_trusted() {
        assert_eq!(mser(&[]).index, 0);
        let cut = mser(&[9.0, 1.0, 1.0, 1.0, 1.0]);
        assert_eq!((cut.index, cut.reliable), (0, false));
    }

    #[test]
    fn batches_merge_in_pairs_and_double() {
        let mut series = BatchedSeries::new(2, 1);
        for value in [1.0, 3.0, 5.0] {
            series.push(value);
        }
        assert_eq!((series.batches(), series.batch_size()), (vec![1.0, 3.0, 5.0], 1));
        series.push(7.0);
        assert_eq!((series.batches(), series.batch_size()), (vec![2.0, 6.0], 2));
        series.push(9.0);
        assert_eq!((series.batches().len(), series.count()), (2, 5));
        series.push(11.0);
        assert_eq!(series.batches(), vec![2.0, 6.0, 10.0]);
    }

    #[test]
    fn written_down_and_read_back_it_is_the_same() {
        let mut series = BatchedSeries::new(4, 3);
        for n in 0..50 {
            series.push(f64::from(n).sqrt());
        }
        let json = serde_json::to_string(&series).unwrap();
        assert_eq!(serde_json::from_str::<BatchedSeries>(&json).unwrap(), series);
        let stored = |half: u64, size: u64, means: &str, open: u64| {
            let open = format!("\"open_sum_bits\":0,\"open_count\":{open}");
            let json =
                format!("{{\"half\":{half},\"batch_size\":{size},\"mean_bits\":[{means}],{open}}}");
            serde_json::from_str::<BatchedSeries>(&json)
        };
        assert!(stored(1, 1, "0", 0).is_ok());
        assert!(stored(1, 1, "0,0", 0).is_err(), "a full pair is merged at once");
        assert!(stored(0, 1, "", 0).is_err());
        assert!(stored(1, 0, "", 0).is_err());
        assert!(stored(1, 5, "", 5).is_err(), "a full batch is closed at once");
        assert!(stored(1, 5, "1.5", 0).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn batches_are_the_means_of_their_stretches(
            values in prop::collection::vec(-100_i32..100, 0..300),
            half in 1_usize..9,
            first in 1_u64..6,
        ) {
            let mut series = BatchedSeries::new(half, first);
            for &value in &values {
                series.push(f64::from(value));
            }
            let batches = series.batches();
            prop_assert!(batches.len() < 2 * half);
            prop_assert_eq!(series.count(), values.len() as u64);
            let size = series.batch_size() as usize;
            for (mean, stretch) in batches.iter().zip(values.chunks(size)) {
                let exact = stretch.iter().copied().map(f64::from).sum::<f64>() / size as f64;
                prop_assert!((mean - exact).abs() < 1e-9);
            }
        }

        #[test]
        fn mser_is_the_least_of_its_definition(
            values in prop::collection::vec(-50.0_f64..50.0, 6..60),
        ) {
            let n = values.len();
            let direct = |d: usize| {
                let kept = &values[d..];
                let mean = kept.iter().sum::<f64>() / kept.len() as f64;
                kept.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (kept.len().pow(2)) as f64
            };
            let cut = mser(&values);
            prop_assert!((cut.mser - direct(cut.index)).abs() < 1e-9);
            for d in 0..n - END_GUARD {
                prop_assert!(cut.mser <= direct(d) + 1e-9);
            }
        }
    }
}
