//! Averages of a quantity that holds its value between changes.

/// Time-weighted average of a step function, such as a queue length.
///
/// A change dated before the last one is taken as happening at the last one: simulated time never
/// runs backwards, and a slip must not produce negative weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeAverage {
    start_ps: u64,
    last_ps: u64,
    value: f64,
    /// Integral of the value from `start_ps` to `last_ps`, in value times picoseconds.
    area: f64,
    highest: f64,
}

impl TimeAverage {
    /// Starts at an instant with the value that holds from then on.
    #[must_use]
    pub fn new(start_ps: u64, value: f64) -> Self {
        Self { start_ps, last_ps: start_ps, value, area: 0.0, highest: value }
    }

    /// The value changes at an instant.
    pub fn set(&mut self, at_ps: u64, value: f64) {
        self.advance(at_ps);
        self.value = value;
        self.highest = self.highest.max(value);
    }

    /// The value changes by a difference at an instant.
    pub fn change(&mut self, at_ps: u64, difference: f64) {
        self.set(at_ps, self.value + difference);
    }

    /// Forgets the past, as at the end of a warm-up; the value of the moment stays.
    pub fn restart(&mut self, at_ps: u64) {
        *self = Self::new(at_ps.max(self.last_ps), self.value);
    }

    /// The value that holds now.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Greatest value since the start or restart, however short it lasted.
    #[must_use]
    pub fn highest(&self) -> f64 {
        self.highest
    }

    /// Average from the start to an instant; `None` when no time has passed.
    #[must_use]
    pub fn average(&self, until_ps: u64) -> Option<f64> {
        let mut copy = *self;
        copy.advance(until_ps);
        let span_ps = copy.last_ps - copy.start_ps;
        (span_ps > 0).then(|| copy.area / span_ps as f64)
    }

    fn advance(&mut self, to_ps: u64) {
        let held_ps = to_ps.saturating_sub(self.last_ps);
        self.area += self.value * held_ps as f64;
        self.last_ps += held_ps;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 0 for 10 ps, 3 for 20 ps, 1 for 10 ps: (0 + 60 + 10) / 40 = 1.75.
        let mut q = TimeAverage::new(100, 0.0);
        q.set(110, 3.0);
        q.change(130, -2.0);
        assert_eq!(q.average(140), Some(1.75));
        assert_eq!((q.value(), q.highest()), (1.0, 3.0));
    }

    #[test]
    fn no_time_no_average() {
        assert_eq!(TimeAverage::new(5, 1.0).average(5), None);
        assert_eq!(TimeAverage::new(5, 1.0).average(4), None);
    }

    #[test]
    fn restart_forgets_the_past_and_keeps_the_value() {
        let mut q = TimeAverage::new(0, 100.0);
        q.set(10, 2.0);
        q.restart(20);
        q.set(30, 4.0);
        // 2 for 10 ps and 4 for 10 ps.
        assert_eq!((q.average(40), q.highest()), (Some(3.0), 4.0));
    }

    #[test]
    fn time_running_backwards_adds_nothing() {
        let mut q = TimeAverage::new(0, 1.0);
        q.set(10, 5.0);
        q.set(4, 1.0);
        // 1 for 10 ps, then 5 for no time, then 1 for 10 ps.
        assert_eq!(q.average(20), Some(1.0));
    }
}
