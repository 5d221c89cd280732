//! A scenario built in code: what it builds is what the file would say.
//!
//! A [`Builder`] writes the same tables as a scenario file, with quantities as types, and is read
//! by the same reader: every check of a file holds, and [`Builder::to_toml`] is a file that gives
//! the same scenario. The parts with a name (`nodes`, `volumes`, ...) have methods of their own;
//! every field of the [scenario file](crate::docs::scenario) can be stated with [`Part::set`].
//!
//! ```
//! use csvnet::scenario::Builder;
//! use csvnet::units::{Bytes, Ratio};
//!
//! let scenario = Builder::new("two nodes")
//!     .part("cluster", |c| c.set("windows", "2022"))
//!     .network("csv", |n| n.set("switch", "mellanox-sn2010").set("mtu", Bytes::new(9000)))
//!     .nodes("HV", 2, "two-xeon-gold-6130", |n| {
//!         n.nic("storage", "mellanox-connectx-5-25g", "csv", |p| p.set("count", 2_u32))
//!             .hba("fc", "qlogic-qle2742", "array")
//!     })
//!     .storage("array", "array", "generic-all-flash", |s| s)
//!     .volume("CSV1", "array", "HV2", |v| v.set("file-system", "ReFS"))
//!     .vm("sql", "HV1", 8, |m| m.disk("data", "CSV1", |d| d))
//!     .workload("oltp", "sql", "data", |w| {
//!         w.set("block", Bytes::from_kib(8))
//!             .set("read", Ratio::from_fraction(0.7).expect("a share"))
//!             .set("outstanding", 16_u32)
//!             .set("working-set", Bytes::from_gib(100))
//!     })
//!     .limit("p99 latency <= 5 ms")
//!     .build()?;
//! assert_eq!(scenario.cluster.nodes.len(), 2);
//! # Ok::<(), csvnet::diagnostic::Diagnostics>(())
//! ```

mod field;
mod part;
mod written;

use std::io;
use std::path::{Path, PathBuf};

use super::document::{Document, FileAccess, MemoryFiles};
use super::load::{Loaded, load};
use super::resolve::Scenario;
use super::variants;
use crate::diagnostic::Diagnostics;

pub use field::Field;
pub use part::Part;

/// What faults call the text that a builder writes.
const NAME: &str = "scenario.toml";

/// A scenario under construction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Builder {
    root: Part,
}

