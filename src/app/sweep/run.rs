//! A shard of a plan becomes a part.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::files::write_whole;
use super::super::{AppError, Hooks};
use super::error::{SweepError, foreign, of_file};
use super::kept::{Keeper, earlier, remove};
use super::plan::resolved;
use super::plan_of;
use super::point::Worker;
use crate::plan::sweep::{Head, PartError, PartText, Row, Shard, SweepPlan};
use crate::scenario::document::DiskFiles;
use crate::scenario::{Opened, load};

/// Which points, and where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardOptions {
    /// The shard.
    pub shard: Shard,
    /// The part it becomes.
    pub output: PathBuf,
    /// Where the scenario is, if not where the plan says.
    pub scenario: Option<PathBuf>,
    /// Worker threads; results do not depend on it. None: as many as there are cores.
    pub threads: Option<usize>,
}

/// What became of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardDone {
    /// Its points.
    pub points: u64,
    /// Those that were not evaluated now because they were there already.
    pub kept: u64,
    /// Those that came to nothing.
    pub failed: u64,
    /// Why the first of these did.
    pub first_error: Option<String>,
}

/// Evaluates the points of a shard and writes them as a part, all of them or nothing. A part that
/// is there and whole is left as it is; rows that an earlier process kept are gone on from.
///
/// # Errors
/// When the plan is of no use, the scenario has changed, or the target is of something else; when
/// it is cancelled.
pub fn sweep_run(
    plan_path: &Path,
    options: &ShardOptions,
    hooks: &Hooks<'_>,
) -> Result<ShardDone, AppError> {
    let plan = plan_of(plan_path)?;
    let target = options.output.as_path();
    let head = Head::of(&plan, options.shard);
    if let Some(found) = whole(target, &head, hooks)? {
        return Ok(found);
    }
    let scenario = options.scenario.clone();
    let scenario = scenario.unwrap_or_else(|| resolved(plan_path, &plan.scenario));
    let found = load(&scenario, &DiskFiles, &[], &[])?.hash;
    if found != plan.scenario_hash {
        let planned = plan.scenario_hash.clone();
        return Err(SweepError::Changed { scenario, planned, found }.into());
    }
    let (rows, files) = earlier(target, &head)?;
    let kept = rows.len() as u64;
    if kept > 0 {
        let all = options.shard.points(plan.len()).count();
        (hooks.told)(&format!("{kept} of {all} points are done already"));
    }
    let keeper = Keeper::new(target, &head, files, hooks.told)?;
    let shard = Evaluation { plan: &plan, head: &head, scenario: &scenario, keeper: &keeper };
    let rows = shard.all(rows, options.threads, hooks)?;
    let all = options.shard.points(plan.len()).count() as u64;
    if (rows.len() as u64) < all {
        let (shard, target) = (options.shard, target.to_owned());
        let done = rows.len() as u64;
        return Err(SweepError::Interrupted { shard, done, of: all, target }.into());
    }
    let lines = || rows.values().map(String::as_str);
    write_whole(target, &|out| PartText::write(&head, lines(), out)).map_err(of_file(target))?;
    keeper.done();
    Ok(ShardDone { kept, ..counted(lines()) })
}

/// What a part that is there comes to, if it is the whole one that is asked for.
fn whole(target: &Path, head: &Head, hooks: &Hooks<'_>) -> Result<Option<ShardDone>, SweepError> {
    let text = match fs::read(target) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(of_file(target)(error)),
    };
    let other = |found: &Head| SweepError::Target {
        path: target.to_owned(),
        why: if found.plan == head.plan {
            format!("it is shard {} of this sweep", found.shard)
        } else {
            format!("it is of another sweep (plan {} of `{}`)", found.plan, found.scenario)
        },
    };
    match PartText::read(&text) {
        Ok(part) if part.head == *head => {
            let (_, files) = earlier(target, head)?;
            remove(&files);
            let found = counted(part.rows.iter().map(|(_, line)| line.as_str()));
            Ok(Some(ShardDone { kept: found.points, ..found }))
        }
        Ok(part) => Err(other(&part.head)),
        Err(broken) => match (broken.head, broken.why) {
            (Some(found), _) if *found != *head => Err(other(&found)),
            (_, why @ (PartError::Cut | PartError::Damaged { .. })) => {
                (hooks.told)(&format!("`{}`: {why}; it is made anew", target.display()));
                Ok(None)
            }
            // What has nothing in it is nobody's.
            (None, PartError::Other) if text.is_empty() => Ok(None),
            (_, why) => Err(foreign(target, &why)),
        },
    }
}

fn counted<'l>(lines: impl Iterator<Item = &'l str>) -> ShardDone {
    let mut shards = ShardDone { points: 0, kept: 0, failed: 0, first_error: None };
    for line in lines {
        shards.points += 1;
        let row: Option<Row> = serde_json::from_str(line).ok();
        if let Some(error) = row.and_then(|row| row.error) {
            shards.failed += 1;
            shards.first_error.get_or_insert(error);
        }
    }
    shards
}

/// A shard being evaluated.
struct Evaluation<'a> {
    plan: &'a SweepPlan,
    head: &'a Head,
    scenario: &'a Path,
    keeper: &'a Keeper<'a>,
}

impl Evaluation<'_> {
    /// The rows of all points of the shard; fewer when it was cancelled.
    fn all(
        &self,
        rows: BTreeMap<u64, String>,
        threads: Option<usize>,
        hooks: &Hooks<'_>,
    ) -> Result<BTreeMap<u64, String>, AppError> {
        let shard = self.head.shard;
        let open: Vec<u64> =
            shard.points(self.plan.len()).filter(|point| !rows.contains_key(point)).collect();
        let all = rows.len() + open.len();
        let done = AtomicUsize::new(rows.len());
        let next = AtomicUsize::new(0);
        let stop = AtomicBool::new(false);
        let (rows, failed) = (Mutex::new(rows), Mutex::new(None::<AppError>));
        let opened = Opened::read(self.scenario, &DiskFiles)?;
        let variants = self.variants(&opened)?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.filter(|n| *n > 0).unwrap_or(cores).clamp(1, open.len().max(1));
        let cancelled = || stop.load(Ordering::Relaxed) || (hooks.cancelled)();
        let work = || -> Result<(), AppError> {
            let maker = opened.maker(&DiskFiles);
            let mut worker = Worker::new(self.plan, maker, &variants, self.scenario, &cancelled)?;
            loop {
                let k = next.fetch_add(1, Ordering::Relaxed);
                let Some(point) = open.get(k).and_then(|point| self.plan.point(*point)) else {
                    return Ok(());
                };
                if cancelled() {
                    return Ok(());
                }
                let Some(row) = worker.row(point)? else { return Ok(()) };
                let line = row.line();
                self.keeper.add(&line);
                rows.lock().unwrap_or_else(PoisonError::into_inner).insert(point.number, line);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                (hooks.progress)(done as f64 / all as f64, &format!("{done} of {all} points"));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    if let Err(error) = work() {
                        stop.store(true, Ordering::Relaxed);
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                });
            }
        });
        if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        Ok(rows.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Place of each variant of the plan in the scenario.
    fn variants(&self, opened: &Opened) -> Result<Vec<usize>, AppError> {
        let place = |name: &String| opened.variants().position(|other| other == name);
        let places: Option<Vec<usize>> = self.plan.variants.iter().map(place).collect();
        places.ok_or_else(|| AppError::Bug("an unchanged scenario has lost a variant".to_owned()))
    }
}
