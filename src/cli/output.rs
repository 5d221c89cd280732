//! Where a result goes: standard output, or a file that is written whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::app::files::{Content, directory, write_whole};

/// Why a result was not written.
#[derive(Debug, Error)]
pub(super) enum OutputError {
    /// A directory has this name.
    #[error("`{}` is a directory; name a file", path.display())]
    Directory { path: PathBuf },
    /// The directory to write into is missing.
    #[error("there is no directory `{}` to write into", path.display())]
    Missing { path: PathBuf },
    /// A file that must not be replaced is there.
    #[error("`{}` is there already; name another file", path.display())]
    Exists { path: PathBuf },
    /// The result would replace what it was made from.
    #[error("`{}` is what is read; name another file", path.display())]
    Scenario { path: PathBuf },
    /// The result would replace one of the files it was made from.
    #[error("`{}` is one of the files that are read; name another file", path.display())]
    Source { path: PathBuf },
    /// Two results would go to the same file.
    #[error("`{}` is named twice; name another file", path.display())]
    Twice { path: PathBuf },
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
        // Whatever is in a folder that is read may be what is read of it.
        (Ok(one), Ok(other)) if other.is_dir() && one.is_file() && one.starts_with(&other) => {
            Err(OutputError::Scenario { path })
        }
        _ => Ok(()),
    }
}

/// Refuses a target that could not be written, or that is one of the files to be read.
pub(super) fn refuse_sources(
    target: Option<&Path>,
    sources: &[PathBuf],
) -> Result<(), OutputError> {
    let mut refused = sources.iter().map(|source| refuse(target, source));
    match refused.find_map(Result::err) {
        Some(OutputError::Scenario { path }) => Err(OutputError::Source { path }),
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Writes to `target`, or to standard output where there is none.
pub(super) fn write(target: Option<&Path>, content: Content<'_>) -> Result<(), OutputError> {
    let Some(target) = target else { return to_stdout(content).map_err(OutputError::Stdout) };
    if target.is_dir() {
        return Err(OutputError::Directory { path: target.to_owned() });
    }
    write_whole(target, content)
        .map_err(|source| OutputError::File { path: target.to_owned(), source })
}

fn to_stdout(content: Content<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    content(&mut out)?;
    out.flush()
}

/// Refuses files of which two are the same: the later would replace the earlier.
pub(super) fn refuse_twice(targets: &[Option<&Path>]) -> Result<(), OutputError> {
    let place = |target: &Path| {
        let folder = fs::canonicalize(directory(target)).unwrap_or_default();
        fs::canonicalize(target)
            .unwrap_or_else(|_| folder.join(target.file_name().unwrap_or_default()))
    };
    let mut seen: Vec<PathBuf> = Vec::new();
    for target in targets.iter().flatten() {
        // To a device everybody may write.
        if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
            continue;
        }
        let place = place(target);
        if seen.contains(&place) {
            return Err(OutputError::Twice { path: target.to_path_buf() });
        }
        seen.push(place);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_results_do_not_go_to_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
        refuse_twice(&[Some(&a), None, Some(&b), None]).unwrap();
        let again = folder.path().join(".").join("a");
        let error = refuse_twice(&[Some(&a), Some(&b), Some(&again)]).unwrap_err();
        assert!(matches!(error, OutputError::Twice { .. }));
        fs::write(&b, "").unwrap();
        assert!(refuse_twice(&[Some(&b), Some(&b)]).is_err());
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
        let sources = [folder.path().join("x"), scenario.clone()];
        let error = refuse_sources(Some(&scenario), &sources).unwrap_err();
        assert!(matches!(error, OutputError::Source { .. }));
        refuse_sources(Some(&folder.path().join("b")), &sources).unwrap();
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
