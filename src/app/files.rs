//! Files that are written whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes the content.
pub(crate) type Content<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Writes a file. What was there before is replaced at the end, at once, so that nobody ever reads
/// half of it; devices and pipes are written to, never replaced.
pub(crate) fn write_whole(target: &Path, content: Content<'_>) -> io::Result<()> {
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if fs::metadata(target).is_ok_and(|found| !found.is_file()) {
        let device = OpenOptions::new().write(true).open(target)?;
        return fill(&device, content);
    }
    // Behind a symbolic link the file is replaced, not the link.
    let real = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    replace(&real, content)
}

fn fill(file: &File, content: Content<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    out.flush()
}

/// Writes beside `target` and renames.
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
pub(crate) fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.json");
        write_whole(&target, &|out| out.write_all(b"one")).unwrap();
        write_whole(&target, &|out| out.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        let failing = |out: &mut dyn Write| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        };
        assert!(write_whole(&target, &failing).is_err());
        assert!(write_whole(folder.path(), &|_| Ok(())).is_err());
        assert_eq!(fs::read(&target).unwrap(), b"two");
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["out.json"], "nothing is left beside it");
    }

    #[test]
    fn a_path_without_a_directory_lies_here() {
        assert_eq!(directory(Path::new("a")), Path::new("."));
        assert_eq!(directory(Path::new("a/b")), Path::new("a"));
    }
}
