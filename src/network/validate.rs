//! What every network must satisfy before a solver may read it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{Amount, Arrivals, Network, Service, StationKind, Step};

/// A fault of a network. Networks compiled from scenarios have none; one built by hand may.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// Two stations or two sources carry one label.
    #[error("two {what} are called `{label}`")]
    DuplicateLabel {
        /// Stations or sources.
        what: &'static str,
        /// The label.
        label: String,
    },
    /// A number is negative, infinite or not a number, or a count is zero.
    #[error("{place}: {what} is out of range")]
    OutOfRange {
        /// Station, route or source.
        place: String,
        /// What is wrong.
        what: &'static str,
    },
    /// An id points nowhere.
    #[error("{place}: {what} does not exist")]
    Dangling {
        /// Station, route or source.
        place: String,
        /// What is missing.
        what: &'static str,
    },
    /// A route takes tokens it does not give back, or the other way round.
    #[error("route `{route}` does not give back to pool `{pool}` what it takes")]
    Unbalanced {
        /// The route.
        route: String,
        /// The pool.
        pool: String,
    },
    /// A transfer at a station that is no port, or a time at a port.
    #[error("route `{route}`: station `{station}` cannot serve this kind of visit")]
    WrongService {
        /// The route.
        route: String,
        /// The station.
        station: String,
    },
}

