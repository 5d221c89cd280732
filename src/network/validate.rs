//! What every network must satisfy before a solver may read it.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::{
    Amount, Arrivals, Network, PoolId, Rise, SelectorId, SelectorKind, Service, Source,
    StationKind, Step, Visit,
};

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

/// Most entries of a mix: an I/O under way remembers its entry in 16 bits.
const MIXES_MAX: usize = 1 << 16;

/// Tokens kept: by pool, and by the bytes a token covers (0: a fixed number).
type Held = BTreeMap<(PoolId, u64), i64>;

/// Whether steps in common ask for too much, by where they are and the bytes of the I/O.
type Overasks = BTreeMap<(usize, u64), bool>;

/// What a check has found so far.
#[derive(Default)]
struct Findings {
    list: Vec<NetworkError>,
    /// What the steps in common keep, by where they are: each is checked once.
    commons: BTreeMap<usize, Held>,
}

impl Findings {
    fn push(&mut self, fault: NetworkError) {
        self.list.push(fault);
    }
}

impl Network {
    /// Checks the network.
    ///
    /// # Errors
    /// All faults found.
    pub fn validate(&self) -> Result<(), Vec<NetworkError>> {
        let mut faults = Findings::default();
        self.check_labels(&mut faults);
        self.check_stations(&mut faults);
        for route in &self.routes {
            let mut held = BTreeMap::new();
            self.check_steps(&route.label, &route.steps, &mut held, &mut faults);
            for ((pool, _), net) in held {
                if net != 0 {
                    faults.push(self.unbalanced(&route.label, pool));
                }
            }
        }
        self.check_sources(&mut faults);
        if faults.list.is_empty() { Ok(()) } else { Err(faults.list) }
    }

    fn unbalanced(&self, route: &str, pool: PoolId) -> NetworkError {
        let pool = self.pools.get(pool).map_or_else(String::new, |p| p.label.clone());
        NetworkError::Unbalanced { route: route.into(), pool }
    }

    /// Whether an I/O of `bytes` asks a pool for more tokens than there are, and so waits for ever.
    fn overasks(&self, steps: &[Step], bytes: u64, known: &mut Overasks) -> bool {
        steps.iter().any(|step| match step {
            Step::Acquire { pool, amount: amount @ Amount::PerBytes { unit: 1.. } } => {
                self.pools.get(*pool).is_some_and(|p| amount.of(bytes) > p.tokens)
            }
            Step::Split { chunk_bytes, body, .. } => {
                self.overasks(body, bytes.min(*chunk_bytes), known)
            }
            Step::Fork { branches, .. } | Step::Choose { branches, .. } => {
                branches.iter().any(|branch| self.overasks(branch, bytes, known))
            }
            Step::IfRoom { refused, .. } => self.overasks(refused, bytes, known),
            Step::Common(steps) => {
                let place = (Step::place(steps), bytes);
                known.get(&place).copied().unwrap_or_else(|| {
                    let asks = self.overasks(steps, bytes, known);
                    known.insert(place, asks);
                    asks
                })
            }
            _ => false,
        })
    }

    fn check_labels(&self, faults: &mut Findings) {
        let stations = self.stations.iter().map(|s| ("stations", &s.label));
        let sources = self.sources.iter().map(|s| ("sources", &s.label));
        let mut seen = BTreeSet::new();
        for (what, label) in stations.chain(sources) {
            if !seen.insert((what, label)) {
                faults.push(NetworkError::DuplicateLabel { what, label: label.clone() });
            }
        }
    }

