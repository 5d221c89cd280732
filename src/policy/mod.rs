//! Pure decisions over a read-only view: no clock, no randomness.

mod balance;
mod channels;
mod serving;

pub use balance::balanced_owners;
pub use channels::{Channel, ChannelPlan, Interface, Transport, choose_channels};
pub use serving::{ShareView, serving};