impl Network {
    /// Checks the network.
    ///
    /// # Errors
    /// All faults found.
    pub fn validate(&self) -> Result<(), Vec<NetworkError>> {
        let mut faults = Vec::new();
        self.check_labels(&mut faults);
        self.check_stations(&mut faults);
        for route in &self.routes {
            let mut held = BTreeMap::new();
            self.check_steps(&route.label, &route.steps, &mut held, &mut faults);
            for ((pool, _), net) in held {
                if net != 0 {
                    faults.push(NetworkError::Unbalanced {
                        route: route.label.clone(),
                        pool: self.pools.get(pool).map_or_else(String::new, |p| p.label.clone()),
                    });
                }
            }
        }
        self.check_sources(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn check_labels(&self, faults: &mut Vec<NetworkError>) {
        let stations = self.stations.iter().map(|s| ("stations", &s.label));
        let sources = self.sources.iter().map(|s| ("sources", &s.label));
        let mut seen = BTreeSet::new();
        for (what, label) in stations.chain(sources) {
            if !seen.insert((what, label)) {
                faults.push(NetworkError::DuplicateLabel { what, label: label.clone() });
            }
        }
    }

    fn check_stations(&self, faults: &mut Vec<NetworkError>) {
        for station in &self.stations {
            let fault = match &station.kind {
                StationKind::Fifo { servers, cost_rise } => {
                    if *servers == 0 || *servers > 4096 {
                        Some("the number of servers")
                    } else if !cost_rise.is_finite() || *cost_rise < 0.0 {
                        Some("the rise of the cost")
                    } else {
                        None
                    }
                }
                StationKind::Shared { servers } if *servers == 0 => Some("the number of servers"),
                StationKind::Priority { classes } if *classes == 0 || *classes > 255 => {
                    Some("the number of classes")
                }
                StationKind::Port(port) => {
                    if !port.ps_per_byte.is_finite() || port.ps_per_byte <= 0.0 {
                        Some("the rate")
                    } else if port.weights.is_empty()
                        || port.weights.len() > 255
                        || port.weights.contains(&0)
                    {
                        Some("the weights of the classes")
                    } else {
                        None
                    }
                }
                _ => None,
            };
            if let Some(what) = fault {
                faults.push(NetworkError::OutOfRange { place: station.label.clone(), what });
            }
            if station.account.is_some_and(|a| self.accounts.get(a).is_none()) {
                let place = station.label.clone();
                faults.push(NetworkError::Dangling { place, what: "its account" });
            }
        }
    }

    fn check_steps(
        &self,
        route: &str,
        steps: &[Step],
        held: &mut BTreeMap<(super::PoolId, u64), i64>,
        faults: &mut Vec<NetworkError>,
    ) {
        let out_of_range =
            |what| NetworkError::OutOfRange { place: format!("route `{route}`"), what };
        let dangling = |what| NetworkError::Dangling { place: format!("route `{route}`"), what };
        for step in steps {
            match step {
                Step::Visit(visit) => match self.stations.get(visit.station) {
                    None => faults.push(dangling("a station")),
                    Some(station) => {
                        let port = station.as_port();
                        let wire = matches!(visit.service, Service::Wire { .. });
                        if port.is_some() != wire {
                            faults.push(NetworkError::WrongService {
                                route: route.into(),
                                station: station.label.clone(),
                            });
                        }
                        let classes = match &station.kind {
                            StationKind::Port(p) => p.weights.len(),
                            StationKind::Priority { classes } => *classes as usize,
                            _ => 256,
                        };
                        if usize::from(visit.class) >= classes {
                            faults.push(out_of_range("the class of a visit"));
                        }
                        let mean = visit.service.mean_ps(1 << 20, 1.0);
                        if !mean.is_finite() || mean < 0.0 {
                            faults.push(out_of_range("a service time"));
                        }
                        if matches!(visit.service, Service::Wire { framing, .. } if framing.payload == 0)
                        {
                            faults.push(out_of_range("the payload of a frame"));
                        }
                    }
                },
                Step::Fork { branches, wait } => {
                    if matches!(wait, super::Wait::First(n) if *n as usize > branches.len()) {
                        faults.push(out_of_range("the number of branches waited for"));
                    }
                    for branch in branches {
                        self.check_steps(route, branch, held, faults);
                    }
                }
                Step::Split { chunk_bytes, window, body } => {
                    if *chunk_bytes == 0 || *window == Some(0) {
                        faults.push(out_of_range("the chunk or the window of a split"));
                    }
                    self.check_steps(route, body, held, faults);
                }
                Step::Choose { selector, branches, .. } => {
                    match self.selectors.get(*selector) {
                        None => faults.push(dangling("a selector")),
                        Some(s) if s.ways() != branches.len() || branches.is_empty() => {
                            faults.push(out_of_range("the number of branches of a choice"));
                        }
                        Some(_) => {}
                    }
                    // Each way must balance by itself, or which way is taken would leak tokens.
                    for branch in branches {
                        let mut inner = BTreeMap::new();
                        self.check_steps(route, branch, &mut inner, faults);
                        for (key, net) in inner {
                            *held.entry(key).or_default() += net;
                        }
                    }
                }
                Step::Acquire { pool, amount } | Step::Release { pool, amount } => {
                    let unit = match amount {
                        Amount::Fixed(n) => {
                            let most = self.pools.get(*pool).map_or(u64::MAX, |p| p.tokens);
                            if *n > most {
                                faults.push(out_of_range("an acquisition larger than its pool"));
                            }
                            0
                        }
                        Amount::PerBytes { unit } => *unit,
                    };
                    if matches!(amount, Amount::PerBytes { unit: 0 }) {
                        faults.push(out_of_range("the bytes of a token"));
                    }
                    if self.pools.get(*pool).is_none() {
                        faults.push(dangling("a pool"));
                    }
                    let n = if let Amount::Fixed(n) = amount { *n as i64 } else { 1 };
                    let sign = if matches!(step, Step::Acquire { .. }) { 1 } else { -1 };
                    *held.entry((*pool, unit)).or_default() += sign * n;
                }
            }
        }
    }

    fn check_sources(&self, faults: &mut Vec<NetworkError>) {
        for source in &self.sources {
            let place = || format!("source `{}`", source.label);
            let bad = |x: f64| !x.is_finite() || x <= 0.0;
            let wrong = match &source.arrivals {
                Arrivals::Closed { outstanding, think_ps, .. } => {
                    *outstanding == 0 || !think_ps.is_finite() || *think_ps < 0.0
                }
                Arrivals::Throttled { outstanding, lanes, interval_ps } => {
                    *outstanding == 0 || *lanes == 0 || bad(*interval_ps)
                }
                Arrivals::Poisson { interval_ps } | Arrivals::Paced { interval_ps } => {
                    bad(*interval_ps)
                }
                Arrivals::Bursty { interval_ps, burst_ps, idle_ps } => {
                    bad(*interval_ps) || bad(*burst_ps) || bad(*idle_ps)
                }
                Arrivals::Trace(ios) => {
                    ios.windows(2).any(|w| w[0].at_ps > w[1].at_ps)
                        || ios.iter().any(|io| io.mix as usize >= source.mix.len())
                }
            };
            if wrong {
                faults.push(NetworkError::OutOfRange { place: place(), what: "the arrivals" });
            }
            let weights: f64 = source.mix.iter().map(|m| m.weight).sum();
            if bad(weights) || source.mix.iter().any(|m| m.weight < 0.0 || m.bytes > 1 << 32) {
                faults.push(NetworkError::OutOfRange { place: place(), what: "the mix" });
            }
            if source.mix.iter().any(|m| self.routes.get(m.route).is_none()) {
                faults.push(NetworkError::Dangling { place: place(), what: "a route" });
            }
            if source.group.is_some_and(|g| self.groups.get(g).is_none()) {
                faults.push(NetworkError::Dangling { place: place(), what: "the group" });
            }
        }
    }
}
