//! From a grid to a plan: every path and every value is tried on the scenario once.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::Grid;
use super::points::{Of, Point, SweepPlan};
use crate::diagnostic::{Diagnostic, Diagnostics, suggest};
use crate::scenario::document::FileAccess;
use crate::scenario::{Maker, Opened, Setting};

/// Points at which a level is tried before it is given up.
const TRIES: u32 = 16;
/// Faults of one level that are told.
const TOLD: usize = 3;

/// Where the scenario of a grid is, and what it is called.
#[derive(Clone, Copy)]
pub struct Checked<'a> {
    /// The scenario, read.
    pub opened: &'a Opened,
    /// Where traces are read.
    pub files: &'a dyn FileAccess,
    /// The hash that [`load`](fn@crate::scenario::load) gives it.
    pub scenario_hash: &'a str,
    /// The scenario, relative to the plan.
    pub scenario: &'a str,
    /// What the plan is called.
    pub file: &'a str,
    /// Title of the scenario.
    pub title: &'a str,
}

impl std::fmt::Debug for Checked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("scenario", &self.scenario).finish_non_exhaustive()
    }
}

/// Makes a plan, with every level of each axis tried on the scenario. A level that is wrong at some
/// points only is no fault: these points become rows that say so.
///
/// `progress` is told the share done; none when `cancelled` says so before the end.
///
/// # Errors
/// Every variant that does not exist; every level that no scenario was made with, where it is
/// written; the faults of the scenario itself.
pub fn check(
    grid: &Grid,
    of: &Checked<'_>,
    cancelled: &(dyn Fn() -> bool + Sync),
    progress: &(dyn Fn(f64) + Sync),
) -> Result<Option<SweepPlan>, Diagnostics> {
    let variants = variants(grid, of.opened)?;
    let plan = SweepPlan::new(
        grid,
        Of {
            file: of.file.to_owned(),
            title: grid.title.clone().unwrap_or_else(|| of.title.to_owned()),
            scenario: of.scenario.to_owned(),
            scenario_hash: of.scenario_hash.to_owned(),
            variants: variants.iter().map(|(_, name)| name.clone()).collect(),
        },
    );
    let maker = of.opened.maker(of.files);
    let mut trial =
        Trial { grid, plan: &plan, maker: &maker, variants: &variants, bad: Bad::new() };
    let mut open: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (axis, of) in plan.axes.iter().enumerate() {
        open.extend((0..of.levels.len()).map(|level| (axis, level)));
    }
    let all = open.len().max(1) as f64;
    let mut tries: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    let mut sound = false;
    let mut seen = vec![false; variants.len()];
    for point in plan.points() {
        let fresh: Vec<(usize, usize)> = point
            .levels()
            .enumerate()
            .filter(|place| open.contains(place) && tries.get(place).is_none_or(|n| *n < TRIES))
            .collect();
        if fresh.is_empty() && seen[point.variant()] {
            continue;
        }
        if cancelled() {
            return Ok(None);
        }
        let (whole, good) = trial.point(point, &fresh);
        sound |= whole;
        seen[point.variant()] = true;
        for place in &fresh {
            *tries.entry(*place).or_insert(0) += 1;
            if good.contains(place) {
                open.remove(place);
            }
        }
        progress(1.0 - open.len() as f64 / all);
    }
    if !sound {
        // Where nothing works, what all points have may be to blame.
        trial.of_all().into_result(())?;
    }
    trial.faults(&open).into_result(())?;
    let read = maker.read();
    Ok(Some(plan.reading(read)))
}

