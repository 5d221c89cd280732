//! The worst five minutes.
//!
//! A mean over a window of fixed length, of something that is constant within epochs, is linear
//! between the instants at which an end of the window meets a change; so its highest value lies at
//! one of those.

use super::clock::Epoch;
use crate::schedule::Moment;

/// Microseconds of the window.
pub(super) const WINDOW_US: u64 = 5 * 60_000_000;

/// The worst five minutes of one port.
#[derive(Clone, Debug, PartialEq)]
pub struct Worst {
    /// The port.
    pub port: String,
    /// Its mean busy share.
    pub utilisation: f64,
    /// Its mean wire bytes a second.
    pub wire_bytes_per_s: f64,
    /// Begin.
    pub from: Moment,
    /// End.
    pub to: Moment,
    /// What loaded it: shares of its bytes on the wire then, by the analytic solver, largest first.
    pub by: Vec<(String, f64)>,
    /// What had happened last before.
    pub after: Option<String>,
}

/// Begin and mean of the window with the highest mean. `value` is of a setting.
pub(super) fn highest(
    epochs: &[Epoch],
    window_us: u64,
    value: &dyn Fn(usize) -> f64,
) -> Option<(Moment, f64)> {
    let end = epochs.last()?.to.us();
    let window = window_us.min(end);
    if window == 0 {
        return None;
    }
    // The integral up to each change.
    let mut sums = Vec::with_capacity(epochs.len() + 1);
    let mut sum = 0.0;
    sums.push(0.0);
    for epoch in epochs {
        sum += value(epoch.setting) * (epoch.to.us() - epoch.from.us()) as f64;
        sums.push(sum);
    }
    let upto = |us: u64| {
        let k = epochs.partition_point(|epoch| epoch.to.us() <= us);
        match epochs.get(k) {
            Some(epoch) => sums[k] + value(epoch.setting) * (us - epoch.from.us()) as f64,
            None => sums[epochs.len()],
        }
    };
    let mut best: Option<(u64, f64)> = None;
    let mut offer = |from: u64| {
        let mean = (upto(from + window) - upto(from)) / window as f64;
        // Means of equal stretches differ by rounding; the first of equals is told.
        if best.is_none_or(|(_, most)| mean > most * (1.0 + 1e-12) + 1e-300) {
            best = Some((from, mean));
        }
    };
    offer(0);
    for epoch in epochs {
        if epoch.from.us() + window <= end {
            offer(epoch.from.us());
        }
        if epoch.to.us() >= window {
            offer(epoch.to.us() - window);
        }
    }
    best.map(|(from, mean)| (Moment::from_us(from), mean))
}

