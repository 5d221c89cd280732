//! Amounts per second of simulated time.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The fullest bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Start of the bin in picoseconds.
    pub start_ps: u64,
    /// What fell into it.
    pub amount: u64,
    /// The same per second.
    pub per_second: f64,
}

/// A count (usually bytes) in equal bins of time, from zero.
///
/// The number of bins is bounded: an instant beyond the last one merges neighbours in pairs and
/// doubles the width until it fits. Amounts are whole numbers and none is lost or invented; only
/// a bin that would pass `u64::MAX` stays there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct SecondBins {
    width_ps: u64,
    max_bins: usize,
    bins: Vec<u64>,
}

/// Bins as they are written down.
#[derive(Deserialize)]
struct Stored {
    width_ps: u64,
    max_bins: usize,
    bins: Vec<u64>,
}

/// Bins that cannot be read back: without width, more than their most, or beyond the end of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{bins} bins of {width_ps} ps, at most {max_bins}, are not possible")]
pub struct BinsError {
    /// Width in picoseconds.
    pub width_ps: u64,
    /// Most bins.
    pub max_bins: usize,
    /// Bins there are.
    pub bins: usize,
}

impl TryFrom<Stored> for SecondBins {
    type Error = BinsError;

    fn try_from(stored: Stored) -> Result<Self, BinsError> {
        let Stored { width_ps, max_bins, bins } = stored;
        let last = bins.len().saturating_sub(1) as u64;
        if width_ps == 0 || bins.len() > max_bins.max(1) || last.checked_mul(width_ps).is_none() {
            return Err(BinsError { width_ps, max_bins, bins: bins.len() });
        }
        Ok(Self { bins, ..Self::new(width_ps, max_bins) })
    }
}

impl SecondBins {
    /// Width of a bin of one second, in picoseconds.
    pub const SECOND_PS: u64 = 1_000_000_000_000;

    /// Empty bins of a width in picoseconds, at most `max_bins` of them; zeros are taken as one.
    #[must_use]
    pub fn new(width_ps: u64, max_bins: usize) -> Self {
        Self { width_ps: width_ps.max(1), max_bins: max_bins.max(1), bins: Vec::new() }
    }

    /// Adds an amount at an instant.
    pub fn add(&mut self, at_ps: u64, amount: u64) {
        let index = self.make_room(at_ps);
        self.bins[index] = self.bins[index].saturating_add(amount);
    }

    /// Spreads an amount evenly over `from_ps` (included) to `to_ps` (excluded).
    ///
    /// Each bin receives the difference of the rounded-down running shares at its ends, so the
    /// parts sum to the amount exactly. An empty or reversed stretch adds everything at `from_ps`.
    pub fn add_spread(&mut self, from_ps: u64, to_ps: u64, amount: u64) {
        if to_ps <= from_ps {
            return self.add(from_ps, amount);
        }
        let last = self.make_room(to_ps - 1);
        let first = (from_ps / self.width_ps) as usize;
        if first == last {
            self.bins[first] = self.bins[first].saturating_add(amount);
            return;
        }
        let span_ps = u128::from(to_ps - from_ps);
        let mut given = 0_u64;
        for index in first..=last {
            let end_ps = (index as u128 + 1) * u128::from(self.width_ps);
            let covered_ps = end_ps.min(u128::from(to_ps)) - u128::from(from_ps);
            // At most the amount, so it fits.
            let due = (u128::from(amount) * covered_ps / span_ps) as u64;
            self.bins[index] = self.bins[index].saturating_add(due - given);
            given = due;
        }
    }

    /// Width of each bin in picoseconds: that of the start times a power of two.
    #[must_use]
    pub fn width_ps(&self) -> u64 {
        self.width_ps
    }

    /// The bins from time zero to the last one touched.
    #[must_use]
    pub fn bins(&self) -> &[u64] {
        &self.bins
    }

