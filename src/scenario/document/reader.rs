//! Walking a table, field by field, without stopping at a fault.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds};

#[cfg(test)]
use super::asked::{How, note};
use super::choice::choose;
use super::field::Field;
use super::from_node::{FromNode, Located, Positive, whole};
use super::load::Document;
use super::node::{Node, Origin, Table, Value};
use super::path;
use super::quantity::read_as;
use crate::diagnostic::{Diagnostics, suggest};
use crate::units::UnitKind;

/// A cursor over one table.
///
/// Every method that names a field makes the field known. When the reader is finished or dropped,
/// each key of the table that is not known becomes a fault. Apart from [`required`](Self::required)
/// and [`positive`](Self::positive), a missing field is no fault;
/// [`must_have`](Self::must_have) makes it one.
#[derive(Debug)]
pub struct Reader<'doc, 'f> {
    field: Field<'doc, 'f>,
    table: &'doc Table,
    known: BTreeSet<String>,
    open: bool,
}

impl<'doc, 'f> Reader<'doc, 'f> {
    /// A reader of the whole document.
    #[must_use]
    pub fn root(document: &'doc Document, faults: &'f mut Diagnostics) -> Self {
        static EMPTY: Table = Table::new();
        let field = Field { document, faults, node: document.root(), path: String::new() };
        let table = document.root().as_table().unwrap_or(&EMPTY);
        Self { field, table, known: BTreeSet::new(), open: false }
    }

    /// A reader of the table in `field`; a fault if it holds something else.
    fn of(mut field: Field<'doc, 'f>) -> Option<Self> {
        let Some(table) = field.node.as_table() else {
            return field.mismatch("a table", None);
        };
        Some(Self { field, table, known: BTreeSet::new(), open: false })
    }

