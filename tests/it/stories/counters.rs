//! Predicted counters: what Windows would have counted adds up, on every node and in every row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use csvnet::counters::{Log, write_pdh};
use csvnet::engine::{HopRecord, IoRecord, RunRecord};
use csvnet::experiment::{Plan, WarmUp, watch};
use csvnet::network::Direction;
use csvnet::random::Seed;
use csvnet::report::counters::Watcher;
use csvnet::stats::SecondBins;
use csvnet::topology::StorageKind;
use proptest::prelude::*;

use super::NODES;
use crate::cluster::{Story, TWO_NODES, WIRE_ONLY, assert_near};

const MS_PS: u64 = 1_000_000_000;

/// A log as somebody reads it who has nothing but the file: values by path.
struct Read {
    columns: BTreeMap<String, Vec<Option<f64>>>,
    /// Milliseconds since the first sample.
    at_ms: Vec<u64>,
}

/// Reads PDH-CSV and takes nothing that is not exactly so.
fn read(text: &str) -> Read {
    let body = text.strip_suffix("\r\n").expect("the last line ends too");
    let lines: Vec<Vec<&str>> = body
        .split("\r\n")
        .map(|line| {
            assert!(!line.contains(['\r', '\n']), "lines end in CR LF: {line}");
            let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
            let fields: Vec<&str> = inner.expect("every field is quoted").split("\",\"").collect();
            assert!(fields.iter().all(|field| !field.contains('"')), "{line}");
            fields
        })
        .collect();
    let (head, rows) = lines.split_first().expect("there is a head");
    assert_eq!(head[0], "(PDH-CSV 4.0) (UTC)(0)");
    assert!(rows.iter().all(|row| row.len() == head.len()), "every row has every column");
    let mut columns = BTreeMap::new();
    for (k, name) in head.iter().enumerate().skip(1) {
        let path: Vec<&str> = name.strip_prefix(r"\\").expect("a path").splitn(3, '\\').collect();
        assert!(path.len() == 3 && path[1].contains('(') && name.contains(")\\"), "{name}");
        let cell = |row: &Vec<&str>| match row[k] {
            " " => None,
            number => {
                let value: f64 = number.parse().unwrap_or_else(|_| panic!("{name}: {number}"));
                assert!(value.is_finite() && value >= 0.0, "{name}: {number}");
                Some(value)
            }
        };
        let values: Vec<Option<f64>> = rows.iter().map(cell).collect();
        assert!(values[1..].iter().all(Option::is_some), "{name}: only the first may be blank");
        let before = columns.insert(name.to_lowercase(), values);
        assert!(before.is_none(), "two columns are called {name}");
    }
    let at_ms: Vec<u64> = rows.iter().map(|row| instant(row[0])).collect();
    assert!(at_ms.windows(2).all(|pair| pair[0] < pair[1]), "{at_ms:?}");
    Read { columns, at_ms }
}

/// `MM/DD/YYYY HH:MM:SS.mmm` of the first of January.
fn instant(text: &str) -> u64 {
    let (date, time) = text.split_once(' ').expect("date and time");
    assert_eq!(date, "01/01/2026", "no clock is asked");
    assert_eq!(time.len(), 12, "{time}");
    let number = |part: &str| part.parse::<u64>().expect("a number");
    let (time, ms) = time.split_once('.').expect("milliseconds");
    time.split(':').fold(0, |sum, part| 60 * sum + number(part)) * 1000 + number(ms)
}

impl Read {
    /// Number of samples after the first.
    fn samples(&self) -> usize {
        self.at_ms.len() - 1
    }

    fn seconds(&self, sample: usize) -> f64 {
        (self.at_ms[sample] - self.at_ms[sample - 1]) as f64 / 1e3
    }

    /// The sum over the instances of which node and name are accepted, at a sample from 1.
    fn sum(
        &self,
        object: &str,
        counter: &str,
        sample: usize,
        of: impl Fn(&str, &str) -> bool,
    ) -> f64 {
        let (object, counter) = (object.to_lowercase(), counter.to_lowercase());
        let mut sum = 0.0;
        for (name, values) in &self.columns {
            let (node, rest) = name[2..].split_once('\\').expect("a node");
            let Some(rest) = rest.strip_prefix(&format!("{object}(")) else { continue };
            let Some((instance, last)) = rest.rsplit_once(")\\") else { continue };
            if last == counter && instance != "_total" && of(node, instance) {
                sum += values[sample].unwrap_or(f64::NAN);
            }
        }
        sum
    }