    fn check_stations(&self, faults: &mut Findings) {
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
                StationKind::Cores { servers, rise, batched } => {
                    let Rise { most, power, beside, span } = *rise;
                    let bad = |x: f64| !x.is_finite() || x < 0.0;
                    if *servers == 0 || *servers > 4096 {
                        Some("the number of servers")
                    } else if [most, beside, power, span, *batched].into_iter().any(bad)
                        || span == 0.0
                    {
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
                    let rates = port.changes.iter().map(|change| change.1);
                    let wrong = |rate: f64| !rate.is_finite() || rate <= 0.0;
                    if rates.chain([port.ps_per_byte]).any(wrong) {
                        Some("the rate")
                    } else if port.changes.windows(2).any(|w| w[0].0 >= w[1].0) {
                        Some("the order of the changes of the rate")
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

    fn check_steps(&self, route: &str, steps: &[Step], held: &mut Held, faults: &mut Findings) {
        let out_of_range =
            |what| NetworkError::OutOfRange { place: format!("route `{route}`"), what };
        let dangling = |what| NetworkError::Dangling { place: format!("route `{route}`"), what };
        for step in steps {
            match step {
                Step::Visit(visit) => self.check_visit(route, visit, faults),
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
                    // Every chunk runs the body, so what it takes for good it takes many times.
                    // Only tokens counted in bytes add up to those of the whole I/O, where a
                    // chunk is a whole number of them.
                    let mut inner = BTreeMap::new();
                    self.check_steps(route, body, &mut inner, faults);
                    for ((pool, unit), net) in inner {
                        if net != 0 && (unit == 0 || chunk_bytes % unit != 0) {
                            faults.push(self.unbalanced(route, pool));
                        } else {
                            *held.entry((pool, unit)).or_default() += net;
                        }
                    }
                }
                Step::IfRoom { visit, places, refused } => {
                    self.check_visit(route, visit, faults);
                    if *places == 0 {
                        faults.push(out_of_range("the places of a buffer, which are none,"));
                    }
                    if let Some(station) = self.stations.get(visit.station)
                        && !matches!(station.kind, StationKind::Fifo { servers: 1, .. })
                        && station.as_port().is_none_or(|port| port.weights.len() != 1)
                    {
                        let place = station.label.clone();
                        let what =
                            "the number of servers behind a finite buffer, which must be one,";
                        faults.push(NetworkError::OutOfRange { place, what });
                    }
                    // Refused or not, the same tokens are held afterwards.
                    let mut inner = BTreeMap::new();
                    self.check_steps(route, refused, &mut inner, faults);
                    for ((pool, _), net) in inner {
                        if net != 0 {
                            faults.push(self.unbalanced(route, pool));
                        }
                    }
                }
                Step::Common(steps) => {
                    let place = Step::place(steps);
                    if !faults.commons.contains_key(&place) {
                        let mut inner = BTreeMap::new();
                        self.check_steps(route, steps, &mut inner, faults);
                        faults.commons.insert(place, inner);
                    }
                    for (key, net) in &faults.commons[&place] {
                        *held.entry(*key).or_default() += net;
                    }
                }
                Step::Choose { selector, branches, .. } => {
                    self.check_choice(route, *selector, branches, held, faults);
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
                    let n = if let Amount::Fixed(n) = amount { n.cast_signed() } else { 1 };
                    let sign = if matches!(step, Step::Acquire { .. }) { 1 } else { -1 };
                    *held.entry((*pool, unit)).or_default() += sign * n;
                }
            }
        }
    }

    fn asks_too_much(&self, source: &Source, known: &mut Overasks) -> bool {
        let mut asks = |mix: usize, bytes| {
            let route = source.mix.get(mix).and_then(|m| self.routes.get(m.route));
            route.is_some_and(|r| self.overasks(&r.steps, bytes, known))
        };
        match &source.arrivals {
            Arrivals::Trace(ios) => {
                let mut most = BTreeMap::new();
                for io in ios.iter() {
                    let bytes: &mut u64 = most.entry(io.mix as usize).or_default();
                    *bytes = io.bytes.max(*bytes);
                }
                most.into_iter().any(|(mix, bytes)| asks(mix, bytes))
            }
            _ => source.mix.iter().enumerate().any(|(k, mix)| asks(k, mix.bytes)),
        }
    }

    fn check_visit(&self, route: &str, visit: &Visit, faults: &mut Findings) {
        let mut out_of_range = |what| {
            faults.push(NetworkError::OutOfRange { place: format!("route `{route}`"), what });
        };
        let Some(station) = self.stations.get(visit.station) else {
            let place = format!("route `{route}`");
            return faults.push(NetworkError::Dangling { place, what: "a station" });
        };
        let classes = match &station.kind {
            StationKind::Port(p) => p.weights.len(),
            StationKind::Priority { classes } => *classes as usize,
            _ => 256,
        };
        if usize::from(visit.class) >= classes {
            out_of_range("the class of a visit");
        }
        let mean = visit.service.mean_ps(1 << 20, 1.0);
        if !mean.is_finite() || mean < 0.0 {
            out_of_range("a service time");
        }
        if matches!(visit.service, Service::Wire { framing, .. } if framing.payload == 0) {
            out_of_range("the payload of a frame");
        }
        let wire = matches!(visit.service, Service::Wire { .. });
        if station.as_port().is_some() != wire {
            let station = station.label.clone();
            faults.push(NetworkError::WrongService { route: route.into(), station });
        }
    }

    fn check_choice(
        &self,
        route: &str,
        selector: SelectorId,
        branches: &[Vec<Step>],
        held: &mut Held,
        faults: &mut Findings,
    ) {
        let place = || format!("route `{route}`");
        match self.selectors.get(selector) {
            None => faults.push(NetworkError::Dangling { place: place(), what: "a selector" }),
            Some(s) if s.ways() != branches.len() || branches.is_empty() => {
                let what = "the number of branches of a choice";
                faults.push(NetworkError::OutOfRange { place: place(), what });
            }
            Some(s) => {
                if let SelectorKind::Weights(weights) = &s.kind
                    && (weights.iter().any(|w| !w.is_finite() || *w < 0.0)
                        || weights.iter().sum::<f64>() <= 0.0)
                {
                    let what = "the weights of a choice";
                    faults.push(NetworkError::OutOfRange { place: place(), what });
                }
                if let SelectorKind::Phase { at_ps } = &s.kind
                    && at_ps.windows(2).any(|w| w[0] >= w[1])
                {
                    let what = "the order of the instants of a choice";
                    faults.push(NetworkError::OutOfRange { place: place(), what });
                }
                if let SelectorKind::Vacant { expected } = &s.kind
                    && !(0.0..=1.0).contains(expected)
                {
                    let what = "the expected share of a choice";
                    faults.push(NetworkError::OutOfRange { place: place(), what });
                }
            }
        }
        // All ways must keep the same, or which way is taken would leak tokens.
        let ways: Vec<_> = branches
            .iter()
            .map(|branch| {
                let mut inner = BTreeMap::new();
                self.check_steps(route, branch, &mut inner, faults);
                inner
            })
            .collect();
        let keys: BTreeSet<_> = ways.iter().flat_map(|w| w.keys().copied()).collect();
        for key in keys {
            let mut nets = ways.iter().map(|w| w.get(&key).copied().unwrap_or(0));
            let first = nets.next().unwrap_or(0);
            if nets.all(|net| net == first) {
                *held.entry(key).or_default() += first;
            } else {
                faults.push(self.unbalanced(route, key.0));
            }
        }
    }

    fn check_sources(&self, faults: &mut Findings) {
        let mut known = Overasks::new();
        for source in &self.sources {
            let place = || format!("source `{}`", source.label);
            let bad = |x: f64| !x.is_finite() || x <= 0.0;
            let wrong = match &source.arrivals {
                Arrivals::Closed { outstanding, think_ps, .. } => {
                    *outstanding == 0 || !think_ps.is_finite() || *think_ps < 0.0
                }
                Arrivals::Throttled { outstanding, lanes, interval_ps, clock } => {
                    let still = clock
                        .as_ref()
                        .is_some_and(|c| bad(c.tick_ps) || !c.lag_ps.is_finite() || c.lag_ps < 0.0);
                    *outstanding == 0 || *lanes == 0 || bad(*interval_ps) || still
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
            if source.active.from_ps >= source.active.to_ps {
                let what = "the time in which it issues, which is empty,";
                faults.push(NetworkError::OutOfRange { place: place(), what });
            }
            let weights: f64 = source.mix.iter().map(|m| m.weight).sum();
            if bad(weights)
                || source.mix.iter().any(|m| m.weight < 0.0 || m.bytes > 1 << 32)
                || source.mix.len() > MIXES_MAX
            {
                faults.push(NetworkError::OutOfRange { place: place(), what: "the mix" });
            }
            if source.mix.iter().any(|m| self.routes.get(m.route).is_none()) {
                faults.push(NetworkError::Dangling { place: place(), what: "a route" });
            }
            if self.asks_too_much(source, &mut known) {
                let what = "an acquisition larger than its pool";
                faults.push(NetworkError::OutOfRange { place: place(), what });
            }
            if source.group.is_none_or(|g| self.groups.get(g).is_none()) {
                faults.push(NetworkError::Dangling { place: place(), what: "the group" });
            }
        }
    }
}