    /// The value of `field`, if there is one. Makes the field known.
    pub fn raw(&mut self, field: &str) -> Option<&'doc Node> {
        #[cfg(test)]
        note(&self.field, field, How::Raw);
        self.known(field)
    }

    fn known(&mut self, field: &str) -> Option<&'doc Node> {
        if !self.known.contains(field) {
            self.known.insert(field.to_owned());
        }
        self.table.get(field).map(|entry| &entry.node)
    }

    fn field(&mut self, field: &str) -> Option<Field<'doc, '_>> {
        let node = self.known(field)?;
        Some(self.field.entry(field, node))
    }

    /// Whether `field` is there. Makes the field known, and reports it when it is missing.
    pub fn must_have(&mut self, field: &str) -> bool {
        let there = self.raw(field).is_some();
        if !there {
            self.field.fault::<()>(format!("the field `{field}` is missing"), None);
        }
        there
    }

    /// The value of a field that must be there.
    pub fn required<T: FromNode>(&mut self, field: &str) -> Option<T> {
        if self.must_have(field) { self.optional(field) } else { None }
    }

    /// The value of a field that may be missing; `None` also when it is wrong.
    pub fn optional<T: FromNode>(&mut self, field: &str) -> Option<T> {
        #[cfg(test)]
        note(&self.field, field, How::Typed(std::any::type_name::<T>()));
        T::from_node(&mut self.field(field)?)
    }

    /// The value of a field that has a default; the default also when it is wrong.
    pub fn or<T: FromNode>(&mut self, field: &str, default: T) -> T {
        self.optional(field).unwrap_or(default)
    }

    /// A quantity that must be there and be above zero.
    pub fn positive<T>(&mut self, field: &str) -> Option<T>
    where
        Positive<T>: FromNode,
    {
        self.required::<Positive<T>>(field).map(|positive| positive.0)
    }

    /// A quantity of a kind that is known only at run time, in the base unit of its kind.
    pub fn quantity(&mut self, field: &str, kind: UnitKind) -> Option<f64> {
        #[cfg(test)]
        note(&self.field, field, How::Quantity(kind));
        read_as(&mut self.field(field)?, kind)
    }

    /// Text that is not blank.
    pub fn text(&mut self, field: &str) -> Option<String> {
        self.optional(field)
    }

    /// True or false.
    pub fn boolean(&mut self, field: &str) -> Option<bool> {
        self.optional(field)
    }

    /// A whole number within a range.
    pub fn count(&mut self, field: &str, range: impl RangeBounds<u64>) -> Option<u64> {
        let low = match range.start_bound() {
            Bound::Included(low) => *low,
            Bound::Excluded(low) => low.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let high = match range.end_bound() {
            Bound::Included(high) => *high,
            Bound::Excluded(high) => high.saturating_sub(1),
            Bound::Unbounded => u64::MAX,
        };
        #[cfg(test)]
        note(&self.field, field, How::Whole(low, high));
        let fit = |bound: u64| i64::try_from(bound).unwrap_or(i64::MAX);
        let number = whole(&mut self.field(field)?, &(fit(low)..=fit(high)))?;
        u64::try_from(number).ok()
    }

    /// The meaning of one of several words. Case does not matter.
    pub fn choice<T: Clone>(&mut self, field: &str, options: &[(&str, T)]) -> Option<T> {
        #[cfg(test)]
        let words = options.iter().map(|(word, _)| (*word).to_owned()).collect();
        #[cfg(test)]
        note(&self.field, field, How::Words(words));
        choose(&mut self.field(field)?, options)
    }

    /// A name with its place, so that a name of nothing can be reported later.
    pub fn name(&mut self, field: &str) -> Option<Located<String>> {
        self.optional(field)
    }

    /// One name or an array of names, each with its place.
    pub fn names(&mut self, field: &str) -> Option<Vec<Located<String>>> {
        #[cfg(test)]
        note(&self.field, field, How::Names);
        let mut field = self.field(field)?;
        if matches!(field.value(), Value::Array(_)) {
            return FromNode::from_node(&mut field);
        }
        match field.value() {
            Value::String(_) => Located::from_node(&mut field).map(|name| vec![name]),
            _ => field.mismatch("a name or an array of names", None),
        }
    }

    /// What `read` makes of the table in `field`, if there is one.
    pub fn table<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&mut Reader<'doc, '_>) -> T,
    ) -> Option<T> {
        #[cfg(test)]
        note(&self.field, field, How::Table);
        let mut reader = Reader::of(self.field(field)?)?;
        Some(read(&mut reader))
    }

    /// What `read` makes of each table in `field`, in the order of their names.
    pub fn tables<T>(
        &mut self,
        field: &str,
        mut read: impl FnMut(&str, &mut Reader<'doc, '_>) -> T,
    ) -> Vec<T> {
        #[cfg(test)]
        note(&self.field, field, How::Tables);
        let Some(mut field) = self.field(field) else { return Vec::new() };
        let Some(table) = field.node.as_table() else {
            field.mismatch::<()>("a table of tables", None);
            return Vec::new();
        };
        let mut all = Vec::with_capacity(table.len());
        for (name, entry) in table {
            let mut entry_field = field.entry(name, &entry.node);
            if name.trim().is_empty() {
                entry_field.fault::<()>("the name is empty", None);
            }
            if let Some(mut reader) = Reader::of(entry_field) {
                all.push(read(name, &mut reader));
            }
        }
        all
    }

    /// What `read` makes of each table in the array in `field`; it is given their positions.
    pub fn array<T>(
        &mut self,
        field: &str,
        mut read: impl FnMut(usize, &mut Reader<'doc, '_>) -> T,
    ) -> Vec<T> {
        #[cfg(test)]
        note(&self.field, field, How::Array);
        let Some(mut field) = self.field(field) else { return Vec::new() };
        let Value::Array(items) = field.value() else {
            let help = format!("write [[{}]] above each of them", field.path());
            field.mismatch::<()>("an array of tables", Some(help));
            return Vec::new();
        };
        let mut all = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(mut reader) = Reader::of(field.element(index, item)) {
                all.push(read(index, &mut reader));
            }
        }
        all
    }

    /// Reports a fault of `field`, pointing at its value, or at the table when it is missing.
    pub fn fault_at(&mut self, field: &str, problem: impl Into<String>, help: Option<String>) {
        let path = path::join(&self.field.path, field);
        let mut fault = self.field.document.fault(&self.span_of(field), &path, problem);
        fault.help = help;
        self.field.faults.push(fault);
    }

    /// Reports a fault of the table itself.
    pub fn fault(&mut self, problem: impl Into<String>, help: Option<String>) {
        self.field.fault::<()>(problem, help);
    }

    /// Where the value of `field` was written, or the table when it is missing.
    #[must_use]
    pub fn span_of(&self, field: &str) -> Origin {
        self.table.get(field).map_or(self.field.node, |entry| &entry.node).origin()
    }

    /// Whether `field` is there. Does not make it known.
    #[must_use]
    pub fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    /// All keys of the table, in order. Does not make them known.
    pub fn keys(&self) -> impl Iterator<Item = &'doc str> + use<'doc> {
        self.table.keys().map(String::as_str)
    }

    /// The dotted path of the table; empty for the whole document.
    #[must_use]
    pub fn path(&self) -> &str {
        self.field.path()
    }

    /// Accepts every key that was not asked for.
    pub const fn accept_rest(&mut self) {
        self.open = true;
    }

    /// Reports the unknown keys and gives the faults free again.
    pub fn finish(self) {
        drop(self);
    }

    fn report_unknown(&mut self) {
        let table = self.table;
        for (key, entry) in table.iter().filter(|_| !self.open) {
            if self.known.contains(key) {
                continue;
            }
            let known = || self.known.iter().map(String::as_str);
            let absent = known().filter(|name| !table.contains_key(*name));
            // A field that is there already was not what the writer meant.
            let help = match suggest(key, absent).or_else(|| suggest(key, known())) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if self.known.is_empty() => None,
                None => Some(format!("known fields: {}", known().collect::<Vec<_>>().join(", "))),
            };
            let path = path::join(&self.field.path, key);
            let problem = format!("unknown field `{}`", path::quote(key));
            let mut fault = self.field.document.fault(&entry.key, &path, problem);
            fault.help = help;
            self.field.faults.push(fault);
        }
    }
}

impl Drop for Reader<'_, '_> {
    fn drop(&mut self) {
        self.report_unknown();
    }
}
