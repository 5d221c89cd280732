//! Rows of a shard under way, in files beside the part that they are to become.
//!
//! Each process writes to a file of its own, which it makes, and reads those that were there
//! before. So it does no harm that a scheduler starts a shard again while it still runs elsewhere:
//! both come to the same bytes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::files::directory;
use super::error::{SweepError, of_file};
use crate::plan::sweep::{Head, Kept, kept_head, kept_line, kept_rows};

/// Rows of earlier processes, and the file that those of this one go to.
pub(super) struct Keeper<'a> {
    /// Files that were there, and are of this shard.
    earlier: Vec<PathBuf>,
    path: PathBuf,
    state: Mutex<State>,
    told: &'a (dyn Fn(&str) + Sync),
}

struct State {
    file: Option<File>,
    failing: bool,
}

/// The files beside `target` that keep rows, in the order of their numbers.
fn files(target: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let Some(name) = target.file_name() else { return Ok(Vec::new()) };
    let prefix = format!("{}.kept-", name.to_string_lossy());
    let mut found = Vec::new();
    for entry in fs::read_dir(directory(target))? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_string_lossy().strip_prefix(&prefix).and_then(|n| n.parse().ok());
        found.extend(number.map(|number: u32| (number, entry.path())));
    }
    found.sort();
    Ok(found)
}

fn named(target: &Path, number: u32) -> PathBuf {
    let mut name = target.file_name().map(OsString::from).unwrap_or_default();
    name.push(format!(".kept-{number}"));
    directory(target).join(name)
}

/// Rows that earlier processes have kept, by point, with their files.
///
/// # Errors
/// When a file cannot be read, or is of another sweep.
pub(super) fn earlier(
    target: &Path,
    head: &Head,
) -> Result<(BTreeMap<u64, String>, Vec<PathBuf>), SweepError> {
    let mut rows = BTreeMap::new();
    let mut own = Vec::new();
    for (_, path) in files(target).map_err(of_file(directory(target)))? {
        let text = match fs::read(&path) {
            Ok(text) => text,
            // Another process has finished this shard in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(of_file(&path)(error)),
        };
        match kept_rows(&text, head) {
            Kept::Rows(found) => {
                rows.extend(found);
                own.push(path);
            }
            Kept::Foreign(other) => {
                let why = format!(
                    "it keeps rows of another sweep (plan {} of `{}`, shard {})",
                    other.plan, other.scenario, other.shard
                );
                return Err(SweepError::Target { path, why });
            }
            Kept::Other => {}
        }
    }
    Ok((rows, own))
}

impl<'a> Keeper<'a> {
    /// Makes the file of this process.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub(super) fn new(
        target: &Path,
        head: &Head,
        earlier: Vec<PathBuf>,
        told: &'a (dyn Fn(&str) + Sync),
    ) -> Result<Self, SweepError> {
        let known = files(target).map_err(of_file(directory(target)))?;
        let mut number = known.last().map_or(1, |(number, _)| number.saturating_add(1));
        loop {
            let path = named(target, number);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    file.write_all(kept_head(head).as_bytes()).map_err(of_file(&path))?;
                    let state = Mutex::new(State { file: Some(file), failing: false });
                    return Ok(Self { earlier, path, state, told });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => {
                    number += 1;
                }
                Err(error) => return Err(of_file(&path)(error)),
            }
        }
    }

    /// Keeps a row. A full disk ends no sweep: the row is in memory, and only a kill would lose it.
    pub(super) fn add(&self, line: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { file: Some(file), failing } = &mut *state else { return };
        if *failing {
            // What stands behind half a line would not be found.
            return;
        }
        if let Err(error) = file.write_all(kept_line(line).as_bytes()) {
            *failing = true;
            (self.told)(&format!(
                "the sweep goes on, but what is done cannot be kept in `{}`: {error}",
                self.path.display()
            ));
        }
    }

    /// Removes the files, once the part is written.
    pub(super) fn done(self) {
        // Some systems do not remove an open file.
        self.state.lock().unwrap_or_else(PoisonError::into_inner).file = None;
        remove(self.earlier.iter().chain([&self.path]));
    }
}

/// Removes files. One that stays does no harm: what it keeps is in the part.
pub(super) fn remove<'p>(files: impl IntoIterator<Item = &'p PathBuf>) {
    for path in files {
        let _ = fs::remove_file(path);
    }
}
