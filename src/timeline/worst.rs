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
    /// What loaded it: shares of the payload on CSV networks then, largest first.
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
}
