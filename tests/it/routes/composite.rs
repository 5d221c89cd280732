//! Four whole routes: a direct write, a redirected read, a mirrored write, a split transfer.

use csvnet::engine::RunRecord;
use csvnet::network::{
    Amount, Direction, Framing, Network, RouteId, SelectorKind, Service, Station, StationId,
    StationKind, Step, Wait,
};

use crate::support::{MS, NS, US, at, constant, instants, run, sized, to_the_end};

const KIB: u64 = 1024;

/// The latencies of one source of I/Os at given instants, alone in its network.
fn latency_ps(
    net: &mut Network,
    route: RouteId,
    direction: Direction,
    bytes: u64,
    at_ps: &[u64],
) -> (u64, RunRecord) {
    net.add_source(sized("guest", route, direction, bytes, instants(bytes, at_ps)));
    let record = run(net, &to_the_end());
    assert_eq!((record.completed, record.inside), (at_ps.len() as u64, 0));
    let group = &record.groups[0];
    let side = if direction == Direction::Read { &group.reads } else { &group.writes };
    (side.latency.max_ps().expect("an I/O was completed"), record)
}

fn delay(net: &mut Network, label: &str) -> StationId {
    net.add_station(Station::new(label, StationKind::Delay))
}

#[test]
fn a_direct_write() {
    // Guest 5 us + 2 ns a KiB, hypervisor 3 us, host bus adapter port 16 Gbit/s (500 ps a byte)
    // with 1 us behind it, array 200 us. 64 KiB with 100 header bytes in frames of 2048 bytes
    // content and 64 bytes overhead: content 65,636 bytes, 33 frames, 67,748 bytes on the wire.
    let mut net = Network::default();
    let cpu = net.add_station(Station::fifo("guest", 1));
    let host = net.add_station(Station::fifo("host", 4));
    let hba = net.add_station(Station::port("hba/tx", 16e9, US));
    let array = delay(&mut net, "array");
    let per_byte = Service::time(5e6, 2_000.0 / 1024.0, csvnet::random::Shape::Constant);
    let framing = Framing { payload: 2048, overhead: 64 };
    let wire = Service::Wire { header_bytes: 100, payload: true, framing };
    let route = net.add_route(
        "write, direct",
        vec![
            at(cpu, "issue", per_byte),
            at(host, "storage stack", constant(3 * US)),
            at(hba, "command", wire),
            at(array, "write", constant(200 * US)),
        ],
    );
    let (latency, record) = latency_ps(&mut net, route, Direction::Write, 64 * KIB, &[7]);
    let port = 67_748 * 500 + US;
    assert_eq!(latency, 5 * US + 64 * 2 * NS + 3 * US + port + 200 * US);
    let hba = &record.stations[hba.index()];
    assert_eq!((hba.payload_bytes, hba.wire_bytes, hba.busy_ps), (65_536, 67_748, 67_748 * 500));
    assert_eq!(record.stations[cpu.index()].busy_ps, 5 * US + 64 * 2 * NS);
}

#[test]
fn a_redirected_read_over_rdma() {
    // HV1 asks, HV2 owns. Request: 200 bytes content in one frame of 76 bytes overhead, 276 bytes
    // through HV1/tx and HV2/rx. Owner 12 us, disk 400 us. Data: RDMA write of 256 KiB with 96
    // bytes of headers in frames of 4096 bytes content: 262,240 bytes, 65 frames, 267,180 on the
    // wire, through HV2/tx and HV1/rx. All ports 100 Gbit/s (80 ps a byte), 500 ns behind each.
    let mut net = Network::default();
    let [tx1, rx1, tx2, rx2] = ["HV1/tx", "HV1/rx", "HV2/tx", "HV2/rx"]
        .map(|label| net.add_station(Station::port(label, 100e9, 500 * NS)));
    let owner = net.add_station(Station::fifo("HV2/cpu", 8));
    let disk = net.add_station(Station::fifo("disk", 16));
    let framing = Framing { payload: 4096, overhead: 76 };
    let request = Service::Wire { header_bytes: 200, payload: false, framing };
    let data = Service::Wire { header_bytes: 96, payload: true, framing };
    let route = net.add_route(
        "read, redirected",
        vec![
            at(tx1, "request out", request),
            at(rx2, "request in", request),
            at(owner, "smb server", constant(12 * US)),
            at(disk, "media", constant(400 * US)),
            at(tx2, "data out", data),
            at(rx1, "data in", data),
        ],
    );
    let (latency, record) = latency_ps(&mut net, route, Direction::Read, 256 * KIB, &[NS]);
    // Two equal idle ports in a row take one serialization and the latency of each.
    let hop = |wire: u64| wire * 80 + 2 * 500 * NS;
    assert_eq!(latency, hop(276) + 12 * US + 400 * US + hop(267_180));
    let bytes = |s: StationId| {
        let r = &record.stations[s.index()];
        (r.payload_bytes, r.wire_bytes)
    };
    // A read loads the owner's transmit side and the reader's receive side.
    assert_eq!(bytes(tx2), (262_144, 267_180));
    assert_eq!(bytes(rx1), (262_144, 267_180));
    assert_eq!(bytes(tx1), (0, 276));
    assert_eq!(bytes(rx2), (0, 276));
}

