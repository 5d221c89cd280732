//! Streaming reader of block traces as comma-separated text.

use std::io::Read;

use super::text::{Line, Lines, shortened, whole_line};
use super::{BlockIo, BlockOp, Gathered, RowError, TraceError, TraceFault, TraceProblem};

/// The unit of the columns `lba_512` and `sectors`.
const SECTOR_BYTES: u64 = 512;
/// A row of this layout has about a hundred bytes; a line beyond this is not text with lines.
const MAX_LINE_BYTES: usize = 64 * 1024;
/// Beyond this a trace in memory would pass two gigabytes.
const MAX_ROWS: u64 = 50_000_000;

const REQUIRED: [&str; 3] = ["time_ns", "op", "sectors"];
const WHOLE_NUMBER: &str = "give a whole number of at least 0, without unit or separator";

/// Reads a trace row by row in constant memory.
///
/// The first line names the columns, in any order: `time_ns` (arrival), `op` (`R` read, `W` write,
/// `D` discard, `F` flush) and `sectors` (of 512 bytes) are required, `lba_512` (first sector) and
/// `response_ns` are used where present, others are ignored. An empty `response_ns` means that the
/// completion was not seen. Lines end in LF or CRLF, a byte order mark and empty lines are passed
/// over, quoting is not part of the layout. Rows are in order of time and at most 50 million.
///
/// A last row without line end is taken as whole when it has all its fields.
#[derive(Debug)]
pub struct BlockReader<R> {
    lines: Lines<R>,
    columns: Columns,
    max_rows: u64,
    rows: u64,
    /// The latest time so far and its line.
    latest: Option<(u64, u64)>,
    ended: bool,
}

impl<R: Read> BlockReader<R> {
    /// Reads the header; `name` is how an error names the file.
    ///
    /// # Errors
    ///
    /// [`TraceError`] when the file is empty, unreadable, or its header lacks a required column or
    /// has one twice.
    pub fn new(name: &str, reader: R) -> Result<Self, TraceError> {
        Self::with_max_rows(name, reader, MAX_ROWS)
    }

    fn with_max_rows(name: &str, reader: R, max_rows: u64) -> Result<Self, TraceError> {
        let mut lines = Lines::new(reader, MAX_LINE_BYTES);
        let mut gathered = Gathered::default();
        let columns = match lines.next_text() {
            Ok(Some(header)) => Columns::parse(header.text, header.number, &mut gathered),
            Ok(None) => {
                let help = "the first line names the columns, time_ns, op and sectors among them";
                gathered.push(whole_line(1, TraceProblem::Empty, help));
                Columns::default()
            }
            Err(RowError::Fault(fault)) => {
                gathered.push(fault);
                Columns::default()
            }
            Err(RowError::Io { line, source }) => {
                return Err(TraceError::Io { file: name.to_owned(), line, source });
            }
        };
        gathered.into_result(name)?;
        Ok(Self { lines, columns, max_rows, rows: 0, latest: None, ended: false })
    }

    fn read_row(&mut self) -> Result<Option<BlockIo>, RowError> {
        let Some(line) = self.lines.next_text()? else {
            self.ended = true;
            if self.rows == 0 {
                let help = "give at least one request";
                return Err(fault(whole_line(self.lines.number, TraceProblem::NoRows, help)));
            }
            return Ok(None);
        };
        self.rows += 1;
        if self.rows > self.max_rows {
            self.ended = true;
            let problem = TraceProblem::TooManyRows { limit: self.max_rows };
            return Err(fault(whole_line(line.number, problem, "cut the trace into shorter ones")));
        }
        let number = line.number;
        let io = self.columns.parse_row(&line).map_err(fault)?;
        if let Some((earlier_ns, earlier_line)) = self.latest
            && io.time_ns < earlier_ns
        {
            let problem =
                TraceProblem::TimeBackwards { time_ns: io.time_ns, earlier_ns, earlier_line };
            let help = "sort the rows by time_ns";
            return Err(fault(self.columns.time.fault("time_ns", number, problem, help)));
        }
        self.latest = Some((io.time_ns, number));
        Ok(Some(io))
    }
}

