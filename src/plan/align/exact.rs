//! The least there is, by mixed-integer programming (`microlp`): what is lost first, then moves,
//! then their cost, each with those before it held.
//!
//! A machine is on one node (`x`), a volume has one owner (`y`); what crosses of a tie is at least
//! `x[home] - sum of y over the owners under whom it is free there`. The search ends after a number
//! of nodes and not of seconds, so that what is proved on one machine is proved on every other one.
//! What the solver finds is rounded and checked in whole numbers before it is believed.

use std::time::Duration;

use microlp::{
    ComparisonOp, LinearExpr, OptimizationDirection, Problem as Model, ResumeOptions, SolveOptions,
    TerminationReason, Variable,
};

use super::Found;
use super::problem::{ANY, Problem, Score, Spots, Way};

/// Choices beyond which it is not tried.
const CHOICES: usize = 400;
/// Should the solver's arithmetic go round in circles, it is given up after so long. Nothing that
/// ends comes near it.
const CIRCLES: Duration = Duration::from_secs(120);
/// Nodes of the search tree for each of the three questions, and how many between two looks whether
/// the user has cancelled.
const TREE: (u64, u64) = (2_000, 200);

/// The three questions, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Lost,
    Moves,
    Cost,
}

impl Question {
    /// What a score comes to.
    const fn of(self, score: Score, worth: u64) -> i64 {
        let (lost, moves, cost) = score.key(worth);
        match self {
            Self::Lost => lost,
            Self::Moves => moves,
            Self::Cost => cost,
        }
    }
}

/// Makes a plan no worse, and proves what it can of it.
pub(super) fn exact(problem: &Problem, mut found: Found, cancelled: &dyn Fn() -> bool) -> Found {
    if Formulation::choices(problem) > CHOICES || problem.cuts() {
        return found;
    }
    for question in [Question::Lost, Question::Moves, Question::Cost] {
        let value = question.of(problem.score(&found.spots), problem.worth);
        let least = match question {
            Question::Lost => found.least_lost,
            Question::Moves => found.least_moves,
            Question::Cost => 0,
        };
        if value > least {
            let formulation = Formulation::new(problem);
            let Some(solved) = formulation.solve(question, &found.spots, cancelled) else {
                return found;
            };
            found.spots = solved.spots;
            let least = least.max(solved.least);
            match question {
                Question::Lost => found.least_lost = least,
                Question::Moves => found.least_moves = least,
                Question::Cost => {}
            }
            if question.of(problem.score(&found.spots), problem.worth) > least {
                return found;
            }
        }
        found.cost_is_least = question == Question::Cost;
    }
    found
}

/// What the solver has to say.
struct Solved {
    spots: Spots,
    /// No plan comes to less.
    least: i64,
}

/// A sum of variables and a constant.
#[derive(Default)]
struct Line {
    terms: Vec<(Variable, f64)>,
    constant: f64,
}

impl Line {
    fn term(&mut self, variable: Variable, factor: f64) {
        match self.terms.iter_mut().find(|(of, _)| *of == variable) {
            Some((_, own)) => *own += factor,
            None => self.terms.push((variable, factor)),
        }
    }
}

struct Formulation<'a> {
    problem: &'a Problem,
    model: Model,
    /// By machine and node; none where it cannot be.
    homes: Vec<Vec<Option<Variable>>>,
    owners: Vec<Vec<Option<Variable>>>,
    /// What of each tie crosses.
    crossing: Vec<Option<Variable>>,
}

impl<'a> Formulation<'a> {
    /// Choices that are open: nodes of machines and volumes that may have several.
    fn choices(problem: &Problem) -> usize {
        let machines = problem.machines.iter().map(|machine| &machine.allowed);
        let volumes = problem.volumes.iter().filter(|v| !v.ties.is_empty()).map(|v| &v.allowed);
        let open = |allowed: &Vec<bool>| match allowed.iter().filter(|a| **a).count() {
            0 | 1 => 0,
            several => several,
        };
        machines.chain(volumes).map(open).sum()
    }

    fn new(problem: &'a Problem) -> Self {
        Self {
            problem,
            model: Model::new(OptimizationDirection::Minimize),
            homes: vec![vec![None; problem.nodes]; problem.machines.len()],
            owners: vec![vec![None; problem.nodes]; problem.volumes.len()],
            crossing: vec![None; problem.ties.len()],
        }
    }

