//! What no plan can come below: Lagrangian relaxation, volume by volume.
//!
//! Room on nodes is not enforced but priced, and a machine with disks on several volumes may be in
//! several places at once, which is priced too. What is left falls apart into one problem for each
//! volume, solved exactly: for each owner every machine goes to the owner or to where it costs
//! least otherwise; those that go to the owner must find room there, by fractions if need be. For
//! any prices the sum is a lower bound (M. L. Fisher, *The Lagrangian Relaxation Method for Solving
//! Integer Programming Problems*, Management Science 27 (1981) 1,
//! <https://doi.org/10.1287/mnsc.27.1.1>); prices are raised by its subgradient with Polyak's step.

use std::ops::Range;

use super::problem::{ANY, Problem, Way};

/// What is bounded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// What is lost, and what the moves are worth.
    Lost,
    /// Moves of plans that lose no more than this, moves being worth what they are.
    Moves {
        /// What they lose at most.
        within: i64,
    },
}

/// Rounds without progress after which steps are halved.
const PATIENCE: u32 = 8;
/// Shortest steps.
const STEP_LEAST: f64 = 0.01;
/// Share of the sum of all terms that rounding may have cost.
const ROUNDING: f64 = 1e-9;

/// The load of one machine on one volume.
struct Leaf {
    machine: usize,
    /// Tables and weights.
    ties: Vec<(usize, f64)>,
    /// What its machine needs of room, in units; nothing where it stays.
    needs: [f64; 3],
    /// Whether it bears the prices and the move of its machine.
    first: bool,
    /// Place among the leaves that have siblings.
    shared: Option<usize>,
}

/// Prices, each of a constraint that is not enforced.
#[derive(Clone)]
struct Prices {
    /// Of room, by resource and node.
    room: [Vec<f64>; 3],
    /// Whether any of those is above zero.
    any: [bool; 3],
    /// Of places, by leaf with siblings and node; over the leaves of a machine they add up to zero.
    places: Vec<f64>,
    /// Of load that is lost.
    lost: f64,
}

/// What the relaxed problem comes to at some prices.
struct Relaxed {
    bound: f64,
    /// Use of room less room.
    room: Vec<Vec<f64>>,
    places: Vec<f64>,
    /// What is lost (and moves are worth) less what may be.
    lost: f64,
}

/// The least that a goal can come to, rounded up as the goal is whole; `best` is what is known to
/// be reachable.
pub(super) fn least(problem: &Problem, goal: Goal, best: i64, rounds: u32) -> i64 {
    if best <= 0 {
        return best;
    }
    let bound = Bound::new(problem, goal);
    let mut prices = bound.first_prices();
    let (mut most, mut at, mut step, mut idle) = (f64::NEG_INFINITY, prices.clone(), 1.0, 0);
    for _ in 0..rounds {
        let relaxed = bound.relaxed(&prices);
        if relaxed.bound > most {
            (most, at, idle) = (relaxed.bound, prices.clone(), 0);
        } else {
            idle += 1;
        }
        if whole(most) >= best || step < STEP_LEAST {
            break;
        }
        if idle >= PATIENCE {
            (step, idle, prices) = (0.5 * step, 0, at.clone());
            continue;
        }
        if !bound.raise(&mut prices, &relaxed, step * (best as f64 + 0.5 - relaxed.bound)) {
            break;
        }
    }
    whole(most).clamp(0, best)
}

/// The first whole number that is not below, but for what rounding may have added.
fn whole(bound: f64) -> i64 {
    (bound - 1e-6).ceil().max(0.0) as i64
}

struct Bound<'a> {
    problem: &'a Problem,
    goal: Goal,
    leaves: Vec<Leaf>,
    /// Leaves of each volume.
    of_volume: Vec<Vec<usize>>,
    /// Leaves with siblings, by machine: their places among those.
    families: Vec<Range<usize>>,
    /// By table and node: 1 where a machine there crosses whoever else owns the volume.
    off: Vec<Vec<f64>>,
    /// By table and node: 1 where a machine on the node that owns the volume crosses all the same.
    with: Vec<Vec<f64>>,
    /// Use of a resource that counts as one.
    unit: [f64; 3],
    /// Room that is left for machines that may be moved, in those units; infinite where there is
    /// no limit.
    room: [Vec<f64>; 3],
    /// Load that counts as one, where what is lost has a price.
    load: f64,
}

