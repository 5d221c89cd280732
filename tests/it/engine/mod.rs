//! Properties of the engine: the same run twice, what goes in comes out, bounds, arrivals, and
//! agreement with a second implementation.

mod arrivals;
mod bounds;
mod bursts;
mod by_hand;
mod chains;
mod conservation;
mod determinism;
mod extremes;
mod fusing;
mod generate;
mod hops;
mod oracle;
mod tokens;
mod wires;