    fn all(&self, object: &str, counter: &str, sample: usize) -> f64 {
        self.sum(object, counter, sample, |_, _| true)
    }

    fn has(&self, object: &str) -> bool {
        let part = format!("\\{}(", object.to_lowercase());
        self.columns.keys().any(|name| name[2..].contains(&part))
    }

    fn nodes_and_instances(&self, object: &str) -> Vec<(String, String)> {
        let mark = format!("{}(", object.to_lowercase());
        let mut found: Vec<(String, String)> = Vec::new();
        for name in self.columns.keys() {
            let (node, rest) = name[2..].split_once('\\').expect("a node");
            if let Some(rest) = rest.strip_prefix(&mark)
                && let Some((instance, _)) = rest.rsplit_once(")\\")
                && !found.iter().any(|(n, i)| n == node && i == instance)
            {
                found.push((node.to_owned(), instance.to_owned()));
            }
        }
        found
    }
}

fn log(story: &Story, interval_ms: u64) -> (Log, RunRecord) {
    let run = &story.scenario.run;
    let warm_up = match run.warm_up {
        csvnet::scenario::WarmUp::Fixed(s) => WarmUp::Fixed(s),
        csvnet::scenario::WarmUp::Auto => WarmUp::Auto,
    };
    let plan = Plan { seed: Seed(1), duration_s: run.duration_s, warm_up, ..Plan::default() };
    let mut watcher = Watcher::new(&story.scenario.cluster, &story.compiled, interval_ms * MS_PS);
    let record = watch(&story.compiled.network, &plan, &|| false, &mut |hops, ios| {
        watcher.take(hops, ios);
        true
    });
    let record = record.unwrap_or_else(|error| panic!("{error}"));
    let log = watcher.log(record.warm_up_ps + record.window_ps);
    (log.unwrap_or_else(|error| panic!("{error}")), record)
}

fn counted(story: &Story, interval_ms: u64) -> (Read, RunRecord) {
    let (log, record) = log(story, interval_ms);
    let mut text = Vec::new();
    write_pdh(&log, &mut text).expect("memory takes it");
    (read(std::str::from_utf8(&text).expect("it is text")), record)
}

/// `a` and `b` are the same but for the rounding of a few additions.
#[track_caller]
fn assert_same(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() <= 1e-9 * a.abs().max(b.abs()), "{what}: {a} and {b}");
}

