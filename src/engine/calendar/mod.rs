//! The pending events, in their total order.

use std::cmp::Ordering;

mod sorted;
mod wheel;

use sorted::Sorted;
use wheel::Wheel;

/// Order of an event: time, then the tie-breaker.
///
/// The tie-breaker packs the rank of the source's label and the number of the I/O; the branch
/// tells the parts of one I/O apart. Neither depends on when the event was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) at_ps: u64,
    pub(super) tie: u64,
    pub(super) branch: u32,
}

/// A pending event, flat so that it fills 24 bytes. No two entries that differ in anything
/// but the payload are alive together, so the payload never decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at_ps: u64,
    tie: u64,
    branch: u32,
    pub(super) payload: u32,
}

impl Ord for Entry {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        // Two events of one instant are rare.
        match self.at_ps.cmp(&other.at_ps) {
            Ordering::Equal => (self.tie, self.branch).cmp(&(other.tie, other.branch)),
            unequal => unequal,
        }
    }
}

impl PartialOrd for Entry {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
impl Entry {
    const fn key(&self) -> Key {
        Key { at_ps: self.at_ps, tie: self.tie, branch: self.branch }
    }
}

/// Events pending above which a wheel takes over from the array.
const MANY: usize = 48;

/// Events pending below which the array takes over from the wheel.
const FEW: usize = 16;

/// The pending events: a sorted array for few, a wheel for many; the order is the same.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    sorted: Sorted,
    wheel: Option<Box<Wheel>>,
}

impl Calendar {
    #[inline]
    pub(super) fn push(&mut self, key: Key, payload: u32) {
        let entry = Entry { at_ps: key.at_ps, tie: key.tie, branch: key.branch, payload };
        if let Some(wheel) = &mut self.wheel {
            return wheel.push(entry);
        }
        self.sorted.push(entry);
        if self.sorted.len() > MANY {
            self.grow();
        }
    }

    /// Takes the next event.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        match &mut self.wheel {
            None => self.sorted.pop(),
            Some(wheel) => {
                let entry = wheel.pop();
                if wheel.len() < FEW {
                    self.shrink();
                }
                entry
            }
        }
    }

    /// What comes soon and what comes after that, if time has just moved on; a hint.
    #[inline]
    pub(super) fn upcoming(&self) -> [&[Entry]; 2] {
        self.wheel.as_ref().map_or([&[], &[]], |wheel| wheel.upcoming())
    }

    #[cold]
    fn grow(&mut self) {
        self.wheel = Some(Box::new(Wheel::of(self.sorted.drain())));
    }

    #[cold]
    fn shrink(&mut self) {
        for entry in self.wheel.take().map(|mut wheel| wheel.drain()).unwrap_or_default() {
            self.sorted.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pushes, pops and sudden jumps of time; times never go backward, as in a simulation.
    fn agree(ops: Vec<(u8, u64, u64)>) -> Result<(), TestCaseError> {
        let mut calendar = Calendar::default();
        let mut oracle = std::collections::BTreeMap::new();
        let mut now = 0;
        for (i, (kind, delay, tie)) in ops.into_iter().enumerate() {
            if kind < 6 {
                let at_ps = now + (delay >> (kind * 9));
                let key = Key { at_ps, tie, branch: i as u32 };
                calendar.push(key, i as u32);
                oracle.insert(key, i as u32);
            } else {
                let top = calendar.pop().map(|entry| (entry.key(), entry.payload));
                prop_assert_eq!(top, oracle.pop_first());
                now = top.map_or(now, |(key, _)| key.at_ps);
            }
        }
        while let Some(top) = calendar.pop() {
            prop_assert_eq!(Some((top.key(), top.payload)), oracle.pop_first());
        }
        prop_assert!(oracle.is_empty());
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn a_few_come_out_in_order(
            ops in proptest::collection::vec((0_u8..10, 0_u64..1 << 56, 0_u64..50), 1..400)
        ) {
            agree(ops)?;
        }

        #[test]
        fn many_come_out_in_order(
            grow in proptest::collection::vec((0_u8..8, 0_u64..1 << 56, 0_u64..5), 500..3_000),
            shrink in proptest::collection::vec((0_u8..14, 0_u64..1 << 56, 0_u64..5), 1..2_000),
        ) {
            agree(grow.into_iter().chain(shrink).collect())?;
        }
    }

    #[test]
    fn crowded_ticks_are_shortened() {
        // The wheel is made of events a second apart; afterwards thousands come a nanosecond apart.
        let ops = (0..1_000_u64).map(|i| (0, i * 1_000_000_000_000, i));
        let crowd = (0..60_000_u64).map(|i| (if i % 2 == 0 { 0 } else { 9 }, i % 977 * 1_000, i));
        let sparse: Vec<_> = ops.collect();
        agree(
            sparse.into_iter().chain((0..5_000).map(|i| (0, i * 1_000, i))).chain(crowd).collect(),
        )
        .unwrap();
    }
}
