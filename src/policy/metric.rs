//! The metric a failover cluster gives its networks: the lowest is used first.
//!
//! It orders heartbeats and routes of the cluster driver. Redirected I/O goes by SMB Multichannel
//! instead, and follows the metric only where Multichannel is off.
//!
//! `metric = base - 19200 RDMA - 9600 RSS - 16 Gb/s`, where the base is 40000 for a network of
//! cluster traffic only and 80000 for one that clients use as well. The bases and the parts for
//! RDMA and RSS are reported in books on Windows Server 2012 R2; the part for speed is inferred
//! from two published metrics, 30240 and 70384 (10 and 1 Gb/s with RSS). Windows Server 2008 R2
//! counted otherwise.

/// The metric of a network.
///
/// ```
/// use csvnet::policy::auto_metric;
/// assert_eq!(auto_metric(false, false, true, 10e9), 30240.0);
/// assert_eq!(auto_metric(true, false, true, 1e9), 70384.0);
/// ```
#[must_use]
pub fn auto_metric(client: bool, rdma: bool, rss: bool, bits_per_s: f64) -> f64 {
    let base = if client { 80_000.0 } else { 40_000.0 };
    let rdma = if rdma { 19_200.0 } else { 0.0 };
    let rss = if rss { 9_600.0 } else { 0.0 };
    (base - rdma - rss - 16.0 * bits_per_s / 1e9).max(0.0)
}
