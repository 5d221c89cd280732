//! Results as one table with a row for each: what scoring and calibrating read.

use std::io::{self, Write};

use super::{Flow, LinkCeiling, TestResult};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// What the tool does not tell.
    Empty,
    /// A word.
    Text(String),
    /// A number in the unit that its column names.
    Number(f64),
}

/// Rows under named columns. MB are 10^6 bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

const DIRECTIONS: [&str; 3] = ["", "read_", "write_"];
const PERCENTILES: [(&str, f64); 5] =
    [("p50", 50.0), ("p90", 90.0), ("p95", 95.0), ("p99", 99.0), ("p999", 99.9)];
const MEGABYTE: f64 = 1e6;

impl Table {
    /// The runs of storage tests, each with the name of its file.
    ///
    /// Columns: `file`, `tool`, `label`, `target`, what was asked (`block_bytes`, `threads`,
    /// `outstanding`, `read_pct`, `random_pct`), `duration_s`, rates (`iops`, `mb_s`), latencies in
    /// microseconds (`lat_us_mean`, `_p50`, `_p90`, `_p95`, `_p99`, `_p999`), each also with
    /// `read_` and `write_`, and `cpu_pct`. Behind them stand the columns that only some of the
    /// files have, under their own names.
    #[must_use]
    pub fn of_tests<'a>(tests: impl IntoIterator<Item = (&'a str, &'a TestResult)>) -> Self {
        let tests: Vec<(&str, &TestResult)> = tests.into_iter().collect();
        let mut columns: Vec<String> =
            ["file", "tool", "label", "target", "block_bytes", "threads"]
                .into_iter()
                .chain(["outstanding", "read_pct", "random_pct", "duration_s"])
                .map(str::to_owned)
                .collect();
        columns.extend(DIRECTIONS.iter().map(|direction| format!("{direction}iops")));
        columns.extend(DIRECTIONS.iter().map(|direction| format!("{direction}mb_s")));
        for direction in DIRECTIONS {
            columns.push(format!("{direction}lat_us_mean"));
            columns.extend(PERCENTILES.iter().map(|(name, _)| format!("{direction}lat_us_{name}")));
        }
        columns.push("cpu_pct".to_owned());
        let standard = columns.len();
        for (name, _) in tests.iter().flat_map(|(_, test)| &test.columns) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        let rows = tests.iter().map(|(file, test)| test_row(file, test, &columns[standard..]));
        Self { rows: rows.collect(), columns }
    }

    /// The directions of network tests, each with the name of its file.
    ///
    /// Rates are payload in MB of 10^6 bytes a second.
    #[must_use]
    pub fn of_links<'a>(links: impl IntoIterator<Item = (&'a str, &'a LinkCeiling)>) -> Self {
        let columns = [
            "file",
            "tool",
            "host",
            "peer",
            "end",
            "protocol",
            "streams",
            "buffer_bytes",
            "duration_s",
            "sent_mb_s",
            "received_mb_s",
            "retransmits",
            "cpu_pct",
            "tool_cpu_pct",
            "peer_tool_cpu_pct",
            "cycles_per_byte",
            "round_trip_us",
        ];
        let rows = links.into_iter().map(|(file, link)| {
            let mb_s = |rate: Option<f64>| number(rate.map(|rate| rate / MEGABYTE));
            vec![
                Cell::Text(file.to_owned()),
                Cell::Text(link.tool.name().to_owned()),
                text(link.host.as_ref()),
                text(link.peer.as_ref()),
                Cell::Text(link.end.name().to_owned()),
                text(link.protocol.as_ref()),
                count(link.streams),
                count(link.buffer_bytes),
                number(link.duration_s),
                mb_s(link.sent_bytes_per_s),
                mb_s(link.received_bytes_per_s),
                count(link.retransmits),
                number(link.cpu_pct),
                number(link.tool_cpu_pct),
                number(link.peer_tool_cpu_pct),
                number(link.cycles_per_byte),
                number(link.round_trip_s.map(|s| s * 1e6)),
            ]
        });
        Self { rows: rows.collect(), columns: columns.map(str::to_owned).to_vec() }
    }

    /// Names of the columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Cells by row, in the order of the columns.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Writes it as CSV with lines that end in LF.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::WriterBuilder::new().from_writer(out);
        csv.write_record(&self.columns)?;
        for row in &self.rows {
            csv.write_record(row.iter().map(Cell::to_string))?;
        }
        csv.flush()
    }

    /// Writes it as a JSON list of objects, without the members that are empty.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows = self.rows.iter().map(|row| {
            let filled = self.columns.iter().zip(row).filter(|(_, cell)| **cell != Cell::Empty);
            filled.map(|(name, cell)| (name.clone(), cell.to_json())).collect()
        });
        let rows: Vec<serde_json::Map<String, serde_json::Value>> = rows.collect();
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)
    }
}

fn test_row(file: &str, test: &TestResult, own: &[String]) -> Vec<Cell> {
    let load = &test.load;
    let flows = [&test.flows.total, &test.flows.read, &test.flows.write];
    let mut row = vec![
        Cell::Text(file.to_owned()),
        Cell::Text(test.tool.name().to_owned()),
        text(test.label.as_ref()),
        text(test.target_names().as_ref()),
        count(load.block_bytes),
        count(load.threads),
        count(load.outstanding),
        number(load.read_pct),
        number(load.random_pct),
        number(test.duration_s),
    ];
    row.extend(flows.map(|flow| number(flow.iops)));
    row.extend(flows.map(|flow| number(flow.bytes_per_s.map(|rate| rate / MEGABYTE))));
    for flow in flows {
        row.extend(latencies(flow));
    }
    row.push(number(test.cpu.average_pct));
    for name in own {
        let cell = test.columns.iter().find(|(have, _)| have == name).map(|(_, cell)| cell);
        row.push(match cell {
            Some(cell) => own_cell(cell),
            None => Cell::Empty,
        });
    }
    row
}

