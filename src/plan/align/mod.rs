//! Which machines run off their volume's owner, and the moves that bring them together.

mod board;
mod bound;
#[cfg(feature = "milp")]
mod exact;
#[cfg(test)]
mod fixture;
mod local;
mod problem;
mod solve;
#[cfg(test)]
mod tests;

use solve::Found;