/// Every identity that holds whatever the cluster.
fn check_identities(story: &Story, read: &Read, record: &RunRecord) {
    const VSD: &str = "Hyper-V Virtual Storage Device";
    let two = [("Read", 0), ("Write", 1)];
    for k in 1..=read.samples() {
        for (word, _) in two {
            let rate = format!("{word}s/sec");
            let bytes = format!("{word} Bytes/sec");
            let guests = read.all(VSD, &format!("{word} Operations/Sec"), k);
            let volumes = read.all("Cluster CSVFS", &rate, k);
            assert_same(guests, volumes, "what guests ask is what volumes get");
            let guests = read.all(VSD, &bytes, k);
            assert_same(guests, read.all("Cluster CSVFS", &bytes, k), "in bytes");
            for (node, volume) in read.nodes_and_instances("Cluster CSVFS") {
                let of = |object: &str, counter: &str| {
                    read.sum(object, counter, k, |n, i| n == node && i == volume)
                };
                let direct = of("Cluster CSVFS Direct IO", &bytes);
                let redirected = of("Cluster CSVFS Redirected IO", &bytes);
                assert_same(
                    direct + redirected,
                    of("Cluster CSVFS", &bytes),
                    "all is one or other",
                );
                let manager = "Cluster CSV Volume Manager";
                let straight = of(manager, &format!("IO {bytes}"));
                let block = of(manager, &format!("IO {bytes} - Redirected"));
                assert_same(straight + block, direct, "direct I/O passes the volume manager");
                let file_system = "Cluster CSV File System";
                let io = of(file_system, &format!("IO {bytes}"));
                assert_same(io, straight + block, "IO is direct and block redirected");
                let slow = of(file_system, &format!("Redirected {bytes}"));
                assert_same(slow, redirected, "Redirected is file-system redirected only");
            }
            for (_, volume) in read.nodes_and_instances("Cluster CSV Block Redirection") {
                let on = |_: &str, i: &str| i == volume;
                let out = format!("IO {bytes} - Redirected");
                let out = read.sum("Cluster CSV Volume Manager", &out, k, on);
                let got = read.sum("Cluster CSV Block Redirection", &format!("IO {bytes}"), k, on);
                assert_same(out, got, "what requesters redirect by block is what owners get");
            }
            for (owner, share) in read.nodes_and_instances("SMB Server Shares") {
                for counter in [format!("{word} Requests/sec"), bytes.clone()] {
                    let client = format!("\\{owner}\\{share}");
                    let sent = read
                        .sum("SMB Client Shares", &counter, k, |_, instance| instance == client);
                    let got =
                        read.sum("SMB Server Shares", &counter, k, |n, i| n == owner && i == share);
                    assert_same(sent, got, "what clients of a share send its server gets");
                }
            }
            let counter = format!("{word} Bytes/sec");
            let block = read.sum("SMB Client Shares", &counter, k, |_, i| i.ends_with("csv$"));
            let sent = format!("IO {counter} - Redirected");
            let sent = read.all("Cluster CSV Volume Manager", &sent, k);
            assert_same(block, sent, "CSV$ carries what is block redirected");
        }
    }
    // Over the whole run: as many as the groups of the run completed, and over the network, where
    // payload leaves one port once, what the ports carried but for what was under way.
    let last = read.samples();
    let (mut ios, mut bytes, mut smb) = (0.0, 0.0, 0.0);
    for k in 1..=last {
        for (word, _) in two {
            let name = format!("{word} Bytes/sec");
            bytes += read.all("Cluster CSVFS", &name, k) * read.seconds(k);
            smb += read.all("SMB Client Shares", &name, k) * read.seconds(k);
        }
    }
    for word in ["Reads", "Writes"] {
        ios += read.all("Cluster CSVFS", word, last);
    }
    let total = |of: fn(&csvnet::engine::GroupRecord) -> u128| -> f64 {
        record.groups.iter().map(of).sum::<u128>() as f64
    };
    assert_same(ios, total(|group| group.completions.total()), "I/Os of the run");
    assert_near(bytes, total(|group| group.bytes.total()), 1e-9);
    let sent = story.compiled.network.stations.iter().zip(&record.stations);
    let sent = sent.filter(|(s, _)| {
        s.as_port().and_then(|p| p.link.as_ref()).is_some_and(|link| link.csv && link.transmit)
    });
    let payload: f64 =
        sent.map(|(_, r)| r.payload_bins.as_ref().map_or(0, SecondBins::total) as f64).sum();
    let largest = story.compiled.routes.iter().map(|r| r.bytes).max().unwrap_or(0) as f64;
    let under_way = record.inside as f64 * largest;
    // Copies of mirrors cross the network too.
    let storages = &story.scenario.cluster.storages;
    let copied = storages.iter().any(|storage| storage.kind == StorageKind::SpacesDirect);
    assert!(
        payload >= smb * (1.0 - 1e-9) && (copied || payload <= smb + under_way + 1.0),
        "ports carried {payload}, shares {smb}, under way at most {under_way}"
    );
}

/// The counters that tell the modes apart: object, and bytes read.
const TELLING: [(&str, &str); 4] = [
    ("Cluster CSVFS Direct IO", "Read Bytes/sec"),
    ("Cluster CSVFS Redirected IO", "Read Bytes/sec"),
    ("Cluster CSV Volume Manager", "IO Read Bytes/sec"),
    ("Cluster CSV Volume Manager", "IO Read Bytes/sec - Redirected"),
];

/// Which of them move on the node without the volume.
type Moves = [bool; 4];

