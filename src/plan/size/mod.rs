//! Which CSV network is enough: what there is to choose from, and what each choice is.

mod candidate;
mod catalogue;

pub use candidate::{Bond, Candidate, Plug, SizeError, candidates, plugs};
pub use catalogue::{Choice, Choices};
