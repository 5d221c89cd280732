//! Single I/Os, hop by hop, as comma-separated text.

use std::io::{self, Write};

/// One visit of one I/O. Times are picoseconds since the start of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HopRow {
    /// Variant.
    pub variant: String,
    /// Workload.
    pub workload: String,
    /// Source of the workload: the disk that asks.
    pub source: String,
    /// Number of the I/O at its source, from 0.
    pub io: u64,
    /// 0 for the I/O itself, others for what it was split or copied into.
    pub branch: u32,
    /// `read` or `write`; empty where the visits do not tell.
    pub direction: &'static str,
    /// Bytes of the I/O, branch or chunk.
    pub bytes: u32,
    /// Part the visit plays.
    pub role: String,
    /// Station.
    pub station: String,
    /// When it came to the station.
    pub arrived_ps: u64,
    /// How long it waited there.
    pub waited_ps: u64,
    /// How long it was served.
    pub served_ps: u64,
    /// When it went on, which at a port may be before its last bit is through.
    pub left_ps: u64,
    /// From the I/O's first arrival to the end of this visit; in its last row all of its time.
    pub total_ps: u64,
}

/// The columns; times are microseconds.
const COLUMNS: [&str; 14] = [
    "variant",
    "workload",
    "source",
    "io",
    "branch",
    "direction",
    "bytes",
    "role",
    "station",
    "arrived_us",
    "waited_us",
    "served_us",
    "left_us",
    "total_us",
];

/// Writes the rows with a header; no digit of a time is lost.
///
/// # Errors
/// The first error of `out`.
pub fn write_hops(rows: &[HopRow], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record([
            row.variant.as_str(),
            &row.workload,
            &row.source,
            &row.io.to_string(),
            &row.branch.to_string(),
            row.direction,
            &row.bytes.to_string(),
            &row.role,
            &row.station,
            &micros(row.arrived_ps),
            &micros(row.waited_ps),
            &micros(row.served_ps),
            &micros(row.left_ps),
            &micros(row.total_ps),
        ])?;
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

    #[test]
    fn times_are_exact_and_names_are_quoted() {
        let row = HopRow {
            variant: "a, b".into(),
            workload: "oltp".into(),
            source: "oltp sql/data".into(),
            io: u64::MAX,
            branch: 1,
            direction: "write",
            bytes: 8192,
            role: "wire".into(),
            station: "HV1/storage1 tx".into(),
            arrived_ps: 1,
            waited_ps: 0,
            served_ps: 2_621_440,
            left_ps: u64::MAX,
            total_ps: 12_000_000,
        };
        let mut out = Vec::new();
        write_hops(&[row], &mut out).unwrap();
        let expected = "variant,workload,source,io,branch,direction,bytes,role,station,arrived_us,\
                        waited_us,served_us,left_us,total_us\n\"a, b\",oltp,oltp sql/data,\
                        18446744073709551615,1,write,8192,wire,HV1/storage1 tx,0.000001,0.000000,\
                        2.621440,18446744073709.551615,12.000000\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
