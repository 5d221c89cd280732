//! `NTttcp` results as XML, of Windows and of Linux.
//!
//! `<ntttcps>` is of the sender, `<ntttcpr>` of the receiver. Rates are taken in bits or bytes a
//! second: what is called MB/s is 2^20 bytes on Windows and 10^6 on Linux.

use std::io::Read;

use super::elements::Fields;
use super::number::{DECIMAL_HELP, decimal};
use super::{End, LinkCeiling, Tool};
use crate::trace::TraceError;
use crate::trace::xml::{self, Element};

const COMPLETE: &str = "give the whole file that ntttcp -xml wrote";

/// Reads a result of one end.
///
/// # Errors
/// [`TraceError`] with all that is wrong: not XML, another document, no rate, numbers that are
/// none.
pub fn read<R: Read>(name: &str, reader: R) -> Result<LinkCeiling, TraceError> {
    let root = xml::read(name, reader, &[])?;
    let mut fields = Fields::default();
    let end = match root.name.as_str() {
        "ntttcps" => End::Sender,
        "ntttcpr" => End::Receiver,
        other => {
            let text = format!("the document is <{other}>, no NTttcp result");
            return Err(TraceError::one(name, root.content(text, COMPLETE)));
        }
    };
    let link = link(&root, end, &mut fields);
    fields.gathered.into_result(name)?;
    Ok(link)
}

fn link(root: &Element, end: End, fields: &mut Fields) -> LinkCeiling {
    let mut link = LinkCeiling::new(Tool::Ntttcp, end);
    let attribute = |name| root.attribute(name).map(str::to_owned);
    link.host = attribute("computername").filter(|host| !host.is_empty());
    link.version = attribute("version");
    link.duration_s = fields.decimal(root, "realtime");
    let rate = rate(root, fields);
    match end {
        End::Sender => link.sent_bytes_per_s = rate,
        End::Receiver => link.received_bytes_per_s = rate,
    }
    link.retransmits = fields.whole(root, "packets_retransmitted");
    let threads = root.all("thread").count() as u64;
    let streams = fields.whole(root, "conns_tested");
    link.streams = streams.or(Some(threads)).filter(|streams| *streams > 0);
    // Linux writes zero for what it does not tell.
    link.buffer_bytes = fields.whole(root, "bufferLen").filter(|bytes| *bytes > 0);
    let cycles = fields.decimal(root, "cycles").or(fields.decimal(root, "cycles_per_byte"));
    link.cycles_per_byte = cycles.filter(|cycles| *cycles > 0.0);
    link.round_trip_s = fields.decimal(root, "tcp_average_rtt").map(|us| us * 1e-6);
    link.protocol = fields.one(root, "parameters").and_then(|parameters| {
        let udp = fields.text(parameters, "udp")?;
        Some(if udp.eq_ignore_ascii_case("true") { "UDP" } else { "TCP" }.to_owned())
    });
    processors(root, &mut link, fields);
    link
}

/// Payload in bytes a second, of the unit whose meaning is the same everywhere.
fn rate(root: &Element, fields: &mut Fields) -> Option<f64> {
    let mut of = |metric: &str| {
        let rates = || {
            root.all("throughput").filter(|rate| {
                rate.attribute("metric").is_some_and(|have| have.eq_ignore_ascii_case(metric))
            })
        };
        let found = rates().next()?;
        if let Some(second) = rates().nth(1) {
            fields.push(second.content(format!("{metric} is given twice"), "keep one of them"));
        }
        let value = decimal(&found.text);
        value.map_err(|problem| fields.push(found.fault(problem, DECIMAL_HELP))).ok()
    };
    let (bytes, megabits) = (of("Bps"), of("mbps"));
    if root.all("throughput").next().is_none() {
        fields.push(root.content("there is no <throughput>", COMPLETE));
    } else if !root.all("throughput").any(|rate| {
        let metric = rate.attribute("metric").unwrap_or_default();
        metric.eq_ignore_ascii_case("Bps") || metric.eq_ignore_ascii_case("mbps")
    }) {
        fields.push(root.content("there is no throughput in mbps or Bps", COMPLETE));
    }
    bytes.or(megabits.map(|megabits| megabits * 1e6 / 8.0))
}

