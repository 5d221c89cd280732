//! Limits that a question is about, from the file or the command line.

use std::path::Path;

use super::pipeline::{self, Prepared};
use super::{AppError, Hooks, Options};

/// The limit where none is stated.
pub const USUAL_LIMIT: &str = "csv port utilisation <= 70 %";

/// Limits as a setting that replaces those of the file.
#[must_use]
pub fn limits_setting(limits: &[String]) -> (String, String) {
    let quoted = limits.iter().map(|limit| toml::Value::String(limit.clone()).to_string());
    ("limits".to_owned(), format!("[{}]", quoted.collect::<Vec<_>>().join(", ")))
}

/// A scenario with limits.
pub(super) struct Stated {
    pub(super) prepared: Vec<Prepared>,
    pub(super) hash: String,
    /// What is to be told where the usual limit had to stand in.
    pub(super) note: Option<String>,
}

/// Prepares a scenario; where no variant states a limit the usual one stands in.
pub(super) fn stated(
    path: &Path,
    options: &Options,
    hooks: &Hooks<'_>,
) -> Result<Stated, AppError> {
    let (prepared, hash) = pipeline::prepare_plainly(path, options, hooks)?;
    if prepared.iter().any(|p| !p.variant.scenario.limits.is_empty()) {
        return Ok(Stated { prepared, hash, note: None });
    }
    let mut own = options.clone();
    own.set.push(limits_setting(&[USUAL_LIMIT.to_owned()]));
    let (prepared, hash) = pipeline::prepare_plainly(path, &own, hooks)?;
    let note = format!(
        "no limit is stated; held against `{USUAL_LIMIT}`, a rule of thumb: state your own with \
         --limit"
    );
    Ok(Stated { prepared, hash, note: Some(note) })
}

/// What is to be told where something that has a time is taken to be there always.
pub(super) fn scheduled(prepared: &[Prepared]) -> Option<String> {
    let timed = |p: &Prepared| {
        let plan = p.variant.scenario.timeline.as_ref();
        plan.is_some_and(|plan| {
            plan.backups.iter().chain(&plan.traffic).any(|of| of.when.is_some())
        })
    };
    prepared.iter().any(timed).then(|| SCHEDULED.to_owned())
}

/// The note of it.
pub(super) const SCHEDULED: &str =
    "backups and other traffic that have a time are taken to run, at their full rate";
