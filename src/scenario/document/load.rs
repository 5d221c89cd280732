//! Reading a file and what it includes.

use std::io;
use std::path::{Path, PathBuf};

use super::access::{FileAccess, MemoryFiles};
use super::decode::{LARGEST_FILE, decode};
use super::merge::merge;
use super::node::{FileId, Node, Origin, Table, Value};
use super::parse::parse;
use super::path;
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::units::IdVec;

/// Includes of includes beyond this depth are a mistake.
const DEEPEST_INCLUDE: usize = 16;
/// Files read for one document; a mesh of includes could otherwise ask for millions.
const MOST_FILES: usize = 256;

/// A TOML file with its includes, as one tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub(super) files: IdVec<FileId, SourceFile>,
    pub(super) root: Node,
}

impl Document {
    /// Reads the file at `path` and every file named in `include`, relative to the file that
    /// names it. The including file wins over the included, a later include over an earlier one;
    /// tables merge key by key, arrays and single values replace each other.
    ///
    /// # Errors
    /// All faults of reading and of syntax, of all files. Faults of meaning are found later.
    pub fn load(path: &Path, access: &dyn FileAccess) -> Result<Self, Diagnostics> {
        let mut loader = Loader {
            access,
            files: IdVec::new(),
            faults: Diagnostics::new(),
            open: Vec::new(),
            started: 0,
        };
        let root = loader.load(path, None);
        let Loader { files, faults, .. } = loader;
        match root {
            Some(root) if faults.is_empty() => Ok(Self { files, root }),
            _ => Err(faults),
        }
    }

    /// Reads a text as if it were a file called `name`. It can include nothing.
    ///
    /// # Errors
    /// All faults of syntax.
    pub fn from_text(name: &str, text: &str) -> Result<Self, Diagnostics> {
        Self::load(Path::new(name), &MemoryFiles::new().with(name, text))
    }

    /// The whole tree; its value is a table.
    #[must_use]
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// A file the document was read from.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id]
    }

    /// All files the document was read from: the file itself, then its includes and settings.
    #[must_use]
    pub fn files(&self) -> &IdVec<FileId, SourceFile> {
        &self.files
    }

    /// The value at a dotted path such as `volumes.CSV1.owner` or `phases[0].length`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Node> {
        let steps = path::parse(path).ok()?;
        steps.iter().try_fold(&self.root, |node, step| match (&step.to, &node.value) {
            (path::To::Key(key), Value::Table(table)) => table.get(key).map(|entry| &entry.node),
            (path::To::Index(index), Value::Array(items)) => items.get(*index),
            _ => None,
        })
    }

    /// A fault at a place in this document. An empty span stands for the whole file.
    #[must_use]
    pub fn fault(&self, at: &Origin, field: &str, problem: impl Into<String>) -> Diagnostic {
        let fault = Diagnostic::of_file(self.files[at.file].clone(), problem).about(field);
        if at.span.is_empty() { fault } else { fault.at(at.span.clone()) }
    }
}

struct Loader<'a> {
    access: &'a dyn FileAccess,
    files: IdVec<FileId, SourceFile>,
    faults: Diagnostics,
    /// The chain of files being read: canonical path, and the name to show.
    open: Vec<(PathBuf, String)>,
    started: usize,
}

impl Loader<'_> {
    /// The tree of one file and its includes. `named_at` is where another file names it.
    fn load(&mut self, path: &Path, named_at: Option<&Origin>) -> Option<Node> {
        let name = path.display().to_string();
        let read = self.enter(path, &name).and_then(|canonical| {
            self.started += 1;
            let bytes = self.access.read(path, LARGEST_FILE).map_err(|error| unreadable(&error))?;
            Ok((canonical, bytes))
        });
        let (canonical, bytes) = match read {
            Ok(read) => read,
            Err(problem) => {
                self.blame(&name, named_at, problem);
                return None;
            }
        };
        let file = match decode(&name, bytes) {
            Ok(file) => file,
            Err(faults) => {
                self.faults.append(faults);
                return None;
            }
        };
        let id = self.files.push(file.clone());
        let node = parse(&file, id, &mut self.faults);
        self.open.push((canonical, name));
        let merged = self.with_includes(node, path);
        self.open.pop();
        Some(merged)
    }

    /// Checks that the file may be read now, and gives its canonical path.
    fn enter(&self, path: &Path, name: &str) -> Result<PathBuf, String> {
        if self.open.len() > DEEPEST_INCLUDE {
            return Err(format!("includes are nested deeper than {DEEPEST_INCLUDE} files"));
        }
        if self.started >= MOST_FILES {
            return Err(format!("more than {MOST_FILES} files are included"));
        }
        let canonical = self.access.canonical(path).map_err(|error| unreadable(&error))?;
        match self.open.iter().position(|(open, _)| *open == canonical) {
            None => Ok(canonical),
            Some(first) => {
                let ring: Vec<&str> =
                    self.open[first..].iter().map(|(_, name)| name.as_str()).collect();
                // The file that closes the ring is named as it was when the ring began.
                let closing = ring.first().copied().unwrap_or(name);
                Err(format!("the includes form a ring: {} -> {closing}", ring.join(" -> ")))
            }
        }
    }

    fn with_includes(&mut self, mut node: Node, path: &Path) -> Node {
        let Value::Table(table) = &mut node.value else { return node };
        let includes = self.take_includes(table, node.file);
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut base: Option<Node> = None;
        for (include, at) in includes {
            if let Some(over) = self.load(&folder.join(include), Some(&at)) {
                base = Some(match base {
                    Some(below) => merge(below, over),
                    None => over,
                });
            }
        }
        match base {
            Some(below) => merge(below, node),
            None => node,
        }
    }

    /// Removes `include` from the table and gives the names in it.
    fn take_includes(&mut self, table: &mut Table, file: FileId) -> Vec<(String, Origin)> {
        let Some(entry) = table.remove("include") else { return Vec::new() };
        let items = match entry.node.value {
            Value::Array(items) => items,
            _ => vec![entry.node],
        };
        let mut names = Vec::new();
        for item in items {
            let at = item.origin();
            match item.value {
                Value::String(name) if !name.is_empty() => names.push((name, at)),
                other => {
                    let found = other.type_name();
                    let fault = Diagnostic::of_file(
                        self.files[file].clone(),
                        format!("expected the path of a file, found {found}"),
                    );
                    let fault = fault.at(at.span).about("include");
                    self.faults.push(fault.with_help("write include = [\"base.toml\"]"));
                }
            }
        }
        names
    }

    fn blame(&mut self, name: &str, named_at: Option<&Origin>, problem: String) {
        self.faults.push(match named_at {
            None => Diagnostic::of_file(SourceFile::new(name, ""), problem),
            Some(at) => {
                Diagnostic::of_file(self.files[at.file].clone(), format!("{name}: {problem}"))
                    .at(at.span.clone())
                    .about("include")
            }
        });
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the file does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "reading the file is not permitted".to_owned(),
        io::ErrorKind::IsADirectory => "this is a folder, not a file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}
