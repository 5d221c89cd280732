//! Logs by hand, files of `tests/data/pdh`, and bytes at random.

use std::collections::BTreeMap;

use super::head::zone_of;
use super::*;
use proptest::prelude::*;

const TWO_HOSTS: &[u8] = include_bytes!("../../../tests/data/pdh/two-hosts.csv");
const UTF16: &[u8] = include_bytes!("../../../tests/data/pdh/export-counter-utf16.csv");
const TYPEPERF: &[u8] = include_bytes!("../../../tests/data/pdh/typeperf.txt");
const GERMAN: &[u8] = include_bytes!("../../../tests/data/pdh/german.csv");
const HEAD: &str = concat!(
    r#""(PDH-CSV 4.0) (UTC)(0)","\\A\PhysicalDisk(1)\Disk Reads/sec","#,
    r#""\\A\PhysicalDisk(1)\Avg. Disk sec/Read""#
);

fn whole(bytes: &[u8]) -> Observations {
    observe("t.csv", bytes, PdhRange::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn faults_in(bytes: &[u8], range: PdhRange) -> Vec<String> {
    match observe("t.csv", bytes, range) {
        Err(TraceError::Faults { faults, .. }) => faults.iter().map(ToString::to_string).collect(),
        other => panic!("expected faults, got {other:?}"),
    }
}

/// The only fault of some rows under the small header.
fn fault(rows: &str) -> String {
    let mut all = faults_in(format!("{HEAD}\r\n{rows}").as_bytes(), PdhRange::default());
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[track_caller]
fn mean(observations: &Observations, node: &str, kind: RowKind, name: &str, metric: &str) -> f64 {
    let row = observations.rows.iter().find(|r| r.node == node && r.kind == kind && r.name == name);
    row.unwrap_or_else(|| panic!("no {node} {name}")).values[metric].mean
}

#[track_caller]
fn near(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} is not {b}");
}

#[test]
fn the_header_is_taken_apart() {
    let log = PdhReader::new("t", TWO_HOSTS).unwrap();
    let header = log.header();
    assert_eq!(header.zone.as_deref(), Some("W. Europe Standard Time"));
    assert_eq!((header.bias_minutes, header.columns.len()), (Some(-60), 19));
    assert_eq!(header.columns[9].instance, "Mellanox ConnectX-5 (25G) #2");
    let none = PdhReader::new("t", TYPEPERF).unwrap();
    assert_eq!((none.header().zone.as_ref(), none.header().bias_minutes), (None, None));
    assert_eq!(
        zone_of("(Eastern Daylight Time)(240)"),
        (Some("Eastern Daylight Time".into()), Some(240))
    );
    assert_eq!(zone_of("(a (b) c)(-330)"), (Some("a (b) c".into()), Some(-330)));
}

#[test]
fn samples_have_times_and_blanks() {
    let samples: Vec<PdhSample> =
        PdhReader::new("t", TWO_HOSTS).unwrap().map(Result::unwrap).collect();
    assert_eq!(samples.len(), 4);
    assert_eq!((samples[0].line, samples[0].since, samples[0].values[0]), (2, None, None));
    assert_eq!(samples[0].values[17], Some(51_234.0));
    assert_eq!(samples[3].time.to_string(), "03/05/2026 14:00:45.166");
    assert_eq!(samples[3].since, Some(samples[2].time));
    assert_eq!((samples[3].values[0], samples[3].values[9]), (Some(200.0), None));
}

#[test]
fn a_log_is_folded_by_hand() {
    let all = whole(TWO_HOSTS);
    let volume = |metric| mean(&all, "HV1", RowKind::Volume, "CSV1", metric);
    near(volume("read_iops"), 200.0);
    near(volume("write_iops"), 50.0);
    // (100 x 1 + 300 x 2 + 200 x 4) ms over 600 reads; (50 x 4 + 100 x 1) ms over 150 writes.
    near(volume("read_latency_s"), 1.5 / 600.0);
    near(volume("write_latency_s"), 0.3 / 150.0);
    near(volume("fs_redirected_read_bytes_s"), 4096.0);
    near(volume("block_redirected_read_iops"), 20.0);
    let row = all.rows.iter().find(|r| r.node == "HV1" && r.kind == RowKind::Volume).unwrap();
    assert_eq!((row.samples, row.seconds), (3, 45.0));
    assert_eq!(row.values["read_iops"].peak, Some(300.0));
    assert_eq!(row.values["read_latency_s"].peak, Some(0.004));
    near(mean(&all, "HV1", RowKind::Node, "", "cpu_pct"), 25.0);
    near(mean(&all, "HV1", RowKind::Node, "", "root_vp_pct"), 4.0);
    near(mean(&all, "HV1", RowKind::Nic, "Intel[R] Ethernet, Port 2 _2", "rx_bytes_s"), 2.5e6);
    // One of three samples is blank: the mean is of the others.
    let rdma = "Mellanox ConnectX-5 (25G) #2";
    near(mean(&all, "HV1", RowKind::Nic, rdma, "rdma_rx_bytes_s"), 5e6);
    assert!(all.notes.iter().any(|n| n.contains(rdma) && n.contains("1 of 3")), "{:?}", all.notes);
    near(mean(&all, "HV2", RowKind::Disk, "3 D:", "read_latency_s"), 0.3 / 400.0);
    assert!(all.rows.iter().all(|row| row.name != "_Total"), "its parts are there");
    // The other host writes small letters, and tells of the same volume: 200 + 200 reads a second.
    let wide: BTreeMap<String, f64> = all.wide().into_iter().collect();
    near(wide["CSV1.read_iops"], 400.0);
    let of = |node, name| mean(&all, node, RowKind::Volume, name, "read_latency_s");
    near(wide["CSV1.read_latency_s"], f64::midpoint(of("HV1", "CSV1"), of("hv2", "csv1")));
    assert!(wide.keys().all(|name| !name.starts_with("csv1.")), "{:?}", wide.keys());
    near(wide["HV1.smb_client.read_bytes_s"], 2e6);
    near(wide["HV2.smb_server.read_bytes_s"], 2e6);
    near(wide["seconds"], 45.0);
}

#[test]
fn encodings_and_tools_make_no_difference() {
    assert_eq!(whole(TWO_HOSTS), whole(UTF16));
    let marked = [b"\xef\xbb\xbf", TWO_HOSTS].concat();
    assert_eq!(whole(TWO_HOSTS), whole(&marked));
    let all = whole(TYPEPERF);
    // The first sample counts nowhere, even where a tool fills it.
    near(mean(&all, "HV1", RowKind::Nic, "vEthernet [SMB1]", "rx_bytes_s"), 3000.0);
    let remark = HEAD.to_owned()
        + ",\"All disks\"\r\n\"01/01/2026 00:00:00.000\",\"1\",\"1\"\r\n\
        \"01/01/2026 00:00:01.000\",\"3\",\"1\",\"\"\r\n";
    near(mean(&whole(remark.as_bytes()), "A", RowKind::Disk, "1", "read_iops"), 3.0);
}

#[test]
fn a_range_is_kept_to_and_what_lies_outside_has_no_faults() {
    let rows = "\"01/01/2026 00:00:00.000\",\"x\",\"x\"\r\n\
        \"01/01/2026 00:00:01.000\",\"10\",\"1\"\r\n\
        \"01/01/2026 00:00:02.000\",\"20\",\"1\"\r\n\"01/01/2026 00:00:03.000\",\"40\",\"1\"\r\n\
        \"01/01/2026 00:00:04.000\",\"-1\",\"cut";
    let text = format!("{HEAD}\r\n{rows}");
    let range = |from: &str, to: &str| {
        let time = |text: &str| Some(text.parse().unwrap());
        PdhRange { from: time(from), to: time(to) }
    };
    let read = |range| observe("t", text.as_bytes(), range).unwrap();
    let some = read(range("2026-01-01 00:00:02", "01/01/2026 00:00:03.000"));
    near(mean(&some, "A", RowKind::Disk, "1", "read_iops"), 30.0);
    let none = faults_in(text.as_bytes(), range("2027-01-01 00:00:00", "2028-01-01 00:00:00"));
    assert!(none[0].contains("no sample counts from 01/01/2027 00:00:00.000"), "{none:?}");
}

#[test]
fn time_is_weighed_and_pauses_are_told() {
    // One second at 10, half a second at 40; then an hour during which nobody logged.
    let rows = "\"01/01/2026 00:00:00.000\",\" \",\" \"\r\n\
        \"01/01/2026 00:00:01.000\",\"10\",\"1\"\r\n\
        \"01/01/2026 00:00:01.500\",\"40\",\"1\"\r\n";
    let text = format!("{HEAD}\r\n{rows}");
    near(mean(&whole(text.as_bytes()), "A", RowKind::Disk, "1", "read_iops"), 20.0);
    let paused = text + "\"01/01/2026 01:00:01.500\",\"70\",\"1\"\r\n";
    let all = whole(paused.as_bytes());
    // It weighs as one second, twice the shortest.
    near(mean(&all, "A", RowKind::Disk, "1", "read_iops"), (10.0 + 20.0 + 70.0) / 2.5);
    assert!(all.notes[0].contains("first on line 5"), "{:?}", all.notes);
}

#[test]
fn logs_in_other_languages_are_refused_by_name() {
    let all = faults_in(GERMAN, PdhRange::default());
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0].contains("column 2") && all[0].contains("`Prozessor` is no English"), "{all:?}");
    assert!(all[0].contains("`Processor`") && all[0].contains("relog"), "{all:?}");
    assert!(all[1].contains("`Netzwerkschnittstelle`") && all[1].contains("`Network Interface`"));
    let unknown = r#""(PDH-CSV 4.0)","\\A\Suoritin(_Total)\% suoritinaika""#;
    let all = faults_in(unknown.as_bytes(), PdhRange::default());
    assert!(all[0].contains("`Suoritin`") && all[0].contains("English"), "{all:?}");
}