impl<'a> Bound<'a> {
    fn new(problem: &'a Problem, goal: Goal) -> Self {
        let most = |k: usize| problem.machines.iter().map(|m| m.needs[k]).max().unwrap_or(0).max(1);
        let unit = [0, 1, 2].map(|k| most(k) as f64);
        let mut leaves: Vec<Leaf> = Vec::new();
        let mut of_volume: Vec<Vec<usize>> = vec![Vec::new(); problem.volumes.len()];
        let mut families: Vec<Range<usize>> = Vec::new();
        for (machine, of) in problem.machines.iter().enumerate() {
            let from = leaves.len();
            let fixed = is_fixed(&of.allowed);
            let needs = [0, 1, 2].map(|k| if fixed { 0.0 } else { of.needs[k] as f64 / unit[k] });
            for tie in of.ties.iter().map(|tie| &problem.ties[*tie]) {
                let of_this = &mut of_volume[tie.volume];
                let own = of_this.last().copied().filter(|leaf| *leaf >= from);
                let leaf = own.unwrap_or_else(|| {
                    of_this.push(leaves.len());
                    let first = leaves.len() == from;
                    leaves.push(Leaf { machine, ties: Vec::new(), needs, first, shared: None });
                    leaves.len() - 1
                });
                leaves[leaf].ties.push((tie.table, tie.weight as f64));
            }
            if leaves.len() - from > 1 {
                let shared = families.last().map_or(0, |family| family.end);
                for (k, leaf) in leaves[from..].iter_mut().enumerate() {
                    leaf.shared = Some(shared + k);
                }
                families.push(shared..shared + leaves.len() - from);
            }
        }
        let off = problem.tables.iter().map(|table| {
            let crosses = |home: usize| {
                let others = (0..problem.nodes).filter(|owner| *owner != home);
                others.into_iter().all(|owner| table.way(home, owner) != Way::Free)
            };
            (0..problem.nodes).map(|home| f64::from(u8::from(crosses(home)))).collect()
        });
        let with = problem.tables.iter().map(|table| {
            let crosses = |node: usize| table.way(node, node) != Way::Free;
            (0..problem.nodes).map(|node| f64::from(u8::from(crosses(node)))).collect()
        });
        let mut room = problem.room.clone();
        for machine in problem.machines.iter().filter(|machine| is_fixed(&machine.allowed)) {
            for (room, need) in room[machine.home].iter_mut().zip(machine.needs) {
                *room = if *room >= ANY { ANY } else { room.saturating_sub(need) };
            }
        }
        let room = [0, 1, 2].map(|k| {
            let of = |room: &[u64; 3]| {
                if room[k] >= ANY { f64::INFINITY } else { room[k] as f64 / unit[k] }
            };
            room.iter().map(of).collect()
        });
        let weights: u64 = problem.ties.iter().map(|tie| tie.weight).sum();
        Self {
            goal,
            off: off.collect(),
            with: with.collect(),
            unit,
            room,
            load: (weights as f64 / problem.ties.len().max(1) as f64).max(1.0),
            problem,
            leaves,
            of_volume,
            families,
        }
    }

    fn first_prices(&self) -> Prices {
        let shared = self.families.last().map_or(0, |family| family.end);
        let lightest = self.problem.ties.iter().map(|tie| tie.weight.max(1)).min().unwrap_or(1);
        let nodes = self.problem.nodes;
        Prices {
            room: [0, 1, 2].map(|_| vec![0.0; nodes]),
            any: [false; 3],
            places: vec![0.0; shared * nodes],
            lost: match self.goal {
                Goal::Lost => 1.0,
                // Every load that crosses costs a move.
                Goal::Moves { .. } => 1.0 / lightest as f64,
            },
        }
    }