#[test]
fn a_mirrored_write_waits_for_the_slower_copy() {
    // The near copy takes 300 us, the far one 50 us there, 200 us on the disk, 70 us back: 320 us.
    let mut net = Network::default();
    let cpu = net.add_station(Station::fifo("cpu", 1));
    let near = net.add_station(Station::fifo("near", 1));
    let far = net.add_station(Station::fifo("far", 1));
    let path = delay(&mut net, "path");
    let branches = |there: u64| {
        vec![
            vec![at(near, "near copy", constant(300 * US))],
            vec![
                at(path, "there", constant(there)),
                at(far, "far copy", constant(200 * US)),
                at(path, "back", constant(70 * US)),
            ],
        ]
    };
    let slow_far = vec![
        at(cpu, "before", constant(10 * US)),
        Step::Fork { wait: Wait::All, branches: branches(50 * US) },
        at(cpu, "after", constant(4 * US)),
    ];
    let slow_near = vec![Step::Fork { wait: Wait::All, branches: branches(20 * US) }];
    let first = vec![Step::Fork { wait: Wait::First(1), branches: branches(50 * US) }];
    let behind = vec![Step::Fork { wait: Wait::None, branches: branches(50 * US) }];
    for (steps, latency) in [
        (slow_far, 10 * US + 320 * US + 4 * US),
        (slow_near, 300 * US),
        (first, 300 * US),
        (behind, 0),
    ] {
        let mut net = net.clone();
        let route = net.add_route("write, mirrored", steps);
        let (got, record) = latency_ps(&mut net, route, Direction::Write, 4 * KIB, &[3]);
        assert_eq!(got, latency);
        // The load is on both whatever is waited for.
        for (copy, busy) in [(near, 300 * US), (far, 200 * US)] {
            let copy = &record.stations[copy.index()];
            assert_eq!((copy.visits, copy.busy_ps), (1, busy));
        }
    }
}

/// 1 MiB in chunks of 64 KiB through one port of 8 Gbit/s (1 ns a byte) and 100 us of round trip.
fn split(window: Option<u32>, credits: Option<u64>, round_trip: u64) -> u64 {
    let mut net = Network::default();
    let port = net.add_station(Station::port("tx", 8e9, 0));
    let round = delay(&mut net, "round trip");
    let wire = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };
    let mut body = vec![at(port, "send", wire), at(round, "answer", constant(round_trip))];
    if let Some(credits) = credits {
        let pool = net.add_pool("credits", credits);
        let amount = Amount::PerBytes { unit: 64 * KIB };
        body.insert(0, Step::Acquire { pool, amount });
        body.push(Step::Release { pool, amount });
    }
    let route = net.add_route("split", vec![Step::Split { chunk_bytes: 64 * KIB, window, body }]);
    let (latency, record) = latency_ps(&mut net, route, Direction::Write, 1024 * KIB, &[NS]);
    assert_eq!(record.stations[0].visits, 16);
    assert_eq!(record.stations[0].payload_bytes, 1024 * KIB);
    latency
}