impl Builder {
    /// A scenario with a title and nothing else.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self { root: Part::default().set("title", title) }
    }

    /// One that says what a scenario file says, to be gone on with.
    ///
    /// # Errors
    /// When the text is no TOML.
    pub fn from_toml(text: &str) -> Result<Self, Diagnostics> {
        let document = Document::from_text(NAME, text)?;
        let mut faults = Diagnostics::new();
        let drafts = variants::read(&document, &mut faults);
        faults.into_result(())?;
        let mut root = Part::default();
        for (key, entry) in document.root().as_table().into_iter().flatten() {
            if key != "variants" {
                root.table.insert(key.clone(), written::value(&entry.node));
            }
        }
        let mut builder = Self { root };
        for draft in drafts.iter().filter(|_| document.get("variants").is_some()) {
            let changes = draft.changes();
            let changes: Vec<(&str, Field)> =
                changes.map(|(path, node)| (path, Field(written::value(node)))).collect();
            builder = builder.variant(&draft.name, &changes);
        }
        Ok(builder)
    }

    /// A field of the whole scenario, such as `description`.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<Field>) -> Self {
        self.root = self.root.set(field, value);
        self
    }

    /// A table of the whole scenario, such as `run` or `cluster`; stated again it is gone on with.
    #[must_use]
    pub fn part(mut self, name: &str, of: impl FnOnce(Part) -> Part) -> Self {
        self.root = self.root.part(name, of);
        self
    }

    /// A member of a family: `[family.name]`.
    #[must_use]
    pub fn member(self, family: &str, name: &str, of: impl FnOnce(Part) -> Part) -> Self {
        self.part(family, |part| part.part(name, of))
    }

    /// A network.
    #[must_use]
    pub fn network(self, name: &str, of: impl FnOnce(Part) -> Part) -> Self {
        self.member("networks", name, of)
    }

    /// Nodes that are alike; with more than one, numbers are put behind the name.
    #[must_use]
    pub fn nodes(self, name: &str, count: u32, cpu: &str, of: impl FnOnce(Part) -> Part) -> Self {
        self.member("nodes", name, |node| {
            let node = if count == 1 { node } else { node.set("count", count) };
            of(node.set("cpu", cpu))
        })
    }

    /// A storage system of a kind (`array`, `device`, `storage-spaces-direct`) and model.
    #[must_use]
    pub fn storage(
        self,
        name: &str,
        kind: &str,
        model: &str,
        of: impl FnOnce(Part) -> Part,
    ) -> Self {
        self.member("storage", name, |storage| of(storage.set("kind", kind).set("model", model)))
    }

    /// A volume with its owner.
    #[must_use]
    pub fn volume(
        self,
        name: &str,
        storage: &str,
        owner: &str,
        of: impl FnOnce(Part) -> Part,
    ) -> Self {
        self.member("volumes", name, |volume| {
            of(volume.set("storage", storage).set("owner", owner))
        })
    }

    /// A virtual machine on a node.
    #[must_use]
    pub fn vm(self, name: &str, node: &str, vcpus: u32, of: impl FnOnce(Part) -> Part) -> Self {
        self.member("vms", name, |vm| of(vm.set("node", node).set("vcpus", vcpus)))
    }

    /// A load on a disk of a machine.
    #[must_use]
    pub fn workload(self, name: &str, vm: &str, disk: &str, of: impl FnOnce(Part) -> Part) -> Self {
        self.member("workloads", name, |load| of(load.set("vm", vm).set("disk", disk)))
    }

    /// A limit, such as `p99 latency <= 5 ms`.
    #[must_use]
    pub fn limit(mut self, limit: &str) -> Self {
        self.root = self.root.push("limits", limit);
        self
    }

    /// A variant: its name, and values by path.
    #[must_use]
    pub fn variant(mut self, name: &str, changes: &[(&str, Field)]) -> Self {
        let set = changes.iter().fold(Part::default(), |set, (path, value)| {
            // Paths are keys as they are: a quoted key is no table.
            set.set(path, value.clone())
        });
        let variant = Part::default().set("name", name).set("set", set);
        self.root = self.root.push("variants", variant);
        self
    }

    /// The scenario file that says the same.
    #[must_use]
    pub fn to_toml(&self) -> String {
        written::text(&self.root.table)
    }

    /// Reads and checks it: all variants, with the hash that identifies it.
    ///
    /// # Errors
    /// Every fault, with its place in [`to_toml`](Self::to_toml).
    pub fn load(&self) -> Result<Loaded, Diagnostics> {
        self.load_with(&MemoryFiles::new())
    }

    /// The same where it names other files: traces, histories, includes.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub fn load_with(&self, files: &dyn FileAccess) -> Result<Loaded, Diagnostics> {
        let files = Beside { own: self.to_toml().into_bytes(), others: files };
        load(Path::new(NAME), &files, &[], &[])
    }

    /// The scenario of the only variant, or of the first.
    ///
    /// # Errors
    /// As for [`load`](Self::load).
    pub fn build(&self) -> Result<Scenario, Diagnostics> {
        let mut loaded = self.load()?;
        // There is one variant at least: `base`.
        Ok(loaded.variants.swap_remove(0).scenario)
    }
}

/// The text of a builder beside other files.
struct Beside<'a> {
    own: Vec<u8>,
    others: &'a dyn FileAccess,
}

impl FileAccess for Beside<'_> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        if path != Path::new(NAME) {
            return self.others.read(path, limit);
        }
        let limit = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX);
        Ok(self.own[..self.own.len().min(limit)].to_vec())
    }

    fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        if path == Path::new(NAME) { Ok(path.to_owned()) } else { self.others.canonical(path) }
    }
}
