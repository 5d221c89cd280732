//! What the themes share: running a network, and reading a record.

use std::sync::Arc;

use csvnet::engine::{EngineError, RunPlan, RunRecord, simulate};
use csvnet::network::{
    Arrivals, Direction, GroupId, Mix, Network, RouteId, Service, Source, StationId, Step, TraceIo,
    Visit,
};
use csvnet::random::{Seed, Shape};

/// Picoseconds in a nanosecond, a microsecond, a millisecond and a second.
pub(crate) const NS: u64 = 1_000;
pub(crate) const US: u64 = 1_000_000;
pub(crate) const MS: u64 = 1_000_000_000;
pub(crate) const SECOND: u64 = 1_000_000_000_000;

/// The seed of every test that has no reason for another.
pub(crate) const SEED: Seed = Seed(20_260_101);

/// Runs and reports the error instead of unwrapping it.
pub(crate) fn try_run(net: &Network, plan: &RunPlan) -> Result<RunRecord, EngineError> {
    simulate(net, plan, &|| false)
}

/// Runs a network that is known to be valid and bounded.
pub(crate) fn run(net: &Network, plan: &RunPlan) -> RunRecord {
    match try_run(net, plan) {
        Ok(record) => record,
        Err(error) => panic!("the run failed: {error}"),
    }
}

/// A run from zero until every source is exhausted.
pub(crate) fn to_the_end() -> RunPlan {
    RunPlan { horizon_ps: None, ..RunPlan::new(SEED, 0, 0) }
}

/// A constant time.
pub(crate) fn constant(ps: u64) -> Service {
    Service::time(ps as f64, 0.0, Shape::Constant)
}

/// An exponential time.
pub(crate) fn exponential(ps: u64) -> Service {
    Service::time(ps as f64, 0.0, Shape::Exponential)
}

/// A visit as a step.
pub(crate) fn at(station: StationId, role: &'static str, service: Service) -> Step {
    Visit::new(station, role, service).into()
}

/// A source of `bytes` large I/Os of one route.
pub(crate) fn sized(
    label: &str,
    route: RouteId,
    direction: Direction,
    bytes: u64,
    arrivals: Arrivals,
) -> Source {
    let mix = vec![Mix { weight: 1.0, direction, bytes, route }];
    let active = csvnet::network::Active::default();
    Source { label: label.into(), group: None, arrivals, mix, active }
}

/// Arrivals at given instants.
pub(crate) fn instants(bytes: u64, at_ps: &[u64]) -> Arrivals {
    let ios: Vec<TraceIo> = at_ps.iter().map(|&at_ps| TraceIo { at_ps, bytes, mix: 0 }).collect();
    Arrivals::Trace(Arc::from(ios))
}

/// Closed arrivals without think time.
pub(crate) fn outstanding(outstanding: u32) -> Arrivals {
    Arrivals::Closed { outstanding, think_ps: 0.0, think_shape: Shape::Constant }
}

/// The group of a label.
pub(crate) fn group(net: &Network, label: &str) -> usize {
    let found = net.groups.iter_ids().find(|(_, l)| *l == label);
    let found: Option<GroupId> = found.map(|(id, _)| id);
    found.map_or_else(|| panic!("no group `{label}`"), GroupId::index)
}

/// Mean latency of a group in seconds, reads and writes together.
pub(crate) fn mean_latency(record: &RunRecord, group: usize) -> f64 {
    let mut all = record.groups[group].reads.latency.clone();
    all.merge(&record.groups[group].writes.latency);
    all.mean_secs().expect("the group completed I/Os in the window")
}

/// I/Os completed in the window by a group.
pub(crate) fn count(record: &RunRecord, group: usize) -> u64 {
    record.groups[group].reads.count + record.groups[group].writes.count
}

/// Bytes completed in the window by a group.
pub(crate) fn bytes(record: &RunRecord, group: usize) -> u64 {
    record.groups[group].reads.bytes + record.groups[group].writes.bytes
}

/// Length of the window in seconds.
pub(crate) fn window_s(record: &RunRecord) -> f64 {
    record.window_ps as f64 / SECOND as f64
}

/// Mean time of a visit to a station in seconds, waiting and service.
pub(crate) fn mean_response(record: &RunRecord, station: StationId) -> f64 {
    let s = &record.stations[station.index()];
    s.response_ps as f64 / SECOND as f64 / s.visits as f64
}

/// Mean wait of a visit to a station in seconds.
pub(crate) fn mean_wait(record: &RunRecord, station: StationId) -> f64 {
    let s = &record.stations[station.index()];
    s.wait_ps as f64 / SECOND as f64 / s.visits as f64
}

/// Busy servers of a station, averaged over the window.
pub(crate) fn busy_servers(record: &RunRecord, station: StationId) -> f64 {
    record.stations[station.index()].busy_ps as f64 / record.window_ps as f64
}