    /// What a move costs.
    fn of_move(&self, prices: &Prices) -> f64 {
        let worth = self.problem.worth as f64;
        match self.goal {
            Goal::Lost => worth,
            Goal::Moves { .. } => 1.0 + prices.lost * worth,
        }
    }

    /// What a machine costs on each node beside what its disks lose there; infinite where it may
    /// not be.
    fn costs(&self, machine: usize, prices: &Prices, costs: &mut [f64]) {
        let of = &self.problem.machines[machine];
        let moved = self.of_move(prices);
        costs.fill(moved);
        costs[of.home] = 0.0;
        if !is_fixed(&of.allowed) {
            for (k, price) in prices.room.iter().enumerate() {
                let need = of.needs[k] as f64 / self.unit[k];
                if need > 0.0 && prices.any[k] {
                    costs.iter_mut().zip(price).for_each(|(cost, price)| *cost += price * need);
                }
            }
        }
        for (cost, _) in costs.iter_mut().zip(&of.allowed).filter(|(_, allowed)| !**allowed) {
            *cost = f64::INFINITY;
        }
    }

    /// Solves what is left at some prices.
    fn relaxed(&self, prices: &Prices) -> Relaxed {
        let nodes = self.problem.nodes;
        let mut sum = Sum { bound: 0.0, size: 0.0 };
        let mut all = Relaxed {
            bound: 0.0,
            room: self.room.iter().map(|of| of.iter().map(|room| -room).collect()).collect(),
            places: vec![0.0; prices.places.len()],
            lost: 0.0,
        };
        for (room, price) in self.room.iter().flatten().zip(prices.room.iter().flatten()) {
            if *price > 0.0 {
                sum.add(-price * room);
            }
        }
        if let Goal::Moves { within } = self.goal {
            sum.add(-prices.lost * within as f64);
            all.lost -= within as f64;
        }
        let mut costs = vec![0.0; nodes];
        for (machine, of) in self.problem.machines.iter().enumerate() {
            if of.ties.is_empty() && !is_fixed(&of.allowed) {
                self.costs(machine, prices, &mut costs);
                let (node, least) = lowest(costs.iter().copied());
                sum.add(least);
                self.use_up(&mut all, machine, node, 1.0);
            }
        }
        let (mut own, mut otherwise) = (Vec::new(), Vec::new());
        for (volume, leaves) in self.of_volume.iter().enumerate() {
            own.clear();
            otherwise.clear();
            for leaf in leaves.iter().map(|leaf| &self.leaves[*leaf]) {
                let from = own.len();
                own.resize(from + nodes, 0.0);
                let at = &mut own[from..];
                self.places_of(leaf, prices, at);
                let elsewhere = at.iter().enumerate().map(|(node, cost)| {
                    let off = |(table, weight): &(usize, f64)| self.off[*table][node] * weight;
                    cost + prices.lost * leaf.ties.iter().map(off).sum::<f64>()
                });
                otherwise.push(lowest(elsewhere));
            }
            let Some(best) = self.best_owner(volume, prices, (&own, &otherwise)) else { continue };
            sum.add(best.cost);
            sum.add(-best.saved);
            if best.owner != self.problem.volumes[volume].owner {
                all.lost += self.problem.worth as f64;
            }
            for (k, leaf) in leaves.iter().enumerate() {
                let (leaf, share) = (&self.leaves[*leaf], best.aligned[k]);
                for (node, share) in [(best.owner, share), (otherwise[k].0, 1.0 - share)] {
                    self.place(&mut all, leaf, (node, best.owner), share);
                }
            }
        }
        all.bound = sum.bound - ROUNDING * sum.size;
        all
    }

