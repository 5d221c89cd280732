//! Sums of the second at hand, kept where they are counted until the second is over.

use crate::stats::SecondBins;

/// `N` sums of one second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Second<const N: usize> {
    /// Start of the second.
    pub(super) start_ps: u64,
    sums: [u64; N],
}

impl<const N: usize> Default for Second<N> {
    fn default() -> Self {
        Self { start_ps: 0, sums: [0; N] }
    }
}

impl<const N: usize> Second<N> {
    /// Whether an instant, no earlier than the one before, lies beyond this second. Then the sums
    /// are to be taken, and the second begun in which it lies.
    #[inline]
    pub(super) const fn is_over(&self, at_ps: u64) -> bool {
        at_ps - self.start_ps >= SecondBins::SECOND_PS
    }

    /// Goes on to the second in which an instant lies.
    pub(super) const fn begin(&mut self, at_ps: u64) {
        self.start_ps = at_ps - at_ps % SecondBins::SECOND_PS;
    }

    #[inline]
    pub(super) fn add(&mut self, amounts: [u64; N]) {
        for (sum, amount) in self.sums.iter_mut().zip(amounts) {
            *sum = sum.saturating_add(amount);
        }
    }

    /// Takes the sums and leaves none.
    pub(super) fn take(&mut self) -> [u64; N] {
        std::mem::replace(&mut self.sums, [0; N])
    }
}
