//! The latency of a tree, from the waits and services of its visits.
//!
//! * In sequence, means and variances add.
//! * A run of pipelined ports waits at each and serializes once, at the slowest.
//! * A fork joined by all takes the expected maximum, by pairs, of normal variables with the means
//!   and variances of the branches (Clark 1961), correlated so that two equal exponential branches
//!   give exactly 1.5 means. Branches fed by one stream wait together, so this is on the high
//!   side under load (Nelson, Tantawi 1988).
//! * A fork joined by the first `k` of `n` takes the k-th smallest mean `m`, moved by its
//!   variability: `m (1 + c (h - 1))`, where `h = 1/n + ... + 1/(n-k+1)` is the k-th of `n`
//!   exponential variables and `c <= 1` is the mean squared coefficient of variation.
//! * A split of `n` chunks, `w` at once, takes the longest of: `ceil(n/w)` chunks one after the
//!   other, the last of them stretched as the longest of `w` exponential ones, by the standard
//!   deviation of the services; and one chunk plus the demand of the others at the slowest station,
//!   stretched as the longest of the chunks that a deviation makes overtake.

use super::batch::Line;
use super::model::{Join, Law, Model, Node, Split, Thinning};
use super::open::{below, density, departed, harmonic};
use crate::random::maths;

/// Correlation for which the maximum of two equal exponential variables is exact: `1 - pi/4`.
const CORRELATION: f64 = 1.0 - std::f64::consts::FRAC_PI_4;

/// Moments of a part of a tree.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) mean: f64,
    /// Variance of waits and services.
    variance: f64,
    /// Variance of the services alone.
    service_variance: f64,
}

impl Span {
    fn then(&mut self, next: Self) {
        self.mean += next.mean;
        self.variance += next.variance;
        self.service_variance += next.service_variance;
    }
}

/// Walks trees with the numbers of one iteration.
pub(super) struct Clock<'a> {
    pub(super) model: &'a Model,
    pub(super) wait: &'a [f64],
    pub(super) service: &'a [f64],
    /// Utilisation by centre.
    pub(super) used: &'a [f64],
    /// Squared coefficient of variation of the service at each centre.
    pub(super) service_scv: &'a [f64],
    /// Token time held, by holding.
    pub(super) held: &'a mut [f64],
    /// Squared coefficient of variation of what arrives, by leaf.
    pub(super) arrivals: &'a mut [f64],
    pub(super) scratch: &'a mut Vec<f64>,
    /// Whether the chain is open.
    pub(super) open: bool,
    /// Its batches, if it comes in any.
    pub(super) line: Line<'a>,
}

