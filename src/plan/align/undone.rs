//! What would take a plan apart again: balancers look at processors and memory, or at the number of
//! volumes, and not at who owns what.

use crate::random::Seed;
use crate::scenario::Scenario;
use crate::schedule::BalancerMode;
use crate::timeline::{Figures, Seats, Standing, TimelineError};
use crate::topology::NodeId;

/// Seconds that balancers are given.
const WATCHED_S: u64 = 2 * 3600;
/// Machines up to which balancers are followed.
const FOLLOWED: usize = 2_000;
/// Moves and nodes told one by one.
const TOLD: usize = 5;

/// What would undo a plan, a sentence each; `then` is of the places it leads to.
pub(super) fn undone(
    scenario: &Scenario,
    standing: &Standing<'_>,
    (seats, then): (&Seats, &Figures),
    seed: Seed,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Vec<String>, TimelineError> {
    let rules = standing.rules();
    let mut told = Vec::new();
    let watch = match (rules.optimization, rules.node_fairness) {
        (Some(rule), _) => Some(("Dynamic Optimization", rule.cpu_above, 1.0 - rule.memory_free)),
        (None, BalancerMode::Off) => None,
        (None, _) => Some(("Node fairness", rules.fairness_above, rules.fairness_above)),
    };
    if let Some((name, cpu, memory)) = watch {
        let above = above(scenario, seats, then, (cpu, memory));
        if !above.is_empty() && scenario.cluster.vms.len() <= FOLLOWED {
            let moves = standing.left_alone(seats, WATCHED_S, seed, cancelled)?;
            told.push(of_moves(name, &moves, &above));
        } else if !above.is_empty() {
            told.push(format!(
                "{name} looks at processors and memory and not at owners; it will move machines \
                 away from {}",
                some(&above)
            ));
        }
    }
    if rules.volume_balancer {
        told.extend(by_number(scenario, seats));
    }
    Ok(told)
}

/// Nodes above the shares of processors or memory at which they are relieved.
fn above(
    scenario: &Scenario,
    seats: &Seats,
    then: &Figures,
    (cpu, memory): (f64, f64),
) -> Vec<String> {
    let cluster = &scenario.cluster;
    let mut used = vec![0.0; cluster.nodes.len()];
    for (vm, home) in cluster.vms.iter().zip(&seats.homes) {
        used[home.index()] += vm.memory.bytes;
    }
    let mut names = Vec::new();
    for (id, node) in cluster.nodes.iter_ids() {
        let busy = then.cpus.iter().find(|(name, _)| *name == node.name).map(|(_, busy)| *busy);
        let full = node.memory_bytes.is_some_and(|all| used[id.index()] / all > memory);
        if full || busy.is_some_and(|busy| busy > cpu) {
            names.push(node.name.clone());
        }
    }
    names
}

fn some(names: &[String]) -> String {
    let shown = names.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(TOLD) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn of_moves(name: &str, moves: &[String], above: &[String]) -> String {
    if moves.is_empty() {
        return format!(
            "{name} would relieve {}, but finds no machine whose move is enough",
            some(above)
        );
    }
    format!(
        "{name} undoes part of this within two hours: {}. It looks at processors and memory and \
         not at owners; bind machines by possible owners, or turn it off",
        some(moves)
    )
}

/// Volumes that the balancer by number will move.
fn by_number(scenario: &Scenario, seats: &Seats) -> Option<String> {
    let cluster = &scenario.cluster;
    let mut owned = vec![0_usize; cluster.nodes.len()];
    for (volume, owner) in cluster.volumes.iter().zip(&seats.owners) {
        owned[owner.index()] += usize::from(!volume.lun);
    }
    let (most, fewest) = (owned.iter().max()?, owned.iter().min()?);
    if most - fewest < 2 {
        return None;
    }
    let all: usize = owned.iter().sum();
    let share = all.div_ceil(owned.len().max(1));
    let moved: usize = owned.iter().map(|count| count.saturating_sub(share)).sum();
    let fullest = owned.iter().position(|count| count == most)?;
    let name = &cluster.nodes[NodeId::from_index(fullest)].name;
    Some(format!(
        "When a node joins or comes back the CSV balancer spreads volumes by number: {name} owns \
         {most}, another node {fewest}, and at least {} would go elsewhere",
        moved.max(1)
    ))
}
