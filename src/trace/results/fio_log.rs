//! fio's latency logs (`write_lat_log`), one line for each request, in constant memory.
//!
//! `time_ms, value, direction, bytes[, offset[, priority]]`: the time of completion since the job
//! began, the latency in nanoseconds (fio 3), 0 for a read, 1 for a write, 2 for a trim. A log of
//! means over windows (`log_avg_msec`) has 0 bytes in every line and is refused, because of means
//! there are no percentiles. Logs of rates have the same columns, so only the name tells them.

use std::io::Read;

use super::number::{WHOLE_HELP, whole};
use super::{Flow, Flows, Latency, Target, TestResult, Tool};
use crate::stats::Quantiles;
use crate::trace::text::{Line, Lines, whole_line};
use crate::trace::{BlockOp, Gathered, RowError, TraceError, TraceFault, TraceProblem};

const MAX_LINE_BYTES: usize = 1024;
/// Percentiles told of a log.
const PERCENTS: [f64; 8] = [25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9, 99.99];
const NAMES: [&str; 6] = ["time", "value", "direction", "bytes", "offset", "priority"];

/// One request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FioSample {
    /// Completion in milliseconds since the job began.
    pub time_ms: u64,
    /// Nanoseconds it took.
    pub latency_ns: u64,
    /// What was asked; a trim is a discard.
    pub op: BlockOp,
    /// Bytes asked for.
    pub bytes: u64,
    /// First byte, where the log has it.
    pub offset_bytes: Option<u64>,
}

/// Reads a log line by line.
#[derive(Debug)]
pub struct FioLogReader<R> {
    lines: Lines<R>,
    /// Fields of the first line, which all have.
    fields: Option<usize>,
    ended: bool,
}

impl<R: Read> FioLogReader<R> {
    /// Wraps a reader of a whole log.
    pub fn new(reader: R) -> Self {
        Self { lines: Lines::new(reader, MAX_LINE_BYTES), fields: None, ended: false }
    }

    fn sample(&mut self) -> Result<Option<FioSample>, RowError> {
        match self.lines.next_text()? {
            Some(line) => Ok(Some(parse(&line, &mut self.fields)?)),
            None => Ok(None),
        }
    }
}

impl<R: Read> Iterator for FioLogReader<R> {
    type Item = Result<FioSample, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let sample = self.sample();
        self.ended = matches!(sample, Ok(None) | Err(RowError::Io { .. }));
        sample.transpose()
    }
}

fn parse(line: &Line<'_>, fields: &mut Option<usize>) -> Result<FioSample, TraceFault> {
    let cells: Vec<&str> = line.text.split(',').map(str::trim).collect();
    let found = cells.len();
    if !(4..=6).contains(&found) {
        let text = format!("the line has {found} fields");
        let help =
            "a latency log has time, value, direction and bytes, at most offset and priority";
        return Err(whole_line(line.number, TraceProblem::Content { text }, help));
    }
    let expected = *fields.get_or_insert(found);
    if found != expected {
        let problem = match (found > expected, line.closed) {
            (true, _) => TraceProblem::LongRow { expected, found },
            (false, true) => TraceProblem::ShortRow { expected, found },
            (false, false) => TraceProblem::CutRow { expected, found },
        };
        return Err(whole_line(line.number, problem, "all lines have the fields of the first"));
    }
    let fault = |at: usize, problem, help: &str| TraceFault {
        column: Some(at + 1),
        field: Some(NAMES[at].to_owned()),
        ..whole_line(line.number, problem, help)
    };
    let number = |at: usize| whole(cells[at]).map_err(|problem| fault(at, problem, WHOLE_HELP));
    let op = match cells[2] {
        "0" => BlockOp::Read,
        "1" => BlockOp::Write,
        "2" => BlockOp::Discard,
        other => {
            let problem = TraceProblem::UnknownOp { text: crate::trace::text::shortened(other) };
            return Err(fault(2, problem, "there are 0 (read), 1 (write) and 2 (trim)"));
        }
    };
    let (time_ms, latency_ns, bytes) = (number(0)?, number(1)?, number(3)?);
    if bytes == 0 {
        let text = "the line is a mean over a window, not a request".to_owned();
        let help = "run fio without log_avg_msec";
        return Err(fault(3, TraceProblem::Content { text }, help));
    }
    if latency_ns > u64::MAX / 1000 {
        let problem = TraceProblem::TooLarge { text: cells[1].to_owned() };
        return Err(fault(1, problem, "latencies are in nanoseconds"));
    }
    let offset_bytes = if found > 4 { Some(number(4)?) } else { None };
    Ok(FioSample { time_ms, latency_ns, op, bytes, offset_bytes })
}