impl Clock<'_> {
    /// Mean latency of a chain's I/Os that arrive with variation `scv`.
    pub(super) fn latency(&mut self, chain: usize, scv: f64) -> f64 {
        let model = self.model;
        let mut mean = 0.0;
        for (share, tree) in &model.chains[chain].trees {
            let mut arriving = share * scv + 1.0 - share;
            self.line.gap = 0.0;
            mean += share * self.block(tree, 0.0, &mut arriving).mean;
        }
        mean
    }

    /// Mean latency of each kind of I/O of a chain.
    pub(super) fn by_kind(&mut self, chain: usize) -> Vec<f64> {
        let model = self.model;
        let trees = model.chains[chain].trees.iter();
        trees.map(|(_, tree)| self.block(tree, 0.0, &mut 1.0).mean).collect()
    }

    fn block(&mut self, nodes: &[Node], begin: f64, scv: &mut f64) -> Span {
        let mut span = Span::default();
        for node in nodes {
            let now = begin + span.mean;
            let next = match node {
                Node::Visit(leaf) => self.visit(*leaf as usize, scv),
                Node::Run(run) => self.run(run.start as usize..run.end as usize, scv),
                Node::Fork { join, branches } => self.fork(*join, branches, now, scv),
                Node::Choose { shares, thinning, branches } => {
                    self.choose(shares, *thinning, branches, now, scv)
                }
                Node::Split(split) => self.split(split, now),
                Node::Acquire(leaf) => self.acquire(*leaf as usize, now),
                Node::Release { cell, tokens } => {
                    self.held[*cell as usize] += tokens * now;
                    Span::default()
                }
            };
            span.then(next);
        }
        span
    }

    /// Variance of a wait of mean `wait`: waiting happens with about the probability that the
    /// centre is in use and is then exponential.
    fn wait_variance(&self, centre: usize, wait: f64, service: f64) -> f64 {
        if self.open {
            let used = self.used[centre].clamp(0.05, 1.0);
            wait * wait * (2.0 / used - 1.0)
        } else {
            // A closed network keeps its queues: a wait is a sum of services more than it is a
            // matter of chance.
            (wait * service).max(0.1 * wait * wait)
        }
    }

    fn pass(&mut self, leaf: usize, scv: &mut f64) {
        if self.open {
            self.arrivals[leaf] = *scv;
            let centre = self.model.leaves[leaf].centre as usize;
            let servers = self.model.centres[centre].servers;
            if servers.is_finite() {
                *scv = departed(*scv, self.service_scv[centre], self.used[centre], servers);
            }
        }
    }

    fn visit(&mut self, index: usize, scv: &mut f64) -> Span {
        self.pass(index, scv);
        let leaf = &self.model.leaves[index];
        self.line.pass(index, leaf.spot);
        let (wait, service) = (self.wait[index], self.service[index]);
        let centre = leaf.centre as usize;
        let waited = self.wait_variance(centre, wait, service);
        if matches!(self.model.centres[centre].law, Law::Limiter { .. }) {
            return Span { mean: wait, variance: waited, service_variance: 0.0 };
        }
        let served = service * service * leaf.scv;
        Span { mean: wait + service, variance: waited + served, service_variance: served }
    }

    fn run(&mut self, run: std::ops::Range<usize>, scv: &mut f64) -> Span {
        let mut span = Span::default();
        let mut slowest = 0.0_f64;
        for index in run {
            self.pass(index, scv);
            let leaf = &self.model.leaves[index];
            self.line.pass(index, leaf.spot);
            let (wait, service) = (self.wait[index], self.service[index]);
            slowest = slowest.max(service);
            span.mean += wait + leaf.latency;
            span.variance += self.wait_variance(leaf.centre as usize, wait, service);
        }
        span.mean += slowest;
        span
    }

    fn acquire(&mut self, index: usize, now: f64) -> Span {
        let leaf = &self.model.leaves[index];
        self.line.pass(index, leaf.spot);
        let wait = self.wait[index];
        let cell = self.model.holding_of[index] as usize;
        self.held[cell] -= leaf.tokens * leaf.visits * (now + wait);
        Span { mean: wait, variance: wait * wait, service_variance: 0.0 }
    }

    fn fork(&mut self, join: Join, branches: &[Vec<Node>], now: f64, scv: &mut f64) -> Span {
        let gap = self.line.gap;
        match join {
            Join::None => {
                for branch in branches {
                    self.block(branch, now, &mut scv.clone());
                    self.line.gap = gap;
                }
                Span::default()
            }
            Join::All => {
                let mut all: Option<Span> = None;
                let mut widest = gap;
                for branch in branches {
                    self.line.gap = gap;
                    let span = self.block(branch, now, &mut scv.clone());
                    widest = widest.max(self.line.gap);
                    all = Some(all.map_or(span, |before| later(before, span)));
                }
                self.line.gap = widest;
                all.unwrap_or_default()
            }
            Join::First(k) => self.first(k as usize, branches, now, *scv),
        }
    }

    fn first(&mut self, k: usize, branches: &[Vec<Node>], now: f64, scv: f64) -> Span {
        let start = self.scratch.len();
        let (mut variation, mut sum) = (0.0, Span::default());
        for branch in branches {
            let span = self.block(branch, now, &mut scv.clone());
            self.scratch.push(span.mean);
            variation += (span.variance / (span.mean * span.mean).max(1e-300)).min(1.0);
            sum.then(span);
        }
        let n = branches.len().max(1) as f64;
        let means = &mut self.scratch[start..];
        means.sort_by(f64::total_cmp);
        let nth = means.get(k.saturating_sub(1)).copied().unwrap_or_default();
        self.scratch.truncate(start);
        let order: f64 = (0..k).map(|i| 1.0 / (n - i as f64)).sum();
        Span {
            mean: nth * (1.0 + variation / n * (order - 1.0)),
            variance: sum.variance / n,
            service_variance: sum.service_variance / n,
        }
    }

    fn choose(
        &mut self,
        shares: &[f64],
        thinning: Thinning,
        branches: &[Vec<Node>],
        now: f64,
        scv: &mut f64,
    ) -> Span {
        let mut all = Span::default();
        let (mut square, mut merged) = (0.0, 0.0);
        let (gap, mut widest) = (self.line.gap, self.line.gap);
        for (branch, &share) in branches.iter().zip(shares) {
            let mut inner = match thinning {
                Thinning::Random => share * *scv + 1.0 - share,
                Thinning::InTurn => share * *scv,
                Thinning::Balanced => *scv,
            };
            self.line.gap = gap;
            let span = self.block(branch, now, &mut inner);
            widest = widest.max(self.line.gap);
            all.mean += share * span.mean;
            square += share * span.mean * span.mean;
            all.variance += share * span.variance;
            all.service_variance += share * span.service_variance;
            merged += share * inner;
        }
        self.line.gap = widest;
        all.variance += (square - all.mean * all.mean).max(0.0);
        *scv = merged;
        all
    }

    fn split(&mut self, split: &Split, now: f64) -> Span {
        let body = self.block(&split.body, now, &mut 1.0);
        let mut others = split.slowest * (split.full - 1.0);
        if let Some(rest) = &split.rest {
            self.block(rest, now, &mut 1.0);
            others += split.slowest_rest;
        }
        let deviation = body.service_variance.sqrt();
        let rounds = (split.chunks / split.window).ceil();
        let side_by_side = rounds * body.mean + deviation * split.spread;
        // Of chunks that come `gap` apart, those before the last may still end after it.
        let gap = others / (split.chunks - 1.0);
        let mut in_line = body.mean + others;
        if deviation > 0.0 {
            let late = 1.0 / (1.0 - maths::exp(-gap / deviation)).max(1e-9);
            in_line += deviation * (harmonic(late.min(split.window)) - 1.0).max(0.0);
        }
        let (variance, service_variance) = (body.variance, body.service_variance * rounds);
        Span { mean: side_by_side.max(in_line), variance, service_variance }
    }
}

