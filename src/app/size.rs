//! The cheapest CSV network that keeps every limit in every condition.

use std::path::{Path, PathBuf};

use super::gate;
use super::limits::{Stated, scheduled, stated};
use super::nearest::nearest_failures;
use super::pipeline::{self, Prepared, Results};
use super::profile::Stopwatch;
use super::{AppError, Hooks, Options};
use crate::plan::size::{Bond, Candidate, Choices, candidates, plugs};
use crate::plan::{Quick, QuickError, Strain, failures, grown, nearest_of_each};
use crate::random::Seed;
use crate::report::assemble::{assumptions, calibration_words, variant_report, warnings};
use crate::report::{LookedAt, SizeReport, SizeRow, SizeState, VariantReport, Verdict};
use crate::scenario::{Scenario, document::DiskFiles};
use crate::schedule::GrowthPath;
use crate::timeline::Steady;
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
/// Failures of each variant that are simulated for each limit; of what then is enough those that
/// `gate` simulates, too.
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
    // What is not there after the search is not there before it.
    if let Some(months) = asked.months {
        for p in &prepared {
            grown(&p.variant.scenario, months, GrowthPath::Central)
                .map_err(|source| AppError::Growth { path: path.to_owned(), source })?;
        }
    }
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
    let nothing = || AppError::Interrupted("any network was tried");
    let or_nothing = |error: AppError| if error.is_interrupted() { nothing() } else { error };
    let quicks = search.quicks(&prepared).map_err(or_nothing)?;
    let before = Before::of(&prepared, &quicks)?;
    let mut found = Found { doubt: 1.0, ..Found::default() };
    search.search(&all, &quicks, &before, &mut found)?;
    let Found { mut rows, kinds, best, rest, .. } = found;
    if rows.is_empty() && (hooks.cancelled)() {
        return Err(nothing());
    }
    let (edge, results) = match best {
        Some(best) => best,
        None if (hooks.cancelled)() => (prepared, Results::default()),
        // Nothing comes near: what is told is of the scenario as it is.
        None => {
            let watch = &mut Stopwatch::new(hooks.clock);
            match pipeline::results(&prepared, &options, hooks, watch) {
                Err(error) if error.is_interrupted() => (prepared, Results::default()),
                results => (prepared, results?),
            }
        }
    };
    let evaluated = pipeline::evaluated(&edge, &results);
    let run = if evaluated.is_empty() {
        pipeline::run_info_before(path, &options, hash, &edge[0])
    } else {
        pipeline::run_info(path, &options, hash, &evaluated)?
    };
    settle(&mut rows, &kinds);
    let notes = note.into_iter().chain(scheduled(&edge)).collect();
    Ok(SizeReport {
        schema_version: SizeReport::SCHEMA,
        title,
        run,
        calibration: calibration_words(edge.iter().map(|p| (&p.parameters, &p.compiled))),
        networks,
        currency: if choices.priced() { Some(choices.currency) } else { None },
        rows,
        not_tried: rest,
        notes,
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
/// that keeps the limits at the best estimates. The runner-up is of another kind: the same ports
/// with another share for SMB are no alternative to them.
fn settle(rows: &mut [SizeRow], kinds: &[Kind]) {
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
    let other = |k: &&usize| kinds[**k] != kinds[order[0]];
    if let Some(second) = order.iter().find(other) {
        rows[*second].runner_up = true;
    }
}

/// What makes a network another one: model, number of ports, RDMA, how they work together.
type Kind = (String, u32, bool, Bond);

fn kind(candidate: &Candidate) -> Kind {
    (candidate.model.clone(), candidate.ports, candidate.rdma, candidate.bond)
}

/// Loads of each variant whose rates are not carried by the network that there is.
struct Before(Vec<Vec<String>>);

impl Before {
    fn of(prepared: &[Prepared], quicks: &[Quick]) -> Result<Self, AppError> {
        let of = |(p, quick): (&Prepared, &Quick)| {
            let variant = p.variant.name.clone();
            let all = quick.not_carried(&p.variant.scenario);
            let all = all.map_err(|source| AppError::Search { variant, source })?;
            Ok(all.into_iter().map(|of| of.subject).collect())
        };
        prepared.iter().zip(quicks).map(of).collect::<Result<_, _>>().map(Self)
    }

    /// Without what was not carried before either.
    fn held(&self, variant: usize, mut all: Vec<Strain>) -> Vec<Strain> {
        all.retain(|of| of.limit.is_some() || !self.0[variant].contains(&of.subject));
        all
    }
}

/// What a search has found.
#[derive(Default)]
struct Found {
    rows: Vec<SizeRow>,
    /// Of what kind each of them is.
    kinds: Vec<Kind>,
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
    strains: Vec<Strain>,
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

    /// Looks at candidates until enough is found, or it is interrupted: what it has then is told.
    fn search(
        &self,
        all: &[Candidate],
        quicks: &[Quick],
        before: &Before,
        found: &mut Found,
    ) -> Result<(), AppError> {
        let (mut simulated, mut enough) = (0, Vec::new());
        for (k, candidate) in all.iter().enumerate() {
            if (self.hooks.cancelled)() || enough.len() == 2 || simulated == SIMULATED {
                found.rest = all.len() - k;
                break;
            }
            if enough.contains(&kind(candidate)) {
                continue;
            }
            (self.hooks.progress)(k as f64 / all.len() as f64, &candidate.name);
            match self.look_at(candidate, quicks, before, found, !enough.is_empty()) {
                Ok(row) => {
                    simulated += usize::from(matches!(row.state, SizeState::Simulated(_)));
                    if row.is_sure() {
                        enough.push(kind(candidate));
                    }
                    found.rows.push(row);
                    found.kinds.push(kind(candidate));
                }
                Err(error) if error.is_interrupted() => {
                    found.rest = all.len() - k;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn look_at(
        &self,
        candidate: &Candidate,
        quicks: &[Quick],
        before: &Before,
        found: &mut Found,
        sure: bool,
    ) -> Result<SizeRow, AppError> {
        let mut row = SizeRow::of(candidate);
        let states = match self.states(candidate, quicks, before) {
            Ok(states) => states,
            Err(error @ AppError::Growth { .. }) => return Err(error),
            Err(error) if error.is_bug() || error.is_interrupted() => return Err(error),
            Err(error) => {
                row.why = first_line(&error.to_string());
                return Ok(row);
            }
        };
        let worst = states
            .iter()
            .filter_map(|s| Some((worst(&s.strains)?, s)))
            .max_by(|a, b| a.0.stress.total_cmp(&b.0.stress));
        let lost =
            states.iter().find_map(|s| Some((s.lost.clone()?, s.prepared.variant.name.clone())));
        if let Some((strain, state)) = worst {
            row.stress = Some(strain.stress);
            row.binding(&state.prepared.variant, strain);
        }
        let carried = states.iter().flat_map(|s| &s.strains).all(|of| of.limit.is_some());
        if let Some((lost, condition)) = lost {
            row.state = SizeState::Solved(Verdict::Misses);
            row.why = format!("{condition}: {lost}");
        } else if !carried || row.stress.is_some_and(|s| s > HOPELESS) {
            row.state = SizeState::Solved(Verdict::Misses);
        } else if found.best.is_some() && row.stress.is_some_and(|s| s * found.doubt > 1.0) && !sure
        {
            // It would be as undecided as the one before it.
            row.state = SizeState::Solved(Verdict::Undecided);
        } else {
            let (mut prepared, looked_at) = chosen(states);
            row.looked_at = looked_at.filter(|_| self.asked.n_1);
            let mut results = self.results(&prepared)?;
            let mut verdict = judged(&mut row, &prepared, &results, &mut found.doubt);
            if verdict == Verdict::Meets && self.asked.n_1 {
                // What is told to be enough is to pass the gate, which looks more closely.
                let more = self.more(&prepared, &mut row)?;
                results.measured.extend(self.results(&more)?.measured);
                prepared.extend(more);
                verdict = judged(&mut row, &prepared, &results, &mut found.doubt);
            }
            row.state = SizeState::Simulated(verdict);
            if verdict == Verdict::Meets && !sure || found.best.is_none() {
                found.best = Some((prepared, results));
            }
        }
        Ok(row)
    }

    /// Runs all of them.
    fn results(&self, prepared: &[Prepared]) -> Result<Results, AppError> {
        if prepared.is_empty() {
            return Ok(Results::default());
        }
        let watch = &mut Stopwatch::new(self.hooks.clock);
        let results = pipeline::results(prepared, self.options, self.hooks, watch)?;
        if results.measured.len() < prepared.len() || (self.hooks.cancelled)() {
            return Err(AppError::Interrupted("every condition of a network was simulated"));
        }
        Ok(results)
    }

    /// Failures that `gate` simulates and that were not.
    fn more(&self, done: &[Prepared], row: &mut SizeRow) -> Result<Vec<Prepared>, AppError> {
        let known = |p: &Prepared| done.iter().any(|of| of.variant.name == p.variant.name);
        let (mut all, mut looked_at): (Vec<Prepared>, Option<LookedAt>) = (Vec::new(), None);
        for plain in done.iter().filter(|p| !p.variant.name.contains(FAILED)) {
            let nearest = nearest_failures(plain, gate::CLOSELY, self.options, self.hooks)?;
            let more: Vec<Prepared> = nearest.chosen.into_iter().filter(|p| !known(p)).collect();
            // Those already simulated may be among the others there.
            let own = format!("{}{FAILED}", plain.variant.name);
            let already = done.iter().filter(|of| of.variant.name.starts_with(&own)).count();
            let simulated = already + more.len();
            looked_at = Some(LookedAt { simulated, ..nearest.looked_at }.and(looked_at));
            all.extend(more);
        }
        row.looked_at = looked_at;
        Ok(all)
    }

    /// The conditions of a candidate, each with how it stands by the corrected solver.
    fn states(
        &self,
        candidate: &Candidate,
        quicks: &[Quick],
        before: &Before,
    ) -> Result<Vec<State>, AppError> {
        // What is tried stands over what was asked to be changed.
        let set = self.options.set.iter().chain(&candidate.settings).cloned().collect();
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
                let strains = before.held(variant, quick.strains(&scenario).map_err(failed)?);
                let prepared = p.with(called.clone(), scenario)?;
                all.push(State { prepared, lost: None, strains, variant, failed: false });
                for condition in after {
                    if (self.hooks.cancelled)() {
                        return Err(AppError::Interrupted("all failures were looked at"));
                    }
                    let called = format!("{called}, {}", condition.name);
                    if condition.lost.is_some() {
                        let prepared = p.with(called, p.variant.scenario.clone())?;
                        let (lost, strains) = (condition.lost, Vec::new());
                        all.push(State { prepared, lost, strains, variant, failed: true });
                        continue;
                    }
                    let strains = quick.strains(&condition.scenario).map_err(failed)?;
                    let strains = before.held(variant, strains);
                    let prepared = p.with(called, condition.scenario)?;
                    all.push(State { prepared, lost: None, strains, variant, failed: true });
                }
            }
        }
        Ok(all)
    }
}

fn worst(all: &[Strain]) -> Option<&Strain> {
    all.iter().max_by(|a, b| a.stress.total_cmp(&b.stress))
}

/// The verdict on what was run of a network.
fn judged(row: &mut SizeRow, of: &[Prepared], results: &Results, doubt: &mut f64) -> Verdict {
    let evaluated = pipeline::evaluated(of, results);
    let reports: Vec<VariantReport> = evaluated.iter().map(variant_report).collect();
    let scenarios: Vec<&Scenario> = of.iter().map(|p| &p.variant.scenario).collect();
    row.judge(&scenarios, &reports, doubt)
}

/// How the names of states after a failure go on.
const FAILED: &str = ", without ";

/// What is simulated of a candidate's conditions: of each variant those without a failure, and
/// those after the failures that come nearest to breaking each limit.
fn chosen(states: Vec<State>) -> (Vec<Prepared>, Option<LookedAt>) {
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
    let (mut all, mut looked_at): (Vec<Prepared>, Option<LookedAt>) = (Vec::new(), None);
    for (plain, mut after) in by_variant {
        let strains: Vec<Vec<Strain>> =
            after.iter_mut().map(|state| std::mem::take(&mut state.strains)).collect();
        let nearest = nearest_of_each(&strains, CLOSELY);
        let rest = (0..strains.len()).filter(|k| !nearest.contains(k));
        let rest = rest.flat_map(|k| &strains[k]).map(|of| of.stress).reduce(f64::max);
        let (simulated, of) = (nearest.len(), after.len());
        looked_at = Some(LookedAt { simulated, lost: 0, of, rest }.and(looked_at));
        all.extend(plain);
        let mut after: Vec<Option<State>> = after.into_iter().map(Some).collect();
        all.extend(nearest.into_iter().filter_map(|k| Some(after[k].take()?.prepared)));
    }
    (all, looked_at)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
