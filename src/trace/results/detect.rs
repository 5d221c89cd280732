//! Which format a file is of, told by its content.

use std::io::{self, Cursor, Read};

use super::{
    Measured, read_diskspd_text, read_diskspd_xml, read_fio, read_fio_log, read_iperf3,
    read_ntttcp, read_vmfleet,
};
use crate::trace::text::{Decoded, whole_line};
use crate::trace::{TraceError, TraceFault, TraceProblem};

/// What is looked at to tell the format.
const HEAD_BYTES: u64 = 64 * 1024;

/// The formats that [`read_any`] reads.
pub const FORMATS: &str = "DiskSpd text or XML, VMFleet result TSV, fio JSON, fio latency log, \
                           NTttcp XML, iperf3 JSON";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    DiskSpdText,
    DiskSpdXml,
    VmFleet,
    Fio,
    FioLog,
    Ntttcp,
    Iperf3,
}

/// Reads a file of any of the [`FORMATS`], whatever its name.
///
/// Only of fio's logs the name matters: those of latencies, rates and depths look alike, so one
/// whose name does not have `lat` in it, as fio gives it, is refused.
///
/// # Errors
/// [`TraceError`] when it is of no known format, and whatever its reader finds wrong.
pub fn read_any<R: Read>(name: &str, reader: R) -> Result<Measured, TraceError> {
    let mut decoded = Decoded::new(reader);
    let head = head(&mut decoded).map_err(|source| TraceError::Io {
        file: name.to_owned(),
        line: 1,
        source,
    })?;
    let format = detect(name, &String::from_utf8_lossy(&head))
        .map_err(|fault| TraceError::one(name, fault))?;
    let whole = Cursor::new(head).chain(decoded);
    Ok(match format {
        Format::DiskSpdText => Measured::Tests(read_diskspd_text(name, whole)?),
        Format::DiskSpdXml => Measured::Tests(read_diskspd_xml(name, whole)?),
        Format::VmFleet => Measured::Tests(read_vmfleet(name, whole)?),
        Format::Fio => Measured::Tests(read_fio(name, whole)?),
        Format::FioLog => Measured::Tests(vec![read_fio_log(name, whole)?]),
        Format::Ntttcp => Measured::Links(vec![read_ntttcp(name, whole)?]),
        Format::Iperf3 => Measured::Links(read_iperf3(name, whole)?),
    })
}

/// Whether a file is of one of the [`FORMATS`], as far as its beginning tells.
///
/// # Errors
/// When it cannot be read.
pub fn is_known<R: Read>(name: &str, reader: R) -> io::Result<bool> {
    let head = head(&mut Decoded::new(reader))?;
    Ok(detect(name, &String::from_utf8_lossy(&head)).is_ok())
}

fn head<R: Read>(decoded: &mut Decoded<R>) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    decoded.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn detect(name: &str, head: &str) -> Result<Format, TraceFault> {
    let text = head.trim_start();
    if text.is_empty() {
        let help = format!("give a result of a test: {FORMATS}");
        return Err(whole_line(1, TraceProblem::Empty, &help));
    }
    if text.starts_with('<') {
        return match root(text) {
            Some("Results" | "Profile") => Ok(Format::DiskSpdXml),
            Some("ntttcps" | "ntttcpr") => Ok(Format::Ntttcp),
            _ => Err(unknown("an XML document of no known tool")),
        };
    }
    let marks = ["Input parameters:", "Results for timespan "];
    if head.lines().any(|line| marks.iter().any(|mark| line.trim().starts_with(mark))) {
        return Ok(Format::DiskSpdText);
    }
    if head.lines().any(|line| line.trim_start().starts_with('{')) {
        let has = |key: &str| head.contains(key);
        if has("\"fio version\"") {
            return Ok(Format::Fio);
        }
        if has("\"start\"") && (has("\"test_start\"") || has("iperf") || has("\"intervals\"")) {
            return Ok(Format::Iperf3);
        }
        return Err(unknown("a JSON document of no known tool"));
    }
    let first = text.lines().next().unwrap_or_default();
    let columns: Vec<&str> = first.split('\t').map(|cell| cell.trim().trim_matches('"')).collect();
    let has = |name: &str| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    if columns.len() > 1 && has("IOPS") && (has("AverageReadIOPS") || has("QOSperVM")) {
        return Ok(Format::VmFleet);
    }
    let numbers = |line: &str| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let number = |c: &&str| !c.is_empty() && c.bytes().all(|b| b.is_ascii_digit());
        (4..=6).contains(&cells.len()) && cells[..4].iter().all(number)
    };
    if numbers(first) {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        let kind = |kind: &str| file.contains(&format!("_{kind}.")) || file.starts_with(kind);
        if kind("lat") || kind("clat") {
            return Ok(Format::FioLog);
        }
        let text = "a fio log does not tell whether it is of latencies or of rates".to_owned();
        let help =
            "keep the name that fio gave it: latencies are in NAME_lat.N.log, NAME_clat.N.log";
        return Err(whole_line(1, TraceProblem::Content { text }, help));
    }
    Err(unknown("the file is of no known format"))
}