#[test]
fn a_split_transfer_under_a_credit_limit() {
    let serialize = 64 * KIB * NS;
    // A round trip longer than the other three chunks take: each round of four waits for its own
    // first answer, so rounds follow each other after serialize + round trip, and the last of the
    // 16 chunks is the fourth of the fourth round.
    let round_trip = 300 * US;
    assert!(round_trip > 3 * serialize);
    let limited = 3 * (serialize + round_trip) + 4 * serialize + round_trip;
    assert_eq!(split(Some(4), None, round_trip), limited);
    assert_eq!(split(None, Some(4), round_trip), limited, "credits limit as a window does");
    assert_eq!(split(Some(4), Some(16), round_trip), limited);
    assert_eq!(split(Some(16), Some(4), round_trip), limited);
    // Without a limit, and with a window that covers the round trip, the port is the limit.
    let full = 16 * serialize + round_trip;
    assert_eq!(split(None, None, round_trip), full);
    assert_eq!(split(Some(16), None, round_trip), full);
    assert_eq!(split(Some(4), None, 3 * serialize), 16 * serialize + 3 * serialize);
    // One at a time: sixteen whole rounds.
    assert_eq!(split(Some(1), None, round_trip), 16 * (serialize + round_trip));
}

#[test]
fn a_transfer_of_odd_length_ends_with_its_remainder() {
    // 150,000 bytes in chunks of 65,536, one at a time: 65,536 + 65,536 + 18,928.
    let mut net = Network::default();
    let disk = net.add_station(Station::fifo("disk", 1));
    let service = Service::time(MS as f64, 1_000.0, csvnet::random::Shape::Constant);
    let body = vec![at(disk, "write", service)];
    let steps = vec![Step::Split { chunk_bytes: 64 * KIB, window: Some(1), body }];
    let route = net.add_route("split", steps);
    let (latency, record) = latency_ps(&mut net, route, Direction::Write, 150_000, &[0]);
    assert_eq!(latency, 3 * MS + 150_000 * NS);
    assert_eq!(record.stations[0].visits, 3);
}

#[test]
fn chunks_take_the_channels_in_turn() {
    // 16 chunks over 2, 3 or 4 channels: as even as can be, and the next I/O begins one further.
    for (ways, shares) in [(2, vec![16, 16]), (3, vec![10, 11, 11]), (4, vec![8; 4])] {
        let mut net = Network::default();
        let selector = net.add_selector("channels", SelectorKind::RoundRobin(ways));
        let branches = (0..ways)
            .map(|k| {
                let channel = net.add_station(Station::fifo(format!("channel {k}"), 1));
                vec![at(channel, "send", constant(US))]
            })
            .collect();
        let body = vec![Step::Choose { selector, role: "channel", branches }];
        let split = Step::Split { chunk_bytes: 64 * KIB, window: None, body };
        let route = net.add_route("split", vec![split]);
        let (latency, record) = latency_ps(&mut net, route, Direction::Write, 1024 * KIB, &[0, MS]);
        let mut visits: Vec<u64> = record.stations.iter().map(|s| s.visits).collect();
        visits.sort_unstable();
        assert_eq!(visits, shares);
        assert_eq!(latency, u64::from(16_u32.div_ceil(ways)) * US);
    }
}

#[test]
fn credits_are_granted_in_the_order_asked_for() {
    // Two tokens. The first I/O takes both for 10 us. The second wants two, the third one: the
    // third may not pass by the second, and waits until both its elders are done.
    let mut net = Network::default();
    let pool = net.add_pool("slots", 2);
    let work = delay(&mut net, "work");
    let slots = |n| {
        let amount = Amount::Fixed(n);
        vec![
            Step::Acquire { pool, amount },
            at(work, "work", constant(10 * US)),
            Step::Release { pool, amount },
        ]
    };
    for (label, n, start) in [("a", 2, 0), ("b", 2, US), ("c", 1, 2 * US), ("d", 1, 3 * US)] {
        let route = net.add_route(label, slots(n));
        net.add_source(sized(label, route, Direction::Read, 1, instants(1, &[start])));
    }
    let record = run(&net, &to_the_end());
    let latency = |g: usize| record.groups[g].reads.latency.max_ps();
    assert_eq!(latency(0), Some(10 * US));
    assert_eq!(latency(1), Some(20 * US - US));
    assert_eq!(latency(2), Some(30 * US - 2 * US));
    assert_eq!(latency(3), Some(30 * US - 3 * US), "two tokens serve the last two together");
}