/// Sums up a log: counts, means, and percentiles to a thousandth of themselves.
///
/// Rates are over the time from the first completion to the last. Trims are left out.
///
/// # Errors
/// [`TraceError`] with every line that is wrong, or when there is no read and no write.
pub fn read<R: Read>(name: &str, reader: R) -> Result<TestResult, TraceError> {
    let mut log = FioLogReader::new(reader);
    let mut faults = Gathered::default();
    let mut sides = [Side::default(), Side::default(), Side::default()];
    let (mut first_ms, mut last_ms) = (u64::MAX, 0);
    for sample in &mut log {
        let sample = match sample {
            Ok(sample) => sample,
            Err(RowError::Fault(fault)) => {
                faults.push(fault);
                continue;
            }
            Err(RowError::Io { line, source }) => {
                return Err(TraceError::Io { file: name.to_owned(), line, source });
            }
        };
        let which = match sample.op {
            BlockOp::Read => 1,
            BlockOp::Write => 2,
            BlockOp::Discard | BlockOp::Flush | BlockOp::Unknown => continue,
        };
        first_ms = first_ms.min(sample.time_ms);
        last_ms = last_ms.max(sample.time_ms);
        sides[0].add(&sample);
        sides[which].add(&sample);
    }
    if sides[0].quantiles.count() == 0 {
        let help = "give a log of write_lat_log";
        faults.push(whole_line(log.lines.number.max(1), TraceProblem::NoRows, help));
    }
    faults.into_result(name)?;
    let seconds = Some((last_ms - first_ms) as f64 * 1e-3).filter(|seconds| *seconds > 0.0);
    let [total, read, write] = sides.map(|side| side.flow(seconds));
    let mut result = TestResult::new(Tool::Fio);
    result.duration_s = seconds;
    result.flows = Flows { total, read, write };
    result.targets.push(Target { flows: result.flows.clone(), ..Target::default() });
    Ok(result)
}

#[derive(Default)]
struct Side {
    quantiles: Quantiles,
    bytes: u64,
}

impl Side {
    fn add(&mut self, sample: &FioSample) {
        self.quantiles.record_ps(sample.latency_ns.saturating_mul(1000));
        self.bytes = self.bytes.saturating_add(sample.bytes);
    }

    fn flow(self, seconds: Option<f64>) -> Flow {
        let ios = self.quantiles.count();
        let rate = |count: u64| seconds.map(|seconds| count as f64 / seconds);
        let mut latency = Latency { mean_s: self.quantiles.mean_secs(), ..Latency::default() };
        let ends = [(0.0, self.quantiles.min_ps()), (100.0, self.quantiles.max_ps())];
        for (percent, ps) in ends {
            if let Some(ps) = ps {
                latency.add(percent, ps as f64 * 1e-12);
            }
        }
        for percent in PERCENTS {
            if let Some(seconds) = self.quantiles.quantile_secs(percent / 100.0) {
                latency.add(percent, seconds);
            }
        }
        let bytes_per_s = rate(self.bytes);
        Flow { ios: Some(ios), bytes: Some(self.bytes), iops: rate(ios), bytes_per_s, latency }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    #[test]
    fn requests_are_read_and_summed_up() {
        let text = "0, 100000, 0, 4096\n500, 300000, 0, 4096\r\n900, 70000, 2, 65536\n\
                    1000, 2000000, 1, 8192";
        let samples: Vec<_> = FioLogReader::new(text.as_bytes()).map(Result::unwrap).collect();
        let second = FioSample {
            time_ms: 500,
            latency_ns: 300_000,
            op: BlockOp::Read,
            bytes: 4096,
            offset_bytes: None,
        };
        assert_eq!((samples.len(), samples[1]), (4, second));
        let result = read("l", text.as_bytes()).unwrap();
        let Flows { total, read, write } = &result.flows;
        assert_eq!((result.duration_s, total.ios, total.bytes), (Some(1.0), Some(3), Some(16_384)));
        assert_eq!((read.iops, write.bytes_per_s), (Some(2.0), Some(8192.0)));
        assert!((read.latency.mean_s.unwrap() - 200e-6).abs() < 1e-12);
        assert_eq!(write.latency.at(100.0), Some(2e-3));
        assert!((read.latency.at(0.0).unwrap() - 100e-6).abs() < 1e-12);
        let offsets = FioLogReader::new("1, 2, 1, 512, 4096, 0x4000\n".as_bytes()).next();
        assert_eq!(offsets.unwrap().unwrap().offset_bytes, Some(4096));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| read("l", text.as_bytes()).unwrap_err().to_string();
        let text = "1, 2, 0, 512\n1, -2, 0, 512\n1, 2, 7, 512\n1, 2, 0\n1, 2, 0, 0\n\
                    1, 2, 0, 512, 9\n1,5, 2, 0, 512\n1, 99999999999999999999, 0, 512\n1, 2, 0";
        let faults = told(text);
        let starts: Vec<&str> = faults.lines().map(|l| l.split(';').next().unwrap()).collect();
        assert_eq!(
            starts,
            [
                "l, line 2, column 2 (value): -2 is negative",
                "l, line 3, column 3 (direction): \"7\" is no operation",
                "l, line 4: the line has 3 fields",
                "l, line 5, column 4 (bytes): the line is a mean over a window, not a request",
                "l, line 6: the row has 5 fields where the header names 4",
                "l, line 7: the row has 5 fields where the header names 4",
                "l, line 8, column 2 (value): 99999999999999999999 is too large",
                "l, line 9: the line has 3 fields",
            ]
        );
        assert!(told("").contains("there is a header but no row") || !told("").is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn damaged_logs_never_panic(damages in corpus::damages()) {
            let lines: Vec<String> =
                (0..40).map(|k| format!("{k}, {k}000, {}, 4096\n", k % 2)).collect();
            let file = lines.concat();
            match read("l", corpus::damaged(file.as_bytes(), &damages).as_slice()) {
                Ok(result) => prop_assert!(corpus::sound(&Measured::Tests(vec![result]))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