fn latencies(flow: &Flow) -> Vec<Cell> {
    let us = |seconds: Option<f64>| number(seconds.map(|seconds| seconds * 1e6));
    let percentiles = PERCENTILES.iter().map(|(_, percent)| us(flow.latency.at(*percent)));
    std::iter::once(us(flow.latency.mean_s)).chain(percentiles).collect()
}

/// A cell of the file itself.
fn own_cell(cell: &str) -> Cell {
    match super::number::decimal(cell) {
        Ok(value) => Cell::Number(value),
        Err(_) if cell.is_empty() => Cell::Empty,
        Err(_) => Cell::Text(cell.to_owned()),
    }
}

fn text(value: Option<&String>) -> Cell {
    value.map_or(Cell::Empty, |text| Cell::Text(text.clone()))
}

fn count(value: Option<u64>) -> Cell {
    number(value.map(|value| value as f64))
}

fn number(value: Option<f64>) -> Cell {
    value.filter(|value| value.is_finite()).map_or(Cell::Empty, Cell::Number)
}

/// To ten digits, so that a change of unit leaves no dust: no tool prints more.
fn rounded(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { format!("{value:.9e}").parse().unwrap_or(value) }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::Number(value) => write!(f, "{}", rounded(*value)),
        }
    }
}

impl Cell {
    fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            // A whole number is written as one.
            Self::Number(value) if value.fract() == 0.0 && (0.0..9e15).contains(value) => {
                (*value as u64).into()
            }
            Self::Number(value) => rounded(*value).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Measured, corpus, read_any};
    use super::*;

    fn tests(path: &str) -> Vec<TestResult> {
        match read_any(path, corpus::file(path).as_slice()).unwrap() {
            Measured::Tests(tests) => tests,
            Measured::Links(links) => panic!("{links:?}"),
        }
    }

    fn lines(table: &Table) -> Vec<String> {
        let mut out = Vec::new();
        table.write_csv(&mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_says_what_a_reader_of_the_file_reads() {
        let path = "diskspd/DiskSpdExample-ReadWrite.txt";
        let all = tests(path);
        let lines = lines(&Table::of_tests(all.iter().map(|test| ("rw.txt", test))));
        assert_eq!(
            lines[0],
            "file,tool,label,target,block_bytes,threads,outstanding,read_pct,random_pct,\
             duration_s,iops,read_iops,write_iops,mb_s,read_mb_s,write_mb_s,lat_us_mean,lat_us_p50,\
             lat_us_p90,lat_us_p95,lat_us_p99,lat_us_p999,read_lat_us_mean,read_lat_us_p50,\
             read_lat_us_p90,read_lat_us_p95,read_lat_us_p99,read_lat_us_p999,write_lat_us_mean,\
             write_lat_us_p50,write_lat_us_p90,write_lat_us_p95,write_lat_us_p99,\
             write_lat_us_p999,cpu_pct"
        );
        // MB/s are IOPS of 4096 bytes.
        assert_eq!(
            lines[1],
            "rw.txt,diskspd,,diskspd.dat,4096,1,1,70,100,30.01,1189.03,834.98,354.05,4.87026688,\
             3.42007808,1.4501888,840,297,2065,2752,4713,7432,272,232,458,588,877,1608,2179,1833,\
             3378,4200,6107,8378,0.82"
        );
    }

    #[test]
    fn what_a_tool_does_not_tell_is_an_empty_cell() {
        let path = "vmfleet/result.tsv";
        let (fleet, xml) = (tests(path), tests("diskspd/pkb_diskspd_result_2.0.21a.xml"));
        let all = fleet.iter().map(|t| ("a", t)).chain(xml.iter().map(|t| ("b,c", t)));
        let table = Table::of_tests(all);
        let lines = lines(&table);
        assert!(lines[0].ends_with(",AverageCSVWriteIOPS,AverageCSVWriteMilliseconds"));
        assert!(
            lines[1].starts_with("a,vmfleet,1,,,,,,,,590092,590092,0,2417.02,2417.02,0,1733.75")
        );
        assert!(
            lines[3].starts_with("\"b,c\",diskspd,,C:\\scratch\\testfile.dat,65536,4,8,100,0,")
        );
        let mut out = Vec::new();
        table.write_json(&mut out).unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!((rows.len(), &rows[1]["VMAlignmentPct"]), (3, &70.into()));
        assert_eq!((&rows[0]["iops"], &rows[2]["cpu_pct"]), (&590_092.into(), &3.2.into()));
        assert!(rows[2].get("lat_us_p50").is_none() && rows[0].get("block_bytes").is_none());
    }

    #[test]
    fn links_have_a_table_of_their_own() {
        let path = "net/ServerOutput.xml";
        let Measured::Links(links) = read_any(path, corpus::file(path).as_slice()).unwrap() else {
            panic!("no link")
        };
        let lines = lines(&Table::of_links(links.iter().map(|link| ("s", link))));
        // 30622.494 Mb/s.
        let row = "s,ntttcp,LAPTOP-QAJMR977,,receiver,TCP,4,65536,30.010424,,3827.81175,0,91.205,\
                   ,,4.026,";
        assert_eq!(lines[1], row);
    }
}
