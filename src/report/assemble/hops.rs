//! Rows of single I/Os.

use std::collections::BTreeMap;

use crate::engine::HopRecord;
use crate::network::{Direction, Mix, Network, SourceId, for_each_visit};

use super::super::hops::HopRow;

/// The visits of each I/O together, the I/Os in the order in which they came to their first
/// station, the visits of one in the order in which they began.
#[must_use]
pub fn hops(variant: &str, net: &Network, records: &[HopRecord]) -> Vec<HopRow> {
    let mut ios: BTreeMap<(u32, u64), Vec<&HopRecord>> = BTreeMap::new();
    for record in records {
        ios.entry((record.source, record.number)).or_default().push(record);
    }
    let mut ios: Vec<Vec<&HopRecord>> = ios.into_values().collect();
    for hops in &mut ios {
        // The sort is stable: what begins at one instant stays in the order of departure.
        hops.sort_by_key(|hop| (hop.arrived_ps, hop.start_ps, hop.branch));
    }
    let label = |hop: &HopRecord| {
        net.sources.get(SourceId::from_index(hop.source as usize)).map(|s| s.label.as_str())
    };
    ios.sort_by_key(|hops| (hops[0].arrived_ps, label(hops[0]), hops[0].number));
    ios.iter().flat_map(|hops| one(variant, net, hops)).collect()
}

/// The rows of one I/O.
fn one(variant: &str, net: &Network, hops: &[&HopRecord]) -> Vec<HopRow> {
    let source = net.sources.get(SourceId::from_index(hops[0].source as usize));
    let group = source.and_then(|source| net.groups.get(source.group?)).cloned();
    let label = source.map_or_else(String::new, |source| source.label.clone());
    let direction = direction(net, hops);
    let station = |hop: &HopRecord| {
        let station = net.stations.as_slice().get(hop.station as usize);
        station.map_or_else(String::new, |station| station.label.clone())
    };
    let rows = hops.iter().map(|hop| HopRow {
        variant: variant.to_owned(),
        workload: group.clone().unwrap_or_default(),
        source: label.clone(),
        io: hop.number,
        branch: hop.branch,
        direction,
        bytes: hop.bytes,
        role: hop.role.to_owned(),
        station: station(hop),
        arrived_ps: hop.arrived_ps,
        waited_ps: hop.start_ps.saturating_sub(hop.arrived_ps),
        served_ps: hop.end_ps.saturating_sub(hop.start_ps),
        left_ps: hop.leave_ps,
        total_ps: hop.end_ps.max(hop.leave_ps).saturating_sub(hops[0].arrived_ps),
    });
    rows.collect()
}

/// Whether an I/O reads or writes, from where it went; empty where both may go so.
fn direction(net: &Network, hops: &[&HopRecord]) -> &'static str {
    let Some(source) = net.sources.get(SourceId::from_index(hops[0].source as usize)) else {
        return "";
    };
    let of = |whole: bool| {
        let goes = source.mix.iter().filter(|mix| goes(net, mix, hops, whole));
        let mut directions: Vec<Direction> = goes.map(|mix| mix.direction).collect();
        directions.sort_unstable();
        directions.dedup();
        directions
    };
    // What is still under way has not been everywhere yet.
    let whole = of(true);
    match if whole.is_empty() { of(false) } else { whole }[..] {
        [Direction::Read] => "read",
        [Direction::Write] => "write",
        _ => "",
    }
}

