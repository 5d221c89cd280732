//! From a file to the scenarios of its variants.

use std::collections::BTreeMap;
use std::path::Path;

use super::context::nearest;
use super::document::{Document, FileAccess, FileId};
use super::models::Catalogue;
use super::resolve::{Scenario, resolve};
use super::traces::Traces;
use super::variants::{self, Draft, Setting};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};

/// Everything a scenario file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The variants chosen, in the order of the file; one called "base" when the file has none.
    pub variants: Vec<Variant>,
    /// Sixteen hexadecimal digits that change when any input changes: the scenario files, the
    /// traces they name, the settings, the built-in catalogue.
    pub hash: String,
}

/// One variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: String,
    /// What it changes, as `path = value`.
    pub changes: Vec<String>,
    /// The scenario with the changes.
    pub scenario: Scenario,
    /// The document it was resolved from, changes and settings applied.
    pub document: Document,
}

/// Reads the scenario at `path` with its includes and traces.
///
/// `overrides` are paths with values as `--set` takes them; they win over the variants. `only`
/// chooses variants by name, all of them when it is empty; the others are checked all the same.
///
/// # Errors
/// Every fault of every variant, each once, in order of place.
pub fn load(
    path: &Path,
    files: &dyn FileAccess,
    overrides: &[(String, String)],
    only: &[String],
) -> Result<Loaded, Diagnostics> {
    let catalogue = Catalogue::builtin()?;
    let mut document = Document::load(path, files)?;
    let placed = document.files().len();
    let mut hash = Fnv::new();
    for file in document.files() {
        hash.add(file.text.as_bytes());
    }
    for (path, literal) in overrides {
        hash.add(path.as_bytes());
        hash.add(literal.as_bytes());
    }
    Catalogue::texts().for_each(|text| hash.add(text.as_bytes()));

    variants::prepare(&mut document)?;
    variants::set(&mut document, &catalogue, overrides)?;
    let traces = Traces::new(files, path, placed);
    let mut gathered = Gathered::default();
    let mut faults = Diagnostics::new();
    let drafts = variants::read(&document, &mut faults);
    gathered.add_all(&faults);
    gathered.add_all(&unknown(&document, &drafts, only));
    let mut loaded = Vec::new();
    for draft in &drafts {
        match scenario(&document, draft, overrides, &catalogue, &traces) {
            Ok((scenario, document)) if chosen(only, &draft.name) => loaded.push(Variant {
                name: draft.name.clone(),
                changes: draft.describe(),
                scenario,
                document,
            }),
            Ok(_) => {}
            Err(more) => gathered.add_of(&more, &draft.name),
        }
    }
    let faults = gathered.finish(&document, drafts.len());
    traces.hashes().into_iter().for_each(|trace| hash.add(&trace.to_le_bytes()));
    faults.into_result(Loaded { variants: loaded, hash: format!("{:016x}", hash.value()) })
}

fn scenario(
    document: &Document,
    draft: &Draft,
    overrides: &[Setting],
    catalogue: &Catalogue,
    traces: &Traces<'_>,
) -> Result<(Scenario, Document), Diagnostics> {
    let mut document = draft.apply(document)?;
    // Whoever sets a value on the command line means it for every variant.
    variants::set(&mut document, catalogue, overrides)?;
    let scenario = resolve(&document, catalogue, traces)?;
    Ok((scenario, document))
}

fn chosen(only: &[String], name: &str) -> bool {
    only.is_empty() || only.iter().any(|wanted| same(wanted, name))
}

fn same(wanted: &str, name: &str) -> bool {
    wanted.trim().to_lowercase() == name.to_lowercase()
}

/// Names of variants that were asked for but do not exist.
fn unknown(document: &Document, drafts: &[Draft], only: &[String]) -> Diagnostics {
    let file = document.file(FileId::from_index(0));
    let stray = only.iter().filter(|name| !drafts.iter().any(|draft| same(name, &draft.name)));
    stray
        .map(|name| {
            let problem = format!("there is no variant `{name}`");
            let fault = Diagnostic::of_file(file.clone(), problem).about("variants");
            let help = nearest(name, || drafts.iter().map(|draft| draft.name.as_str()));
            Diagnostic { help, ..fault }
        })
        .collect()
}

/// Where a fault is and what it says; the same in several variants is one fault.
type Key = (usize, usize, usize, String, String);

/// Faults of all variants.
#[derive(Default)]
struct Gathered {
    faults: BTreeMap<Key, (Diagnostic, Vec<String>)>,
    files: Vec<SourceFile>,
}

impl Gathered {
    fn add_all(&mut self, faults: &Diagnostics) {
        self.add(faults, None);
    }

    fn add_of(&mut self, faults: &Diagnostics, variant: &str) {
        self.add(faults, Some(variant));
    }

    fn add(&mut self, faults: &Diagnostics, variant: Option<&str>) {
        for fault in faults {
            let span = fault.span.clone().unwrap_or(0..0);
            let file = self.file(fault);
            let key = (file, span.start, span.end, fault.field.clone(), fault.problem.clone());
            let (_, variants) =
                self.faults.entry(key).or_insert_with(|| (fault.clone(), Vec::new()));
            if let Some(variant) = variant
                && variants.last().is_none_or(|last| last != variant)
            {
                variants.push(variant.to_owned());
            }
        }
    }

    /// A number for a file, in order of appearance. Settings differ by their text.
    fn file(&mut self, fault: &Diagnostic) -> usize {
        self.files.iter().position(|file| *file == fault.file).unwrap_or_else(|| {
            self.files.push(fault.file.clone());
            self.files.len() - 1
        })
    }

    /// All faults by place; those of some variants only say so.
    fn finish(self, document: &Document, variants: usize) -> Diagnostics {
        let mut all: Vec<(Diagnostic, Vec<String>)> = self.faults.into_values().collect();
        // Faults of the main file come first, whichever was found first.
        let main = &document.file(FileId::from_index(0)).name;
        all.sort_by_key(|(fault, _)| fault.file.name != *main);
        all.into_iter()
            .map(|(mut fault, of)| {
                if !of.is_empty() && of.len() < variants {
                    let names: Vec<String> = of.iter().map(|name| format!("`{name}`")).collect();
                    fault.problem = format!("{} (in variant {})", fault.problem, names.join(", "));
                }
                fault
            })
            .collect()
    }
}

/// The 64-bit hash of Fowler, Noll and Vo, variant 1a: stable over machines and releases.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fnv(u64);

impl Fnv {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes and their number, so that moving a byte from one piece to the next shows.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
        self.bytes(&(bytes.len() as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) const fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod unit_tests {
    use super::Fnv;

    #[test]
    fn the_hash_is_that_of_its_authors() {
        // Test vectors of the draft: the empty string and "foobar".
        let hash = |text: &str| {
            let mut hash = Fnv::new();
            hash.bytes(text.as_bytes());
            hash.value()
        };
        assert_eq!(hash(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash("foobar"), 0x8594_4171_f739_67e8);
    }
}
