//! Single I/Os, visit by visit, as comma-separated text. `src/docs/trace.md` explains the columns.

use std::io::{self, Write};

/// One I/O and its visits. Times are picoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoRow {
    /// Variant.
    pub variant: String,
    /// Workload.
    pub workload: String,
    /// Source of the workload: the disk that asks.
    pub source: String,
    /// Number of the I/O at its source, from 0.
    pub io: u64,
    /// `read` or `write`.
    pub direction: &'static str,
    /// Bytes of the I/O.
    pub bytes: u32,
    /// When it was issued.
    pub issued_ps: u64,
    /// When it was complete; none where the run ended before.
    pub completed_ps: Option<u64>,
    /// Its visits, in the order in which they began.
    pub hops: Vec<HopRow>,
}

/// One visit of one I/O. Times are picoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRow {
    /// 0 for the I/O itself, then its branches and chunks in the order of their first arrivals.
    pub branch: u32,
    /// Bytes of the I/O, branch or chunk.
    pub bytes: u32,
    /// Part the visit plays.
    pub role: String,
    /// Station.
    pub station: String,
    /// What it goes on with.
    pub goes_on: GoesOn,
    /// Whether the branch ended after the I/O was complete.
    pub behind: bool,
    /// When it came to the station.
    pub arrived_ps: u64,
    /// How long it waited there.
    pub waited_ps: u64,
    /// How long it was served; at a port, until its last bit was through.
    pub served_ps: u64,
    /// How long it was on its way out: the latency of the link behind a port, 0 elsewhere.
    pub onward_ps: u64,
    /// When it went on: `arrived + waited + served + onward`, but without `served` where it goes
    /// on with its first bit.
    pub left_ps: u64,
}

/// With what an I/O goes on from a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// The end of its service; the station is no port.
    Served,
    /// Its last bit: the message is whole before anything follows.
    LastBit,
    /// Its first bit, into the next port, while the others are still sent.
    FirstBit,
}

impl GoesOn {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::LastBit => "last bit",
            Self::FirstBit => "first bit",
        }
    }
}

/// The role of the row that sums up an I/O.
const COMPLETE: &str = "I/O complete";

/// The same where the run ended before.
const UNDER_WAY: &str = "I/O under way";

/// The columns; times are microseconds.
const COLUMNS: [&str; 17] = [
    "variant",
    "workload",
    "source",
    "io",
    "branch",
    "direction",
    "bytes",
    "role",
    "station",
    "goes_on",
    "behind",
    "arrived_us",
    "waited_us",
    "served_us",
    "onward_us",
    "left_us",
    "total_us",
];

/// Writes a header, then for each I/O a row for each visit and one that sums it up; no digit of a
/// time is lost.
///
/// # Errors
/// The first error of `out`.
pub fn write_hops(ios: &[IoRow], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for io in ios {
        let number = io.io.to_string();
        let head = [io.variant.as_str(), &io.workload, &io.source, &number];
        let total = |left_ps: u64| micros(left_ps.saturating_sub(io.issued_ps));
        for hop in &io.hops {
            let rest: [&str; 13] = [
                &hop.branch.to_string(),
                io.direction,
                &hop.bytes.to_string(),
                &hop.role,
                &hop.station,
                hop.goes_on.word(),
                if hop.behind { "behind" } else { "" },
                &micros(hop.arrived_ps),
                &micros(hop.waited_ps),
                &micros(hop.served_ps),
                &micros(hop.onward_ps),
                &micros(hop.left_ps),
                &total(hop.left_ps),
            ];
            writer.write_record(head.iter().chain(&rest))?;
        }
        let role = if io.completed_ps.is_some() { COMPLETE } else { UNDER_WAY };
        let left = io.completed_ps.map_or_else(String::new, micros);
        let latency = io.completed_ps.map_or_else(String::new, total);
        let rest: [&str; 13] = [
            "0",
            io.direction,
            &io.bytes.to_string(),
            role,
            "",
            "",
            "",
            &micros(io.issued_ps),
            "",
            "",
            "",
            &left,
            &latency,
        ];
        writer.write_record(head.iter().chain(&rest))?;
    }
    writer.flush()
}

/// Picoseconds as microseconds, exactly.
fn micros(ps: u64) -> String {
    format!("{}.{:06}", ps / 1_000_000, ps % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io() -> IoRow {
        IoRow {
            variant: "a, b".into(),
            workload: "oltp".into(),
            source: "oltp sql/data".into(),
            io: u64::MAX,
            direction: "write",
            bytes: 16_384,
            issued_ps: 1,
            completed_ps: Some(12_000_001),
            hops: Vec::new(),
        }
    }

    fn written(io: IoRow) -> String {
        let mut out = Vec::new();
        write_hops(&[io], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.split_once('\n').unwrap().1.to_owned()
    }

    #[test]
    fn times_are_exact_and_names_are_quoted() {
        let hop = HopRow {
            branch: 1,
            bytes: 8192,
            role: "wire".into(),
            station: "HV1/storage1 tx".into(),
            goes_on: GoesOn::FirstBit,
            behind: true,
            arrived_ps: 1,
            waited_ps: 0,
            served_ps: 2_621_440,
            onward_ps: u64::MAX - 1,
            left_ps: u64::MAX,
        };
        let mut out = Vec::new();
        write_hops(&[IoRow { hops: vec![hop], ..io() }], &mut out).unwrap();
        let expected = "variant,workload,source,io,branch,direction,bytes,role,station,goes_on,\
                        behind,arrived_us,waited_us,served_us,onward_us,left_us,total_us\n\
                        \"a, b\",oltp,oltp sql/data,18446744073709551615,1,write,8192,wire,\
                        HV1/storage1 tx,first bit,behind,0.000001,0.000000,2.621440,\
                        18446744073709.551614,18446744073709.551615,18446744073709.551614\n\
                        \"a, b\",oltp,oltp sql/data,18446744073709551615,0,write,16384,\
                        I/O complete,,,,0.000001,,,,12.000001,12.000000\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn an_io_that_the_run_leaves_behind_has_no_latency() {
        let row = written(IoRow { completed_ps: None, ..io() });
        assert!(row.ends_with(",I/O under way,,,,0.000001,,,,,\n"), "{row}");
    }
}
