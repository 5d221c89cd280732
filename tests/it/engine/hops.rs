//! The laws of every station in every run, from the record of the visits.
//!
//! The number at a station is found by walking through the arrivals and departures that the record
//! of visits tells; what the station itself counted must agree to the picosecond: Little's law,
//! the law of utilisation, and who may be served when.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use csvnet::cluster::compile;
use csvnet::engine::{EngineError, HopRecord, RunPlan, RunRecord, StationRecord};
use csvnet::network::{
    Arrivals, Network, Source, SourceId, Station, StationId, StationKind, Step, TraceIo, Visit,
};
use csvnet::report::GoesOn;
use csvnet::report::assemble::hops as rows;
use csvnet::scenario::document::DiskFiles;
use csvnet::scenario::load;
use csvnet::stats::Quantiles;
use proptest::prelude::*;

use super::generate::{Order, Vocabulary, networks};
use crate::support::{MS, SECOND, SEED, US, exponential, run, to_the_end, try_run};

/// A run that records every visit of every I/O.
fn traced(plan: RunPlan) -> RunPlan {
    RunPlan { trace_ios: u64::MAX, events_max: 400_000, under_way_max: 50_000, ..plan }
}

/// A visit, and whether its message came in over the port before it, bit by bit: then its end may
/// be that of the last bit coming in, and not of the port's own work.
struct Hop<'a> {
    record: &'a HopRecord,
    piped: bool,
}

/// The visits of each station.
fn by_station<'a>(net: &Network, record: &'a RunRecord) -> Result<Vec<Vec<Hop<'a>>>, String> {
    let mut stations: Vec<Vec<Hop<'a>>> = net.stations.iter().map(|_| Vec::new()).collect();
    let mut last: BTreeMap<(u32, u64, u32), &HopRecord> = BTreeMap::new();
    for hop in &record.hops {
        let before = last.insert((hop.source, hop.number, hop.branch), hop);
        let mut piped = false;
        if let Some(before) = before {
            if before.leave_ps > hop.arrived_ps {
                return Err(format!("{hop:?} came before {before:?} was left"));
            }
            let station = &net.stations[StationId::from_index(before.station as usize)];
            let through = |latency_ps| before.end_ps + latency_ps;
            piped = station.as_port().is_some_and(|p| before.leave_ps != through(p.latency_ps));
        }
        stations[hop.station as usize].push(Hop { record: hop, piped });
    }
    Ok(stations)
}

/// What a stretch of time does to a number.
type Change = (u64, i32);

/// Walks through changes in the order of time, departures first: the integral of the number over
/// time, and the greatest number.
fn walk(changes: &mut [Change]) -> (u128, i64) {
    changes.sort_unstable();
    let (mut since, mut number, mut integral, mut most) = (0, 0_i64, 0_u128, 0);
    for &(at, change) in &*changes {
        integral += u128::from(at - since) * u128::from(number.unsigned_abs());
        since = at;
        number += i64::from(change);
        most = most.max(number);
    }
    (integral, most)
}

/// The stretches between two instants of each visit, as changes.
fn changes(
    hops: &[Hop<'_>],
    from: fn(&HopRecord) -> u64,
    to: fn(&HopRecord) -> u64,
) -> Vec<Change> {
    hops.iter().flat_map(|h| [(from(h.record), 1), (to(h.record), -1)]).collect()
}

const ARRIVED: fn(&HopRecord) -> u64 = |h| h.arrived_ps;
const START: fn(&HopRecord) -> u64 = |h| h.start_ps;
const END: fn(&HopRecord) -> u64 = |h| h.end_ps;

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, a: &T, b: &T) -> Result<(), String> {
    if a == b { Ok(()) } else { Err(format!("{what}: {a:?} by the visits, {b:?} counted")) }
}

