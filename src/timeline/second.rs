//! The busiest second: what is told as the highest of something that changes.
//!
//! An epoch may last milliseconds, as when the I/O is caught up with that has waited for a volume;
//! what was reached in it says little of what the guests, or a port, had to bear. So the highest is
//! that of the means over a second. Between two changes things stand still, so such a mean is
//! highest where the second begins or ends with a change: the mean of one that lies between is
//! between theirs, as the quotient of two functions that are linear there.

use std::collections::BTreeMap;

use super::cause::Cause;
use super::clock::Epoch;
use super::figures::Figures;
use super::result::Timeline;

/// Microseconds of the window.
const SECOND_US: u64 = 1_000_000;

/// What a setting comes to, where that is known.
pub(super) type Known<'f> = dyn Fn(usize) -> Option<&'f Figures> + 'f;

/// The highest mean over any whole second, or over all if that is shorter. `of` tells value and
/// weight of an epoch; zero where none of it has a weight. Infinite where a whole second is; what
/// is infinite for less counts for nothing, as what it leaves behind shows in what follows.
pub(super) fn highest(epochs: &[Epoch], of: &dyn Fn(&Epoch) -> (f64, f64)) -> f64 {
    let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else { return 0.0 };
    let (begin, end) = (first.from.us(), last.to.us());
    let window = SECOND_US.min(end.saturating_sub(begin));
    let mean = |k: usize, from: u64| {
        let to = from + window;
        let inside = || epochs[k..].iter().take_while(move |epoch| epoch.from.us() < to);
        let (mut sum, mut weight, mut endless) = (0.0, 0.0, 0);
        for epoch in inside() {
            let us = epoch.to.us().min(to).saturating_sub(epoch.from.us().max(from));
            let (value, own) = of(epoch);
            if own > 0.0 && value.is_infinite() {
                endless += us;
            } else if own > 0.0 {
                sum += value * own * us as f64;
                weight += own * us as f64;
            }
        }
        match inside().count() {
            _ if endless > 0 && endless == window => f64::INFINITY,
            _ if weight <= 0.0 => 0.0,
            // What stands still is told as it is, to the last bit.
            1 => of(&epochs[k]).0,
            _ => sum / weight,
        }
    };
    let mut most: f64 = 0.0;
    for (k, epoch) in epochs.iter().enumerate() {
        let (from, to) = (epoch.from.us(), epoch.to.us());
        if from + window <= end {
            most = most.max(mean(k, from));
        }
        if to >= begin + window {
            let from = to - window;
            most = most.max(mean(epochs.partition_point(|e| e.to.us() <= from), from));
        }
    }
    most
}

/// The busy share of every port that may carry CSV traffic in its busiest second, in the order in
/// which ports are told.
pub(super) fn ports(epochs: &[Epoch], figures: &Known<'_>) -> Vec<(String, f64)> {
    let highest = |line: BTreeMap<usize, f64>| {
        highest(epochs, &|epoch| (line.get(&epoch.setting).copied().unwrap_or(0.0), 1.0))
    };
    lines(epochs, figures).into_iter().map(|(label, line)| (label, highest(line))).collect()
}

