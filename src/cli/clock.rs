//! The wall clock, which only `--profile` looks at.

use std::time::Instant;

/// A clock that counts seconds from now on.
pub(super) struct Clock(Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "it times the run and never enters a result")]
    pub(super) fn new() -> Self {
        Self(Instant::now())
    }

    pub(super) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
