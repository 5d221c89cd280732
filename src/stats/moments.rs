//! Mean and variance in constant memory.

/// Count, mean and variance of a stream, mergeable.
///
/// Welford's recurrence (Technometrics 4, 1962) keeps the sum of squared deviations itself instead
/// of the difference of two large sums, so small scatter around a large mean survives.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u64,
    mean: f64,
    squared_deviations: f64,
}

impl Moments {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one value. A value that is not finite makes mean and variance not a number.
    pub fn record(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squared_deviations += before * (value - self.mean);
    }

    /// Adds everything the other has seen (the pairwise update of Chan and others, 1979).
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let count = self.count.saturating_add(other.count);
        let (n_self, n_other, n) = (self.count as f64, other.count as f64, count as f64);
        let gap = other.mean - self.mean;
        self.mean += gap * (n_other / n);
        self.squared_deviations += other.squared_deviations + gap * gap * (n_self * (n_other / n));
        self.count = count;
    }

    /// Number of values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Arithmetic mean; `None` without values.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// Unbiased sample variance, with `n - 1`; `None` with fewer than two values.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squared_deviations / (self.count - 1) as f64)
    }

    /// Squared coefficient of variation, variance over squared mean: 0 for a clock, 1 for Poisson.
    ///
    /// `None` with fewer than two values or a mean of zero.
    #[must_use]
    pub fn scv(&self) -> Option<f64> {
        self.variance().filter(|_| self.mean != 0.0).map(|v| v / (self.mean * self.mean))
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::new();
        values.into_iter().for_each(|v| moments.record(v));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn by_hand() {
        // 2, 4, 9: mean 5, deviations -3 -1 4, squares 26, variance 13, scv 13/25.
        let m: Moments = [2.0, 4.0, 9.0].into_iter().collect();
        assert_eq!((m.count(), m.mean(), m.variance()), (3, Some(5.0), Some(13.0)));
        assert!((m.scv().unwrap() - 0.52).abs() < 1e-12);
    }

    #[test]
    fn too_few_values_say_nothing() {
        let mut m = Moments::new();
        assert_eq!((m.mean(), m.variance(), m.scv()), (None, None, None));
        m.record(4.0);
        assert_eq!((m.mean(), m.variance(), m.scv()), (Some(4.0), None, None));
        let zero: Moments = [-1.0, 1.0].into_iter().collect();
        assert_eq!(zero.scv(), None);
    }

    #[test]
    fn small_scatter_on_a_large_mean_survives() {
        // The same deviations as 4, 7, 13, 16 (variance 30) around 1e9.
        let m: Moments = [4.0, 7.0, 13.0, 16.0].into_iter().map(|x| x + 1e9).collect();
        assert!((m.variance().unwrap() - 30.0).abs() < 1e-4);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn merging_equals_concatenating(
            a in prop::collection::vec(-1e3_f64..1e3, 0..40),
            b in prop::collection::vec(-1e3_f64..1e3, 0..40),
        ) {
            let mut merged: Moments = a.iter().copied().collect();
            merged.merge(&b.iter().copied().collect());
            let whole: Moments = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(merged.count(), whole.count());
            let close = |x: Option<f64>, y: Option<f64>, scale: f64| match (x, y) {
                (Some(x), Some(y)) => (x - y).abs() <= 1e-12 * scale,
                (x, y) => x == y,
            };
            prop_assert!(close(merged.mean(), whole.mean(), 1e3));
            prop_assert!(close(merged.variance(), whole.variance(), 1e6));
        }
    }
}
