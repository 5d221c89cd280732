//! Results of test tools: what a storage test measured, and what a network test got through a link.
//!
//! One reader for each format, one type for all: a [`TestResult`] is one run of a storage test, a
//! [`LinkCeiling`] one direction of a network test. What a tool does not tell is `None`, never
//! zero. [`read_any`] tells the format by the content.

mod detect;
mod diskspd_text;
mod diskspd_xml;
pub(crate) mod elements;
mod fio;
mod fio_log;
mod flow;
mod iperf3;
mod json;
mod ntttcp;
pub(crate) mod number;
mod table;
mod vmfleet;

#[cfg(test)]
mod corpus;

pub use detect::{FORMATS, is_known, read_any};
pub use diskspd_text::read as read_diskspd_text;
pub use diskspd_xml::read as read_diskspd_xml;
pub use fio::read as read_fio;
pub use fio_log::{FioLogReader, FioSample, read as read_fio_log};
pub use flow::{Flow, Flows, Latency, Percentile};
pub use iperf3::read as read_iperf3;
pub use ntttcp::read as read_ntttcp;
pub use table::{Cell, Table};
pub use vmfleet::read as read_vmfleet;

/// Sockets, nodes and groups of one machine.
const MOST_PARTS: usize = 1024;
const TOO_MANY_PARTS: &str = "there are more than 1024 sockets, nodes and groups";

/// What one file holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Measured {
    /// Runs of a storage test, at least one.
    Tests(Vec<TestResult>),
    /// Directions of a network test, at least one.
    Links(Vec<LinkCeiling>),
}

/// A test tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Tool {
    /// `DiskSpd`, text or XML.
    DiskSpd,
    /// `VMFleet`: a fleet of guests, each with `DiskSpd`.
    VmFleet,
    /// fio.
    Fio,
    /// `NTttcp`.
    Ntttcp,
    /// iperf3.
    Iperf3,
}

impl Tool {
    /// The name, as tables show it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DiskSpd => "diskspd",
            Self::VmFleet => "vmfleet",
            Self::Fio => "fio",
            Self::Ntttcp => "ntttcp",
            Self::Iperf3 => "iperf3",
        }
    }
}

/// One run of a storage test: everything that ran at once.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResult {
    /// What measured it.
    pub tool: Tool,
    /// Version of the tool as it prints it.
    pub version: Option<String>,
    /// Name of the machine.
    pub host: Option<String>,
    /// Start as the tool prints it; its format is the tool's.
    pub started: Option<String>,
    /// Name of the run or job.
    pub label: Option<String>,
    /// The command line, where the tool repeats it.
    pub command_line: Option<String>,
    /// Seconds measured, warm-up not among them.
    pub duration_s: Option<f64>,
    /// What was asked of all targets together.
    pub load: Load,
    /// What came of all targets together.
    pub flows: Flows,
    /// The targets or jobs one by one; one at least where the tool tells any.
    pub targets: Vec<Target>,
    /// Use of the machine's processors.
    pub cpu: Cpu,
    /// What only this format tells: name and text as in the file.
    pub columns: Vec<(String, String)>,
    /// What a reader should know before using the figures.
    pub notes: Vec<String>,
}

impl TestResult {
    /// A result that tells nothing yet.
    #[must_use]
    pub fn new(tool: Tool) -> Self {
        Self {
            tool,
            version: None,
            host: None,
            started: None,
            label: None,
            command_line: None,
            duration_s: None,
            load: Load::default(),
            flows: Flows::default(),
            targets: Vec::new(),
            cpu: Cpu::default(),
            columns: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The names of its targets, each once, joined with ` + `.
    #[must_use]
    pub fn target_names(&self) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for name in self.targets.iter().filter_map(|target| target.path.as_deref()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join(" + "))
    }

    /// Fills in the load of all targets from those of each, where each tells it: sums of threads
    /// and requests, and what all have in common.
    pub(crate) fn add_up_loads(&mut self) {
        let loads: Vec<Load> = self.targets.iter().map(|target| target.load).collect();
        let sum = |of: fn(&Load) -> Option<u64>| {
            let all: Option<Vec<u64>> = loads.iter().map(of).collect();
            all.filter(|all| !all.is_empty())
                .and_then(|all| all.into_iter().try_fold(0_u64, u64::checked_add))
        };
        self.load.threads = self.load.threads.or_else(|| sum(|load| load.threads));
        self.load.outstanding = self.load.outstanding.or_else(|| sum(|load| load.outstanding));
        self.load.block_bytes = self.load.block_bytes.or_else(|| common(&loads, |l| l.block_bytes));
        self.load.read_pct = self.load.read_pct.or_else(|| common(&loads, |l| l.read_pct));
        self.load.random_pct = self.load.random_pct.or_else(|| common(&loads, |l| l.random_pct));
    }
}

/// What all have in common.
fn common<T: Copy + PartialEq>(loads: &[Load], of: fn(&Load) -> Option<T>) -> Option<T> {
    let first = of(loads.first()?)?;
    loads.iter().all(|load| of(load) == Some(first)).then_some(first)
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Load {
    /// Bytes of each request; none where they differ.
    pub block_bytes: Option<u64>,
    /// Threads in all.
    pub threads: Option<u64>,
    /// Requests outstanding in all: over threads and targets.
    pub outstanding: Option<u64>,
    /// Share of reads asked for, in percent.
    pub read_pct: Option<f64>,
    /// Share of requests at random offsets asked for, in percent.
    pub random_pct: Option<f64>,
}

/// One target of a test, or one job.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// File, disk or name of the job.
    pub path: Option<String>,
    /// What was asked of it.
    pub load: Load,
    /// What came of it; nothing where the tool does not tell targets apart.
    pub flows: Flows,
}

/// Use of processors.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cpu {
    /// Mean over all logical processors and the time measured, in percent of all of them.
    pub average_pct: Option<f64>,
    /// The same of each part of the machine, as far as the tool lists its processors.
    pub parts: Vec<CpuPart>,
}

