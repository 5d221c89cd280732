//! The I/Os under way, in a slab.

use super::calendar::Key;

/// No parent.
pub(super) const NONE: u32 = u32::MAX;

/// An I/O, or a branch or chunk of one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Job {
    /// Breaks ties in time between I/Os: rank of the source, number.
    pub(super) tie: u64,
    /// Number of the I/O at its source.
    pub(super) number: u64,
    pub(super) issued_ps: u64,
    pub(super) intended_ps: u64,
    /// When its last bit reaches the port it is about to enter.
    pub(super) tail_ps: u64,
    pub(super) bytes: u32,
    /// Next operation.
    pub(super) pc: u32,
    pub(super) source: u32,
    pub(super) parent: u32,
    /// Generation of the parent when this child was made; a parent gone on has another.
    pub(super) parent_generation: u32,
    /// Counts the lives of the slot and the forks of the job.
    pub(super) generation: u32,
    /// Children waited for.
    pub(super) pending: u32,
    /// Bytes of a split not yet given to a chunk.
    pub(super) unsplit: u32,
    /// The fork or split this child came from.
    pub(super) born: u32,
    /// Tells the branches of one I/O apart, for ties and draws.
    pub(super) branch: u32,
    /// Whose turn it is at selectors that choose in turn: the ordinals of the branches and chunks
    /// that led here, added up.
    pub(super) turn: u32,
    /// Children made so far.
    pub(super) children: u32,
    /// Lane of a throttled source.
    pub(super) lane: u32,
    /// Entry of the source's mix.
    pub(super) mix: u16,
    /// Whether this job waits to be issued.
    pub(super) fresh: bool,
}

impl Job {
    #[inline]
    pub(super) fn key(&self, at_ps: u64) -> Key {
        Key { at_ps, tie: self.tie, branch: self.branch }
    }

    /// The tie-breaker of an I/O: 20 bits rank, 44 bits number.
    #[inline]
    pub(super) const fn pack_tie(rank: u32, number: u64) -> u64 {
        ((rank as u64) << 44) | (number & 0xFFF_FFFF_FFFF)
    }
}

/// A slab of jobs; a freed slot is used again.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    slots: Vec<Job>,
    free: Vec<u32>,
}

impl Jobs {
    #[inline]
    pub(super) fn insert(&mut self, mut job: Job) -> u32 {
        if let Some(index) = self.free.pop() {
            job.generation = self.slots[index as usize].generation;
            self.slots[index as usize] = job;
            index
        } else {
            self.slots.push(job);
            (self.slots.len() - 1) as u32
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(index);
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> &Job {
        &self.slots[index as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: u32) -> &mut Job {
        &mut self.slots[index as usize]
    }

    /// Number of jobs alive.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// The jobs alive.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Job> {
        let mut dead = vec![false; self.slots.len()];
        for &index in &self.free {
            dead[index as usize] = true;
        }
        self.slots.iter().zip(dead).filter(|(_, dead)| !dead).map(|(job, _)| job)
    }
}
