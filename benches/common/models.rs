//! The models of the benches, as networks; README.md beside this directory tells them apart.

use std::sync::{Arc, LazyLock};

use csvnet::engine::RunPlan;
use csvnet::network::{
    Network, SelectorId, SelectorKind, Service, Source, Station, StationKind, Step, Visit,
};
use csvnet::random::{Seed, Shape};

/// A microsecond in picoseconds.
pub(crate) const US: u64 = 1_000_000;

/// What the figures of a model are per.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Completed I/Os, or jobs.
    Completion,
    /// Events: issues and departures.
    Event,
}

/// A model and how long it is run.
#[derive(Debug)]
pub(crate) struct Model {
    /// What the figures are printed under.
    pub(crate) name: &'static str,
    /// What they are per.
    pub(crate) unit: Unit,
    /// What the network is.
    pub(crate) net: Network,
    /// Simulated picoseconds of a measured run.
    pub(crate) horizon_ps: u64,
    /// Simulated picoseconds of a run that only shows that everything works.
    pub(crate) smoke_ps: u64,
}

impl Model {
    /// A measured run, or one that only shows that everything works.
    pub(crate) fn plan(&self, smoke: bool) -> RunPlan {
        RunPlan::new(Seed(1), 0, if smoke { self.smoke_ps } else { self.horizon_ps })
    }
}

/// The same run with an event at every hop.
pub(crate) fn event_per_hop(plan: RunPlan) -> RunPlan {
    RunPlan { fuse: false, ..plan }
}

fn exponential(us: f64) -> Service {
    Service::time(us * 1e6, 0.0, Shape::Exponential)
}

fn log_normal(us: f64) -> Service {
    Service::time(us * 1e6, 0.0, Shape::log_normal(1.0).expect("1 is in range"))
}

/// M/M/1 at utilisation 0.8, a microsecond a job; 800,000 jobs a simulated second.
pub(crate) fn m1() -> Model {
    let mut net = Network::default();
    let station = net.add_station(Station::fifo("server", 1));
    let route = net.add_route("job", vec![Visit::new(station, "server", exponential(1.0)).into()]);
    net.add_source(Source::poisson("arrivals", route, 0.8e6));
    let unit = Unit::Completion;
    Model { name: "m1", unit, net, horizon_ps: 2_500_000 * US, smoke_ps: 10_000 * US }
}

/// A visit to a new station with one server.
fn hop(net: &mut Network, chain: usize, role: &'static str, service: Service) -> Step {
    Visit::new(net.add_station(Station::fifo(format!("{role} {chain}"), 1)), role, service).into()
}

/// What an I/O does on its own node: three hops, then one of two parallel links.
fn near(net: &mut Network, chain: usize, links: SelectorId) -> Vec<Step> {
    let branches = vec![
        vec![hop(net, chain, "link a", exponential(2.0))],
        vec![hop(net, chain, "link b", exponential(2.0))],
    ];
    vec![
        hop(net, chain, "vm", exponential(1.0)),
        hop(net, chain, "host", exponential(1.2)),
        hop(net, chain, "smb client", log_normal(1.5)),
        Step::Choose { selector: links, role: "link", branches },
    ]
}

/// What an I/O does on its way to the storage of the coordinator.
fn far(net: &mut Network, chain: usize) -> Vec<Step> {
    vec![
        hop(net, chain, "switch", exponential(0.5)),
        hop(net, chain, "nic", exponential(1.0)),
        hop(net, chain, "coordinator", log_normal(1.6)),
        hop(net, chain, "storage", log_normal(2.0)),
    ]
}

/// Closed, eight hops over nine stations, the slowest of 2 us: half a million I/Os a second.
pub(crate) fn m2(name: &'static str, outstanding: u32) -> Model {
    let mut net = Network::default();
    let links = net.add_selector("links", SelectorKind::Weights(vec![1.0, 1.0]));
    let mut steps = near(&mut net, 0, links);
    steps.extend(far(&mut net, 0));
    let route = net.add_route("io", steps);
    net.add_source(Source::closed("guests", route, outstanding));
    let unit = Unit::Completion;
    Model { name, unit, net, horizon_ps: 2_000_000 * US, smoke_ps: 4_000 * US }
}

