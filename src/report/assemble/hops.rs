//! Rows of single I/Os.

use std::collections::BTreeMap;

use crate::engine::{HopRecord, IoRecord};
use crate::network::{Direction, Network, SourceId, for_each_visit};

use super::super::hops::{GoesOn, HopRow, IoRow};

/// The I/Os in the order in which they were issued, each with its visits in the order in which
/// they began. Visits of I/Os that have no record are left out.
#[must_use]
pub fn hops(variant: &str, net: &Network, ios: &[IoRecord], hops: &[HopRecord]) -> Vec<IoRow> {
    let mut visits: BTreeMap<(u32, u64), Vec<&HopRecord>> = BTreeMap::new();
    for hop in hops {
        visits.entry((hop.source, hop.number)).or_default().push(hop);
    }
    let mut roles = Roles { net, known: BTreeMap::new() };
    let mut rows: Vec<IoRow> = ios
        .iter()
        .map(|io| {
            let visits = visits.remove(&(io.source, io.number)).unwrap_or_default();
            one(variant, net, io, visits, roles.of(io))
        })
        .collect();
    rows.sort_by(|a, b| (a.issued_ps, &a.source, a.io).cmp(&(b.issued_ps, &b.source, b.io)));
    rows
}

/// By station and role of a visit that is made of several runs: what it is called.
type Joined = BTreeMap<(u32, &'static str), String>;

/// What visits that are made of several runs are called, by source and direction.
struct Roles<'n> {
    net: &'n Network,
    known: BTreeMap<(u32, Direction), Joined>,
}

impl Roles<'_> {
    fn of(&mut self, io: &IoRecord) -> &Joined {
        let net = self.net;
        self.known.entry((io.source, io.direction)).or_insert_with(|| {
            let mut joined = Joined::new();
            let source = net.sources.get(SourceId::from_index(io.source as usize));
            let mixes = source.into_iter().flat_map(|source| &source.mix);
            for mix in mixes.filter(|mix| mix.direction == io.direction) {
                let Some(route) = net.routes.get(mix.route) else { continue };
                for_each_visit(&route.steps, mix.bytes, 1.0, &|_, _| 1.0, &mut |visit, _, _| {
                    if !visit.parts.is_empty() {
                        let parts: Vec<_> = visit.parts.iter().map(|part| part.role).collect();
                        let key = (visit.station.index() as u32, visit.role);
                        joined.insert(key, parts.join(" + "));
                    }
                });
            }
            joined
        })
    }
}

/// One I/O.
fn one(
    variant: &str,
    net: &Network,
    io: &IoRecord,
    mut visits: Vec<&HopRecord>,
    roles: &Joined,
) -> IoRow {
    let source = net.sources.get(SourceId::from_index(io.source as usize));
    let group = source.and_then(|source| net.groups.get(source.group?)).cloned();
    // The sort is stable: what begins at one instant stays in the order of departure.
    visits.sort_by_key(|hop| (hop.arrived_ps, hop.start_ps, hop.branch));
    // The engine tells branches apart by hashes; here they are counted, the I/O itself as 0.
    let mut ordinals: BTreeMap<u32, u32> = BTreeMap::from([(0, 0)]);
    let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
    for hop in &visits {
        let next = ordinals.len() as u32;
        ordinals.entry(hop.branch).or_insert(next);
        let end = ends.entry(hop.branch).or_default();
        *end = hop.leave_ps.max(*end);
    }
    let behind = |hop: &HopRecord| io.completed_ps.is_some_and(|at| ends[&hop.branch] > at);
    let hops = visits.iter().map(|hop| row(net, hop, (ordinals[&hop.branch], behind(hop)), roles));
    IoRow {
        variant: variant.to_owned(),
        workload: group.unwrap_or_default(),
        source: source.map_or_else(String::new, |source| source.label.clone()),
        io: io.number,
        direction: match io.direction {
            Direction::Read => "read",
            Direction::Write => "write",
        },
        bytes: io.bytes,
        issued_ps: io.issued_ps,
        completed_ps: io.completed_ps,
        hops: hops.collect(),
    }
}