    /// What a leaf costs on each node beside what it loses there.
    fn places_of(&self, leaf: &Leaf, prices: &Prices, at: &mut [f64]) {
        if leaf.first {
            self.costs(leaf.machine, prices, at);
        } else {
            let allowed = &self.problem.machines[leaf.machine].allowed;
            for (cost, _) in at.iter_mut().zip(allowed).filter(|(_, allowed)| !**allowed) {
                *cost = f64::INFINITY;
            }
        }
        if let Some(shared) = leaf.shared {
            let prices = &prices.places[shared * at.len()..][..at.len()];
            at.iter_mut().zip(prices).for_each(|(cost, price)| *cost += price);
        }
    }

    /// What leaf number `k` of a volume saves by being with an owner, if it does.
    fn saved(&self, leaf: &Leaf, k: usize, owner: usize, lost: f64, at: At<'_>) -> f64 {
        let with = leaf.ties.iter().map(|(table, weight)| self.with[*table][owner] * weight);
        let there = at.0[k * self.problem.nodes + owner] + lost * with.sum::<f64>();
        let saved = at.1[k].1 - there;
        // Where it is the same it goes to the owner.
        if saved >= 0.0 { saved.max(f64::MIN_POSITIVE) } else { 0.0 }
    }

    /// The owner under whom a volume costs least.
    fn best_owner(&self, volume: usize, prices: &Prices, at: At<'_>) -> Option<Under> {
        let of = &self.problem.volumes[volume];
        let leaves: Vec<&Leaf> = self.of_volume[volume].iter().map(|k| &self.leaves[*k]).collect();
        let nodes = self.problem.nodes;
        let all: f64 = at.1.iter().map(|(_, least)| least).sum();
        let (mut sums, mut asked) = (vec![0.0; nodes], vec![[0.0; 3]; nodes]);
        for (k, leaf) in leaves.iter().enumerate() {
            for owner in 0..nodes {
                let saved = self.saved(leaf, k, owner, prices.lost, at);
                if saved > 0.0 {
                    sums[owner] += saved;
                    for (asked, need) in asked[owner].iter_mut().zip(leaf.needs) {
                        *asked += need;
                    }
                }
            }
        }
        let mut best: Option<Under> = None;
        for owner in (0..nodes).filter(|node| of.allowed[*node]) {
            let cost = all + if owner == of.owner { 0.0 } else { self.of_move(prices) };
            // Room can only make it worse.
            if best.as_ref().is_some_and(|best| cost - sums[owner] >= best.cost - best.saved) {
                continue;
            }
            let saved = |k: usize| self.saved(leaves[k], k, owner, prices.lost, at);
            let saved: Vec<f64> = (0..leaves.len()).map(saved).collect();
            let aligned = saved.iter().map(|saved| f64::from(u8::from(*saved > 0.0))).collect();
            let mut under = Under { owner, cost, saved: sums[owner], aligned };
            for k in (0..3).filter(|k| asked[owner][*k] > self.room[*k][owner]) {
                let (sum, aligned) = within(&leaves, &saved, k, self.room[k][owner]);
                if sum < under.saved {
                    under = Under { saved: sum, aligned, ..under };
                }
            }
            if best.as_ref().is_none_or(|b| under.cost - under.saved < b.cost - b.saved) {
                best = Some(under);
            }
        }
        best
    }

    /// Counts a share of a leaf on a node.
    fn place(&self, all: &mut Relaxed, leaf: &Leaf, (node, owner): (usize, usize), share: f64) {
        if share <= 0.0 {
            return;
        }
        if leaf.first {
            self.use_up(all, leaf.machine, node, share);
        }
        if let Some(shared) = leaf.shared {
            all.places[shared * self.problem.nodes + node] += share;
        }
        for (table, weight) in &leaf.ties {
            let lost = if node == owner { &self.with } else { &self.off }[*table][node];
            all.lost += share * lost * weight;
        }
    }

    fn use_up(&self, all: &mut Relaxed, machine: usize, node: usize, share: f64) {
        let of = &self.problem.machines[machine];
        if !is_fixed(&of.allowed) {
            for ((used, need), unit) in all.room.iter_mut().zip(of.needs).zip(self.unit) {
                used[node] += share * need as f64 / unit;
            }
        }
        if node != of.home {
            all.lost += share * self.problem.worth as f64;
        }
    }

