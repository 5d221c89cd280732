//! I/O that piles up while a volume waits or a path is too narrow.
//!
//! A load that asks by rate goes on asking while its I/O cannot be served. What has piled up is
//! carried over the change: until it is gone, each of its disks keeps a fixed number of I/Os under
//! way instead of keeping to its rate, and the pile shrinks by what the path carries beyond the
//! rate. A load with a fixed number outstanding piles up nothing.

use crate::workload::Intensity;

/// I/Os a second that each disk of a load asks for, where it does so by rate.
pub(super) const fn offered(intensity: &Intensity) -> Option<f64> {
    match intensity {
        Intensity::Poisson { iops }
        | Intensity::Paced { iops }
        | Intensity::Bursty { iops, .. } => Some(*iops),
        Intensity::Closed { .. } | Intensity::Throttled { .. } | Intensity::Replay(_) => None,
    }
}
