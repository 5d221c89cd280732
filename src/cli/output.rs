//! Where a result goes: standard output, or a file that is written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a result was not written.
#[derive(Debug, Error)]
pub(super) enum OutputError {
    /// A directory has this name.
    #[error("`{}` is a directory; name a file", path.display())]
    Directory { path: PathBuf },
    /// The directory to write into is missing.
    #[error("there is no directory `{}` to write into", path.display())]
    Missing { path: PathBuf },
    /// The result would replace what it was made from.
    #[error("`{}` is the scenario itself; name another file", path.display())]
    Scenario { path: PathBuf },
    /// Writing a file failed.
    #[error("cannot write `{}`: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// Writing to standard output failed.
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
}

impl OutputError {
    /// Whether the reader of standard output has left, which is its right.
    pub(super) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Stdout(source) if source.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Writes the content.
type Content<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Refuses a target that could not be written, before an hour of simulation rather than after.
pub(super) fn refuse(target: Option<&Path>, scenario: &Path) -> Result<(), OutputError> {
    let Some(target) = target else { return Ok(()) };
    let path = target.to_owned();
    if target.is_dir() {
        return Err(OutputError::Directory { path });
    }
    if !directory(target).is_dir() {
        return Err(OutputError::Missing { path: directory(target).to_owned() });
    }
    match (fs::canonicalize(target), fs::canonicalize(scenario)) {
        (Ok(one), Ok(other)) if one == other => Err(OutputError::Scenario { path }),
        _ => Ok(()),
    }
}

/// Writes to `target`, or to standard output where there is none.
pub(super) fn write(target: Option<&Path>, content: Content<'_>) -> Result<(), OutputError> {
    let Some(target) = target else { return to_stdout(content).map_err(OutputError::Stdout) };
    if target.is_dir() {
        return Err(OutputError::Directory { path: target.to_owned() });
    }
    let error = |source| OutputError::File { path: target.to_owned(), source };
    // A device or a pipe must be written to, never replaced by a file.
    if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
        let device = OpenOptions::new().write(true).open(target).map_err(error)?;
        return fill(&device, content).map_err(error);
    }
    // Behind a symbolic link the file is replaced, not the link.
    let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    replace(&real, content).map_err(error)
}

fn to_stdout(content: Content<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    content(&mut out)?;
    out.flush()
}

fn fill(file: &File, content: Content<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    out.flush()
}

/// Writes beside `target` and renames, so that nobody ever reads half a result.
fn replace(target: &Path, content: Content<'_>) -> io::Result<()> {
    let (file, beside) = create_beside(target)?;
    let written = fill(&file, content).and_then(|()| file.sync_all());
    // Some systems do not rename an open file.
    drop(file);
    let done = written.and_then(|()| fs::rename(&beside, target));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    done
}

fn create_beside(target: &Path) -> io::Result<(File, PathBuf)> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut attempt = 0_u32;
    loop {
        let mut beside = OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let beside = directory(target).join(beside);
        match OpenOptions::new().write(true).create_new(true).open(&beside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {
                attempt += 1;
            }
            opened => return opened.map(|file| (file, beside)),
        }
    }
}

/// The directory of a file, `.` where its path has none.
fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.json");
        write(Some(&target), &|out| out.write_all(b"one")).unwrap();
        write(Some(&target), &|out| out.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        let failing = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        };
        let error = write(Some(&target), &failing).unwrap_err();
        assert!(matches!(error, OutputError::File { .. }) && !error.is_broken_pipe());
        assert_eq!(fs::read(&target).unwrap(), b"two");
        assert_eq!(listing(folder.path()), ["out.json"], "nothing is left beside it");
    }

    #[test]
    fn targets_that_cannot_be_written_are_refused_before_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let scenario = folder.path().join("a.toml");
        fs::write(&scenario, "").unwrap();
        let refused = |target: &Path| refuse(Some(target), &scenario).unwrap_err();
        assert!(matches!(refused(folder.path()), OutputError::Directory { .. }));
        assert!(matches!(refused(&scenario), OutputError::Scenario { .. }));
        let nowhere = folder.path().join("no").join("b");
        assert!(matches!(refused(&nowhere), OutputError::Missing { .. }));
        refuse(Some(&folder.path().join("b")), &scenario).unwrap();
        refuse(Some(Path::new("b")), &scenario).unwrap();
        refuse(None, &scenario).unwrap();
        assert!(write(Some(folder.path()), &|_| Ok(())).is_err());
    }

    #[test]
    fn only_a_reader_that_left_is_a_broken_pipe() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(OutputError::Stdout(broken()).is_broken_pipe());
        assert!(!OutputError::File { path: "a".into(), source: broken() }.is_broken_pipe());
        assert!(!OutputError::Stdout(io::Error::other("full")).is_broken_pipe());
    }
}