/// The variants of a plan: place in the scenario, and name.
fn variants(grid: &Grid, opened: &Opened) -> Result<Vec<(usize, String)>, Diagnostics> {
    let all: Vec<(usize, String)> = opened.variants().map(str::to_owned).enumerate().collect();
    if grid.variants.is_empty() {
        return Ok(all);
    }
    let mut faults = Diagnostics::new();
    let mut chosen: Vec<(usize, String)> = Vec::new();
    for wanted in &grid.variants {
        let plain = wanted.value.trim().to_lowercase();
        let mut fault = |problem: String, help: Option<String>| {
            let fault = grid.document.fault(&wanted.at, &wanted.path, problem);
            faults.push(Diagnostic { help, ..fault });
        };
        match all.iter().find(|(_, name)| name.to_lowercase() == plain) {
            Some(found) if chosen.contains(found) => {
                fault(format!("the variant `{}` is named twice", found.1), None);
            }
            Some(found) => chosen.push(found.clone()),
            None => {
                let names = all.iter().map(|(_, name)| name.as_str());
                let help = suggest(&wanted.value, names.clone()).map_or_else(
                    || format!("there is {}", names.collect::<Vec<_>>().join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                fault(format!("there is no variant `{}`", wanted.value), Some(help));
            }
        }
    }
    faults.into_result(chosen)
}

/// What was said of a level that did not work, by axis and level.
type Bad = BTreeMap<(usize, usize), Diagnostics>;

/// Tries points.
struct Trial<'a> {
    grid: &'a Grid,
    plan: &'a SweepPlan,
    maker: &'a Maker<'a>,
    variants: &'a [(usize, String)],
    bad: Bad,
}

impl Trial<'_> {
    /// Whether a point is sound, and which of the levels given are.
    fn point(&mut self, point: Point<'_>, fresh: &[(usize, usize)]) -> (bool, Vec<(usize, usize)>) {
        let named: Vec<(String, &str, &str)> =
            point.settings().map(|(axis, path, value)| (origin(axis), path, value)).collect();
        let (variant, _) = &self.variants[point.variant()];
        let Err(faults) = self.made(*variant, &named) else {
            return (true, fresh.to_vec());
        };
        // Which of them is to blame shows when each is tried by itself.
        let alone = |place: &(usize, usize)| self.alone(*variant, Some(*place)).is_ok();
        let good: Vec<(usize, usize)> = fresh.iter().copied().filter(alone).collect();
        for place in fresh {
            if !good.contains(place) {
                let own = self.alone(*variant, Some(*place)).err();
                let own = own.unwrap_or_else(|| faults.clone());
                self.bad.entry(*place).or_insert(own);
            }
        }
        (false, good)
    }

    /// The faults of what all points have.
    fn of_all(&self) -> Diagnostics {
        let document = &self.grid.document;
        let Some(at) = document.get("set").map(crate::scenario::document::Node::origin) else {
            return Diagnostics::new();
        };
        let Err(faults) = self.alone(self.variants[0].0, None) else { return Diagnostics::new() };
        let fault = |fault: &Diagnostic| {
            let problem = format!("{}: {}", fault.field, fault.problem);
            Diagnostic { help: fault.help.clone(), ..document.fault(&at, "set", problem) }
        };
        faults.iter().take(TOLD).map(fault).collect()
    }

    /// The scenario with what all points have, and with one level.
    fn alone(&self, variant: usize, place: Option<(usize, usize)>) -> Result<(), Diagnostics> {
        let all = self.plan.set.iter();
        let mut named: Vec<(String, &str, &str)> =
            all.map(|(path, value)| (origin(None), path.as_str(), value.as_str())).collect();
        if let Some((axis, level)) = place {
            let axis = &self.plan.axes[axis];
            let own = axis.settings(level);
            named.extend(own.map(|(path, value)| (origin(Some(&axis.name)), path, value)));
        }
        self.made(variant, &named)
    }

    fn made(&self, variant: usize, named: &[(String, &str, &str)]) -> Result<(), Diagnostics> {
        let settings: Vec<Setting<'_>> =
            named.iter().map(|(origin, path, literal)| Setting { path, literal, origin }).collect();
        self.maker.make(variant, &settings).map(|_| ())
    }

    /// The faults of the levels that never worked, at the places where these are written.
    fn faults(&self, open: &BTreeSet<(usize, usize)>) -> Diagnostics {
        let mut faults: Vec<Diagnostic> = Vec::new();
        for place @ (axis, level) in open {
            let draft = &self.grid.drafts[*axis];
            let (name, at) = (&draft.axis.name, &draft.places[*level]);
            let shown = &draft.axis.levels[*level].name;
            let Some(said) = self.bad.get(place) else { continue };
            for fault in said.iter().take(TOLD) {
                let place = if fault.span.is_some() && *fault.file.name != *origin(Some(name)) {
                    let at = fault.file.place(fault.span.as_ref().map_or(0, |span| span.start));
                    format!(" ({}:{})", fault.file.name, at.line)
                } else {
                    String::new()
                };
                let about = if fault.field.is_empty() { "" } else { ": " };
                let problem =
                    format!("with {shown}{place}: {}{about}{}", fault.field, fault.problem);
                let of = self.grid.document.fault(at, &format!("axes.{name}"), problem);
                let new = Diagnostic { help: fault.help.clone(), ..of };
                if !faults.contains(&new) {
                    faults.push(new);
                }
            }
        }
        faults.sort_by_key(|fault| fault.span.as_ref().map_or(0, |span| span.start));
        faults.into_iter().collect()
    }
}

/// What faults of a value say they are in.
fn origin(axis: Option<&str>) -> String {
    axis.map_or_else(|| "set".to_owned(), |axis| format!("axes.{axis}"))
}