/// The later of two ends.
fn later(a: Span, b: Span) -> Span {
    let max = |v: f64, w: f64, of: f64| {
        let square = v + w - 2.0 * CORRELATION * (v * w).sqrt();
        if square <= 1e-18 * of * of {
            return None;
        }
        Some(square.sqrt())
    };
    let longer = a.mean.max(b.mean);
    let Some(spread) = max(a.variance, b.variance, longer.max(1e-150)) else {
        return if a.mean >= b.mean { a } else { b };
    };
    let alpha = (a.mean - b.mean) / spread;
    let (p, q, d) = (below(alpha), below(-alpha), density(alpha));
    let mean = (a.mean * p + b.mean * q + spread * d).max(longer);
    // For exponential variables each further branch adds the square of what it adds to the mean.
    let variance = a.variance * p + b.variance * q + (mean - longer).powi(2);
    Span { mean, variance, service_variance: a.service_variance * p + b.service_variance * q }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(mean: f64) -> Span {
        Span { mean, variance: mean * mean, service_variance: mean * mean }
    }

    #[test]
    fn the_later_of_two_exponential_branches_takes_one_and_a_half_means() {
        assert!((later(exponential(2.0), exponential(2.0)).mean - 3.0).abs() < 1e-12);
        // A branch that is always shorter adds nothing.
        let constant = Span { mean: 5.0, ..Span::default() };
        assert_eq!(later(constant, Span { mean: 1.0, ..Span::default() }).mean, 5.0);
        assert_eq!(later(constant, constant).mean, 5.0);
        // Three: 11/6 means, within the error of the normal shape.
        let three = later(later(exponential(1.0), exponential(1.0)), exponential(1.0));
        assert!((three.mean / (11.0 / 6.0) - 1.0).abs() < 0.02, "{}", three.mean);
    }
}
