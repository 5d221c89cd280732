//! Where a number comes from, and how far it is believed.
//!
//! A model is no better than its least certain parameter, so every parameter carries its source
//! and the range its author believes in. A [`ParameterSet`] gathers them by name; a
//! [`FrozenParameters`] numbers them, so that many perturbed copies cost one vector each.

mod frozen;
mod parameter;
mod set;
mod source;

pub use frozen::{FrozenParameters, ParameterId};
pub use parameter::{Parameter, ParameterError};
pub use set::ParameterSet;
pub use source::Source;