    /// A plan no worse than `known`, and what none comes below; none where the solver gave up.
    fn solve(
        mut self,
        question: Question,
        known: &Spots,
        cancelled: &dyn Fn() -> bool,
    ) -> Option<Solved> {
        self.add_variables(question);
        self.add_rows();
        let (lost, moves, _) = self.problem.score(known).key(self.problem.worth);
        if question != Question::Lost {
            let line = self.sum(Question::Lost);
            self.at_most(line, lost as f64 + 0.5);
        }
        if question == Question::Cost {
            let line = self.sum(Question::Moves);
            self.at_most(line, moves as f64 + 0.5);
        }
        let mut options = SolveOptions::default();
        options.node_limit = Some(TREE.1);
        options.time_limit = Some(CIRCLES);
        options.warm_start = Some(self.values(known));
        let mut outcome = self.model.solve_with(options).ok()?;
        let mut spent = TREE.1;
        while outcome.termination_reason() == TerminationReason::NodeLimit {
            if spent >= TREE.0 || cancelled() {
                break;
            }
            spent += TREE.1;
            let mut again = ResumeOptions::default();
            again.node_limit = Some(TREE.1);
            again.time_limit = Some(CIRCLES);
            outcome = outcome.resume_with(again).ok()?;
        }
        let bound = outcome.stats().best_bound? + self.constant(question);
        let solution = outcome.solution()?;
        let spots = self.read(&|variable| solution.var_value(variable));
        let key = |spots: &Spots| self.problem.score(spots).key(self.problem.worth);
        let is_better = self.problem.feasible(&spots) && key(&spots) <= key(known);
        let spots = if is_better { spots } else { known.clone() };
        // Everything is whole, so that a bound may be rounded up; half a unit is more than the
        // solver's own tolerance.
        Some(Solved { spots, least: (bound - 0.5).ceil() as i64 })
    }

    fn add_variables(&mut self, question: Question) {
        let problem = self.problem;
        let worth = problem.worth as f64;
        // What being away from home costs, seen from home.
        let away = |cost: u64| match question {
            Question::Lost => worth,
            Question::Moves => 1.0,
            Question::Cost => cost as f64,
        };
        for (machine, of) in problem.machines.iter().enumerate() {
            for node in (0..problem.nodes).filter(|node| of.allowed[*node]) {
                let cost = if node == of.home { -away(of.cost) } else { 0.0 };
                self.homes[machine][node] = Some(self.model.add_binary_var(cost));
            }
        }
        for (volume, of) in problem.volumes.iter().enumerate() {
            if of.ties.is_empty() {
                continue;
            }
            for node in (0..problem.nodes).filter(|node| of.allowed[*node]) {
                let cost = if node == of.owner { -away(of.cost) } else { 0.0 };
                self.owners[volume][node] = Some(self.model.add_binary_var(cost));
            }
        }
        for (k, tie) in problem.ties.iter().enumerate() {
            let cost = if question == Question::Lost { tie.weight as f64 } else { 0.0 };
            self.crossing[k] = Some(self.model.add_var(cost, (0.0, 1.0)));
        }
    }

    /// What the objective lacks: being away from home is counted as not being at home.
    fn constant(&self, question: Question) -> f64 {
        let away = |cost: u64| match question {
            Question::Lost => self.problem.worth as f64,
            Question::Moves => 1.0,
            Question::Cost => cost as f64,
        };
        let machines: f64 = self.problem.machines.iter().map(|machine| away(machine.cost)).sum();
        let volumes = self.problem.volumes.iter().filter(|volume| !volume.ties.is_empty());
        machines + volumes.map(|volume| away(volume.cost)).sum::<f64>()
    }

    /// What is lost, or the moves, as a row.
    fn sum(&self, question: Question) -> Line {
        let problem = self.problem;
        let away = if question == Question::Lost { problem.worth as f64 } else { 1.0 };
        let mut line = Line { constant: self.constant(question), ..Line::default() };
        let homes = problem.machines.iter().zip(&self.homes).map(|(m, at)| at[m.home]);
        let owners = problem.volumes.iter().zip(&self.owners).map(|(v, at)| at[v.owner]);
        for variable in homes.chain(owners).flatten().filter(|_| away > 0.0) {
            line.terms.push((variable, -away));
        }
        if question == Question::Lost {
            let ties = problem.ties.iter().zip(&self.crossing);
            line.terms.extend(ties.filter_map(|(tie, v)| Some(((*v)?, tie.weight as f64))));
        }
        line
    }