/// Use of all processors of the machine, where it can be told.
fn processors(root: &Element, link: &mut LinkCeiling, fields: &mut Fields) {
    if let Some(idle) = fields.decimal(root, "idle") {
        link.cpu_pct = Some((100.0 - idle).max(0.0));
        return;
    }
    let count = fields.whole(root, "num_processors");
    let Some(cpu) = fields.decimal(root, "cpu") else { return };
    // Windows tells the mean of all of them, Linux their sum without their number.
    if count.is_some() && cpu <= 100.0 {
        link.cpu_pct = Some(cpu);
    } else {
        let note = format!("CPU of {cpu} % is left out: of how many processors is not told");
        link.notes.push(note);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    const FILES: [&str; 4] = [
        "net/ClientOutput-v1.4.0.xml",
        "net/ClientOutput.xml",
        "net/ServerOutput-v1.4.0.xml",
        "net/ServerOutput.xml",
    ];

    fn one(path: &str) -> LinkCeiling {
        read(path, corpus::file(path).as_slice()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn senders_on_linux() {
        let link = one(FILES[0]);
        assert_eq!((link.host.as_deref(), link.end), (Some("Ubuntu20-16c-01"), End::Sender));
        assert_eq!((link.version.as_deref(), link.streams), (Some("5.33-linux"), Some(1)));
        assert_eq!(link.sent_bytes_per_s, Some(1_476_085_185.665));
        assert_eq!((link.received_bytes_per_s, link.retransmits), (None, Some(5194)));
        assert_eq!(link.duration_s, Some(60.359_238));
        // Idle 95.29 %.
        assert!((link.cpu_pct.unwrap() - 4.71).abs() < 1e-9);
        assert_eq!((link.cycles_per_byte, link.protocol.as_deref()), (Some(1.32), Some("TCP")));

        let link = one(FILES[1]);
        assert_eq!(link.sent_bytes_per_s, Some(6_940_227_564.593));
        assert_eq!((link.cpu_pct, link.notes.len()), (None, 1), "326.99 % of how many?");
        assert!((link.round_trip_s.unwrap() - 1886e-6).abs() < 1e-12);
        assert_eq!((link.streams, link.buffer_bytes), (None, None));
    }

    #[test]
    fn receivers_on_linux_and_windows() {
        let link = one(FILES[2]);
        assert_eq!((link.end, link.sent_bytes_per_s), (End::Receiver, None));
        assert_eq!(link.received_bytes_per_s, Some(1_476_031_492.996));

        let link = one(FILES[3]);
        assert_eq!(link.host.as_deref(), Some("LAPTOP-QAJMR977"));
        // 30622.494 Mb/s; its 3650.486 MB/s are of 2^20 bytes.
        assert_eq!(link.received_bytes_per_s, Some(30_622.494e6 / 8.0));
        assert!((3650.486 * 1_048_576.0 / (30_622.494e6 / 8.0) - 1.0_f64).abs() < 1e-6);
        assert_eq!((link.streams, link.buffer_bytes), (Some(4), Some(65_536)));
        assert_eq!((link.cpu_pct, link.cycles_per_byte), (Some(91.205), Some(4.026)));
        assert_eq!((link.duration_s, link.retransmits), (Some(30.010_424), Some(0)));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| read("n", text.as_bytes()).unwrap_err().to_string();
        assert!(told("<x/>").contains("the document is <x>, no NTttcp result"));
        assert!(told("<ntttcps/>").contains("there is no <throughput>"));
        let only = "<ntttcps><throughput metric='MB/s'>1</throughput></ntttcps>";
        assert!(told(only).contains("no throughput in mbps or Bps"));
        let negative = "<ntttcps>\n<throughput metric='mbps'>-1</throughput></ntttcps>";
        assert!(told(negative).contains("line 2, column 1 (throughput): -1 is negative"));
        let comma = "<ntttcps><throughput metric='mbps'>1,5</throughput></ntttcps>";
        assert!(told(comma).contains("a comma where"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn damaged_results_never_panic(damages in corpus::damages(), which in 0..FILES.len()) {
            match read("n", corpus::damaged(&corpus::file(FILES[which]), &damages).as_slice()) {
                Ok(link) => prop_assert!(corpus::sound(&Measured::Links(vec![link]))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
