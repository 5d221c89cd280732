//! The analytic solver: mean values of a [`Network`] without running it.
//!
//! **Method.** Every source is one chain. Its routes are walked as the trees they are, so that
//! what runs side by side is not added up (forks, splits, pipelined ports). Queueing follows
//! approximate mean value analysis: an arriving I/O waits for the work it finds, and finds what
//! the network holds on average, less its own share (Reiser, Lavenberg 1980; Schweitzer 1979).
//! First-in-first-out stations with other than exponential service see the residual service
//! `S (1 + scv) / 2` (Reiser 1979); several servers wait with the probability of Erlang C; open
//! sources count by their mean rate and the variability of their arrivals (Allen, Cunneen;
//! Kraemer, Langenbach-Belz 1976; Whitt 1983). What a clock that moves in steps lets a throttled
//! source issue at once waits in line behind its own batch as well. Closed sources of few I/Os
//! over stations of product form are solved exactly.
//!
//! **Speed.** Sources that are alike are solved as one, and so are stations: what a solution costs
//! depends on the number of their classes, not on the number of guests. [`Folded`] parts the
//! finding of classes, which is linear in the length of all routes, from the solution.
//!
//! **Accuracy.** Relative error against the engine, over all workloads of 40 random networks of
//! each [`Kind`] (closed sources with 1 to 32 I/Os outstanding, up to saturation; open sources that
//! load their busiest station to 30 to 75 %). The sampling error of the simulation, about 1 %, is
//! contained. Half of all workloads are within 1.2 % in I/Os a second and within 3 % in mean
//! latency (under bursts 8 %); 95 of 100 are within the [tolerance](Kind::tolerance) of their kind,
//! which is the 95th percentile found, rounded up with up to two points to spare:
//!
//! | kind | n | I/Os a second: median, p95, worst | mean latency: median, p95, worst |
//! |---|---|---|---|
//! | product form | 88 | 0.3 %, 1.5 %, 5.2 % | 0.4 %, 1.8 %, 4.9 % |
//! | open | 75 | 0.1 %, 1.4 %, 2.1 % | 0.6 %, 8.3 %, 15 % |
//! | closed | 83 | 0.8 %, 6.1 %, 12 % | 1.7 %, 6.9 %, 14 % |
//! | open and closed | 113 | 0.6 %, 5.3 %, 11 % | 2.2 %, 8.3 %, 29 % |
//! | ports | 87 | 0.6 %, 7.0 %, 19 % | 1.4 %, 19 %, 41 % |
//! | forks, splits | 79 | 1.1 %, 9.2 %, 21 % | 2.7 %, 20 %, 37 % |
//! | tokens | 82 | 0.8 %, 5.9 %, 33 % | 2.5 %, 24 %, 54 % |
//! | balanced | 88 | 0.6 %, 8.0 %, 17 % | 2.8 %, 23 %, 41 % |
//! | regulated | 81 | 0.3 %, 4.9 %, 294 % | 0.9 %, 10 %, 76 % |
//! | mixed | 81 | 0.8 %, 7.7 %, 14 % | 2.8 %, 15 %, 40 % |
//! | bursty | 75 | 0.5 %, 2.8 %, 3.9 % | 7.1 %, 33 %, 44 % |
//!
//! The worst of the regulated are low priorities that saturated high ones leave almost nothing.
//! Networks near or beyond saturation by open sources, and work nobody waits for that nearly fills
//! a station, are the least certain. In one of a hundred random networks the iteration stops
//! without having come to rest: all of those hold tokens that open sources or work left behind use
//! up, where the time a token is held and the wait for it raise each other without limit.
//!
//! **Limits.** Means only, and steady state only. Selectors are taken by their long-run shares,
//! flows that a hash pins to one member among them; ports with several classes as first in, first
//! out over all of them; traces by mean rate and variability. Tokens wait as customers of a
//! station with as many servers as there are tokens. Finite buffers are taken as infinite
//! ([`Kind::Buffers`]); nothing is promised where they refuse often. Choices by the clock are taken
//! as before their first instant ([`Kind::Clock`]). Batches of two sources of one machine are taken
//! as coming at different times; the table above has no sources in batches.
//!
//! ```
//! use csvnet::analytic::solve;
//! use csvnet::network::{Network, Service, Source, Station, Visit};
//! use csvnet::random::Shape;
//!
//! // M/M/1 at utilisation 0.8: the mean response is 1 ms / (1 - 0.8) = 5 ms.
//! let mut net = Network::default();
//! let disk = net.add_station(Station::fifo("disk", 1));
//! let service = Service::time(1e9, 0.0, Shape::Exponential);
//! let route = net.add_route("read", vec![Visit::new(disk, "media", service).into()]);
//! net.add_source(Source::poisson("guest", route, 800.0));
//! let solution = solve(&net)?;
//! assert!((solution.groups[0].latency_s - 5e-3).abs() < 1e-8);
//! # Ok::<(), csvnet::analytic::AnalyticError>(())
//! ```

