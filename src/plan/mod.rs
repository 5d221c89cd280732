//! Questions of a design review, each answered by a search over scenarios: what to buy, how much is
//! left, what to move, what to change.

mod align;

pub use align::{
    AlignError, Alignment, Movable, Moving, OffOwner, Picture, Proof, Step, Weigh, Wishes, align,
};
