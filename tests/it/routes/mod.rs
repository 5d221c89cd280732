//! Routes small enough to be computed by hand, in exact picoseconds.

mod composite;
mod ports;
mod shares;
