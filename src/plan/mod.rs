//! Questions of a design review, each answered by a search over scenarios: what to buy, how much is
//! left, what to move, what to change.
//!
//! Searches go by the analytic solver, corrected by a simulation of a state nearby ([`Quick`]);
//! what they come to is simulated before it is told.

mod align;
mod condition;
mod doubt;
pub mod grow;
mod headroom;
mod quick;
pub mod size;
pub mod sweep;

pub use align::{
    AlignError, Alignment, Movable, Moving, OffOwner, Picture, Proof, Step, Weigh, Wishes, align,
};
pub use condition::{Condition, NothingGrows, failures, grown, nearest_of_each};
pub use doubt::Doubts;
pub use headroom::{Room, Swing, room, scaled, tornado};
pub use quick::{CARRIED, Quick, QuickError, Strain};