mod batch;
mod bounds;
mod closed;
mod drive;
mod exact;
mod gather;
mod kind;
mod latency;
mod model;
mod open;
mod symmetry;
mod walk;

#[cfg(test)]
mod against_engine;
#[cfg(test)]
mod tests;

pub use kind::{Kind, Tolerance};

use thiserror::Error;

use closed::Effort;
use model::{Model, Solution};
use symmetry::Classes;

use crate::network::{Network, NetworkError, StationId};

/// Most sources the exact method takes one by one.
const EXACT_SOURCES: usize = 16;

/// How the network was solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Exact mean value analysis: closed sources of few I/Os over stations of product form.
    ExactMva,
    /// The fixed point of the approximate equations.
    Approximate,
}

/// Mean values of one group. All numbers are finite unless the field says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupEstimate {
    /// I/Os completed a second. Of a saturated open source: what its path can carry.
    pub iops: f64,
    /// Bytes completed a second.
    pub bytes_per_s: f64,
    /// Bytes read a second.
    pub read_bytes_per_s: f64,
    /// Bytes written a second.
    pub write_bytes_per_s: f64,
    /// Mean seconds from issue to completion; infinite where an open source saturates its path,
    /// zero where the group issues nothing.
    pub latency_s: f64,
    /// Reads and writes completed a second.
    pub iops_by_direction: [f64; 2],
    /// The mean of reads and that of writes; zero where there are none.
    pub latency_s_by_direction: [f64; 2],
    /// No more I/Os a second than this: `min(N / (Z + R0), 1 / D_max)` of a closed source, the
    /// offered rate or `1 / D_max` of an open one (Lazowska et al. 1984, chapter 5).
    pub bound_iops: f64,
    /// No mean latency below this: every visit served at once.
    pub bound_latency_s: f64,
    /// Whether an open source of the group offers more than its path can serve, or work left
    /// behind by the group's I/Os (a fork that is not waited for) piles up.
    pub saturated: bool,
}

/// Mean values of one station.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StationEstimate {
    /// Share of all servers in use; above 1 where open sources offer too much. Zero for a delay.
    pub utilisation: f64,
    /// Mean number in the station, waiting and in service; infinite at a saturated station.
    pub queue: f64,
    /// Visits a second.
    pub visits_per_s: f64,
    /// Bytes on the wire a second; ports only.
    pub wire_bytes_per_s: f64,
    /// Payload bytes a second; ports only.
    pub payload_bytes_per_s: f64,
    /// Mean seconds of a visit, waiting and service; infinite at a saturated station.
    pub residence_s: f64,
}

/// A solution.
#[derive(Clone, Debug, PartialEq)]
pub struct Analytic {
    /// By group id.
    pub groups: Vec<GroupEstimate>,
    /// By station id.
    pub stations: Vec<StationEstimate>,
    /// Iterations of the fixed point, or the population of the exact recursion.
    pub iterations: u32,
    /// Whether the iteration came to rest before it was stopped; the numbers are usable, if less
    /// accurate, when it did not.
    pub converged: bool,
    /// How it was solved.
    pub method: Method,
    /// What kind of network it is, which tells how accurate the numbers are.
    pub kind: Kind,
}

/// Why a network cannot be solved.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum AnalyticError {
    /// The network is not valid; compile it from a scenario or mend it.
    #[error("the network is not valid: {0}")]
    Network(NetworkError),
    /// Service times, counts or rates are so large that a result overflows.
    #[error("the numbers of the network are too large to be solved")]
    OutOfRange,
}

/// Solves a network for its mean values. The same network gives the same bits.
///
/// # Errors
/// When the network is not valid, or its numbers overflow.
pub fn solve(net: &Network) -> Result<Analytic, AnalyticError> {
    Folded::new(net)?.solve()
}

/// A network made ready for the solver: checked, with what is alike in it found.
///
/// [`solve`] does both; this parts what is linear in the size of the network from the solution,
/// whose cost depends on the number of classes only.
#[derive(Debug)]
pub struct Folded<'n> {
    net: &'n Network,
    classes: Classes,
    model: Model,
}