const DIRECT: Moves = [true, false, true, false];
const BLOCK: Moves = [true, false, false, true];
const FILE_SYSTEM: Moves = [false, true, false, false];

/// A set-up of the measured captures: its name, storage, volume, and which counters moved.
type Capture = (&'static str, &'static str, &'static str, Moves);

const SAN: &str = "[storage.s]\nkind = \"array\"\nmodel = \"generic-all-flash\"\n\
                   [nodes.HV.hbas.fc]\nmodel = \"qlogic-qle2742\"\nstorage = \"s\"\n";
const S2D: &str = "[storage.s]\nkind = \"storage-spaces-direct\"\nmodel = \"s2d-four-nvme\"\n";
const SHARED_SPACES: &str = "[storage.s]\nkind = \"storage-spaces\"\nmodel = \"jbod-8-ssd-16-hdd\"\n\
     [nodes.HV.hbas.sas]\nmodel = \"lsi-sas-9207-8e\"\nstorage = \"s\"\n";

const REFS: &str = "file-system = \"ReFS\"";

/// `PerfMon` on the node without the volume while a machine starts there, photographed in nine
/// set-ups: <https://github.com/microsoft/MSLab/tree/d3c14de83abd5073510bff0bbc9f4508ddfb01f6/Scenarios/TestingCSVRedirection>.
const CAPTURES: [Capture; 9] = [
    ("SAN, NTFS", SAN, "", DIRECT),
    ("SAN, ReFS", SAN, REFS, FILE_SYSTEM),
    ("S2D, NTFS", S2D, "", BLOCK),
    ("S2D, ReFS", S2D, REFS, FILE_SYSTEM),
    ("Shared Storage Spaces, NTFS", SHARED_SPACES, "", BLOCK),
    ("Shared Storage Spaces, ReFS", SHARED_SPACES, REFS, FILE_SYSTEM),
    ("Shared Storage Spaces, tiered NTFS", SHARED_SPACES, "tiered = true", FILE_SYSTEM),
    ("SAN + Storage Replica, NTFS", SAN, "replicated = true", BLOCK),
    ("SAN + Storage Replica, ReFS", SAN, "replicated = true\nfile-system = \"ReFS\"", FILE_SYSTEM),
];

#[test]
fn the_counters_that_move_are_those_that_were_seen_to() {
    for (name, storage, volume, expected) in CAPTURES {
        let text = format!(
            "{NODES}\n{storage}\n[volumes.CSV1]\nstorage = \"s\"\nowner = \"HV2\"\n{volume}\n"
        );
        let set = [
            ("run.duration", "20 ms"),
            ("run.warm-up", "5 ms"),
            ("workloads.a.read", "98 %"),
            ("workloads.a.outstanding", "8"),
        ];
        let story = Story::new(&text, &set);
        let (read, record) = counted(&story, 1000);
        check_identities(&story, &read, &record);
        let bytes = |object: &str, counter: &str| {
            read.sum(object, counter, 1, |node, volume| node == "hv1" && volume == "csv1")
        };
        let all = bytes("Cluster CSVFS", "Read Bytes/sec");
        assert!(all > 0.0, "{name}");
        // What moves has all of it, as in the captures.
        let seen = TELLING.map(|(object, counter)| {
            let value = bytes(object, counter);
            assert!(value == 0.0 || value == all, "{name}: {object}\\{counter}: {value} of {all}");
            value > 0.0
        });
        assert_eq!(seen, expected, "{name}");
    }
}

#[test]
fn a_volume_counts_from_below_the_guest_and_its_limit() {
    let set = [
        ("volumes.CSV1.file-system", "ReFS"),
        ("parameters.guest.per-io", "30 us"),
        ("parameters.vmbus.per-io", "20 us"),
        ("parameters.host.per-io", "10 us"),
        ("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %"),
        ("run.duration", "1 s"),
        ("vms.B.disks.d.max-iops", "1000 IOPS"),
    ];
    let story = Story::new(WIRE_ONLY, &set);
    let (read, _) = counted(&story, 1000);
    let vsd = "Hyper-V Virtual Storage Device";
    let volume = read.all("Cluster CSVFS", "Avg. sec/Read", 1);
    let device = read.all(vsd, "Latency", 1);
    let guest = story.run(1).measured.groups[0].latency_s.mean;
    // One at a time, a slot of 1 ms each: the guest has 50 us above the device, the device the
    // rest of the slot above the volume. The very first of a thousand waits for no slot.
    assert_near(guest, 1e-3, 0.001);
    assert_near(guest - device, 50e-6, 0.03);
    assert_same(volume, read.all(vsd, "Lower Latency", 1), "the limit lies between");
    let unlimited = Story::new(WIRE_ONLY, &set[..6]);
    let alone = unlimited.run(1).measured.groups[0].latency_s.mean;
    assert_near(volume, alone - 50e-6, 0.001);
    assert!(volume < 0.1e-3 && device > 0.9e-3, "{volume} {device}");
    assert_same(read.all(vsd, "Maximum I/O Rate", 1), 1000.0, "the limit is told");
}

#[test]
fn a_direct_io_that_was_sent_again_counts_where_windows_counts_it() {
    let story = Story::new(TWO_NODES, &[]);
    let source = story.compiled.network.sources.iter().position(|s| s.label.contains("B/d"));
    let source = source.expect("B has a source") as u32;
    let station = story.compiled.network.stations.iter().position(|s| s.account.is_none());
    let station = station.expect("some stations are no processors") as u32;
    // Two reads of 8 KiB that take 1 ms below VMBus: one direct, one failed and sent again.
    let mut watcher = Watcher::new(&story.scenario.cluster, &story.compiled, 1000 * MS_PS);
    let straight = ["vmbus", "host", "controller"];
    let again = ["smb client", "smb server", "owner stack", "controller", "response tx"];
    for number in 0..2_u64 {
        let roles = if number == 0 { straight.to_vec() } else { [&straight[..], &again].concat() };
        let mut at_ps = MS_PS;
        for role in roles {
            let end_ps = at_ps + MS_PS / 10;
            let (branch, bytes, mix) = (0, 8192, 0);
            let (arrived_ps, start_ps, leave_ps) = (at_ps, at_ps, end_ps);
            watcher.take(
                &[HopRecord {
                    source,
                    number,
                    mix,
                    branch,
                    station,
                    role,
                    bytes,
                    arrived_ps,
                    start_ps,
                    end_ps,
                    leave_ps,
                }],
                &[],
            );
            at_ps = end_ps;
        }
        let (direction, bytes) = (Direction::Read, 8192);
        let (issued_ps, completed_ps) = (MS_PS, Some(2 * MS_PS + MS_PS / 10));
        watcher
            .take(&[], &[IoRecord { source, number, direction, bytes, issued_ps, completed_ps }]);
    }
    let mut text = Vec::new();
    write_pdh(&watcher.log(1000 * MS_PS).expect("few samples"), &mut text).expect("it is written");
    let read = read(std::str::from_utf8(&text).expect("it is text"));
    let manager = "Cluster CSV Volume Manager";
    for (object, counter, expected) in [
        ("Cluster CSVFS", "Reads", 2.0),
        ("Cluster CSVFS Direct IO", "Reads", 2.0),
        ("Cluster CSVFS Redirected IO", "Reads", 0.0),
        (manager, "IO Reads", 1.0),
        (manager, "IO Reads - Redirected", 1.0),
        (manager, "Direct IO Failure Redirection/sec", 1.0),
        ("Cluster CSV Block Redirection", "IO Reads", 1.0),
        ("SMB Client Shares", "Read Requests/sec", 1.0),
        ("SMB Server Shares", "Read Bytes/sec", 8192.0),
        ("Hyper-V Virtual Storage Device", "Read Count", 2.0),
    ] {
        assert_same(read.all(object, counter, 1), expected, counter);
    }
    let disk = |on: &str| read.sum("PhysicalDisk", "Disk Reads/sec", 1, |node, _| node == on);
    assert_eq!((disk("hv2"), disk("hv1")), (2.0, 1.0), "once in vain, once direct, once again");
    assert_near(read.all("Cluster CSVFS", "Avg. sec/Read", 1), 1e-3, 1e-9);
    // From the first response on the owner's server is done: three visits of 0.1 ms.
    assert_near(read.all("SMB Server Shares", "Avg. sec/Read", 1), 0.3e-3, 1e-9);
}

#[test]
fn queues_are_what_is_under_way() {
    // Sixteen outstanding and no time above the volume: sixteen in its queue.
    let set = [
        ("workloads.b.outstanding", "16"),
        ("run.duration", "200 ms"),
        ("parameters.owner.file-system-per-io", "100 us"),
        ("volumes.CSV1.file-system", "ReFS"),
    ];
    let (read, _) = counted(&Story::new(WIRE_ONLY, &set), 50);
    for k in 2..=4 {
        let queue = read.all("Cluster CSVFS", "Avg. Read Queue Length", k);
        assert_near(queue, 16.0, 0.02);
        let client = read.all("SMB Client Shares", "Avg. Data Queue Length", k);
        assert!(client <= queue && client > 15.0, "{client}");
        let server = read.all("SMB Server Shares", "Avg. Read Queue Length", k);
        let disk = read.all("PhysicalDisk", "Avg. Disk Queue Length", k);
        assert!(disk < server && server < client, "{disk} {server} {client}");
    }
}

#[test]
fn the_block_cache_counts_what_it_answers_and_the_volume_what_it_does_not() {
    let set = [("cluster.block-cache", "1 GiB"), ("cluster.block-cache-hits", "30 %")];
    let (read, _) = counted(&Story::new(TWO_NODES, &set), 1000);
    let cache = "Cluster CSV Volume Cache";
    for node in ["hv1", "hv2"] {
        let of = |object, counter| read.sum(object, counter, 1, |n, _| n == node);
        let answered = of(cache, "Cache Read/Sec");
        let asked = of("Cluster CSVFS", "Reads/sec");
        assert!(asked > 1000.0, "{asked}");
        assert_near(answered / asked, 0.3, 0.1);
        assert_same(answered + of("Cluster CSVFS Direct IO", "Reads/sec"), asked, node);
        assert_same(of(cache, "Cache IO Read-Bytes/sec"), 8192.0 * answered, node);
    }
    // Where there is none, nothing is logged of it.
    assert!(!counted(&Story::new(TWO_NODES, &[]), 1000).0.has(cache));
}

#[test]
fn throughput_is_normalized_to_8_kib() {
    for (block, units) in [("4 KiB", 1.0), ("8 KiB", 1.0), ("64 KiB", 8.0), ("100 KiB", 13.0)] {
        let (read, _) = counted(&Story::new(WIRE_ONLY, &[("workloads.b.block", block)]), 1000);
        let vsd = "Hyper-V Virtual Storage Device";
        let normalized = read.all(vsd, "Normalized Throughput", 1);
        assert_same(normalized, units * read.all(vsd, "Read Operations/Sec", 1), block);
    }
}

/// Reads of 64 KiB over one port of the network: requests a second, and what adapters count.
fn wire(set: &[(&str, &str)]) -> (Read, f64) {
    let block = [
        ("workloads.b.block", "64 KiB"),
        ("workloads.b.outstanding", "4"),
        ("run.duration", "200 ms"),
    ];
    let story = Story::new(WIRE_ONLY, &[&block[..], set].concat());
    let (read, record) = counted(&story, 1000);
    assert!(record.inside <= 4);
    let requests = read.all("SMB Server Shares", "Read Requests/sec", 1);
    (read, requests)
}

#[test]
fn bytes_over_rdma_are_those_of_its_own_counters_only() {
    let (read, requests) = wire(&[]);
    for word in ["Received", "Sent", "Total"] {
        assert_same(read.all("Network Interface", &format!("Bytes {word}/sec"), 1), 0.0, word);
    }
    let rdma = "Read Bytes transmitted via SMB Direct/sec";
    let bytes = 65_536.0 * requests;
    assert_same(read.all("SMB Client Shares", rdma, 1), bytes, "all by RDMA");
    assert_near(read.all("SMB Direct Connection", "Bytes RDMA Written/sec", 1), bytes, 0.01);
    assert_same(read.all("SMB Direct Connection", "Bytes RDMA Read/sec", 1), 0.0, "no write");
    // RoCE v2 at a path MTU of 4096: 65,641 bytes in 17 frames of 44 + 14 beyond the payload.
    let frames = 17.0 * requests;
    let out = |counter: &str| read.sum("RDMA Activity", counter, 1, |node, _| node == "hv1");
    assert_near(out("RDMA Outbound Frames/sec"), frames, 0.01);
    assert_near(out("RDMA Outbound Bytes/sec"), (65_536.0 + 105.0 + 17.0 * 58.0) * requests, 0.01);
    let bits = read.all("Network Interface", "Current Bandwidth", 1);
    assert_same(bits, 2.0 * 25e9, "bits, not bytes");
}

#[test]
fn adapters_count_frames_without_preamble_and_gap() {
    let (read, requests) = wire(&[("nodes.HV.nics.nic.rdma", "false")]);
    assert!(!read.has("RDMA Activity") && !read.has("SMB Direct Connection"));
    let sent = |counter: &str| read.sum("Network Interface", counter, 1, |node, _| node == "hv1");
    // 65,620 bytes of content in frames of 8960: eight, each with 40 of IP and TCP and 14 of MAC.
    assert_near(sent("Packets Sent/sec"), 8.0 * requests, 0.01);
    assert_near(sent("Bytes Sent/sec"), (65_620.0 + 8.0 * 54.0) * requests, 0.01);
    // The request: one frame of 117 + 54.
    assert_near(sent("Bytes Received/sec"), 171.0 * requests, 0.01);
}

#[test]
fn processors_show_load_guests_and_root() {
    let text = WIRE_ONLY.replace("[nodes.HV]\n", "[nodes.HV]\nload = \"25 %\"\n");
    let set = [
        ("parameters.cpus.two-xeon-gold-6130.cores", "4"),
        ("parameters.cpus.two-xeon-gold-6130.relative-cost", "100 %"),
        ("parameters.guest.per-io", "100 us"),
        ("run.duration", "199 ms"),
    ];
    let (read, record) = counted(&Story::new(&text, &set), 1000);
    assert_eq!(read.samples(), 1);
    let rate = record.completed as f64 / 0.2;
    let of = |object: &str, counter: &str, node: &str| {
        read.columns[&format!("\\\\{node}\\{object}(_total)\\{counter}").to_lowercase()][1].unwrap()
    };
    let hyper = "Hyper-V Hypervisor Logical Processor";
    // On HV2 the guest uses 100 us an I/O of four cores beside the quarter that is taken.
    let guest = 100.0 * (0.25 + rate * 100e-6 / 4.0);
    assert_near(of(hyper, "% Guest Run Time", "HV2"), guest, 0.001);
    assert_near(of(hyper, "% Guest Run Time", "HV1"), 25.0, 1e-6);
    assert!(of("Processor Information", "% Processor Time", "HV2") < 0.01);
}

#[test]
fn objects_are_those_of_the_version() {
    let has = |windows: &str, object: &str| {
        let set = [("cluster.windows", windows), ("run.duration", "20 ms")];
        counted(&Story::new(TWO_NODES, &set), 1000).0.has(object)
    };
    for windows in ["2012", "2012 R2"] {
        assert!(!has(windows, "Cluster CSVFS") && has(windows, "Cluster CSV File System"));
    }
    assert!(has("2016", "Cluster CSVFS Redirected IO"));
    let shared = ("vms.B.disks.d.sharing", "shared-vhdx");
    let (read, _) = counted(&Story::new(TWO_NODES, &[shared]), 1000);
    let on = read.nodes_and_instances("Hyper-V Shared VHDX");
    assert_eq!(on, [("hv1".to_owned(), "c--clusterstorage-csv1-b-d.vhdx".to_owned())]);
    let shared = read.all("Hyper-V Shared VHDX", "Total Bytes/sec", 1);
    let redirected = read.all("Cluster CSV Coordinator", "IO Read Bytes/sec", 1)
        + read.all("Cluster CSV Coordinator", "IO Write Bytes/sec", 1);
    assert_same(shared, redirected, "a shared disk goes through the owner's file system");
}

#[test]
fn the_last_sample_is_at_the_end_and_nothing_is_lost() {
    // 5 + 20 ms in samples of 10 ms: two whole ones and one of half the length.
    let set = [("run.duration", "20 ms"), ("run.warm-up", "5 ms")];
    let story = Story::new(TWO_NODES, &set);
    let (fine, record) = counted(&story, 10);
    assert_eq!(fine.at_ms, [0, 10, 20, 25]);
    check_identities(&story, &fine, &record);
    let (coarse, _) = counted(&story, 1000);
    assert_eq!(coarse.at_ms, [0, 25]);
    let total = |read: &Read, counter: &str| read.all("Cluster CSVFS", counter, read.samples());
    for counter in ["Reads", "Writes"] {
        assert_same(total(&fine, counter), total(&coarse, counter), counter);
    }
}

#[test]
fn watching_changes_nothing_of_the_run() {
    let story = Story::new(TWO_NODES, &[("run.duration", "20 ms"), ("run.warm-up", "5 ms")]);
    let (_, watched) = log(&story, 10);
    let measured = story.run(1).measured;
    assert!(watched.hops.is_empty() && watched.ios.is_empty(), "the sink took them");
    assert_eq!(measured.replications, 2);
    let plan = Plan {
        seed: Seed(1),
        replications: 1,
        duration_s: Some(20e-3),
        warm_up: WarmUp::Fixed(5e-3),
        ..Plan::default()
    };
    let net = &story.compiled.network;
    let alone = csvnet::experiment::run(net, &plan, &|| false, &|_| {}).expect("it runs");
    assert_eq!(alone.fingerprint, watched.fingerprint);
}

/// One random cluster: nodes, volumes (owner, ReFS, lost paths, replica), machines.
fn cluster() -> impl Strategy<Value = String> {
    let volume = (0_usize..3, any::<bool>(), any::<bool>(), any::<bool>());
    let machine = (0_usize..3, 0_usize..3, any::<bool>(), 0_usize..3, 1_u32..9, 0_usize..3);
    let volumes = prop::collection::vec(volume, 3);
    let machines = prop::collection::vec(machine, 1..5);
    (volumes, machines, any::<bool>()).prop_map(|(volumes, machines, rdma)| {
        let mut text = TWO_NODES
            .replace("count = 2\ncpu", "count = 3\ncpu")
            .replace("duration = \"200 ms\"", "duration = \"12 ms\"")
            .replace("warm-up = \"50 ms\"", "warm-up = \"3 ms\"");
        let cut = text.find("[volumes.CSV1]").expect("the volumes come after the nodes");
        text.truncate(cut);
        if !rdma {
            text = text.replace("network = \"csv\"\n", "network = \"csv\"\nrdma = false\n");
        }
        for (k, (owner, refs, lost, replicated)) in volumes.iter().enumerate() {
            let _ =
                write!(text, "[volumes.V{k}]\nstorage = \"san\"\nowner = \"HV{}\"\n", owner + 1);
            text += if *refs { "file-system = \"ReFS\"\n" } else { "" };
            let _ = writeln!(text, "replicated = {replicated}");
            if *lost {
                let _ = writeln!(text, "lost-paths = [\"HV{}\"]", (owner + 1) % 3 + 1);
            }
        }
        let blocks = ["4 KiB", "64 KiB", "3 MiB"];
        for (k, (node, volume, shared, block, outstanding, read)) in machines.iter().enumerate() {
            let sharing = if *shared { "shared-vhdx" } else { "none" };
            let _ = write!(
                text,
                "[vms.M{k}]\nnode = \"HV{}\"\ndisks.d = {{ volume = \"V{volume}\", sharing = \
                 \"{sharing}\" }}\n[workloads.w{k}]\nvm = \"M{k}\"\ndisk = \"d\"\nblock = \
                 \"{}\"\nread = \"{} %\"\noutstanding = {outstanding}\nworking-set = \"1 GB\"\n",
                node + 1,
                blocks[*block],
                [0, 60, 100][*read],
            );
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..<_>::default() })]
    #[test]
    fn what_is_counted_adds_up_in_any_cluster(text in cluster()) {
        let story = Story::new(&text, &[]);
        let (read, record) = counted(&story, 4);
        check_identities(&story, &read, &record);
    }
}
