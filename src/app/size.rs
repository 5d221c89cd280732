//! The cheapest CSV network that keeps every limit in every condition.

use std::path::{Path, PathBuf};

use super::limits::{Stated, stated};
use super::pipeline::{self, Prepared, Results};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::plan::size::{Candidate, Choices, candidates, plugs};
use crate::plan::{Quick, QuickError, Strain, failures, grown};
use crate::random::Seed;
use crate::report::assemble::{assumptions, calibration_words, variant_report, warnings};
use crate::report::{SizeReport, SizeRow, SizeState, VariantReport, Verdict};
use crate::scenario::{Scenario, document::DiskFiles};
use crate::schedule::GrowthPath;
use crate::timeline::{Steady, TimelineError};
use crate::topology::{Cluster, WindowsVersion};

/// What is asked of `size`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SizeOptions {
    /// Whether the limits are to be kept after every single failure, too.
    pub n_1: bool,
    /// Months of growth after which they are still to be kept.
    pub months: Option<u32>,
    /// The networks to be sized alike, where they are not those that carry most.
    pub networks: Vec<String>,
    /// What there is to choose from instead of what csvnet comes with.
    pub catalogue: Option<PathBuf>,
}

/// Candidates that are simulated, most.
const SIMULATED: usize = 8;
/// Beyond this share of a limit by the corrected solver a candidate is not simulated.
const HOPELESS: f64 = 1.15;
/// Failures of each variant that are simulated.
const CLOSELY: usize = 1;
/// Of what the busiest network carries: one that carries as much is another way of the same
/// traffic, as SMB Multichannel spreads it, and is sized with it.
const ABOUT_AS_MUCH: f64 = 0.5;
/// Shares of a port for SMB that are tried where other traffic is on the network.
const SHARES: [Option<u32>; 3] = [None, Some(50), Some(70)];

