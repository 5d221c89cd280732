//! Faults in what a person wrote: where they are, what is wrong, and what would be right.
//!
//! All faults of a file are gathered in [`Diagnostics`] and shown together, each with its line, a
//! caret and a remedy, because fixing one fault per run wastes the user's day.

mod fault;
mod file;
mod gather;
mod render;
mod suggest;

pub use fault::Diagnostic;
pub use file::{Place, SourceFile};
pub use gather::Diagnostics;
pub use suggest::suggest;
