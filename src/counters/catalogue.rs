//! The counters of each object. Times are in seconds, whatever `PerfMon` scales them to.

use super::measure::{Part, Side, What};
use super::object::Counter;
use Part::{All, Busy, Cache, Failed, Io, Lower, Normalized, Rdma, Redirected};
use Side::{Both, Read, Write};
use What::{BytesEach, BytesRate, Count, Percent, Queue, Rate, SecondsEach};

const fn c(name: &'static str, part: Part, side: Side, what: What) -> Counter {
    Counter { name, part, side, what }
}

pub(super) const CSV_FILE_SYSTEM: &[Counter] = &[
    c("Reads", All, Read, Count),
    c("Reads/sec", All, Read, Rate),
    c("Writes", All, Write, Count),
    c("Writes/sec", All, Write, Rate),
    c("Read Latency", All, Read, SecondsEach),
    c("Write Latency", All, Write, SecondsEach),
    c("Read Queue Length", All, Read, Queue),
    c("Write Queue Length", All, Write, Queue),
    c("IO Reads", Io, Read, Count),
    c("IO Reads/sec", Io, Read, Rate),
    c("IO Read Bytes/sec", Io, Read, BytesRate),
    c("IO Read Latency", Io, Read, SecondsEach),
    c("IO Read Avg. Queue Length", Io, Read, Queue),
    c("IO Writes", Io, Write, Count),
    c("IO Writes/sec", Io, Write, Rate),
    c("IO Write Bytes/sec", Io, Write, BytesRate),
    c("IO Write Latency", Io, Write, SecondsEach),
    c("IO Write Avg. Queue Length", Io, Write, Queue),
    c("Redirected Reads", Redirected, Read, Count),
    c("Redirected Reads/sec", Redirected, Read, Rate),
    c("Redirected Read Bytes/sec", Redirected, Read, BytesRate),
    c("Redirected Read Latency", Redirected, Read, SecondsEach),
    c("Redirected Reads Avg Queue Length", Redirected, Read, Queue),
    c("Redirected Writes", Redirected, Write, Count),
    c("Redirected Writes/sec", Redirected, Write, Rate),
    c("Redirected Write Bytes/sec", Redirected, Write, BytesRate),
    c("Redirected Write Latency", Redirected, Write, SecondsEach),
    c("Redirected Writes Avg Queue Length", Redirected, Write, Queue),
];

pub(super) const CSVFS: &[Counter] = &[
    c("Reads", All, Read, Count),
    c("Reads/sec", All, Read, Rate),
    c("Writes", All, Write, Count),
    c("Writes/sec", All, Write, Rate),
    c("Read Bytes/sec", All, Read, BytesRate),
    c("Write Bytes/sec", All, Write, BytesRate),
    c("Avg. Bytes/Read", All, Read, BytesEach),
    c("Avg. Bytes/Write", All, Write, BytesEach),
    c("Avg. sec/Read", All, Read, SecondsEach),
    c("Avg. sec/Write", All, Write, SecondsEach),
    c("Avg. Read Queue Length", All, Read, Queue),
    c("Avg. Write Queue Length", All, Write, Queue),
];

pub(super) const VOLUME_MANAGER: &[Counter] = &[
    c("IO Reads", Io, Read, Count),
    c("IO Reads/sec", Io, Read, Rate),
    c("IO Read Bytes/sec", Io, Read, BytesRate),
    c("IO Writes", Io, Write, Count),
    c("IO Writes/sec", Io, Write, Rate),
    c("IO Write Bytes/sec", Io, Write, BytesRate),
    c("IO Reads - Redirected", Redirected, Read, Count),
    // The generated class has `IOReadPersecRedirected` beside `IOWritesPersecRedirected`.
    c("IO Read/sec - Redirected", Redirected, Read, Rate),
    c("IO Read Bytes/sec - Redirected", Redirected, Read, BytesRate),
    c("IO Writes - Redirected", Redirected, Write, Count),
    c("IO Writes/sec - Redirected", Redirected, Write, Rate),
    c("IO Write Bytes/sec - Redirected", Redirected, Write, BytesRate),
    c("Direct IO Failure Redirection/sec", Failed, Both, Rate),
];

pub(super) const OWNER: &[Counter] = &[
    c("IO Reads", All, Read, Count),
    c("IO Reads/sec", All, Read, Rate),
    c("IO Read Bytes/sec", All, Read, BytesRate),
    c("IO Writes", All, Write, Count),
    c("IO Writes/sec", All, Write, Rate),
    c("IO Write Bytes/sec", All, Write, BytesRate),
];

pub(super) const VOLUME_CACHE: &[Counter] = &[
    c("IO Reads", All, Read, Count),
    c("IO Read - Bytes", All, Read, BytesRate),
    c("Cache Read", Cache, Read, Count),
    c("Cache Read/Sec", Cache, Read, Rate),
    c("Cache IO Read-Bytes/sec", Cache, Read, BytesRate),
    c("Disk IO Reads", Lower, Read, Count),
    c("Disk IO Reads/Sec", Lower, Read, Rate),
    c("Disk IO Read - Bytes/Sec", Lower, Read, BytesRate),
];