    /// Sum over all bins.
    #[must_use]
    pub fn total(&self) -> u128 {
        self.bins.iter().map(|&amount| u128::from(amount)).sum()
    }

    /// The fullest bin, the earliest of equals; `None` when nothing was added.
    #[must_use]
    pub fn highest(&self) -> Option<Peak> {
        let (index, &amount) =
            self.bins.iter().enumerate().max_by_key(|&(i, &a)| (a, std::cmp::Reverse(i)))?;
        let per_second = amount as f64 / (self.width_ps as f64 / Self::SECOND_PS as f64);
        Some(Peak { start_ps: index as u64 * self.width_ps, amount, per_second })
    }

    /// Mean amount per second over `from_ps` (included) to `to_ps` (excluded).
    ///
    /// A bin that is only partly inside counts with the part of its width that is. `None` for an
    /// empty or reversed stretch.
    #[must_use]
    pub fn mean_over(&self, from_ps: u64, to_ps: u64) -> Option<f64> {
        if to_ps <= from_ps {
            return None;
        }
        let first = usize::try_from(from_ps / self.width_ps).unwrap_or(usize::MAX);
        let last = usize::try_from((to_ps - 1) / self.width_ps).unwrap_or(usize::MAX);
        let mut whole = 0_u128;
        let mut part = 0.0;
        for (index, &amount) in self.bins.iter().enumerate().skip(first) {
            if index > last {
                break;
            }
            let start_ps = index as u64 * self.width_ps;
            let end_ps = start_ps.saturating_add(self.width_ps);
            let inside_ps = end_ps.min(to_ps) - start_ps.max(from_ps);
            if inside_ps == self.width_ps {
                whole += u128::from(amount);
            } else {
                part += amount as f64 * (inside_ps as f64 / self.width_ps as f64);
            }
        }
        let span_s = (to_ps - from_ps) as f64 / Self::SECOND_PS as f64;
        Some((whole as f64 + part) / span_s)
    }

    /// Grows (and if need be folds) so that the instant has a bin, and gives its index.
    fn make_room(&mut self, at_ps: u64) -> usize {
        let mut index = at_ps / self.width_ps;
        // The width ends at `u64::MAX`, where only the very last instant would open a second bin.
        while index >= self.max_bins as u64 && self.width_ps < u64::MAX {
            self.fold();
            index = at_ps / self.width_ps;
        }
        let index = (index as usize).min(self.max_bins - 1);
        if index >= self.bins.len() {
            self.bins.resize(index + 1, 0);
        }
        index
    }