/// Whether an I/O of this kind goes where these visits are; `whole`: and nowhere else.
fn goes(net: &Network, mix: &Mix, hops: &[&HopRecord], whole: bool) -> bool {
    let Some(route) = net.routes.get(mix.route) else { return false };
    let visits = |share: f64| {
        let mut visits = Vec::new();
        for_each_visit(&route.steps, mix.bytes, 1.0, &|_, _| share, &mut |visit, times, _| {
            if times > 0.0 {
                visits.push((visit.station.index(), visit.role));
            }
        });
        visits
    };
    let been: Vec<_> = hops.iter().map(|hop| (hop.station as usize, hop.role)).collect();
    // Every way of a choice is possible, however rarely it is taken; what is no choice is certain.
    let (possible, certain) = (visits(1.0), visits(0.0));
    been.iter().all(|visit| possible.contains(visit))
        && (!whole || certain.iter().all(|visit| been.contains(visit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Service, Source, Station, Visit};
    use crate::random::Shape;

    fn constant() -> Service {
        Service::time(1e6, 0.0, Shape::Constant)
    }

    /// Reads go to a cache, writes over a wire to a disk.
    fn net() -> Network {
        let mut net = Network::default();
        let [cache, wire, disk] =
            ["cache", "wire", "disk"].map(|name| net.add_station(Station::fifo(name, 1)));
        let read = net.add_route("read", vec![Visit::new(cache, "hit", constant()).into()]);
        let steps = vec![
            Visit::new(wire, "send", constant()).into(),
            Visit::new(disk, "media", constant()).into(),
        ];
        let write = net.add_route("write", steps);
        let mut source = Source::closed("w sql/data", read, 1);
        let mix = |direction, route| Mix { weight: 1.0, direction, bytes: 4096, route };
        source.mix = vec![mix(Direction::Read, read), mix(Direction::Write, write)];
        source.group = Some(net.add_group("w"));
        net.add_source(source);
        net.add_source(Source::closed("a other", read, 1));
        net
    }

    fn hop(source: u32, number: u64, station: u32, role: &'static str, at: u64) -> HopRecord {
        HopRecord {
            source,
            number,
            branch: 0,
            station,
            role,
            bytes: 4096,
            arrived_ps: at,
            start_ps: at + 5,
            end_ps: at + 25,
            leave_ps: at + 20,
        }
    }

    #[test]
    fn the_visits_of_an_io_stand_together_in_order() {
        // As they depart: the I/Os of two sources between each other, one of them in two branches.
        let records = [
            HopRecord { branch: 1, ..hop(0, 3, 2, "media", 130) },
            hop(1, 0, 0, "hit", 100),
            hop(0, 3, 1, "send", 100),
            hop(0, 3, 2, "media", 120),
            hop(0, 1, 0, "hit", 90),
        ];
        let rows = hops("base", &net(), &records);
        let told: Vec<_> = rows
            .iter()
            .map(|r| (r.source.as_str(), r.io, r.branch, r.direction, r.station.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("w sql/data", 1, 0, "read", "cache"),
                ("a other", 0, 0, "read", "cache"),
                ("w sql/data", 3, 0, "write", "wire"),
                ("w sql/data", 3, 0, "write", "disk"),
                ("w sql/data", 3, 1, "write", "disk"),
            ]
        );
        let last = &rows[4];
        assert_eq!((last.variant.as_str(), last.workload.as_str()), ("base", "w"));
        assert_eq!((last.waited_ps, last.served_ps, last.left_ps), (5, 20, 150));
        // 155 - 100: from the first arrival to the end of the last visit.
        assert_eq!((rows[2].total_ps, last.total_ps), (25, 55));
    }

    #[test]
    fn what_does_not_fit_the_network_is_shown_as_it_is() {
        let mut odd = hop(9, 0, 9, "x", 5);
        (odd.start_ps, odd.end_ps) = (1, 0);
        let rows = hops("base", &net(), &[odd]);
        assert_eq!((rows[0].station.as_str(), rows[0].direction), ("", ""));
        assert_eq!((rows[0].waited_ps, rows[0].served_ps), (0, 0));
        assert!(hops("base", &net(), &[]).is_empty());
    }

    #[test]
    fn what_has_been_everywhere_a_read_goes_is_a_read_though_a_write_goes_further() {
        let mut net = net();
        let further = Visit::new(net.stations.ids().next().unwrap(), "hit", constant());
        net.routes.iter_mut().nth(1).unwrap().steps.push(further.into());
        let told = |records: &[HopRecord]| hops("base", &net, records)[0].direction;
        assert_eq!(told(&[hop(0, 0, 0, "hit", 0)]), "read");
        let all = [hop(0, 0, 1, "send", 0), hop(0, 0, 2, "media", 30), hop(0, 0, 0, "hit", 60)];
        assert_eq!((told(&all), told(&all[..2])), ("write", "write"));
    }

    #[test]
    fn a_way_that_reads_and_writes_take_alike_tells_neither() {
        let mut net = net();
        let source = net.sources.iter_mut().next().unwrap();
        source.mix[1].route = source.mix[0].route;
        let rows = hops("base", &net, &[hop(0, 0, 0, "hit", 0)]);
        assert_eq!(rows[0].direction, "");
    }
}
