//! Finds the stretches of a route that need no event at each station.
//!
//! A first-in-first-out station with one server whose visitors all come straight from **one** other
//! such station sees them in the order in which they left it, which is the order in which they
//! entered it. Its departures then follow from the recursion `D = max(A, free) + S` at the moment
//! the first station is entered (Lindley 1952), and no event is needed between the two. Choices
//! that look at nothing but the I/O (weights, turns, hashes) may lie between.
//!
//! A station is fused when every visit to it, in every route, follows a visit to the same station,
//! and every way on from that visit leads to a fused station. The second condition makes the set a
//! fixed point: fusing one way and not the other would let some visitors overtake.

use super::program::{Choice, Op, Program};
use crate::network::{Network, SelectorKind};

/// What is known of the visitors of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feed {
    /// No visit seen.
    Nobody,
    /// Every visit seen so far follows a visit to this station.
    Only(u32),
    /// Visitors come from several places, or from where they may overtake.
    Mixed,
}

/// Marks the fused visits of a program.
pub(super) fn mark(program: &mut Program, net: &Network) {
    let mut feeds = vec![Feed::Nobody; net.stations.len()];
    let mut visits = Vec::new();
    // Those at a finite buffer are counted, so each needs its departure.
    let mut finite = vec![false; net.stations.len()];
    for op in &program.ops {
        if let Op::IfRoom { station, .. } = *op {
            finite[station as usize] = true;
        }
    }
    for (pc, op) in program.ops.iter().enumerate() {
        if let Op::Single { station, .. } = *op {
            let mut next = Vec::new();
            let only_visits =
                successors(program, net, pc + 1, &mut next, 0) && !finite[station as usize];
            visits.push((pc, station, next, only_visits));
        }
    }
    // Each visit that is not the successor of a single-server visit has a mixed feed.
    let mut followed = vec![false; program.ops.len()];
    for (_, station, next, only_visits) in &visits {
        for &target in next {
            if let Op::Single { station: to, .. } = program.ops[target] {
                followed[target] = true;
                let feed =
                    if *only_visits && to != *station { Feed::Only(*station) } else { Feed::Mixed };
                merge(&mut feeds[to as usize], feed);
            }
        }
    }
    for (pc, station, ..) in &visits {
        if !followed[*pc] {
            feeds[*station as usize] = Feed::Mixed;
        }
    }
    loop {
        let fused = |target: &usize| {
            matches!(program.ops[*target], Op::Single { station, .. }
                if matches!(feeds[station as usize], Feed::Only(_)))
        };
        // A visit with a way on that is not fused unfuses its other ways.
        let broken: Vec<u32> = visits
            .iter()
            .filter(|(_, _, next, only)| !(*only && next.iter().all(fused)))
            .flat_map(|(_, _, next, _)| next.iter())
            .filter_map(|&target| match program.ops[target] {
                Op::Single { station, .. } if fused(&target) => Some(station),
                _ => None,
            })
            .collect();
        if broken.is_empty() {
            break;
        }
        for station in broken {
            feeds[station as usize] = Feed::Mixed;
        }
    }
    for (pc, _, next, only_visits) in visits {
        let all = only_visits
            && !next.is_empty()
            && next.iter().all(|&target| {
                matches!(program.ops[target], Op::Single { station, .. }
                    if matches!(feeds[station as usize], Feed::Only(_)))
            });
        if let Op::Single { fused, .. } = &mut program.ops[pc] {
            *fused = all;
        }
    }
}

fn merge(feed: &mut Feed, new: Feed) {
    *feed = match (*feed, new) {
        (Feed::Nobody, new) => new,
        (Feed::Only(a), Feed::Only(b)) if a == b => Feed::Only(a),
        _ => Feed::Mixed,
    };
}

/// Collects the visits that may come next; false if anything but a stateless choice or a
/// single-server visit may.
fn successors(
    program: &Program,
    net: &Network,
    pc: usize,
    next: &mut Vec<usize>,
    depth: u32,
) -> bool {
    if depth > 64 {
        return false;
    }
    match program.ops[pc] {
        Op::Single { .. } => {
            next.push(pc);
            true
        }
        Op::Jump { to } => successors(program, net, to as usize, next, depth + 1),
        Op::Choose { choice } => {
            let Choice { selector, table, ways, .. } = program.choices[choice as usize];
            let kind = net.selectors.as_slice().get(selector as usize).map(|s| &s.kind);
            let stateless = !matches!(kind, Some(SelectorKind::LeastOutstanding(_)));
            // Every way is followed even when one is not fusable: the others must know.
            let mut all = stateless;
            for way in 0..ways {
                let start = program.table[(table + way) as usize] as usize;
                all &= successors(program, net, start, next, depth + 1);
            }
            all
        }
        _ => false,
    }
}
