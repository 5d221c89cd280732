//! How a weighted port shares its rate, exactly.
//!
//! Deficit round robin with a quantum of 16 KiB a unit of weight. Messages here are a whole part of
//! the quantum, so that a turn is always used up and after whole rounds classes that wait all the
//! time have sent bytes in proportion to their weights. Within a round each is at most a quantum a
//! unit of weight ahead of another.

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Arrivals, Direction, Framing, Network, Port, Service, Station, StationKind, Visit,
};
use proptest::prelude::*;

use crate::support::{MS, SECOND, SEED, US, bytes, mean_latency, outstanding, run, sized};

const WIRE: Service = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };

/// Bytes a unit of weight may send in a turn.
const QUANTUM: u64 = 16 * 1024;

/// A byte takes 8 ns, so a message of 4 KiB takes longer than the first issues are spread over.
const PS_PER_BYTE: f64 = 8_000.0;

/// A port and one source in each class.
fn port(classes: &[(u32, u64, Arrivals)]) -> Network {
    let mut net = Network::default();
    let weights = classes.iter().map(|(weight, ..)| *weight).collect();
    let port =
        Port { ps_per_byte: PS_PER_BYTE, latency_ps: US, weights, changes: Vec::new(), link: None };
    let port = net.add_station(Station::new("port", StationKind::Port(port)));
    for (class, (_, message, arrivals)) in classes.iter().enumerate() {
        let label = format!("class {class}");
        let visit = Visit::new(port, "send", WIRE).in_class(class as u8);
        let route = net.add_route(label.clone(), vec![visit.into()]);
        net.add_source(sized(&label, route, Direction::Write, *message, arrivals.clone()));
    }
    net
}

/// Bytes a second of all classes, as the port counts them.
fn wire_rate(record: &RunRecord) -> f64 {
    record.stations[0].wire_bytes as f64 / (record.window_ps as f64 / SECOND as f64)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(5),
        ..ProptestConfig::with_cases(40)
    })]

    #[test]
    fn classes_that_always_wait_share_by_weight_up_to_a_quantum(
        classes in prop::collection::vec((1..6_u32, 0..3_u32), 2..6),
        window_ms in 50..900_u64,
    ) {
        // Messages of 4, 8 or 16 KiB; thrice a turn of them wait in each class.
        let messages: Vec<u64> = classes.iter().map(|(_, size)| 4_096 << size).collect();
        let sources: Vec<_> = classes
            .iter()
            .zip(&messages)
            .map(|((weight, _), &message)| {
                let turn = u64::from(*weight) * QUANTUM / message;
                (*weight, message, outstanding(3 * turn as u32))
            })
            .collect();
        let record = run(&port(&sources), &RunPlan::new(SEED, 0, window_ms * MS));
        // A message is counted when it is through; one is under way, and one may have gone first,
        // before the others were there.
        let per_weight: Vec<(f64, f64)> = sources
            .iter()
            .enumerate()
            .map(|(g, (weight, message, _))| {
                let weight = f64::from(*weight);
                (bytes(&record, g) as f64 / weight, 2.0 * *message as f64 / weight)
            })
            .collect();
        for (a, slack_a) in &per_weight {
            for (b, slack_b) in &per_weight {
                let bound = QUANTUM as f64 + slack_a + slack_b;
                prop_assert!((a - b).abs() <= bound, "{per_weight:?}");
            }
        }
        let busy = record.stations[0].busy_ps;
        prop_assert!(record.window_ps - busy <= 10 * US + 1, "the port never rests: {busy}");
    }
}

#[test]
fn a_class_with_little_load_gives_its_share_away() {
    // The first is entitled to two quarters and asks for one tenth; the others, entitled to a
    // quarter each, and weighted 1 to 3, share what it leaves.
    let rate = SECOND as f64 / PS_PER_BYTE;
    let message = 4_096;
    let interval_ps = message as f64 / (0.1 * rate) * 1e12;
    let paced = Arrivals::Paced { interval_ps };
    let sources =
        [(4, message, paced), (1, message, outstanding(16)), (3, message, outstanding(48))];
    let net = port(&sources);
    let record = run(&net, &RunPlan::new(SEED, 100 * MS, 1_100 * MS));
    let share = |g: usize| bytes(&record, g) as f64 / rate;
    // One second: the ends of the window cost a round of at most 8 quanta.
    let slack = (8 * QUANTUM + 2 * message) as f64 / rate;
    assert!((share(0) - 0.1).abs() <= slack, "{}", share(0));
    assert!((share(1) - 0.9 / 4.0).abs() <= slack, "{}", share(1));
    assert!((share(2) - 0.9 * 3.0 / 4.0).abs() <= slack, "{}", share(2));
    assert!(slack < 0.01, "a slack of {slack} proves something");
    assert!((wire_rate(&record) / rate - 1.0).abs() < 1e-3, "nothing is lost");
    // It waits for at most the turns of the others and the message in service.
    let most = ((1 + 3) * QUANTUM + 2 * message) as f64 * PS_PER_BYTE / SECOND as f64 + 1e-6;
    let worst = record.groups[0].writes.latency.max_secs().expect("it sent something");
    assert!(worst <= most, "{worst} of {most}");
    assert!(mean_latency(&record, 0) < mean_latency(&record, 1), "its queue is short");
}

#[test]
fn a_class_alone_has_the_whole_port() {
    let rate = SECOND as f64 / PS_PER_BYTE;
    let rare = Arrivals::Paced { interval_ps: SECOND as f64 * 10.0 };
    let net = port(&[(1, 65_536, outstanding(4)), (100, 4_096, rare)]);
    let record = run(&net, &RunPlan::new(SEED, 0, SECOND));
    let slack = 2.0 * 65_536.0 + 10e-6 * rate;
    assert!((bytes(&record, 0) as f64 - rate).abs() <= slack, "{}", bytes(&record, 0));
}
