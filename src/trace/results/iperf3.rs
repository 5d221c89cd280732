//! iperf3 results as JSON (`-J`), TCP and UDP, one direction or both.

use std::io::Read;

use super::json::{self, At};
use super::{End, LinkCeiling, Tool};
use crate::trace::{Gathered, TraceError};

const COMPLETE: &str = "give the whole output of iperf3 -J";

/// Reads the directions of a result: one, or two of `--bidir`.
///
/// # Errors
/// [`TraceError`] with all that is wrong: no JSON, an error of iperf3, no sums at the end, numbers
/// that are none.
pub fn read<R: Read>(name: &str, reader: R) -> Result<Vec<LinkCeiling>, TraceError> {
    let document = json::read(name, reader, "start")?;
    let mut faults = Gathered::default();
    let links = links(&document.root(), &mut faults);
    faults.into_result(name)?;
    Ok(links)
}

fn links(root: &At<'_>, faults: &mut Gathered) -> Vec<LinkCeiling> {
    if let Some(error) = root.get("error") {
        let text = format!("iperf3 failed: {}", error.value.as_str().unwrap_or_default());
        faults.push(error.content(text, "repeat the test"));
        return Vec::new();
    }
    let Some(end) = root.get("end") else {
        faults.push(root.content("there is no \"end\", the test was not finished", COMPLETE));
        return Vec::new();
    };
    let start = root.get("start");
    let reverse = start
        .as_ref()
        .and_then(|start| start.dig(&["test_start", "reverse"])?.value.as_u64())
        .is_some_and(|reverse| reverse > 0);
    let mut links = Vec::new();
    for (suffix, turned) in [("", false), ("_bidir_reverse", true)] {
        let named = |name: &str| end.get(&format!("{name}{suffix}"));
        let (sent, received, sum) = (named("sum_sent"), named("sum_received"), named("sum"));
        if sent.is_none() && received.is_none() && sum.is_none() {
            continue;
        }
        // What the machine that printed it did: it sends unless the test is turned round.
        let own = if reverse == turned { End::Sender } else { End::Receiver };
        let mut link = LinkCeiling::new(Tool::Iperf3, own);
        if let Some(start) = &start {
            describe(start, &mut link, faults);
        }
        let rate = |of: &Option<At<'_>>, faults: &mut Gathered| {
            of.as_ref()?.number("bits_per_second", faults).map(|bits| bits / 8.0)
        };
        link.sent_bytes_per_s = rate(&sent, faults);
        link.received_bytes_per_s = rate(&received, faults);
        if sent.is_none() && received.is_none() {
            // Older versions have one sum of UDP, of what was sent.
            link.sent_bytes_per_s = rate(&sum, faults);
        }
        if link.sent_bytes_per_s.is_none() && link.received_bytes_per_s.is_none() {
            faults.push(end.content("a sum has no \"bits_per_second\"", COMPLETE));
        }
        let of = sent.as_ref().or(sum.as_ref()).or(received.as_ref());
        link.duration_s = of.and_then(|of| of.number("seconds", faults));
        link.retransmits = sent.as_ref().and_then(|sent| sent.count("retransmits", faults));
        link.round_trip_s = round_trip(&end, turned, faults);
        if let Some(cpu) = end.get("cpu_utilization_percent") {
            link.tool_cpu_pct = cpu.number("host_total", faults);
            link.peer_tool_cpu_pct = cpu.number("remote_total", faults);
        }
        links.push(link);
    }
    if links.is_empty() {
        faults.push(end.content("there are no sums of what was sent or received", COMPLETE));
    }
    links
}

fn describe(start: &At<'_>, link: &mut LinkCeiling, faults: &mut Gathered) {
    link.version = start.text("version");
    link.started = start.get("timestamp").and_then(|stamp| stamp.text("time"));
    if let Some(first) = start.get("connected").and_then(|c| c.items().into_iter().next()) {
        link.host = first.text("local_host");
        link.peer = first.text("remote_host");
    }
    if let Some(test) = start.get("test_start") {
        link.protocol = test.text("protocol");
        link.streams = test.count("num_streams", faults);
        link.buffer_bytes = test.count("blksize", faults).filter(|bytes| *bytes > 0);
    }
}

