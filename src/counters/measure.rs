//! What a counter takes from what was completed between two samples.

/// I/Os, requests or frames completed between two samples, by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Number of reads (or received) and writes (or sent).
    pub count: [u64; 2],
    /// Their bytes.
    pub bytes: [u64; 2],
    /// Sum of their times in picoseconds.
    pub time_ps: [u128; 2],
}

impl Sums {
    /// Adds reads, or what was received.
    pub fn read(&mut self, count: u64, bytes: u64, time_ps: u128) {
        self.add(0, count, bytes, time_ps);
    }

    /// Adds writes, or what was sent.
    pub fn write(&mut self, count: u64, bytes: u64, time_ps: u128) {
        self.add(1, count, bytes, time_ps);
    }

    /// Adds to direction 0, reads, or any other, writes.
    pub fn add(&mut self, direction: usize, count: u64, bytes: u64, time_ps: u128) {
        let direction = direction.min(1);
        self.count[direction] = self.count[direction].saturating_add(count);
        self.bytes[direction] = self.bytes[direction].saturating_add(bytes);
        self.time_ps[direction] = self.time_ps[direction].saturating_add(time_ps);
    }

    /// Adds what another has.
    pub fn merge(&mut self, other: &Self) {
        for direction in 0..2 {
            let (count, bytes) = (other.count[direction], other.bytes[direction]);
            self.add(direction, count, bytes, other.time_ps[direction]);
        }
    }
}

/// Which I/Os of an instance a counter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of them.
    All,
    /// Those that went past the file system: direct or block redirected.
    Io,
    /// Those that were redirected, in the sense of the object.
    Redirected,
    /// Those over RDMA.
    Rdma,
    /// What is below a limit.
    Lower,
    /// All of them, counted in begun units of 8 KiB.
    Normalized,
    /// Answered from memory.
    Cache,
    /// Those that failed directly and were redirected by block.
    Failed,
    /// Processor time: of the root partition, and of virtual machines.
    Busy,
}

/// Which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Reads, or received; of processor time, that of the root partition.
    Read,
    /// Writes, or sent; of processor time, that of virtual machines.
    Write,
    /// Both together.
    Both,
}

/// What is told of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Number since the log began.
    Count,
    /// Number a second.
    Rate,
    /// Bytes a second.
    BytesRate,
    /// Bytes of one on average, 0 when there was none.
    BytesEach,
    /// Seconds of one on average, 0 when there was none.
    SecondsEach,
    /// How many were under way on average: time summed over time passed (Little's law).
    Queue,
    /// Percent of the time passed that was used.
    Percent,
}

impl What {
    /// The value between two samples; none where the first sample has none.
    #[must_use]
    pub fn value(self, side: Side, since: &Sums, total: u64, elapsed_ps: u64) -> Option<f64> {
        if self == Self::Count {
            return Some(total as f64);
        }
        if elapsed_ps == 0 {
            return None;
        }
        let elapsed_s = elapsed_ps as f64 / 1e12;
        let count = side.of(since.count) as f64;
        let bytes = side.of(since.bytes) as f64;
        let time_ps = match side {
            Side::Read => since.time_ps[0],
            Side::Write => since.time_ps[1],
            Side::Both => since.time_ps[0].saturating_add(since.time_ps[1]),
        } as f64;
        let each = |sum: f64| if count > 0.0 { sum / count } else { 0.0 };
        Some(match self {
            Self::Count | Self::Rate => count / elapsed_s,
            Self::BytesRate => bytes / elapsed_s,
            Self::BytesEach => each(bytes),
            Self::SecondsEach => each(time_ps / 1e12),
            Self::Queue => time_ps / elapsed_ps as f64,
            Self::Percent => (100.0 * time_ps / elapsed_ps as f64).min(100.0),
        })
    }
}

impl Side {
    /// What of a pair this side has.
    #[must_use]
    pub fn of(self, pair: [u64; 2]) -> u64 {
        match self {
            Self::Read => pair[0],
            Self::Write => pair[1],
            Self::Both => pair[0].saturating_add(pair[1]),
        }
    }
}