impl<R: Read> Iterator for BlockReader<R> {
    type Item = Result<BlockIo, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.read_row();
        if matches!(row, Err(RowError::Io { .. })) {
            self.ended = true;
        }
        row.transpose()
    }
}

fn fault(fault: TraceFault) -> RowError {
    RowError::Fault(fault)
}

/// Place of a column in each row, from 0.
#[derive(Debug, Clone, Copy, Default)]
struct Column(usize);

impl Column {
    fn fault(self, name: &str, line: u64, problem: TraceProblem, help: &str) -> TraceFault {
        TraceFault {
            line,
            column: Some(self.0 + 1),
            field: Some(name.to_owned()),
            problem,
            help: help.to_owned(),
        }
    }

    /// The field as a whole number.
    fn number(self, name: &str, fields: &[&str], line: u64) -> Result<u64, TraceFault> {
        let text = fields[self.0].trim();
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok())
            .flatten()
            .ok_or_else(|| self.fault(name, line, classify(text), WHOLE_NUMBER))
    }
}

/// What keeps a field from being a whole number of 64 bits.
fn classify(text: &str) -> TraceProblem {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let text = shortened(text);
    match (all_digits, text.starts_with('-')) {
        (true, true) => TraceProblem::Negative { text },
        (true, false) => TraceProblem::TooLarge { text },
        (false, _) => TraceProblem::NotANumber { text },
    }
}

/// Where the columns in use are.
#[derive(Debug, Default)]
struct Columns {
    count: usize,
    time: Column,
    op: Column,
    sectors: Column,
    lba: Option<Column>,
    response: Option<Column>,
}