/// For each epoch the highest (or lowest) mean of a window that begins or ends with it; its own
/// value where it is longer than the window. None where the value is not there; such stretches
/// count for nothing in a window.
pub(super) fn about(
    epochs: &[Epoch],
    window_us: u64,
    highest: bool,
    value: &dyn Fn(usize) -> Option<f64>,
) -> Vec<Option<f64>> {
    let end = epochs.last().map_or(0, |epoch| epoch.to.us());
    let window = window_us.min(end);
    // Integrals of the value, and of the time in which there is one, up to each change.
    let mut sums = vec![(0.0, 0.0)];
    for epoch in epochs {
        let length = (epoch.to.us() - epoch.from.us()) as f64;
        let (sum, time) = sums[sums.len() - 1];
        let next = value(epoch.setting).map_or((sum, time), |v| (sum + v * length, time + length));
        sums.push(next);
    }
    let upto = |us: u64| {
        let k = epochs.partition_point(|epoch| epoch.to.us() <= us);
        let (sum, time) = sums[k.min(sums.len() - 1)];
        let Some(epoch) = epochs.get(k) else { return (sum, time) };
        let length = (us - epoch.from.us()) as f64;
        value(epoch.setting).map_or((sum, time), |v| (sum + v * length, time + length))
    };
    let mean = |from: u64| {
        let ((a, s), (b, t)) = (upto(from), upto(from + window));
        if t > s { Some((b - a) / (t - s)) } else { None }
    };
    let of = |epoch: &Epoch| {
        let own = value(epoch.setting)?;
        let (from, to) = (epoch.from.us(), epoch.to.us());
        if to - from >= window {
            return Some(own);
        }
        let before = mean(to.saturating_sub(window).min(end - window));
        let behind = mean(from.min(end - window));
        let better = if highest { f64::max } else { f64::min };
        [before, behind].into_iter().flatten().reduce(better)
    };
    epochs.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn epochs(lengths: &[u64]) -> Vec<Epoch> {
        let mut at = 0;
        lengths
            .iter()
            .enumerate()
            .map(|(setting, length)| {
                let from = Moment::from_us(at);
                at += length;
                let to = Moment::from_us(at);
                Epoch { from, to, setting, backlog: BTreeMap::new(), entries: 0 }
            })
            .collect()
    }

    proptest! {
        /// Every window, microsecond by microsecond, has no higher mean.
        #[test]
        fn no_window_is_worse(
            of in prop::collection::vec((1_u64..12, 0_u32..9), 1..12),
            window in 1_u64..15,
        ) {
            let lengths: Vec<u64> = of.iter().map(|(length, _)| *length).collect();
            let epochs = epochs(&lengths);
            let value = |setting: usize| f64::from(of[setting].1);
            let line: Vec<f64> = epochs
                .iter()
                .flat_map(|e| vec![value(e.setting); (e.to.us() - e.from.us()) as usize])
                .collect();
            let window = window.min(line.len() as u64);
            let slow = line
                .windows(window as usize)
                .map(|w| w.iter().sum::<f64>() / window as f64)
                .fold(f64::MIN, f64::max);
            let (_, fast) = highest(&epochs, window, &value).unwrap();
            prop_assert!((fast - slow).abs() < 1e-9, "{fast} against {slow}");
        }
    }

    #[test]
    fn the_window_lies_over_the_peak() {
        // 10 us of 1, 4 us of 3, 10 us of 2: five microseconds hold all of the peak and one of 2.
        let value = |setting: usize| [1.0, 3.0, 2.0][setting];
        let (from, mean) = highest(&epochs(&[10, 4, 10]), 5, &value).unwrap();
        assert_eq!((from.us(), mean), (10, 14.0 / 5.0));
    }

    #[test]
    fn a_short_peak_counts_by_its_share_of_the_window() {
        // 100 us of 1, 2 us of 9, 100 us of 3, held in windows of 20 us.
        let value = |setting: usize| Some([1.0, 9.0, 3.0][setting]);
        let means = about(&epochs(&[100, 2, 100]), 20, true, &value);
        assert_eq!(means, [Some(1.0), Some((2.0 * 9.0 + 18.0 * 3.0) / 20.0), Some(3.0)]);
        let means = about(&epochs(&[100, 2, 100]), 20, false, &value);
        assert_eq!(means[1], Some((2.0 * 9.0 + 18.0) / 20.0));
        // At the end of time the window lies before it.
        let means = about(&epochs(&[100, 2]), 20, true, &value);
        assert_eq!(means[1], Some((2.0 * 9.0 + 18.0) / 20.0));
        assert_eq!(about(&epochs(&[5, 5]), 20, true, &|_| None), [None, None]);
        let missing = |setting: usize| (setting != 1).then_some(4.0);
        assert_eq!(about(&epochs(&[5, 90, 5]), 20, true, &missing), [Some(4.0), None, Some(4.0)]);
    }

    proptest! {
        /// The worst window of all begins or ends with some epoch.
        #[test]
        fn the_worst_is_found_both_ways(
            of in prop::collection::vec((1_u64..12, 0_u32..9), 1..12),
            window in 1_u64..15,
        ) {
            let lengths: Vec<u64> = of.iter().map(|(length, _)| *length).collect();
            let epochs = epochs(&lengths);
            let value = |setting: usize| f64::from(of[setting].1);
            let (_, worst) = highest(&epochs, window, &value).unwrap();
            let all = about(&epochs, window, true, &|setting| Some(value(setting)));
            let most = all.into_iter().flatten().fold(f64::MIN, f64::max);
            prop_assert!((most - worst).abs() < 1e-9, "{most} against {worst}");
        }
    }
}
