//! DiskSpd command lines, the words in which administrators describe a storage load.
//!
//! The reading is that of DiskSpd 2.2 itself, taken from its public source (`CmdLineParser.cpp` and
//! `Profile::Validate` in `Common.cpp`, github.com/microsoft/diskspd); where its help text and
//! its code differ, the code is followed. Three deliberate differences: trailing rubbish after a
//! number is refused (DiskSpd reads `-o8x` as 8), a bare `-d`, `-W` or `-C` is refused (DiskSpd
//! reads 0), and every fault is told, not only the first. Every documented flag is honoured (a
//! field of [`DiskSpd`]), accepted without effect ([`Ignored`], with the reason) or refused.

mod check;
mod display;
mod fault;
mod flags;
mod parse;
mod profile;
mod value;
mod without_effect;
mod words;

#[cfg(test)]
mod tests;

pub use fault::{DiskSpdError, DiskSpdErrors, FaultKind};

/// A load as a DiskSpd command line describes it; every target gets the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiskSpd {
    /// Size of each request, `-b`; 64 KiB unless given.
    pub block_bytes: u32,
    /// Threads and outstanding requests, `-t`, `-o`, `-F`, `-O`; one thread and two requests for
    /// each target unless given.
    pub concurrency: Concurrency,
    /// Share of writes in percent, `-w`; 0 unless given.
    pub write_percent: u8,
    /// Order of the offsets, `-r`, `-rs`, `-s`, `-p`, `-T`; sequential unless given.
    pub access: Access,
    /// Random offsets are multiples of this, sequential ones steps of it, `-r`, `-s`; the block
    /// size unless given.
    pub alignment_bytes: u64,
    /// Uneven random access, `-rd`, from the start of the target on; empty when it is uniform.
    /// The shares of I/O sum to 100 percent.
    pub hot_spots: Vec<HotSpot>,
    /// Measured time in seconds, `-d`; 10 unless given, at least 1.
    pub duration_s: u32,
    /// Time before it, `-W`; 5 seconds unless given.
    pub warm_up_s: u32,
    /// Time after it, `-C`; 0 seconds unless given.
    pub cool_down_s: u32,
    /// Rate limit of each thread on each target, `-g`.
    pub throttle: Option<Throttle>,
    /// Bursts, `-i` and `-j`.
    pub burst: Option<Burst>,
    /// Caches on the way, `-S`, `-h`, `-N`.
    pub caching: Caching,
    /// First byte used of a target, `-B`.
    pub base_bytes: u64,
    /// First byte of a target no longer used, `-f` or `-Bbase:length`; its end unless given.
    pub end_bytes: Option<u64>,
    /// Size of the files to create, `-c`; the targets exist already unless given.
    pub file_bytes: Option<u64>,
    /// Priority hint, `-I`.
    pub io_priority: IoPriority,
    /// Files, `#<disk number>` or `<drive letter>:`; at least one.
    pub targets: Vec<String>,
    /// Flags accepted without effect, in their order.
    pub ignored: Vec<Ignored>,
}

/// Threads and the requests they keep outstanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// `-t` and `-o`: each target has its own threads.
    PerTarget {
        /// Threads of each target, `-t`.
        threads_per_target: u32,
        /// Requests outstanding of each of these threads, `-o`.
        outstanding_per_thread: u32,
    },
    /// `-F` and `-o`: every thread works on every target, with a queue for each.
    SharedThreads {
        /// Threads in all, `-F`.
        threads: u32,
        /// Requests outstanding of each thread on each target, `-o`.
        outstanding_per_thread_and_target: u32,
    },
    /// `-F` and `-O`: every thread works on every target, with one queue for all.
    SharedQueue {
        /// Threads in all, `-F`.
        threads: u32,
        /// Requests outstanding of each thread, `-O`.
        outstanding_per_thread: u32,
    },
}

/// Order of the offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Each request one step after the last.
    Sequential {
        /// All threads of a target share one position, `-si`; no effect on a single thread.
        interlocked: bool,
        /// Requests outstanding together start at the same offset, `-p`.
        same_offset: bool,
        /// Distance between the starts of neighbouring threads, `-T`; none starts them all alike.
        thread_stride_bytes: Option<u64>,
    },
    /// A share of requests at a random offset and the rest following the one before.
    Random {
        /// The share in percent, 1 to 100: `-r` is 100, `-rs` any.
        percent: u8,
    },
}

/// Part of the target and the share of I/O it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HotSpot {
    /// Share of I/O in percent; zero leaves the part untouched.
    pub io_percent: u8,
    /// Length of the part, which begins where the one before ends.
    pub length: HotSpotLength,
}

/// Length of a part of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HotSpotLength {
    /// Percent of the target, 1 to 100 (`-rdpct`).
    Percent(u8),
    /// Bytes, at least a block (`-rdabs`).
    Bytes(u64),
    /// Whatever is left of the target (the unwritten end of `-rdabs`).
    Rest,
}

/// Limit on the rate of each thread on each target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Bytes per millisecond, `-g<n>`.
    BytesPerMs(u32),
    /// Requests per second, `-g<n>i`.
    Iops(u32),
}

