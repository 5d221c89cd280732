//! The pending events while they are many.

use super::Entry;

/// Bits of a digit: slots of a level.
const DIGIT: u32 = 6;

/// Levels that cover every tick of 64 bits.
const LEVELS: usize = 11;

/// Events of a tick above which ticks are made shorter.
const CROWDED: usize = 24;

/// A hierarchical timing wheel (Varghese, Lauck 1987) with exact order.
///
/// Time is cut into ticks. An event stands in the slot of its highest digit, to base 64, that
/// differs from the current tick's; when time comes to a slot of a higher level, its events move
/// down. Those of the current tick are sorted, so the order is exact whatever the length of a
/// tick. An insertion costs no comparison, and an event moves at most once a level.
#[derive(Debug)]
pub(super) struct Wheel {
    /// A tick is two to this power picoseconds.
    shift: u32,
    tick: u64,
    /// Events of the current tick and before, the next one last.
    due: Vec<Entry>,
    /// Which slots of a level hold something, as bits.
    occupied: [u64; LEVELS],
    /// `LEVELS` times 64.
    slots: Vec<Vec<Entry>>,
    len: usize,
    /// Whether the last event was the first of its tick.
    turned: bool,
    /// Events taken since the length of a tick was chosen.
    taken: usize,
}

impl Wheel {
    /// A wheel of these events, with ticks such that one holds about one event.
    pub(super) fn of(mut entries: Vec<Entry>) -> Self {
        let shift = shift(&mut entries);
        let first = entries.iter().map(|e| e.at_ps).min().unwrap_or(0);
        let mut wheel = Self {
            shift,
            tick: 0,
            due: Vec::new(),
            occupied: [0; LEVELS],
            slots: vec![Vec::new(); LEVELS << DIGIT],
            len: 0,
            turned: false,
            taken: usize::MAX / 2,
        };
        wheel.tick = first >> shift;
        wheel.len = entries.len();
        for entry in entries {
            wheel.place(entry);
        }
        wheel
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn push(&mut self, entry: Entry) {
        self.len += 1;
        self.place(entry);
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.turned = self.due.is_empty();
        if self.turned {
            self.turn();
        }
        let entry = self.due.pop()?;
        self.len -= 1;
        self.taken += 1;
        Some(entry)
    }

    /// The events of the two slots after the current one, if that has just begun.
    #[inline]
    pub(super) fn upcoming(&self) -> [&[Entry]; 2] {
        if !self.turned {
            return [&[], &[]];
        }
        let first = self.occupied[0];
        let slot = |bits: u64| -> &[Entry] {
            if bits == 0 { &[] } else { &self.slots[bits.trailing_zeros() as usize] }
        };
        [slot(first), slot(first & first.wrapping_sub(1))]
    }

    /// Takes all, in no order.
    pub(super) fn drain(&mut self) -> Vec<Entry> {
        let mut all = std::mem::take(&mut self.due);
        for slot in &mut self.slots {
            all.append(slot);
        }
        self.occupied = [0; LEVELS];
        self.len = 0;
        all
    }

    #[inline]
    fn place(&mut self, entry: Entry) {
        let tick = entry.at_ps >> self.shift;
        if tick <= self.tick {
            return self.place_due(entry);
        }
        let level = (tick ^ self.tick).ilog2() / DIGIT;
        let slot = (tick >> (level * DIGIT)) & ((1 << DIGIT) - 1);
        self.occupied[level as usize] |= 1 << slot;
        self.slots[((level as usize) << DIGIT) + slot as usize].push(entry);
    }

    #[inline]
    fn place_due(&mut self, entry: Entry) {
        let mut at = self.due.len();
        if at > 32 {
            at = self.due.partition_point(|other| *other > entry);
        } else {
            while at > 0 && self.due[at - 1] < entry {
                at -= 1;
            }
        }
        self.due.insert(at, entry);
    }

    /// Moves on to the next tick that holds something.
    fn turn(&mut self) {
        while self.due.is_empty() {
            let Some(level) = self.occupied.iter().position(|bits| *bits != 0) else { return };
            let slot = u64::from(self.occupied[level].trailing_zeros());
            self.occupied[level] &= !(1 << slot);
            let above = (level as u32 + 1) * DIGIT;
            let upper = if above < u64::BITS { self.tick >> above << above } else { 0 };
            self.tick = upper | (slot << (level as u32 * DIGIT));
            let index = (level << DIGIT) + slot as usize;
            if level == 0 {
                // The emptied vector of the last tick takes the place of the slot's.
                std::mem::swap(&mut self.due, &mut self.slots[index]);
                if self.due.len() > 1 {
                    self.due.sort_unstable_by(|a, b| b.cmp(a));
                }
                if self.due.len() > CROWDED && self.taken >= self.len {
                    self.reshape();
                }
            } else {
                let mut entries = std::mem::take(&mut self.slots[index]);
                for entry in entries.drain(..) {
                    self.place(entry);
                }
                self.slots[index] = entries;
            }
        }
    }

    /// Shortens the ticks. As many events have been taken since the last time as are looked at, so
    /// the cost of an event stays bounded.
    #[cold]
    fn reshape(&mut self) {
        self.taken = 0;
        let (len, tick) = (self.len, self.tick);
        let mut entries = self.drain();
        let shift = shift(&mut entries).min(self.shift);
        self.tick = tick << self.shift >> shift;
        (self.shift, self.len) = (shift, len);
        for entry in entries {
            self.place(entry);
        }
    }
}

/// The length of a tick, as a power of two of picoseconds, that holds about one of the earlier
/// half of these events.
fn shift(entries: &mut [Entry]) -> u32 {
    let middle = entries.len() / 2;
    if middle == 0 {
        return 0;
    }
    let (earlier, median, _) = entries.select_nth_unstable_by_key(middle, |e| e.at_ps);
    let first = earlier.iter().map(|e| e.at_ps).min().unwrap_or(median.at_ps);
    ((median.at_ps - first) / middle as u64).max(1).ilog2()
}