    fn add(&mut self, line: Line, is: ComparisonOp, of: f64) {
        let terms: LinearExpr = line.terms.into_iter().collect();
        self.model.add_constraint(terms, is, of - line.constant);
    }

    fn at_most(&mut self, line: Line, most: f64) {
        self.add(line, ComparisonOp::Le, most);
    }

    fn add_rows(&mut self) {
        let problem = self.problem;
        let somewhere: Vec<Vec<Variable>> = self
            .homes
            .iter()
            .chain(&self.owners)
            .map(|at| at.iter().copied().flatten().collect::<Vec<_>>())
            .collect();
        for variables in somewhere.into_iter().filter(|variables| !variables.is_empty()) {
            let terms = variables.into_iter().map(|variable| (variable, 1.0)).collect();
            self.add(Line { terms, constant: 0.0 }, ComparisonOp::Eq, 1.0);
        }
        for (k, tie) in problem.ties.iter().enumerate() {
            let Some(crossing) = self.crossing[k] else { continue };
            for home in 0..problem.nodes {
                let Some(there) = self.homes[tie.machine][home] else { continue };
                let mut line = Line::default();
                line.term(there, 1.0);
                line.term(crossing, -1.0);
                for owner in 0..problem.nodes {
                    let free = problem.tables[tie.table].way(home, owner) == Way::Free;
                    if let (true, Some(owner)) = (free, self.owners[tie.volume][owner]) {
                        line.term(owner, -1.0);
                    }
                }
                self.at_most(line, 0.0);
            }
        }
        for node in 0..problem.nodes {
            for resource in 0..3 {
                self.add_room(node, resource);
            }
            for (class, most) in problem.apart.iter().enumerate() {
                let own = problem.machines.iter().zip(&self.homes);
                let own = own.filter(|(machine, _)| machine.classes.contains(&class));
                let terms: Vec<_> = own.filter_map(|(_, at)| Some((at[node]?, 1.0))).collect();
                if terms.len() > most[node] as usize {
                    self.at_most(Line { terms, constant: 0.0 }, f64::from(most[node]));
                }
            }
        }
    }

    /// Room for what may be on a node, unless all of it finds room.
    fn add_room(&mut self, node: usize, resource: usize) {
        let room = self.problem.room[node][resource];
        let machines = self.problem.machines.iter().zip(&self.homes);
        let needs: Vec<(Variable, u64)> = machines
            .filter_map(|(machine, at)| Some((at[node]?, machine.needs[resource])))
            .filter(|(_, need)| *need > 0)
            .collect();
        let all: u64 = needs.iter().map(|(_, need)| *need).sum();
        if room >= ANY || all <= room {
            return;
        }
        // In the largest unit that leaves them whole.
        let unit = needs.iter().map(|(_, need)| *need).fold(0, divisor).max(1);
        let terms = needs.into_iter().map(|(v, need)| (v, (need / unit) as f64)).collect();
        self.at_most(Line { terms, constant: 0.0 }, (room / unit) as f64);
    }

    /// The values of all variables in a plan.
    fn values(&self, spots: &Spots) -> Vec<(Variable, f64)> {
        let is = |yes: bool| f64::from(u8::from(yes));
        let mut values = Vec::new();
        let places =
            self.homes.iter().zip(&spots.homes).chain(self.owners.iter().zip(&spots.owners));
        for (at, place) in places {
            for (node, variable) in at.iter().enumerate() {
                values.extend(variable.map(|variable| (variable, is(node == *place))));
            }
        }
        for (tie, variable) in self.crossing.iter().enumerate() {
            let crosses = self.problem.way(tie, spots) != Way::Free;
            values.extend(variable.map(|variable| (variable, is(crosses))));
        }
        values
    }

    /// The plan that values mean.
    fn read(&self, value: &dyn Fn(Variable) -> f64) -> Spots {
        let place = |at: &Vec<Option<Variable>>, now: usize| {
            let on = |variable: &Option<Variable>| variable.is_some_and(|v| value(v) > 0.5);
            at.iter().position(on).unwrap_or(now)
        };
        let now = self.problem.now();
        Spots {
            homes: self.homes.iter().zip(now.homes).map(|(at, now)| place(at, now)).collect(),
            owners: self.owners.iter().zip(now.owners).map(|(at, now)| place(at, now)).collect(),
        }
    }
}

/// The greatest common divisor.
const fn divisor(a: u64, b: u64) -> u64 {
    let (mut a, mut b) = (a, b);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}