/// One visit.
fn row(net: &Network, hop: &HopRecord, (branch, behind): (u32, bool), roles: &Joined) -> HopRow {
    let station = net.stations.as_slice().get(hop.station as usize);
    let goes_on = match station.and_then(|station| station.as_port()) {
        None => GoesOn::Served,
        // The latency of the link may be longer than the transfer, so that the order of the two
        // instants does not tell; the instant itself does.
        Some(port) if hop.leave_ps == hop.end_ps.saturating_add(port.latency_ps) => GoesOn::LastBit,
        Some(_) => GoesOn::FirstBit,
    };
    let out_since_ps = if goes_on == GoesOn::FirstBit { hop.start_ps } else { hop.end_ps };
    HopRow {
        branch,
        bytes: hop.bytes,
        role: roles.get(&(hop.station, hop.role)).map_or(hop.role, String::as_str).to_owned(),
        station: station.map_or_else(String::new, |station| station.label.clone()),
        goes_on,
        behind,
        arrived_ps: hop.arrived_ps,
        waited_ps: hop.start_ps.saturating_sub(hop.arrived_ps),
        served_ps: hop.end_ps.saturating_sub(hop.start_ps),
        onward_ps: hop.leave_ps.saturating_sub(out_since_ps),
        left_ps: hop.leave_ps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Service, Source, Station, Visit};
    use crate::random::Shape;

    /// A disk, and a port with a link of 7 ps behind it; two sources.
    fn net() -> Network {
        let mut net = Network::default();
        let disk = net.add_station(Station::fifo("disk", 1));
        net.add_station(Station::port("tx", 10e9, 7));
        let service = Service::time(1e6, 0.0, Shape::Constant);
        let route = net.add_route("read", vec![Visit::new(disk, "media", service).into()]);
        let mut source = Source::closed("w sql/data", route, 1);
        source.group = Some(net.add_group("w"));
        net.add_source(source);
        net.add_source(Source::closed("a other", route, 1));
        net
    }

    fn io(source: u32, number: u64, issued_ps: u64, completed_ps: Option<u64>) -> IoRecord {
        let direction = if source == 0 { Direction::Write } else { Direction::Read };
        IoRecord { source, number, direction, bytes: 8192, issued_ps, completed_ps }
    }

    /// Waits 5 ps at the disk and is served for 20 ps.
    fn hop(source: u32, number: u64, branch: u32, at: u64) -> HopRecord {
        HopRecord {
            source,
            number,
            mix: 0,
            branch,
            station: 0,
            role: "media",
            bytes: 4096,
            arrived_ps: at,
            start_ps: at + 5,
            end_ps: at + 25,
            leave_ps: at + 25,
        }
    }

    #[test]
    fn the_visits_of_an_io_stand_together_in_order_and_branches_are_counted() {
        let ios = [io(0, 1, 90, Some(115)), io(0, 3, 100, Some(190)), io(1, 0, 100, None)];
        // As they depart: the I/Os of two sources between each other, one of them in branches.
        let visits = [
            hop(0, 3, 0xF000_0000, 130),
            hop(1, 0, 0, 100),
            hop(0, 3, 0, 100),
            hop(0, 3, 77, 140),
            hop(0, 3, 77, 170),
            hop(0, 3, 0, 165),
            hop(0, 1, 0, 90),
        ];
        let rows = hops("base", &net(), &ios, &visits);
        let told: Vec<_> =
            rows.iter().map(|r| (r.source.as_str(), r.io, r.direction, r.hops.len())).collect();
        let expected = [
            ("w sql/data", 1, "write", 1),
            ("a other", 0, "read", 1),
            ("w sql/data", 3, "write", 5),
        ];
        assert_eq!(told, expected);
        let forked = &rows[2];
        assert_eq!((forked.variant.as_str(), forked.workload.as_str()), ("base", "w"));
        // Branch 1 ends at 155, the I/O at 190, branch 2 at 195: all of it is behind.
        let told: Vec<_> =
            forked.hops.iter().map(|h| (h.branch, h.arrived_ps, h.left_ps, h.behind)).collect();
        let expected = [
            (0, 100, 125, false),
            (1, 130, 155, false),
            (2, 140, 165, true),
            (0, 165, 190, false),
            (2, 170, 195, true),
        ];
        assert_eq!(told, expected);
        // Nothing is known to be behind what is under way.
        assert!(rows[1].completed_ps.is_none() && !rows[1].hops[0].behind);
    }

    #[test]
    fn a_transfer_goes_on_with_its_first_or_its_last_bit() {
        let port = HopRecord { station: 1, ..hop(0, 0, 0, 100) };
        let of = |leave_ps| {
            let visits = [HopRecord { leave_ps, ..port.clone() }];
            let row = hops("base", &net(), &[io(0, 0, 100, None)], &visits).remove(0);
            let hop = &row.hops[0];
            (hop.goes_on, hop.waited_ps, hop.served_ps, hop.onward_ps)
        };
        // 100 + 5 + 20 + 7, and 100 + 5 + 7.
        assert_eq!(of(132), (GoesOn::LastBit, 5, 20, 7));
        assert_eq!(of(112), (GoesOn::FirstBit, 5, 20, 7));
        // A link longer than the transfer: the first bit goes on after the last was sent.
        let mut far = net();
        far.stations.iter_mut().nth(1).unwrap().kind = Station::port("tx", 10e9, 50).kind;
        let visits = [HopRecord { leave_ps: 155, ..port.clone() }];
        let row = hops("base", &far, &[io(0, 0, 100, None)], &visits).remove(0);
        assert_eq!((row.hops[0].goes_on, row.hops[0].onward_ps), (GoesOn::FirstBit, 50));
    }

    #[test]
    fn what_does_not_fit_the_network_is_shown_as_it_is() {
        let mut odd = hop(9, 0, 0, 5);
        (odd.start_ps, odd.end_ps, odd.station) = (1, 0, 9);
        let rows = hops("base", &net(), &[io(9, 0, 7, None)], &[odd]);
        let hop = &rows[0].hops[0];
        assert_eq!((rows[0].source.as_str(), hop.station.as_str()), ("", ""));
        assert_eq!((hop.waited_ps, hop.served_ps), (0, 0));
        assert!(hops("base", &net(), &[], &[]).is_empty());
    }
}
