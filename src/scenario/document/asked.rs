//! What readers ask for, gathered so that a test can hold it against the schema.

use std::cell::RefCell;

use super::field::Field;
use super::node::FileId;
use crate::units::UnitKind;

/// How a field was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum How {
    /// Only whether it is there, or as it is.
    Raw,
    /// As a type.
    Typed(&'static str),
    /// As a quantity.
    Quantity(UnitKind),
    /// As a whole number within bounds.
    Whole(u64, u64),
    /// As one of several words.
    Words(Vec<String>),
    /// As a name or several.
    Names,
    /// As a table.
    Table,
    /// As a table of tables.
    Tables,
    /// As a list of tables.
    Array,
}

/// A field that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    /// Path of its table; empty for the whole document.
    pub(crate) table: String,
    /// Its name.
    pub(crate) field: String,
    /// How.
    pub(crate) how: How,
}

thread_local! {
    static ALL: RefCell<Option<Vec<Asked>>> = const { RefCell::new(None) };
}

/// What readers of this thread ask for while `work` is done; not those of the catalogue.
pub(crate) fn gather(work: impl FnOnce()) -> Vec<Asked> {
    ALL.with_borrow_mut(|all| *all = Some(Vec::new()));
    work();
    ALL.take().unwrap_or_default()
}

pub(super) fn note(table: &Field<'_, '_>, field: &str, how: How) {
    ALL.with_borrow_mut(|all| {
        let Some(all) = all else { return };
        if !table.document.file(FileId::from_index(0)).name.starts_with("models/") {
            all.push(Asked { table: table.path.clone(), field: field.to_owned(), how });
        }
    });
}