pub(super) const SHARES: &[Counter] = &[
    c("Data Requests/sec", All, Both, Rate),
    c("Data Bytes/sec", All, Both, BytesRate),
    c("Read Requests/sec", All, Read, Rate),
    c("Read Bytes/sec", All, Read, BytesRate),
    c("Write Requests/sec", All, Write, Rate),
    c("Write Bytes/sec", All, Write, BytesRate),
    c("Read Requests transmitted via SMB Direct/sec", Rdma, Read, Rate),
    c("Read Bytes transmitted via SMB Direct/sec", Rdma, Read, BytesRate),
    c("Write Requests transmitted via SMB Direct/sec", Rdma, Write, Rate),
    c("Write Bytes transmitted via SMB Direct/sec", Rdma, Write, BytesRate),
    c("Avg. Data Bytes/Request", All, Both, BytesEach),
    c("Avg. Bytes/Read", All, Read, BytesEach),
    c("Avg. Bytes/Write", All, Write, BytesEach),
    c("Avg. sec/Data Request", All, Both, SecondsEach),
    c("Avg. sec/Read", All, Read, SecondsEach),
    c("Avg. sec/Write", All, Write, SecondsEach),
    c("Avg. Data Queue Length", All, Both, Queue),
    c("Avg. Read Queue Length", All, Read, Queue),
    c("Avg. Write Queue Length", All, Write, Queue),
];

pub(super) const SMB_DIRECT: &[Counter] = &[
    c("Bytes Received/sec", All, Read, BytesRate),
    c("Bytes Sent/sec", All, Write, BytesRate),
    c("Receives/sec", All, Read, Rate),
    c("Sends/sec", All, Write, Rate),
    c("Bytes RDMA Read/sec", Rdma, Read, BytesRate),
    c("Bytes RDMA Written/sec", Rdma, Write, BytesRate),
];

pub(super) const RDMA_ACTIVITY: &[Counter] = &[
    c("RDMA Inbound Bytes/sec", All, Read, BytesRate),
    c("RDMA Inbound Frames/sec", All, Read, Rate),
    c("RDMA Outbound Bytes/sec", All, Write, BytesRate),
    c("RDMA Outbound Frames/sec", All, Write, Rate),
];

pub(super) const NETWORK_INTERFACE: &[Counter] = &[
    c("Bytes Received/sec", All, Read, BytesRate),
    c("Bytes Sent/sec", All, Write, BytesRate),
    c("Bytes Total/sec", All, Both, BytesRate),
    c("Packets Received/sec", All, Read, Rate),
    c("Packets Sent/sec", All, Write, Rate),
    c("Packets/sec", All, Both, Rate),
];

pub(super) const VIRTUAL_STORAGE_DEVICE: &[Counter] = &[
    c("Read Count", All, Read, Count),
    c("Read Operations/Sec", All, Read, Rate),
    c("Read Bytes/sec", All, Read, BytesRate),
    c("Write Count", All, Write, Count),
    c("Write Operations/Sec", All, Write, Rate),
    c("Write Bytes/sec", All, Write, BytesRate),
    c("Throughput", All, Both, BytesRate),
    c("Normalized Throughput", Normalized, Both, Rate),
    c("Latency", All, Both, SecondsEach),
    c("Lower Latency", Lower, Both, SecondsEach),
    c("Queue Length", All, Both, Queue),
    c("Lower Queue Length", Lower, Both, Queue),
];

pub(super) const SHARED_VHDX: &[Counter] = &[
    c("Read Requests/sec", All, Read, Rate),
    c("Read Bytes/sec", All, Read, BytesRate),
    c("Write Requests/sec", All, Write, Rate),
    c("Written Bytes/sec", All, Write, BytesRate),
    c("Total Requests/sec", All, Both, Rate),
    c("Total Bytes/sec", All, Both, BytesRate),
    c("Average Bytes per Read", All, Read, BytesEach),
    c("Average Bytes per Write", All, Write, BytesEach),
];

pub(super) const PHYSICAL_DISK: &[Counter] = &[
    c("Disk Reads/sec", All, Read, Rate),
    c("Disk Read Bytes/sec", All, Read, BytesRate),
    c("Disk Writes/sec", All, Write, Rate),
    c("Disk Write Bytes/sec", All, Write, BytesRate),
    c("Disk Transfers/sec", All, Both, Rate),
    c("Disk Bytes/sec", All, Both, BytesRate),
    c("Avg. Disk sec/Read", All, Read, SecondsEach),
    c("Avg. Disk sec/Write", All, Write, SecondsEach),
    c("Avg. Disk Bytes/Read", All, Read, BytesEach),
    c("Avg. Disk Bytes/Write", All, Write, BytesEach),
    c("Avg. Disk Read Queue Length", All, Read, Queue),
    c("Avg. Disk Write Queue Length", All, Write, Queue),
    c("Avg. Disk Queue Length", All, Both, Queue),
];

pub(super) const PROCESSOR: &[Counter] = &[c("% Processor Time", Busy, Read, Percent)];

pub(super) const LOGICAL_PROCESSOR: &[Counter] =
    &[c("% Total Run Time", Busy, Both, Percent), c("% Guest Run Time", Busy, Write, Percent)];
