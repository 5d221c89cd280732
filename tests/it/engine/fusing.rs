//! Fused stretches save events and change nothing else.
//!
//! A visitor of a fused stretch is booked at every station of it when it enters the first. That is
//! right only where nobody else can come between, so most cases here are networks in which somebody
//! can: each once made, or nearly made, the engine book in the wrong order.

use std::sync::Arc;

use csvnet::engine::{RunPlan, RunRecord};
use csvnet::network::{
    Network, RouteId, SelectorId, SelectorKind, Source, Station, StationId, StationKind, Step,
    Visit,
};

use crate::support::{MS, SEED, US, at, exponential, run};

/// What a run measured, without what may depend on how it was run.
fn measured(record: RunRecord) -> RunRecord {
    RunRecord { hops: Vec::new(), events: 0, ..record }
}

/// Runs with and without fused stretches: the events of both, once all else agrees.
fn events(net: &Network) -> (u64, u64) {
    let plan = RunPlan::new(SEED, MS, 40 * MS);
    let fused = run(net, &plan);
    let plain = run(net, &RunPlan { fuse: false, ..plan });
    let counts = (fused.events, plain.events);
    assert!(plain.completed > 1_000, "{} I/Os prove little", plain.completed);
    // These first, because they are short enough to read.
    assert_eq!(fused.fingerprint, plain.fingerprint);
    assert_eq!(fused.stations, plain.stations);
    assert_eq!(fused.groups, plain.groups);
    assert!(measured(fused) == measured(plain), "the rest of the records");
    counts
}

/// Single servers and a delay, and routes over them.
struct Bench {
    net: Network,
    a: StationId,
    b: StationId,
    c: StationId,
    delay: StationId,
}

impl Bench {
    fn new() -> Self {
        let mut net = Network::default();
        let a = net.add_station(Station::fifo("a", 1));
        let b = net.add_station(Station::fifo("b", 1));
        let c = net.add_station(Station::fifo("c", 1));
        let delay = net.add_station(Station::new("delay", StationKind::Delay));
        Self { net, a, b, c, delay }
    }

    fn weighted(&mut self, ways: usize) -> SelectorId {
        let label = format!("selector {}", self.net.selectors.len());
        self.net.add_selector(label, SelectorKind::Weights(vec![1.0; ways]))
    }

    /// Takes one of the branches, all equally often.
    fn choose(&mut self, branches: Vec<Vec<Step>>) -> Step {
        Step::Choose { selector: self.weighted(branches.len()), role: "way", branches }
    }

    /// Adds a route with a source that asks for it 50,000 times a second.
    fn route(&mut self, label: &str, steps: Vec<Step>) -> RouteId {
        let route = self.net.add_route(label, steps);
        self.net.add_source(Source::poisson(label, route, 50_000.0));
        route
    }
}

/// A visit of 8 us; a role of its own for each place keeps the draws apart.
fn visit(station: StationId, role: &'static str) -> Step {
    at(station, role, exponential(8 * US))
}

#[test]
fn a_chain_of_single_servers_needs_one_event() {
    let mut bench = Bench::new();
    let steps = vec![visit(bench.a, "a"), visit(bench.b, "b"), visit(bench.c, "c")];
    bench.route("chain", steps);
    let (fused, plain) = events(&bench.net);
    // Arrival and departure of the whole, against an arrival and three departures: were nothing
    // ever fused, every other case here would pass in vain.
    assert!(fused * 19 < plain * 10, "{fused} events, {plain} without");
}

#[test]
fn a_chain_over_a_choice_is_fused() {
    let mut bench = Bench::new();
    let ways = vec![vec![visit(bench.b, "b")], vec![visit(bench.c, "c")]];
    let choice = bench.choose(ways);
    bench.route("fan", vec![visit(bench.a, "a"), choice]);
    let (fused, plain) = events(&bench.net);
    assert!(fused * 14 < plain * 10, "{fused} events, {plain} without");
}

#[test]
fn those_who_skip_a_station_arrive_out_of_turn() {
    let mut bench = Bench::new();
    let choice = bench.choose(vec![vec![visit(bench.a, "a")], Vec::new()]);
    bench.route("skip", vec![choice, visit(bench.b, "b")]);
    events(&bench.net);
}

#[test]
fn those_who_come_from_a_delay_arrive_out_of_turn() {
    let mut bench = Bench::new();
    let ways = vec![vec![visit(bench.a, "a")], vec![visit(bench.delay, "delay")]];
    let choice = bench.choose(ways);
    bench.route("detour", vec![choice, visit(bench.b, "b")]);
    events(&bench.net);
}

#[test]
fn steps_in_common_are_entered_from_every_route() {
    let mut bench = Bench::new();
    let common: Arc<[Step]> = vec![visit(bench.b, "b")].into();
    bench.route("server", vec![visit(bench.a, "a"), Step::Common(common.clone())]);
    bench.route("delay", vec![visit(bench.delay, "delay"), Step::Common(common)]);
    events(&bench.net);
}

#[test]
fn those_behind_many_choices_are_seen() {
    let mut bench = Bench::new();
    let common: Arc<[Step]> = vec![visit(bench.c, "c")].into();
    bench.route("near", vec![visit(bench.a, "a"), Step::Common(common.clone())]);
    let mut far = vec![visit(bench.b, "b")];
    for _ in 0..40 {
        far.push(bench.choose(vec![Vec::new()]));
    }
    far.push(Step::Common(common));
    bench.route("far", far);
    events(&bench.net);
}

#[test]
fn many_choices_in_a_row_are_looked_at_once() {
    // The paths through them are 2^60: a walk along each would not end.
    let mut bench = Bench::new();
    let mut steps = vec![visit(bench.a, "a")];
    for _ in 0..60 {
        steps.push(bench.choose(vec![Vec::new(), Vec::new()]));
    }
    steps.push(visit(bench.b, "b"));
    bench.route("maze", steps);
    let (fused, plain) = events(&bench.net);
    assert!(fused < plain, "all come from one station, whatever they chose");
}

#[test]
fn a_finite_buffer_in_a_chain_counts_those_inside() {
    let mut bench = Bench::new();
    let buffered = Visit::new(bench.b, "b", exponential(8 * US));
    let refused = vec![visit(bench.delay, "retry")];
    let steps = vec![
        visit(bench.a, "a"),
        Step::IfRoom { visit: buffered, places: 2, refused },
        visit(bench.c, "c"),
    ];
    bench.route("buffer", steps);
    // The buffer is also entered by those who ask for no room.
    let other = vec![visit(bench.a, "other a"), visit(bench.b, "other b")];
    bench.route("other", other);
    let net = &bench.net;
    let record = run(net, &RunPlan::new(SEED, MS, 40 * MS));
    assert!(record.stations[bench.b.index()].refused > 100, "the buffer is full at times");
    events(net);
}

#[test]
fn a_choice_by_load_happens_when_it_is_come_to() {
    let mut bench = Bench::new();
    let kind = SelectorKind::LeastOutstanding(2);
    let selector = bench.net.add_selector("least", kind);
    let branches = vec![vec![visit(bench.b, "b")], vec![visit(bench.c, "c")]];
    let choice = Step::Choose { selector, role: "way", branches };
    bench.route("balance", vec![visit(bench.a, "a"), choice]);
    events(&bench.net);
}

#[test]
fn a_station_visited_twice_in_a_row_meets_its_newcomers() {
    let mut bench = Bench::new();
    bench.route("twice", vec![visit(bench.a, "a"), visit(bench.a, "again"), visit(bench.b, "b")]);
    events(&bench.net);
}
