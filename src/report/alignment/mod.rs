//! What `align` shows: what is off its volume's owner, and the moves that bring it together.

mod rows;
mod script;
mod show;

pub use rows::{AlignOf, AlignReport, ChangedRow, MoveRow, OffOwnerRow, SeenRow, WorkloadSeenRow};
