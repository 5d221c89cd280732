//! I/O that piles up while a volume waits or a path is too narrow.
//!
//! A load that asks by rate goes on asking while its I/O cannot be served. What has piled up is
//! carried over the change, disk by disk: until it is gone, the disk keeps a fixed number of I/Os
//! under way instead of keeping to its rate, and the pile shrinks by what the path carries beyond
//! the rate. A load with a fixed number outstanding piles up nothing.

use std::collections::BTreeMap;

/// I/Os that wait, by load and place of the disk in it.
pub(super) type Backlog = BTreeMap<(usize, usize), f64>;
