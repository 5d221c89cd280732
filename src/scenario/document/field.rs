//! One value on its way from the tree to a type.

use super::load::Document;
use super::node::{Node, Origin, Value};
use super::path;
use crate::diagnostic::Diagnostics;

/// One value, its path, and where its faults go.
#[derive(Debug)]
pub struct Field<'doc, 'f> {
    pub(super) document: &'doc Document,
    pub(super) faults: &'f mut Diagnostics,
    pub(super) node: &'doc Node,
    pub(super) path: String,
}

impl<'doc> Field<'doc, '_> {
    /// The value.
    #[must_use]
    pub const fn value(&self) -> &'doc Value {
        &self.node.value
    }

    /// Where the value was written.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.node.origin()
    }

    /// The dotted path of the value.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reports that the value is wrong. Gives `None`, so that a reading function can end with it.
    pub fn fault<T>(&mut self, problem: impl Into<String>, help: Option<String>) -> Option<T> {
        let mut fault = self.document.fault(&self.node.origin(), &self.path, problem);
        fault.help = help;
        self.faults.push(fault);
        None
    }

    /// Reports that the value is of the wrong type.
    pub fn mismatch<T>(&mut self, expected: &str, help: Option<String>) -> Option<T> {
        let found = self.value().type_name();
        self.fault(format!("expected {expected}, found {found}"), help)
    }

    /// The element of this array at `index`.
    pub(super) fn element<'s>(&'s mut self, index: usize, node: &'doc Node) -> Field<'doc, 's> {
        Field {
            document: self.document,
            faults: self.faults,
            node,
            path: format!("{}[{index}]", self.path),
        }
    }

    /// The entry of this table called `name`.
    pub(super) fn entry<'s>(&'s mut self, name: &str, node: &'doc Node) -> Field<'doc, 's> {
        Field {
            document: self.document,
            faults: self.faults,
            node,
            path: path::join(&self.path, name),
        }
    }
}