fn demand(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Checks a station over a run in which everybody left.
fn check_station(
    station: &Station,
    hops: &[Hop<'_>],
    seen: &StationRecord,
    window_ps: u64,
) -> Result<(), String> {
    for Hop { record: h, .. } in hops {
        let pipe = station.as_port().is_some();
        let ordered = h.arrived_ps <= h.start_ps && h.start_ps <= h.end_ps;
        demand(ordered && h.leave_ps > h.arrived_ps, || format!("{h:?} is out of order"))?;
        demand(pipe || h.leave_ps == h.end_ps, || format!("{h:?} stays on"))?;
    }
    equal("visits", &(hops.len() as u64), &seen.visits)?;
    let whole = hops.iter().all(|h| !h.piped);
    let (inside, _) = walk(&mut changes(hops, ARRIVED, END));
    let (waiting, _) = walk(&mut changes(hops, ARRIVED, START));
    let (serving, most) = walk(&mut changes(hops, START, END));
    // Little: the mean number is the rate of arrivals times the mean response; both sides times
    // the length of the run.
    if whole {
        equal("number inside", &inside, &seen.response_ps)?;
    } else {
        let least = waiting + u128::from(seen.busy_ps);
        equal("number inside", &least, &seen.response_ps)?;
        demand(inside >= least, || format!("{inside} inside of {least} busy"))?;
    }
    equal("number waiting", &waiting, &seen.wait_ps)?;
    let servers = station.servers();
    let most_ps = servers * window_ps as f64 * (1.0 + 1e-12);
    demand(seen.busy_ps as f64 <= most_ps, || format!("busy for {} of {most_ps}", seen.busy_ps))?;
    match &station.kind {
        StationKind::Fifo { .. } | StationKind::Priority { .. } => {
            equal("busy", &serving, &u128::from(seen.busy_ps))?;
            demand(most as f64 <= servers, || format!("{most} in service"))?;
            nobody_waits_in_vain(hops, servers as u64)?;
        }
        StationKind::Delay => {
            equal("busy", &serving, &u128::from(seen.busy_ps))?;
            equal("waiting", &waiting, &0)?;
        }
        StationKind::Shared { .. } => {
            // Each of the I/Os inside has its share of the servers, and no more than one.
            let shared = shared_time(hops, servers);
            let error = (shared - seen.busy_ps as f64).abs();
            demand(error <= 1.0 + shared * 1e-9, || format!("shared for {shared}, {seen:?}"))?;
        }
        StationKind::Port(port) => {
            // Every transfer is rounded to a picosecond, of which it takes one at least.
            let sent = seen.wire_bytes as f64 * port.ps_per_byte;
            let error = (sent - seen.busy_ps as f64).abs();
            demand(error <= seen.visits as f64 + 1.0, || format!("sent for {sent}, {seen:?}"))?;
            if whole {
                equal("busy", &serving, &u128::from(seen.busy_ps))?;
                demand(most <= 1, || format!("{most} at once on the wire"))?;
                nobody_waits_in_vain(hops, 1)?;
            }
        }
        _ => {}
    }
    let in_order = match &station.kind {
        StationKind::Fifo { .. } | StationKind::Limiter { .. } => true,
        StationKind::Port(port) => port.weights.len() == 1,
        _ => false,
    };
    if in_order { first_come_first_served(hops) } else { Ok(()) }
}

/// While anybody waits every server is at work.
fn nobody_waits_in_vain(hops: &[Hop<'_>], servers: u64) -> Result<(), String> {
    let mut all: Vec<(u64, i64, i64)> = Vec::new();
    for Hop { record: h, .. } in hops {
        all.extend([(h.arrived_ps, 1, 0), (h.start_ps, -1, 1), (h.end_ps, 0, -1)]);
    }
    all.sort_unstable();
    let (mut waiting, mut serving) = (0, 0);
    for (k, (at, wait, serve)) in all.iter().enumerate() {
        waiting += wait;
        serving += serve;
        let settled = all.get(k + 1).is_none_or(|next| next.0 > *at);
        let idle = settled && waiting > 0 && serving < servers.cast_signed();
        demand(!idle, || format!("{waiting} wait at {at} while {serving} are served"))?;
    }
    Ok(())
}

/// Who came first is served first and leaves no later than the server's time allows.
fn first_come_first_served(hops: &[Hop<'_>]) -> Result<(), String> {
    let mut order: Vec<&HopRecord> = hops.iter().map(|h| h.record).collect();
    order.sort_unstable_by_key(|h| (h.arrived_ps, h.start_ps));
    for pair in order.windows(2) {
        demand(pair[0].start_ps <= pair[1].start_ps, || {
            format!("{:?} is overtaken by {:?}", pair[0], pair[1])
        })?;
    }
    Ok(())
}

/// Server time of a station that is shared: as many servers as there are I/Os, at most all.
fn shared_time(hops: &[Hop<'_>], servers: f64) -> f64 {
    let mut changes = changes(hops, ARRIVED, END);
    changes.sort_unstable();
    let (mut since, mut number, mut used) = (0, 0.0, 0.0);
    for (at, change) in changes {
        used += (at - since) as f64 * f64::min(number, servers);
        since = at;
        number += f64::from(change);
    }
    used
}

/// Checks every station of a run in which everybody left.
fn check(net: &Network, record: &RunRecord) -> Result<(), String> {
    equal("inside at the end", &0, &record.inside)?;
    let stations = by_station(net, record)?;
    for ((station, hops), seen) in net.stations.iter().zip(&stations).zip(&record.stations) {
        check_station(station, hops, seen, record.window_ps)
            .map_err(|fault| format!("{}: {fault}", station.label))?;
    }
    let ios: BTreeSet<_> = record.hops.iter().map(|h| (h.source, h.number)).collect();
    demand(ios.len() as u64 <= record.issued, || format!("{} I/Os have visits", ios.len()))?;
    check_ios(net, record)?;
    check_rows(net, record)
}

/// Every I/O is on record, and their latencies are those the run counted, to the picosecond.
fn check_ios(net: &Network, record: &RunRecord) -> Result<(), String> {
    equal("I/Os", &(record.ios.len() as u64), &record.issued)?;
    let mut groups = vec![[Quantiles::new(), Quantiles::new()]; record.groups.len()];
    for io in &record.ios {
        let group = net.sources[SourceId::from_index(io.source as usize)].group;
        let latency =
            &mut groups[group.map_or(0, csvnet::network::GroupId::index)][io.direction as usize];
        let Some(completed_ps) = io.completed_ps else { return Err(format!("{io:?} is left")) };
        if completed_ps >= record.warm_up_ps {
            latency.record_ps(completed_ps - io.issued_ps);
        }
    }
    for ([reads, writes], seen) in groups.iter().zip(&record.groups) {
        equal("latency of reads", reads, &seen.reads.latency)?;
        equal("latency of writes", writes, &seen.writes.latency)?;
    }
    Ok(())
}

/// The rows of the trace have every I/O and visit, and each adds up.
fn check_rows(net: &Network, record: &RunRecord) -> Result<(), String> {
    let rows = rows("", net, &record.ios, &record.hops);
    equal("rows", &rows.len(), &record.ios.len())?;
    let visits: usize = rows.iter().map(|io| io.hops.len()).sum();
    equal("visits in rows", &visits, &record.hops.len())?;
    for io in &rows {
        let mut next = 1;
        for hop in &io.hops {
            let held = if hop.goes_on == GoesOn::FirstBit { 0 } else { hop.served_ps };
            let left = hop.arrived_ps + hop.waited_ps + held + hop.onward_ps;
            equal("left", &left, &hop.left_ps)?;
            demand(io.issued_ps <= hop.arrived_ps, || format!("{io:?} before its issue"))?;
            demand(hop.branch <= next, || format!("{io:?} skips branch {next}"))?;
            next += u32::from(hop.branch == next);
            let in_time = io.completed_ps.is_some_and(|at| hop.left_ps <= at);
            demand(in_time || hop.behind, || format!("{hop:?} is behind {io:?}"))?;
            demand(hop.branch > 0 || !hop.behind, || format!("{io:?} is behind itself"))?;
        }
    }
    Ok(())
}

/// The same network with sources that end: `ios` I/Os each, three at an instant, `gap_ps` apart.
fn that_ends(mut net: Network, ios: u64, gap_ps: u64) -> Network {
    let finite = |source: &Source| {
        let trace = (0..ios).map(|n| {
            let mix = (n % source.mix.len() as u64) as u32;
            TraceIo { at_ps: n / 3 * gap_ps, bytes: source.mix[mix as usize].bytes, mix }
        });
        match &source.arrivals {
            Arrivals::Trace(trace) => Arrivals::Trace(trace[..trace.len().min(2_000)].into()),
            _ => Arrivals::Trace(trace.collect()),
        }
    };
    for k in 0..net.sources.len() {
        let id = SourceId::from_index(k);
        net.sources[id].arrivals = finite(&net.sources[id]);
    }
    net
}

/// The same network with finite buffers where a station allows them, and the rest of each route
/// held in common.
fn with_buffers(mut net: Network, places: u32) -> Network {
    for k in 0..net.routes.len() {
        let id = csvnet::network::RouteId::from_index(k);
        let buffered = |step: Step| match step {
            Step::Visit(visit) if single(&net.stations[visit.station]) => {
                Step::IfRoom { visit, places, refused: Vec::new() }
            }
            other => other,
        };
        let mut steps: Vec<Step> = net.routes[id].steps.iter().cloned().map(buffered).collect();
        let rest: Arc<[Step]> = steps.split_off(steps.len().min(1)).into();
        steps.push(Step::Common(rest));
        net.routes[id].steps = steps;
    }
    net
}

fn single(station: &Station) -> bool {
    matches!(station.kind, StationKind::Fifo { servers: 1, .. })
}

fn bounded(error: &EngineError) -> bool {
    matches!(error, EngineError::Unstable { .. } | EngineError::TooManyEvents { .. })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(6),
        ..ProptestConfig::with_cases(150)
    })]

    #[test]
    fn the_laws_hold_at_every_station(
        spec in networks(Vocabulary::Full),
        gap_us in 1..120_u64,
        places in prop::option::of(1..5_u32),
    ) {
        let mut net = that_ends(spec.build(Order(0)), 60, gap_us * US);
        if let Some(places) = places {
            net = with_buffers(net, places);
        }
        prop_assert_eq!(net.validate(), Ok(()));
        match try_run(&net, &traced(to_the_end())) {
            Ok(record) => prop_assert_eq!(check(&net, &record), Ok(())),
            Err(error) => prop_assert!(bounded(&error), "{}", error),
        }
    }

    #[test]
    fn a_window_counts_the_visits_that_begin_in_it(spec in networks(Vocabulary::Full)) {
        let net = spec.build(Order(0));
        let (from, to) = (MS / 2, 3 * MS);
        let record = match try_run(&net, &traced(RunPlan::new(SEED, from, to))) {
            Ok(record) => record,
            Err(error) => {
                prop_assert!(bounded(&error), "{}", error);
                return Ok(());
            }
        };
        let stations = by_station(&net, &record).map_err(TestCaseError::fail)?;
        for ((station, hops), seen) in net.stations.iter().zip(&stations).zip(&record.stations) {
            let begun: Vec<&HopRecord> = hops
                .iter()
                .map(|h| h.record)
                .filter(|h| (from..to).contains(&h.arrived_ps))
                .collect();
            prop_assert_eq!(begun.len() as u64, seen.visits, "{}", &station.label);
            let waited: u128 = begun.iter().map(|h| u128::from(h.start_ps - h.arrived_ps)).sum();
            prop_assert_eq!(waited, seen.wait_ps, "{}", &station.label);
            if hops.iter().any(|h| h.piped) {
                continue;
            }
            let stayed: u128 = begun.iter().map(|h| u128::from(h.end_ps - h.arrived_ps)).sum();
            prop_assert_eq!(stayed, seen.response_ps, "{}", &station.label);
            let clipped = |h: &Hop<'_>| {
                h.record.end_ps.min(to).saturating_sub(h.record.start_ps.max(from))
            };
            let used: u64 = hops.iter().map(clipped).sum();
            let served = matches!(
                station.kind,
                StationKind::Fifo { .. }
                    | StationKind::Delay
                    | StationKind::Priority { .. }
                    | StationKind::Port(_)
            );
            if served {
                prop_assert_eq!(used, seen.busy_ps, "{}", &station.label);
            }
        }
    }

    #[test]
    fn a_trail_changes_nothing(spec in networks(Vocabulary::Full)) {
        let net = spec.build(Order(0));
        let plan = RunPlan::new(SEED, MS / 2, 3 * MS);
        let plain = RunPlan { trace_ios: 0, ..traced(plan) };
        let first = RunPlan { trace_ios: 7, ..plain };
        let (Ok(a), Ok(b), Ok(c)) =
            (try_run(&net, &plain), try_run(&net, &first), try_run(&net, &traced(plan)))
        else {
            return Ok(());
        };
        prop_assert_eq!(a.fingerprint, b.fingerprint);
        prop_assert_eq!(a.fingerprint, c.fingerprint);
        prop_assert_eq!(a.hops.len(), 0);
        let ios: BTreeSet<_> = b.hops.iter().map(|h| (h.source, h.number)).collect();
        prop_assert!(ios.len() <= 7, "{} of 7", ios.len());
        prop_assert!(b.hops.iter().all(|hop| c.hops.contains(hop)));
    }
}

#[test]
fn the_laws_hold_at_every_station_of_the_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let (mut visits, mut variants) = (0, 0);
    for name in ["first-run.toml", "shared-vhdx-lab.toml", "device-trace.toml"] {
        let loaded = load(&folder.join(name), &DiskFiles, &[], &[]);
        for variant in loaded.unwrap_or_else(|faults| panic!("{faults}")).variants {
            let scenario = &variant.scenario;
            let parameters = scenario.parameters.clone().freeze();
            let compiled = compile(&scenario.cluster, &scenario.workloads, &parameters);
            let network = compiled.unwrap_or_else(|error| panic!("{error}")).network;
            let net = that_ends(network, 600, 150 * US);
            let record = run(&net, &traced(to_the_end()));
            assert_eq!(check(&net, &record), Ok(()), "{name}, {}", variant.name);
            visits += record.hops.len();
            variants += 1;
        }
    }
    assert!(variants >= 15 && visits > 100_000, "{visits} visits in {variants} variants");
}

#[test]
fn a_finite_buffer_never_holds_more_than_its_places() {
    let places = 3;
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("station", 1));
    let visit = Visit::new(station, "service", exponential(100 * US));
    let route = net.add_route("route", vec![Step::IfRoom { visit, places, refused: Vec::new() }]);
    net.add_source(Source::poisson("guests", route, 20_000.0));
    let record = run(&net, &traced(RunPlan::new(SEED, 0, SECOND)));
    let stations = by_station(&net, &record).unwrap_or_else(|fault| panic!("{fault}"));
    let (_, most) = walk(&mut changes(&stations[0], ARRIVED, END));
    assert_eq!(most, i64::from(places), "twice what it can serve is asked of it");
    let seen = &record.stations[0];
    assert_eq!(seen.visits + seen.refused, record.issued);
    assert_eq!(record.hops.len() as u64, seen.visits, "who is refused visits nobody");
    // M/M/1/3 at twice its rate refuses 8 of 15; 20,000 ask, and refusals come in clusters.
    let share = seen.refused as f64 / record.issued as f64;
    assert!((share - 8.0 / 15.0).abs() < 0.02, "{share}");
}
