//! Which machines run off their volume's owner, and the moves that bring them together.
//!
//! **The question.** A disk is off its owner when its I/O crosses the network to the coordinator
//! only because its machine is elsewhere. Each such disk weighs the bytes a second of its load, by
//! the analytic solver with everything where it is. Sought are places for machines and owners for
//! volumes, by three aims of which each counts only among plans that are equal in those before it:
//! the least redirected bytes a second (and what the moves are worth, where they are worth
//! something), the fewest moves, the least time of moving.
//!
//! **What is kept to.** Memory and cores of the nodes, possible owners, pinned machines and
//! volumes, classes of anti-affinity and members of a guest cluster on different nodes, paths to
//! storage, 1,024 machines a host; at the end, and after every single move. What is beyond its
//! limit now may stay so and gets no worse.
//!
//! **How.** Local search in any case; a lower bound by Lagrangian relaxation; with the feature
//! `milp` mixed-integer programming where no more than some 400 choices are open. What is claimed
//! to be least is proved for the numbers of the problem, which are whole: kilobytes a second,
//! bytes, thousandths of a core.
//!
//! **Not looked at.** Preferred owners, which the cluster itself looks at only when it places a
//! machine; making another member of a guest cluster active; loads that come and go.

mod board;
mod bound;
#[cfg(feature = "milp")]
mod exact;
mod extract;
#[cfg(test)]
mod fixture;
mod local;
mod order;
mod problem;
mod result;
mod solve;
#[cfg(test)]
mod tests;
mod undone;
mod why;
mod wishes;

use board::Board;
use extract::{Extracted, LOAD_UNIT, extract};
use order::{What, after, make, order};
use problem::{Spots, Way};
pub use result::{Alignment, Moving, OffOwner, Picture, Proof, Step};
use solve::{Found, solve};
use why::why;
pub use wishes::{Movable, Weigh, Wishes};

use crate::provenance::FrozenParameters;
use crate::random::Seed;
use crate::scenario::Scenario;
use crate::timeline::{EvaluateError, Seats, Standing, TimelineError, crossing};
use crate::topology::{CsvId, Fabric, NodeId, VmId};