/// The busy share of every port that may carry CSV traffic by setting.
fn lines(epochs: &[Epoch], figures: &Known<'_>) -> Vec<(String, BTreeMap<usize, f64>)> {
    let mut lines: Vec<(String, BTreeMap<usize, f64>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (setting, figures) in told(epochs, figures) {
        for port in figures.ports.iter().filter(|port| port.csv) {
            let label = port.label();
            let place = *places.entry(label.clone()).or_insert_with(|| {
                lines.push((label, BTreeMap::new()));
                lines.len() - 1
            });
            lines[place].1.insert(setting, port.utilisation);
        }
    }
    lines
}

/// Latencies of a load whose I/O takes one way, by workload and cause.
pub(super) type ByWay = BTreeMap<(usize, Option<Cause>), f64>;

/// The highest mean latency over a second, weighted by I/Os, of every load and way; of the 99th
/// percentiles where `p99`, as far as they are known.
pub(super) fn latencies(epochs: &[Epoch], figures: &Known<'_>, p99: bool) -> ByWay {
    /// Latency times I/Os, and I/Os, by setting.
    type Line = BTreeMap<usize, (f64, f64)>;
    let mut lines: BTreeMap<(usize, Option<Cause>), Line> = BTreeMap::new();
    for (setting, figures) in told(epochs, figures) {
        for load in figures.loads.iter().filter(|load| load.iops > 0.0) {
            let own = if p99 {
                load.quantiles_s.map(|all| all[2].mean)
            } else {
                Some(load.latency_s.mean)
            };
            let Some(own) = own else { continue };
            let line = lines.entry((load.part.workload, load.part.cause)).or_default();
            // Several parts of one way: what catches up, and what does not.
            let (sum, ios) = line.entry(setting).or_insert((0.0, 0.0));
            *sum += own * load.iops;
            *ios += load.iops;
        }
    }
    let highest = |line: &Line| {
        highest(epochs, &|epoch| match line.get(&epoch.setting) {
            Some((sum, ios)) => (sum / ios, *ios),
            None => (0.0, 0.0),
        })
    };
    lines.iter().map(|(way, line)| (*way, highest(line))).collect()
}

/// For each epoch the port that may carry CSV traffic with the busiest second in it, and its busy
/// share then; of an epoch that is shorter, in the second before or behind its end or begin.
fn by_epoch(epochs: &[Epoch], figures: &Known<'_>) -> Vec<Option<(String, f64)>> {
    let mut most: Vec<Option<(String, f64)>> = vec![None; epochs.len()];
    for (label, line) in lines(epochs, figures) {
        let value = |setting: usize| Some(line.get(&setting).copied().unwrap_or(0.0));
        let about = super::worst::about(epochs, SECOND_US, true, &value);
        for (most, own) in most.iter_mut().zip(about) {
            if let Some(own) = own
                && most.as_ref().is_none_or(|(_, busy)| own > *busy)
            {
                *most = Some((label.clone(), own));
            }
        }
    }
    most
}

impl Timeline {
    /// The busy share of every port that may carry CSV traffic in its busiest second.
    #[must_use]
    pub fn busiest_seconds(&self) -> Vec<(String, f64)> {
        ports(&self.epochs, &|setting| self.figures.get(setting))
    }

    /// For each epoch the port that may carry CSV traffic with the busiest second in it, and its
    /// busy share then; of a shorter epoch, in a second that begins or ends with it.
    #[must_use]
    pub fn busiest_by_epoch(&self) -> Vec<Option<(String, f64)>> {
        by_epoch(&self.epochs, &|setting| self.figures.get(setting))
    }

    /// The highest mean latency in seconds over a second, weighted by I/Os, of every workload by
    /// the cause for which it is redirected; of 99th percentiles, where they are known, if `p99`.
    #[must_use]
    pub fn slowest_seconds(&self, p99: bool) -> BTreeMap<(usize, Option<Cause>), f64> {
        latencies(&self.epochs, &|setting| self.figures.get(setting), p99)
    }
}

/// Each setting of some epochs once, as far as it is known.
fn told<'f>(epochs: &[Epoch], figures: &Known<'f>) -> BTreeMap<usize, &'f Figures> {
    epochs.iter().filter_map(|e| Some((e.setting, figures(e.setting)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Moment;

    /// Epochs of so many milliseconds, each of its own setting.
    fn epochs(lengths_ms: &[u64]) -> Vec<Epoch> {
        let mut at = 0;
        let one = |(setting, ms): (usize, &u64)| {
            let from = Moment::from_us(at);
            at += ms * 1000;
            let to = Moment::from_us(at);
            Epoch { from, to, setting, backlog: BTreeMap::new(), entries: 0 }
        };
        lengths_ms.iter().enumerate().map(one).collect()
    }

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12 * other.abs(), "{one} is not {other}");
    }

    #[test]
    fn milliseconds_count_by_their_share_of_a_second() {
        // Half a second of 10 %, 6 ms of 100 %, ten seconds of 20 %: the busiest second holds
        // the 6 ms and 994 ms of what follows.
        let value = |e: &Epoch| ([0.1, 1.0, 0.2][e.setting], 1.0);
        close(highest(&epochs(&[500, 6, 10_000]), &value), 0.006 + 0.994 * 0.2);
        // At the end of time it ends with them.
        let value = |e: &Epoch| ([0.1, 1.0][e.setting], 1.0);
        close(highest(&epochs(&[5000, 6]), &value), 0.006 + 0.994 * 0.1);
    }

    #[test]
    fn what_lasts_a_second_is_told_as_it_is() {
        let value = |e: &Epoch| ([0.1, 0.7, 0.2][e.setting], 1.0);
        assert_eq!(highest(&epochs(&[3000, 1000, 3000]), &value), 0.7);
        // All there is is shorter: its mean, 100 ms of 1 and 300 ms of 2.
        let value = |e: &Epoch| ([1.0, 2.0][e.setting], 1.0);
        close(highest(&epochs(&[100, 300]), &value), 1.75);
        assert_eq!(highest(&[], &value), 0.0);
    }

    #[test]
    fn ios_weigh() {
        // A second of 1000 I/Os at 1 ms, 10 ms of 50 000 a second at 4 ms, then as before:
        // 500 I/Os of 4 ms and 990 of 1 ms.
        let value = |e: &Epoch| [(1e-3, 1000.0), (4e-3, 50_000.0), (1e-3, 1000.0)][e.setting];
        let all = highest(&epochs(&[2000, 10, 2000]), &value);
        close(all, (500.0 * 4e-3 + 990.0 * 1e-3) / 1490.0);
        // Where there is no I/O there is no latency, whatever the other solver said.
        assert_eq!(highest(&epochs(&[2000]), &|_| (1.0, 0.0)), 0.0);
    }

    #[test]
    fn a_queue_without_limit_counts_once_it_grows_for_a_second() {
        let value = |e: &Epoch| ([0.1, f64::INFINITY, f64::INFINITY, 0.2][e.setting], 1.0);
        assert_eq!(highest(&epochs(&[2000, 500, 500, 2000]), &value), f64::INFINITY);
        assert_eq!(highest(&epochs(&[2000, 500, 400, 2000]), &value), 0.2);
    }
}
