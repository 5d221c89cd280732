//! Where the time of a run went, by a clock that the caller brings.
//!
//! Nothing of this is ever in a report: a report is the same bytes however long it took.

use std::collections::BTreeMap;

use crate::engine::RunRecord;
use crate::network::Network;

/// Time spent on one kind of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// What was done.
    pub name: &'static str,
    /// Seconds by the clock.
    pub seconds: f64,
}

/// Where the time of a run went.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Phases in the order in which they first began; all variants together.
    pub phases: Vec<Phase>,
    /// Replications simulated, those taken from a checkpoint not among them.
    pub replications: u64,
    /// Simulated seconds of all of them, warm-up included.
    pub simulated_s: f64,
    /// Seconds by the clock that each of them took on its thread, added up.
    pub on_threads_s: f64,
    /// Events handled.
    pub events: u64,
    /// I/Os completed, warm-up included.
    pub ios: u64,
    /// I/Os completed in the measured windows.
    pub ios_measured: u64,
    /// Visits begun in the measured windows, by the label of the station.
    pub visits: BTreeMap<String, u64>,
}

impl Profile {
    /// Adds a replication that took some seconds.
    pub(super) fn add(&mut self, net: &Network, record: &RunRecord, seconds: f64) {
        self.replications += 1;
        self.simulated_s += (record.warm_up_ps as f64 + record.window_ps as f64) * 1e-12;
        self.on_threads_s += seconds;
        self.events = self.events.saturating_add(record.events);
        self.ios = self.ios.saturating_add(record.completed);
        for group in &record.groups {
            let ios = group.reads.count.saturating_add(group.writes.count);
            self.ios_measured = self.ios_measured.saturating_add(ios);
        }
        for (station, counted) in net.stations.iter().zip(&record.stations) {
            if counted.visits > 0 {
                let visits = self.visits.entry(station.label.clone()).or_default();
                *visits = visits.saturating_add(counted.visits);
            }
        }
    }

    /// Adds time to a phase.
    pub(crate) fn spend(&mut self, name: &'static str, seconds: f64) {
        match self.phases.iter_mut().find(|phase| phase.name == name) {
            Some(phase) => phase.seconds += seconds,
            None => self.phases.push(Phase { name, seconds }),
        }
    }

    /// Seconds of one phase.
    #[must_use]
    pub fn seconds_of(&self, name: &str) -> f64 {
        self.phases.iter().filter(|phase| phase.name == name).map(|phase| phase.seconds).sum()
    }
}

/// Times phases.
pub(super) struct Stopwatch<'a> {
    pub(super) clock: &'a (dyn Fn() -> f64 + Sync),
    pub(super) profile: Profile,
}

impl<'a> Stopwatch<'a> {
    pub(super) fn new(clock: &'a (dyn Fn() -> f64 + Sync)) -> Self {
        Self { clock, profile: Profile::default() }
    }

    /// Does a piece of work on the account of a phase.
    pub(super) fn time<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let began = (self.clock)();
        let done = work();
        self.profile.spend(name, (self.clock)() - began);
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn phases_add_up_in_the_order_in_which_they_began() {
        let ticks = AtomicU64::new(0);
        let clock = || ticks.fetch_add(1, Ordering::Relaxed) as f64;
        let mut watch = Stopwatch::new(&clock);
        assert_eq!(watch.time("simulate", || 7), 7);
        watch.time("report", || ());
        watch.time("simulate", || ());
        let names: Vec<_> = watch.profile.phases.iter().map(|p| (p.name, p.seconds)).collect();
        assert_eq!(names, [("simulate", 2.0), ("report", 1.0)]);
        assert_eq!(watch.profile.seconds_of("simulate"), 2.0);
        assert_eq!(watch.profile.seconds_of("sleep"), 0.0);
    }
}
