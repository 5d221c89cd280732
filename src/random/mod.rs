//! Seeds, keyed streams and unit-mean shapes.
//!
//! A draw belongs to the I/O, not to the station: it is a function of
//! `(seed, replication, source label, role of the visit, number of the I/O)`. Nothing is consumed
//! in order, so adding a VM or changing one service time leaves every other draw as it was, and
//! two variants of a scenario are compared on common random numbers.
//!
//! The generator is `SplitMix64` (Steele, Lea, Flood 2014, <https://doi.org/10.1145/2660193.2660195>),
//! whose `n`-th output is a hash of `seed + n * gamma` and can therefore be read at any `n`; each
//! stream has a `gamma` of its own. It uses 64-bit integer arithmetic only and is the same on every
//! platform. The logarithm, exponential and normal quantile used to shape the draws are the
//! crate's own polynomials of IEEE operations ([`maths`]), so that a platform's maths library
//! cannot change a result.

mod block;
mod keyed;
pub mod maths;
mod shape;
mod width;

pub(crate) use block::{BLOCK, Draw};
pub use keyed::{KeyedRng, Seed, Stream, label_hash};
pub use shape::{Shape, ShapeError};
pub(crate) use width::Width;