/// Finds the network, the runner-up, and what binds.
///
/// # Errors
/// When the file or the catalogue has faults, the network cannot be told, the scenario cannot be
/// modelled, or a run is given up.
pub fn size(
    path: &Path,
    asked: &SizeOptions,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<SizeReport, AppError> {
    let Stated { prepared, hash, note } = stated(path, options, hooks)?;
    let choices = match &asked.catalogue {
        Some(file) => Choices::load(file, &DiskFiles)?,
        None => Choices::builtin()?,
    };
    let first = &prepared[0];
    let scenario = &first.variant.scenario;
    let title = scenario.title.clone();
    let networks = networks(asked, first)?;
    let entries = plugs(&first.variant.document, &networks).map_err(AppError::Size)?;
    let shared = !scenario.cluster.traffic.is_empty() || !scenario.cluster.backups.is_empty();
    let shares: &[Option<u32>] = if shared { &SHARES } else { &SHARES[..1] };
    let set_teams = scenario.cluster.windows >= WindowsVersion::W2016;
    let all = candidates(&choices, &entries, shares, set_teams);
    let mut options = options.clone();
    if note.is_some() {
        options.set.push(super::limits_setting(&[super::USUAL_LIMIT.to_owned()]));
    }
    let search = Search { path, asked, options: &options, hooks };
    let quicks = search.quicks(&prepared)?;
    let found = search.search(&all, &quicks)?;
    let Found { mut rows, best, rest, .. } = found;
    let (edge, results) = match best {
        Some(best) => best,
        None if (hooks.cancelled)() => {
            return Err(AppError::Interrupted("any network was found"));
        }
        // Nothing comes near: what is told is of the scenario as it is.
        None => {
            let watch = &mut Stopwatch::new(hooks.clock);
            let results = pipeline::results(&prepared, &options, hooks, watch)?;
            (prepared, results)
        }
    };
    let evaluated = pipeline::evaluated(&edge, &results);
    let run = pipeline::run_info(path, &options, hash, &evaluated)?;
    settle(&mut rows);
    Ok(SizeReport {
        schema_version: SizeReport::SCHEMA,
        title,
        run,
        calibration: calibration_words(evaluated.iter().map(|e| (e.parameters, e.compiled))),
        networks,
        currency: if choices.priced() { Some(choices.currency) } else { None },
        rows,
        not_tried: rest,
        notes: note.into_iter().collect(),
        assumptions: assumptions(&evaluated),
        warnings: warnings(&evaluated),
        partial: (hooks.cancelled)(),
    })
}

/// The networks that are meant: those named, or the one that carries most of what may be CSV
/// traffic with all that carry about as much.
fn networks(asked: &SizeOptions, p: &Prepared) -> Result<Vec<String>, AppError> {
    let cluster = &p.variant.scenario.cluster;
    let known: Vec<String> = cluster.networks.iter().map(|of| of.name.clone()).collect();
    let mut named: Vec<String> = Vec::new();
    for name in &asked.networks {
        let found = known.iter().find(|known| known.to_lowercase() == name.trim().to_lowercase());
        let Some(found) = found else { return Err(AppError::WhichNetwork { known }) };
        if !named.contains(found) {
            named.push(found.clone());
        }
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let steady = Steady::new(&p.variant.scenario, &p.parameters).map_err(|source| {
        AppError::Search { variant: p.variant.name.clone(), source: source.into() }
    })?;
    let mut carried = vec![0.0; known.len()];
    for port in steady.solved().ports.iter().filter(|port| port.csv) {
        if let Some(of) = network_of(cluster, &port.node, &port.nic) {
            carried[of] += port.wire_bytes_per_s;
        }
    }
    let most = carried.iter().copied().fold(0.0, f64::max);
    let about: Vec<usize> =
        (0..known.len()).filter(|k| most > 0.0 && carried[*k] >= ABOUT_AS_MUCH * most).collect();
    let only: Vec<usize> = (0..known.len())
        .filter(|k| cluster.networks.iter().nth(*k).is_some_and(|n| n.cluster))
        .collect();
    match (about.as_slice(), only.as_slice()) {
        ([], [only]) => Ok(vec![known[*only].clone()]),
        ([], _) => Err(AppError::WhichNetwork { known }),
        (about, _) => Ok(about.iter().map(|k| known[*k].clone()).collect()),
    }
}

fn network_of(cluster: &Cluster, node: &str, nic: &str) -> Option<usize> {
    let (id, node) = cluster.nodes.iter_ids().find(|(_, of)| of.name == node)?;
    let port = cluster.nics.iter().find(|port| port.node == id && port.name == nic)?;
    let teamed = port.team.and_then(|team| node.teams.get(team)).map(|team| team.network);
    port.network.or(teamed).map(crate::units::Id::index)
}

/// The cheapest that meets is chosen, the next one the runner-up; where none is sure, the cheapest
/// that keeps the limits at the best estimates.
fn settle(rows: &mut [SizeRow]) {
    let meets = |row: &SizeRow| row.state == SizeState::Simulated(Verdict::Meets);
    let likely = |row: &SizeRow| {
        row.state == SizeState::Simulated(Verdict::Undecided)
            && row.stress.is_some_and(|s| s <= 1.0)
    };
    let places: Vec<usize> = (0..rows.len()).filter(|k| meets(&rows[*k])).collect();
    let open: Vec<usize> = (0..rows.len()).filter(|k| likely(&rows[*k])).collect();
    let order: Vec<usize> = if places.is_empty() { open } else { places };
    if let Some(first) = order.first() {
        rows[*first].chosen = true;
    }
    if let Some(second) = order.get(1) {
        rows[*second].runner_up = true;
    }
}

/// What a search has found.
#[derive(Default)]
struct Found {
    rows: Vec<SizeRow>,
    /// The conditions of the candidate that is to be told about, with what was run of them.
    best: Option<(Vec<Prepared>, Results)>,
    /// Dearer candidates that were not looked at.
    rest: usize,
    /// How much worse than its value the worst figure may be.
    doubt: f64,
}

struct Search<'a> {
    path: &'a Path,
    asked: &'a SizeOptions,
    options: &'a Options,
    hooks: &'a Hooks<'a>,
}

/// A condition, and what is lost in it whatever the limits say.
struct State {
    prepared: Prepared,
    lost: Option<String>,
    stress: Option<Strain>,
    variant: usize,
    /// Whether something has failed in it.
    failed: bool,
}

impl Search<'_> {
    /// The correction of the solver, for each variant.
    fn quicks(&self, prepared: &[Prepared]) -> Result<Vec<Quick>, AppError> {
        let quick = |p: &Prepared| {
            let scenario = &p.variant.scenario;
            let seed = Seed(self.options.seed.unwrap_or(scenario.run.seed));
            Quick::at(scenario, &p.parameters, &scenario.limits, seed, self.hooks.cancelled)
                .map_err(|source| AppError::Search { variant: p.variant.name.clone(), source })
        };
        prepared.iter().map(quick).collect()
    }

    fn search(&self, all: &[Candidate], quicks: &[Quick]) -> Result<Found, AppError> {
        let mut found = Found { doubt: 1.0, ..Found::default() };
        let (mut simulated, mut sure) = (0, 0);
        for (k, candidate) in all.iter().enumerate() {
            if (self.hooks.cancelled)() || sure == 2 || simulated == SIMULATED {
                found.rest = all.len() - k;
                break;
            }
            (self.hooks.progress)(k as f64 / all.len() as f64, &candidate.name);
            let mut row = SizeRow::of(candidate);
            let states = match self.states(candidate, quicks) {
                Ok(states) => states,
                Err(error) if error.is_bug() || interrupted(&error) => {
                    return Err(error);
                }
                Err(error) => {
                    row.state = SizeState::NotPossible;
                    row.why = first_line(&error.to_string());
                    found.rows.push(row);
                    continue;
                }
            };
            let worst = states
                .iter()
                .filter_map(|s| Some((s.stress.as_ref()?, s)))
                .max_by(|a, b| a.0.stress.total_cmp(&b.0.stress));
            let lost = states
                .iter()
                .find_map(|s| Some((s.lost.clone()?, s.prepared.variant.name.clone())));
            if let Some((strain, state)) = worst {
                row.stress = Some(strain.stress);
                row.binding(&state.prepared.variant, strain);
            }
            if let Some((lost, condition)) = lost {
                row.state = SizeState::Solved(Verdict::Misses);
                row.why = format!("{condition}: {lost}");
            } else if row.stress.is_some_and(|s| s > HOPELESS) {
                row.state = SizeState::Solved(Verdict::Misses);
            } else if found.best.is_some()
                && row.stress.is_some_and(|s| s * found.doubt > 1.0)
                && sure == 0
            {
                // It would be as undecided as the one before it.
                row.state = SizeState::Solved(Verdict::Undecided);
            } else {
                simulated += 1;
                let prepared: Vec<Prepared> = chosen(states);
                let watch = &mut Stopwatch::new(self.hooks.clock);
                let results = pipeline::results(&prepared, self.options, self.hooks, watch)?;
                let evaluated = pipeline::evaluated(&prepared, &results);
                let reports: Vec<VariantReport> = evaluated.iter().map(variant_report).collect();
                if reports.len() < prepared.len() {
                    found.rest = all.len() - k;
                    break;
                }
                let scenarios: Vec<&Scenario> =
                    prepared.iter().map(|p| &p.variant.scenario).collect();
                let verdict = row.judge(&scenarios, &reports, &mut found.doubt);
                row.state = SizeState::Simulated(verdict);
                let better = verdict == Verdict::Meets && sure == 0 || found.best.is_none();
                sure += usize::from(verdict == Verdict::Meets);
                if better {
                    found.best = Some((prepared, results));
                }
            }
            found.rows.push(row);
        }
        Ok(found)
    }

    /// The conditions of a candidate, each with how it stands by the corrected solver.
    fn states(&self, candidate: &Candidate, quicks: &[Quick]) -> Result<Vec<State>, AppError> {
        let set = candidate.settings.iter().chain(&self.options.set).cloned().collect();
        let own = Options { set, ..self.options.clone() };
        let (prepared, _) = pipeline::prepare_plainly(self.path, &own, self.hooks)?;
        let mut all = Vec::new();
        for (variant, (p, quick)) in prepared.into_iter().zip(quicks).enumerate() {
            let name = p.variant.name.clone();
            // Other ports bring other numbers.
            let quick = quick.with(p.parameters.clone());
            let failed = |source: QuickError| AppError::Search { variant: name.clone(), source };
            let mut scenarios: Vec<(String, Scenario)> =
                vec![(name.clone(), p.variant.scenario.clone())];
            if let Some(months) = self.asked.months {
                let nothing = |source| AppError::Growth { path: self.path.to_owned(), source };
                let then = |path| grown(&p.variant.scenario, months, path).map_err(nothing);
                scenarios = vec![
                    (format!("{name}, in {months} months"), then(GrowthPath::Central)?),
                    (format!("{name}, in {months} months at most"), then(GrowthPath::High)?),
                ];
            }
            for (called, scenario) in scenarios {
                let mut after = Vec::new();
                if self.asked.n_1 {
                    let left = failures(&scenario, &p.parameters, self.hooks.cancelled);
                    after = left.map_err(|source| AppError::Timeline {
                        variant: name.clone(),
                        source: Box::new(source),
                    })?;
                }
                let stress = worst(quick.strains(&scenario).map_err(failed)?);
                let prepared = p.with(called.clone(), scenario)?;
                all.push(State { prepared, lost: None, stress, variant, failed: false });
                for condition in after {
                    let called = format!("{called}, {}", condition.name);
                    if condition.lost.is_some() {
                        let prepared = p.with(called, p.variant.scenario.clone())?;
                        let (lost, stress) = (condition.lost, None);
                        all.push(State { prepared, lost, stress, variant, failed: true });
                        continue;
                    }
                    let stress = worst(quick.strains(&condition.scenario).map_err(failed)?);
                    let prepared = p.with(called, condition.scenario)?;
                    all.push(State { prepared, lost: None, stress, variant, failed: true });
                }
            }
        }
        Ok(all)
    }
}

