//! A workload: what is asked of which disks.

use std::sync::Arc;

use crate::network::Active;
use crate::topology::DiskId;

/// Order of the offsets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Random.
    #[default]
    Random,
    /// Sequential.
    Sequential,
}

/// A share of the I/Os that falls on a share of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotSpot {
    /// Share of the I/Os.
    pub io_share: f64,
    /// Share of the working set.
    pub size_share: f64,
}

/// One I/O of a replayed trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayIo {
    /// When it is issued, in picoseconds since the start.
    pub at_ps: u64,
    /// Bytes.
    pub bytes: u64,
    /// Whether it writes.
    pub write: bool,
    /// Measured response time in nanoseconds.
    pub response_ns: Option<u64>,
}

/// When I/Os are issued. Rates are those of one disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Intensity {
    /// A fixed number outstanding.
    Closed {
        /// I/Os outstanding.
        outstanding: u32,
        /// Think time in seconds.
        think_s: f64,
    },
    /// A fixed number outstanding in each lane, each lane held to a rate.
    Throttled {
        /// I/Os outstanding in each lane.
        outstanding: u32,
        /// Lanes.
        lanes: u32,
        /// I/Os a second of one lane.
        iops: f64,
        /// Whether the lanes learn of time by the steps of the guest's clock, as `DiskSpd` does.
        ticking: bool,
    },
    /// Open, Poisson.
    Poisson {
        /// I/Os a second.
        iops: f64,
    },
    /// Open, evenly spaced.
    Paced {
        /// I/Os a second.
        iops: f64,
    },
    /// Open, in bursts.
    Bursty {
        /// I/Os a second over the long run.
        iops: f64,
        /// Mean length of a burst in seconds.
        burst_s: f64,
        /// Mean length of a silence in seconds.
        idle_s: f64,
    },
    /// The instants of a trace.
    Replay(Arc<[ReplayIo]>),
}

/// I/Os outstanding on a disk, most: as a scenario may state.
const OUTSTANDING_MOST: u32 = 65_536;

impl Intensity {
    /// At a level: rates and limits in proportion, outstanding I/Os rounded, one at least and
    /// 65,536 at most. The instants of a trace stay as they are.
    #[must_use]
    pub fn scaled(&self, level: f64) -> Self {
        let mut scaled = self.clone();
        match &mut scaled {
            Self::Closed { outstanding, .. } => {
                let scaled = (f64::from(*outstanding) * level).round();
                *outstanding = (scaled as u32).clamp(1, OUTSTANDING_MOST);
            }
            Self::Throttled { iops, .. }
            | Self::Poisson { iops }
            | Self::Paced { iops }
            | Self::Bursty { iops, .. } => *iops *= level,
            Self::Replay(_) => {}
        }
        scaled
    }

    /// I/Os a second that each disk asks for, where the load does so by rate.
    #[must_use]
    pub const fn offered(&self) -> Option<f64> {
        match self {
            Self::Poisson { iops } | Self::Paced { iops } | Self::Bursty { iops, .. } => {
                Some(*iops)
            }
            Self::Closed { .. } | Self::Throttled { .. } | Self::Replay(_) => None,
        }
    }

    /// I/Os a second that each disk would get if nothing were in its way, where the load is held to
    /// a rate: what it [offers](Self::offered), or the rates of all lanes, unless the I/Os they
    /// have outstanding cannot bring them about at the least latency there is, in seconds.
    #[must_use]
    pub fn asked(&self, least_latency_s: f64) -> Option<f64> {
        match self {
            Self::Throttled { outstanding, lanes, iops, .. } => {
                let within = f64::from(*outstanding) >= iops * least_latency_s;
                within.then_some(f64::from(*lanes) * iops)
            }
            _ => self.offered(),
        }
    }
}

/// A workload.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadSpec {
    /// Name.
    pub name: String,
    /// The disks it runs on, each with the whole load.
    pub disks: Vec<DiskId>,
    /// Share of reads.
    pub read_share: f64,
    /// Bytes of an I/O.
    pub block_bytes: u64,
    /// Order of the offsets.
    pub access: Access,
    /// Bytes it touches on each disk.
    pub working_set_bytes: f64,
    /// Where the I/Os fall, if not evenly.
    pub hot_spots: Vec<HotSpot>,
    /// When it issues.
    pub intensity: Intensity,
    /// The part of the run in which it does.
    pub active: Active,
}

impl WorkloadSpec {
    /// Share of the I/Os that find their data in a cache of `cache_bytes` which holds the hottest
    /// data of one such disk.
    ///
    /// ```
    /// use csvnet::workload::{HotSpot, Intensity, WorkloadSpec};
    /// let mut w = WorkloadSpec::closed("w", 8192, 1);
    /// w.working_set_bytes = 100e9;
    /// assert_eq!(w.cached_share(25e9), 0.25);
    /// // 95 % of the I/Os on 5 % of the file: the cache holds that part and 20 of the other 95 %.
    /// w.hot_spots = vec![HotSpot { io_share: 0.95, size_share: 0.05 }];
    /// assert!((w.cached_share(25e9) - (0.95 + 0.05 * 20.0 / 95.0)).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn cached_share(&self, cache_bytes: f64) -> f64 {
        if self.working_set_bytes <= cache_bytes {
            return 1.0;
        }
        let stated_io: f64 = self.hot_spots.iter().map(|h| h.io_share).sum();
        let stated_size: f64 = self.hot_spots.iter().map(|h| h.size_share).sum();
        let mut parts = self.hot_spots.clone();
        parts.push(HotSpot {
            io_share: (1.0 - stated_io).max(0.0),
            size_share: (1.0 - stated_size).max(0.0),
        });
        parts.retain(|p| p.size_share > 0.0);
        let density = |p: &HotSpot| p.io_share / p.size_share;
        parts.sort_by(|a, b| density(b).total_cmp(&density(a)));
        let mut room = cache_bytes / self.working_set_bytes;
        let mut hit = 0.0;
        for part in parts {
            let held = part.size_share.min(room);
            hit += part.io_share * held / part.size_share;
            room -= held;
        }
        hit.clamp(0.0, 1.0)
    }

    /// Bytes of the largest I/O.
    #[must_use]
    pub fn largest_bytes(&self) -> u64 {
        match &self.intensity {
            Intensity::Replay(ios) => ios.iter().map(|io| io.bytes).max().unwrap_or(0),
            _ => self.block_bytes,
        }
    }

    /// A closed workload of random reads, for building others from.
    #[must_use]
    pub fn closed(name: impl Into<String>, block_bytes: u64, outstanding: u32) -> Self {
        Self {
            name: name.into(),
            disks: Vec::new(),
            read_share: 1.0,
            block_bytes,
            access: Access::Random,
            working_set_bytes: 1e9,
            hot_spots: Vec::new(),
            intensity: Intensity::Closed { outstanding, think_s: 0.0 },
            active: Active::default(),
        }
    }
}
