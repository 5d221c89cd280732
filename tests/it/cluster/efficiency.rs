//! Payload in the bytes that frames occupy, transport by transport.

use csvnet::network::{Service, for_each_visit};

use super::{Story, WIRE_ONLY};

/// Share of the wire that is payload, in per cent, where a message fills its frames.
fn efficiency(set: &[(&str, &str)]) -> f64 {
    let story = Story::new(WIRE_ONLY, set);
    let net = &story.compiled.network;
    let share = |selector, way| net.selectors[selector].share(way);
    let mut found = Vec::new();
    for route in &story.compiled.routes {
        let steps = &net.routes[route.route].steps;
        for_each_visit(steps, route.bytes, 1.0, &share, &mut |visit, _, _| {
            if let Service::Wire { framing, .. } = visit.service
                && net.stations[visit.station].label.contains("/nic/")
            {
                let (payload, overhead) = (f64::from(framing.payload), f64::from(framing.overhead));
                found.push(100.0 * payload / (payload + overhead));
            }
        });
    }
    found.dedup();
    assert_eq!(found.len(), 1, "every message of a session is framed alike: {found:?}");
    found[0]
}

/// Field and size, per cent without a VLAN tag and with one.
type Row = (&'static str, &'static str, f64, f64);

fn assert_rows(rdma: &str, rows: &[Row]) {
    for &(field, size, plain, tagged) in rows {
        let set = [("nodes.HV.nics.nic.rdma", rdma), (field, size), ("networks.csv.vlan", "false")];
        let found = efficiency(&set);
        // The figures are rounded to two places.
        assert!((found - plain).abs() < 0.005_1, "{rdma} {size}: {found} and {plain}");
        let mut set = set;
        set[2].1 = "true";
        let found = efficiency(&set);
        assert!((found - tagged).abs() < 0.005_1, "{rdma} {size}, tagged: {found} and {tagged}");
    }
}

const MTU: &str = "networks.csv.mtu";
const PATH_MTU: &str = "networks.csv.path-mtu";

#[test]
fn tcp_over_ipv4() {
    assert_rows("none", &[(MTU, "1500 B", 94.93, 94.68), (MTU, "9000 B", 99.14, 99.09)]);
}

#[test]
fn roce_v1() {
    assert_rows(
        "roce-v1",
        &[
            (PATH_MTU, "1024 B", 91.59, 91.27),
            (PATH_MTU, "2048 B", 95.61, 95.43),
            (PATH_MTU, "4096 B", 97.76, 97.66),
        ],
    );
}

#[test]
fn roce_v2_over_ipv4() {
    assert_rows(
        "roce-v2",
        &[
            (PATH_MTU, "1024 B", 92.59, 92.25),
            (PATH_MTU, "2048 B", 96.15, 95.97),
            (PATH_MTU, "4096 B", 98.04, 97.94),
        ],
    );
}

#[test]
fn iwarp() {
    // Tagged: 1440 of 1542 bytes, and 8940 of 9042.
    assert_rows("iwarp", &[(MTU, "1500 B", 93.63, 93.39), (MTU, "9000 B", 98.92, 98.87)]);
}