/// Chains of M2 side by side.
const CHAINS: usize = 1024;

/// 1,024 chains of M2 with 64 I/Os each: after the link an I/O goes to the coordinator of a chain
/// drawn at random, as redirected I/O does, and completes at home.
///
/// The way to the coordinators is one block that all routes share. The sources are one workload,
/// so that there is one latency histogram as in the other models, not 1,024.
pub(crate) fn m2w() -> Model {
    let mut net = Network::default();
    let links = net.add_selector("links", SelectorKind::Weights(vec![1.0, 1.0]));
    let chains = net.add_selector("chains", SelectorKind::Weights(vec![1.0; CHAINS]));
    let group = net.add_group("guests");
    let nears: Vec<Vec<Step>> = (0..CHAINS).map(|c| near(&mut net, c, links)).collect();
    let branches = (0..CHAINS).map(|c| far(&mut net, c)).collect();
    let anywhere: Arc<[Step]> = [Step::Choose { selector: chains, role: "chain", branches }].into();
    for (chain, mut steps) in nears.into_iter().enumerate() {
        steps.push(Step::Common(Arc::clone(&anywhere)));
        let route = net.add_route(format!("io {chain}"), steps);
        let source = Source::closed(format!("guests {chain}"), route, 64);
        net.add_source(Source { group: Some(group), ..source });
    }
    let unit = Unit::Completion;
    Model { name: "m2w", unit, net, horizon_ps: 1_000 * US, smoke_ps: 100 * US }
}

/// Hops of an I/O of PHOLD.
const HOPS: usize = 8;

/// Sources of PHOLD.
const PHOLD_SOURCES: u32 = 16;

/// Roles of the hops of PHOLD: of the choice and of the visit.
static PHOLD_ROLES: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let leak = |role: String| -> &'static str { role.leak() };
    (0..HOPS).map(|hop| (leak(format!("way {hop}")), leak(format!("hop {hop}")))).collect()
});

/// PHOLD with `pending` messages: the pending set, and next to nothing else.
///
/// It deviates from the usual one (a logical process for each message, which sends it on after an
/// exponential time, to itself in 90 % of the cases): there are two delays and not `pending`
/// processes, remote is always the other of the two, and a message ends after 8 hops and is
/// issued anew, so one event in 9 is an issue. With a million pending the run is too short for
/// any to end, and the first issues, spread over 10 us, are a tenth of its events.
pub(crate) fn phold(name: &'static str, pending: u32, horizon_ps: u64, smoke_ps: u64) -> Model {
    let mut net = Network::default();
    let ways = net.add_selector("ways", SelectorKind::Weights(vec![0.9, 0.1]));
    let stations =
        ["local", "remote"].map(|label| net.add_station(Station::new(label, StationKind::Delay)));
    let step = |&(way, hop): &(&'static str, &'static str)| Step::Choose {
        selector: ways,
        role: way,
        branches: stations.map(|at| vec![Visit::new(at, hop, exponential(1.0)).into()]).into(),
    };
    let route = net.add_route("message", PHOLD_ROLES.iter().map(step).collect());
    let group = net.add_group("messages");
    for index in 0..PHOLD_SOURCES {
        let source = Source::closed(format!("{index}"), route, pending / PHOLD_SOURCES);
        net.add_source(Source { group: Some(group), ..source });
    }
    Model { name, unit: Unit::Event, net, horizon_ps, smoke_ps }
}

/// PHOLD with 1,024 pending: about five million events.
pub(crate) fn phold_small() -> Model {
    phold("phold, 1024", 1024, 5_000 * US, 400 * US)
}

/// PHOLD with 1,048,576 pending: about nine million events.
pub(crate) fn phold_large() -> Model {
    phold("phold, 1048576", 1 << 20, 13 * US, US)
}
