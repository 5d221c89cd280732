//! Parts become one.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::AppError;
use super::super::files::directory;
use super::error::{SweepError, of_file};
use crate::plan::sweep::Merged;

/// Reads parts and proves that they make a whole. A name with `*` stands for every file it fits,
/// because not every shell says which these are.
///
/// # Errors
/// When a file cannot be read, and everything that is wrong with the parts or missing.
pub fn sweep_merge(parts: &[PathBuf]) -> Result<Merged, AppError> {
    let mut texts = Vec::new();
    for path in parts {
        for path in expanded(path)? {
            let text = fs::read(&path).map_err(of_file(&path))?;
            texts.push((path.display().to_string(), text));
        }
    }
    Ok(Merged::of(texts).map_err(SweepError::from)?)
}

/// The files that a name with `*` fits, in order; any other name is that of a file.
fn expanded(path: &Path) -> Result<Vec<PathBuf>, SweepError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let Some(pattern) = name.filter(|name| name.contains('*') && !path.exists()) else {
        return Ok(vec![path.to_owned()]);
    };
    let folder = directory(path);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(of_file(folder))? {
        let entry = entry.map_err(of_file(folder))?;
        let name = entry.file_name();
        if fits(&pattern, &name.to_string_lossy()) {
            found.push(path.with_file_name(name));
        }
    }
    found.sort();
    if found.is_empty() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "no file has such a name");
        return Err(SweepError::File { path: path.to_owned(), source });
    }
    Ok(found)
}

/// Whether a name fits a pattern in which `*` stands for any letters.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            let starts = (0..=rest.len()).filter(|at| rest.is_char_boundary(*at));
            starts.into_iter().any(|at| fits(tail, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        assert!(fits("part-*.ndjson", "part-1.ndjson") && fits("*", "") && fits("a*b*c", "aXbYc"));
        assert!(!fits("part-*.ndjson", "part-1.ndjson.kept-1"));
        assert!(!fits("a*b", "ac") && !fits("a", "ab"));
    }

    #[test]
    fn names_are_expanded_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["p-2", "p-1", "q"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = expanded(&folder.path().join("p-*")).unwrap();
        assert_eq!(found, ["p-1", "p-2"].map(|name| folder.path().join(name)));
        assert_eq!(expanded(Path::new("none")).unwrap(), [Path::new("none")]);
        assert!(expanded(&folder.path().join("x*")).is_err());
    }
}
