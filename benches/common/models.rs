//! The models of the benches, as networks; README.md beside this directory tells them apart.

use csvnet::engine::RunPlan;
use csvnet::network::{Network, SelectorId, SelectorKind, Service, Source, Station, Step, Visit};
use csvnet::random::{Seed, Shape};

/// A microsecond in picoseconds.
pub(crate) const US: u64 = 1_000_000;

/// A model and how long it is run.
#[derive(Debug)]
pub(crate) struct Model {
    /// What the figures are printed under.
    pub(crate) name: &'static str,
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
    Model { name: "m1", net, horizon_ps: 2_500_000 * US, smoke_ps: 10_000 * US }
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
    Model { name, net, horizon_ps: 2_000_000 * US, smoke_ps: 4_000 * US }
}