fn worst(all: Vec<Strain>) -> Option<Strain> {
    all.into_iter().max_by(|a, b| a.stress.total_cmp(&b.stress))
}

/// What is simulated of a candidate's conditions: of each variant that without a failure, and those
/// after failures that come nearest to breaking a limit.
fn chosen(states: Vec<State>) -> Vec<Prepared> {
    let mut by_variant: Vec<(Vec<Prepared>, Vec<State>)> = Vec::new();
    for state in states {
        while by_variant.len() <= state.variant {
            by_variant.push((Vec::new(), Vec::new()));
        }
        let (plain, after) = &mut by_variant[state.variant];
        if state.failed {
            after.push(state);
        } else {
            plain.push(state.prepared);
        }
    }
    let mut all = Vec::new();
    for (plain, mut after) in by_variant {
        let stress = |of: &State| of.stress.as_ref().map_or(0.0, |of| of.stress);
        after.sort_by(|a, b| stress(b).total_cmp(&stress(a)));
        all.extend(plain);
        all.extend(after.into_iter().take(CLOSELY).map(|state| state.prepared));
    }
    all
}

fn interrupted(error: &AppError) -> bool {
    match error {
        AppError::Search { source, .. } => source.is_cancelled(),
        AppError::Timeline { source, .. } => matches!(**source, TimelineError::Cancelled),
        // What holds for every candidate is told once, as a fault.
        AppError::Growth { .. } => true,
        _ => false,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
