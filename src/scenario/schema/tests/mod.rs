//! The schema against what readers ask for, in both directions, and against files.

mod defaults;
mod drift;
mod files;
mod forms;
mod samples;
mod walk;

pub(crate) use drift::{Apart, differences};
pub(crate) use files::check;
