//! The pending events while they are few.

use super::Entry;

/// A sorted array, the next event last.
///
/// Taking costs nothing, and what is inserted is most often among the next to be taken, so few
/// entries move. A heap has the better bound and the worse cost: its comparisons are coin flips
/// to the processor.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    entries: Vec<Entry>,
}

impl Sorted {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        let mut at = self.entries.len() - 1;
        while at > 0 && self.entries[at - 1] < entry {
            self.entries[at] = self.entries[at - 1];
            at -= 1;
        }
        self.entries[at] = entry;
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.entries.pop()
    }

    /// Takes all, in no order.
    pub(super) fn drain(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}