impl<'n> Folded<'n> {
    /// Checks a network and finds what is alike in it.
    ///
    /// # Errors
    /// When the network is not valid.
    pub fn new(net: &'n Network) -> Result<Self, AnalyticError> {
        check(net)?;
        Ok(Self::with(net, symmetry::of(net)))
    }

    fn with(net: &'n Network, classes: Classes) -> Self {
        let model = walk::model_of(net, &classes);
        Self { net, classes, model }
    }

    /// Sources of the network.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.classes.of_source.len()
    }

    /// Classes of sources that are alike.
    #[must_use]
    pub fn source_classes(&self) -> usize {
        self.classes.sources.len()
    }

    /// Solves it. The same network gives the same bits.
    ///
    /// # Errors
    /// When its numbers overflow.
    pub fn solve(&self) -> Result<Analytic, AnalyticError> {
        self.solve_with(true, Effort::USUAL)
    }

    /// Bytes a second that each group puts on the wire of one port, by group id: all it sends
    /// there, be it payload, headers, requests or acknowledgements. Zero at what is no port.
    ///
    /// What is alike is taken apart for that, so it costs as much as the network is large.
    ///
    /// # Errors
    /// When its numbers overflow.
    pub fn wire_by_group(&self, port: StationId) -> Result<Vec<f64>, AnalyticError> {
        let (other, solution, _) = self.solution(true, Effort::USUAL);
        let classes = other.as_ref().map_or(&self.classes, |other| &other.classes);
        let apart = Self::with(self.net, symmetry::none(self.net));
        let mut bytes = vec![0.0; self.net.groups.len()];
        for leaf in apart.model.leaves.iter().filter(|l| l.centre as usize == port.index()) {
            // A source is a chain and a station is a centre of its own there.
            let Some(&class) = classes.of_source.get(leaf.chain as usize) else { continue };
            let source = self.net.sources.iter().nth(leaf.chain as usize);
            let group =
                source.and_then(|source| source.group).map_or(0, crate::network::GroupId::index);
            if let Some(bytes) = bytes.get_mut(group) {
                let rate = gather::SECOND * solution.rate[class as usize];
                *bytes += leaf.many * rate * leaf.visits * leaf.wire_bytes;
            }
        }
        let sound = bytes.iter().all(|bytes| bytes.is_finite());
        if sound { Ok(bytes) } else { Err(AnalyticError::OutOfRange) }
    }

    fn solve_with(&self, exact_allowed: bool, effort: Effort) -> Result<Analytic, AnalyticError> {
        let (other, solution, method) = self.solution(exact_allowed, effort);
        other.as_ref().unwrap_or(self).gather(&solution, method)
    }

    /// The solution, its method, and the other folding it is of, where it is not of this.
    fn solution(&self, exact_allowed: bool, effort: Effort) -> (Option<Self>, Solution, Method) {
        if exact_allowed {
            if let Some(solution) = exact::solve(&self.model) {
                return (None, solution, Method::ExactMva);
            }
            // Sources alike at stations of their own: the recursion takes each by itself.
            if self.net.sources.len() <= EXACT_SOURCES && exact::within_reach(&self.model) {
                let apart = Self::with(self.net, symmetry::none(self.net));
                if let Some(solution) = exact::solve(&apart.model) {
                    return (Some(apart), solution, Method::ExactMva);
                }
            }
        }
        let bounds = bounds::of(&self.model);
        let solution = closed::solve(&self.model, &bounds, effort);
        (None, solution, Method::Approximate)
    }

    fn gather(&self, solution: &Solution, method: Method) -> Result<Analytic, AnalyticError> {
        let bounds = bounds::of(&self.model);
        gather::gather(self.net, &self.classes, &self.model, &bounds, solution, method, self.kind())
            .ok_or(AnalyticError::OutOfRange)
    }
}

fn check(net: &Network) -> Result<(), AnalyticError> {
    match net.validate() {
        Err(faults) => match faults.into_iter().next() {
            Some(first) => Err(AnalyticError::Network(first)),
            None => Ok(()),
        },
        Ok(()) => Ok(()),
    }
}

/// [`solve`], with the exact method only where it is allowed: tests compare the two.
#[cfg(test)]
fn solve_with(net: &Network, exact_allowed: bool) -> Result<Analytic, AnalyticError> {
    Folded::new(net)?.solve_with(exact_allowed, Effort::USUAL)
}