#[test]
fn headers_that_are_none_are_told() {
    let only = |text: &str| {
        let mut all = faults_in(text.as_bytes(), PdhRange::default());
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    };
    assert!(only("").contains("the file is empty"));
    assert!(only("time,reads\n1,2\n").contains("\"time\" does not begin a PerfMon log"));
    assert!(only("\"(PDH-CSV 4.0)\";\"\\\\A\\b(c)\\d\"").contains("semicolons"));
    assert!(only("\"(PDH-TSV 4.0)\"\t\"\\\\A\\b(c)\\d\"").contains("tabs"));
    assert!(only("\"(PDH-CSV 4.0)\"").contains("no counter"));
    assert!(only("\"(PDH-CSV 4.0)\",\"\\\\A\\b(c").contains("quotes"));
    let twice = format!("{HEAD},{}", r#""\\a\physicaldisk(1)\disk reads/sec""#);
    let twice = only(&twice);
    assert!(twice.contains("column 4") && twice.contains("already given as column 2"), "{twice}");
    let path = r#""(PDH-CSV 4.0)","Disk Reads/sec","\\A\PhysicalDisk(1)\Disk Reads/sec""#;
    assert!(only(path).contains("column 2 (path): \"Disk Reads/sec\" is no counter path"));
    assert!(only(HEAD).contains("there is a header but no row"));
}

#[test]
fn every_kind_of_wrong_row_is_told_with_line_and_column() {
    let second = "\"01/01/2026 00:00:01.000\",\"1\",\"1\"\r\n";
    let t = "\"01/01/2026 00:00:02.000\"";
    for (row, words) in [
        (
            format!("{t},\"1,5\",\"1\"\r\n"),
            "line 3, column 2 (PhysicalDisk(1)\\Disk Reads/sec): \"1,5\" has a decimal comma",
        ),
        (
            format!("{t},\"-2\",\"1\"\r\n"),
            "column 2 (PhysicalDisk(1)\\Disk Reads/sec): -2 is negative",
        ),
        (
            format!("{t},\"1\",\"nan\"\r\n"),
            "column 3 (PhysicalDisk(1)\\Avg. Disk sec/Read): \"nan\" is no finite number",
        ),
        (format!("{t},\"1e999\",\"1\"\r\n"), "\"1e999\" is no finite number"),
        (format!("{t},\"1.#QNAN\",\"1\"\r\n"), "is no finite number"),
        (format!("{t},\"1.8e19\",\"1\"\r\n"), "the raw counter wrapped"),
        (format!("{t},\"1\"\r\n"), "line 3: the row has 2 of 3 fields"),
        (format!("{t},1,5,1\r\n"), "line 3: the row has 4 fields where the header names 3"),
        (format!("{t},\"1\",\"1"), "line 3: the file ends in the middle of a row, after 2 of 3"),
        (format!("{t},\"1\""), "line 3: the file ends in the middle of a row, after 2 of 3"),
        (format!("{t},1,1"), "line 3: the file ends in the middle of a row, after 3 of 3"),
        ("\"01/01/20".to_owned(), "line 3: the file ends in the middle of a row"),
        (format!("{t},\"1\"x,\"1\"\r\n"), "line 3: the quotes of the row do not match"),
        (format!("{t},\"\u{fffd}\",\"1\"\r\n"), "is no finite number"),
        (
            "1.1.2026 00:00:02,1,1\r\n".to_owned(),
            "column 1 (time): \"1.1.2026 00:00:02\" is no time",
        ),
        (
            second.to_owned(),
            "column 1 (time): two samples are of 01/01/2026 00:00:01.000, the other on line 2",
        ),
        (
            "\"01/01/2025 23:00:00.000\",\"1\",\"1\"\r\n".to_owned(),
            "the clock steps back: 01/01/2025 23:00:00.000",
        ),
    ] {
        let told = fault(&format!("{second}{row}"));
        assert!(told.contains(words), "{row}: {told}");
    }
    // A whole last row needs no end; a step back is told once, not for each row behind it.
    assert_eq!(whole(format!("{HEAD}\r\n{second}{t},\"7\",\"1\"").as_bytes()).rows.len(), 1);
    let step = "\"01/01/2026 03:00:00.000\",\"1\",\"1\"\r\n\
        \"01/01/2026 02:00:00.000\",\"1\",\"1\"\r\n\
        \"01/01/2026 02:00:01.000\",\"1\",\"1\"\r\n";
    assert!(fault(step).contains("summer time"));
}

#[test]
fn a_total_that_falls_is_told_and_one_that_rises_is_counted() {
    let head = r#""(PDH-CSV 4.0)","\\A\Cluster CSVFS(V)\Volume Pause Count – Total""#;
    let row = |second, value| format!("\r\n\"01/01/2026 00:00:0{second}.000\",\"{value}\"");
    let rises = head.to_owned() + &row(1, 5) + &row(2, 5) + &row(3, 8);
    near(mean(&whole(rises.as_bytes()), "A", RowKind::Volume, "V", "pauses"), 3.0);
    let falls = rises + &row(4, 2);
    let told = faults_in(falls.as_bytes(), PdhRange::default());
    assert!(told[0].contains("line 5, column 2") && told[0].contains("from 8 to 2"), "{told:?}");
}

#[test]
fn tables_are_csv_with_the_same_columns_in_each_row() {
    let all = whole(TWO_HOSTS);
    let mut text = Vec::new();
    all.write_rows(&mut text).unwrap();
    let mut csv = csv::Reader::from_reader(&text[..]);
    let head = csv.headers().unwrap().clone();
    assert_eq!(
        head.iter().take(7).collect::<Vec<_>>()[..5],
        ["node", "kind", "name", "samples", "seconds"]
    );
    let at = head.iter().position(|name| name == "read_iops").unwrap();
    assert_eq!(&head[at + 1], "read_iops_peak");
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), all.rows.len());
    let volume = rows.iter().find(|row| &row[0] == "HV1" && &row[1] == "volume").unwrap();
    assert_eq!((&volume[2], &volume[at], &volume[at + 1]), ("CSV1", "200", "300"));
    let node = rows.iter().find(|row| &row[1] == "node").unwrap();
    assert_eq!(&node[at], "");
    let mut text = Vec::new();
    all.write_wide(&mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.starts_with("samples,seconds,HV1.cpu_pct,"), "{text}");
}