    /// Merges neighbours in pairs.
    fn fold(&mut self) {
        self.bins = self
            .bins
            .chunks(2)
            .map(|pair| pair.iter().fold(0_u64, |sum, &amount| sum.saturating_add(amount)))
            .collect();
        self.width_ps = self.width_ps.saturating_mul(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const S: u64 = SecondBins::SECOND_PS;

    #[test]
    fn instants_fall_into_their_second() {
        let mut bins = SecondBins::new(S, 100);
        bins.add(0, 5);
        bins.add(S - 1, 6);
        bins.add(S, 7);
        bins.add(3 * S, 1);
        assert_eq!(bins.bins(), [11, 7, 0, 1]);
        let peak = bins.highest().unwrap();
        assert_eq!((peak.start_ps, peak.amount, peak.per_second), (0, 11, 11.0));
    }

    #[test]
    fn spreading_by_hand() {
        // 10 over 0.5 s to 2.5 s: a quarter, a half, a quarter are 2.5, 5, 2.5; running shares
        // round down to 2, 7, 10.
        let mut bins = SecondBins::new(S, 100);
        bins.add_spread(S / 2, 5 * S / 2, 10);
        assert_eq!(bins.bins(), [2, 5, 3]);
        bins.add_spread(S, S, 4);
        bins.add_spread(S, 0, 4);
        assert_eq!(bins.bins(), [2, 13, 3]);
        // An end on the edge of a bin leaves the next bin alone.
        bins.add_spread(2 * S, 3 * S, 7);
        assert_eq!(bins.bins(), [2, 13, 10]);
    }

    #[test]
    fn growth_is_bounded_by_folding() {
        let mut bins = SecondBins::new(S, 4);
        for second in 0..4 {
            bins.add(second * S, 1 + second);
        }
        bins.add(4 * S, 10);
        assert_eq!((bins.width_ps(), bins.bins()), (2 * S, &[3, 7, 10][..]));
        assert_eq!(bins.highest().unwrap().per_second, 5.0);
        bins.add(u64::MAX, 1);
        assert!(bins.bins().len() <= 4);
        assert_eq!(bins.total(), 21);
    }

    #[test]
    fn a_single_bin_takes_the_whole_of_time() {
        let mut bins = SecondBins::new(0, 0);
        bins.add_spread(0, u64::MAX, u64::MAX);
        bins.add(u64::MAX, 0);
        assert_eq!(bins.total(), u128::from(u64::MAX));
    }

    #[test]
    fn means_by_hand() {
        let mut bins = SecondBins::new(S, 100);
        for (second, amount) in [(0, 10), (1, 20), (2, 30)] {
            bins.add(second * S, amount);
        }
        assert_eq!(bins.mean_over(0, 3 * S), Some(20.0));
        // Half of 10 and half of 20 in one second.
        assert_eq!(bins.mean_over(S / 2, 3 * S / 2), Some(15.0));
        // Silence after the last bin counts as silence.
        assert_eq!(bins.mean_over(0, 6 * S), Some(10.0));
        assert_eq!(bins.mean_over(S, S), None);
    }

    #[test]
    fn written_down_and_read_back_they_are_the_same() {
        let mut bins = SecondBins::new(S, 4);
        bins.add_spread(S / 3, 9 * S, u64::MAX);
        let json = serde_json::to_string(&bins).unwrap();
        assert_eq!(serde_json::from_str::<SecondBins>(&json).unwrap(), bins);
        for wrong in [
            r#"{"width_ps":0,"max_bins":4,"bins":[1]}"#,
            r#"{"width_ps":1,"max_bins":1,"bins":[1,2]}"#,
            r#"{"width_ps":18446744073709551615,"max_bins":9,"bins":[1,2,3]}"#,
            r#"{"width_ps":1,"max_bins":4,"bins":[-1]}"#,
            r#"{"width_ps":1,"max_bins":4}"#,
        ] {
            assert!(serde_json::from_str::<SecondBins>(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn the_bins_sum_to_what_was_added(
            adds in prop::collection::vec((any::<u64>(), any::<u64>(), 0_u64..1 << 50), 0..40),
            shift in 0_u32..60,
            width in 1_u64..1 << 40,
            max_bins in 1_usize..200,
        ) {
            let mut bins = SecondBins::new(width, max_bins);
            for &(from, to, amount) in &adds {
                bins.add_spread(from >> shift, to >> shift, amount);
            }
            prop_assert_eq!(bins.total(), adds.iter().map(|a| u128::from(a.2)).sum::<u128>());
            prop_assert!(bins.bins().len() <= max_bins);
        }

        #[test]
        fn a_spread_is_even_to_one_unit(
            from in 0_u64..50,
            span in 1_u64..400,
            amount in 0_u64..9999,
        ) {
            let mut bins = SecondBins::new(10, 1000);
            bins.add_spread(from, from + span, amount);
            for (index, &got) in bins.bins().iter().enumerate() {
                let start = 10 * index as u64;
                let inside = (start + 10).min(from + span).saturating_sub(start.max(from));
                let exact = amount as f64 * inside as f64 / span as f64;
                prop_assert!((got as f64 - exact).abs() < 1.0 + 1e-9);
            }
        }
    }
}
