//! How senders share one receiving port.

use csvnet::engine::RunPlan;
use csvnet::network::{Direction, Framing, Network, Service, Station};

use crate::support::{MS, SEED, US, at, bytes, outstanding, run, sized};

const WIRE: Service = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };

/// Bytes a second that closed senders, each with a port of its own, bring through one receiver;
/// a sender is a pair of outstanding I/Os and their bytes.
fn incast(senders: &[(u32, u64)]) -> Vec<f64> {
    let mut net = Network::default();
    let rx = net.add_station(Station::port("rx", 10e9, US));
    for (k, (lanes, size)) in senders.iter().enumerate() {
        let label = format!("sender {k}");
        let tx = net.add_station(Station::port(&label, 40e9, US));
        let steps = vec![at(tx, "out", WIRE), at(rx, "in", WIRE)];
        let route = net.add_route(&label, steps);
        net.add_source(sized(&label, route, Direction::Write, *size, outstanding(*lanes)));
    }
    let record = run(&net, &RunPlan::new(SEED, 100 * MS, 2_100 * MS));
    let all: f64 = (0..senders.len()).map(|g| bytes(&record, g) as f64).sum();
    // The receiver is the bottleneck: 10 Gbit/s is 1.25 GB/s, within a thousandth over 2 s.
    assert!((all / 2.5e9 - 1.0).abs() < 1e-3, "{all}");
    (0..senders.len()).map(|g| bytes(&record, g) as f64 / all).collect()
}

fn close(shares: &[f64], expected: &[f64]) {
    for (share, expected) in shares.iter().zip(expected) {
        assert!((share / expected - 1.0).abs() < 0.01, "{shares:?}");
    }
}

#[test]
fn equal_senders_get_a_third_each() {
    close(&incast(&[(8, 64 * 1024); 3]), &[1.0 / 3.0; 3]);
}

#[test]
fn unequal_senders_share_by_the_bytes_they_keep_outstanding() {
    // A first-in-first-out queue gives each its share of what stands in it.
    close(&incast(&[(8, 64 * 1024), (24, 64 * 1024)]), &[0.25, 0.75]);
    // Equal numbers of small and large messages: each large one is four small ones.
    close(&incast(&[(16, 64 * 1024), (16, 256 * 1024)]), &[0.2, 0.8]);
    close(&incast(&[(4, 65_536), (8, 65_536), (12, 65_536)]), &[1.0 / 6.0, 1.0 / 3.0, 0.5]);
}
