//! Sources whose clock moves in steps: what fell due since the last step is issued at once.
//!
//! With `d` I/Os due at a step and `n` outstanding, `min(d, n)` are issued together, and those left
//! over follow completions, as those of a closed source do that is at work for the share
//! `rate latency / n` of the time. Batches of different sources know nothing of each other: what
//! comes with a step finds the others as they are on average, and before it what is in front of it
//! in its own batch. A line of `a` I/Os passes a station of `c` servers and mean service `s` every
//! `p = s / c`, but comes to it no closer than the slowest station before has let it, `g`; so an
//! I/O waits `(a - (c - 1) / 2) (p - g)` where that is more than nothing. All of it adds up to the
//! line at the slowest station, as it must where I/Os keep their order.
//!
//! Of a pool with a backlog `b`, `k` tokens are in use while `(k - 1) b` to `k b` wait. A batch
//! of `m` passes it as if there were as many tokens as `m^2 / 2` over the integral of `w / k(w)`
//! from 0 to `m`.

use super::model::{Batch, Centre, Chain, Law, Model};

/// The batches of a source of `lanes` with `outstanding` I/Os each, to which `due` fall due between
/// two steps.
pub(super) fn of(outstanding: f64, lanes: f64, due: f64) -> Batch {
    let due = due.clamp(1e-9, 1e12);
    let (all, most) = (lanes * due, lanes * outstanding);
    // A lane with 2.3 due issues two or three; one that is in front finds its batch the larger.
    let odd = due.fract();
    let ahead = if due <= outstanding {
        0.5 * (all - 1.0 + odd * (1.0 - odd) / due)
    } else {
        0.5 * (most - 1.0)
    };
    let any = if due < 1.0 { 1.0 - (1.0 - due).powf(lanes) } else { 1.0 };
    Batch { ahead: ahead.max(0.0), at_step: (most / all).min(1.0), alone: (any / all).min(1.0) }
}

impl Batch {
    /// Share of the I/Os that find nothing of their own but their batch, where the source is at
    /// work for the share `busy` of the time: one that always is waits for no step.
    pub(super) fn fresh(&self, busy: f64) -> f64 {
        self.at_step * (1.0 - busy.clamp(0.0, 1.0).powi(4))
    }

    /// Servers that a batch finds at a centre.
    pub(super) fn servers(&self, centre: &Centre) -> f64 {
        let (tokens, backlog) = (centre.servers, centre.backlog);
        let batch = 2.0 * self.ahead + 1.0;
        if tokens <= 1.0 || backlog <= 0.0 {
            return tokens;
        }
        let (mut time, mut from, mut used) = (0.0, 0.0, 1.0);
        while from < batch {
            let to = if used < tokens { (used * backlog).min(batch) } else { batch };
            time += 0.5 * (to * to - from * from) / used;
            (from, used) = (to, used + 1.0);
        }
        0.5 * batch * batch / time
    }
}

/// How a batch passes one place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// Servers over the I/Os' visits.
    pub(super) servers: f64,
    /// I/Os in front that are not served at the same time.
    pub(super) ahead: f64,
    /// Time between two I/Os.
    pub(super) gap: f64,
}

impl Pace {
    /// Of a batch at a centre; the gap is yet to be told.
    pub(super) fn at(centre: &Centre, batch: Batch) -> Self {
        if matches!(centre.law, Law::Delay | Law::Limiter { .. }) {
            return Self::default();
        }
        let servers = batch.servers(centre);
        Self { servers, ahead: (batch.ahead - 0.5 * (servers - 1.0)).max(0.0), gap: 0.0 }
    }

    /// Adds a visit's service.
    pub(super) fn add(&mut self, visits: f64, service: f64) {
        if self.servers > 0.0 {
            self.gap += visits * service / self.servers;
        }
    }
}

/// How batches pass each spot, with gaps yet to be told.
pub(super) fn paces(model: &Model) -> Vec<Pace> {
    let mut paces = vec![Pace::default(); model.spots.len()];
    for chain in &model.chains {
        let Some(batch) = chain.batch() else { continue };
        let own = chain.spots.start as usize..chain.spots.end as usize;
        for (pace, &centre) in paces[own.clone()].iter_mut().zip(&model.spots[own]) {
            *pace = Pace::at(&model.centres[centre as usize], batch);
        }
    }
    paces
}

