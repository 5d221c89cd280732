//! The pending events, in their total order.

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

/// An entry of the heap, flat so that it fills 24 bytes. No two entries that differ in anything
/// but the payload are alive together, so the payload never decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at_ps: u64,
    tie: u64,
    branch: u32,
    payload: u32,
}

impl Entry {
    #[inline]
    const fn key(&self) -> Key {
        Key { at_ps: self.at_ps, tie: self.tie, branch: self.branch }
    }
}

/// A four-ary heap of keys with a small payload.
///
/// Four children share a cache line or two and halve the depth of a binary heap. Two habits of a
/// simulation save most of the work: an event that is taken is soon followed by its successor, so
/// taking leaves a hole that the next insertion fills; and what is inserted before everything else
/// is kept beside the heap, because it is taken next.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// Comes before everything in the heap; none while there is a hole.
    front: Option<Entry>,
    heap: Vec<Entry>,
    /// Whether the root of the heap has been taken.
    hole: bool,
}

impl Calendar {
    #[inline]
    pub(super) fn push(&mut self, key: Key, payload: u32) {
        let entry = Entry { at_ps: key.at_ps, tie: key.tie, branch: key.branch, payload };
        if self.hole {
            self.hole = false;
            return self.sift_down(entry);
        }
        match &mut self.front {
            Some(front) => {
                let later = if entry < *front { std::mem::replace(front, entry) } else { entry };
                self.sift_up(later);
            }
            None if self.heap.first().is_none_or(|root| entry < *root) => self.front = Some(entry),
            None => self.sift_up(entry),
        }
    }

    /// The next event.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<(Key, u32)> {
        if self.hole {
            self.fill();
        }
        let entry = self.front.as_ref().or(self.heap.first())?;
        Some((entry.key(), entry.payload))
    }

    /// Takes the next event.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(Key, u32)> {
        if let Some(front) = self.front.take() {
            return Some((front.key(), front.payload));
        }
        if self.hole {
            self.fill();
        }
        let top = *self.heap.first()?;
        self.hole = true;
        Some((top.key(), top.payload))
    }

    /// Moves the last entry into the hole.
    fn fill(&mut self) {
        self.hole = false;
        if let Some(last) = self.heap.pop()
            && !self.heap.is_empty()
        {
            self.sift_down(last);
        }
    }

    #[inline]
    fn sift_up(&mut self, entry: Entry) {
        let mut hole = self.heap.len();
        self.heap.push(entry);
        while hole > 0 {
            let parent = (hole - 1) / 4;
            if self.heap[parent] <= entry {
                break;
            }
            self.heap[hole] = self.heap[parent];
            hole = parent;
        }
        self.heap[hole] = entry;
    }

    /// Puts `entry` in the place of the root and restores the order.
    #[inline]
    fn sift_down(&mut self, entry: Entry) {
        let len = self.heap.len();
        let mut hole = 0;
        loop {
            let first = 4 * hole + 1;
            if first >= len {
                break;
            }
            let mut best = first;
            for child in first + 1..(first + 4).min(len) {
                if self.heap[child] < self.heap[best] {
                    best = child;
                }
            }
            if self.heap[best] >= entry {
                break;
            }
            self.heap[hole] = self.heap[best];
            hole = best;
        }
        self.heap[hole] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn pops_are_sorted_whatever_the_order_of_insertion(
            ops in proptest::collection::vec(proptest::option::of((0_u64..50, 0_u64..50)), 1..400)
        ) {
            let mut calendar = Calendar::default();
            let mut replaced = false;
            let mut oracle = std::collections::BTreeMap::new();
            for (i, op) in ops.into_iter().enumerate() {
                match op {
                    Some((at_ps, tie)) => {
                        let key = Key { at_ps, tie, branch: i as u32 };
                        calendar.push(key, i as u32);
                        oracle.insert(key, i as u32);
                    }
                    None if replaced || oracle.is_empty() => {
                        prop_assert_eq!(calendar.pop(), oracle.pop_first());
                        replaced = false;
                    }
                    None => {
                        let key = Key { at_ps: 60, tie: 0, branch: i as u32 };
                        calendar.replace_top(key, i as u32);
                        oracle.pop_first();
                        oracle.insert(key, i as u32);
                        replaced = true;
                    }
                }
                prop_assert_eq!(calendar.peek(), oracle.first_key_value().map(|(k, p)| (*k, *p)));
            }
            while let Some(top) = calendar.pop() {
                prop_assert_eq!(Some(top), oracle.pop_first());
            }
            prop_assert!(oracle.is_empty());
        }
    }
}