/// Finds what is off its owner, and the moves that bring it together.
///
/// `progress` is told the share done. When `cancelled` says so, the best plan found by then is
/// told.
///
/// # Errors
/// When a state of the cluster cannot be evaluated.
pub fn align(
    scenario: &Scenario,
    parameters: &FrozenParameters,
    wishes: &Wishes,
    seed: Seed,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Alignment, AlignError> {
    let standing = Standing::new(scenario, parameters)?;
    let now = Seats::of(scenario);
    let figures = standing.figures(&now)?;
    let extracted = extract(scenario, parameters, &standing, &figures, wishes)?;
    let problem = &extracted.problem;
    let found = solve(problem, seed, cancelled, &|share| progress(0.1 + 0.7 * share));
    let moves = order(problem, &found.spots);
    let reached = after(problem, &moves);
    let seats = Extracted::seats(&reached);
    progress(0.9);
    let then = standing.figures(&seats)?;
    let mut alignment = Alignment {
        off: off(scenario, &extracted, &reached, wishes),
        steps: steps(&standing, &extracted, &moves)?,
        proof: proof(&extracted, &found, &reached),
        now: Picture::of(scenario, &figures),
        then: Picture::of(scenario, &then),
        undone_by: match undone::undone(scenario, &standing, (&seats, &then), seed, cancelled) {
            Err(TimelineError::Cancelled) => Vec::new(),
            told => told?,
        },
        notes: notes(scenario, &extracted, wishes),
        seats,
    };
    if reached != found.spots {
        let text = "a better plan exists that cannot be brought about move by move, for want of \
                    room in between";
        alignment.notes.push(text.to_owned());
    }
    if cancelled() {
        alignment.notes.push("interrupted: a longer search may find a better plan".to_owned());
    }
    Ok(alignment)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlignError {
    /// A state of the cluster cannot be evaluated.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// What follows cannot be told.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
}

/// The disks that are off, or are left behind by the plan, and why those that stay so do.
fn off(
    scenario: &Scenario,
    extracted: &Extracted,
    reached: &Spots,
    wishes: &Wishes,
) -> Vec<OffOwner> {
    let problem = &extracted.problem;
    let now = problem.now();
    let after = Extracted::seats(reached).laid_over(scenario).cluster;
    let fabric = Fabric::of(&after);
    let board = Board::new(problem, reached.clone());
    let mut off = Vec::new();
    for (tie, disks) in extracted.disks.iter().enumerate() {
        let [is_off, stays] = [&now, reached].map(|spots| problem.way(tie, spots) != Way::Free);
        if !is_off && !stays {
            continue;
        }
        let newly = !is_off;
        let left = stays.then(|| why(scenario, extracted, &board, wishes, tie));
        // What the plan leaves behind is told as it will be.
        let cluster = if newly { &after } else { &scenario.cluster };
        for &disk in disks {
            let of = &cluster.disks[disk];
            let cause = match crossing(cluster, &fabric, disk) {
                Ok(Some(cause)) => cause.name(),
                _ => "cannot be reached".to_owned(),
            };
            off.push(OffOwner {
                disk,
                node: cluster.vms[of.vm].node,
                owner: cluster.volumes[of.volume].owner,
                cause,
                bytes_per_s: extracted.loads[disk],
                newly,
                left: left.clone(),
            });
        }
    }
    off.sort_by(|a, b| b.bytes_per_s.total_cmp(&a.bytes_per_s).then(a.disk.cmp(&b.disk)));
    off
}

/// The moves with what they take.
fn steps(
    standing: &Standing<'_>,
    extracted: &Extracted,
    moves: &[order::Move],
) -> Result<Vec<Step>, EvaluateError> {
    let now = Extracted::seats(&extracted.problem.now());
    // Nodes of one kind send alike; each pair of kinds is asked about once.
    let first = extracted.between.map(|(from, to)| (from, to, extracted.memory_rate));
    let mut known: Vec<(NodeId, NodeId, f64)> = first.into_iter().collect();
    let mut rate = |from: NodeId, to: NodeId| {
        let same =
            known.iter().find(|(a, b, _)| standing.alike(*a, from) && standing.alike(*b, to));
        if let Some((.., rate)) = same {
            return Ok(*rate);
        }
        let rate = standing.memory_rate(&now, from, to)?;
        known.push((from, to, rate));
        Ok::<f64, EvaluateError>(rate)
    };
    // By the loads themselves, which need not be what counts.
    let problem = &extracted.problem;
    let load =
        |tie: usize| -> f64 { extracted.disks[tie].iter().map(|d| extracted.loads[*d]).sum() };
    let mut spots = problem.now();
    let steps = moves.iter().map(|step| {
        let ties = match step.what {
            What::Machine(machine) => &problem.machines[machine].ties,
            What::Volume(volume) => &problem.volumes[volume].ties,
        };
        let crosses = |spots: &Spots| -> f64 {
            let crossing = ties.iter().filter(|tie| problem.way(**tie, spots) != Way::Free);
            crossing.map(|tie| load(*tie)).sum()
        };
        let before = crosses(&spots);
        make(&mut spots, step);
        let saves_bytes_per_s = before - crosses(&spots);
        let (from, to) = (NodeId::from_index(step.from), NodeId::from_index(step.to));
        let (what, takes) = match step.what {
            What::Machine(machine) => {
                let vm = VmId::from_index(machine);
                (Moving::Machine(vm), standing.live_migration(vm, rate(from, to)?.max(1.0)))
            }
            What::Volume(volume) => {
                let seconds = standing.move_pause_s();
                let takes = crate::timeline::LiveMigration { seconds, ..Default::default() };
                (Moving::Volume(CsvId::from_index(volume)), takes)
            }
        };
        Ok(Step {
            what,
            from,
            to,
            saves_bytes_per_s,
            seconds: takes.seconds,
            bytes: takes.bytes,
            still_s: takes.still_s,
            detour: step.detour,
        })
    });
    steps.collect()
}

fn proof(extracted: &Extracted, found: &Found, reached: &Spots) -> Proof {
    let problem = &extracted.problem;
    let (lost, moves, _) = problem.score(reached).key(problem.worth);
    let whole = *reached == found.spots;
    Proof {
        redirected_bytes_per_s: lost as f64 * LOAD_UNIT,
        at_least_bytes_per_s: found.least_lost as f64 * LOAD_UNIT,
        worth_bytes_per_s: problem.worth as f64 * LOAD_UNIT,
        moves: moves as usize,
        at_least_moves: if whole { found.least_moves.max(0) as usize } else { 0 },
        cheapest: whole && found.cost_is_least,
    }
}

/// What the numbers rest on.
fn notes(scenario: &Scenario, extracted: &Extracted, wishes: &Wishes) -> Vec<String> {
    let mut notes = Vec::new();
    if wishes.weigh == Weigh::Bytes && extracted.problem.ties.is_empty() {
        notes.push(
            "no disk on a volume has a load, so nothing weighs anything; count disks instead with \
             `--weigh disks`"
                .to_owned(),
        );
    }
    if wishes.weigh == Weigh::Disks {
        notes.push("every disk counts as 1 MB/s, whatever its load".to_owned());
    }
    let problem = &extracted.problem;
    let now = problem.now();
    if (0..problem.ties.len()).any(|tie| problem.way(tie, &now) != Way::Free) {
        notes.extend(limits(scenario, extracted, wishes));
        notes.extend(guests(scenario));
    }
    let plan = scenario.timeline.as_ref();
    let comes = plan.map_or(0, |p| p.loads.iter().filter(|load| load.when.is_some()).count());
    if comes > 0 {
        notes.push(format!("loads that come and go are not weighed: {comes}"));
    }
    notes
}

/// What limits nothing because nobody has stated it.
fn limits(scenario: &Scenario, extracted: &Extracted, wishes: &Wishes) -> Vec<String> {
    let cluster = &scenario.cluster;
    let mut notes = Vec::new();
    let unstated = cluster.vms.iter().filter(|vm| !vm.physical && vm.memory.bytes <= 0.0).count();
    if unstated > 0 {
        notes.push(format!(
            "the memory of {unstated} of {} machines is not stated: they fit anywhere, and moving \
             them costs next to nothing here",
            cluster.vms.len()
        ));
    }
    let open = cluster.nodes.iter().filter(|node| node.memory_bytes.is_none()).count();
    if open > 0 {
        notes.push(format!(
            "the memory of {open} of {} nodes is not stated and limits nothing",
            cluster.nodes.len()
        ));
    }
    if let Some(most) = extracted.vcpus_per_core.filter(|_| !cluster.vms.is_empty()) {
        let why = match wishes.vcpus_per_core {
            Some(_) => "as asked for",
            None => "a quarter above the fullest now, and at least 1",
        };
        notes.push(format!(
            "no `cores-busy` is stated, so virtual processors count: at most {most:.2} for each \
             core, {why}"
        ));
    }
    if extracted.memory_rate <= 0.0 && wishes.movable != Movable::Volumes {
        notes.push("no network carries live migrations, so machines stay".to_owned());
    }
    notes
}

/// Guest clusters of which another member is with the owner already.
fn guests(scenario: &Scenario) -> Vec<String> {
    let cluster = &scenario.cluster;
    let mut notes = Vec::new();
    let guests = cluster.guest_clusters.iter().filter(|of| !of.all_active);
    for guests in guests {
        let disk = cluster.disks.iter_ids().find(|(_, disk)| {
            disk.vm == guests.active && disk.sharing != crate::topology::Sharing::None
        });
        let Some((_, disk)) = disk else { continue };
        let owner = cluster.volumes[disk.volume].owner;
        let there = |vm: &&VmId| cluster.vms[**vm].node == owner && **vm != guests.active;
        if cluster.vms[guests.active].node != owner
            && let Some(other) = guests.members.iter().find(there)
        {
            notes.push(format!(
                "guest cluster {}: {} is on the owner already; making it the active member moves \
                 nothing",
                guests.name, cluster.vms[*other].name
            ));
        }
    }
    notes
}