impl Columns {
    fn parse(header: &str, line: u64, gathered: &mut Gathered) -> Self {
        let names: Vec<String> =
            header.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        let mut first_of = std::collections::BTreeMap::new();
        for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if let Some(&first) = first_of.get(name.as_str()) {
                let problem = TraceProblem::DuplicateColumn { first };
                let name = shortened(name);
                gathered.push(Column(index).fault(&name, line, problem, "name each column once"));
            } else {
                first_of.insert(name.as_str(), index + 1);
            }
        }
        let find = |wanted: &str| first_of.get(wanted).map(|&place| Column(place - 1));
        for name in REQUIRED.into_iter().filter(|name| find(name).is_none()) {
            let near = names.iter().find(|have| strsim::damerau_levenshtein(have, name) <= 2);
            let help = near.filter(|have| !have.is_empty()).map_or_else(
                || "the header needs time_ns, op and sectors".to_owned(),
                |have| format!("is {} meant?", shortened(have)),
            );
            gathered.push(whole_line(line, TraceProblem::MissingColumn { name }, &help));
        }
        Self {
            count: names.len(),
            // A missing one has been gathered above, and then no row is read.
            time: find("time_ns").unwrap_or_default(),
            op: find("op").unwrap_or_default(),
            sectors: find("sectors").unwrap_or_default(),
            lba: find("lba_512"),
            response: find("response_ns"),
        }
    }

    fn parse_row(&self, line: &Line<'_>) -> Result<BlockIo, TraceFault> {
        let at = line.number;
        let fields: Vec<&str> = line.text.split(',').collect();
        let (expected, found) = (self.count, fields.len());
        if found < expected {
            let (problem, help) = if line.closed {
                let help = "give every column of the header, empty only where it may be";
                (TraceProblem::ShortRow { expected, found }, help)
            } else {
                (TraceProblem::CutRow { expected, found }, "copy the whole file, or drop the row")
            };
            return Err(whole_line(at, problem, help));
        }
        if found > expected {
            let help = "numbers have no separators; use a point-free whole number per column";
            return Err(whole_line(at, TraceProblem::LongRow { expected, found }, help));
        }
        let time_ns = self.time.number("time_ns", &fields, at)?;
        let op = self.parse_op(&fields, at)?;
        let sectors = self.sectors.number("sectors", &fields, at)?;
        if sectors == 0 && matches!(op, BlockOp::Read | BlockOp::Write) {
            let help = "a flush is op F; drop rows that ask for nothing";
            return Err(self.sectors.fault("sectors", at, TraceProblem::ZeroSectors, help));
        }
        let too_large = |column: Column, name: &str, value: u64| {
            let problem = TraceProblem::TooLarge { text: value.to_string() };
            column.fault(name, at, problem, "the request must end below 2^64 bytes")
        };
        let bytes = sectors
            .checked_mul(SECTOR_BYTES)
            .ok_or_else(|| too_large(self.sectors, "sectors", sectors))?;
        let mut offset_bytes = 0;
        if let Some(column) = self.lba {
            let lba = column.number("lba_512", &fields, at)?;
            offset_bytes = lba
                .checked_mul(SECTOR_BYTES)
                .filter(|offset| offset.checked_add(bytes).is_some())
                .ok_or_else(|| too_large(column, "lba_512", lba))?;
        }
        Ok(BlockIo { time_ns, op, offset_bytes, bytes, response_ns: self.response(&fields, at)? })
    }

    fn parse_op(&self, fields: &[&str], line: u64) -> Result<BlockOp, TraceFault> {
        match fields[self.op.0].trim() {
            "R" => Ok(BlockOp::Read),
            "W" => Ok(BlockOp::Write),
            "D" => Ok(BlockOp::Discard),
            "F" => Ok(BlockOp::Flush),
            other => {
                let problem = TraceProblem::UnknownOp { text: shortened(other) };
                let help = "use R (read), W (write), D (discard) or F (flush)";
                Err(self.op.fault("op", line, problem, help))
            }
        }
    }

    fn response(&self, fields: &[&str], line: u64) -> Result<Option<u64>, TraceFault> {
        let Some(column) = self.response.filter(|column| !fields[column.0].trim().is_empty())
        else {
            return Ok(None);
        };
        match column.number("response_ns", fields, line)? {
            0 => {
                let help = "leave the field empty where the completion was not seen";
                Err(column.fault("response_ns", line, TraceProblem::ZeroResponse, help))
            }
            response_ns => Ok(Some(response_ns)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BlockTrace;
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "time_ns,op,lba_512,sectors,flush,fua,metadata,direct,response_ns";

    fn faults(bytes: &[u8]) -> Vec<TraceFault> {
        match BlockTrace::read("t.csv", bytes) {
            Err(TraceError::Faults { faults, .. }) => faults,
            other => panic!("expected faults, got {other:?}"),
        }
    }

    /// The only fault of one row under the full header.
    fn row_fault(row: &str) -> TraceFault {
        let mut found = faults(format!("{HEADER}\n{row}\n").as_bytes());
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn the_full_layout_is_read() {
        let text = format!(
            "{HEADER}\n0,W,1652296,256,0,0,0,0,83797\n35081,R,8,1,0,0,0,0,\n\
             40000,D,384,8,0,0,0,0,60479\n40000,F,0,0,1,0,0,0,5\n"
        );
        let trace = BlockTrace::read("t.csv", text.as_bytes()).unwrap();
        let expected = [
            (0, BlockOp::Write, 1_652_296 * 512, 131_072, Some(83_797)),
            (35_081, BlockOp::Read, 4_096, 512, None),
            (40_000, BlockOp::Discard, 196_608, 4_096, Some(60_479)),
            (40_000, BlockOp::Flush, 0, 0, Some(5)),
        ];
        let expected = expected.map(|(time_ns, op, offset_bytes, bytes, response_ns)| BlockIo {
            time_ns,
            op,
            offset_bytes,
            bytes,
            response_ns,
        });
        assert_eq!(trace.ios(), expected);
    }

    #[test]
    fn order_of_columns_line_ends_and_marks_do_not_matter() {
        let plain = BlockTrace::read("a", &b"time_ns,op,sectors\n5,R,1\n6,W,2\n"[..]).unwrap();
        let odd = "\u{feff}Sectors, comment ,OP,time_ns\r\n1,x y,R, 5 \r\n\r\n2,,W,6";
        let odd = BlockTrace::read("b", odd.as_bytes()).unwrap();
        assert_eq!(plain.ios(), odd.ios());
    }

    #[test]
    fn nothing_to_read() {
        assert_eq!(faults(b"")[0].problem, TraceProblem::Empty);
        assert_eq!(faults(b"\n \r\n")[0].problem, TraceProblem::Empty);
        let header_only = faults(format!("{HEADER}\n\n").as_bytes());
        assert_eq!(header_only[0].problem, TraceProblem::NoRows);
    }

    #[test]
    fn a_header_tells_all_its_faults() {
        let found = faults(b"time,op,note,op\n1,R,x,R\n");
        let problems: Vec<_> = found.iter().map(|f| &f.problem).collect();
        assert_eq!(
            problems,
            [
                &TraceProblem::DuplicateColumn { first: 2 },
                &TraceProblem::MissingColumn { name: "time_ns" },
                &TraceProblem::MissingColumn { name: "sectors" },
            ]
        );
        assert_eq!((found[0].column, found[0].field.as_deref()), (Some(4), Some("op")));
        let near = faults(b"time_ns,op,sector\n1,R,1\n");
        assert_eq!(near[0].help, "is sector meant?");
    }

    #[test]
    fn rows_name_line_column_and_field() {
        let fault = row_fault("0,W,x1,8,0,0,0,0,5");
        assert_eq!(
            (fault.line, fault.column, fault.field.as_deref()),
            (2, Some(3), Some("lba_512"))
        );
        assert_eq!(fault.problem, TraceProblem::NotANumber { text: "x1".to_owned() });
        assert!(fault.to_string().starts_with("line 2, column 3 (lba_512): \"x1\" is not a whole"));
    }

    #[test]
    fn every_kind_of_wrong_row_is_told() {
        let text = |s: &str| s.to_owned();
        for (row, problem) in [
            ("0,W,0,8,0,0,0,0", TraceProblem::ShortRow { expected: 9, found: 8 }),
            ("0,W,0,8,0,0,0,0,5,6", TraceProblem::LongRow { expected: 9, found: 10 }),
            ("-4,W,0,8,0,0,0,0,5", TraceProblem::Negative { text: text("-4") }),
            ("1.5,W,0,8,0,0,0,0,5", TraceProblem::NotANumber { text: text("1.5") }),
            ("+1,W,0,8,0,0,0,0,5", TraceProblem::NotANumber { text: text("+1") }),
            (",W,0,8,0,0,0,0,5", TraceProblem::NotANumber { text: text("") }),
            ("0,X,0,8,0,0,0,0,5", TraceProblem::UnknownOp { text: text("X") }),
            ("0,R,0,0,0,0,0,0,5", TraceProblem::ZeroSectors),
            ("0,R,0,8,0,0,0,0,0", TraceProblem::ZeroResponse),
            (
                "99999999999999999999,R,0,8,0,0,0,0,5",
                TraceProblem::TooLarge { text: text("99999999999999999999") },
            ),
            // 2^55 sectors are 2^64 bytes.
            (
                "0,D,0,36028797018963968,0,0,0,0,5",
                TraceProblem::TooLarge { text: text("36028797018963968") },
            ),
            // The last sector below 2^64 cannot hold two.
            (
                "0,R,36028797018963967,2,0,0,0,0,5",
                TraceProblem::TooLarge { text: text("36028797018963967") },
            ),
        ] {
            assert_eq!(row_fault(row).problem, problem, "{row}");
        }
    }

    #[test]
    fn time_running_backwards_names_both_times_and_lines() {
        let found = faults(b"time_ns,op,sectors\n100,R,1\n40,R,1\n60,R,1\n100,R,1\n");
        let back =
            |time_ns| TraceProblem::TimeBackwards { time_ns, earlier_ns: 100, earlier_line: 2 };
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].line, &found[0].problem), (3, &back(40)));
        assert_eq!((found[1].line, &found[1].problem), (4, &back(60)));
    }

    #[test]
    fn a_file_cut_in_its_last_row_is_told_apart_from_a_short_row() {
        let found = faults(b"time_ns,op,sectors\n1,R,1\n2,R");
        assert_eq!(found[0].problem, TraceProblem::CutRow { expected: 3, found: 2 });
        assert!(BlockTrace::read("t", &b"time_ns,op,sectors\n1,R,1"[..]).is_ok());
    }

    #[test]
    fn bytes_that_are_not_text_are_told() {
        let found = faults(b"time_ns,op,sectors\n1,R,1\n2,\xff,1\n");
        assert_eq!((found[0].line, &found[0].problem), (3, &TraceProblem::NotUtf8 { byte: 3 }));
        let utf16 = faults(b"\xff\xfet\0i\0");
        assert_eq!(utf16[0].problem, TraceProblem::MissingColumn { name: "time_ns" });
        let mut long = b"time_ns,op,sectors\n".to_vec();
        long.extend(vec![b'9'; 200_000]);
        long.extend(b"\n1,R,0\n");
        let found = faults(&long);
        assert_eq!(found[0].problem, TraceProblem::LineTooLong { limit_bytes: 65_536 });
        assert_eq!((found[1].line, &found[1].problem), (3, &TraceProblem::ZeroSectors));
    }

    #[test]
    fn rows_are_limited() {
        let text = b"time_ns,op,sectors\n1,R,1\n2,R,1\n3,R,1\n4,R,1\n";
        let rows: Vec<_> = BlockReader::with_max_rows("t", &text[..], 2).unwrap().collect();
        assert_eq!(rows.len(), 3, "two rows and the fault, then nothing");
        let Err(RowError::Fault(fault)) = &rows[2] else { panic!("{rows:?}") };
        assert_eq!((fault.line, &fault.problem), (4, &TraceProblem::TooManyRows { limit: 2 }));
    }

    #[test]
    fn a_failing_device_is_told_once() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("gone"))
            }
        }
        let text = b"time_ns,op,sectors\n1,R,1\n".chain(Failing);
        assert!(matches!(BlockTrace::read("t", text), Err(TraceError::Io { line: 3, .. })));
        assert!(matches!(BlockReader::new("t", Failing), Err(TraceError::Io { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = BlockTrace::read("t", &bytes[..]);
        }

        #[test]
        fn mutated_traces_never_panic_and_faults_print(
            edits in prop::collection::vec((0_usize..400, any::<u8>()), 0..6),
            cut in 0_usize..400,
        ) {
            let mut bytes = format!("{HEADER}\n").into_bytes();
            for row in 0..8 {
                bytes.extend(format!("{row}0,W,{row},8,0,0,0,1,9{row}\r\n").bytes());
            }
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len().saturating_sub(cut % 40));
            if let Err(error) = BlockTrace::read("t", &bytes[..]) {
                prop_assert!(!error.to_string().is_empty());
            }
        }

        #[test]
        fn what_is_written_is_read(
            steps in prop::collection::vec((0_u64..1 << 40, 0_u64..1 << 40, 1_u64..1 << 20), 1..30),
        ) {
            let mut rows = vec!["time_ns,op,lba_512,sectors".to_owned()];
            let mut time_ns = 0;
            let mut expected = Vec::new();
            for (step_ns, lba, sectors) in steps {
                time_ns += step_ns;
                rows.push(format!("{time_ns},W,{lba},{sectors}"));
                expected.push((time_ns, lba * 512, sectors * 512));
            }
            let trace = BlockTrace::read("t", rows.join("\n").as_bytes()).unwrap();
            let got: Vec<_> =
                trace.ios().iter().map(|io| (io.time_ns, io.offset_bytes, io.bytes)).collect();
            prop_assert_eq!(got, expected);
        }
    }
}
