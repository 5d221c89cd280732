//! A TOML file as a tree that remembers where every value was written.
//!
//! Reading never stops at the first fault. A [`Document`] is loaded with its includes, may be
//! changed at dotted paths, and is then walked by a [`Reader`], which hands out typed values and
//! gathers a fault for each field that is missing, misspelled, of the wrong type or out of range.
//!
//! ```
//! use csvnet::diagnostic::Diagnostics;
//! use csvnet::scenario::document::{Document, Reader};
//! use csvnet::units::Bytes;
//!
//! let document = Document::from_text("a.toml", "[nodes.N1]\nmemroy = '64 GiB'\ncores = 16\n")?;
//! let mut faults = Diagnostics::new();
//! let mut root = Reader::root(&document, &mut faults);
//! root.tables("nodes", |_, node| {
//!     node.optional::<Bytes>("memory");
//!     node.count("cores", 1..=1024);
//! });
//! root.finish();
//! assert_eq!(
//!     faults.iter().next().map(ToString::to_string).as_deref(),
//!     Some("a.toml:2:1: nodes.N1.memroy: unknown field `memroy` (did you mean `memory`?)")
//! );
//! # Ok::<(), Diagnostics>(())
//! ```

mod access;
#[cfg(test)]
pub(crate) mod asked;
mod choice;
mod decode;
mod field;
mod from_node;
mod load;
mod merge;
mod node;
mod parse;
mod path;
mod quantity;
mod reader;
mod set;

pub use access::{DiskFiles, FileAccess, MemoryFiles};
pub use field::Field;
pub use from_node::{FromNode, Located, Positive};
pub use load::Document;
pub use node::{Entry, FileId, Node, Origin, Table, Value};
pub use path::{path_of, path_steps};
pub use reader::Reader;

#[cfg(test)]
mod tests;