#[test]
fn logs_of_one_run_are_put_together_unless_they_tell_the_same() {
    let mut all = whole(TWO_HOSTS);
    let before = all.rows.len();
    all.merge(whole(TYPEPERF)).unwrap();
    assert_eq!(all.rows.len(), before + 1);
    assert!(all.merge(whole(TYPEPERF)).unwrap_err().contains("`HV1 nic vEthernet [SMB1]`"));
}

#[test]
fn memory_does_not_grow_with_the_log() {
    // 200 MB that are made while they are read.
    struct Endless {
        row: u64,
        line: Vec<u8>,
        most: u64,
    }
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.line.is_empty() && self.row < self.most {
                let time = PdhTime::from_ms(self.row.cast_signed() * 1000);
                self.row += 1;
                self.line = format!("\"{time}\",\"5\",\"0.001\"\r\n").into_bytes();
            }
            let n = buffer.len().min(self.line.len());
            buffer[..n].copy_from_slice(&self.line[..n]);
            self.line.drain(..n);
            Ok(n)
        }
    }
    let rows = Endless { row: 0, line: Vec::new(), most: 200_000 };
    let head = format!("{HEAD}\r\n");
    let all = observe("t", head.as_bytes().chain(rows), PdhRange::default()).unwrap();
    near(mean(&all, "A", RowKind::Disk, "1", "read_iops"), 5.0);
    assert_eq!(all.rows[0].samples, 199_999);
}