/// The mean over the streams of one direction that tell it.
fn round_trip(end: &At<'_>, turned: bool, faults: &mut Gathered) -> Option<f64> {
    let mut sum = 0.0;
    let mut count = 0_u32;
    for stream in end.get("streams")?.items() {
        let Some(sender) = stream.get("sender") else { continue };
        let sends = sender.get("sender").and_then(|flag| flag.value.as_bool());
        if sends == Some(turned) {
            continue;
        }
        if let Some(us) = sender.number("mean_rtt", faults).filter(|us| *us > 0.0) {
            sum += us * 1e-6;
            count += 1;
        }
    }
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Measured, corpus};
    use super::*;

    const FILE: &str = "net/iperf3_loopback_p4.json";

    #[test]
    fn four_streams_over_loopback() {
        let links = read(FILE, corpus::file(FILE).as_slice()).unwrap();
        let [link] = links.as_slice() else { panic!("{links:?}") };
        assert_eq!((link.version.as_deref(), link.end), (Some("iperf 3.12"), End::Sender));
        assert_eq!(
            (link.host.as_deref(), link.peer.as_deref()),
            (Some("127.0.0.1"), Some("127.0.0.1"))
        );
        assert_eq!(link.started.as_deref(), Some("Sat, 21 Nov 2026 05:21:06 GMT"));
        assert_eq!((link.protocol.as_deref(), link.streams), (Some("TCP"), Some(4)));
        assert_eq!((link.buffer_bytes, link.duration_s), (Some(131_072), Some(8.000_685)));
        assert_eq!(link.sent_bytes_per_s, Some(27_074_535_502.897_56 / 8.0));
        assert_eq!(link.received_bytes_per_s, Some(27_074_356_150.645_1 / 8.0));
        assert_eq!(link.retransmits, Some(25));
        assert_eq!(link.tool_cpu_pct, Some(91.595_353_981_140_2));
        assert_eq!(link.peer_tool_cpu_pct, Some(42.409_531_305_248_72));
        assert_eq!(link.cpu_pct, None, "it is of the tool, not of the machine");
        // 88, 84, 101 and 106 us.
        assert!((link.round_trip_s.unwrap() - 94.75e-6).abs() < 1e-12);
    }

    #[test]
    fn both_directions_and_turned_ones() {
        let text = "{\"start\":{\"test_start\":{\"reverse\":0}},\"end\":{\
                    \"sum_sent\":{\"bits_per_second\":80,\"retransmits\":1},\
                    \"sum_received\":{\"bits_per_second\":72},\
                    \"sum_sent_bidir_reverse\":{\"bits_per_second\":160},\
                    \"sum_received_bidir_reverse\":{\"bits_per_second\":152}}}";
        let links = read("i", text.as_bytes()).unwrap();
        let told: Vec<_> =
            links.iter().map(|l| (l.end, l.sent_bytes_per_s, l.received_bytes_per_s)).collect();
        let expected =
            [(End::Sender, Some(10.0), Some(9.0)), (End::Receiver, Some(20.0), Some(19.0))];
        assert_eq!(told, expected);
        let turned = "{\"start\":{\"test_start\":{\"reverse\":1}},\
                      \"end\":{\"sum\":{\"bits_per_second\":8}}}";
        let links = read("i", turned.as_bytes()).unwrap();
        assert_eq!((links[0].end, links[0].sent_bytes_per_s), (End::Receiver, Some(1.0)));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let told = |text: &str| read("i", text.as_bytes()).unwrap_err().to_string();
        let failed = "{\"start\":{},\n\"error\":\"unable to connect\"}";
        assert!(told(failed).starts_with("i, line 2, column 9 (error): iperf3 failed: unable"));
        assert!(told("{\"start\":{}}").contains("the test was not finished"));
        assert!(told("{\"start\":{},\"end\":{}}").contains("there are no sums"));
        let text = String::from_utf8(corpus::file(FILE)).unwrap();
        let negative = text.replace("\"retransmits\":\t25", "\"retransmits\":\t-25");
        assert!(told(&negative).contains("(end.sum_sent.retransmits): -25 is negative"));
        assert!(told(&text[..9000]).contains("no JSON"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn damaged_results_never_panic(damages in corpus::damages()) {
            match read("i", corpus::damaged(&corpus::file(FILE), &damages).as_slice()) {
                Ok(links) => prop_assert!(corpus::sound(&Measured::Links(links))),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