/// Tells the gaps of a chain's batches by the services of its visits; none where it has none.
pub(super) fn pace<'p>(
    model: &Model,
    chain: &Chain,
    service: &[f64],
    paces: &'p mut [Pace],
) -> &'p [Pace] {
    if chain.batch().is_none() {
        return &[];
    }
    let own = &mut paces[chain.spots.start as usize..chain.spots.end as usize];
    for pace in &mut *own {
        pace.gap = 0.0;
    }
    let leaves = chain.leaves.start as usize..chain.leaves.end as usize;
    for (leaf, &service) in model.leaves[leaves.clone()].iter().zip(&service[leaves]) {
        if !leaf.given {
            own[(leaf.spot - chain.spots.start) as usize].add(leaf.visits, service);
        }
    }
    own
}

/// A batch on its way: the gap it has by now, and the waits of its line.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    /// By spot of the chain, which begin with `first`; empty where there are no batches.
    pub(super) paces: &'a [Pace],
    pub(super) first: u32,
    /// By leaf.
    pub(super) wait: &'a mut [f64],
    pub(super) gap: f64,
}

impl Line<'_> {
    /// Passes a leaf.
    pub(super) fn pass(&mut self, leaf: usize, spot: u32) {
        let Some(pace) = self.paces.get((spot - self.first) as usize) else { return };
        self.wait[leaf] = pace.ahead * (pace.gap - self.gap).max(0.0);
        self.gap = self.gap.max(pace.gap);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytic::solve;
    use crate::network::{Arrivals, Clock, Network, Rise, Service, Source, Station, Visit};
    use crate::random::Shape;

    #[test]
    fn batches_are_counted() {
        // 2.5 due to one lane: two or three, of which 0 + 1 or 0 + 1 + 2 are in front.
        let batch = of(32.0, 1.0, 2.5);
        assert!((batch.ahead - (1.0 + 3.0) / 5.0).abs() < 1e-12, "{batch:?}");
        assert_eq!((batch.at_step, batch.alone), (1.0, 0.4));
        // Seldom one: it is alone.
        let batch = of(8.0, 1.0, 0.1);
        assert!(batch.ahead == 0.0 && (batch.alone - 1.0).abs() < 1e-9, "{batch:?}");
        // More than may be outstanding: 32 of 128 come with the step.
        let batch = of(32.0, 1.0, 128.0);
        assert_eq!((batch.ahead, batch.at_step), (15.5, 0.25));
        // Four lanes at once.
        assert!((of(32.0, 4.0, 6.0).ahead - 11.5).abs() < 1e-12);
    }

    #[test]
    fn a_backlog_calls_servers_late() {
        let centre = |servers, backlog| Centre {
            law: Law::Pool,
            servers,
            backlog,
            rise: Rise::NONE,
            most_inside: 100.0,
            idle: false,
            fixed: false,
            members: 1.0,
        };
        let batch = of(128.0, 1.0, 40.0);
        assert_eq!(batch.servers(&centre(4.0, 0.0)), 4.0);
        assert_eq!(batch.servers(&centre(4.0, 40.0)), 1.0);
        // 20 to 40 wait at two: 800 / (200 + 300).
        assert!((batch.servers(&centre(4.0, 20.0)) - 1.6).abs() < 1e-12);
    }

    #[test]
    fn a_batch_waits_in_line_at_the_slowest_station() {
        // Sixteen at once through 5 us, then 20 us at two servers, then a delay: 7.5 times 5 us
        // at the first; at the second 14 are in front of the last, 7 on average, at 5 us more.
        let mut net = Network::default();
        let first = net.add_station(Station::fifo("first", 1));
        let second = net.add_station(Station::fifo("second", 2));
        let time = |us: f64| Service::time(us * 1e6, 0.0, Shape::Constant);
        let steps = vec![
            Visit::new(first, "first", time(5.0)).into(),
            Visit::new(second, "second", time(20.0)).into(),
        ];
        let route = net.add_route("read", steps);
        let clock = Clock { label: "guest".into(), tick_ps: 16e9, lag_ps: 0.0 };
        let arrivals =
            Arrivals::Throttled { outstanding: 32, lanes: 1, interval_ps: 1e9, clock: Some(clock) };
        net.add_source(Source::of("guest", route, arrivals));
        let solution = solve(&net).unwrap();
        let latency_us = solution.groups[0].latency_s * 1e6;
        let by_hand = 25.0 + 7.5 * 5.0 + 7.0 * (10.0 - 5.0);
        assert!((latency_us / by_hand - 1.0).abs() < 0.01, "{latency_us} {by_hand}");
    }
}