fn mutated(corpus: &[u8], edits: &[(usize, u8)], cut: usize, splice: (usize, usize)) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = corpus.split_inclusive(|&b| b == b'\n').collect();
    let (from, to) = (splice.0 % lines.len(), splice.1 % lines.len());
    let moved = lines[from];
    lines.insert(to, moved);
    if splice.0.is_multiple_of(3) {
        lines.remove(from);
    }
    let mut bytes = lines.concat();
    for (at, byte) in edits {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes.truncate(bytes.len() - cut % (bytes.len() / 2));
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = observe("t", &bytes[..], PdhRange::default());
        let behind = [HEAD.as_bytes(), b"\n", &bytes[..]].concat();
        let _ = observe("t", &behind[..], PdhRange::default());
    }

    #[test]
    fn mutated_logs_never_panic_and_faults_print(
        file in 0_usize..4,
        edits in prop::collection::vec((any::<usize>(), any::<u8>()), 0..5),
        cut in any::<usize>(),
        splice in (any::<usize>(), any::<usize>()),
    ) {
        let corpus = [TWO_HOSTS, UTF16, TYPEPERF, GERMAN][file];
        let bytes = mutated(corpus, &edits, cut, splice);
        match observe("t", &bytes[..], PdhRange::default()) {
            Ok(all) => {
                let mut text = Vec::new();
                all.write_rows(&mut text).unwrap();
                all.write_wide(&mut text).unwrap();
            }
            Err(error) => prop_assert!(error.to_string().starts_with('t')),
        }
    }
}