    /// Raises prices along the subgradient; false where it is nothing.
    fn raise(&self, prices: &mut Prices, relaxed: &Relaxed, gap: f64) -> bool {
        // Over the leaves of a machine the prices of a place must go on adding up to zero.
        let nodes = self.problem.nodes;
        let mut places = relaxed.places.clone();
        for family in &self.families {
            for node in 0..nodes {
                let own = || family.clone().map(|shared| shared * nodes + node);
                let mean = own().map(|k| places[k]).sum::<f64>() / family.len() as f64;
                own().for_each(|k| places[k] -= mean);
            }
        }
        let mut norm: f64 = places.iter().map(|g| g * g).sum();
        let room = relaxed.room.iter().flatten().zip(prices.room.iter().flatten());
        // A price that is zero and would fall is left out of the length of the step.
        let falls = |room: &f64, price: &f64| *room <= 0.0 && *price <= 0.0;
        norm +=
            room.filter(|(r, p)| r.is_finite() && !falls(r, p)).map(|(r, _)| r * r).sum::<f64>();
        let lost = relaxed.lost / self.load;
        let priced = matches!(self.goal, Goal::Moves { .. });
        if priced {
            norm += lost * lost;
        }
        if norm <= 0.0 {
            return false;
        }
        let step = gap / norm;
        for (k, (room, price)) in relaxed.room.iter().zip(&mut prices.room).enumerate() {
            for (price, room) in price.iter_mut().zip(room).filter(|(_, room)| room.is_finite()) {
                *price = (*price + step * room).max(0.0);
            }
            prices.any[k] = price.iter().any(|price| *price > 0.0);
        }
        prices.places.iter_mut().zip(&places).for_each(|(price, by)| *price += step * by);
        if priced {
            prices.lost = (prices.lost + step * lost / self.load).max(0.0);
        }
        true
    }
}

/// The most that can be saved by machines that find room, the last by a fraction; and the share of
/// each.
fn within(leaves: &[&Leaf], saved: &[f64], resource: usize, room: f64) -> (f64, Vec<f64>) {
    let need = |k: usize| leaves[k].needs[resource];
    let mut order: Vec<usize> = (0..leaves.len()).filter(|k| saved[*k] > 0.0).collect();
    let density = |k: usize| saved[k] / need(k).max(f64::MIN_POSITIVE);
    order.sort_by(|a, b| density(*b).total_cmp(&density(*a)).then(a.cmp(b)));
    let (mut left, mut sum, mut shares) = (room, 0.0, vec![0.0; leaves.len()]);
    for k in order {
        let share = if need(k) <= left { 1.0 } else { left / need(k) };
        left -= share * need(k);
        sum += share * saved[k];
        shares[k] = share;
        if share < 1.0 {
            break;
        }
    }
    (sum, shares)
}

/// What the leaves of a volume cost on each node, leaf after leaf; and for each where, and what,
/// it costs least when the owner is elsewhere.
type At<'a> = (&'a [f64], &'a [(usize, f64)]);

/// What a volume costs under an owner.
struct Under {
    owner: usize,
    /// Were no machine with it.
    cost: f64,
    /// What those that are with it save.
    saved: f64,
    /// The share of each leaf that is.
    aligned: Vec<f64>,
}

/// A sum, with the size of its terms.
struct Sum {
    bound: f64,
    size: f64,
}

impl Sum {
    fn add(&mut self, term: f64) {
        self.bound += term;
        self.size += term.abs();
    }
}

/// Whether a machine stays where it is.
fn is_fixed(allowed: &[bool]) -> bool {
    allowed.iter().filter(|allowed| **allowed).count() <= 1
}

/// The place of the lowest of some costs, the first of equals.
fn lowest(costs: impl Iterator<Item = f64>) -> (usize, f64) {
    let mut least = (0, f64::INFINITY);
    for (node, cost) in costs.enumerate() {
        if cost < least.1 {
            least = (node, cost);
        }
    }
    least
}
