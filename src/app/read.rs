//! Results of test tools, of any mix, as one table.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{AppError, read_map};
use crate::trace::TraceError;
use crate::trace::results::{Load, Measured, Table, TestResult, is_known, read_any};
use crate::workload::diskspd::DiskSpd;

/// Files that a note names one by one.
const NAMED: usize = 3;

/// What is wanted of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Links and not storage tests. Without it links are shown where there is nothing else.
    pub links: bool,
    /// File the table will be written to, which is passed over in folders.
    pub output: Option<PathBuf>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// A row for each run, or each direction of a link.
    pub table: Table,
    /// What the user should know before using it.
    pub notes: Vec<String>,
    /// A mapping of the table to begin with, as TOML; none of links.
    pub mapping: Option<String>,
}

/// Why one file was not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Its content.
    #[error(transparent)]
    Content(TraceError),
    /// It cannot be opened.
    #[error("{}: cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is given twice, and its rows would be there twice.
    #[error(
        "{}: the file is given twice, and its rows would count twice; name it, or the folder it \
         is in, once",
        path.display()
    )]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// Nothing of what was asked for is in any of them.
    #[error("there is no result of a {what} in {}", listed(.paths))]
    Nothing {
        /// Kind of test.
        what: &'static str,
        /// Where it was looked for.
        paths: Vec<PathBuf>,
    },
}

/// Everything wrong with all files, in their order; never empty.
#[derive(Debug, Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ReadErrors(pub Vec<ReadError>);

fn listed(paths: &[PathBuf]) -> String {
    let mut names: Vec<String> =
        paths.iter().take(NAMED).map(|path| format!("`{}`", path.display())).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    names.join(", ")
}

/// Reads results of test tools, whatever their formats; folders are looked through, not what lies
/// deeper. What a file lacks and its command line tells is filled in from there.
///
/// A file that is named must be a result; one in a folder that is none is noted and passed over.
///
/// # Errors
/// Everything that is wrong with any of the files, or that there is nothing to show.
pub fn read(paths: &[PathBuf], options: &ReadOptions) -> Result<Read, AppError> {
    let mut errors = Vec::new();
    let mut notes = Notes::default();
    let mut tests: Vec<(String, TestResult)> = Vec::new();
    let mut links = Vec::new();
    let mut seen = BTreeSet::new();
    for path in files(paths, options, &mut notes, &mut errors) {
        if fs::canonicalize(&path).is_ok_and(|real| !seen.insert(real)) {
            errors.push(ReadError::Twice { path });
            continue;
        }
        let name = path.display().to_string();
        let measured = match File::open(&path) {
            Ok(file) => read_any(&name, file).map_err(ReadError::Content),
            Err(source) => Err(ReadError::File { path, source }),
        };
        match measured {
            Ok(Measured::Tests(all)) => {
                for mut test in all {
                    complete(&mut test);
                    notes.add_all(&test.notes, &name);
                    tests.push((name.clone(), test));
                }
            }
            Ok(Measured::Links(all)) => {
                for link in all {
                    notes.add_all(&link.notes, &name);
                    links.push((name.clone(), link));
                }
            }
            Err(error) => errors.push(error),
        }
    }
    let of_links = options.links || tests.is_empty();
    let (shown, left_out) =
        if of_links { (&links.len(), &tests.len()) } else { (&tests.len(), &links.len()) };
    if errors.is_empty() && *shown == 0 {
        let what = if options.links { "network test" } else { "test" };
        errors.push(ReadError::Nothing { what, paths: paths.to_vec() });
    }
    if !errors.is_empty() {
        return Err(ReadErrors(errors).into());
    }
    if *left_out > 0 {
        let text = if of_links {
            format!("{left_out} results of storage tests are left out: --links shows links only")
        } else {
            format!("{left_out} results of network tests are left out: --links shows them")
        };
        notes.plain.push(text);
    }
    let table = if of_links {
        Table::of_links(links.iter().map(|(name, link)| (name.as_str(), link)))
    } else {
        Table::of_tests(tests.iter().map(|(name, test)| (name.as_str(), test)))
    };
    let mapping = (!of_links).then(|| read_map::of(&table));
    Ok(Read { table, notes: notes.told(), mapping })
}

/// The files that are meant, each folder replaced by the results in it, in order of name.
fn files(
    paths: &[PathBuf],
    options: &ReadOptions,
    notes: &mut Notes,
    errors: &mut Vec<ReadError>,
) -> Vec<PathBuf> {
    let output = options.output.as_ref().and_then(|output| fs::canonicalize(output).ok());
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let inside = fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut inside: Vec<PathBuf> = match inside {
            Ok(inside) => inside.iter().map(fs::DirEntry::path).collect(),
            Err(source) => {
                errors.push(ReadError::File { path: path.clone(), source });
                continue;
            }
        };
        inside.sort();
        inside.retain(|file| file.is_file());
        inside.retain(|file| output.is_none() || fs::canonicalize(file).ok() != output);
        for file in inside {
            match known(&file) {
                Ok(true) => all.push(file),
                Ok(false) => notes.add("is no result of a known tool and is passed over", &file),
                Err(source) => errors.push(ReadError::File { path: file, source }),
            }
        }
    }
    all
}

