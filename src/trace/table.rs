//! A table of text cells: comma-separated, quoted where need be, with a header.
//!
//! What a column means is not known here. Every row has as many cells as the header has names, no
//! name is empty or there twice, and every row knows its line.

use std::collections::BTreeMap;
use std::io::Read;

use super::text::{Decoded, shortened, whole_line};
use super::{Gathered, TraceError, TraceFault, TraceProblem};

/// Rows of a table that is held in memory.
const MAX_ROWS: u64 = 1_000_000;

/// Cells of it.
const MAX_CELLS: u64 = 20_000_000;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// One for each column, without space around.
    pub cells: Vec<String>,
}

/// A table in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name given when reading.
    pub name: String,
    /// Names of the columns, each there once.
    pub columns: Vec<String>,
    /// Rows, at least one.
    pub rows: Vec<Row>,
}

impl Table {
    /// Reads a table; `name` is how its faults name the file. Cells are parted by commas, or by
    /// semicolons or tabulators where the header has those and no comma.
    ///
    /// # Errors
    /// [`TraceError::Faults`] with all that is wrong, [`TraceError::Io`] when it cannot be read.
    pub fn read<R: Read>(name: &str, reader: R) -> Result<Self, TraceError> {
        let mut bytes = Decoded::new(reader);
        let (head, delimiter) = head(name, &mut bytes)?;
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(LineFeeds { reader: head.chain(bytes), last: b'\n' });
        let mut gathered = Gathered::default();
        let mut columns: Option<Vec<String>> = None;
        let mut rows = Vec::new();
        let mut cells = 0_u64;
        let mut record = csv::ByteRecord::new();
        loop {
            let line = csv.position().line();
            match csv.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Err(failed(name, line, error)),
            }
            let inside = record.as_slice().split(|&byte| byte == b'\n').count() as u64 - 1;
            // Every row ends in a line feed, behind which the reader stands now.
            let line = csv.position().line().saturating_sub(1 + inside);
            if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
                continue;
            }
            let Some(texts) = texts(&record, line, &mut gathered) else { continue };
            let Some(expected) = columns.as_ref().map(Vec::len) else {
                check_header(&texts, line, &mut gathered);
                columns = Some(texts);
                continue;
            };
            if texts.len() != expected {
                gathered.push(odd_length(line, expected, texts.len()));
                continue;
            }
            cells += texts.len() as u64;
            if rows.len() as u64 >= MAX_ROWS || cells > MAX_CELLS {
                let problem = TraceProblem::TooManyRows { limit: rows.len() as u64 };
                gathered.push(whole_line(line, problem, "cut the table into shorter ones"));
                break;
            }
            rows.push(Row { line, cells: texts });
        }
        let columns = columns.unwrap_or_default();
        if columns.is_empty() {
            let help = "the first line names the columns";
            gathered.push(whole_line(1, TraceProblem::Empty, help));
        } else if rows.is_empty() {
            gathered.push(whole_line(1, TraceProblem::NoRows, "give at least one row"));
        }
        gathered.into_result(name)?;
        Ok(Self { name: name.to_owned(), columns, rows })
    }

    /// Place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

/// A fault of one cell.
#[must_use]
pub fn cell_fault(line: u64, column: usize, name: &str, problem: &str, help: &str) -> TraceFault {
    TraceFault {
        line,
        column: Some(column + 1),
        field: Some(shortened(name)),
        problem: TraceProblem::Content { text: problem.to_owned() },
        help: help.to_owned(),
    }
}

/// The number in a cell.
///
/// # Errors
/// What keeps it from being one, and what would be right.
pub fn number(cell: &str) -> Result<f64, (String, String)> {
    let text = shortened(cell);
    match cell.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        Ok(_) => Err((format!("{text:?} is no finite number"), "leave it empty".into())),
        Err(_)
            if cell.matches(',').count() == 1 && cell.replace(',', ".").parse::<f64>().is_ok() =>
        {
            Err((format!("{text:?} has a comma"), "write decimals with a point".into()))
        }
        Err(_) => Err((
            format!("{text:?} is not a number"),
            "write a number such as 12.5, without unit; leave the cell empty where there is none"
                .into(),
        )),
    }
}

/// Text whose every line ends in one line feed: the lines of a CSV reader lag behind where each
/// ends in two characters.
struct LineFeeds<R> {
    reader: R,
    last: u8,
}

impl<R: Read> Read for LineFeeds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.reader.read(buffer)?;
            if read == 0 && self.last != b'\n' && !buffer.is_empty() {
                self.last = b'\n';
                buffer[0] = b'\n';
                return Ok(1);
            }
            let mut kept = 0;
            for i in 0..read {
                if buffer[i] != b'\r' {
                    buffer[kept] = buffer[i];
                    kept += 1;
                }
            }
            if kept > 0 || read == 0 {
                self.last = buffer[..kept].last().copied().unwrap_or(self.last);
                return Ok(kept);
            }
        }
    }
}