impl Throttle {
    /// The limit in bytes per millisecond as DiskSpd enforces it.
    ///
    /// It turns a number of requests into whole bytes per millisecond, rounded down.
    #[must_use]
    pub fn bytes_per_ms(self, block_bytes: u32) -> u64 {
        match self {
            Self::BytesPerMs(bytes) => u64::from(bytes),
            Self::Iops(iops) => u64::from(iops) * u64::from(block_bytes) / 1_000,
        }
    }
}

/// Requests in bunches, by each thread on each target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// Requests of a burst, `-i`.
    pub ios: u32,
    /// Pause between bursts in milliseconds, `-j`.
    pub interval_ms: u32,
}

/// What may answer before the storage does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caching {
    /// Use of the operating system's cache.
    pub mode: CacheMode,
    /// Writes must be on stable media before they complete: `-Sw`, `-Sh`.
    pub write_through: bool,
    /// Memory mapped I/O, `-Sm`: the system's paging makes the requests, not DiskSpd.
    pub memory_mapped: bool,
    /// How mapped writes are flushed, `-N`.
    pub mapped_flush: Option<MappedFlush>,
}

impl Caching {
    /// Whether each request of DiskSpd leaves the operating system as one request.
    #[must_use]
    pub fn bypasses_software_cache(self) -> bool {
        self.mode == CacheMode::NoSoftwareCache && !self.memory_mapped
    }
}

/// Use of the operating system's cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CacheMode {
    /// Software caching, `-Sb` and the default.
    #[default]
    Cached,
    /// No caching on this side of a remote file system, `-Sr`; the far side may cache.
    NoLocalCache,
    /// No software caching, `-Su`, `-Sh` and `-S`.
    NoSoftwareCache,
}

/// How mapped writes are flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedFlush {
    /// `FlushViewOfFile`, `-Nv`.
    ViewOfFile,
    /// `RtlFlushNonVolatileMemory`, `-Nn`.
    NonVolatileMemory,
    /// The same without waiting for the drain, `-Ni`.
    NonVolatileMemoryNoDrain,
}

/// Windows' priority hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IoPriority {
    /// `-I1`.
    VeryLow,
    /// `-I2`.
    Low,
    /// `-I3` and the default.
    #[default]
    Normal,
}

/// A flag that was accepted without effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The flag with its value.
    pub flag: String,
    /// Why it changes nothing.
    pub why: &'static str,
}

impl DiskSpd {
    /// Reads a command line, with or without the program's name, quoted as Windows does it.
    ///
    /// # Errors
    ///
    /// [`DiskSpdErrors`] holds every fault with its place in the line and its remedy.
    pub fn parse(line: &str) -> Result<Self, DiskSpdErrors> {
        parse::parse(line)
    }

    /// Share of writes, 0 to 1.
    #[must_use]
    pub fn write_ratio(&self) -> f64 {
        f64::from(self.write_percent) / 100.0
    }

    /// Share of requests at random offsets, 0 to 1.
    #[must_use]
    pub fn random_ratio(&self) -> f64 {
        match self.access {
            Access::Sequential { .. } => 0.0,
            Access::Random { percent } => f64::from(percent) / 100.0,
        }
    }

    /// Threads over all targets.
    #[must_use]
    pub fn threads_total(&self) -> u64 {
        match self.concurrency {
            Concurrency::PerTarget { threads_per_target, .. } => {
                u64::from(threads_per_target).saturating_mul(self.targets.len() as u64)
            }
            Concurrency::SharedThreads { threads, .. }
            | Concurrency::SharedQueue { threads, .. } => u64::from(threads),
        }
    }

    /// Requests outstanding over all targets and threads when nothing holds them back.
    #[must_use]
    pub fn outstanding_total(&self) -> u64 {
        let targets = self.targets.len() as u64;
        let per_thread = match self.concurrency {
            Concurrency::PerTarget { outstanding_per_thread, .. }
            | Concurrency::SharedQueue { outstanding_per_thread, .. } => {
                u64::from(outstanding_per_thread)
            }
            Concurrency::SharedThreads { outstanding_per_thread_and_target, .. } => {
                u64::from(outstanding_per_thread_and_target).saturating_mul(targets)
            }
        };
        self.threads_total().saturating_mul(per_thread)
    }

    /// Rate limit over all threads and targets in bytes per second.
    #[must_use]
    pub fn throttle_total_bytes_per_s(&self) -> Option<u64> {
        let threads_on_targets = match self.concurrency {
            Concurrency::PerTarget { .. } => self.threads_total(),
            _ => self.threads_total().saturating_mul(self.targets.len() as u64),
        };
        self.throttle.map(|throttle| {
            throttle
                .bytes_per_ms(self.block_bytes)
                .saturating_mul(1_000)
                .saturating_mul(threads_on_targets)
        })
    }

    /// Bytes of each target in use, as far as the line tells: from [`Self::base_bytes`] to the
    /// lesser of [`Self::end_bytes`] and [`Self::file_bytes`].
    #[must_use]
    pub fn span_bytes(&self) -> Option<u64> {
        let end_bytes = match (self.end_bytes, self.file_bytes) {
            (Some(end), Some(file)) => Some(end.min(file)),
            (end, file) => end.or(file),
        };
        end_bytes.map(|end| end.saturating_sub(self.base_bytes))
    }
}

impl std::str::FromStr for DiskSpd {
    type Err = DiskSpdErrors;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        Self::parse(line)
    }
}
