//! From a grid file to a plan.

use std::path::{Component, Path, PathBuf};

use super::super::files::directory;
use super::super::{AppError, Hooks};
use super::error::{SweepError, of_file};
use crate::plan::sweep::{Checked, Grid, SweepPlan, check};
use crate::scenario::document::DiskFiles;
use crate::scenario::{Opened, load};

/// A plan, and what is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The plan.
    pub plan: SweepPlan,
    /// What it comes to, in a sentence.
    pub told: String,
}

/// Plans the sweep of a grid file. The plan finds its scenario from the folder of `target`, where
/// it is to be written; from the current folder, where that is not said.
///
/// # Errors
/// Every fault of the grid, of the scenario, and of the one with the values of the other.
pub fn sweep_plan(
    grid: &Path,
    target: Option<&Path>,
    hooks: &Hooks<'_>,
) -> Result<Planned, AppError> {
    let read = Grid::load(grid, &DiskFiles)?;
    let path = grid.parent().unwrap_or(Path::new("")).join(&read.scenario);
    // Faults of the scenario by itself are told as such.
    let loaded = load(&path, &DiskFiles, &[], &[])?;
    let opened = Opened::read(&path, &DiskFiles)?;
    let folder = target.map_or(Path::new("."), directory);
    let scenario = relative(folder, &path).map_err(of_file(&path)).map_err(AppError::from)?;
    let file = target.and_then(Path::file_name).unwrap_or_else(|| "sweep.json".as_ref());
    let title = loaded.variants.first().map_or("", |variant| &variant.scenario.title);
    let of = Checked {
        opened: &opened,
        files: &DiskFiles,
        scenario_hash: &loaded.hash,
        scenario: &scenario,
        file: &file.to_string_lossy(),
        title,
    };
    let progress = |share: f64| (hooks.progress)(share, "values");
    let plan = check(&read, &of, hooks.cancelled, &progress)?;
    let plan = plan.ok_or(SweepError::PlanInterrupted)?;
    let told = told(&plan);
    Ok(Planned { plan, told })
}

fn told(plan: &SweepPlan) -> String {
    let mut parts: Vec<String> = Vec::new();
    if plan.variants.len() > 1 {
        parts.push(format!("{} variants", plan.variants.len()));
    }
    let axis = |axis: &crate::plan::sweep::Axis| format!("{} {}", axis.levels.len(), axis.name);
    parts.extend(plan.axes.iter().map(axis));
    let points = plan.len();
    let plural = if points == 1 { "" } else { "s" };
    match plan.design {
        crate::plan::sweep::Design::Grid => {
            format!("{points} point{plural}: {}", parts.join(" x "))
        }
        crate::plan::sweep::Design::LatinHypercube { .. } => {
            format!("{points} points of a Latin hypercube with {} axes", plan.axes.len())
        }
    }
}

/// The way from a folder to a file, with `/` on every system; the whole path where there is no way.
fn relative(folder: &Path, given: &Path) -> std::io::Result<String> {
    let (folder, file) = (folder.canonicalize()?, given.canonicalize()?);
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), file.components().collect());
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    // Where they have nothing but the root in common, the one is not moved with the other.
    if !to[..same].iter().any(|part| matches!(part, Component::Normal(_))) {
        return Ok(std::path::absolute(given)?.display().to_string());
    }
    let up = from[same..].iter().map(|_| "..".to_owned());
    let down = to[same..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}

/// The file that a plan means, from the folder of the plan.
pub(super) fn resolved(plan: &Path, scenario: &str) -> PathBuf {
    let folder = plan.parent().unwrap_or(Path::new(""));
    // Where nothing has to be climbed the path stays as people would write it.
    let parts = Path::new(scenario).components();
    parts.fold(folder.to_owned(), |mut path, part| {
        match part {
            Component::CurDir => {}
            other => path.push(other),
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_way_to_the_scenario_is_that_from_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        fs::create_dir_all(at.join("a/b")).unwrap();
        fs::create_dir_all(at.join("plans")).unwrap();
        fs::write(at.join("a/b/c.toml"), "").unwrap();
        let way = |from: &str| relative(&at.join(from), &at.join("a/b/c.toml")).unwrap();
        assert_eq!(way("a/b"), "c.toml");
        assert_eq!(way("a"), "b/c.toml");
        assert_eq!(way("plans"), "../a/b/c.toml");
        assert_eq!(way("plans/../a/b"), "c.toml");
        let found = resolved(&at.join("plans/sweep.json"), &way("plans"));
        assert!(found.is_file(), "{}", found.display());
        assert_eq!(resolved(Path::new("sweep.json"), "c.toml"), Path::new("c.toml"));
        assert!(relative(at, &at.join("none")).is_err());
    }
}