fn known(path: &Path) -> io::Result<bool> {
    is_known(&path.display().to_string(), File::open(path)?)
}

/// What was asked is in the command line too, and some outputs repeat nothing else.
fn complete(test: &mut TestResult) {
    let asked = test.command_line.as_deref().and_then(|line| DiskSpd::parse(line).ok());
    let Some(asked) = asked else { return };
    let stated = Load {
        block_bytes: Some(u64::from(asked.block_bytes)),
        threads: Some(asked.threads_total()),
        outstanding: Some(asked.outstanding_total()),
        read_pct: Some(100.0 - f64::from(asked.write_percent)),
        random_pct: Some(100.0 * asked.random_ratio()),
    };
    fill(&mut test.load, &stated);
    if let [target] = test.targets.as_mut_slice() {
        fill(&mut target.load, &stated);
    }
}

fn fill(load: &mut Load, stated: &Load) {
    load.block_bytes = load.block_bytes.or(stated.block_bytes);
    load.threads = load.threads.or(stated.threads);
    load.outstanding = load.outstanding.or(stated.outstanding);
    load.read_pct = load.read_pct.or(stated.read_pct);
    load.random_pct = load.random_pct.or(stated.random_pct);
}

/// Notes with the files they are of, each told once.
#[derive(Default)]
struct Notes {
    of_files: Vec<(String, Vec<PathBuf>)>,
    plain: Vec<String>,
}

impl Notes {
    fn add(&mut self, note: &str, file: &Path) {
        let file = file.to_owned();
        match self.of_files.iter_mut().find(|(have, _)| have == note) {
            Some((_, files)) if files.contains(&file) => {}
            Some((_, files)) => files.push(file),
            None => self.of_files.push((note.to_owned(), vec![file])),
        }
    }

    fn add_all(&mut self, notes: &[String], file: &str) {
        for note in notes {
            self.add(note, Path::new(file));
        }
    }

    fn told(self) -> Vec<String> {
        let of_files = self.of_files.into_iter();
        of_files
            .map(|(note, files)| format!("{}: {note}", listed(&files)))
            .chain(self.plain)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::results::Cell;

    fn data(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("data").join(path)
    }

    fn cell(read: &Read, row: usize, column: &str) -> Cell {
        let at = read.table.columns().iter().position(|have| have == column).unwrap();
        read.table.rows()[row][at].clone()
    }

    #[test]
    fn a_folder_is_read_in_order_of_name() {
        let read = read(&[data("diskspd")], &ReadOptions::default()).unwrap();
        assert_eq!(read.table.rows().len(), 6);
        assert_eq!(cell(&read, 0, "iops"), Cell::Number(1189.03));
        // The only output without parameters: its command line has them.
        let sockets = 1;
        assert_eq!(cell(&read, sockets, "iops"), Cell::Number(3374.97));
        assert_eq!(cell(&read, sockets, "outstanding"), Cell::Number(16.0));
        assert_eq!(cell(&read, sockets, "read_pct"), Cell::Number(0.0));
        assert_eq!(cell(&read, sockets, "random_pct"), Cell::Number(100.0));
        assert_eq!(read.notes.len(), 1, "{:?}", read.notes);
    }

    #[test]
    fn links_have_a_table_of_their_own() {
        let mix = [data("net"), data("vmfleet").join("result.tsv")];
        let tests = read(&mix, &ReadOptions::default()).unwrap();
        assert_eq!(
            (tests.table.rows().len(), cell(&tests, 0, "tool")),
            (2, Cell::Text("vmfleet".into()))
        );
        assert!(tests.notes.iter().any(|note| note.starts_with("5 results of network tests")));
        let links = read(&mix, &ReadOptions { links: true, ..ReadOptions::default() }).unwrap();
        assert_eq!(links.table.rows().len(), 5);
        assert_eq!(links.table, read(&mix[..1], &ReadOptions::default()).unwrap().table);
        let none = ReadOptions { links: true, ..ReadOptions::default() };
        let error = read(&mix[1..], &none).unwrap_err().to_string();
        assert!(error.starts_with("there is no result of a network test in `"), "{error}");
    }

    #[test]
    fn all_faults_of_all_files_are_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let other = file("notes.md", "not a result");
        let cut = file("cut.txt", "Results for timespan 1:\n");
        let missing = folder.path().join("missing.json");
        let good = data("fio").join("bssplit_perio.json");
        let paths = [other.clone(), cut, missing, good.clone()];
        let error = read(&paths, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("notes.md, line 1: the file is of no known format"), "{error}");
        assert!(error.contains("cut.txt, line 1: the results of time span 1 lack"), "{error}");
        assert!(error.contains("missing.json: cannot be read"), "{error}");
        // In a folder what is none is passed over, and so is what will be written.
        fs::remove_file(folder.path().join("cut.txt")).unwrap();
        fs::copy(&good, folder.path().join("z.json")).unwrap();
        let out = file("out.csv", "old");
        let options = ReadOptions { output: Some(out), ..ReadOptions::default() };
        let found = read(&[folder.path().to_owned()], &options).unwrap();
        assert_eq!(found.table.rows().len(), 1);
        assert!(found.notes[0].contains("notes.md`: is no result of a known tool"));
        assert!(!found.notes.iter().any(|note| note.contains("out.csv")), "{:?}", found.notes);
    }
}
