//! The I/Os under way, in a slab.

use super::calendar::Key;
use crate::processor::prefetch;

/// No parent, no place.
pub(super) const NONE: u32 = u32::MAX;

/// What every event reads of an I/O, or of a branch or chunk of one; it fills a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(super) struct Job {
    /// Breaks ties in time between I/Os: rank of the source, number.
    pub(super) tie: u64,
    pub(super) issued_ps: u64,
    /// When its last bit reaches the port it is about to enter.
    pub(super) tail_ps: u64,
    /// Which slots of its row of draws are filled, as bits.
    pub(super) drawn: u64,
    pub(super) bytes: u32,
    /// Next operation.
    pub(super) pc: u32,
    pub(super) source: u32,
    /// Tells the branches of one I/O apart, for ties and draws.
    pub(super) branch: u32,
    pub(super) parent: u32,
    /// The fork or split this child came from.
    pub(super) born: u32,
    /// Where it waits to be the first to leave.
    pub(super) station: u32,
    /// Entry of the source's mix.
    pub(super) mix: u16,
    /// Whether this job waits to be issued.
    pub(super) fresh: bool,
    /// Whether its visits are recorded.
    pub(super) traced: bool,
}

/// What only some events read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kin {
    pub(super) intended_ps: u64,
    /// Instant noted on the way.
    pub(super) noted_ps: u64,
    /// Generation of the parent when this child was made; a parent gone on has another.
    pub(super) parent_generation: u32,
    /// Counts the lives of the slot and the forks of the job.
    pub(super) generation: u32,
    /// Children waited for.
    pub(super) pending: u32,
    /// Bytes of a split not yet given to a chunk.
    pub(super) unsplit: u32,
    /// Whose turn it is at selectors that choose in turn: the ordinals of the branches and chunks
    /// that led here, added up.
    pub(super) turn: u32,
    /// Children made so far.
    pub(super) children: u32,
    /// Lane of a throttled source, place among the outstanding of another closed one.
    pub(super) lane: u32,
}

const NUMBER_BITS: u32 = 44;

impl Job {
    /// The tie-breaker of an I/O: 20 bits rank, 44 bits number.
    #[inline]
    pub(super) const fn pack_tie(rank: u32, number: u64) -> u64 {
        ((rank as u64) << NUMBER_BITS) | (number & ((1 << NUMBER_BITS) - 1))
    }

    /// The key of its event at an instant.
    #[inline]
    pub(super) const fn key(&self, at_ps: u64) -> Key {
        Key { at_ps, tie: self.tie, branch: self.branch }
    }

    /// Number of the I/O at its source.
    #[inline]
    pub(super) const fn number(&self) -> u64 {
        self.tie & ((1 << NUMBER_BITS) - 1)
    }
}

/// A slab of jobs, a structure of arrays; a freed slot is used again.
#[derive(Debug)]
pub(super) struct Jobs {
    hot: Vec<Job>,
    kin: Vec<Kin>,
    /// Rows of draws, `stride` to each job.
    draws: Vec<f64>,
    stride: usize,
    free: Vec<u32>,
}

impl Jobs {
    /// An empty slab with `stride` draws to each job, at least one.
    pub(super) fn new(stride: usize) -> Self {
        Self { hot: Vec::new(), kin: Vec::new(), draws: Vec::new(), stride, free: Vec::new() }
    }

    #[inline]
    pub(super) fn insert(&mut self, job: Job, mut kin: Kin) -> u32 {
        if let Some(index) = self.free.pop() {
            kin.generation = self.kin[index as usize].generation;
            self.hot[index as usize] = job;
            self.kin[index as usize] = kin;
            return index;
        }
        self.hot.push(job);
        self.kin.push(kin);
        // The first is that of the constants.
        self.draws.push(1.0);
        self.draws.resize(self.draws.len() + self.stride - 1, 0.0);
        (self.hot.len() - 1) as u32
    }

    /// Puts another I/O in the place of one that is complete. Without `kin` its kin is as fresh
    /// as that of the one before, which never forked.
    #[inline]
    pub(super) fn replace(&mut self, index: u32, job: Job, kin: Option<Kin>) {
        self.hot[index as usize] = job;
        if let Some(mut kin) = kin {
            kin.generation = self.kin[index as usize].generation.wrapping_add(1);
            self.kin[index as usize] = kin;
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, index: u32) {
        let kin = &mut self.kin[index as usize];
        kin.generation = kin.generation.wrapping_add(1);
        self.free.push(index);
    }

    #[inline]
    pub(super) fn get(&self, index: u32) -> &Job {
        &self.hot[index as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, index: u32) -> &mut Job {
        &mut self.hot[index as usize]
    }

    #[inline]
    pub(super) fn kin(&self, index: u32) -> &Kin {
        &self.kin[index as usize]
    }

    #[inline]
    pub(super) fn kin_mut(&mut self, index: u32) -> &mut Kin {
        &mut self.kin[index as usize]
    }

    /// The row of draws of a job.
    #[inline]
    pub(super) fn row(&self, index: u32) -> &[f64] {
        let start = index as usize * self.stride;
        &self.draws[start..start + self.stride]
    }

    /// The row of draws of a job.
    #[inline]
    pub(super) fn row_mut(&mut self, index: u32) -> &mut [f64] {
        let start = index as usize * self.stride;
        &mut self.draws[start..start + self.stride]
    }

    /// Asks for the cache lines of a job that goes on soon.
    #[inline]
    pub(super) fn prefetch(&self, index: u32) {
        prefetch(&self.hot, index as usize);
        let start = index as usize * self.stride;
        prefetch(&self.draws, start);
        prefetch(&self.draws, start + 8);
    }

    /// Number of jobs alive.
    pub(super) fn len(&self) -> usize {
        self.hot.len() - self.free.len()
    }

    /// The jobs alive.
    pub(super) fn alive(&self) -> impl Iterator<Item = &Job> {
        let mut dead = vec![false; self.hot.len()];
        for &index in &self.free {
            dead[index as usize] = true;
        }
        self.hot.iter().zip(dead).filter(|(_, dead)| !dead).map(|(job, _)| job)
    }
}