/// Logical processors that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CpuPart {
    /// Socket, where the tool tells.
    pub socket: Option<u64>,
    /// NUMA node, where the tool tells.
    pub node: Option<u64>,
    /// Processor group, where the tool tells.
    pub group: Option<u64>,
    /// Processors listed.
    pub processors: u64,
    /// Their mean use in percent.
    pub average_pct: f64,
}

impl Cpu {
    /// Adds a processor to its part, unless there would be too many parts.
    pub(crate) fn add(&mut self, place: [Option<u64>; 3], usage_pct: f64) -> bool {
        let [socket, node, group] = place;
        let at = self.parts.iter().position(|p| [p.socket, p.node, p.group] == place);
        if at.is_none() && self.parts.len() >= MOST_PARTS {
            return false;
        }
        let at = at.unwrap_or_else(|| {
            self.parts.push(CpuPart { socket, node, group, ..CpuPart::default() });
            self.parts.len() - 1
        });
        let part = &mut self.parts[at];
        part.processors += 1;
        part.average_pct += (usage_pct - part.average_pct) / part.processors as f64;
        true
    }
}

/// Which end of a link a tool ran on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The one that sends.
    Sender,
    /// The one that receives.
    Receiver,
}

impl End {
    /// `sender` or `receiver`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

/// What one direction of a network test got through a link.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkCeiling {
    /// What measured it.
    pub tool: Tool,
    /// Version of the tool as it prints it.
    pub version: Option<String>,
    /// Name or address of the machine that printed it.
    pub host: Option<String>,
    /// Name or address of the other machine.
    pub peer: Option<String>,
    /// Start as the tool prints it.
    pub started: Option<String>,
    /// Which end printed it.
    pub end: End,
    /// `TCP` or `UDP`.
    pub protocol: Option<String>,
    /// Connections or threads that sent at once.
    pub streams: Option<u64>,
    /// Bytes of each call to send.
    pub buffer_bytes: Option<u64>,
    /// Seconds measured.
    pub duration_s: Option<f64>,
    /// Payload sent, bytes a second.
    pub sent_bytes_per_s: Option<f64>,
    /// Payload received, bytes a second.
    pub received_bytes_per_s: Option<f64>,
    /// Segments or packets sent again.
    pub retransmits: Option<u64>,
    /// Mean use of all processors of the machine, in percent of all of them.
    pub cpu_pct: Option<f64>,
    /// Use by the tool itself, in percent of one processor; above 100 on several.
    pub tool_cpu_pct: Option<f64>,
    /// The same at the other end.
    pub peer_tool_cpu_pct: Option<f64>,
    /// Processor cycles of the machine for each byte.
    pub cycles_per_byte: Option<f64>,
    /// Mean round trip in seconds.
    pub round_trip_s: Option<f64>,
    /// What a reader should know before using the figures.
    pub notes: Vec<String>,
}

impl LinkCeiling {
    /// A direction of which nothing is known yet.
    #[must_use]
    pub fn new(tool: Tool, end: End) -> Self {
        Self {
            tool,
            version: None,
            host: None,
            peer: None,
            started: None,
            end,
            protocol: None,
            streams: None,
            buffer_bytes: None,
            duration_s: None,
            sent_bytes_per_s: None,
            received_bytes_per_s: None,
            retransmits: None,
            cpu_pct: None,
            tool_cpu_pct: None,
            peer_tool_cpu_pct: None,
            cycles_per_byte: None,
            round_trip_s: None,
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_averaged_where_they_belong_together() {
        let mut cpu = Cpu::default();
        for (node, usage) in [(0, 1.0), (1, 30.0), (0, 2.0), (0, 6.0)] {
            cpu.add([None, Some(node), Some(0)], usage);
        }
        let parts: Vec<_> =
            cpu.parts.iter().map(|p| (p.node, p.processors, p.average_pct)).collect();
        assert_eq!(parts, [(Some(0), 3, 3.0), (Some(1), 1, 30.0)]);
    }

    #[test]
    fn the_load_of_all_is_what_they_have_in_common_and_sums() {
        let target = |path: &str, block_bytes, outstanding| Target {
            path: Some(path.to_owned()),
            load: Load {
                block_bytes: Some(block_bytes),
                threads: Some(1),
                outstanding: Some(outstanding),
                read_pct: Some(70.0),
                random_pct: None,
            },
            flows: Flows::default(),
        };
        let mut result = TestResult::new(Tool::DiskSpd);
        result.targets = vec![target("a", 4096, 8), target("b", 8192, 4), target("a", 4096, 1)];
        result.add_up_loads();
        let expected = Load {
            block_bytes: None,
            threads: Some(3),
            outstanding: Some(13),
            read_pct: Some(70.0),
            random_pct: None,
        };
        assert_eq!(result.load, expected);
        assert_eq!(result.target_names().as_deref(), Some("a + b"));
    }
}
