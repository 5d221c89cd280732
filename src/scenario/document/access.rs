//! How files are reached: on the disk, or in memory for tests and built-in models.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Access to files by path.
pub trait FileAccess {
    /// The first `limit` bytes of a file and, when it is longer, at least one byte more, so that
    /// the caller can tell.
    ///
    /// # Errors
    /// When the file does not exist or cannot be read.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;

    /// A path that two spellings of the same file have in common.
    ///
    /// # Errors
    /// When the file does not exist or cannot be reached.
    fn canonical(&self, path: &Path) -> io::Result<PathBuf>;
}

/// The files of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskFiles;

impl FileAccess for DiskFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let mut bytes = Vec::new();
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }
}

/// Files that exist only in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryFiles {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemoryFiles {
    /// No files.
    #[must_use]
    pub const fn new() -> Self {
        Self { files: BTreeMap::new() }
    }

    /// With one more file.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(tidy(path.as_ref()), bytes.into());
        self
    }
}

impl FileAccess for MemoryFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(&tidy(path)).ok_or(io::ErrorKind::NotFound)?;
        let end = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1).min(bytes.len());
        Ok(bytes[..end].to_vec())
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        let path = tidy(path);
        if self.files.contains_key(&path) { Ok(path) } else { Err(io::ErrorKind::NotFound.into()) }
    }
}

/// The path without `.` and with `..` applied.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if tidy.file_name().is_some() => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_files_are_found_under_any_spelling() {
        let files = MemoryFiles::new().with("models/a.toml", "x");
        let canonical = |path: &str| files.canonical(Path::new(path));
        assert_eq!(canonical("./scenarios/../models/a.toml").unwrap(), Path::new("models/a.toml"));
        assert_eq!(canonical("../models/a.toml").unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn both_show_that_a_file_is_longer_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(DiskFiles.read(&path, 3).unwrap(), b"1234");
        assert_eq!(DiskFiles.read(&path, u64::MAX).unwrap(), b"12345");
        assert!(DiskFiles.read(folder.path(), 3).is_err());
        let memory = MemoryFiles::new().with("a.toml", "12345");
        assert_eq!(memory.read(Path::new("a.toml"), 3).unwrap(), b"1234");
        assert_eq!(memory.read(Path::new("a.toml"), u64::MAX).unwrap(), b"12345");
    }
}
