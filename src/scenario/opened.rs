//! A scenario file read once, of which many scenarios with other values are made.
//!
//! [`load`](fn@super::load) reads the file, the catalogue and the traces for every scenario it
//! gives. Who wants thousands of them reads once.

use std::path::{Path, PathBuf};

use super::document::{Document, FileAccess};
use super::load::Variant;
use super::models::Catalogue;
use super::resolve::resolve;
use super::traces::Traces;
use super::variants::{self, Draft};
use crate::diagnostic::Diagnostics;

/// A value set from outside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting<'a> {
    /// Dotted path, as `--set` takes it.
    pub path: &'a str,
    /// What goes there: TOML, or plain text where it is none.
    pub literal: &'a str,
    /// What faults of it say they are in.
    pub origin: &'a str,
}

/// A scenario file with its includes.
#[derive(Debug)]
pub struct Opened {
    path: PathBuf,
    catalogue: Catalogue,
    /// Each with its document, or what is wrong with its changes.
    variants: Vec<(Draft, Result<Document, Diagnostics>)>,
    /// Files with a place on the disk.
    placed: usize,
}

impl Opened {
    /// Reads the scenario at `path` with its includes. Its meaning is not looked at before a
    /// [`Maker`] is asked.
    ///
    /// # Errors
    /// Every fault of reading, of syntax, and of the variants' names.
    pub fn read(path: &Path, files: &dyn FileAccess) -> Result<Self, Diagnostics> {
        let catalogue = Catalogue::builtin()?;
        let mut document = Document::load(path, files)?;
        let placed = document.files().len();
        variants::prepare(&mut document)?;
        let mut faults = Diagnostics::new();
        let drafts = variants::read(&document, &mut faults);
        faults.into_result(())?;
        let variants = drafts.into_iter().map(|draft| {
            let changed = draft.apply(&document);
            (draft, changed)
        });
        Ok(Self { path: path.to_owned(), catalogue, variants: variants.collect(), placed })
    }

    /// Names of the variants, in the order of the file; "base" alone when it has none.
    #[must_use]
    pub fn variants(&self) -> impl ExactSizeIterator<Item = &str> {
        self.variants.iter().map(|(draft, _)| draft.name.as_str())
    }

    /// Who makes scenarios of it, on one thread; several may at once.
    pub fn maker<'a>(&'a self, files: &'a dyn FileAccess) -> Maker<'a> {
        Maker { of: self, traces: Traces::new(files, &self.path, self.placed) }
    }
}

/// Makes scenarios of an [`Opened`] file. Traces are read once, however many scenarios name them.
pub struct Maker<'a> {
    of: &'a Opened,
    traces: Traces<'a>,
}

impl std::fmt::Debug for Maker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Maker").field("of", &self.of.path).finish_non_exhaustive()
    }
}

impl Maker<'_> {
    /// The variant at a place with some values set, as [`load`](fn@super::load) would give it.
    ///
    /// # Errors
    /// Every fault of the scenario with these values; those of a path or a value point into a text
    /// of the form `path = literal` with the name the setting says.
    ///
    /// # Panics
    /// When there is no variant at that place.
    pub fn make(&self, variant: usize, settings: &[Setting<'_>]) -> Result<Variant, Diagnostics> {
        let (draft, document) = &self.of.variants[variant];
        let mut document = document.clone()?;
        variants::set_from(&mut document, &self.of.catalogue, settings)?;
        let scenario = resolve(&document, &self.of.catalogue, &self.traces)?;
        let (name, changes) = (draft.name.clone(), draft.describe());
        Ok(Variant { name, changes, scenario, document })
    }

    /// Hashes of the traces and other files read for scenarios so far, in ascending order.
    #[must_use]
    pub fn read(&self) -> Vec<u64> {
        self.traces.hashes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document::MemoryFiles;
    use crate::scenario::load;

    const TEXT: &str = "title = 'a'\nnodes.A = { cpu = 'one-epyc-7702p' }\n\
        storage.d = { kind = 'device', model = 'fixed-law', node = 'A' }\n\
        volumes.V = { storage = 'd', owner = 'A' }\n\
        vms.G = { node = 'A', disks.x = { volume = 'V' } }\n\
        [workloads.w]\nvm = 'G'\ndisk = 'x'\nblock = '8 KiB'\nread = '50 %'\n\
        working-set = '30 GB'\noutstanding = 4\n\
        [[variants]]\nname = 'one'\n[[variants]]\nname = 'two'\n\
        set = { 'workloads.w.outstanding' = 8 }\n";

    #[test]
    fn it_makes_what_loading_makes() {
        let files = MemoryFiles::new().with("a.toml", TEXT);
        let path = Path::new("a.toml");
        let opened = Opened::read(path, &files).unwrap();
        assert_eq!(opened.variants().collect::<Vec<_>>(), ["one", "two"]);
        let maker = opened.maker(&files);
        for (k, name) in ["one", "two"].into_iter().enumerate() {
            for setting in [None, Some(("workloads.w.block", "16 KiB"))] {
                let overrides: Vec<(String, String)> =
                    setting.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect();
                let loaded = load(path, &files, &overrides, &[name.to_owned()]).unwrap();
                let settings: Vec<Setting<'_>> = setting
                    .iter()
                    .map(|(path, literal)| Setting { path, literal, origin: "--set" })
                    .collect();
                let made = maker.make(k, &settings).unwrap();
                assert_eq!(made.scenario, loaded.variants[0].scenario);
                assert_eq!((made.name, made.changes.len()), (name.to_owned(), k));
            }
        }
        assert_eq!(maker.read(), Vec::<u64>::new());
    }

    #[test]
    fn faults_say_where_the_value_came_from() {
        let files = MemoryFiles::new().with("a.toml", TEXT);
        let opened = Opened::read(Path::new("a.toml"), &files).unwrap();
        let maker = opened.maker(&files);
        for (path, literal) in [("workloads.w.block", "16"), ("workloads.v.block", "1 KiB")] {
            let setting = Setting { path, literal, origin: "axes.block" };
            let faults = maker.make(0, &[setting]).unwrap_err();
            let fault = faults.iter().next().unwrap();
            assert_eq!(&*fault.file.name, "axes.block", "{faults}");
        }
        assert!(maker.make(0, &[]).is_ok(), "nothing is left of what was set");
    }
}
