//! Performance counters of Windows as `PerfMon` logs them: objects, instances, counters, what each
//! means, and the comma-separated text of a log (PDH-CSV 4.0).
//!
//! A [`Log`] holds [`Instance`]s, each with [`Sums`] of what was completed between two samples; the
//! table of its [`Object`] says which counters there are and how each follows from the sums. A
//! counter of which the sums know nothing is not written, rather than written as zero.
//!
//! Sources of names and meanings: generated WMI classes `Win32_PerfFormattedData_*` and
//! <https://techcommunity.microsoft.com/t5/failover-clustering/cluster-shared-volume-performance-counters/ba-p/371980>.
//!
//! ```
//! use csvnet::counters::{Instance, Log, Object, Part, Sums, write_pdh};
//!
//! const SECOND_PS: u64 = 1_000_000_000_000;
//! let mut sums = Sums::default();
//! sums.read(1, 4096, 250_000_000); // one I/O of 4 KiB that took 250 us
//! let mut volume = Instance::new("HV1", Object::CsvFs, "CSV1");
//! volume.parts.insert(Part::All, vec![sums]);
//! let log = Log { ends_ps: vec![SECOND_PS], instances: vec![volume] };
//! let mut text = Vec::new();
//! write_pdh(&log, &mut text)?;
//! let text = String::from_utf8_lossy(&text);
//! assert!(text.starts_with(r#""(PDH-CSV 4.0) (UTC)(0)","\\HV1\Cluster CSVFS(CSV1)\Reads","#));
//! # Ok::<(), std::io::Error>(())
//! ```

mod catalogue;
mod instance;
mod log;
mod measure;
mod object;
#[cfg(test)]
mod tests;

pub use instance::{file_instance, guid, sanitised};
pub use log::{Instance, Log, write_pdh};
pub use measure::{Part, Side, Sums, What};
pub use object::{Counter, Object};