fn unknown(text: &str) -> TraceFault {
    let help = format!("read are {FORMATS}");
    whole_line(1, TraceProblem::Content { text: text.to_owned() }, &help)
}

/// The name of the outermost element, without prefix.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest[rest.find('<')? + 1..].trim_start();
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if !rest.starts_with(['?', '!']) {
            let end = rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/')?;
            return rest[..end].rsplit(':').next();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Tool, corpus};
    use super::*;

    const FILES: [(&str, Tool, usize); 14] = [
        ("diskspd/DiskSpdExample-ReadWrite.txt", Tool::DiskSpd, 1),
        ("diskspd/DiskSpdExample-WriteOnly.txt", Tool::DiskSpd, 1),
        ("diskspd/DiskSpdExample-WriteOnly-v2.2.0.txt", Tool::DiskSpd, 1),
        ("diskspd/DiskSpdExample-WriteOnly-v2.2.0-SingleGroup.txt", Tool::DiskSpd, 1),
        ("diskspd/DiskSpdExample-WriteOnly-v2.2.0-MultiSocketSingleGroup.txt", Tool::DiskSpd, 1),
        ("diskspd/pkb_diskspd_result_2.0.21a.xml", Tool::DiskSpd, 1),
        ("vmfleet/result.tsv", Tool::VmFleet, 2),
        ("fio/fio-parser-sample-result.json", Tool::Fio, 5),
        ("fio/randrw70_8k_qd8.json", Tool::Fio, 1),
        ("fio/seqwrite_512k_qd4.normal+json.txt", Tool::Fio, 1),
        ("fio/bssplit_perio.json", Tool::Fio, 1),
        ("net/ClientOutput.xml", Tool::Ntttcp, 1),
        ("net/ServerOutput.xml", Tool::Ntttcp, 1),
        ("net/iperf3_loopback_p4.json", Tool::Iperf3, 1),
    ];

    #[test]
    fn every_file_is_told_by_its_content() {
        for (path, tool, count) in FILES {
            let file = corpus::file(path);
            let bare = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&file);
            for bytes in [file.clone(), corpus::utf16(bare)] {
                let measured = read_any("any", bytes.as_slice());
                let measured = measured.unwrap_or_else(|error| panic!("{path}: {error}"));
                let tools: Vec<Tool> = match &measured {
                    Measured::Tests(tests) => tests.iter().map(|test| test.tool).collect(),
                    Measured::Links(links) => links.iter().map(|link| link.tool).collect(),
                };
                assert_eq!(tools, vec![tool; count], "{path}");
                assert!(corpus::sound(&measured), "{path}");
            }
        }
    }

    #[test]
    fn a_log_is_told_by_its_name() {
        let log = "1, 2000, 0, 512\n".as_bytes();
        assert!(read_any("results/x_lat.1.log", log).is_ok());
        assert!(read_any("x_clat.1.log", log).is_ok());
        for name in ["x_slat.1.log", "x_iops.1.log", "x.csv"] {
            let error = read_any(name, log).unwrap_err().to_string();
            assert!(error.contains("whether it is of latencies or of rates"), "{error}");
        }
    }

    #[test]
    fn what_is_none_is_told_with_the_formats() {
        for (text, problem) in [
            ("", "the file is empty"),
            (" \r\n", "the file is empty"),
            ("a,b\n1,2\n", "the file is of no known format"),
            ("<Objs/>", "an XML document of no known tool"),
            ("<!-- <Results/> --><a/>", "an XML document of no known tool"),
            ("{\"a\": 1}", "a JSON document of no known tool"),
        ] {
            let error = read_any("f", text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("f, line 1: {problem}")), "{error}");
            assert!(error.contains("VMFleet result TSV"), "{error}");
        }
        let profile = read_any("f", "<?xml version='1.0'?><Profile/>".as_bytes()).unwrap_err();
        assert!(profile.to_string().contains("describes a load and has no results"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn damaged_files_never_panic(damages in corpus::damages(), which in 0..FILES.len()) {
            let bytes = corpus::damaged(&corpus::file(FILES[which].0), &damages);
            match read_any("x_lat.log", bytes.as_slice()) {
                Ok(measured) => prop_assert!(corpus::sound(&measured)),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_any("x_lat.log", bytes.as_slice());
        }
    }
}
