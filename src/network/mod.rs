//! The compiled network: stations, and the programs of visits that I/Os run over them.
//!
//! A scenario compiles into a [`Network`]; both solvers read it. A [`Route`] is not a chain but a
//! small structured program ([`Step`]): visits, forks with joins (mirrored writes), splits with
//! reassembly (large transfers), choices (cache hit or miss, which channel), and acquisition and
//! release of tokens (credits, queue depths). Loops do not exist, so a route always ends.
//!
//! ```
//! use csvnet::network::{Network, Service, Source, Station, Step, Visit};
//! use csvnet::random::Shape;
//!
//! let mut net = Network::default();
//! let disk = net.add_station(Station::fifo("disk", 1));
//! let service = Service::time(1e9, 0.0, Shape::Exponential); // 1 ms in picoseconds
//! let route = net.add_route("read", vec![Step::Visit(Visit::new(disk, "media", service))]);
//! net.add_source(Source::poisson("arrivals", route, 800.0)); // a second
//! assert!(net.validate().is_ok());
//! ```

mod service;
mod source;
mod station;
mod step;
mod validate;

pub use service::{Framing, Service};
pub use source::{Active, Arrivals, Clock, Direction, Mix, Source, TraceIo};
pub use station::{Account, Link, Pool, Port, Rise, Selector, SelectorKind, Station, StationKind};
pub use step::{Amount, Part, Step, Visit, Wait, for_each_visit};
pub use validate::NetworkError;

use crate::units::{IdVec, id_type};

id_type! {
    /// A station: anything an I/O can queue at or be delayed by.
    pub struct StationId
}
id_type! {
    /// A pool of tokens: credits, queue slots, dirty cache pages.
    pub struct PoolId
}
id_type! {
    /// A shared selector among alternatives: the channels of an SMB session, the paths of MPIO.
    pub struct SelectorId
}
id_type! {
    /// A route: one program of steps.
    pub struct RouteId
}
id_type! {
    /// A source of I/O.
    pub struct SourceId
}
id_type! {
    /// A group of sources that are reported together: a workload.
    pub struct GroupId
}
id_type! {
    /// A resource whose utilisation is reported as one though several stations consume it: the
    /// cores of a node.
    pub struct AccountId
}

/// A route and the name of the path it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What `explain` calls it, such as `write, file-system redirected`.
    pub label: String,
    /// The program.
    pub steps: Vec<Step>,
}

/// A compiled network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// Stations.
    pub stations: IdVec<StationId, Station>,
    /// Token pools.
    pub pools: IdVec<PoolId, Pool>,
    /// Selectors.
    pub selectors: IdVec<SelectorId, Selector>,
    /// Routes.
    pub routes: IdVec<RouteId, Route>,
    /// Sources.
    pub sources: IdVec<SourceId, Source>,
    /// Names of the groups.
    pub groups: IdVec<GroupId, String>,
    /// Groups at the end that are no workloads but traffic the cluster makes beside them.
    pub background: usize,
    /// Accounts.
    pub accounts: IdVec<AccountId, Account>,
}

impl Network {
    /// Adds a station.
    pub fn add_station(&mut self, station: Station) -> StationId {
        self.stations.push(station)
    }

    /// Adds a pool of `tokens` tokens.
    pub fn add_pool(&mut self, label: impl Into<String>, tokens: u64) -> PoolId {
        self.pools.push(Pool { label: label.into(), tokens, backlog: 0 })
    }

    /// Adds a selector among `ways` alternatives.
    pub fn add_selector(&mut self, label: impl Into<String>, kind: SelectorKind) -> SelectorId {
        self.selectors.push(Selector { label: label.into(), kind })
    }

    /// Adds a route.
    pub fn add_route(&mut self, label: impl Into<String>, steps: Vec<Step>) -> RouteId {
        self.routes.push(Route { label: label.into(), steps })
    }

    /// Adds a group.
    pub fn add_group(&mut self, label: impl Into<String>) -> GroupId {
        self.groups.push(label.into())
    }

    /// Adds a group of traffic that is no workload; all such groups come behind the workloads.
    pub fn add_background(&mut self, label: impl Into<String>) -> GroupId {
        self.background += 1;
        self.groups.push(label.into())
    }

    /// Whether a group is a workload, and not traffic the cluster makes beside them.
    #[must_use]
    pub fn is_workload(&self, group: GroupId) -> bool {
        group.index() + self.background < self.groups.len()
    }

    /// Whether anything changes at a stated instant: a port, a way, a source.
    #[must_use]
    pub fn is_clocked(&self) -> bool {
        let ports = self.stations.iter().filter_map(Station::as_port);
        ports.into_iter().any(|port| !port.changes.is_empty())
            || self.selectors.iter().any(|s| matches!(s.kind, SelectorKind::Phase { .. }))
            || self.sources.iter().any(|source| source.active != Active::default())
    }

    /// Adds an account.
    pub fn add_account(&mut self, label: impl Into<String>, servers: f64) -> AccountId {
        self.accounts.push(Account { label: label.into(), servers, load: 0.0 })
    }

    /// Adds a source; one that names no group gets a group of its own.
    pub fn add_source(&mut self, mut source: Source) -> SourceId {
        if source.group.is_none() {
            source.group = Some(self.groups.push(source.label.clone()));
        }
        self.sources.push(source)
    }
}
