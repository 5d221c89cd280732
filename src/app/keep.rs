//! The checkpoint file of a run.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use thiserror::Error;

use super::AppError;
use super::files::write_whole;
use crate::engine::RunRecord;
use crate::experiment::{Checkpoint, CheckpointError, Identity};

/// Why a checkpoint file is of no use.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeepError {
    /// What is in it.
    #[error("{0}; name another file, or delete this one to begin anew")]
    Content(CheckpointError),
    /// It cannot be read or written.
    #[error("{0}")]
    File(io::Error),
}

/// Up to this length the file is written after every replication; a longer one only when a
/// sixteenth has come to it, because it is always written as a whole.
const SMALL: usize = 8 << 20;

/// How far a file is looked at to see whether it is a checkpoint at all.
const HEAD: u64 = 64;

/// Keeps finished replications in a file.
pub(super) struct Keeper<'a> {
    path: PathBuf,
    /// Told what goes wrong on the way.
    told: &'a (dyn Fn(&str) + Sync),
    state: Mutex<State>,
}

struct State {
    checkpoint: Checkpoint,
    /// Length of what the file holds.
    saved: usize,
    failing: bool,
}

impl<'a> Keeper<'a> {
    /// Opens the file, or makes it, so that a path that cannot be written is found before the
    /// first replication. Gives the replications it holds of each variant.
    pub(super) fn open(
        path: &Path,
        variants: &[Identity],
        told: &'a (dyn Fn(&str) + Sync),
    ) -> Result<(Self, Vec<Vec<RunRecord>>), AppError> {
        let failed = |source| AppError::Checkpoint { path: path.to_owned(), source };
        let (checkpoint, kept) = match read(path) {
            Ok(text) => Checkpoint::read(&text, variants)
                .map_err(|error| failed(KeepError::Content(error)))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (Checkpoint::new(variants), vec![Vec::new(); variants.len()])
            }
            Err(error) => return Err(failed(KeepError::File(error))),
        };
        if checkpoint.replications() > 0 {
            let replications = checkpoint.replications();
            told(&format!("{replications} finished replications are in `{}`", path.display()));
        }
        write_whole(path, &|out| checkpoint.write(out))
            .map_err(|error| failed(KeepError::File(error)))?;
        let saved = checkpoint.bytes();
        let state = Mutex::new(State { checkpoint, saved, failing: false });
        Ok((Self { path: path.to_owned(), told, state }, kept))
    }

    /// Adds a replication of the variant at a place.
    pub(super) fn add(&self, variant: usize, record: &RunRecord) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.checkpoint.add(variant, record);
        let unsaved = state.checkpoint.bytes() - state.saved;
        if state.checkpoint.bytes() <= SMALL || unsaved >= state.checkpoint.bytes() / 16 {
            self.save(&mut state);
        }
    }

    /// Writes what the file does not have yet.
    pub(super) fn flush(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.saved < state.checkpoint.bytes() {
            self.save(&mut state);
        }
    }

    /// A full disk ends no run: the file keeps what it had, and the next time may succeed.
    fn save(&self, state: &mut State) {
        let State { checkpoint, .. } = &*state;
        match write_whole(&self.path, &|out| checkpoint.write(out)) {
            Ok(()) => {
                state.saved = state.checkpoint.bytes();
                if std::mem::take(&mut state.failing) {
                    (self.told)(&format!("`{}` could be written again", self.path.display()));
                }
            }
            Err(error) => {
                if !std::mem::replace(&mut state.failing, true) {
                    (self.told)(&format!(
                        "the run goes on, but its checkpoint `{}` cannot be written: {error}",
                        self.path.display()
                    ));
                }
            }
        }
    }
}

/// The whole of a file that begins as a checkpoint, or the start of another.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a directory"));
    }
    let mut file = File::open(path)?;
    let mut text = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut text)?;
    if Checkpoint::read(&text, &[]).is_err_and(|error| error != CheckpointError::Other) {
        file.read_to_end(&mut text)?;
    }
    Ok(text)
}