/// The first bytes up to a line end, and what parts its cells.
fn head<R: Read>(name: &str, bytes: &mut R) -> Result<(std::io::Cursor<Vec<u8>>, u8), TraceError> {
    let mut head = Vec::new();
    let mut byte = [0];
    while head.len() < 1 << 20 {
        match bytes.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => head.push(byte[0]),
            Err(source) => return Err(TraceError::Io { file: name.to_owned(), line: 1, source }),
        }
        if byte[0] == b'\n' && !head.iter().all(u8::is_ascii_whitespace) {
            break;
        }
    }
    let has = |c: u8| head.contains(&c);
    let delimiter = match (has(b','), has(b'\t'), has(b';')) {
        (false, true, _) => b'\t',
        (false, false, true) => b';',
        _ => b',',
    };
    Ok((std::io::Cursor::new(head), delimiter))
}

fn texts(record: &csv::ByteRecord, line: u64, gathered: &mut Gathered) -> Option<Vec<String>> {
    let mut texts = Vec::with_capacity(record.len());
    for (i, cell) in record.iter().enumerate() {
        let Ok(text) = std::str::from_utf8(cell) else {
            let help = "save the file as UTF-8 or UTF-16";
            gathered.push(cell_fault(line, i, "", "the cell is not UTF-8 text", help));
            return None;
        };
        texts.push(text.trim().to_owned());
    }
    Some(texts)
}

fn check_header(names: &[String], line: u64, gathered: &mut Gathered) {
    let mut first_of = BTreeMap::new();
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            let help = "name every column";
            gathered.push(cell_fault(line, i, "", "the column has no name", help));
        } else if let Some(first) = first_of.insert(name.as_str(), i) {
            gathered.push(TraceFault {
                line,
                column: Some(i + 1),
                field: Some(shortened(name)),
                problem: TraceProblem::DuplicateColumn { first: first + 1 },
                help: "name each column once".into(),
            });
        }
    }
}

fn odd_length(line: u64, expected: usize, found: usize) -> TraceFault {
    let (problem, help) = if found < expected {
        let help = "give every column of the header, empty where there is nothing; a file that \
                    was cut ends like this";
        (TraceProblem::ShortRow { expected, found }, help)
    } else {
        let help = "a cell with a comma is put in quotes; decimals have a point";
        (TraceProblem::LongRow { expected, found }, help)
    };
    whole_line(line, problem, help)
}

fn failed(name: &str, line: u64, error: csv::Error) -> TraceError {
    match error.into_kind() {
        csv::ErrorKind::Io(source) => TraceError::Io { file: name.to_owned(), line, source },
        other => {
            let text = format!("the row cannot be read: {other:?}");
            let fault = whole_line(line, TraceProblem::Content { text }, "check the quotes");
            TraceError::one(name, fault)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> String {
        Table::read("t.csv", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn quotes_blank_lines_and_marks_are_understood() {
        let text = "\u{feff}a, b ,\"c,d\"\r\n1,\"x\"\"y\",\r\n\r\n2,,3\r\n";
        let table = Table::read("t", text.as_bytes()).unwrap();
        assert_eq!(table.columns, ["a", "b", "c,d"]);
        assert_eq!(table.rows[0].cells, ["1", "x\"y", ""]);
        assert_eq!((table.rows[1].line, table.column("c,d")), (4, Some(2)));
        let tabs = Table::read("t", &b"a\tb\n1\t2\n"[..]).unwrap();
        assert_eq!(tabs.rows[0].cells, ["1", "2"]);
        let semicolons = Table::read("t", &b"a;b\n1,5;2\n"[..]).unwrap();
        assert_eq!(semicolons.rows[0].cells, ["1,5", "2"]);
    }

    #[test]
    fn faults_of_all_rows_name_their_lines() {
        let text = fault("a,b,a,\n1,2,3,4\n1,2\n1,2,3,4,5\n");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(lines[0].starts_with("t.csv, line 1, column 3 (a): the column was already"));
        assert!(lines[1].starts_with("t.csv, line 1, column 4"), "{text}");
        assert!(lines[2].starts_with("t.csv, line 3: the row has 2 of 4"), "{text}");
        assert!(lines[3].starts_with("t.csv, line 4: the row has 5 fields"), "{text}");
        assert!(fault("").contains("empty"));
        assert!(fault("a,b\n").contains("no row"));
    }

    #[test]
    fn numbers_are_read_strictly() {
        assert_eq!(number("-1.5e3"), Ok(-1500.0));
        assert!(number("1,5").unwrap_err().0.contains("comma"));
        assert!(number("inf").unwrap_err().0.contains("finite"));
        assert!(number("NaN").unwrap_err().0.contains("finite"));
        assert!(number("5 us").unwrap_err().0.contains("not a number"));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Table::read("t", &bytes[..]).map_err(|e| e.to_string());
        }

        #[test]
        fn mutated_tables_never_panic(
            edits in prop::collection::vec((0_usize..200, any::<u8>()), 0..6), cut in 0_usize..60,
        ) {
            let mut bytes = b"variant,qd,iops\nnbd,1,679.3\n\"smb\",16,1494.0\nnbd,,1e3\n".to_vec();
            for (at, byte) in edits {
                let at = at % bytes.len();
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len().saturating_sub(cut));
            if let Ok(table) = Table::read("t", &bytes[..]) {
                for row in &table.rows {
                    prop_assert_eq!(row.cells.len(), table.columns.len());
                }
            }
        }
    }
}
